"""The large workspace: so many accounts with 400 days of everything, by chance but always the same, made in SQL.

Events come in account by account, rollups a quarter of a year at a time, as after an import of history. Facts refer
to DAY.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from accounts import ingest, partitions
from accounts.batch import Batch
from accounts.facts import ReleaseItem
from accounts.models import EventName, Membership, Role, Source, Stage, Team, User, Workspace
from accounts.models.event import is_use_by_default
from metrics.models import Cap, Line, ScorecardVersion
from metrics.nightly import rollups
from metrics.registry import MEASURES
from metrics.scorecards import cards, create_workspace

# The last finished day: what is pushed today moves accounts today.
DAY = datetime.now(UTC).date() - timedelta(days=1)
DAYS = 400
BOOK = 200
PASSWORD = "a long pass phrase"
EVENT_NAMES = (
    *("login", "page", "feature", "export", "report", "email_delivered", "email_opened", "email_clicked"),
    *("payment_reminder", "onboarding_step", "social_mention"),
)
STEP = 5_000


def found(accounts: int) -> Workspace:
    """The workspace with its people, stages, catalogue and a scorecard of all measures; nobody to score yet."""
    workspace = create_workspace(f"large-{accounts}", "Large", currency="EUR")
    team = Team.unscoped.create(workspace=workspace, name="All")
    secret = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(email=f"csm{n}@large.example", name=f"CSM {n}", password=secret) for n in range(-(-accounts // BOOK))
    )
    Membership.unscoped.bulk_create(
        Membership(workspace=workspace, user=user, role=Role.CSM, team=team) for user in users
    )
    source = Source.unscoped.create(workspace=workspace, name="Made", kind=Source.Kind.FILE)
    EventName.unscoped.bulk_create(
        EventName(workspace=workspace, name=name, is_use=is_use_by_default(name), first_seen_at=timezone.now())
        for name in EVENT_NAMES
    )
    items = [
        ReleaseItem(id=f"r{n}", feature=f"feature-{n}", released_on=DAY - timedelta(days=20 * n)) for n in range(4)
    ]
    ingest.record(Batch(workspace, source, "releases", items, timezone.now(), history=True))
    _publish_all_measures(workspace)
    first = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC) - timedelta(days=DAYS + 1)
    partitions.ensure({partitions.month_of(first + timedelta(days=n)) for n in range(DAYS + 40)})
    return workspace


def start_over() -> None:
    """Empty all of our tables; the database is the benchmarks' own."""
    tables = [
        model._meta.db_table for app in ("accounts", "metrics") for model in apps.get_app_config(app).get_models()
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")


def grow(workspace: Workspace, first: int, last: int, events: int) -> None:
    """Add accounts number first + 1 … last with all their facts, and so many events each."""
    for start in range(first, last, STEP):
        part = {"first": start + 1, "last": min(start + STEP, last), "events": events}
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in _statements():
                cursor.execute(statement, _params(workspace) | part)
        print(f"  … {part['last']:,} accounts", flush=True)
    _analyze()


def refill(workspace: Workspace, upto: date) -> None:
    """The product's own refill, a quarter of a year at a time, so that rollups lie roughly in the order of time."""
    day = DAY - timedelta(days=DAYS + 1)
    while day < upto:
        day = min(day + timedelta(days=100), upto)
        rollups.refill_all(workspace, upto=day)
    _analyze()


def forget_nights() -> None:
    """As before the first night. Nothing may be analysed from here on: the planner takes a table that was seen empty
    for one that stays so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE metrics_run, metrics_shard, metrics_reading, metrics_rank, metrics_scoresnapshot,"
            " metrics_standing CASCADE"
        )


def _params(workspace: Workspace) -> dict[str, Any]:
    stages = list(Stage.objects.of(workspace).order_by("position").values_list("pk", flat=True))
    return {
        "workspace": workspace.pk,
        "source": Source.objects.of(workspace).get(name="Made").pk,
        "team": Team.objects.of(workspace).get().pk,
        "members": list(Membership.objects.of(workspace).order_by("pk").values_list("pk", flat=True)),
        "stages": stages,
        "names": list(EVENT_NAMES),
        "book": BOOK,
        "day": DAY,
        "days": DAYS,
    }


def _statements() -> list[str]:
    text = (Path(__file__).parent / "company.sql").read_text()
    return [part for part in text.split(";\n") if part.strip()]


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _publish_all_measures(workspace: Workspace) -> None:
    """A second version of the default scorecard, with a line for every measure there is."""
    before = cards(workspace)[0]
    version = ScorecardVersion.unscoped.create(workspace=workspace, scorecard=before.version.scorecard, number=2)
    Line.unscoped.bulk_create(
        Line(
            workspace=workspace,
            version=version,
            position=n,
            measure=each.key,
            weight=each.weight or 1,
            worst=each.worst,
            neutral=each.neutral,
            best=each.best,
            by_rank=each.by_rank,
        )
        for n, each in enumerate(MEASURES.values())
    )
    Cap.unscoped.bulk_create(
        Cap(
            workspace=workspace, version=version, position=c.position, name=c.name, band=c.band, conditions=c.conditions
        )
        for c in before.caps
    )
    version.published_at = timezone.now()
    version.save(update_fields=["published_at"])
