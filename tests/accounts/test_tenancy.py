"""The database's own guard: no row of one workspace points at a row of another.

Both workspaces get a row in every table; then each key of each table is bent to the other's row.
"""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, connection, models, transaction

from accounts.models import (
    Account,
    AccountTag,
    ApiKey,
    IdempotencyKey,
    Import,
    Membership,
    Refused,
    Tag,
    Workspace,
)
from accounts.models.scoped import WorkspaceModel
from accounts.tenancy import rewrite_guards
from metrics.models import Band, ManualBand, ScorecardVersion, Win
from metrics.nightly import rollups
from metrics.nightly.run import advance, open_run, work
from tests.cast import NOW, account, night, source_of, tell
from tests.metrics import crowd
from tests.metrics.cases import DAY, day, use
from tests.metrics.steering import steer

MODELS = [
    model
    for label in ("accounts", "metrics")
    for model in apps.get_app_config(label).get_models()
    if issubclass(model, WorkspaceModel)
]
KEYS = [
    (model, field)
    for model in MODELS
    for field in model._meta.concrete_fields
    if field.is_relation and issubclass(field.remote_field.model, WorkspaceModel)
]


def furnish(workspace: Workspace) -> None:
    """A row, at least, in each table that has a workspace."""
    numbers = count(1)
    crowd.fill(workspace, crowd.make(4, seed=11))
    one = account(workspace, "a000")
    member = Membership.objects.of(workspace).first()
    for kind, item in {
        "purchases": {"purchased_on": DAY, "amount": 1},
        "deals": {"opened_on": DAY, "amount": 1},
        "touches": {"happened_at": NOW, "channel": "call"},
        "pulses": {"given_at": NOW, "value": 3},
        "goals": {"name": "Grow", "target": 5, "value": 1, "started_on": DAY, "due_on": DAY},
        "client_figures": {"figure": "cost", "day": DAY, "value": 1},
        "tickets": {"opened_at": NOW},
        "invoices": {"issued_on": DAY, "due_on": DAY, "amount": 1},
        "payments": {"invoice": "x", "paid_on": DAY, "amount": 1},
        "survey_responses": {"answered_at": NOW, "kind": "nps", "score": 1},
        "feedback": {"given_at": NOW, "kind": "praise"},
        "churns": {"churned_on": date(2099, 1, 1)},
    }.items():
        tell(workspace, kind, {"id": f"f{next(numbers)}", "account": "a000", **item})
    tell(workspace, "subscriptions", {"id": "t", "account": "a000", "starts_on": day(30), "amount": 9})
    tell(workspace, "events", {"account": "a000", **use(2, "ann")[1]})
    rollups.refill_all(workspace)
    tell(workspace, "events", {"account": "a000", **use(1, "ann")[1]})
    one.change(NOW, segment="Large")
    source = source_of(workspace)
    ApiKey.issue(workspace, source, "Key", ["read"])
    [cost, key] = [{"month": date(2025, 1, 1), "kind": "payroll", "amount": 1}, ApiKey.objects.of(workspace).get()]
    tell(workspace, "costs", cost)
    IdempotencyKey.unscoped.create(workspace=workspace, api_key=key, key="k", request="r", created_at=NOW)
    imported = Import.unscoped.create(workspace=workspace, source=source, kind="events", file_name="x")
    Refused.unscoped.create(workspace=workspace, source=source, imported=imported, kind="events", reason="No", at=NOW)
    AccountTag.unscoped.create(
        workspace=workspace, account=one, tag=Tag.unscoped.create(workspace=workspace, name="Beta")
    )
    steer(workspace, caps=[(Band.RED, [])], at=None)
    ManualBand.unscoped.create(
        workspace=workspace, account=one, band=Band.RED, reason="So", author=member, starts_on=DAY, ends_on=DAY
    )
    Win.unscoped.create(workspace=workspace, account=one, day=DAY, kind="save")
    night(workspace, day(1))
    run = open_run(workspace, DAY)
    while run.state == "readings":
        assert work(run) or advance(run.pk)
        run.refresh_from_db()
    tell(workspace, "events", {"account": "a000", **use(0, "ann")[1]})
    _plain_rows(workspace)


def _plain_rows(workspace: Workspace) -> None:
    """Rows of the models that nothing above has made, with whatever their columns take."""
    for model in MODELS:
        if not model._base_manager.filter(workspace=workspace).exists():
            values = {field.name: _any(field, workspace) for field in model._meta.concrete_fields if _needed(field)}
            model._base_manager.create(workspace=workspace, **values)


def _needed(field: Any) -> bool:
    return not (field.null or field.has_default() or field.primary_key or field.name == "workspace")


def _any(field: Any, workspace: Workspace) -> Any:
    if field.is_relation:
        return field.remote_field.model._base_manager.filter(workspace=workspace).first()
    if isinstance(field, models.UUIDField):
        return uuid4()
    if isinstance(field, ArrayField):
        return []
    if isinstance(field, models.BinaryField):
        return b""
    if isinstance(field, models.DateTimeField):
        return NOW
    if isinstance(field, models.DateField):
        return DAY
    return (
        field.choices[0][0]
        if field.choices
        else 1
        if isinstance(field, models.DecimalField | models.IntegerField | models.BooleanField)
        else uuid4().hex
        if field.unique
        else "x"
    )


def key_of(model: Any, workspace: Workspace) -> Any:
    return model._base_manager.filter(workspace=workspace).values_list("pk", flat=True).first()


@pytest.mark.django_db
def test_no_key_of_any_table_leaves_its_workspace(cast):
    for workspace in (cast.acme, cast.evil):
        furnish(workspace)
    assert len(KEYS) > 70
    kept = []
    with connection.cursor() as cursor:
        # Deferred keys are asked at once; drafts and published versions alike may be bent.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL healthscore.deleting_workspace = 'yes'")
        for model, field in KEYS:
            table, target = model._meta.db_table, key_of(field.remote_field.model, cast.evil)
            assert target is not None, field.remote_field.model
            try:
                with transaction.atomic():
                    cursor.execute(
                        f"UPDATE {table} SET {field.column} = %s WHERE (tableoid, ctid) ="
                        f" (SELECT tableoid, ctid FROM {table} WHERE workspace_id = %s LIMIT 1)",
                        [target, cast.acme.pk],
                    )
                    assert cursor.rowcount == 1, f"{table} has no row"
            except IntegrityError as error:
                assert error.__cause__.pgcode == "23503", error
            else:
                kept.append((table, field.column))
    assert kept == []


@pytest.mark.django_db
def test_a_row_cannot_be_added_to_anothers_account(cast):
    theirs, mine = account(cast.evil, "theirs"), account(cast.acme, "mine")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, columns in {
            "accounts_dirtyday": "day, marked_at",
            "metrics_contactday": "day, person, known_day, retracted_day",
        }.items():
            values = {"day": DAY, "marked_at": NOW, "person": "ann", "known_day": DAY, "retracted_day": DAY}
            given = [values[name] for name in columns.split(", ")]
            statement = (
                f"INSERT INTO {table} (workspace_id, account_id, {columns}) VALUES (%s, %s{', %s' * len(given)})"
            )
            cursor.execute(statement, [cast.acme.pk, mine.pk, *given])
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(statement, [cast.acme.pk, theirs.pk, *given])


@pytest.mark.django_db
def test_a_whole_row_cannot_move_to_another_workspace(cast):
    one = account(cast.acme, "one", owner="alice@acme.example")
    version = ScorecardVersion.objects.of(cast.acme).get()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL healthscore.deleting_workspace = 'yes'")
        for model, pk in ((Account, one.pk), (ScorecardVersion, version.pk)):
            with pytest.raises(IntegrityError), transaction.atomic():
                model.unscoped.filter(pk=pk).update(workspace=cast.evil)


@pytest.mark.django_db
def test_tables_of_many_rows_are_asked_once_for_each_statement_alone():
    """A key as well would ask once for each row, which makes up most of the time of storing events."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'tenant_insert'")
        guarded = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'")
        assert len(guarded) == 9
        assert not guarded & {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_what_a_guard_asks_is_rewritten_without_a_lock_on_its_table():
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        rewrite_guards("metrics", "metrics_reading")(apps, editor)
    [statement] = editor.collected_sql
    assert statement.strip().startswith("CREATE OR REPLACE FUNCTION tenant_metrics_reading()")
    assert "TRIGGER tenant" not in statement
    assert "metrics_run" in statement
