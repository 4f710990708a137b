"""Arithmetic of what a customer is worth and costs (metrics.md 2): money in and out; None is "no number"."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from metrics.formulas.rates import EXACT, Number, ratio


def lifetime(churn_per_period: Decimal | None) -> Decimal | None:
    """Periods that a customer stays: 1 ÷ churn per period; no losses: no number."""
    return ratio(1, churn_per_period) if churn_per_period else None


def clv(purchase_value: Number, purchases_per_period: Number, periods: Number | None) -> Decimal | None:
    """Average purchase value × purchases per period × lifetime in periods."""
    if periods is None:
        return None
    return EXACT.multiply(EXACT.multiply(Decimal(purchase_value), Decimal(purchases_per_period)), Decimal(periods))


def clv_subscription(
    average: Number | None, gross_margin: Number | None, churn_per_month: Number | None
) -> Decimal | None:
    """ARPA × gross margin ÷ churn per month; without a margin or without losses no number."""
    if average is None or gross_margin is None or not churn_per_month:
        return None
    return ratio(EXACT.multiply(Decimal(average), Decimal(gross_margin)), churn_per_month)


def retention_cost(programme_cost: Number, customers: int) -> Decimal | None:
    """Programme cost ÷ customers at the end."""
    return ratio(programme_cost, customers)


def retention_cost_of_mrr(programme_cost: Number, mrr: Number) -> Decimal | None:
    """Programme cost ÷ the customers' MRR."""
    return ratio(programme_cost, mrr)


def progress(baseline: Number, value: Number, target: Number) -> Decimal | None:
    """(value − baseline) ÷ (target − baseline); nothing for a goal that is where it begins."""
    return ratio(Decimal(value) - Decimal(baseline), Decimal(target) - Decimal(baseline))


def elapsed(start: date, due: date, day: date) -> Decimal:
    """The share of its time that has passed on a day, 0 to 1; a goal takes a day at least."""
    share = ratio((day - start).days, max((due - start).days, 1)) or Decimal(0)
    return min(max(share, Decimal(0)), Decimal(1))
