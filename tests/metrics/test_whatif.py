"""What a draft would do is what it does once it is published."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from metrics import drafts
from metrics.models import Line, Rank, Run, Scorecard, ScoreSnapshot, Standing
from metrics.nightly.freshen import freshen
from metrics.scorecards import card_of, cards
from metrics.whatif import what_if
from tests.cast import night
from tests.metrics import crowd
from tests.metrics.cases import DAY, ago, day

pytestmark = pytest.mark.django_db
NEW, RANKED = "commercial.late_payment_share", "usage.usage_frequency"


@pytest.fixture
def draft(acme):
    """Standings of the day after a night; a draft with other weights, a line that no night read, and two by rank."""
    crowd.fill(acme, crowd.make(40, seed=5))
    night(acme, day(1))
    scorecard = Scorecard.objects.of(acme).select_related("workspace").get()
    drafts.move_standings(scorecard, ago(0, 8))
    freshen(acme, ago(0, 8))
    found = drafts.draft_of(scorecard)
    drafts.change_weights(found, {"usage.active_seats": 30, "support.support_csat": 0})
    drafts.change_line(found, "usage.usage_trend", assumed_points=20)
    drafts.add_line(found, NEW, weight=12)
    drafts.change_line(found, RANKED, by_rank=True)
    drafts.add_cap(found, "Late payer", 2, [[NEW, ">", 0.3]])
    drafts.remove_cap(found, 3)
    return found


def snapshots(workspace):
    return [str(row) for row in ScoreSnapshot.objects.of(workspace).values_list()]


@pytest.mark.parametrize("by_rank", [False, True])
def test_publishing_does_what_was_foretold(acme, carol, draft, by_rank):
    drafts.change_bands(draft, red_below=45, bands_by_rank=by_rank)
    told, shots = what_if(card_of(draft), ago(0, 9)), snapshots(acme)
    assert len(told.stands.accounts) > 20
    assert told.moved.sum() >= 3
    assert (told.limit < 3).any()
    drafts.publish(draft, "other weights", carol, timezone.now())
    assert freshen(acme, ago(0, 10)) >= len(told.stands.accounts)
    rows = list(Standing.objects.of(acme).filter(is_scored=True).order_by("account_id"))
    assert [row.account_id for row in rows] == told.stands.accounts.tolist()
    assert {row.version_id for row in rows} == {draft.pk}
    assert [row.score_units for row in rows] == np.where(told.scores.scored, told.scores.score, None).tolist()
    assert [row.band for row in rows] == told.scores.band.tolist()
    assert str([row.points for row in rows]) == str(told.scores.points.tolist())
    assert snapshots(acme) == shots
    # Its own scores foretell themselves: nothing moves.
    again = what_if(card_of(draft), ago(0, 11))
    assert not again.moved.any()
    assert again.scores.score.tolist() == told.scores.score.tolist()


def test_a_night_that_ends_after_publishing_does_not_bring_the_old_version_back(acme, carol, draft):
    """Ranks are fixed anew for the version that takes over after each night that did not know it."""
    opened = Run.objects.of(acme).get()
    drafts.publish(draft, "other weights", carol, timezone.now())
    freshen(acme, ago(0, 10))
    steered = Run.objects.of(acme).get()
    assert (opened.steered_at, steered.steered_at) == (None, draft.published_at)
    ranked = Line.objects.of(acme).filter(version=draft, by_rank=True).count()
    assert Rank.objects.of(acme).filter(run=steered, version=draft).count() == ranked == 2
    late = night(acme, DAY)
    Run.objects.of(acme).filter(pk=late.pk).update(opened_at=opened.opened_at)
    Standing.objects.of(acme).update(version=cards(acme, opened.opened_at)[0].version, day=DAY)
    drafts.move_standings(draft.scorecard, ago(-1, 9))
    freshen(acme, ago(-1, 10))
    assert set(Standing.objects.of(acme).filter(is_scored=True).values_list("version_id", "day")) == {
        (draft.pk, DAY + timedelta(days=1))
    }
