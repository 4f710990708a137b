"""Arithmetic of staying and leaving (metrics.md 2): counts in, exact shares out; None is "no number"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import compress

from metrics.formulas.rates import Number, ratio

# A median lifetime says nothing before so many have left.
LEAST_LOSSES = 20


def churn_rate(customers_at_start: int, lost: int) -> Decimal | None:
    """Of the customers at the start of a period, the share lost in it."""
    return ratio(lost, customers_at_start)


def churn_rate_all_losses(customers_at_start: int, losses: int) -> Decimal | None:
    """Losses of a period, those of new customers included, ÷ customers at its start. It can pass 1."""
    return ratio(losses, customers_at_start)


def renewal_rate(renewed: Number, due: Number) -> Decimal | None:
    """Renewed ÷ decided, as customers or as money (Σ min(new, due) ÷ Σ due); the undecided are in neither."""
    return ratio(renewed, due)


def repurchase_rate(bought_again: int, due: int) -> Decimal | None:
    """Purchases whose replacement fell due and came ÷ those that fell due."""
    return ratio(bought_again, due)


def trial_conversion(begun: int, paid: int) -> Decimal | None:
    """Trials of a period that became paid ÷ trials begun, the running ones in neither."""
    return ratio(paid, begun)


def monthly_churn(losses: int, customers_at_month_starts: int) -> Decimal | None:
    """Losses of twelve months ÷ the sum of customers at the starts of these months."""
    return ratio(losses, customers_at_month_starts)


def median_lifetime(months: Sequence[Number], ended: Sequence[bool]) -> Number | None:
    """Kaplan–Meier: the first month by whose end half of the customers have left; who is still there is censored.

    Nothing with fewer than 20 losses, or where more than half stay.
    """
    if sum(ended) < LEAST_LOSSES:
        return None
    # As whole numbers, so that exactly half is half.
    staying, of, at_risk = 1, 1, len(months)
    seen, left = Counter(months), Counter(compress(months, ended))
    for moment in sorted(seen):
        if left[moment]:
            staying, of = staying * (at_risk - left[moment]), of * at_risk
        if 2 * staying <= of:
            return moment
        at_risk -= seen[moment]
    return None
