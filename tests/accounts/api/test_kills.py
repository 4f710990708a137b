"""Each event that was acknowledged is there, once, however often web and PostgreSQL are killed; a loss is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.accounts.api.pushing import FORGETFUL, OURS, SEGMENT, Server, Verdict, look, push

pytestmark = pytest.mark.django_db
SHAPES = {"ours": OURS, "segment": SEGMENT}
FLAWLESS = Verdict(set(), set(), set(), set(), set(), 0)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    servers = []

    def start(settings: dict[str, str] | None = None) -> Server:
        tmp_path.chmod(0o700)
        servers.append(Server(tmp_path, settings or {}))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def check(server: Server, shape: str, count: int, kills: int) -> None:
    told = push(server, SHAPES[shape], count, kills)
    assert not told.refused
    assert told.acknowledged == told.sent == set(range(len(told.sent)))
    assert told.broken >= kills, "they were killed between two requests"
    assert look(server, told) == FLAWLESS


def test_what_was_acknowledged_is_there_once(serve: Callable[..., Server]) -> None:
    check(serve(), "ours", 5_000, kills=2)


@pytest.mark.faults
@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_acknowledged_is_there_once_after_many_kills(serve: Callable[..., Server], shape: str) -> None:
    check(serve(), shape, 200_000, kills=20)


@pytest.mark.faults
def test_a_database_that_forgets_is_found_out(serve: Callable[..., Server]) -> None:
    server = serve(FORGETFUL)
    verdict = look(server, push(server, OURS, 20_000, kills=2))
    assert verdict.lost
    assert not verdict.never_sent
