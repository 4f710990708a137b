"""What people do with the product: append-only, partitioned by month, never told twice."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.fact import FactQuerySet
from accounts.models.scoped import WorkspaceManager, WorkspaceModel

# Names we know. Every other name is use of the product.
CATALOGUE = {
    "login": True,
    "page": True,
    "feature": True,
    "email_delivered": False,
    "email_opened": False,
    "email_clicked": False,
    "email_deleted": False,
    "payment_reminder": False,
    "onboarding_step": False,
    "social_mention": False,
    "social_reply": False,
}
# What the page Sources sends to try a source.
TEST = "healthscore_test"


def is_use_by_default(name: str) -> bool:
    """Whether an event of this name counts as use before an admin says otherwise."""
    return CATALOGUE.get(name, name != TEST)


class StreamedModel(WorkspaceModel):
    """Many rows at a time: accounts.tenancy guards them by statement, not by a foreign key for each row."""

    workspace = models.ForeignKey(
        "accounts.Workspace", models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )

    class Meta(WorkspaceModel.Meta):
        abstract = True


class Event(StreamedModel):
    """One happening, or a source's count of many. Never edited, may be retracted."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    source = models.ForeignKey("accounts.Source", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    message_id = models.TextField(help_text=_("What makes it unique within its source, for ever"))
    name = models.TextField()
    person = models.TextField(null=True)
    feature = models.TextField(null=True)
    occurred_at = models.DateTimeField()
    known_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True)
    count = models.PositiveIntegerField(default=1, help_text=_("How many happenings the row stands for"))
    quantity = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    seconds = models.PositiveIntegerField(null=True)
    users = models.PositiveIntegerField(null=True, help_text=_("Distinct people, where the source counts them"))
    properties = models.JSONField(null=True)
    imported = models.ForeignKey(
        "accounts.Import", models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False
    )

    objects = WorkspaceManager(FactQuerySet)
    unscoped = models.Manager()

    def __str__(self) -> str:
        return f"{self.name} {self.occurred_at:%Y-%m-%d %H:%M}"


class EventKey(StreamedModel):
    """The messages already seen, for ever: what makes a retry harmless."""

    pk = models.CompositePrimaryKey("workspace_id", "source_id", "message_id")
    source = models.ForeignKey("accounts.Source", models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    message_id = models.TextField(db_collation="C")
    digest = models.UUIDField()
    occurred_at = models.DateTimeField()
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False, db_index=False)

    def __str__(self) -> str:
        return self.message_id


class EventName(WorkspaceModel):
    """A name that was seen: whether it is use, and which catalogue name it stands for."""

    name = models.CharField(max_length=200)
    alias_of = models.CharField(max_length=200, blank=True, default="")
    is_use = models.BooleanField(default=True)
    first_seen_at = models.DateTimeField()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="event_name_once")]

    def __str__(self) -> str:
        return self.name


class DirtyDay(StreamedModel):
    """A day of an account about which something new was heard. Written by ingest, emptied by metrics."""

    pk = models.CompositePrimaryKey("workspace_id", "account_id", "day")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    day = models.DateField()
    marked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.account_id} {self.day}"
