"""Which nights say who was red: those that a version was published on, as they were known then."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from metrics.backtest import inputs
from metrics.models import Backtest, Band, Run, ScorecardVersion, ScoreSnapshot
from tests.cast import NOW, night
from tests.kept import kept
from tests.metrics.cases import day, term, told

pytestmark = pytest.mark.django_db


@kept
def five_nights(acme) -> Backtest:
    """One account, red on each of five nights."""
    told(acme, {"one": [term()]})
    for n in (5, 4, 3, 2, 1):
        night(acme, day(n))
    ScoreSnapshot.objects.of(acme).update(band=Band.RED)
    version = ScorecardVersion.objects.of(acme).get()
    told_of = {"card_digest": "", "known_day": day(1), "ended_on": day(1), "began_at": NOW, "moved_at": NOW}
    return Backtest.unscoped.create(workspace=acme, scorecard_id=version.scorecard_id, version=version, **told_of)


def spells(backtest: Backtest) -> list[tuple[int, int]] | None:
    """How many days ago each spell began and ended; None where the nights cannot tell."""

    found = inputs._nights(backtest, day(5))
    if found is None:
        return None
    ago = {day(n): n for n in range(7)}
    both = zip(found.start.tolist(), found.end.tolist(), strict=True)
    return [(ago[date.fromordinal(start)], ago[date.fromordinal(end)]) for start, end in both]


def test_an_unbroken_spell(five_nights):
    assert spells(five_nights) == [(5, 1)]


def test_another_band_breaks_it(five_nights):
    ScoreSnapshot.objects.of(five_nights.workspace).filter(day=day(3)).update(band=Band.GREEN)
    assert spells(five_nights) == [(5, 4), (2, 1)]


def test_a_night_that_is_missing_does_not(five_nights, monkeypatch):
    monkeypatch.setattr("metrics.backtest.inputs.COVERED", 0.8)
    Run.objects.of(five_nights.workspace).filter(day=day(3)).update(published_attempt=None)
    assert spells(five_nights) == [(5, 1)]


def test_a_night_computed_again_with_what_came_later_tells_nothing(five_nights, monkeypatch):
    runs = Run.objects.of(five_nights.workspace).filter(day=day(5))
    runs.update(known_day=day(5) + timedelta(days=3))
    assert spells(five_nights) is None
    monkeypatch.setattr("metrics.backtest.inputs.COVERED", 0.8)
    assert spells(five_nights) == [(4, 1)]


def test_nights_of_another_version_cannot_tell(five_nights):
    draft = ScorecardVersion.unscoped.create(
        workspace=five_nights.workspace, scorecard_id=five_nights.scorecard_id, number=2
    )
    five_nights.version = draft
    assert spells(five_nights) is None
