"""Suggestions of weights: what past churn says about the weights of a version, and why it says nothing."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet
from metrics.models.backtest import Backtest
from metrics.models.scorecard import Scorecard, ScorecardVersion


class SuggestionQuerySet(WorkspaceQuerySet):
    def unfinished(self) -> SuggestionQuerySet:
        return self.filter(state=Suggestion.State.WAITING)

    def newest_first(self) -> SuggestionQuerySet:
        return self.order_by("-pk")


class Suggestion(WorkspaceModel):
    """Weights that the past of a version suggests. What was read of it lies in its back-test, so that the suggestion
    can be made again, to the byte. It changes nothing: an admin may take it into a draft."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Nothing to suggest")
        FAILED = "failed", _("Failed")

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="+")
    version = models.ForeignKey(ScorecardVersion, models.CASCADE, related_name="+")
    backtest = models.ForeignKey(Backtest, models.CASCADE, related_name="+", help_text=_("Which read the past"))
    until = models.DateField(null=True, help_text=_("The last day to learn from; empty: two in five of the churned"))
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    result = models.JSONField(null=True)
    result_digest = models.CharField(max_length=64, blank=True, default="")
    asked_by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    began_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = WorkspaceManager(SuggestionQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        indexes = [models.Index(fields=["workspace", "scorecard", "id"], name="suggestion_scorecard")]

    def __str__(self) -> str:
        return f"suggestion {self.pk} ({self.state})"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.WAITING
