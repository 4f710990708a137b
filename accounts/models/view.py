"""What people keep of a page to come back to it, and what they show of it to others."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet
from accounts.models.workspace import Membership, Role


class SavedViewQuerySet(WorkspaceQuerySet):
    """Rules over many views."""

    def visible_to(self, member: Membership) -> SavedViewQuerySet:
        """The own ones, those shared with all, and those shared with the team of who shared them."""
        shared = models.Q(shared=SavedView.Shared.WORKSPACE)
        if member.team_id is not None:
            shared |= models.Q(shared=SavedView.Shared.TEAM, owner__team=member.team_id)
        return self.filter(models.Q(owner=member) | shared)


class SavedView(WorkspaceModel):
    """Filters, order and columns of the portfolio under a name. `query` is what the address says after its “?”."""

    class Shared(models.TextChoices):
        NOBODY = "nobody", _("Only me")
        TEAM = "team", _("My team")
        WORKSPACE = "workspace", _("Everybody here")

    owner = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True, default="")
    shared = models.CharField(max_length=9, choices=Shared, default=Shared.NOBODY)

    objects = WorkspaceManager(SavedViewQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "owner", "name"], name="saved_view_name"),
            models.UniqueConstraint(fields=["workspace", "id"], name="saved_view_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name

    def may_change(self, member: Membership) -> bool:
        """Its owner changes it, and an admin."""
        return self.owner_id == member.pk or member.role == Role.ADMIN


class ShareLinkQuerySet(WorkspaceQuerySet):
    """Rules over many links."""

    def open(self, today: date) -> ShareLinkQuerySet:
        """Those that work on a day."""
        return self.filter(revoked_at=None, ends_on__gte=today)


class ShareLink(WorkspaceModel):
    """A way for others to read the health of one account without signing in; only a hash of its token is kept."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    made_by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    hash = models.CharField(max_length=64, unique=True)
    ends_on = models.DateField(help_text=_("The last day on which it works"))
    shows_money = models.BooleanField(default=False, help_text=_("MRR and measures that are amounts are shown"))
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    times_seen = models.PositiveIntegerField(default=0)

    objects = WorkspaceManager(ShareLinkQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "id"], name="share_link_in_workspace")]
        indexes = [models.Index(fields=["workspace", "account", "made_at"], name="share_link_account")]

    def __str__(self) -> str:
        return f"{self.account} – {self.ends_on}"

    def is_open(self, today: date) -> bool:
        """Whether it works on a day."""
        return self.revoked_at is None and today <= self.ends_on
