"""What customers answer when asked."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.fact import Fact
from accounts.models.scoped import WorkspaceModel
from accounts.search import words


class SurveyKind(models.TextChoices):
    NPS = "nps", _("Recommendation (NPS)")
    CSAT = "csat", _("Satisfaction (CSAT)")
    CES = "ces", _("Effort (CES)")
    RESOLVED = "resolved", _("Problem solved")
    RELATIONSHIP = "relationship", _("Relationship")
    CUSTOM = "custom", _("Custom")


class Survey(WorkspaceModel):
    """A question that is asked again and again, with its scale."""

    key = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=SurveyKind)
    scale_min = models.SmallIntegerField(default=0)
    scale_max = models.SmallIntegerField(default=10)
    positive_from = models.SmallIntegerField(null=True)
    is_reversed = models.BooleanField(default=False, help_text=_("The highest answer is the worst"))

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="survey_key")]

    def __str__(self) -> str:
        return self.name


class SurveyResponse(Fact):
    """One answer, with the scale on which it was given."""

    class About(models.TextChoices):
        TICKET = "ticket", _("Ticket")
        CALL = "call", _("Call")
        CHAT = "chat", _("Chat")
        TRAINING = "training", _("Training")
        NOTHING = "", _("The relationship")

    survey = models.CharField(max_length=60, blank=True, default="")
    kind = models.CharField(max_length=12, choices=SurveyKind)
    score = models.DecimalField(max_digits=6, decimal_places=2)
    scale_min = models.SmallIntegerField(default=0)
    scale_max = models.SmallIntegerField(default=10)
    person = models.CharField(max_length=200, blank=True, default="")
    about = models.CharField(max_length=8, choices=About, blank=True, default="")
    ticket = models.CharField(max_length=200, blank=True, default="")
    comment = models.TextField(blank=True, default="")

    class Meta(Fact.Meta):
        indexes = [
            *Fact.Meta.indexes,
            GinIndex(words("comment"), name="surveyresponse_words"),
            # To find the answer before.
            models.Index(
                fields=["workspace", "account", "person", "kind", "occurred_at", "id"],
                condition=models.Q(retracted_at=None),
                name="surveyresponse_contact",
            ),
        ]
