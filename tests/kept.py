"""Worlds that take long to make are made once and kept: each test finds its world as it was made and leaves it so.

A world is a fixture of `@kept`; its parameters are the worlds on which it stands, or parts of the cast. Worlds stand
on each other in one transaction of the test database, each in a savepoint; before a test, those that it does not need
are undone, from the top, and those that it lacks are made. What the test itself writes is undone after it, as ever. A
test of several connections (`transaction=True`, `live_server`) finds nothing kept, and makes its world anew.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections, transaction


@dataclass(frozen=True)
class World:
    """How to make a world, and the worlds it stands on, by name."""

    name: str
    make: Callable[..., Any]
    below: tuple[str, ...]


@dataclass(frozen=True)
class Level:
    """A world that stands: its savepoint, and what it and those below it gave, by name."""

    world: World
    savepoint: transaction.Atomic
    given: dict[str, Any]


@dataclass
class Stage:
    """The worlds that stand now, lowest first."""

    levels: list[Level] = field(default_factory=list)
    held_by: Any = None

    @property
    def given(self) -> dict[str, Any]:
        """What the worlds gave: a copy, as whoever gets it may change it."""
        return deepcopy(self.levels[-1].given) if self.levels else {}

    def show(self, wanted: list[World]) -> None:
        """Undo what is not wanted, make what is missing."""
        if self.levels and connections[DEFAULT_DB_ALIAS] is not self.held_by:
            self._let_go()
        pairs = zip(self.levels, wanted, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0].world is pair[1], pairs))
        while len(self.levels) > same:
            self._undo()
        for world in wanted[same:]:
            self._make(world)

    def _make(self, world: World) -> None:
        given, savepoint = self.given, transaction.atomic()
        self.held_by = connections[DEFAULT_DB_ALIAS]
        savepoint.__enter__()
        self.levels.append(Level(world, savepoint, given))
        below = (given[name] if name in given else getattr(given["cast"], name) for name in world.below)
        try:
            given[world.name] = world.make(*below)
        except BaseException:
            self._undo()
            raise

    def _let_go(self) -> None:
        """A browser's event loop has a context of its own, and in it Django another connection."""
        self.held_by.in_atomic_block = False
        self.held_by.close()
        self.levels.clear()

    def _undo(self) -> None:
        transaction.set_rollback(True)
        self.levels.pop().savepoint.__exit__(None, None, None)


STAGE = Stage()


def kept(make: Callable[..., Any]) -> Any:
    """A fixture that gives what `make` makes of the worlds named by its parameters: a copy for each test."""
    below = tuple(inspect.signature(make).parameters)

    def give(as_kept: dict[str, Any], **stands_on: Any) -> Any:
        return as_kept[make.__name__] if make.__name__ in as_kept else make(**stands_on)

    give.__doc__, give.world = make.__doc__, World(make.__name__, make, below)  # type: ignore[attr-defined]
    names = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in ("as_kept", *below)]
    give.__signature__ = inspect.Signature(names)  # type: ignore[attr-defined]
    return pytest.fixture(name=make.__name__)(give)


@pytest.fixture
def as_kept(db: None) -> dict[str, Any]:
    """What stands, by name: copies that belong to the test."""
    return STAGE.given


def wanted(item: pytest.Item) -> list[World]:
    """The worlds of a test, each after those it stands on; none for a test of several connections."""
    marker = item.get_closest_marker("django_db")
    names = set(item.fixturenames)
    if (marker and marker.kwargs.get("transaction")) or names & {"transactional_db", "live_server"}:
        return []
    of_name = {
        name: found[-1].func.world
        for name, found in item._fixtureinfo.name2fixturedefs.items()
        if hasattr(found[-1].func, "world")
    }
    chosen: dict[str, World] = {}

    def add(name: str) -> None:
        for each in of_name[name].below:
            add(each if each in of_name else "cast")
        chosen.setdefault(name, of_name[name])

    for name in sorted(of_name):
        add(name)
    return list(chosen.values())


@pytest.fixture
def _django_db_helper(request: pytest.FixtureRequest, _stage: Stage, django_db_blocker: Any) -> None:
    """What gives a test the database, before which its worlds are put there."""
    with django_db_blocker.unblock():
        _stage.show(wanted(request.node))
    request.getfixturevalue("_django_db_helper")


@pytest.fixture(autouse=True)
def _worlds_come_first(request: pytest.FixtureRequest) -> None:
    """Before a test's own fixtures set a clock or a setting."""
    if wanted(request.node):
        request.getfixturevalue("_django_db_helper")


@pytest.fixture(scope="session")
def _stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    yield STAGE
    with django_db_blocker.unblock():
        STAGE.show([])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests of each module by their worlds, so that each world is made once."""
    modules: dict[str, int] = {}
    place = {item: modules.setdefault(item.location[0], len(modules)) for item in items}
    items.sort(key=lambda item: (place[item], [world.name for world in wanted(item)]))
