"""What was won: accounts that were saved, renewed, or grew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from metrics.formulas.revenue import movement
from metrics.formulas.saves import STAYS, saved
from metrics.kpis.answers import Question
from metrics.kpis.ledger import ZERO, Ledger, MissingRateError, worth
from metrics.kpis.retention import due_terms
from metrics.models import Band, ScoreSnapshot, Win
from metrics.models.snapshot import UNIT

DAY = timedelta(days=1)
# So long before the days that are asked for an account may have been red; and so many nights may be missing.
RED_WITHIN, MISSING = timedelta(days=365), timedelta(days=7)


@dataclass(frozen=True)
class Won:
    """A win of a day: its MRR (None: a rate is missing). It belongs to whom the account was with at the end of
    `with_on`."""

    kind: Win.Kind
    account: int
    day: date
    mrr: Decimal | None
    with_on: date


def wins(question: Question) -> list[Won]:
    """All wins of the period."""
    return [*saves(question), *renewals(question), *expansions(question)]


def saves(question: Question) -> Iterator[Won]:
    """Accounts that were red and have now been green for 30 days, with their MRR. Three months later it is another
    save only if they were red again."""
    first, last = question.period.start, question.period.last
    for account, rows in groupby(_bands(question), key=itemgetter(0)):
        told = [(day, Band(band).name.lower(), mrr) for _account, day, band, mrr in rows]
        worth_on = {day: mrr for day, _band, mrr in told}
        for day in saved((day, band) for day, band, _mrr in told):
            if first <= day <= last:
                units = worth_on[day]
                yield Won(Win.Kind.SAVE, account, day, None if units is None else Decimal(units) / UNIT, day)


def _bands(question: Question) -> Iterator[tuple[int, date, int, int | None]]:
    """(account, day, band, MRR) of a year, for the accounts that could have been saved in the period: green in it, and
    not green some day before it became so."""
    first, last = question.period.start, question.period.last
    rows = ScoreSnapshot.objects.of(question.workspace).published()
    fell = rows.filter(day__gte=first - STAYS - MISSING, day__lte=last - STAYS).exclude(band=Band.GREEN)
    green = rows.filter(day__gte=first, day__lte=last, band=Band.GREEN)
    told = rows.filter(
        account_id__in=fell.values("account_id").intersection(green.values("account_id")),
        day__gte=first - RED_WITHIN,
        day__lte=last,
    )
    found: Iterator[tuple[int, date, int, int | None]] = (
        told.order_by("account_id", "day").values_list("account_id", "day", "band", "mrr_units").iterator(20_000)
    )
    return found


def renewals(question: Question) -> Iterator[Won]:
    """What fell due and was renewed, with the MRR of the terms that follow."""
    for account, day, _due, following in due_terms(question):
        if following:
            rated = [term.worth for term in following]
            mrr = None if None in rated else sum((worth(term) for term in following), ZERO)
            yield Won(Win.Kind.RENEWAL, account, day, mrr, day - DAY)


def expansions(question: Question) -> Iterator[Won]:
    """By how much more a customer pays from a day on than on the day before; other rates of exchange are no growth."""
    ledger = question.ledger
    for account, days in _days_of_starts(question).items():
        for day in days:
            try:
                grown = _growth(ledger, account, day)
            except MissingRateError:
                grown = None
            if grown is None or grown > 0:
                yield Won(Win.Kind.EXPANSION, account, day, grown, day)


def _days_of_starts(question: Question) -> dict[int, list[date]]:
    """Account → the days of the period on which it was a customer before, and a paid term begins."""
    first, last, ledger = question.period.start, question.period.last, question.ledger
    found: dict[int, list[date]] = defaultdict(list)
    for account, terms in ledger.paid.items():
        for day in sorted({term.start for term in terms if first <= term.start <= last}):
            if ledger.running(account, day - DAY) and ledger.is_customer(account, day - DAY):
                found[account].append(day)
    return found


def _growth(ledger: Ledger, account: int, day: date) -> Decimal:
    before, after = (sum(map(worth, ledger.running(account, each)), ZERO) for each in (day - DAY, day))
    return movement(before, after, True, ledger.rerated(account, day - DAY, day)).expansion


def scopes_of(question: Question, won: Won) -> dict[str, str]:
    """Whose a win is: kind of scope → its key."""
    return {scope.kind: scope.key for scope in question.book.places.at(won.account, won.with_on).scopes}
