"""Arithmetic of support (metrics.md 2): tickets in, exact shares and hours out; None is "no number"."""

from __future__ import annotations

from decimal import Decimal

from metrics.formulas.rates import ratio


def first_contact_resolution(on_first_contact: int, resolved: int) -> Decimal | None:
    """Tickets resolved with one contact and not reopened in 7 days ÷ tickets resolved; those whose 7 days still run
    are in neither."""
    return ratio(on_first_contact, resolved)


def per_hundred(tickets: int, customers: int) -> Decimal | None:
    """Tickets per 100 customers."""
    return ratio(100 * tickets, customers)
