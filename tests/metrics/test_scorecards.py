"""The scorecard of a new workspace, which one fits, and that a published one never changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.utils import timezone

from accounts.models import Stage
from metrics import kpis  # noqa: F401 - registers every KPI
from metrics.models import Cap, Line, Scorecard, ScorecardVersion
from metrics.registry import KPIS, MEASURES
from metrics.scorecards import card_for, cards, create_workspace
from tests.cast import NOW
from tests.metrics.steering import steer

pytestmark = pytest.mark.django_db


def test_a_new_workspace_has_stages_and_a_scorecard(acme):
    stages = Stage.objects.of(acme).order_by("position").values_list("name", flat=True)
    assert list(stages) == ["Onboarding", "Adoption", "Growth", "Renewal", "Advocate"]
    assert set(Stage.objects.of(acme).values_list("kpi", flat=True)) <= KPIS.keys()
    (card,) = cards(acme)
    weights = {line.measure: line.weight for line in card.lines}
    assert weights == {key: measure.weight for key, measure in MEASURES.items() if measure.weight}
    assert (weights["usage.active_seats"], weights["commercial.days_past_due"], sum(weights.values())) == (10, 9, 100)
    assert len(weights) == 17
    (line,) = (line for line in card.lines if line.measure == "commercial.days_past_due")
    assert (line.worst, line.neutral, line.best, line.by_rank, line.assumed_points) == (45, 15, 0, False, None)
    assert [cap.position for cap in card.caps] == list(range(7))
    assert len(card.cap_measures) == 7
    assert set(card.measures) == weights.keys() | set(card.cap_measures)


def test_where_purchases_make_customers_the_default_card_asks_how_they_buy():
    shop = create_workspace("shop", "Shop", kind="purchases")
    (card,) = cards(shop)
    weights = {line.measure: line.weight for line in card.lines}
    buying = ("commercial.days_since_purchase", "commercial.purchase_frequency", "commercial.purchases_365d")
    assert [weights.pop(key) for key in buying] == [10, 8, 8]
    kept = {key: measure.weight for key, measure in MEASURES.items() if measure.weight}
    assert weights == {key: weight for key, weight in kept.items() if key != "commercial.spend_trend"}


def test_a_slug_is_taken_once(acme):
    with pytest.raises(IntegrityError), transaction.atomic():
        create_workspace("acme", "Another")


def test_the_latest_published_version_of_each_scorecard(acme, evil):
    moment = timezone.now()
    steer(acme, "Later", position=9, at=moment - timedelta(days=9))
    first = steer(acme, "First", at=moment - timedelta(days=9))
    second = steer(acme, "First", at=moment - timedelta(days=3))
    ScorecardVersion.unscoped.create(workspace=acme, scorecard=first.scorecard, number=3)
    steer(evil, "Theirs")

    def names(at=None):
        return [str(card.version) for card in cards(acme, at)]

    assert names() == ["First v2", "Later v1", "Default v1"]
    assert names(second.published_at) == ["First v2", "Later v1"]
    assert names(moment - timedelta(days=4)) == ["First v1", "Later v1"]
    assert names(moment - timedelta(days=10)) == []


def test_the_first_that_fits(acme):
    steer(acme, "Both", segments=["Large", "Huge"], stages=["Growth"])
    steer(acme, "Segment", position=2, segments=["Large"])
    steer(acme, "Stage", position=2, stages=["Growth", "Renewal"])
    found = cards(acme)
    chosen = {
        pair: card_for(found, *pair).version.scorecard.name
        for pair in [("Large", "Growth"), ("Large", ""), ("Huge", "Renewal"), ("Huge", "Adoption"), ("", "")]
    }
    assert list(chosen.values()) == ["Both", "Segment", "Stage", "Default", "Default"]
    assert card_for(found[:1], "Small", "Growth") is None


CHANGES = {
    "threshold": lambda v: Line.objects.of(v.workspace_id).filter(version=v).update(worst=3),
    "weight": lambda v: Line.objects.of(v.workspace_id).filter(version=v).update(weight=3),
    "line added": lambda v: Line.unscoped.create(
        workspace_id=v.workspace_id, version=v, position=77, measure="support.support_csat", weight=1
    ),
    "line deleted": lambda v: Line.objects.of(v.workspace_id).filter(version=v).first().delete(),
    "cap": lambda v: Cap.objects.of(v.workspace_id).filter(version=v).update(band=3),
    "cap added": lambda v: Cap.unscoped.create(
        workspace_id=v.workspace_id, version=v, position=77, name="New", band=1, conditions=[]
    ),
    "cap deleted": lambda v: Cap.objects.of(v.workspace_id).filter(version=v).delete(),
    "borders": lambda v: ScorecardVersion.objects.of(v.workspace_id).filter(pk=v.pk).update(red_below=3),
    "unpublished": lambda v: ScorecardVersion.objects.of(v.workspace_id).filter(pk=v.pk).update(published_at=None),
    "deleted": lambda v: Scorecard.objects.of(v.workspace_id).filter(pk=v.scorecard_id).delete(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_published_version_never_changes(acme, change):
    version = steer(acme, caps=[(1, [["support.open_severe", ">", 3]])])
    with pytest.raises(InternalError, match="published and never changes"), transaction.atomic():
        CHANGES[change](version)


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "unpublished"])
def test_a_draft_may_change(acme, change):
    version = steer(acme, caps=[(1, [["support.open_severe", ">", 3]])], at=None)
    CHANGES[change](version)


def test_a_line_cannot_leave_or_enter_a_published_version(acme):
    published, draft = steer(acme, "One"), steer(acme, "Two", at=None)
    for taken, given in ((published, draft), (draft, published)):
        with pytest.raises(InternalError, match="never changes"), transaction.atomic():
            Line.objects.of(acme).filter(version=taken, position=0).update(version=given, position=50)


def test_a_scorecard_may_be_renamed_and_moved(acme):
    version = steer(acme)
    Scorecard.objects.of(acme).filter(pk=version.scorecard_id).update(name="Other", position=5)
    assert version.published_at == NOW
