"""The journey map of a random crowd, against plain Python that reads the decision and not the statements."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median, quantiles
from typing import Any

import pytest

from accounts.models import Account, AccountHistory, Stage, Workspace
from metrics.journey import JourneyMap, Which
from metrics.kpis.places import WHOLE, Scope
from metrics.models import Band, ScopeKind
from tests.cast import Cast
from tests.metrics.placed import TODAY, days_ago, noon, stand

pytestmark = pytest.mark.django_db
FIRST = date(2025, 4, 1)


@dataclass
class Somebody:
    """An account: its stages with the day since when, oldest first; None is no stage."""

    name: str
    owner: Any
    started: date | None
    stages: list[tuple[date, Stage | None]]
    band: Band
    mrr: int | None
    here: bool
    last: date

    def days(self) -> int | None:
        return (TODAY - self.stages[-1][0]).days if self.stages and self.stages[-1][1] else None

    @property
    def stage(self) -> int | None:
        last = self.stages[-1][1] if self.stages else None
        return last.pk if last else None

    @property
    def is_lost(self) -> bool:
        return not self.here and FIRST - timedelta(days=1) <= self.last <= TODAY


def crowd(workspace: Workspace, owners: list[Any], seed: int) -> list[Somebody]:
    """Ninety accounts that wander, as they are stored."""
    chance = random.Random(seed)
    stages = list(Stage.objects.of(workspace))
    found = []
    for n in range(90):
        steps = sorted(chance.sample(range(400), chance.randint(0, 5)), reverse=True)
        places: list[tuple[date, Stage | None]] = []
        for back in steps:
            there = places[-1][1] if places else "nowhere"
            places.append((days_ago(back), chance.choice([s for s in [*stages, None] if s != there])))
        while places and places[0][1] is None:
            places.pop(0)
        here = chance.random() < 0.8
        found.append(
            Somebody(
                f"a{n}",
                chance.choice(owners),
                chance.choice([None, places[0][0] if places else TODAY, date(2020, 1, 1)]),
                places,
                chance.choice(list(Band)),
                chance.choice([None, 10, 25]),
                here,
                TODAY if here else days_ago(chance.randint(0, 150)),
            )
        )
    _store(workspace, found)
    return found


def _store(workspace: Workspace, found: list[Somebody]) -> None:
    for each in found:
        account = Account.unscoped.create(
            workspace=workspace, external_id=each.name, name=each.name, owner=each.owner, started_on=each.started,
            stage_id=each.stage,
        )  # fmt: skip
        ends = [*(noon(day) for day, _stage in each.stages[1:]), None][: len(each.stages)]
        AccountHistory.unscoped.bulk_create(
            AccountHistory(
                workspace=workspace, account=account, field="stage", since=noon(day), until=until,
                value=str(there.pk) if there else "",
            )
            for (day, there), until in zip(each.stages, ends, strict=True)
        )  # fmt: skip
        stand(account, each.band, mrr=each.mrr, here=each.here, day=each.last)


# -- plain Python


def limits(workspace: Workspace, everybody: list[Somebody]) -> dict[int, float]:
    stages = list(Stage.objects.of(workspace))
    found = {}
    for stage in stages:
        stays = [
            (until - since).days
            for each in everybody
            for (since, there), (until, _next) in zip(each.stages, each.stages[1:], strict=False)
            if there == stage and until >= date(2024, 7, 1)
        ]
        if stage.target_days is not None:
            found[stage.pk] = stage.target_days
        elif stage != stages[-1] and len(stays) >= 20:
            found[stage.pk] = round(quantiles(stays, n=10, method="inclusive")[-1], 6)
    return found


def cells(mine: list[Somebody], may: dict[int, float]) -> dict[Any, tuple[Any, ...]]:
    groups = defaultdict(list)
    for each in mine:
        if each.here:
            groups[each.stage, each.band].append(each)
            groups[each.stage, None].append(each)
    return {
        key: (
            len(some),
            sum(each.mrr or 0 for each in some),
            sum(each.mrr is None for each in some),
            median(known) if (known := [d for each in some if (d := each.days()) is not None]) else None,
            len(known),
            sum(is_stuck(each, may) for each in some),
        )
        for key, some in groups.items()
    }


def is_stuck(each: Somebody, may: dict[int, float]) -> bool:
    days = each.days()
    return days is not None and each.stage in may and days > may[each.stage]


def steps(each: Somebody) -> list[tuple[str, int | None, int | None, int | None]]:
    """(way, from, to, days) of one account."""
    if not (each.here or each.is_lost):
        return []
    found: list[tuple[str, int | None, int | None, int | None]] = []
    before: tuple[date, Stage | None] | None = None
    for day, there in each.stages:
        if day >= FIRST and (each.here or day <= each.last):
            to = there.pk if there else None
            if before:
                found.append(("moved", before[1].pk if before[1] else None, to, (day - before[0]).days))
            elif each.started and each.started >= FIRST:
                found.append(("new", None, to, None))
        before = day, there
    if each.is_lost:
        past = [(day, there) for day, there in each.stages if day <= each.last]
        since, there = past[-1] if past else (None, None)
        days = (each.last - since).days + 1 if since else None
        found.append(("lost", there.pk if there else None, None, days))
    return found


def moves(mine: list[Somebody]) -> dict[Any, tuple[int, int, float | None]]:
    groups = defaultdict(list)
    for each in mine:
        for way, source, target, days in steps(each):
            groups[way, source, target].append((each, days))
    return {
        key: (
            len({each.name for each, _days in some}),
            sum(each.mrr or 0 for each in {each.name: each for each, _days in some}.values()),
            median(known) if (known := [days for _each, days in some if days is not None]) else None,
        )
        for key, some in groups.items()
    }


def flows(mine: list[Somebody], stages: list[Stage]) -> dict[int | None, tuple[int, int, int]]:
    came, went, skipped = defaultdict(set), defaultdict(set), defaultdict(set)
    places = {stage.pk: stage.position for stage in stages}
    for each in mine:
        for way, source, target, _days in steps(each):
            if way != "lost" and target:
                came[target].add(each.name)
            if way != "new" and source:
                went[source].add(each.name)
            first = -1 if way == "new" else places.get(source, 99)
            for stage in stages:
                if target and first < stage.position < places[target]:
                    skipped[stage.pk].add(each.name)
    told = {stage.pk: (len(came[stage.pk]), len(went[stage.pk]), len(skipped[stage.pk])) for stage in stages}
    return {pk: counts for pk, counts in told.items() if any(counts)}


@pytest.mark.parametrize("seed", range(5))
def test_cells_moves_and_who_is_stuck(cast: Cast, seed: int) -> None:
    Stage.objects.of(cast.acme).filter(name__in=["Adoption", "Growth"]).update(target_days=None)
    everybody = crowd(cast.acme, [cast.alice, cast.bob, None], seed)
    stages, may = list(Stage.objects.of(cast.acme)), limits(cast.acme, everybody)
    alices = [each for each in everybody if each.owner == cast.alice]
    assert 0 < len(may) < 5
    for scope, mine in ((WHOLE, everybody), (Scope(ScopeKind.CSM, str(cast.alice.pk)), alices)):
        found = JourneyMap(cast.acme, scope, TODAY)
        assert {(cell.stage, cell.band): cell[2:8] for cell in found.cells()} == cells(mine, may)
        moved = found.moves(FIRST)
        assert {(m.way.value, m.source, m.target): m[3:6] for m in moved.rows} == moves(mine)
        assert {stage: tuple(flow) for stage, flow in moved.flows.items()} == flows(mine, stages)
        stuck, total = found.accounts(Which(is_stuck=True))
        assert {row.name for row in stuck} == {each.name for each in mine if each.here and is_stuck(each, may)}
        assert total == len(stuck)
