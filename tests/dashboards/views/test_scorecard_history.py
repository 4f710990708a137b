"""The page of what moved the book, and its files."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Cast
from tests.dashboards.conftest import FADING, sign_in

pytestmark = pytest.mark.django_db
URL = "/w/acme/scorecards/history"


def test_without_two_nights_it_says_so(cast: Cast) -> None:
    assert "Two nights are needed" in sign_in(cast.carol).get(URL).content.decode()


def test_what_moved_and_whom_most(cast: Cast, fading: Any) -> None:
    bob = sign_in(cast.bob)
    page = " ".join(bob.get(f"{URL}?scope=all&measure=usage.active_seats").content.decode().split())
    assert "1 account scored on both days" in page
    assert "Moved most by Active seats" in page
    assert f"/why?from={FADING[0]}&amp;to={FADING[1]}" in page
    lines = bob.get("/w/acme/scorecards/history/moves.csv").content.decode().splitlines()
    assert any(line.startswith("Active seats,usage.active_seats,0,-") for line in lines)
    assert bob.get("/w/acme/scorecards/history/bands.csv").status_code == 200
    assert bob.get("/w/acme/scorecards/history/luck.csv").status_code == 404


@pytest.mark.parametrize("query", ["measure=luck", "from=x", "from=2025-06-30&to=2025-06-01", "scope=csm:999999"])
def test_what_it_does_not_know_is_refused(cast: Cast, query: str) -> None:
    assert sign_in(cast.carol).get(f"{URL}?{query}").status_code == 400
