"""Which comments are chosen, and which answers are unusual."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import Feedback, Survey, SurveyResponse, Workspace
from accounts.retraction import take_back
from metrics.feedback.choice import Choice, Span
from tests.cast import NOW, account
from tests.kept import kept
from tests.metrics.feedback.said import answer, remark, said

pytestmark = pytest.mark.django_db
JUNE = Span(date(2025, 6, 1), date(2025, 7, 1))


@kept
def told(acme: Workspace) -> Workspace:
    """A low, a middle, a high and a speechless answer; praise and two complaints, one of them resolved."""
    for name in ("a", "b"):
        account(acme, name)
    answer(acme, "low", 6, "2025-06-10", contact="1", survey="half-year")
    answer(acme, "middle", 8, "2025-06-11", contact="2")
    answer(acme, "high", 9, "2025-06-12", contact="3", account="b")
    answer(acme, "speechless", 2, "2025-06-13", contact="4", comment="")
    remark(acme, "praise", "praise", "2025-05-31T21:59:00Z", topic="people")
    remark(acme, "complaint", "complaint", "2025-05-31T22:00:00Z", topic="product")
    remark(acme, "resolved", "complaint", "2025-06-30T21:59:00Z", resolved_on="2025-07-01", account="b")
    return acme


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, "complaint high low middle praise resolved"),
        ({"span": JUNE}, "complaint high low middle resolved"),
        ({"levels": ("low",)}, "low"),
        ({"levels": ("low", "high")}, "high low"),
        ({"levels": ("low",), "speechless": True}, " low"),
        ({"kind": "nps"}, "high low middle"),
        ({"kind": "complaint"}, "complaint resolved"),
        ({"survey": "half-year"}, "low"),
        ({"topic": "people"}, "praise"),
        ({"topic": "people", "levels": ("low",)}, ""),
        ({"unresolved": True}, "complaint"),
        ({"unresolved": True, "kind": "nps"}, ""),
        ({"query": "resol"}, "resolved"),
        ({"theme": "resol"}, ""),
        ({"theme": "resolved", "query": "-low"}, "resolved"),
        ({"unusual": True}, ""),
        ({"account": 0}, "complaint high low middle praise resolved"),
    ],
    ids=str,
)
def test_what_is_chosen(told: Workspace, chosen, expected):
    assert " ".join(said(Choice(told, **chosen))) == expected


def test_a_book_narrows_both_kinds(told: Workspace):
    assert said(Choice(told, lambda rows: rows.filter(account__external_id="b"))) == ["high", "resolved"]


def test_nothing_of_another_workspace(told: Workspace, evil: Workspace):
    assert said(Choice(evil, speechless=True)) == []


def test_what_was_corrected_or_taken_back_is_not_there(told: Workspace):
    answer(told, "low", 5, "2025-06-10", contact="1", comment="corrected")
    take_back(SurveyResponse.objects.of(told).current().get(external_id="high"), NOW)
    take_back(Feedback.objects.of(told).current().get(external_id="praise"), NOW)
    assert said(Choice(told)) == ["complaint", "corrected", "middle", "resolved"]
    assert said(Choice(told, query="low or high or praise")) == []


NPS, CSAT = {"kind": "nps"}, {"kind": "csat", "scale_min": 1, "scale_max": 5}


@pytest.mark.parametrize(
    ("before", "now", "is_unusual"),
    [
        ((9, NPS), (5, NPS), True),
        ((9, NPS), (6, NPS), False),
        ((2, NPS), (6, NPS), True),
        ((4, CSAT), (2, CSAT), True),  # 7.5 and 2.5
        ((4, CSAT), (3, CSAT), False),
        ((9, NPS), (1, CSAT), False),
        ((9, NPS), (1, NPS | {"contact": "q@a.example"}), False),
        ((9, NPS), (1, NPS | {"account": "b"}), False),
        ((9, NPS | {"contact": ""}), (1, NPS | {"contact": ""}), False),
        ((1, CSAT), (8, {"kind": "csat"}), True),  # another scale: 0 and 8
        ((9, {"kind": "csat"}), (2, CSAT | {"survey": "pain"}), False),  # turned round: 7.5
        ((9, {"kind": "csat"}), (4, CSAT | {"survey": "pain"}), True),  # turned round: 2.5
    ],
    ids=str,
)
def test_four_points_from_the_last_answer_are_unusual(acme: Workspace, before, now, is_unusual):
    for name in ("a", "b"):
        account(acme, name)
    Survey.unscoped.create(workspace=acme, key="pain", name="Pain", kind="csat", is_reversed=True)
    answer(acme, "before", before[0], "2025-06-01", **before[1])
    answer(acme, "now", now[0], "2025-06-02", **({"comment": ""} | now[1]))
    assert said(Choice(acme, unusual=True)) == ([""] if is_unusual else [])


def test_the_last_answer_counts_and_only_what_is_believed(acme: Workspace):
    account(acme, "a")
    answer(acme, "one", 2, "2025-06-01")
    answer(acme, "two", 8, "2025-06-02")
    answer(acme, "three", 9, "2025-06-02")
    rows = Choice(acme).answers().order_by("pk").values_list("said", "scale", "previous")
    assert list(rows) == [("one", 2, None), ("two", 8, 2), ("three", 9, 8)]
    take_back(SurveyResponse.objects.of(acme).current().get(external_id="two"), NOW)
    assert list(rows.all()) == [("one", 2, None), ("three", 9, 2)]
    assert said(Choice(acme, unusual=True, span=Span(date(2025, 6, 2), date(2025, 6, 3)))) == ["three"]


def test_days_before():
    assert JUNE.days == 30
    assert JUNE.before() == Span(date(2025, 5, 2), date(2025, 6, 1))
    assert JUNE.from_before() == Span(date(2025, 5, 2), date(2025, 7, 1))
