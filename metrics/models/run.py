"""The night as rows: a run per workspace and day, cut into shards that workers claim."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.models.event import StreamedModel
from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet
from metrics.formulas.scoring import UNIT
from metrics.models.scorecard import ScorecardVersion


class RunQuerySet(WorkspaceQuerySet):
    def published(self) -> RunQuerySet:
        return self.exclude(published_attempt=None)

    def unfinished(self) -> RunQuerySet:
        return self.filter(state__in=[Run.State.READINGS, Run.State.SCORES])


class Run(WorkspaceModel):
    """One day of one workspace. Each computing is an attempt; the published attempt is what pages show."""

    class State(models.TextChoices):
        READINGS = "readings", _("Reading the facts")
        SCORES = "scores", _("Scoring")
        PUBLISHED = "published", _("Published")
        PARTIAL = "partial", _("Incomplete")

    day = models.DateField(help_text=_("The day the scores are for"))
    known_day = models.DateField(help_text=_("As known at the end of this day"))
    state = models.CharField(max_length=9, choices=State, default=State.READINGS)
    attempt = models.PositiveIntegerField(default=1)
    published_attempt = models.PositiveIntegerField(null=True)
    measures = ArrayField(models.CharField(max_length=60), default=list)
    tracked = ArrayField(models.CharField(max_length=60), default=list)
    features = ArrayField(models.TextField(), default=list, help_text=_("The workspace's feature list of the day"))
    steps = models.PositiveIntegerField(default=0, help_text=_("How many onboarding steps there were on the day"))
    borders = models.JSONField(
        default=dict, help_text=_("Of versions with bands by rank: red below and green from, 1/10,000 point")
    )
    accounts = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    steered_at = models.DateTimeField(
        null=True, help_text=_("When the newest scorecard version was published that took over after the night")
    )
    published_at = models.DateTimeField(null=True)
    restated_at = models.DateTimeField(null=True, help_text=_("When a published day was computed anew"))
    moved_at = models.DateTimeField(help_text=_("When a shard last finished"))
    digest = models.CharField(max_length=64, blank=True, default="")
    counted_at = models.DateTimeField(null=True, help_text=_("When the KPIs were counted after it"))
    counted_by = models.CharField(
        max_length=200, blank=True, default="", help_text=_("The workspace's rules by which the KPIs were counted")
    )
    bands_changed = models.BooleanField(default=True, help_text=_("Against the attempt published before"))

    objects = WorkspaceManager(RunQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "day"], name="run_once"),
            models.UniqueConstraint(fields=["workspace", "id"], name="run_in_workspace"),
        ]

    def __str__(self) -> str:
        return f"{self.day} ({self.state})"

    @property
    def cards_at(self) -> datetime:
        """By day, standings go by the versions that were published by then."""
        return self.steered_at or self.opened_at

    def borders_of(self, version: ScorecardVersion) -> tuple[float, float]:
        """(red below, green from) in points: the version's own, or those fixed for the day where it bands by rank
        and had enough accounts."""
        red, green = self.borders.get(str(version.pk)) or (None, None)
        return (version.red_below, version.green_from) if red is None else (red / UNIT, green / UNIT)


class Shard(WorkspaceModel):
    """Some accounts of a run, by id, from first to last. The claim is the row lock itself."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        READ = "read", _("Read")
        SCORED = "scored", _("Scored")
        DEAD = "dead", _("Failed three times")

    run = models.ForeignKey(Run, models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    first_account = models.BigIntegerField()
    last_account = models.BigIntegerField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    seconds = models.FloatField(default=0)

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "run", "number"], name="shard_number")]

    def __str__(self) -> str:
        return f"shard {self.number} of {self.run_id}"


class Reading(StreamedModel):
    """Between the phases: an account's values, in the order of `Run.measures`, and which version scores it."""

    pk = models.CompositePrimaryKey("workspace_id", "run_id", "account_id")
    run = models.ForeignKey(Run, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    version = models.ForeignKey(ScorecardVersion, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    mrr_units = models.BigIntegerField(null=True)
    values = ArrayField(models.FloatField(), help_text=_("NaN: nothing"))

    def __str__(self) -> str:
        return f"{self.account_id} in {self.run_id}"


class Rank(WorkspaceModel):
    """Fixed when the last shard has read: all values of a line by rank, sorted."""

    pk = models.CompositePrimaryKey("workspace_id", "run_id", "version_id", "position")
    run = models.ForeignKey(Run, models.CASCADE, related_name="+", db_index=False)
    version = models.ForeignKey(ScorecardVersion, models.CASCADE, related_name="+", db_index=False)
    position = models.PositiveSmallIntegerField()
    values = ArrayField(models.FloatField())

    def __str__(self) -> str:
        return f"{self.version_id}/{self.position} in {self.run_id}"
