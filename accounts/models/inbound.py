"""Where people send copies of what they write to customers."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet

if TYPE_CHECKING:
    from accounts.models.workspace import Workspace

LOCAL = "accounts+"
# Of random bytes in an address: nobody guesses it, and mail programs still show it.
LENGTH = 10


class MailAddressQuerySet(WorkspaceQuerySet):
    def living(self) -> MailAddressQuerySet:
        """Those that take mail, the newest first: one, or two while people change over."""
        return self.filter(retired_at=None).order_by("-pk")


class MailAddress(WorkspaceModel):
    """An address of a workspace, to which members send copies of what passes between them and customers. Who knows it
    can file messages as touches, so it can be changed."""

    token = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, help_text=_("Since when it takes no mail"))

    objects = WorkspaceManager(MailAddressQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        indexes = [models.Index(fields=["workspace", "id"], name="mail_address_workspace")]

    def __str__(self) -> str:
        return self.address

    @property
    def address(self) -> str:
        """As it is written; empty where this installation takes no mail."""
        return f"{LOCAL}{self.token}@{settings.INBOUND_MAIL_DOMAIN}" if settings.INBOUND_MAIL_DOMAIN else ""

    @classmethod
    def renew(cls, workspace: Workspace, moment: datetime) -> MailAddress:
        """Make one; the one before goes on until it is retired, or until the next is made."""
        with transaction.atomic():
            living = cls.objects.of(workspace).living().select_for_update()
            for old in list(living)[1:]:
                old.retire(moment)
            return cls.unscoped.create(workspace=workspace, token=secrets.token_hex(LENGTH), created_at=moment)

    def retire(self, moment: datetime) -> None:
        """Take no more mail."""
        self.retired_at = moment
        self.save(update_fields=["retired_at"])
