"""What every fact has: two clocks, an id of its source, versions instead of edits; most have an account."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet

if TYPE_CHECKING:
    from accounts.models.workspace import Workspace


class FactQuerySet(WorkspaceQuerySet):
    """Facts as they were known."""

    def known(self, workspace: Workspace, on: date) -> FactQuerySet:
        """The versions that were believed at the end of the local day `on`."""
        end = workspace.end_of(on)
        return self.filter(models.Q(retracted_at=None) | models.Q(retracted_at__gte=end), known_at__lt=end)

    def current(self) -> FactQuerySet:
        """The versions believed now."""
        return self.filter(retracted_at=None)

    def newest(self) -> FactQuerySet:
        """The last version of each fact, also where it is no longer believed."""
        same = self.model.unscoped.filter(
            workspace_id=models.OuterRef("workspace_id"), external_id=models.OuterRef("external_id")
        )
        followed = models.Exists(same.filter(retracted_at=None)) | models.Exists(
            same.filter(retracted_at__isnull=False, pk__gt=models.OuterRef("pk"))
        )
        return self.filter(models.Q(retracted_at=None) | ~followed)


class Told(WorkspaceModel):
    """A fact. It is never edited: a correction retracts the old version and adds a new one."""

    source = models.ForeignKey("accounts.Source", models.CASCADE, related_name="+", db_index=False)
    external_id = models.CharField(max_length=250)
    occurred_at = models.DateTimeField(help_text=_("When it happened"))
    known_at = models.DateTimeField(help_text=_("When we heard of it"))
    retracted_at = models.DateTimeField(null=True, help_text=_("Since when this version is no longer believed"))
    digest = models.UUIDField(help_text=_("Of the content, to tell a repeat from a correction"))
    imported = models.ForeignKey("accounts.Import", models.SET_NULL, null=True, related_name="+", db_index=False)
    updated_at = models.DateTimeField(db_default=Now(), help_text=_("When the row came, or was retracted, here"))

    objects = WorkspaceManager(FactQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "external_id"],
                condition=models.Q(retracted_at=None),
                name="%(class)s_current",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "known_at"], name="%(class)s_known"),
            models.Index(fields=["workspace", "updated_at", "id"], name="%(class)s_updated"),
            models.Index(
                fields=["workspace", "external_id", "id"],
                condition=models.Q(retracted_at__isnull=False),
                name="%(class)s_retracted",
            ),
        ]

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.external_id}"


class Fact(Told):
    """A fact about an account."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False, db_index=False)

    class Meta(Told.Meta):
        abstract = True
        indexes = [
            *Told.Meta.indexes,
            models.Index(fields=["workspace", "account", "occurred_at"], name="%(class)s_account"),
        ]


def money(**options: object) -> models.DecimalField:
    """A column for an amount, exact to four decimals."""
    return models.DecimalField(max_digits=18, decimal_places=4, **options)  # type: ignore[arg-type]


def currency() -> models.CharField:
    """A column for an ISO 4217 code."""
    return models.CharField(max_length=3)
