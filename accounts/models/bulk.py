"""What was done to many accounts at once, so that it can be undone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.scoped import WorkspaceModel
from accounts.models.workspace import Membership

# So long who did it may undo it, also where the accounts are now somebody else's to change.
OWN_UNDO = timedelta(days=1)


class BulkChange(WorkspaceModel):
    """One action of one person on many accounts: those that it changed, and what each had before."""

    class Action(models.TextChoices):
        OWNER = "owner", _("Owner")
        STAGE = "stage", _("Stage")
        SEGMENT = "segment", _("Segment")
        TAG = "tag", _("Tag added")
        UNTAG = "untag", _("Tag removed")
        PULSE = "pulse", _("Pulse")
        NOTE = "note", _("Note")

    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    action = models.CharField(max_length=7, choices=Action)
    value = models.TextField(blank=True, help_text=_("An id, the segment, the pulse, or the note; empty is none"))
    said = models.TextField(blank=True, default="", help_text=_("What the value was called; of a pulse, why"))
    ticket = models.UUIDField(help_text=_("Of the form: sent twice, it is done once"))
    made_at = models.DateTimeField()
    accounts = ArrayField(models.BigIntegerField(), help_text=_("That it changed"))
    before = ArrayField(models.TextField(), help_text=_("What each of them had, in their order"))
    unchanged = models.PositiveIntegerField(default=0, help_text=_("How many had the value already"))
    refused = ArrayField(models.BigIntegerField(), default=list, help_text=_("Not this person's to change"))
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    left = ArrayField(
        models.BigIntegerField(), default=list, help_text=_("That undoing left: changed since, or not to be changed")
    )

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "ticket"], name="bulk_change_ticket")]
        indexes = [models.Index(fields=["workspace", "-id"], name="bulk_change_newest")]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.said or self.value}"

    def is_still(self, member: Membership, moment: datetime) -> bool:
        """Whether this member undoes it as the one who did it."""
        return self.author_id == member.pk and moment - self.made_at <= OWN_UNDO
