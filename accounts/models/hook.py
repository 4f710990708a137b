"""Where providers post what happened there, and the secrets with which they sign it."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.encryption import InvalidToken, Use, decrypt, encrypt
from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet
from accounts.models.source import Source

# Of the end of a secret, by which people tell it from another.
HINT = 4
LONGEST = 250


class Hook(WorkspaceModel):
    """The address of a source, /hooks/<token>, to which a provider posts. What it takes must be signed as well."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="+", db_index=False)
    token = models.CharField(max_length=64, unique=True)
    mapping = models.TextField(blank=True, default="", help_text=_("The mapping by which its JSON becomes facts"))
    creates_accounts = models.BooleanField(default=False)
    left_out = models.PositiveBigIntegerField(default=0, help_text=_("Messages of which we have no use"))
    created_at = models.DateTimeField()

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "source"], name="hook_source"),
            models.UniqueConstraint(fields=["workspace", "id"], name="hook_in_workspace"),
        ]

    def __str__(self) -> str:
        return str(self.source)

    @property
    def path(self) -> str:
        return f"/hooks/{self.token}"

    @classmethod
    def make(cls, source: Source, moment: datetime, mapping: str = "", *, creates_accounts: bool = False) -> Hook:
        return cls.unscoped.create(
            workspace_id=source.workspace_id,
            source=source,
            token=secrets.token_urlsafe(32),
            mapping=mapping,
            creates_accounts=creates_accounts,
            created_at=moment,
        )


class SecretQuerySet(WorkspaceQuerySet):
    def living(self) -> SecretQuerySet:
        """Those that are good, the newest first: one, or two while people change over."""
        return self.filter(retired_at=None).order_by("-pk")

    def texts(self) -> list[str]:
        """As they are written. What no key opens any more is left out: nothing it signs can be known."""
        return [text for secret in self if (text := secret.text)]


class Secret(WorkspaceModel):
    """What a provider signs with. It must be read again, so it is encrypted; of a retired one nothing is kept."""

    hook = models.ForeignKey(Hook, models.CASCADE, related_name="+", db_index=False)
    sealed = models.TextField(blank=True)
    hint = models.CharField(max_length=HINT, help_text=_("How it ends"))
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, help_text=_("Since when nothing it signed is taken"))

    objects = WorkspaceManager(SecretQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        indexes = [models.Index(fields=["workspace", "hook", "id"], name="secret_hook")]

    def __str__(self) -> str:
        return f"…{self.hint}"

    @classmethod
    def keep(cls, hook: Hook, text: str, moment: datetime) -> Secret:
        return cls.unscoped.create(
            workspace_id=hook.workspace_id,
            hook=hook,
            sealed=encrypt(text, Use.WEBHOOK),
            hint=text[-HINT:],
            created_at=moment,
        )

    @property
    def text(self) -> str:
        """As it is written, or nothing where it cannot be read any more."""
        try:
            return decrypt(self.sealed, Use.WEBHOOK)
        except InvalidToken:
            return ""

    def retire(self, moment: datetime) -> None:
        """Nothing it signed is taken from now on; twice changes nothing."""
        if self.retired_at is None:
            self.retired_at, self.sealed = moment, ""
            self.save(update_fields=["retired_at", "sealed"])


class HeardQuerySet(WorkspaceQuerySet):
    def known(self, source: Source, messages: list[str]) -> set[str]:
        """Which of these messages came before."""
        return set(self.filter(source=source, message__in=messages).values_list("message", flat=True))

    def newest(self, source: Source, things: list[str]) -> dict[str, datetime]:
        """Thing → the moment of the newest that was heard of it."""
        rows = self.filter(source=source, about__in=things).order_by()
        return dict(rows.values("about").annotate(newest=models.Max("told_at")).values_list("about", "newest"))


class Heard(WorkspaceModel):
    """A message of a provider that was taken: so that the same again is known, and an older one overwrites nothing."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="+", db_index=False)
    message = models.CharField(max_length=LONGEST, help_text=_("The provider's id of it"))
    about = models.CharField(max_length=LONGEST, help_text=_("The thing whose state it told"))
    told_at = models.DateTimeField(help_text=_("When that was its state"))
    heard_at = models.DateTimeField()
    state = models.JSONField(null=True, help_text=_("Of a subscription: its terms are made of all its states"))

    objects = WorkspaceManager(HeardQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "source", "message"], name="heard_message")]
        indexes = [
            models.Index(fields=["workspace", "source", "about", "told_at"], name="heard_about"),
            models.Index(fields=["workspace", "heard_at"], name="heard_age"),
        ]

    def __str__(self) -> str:
        return self.message
