"""Which scorecard an account gets, why, and what a change of the order marks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, DirtyDay
from metrics.lineup import Why, change, close, first_fit, looks, move, open_ones, published, reached, reopen
from metrics.models import Scorecard, Standing
from metrics.nightly.freshen import freshen
from metrics.scorecards import cards
from tests.cast import NOW, account, night, tell
from tests.metrics.steering import steer


def card(pk, segments=(), stages=(), closed_at=None):
    return Scorecard(pk=pk, name=str(pk), segments=list(segments), stages=list(stages), closed_at=closed_at)


BIG, NEW, BIG_NEW, ALL = card(1, ["Big"]), card(2, (), ["New"]), card(3, ["Big"], ["New"]), card(4)


@pytest.mark.parametrize(
    ("order", "left"),
    [
        ([BIG, NEW, BIG_NEW, ALL], {3}),
        ([BIG_NEW, BIG, NEW, ALL], set()),
        ([ALL, BIG], {1}),
        ([card(5, ["A"]), card(6, ["B"]), card(7, ["A", "B"])], {7}),
        ([card(5, ["A"]), card(6, ["A", "B"])], set()),
        ([card(4, closed_at=NOW), BIG], {4}),
    ],
    ids=["by two halves", "narrow first", "all first", "by two", "in part", "closed"],
)
def test_what_can_never_be_reached(order, left):
    assert {each.pk for each in order} - reached(order) == left


def test_each_scorecard_says_why_not():
    order = [card(9), BIG_NEW, BIG, NEW, ALL]
    ready = {1, 2, 3, 4}
    found = [look.why for look in looks(order, ready, ("Big", "Old"))]
    assert found == [Why.UNPUBLISHED, Why.STAGE, None, Why.LATER, Why.LATER]
    assert [look.why for look in looks([BIG, BIG_NEW], ready, ("", "New"))] == [Why.SEGMENT, Why.SEGMENT]
    assert first_fit([BIG, BIG_NEW], ("", "New")) is None


@pytest.fixture
def two(acme):
    """A big and a small customer; a scorecard for the big ones, then the default."""
    steer(acme, "Big ones", segments=["Big"], at=NOW - timedelta(days=30))
    for name, segment in (("big", "Big"), ("small", "Small")):
        account(acme, name, segment=segment, started_on="2024-01-01")
        tell(acme, "subscriptions", {"id": name, "account": name, "starts_on": "2024-01-01", "amount": 100, "seats": 9})
    night(acme, NOW.date() - timedelta(days=1))
    DirtyDay.objects.of(acme).delete()
    return acme


def marked(workspace):
    return sorted(DirtyDay.objects.of(workspace).values_list("account__external_id", "day"))


def standing(workspace, name):
    row = Standing.objects.of(workspace).select_related("version__scorecard").get(account__external_id=name)
    return row.version.scorecard.name if row.is_scored else None


@pytest.mark.django_db
def test_another_order_moves_those_whom_it_concerns_and_is_told(two):
    default = Scorecard.objects.of(two).get(name="Default")
    assert standing(two, "big") == "Big ones"
    assert move(default, 0, NOW)
    assert [each.name for each in open_ones(two)] == ["Default", "Big ones"]
    assert marked(two) == [("big", NOW.date())]
    freshen(two, NOW)
    assert (standing(two, "big"), standing(two, "small")) == ("Default", "Default")
    assert not move(default, 0, NOW)
    assert marked(two) == []
    told = AuditEntry.objects.of(two).filter(kind="scorecard", thing="Default").latest("pk")
    assert told.changes["position"][1] == 0


@pytest.mark.django_db
def test_other_segments_move_those_who_came_and_those_who_went(two):
    big = Scorecard.objects.of(two).get(name="Big ones")
    change(big, NOW, name="Small ones", segments=["Small"], stages=[])
    assert [name for name, _day in marked(two)] == ["big", "small"]
    change(big, NOW, name="Small ones", segments=["Small"], stages=["Growth"])
    freshen(two, NOW)
    assert standing(two, "small") == "Default"


@pytest.mark.django_db
def test_a_closed_one_is_given_to_nobody_and_opens_again(two):
    big, default = (Scorecard.objects.of(two).get(name=name) for name in ("Big ones", "Default"))
    assert not close(big, timezone.now())
    assert [card.version.scorecard.name for card in cards(two)] == ["Default"]
    freshen(two, NOW)
    assert standing(two, "big") == "Default"
    close(default, timezone.now())
    freshen(two, NOW)
    assert (standing(two, "big"), standing(two, "small")) == (None, None)
    reopen(big, timezone.now())
    freshen(two, NOW)
    assert (standing(two, "big"), standing(two, "small")) == ("Big ones", None)


@pytest.mark.django_db
def test_one_that_never_was_published_is_deleted(two):
    draft = Scorecard.unscoped.create(workspace=two, name="Draft", position=0)
    assert draft.pk not in published(two)
    assert close(draft, NOW)
    assert not Scorecard.objects.of(two).filter(name="Draft").exists()
    assert marked(two) == []
    with pytest.raises(Scorecard.DoesNotExist):
        move(draft, 0, NOW)
