"""A person who was asked to join, until they do."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet
from accounts.models.workspace import Membership, Role, Team

LIFE = timedelta(days=7)


class InvitationQuerySet(WorkspaceQuerySet):
    def open(self) -> InvitationQuerySet:
        """Neither accepted nor taken back; they may be too old."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(WorkspaceModel):
    """Sent to one e-mail address with a role in mind; the link in it works once and only a hash of it is kept."""

    email = models.EmailField(help_text=_("In small letters; who signs in with another one cannot accept it"))
    role = models.CharField(max_length=8, choices=Role, default=Role.CSM)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")
    hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = WorkspaceManager(InvitationQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_open",
            ),
            models.UniqueConstraint(fields=["workspace", "id"], name="invitation_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def expires_at(self) -> datetime:
        return self.sent_at + LIFE

    def is_open(self, now: datetime) -> bool:
        """Whether its link works."""
        return self.accepted_at is None and self.revoked_at is None and now < self.expires_at

    @staticmethod
    def new_token() -> tuple[str, str]:
        """A token of 192 random bits and what is kept of it."""
        token = secrets.token_urlsafe(24)
        return token, Invitation.hash_of(token)

    @staticmethod
    def hash_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def sent(cls, inviter: Membership, email: str, now: datetime, **told: Any) -> tuple[Invitation, str]:
        """Invite, or invite again: then the link of before no longer works. The second value is the token."""
        token, digest = cls.new_token()
        told |= {"hash": digest, "invited_by": inviter, "sent_at": now}
        invitation, _made = cls.unscoped.update_or_create(
            workspace=inviter.workspace, email=email.lower(), accepted_at=None, revoked_at=None, defaults=told
        )
        return invitation, token
