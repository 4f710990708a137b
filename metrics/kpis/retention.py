"""Who stayed, who left, who renewed."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from metrics.formulas import retention as formulas
from metrics.formulas.rates import wilson
from metrics.kpis.answers import Question
from metrics.kpis.sums import count, hits
from metrics.registry import Direction, Interval, Record, Records, Unit, kpi


def cohort(question: Question) -> Records:
    """The customers at the start, each with 1 if it was lost. It belongs to whom it last did: on the last day of the
    period, or on the day before its loss."""
    period, ledger = question.period, question.ledger
    found = []
    for account, spans in ledger.customers.items():
        if not any(span.start <= period.eve < span.end for span in spans):
            continue
        lost = not ledger.is_customer(account, period.last)
        found.append(Record(account, ledger.last_day(account, period.eve, period.last), part=int(lost)))
    return found


def share_interval(records: Records) -> Interval | None:
    """Wilson's 95 % interval of a share of counts."""
    return wilson(int(hits(records)), int(count(records)))


@kpi(
    _("Customer churn rate"),
    unit=Unit.RATIO,
    direction=Direction.LOWER,
    records=cohort,
    interval=share_interval,
    nothing=_("no customers at the start"),
)
def customer_churn_rate(records: Records) -> Decimal | None:
    """Of the customers at the start of the period, the share lost by its end.

    Who left and came back within the period is not lost.
    """
    return formulas.churn_rate(int(count(records)), int(hits(records)))
