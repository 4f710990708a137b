"""Names and the accounts they belong to; facts that wait until it is known whose they are."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet

LONGEST = 250


class Link(WorkspaceModel):
    """That a name belongs to an account, or is another name's and belongs where that one does.

    A name says whose kind of name it is: user:…, anonymous:…, stripe:…, mail:… The last word wins.
    """

    name = models.CharField(max_length=LONGEST)
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="+", db_index=False)
    joined_to = models.CharField(max_length=LONGEST, null=True, help_text=_("The name whose it is"))
    since_at = models.DateTimeField()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="link_name")]
        indexes = [
            # Only of those with an account: else a young workspace, without statistics, is read from end to end by it.
            models.Index(
                fields=["workspace", "account"], condition=models.Q(account__isnull=False), name="link_account"
            ),
            models.Index(
                fields=["workspace", "joined_to"], condition=models.Q(joined_to__isnull=False), name="link_joined"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WaitingQuerySet(WorkspaceQuerySet):
    def of_names(self, names: Iterable[str]) -> WaitingQuerySet:
        """What waits for these names, as it came."""
        return self.filter(name__in=list(names)).order_by("pk")


class Waiting(WorkspaceModel):
    """A fact that was accepted, and whose account is not known yet."""

    source = models.ForeignKey("accounts.Source", models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=LONGEST, help_text=_("Whose it is"))
    kind = models.CharField(max_length=20)
    message = models.CharField(max_length=LONGEST, help_text=_("Its id within its kind"))
    item = models.JSONField(help_text=_("What was said, without the account"))
    received_at = models.DateTimeField()

    objects = WorkspaceManager(WaitingQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "source", "kind", "message"], name="waiting_message"),
        ]
        indexes = [
            models.Index(fields=["workspace", "name", "id"], name="waiting_name"),
            models.Index(fields=["workspace", "received_at"], name="waiting_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message}"
