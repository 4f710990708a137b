"""A customer company, the people there, and the history of what changes about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from accounts.models.ids import Ids
from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet
from accounts.models.workspace import Membership, Role, Team


class Stage(WorkspaceModel):
    """A step of the customer's life, ordered, with the days it should take and the KPI by which it is judged."""

    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()
    target_days = models.PositiveSmallIntegerField(null=True, blank=True)
    kpi = models.CharField(max_length=60, blank=True, default="", help_text=_("The key of a KPI; empty: none"))

    class Meta(WorkspaceModel.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="stage_name"),
            models.UniqueConstraint(fields=["workspace", "id"], name="stage_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name


class AccountQuerySet(WorkspaceQuerySet):
    """Rules over many accounts."""

    def writable_by(self, member: Membership) -> AccountQuerySet:
        """A CSM writes the own book and unowned accounts, a manager the team's, an admin all."""
        if member.role == Role.ADMIN or (member.role == Role.MANAGER and member.team_id is None):
            return self
        if member.role == Role.MANAGER:
            return self.filter(models.Q(team_id=member.team_id) | models.Q(team=None))
        if member.role == Role.CSM:
            return self.filter(models.Q(owner=member) | models.Q(owner=None))
        return self.none()


class Account(WorkspaceModel):
    """A customer company. What may change is in `HISTORY` and leaves a row in AccountHistory."""

    HISTORY = ("owner", "team", "segment", "stage", "parent")

    external_id = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    owner = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")
    segment = models.CharField(max_length=60, blank=True, default="")
    stage = models.ForeignKey(Stage, models.SET_NULL, null=True, blank=True, related_name="+")
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    started_on = models.DateField(null=True, blank=True, help_text=_("First day with us"))
    industry = models.CharField(max_length=100, blank=True, default="")
    country = models.CharField(max_length=60, blank=True, default="")
    domain = models.CharField(max_length=200, blank=True, default="")
    properties = models.JSONField(default=dict, blank=True)
    imported = models.ForeignKey(
        "accounts.Import",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text=_("The file that made it"),
    )
    told_since = models.BooleanField(
        db_default=False,
        default=False,
        help_text=_("Something else than files has told of it since, or somebody has changed it"),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = WorkspaceManager(AccountQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "external_id"], name="account_external_id"),
            models.UniqueConstraint(fields=["workspace", "id"], name="account_in_workspace"),
        ]
        indexes = [
            models.Index(fields=["workspace", "owner"], name="account_owner"),
            models.Index(fields=["workspace", "segment"], name="account_segment"),
            models.Index(fields=["workspace", "updated_at", "id"], name="account_updated"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="account_name_trgm"),
            models.Index("workspace", Lower("domain"), name="account_domain"),
            models.Index(
                fields=["workspace", "imported"], condition=models.Q(imported__isnull=False), name="account_imported"
            ),
            GinIndex(
                OpClass(Upper("external_id"), name="gin_trgm_ops"),
                OpClass(Upper("domain"), name="gin_trgm_ops"),
                name="account_ids_trgm",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2]).upper()

    def is_writable_by(self, member: Membership) -> bool:
        """The rule of `writable_by`, for an account of the member's workspace that is at hand."""
        if member.role == Role.ADMIN or (member.role == Role.MANAGER and member.team_id is None):
            return True
        if member.role == Role.MANAGER:
            return self.team_id in (member.team_id, None)
        return member.role == Role.CSM and self.owner_id in (member.pk, None)

    def plain(self, field: str) -> str:
        """A field of HISTORY as AccountHistory stores it; empty is none."""
        value = self.segment if field == "segment" else getattr(self, f"{field}_id")
        return "" if value is None else str(value)

    def change(self, moment: datetime, **values: Any) -> list[str]:
        """Set fields; what is in HISTORY also closes its old row and opens a new one. Returns what changed."""
        changed = [field for field, value in values.items() if getattr(self, field) != value]
        for field in changed:
            setattr(self, field, values[field])
        if changed:
            self.save(update_fields=[*changed, "updated_at"])
        AccountHistory.remember(self, [field for field in changed if field in self.HISTORY], moment)
        return changed


class AccountHistory(WorkspaceModel):
    """Who owned it, in which team, segment, stage, below which parent: a value, from, to."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False)
    field = models.CharField(max_length=10, choices=[(name, name) for name in Account.HISTORY])
    value = models.CharField(max_length=200, help_text=_("An id, or the segment itself; empty is none"))
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "account", "field", "since"], name="account_history_since"),
            models.UniqueConstraint(
                fields=["workspace", "account", "field"],
                condition=models.Q(until=None),
                name="account_history_open",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "field", "since"], name="account_history_moves"),
            models.Index(fields=["workspace", "field", "until"], name="account_history_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.value} since {self.since:%Y-%m-%d}"

    @classmethod
    def remember(cls, account: Account, fields: list[str], moment: datetime) -> None:
        """Close the open row of each field at `moment` and open one with the account's present value."""
        open_rows = cls.unscoped.filter(
            workspace_id=account.workspace_id, account=account, until=None, field__in=fields
        )
        open_rows.filter(since__gte=moment).delete()
        open_rows.update(until=moment)
        cls.unscoped.bulk_create(
            cls(
                workspace_id=account.workspace_id,
                account=account,
                field=field,
                value=account.plain(field),
                since=moment,
            )
            for field in fields
        )

    @classmethod
    def move(cls, workspace: int, field: str, values: Mapping[int, str], moment: datetime) -> None:
        """The same for a field of many accounts, each with the value it has from `moment` on: three statements."""
        rows = cls.unscoped.filter(workspace_id=workspace, account_id__among=Ids(values), field=field, until=None)
        rows.filter(since__gte=moment).delete()
        rows.update(until=moment)
        cls.unscoped.bulk_create(
            cls(workspace_id=workspace, account_id=pk, field=field, value=value, since=moment)
            for pk, value in values.items()
        )


class Tag(WorkspaceModel):
    """A word that people put on accounts to find them again."""

    name = models.CharField(max_length=40)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="tag_name"),
            models.UniqueConstraint(fields=["workspace", "id"], name="tag_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name


class AccountTag(WorkspaceModel):
    """That an account has a tag."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+", db_index=False)

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "account", "tag"], name="account_tag_once")]
        indexes = [models.Index(fields=["workspace", "tag", "account"], name="account_tag_accounts")]

    def __str__(self) -> str:
        return f"{self.account}: {self.tag}"
