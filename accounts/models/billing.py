"""What customers pay: terms, invoices, payments, purchases, deals, and when they leave."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.fact import Fact, FactQuerySet, Told, currency, money
from accounts.models.scoped import WorkspaceManager

CENT = Decimal("0.01")


def monthly_amount(amount: Decimal, interval: str, count: int) -> Decimal:
    """What a term is worth a month, half-even to the cent (metrics.md 1, Money): amount ÷ months, weeks × 52 ÷ 12."""
    monthly = amount * 52 / (12 * count) if interval == "week" else amount / count
    return monthly.quantize(CENT, ROUND_HALF_EVEN)


class SubscriptionQuerySet(FactQuerySet):
    def in_force(self, day: date) -> SubscriptionQuerySet:
        """Terms with start ≤ day < end."""
        return self.filter(models.Q(ends_on=None) | models.Q(ends_on__gt=day), starts_on__lte=day)

    def paid(self) -> SubscriptionQuerySet:
        return self.filter(mrr__gt=0, is_trial=False)


class Subscription(Fact):
    """One paid or trial term, half-open [starts_on, ends_on). A change of seats or price is the next term."""

    class Interval(models.TextChoices):
        MONTH = "month", _("Month")
        WEEK = "week", _("Week")

    subscription = models.CharField(max_length=200, help_text=_("What the terms have in common"))
    product = models.CharField(max_length=100, blank=True, default="")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    amount = money()
    currency = currency()
    interval = models.CharField(max_length=5, choices=Interval, default=Interval.MONTH)
    interval_count = models.PositiveSmallIntegerField(default=1)
    mrr = money(help_text=_("Amount a month, rounded half-even"))
    seats = models.PositiveIntegerField(null=True)
    is_trial = models.BooleanField(default=False)
    auto_renew = models.BooleanField(null=True)

    objects = WorkspaceManager(SubscriptionQuerySet)


class Invoice(Fact):
    """A demand for money. What was paid of it is in Payment."""

    number = models.CharField(max_length=100, blank=True, default="")
    issued_on = models.DateField()
    due_on = models.DateField()
    amount = money()
    currency = currency()
    is_disputed = models.BooleanField(default=False)
    is_void = models.BooleanField(default=False)


class Payment(Fact):
    """What made an invoice smaller: money, a credit, a write-off; a refund makes it larger."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("Payment")
        REFUND = "refund", _("Refund")
        CREDIT = "credit", _("Credit")
        WRITE_OFF = "write_off", _("Write-off")

    invoice = models.CharField(max_length=200, help_text=_("The invoice's external id"))
    paid_on = models.DateField()
    amount = money()
    currency = currency()
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.PAYMENT)

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["workspace", "invoice"], name="payment_invoice")]


class Purchase(Fact):
    """A one-off purchase."""

    product = models.CharField(max_length=200, blank=True, default="")
    purchased_on = models.DateField()
    amount = money()
    currency = currency()
    kind = models.CharField(max_length=30, blank=True, default="")
    replace_by = models.DateField(null=True)


class Deal(Fact):
    """A sale under way to an account that is already a customer."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    name = models.CharField(max_length=200, blank=True, default="")
    kind = models.CharField(max_length=20, default="expansion")
    amount = money()
    currency = currency()
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)


class Churn(Fact):
    """That a customer left, or said it would: date, notice, reason."""

    churned_on = models.DateField(null=True)
    notice_on = models.DateField(null=True)
    reason = models.CharField(max_length=100, blank=True, default="")
    comment = models.TextField(blank=True, default="")
    refund = money(null=True)
    is_reactivation = models.BooleanField(default=False)


class ExchangeRate(Told):
    """What one unit of a currency is worth in the workspace's, from a day on."""

    currency = currency()
    day = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta(Told.Meta):
        indexes = [*Told.Meta.indexes, models.Index(fields=["workspace", "currency", "day"], name="rate_of_day")]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate} ({self.day})"


class ProgramCost(Told):
    """What customer success cost in a month, by kind."""

    class Kind(models.TextChoices):
        PAYROLL = "payroll", _("Payroll")
        ENGAGEMENT = "engagement", _("Engagement and adoption")
        SERVICES = "services", _("Services and training")
        MARKETING = "marketing", _("Customer marketing")

    month = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind)
    amount = money()
    currency = currency()

    def __str__(self) -> str:
        return f"{self.kind} {self.month:%Y-%m}"
