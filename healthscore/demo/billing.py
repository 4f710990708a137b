"""What an account pays: terms, invoices, payments and reminders, add-ons, deals, and the end of it all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import NamedTuple

from msgspec import Struct

from accounts.facts import ChurnItem, DealItem, EventItem, InvoiceItem, PaymentItem, PurchaseItem, SubscriptionItem
from healthscore.demo.account import RAISE, Account, segment_of
from healthscore.demo.calendar import add_months, moment
from healthscore.demo.life import NEVER, Life, Stay
from healthscore.demo.people import DECIDER, People
from healthscore.demo.stories import STORIES

Facts = Iterator[tuple[int, str, Struct]]
PRODUCT = {"SMB": "Team", "Mid-market": "Business", "Enterprise": "Enterprise"}
TERMS_OF_PAYMENT = {"SMB": 14, "Mid-market": 30, "Enterprise": 30}
ADD_ONS = {"Training day": 900, "Data migration": 2400, "Extra storage": 350, "Premium onboarding": 1500}
WRITTEN_OFF_AFTER = 75


class Term(NamedTuple):
    """The days [starts, ends) at one price; `planned` is when it would have ended without a change of seats."""

    stay: int
    number: int
    starts: int
    ends: int
    planned: int
    seats: int
    amount: Decimal


def billing(life: Life, people: People, until: int) -> Facts:
    """Yields (day, kind, item) of all that has to do with money, known by the day `until` and maybe later."""
    for number, stay in enumerate(life.stays):
        yield from _trial(life, stay)
        if stay.paid_from < NEVER:
            terms = list(_terms(life, number, stay, until))
            yield from _subscriptions(life, stay, terms)
            yield from _invoices(life, people, number, stay, terms, until)
            yield from _leaving(life, number, stay)
    yield from _deals(life)
    yield from _purchases(life, until)


def day(number: int) -> date:
    """Returns the date of a day's number."""
    return date.fromordinal(number)


# -- terms --------------------------------------------------------------------------------------------------


def _monthly(account: Account, seats: int, starts: int) -> Decimal:
    years = max(0, (starts - account.start) // 365)
    return Decimal(f"{account.seat_price * RAISE**years * seats:.0f}")


def _terms(life: Life, number: int, stay: Stay, until: int) -> Iterator[Term]:
    """A term ends on its anniversary, or where seats change; the next begins there, until the customer leaves."""
    account, starts, count = life.account, stay.paid_from, 0
    changes = [since for since, _ in life.seat_changes]
    while starts < stay.end and starts <= until:
        planned = life.boundary(stay.paid_from, starts + 1)
        ends = min([since for since in changes if starts < since < planned], default=planned)
        seats = life.seats(starts)
        months = 12 if account.annual else 1
        yield Term(number, count, starts, ends, planned, seats, _monthly(account, seats, starts) * months)
        starts, count = ends, count + 1


def _subscription(life: Life, term: Term, ends: int, renews: bool = True, known: int | None = None) -> SubscriptionItem:
    account = life.account
    return SubscriptionItem(
        account=account.id,
        id=f"{account.id}/term-{term.stay}.{term.number}",
        subscription=f"{account.id}/{term.stay}",
        product=PRODUCT[segment_of(term.seats)],
        starts_on=day(term.starts),
        ends_on=day(ends),
        amount=term.amount,
        currency=account.currency,
        interval_count=12 if account.annual else 1,
        seats=term.seats,
        auto_renew=renews,
        known_at=None if known is None else moment(account.company.zone, known, 11),
    )


def _subscriptions(life: Life, stay: Stay, terms: list[Term]) -> Facts:
    notice = next((m.day for m in life.moments if m.what == "notice" and stay.begin <= m.day < stay.end), NEVER)
    for term in terms:
        renews = notice > term.starts
        yield term.starts, "subscriptions", _subscription(life, term, term.planned, renews)
        if term.starts < notice < term.ends:
            yield notice, "subscriptions", _subscription(life, term, term.planned, False, notice)
        if term.ends < term.planned:
            yield term.ends, "subscriptions", _subscription(life, term, term.ends, renews, term.ends)


def _trial(life: Life, stay: Stay) -> Facts:
    account = life.account
    if account.trial_days and stay.begin == account.start:
        yield (
            stay.begin,
            "subscriptions",
            SubscriptionItem(
                account=account.id,
                id=f"{account.id}/trial",
                subscription=f"{account.id}/trial",
                product="Trial",
                starts_on=day(stay.begin),
                ends_on=day(stay.begin + account.trial_days),
                amount=Decimal(0),
                currency=account.currency,
                seats=account.seats,
                is_trial=True,
            ),
        )


# -- invoices and payments ----------------------------------------------------------------------------------


def _invoices(life: Life, people: People, number: int, stay: Stay, terms: list[Term], until: int) -> Facts:
    """A bill each month, each quarter for some of the largest; those from before the demo are settled."""
    account = life.account
    months = 3 if account.seats > 100 and account.number % 2 else 1
    count = max(0, (account.origin - stay.paid_from) // 31 // months)
    while (issued := add_months(stay.paid_from, count * months)) < stay.end and issued <= until:
        if issued >= account.origin:
            term = next(term for term in terms if term.starts <= issued < term.ends)
            amount = term.amount * months / (12 if account.annual else 1)
            yield from _invoice(life, people, f"{number}.{count}", issued, amount.quantize(Decimal("0.01")), stay)
        count += 1


def _invoice(life: Life, people: People, name: str, issued: int, amount: Decimal, stay: Stay) -> Facts:
    account, die = life.account, life.account.dice("invoice", name)
    due = issued + TERMS_OF_PAYMENT[segment_of(account.seats)]
    made = InvoiceItem(
        account=account.id,
        id=f"{account.id}/inv-{name}",
        number=f"INV-{1000 + account.number}-{name.replace('.', '-')}",
        issued_on=day(issued),
        due_on=day(due),
        amount=amount,
        currency=account.currency,
    )
    yield issued, "invoices", made
    state = life.state(min(due, stay.end - 1))
    assert state is not None  # noqa: S101
    paid = max(issued + 1, due + round(die.gauss(state.late, 2.5)))
    if paid > stay.end + 20:
        paid = NEVER
        yield due + WRITTEN_OFF_AFTER, "payments", _payment(made, "w", due + WRITTEN_OFF_AFTER, amount, "write_off")
    elif state.severe > 0.3 and die.random() < 0.3:
        yield from _dispute(life, made, issued + 5, paid)
    yield from _payments(made, paid, die) if paid < NEVER else ()
    yield from _reminders(life, people, name, due, min(paid, due + WRITTEN_OFF_AFTER))


def _payment(invoice: InvoiceItem, name: str, paid: int, amount: Decimal, kind: str = "payment") -> PaymentItem:
    return PaymentItem(
        account=invoice.account,
        id=f"{invoice.id}/{name}",
        invoice=invoice.id,
        paid_on=day(paid),
        amount=amount,
        currency=invoice.currency,
        kind=kind,
    )


def _payments(invoice: InvoiceItem, paid: int, die: Random) -> Facts:
    """Mostly the whole sum at once; now and then in two parts, with a credit, or too much and some back."""
    kind, amount = die.random(), invoice.amount
    part = (amount * Decimal("0.6")).quantize(Decimal("0.01"))
    if kind < 0.04:
        yield paid, "payments", _payment(invoice, "a", paid, part)
        yield paid + 12, "payments", _payment(invoice, "b", paid + 12, amount - part)
    elif kind < 0.05:
        yield paid, "payments", _payment(invoice, "c", paid, amount - part, "credit")
        yield paid, "payments", _payment(invoice, "a", paid, part)
    elif kind < 0.055:
        yield paid, "payments", _payment(invoice, "a", paid, amount + part)
        yield paid + 9, "payments", _payment(invoice, "r", paid + 9, part, "refund")
    else:
        yield paid, "payments", _payment(invoice, "a", paid, amount)


def _dispute(life: Life, invoice: InvoiceItem, since: int, until: int) -> Facts:
    """For a while the customer says that it is wrong."""
    for when, disputed in ((since, True), (until, False)):
        if since < until:
            known = moment(life.account.company.zone, when, 10)
            fields = {name: getattr(invoice, name) for name in invoice.__struct_fields__}
            yield when, "invoices", InvoiceItem(**{**fields, "is_disputed": disputed, "known_at": known})


def _reminders(life: Life, people: People, name: str, due: int, paid: int) -> Facts:
    account = life.account
    for count, when in enumerate(range(due + 6, min(paid, due + 60), 12)):
        who = people.at(DECIDER, when)
        yield (
            when,
            "events",
            EventItem(
                account=account.id,
                name="payment_reminder",
                message_id=f"{account.number}.reminder.{name}.{count}",
                occurred_at=moment(account.company.zone, when, 9),
                contact=who.email if who else None,
                properties={"invoice": f"{account.id}/inv-{name}"},
            ),
        )


# -- deals, add-ons, leaving --------------------------------------------------------------------------------


def _deals(life: Life) -> Facts:
    opened: dict[int, int] = {}
    for event in life.moments:
        if event.what == "deal_opens":
            opened[event.chapter.number] = event.day
            yield event.day, "deals", _deal(life, event.chapter.number, event.day)
        elif event.what in {"expand", "deal_lost"} and event.chapter.number in opened:
            state = "won" if event.what == "expand" else "lost"
            began = opened[event.chapter.number]
            yield event.day, "deals", _deal(life, event.chapter.number, began, state, event.day)


def _deal(life: Life, chapter: int, opened: int, state: str = "open", closed: int | None = None) -> DealItem:
    account = life.account
    seats = max(2, round(account.seats * account.dice("deal", chapter).uniform(0.2, 0.5)))
    return DealItem(
        account=account.id,
        id=f"{account.id}/deal-{chapter}",
        name=f"{seats} more seats",
        amount=Decimal(f"{account.seat_price * seats * 12:.0f}"),
        currency=account.currency,
        state=state,
        opened_on=day(opened),
        closed_on=None if closed is None else day(closed),
        known_at=None if closed is None else moment(account.company.zone, closed, 16),
    )


def _purchases(life: Life, until: int) -> Facts:
    account = life.account
    for month in range(max(account.origin, account.start) // 30, until // 30 + 1):
        die = account.dice("purchase", month)
        when = month * 30 + die.randrange(30)
        stay = life.stay(when)
        if die.random() < 0.035 * account.fit and stay and stay.paid_from <= when and when >= account.origin:
            product = die.choice(list(ADD_ONS))
            yield (
                when,
                "purchases",
                PurchaseItem(
                    account=account.id,
                    id=f"{account.id}/add-on-{month}",
                    product=product,
                    purchased_on=day(when),
                    amount=Decimal(ADD_ONS[product]),
                    currency=account.currency,
                    kind="add-on",
                ),
            )


def _leaving(life: Life, number: int, stay: Stay) -> Facts:
    account, name = life.account, f"{life.account.id}/churn-{number}"
    if stay.end == NEVER:
        return
    story = next(STORIES[c.story] for c in life.chapters if c.end == stay.end)
    notice = next((m.day for m in life.moments if m.what == "notice" and stay.begin <= m.day < stay.end), None)
    said = None if notice is None else day(notice)
    if notice is not None:
        yield notice, "churns", ChurnItem(account=account.id, id=name, notice_on=said, reason=story.reason)
    yield (
        stay.end,
        "churns",
        ChurnItem(
            account=account.id,
            id=name,
            notice_on=said,
            churned_on=day(stay.end),
            reason=story.reason,
            known_at=moment(account.company.zone, stay.end, 9),
        ),
    )
