"""The tenant, its people, their teams, and the keys programs use."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.scoped import WorkspaceManager, WorkspaceModel, WorkspaceQuerySet

SEEN_EVERY = timedelta(minutes=15)


def time_zones() -> set[str]:
    """The names of the IANA time zones, without that of the machine, which the database does not know."""
    return available_timezones() - {"localtime"}


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone."""
    if name not in time_zones():
        raise ValidationError(_("“%(name)s” is no time zone, such as Europe/Madrid.") % {"name": name})


class Workspace(models.Model):
    """The tenant: one company that watches its customers."""

    class Kind(models.TextChoices):
        SUBSCRIPTIONS = "subscriptions", _("Subscriptions")
        PURCHASES = "purchases", _("Purchases")

    class ChurnRule(models.TextChoices):
        TERMS = "terms", _("When the paid term ends")
        EVENTS = "events", _("When a churn is recorded")

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    week_start = models.PositiveSmallIntegerField(default=0, help_text=_("0 is Monday"))
    fiscal_year_start = models.PositiveSmallIntegerField(default=1, help_text=_("Month, 1 to 12"))
    currency = models.CharField(max_length=3, default="USD")
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.SUBSCRIPTIONS)
    churn_rule = models.CharField(max_length=8, choices=ChurnRule, default=ChurnRule.TERMS)
    churn_gap_days = models.PositiveSmallIntegerField(default=0)
    purchase_days = models.PositiveSmallIntegerField(default=365)
    own_domains = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        help_text=_("Use by people of these mail domains does not count"),
    )
    tracks = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text=_("Kinds of fact that count as tracked before the first one came"),
    )
    gross_margin = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text=_("Share of revenue, 0 to 1; empty is unknown"),
    )
    events_kept_months = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Empty is for ever"))
    refused_kept_days = models.PositiveSmallIntegerField(default=30)
    audit_kept_months = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Empty is for ever"))
    events_gone_before = models.DateField(
        null=True, blank=True, help_text=_("The days before have rollups and no events")
    )
    cleared_on = models.DateField(null=True, blank=True, help_text=_("When the retention periods were last applied"))
    needs_second_factor = models.BooleanField(
        default=False, help_text=_("Members without a second factor are sent to set one up")
    )
    first_steps_hidden = models.BooleanField(
        default=False, help_text=_("Nobody needs the list of first steps any more")
    )
    features = ArrayField(
        models.TextField(),
        default=list,
        blank=True,
        help_text=_("The feature list, chosen by hand; empty: what 5 % of the accounts used in 90 days"),
    )
    first_value = models.CharField(
        max_length=200,
        blank=True,
        default="",
        help_text=_("The event or feature with which a customer first has a use"),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def has_terms(self) -> bool:
        """Whether accounts pay by terms, which renew and make MRR; else they buy."""
        return self.kind == self.Kind.SUBSCRIPTIONS

    def day_of(self, moment: datetime) -> date:
        """The local day in which a moment (aware) falls."""
        return moment.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """The UTC moment at which a local day begins."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """The UTC moment at which a local day has ended, exclusive."""
        return self.start_of(day + timedelta(days=1))

    def last_finished_day(self, moment: datetime) -> date:
        """The newest local day that has ended by `moment`."""
        return self.day_of(moment) - timedelta(days=1)


class Team(WorkspaceModel):
    """Some CSMs and their manager."""

    name = models.CharField(max_length=100)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="team_name"),
            models.UniqueConstraint(fields=["workspace", "id"], name="team_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    VIEWER = "viewer", _("Viewer")
    CSM = "csm", _("CSM")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Admin")


class Membership(WorkspaceModel):
    """A person's role in a workspace. The owner of an account is a membership."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    role = models.CharField(max_length=8, choices=Role, default=Role.CSM)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text=_("Noted every quarter of an hour"))
    opens_with = models.ForeignKey(
        "accounts.SavedView",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The view with which the portfolio opens"),
    )

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="membership_once"),
            models.UniqueConstraint(fields=["workspace", "id"], name="membership_in_workspace"),
        ]

    def __str__(self) -> str:
        return str(self.user)

    def see(self, now: datetime) -> None:
        """Note that this member was here, unless that was noted a short while ago."""
        if self.seen_at is None or now - self.seen_at > SEEN_EVERY:
            Membership.objects.of(self.workspace_id).filter(pk=self.pk).update(seen_at=now)


class ApiKeyQuerySet(WorkspaceQuerySet):
    def living(self) -> ApiKeyQuerySet:
        return self.filter(revoked_at=None)


class ApiKey(WorkspaceModel):
    """A program's way in: shown once, stored as a hash, limited to scopes, tied to one source."""

    class Scope(models.TextChoices):
        EVENTS = "events", _("Push events")
        READ = "read", _("Read")
        WRITE = "write", _("Write accounts and facts")

    source = models.ForeignKey("accounts.Source", models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True, help_text=_("The part that may be shown"))
    hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=8, choices=Scope))
    creates_accounts = models.BooleanField(default=False, help_text=_("An unknown account is created"))
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = WorkspaceManager(ApiKeyQuerySet)
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "id"], name="api_key_in_workspace")]
        indexes = [models.Index(fields=["workspace", "created_at"], name="api_key_workspace")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def hash_of(secret: str) -> str:
        """Keys carry 192 random bits, so one round of SHA-256 is enough."""
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def issue(
        cls, workspace: Workspace, source: models.Model, name: str, scopes: list[str], **more: bool
    ) -> tuple[ApiKey, str]:
        """Make a key; the second value is the key itself, which is nowhere stored."""
        prefix = "hs_" + secrets.token_hex(4)
        key = f"{prefix}_{secrets.token_urlsafe(24)}"
        row = cls.unscoped.create(
            workspace=workspace,
            source=source,
            name=name,
            prefix=prefix,
            hash=cls.hash_of(key),
            scopes=scopes,
            **more,
        )
        return row, key
