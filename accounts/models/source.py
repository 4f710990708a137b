"""Where facts come from, what a file brought, and what was refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.event import StreamedModel
from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet

if TYPE_CHECKING:
    from accounts.batch import Result as Answer
    from accounts.models.workspace import Workspace

LIBRARY_EVERY = timedelta(minutes=1)
LONGEST_LIBRARY = 60


class Source(WorkspaceModel):
    """One way in: a program with keys, a file, a person's hand."""

    class Kind(models.TextChoices):
        REST = "rest", _("REST")
        FILE = "file", _("File")
        HAND = "hand", _("By hand")
        DEMO = "demo", _("Demo")
        MAIL = "mail", _("Mail")
        SEGMENT = "segment", _("Segment or RudderStack library")
        POSTHOG = "posthog", _("PostHog library")
        STRIPE = "stripe", "Stripe"
        ZENDESK = "zendesk", "Zendesk"
        TYPEFORM = "typeform", "Typeform"
        DELIGHTED = "delighted", "Delighted"
        CLOUDEVENTS = "cloudevents", "CloudEvents"
        WEBHOOK = "webhook", _("Webhook")
        TOTANGO = "totango", "Totango"
        CUSTIFY = "custify", "Custify"
        PENDO = "pendo", "Pendo"
        VITALLY = "vitally", "Vitally"

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(null=True)
    library = models.CharField(max_length=LONGEST_LIBRARY, blank=True, default="", help_text=_("What it sends with"))
    library_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="source_name"),
            models.UniqueConstraint(fields=["workspace", "id"], name="source_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name

    def hear_library(self, name: str, moment: datetime) -> None:
        """Note which client library it sends with, where that is news; at most once a minute."""
        name = name[:LONGEST_LIBRARY]
        if name in ("", self.library) or (self.library_at and moment - self.library_at < LIBRARY_EVERY):
            return
        Source.objects.of(self.workspace_id).filter(pk=self.pk).update(library=name, library_at=moment)

    @classmethod
    def by_hand(cls, workspace: Workspace, moment: datetime) -> Source:
        """The workspace's source of what people enter, heard at `moment`."""
        return cls._heard(workspace, "By hand", cls.Kind.HAND, moment)

    @classmethod
    def by_mail(cls, workspace: Workspace, moment: datetime) -> Source:
        """The workspace's source of messages, heard at `moment`."""
        return cls._heard(workspace, "Inbound mail", cls.Kind.MAIL, moment)

    @classmethod
    def _heard(cls, workspace: Workspace, name: str, kind: str, moment: datetime) -> Source:
        source, _created = cls.unscoped.get_or_create(workspace=workspace, name=name, defaults={"kind": kind})
        source.last_seen_at = moment
        source.save(update_fields=["last_seen_at"])
        return source


class Import(WorkspaceModel):
    """One file that was read, and its report. The parts add up to `read`."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    source = models.ForeignKey(Source, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=300)
    header = models.JSONField(default=list)
    mapping = models.TextField(blank=True, default="")
    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    read = models.PositiveBigIntegerField(default=0)
    left_out = models.PositiveBigIntegerField(default=0, help_text=_("Rows the mapping's `where` left out of `read`"))
    accepted = models.PositiveBigIntegerField(default=0)
    updated = models.PositiveBigIntegerField(default=0, help_text=_("Of the accepted: changed what was known"))
    known = models.PositiveBigIntegerField(default=0)
    conflicts = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    warnings = models.JSONField(default=dict, help_text=_("Accepted with a warning, by reason"))
    reasons = models.JSONField(default=list, help_text=_("Of what was not taken: field, reason, how many rows"))
    chunks = models.PositiveIntegerField(default=0, help_text=_("Parts of the file that are stored, with their sums"))
    failure = models.TextField(blank=True, default="")
    undone = models.JSONField(
        default=dict, help_text=_("What was taken back: facts, accounts, and what stays, by reason")
    )

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "id"], name="import_in_workspace")]
        indexes = [models.Index(fields=["workspace", "-started_at"], name="import_newest")]

    def __str__(self) -> str:
        return f"{self.kind} from {self.file_name}"


class AccountImport(WorkspaceModel):
    """That an import told of an account, and how many facts it brought. Written by ingest."""

    account = models.ForeignKey("accounts.Account", models.CASCADE, related_name="+", db_index=False)
    imported = models.ForeignKey(Import, models.CASCADE, related_name="+")
    facts = models.PositiveBigIntegerField()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "account", "imported"], name="account_import_once")]

    def __str__(self) -> str:
        return f"{self.facts} facts of {self.account_id}"


class AccountChange(StreamedModel):
    """What an import changed of an account that was there: a column, before and after. Written by ingest."""

    account = models.ForeignKey(
        "accounts.Account", models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    imported = models.ForeignKey(Import, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    field = models.CharField(max_length=20)
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    class Meta(StreamedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "account", "field", "imported"], name="account_change_once")
        ]
        indexes = [models.Index(fields=["workspace", "imported", "account"], name="account_change_import")]

    def __str__(self) -> str:
        return f"{self.field} of {self.account_id}"


class IdempotencyKey(WorkspaceModel):
    """A request that had its effect, by the name its sender gave it, with the answer it got."""

    api_key = models.ForeignKey("accounts.ApiKey", models.CASCADE, related_name="+")
    key = models.CharField(max_length=64, help_text=_("A hash of the name"))
    request = models.CharField(max_length=64, help_text=_("A hash of method, address and body"))
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "api_key", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["workspace", "created_at"], name="idempotency_key_age")]

    def __str__(self) -> str:
        return self.key


class RefusedQuerySet(WorkspaceQuerySet):
    def bad(self) -> RefusedQuerySet:
        """Without what was only known already."""
        return self.exclude(result=Refused.Result.KNOWN)


class Refused(WorkspaceModel):
    """An item that was not taken, or is in conflict: where, which field, which value, why; and some that were known
    already. `name`, `account` and `person`: what it would have been."""

    MAX_CELLS = 20_000

    class Result(models.TextChoices):
        REJECTED = "rejected", _("Refused")
        CONFLICT = "conflict", _("Conflict")
        KNOWN = "already_known", _("Known already")

    source = models.ForeignKey(Source, models.CASCADE, related_name="+")
    imported = models.ForeignKey(Import, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=20)
    result = models.CharField(max_length=13, choices=Result, default=Result.REJECTED)
    row = models.PositiveBigIntegerField(null=True)
    field = models.CharField(max_length=60, blank=True, default="")
    value = models.CharField(max_length=200, blank=True, default="")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    cells = models.JSONField(null=True, help_text=_("The row of a file as it was, to be mended"))
    name = models.CharField(max_length=200, blank=True, default="")
    account = models.CharField(max_length=200, blank=True, default="")
    person = models.CharField(max_length=200, blank=True, default="")
    count = models.PositiveIntegerField(default=1, help_text=_("How many items the row stands for"))

    objects = WorkspaceManager(RefusedQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        indexes = [
            models.Index(fields=["workspace", "-at"], name="refused_newest"),
            models.Index(fields=["workspace", "source", "-at"], name="refused_of_source"),
        ]

    def __str__(self) -> str:
        return self.reason

    @classmethod
    def of(
        cls,
        source: Source,
        kind: str,
        row: int,
        result: Answer,
        at: datetime,
        imported: Import | None = None,
        cells: list[str] | None = None,
        **said: str,
    ) -> Refused:
        """A result that was not taken, as a row to be stored; texts are cut to what the columns hold, and `cells` left
        out where they are too much. `said`: name, account, person."""
        return cls(
            workspace_id=source.workspace_id,
            source=source,
            imported=imported,
            kind=kind,
            result=str(result.status),
            row=row,
            field=result.field[:60],
            value=result.value[:200],
            reason=result.reason[:300],
            at=at,
            cells=cells if cells and sum(map(len, cells)) <= cls.MAX_CELLS else None,
            **{field: text[:200] for field, text in said.items()},
        )
