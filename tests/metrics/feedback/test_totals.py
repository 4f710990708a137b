"""What the chosen comments amount to, by hand and beside the KPIs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import Survey, Workspace
from metrics.feedback.choice import Choice, Span
from metrics.feedback.totals import totals_of
from metrics.formulas.satisfaction import Nps
from metrics.kpis.answers import Book, Question, answers
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE
from metrics.models import PeriodKind
from metrics.registry import KPIS
from tests.cast import NOW, account
from tests.kept import kept
from tests.metrics import crowd
from tests.metrics.cases import DAY
from tests.metrics.feedback.said import answer, remark

pytestmark = pytest.mark.django_db
CSAT = {"kind": "csat", "scale_min": 1, "scale_max": 5}


@kept
def told(acme: Workspace) -> Workspace:
    for name in ("a", "b"):
        account(acme, name)
    return acme


def test_nothing_said(told: Workspace):
    totals = totals_of(Choice(told))
    assert (totals.comments, totals.accounts, totals.complaints) == (0, 0, 0)
    assert totals.nps.value is None and totals.nps.interval is None
    assert totals.satisfied.value is None and totals.satisfied.interval is None


def test_one_answer(told: Workspace):
    answer(told, "one", 9, "2025-06-01")
    totals = totals_of(Choice(told))
    assert (totals.answers, totals.remarks, totals.accounts) == (1, 0, 1)
    assert totals.nps == Nps(1, 0, 0) and totals.nps.value == 100


def test_all_the_same(told: Workspace):
    for n in range(4):
        answer(told, f"s{n}", 7, "2025-06-01", contact=f"{n}")
    assert totals_of(Choice(told)).nps == Nps(0, 4, 0)
    assert totals_of(Choice(told)).nps.value == 0


def test_of_one_contact_the_latest_answer_counts(told: Workspace):
    answer(told, "old", 10, "2025-06-01")
    answer(told, "new", 0, "2025-06-02")
    answer(told, "nobody", 10, "2025-06-02", contact="")
    answer(told, "nobody too", 8, "2025-06-01", contact="")
    answer(told, "elsewhere", 9, "2025-06-01", account="b")
    assert totals_of(Choice(told)).nps == Nps(2, 1, 1)
    earlier = Choice(told, span=Span(date(2025, 6, 1), date(2025, 6, 2)))
    assert totals_of(earlier).nps == Nps(2, 1, 0)


@pytest.mark.parametrize("chosen", [{}, {"kind": "nps"}, {"kind": "praise"}, {"unusual": True}], ids=str)
def test_an_account_counts_once(told: Workspace, chosen):
    for n, score in enumerate((10, 0, 10)):
        answer(told, f"a{n}", score, f"2025-06-0{n + 1}")
        remark(told, f"r{n}", "praise", "2025-06-01")
    assert totals_of(Choice(told, **chosen)).accounts == 1


def test_scales_are_not_mixed_and_rules_are_the_surveys(told: Workspace):
    Survey.unscoped.create(workspace=told, key="strict", name="Strict", kind="csat", positive_from=5)
    Survey.unscoped.create(workspace=told, key="pain", name="Pain", kind="csat", is_reversed=True)
    answer(told, "from one", 6, "2025-06-01", scale_min=1)
    answer(told, "from zero", 9, "2025-06-01")
    answer(told, "four", 4, "2025-06-01", **CSAT)
    answer(told, "strict four", 4, "2025-06-01", survey="strict", **CSAT)
    answer(told, "no pain", 1, "2025-06-01", survey="pain", **CSAT)
    answer(told, "no rule", 4, "2025-06-01", kind="csat", scale_max=7)
    totals = totals_of(Choice(told))
    assert (totals.nps, totals.nps_from_one) == (Nps(1, 0, 0), Nps(0, 0, 1))
    assert (totals.satisfied.hits, totals.satisfied.n) == (2, 3)
    low, high = totals.satisfied.interval
    assert (round(low, 4), round(high, 4)) == (0.2077, 0.9385)


def test_complaints_open_and_resolved(told: Workspace):
    remark(told, "open", "complaint", "2025-06-01")
    remark(told, "over", "complaint", "2025-06-01", account="b", resolved_on="2025-06-02")
    remark(told, "nice", "praise", "2025-06-01")
    totals = totals_of(Choice(told))
    assert (totals.remarks, totals.accounts, totals.complaints, totals.unresolved) == (3, 2, 2, 1)


def test_the_numbers_are_those_of_the_kpis(acme: Workspace):
    """All that was said of a month, by two ways: here counted in the database, there record by record."""
    crowd.fill(acme, crowd.make(25, seed=4))
    period = Period.of(acme, PeriodKind.QUARTER, DAY, DAY)
    keys = [f"satisfaction.{name}" for name in ("comments", "nps", "csat")]
    told = answers(Question(Book(acme, NOW.date()), period), [KPIS[key] for key in keys])
    choice = Choice(acme, span=Span(period.start, period.until))
    totals = totals_of(choice.but(speechless=True))
    assert Decimal(totals_of(choice).comments) == told[keys[0], WHOLE].value > 0
    assert (totals.nps.value, totals.nps.n) == (told[keys[1], WHOLE].value, told[keys[1], WHOLE].n)
    assert (totals.satisfied.value, totals.satisfied.n) == (told[keys[2], WHOLE].value, told[keys[2], WHOLE].n)
    assert totals.nps.n > 5 and totals.satisfied.n > 5
