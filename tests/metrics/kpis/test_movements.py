"""start + Σ movements = end, to the cent: for books by chance, whatever they hold."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from metrics.formulas.revenue import Movements
from metrics.kpis.ledger import FOREVER, Ledger, Term
from metrics.kpis.revenue import moved_between

FIRST = date(2024, 1, 1)
RATES = {"EUR": Decimal(1), "USD": Decimal("0.9137"), "GBP": Decimal("1.1719")}
cents = st.integers(0, 500_000).map(lambda n: Decimal(n) / 100)
days = st.integers(0, 500).map(lambda n: FIRST + timedelta(days=n))


@st.composite
def terms(draw):
    start, native, currency = draw(days), draw(cents), draw(st.sampled_from(sorted(RATES)))
    end = draw(st.just(FOREVER) | st.integers(0, 400).map(lambda n: start + timedelta(days=n)))
    # Another rate for each month in which a term may begin.
    percent = 100 + (start.month if currency != "EUR" else 0)
    worth = (native * RATES[currency] * percent / 100).quantize(Decimal("0.01"))
    return Term(start, end, native, currency, worth, draw(st.booleans()) and draw(st.booleans()), "", "")


def ledger_of(book, gap):
    """A ledger of these terms, without a database."""
    ledger = Ledger(Workspace(currency="EUR", churn_gap_days=gap), FIRST + timedelta(days=600))
    ledger.__dict__["terms"] = {n: sorted(own, key=lambda term: term.start) for n, own in enumerate(book)}
    return ledger


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(terms(), max_size=6), max_size=5), days, st.integers(1, 370), st.integers(0, 40))
def test_start_and_movements_make_the_end(book, before, length, gap):
    ledger, after = ledger_of(book, gap), before + timedelta(days=length)
    moves = moved_between(ledger, before, after)
    for account in range(len(book)):
        move = moves.get(account, Movements())
        assert isinstance(move, Movements)
        between = move.new + move.expansion + move.contraction + move.churned + move.reactivation + move.currency
        assert (move.start, move.start + between) == (ledger.mrr(account, before), ledger.mrr(account, after))
        assert min(move.new, move.expansion, move.reactivation) >= 0 >= max(move.contraction, move.churned)
