"""Who paid how much on which day, for all accounts of a workspace, as known on a day: read once, asked many times."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from typing import Any, NamedTuple

from accounts.models import Churn, ExchangeRate, Purchase, Subscription, Workspace
from accounts.models.billing import CENT

ZERO = Decimal(0)
FOREVER = date.max
# The kinds of fact that tell who is a customer, and how much it pays.
WHO_PAYS = ("subscriptions", "churns", "purchases")
HOW_MUCH = (*WHO_PAYS, "rates")


class Term(NamedTuple):
    """A term [start, end), its monthly amount in its own currency, and in the workspace's at the rate of its start
    (None: no rate)."""

    start: date
    end: date
    native: Decimal
    currency: str
    worth: Decimal | None
    is_trial: bool
    fact: str
    subscription: str

    @property
    def is_paid(self) -> bool:
        return self.native > 0 and not self.is_trial

    def runs(self, day: date) -> bool:
        return self.start <= day < self.end


class MissingRateError(LookupError):
    """A number needs a rate that nobody has told: of this currency, on this day."""

    def __init__(self, currency: str, day: date) -> None:
        super().__init__(f"no rate of {currency} on {day}")
        self.currency, self.day = currency, day


Paying = dict[int, Decimal | MissingRateError]
# A period asks for its eve, its last day and those of twelve months; the one before begins where this one ends.
DAYS_KEPT = 4


class Rates:
    """What currencies are worth in the workspace's, from a day on, as known at the end of another."""

    def __init__(self, workspace: Workspace, known: date) -> None:
        self.own = workspace.currency
        self._told: dict[str, tuple[list[date], list[Decimal]]] = defaultdict(lambda: ([], []))
        rows = ExchangeRate.objects.of(workspace).known(workspace, known).order_by("currency", "day")
        for currency, day, rate in rows.values_list("currency", "day", "rate"):
            days, rates = self._told[currency]
            days.append(day)
            rates.append(rate)

    def worth(self, amount: Decimal, currency: str, day: date) -> Decimal | None:
        """An amount in the workspace's currency, half-even to the cent; None where there is no rate yet."""
        if currency == self.own:
            return amount
        days, rates = self._told.get(currency, ([], []))
        place = bisect_right(days, day)
        return (amount * rates[place - 1]).quantize(CENT, ROUND_HALF_EVEN) if place else None


class Span(NamedTuple):
    """Some days [start, end)."""

    start: date
    end: date


@dataclass(frozen=True)
class Ledger:
    """The terms, purchases and churns of a workspace, or of one account, as known at the end of a day."""

    workspace: Workspace
    known: date
    account: int | None = None

    def _told(self, model: Any) -> Any:
        rows = model.objects.of(self.workspace).known(self.workspace, self.known)
        return rows if self.account is None else rows.filter(account_id=self.account)

    @cached_property
    def rates(self) -> Rates:
        return Rates(self.workspace, self.known)

    @cached_property
    def terms(self) -> dict[int, list[Term]]:
        """Account → its terms by start, trials and free ones included."""
        rows = self._told(Subscription)
        fields = ("account_id", "starts_on", "ends_on", "mrr", "currency", "is_trial", "external_id", "subscription")
        found: dict[int, list[Term]] = defaultdict(list)
        for account, start, end, mrr, currency, trial, fact, subscription in (
            rows.order_by("account_id", "starts_on", "external_id").values_list(*fields).iterator(20_000)
        ):
            worth = self.rates.worth(mrr, currency, start)
            found[account].append(Term(start, end or FOREVER, mrr, currency, worth, trial, fact, subscription))
        return found

    @cached_property
    def paid(self) -> dict[int, list[Term]]:
        """Account → its paid terms by start."""
        paid = {account: [term for term in terms if term.is_paid] for account, terms in self.terms.items()}
        return {account: terms for account, terms in paid.items() if terms}

    @cached_property
    def customers(self) -> dict[int, list[Span]]:
        """Account → the spans in which it is a customer (metrics.md 1), by start; gaps that are none are closed."""
        spans = {
            account: joined([Span(t.start, t.end) for t in terms], self.workspace.churn_gap_days, self.known)
            for account, terms in self.paid.items()
        }
        if self.workspace.churn_rule == Workspace.ChurnRule.EVENTS:
            spans = {account: self._cut(account, each) for account, each in spans.items()}
        if not self.workspace.has_terms:
            for account, bought in self._buying.items():
                spans[account] = joined([*spans.get(account, []), *bought], 0, self.known)
        return {account: each for account, each in spans.items() if each}

    def is_customer(self, account: int, day: date) -> bool:
        return any(span.start <= day < span.end for span in self.customers.get(account, ()))

    def on(self, day: date) -> Paying:
        """Account → its MRR on a day, or the rate that is missing, for all that are customers then."""
        if day not in self._paying:
            while len(self._paying) >= DAYS_KEPT:
                del self._paying[next(iter(self._paying))]
            self._paying[day] = {
                account: self._mrr(account, day)
                for account, spans in self.customers.items()
                for span in spans
                if span.start <= day < span.end
            }
        return self._paying[day]

    @cached_property
    def _paying(self) -> dict[date, Paying]:
        return {}

    def _mrr(self, account: int, day: date) -> Decimal | MissingRateError:
        amount = ZERO
        for term in self.paid.get(account, ()):
            if term.start <= day < term.end:
                if term.worth is None:
                    return MissingRateError(term.currency, term.start)
                amount += term.worth
        return amount

    def running(self, account: int, day: date) -> list[Term]:
        """The paid terms of an account that run on a day."""
        return [term for term in self.paid.get(account, ()) if term.runs(day)]

    def mrr(self, account: int, day: date) -> Decimal:
        """Monthly amounts of the paid terms that run on a day; 0 for who is none then. Raises MissingRateError."""
        amount = self.on(day).get(account, ZERO)
        if isinstance(amount, MissingRateError):
            raise amount
        return amount

    def has_paid(self, account: int, by: date) -> bool:
        """Whether it had begun to pay by the end of a day."""
        return any(term.start <= by for term in self.paid.get(account, ()))

    def last_day(self, account: int, after: date, upto: date) -> date:
        """The day on which it last was a customer in the days (after, upto]: the last one, or the one before its
        loss."""
        if account in self.on(upto):
            return upto
        ends = [span.end for span in self.customers[account] if after < span.end <= upto]
        return max(ends) - timedelta(days=1) if ends else upto

    def rerated(self, account: int, before: date, after: date) -> Decimal:
        """How much of the change of MRR between two days comes from other rates of the same currencies: what is paid
        in a currency on both days, at the later rate minus at the earlier one."""
        moved = ZERO
        if account not in self._foreign:
            return moved
        then, now = self._by_currency(account, before), self._by_currency(account, after)
        for currency in then.keys() & now.keys() - {self.workspace.currency}:
            (native, value), (native_now, value_now) = then[currency], now[currency]
            kept = min(native, native_now)
            moved += (kept * value_now / native_now).quantize(CENT, ROUND_HALF_EVEN)
            moved -= (kept * value / native).quantize(CENT, ROUND_HALF_EVEN)
        return moved

    @cached_property
    def _foreign(self) -> set[int]:
        """The accounts that ever paid in another currency than the workspace's."""
        own = self.workspace.currency
        return {account for account, terms in self.paid.items() if any(term.currency != own for term in terms)}

    def _by_currency(self, account: int, day: date) -> dict[str, tuple[Decimal, Decimal]]:
        sums: dict[str, tuple[Decimal, Decimal]] = {}
        for term in self.running(account, day):
            native, value = sums.get(term.currency, (ZERO, ZERO))
            sums[term.currency] = native + term.native, value + worth(term)
        return sums

    @cached_property
    def churns(self) -> dict[int, list[date]]:
        """Account → the days of its recorded churns."""
        rows = self._told(Churn).exclude(churned_on=None)
        found: dict[int, list[date]] = defaultdict(list)
        for account, day in rows.order_by("account_id", "churned_on").values_list("account_id", "churned_on"):
            found[account].append(day)
        return found

    def _cut(self, account: int, spans: list[Span]) -> list[Span]:
        """Churn from events: a churn ends a customer until its next paid term begins (decision 7)."""
        starts = [term.start for term in self.paid[account]]
        for day in self.churns.get(account, ()):
            back = next((start for start in starts if start > day), FOREVER)
            spans = [part for span in spans for part in without(span, Span(day, back))]
        return spans

    @cached_property
    def _buying(self) -> dict[int, list[Span]]:
        rows = self._told(Purchase).filter(amount__gt=0)
        found: dict[int, list[Span]] = defaultdict(list)
        length = timedelta(days=self.workspace.purchase_days)
        for account, day in rows.order_by("account_id", "purchased_on").values_list("account_id", "purchased_on"):
            found[account].append(Span(day, day + length))
        return found


def worth(term: Term) -> Decimal:
    """The term's monthly amount in the workspace's currency. Raises MissingRateError."""
    if term.worth is None:
        raise MissingRateError(term.currency, term.start)
    return term.worth


def joined(spans: Iterable[Span], gap: int, known: date) -> list[Span]:
    """Spans that overlap, touch, or lie at most `gap` days apart, as one. Who left less than `gap` days before the
    end of the day `known` may still come back, and has not left."""
    found: list[Span] = []
    wide = timedelta(days=gap)
    for span in sorted(span for span in spans if span.start < span.end):
        if found and (found[-1].end == FOREVER or span.start <= found[-1].end + wide):
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    if found and found[-1].end <= known < found[-1].end + wide:
        found[-1] = Span(found[-1].start, found[-1].end + wide)
    return found


def without(span: Span, hole: Span) -> Sequence[Span]:
    """What is left of a span outside another."""
    parts = (Span(span.start, min(span.end, hole.start)), Span(max(span.start, hole.end), span.end))
    return [part for part in parts if part.start < part.end]
