"""Accounts put on the journey map by hand: in a stage since a day, with a standing of today."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.models import Account, AccountHistory, Stage, Workspace
from metrics.models import Band, Line, ScorecardVersion, Standing
from tests.cast import NOW, account

TODAY = date(2025, 7, 1)
UNIT = 10_000


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def stage(workspace: Workspace, name: str) -> Stage:
    return Stage.objects.of(workspace).get(name=name)  # type: ignore[no-any-return]


def put(workspace: Workspace, name: str, in_stage: str, days: int, **standing: Any) -> Account:
    """An account that has been in its stage for so many days and in none before, with its standing."""
    about = {key: standing.pop(key) for key in ("owner", "team", "segment") if key in standing}
    found = account(workspace, name, name=name, stage=in_stage or None, started_on=str(days_ago(days)), **about)
    stand(found, **standing)
    return found


def move(found: Account, day: date, to: str) -> None:
    """Send an account to another stage on a day, or to none."""
    found.refresh_from_db()
    found.change(noon(day), stage=stage(found.workspace, to) if to else None)


def forget(found: Account) -> None:
    """As if nobody had ever told where an account was."""
    AccountHistory.objects.of(found.workspace).filter(account=found).delete()


def stand(
    found: Account,
    band: Band = Band.GREEN,
    *,
    score: int | None = 80,
    mrr: int | None = 100,
    here: bool = True,
    day: date = TODAY,
    version: ScorecardVersion | None = None,
    **points: float,
) -> Standing:
    """Give it a standing; `points` are contributions, by the name of the measure without its group."""
    version = version or ScorecardVersion.objects.of(found.workspace).earliest("pk")
    measures = (
        Line.objects.of(found.workspace).filter(version=version).order_by("position").values_list("measure", flat=True)
    )
    contributions = [round(points.pop(measure.partition(".")[2], 0) * UNIT) for measure in measures]
    assert not points, "measures that are on no line"
    nothing = [0.0] * len(contributions)
    return Standing.unscoped.create(  # type: ignore[no-any-return]
        workspace=found.workspace, account=found, day=day, version=version, known_day=day, computed_at=NOW,
        score_units=None if score is None else score * UNIT, coverage=UNIT, unknown=0, computed_band=band,
        held_band=band, across=0, band=band, mrr_units=None if mrr is None else mrr * UNIT, values=nothing,
        points=nothing, contributions=contributions, cap_values=[], is_scored=here, line=[], line_day=day, drivers=[],
    )  # fmt: skip
