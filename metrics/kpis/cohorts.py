"""Who of those that became customers in a month is still one, and what they pay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from metrics.kpis.answers import Question
from metrics.kpis.ledger import ZERO, Ledger, MissingRateError, worth
from metrics.kpis.periods import months_later
from metrics.models import PeriodKind
from metrics.registry import Record, Records

# Cohorts are followed for so many months after their own.
FOLLOWED = 12


def month_of(day: date) -> str:
    """The name of a cohort."""
    return f"{day:%Y-%m}"


def began(question: Question) -> Iterator[tuple[int, date, date]]:
    """(account, its first day as a customer, the day whose CSM it belongs to) of those that became customers in this
    month or the twelve before. Only months have cohorts."""
    period, ledger = question.period, question.ledger
    if period.kind != PeriodKind.MONTH:
        return
    oldest = months_later(period.start, -FOLLOWED)
    for account, spans in ledger.customers.items():
        first = spans[0].start
        if oldest <= first <= period.last:
            yield account, first, ledger.last_day(account, first - timedelta(days=1), period.last)


def customers(question: Question) -> Records:
    """The customers of each cohort, 1 where still one at the end."""
    ledger, last = question.ledger, question.period.last
    return [
        Record(account, day, int(ledger.is_customer(account, last)), 1, what=month_of(first))
        for account, first, day in began(question)
    ]


def mrr(question: Question) -> Records:
    """What the customers of each cohort pay at the end, and what they paid on their first day."""
    ledger, last = question.ledger, question.period.last
    found = []
    for account, first, day in began(question):
        try:
            amounts = _paid(ledger, account, last), _paid(ledger, account, first)
        except MissingRateError as error:
            found.append(Record(account, day, what=month_of(first), missing=str(error)))
            continue
        found.append(Record(account, day, *amounts, what=month_of(first)))
    return found


def _paid(ledger: Ledger, account: int, day: date) -> Decimal:
    if not ledger.is_customer(account, day):
        return ZERO
    return sum(map(worth, ledger.running(account, day)), ZERO)
