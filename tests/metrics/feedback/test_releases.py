"""Before and after a release, counted by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import Release, Workspace
from metrics.feedback.choice import Choice, Span
from metrics.feedback.releases import Around, answered_both, around, window
from tests.cast import account, tell
from tests.kept import kept
from tests.metrics.feedback.said import answer, remark

pytestmark = pytest.mark.django_db
TODAY = date(2025, 7, 1)
LATE = date(2025, 6, 11)


@kept
def mobile(acme: Workspace) -> Release:
    for name in ("a", "b"):
        account(acme, name)
    tell(acme, "releases", {"feature": "mobile", "released_on": "2025-06-10"})
    return Release.objects.of(acme).current().get(feature="mobile")  # type: ignore[no-any-return]


def told(release: Release, days: int = 10, today: date = TODAY, **chosen: object) -> Around:
    return around(Choice(release.workspace, **chosen), release, days, today)


def test_the_days_on_both_sides(mobile: Release):
    assert window(mobile, 10, TODAY) == Span(date(2025, 5, 31), date(2025, 6, 20))
    assert window(mobile, 30, TODAY) == Span(date(2025, 5, 20), date(2025, 7, 1))  # 21 days are over
    assert window(mobile, 30, date(2025, 6, 10)).days == 0
    assert window(mobile, 30, date(2025, 6, 1)).days == 0


def test_nothing_said(mobile: Release):
    found = told(mobile)
    assert (found.comments, found.kinds, found.days) == ((0, 0), (), 10)


def test_counts_means_and_low_scores_of_each_kind(mobile: Release):
    # Midnight in Madrid is 22:00 UTC.
    answer(mobile.workspace, "too early", 0, "2025-05-30T21:59:00Z", contact="1")
    answer(mobile.workspace, "first", 4, "2025-05-30T22:00:00Z", contact="2")
    answer(mobile.workspace, "last before", 9, "2025-06-09T21:59:00Z", contact="3")
    answer(mobile.workspace, "silent", 8, "2025-06-01", contact="4", comment="")
    answer(mobile.workspace, "after", 10, "2025-06-09T22:00:00Z", contact="5")
    answer(mobile.workspace, "too late", 0, "2025-06-19T22:00:00Z", contact="6")
    answer(mobile.workspace, "csat", 2, "2025-06-12", kind="csat", scale_min=1, scale_max=5)
    remark(mobile.workspace, "praise", "praise", "2025-06-12")
    found = told(mobile)
    assert found.comments == (2, 3)
    csat, nps = found.kinds
    assert (csat.kind, csat.before.n, csat.before.mean, csat.after.n, csat.after.mean) == (
        "csat",
        0,
        None,
        1,
        Decimal("2.5"),
    )
    assert csat.before.low_share.value is None and csat.before.low_share.interval is None
    assert (nps.before.n, nps.before.mean, nps.before.low) == (3, 7, 1)
    assert (nps.after.n, nps.after.mean, nps.after.low) == (1, 10, 0)
    low, high = nps.before.low_share.interval
    assert (round(low, 4), round(high, 4)) == (0.0615, 0.7923)
    assert (nps.contacts, nps.contacts_before, nps.contacts_after) == (0, None, None)


def test_contacts_who_answered_on_both_sides(mobile: Release):
    for name, score, day, more in (
        ("p1", 2, "2025-06-01", {}),
        ("p2", 4, "2025-06-02", {}),
        ("p3", 9, "2025-06-12", {}),
        ("q1", 7, "2025-06-02", {"contact": "q"}),
        ("q2", 8, "2025-06-12", {"contact": "q"}),
        ("only before", 0, "2025-06-02", {"contact": "r"}),
        ("same name elsewhere", 0, "2025-06-12", {"contact": "r", "account": "b"}),
        ("another kind", 9, "2025-06-12", {"contact": "r", "kind": "custom"}),
        ("nobody", 1, "2025-06-01", {"contact": ""}),
        ("nobody again", 1, "2025-06-12", {"contact": ""}),
    ):
        answer(mobile.workspace, name, score, day, **more)
    nps = told(mobile).kinds[1]
    # p: 3 → 9, q: 7 → 8.
    assert (nps.contacts, nps.contacts_before, nps.contacts_after) == (2, 5, Decimal("8.5"))
    choice = Choice(mobile.workspace)
    both = choice.answers().annotate(both=answered_both(choice, mobile, 10, TODAY)).filter(both=True)
    assert sorted(both.values_list("said", flat=True)) == ["p1", "p2", "p3", "q1", "q2"]


def test_scores_that_were_chosen_do_not_choose_the_sides(mobile: Release):
    answer(mobile.workspace, "low", 3, "2025-06-01")
    answer(mobile.workspace, "high", 9, "2025-06-12")
    assert told(mobile, levels=("low",), unusual=True).kinds == told(mobile).kinds
    assert told(mobile, kind="csat").kinds == told(mobile, kind="praise").kinds == ()
    assert told(mobile, query="high").kinds[0].before.n == 0


def test_a_release_whose_days_still_run_is_compared_with_as_many(mobile: Release):
    answer(mobile.workspace, "nine days before", 3, "2025-06-01")
    answer(mobile.workspace, "the day before", 5, "2025-06-09")
    answer(mobile.workspace, "the day", 9, "2025-06-10")
    found = told(mobile, today=LATE)
    assert (found.days, found.asked, found.comments) == (1, 10, (1, 1))
    assert told(mobile, today=mobile.released_on).comments == (0, 0)
