"""The demo's workspaces themselves: people, teams, keys, releases, rates, costs, targets. All can be run twice."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.db import transaction
from msgspec import Struct

from accounts import ingest
from accounts.batch import Batch
from accounts.facts import CostItem, RateItem, ReleaseItem
from accounts.models import (
    ApiKey,
    Membership,
    Source,
    Team,
    User,
    Workspace,
)
from healthscore import embedded
from healthscore.demo.chance import dice
from healthscore.demo.company import FEATURES, NEW_FEATURES, PASSWORD, SEED, WINDOW, Company
from metrics.kpis.periods import Period
from metrics.models import PeriodKind, Target
from metrics.names import Names
from metrics.scorecards import create_workspace
from metrics.targets import TargetItem, set_targets

DEMO, KEY = "Demo data", "Demo app"
# What one unit is worth in US dollars, about which the rate of a month moves.
WORTH = {"EUR": 1.1}
RATES_SINCE = date(2015, 1, 1)
GROSS_MARGIN = Decimal("0.8")
# To be told of something by itself shows that a customer has something from the product.
FIRST_VALUE = "alerts"
# A month's cost of customer success, in the company's currency: payroll for each CSM, the rest for all.
COSTS = {"payroll": 7_400, "engagement": 2_300, "services": 3_900, "marketing": 2_800}

# What KPIs should be from the beginning on, of the company and of each team: of a month those of the page Team, of a
# quarter those by which the stages of the journey map are judged.
TARGETS = {
    PeriodKind.MONTH: {
        "revenue.nrr": "1.02",
        "retention.customer_churn_rate": "0.015",
        "retention.renewal": "0.92",
        "satisfaction.nps": "35",
        "satisfaction.csat": "0.85",
        "support.first_contact_resolution": "0.6",
        "support.first_response_median": "4",
    },
    PeriodKind.QUARTER: {
        "usage.time_to_first_value": "14",
        "usage.usage_rate": "0.8",
        "revenue.nrr": "1.02",
        "retention.renewal": "0.92",
        "satisfaction.nps": "35",
    },
}


@transaction.atomic
def make_tenant(company: Company) -> tuple[Workspace, Source]:
    """Make the workspace of a company with its people, where it is missing. Returns it and the demo's own source."""
    workspace = Workspace.objects.filter(slug=company.slug).first() or create_workspace(
        company.slug,
        company.name,
        time_zone=company.zone,
        currency=company.currency,
        own_domains=[company.domain],
        gross_margin=GROSS_MARGIN,
        first_value=FIRST_VALUE,
    )
    teams = {name: Team.unscoped.get_or_create(workspace=workspace, name=name)[0] for name in company.teams}
    password = ""
    for person in company.people:
        email = company.email(person)
        user = User.objects.filter(email=email).first()
        if user is None:
            password = password or make_password(PASSWORD)
            user = User.objects.create(email=email, name=person.name, password=password)
        Membership.unscoped.get_or_create(
            workspace=workspace, user=user, defaults={"role": person.role, "team": teams.get(person.team)}
        )
    source, _ = Source.unscoped.get_or_create(workspace=workspace, name=DEMO, defaults={"kind": Source.Kind.DEMO})
    return workspace, source


def origin(workspace: Workspace, source: Source) -> int:
    """Returns the first day of the demo, as an ordinal: eighteen months before the day on which it was made."""
    return workspace.day_of(source.created_at).toordinal() - WINDOW


def key_of(workspace: Workspace) -> str:
    """Returns the demo's API key, kept in a private file; a key that was lost or revoked is replaced."""
    path = embedded.home() / "demo_keys.json"
    keys = json.loads(path.read_text()) if path.exists() else {}
    known = keys.get(workspace.slug, "")
    if ApiKey.objects.of(workspace).filter(hash=ApiKey.hash_of(known), revoked_at=None).exists():
        return str(known)
    source, _ = Source.unscoped.get_or_create(workspace=workspace, name=KEY, defaults={"kind": Source.Kind.REST})
    _, keys[workspace.slug] = ApiKey.issue(workspace, source, KEY, list(ApiKey.Scope.values))
    path.touch(mode=0o600)
    path.write_text(json.dumps(keys))
    return str(keys[workspace.slug])


def make_surroundings(company: Company, source: Source, first: date, last: date) -> None:
    """Add the releases, rates, costs and targets of the time up to `last` that are missing."""
    told = {
        "releases": _releases(first, last),
        "rates": _rates(company, last),
        "costs": _costs(company, first, last),
    }
    for kind, items in told.items():
        ingest.record(Batch(source.workspace, source, kind, items, source.workspace.end_of(last)))
    _set_targets(company, source.workspace, first)


def _set_targets(company: Company, workspace: Workspace, first: date) -> None:
    """Once: who plays with them finds them as they were left."""
    if Target.objects.of(workspace).exists():
        return
    items = [
        TargetItem(kpi=kpi, period=each.value, start=start, value=Decimal(value), scope=scope, scope_key=name)
        for each, targets in TARGETS.items()
        for start in [Period.of(workspace, each, first, first).start]
        for scope, name in (("workspace", ""), *(("team", team) for team in company.teams))
        for kpi, value in targets.items()
    ]
    set_targets(Names(workspace), items, workspace.end_of(first))


def _releases(first: date, last: date) -> list[Struct]:
    plans = ["Business", "Enterprise"]
    days = {feature: first - timedelta(days=400) for feature in FEATURES}
    days |= {feature: first + timedelta(days=after) for feature, after in NEW_FEATURES.items()}
    return [
        ReleaseItem(feature=feature, released_on=day, plans=plans if feature == "api" else [])
        for feature, day in days.items()
        if day <= last
    ]


def _months(first: date, last: date) -> list[date]:
    whole = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(month // 12, month % 12 + 1, 1) for month in whole]


def _rates(company: Company, last: date) -> list[Struct]:
    return [
        RateItem(currency=currency, day=month, rate=_rate(currency, month))
        for currency in company.foreign
        for month in _months(RATES_SINCE, last)
    ]


def _rate(currency: str, month: date) -> Decimal:
    die = dice(SEED, "rate", currency, month.year, month.month)
    return Decimal(f"{WORTH[currency] * die.uniform(0.96, 1.04):.4f}")


def _costs(company: Company, first: date, last: date) -> list[Struct]:
    return [
        CostItem(
            month=month,
            kind=kind,
            amount=Decimal(round(_cost(company, kind) * dice(SEED, kind, month).uniform(0.92, 1.12), -1)),
            currency=company.currency,
        )
        for month in _months(first, last)
        for kind in COSTS
    ]


def _cost(company: Company, kind: str) -> int:
    return COSTS[kind] * (len(company.csms) if kind == "payroll" else 1)
