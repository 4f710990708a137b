"""What was known on a finished day, and where each account stands now."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.models.event import StreamedModel
from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet
from metrics.models.run import Run
from metrics.models.scorecard import Band, ScorecardVersion

UNIT = 10_000


class Scored(StreamedModel):
    """What a snapshot and a standing have in common. Arrays are in the order of the version's lines."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    day = models.DateField()
    version = models.ForeignKey(ScorecardVersion, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    known_day = models.DateField()
    computed_at = models.DateTimeField()
    score_units = models.IntegerField(null=True, help_text=_("1/10,000 point; empty: not enough data"))
    coverage = models.IntegerField(help_text=_("1/10,000"))
    unknown = models.IntegerField(help_text=_("Weight that counts as neutral, 1/10,000"))
    computed_band = models.SmallIntegerField(choices=Band, help_text=_("By thresholds alone"))
    held_band = models.SmallIntegerField(choices=Band, help_text=_("After hysteresis"))
    across = models.SmallIntegerField(help_text=_("Days across the border; negative: below"))
    caps = models.IntegerField(default=0, help_text=_("Bit n: the cap at position n holds"))
    manual = models.BooleanField(default=False)
    band = models.SmallIntegerField(choices=Band)
    mrr_units = models.BigIntegerField(
        null=True, help_text=_("1/10,000 of the currency's unit; empty: a rate is missing")
    )
    values = ArrayField(models.FloatField(), help_text=_("NaN: nothing"))
    points = ArrayField(models.FloatField(), help_text=_("NaN: nothing"))
    contributions = ArrayField(models.IntegerField(), help_text=_("1/10,000 point"))
    cap_values = ArrayField(models.FloatField(), help_text=_("Of the measures the caps name, in their order"))

    class Meta(WorkspaceModel.Meta):
        abstract = True

    @property
    def score(self) -> Decimal | None:
        """Points, exact; None where there is not enough data."""
        return None if self.score_units is None else Decimal(self.score_units) / UNIT

    @property
    def clamp_units(self) -> int:
        """What 50 and the contributions lack of the score, or are too much: its clamp at 0 and 100, 1/10,000 point."""
        return 0 if self.score_units is None else self.score_units - 50 * UNIT - sum(self.contributions)

    @property
    def mrr(self) -> Decimal | None:
        """MRR in the workspace's currency; None where a rate is missing."""
        return None if self.mrr_units is None else Decimal(self.mrr_units) / UNIT


class ScoreSnapshotQuerySet(WorkspaceQuerySet):
    def published(self) -> ScoreSnapshotQuerySet:
        """The snapshots of each day's published attempt; the only ones a page may show."""
        return self.filter(attempt=models.F("run__published_attempt"))


class ScoreSnapshot(Scored):
    """An account on a finished day. Changed only by `recompute`, which writes another attempt."""

    pk = models.CompositePrimaryKey("workspace_id", "day", "account_id", "attempt")
    run = models.ForeignKey(Run, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    attempt = models.PositiveIntegerField()

    objects = WorkspaceManager(ScoreSnapshotQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        indexes = [models.Index(fields=["workspace", "account", "day"], name="snapshot_account")]

    def __str__(self) -> str:
        return f"{self.account_id} on {self.day}: {self.score}"


class Standing(Scored):
    """Where an account stands now: all that a row of the portfolio shows, in one place."""

    pk = models.CompositePrimaryKey("workspace_id", "account_id")
    is_scored = models.BooleanField(
        default=True, help_text=_("False: no longer customer or trial; the last score stays")
    )
    change = models.IntegerField(null=True, help_text=_("Against seven days before, 1/10,000 point"))
    band_before = models.SmallIntegerField(null=True, choices=Band, help_text=_("Seven days before"))
    band_since = models.DateField(null=True)
    line = ArrayField(models.IntegerField(null=True), help_text=_("Scores of up to 90 days, 1/10,000 point"))
    line_day = models.DateField(help_text=_("The day of the line's last point"))
    drivers = models.JSONField(
        help_text=_("At most two {measure, now, before, change}, after {measure: scorecard} where that is new")
    )
    renews_on = models.DateField(null=True)
    last_touch_at = models.DateTimeField(null=True)
    days_past_due = models.IntegerField(null=True)
    mrr_before_units = models.BigIntegerField(
        null=True, help_text=_("MRR 90 days before, 1/10,000 of the currency's unit; empty: not scored then")
    )
    days_unused = models.IntegerField(null=True, help_text=_("Days since the last use; empty: none is known"))
    never_used = models.BooleanField(default=False, help_text=_("No use is known, though use is told"))
    measures_known = models.SmallIntegerField(default=0, help_text=_("Measures that count and have data"))
    measures_asked = models.SmallIntegerField(default=0, help_text=_("Measures that count"))

    class Meta(WorkspaceModel.Meta):
        indexes = [
            models.Index(fields=["workspace", "is_scored", "change"], name="standing_change"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.score}"

    @property
    def mrr_before(self) -> Decimal | None:
        """MRR 90 days before; None where it was not scored then."""
        return None if self.mrr_before_units is None else Decimal(self.mrr_before_units) / UNIT
