"""KPIs where several scopes meet, beside those of each alone; June 2025, DAY is its last day."""

from __future__ import annotations

from typing import Any

import pytest

from metrics.kpis.answers import Question, answers
from metrics.kpis.corners import CornerBook
from metrics.kpis.parts import parts
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE, Scope
from metrics.models import PeriodKind, ScopeKind
from metrics.registry import KPIS
from tests.cast import Cast, account
from tests.kept import kept
from tests.metrics.cases import DAY, ago, term, ticket, told
from tests.metrics.kpis.asking import csm, question

pytestmark = pytest.mark.django_db


@kept
def book(cast: Cast) -> Cast:
    """Four accounts: North and South, SMB and Enterprise; one changed hands on the 15th."""
    acme = cast.acme
    places = {"n-smb": (cast.north, "SMB"), "n-ent": (cast.north, "Enterprise"), "s-smb": (cast.south, "SMB")}
    told(
        acme,
        {
            "n-smb": [term(amount=100), ticket(3, theme="a"), ticket(20, theme="a")],
            "n-ent": [term(amount=10), ticket(3, theme="b")],
            "s-smb": [term(amount=1)],
            "nobody's": [term(amount=1000)],
        },
    )
    for name, (team, segment) in places.items():
        account(acme, name).change(ago(100), team=team, segment=segment, owner=cast.alice)
    account(acme, "n-smb").change(ago(15), owner=cast.bob)
    return cast


def corner(cast: Cast, *scopes: Scope) -> Question:
    return Question(CornerBook(cast.acme, DAY, scopes), Period.of(cast.acme, PeriodKind.MONTH, DAY, DAY))


def north(cast: Cast) -> Scope:
    return Scope(ScopeKind.TEAM, str(cast.north.pk))


SMB = Scope(ScopeKind.SEGMENT, "SMB")


def test_what_lies_in_both(book: Cast):
    found = answers(corner(book, north(book), SMB))
    assert {key: found[key, WHOLE].value for key in ("revenue.mrr", "support.tickets")} == {
        "revenue.mrr": 100, "support.tickets": 2,
    }  # fmt: skip
    assert found["support.tickets", csm(book.alice)].value == 1
    assert found["support.tickets", csm(book.bob)].value == 1
    assert {scope.kind for _key, scope in found} == {ScopeKind.WORKSPACE, ScopeKind.CSM}


def test_parts_of_what_lies_in_both(book: Cast):
    found = parts(corner(book, north(book), SMB))
    assert {key: part.n for key, part in found.items() if key[0] == "tickets" and key[2] == WHOLE} == {
        ("tickets", "a", WHOLE): 2
    }


@pytest.mark.parametrize("of", [north, lambda cast: SMB, lambda cast: csm(cast.alice)], ids=["team", "segment", "csm"])
def test_one_scope_alone_is_that_scope(book: Cast, of: Any):
    """The same records, dealt another way, for every KPI there is."""
    scope = of(book)
    alone, counted = answers(corner(book, scope)), answers(question(book.acme))
    for key in KPIS:
        expected = counted.get((key, scope))
        if expected is not None:
            assert alone[key, WHOLE] == expected, key
    assert alone["revenue.mrr", WHOLE].value


def test_nothing_lies_in_two_teams(book: Cast):
    south = Scope(ScopeKind.TEAM, str(book.south.pk))
    found = answers(corner(book, north(book), south))
    assert found["revenue.mrr", WHOLE].value == 0
    assert {scope for _key, scope in found} == {WHOLE}
