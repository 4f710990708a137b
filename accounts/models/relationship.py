"""What passes between the CSM and the customer."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.fact import Fact, Told, money
from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet
from accounts.models.workspace import Membership, Role
from accounts.search import words


class Contact(Fact):
    """A person at a customer. Leaving is a new version with `left_on`."""

    class Part(models.TextChoices):
        CHAMPION = "champion", _("Champion")
        DECISION_MAKER = "decision_maker", _("Decision maker")
        USER = "user", _("User")

    name = models.CharField(max_length=200, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    part = models.CharField(max_length=14, choices=Part, default=Part.USER)
    since_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    is_internal = models.BooleanField(default=False, help_text=_("One of ours: the use does not count"))

    class Meta(Fact.Meta):
        indexes = [
            *Fact.Meta.indexes,
            # Whose message it is.
            models.Index("workspace", Lower("email"), condition=models.Q(retracted_at=None), name="contact_address"),
            GinIndex(
                OpClass(Upper("name"), name="gin_trgm_ops"),
                OpClass(Upper("email"), name="gin_trgm_ops"),
                name="contact_trgm",
                condition=models.Q(retracted_at=None),
            ),
        ]


class Goal(Fact):
    """What the customer wants to reach: each progress report is a new version."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        MET = "met", _("Met")
        MISSED = "missed", _("Missed")

    name = models.CharField(max_length=200)
    unit = models.CharField(max_length=30, blank=True, default="")
    baseline = money()
    target = money()
    value = money()
    started_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)

    class Meta(Fact.Meta):
        indexes = [
            *Fact.Meta.indexes,
            # Progress is a version, and happened when it was heard.
            models.Index(fields=["workspace", "account", "known_at"], name="goal_progress"),
        ]


class Touch(Fact):
    """A contact between us and them."""

    class Channel(models.TextChoices):
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")
        EMAIL = "email", _("E-mail")
        CHAT = "chat", _("Chat")
        TRAINING = "training", _("Training")
        REVIEW = "review", _("Business review")

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("From the customer")
        OUTBOUND = "outbound", _("To the customer")
        TWO_WAY = "two_way", _("Two-way")

    channel = models.CharField(max_length=8, choices=Channel)
    direction = models.CharField(max_length=8, choices=Direction, default=Direction.TWO_WAY)
    subject = models.CharField(max_length=300, blank=True, default="")
    outcome = models.TextField(blank=True, default="")
    minutes = models.PositiveIntegerField(null=True)
    person = models.CharField(max_length=200, blank=True, default="")
    attendees = models.PositiveIntegerField(null=True)
    member = models.CharField(max_length=254, blank=True, default="", help_text=_("E-mail of our person"))


class Pulse(Fact):
    """The CSM's own judgement, 1 to 5."""

    value = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    comment = models.TextField(blank=True, default="")
    member = models.CharField(max_length=254, blank=True, default="")


class Feedback(Fact):
    """What a customer said unasked. A complaint is open until a version carries `resolved_on`."""

    class Kind(models.TextChoices):
        PRAISE = "praise", _("Praise")
        PROBLEM = "problem", _("Problem")
        REQUEST = "request", _("Request")
        COMPLAINT = "complaint", _("Complaint")
        REFERRAL = "referral", _("Referral")
        FUTURE_TALK = "future_talk", _("Future talk")
        REVIEW = "review", _("Review")
        REFERENCE = "reference", _("Reference")
        CASE_STUDY = "case_study", _("Case study")

    kind = models.CharField(max_length=11, choices=Kind)
    topic = models.CharField(max_length=30, blank=True, default="")
    text = models.TextField(blank=True, default="")
    person = models.CharField(max_length=200, blank=True, default="")
    resolved_on = models.DateField(null=True)

    class Meta(Fact.Meta):
        indexes = [
            *Fact.Meta.indexes,
            GinIndex(words("text"), name="feedback_words"),
            # What is to be resolved, and what was.
            models.Index(
                fields=["workspace", "account", "occurred_at"],
                condition=models.Q(retracted_at=None) & (models.Q(kind="complaint") | ~models.Q(resolved_on=None)),
                name="feedback_resolved",
            ),
        ]


class ClientFigure(Fact):
    """A number of the customer's own business, or what our product cost and returned there."""

    figure = models.CharField(max_length=20, help_text=_("headcount, customers, revenue, cost, return"))
    day = models.DateField()
    value = money()
    currency = models.CharField(max_length=3, blank=True, default="")


class Release(Told):
    """A feature, when it came, and to which plans."""

    feature = models.CharField(max_length=100)
    released_on = models.DateField()
    plans = ArrayField(models.CharField(max_length=100), default=list, blank=True)

    def __str__(self) -> str:
        return self.feature


class NoteQuerySet(WorkspaceQuerySet):
    """Rules over many notes."""

    def current(self) -> NoteQuerySet:
        """Those that were not taken back."""
        return self.filter(retracted_at=None)

    def of_account(self, account: int) -> NoteQuerySet:
        """The current ones of an account, pinned ones first, then the newest."""
        return self.current().filter(account_id=account).order_by("-is_pinned", "-created_at", "-pk")


class Note(WorkspaceModel):
    """What somebody of ours wrote down about an account, in Markdown. It is no fact: nothing is counted from it."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    author = models.ForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    body = models.TextField()
    ticket = models.UUIDField(help_text=_("Of the form that made it: sent twice, it makes one note"))
    is_pinned = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    retracted_at = models.DateTimeField(null=True, help_text=_("Since when it is no longer shown"))

    objects = WorkspaceManager(NoteQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "id"], name="note_in_workspace"),
            models.UniqueConstraint(fields=["workspace", "account", "ticket"], name="note_ticket"),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "account", "created_at", "id"],
                condition=models.Q(retracted_at=None),
                name="note_account",
            ),
        ]

    def __str__(self) -> str:
        return f"Note {self.pk}"

    def is_changed_by(self, member: Membership, writes: bool) -> bool:
        """Whether this member may change it or take it back: its author and admins; where the author is gone,
        whoever `writes` the account."""
        if self.author_id is None:
            return writes
        return member.role == Role.ADMIN or self.author_id == member.pk


class Mention(WorkspaceModel):
    """That a note calls a member by name."""

    note = models.ForeignKey(Note, models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey(Membership, models.CASCADE, related_name="+", db_index=False)
    called = models.CharField(max_length=254, help_text=_("As it stands in the note, in small letters"))
    seen_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "note", "called"], name="mention_once"),
        ]
        indexes = [
            models.Index(fields=["workspace", "member", "note"], name="mention_member"),
            models.Index(fields=["workspace", "member"], condition=models.Q(seen_at=None), name="mention_unseen"),
        ]

    def __str__(self) -> str:
        return self.called
