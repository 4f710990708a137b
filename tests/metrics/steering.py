"""A scorecard whose score is told by one invoice: 100 minus half a point for each day past due.

An account with an invoice due `days` before DAY has a score of 100 − days ÷ 2 on DAY. The other two lines carry no
weight; they are there because a score needs three.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.models import Workspace
from metrics.models import Cap, Line, Scorecard, ScorecardVersion
from tests.cast import NOW
from tests.metrics.cases import Fact, identity, invoice, term, ticket

STEERED = "commercial.days_past_due"
LINES = [(STEERED, 1, 200, 100, 0), ("support.open_severe", 0, 9, 5, 0), ("support.ticket_rate", 0, 9, 5, 0)]


def steer(
    workspace: Workspace,
    name: str = "Steered",
    caps: Sequence[tuple[Any, ...]] = (),
    lines: Sequence[tuple[Any, ...]] = LINES,
    at: datetime = NOW,
    by_rank: bool = False,
    steps: dict[str, list[list[Any]]] | None = None,
    **fields: Any,
) -> ScorecardVersion:
    """Publish the scorecard before the default one; `caps` are (band, conditions). With `steps` by measure it is one
    of points, without `lines`."""
    fields = {"position": 1, "kind": "weighted" if steps is None else "points"} | fields
    scorecard, _ = Scorecard.unscoped.get_or_create(workspace=workspace, name=name, defaults=fields)
    number = ScorecardVersion.objects.of(workspace).filter(scorecard=scorecard).count() + 1
    version = ScorecardVersion.unscoped.create(
        workspace=workspace, scorecard=scorecard, number=number, bands_by_rank=by_rank
    )
    if steps is not None:
        lines = [(key, 0, None, None, None) for key in steps]
    for n, (key, weight, worst, neutral, best) in enumerate(lines):
        Line.unscoped.create(
            workspace=workspace,
            version=version,
            position=n,
            measure=key,
            weight=weight,
            worst=worst,
            neutral=neutral,
            best=best,
            by_rank=best is None and steps is None,
            steps=(steps or {}).get(key, []),
        )
    for n, (band, conditions) in enumerate(caps):
        Cap.unscoped.create(
            workspace=workspace, version=version, position=n, name=f"Cap {n}", band=band, conditions=conditions
        )
    version.published_at = at
    version.save()
    return version


def owing(days: int) -> list[Fact]:
    """A customer whose score on DAY is 100 − days ÷ 2; a ticket long ago makes the other lines tracked."""
    return [term(), ticket(300, solved_at=None), invoice(identity("invoice"), days)]
