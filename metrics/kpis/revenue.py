"""Recurring revenue: what there is, how it moved, how much of it stayed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from metrics.formulas import revenue as formulas
from metrics.formulas.revenue import Movements
from metrics.kpis.answers import Question
from metrics.kpis.ledger import HOW_MUCH, ZERO, Ledger, MissingRateError
from metrics.kpis.periods import months_later
from metrics.kpis.sums import quotient, total
from metrics.registry import Basis, Direction, Record, Records, Side, Unit, kpi, worked

HIGHER, LOWER = Direction.HIGHER, Direction.LOWER
NO_MRR = _("no MRR at the start")
NO_MRR_A_YEAR_AGO = _("no MRR twelve months before")
CUSTOMER = _("customer")
START, A_YEAR_AGO = _("MRR at the start"), _("MRR twelve months before")
TWELVE_MONTHS = _("twelve months up to the end of the period")
PAYING = Basis(CUSTOMER, Side(_("MRR"), Unit.MONEY), Side(_("customers")), HOW_MUCH)
PAID_BEFORE = Basis(
    CUSTOMER, Side(_("MRR"), Unit.MONEY), Side(_("customers")), HOW_MUCH, _("the day before the period")
)
MOVED = Basis(CUSTOMER, Side(_("MRR"), Unit.MONEY), None, HOW_MUCH)
Amount = Callable[[Movements], Decimal]
Moves = dict[int, Movements | MissingRateError]


def moving(part: Any, whole: Any, window: Any = "") -> Basis:
    """What became of the MRR of customers, against another amount of theirs."""
    return Basis(CUSTOMER, Side(part, Unit.MONEY), Side(whole, Unit.MONEY), HOW_MUCH, window)


def moved_between(ledger: Ledger, before: date, after: date) -> Moves:
    """Account → what became of its MRR between the ends of two days, or the rate that is missing; for all that pay on
    one of them."""
    found: Moves = {}
    then, now = ledger.on(before), ledger.on(after)
    for account in {**now, **then}:
        start, end = then.get(account, ZERO), now.get(account, ZERO)
        if isinstance(start, MissingRateError):
            found[account] = start
        elif isinstance(end, MissingRateError):
            found[account] = end
        elif start or end:
            rerated = ledger.rerated(account, before, after) if start and end else ZERO
            found[account] = formulas.movement(start, end, ledger.has_paid(account, before), rerated)
    return found


Placed = list[tuple[int, date, Movements | MissingRateError]]


def moves(question: Question) -> Placed:
    """The movements of the period."""
    return _placed(question, question.period.eve)


def year_before(question: Question) -> date:
    """The day whose end lies twelve months before the end of the period."""
    return months_later(question.period.until, -12) - timedelta(days=1)


def moves_of_a_year(question: Question) -> Placed:
    """The movements of the twelve months up to the end of the period."""
    return _placed(question, year_before(question))


def _placed(question: Question, before: date) -> Placed:
    """Each movement with the day whose CSM, team and segment it belongs to: the last one, or the one before a loss."""
    ledger, last = question.ledger, question.period.last
    moved = moved_between(ledger, before, last)
    return [(account, ledger.last_day(account, before, last), movement) for account, movement in moved.items()]


def of_moves(part: Amount, whole: Amount = lambda m: ZERO, made: Any = moves) -> Callable[[Question], Records]:
    """The records of a KPI made of movements, an account each, those that add nothing left out."""

    def records(question: Question) -> Records:
        found = []
        for account, day, movement in question.once(made):
            if isinstance(movement, MissingRateError):
                found.append(Record(account, day, missing=str(movement)))
            elif (add := part(movement)) or whole(movement):
                found.append(Record(account, day, add, whole(movement)))
        return found

    return records


def at_start(question: Question) -> Records:
    """MRR on the eve of the period, with whom the account was then."""
    return _standing(question, question.period.eve)


def at_end(question: Question) -> Records:
    """MRR on the last day of the period, with whom the account is then, and 1 for each customer."""
    return _standing(question, question.period.last)


def _standing(question: Question, day: date) -> Records:
    return [
        Record(account, day, missing=str(mrr)) if isinstance(mrr, MissingRateError) else Record(account, day, mrr)
        for account, mrr in question.ledger.on(day).items()
    ]


def handovers(question: Question) -> Records:
    """The MRR of the start of every account: out of the scope it was in, into the one it was in last."""
    out = [r._replace(part=-r.part, whole=0) for r in question.once(at_start)]
    return out + list(question.once(CARRIED))


CARRIED = of_moves(lambda m: m.start)
LOST = of_moves(formulas.lost, lambda m: m.start)
LOST_NET = of_moves(formulas.lost_net, lambda m: m.start)
GROWN = of_moves(formulas.grown, formulas.lost)
STAYED = of_moves(formulas.stayed, lambda m: m.start, moves_of_a_year)
KEPT = of_moves(formulas.kept, lambda m: m.start, moves_of_a_year)


@kpi(
    _("MRR"),
    unit=Unit.MONEY,
    direction=HIGHER,
    records=at_end,
    grows=False,
    basis=PAYING,
    example=worked("750000", (1000, 750)),
)
def mrr(records: Records) -> Decimal | None:
    """Monthly recurring revenue: the monthly amounts of the paid terms that run on the last day of the period.

    Each in the workspace's currency at the rate of its own start.
    """
    return total(records)


@kpi(
    _("MRR at the start"),
    unit=Unit.MONEY,
    direction=HIGHER,
    records=at_start,
    grows=False,
    basis=PAID_BEFORE,
    example=worked("750000", (1000, 750)),
)
def mrr_at_start(records: Records) -> Decimal | None:
    """MRR at the end of the day before the period."""
    return total(records)


@kpi(
    _("New MRR"),
    unit=Unit.MONEY,
    direction=HIGHER,
    records=of_moves(lambda m: m.new),
    basis=MOVED,
    example=worked("80", (2, 40, 0)),
)
def new(records: Records) -> Decimal | None:
    """MRR at the end of accounts that had never paid before the period."""
    return total(records)


@kpi(
    _("Expansion MRR"),
    unit=Unit.MONEY,
    direction=HIGHER,
    records=of_moves(lambda m: m.expansion),
    basis=MOVED,
    example=worked("50", (1, 20, 0), (1, 30, 0)),
)
def expansion(records: Records) -> Decimal | None:
    """By how much more the customers of the start pay at the end, those who pay more."""
    return total(records)


@kpi(
    _("Contraction MRR"),
    unit=Unit.MONEY,
    direction=HIGHER,
    records=of_moves(lambda m: m.contraction),
    basis=MOVED,
    example=worked("-80", (2, -40, 0)),
)
def contraction(records: Records) -> Decimal | None:
    """By how much less the customers of the start pay at the end, those who pay less and stay; a negative amount.

    The end of one of several subscriptions is contraction.
    """
    return total(records)


@kpi(
    _("Churned MRR"),
    unit=Unit.MONEY,
    direction=HIGHER,
    records=of_moves(lambda m: m.churned),
    basis=MOVED,
    example=worked("-300", (3, -100, 0)),
)
def churned(records: Records) -> Decimal | None:
    """What the customers of the start paid who are none at the end; a negative amount."""
    return total(records)


@kpi(
    _("Reactivation MRR"),
    unit=Unit.MONEY,
    direction=HIGHER,
    records=of_moves(lambda m: m.reactivation),
    basis=MOVED,
    example=worked("40", (1, 40, 0)),
)
def reactivation(records: Records) -> Decimal | None:
    """MRR at the end of accounts that paid nothing at the start, but had paid before."""
    return total(records)


@kpi(
    _("Currency"),
    unit=Unit.MONEY,
    direction=None,
    records=of_moves(lambda m: m.currency),
    basis=MOVED,
    example=worked("5", (1, 8, 0), (1, -3, 0)),
)
def currency(records: Records) -> Decimal | None:
    """What other rates of exchange make of the same prices: a term is told at the rate of its start, so the next term
    of a customer may be worth more or less without another price."""
    return total(records)


@kpi(
    _("Handed over"),
    unit=Unit.MONEY,
    direction=None,
    records=handovers,
    basis=MOVED,
    example=worked("200", (1, 500, 0), (1, -300, 0)),
)
def handed_over(records: Records) -> Decimal | None:
    """MRR at the start of the accounts that came from others minus that of those that went to others, within the
    period; 0 for the whole workspace."""
    return total(records)


@kpi(
    _("Gross MRR churn"),
    unit=Unit.RATIO,
    direction=LOWER,
    records=LOST,
    nothing=NO_MRR,
    basis=moving(_("MRR lost"), START),
    example=worked("0.2", (1, 10, 10), (1, 10, 20), (1, 0, 70)),
)
def gross_mrr_churn(records: Records) -> Decimal | None:
    """(churned + contraction) ÷ MRR at the start."""
    return quotient(records)


@kpi(
    _("Net MRR churn"),
    unit=Unit.RATIO,
    direction=LOWER,
    records=LOST_NET,
    nothing=NO_MRR,
    basis=moving(_("MRR lost net"), START),
    example=worked("0.1", (1, 10, 10), (1, 10, 20), (1, -10, 70)),
)
def net_mrr_churn(records: Records) -> Decimal | None:
    """(churned + contraction − expansion − reactivation) ÷ MRR at the start; below 0 where more was won than lost."""
    return quotient(records)


@kpi(
    _("Net revenue retention, 12 months"),
    unit=Unit.RATIO,
    direction=HIGHER,
    records=STAYED,
    nothing=NO_MRR_A_YEAR_AGO,
    grows=False,
    basis=moving(_("MRR at the end"), A_YEAR_AGO, TWELVE_MONTHS),
    example=worked("1.05", (1, 120, 100), (1, 90, 100)),
)
def nrr(records: Records) -> Decimal | None:
    """MRR at the end of those who were customers twelve months before ÷ theirs then."""
    return quotient(records)


@kpi(
    _("Gross revenue retention, 12 months"),
    unit=Unit.RATIO,
    direction=HIGHER,
    records=KEPT,
    nothing=NO_MRR_A_YEAR_AGO,
    grows=False,
    basis=moving(_("MRR kept"), A_YEAR_AGO, TWELVE_MONTHS),
    example=worked("0.95", (1, 100, 100), (1, 90, 100)),
)
def grr(records: Records) -> Decimal | None:
    """Σ min(MRR at the end, MRR twelve months before) ÷ Σ MRR twelve months before, over the customers of then."""
    return quotient(records)


@kpi(
    _("ARPA"),
    unit=Unit.MONEY,
    direction=HIGHER,
    records=at_end,
    nothing=_("no customers"),
    grows=False,
    basis=PAYING,
    example=worked("750", (2, 500), (2, 1000)),
)
def arpa(records: Records) -> Decimal | None:
    """Average revenue per account: MRR ÷ customers, on the last day of the period."""
    return quotient(records)


@kpi(
    _("Quick ratio"),
    unit=Unit.TIMES,
    direction=HIGHER,
    records=GROWN,
    nothing=_("nothing was lost"),
    basis=moving(_("MRR won"), _("MRR lost")),
    example=worked("3", (2, 30, 0), (1, 0, 20)),
)
def quick_ratio(records: Records) -> Decimal | None:
    """(new + expansion + reactivation) ÷ (contraction + churned)."""
    return quotient(records)
