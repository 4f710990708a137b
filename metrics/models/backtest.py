"""Back-tests: rows that workers claim, what they read of each day, what came of it, and the risk that follows."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet
from metrics.models.scorecard import Scorecard, ScorecardVersion

RISK_DAYS = 180
# Days in which it is too late to tell a loss, and those after them in which it counts.
LAG, HORIZON = 14, 90


class BacktestQuerySet(WorkspaceQuerySet):
    def unfinished(self) -> BacktestQuerySet:
        return self.filter(state__in=Backtest.OPEN)

    def newest_first(self) -> BacktestQuerySet:
        return self.order_by("-pk")


class Backtest(WorkspaceModel):
    """One judgement of one version of a scorecard. With its days it keeps all that it was made from, so that it can be
    made again, to the byte."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        READING = "reading", _("Reading the past")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Too few to tell")
        FAILED = "failed", _("Failed")

    OPEN = (State.WAITING, State.READING)

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="+")
    version = models.ForeignKey(ScorecardVersion, models.CASCADE, related_name="+")
    card_digest = models.CharField(max_length=64, help_text=_("Of the version's lines, caps and borders when it began"))
    lag = models.PositiveSmallIntegerField(default=LAG)
    horizon = models.PositiveSmallIntegerField(default=HORIZON)
    first_day = models.DateField(null=True, help_text=_("Judge no day before; empty: as far back as 24 months"))
    last_day = models.DateField(null=True, help_text=_("As if the data ended on this day"))
    known_day = models.DateField(help_text=_("What came of it is as known at the end of this day"))
    ended_on = models.DateField(null=True, help_text=_("Where the data end"))
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    outcomes = models.BinaryField(null=True, help_text=_("When each row was lost, and who was red when"))
    inputs_digest = models.CharField(max_length=64, blank=True, default="")
    result = models.JSONField(null=True)
    result_digest = models.CharField(max_length=64, blank=True, default="")
    asked_by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    began_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = WorkspaceManager(BacktestQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "id"], name="backtest_in_workspace")]
        indexes = [models.Index(fields=["workspace", "scorecard", "id"], name="backtest_scorecard")]

    def __str__(self) -> str:
        return f"back-test {self.pk} ({self.state})"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class BacktestDay(WorkspaceModel):
    """What a back-test read of one day. The claim is the row lock itself."""

    backtest = models.ForeignKey(Backtest, models.CASCADE, related_name="+")
    day = models.DateField()
    is_read = models.BooleanField(default=False)
    rows = models.BinaryField(null=True)
    seconds = models.FloatField(default=0)

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "backtest", "day"], name="backtest_day_once")]

    def __str__(self) -> str:
        return f"{self.day} of {self.backtest_id}"


class Calibration(WorkspaceModel):
    """What share of the accounts with a score left within the horizon: for one version, by whole points, 0…100. The
    newest back-test of the version makes it, or takes it away."""

    version = models.ForeignKey(ScorecardVersion, models.CASCADE, related_name="+")
    backtest = models.ForeignKey(Backtest, models.CASCADE, related_name="+")
    made_on = models.DateField()
    is_isotonic = models.BooleanField()
    risk = ArrayField(models.FloatField())
    low = ArrayField(models.FloatField())
    high = ArrayField(models.FloatField())

    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "version"], name="calibration_of_version")]

    def __str__(self) -> str:
        return f"risk by version {self.version_id}"
