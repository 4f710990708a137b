"""No query without a workspace, no row that points into another: tried with every model there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, connection, models, transaction

from accounts import partitions
from accounts.models import Account, Membership, User, Workspace
from accounts.models.scoped import WorkspaceRequired
from tests.cast import Cast, account
from tests.scoped import scoped_models

QUERIES: dict[str, Callable[[Any], Any]] = {
    "all": lambda manager: manager.all(),
    "filter": lambda manager: manager.filter(pk=1),
    "exclude": lambda manager: manager.exclude(pk=1),
    "get": lambda manager: manager.get(pk=1),
    "first": lambda manager: manager.first(),
    "count": lambda manager: manager.count(),
    "exists": lambda manager: manager.exists(),
    "iterator": lambda manager: manager.iterator(),
    "values": lambda manager: manager.values(),
    "aggregate": lambda manager: manager.aggregate(models.Count("pk")),
    "select_related": lambda manager: manager.select_related(),
    "in_bulk": lambda manager: manager.in_bulk([1]),
    "update": lambda manager: manager.update(workspace=1),
    "create": lambda manager: manager.create(),
    "get_or_create": lambda manager: manager.get_or_create(),
    "bulk_create": lambda manager: manager.bulk_create([]),
    "raw": lambda manager: manager.raw("SELECT 1"),
}


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model.__name__)
def test_a_model_of_a_workspace_answers_only_for_one(model):
    for what, query in QUERIES.items():
        with pytest.raises(WorkspaceRequired):
            query(model.objects)
            pytest.fail(f"{model.__name__}.objects.{what} asks for no workspace")


def test_every_model_belongs_to_a_workspace_or_is_known_not_to():
    ours = {model for label in ("accounts", "metrics", "dashboards", "healthscore") for model in _models(label)}
    assert ours - set(scoped_models()) == {Workspace, User}


def _models(label: str) -> list[Any]:
    return list(apps.get_app_config(label).get_models())


class Maker:
    """Makes rows of any model in one workspace, with what they point at."""

    PLAIN: dict[type, Any] = {
        models.BinaryField: b"",
        models.BooleanField: False,
        models.IntegerField: 1,
        models.FloatField: 1.0,
        models.DecimalField: Decimal(1),
        models.DateField: date(2025, 1, 2),
        models.DateTimeField: datetime(2025, 1, 2, tzinfo=UTC),
        models.JSONField: {},
        ArrayField: [],
    }

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.made: dict[Any, Any] = {}

    def row(self, model: Any) -> Any:
        if model is Workspace:
            return self.workspace
        if model not in self.made:
            self.made[model] = model._base_manager.create(**self.values(model))
        return self.made[model]

    def values(self, model: Any) -> dict[str, Any]:
        fields = [f for f in model._meta.concrete_fields if not (f.primary_key or f.null or f.has_default())]
        return {field.name: self.value(field) for field in fields if not getattr(field, "auto_now_add", False)}

    def value(self, field: Any) -> Any:
        if field.is_relation:
            return self.row(field.related_model)
        if field.choices:
            return field.choices[0][0]
        if isinstance(field, models.UUIDField):
            return uuid4()
        if isinstance(field, (models.CharField, models.TextField)):
            return uuid4().hex[: min(field.max_length or 32, 32)]
        [plain] = [self.PLAIN[kind] for kind in type(field).__mro__ if kind in self.PLAIN][:1]
        return plain


@pytest.fixture
def makers(cast: Cast) -> tuple[Maker, Maker]:
    partitions.ensure(["2025-01"])
    return Maker(cast.acme), Maker(cast.evil)


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model.__name__)
def test_the_rows_of_a_workspace_are_its_own(model, makers):
    ours, theirs = (maker.row(model) for maker in makers)
    for maker, own, other in ((makers[0], ours, theirs), (makers[1], theirs, ours)):
        rows = model.objects.of(maker.workspace)
        assert rows.filter(pk=own.pk).exists()
        assert not rows.filter(pk=other.pk).exists()
        assert set(rows.values_list("workspace_id", flat=True)) == {maker.workspace.pk}


def _keys() -> list[Any]:
    """Every foreign key from a model of a workspace to another one."""
    scoped = scoped_models()
    return [
        field
        for model in scoped
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model in scoped
    ]


@pytest.mark.parametrize("field", _keys(), ids=lambda field: f"{field.model.__name__}.{field.name}")
def test_a_row_cannot_point_into_another_workspace(field, makers):
    ours, theirs = makers
    foreign = theirs.row(field.related_model)
    values = ours.values(field.model) | {field.name: foreign}
    with pytest.raises(IntegrityError), transaction.atomic():
        field.model._base_manager.create(**values)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_account_is_written_by_those_who_look_after_it(cast):
    """`AccountQuerySet.writable_by`: own book and unowned, the team's, all, none."""
    acme = cast.acme
    rows = {
        "mine": {"owner": cast.alice.user.email, "team": "North"},
        "unowned": {},
        "colleague's": {"owner": cast.bob.user.email, "team": "North"},
        "other team's": {"owner": cast.carol.user.email, "team": "South"},
    }
    for external_id, fields in rows.items():
        account(acme, external_id, **fields)
    account(cast.evil, "theirs")

    def writes(member: Membership) -> set[str]:
        own = Account.objects.of(member.workspace).writable_by(member)
        return set(own.values_list("external_id", flat=True))

    assert writes(cast.alice) == {"mine", "unowned"}
    assert writes(cast.bob) == {"mine", "unowned", "colleague's"}
    assert writes(cast.carol) == set(rows)
    assert writes(cast.victor) == set()
    assert writes(cast.mallory) == {"theirs"}
