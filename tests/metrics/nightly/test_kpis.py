"""The KPIs after a night: which periods are counted, what is stamped when facts come late, and that it happens once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import Account, Workspace
from metrics.kpis import parts
from metrics.models import DirtyPeriod, KpiPart, KpiSnapshot, PeriodKind, Run, ScopeKind
from metrics.nightly import kpis, moved, rollups
from metrics.nightly.run import recompute
from tests.cast import account, night, record, tell
from tests.kept import kept
from tests.metrics.cases import DAY, ago, day, term, told

pytestmark = pytest.mark.django_db
MRR = "revenue.mrr"


@pytest.fixture
def clock(monkeypatch):
    """Sets what time it is when days are refilled and nights are published."""

    def set_to(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_to


@kept
def june(acme, alice):
    """June 29, 2025 is scored and counted: a day before June ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: ago(1))
        told(acme, {"one": [term(starts=200)], "two": [term(starts=200, ends=40)], "young": [term(starts=3)]})
        record(acme, "accounts", {"id": "one", "owner": alice.user.email}, at=ago(5))
        night(acme, day(1))
        assert kpis.count(acme)
    return acme


@pytest.fixture
def counted(june, clock):
    clock(ago(1))
    return june


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
    assert moved.since(counted, DAY) == DAY
    tell(counted, "tickets", {"account": "one", "id": "t", "opened_at": ago(45), "known_at": ago(0)})
    rollups.refill_all(counted)
    assert moved.since(counted, DAY) == day(45)


def test_a_day_that_is_scored_anew_is_counted_anew(counted):
    night(counted, DAY)
    kpis.count(counted)
    recompute(counted, day(1), day(1))
    assert moved.since(counted, DAY) == day(1)
    assert kpis.count(counted)


def test_whose_an_account_is(counted, bob, clock):
    night(counted, DAY)
    kpis.count(counted)
    counted.refresh_from_db()
    clock(ago(-1))
    now = timezone.now()
    today = counted.day_of(now)
    Account.objects.of(counted).get(external_id="one").change(now, owner=bob)
    assert moved.since(counted, today + timedelta(days=1)) == today
    Account.objects.of(counted).get(external_id="two").change(now, owner=bob)
    # The first owner of an account is told: it counts for the time before as well.
    assert moved.since(counted, DAY) == date(2023, 5, 30)


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


def test_what_is_heard_after_the_day_waits_for_the_night_that_knows_it(counted, clock):
    """At ten past midnight a term is told; the day before, counted after that, does not know it."""
    clock(ago(0, 0, 10))
    tell(counted, "subscriptions", {"account": "one", **term(starts=70, amount=7)[1]}, at=ago(0, 0, 10))
    rollups.refill_all(counted)
    recompute(counted, day(1), day(1))
    assert kpis.count(counted)
    april = {"start": date(2025, 4, 1), "is_whole": True}
    assert rows(counted, **april).get().value == 200
    clock(ago(-1, 0, 10))
    night(counted, DAY)
    assert kpis.count(counted)
    assert rows(counted, **april).get().value == 207


def test_a_night_published_meanwhile_is_counted_next(counted, monkeypatch):
    night(counted, DAY)
    set_down = kpis.set_down

    def slow(*asked):
        set_down(*asked)
        recompute(counted, day(1), day(1))

    monkeypatch.setattr(kpis, "set_down", slow)
    assert kpis.plan(counted)
    waiting = Run.objects.of(counted).filter(counted_at=None)
    assert list(waiting.values_list("day", flat=True)) == [day(1)]


# -- period by period


def everything(workspace):
    """All that was counted, without the stamps."""
    left_out = {"id", "computed_at", "restated_at"}
    fields = [field.attname for field in KpiSnapshot._meta.concrete_fields if field.attname not in left_out]
    return sorted(map(str, KpiSnapshot.objects.of(workspace).values_list(*fields)))


@pytest.fixture
def anew(counted, monkeypatch):
    """Nothing is counted yet, and pages look back over four months and three weeks only."""
    monkeypatch.setattr(moved, "MONTHS_BACK", 4)
    monkeypatch.setattr(moved, "WEEKS_BACK", 3)
    start_over(counted)
    return counted


def start_over(workspace):
    KpiSnapshot.objects.of(workspace).delete()
    Run.objects.of(workspace).update(counted_at=None)


def test_the_running_month_is_counted_first_and_the_newest_before_the_old(anew):
    seen = []
    while kpis.count(anew, seconds=0):
        every = KpiSnapshot.objects.of(anew).values_list("period_kind", "start", "until").distinct()
        seen += [period for period in every if period not in seen]
    assert seen[:3] == [
        ("month", date(2025, 6, 1), date(2025, 6, 30)),
        ("month", date(2025, 5, 1), date(2025, 5, 30)),
        ("month", date(2024, 6, 1), date(2024, 6, 30)),
    ]
    running, ended = seen[:11], seen[11:]
    assert [kind for kind, *_ in running] == ["month"] * 3 + ["quarter"] * 3 + ["week"] * 3 + ["year"] * 2
    ends = [until for _, _, until in ended]
    assert ends == sorted(ends, reverse=True)
    assert len(ended) == 6


def test_stopped_after_each_period_it_comes_out_the_same(anew):
    assert kpis.count(anew)
    at_once = everything(anew)
    start_over(anew)
    while kpis.count(anew, seconds=0):
        pass
    assert everything(anew) == at_once
    assert not kpis.is_waiting(anew)


def test_counted_twice_it_is_the_same_and_nothing_is_stamped(anew):
    kpis.count(anew)
    before = everything(anew)
    kpis.set_down(anew, day(1), moved.furthest(day(1)))
    assert kpis.count(anew)
    assert everything(anew) == before
    assert not rows(anew).exclude(restated_at=None).exists()


def test_what_is_not_counted_yet_stays_set_down_over_a_night(anew):
    assert kpis.count(anew, seconds=0)
    left = set(DirtyPeriod.objects.of(anew).filter(end=F("until")).values_list("period_kind", "start"))
    night(anew, DAY)
    assert kpis.plan(anew)
    dirty = DirtyPeriod.objects.of(anew)
    # June is over now; the periods that ran yesterday are gone, all others still wait.
    assert dirty.filter(start=date(2025, 6, 1), period_kind="month").get().until == date(2025, 7, 1)
    assert not dirty.exclude(period_kind="week").filter(until=date(2025, 6, 30)).exists()
    assert left and left <= set(dirty.filter(is_settling=False).values_list("period_kind", "start"))
    assert kpis.count(anew)
    assert rows(anew, start=date(2025, 3, 1)).exists()
    assert not rows(anew, is_whole=False).exists()


def test_a_period_that_fails_does_not_stop_the_others(anew, monkeypatch):
    whole = kpis.answers

    def answers(question, asked):
        if question.period.start == date(2025, 3, 1):
            raise ZeroDivisionError
        return whole(question, asked)

    monkeypatch.setattr(kpis, "answers", answers)
    assert kpis.count(anew)
    assert not kpis.is_waiting(anew)
    [left] = DirtyPeriod.objects.of(anew)
    assert (left.start, left.failures) == (date(2025, 3, 1), 3)
    assert not rows(anew, start=date(2025, 3, 1)).exists()
    assert rows(anew, start=date(2025, 4, 1)).exists()
    monkeypatch.setattr(kpis, "answers", whole)
    # The next night tries once more.
    kpis.set_down(anew, day(1), date(2025, 3, 1))
    assert kpis.count(anew)
    assert rows(anew, start=date(2025, 3, 1)).get().value == 200


def test_what_only_time_decides_settles_the_month(counted):
    """A term ended on May 31 and nothing followed: decided on July 1, when nothing of May is heard, or asked for."""
    tell(counted, "subscriptions", {"account": "one", **term(starts=200, ends=30)[1]})
    rollups.refill_all(counted)
    recompute(counted, day(1), day(1))
    kpis.count(counted)
    may = {"start": date(2025, 5, 1), "is_whole": True}
    assert rows(counted, "retention.renewal", **may).get().n == 1
    stamp = rows(counted, **may).get().computed_at
    first = DAY + timedelta(days=1)
    night(counted, first)
    assert moved.since(counted, first) == first
    kpis.count(counted)
    assert rows(counted, "retention.renewal", **may).get().n == 2
    assert rows(counted, **may).get().computed_at == stamp


def test_what_is_told_of_the_workspace_restates_as_well(counted):
    night(counted, DAY)
    kpis.count(counted)
    assert moved.since(counted, DAY) == DAY
    tell(counted, "costs", {"month": date(2025, 5, 1), "kind": "payroll", "amount": 50})
    assert moved.since(counted, DAY) == date(2025, 5, 1)
    recompute(counted, DAY, DAY)
    kpis.count(counted)
    assert rows(counted, "value.retention_cost", start=date(2025, 5, 1), is_whole=True).get().value == 50
    tell(counted, "rates", {"currency": "USD", "day": date(2025, 3, 5), "rate": "0.9"})
    assert moved.since(counted, DAY) == date(2025, 3, 5)


def test_a_term_of_a_day_whose_events_are_deleted_restates_too(counted):
    Workspace.objects.filter(pk=counted.pk).update(events_gone_before=day(20))
    tell(counted, "subscriptions", {"account": "one", **term(starts=70, amount=7)[1]})
    rollups.refill_all(counted)
    assert moved.since(counted, DAY) == day(70)


def test_another_rule_restates_all(counted):
    counted.gross_margin, counted.fiscal_year_start = Decimal("0.5"), 2
    counted.save()
    margin = rows(counted, "value.clv_subscription", start=date(2025, 5, 1), is_whole=True)
    assert margin.get().reason == "no gross margin is set"
    night(counted, DAY)
    assert moved.since(counted, DAY) == date(2023, 5, 30)
    kpis.count(counted)
    assert margin.get().reason != "no gross margin is set"
    quarters = rows(counted, kind=PeriodKind.QUARTER).values_list("start__month", flat=True)
    assert set(quarters) == {2, 5, 8, 11}
    assert set(rows(counted, kind=PeriodKind.YEAR).values_list("start__month", flat=True)) == {2}
    night(counted, DAY + timedelta(days=1))
    assert moved.since(counted, DAY + timedelta(days=1)) == DAY + timedelta(days=1)


def test_an_update_that_brings_a_kpi_counts_all_periods_once_without_waiting_for_a_night(anew, monkeypatch):
    kpis.count(anew)
    assert not kpis.is_waiting(anew)
    monkeypatch.setitem(parts.PARTS, "more", parts.by_theme)
    assert kpis.is_waiting(anew)
    tell(anew, "tickets", {"account": "one", "id": "t", "opened_at": ago(45), "theme": "billing"})
    assert kpis.count(anew)
    may = KpiPart.objects.of(anew).filter(period_kind="month", start=date(2025, 5, 1), is_whole=True)
    assert may.get(kpi="tickets", scope_kind="workspace").what == "billing"
    assert not kpis.is_waiting(anew)
    assert not kpis.count(anew)
