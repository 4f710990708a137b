"""Every KPI of every scope, against plain Python that reads fact by fact."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Account, AccountHistory, ProgramCost, Survey, Team, Workspace
from healthscore.demo.company import COMPANIES, NORTHWIND, WINDOW
from healthscore.demo.facts import Plan
from healthscore.demo.tenants import make_surroundings, make_tenant
from healthscore.demo.write import write
from metrics.kpis.answers import Book, Question, answers
from metrics.kpis.ledger import Ledger
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE, Scope
from metrics.kpis.revenue import moved_between
from metrics.models import PeriodKind, ScopeKind, ScoreSnapshot
from metrics.registry import KPIS
from metrics.scorecards import create_workspace
from tests.architecture.code import ROOT
from tests.cast import night, tell
from tests.metrics import crowd, naive_kpis_money, naive_kpis_people
from tests.metrics.cases import DAY, ZONE, ago, day
from tests.metrics.naive_kpis import NAIVE_KPIS, House, Told, later, span_of, value_of
from tests.metrics.retold import retold

pytestmark = pytest.mark.django_db

# What is multiplied, or divided twice, may differ where its last digits are rounded on the way.
DIGITS = 10**25


def house_of(workspace: Workspace) -> House:
    """What a workspace is set to and was told beside facts, row by row."""
    names = dict(Account.objects.of(workspace).values_list("pk", "external_id"))
    house = House(
        zone=workspace.zone,
        gap=workspace.churn_gap_days,
        by_events=workspace.churn_rule == "events",
        by_purchases=workspace.kind == "purchases",
        purchase_days=workspace.purchase_days,
        margin=workspace.gross_margin,
        first_value=workspace.first_value,
        fiscal_start=workspace.fiscal_year_start,
        week_start=workspace.week_start,
        costs=list(ProgramCost.objects.of(workspace).current().values_list("month", "amount", "currency")),
    )
    rows = AccountHistory.objects.of(workspace).order_by("since").values_list("field", "account_id", "value", "since")
    for field, account, value, since in rows:
        house.moved.setdefault((field, names[account]), []).append((since.astimezone(workspace.zone).date(), value))
    for survey in Survey.objects.of(workspace).exclude(positive_from=None):
        house.positive[survey.key] = survey.positive_from
    fields = ("day", "account_id", "band", "score_units", "mrr_units")
    for on, account, *row in ScoreSnapshot.objects.of(workspace).published().values_list(*fields):
        house.scores.setdefault(on, []).append((names[account], *row))
    return house


def compare(workspace, told, asked):
    """How many values are equal: every KPI of every scope and (kind, day). Fails with those that are not."""
    assert naive_kpis_money and naive_kpis_people
    assert NAIVE_KPIS.keys() == KPIS.keys()
    book, count, different, found = Book(workspace, told.known), 0, {}, {key: set() for key in KPIS}
    for kind, on in asked:
        period, span = Period.of(workspace, PeriodKind(kind), on, told.known), span_of(told.house, kind, on, told.known)
        assert (period.start, period.last) == (span.first, span.last)
        made = answers(Question(book, period))
        for scope in told.scopes():
            for key in KPIS:
                answer = made.get((key, Scope(ScopeKind(scope[0]), scope[1])))
                expected = value_of(told, key, span, told.mine(scope))
                if not same(answer, expected):
                    different[key, kind, on, *scope] = answer and answer.value, expected and float(expected)
                elif answer is not None:
                    found[key].add(answer.value)
                count += 1
    assert not different, "\n".join(f"{place}: {pair}" for place, pair in list(different.items())[:300])
    return count, found


def same(answer, expected):
    """A scope without a record has no number, or adds up to nothing."""
    if answer is None:
        return not expected
    if answer.value is None or expected is None:
        return answer.value is expected
    return abs(Fraction(answer.value) - expected) * DIGITS <= abs(expected)


# -- a crowd


SETTINGS = {
    "plain": {"first_value": "export", "gross_margin": Decimal("0.8")},
    "gaps, another year, weeks from Sunday": {
        "churn_gap_days": 5,
        "fiscal_year_start": 4,
        "week_start": 6,
        "first_value": "login",
    },
    "churn from events": {"churn_rule": "events", "gross_margin": Decimal("0.755")},
    "purchases": {"kind": "purchases", "purchase_days": 60},
}
ASKED = [("month", 0), ("month", 31), ("week", 10), ("week", 1), ("quarter", 0), ("year", 0), ("year", 200)]


@pytest.fixture(params=SETTINGS)
def told(request, acme, alice, bob):
    """A crowd, with what KPIs need beside what measures do; it is known of on DAY."""
    chance = Random(request.param)
    facts = crowd.make(60, seed=23)
    widen(facts, chance)
    for name, value in SETTINGS[request.param].items():
        setattr(acme, name, value)
    acme.save()
    Survey.unscoped.create(workspace=acme, key="strict", name="Strict", kind="csat", positive_from=5)
    crowd.fill(acme, facts)
    move(acme, chance, alice, bob)
    for month in (5, 6, 6):
        cost = {"month": date(2025, month, 1), "kind": "payroll", "amount": chance.randint(1, 900)}
        tell(acme, "costs", cost | {"currency": "USD"}, at=ago(9))
    night(acme, DAY)
    return Told(facts, house_of(acme), DAY)


def widen(facts, chance):
    """Scales, comments, minutes and replacements, so that no KPI goes without."""
    for kind, item in facts.facts:
        own = Random(f"{item.get('id')} {kind}")
        if kind == "survey_responses":
            item["comment"] = own.choice(["", "Good."])
            item.setdefault("survey", own.choice(["", "strict", crowd.REVERSED]))
            if item["kind"] == "ces":
                item["scale_min"], item["scale_max"] = 1, own.choice([5, 7, 7])
                item["score"] = min(max(item["score"], Decimal(1)), Decimal(5))
            if item["kind"] == "nps":
                item["scale_min"] = own.choice([0, 0, 1])
                item["score"] = max(item["score"], Decimal(item["scale_min"]))
        if kind == "feedback":
            item["topic"] = own.choice(["", "product", "service", "brand", "people"])
        if kind == "touches":
            item["minutes"] = own.choice([None, 0, 15, 45])
        if kind == "purchases":
            item["product"] = own.choice(["ink", "paper"])
            item["replace_by"] = item["purchased_on"] + timedelta(days=own.choice([20, 60, 120]))
        if kind == "subscriptions" and own.random() < 0.15:
            item["is_trial"] = True


def move(workspace, chance, alice, bob):
    """Everybody changes hands, teams and segments, some at midnight, some into nobody's."""
    teams = [None, *Team.objects.of(workspace).order_by("pk")]
    for account in Account.objects.of(workspace).order_by("pk"):
        for days in sorted((chance.randint(0, 90) for _ in range(3)), reverse=True):
            local = datetime.combine(day(days), datetime.min.time(), ZONE) + timedelta(
                hours=chance.choice([0, 0, 9, 23])
            )
            new = {"owner": chance.choice([None, alice, bob]), "team": chance.choice(teams)}
            account.change(local.astimezone(UTC), **new, segment=chance.choice(["", "Small", "Large"]))


def test_every_kpi_equals_the_naive_one(acme, told):
    count, found = compare(acme, told, [(kind, day(days)) for kind, days in ASKED])
    assert count > 3000
    told_by_all = {key for key, values in found.items() if len(values) > 1}
    # A comparison in which every value is the same would prove little.
    assert len(told_by_all) > 50, found.keys() - told_by_all


# -- the demo


def compare_demo(company, length):
    """A month that is over, the quarter and the year of a demo's workspace, in which their last days are scored."""
    workspace, source = make_tenant(company)
    last = workspace.last_finished_day(timezone.now())
    first = last - timedelta(days=length)
    make_surroundings(company, source, first, last)
    write(source, Plan(company, first.toordinal(), last.toordinal()), first.toordinal(), last.toordinal(), print)
    workspace.gross_margin, workspace.first_value = Decimal("0.8"), "login"
    workspace.save()
    eve = last.replace(day=1) - timedelta(days=1)
    for scored in (eve, last):
        night(workspace, scored)
    told = Told(retold(workspace), house_of(workspace), last)
    assert balanced(Ledger(workspace, last), [later(last.replace(day=1), -n) for n in range(length // 31)])
    count, found = compare(workspace, told, [("month", eve), ("quarter", last), ("year", last)])
    assert len(found["effort.healthy"] | found["effort.poor"]) > 2
    sys.stdout.write(f"{company.name}: {count:,} values of {len(KPIS)} KPIs of all scopes, three periods, all equal\n")
    return count


@pytest.mark.parametrize("company", [replace(NORTHWIND, accounts=8)], ids=lambda company: company.slug)
def test_every_kpi_of_a_little_of_the_demo(company):
    assert compare_demo(company, 119) > 1000


@pytest.mark.faults
@pytest.mark.parametrize("company", COMPANIES, ids=lambda company: company.slug)
def test_every_kpi_of_the_demo(company):
    """`-s` prints how many values were equal."""
    assert compare_demo(company, WINDOW) > 1000


CRM = ROOT.parent / "shared" / "data" / "crm_sim"


@pytest.mark.faults
@pytest.mark.skipif(not CRM.exists(), reason="the files of the CRM simulation are not here")
def test_every_account_and_month_of_the_crm_simulation():
    """2025 is the table in docs/examples/crm_sim."""
    workspace = create_workspace("crm-sim", "CRM simulation")
    for kind, name in (("accounts", "accounts.csv"), ("subscriptions", "subscriptions.csv.gz")):
        maps = ROOT / "docs" / "examples" / "crm_sim" / f"{kind}.yaml"
        call_command("import_csv", "crm-sim", kind, CRM / name, map=maps, source="CRM simulation")
    book = Book(workspace, date(2025, 12, 31))
    assert balanced(book.ledger, [date(year, month, 1) for year in (2024, 2025) for month in range(1, 13)]) > 10_000
    year = answers(Question(book, Period.of(workspace, PeriodKind.YEAR, book.known)))
    names = ("mrr_at_start", "new", "expansion", "contraction", "churned", "reactivation", "mrr")
    expected = [371_273, 313_113, 45_414, -3_007, -44_650, 0, 682_143]
    assert [year[f"revenue.{name}", WHOLE].value for name in names] == expected


def balanced(ledger, months):
    """How many accounts and months were looked at: in each, start + Σ = end, to the cent."""
    count = 0
    for start in months:
        before, after = start - timedelta(days=1), min(later(start, 1) - timedelta(days=1), ledger.known)
        for account, move in moved_between(ledger, before, after).items():
            between = move.new + move.expansion + move.contraction + move.churned + move.reactivation + move.currency
            assert move.start == ledger.mrr(account, before)
            assert move.start + between == ledger.mrr(account, after)
            count += 1
    return count
