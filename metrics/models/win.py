"""What customer success has won."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet
from metrics.models.kpi import ScopeKind

# The column that holds an account's scope of each kind on the day.
COLUMNS = {ScopeKind.TEAM: "team", ScopeKind.CSM: "csm", ScopeKind.SEGMENT: "segment"}


class WinQuerySet(WorkspaceQuerySet):
    def of_scope(self, kind: str, key: str) -> WinQuerySet:
        """Those of a team, a CSM or a segment; all of them for the workspace."""
        return self.filter(**{COLUMNS[kind]: key}) if kind in COLUMNS else self  # type: ignore[index]


class Win(WorkspaceModel):
    """An account that was saved, renewed or grew on a day, and whose it was then: keys as those of KPI scopes. Counted
    after each night from the facts, as they are known then."""

    class Kind(models.TextChoices):
        SAVE = "save", _("Saved")
        RENEWAL = "renewal", _("Renewed")
        EXPANSION = "expansion", _("Expanded")

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    kind = models.CharField(max_length=9, choices=Kind)
    mrr = models.DecimalField(max_digits=20, decimal_places=4, null=True, help_text=_("Empty: a rate is missing"))
    team = models.CharField(max_length=60, blank=True, default="")
    csm = models.CharField(max_length=60, blank=True, default="")
    segment = models.CharField(max_length=60, blank=True, default="")

    objects = WorkspaceManager(WinQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "day", "kind", "account"], name="win_once"),
        ]
        indexes = [
            models.Index(fields=["workspace", "account"], name="win_account"),
            models.Index(fields=["workspace", "csm", "day"], name="win_csm"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.kind} on {self.day}"
