"""The KPIs after a night: which periods are counted, what is stamped when facts come late, and that it happens once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Account
from metrics.models import KpiSnapshot, PeriodKind, Run, ScopeKind
from metrics.nightly import kpis, rollups
from metrics.nightly.run import recompute
from tests.cast import account, night, tell
from tests.metrics.cases import DAY, ago, day, term, told

pytestmark = pytest.mark.django_db
MRR = "revenue.mrr"


@pytest.fixture
def counted(acme, alice):
    """June 29, 2025 is scored and counted: a day before June ends."""
    told(acme, {"one": [term(starts=200)], "two": [term(starts=200, ends=40)], "young": [term(starts=3)]})
    account(acme, "one", owner=alice.user.email)
    night(acme, day(1))
    assert kpis.count(acme)
    return acme


def rows(workspace, key=MRR, kind=PeriodKind.MONTH, scope=ScopeKind.WORKSPACE, **more):
    return KpiSnapshot.objects.of(workspace).filter(kpi=key, period_kind=kind, scope_kind=scope, **more)


def test_months_whole_and_running(counted):
    found = rows(counted).order_by("-start", "-until").values_list("start", "until", "is_whole", "value")
    assert list(found)[:4] == [
        (date(2025, 6, 1), date(2025, 6, 30), False, 200),
        (date(2025, 5, 1), date(2025, 6, 1), True, 100),
        (date(2025, 5, 1), date(2025, 5, 30), False, 100),
        (date(2025, 4, 1), date(2025, 5, 1), True, 200),
    ]
    assert rows(counted).order_by("start").first().start == date(2023, 5, 1)
    assert rows(counted, start=date(2024, 6, 1), until=date(2024, 6, 30)).get().value == 0


def test_every_kind_of_period_and_scope(counted, alice):
    weeks = rows(counted, kind=PeriodKind.WEEK, is_whole=True).order_by("-start")
    assert (weeks[0].start, weeks[0].until) == (date(2025, 6, 23), date(2025, 6, 30))
    assert weeks.count() == 55
    # 90 days of April to June; January to March have no more.
    assert rows(counted, kind=PeriodKind.QUARTER, is_whole=False).count() == 2
    assert rows(counted, kind=PeriodKind.YEAR, is_whole=True).order_by("-start").first().start == date(2024, 1, 1)
    mine = rows(counted, scope=ScopeKind.CSM, start=date(2025, 6, 1)).get()
    assert (mine.scope_key, mine.value, mine.n) == (str(alice.pk), 100, 1)


def test_why_there_is_no_number(counted):
    found = rows(counted, "satisfaction.nps", start=date(2025, 6, 1)).get()
    assert (found.value, found.n, found.reason) == (None, 0, "no answers")


def test_it_is_counted_once(counted):
    assert not kpis.count(counted)
    assert Run.objects.of(counted).exclude(counted_at=None).count() == 1


def test_another_night_forgets_how_the_running_month_stood(counted):
    night(counted, DAY)
    assert kpis.count(counted)
    june = rows(counted, start=date(2025, 6, 1))
    assert list(june.values_list("until", "is_whole")) == [(date(2025, 7, 1), True)]
    assert not rows(counted, is_whole=False).exists()
    assert not KpiSnapshot.objects.of(counted).exclude(restated_at=None).exists()


def test_a_late_fact_restates_the_months_it_is_about(counted):
    before = dict(rows(counted, is_whole=True).values_list("start", "value"))
    tell(counted, "subscriptions", {"account": "one", **term(starts=70, amount=7, known_at=ago(0))[1]})
    night(counted, DAY)
    assert kpis.count(counted)
    after = dict(rows(counted, is_whole=True).values_list("start", "value"))
    changed = {start: value - before[start] for start, value in after.items() if before.get(start, value) != value}
    assert changed == {date(2025, 4, 1): 7, date(2025, 5, 1): 7}
    stamped = rows(counted).exclude(restated_at=None).values_list("start", flat=True)
    assert set(stamped) == set(changed)


def test_only_what_could_have_moved_is_looked_at(counted):
    night(counted, DAY)
    assert kpis.since(counted, DAY) == DAY
    tell(counted, "tickets", {"account": "one", "id": "t", "opened_at": ago(45), "known_at": ago(0)})
    rollups.refill_all(counted)
    assert kpis.since(counted, DAY) == day(45)


def test_a_day_that_is_scored_anew_is_counted_anew(counted):
    night(counted, DAY)
    kpis.count(counted)
    recompute(counted, day(1), day(1))
    assert kpis.since(counted, DAY) == day(1)
    assert kpis.count(counted)


def test_whose_an_account_is(counted, bob):
    night(counted, DAY)
    kpis.count(counted)
    counted.refresh_from_db()
    now = timezone.now()
    today = counted.day_of(now)
    Account.objects.of(counted).get(external_id="one").change(now, owner=bob)
    assert kpis.since(counted, today + timedelta(days=1)) == today
    Account.objects.of(counted).get(external_id="two").change(now, owner=bob)
    # The first owner of an account is told: it counts for the time before as well.
    assert kpis.since(counted, DAY) == date(2023, 5, 30)


def test_a_scope_that_has_nothing_any_more_is_gone(counted, alice):
    assert rows(counted, "revenue.new", scope=ScopeKind.SEGMENT).count() == 0
    account(counted, "one", segment="Large")
    tell(counted, "subscriptions", {"account": "young", **term(starts=3, id="x", known_at=ago(0))[1]})
    night(counted, DAY)
    kpis.count(counted)
    large = rows(counted, scope=ScopeKind.SEGMENT, start=date(2025, 6, 1))
    assert [row.scope_key for row in large] == ["Large"]


def test_exact_to_twenty_digits(counted):
    told(counted, {"a third": [term(amount=Decimal("0.01"), starts=9)]})
    night(counted, DAY)
    kpis.count(counted)
    arpa = rows(counted, "revenue.arpa", start=date(2025, 6, 1)).get().value
    assert arpa == (Decimal("200.01") / 3).quantize(Decimal(1).scaleb(-20))
