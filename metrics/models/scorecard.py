"""Weights and thresholds: published versions never change, a snapshot names the one it used."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership
from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet


class Band(models.IntegerChoices):
    """The traffic light; the numbers are those of `metrics.formulas.scoring`."""

    GREY = 0, _("Not enough data")
    RED = 1, _("Poor")
    YELLOW = 2, _("At risk")
    GREEN = 3, _("Healthy")


class ScorecardQuerySet(WorkspaceQuerySet):
    def in_order(self) -> ScorecardQuerySet:
        """The order in which an account looks for the first scorecard that fits; the closed ones come last."""
        return self.order_by(models.F("closed_at").asc(nulls_first=True), "position", "pk")


class Scorecard(WorkspaceModel):
    """A way of scoring, for all accounts or those of some segments and stages."""

    class Kind(models.TextChoices):
        WEIGHTED = "weighted", _("Weighted")
        POINTS = "points", _("Points")

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.WEIGHTED)
    position = models.PositiveSmallIntegerField(default=100)
    segments = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    stages = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    closed_at = models.DateTimeField(null=True, help_text=_("Since when no account gets it"))

    objects = WorkspaceManager(ScorecardQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="scorecard_name"),
            models.UniqueConstraint(fields=["workspace", "id"], name="scorecard_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name

    def fits(self, segment: str, stage: str) -> bool:
        """Whether an account of this segment and stage is scored by it; empty lists fit all, a closed one none."""
        return self.closed_at is None and self.has_segment(segment) and self.has_stage(stage)

    def has_segment(self, segment: str) -> bool:
        """Whether it is for accounts of this segment; an empty list is for all."""
        return not self.segments or segment in self.segments

    def has_stage(self, stage: str) -> bool:
        """Whether it is for accounts in this stage; an empty list is for all."""
        return not self.stages or stage in self.stages


class ScorecardVersion(WorkspaceModel):
    """One state of a scorecard. Published, it never changes (a trigger in the database sees to it)."""

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    comment = models.TextField(blank=True, default="")
    changes = models.PositiveIntegerField(default=0, help_text=_("How often the draft was changed"))
    red_below = models.FloatField(default=40)
    green_from = models.FloatField(default=70)
    bands_by_rank = models.BooleanField(
        default=False, help_text=_("Red and green are the bottom and top quarter, from 20 scored accounts on")
    )

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "scorecard", "number"], name="version_number"),
            models.UniqueConstraint(fields=["workspace", "id"], name="version_in_workspace"),
            models.UniqueConstraint(
                fields=["workspace", "scorecard"], condition=models.Q(published_at=None), name="one_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scorecard} v{self.number}"

    @property
    def is_draft(self) -> bool:
        return self.published_at is None


class Line(WorkspaceModel):
    """One measure in a scorecard: its weight and what is worst, neutral and best. In a scorecard of kind points
    `steps` take their place: the points of the first that holds are added or subtracted."""

    version = models.ForeignKey(ScorecardVersion, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    measure = models.CharField(max_length=60)
    weight = models.FloatField()
    worst = models.FloatField(null=True)
    neutral = models.FloatField(null=True)
    best = models.FloatField(null=True)
    by_rank = models.BooleanField(default=False, help_text=_("Points by percentile"))
    assumed_points = models.FloatField(
        null=True, help_text=_("What a missing value counts; empty: its weight is shared")
    )
    steps = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Of a scorecard of points: [comparison, number, signed points], the first that holds counts"),
    )

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "version", "position"], name="line_position"),
            models.UniqueConstraint(fields=["workspace", "version", "measure"], name="line_measure"),
        ]

    def __str__(self) -> str:
        return f"{self.measure} × {self.weight:g}"


class Cap(WorkspaceModel):
    """A rule that limits the band: all conditions, each [measure, comparison, number], must hold."""

    version = models.ForeignKey(ScorecardVersion, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    band = models.PositiveSmallIntegerField(choices=Band, help_text=_("At most"))
    conditions = models.JSONField()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "version", "position"], name="cap_position")]

    def __str__(self) -> str:
        return self.name

    @property
    def rule(self) -> tuple[int, list[list[Any]]]:
        """What makes it this cap and no other, in whatever version and place."""
        return self.band, self.conditions


class ManualBandQuerySet(WorkspaceQuerySet):
    def in_force(self, day: date) -> ManualBandQuerySet:
        """Running on a day: begun, not over, not taken back by then."""
        return self.filter(models.Q(ended_on=None) | models.Q(ended_on__gt=day), starts_on__lte=day, ends_on__gt=day)


class ManualBand(WorkspaceModel):
    """A CSM's override, with reason and end. It wins both ways until its end, churn, or a new cap."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False)
    band = models.PositiveSmallIntegerField(choices=Band)
    reason = models.TextField()
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text=_("The first day without it"))
    ended_on = models.DateField(null=True, help_text=_("Taken back early"))
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WorkspaceManager(ManualBandQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        indexes = [models.Index(fields=["workspace", "account", "starts_on"], name="manual_band_account")]

    def __str__(self) -> str:
        return f"{self.get_band_display()} until {self.ends_on}"

    def end(self, day: date) -> None:
        """Take it back: `day` is the first one without it. Days before it stay as they were."""
        self.ended_on = day
        self.save(update_fields=["ended_on"])
