"""What KPIs were for a scope and a period, and what they are meant to be."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet


class ScopeKind(models.TextChoices):
    """Whose numbers."""

    WORKSPACE = "workspace", _("Workspace")
    TEAM = "team", _("Team")
    CSM = "csm", _("CSM")
    SEGMENT = "segment", _("Segment")


class PeriodKind(models.TextChoices):
    """Over which span of days."""

    WEEK = "week", _("Week")
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    YEAR = "year", _("Year")


class Scoped(WorkspaceModel):
    """A KPI of a scope. The key of a team or CSM is the id of its row, of a segment its name."""

    kpi = models.CharField(max_length=60)
    scope_kind = models.CharField(max_length=9, choices=ScopeKind, default=ScopeKind.WORKSPACE)
    scope_key = models.CharField(max_length=60, blank=True, default="")
    period_kind = models.CharField(max_length=7, choices=PeriodKind, default=PeriodKind.MONTH)
    start = models.DateField()

    class Meta(WorkspaceModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.kpi} of {self.scope_kind} {self.scope_key} from {self.start}"


class KpiSnapshotQuerySet(WorkspaceQuerySet):
    def of_period(self, period: Any) -> KpiSnapshotQuerySet:
        """Those of one period, as far as it has run."""
        return self.filter(period_kind=period.kind, start=period.start, until=period.until)


class KpiSnapshot(Scoped):
    """The value of a KPI over the days [start, until), as known at the end of a day. Late facts restate it."""

    until = models.DateField(help_text=_("The first day that is not in it"))
    is_whole = models.BooleanField(help_text=_("Not one that still runs, or as many days of an earlier one"))
    known_day = models.DateField()
    computed_at = models.DateTimeField()
    restated_at = models.DateTimeField(null=True, help_text=_("When late facts last changed it"))
    value = models.DecimalField(max_digits=40, decimal_places=20, null=True)
    n = models.IntegerField()
    part = models.DecimalField(max_digits=40, decimal_places=10)
    whole = models.DecimalField(max_digits=40, decimal_places=10)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")

    objects = WorkspaceManager(KpiSnapshotQuerySet)
    unscoped = models.Manager()

    class Meta(Scoped.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "period_kind", "start", "until", "scope_kind", "scope_key", "kpi"],
                name="kpi_snapshot_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["workspace", "kpi", "scope_kind", "scope_key", "period_kind", "start"], name="kpi_series"
            ),
            models.Index(fields=["workspace", "computed_at", "id"], name="kpi_computed"),
        ]


class KpiPart(Scoped):
    """What of a KPI is of one sort, over the days [start, until): of its tickets those of a theme, of its answers those
    of a score. `kpi` is the key of the sorting (metrics/kpis/parts.py), `what` the sort."""

    what = models.CharField(max_length=60, blank=True, default="")
    until = models.DateField()
    is_whole = models.BooleanField()
    n = models.IntegerField()
    part = models.DecimalField(max_digits=40, decimal_places=10)
    whole = models.DecimalField(max_digits=40, decimal_places=10)
    reason = models.CharField(max_length=200, blank=True, default="")

    objects = WorkspaceManager(KpiSnapshotQuerySet)
    unscoped = models.Manager()

    class Meta(Scoped.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "scope_kind", "scope_key", "period_kind", "start", "until", "kpi", "what"],
                name="kpi_part_once",
            )
        ]
        indexes = [models.Index(fields=["workspace", "period_kind", "start", "until"], name="kpi_part_period")]


class Target(Scoped):
    """What a KPI should be, from the period that begins at `start` until another target begins."""

    value = models.DecimalField(max_digits=20, decimal_places=6, help_text=_("In the KPI's unit, shares of 1"))
    updated_at = models.DateTimeField(db_default=Now(), help_text=_("When it came, or last changed"))

    class Meta(Scoped.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "kpi", "scope_kind", "scope_key", "period_kind", "start"], name="target_once"
            )
        ]
        indexes = [models.Index(fields=["workspace", "updated_at", "id"], name="target_updated")]


class Uncounted(WorkspaceModel):
    """The first day about which something was heard on a day, until the KPIs are counted as known at its end."""

    heard_on = models.DateField()
    since = models.DateField()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "heard_on"], name="uncounted_once")]

    def __str__(self) -> str:
        return f"since {self.since}"


FAILURES = 3


class DirtyPeriodQuerySet(WorkspaceQuerySet):
    def waiting(self) -> DirtyPeriodQuerySet:
        """Those to be counted, in order; what failed three times waits for another night."""
        return self.filter(failures__lt=FAILURES).order_by("place", "pk")


class DirtyPeriod(WorkspaceModel):
    """A period whose KPIs are to be counted: set down after a night, deleted when they are."""

    period_kind = models.CharField(max_length=7, choices=PeriodKind)
    start = models.DateField()
    until = models.DateField()
    end = models.DateField()
    known_day = models.DateField(help_text=_("As known at the end of this day"))
    place = models.PositiveIntegerField(help_text=_("What pages show first is counted first"))
    is_settling = models.BooleanField(help_text=_("Only the KPIs that wait for what comes after their period"))
    failures = models.PositiveSmallIntegerField(default=0)

    objects = WorkspaceManager(DirtyPeriodQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "period_kind", "start", "until"], name="dirty_period_once")
        ]

    def __str__(self) -> str:
        return f"the {self.period_kind} from {self.start} to {self.until}"
