"""How trials become customers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from metrics.formulas import retention as formulas
from metrics.kpis.answers import Question
from metrics.kpis.ledger import FOREVER, Term
from metrics.kpis.retention import share_interval
from metrics.kpis.sums import count, hits, total
from metrics.registry import Basis, Direction, Record, Records, Side, Unit, kpi, worked

# So long after its trial may a customer still decide.
GRACE = timedelta(days=14)
RUNNING = Basis(_("trial"), Side(_("trials not decided")), None, ("subscriptions",))
TRIALS = Basis(_("trial"), Side(_("became paid")), Side(_("trials decided")), ("subscriptions",))


def begun(question: Question) -> Iterator[tuple[bool, Record]]:
    """The first trial of each account, where it began in the period: whether it is decided, and 1 where it became
    paid."""
    period, ledger = question.period, question.ledger
    for account, terms in ledger.terms.items():
        first = next((term for term in terms if term.is_trial), None)
        if first is None or not period.start <= first.start < period.until:
            continue
        last = FOREVER if first.end == FOREVER else first.end + GRACE
        paid = any(_follows(first, term) and term.start <= last for term in ledger.paid.get(account, ()))
        yield paid or last < question.book.known, Record(account, first.start, int(paid), fact=first.fact)


def trials(question: Question) -> Records:
    """Those that are decided."""
    return [record for is_decided, record in begun(question) if is_decided]


def running(question: Question) -> Records:
    """Those that are not decided yet."""
    return [record._replace(part=1, whole=0) for is_decided, record in begun(question) if not is_decided]


def _follows(trial: Term, term: Term) -> bool:
    return term.start >= trial.start


@kpi(
    _("Trial conversion"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    records=trials,
    settles=True,
    nothing=_("no trial that began in the period is decided"),
    interval=share_interval,
    basis=TRIALS,
    example=worked("0.2", (40, 1), (160, 0)),
)
def trial_conversion(records: Records) -> Decimal | None:
    """Of the trials begun in the period, those that became paid within the trial's length and 14 days ÷ those decided:
    paid, or that time is over."""
    return formulas.trial_conversion(int(count(records)), int(hits(records)))


@kpi(
    _("Running trials"),
    unit=Unit.COUNT,
    direction=None,
    records=running,
    settles=True,
    basis=RUNNING,
    example=worked("5", (5, 1, 0)),
)
def running_trials(records: Records) -> Decimal | None:
    """Trials begun in the period that have not become paid and still may: they are in no trial conversion yet."""
    return total(records)
