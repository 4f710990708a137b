"""How requests for help are met, by hand, for June 2025; DAY is its last day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import Ticket, TicketEvent
from metrics.registry import KPIS
from tests.cast import account
from tests.metrics.cases import ago, day, term, ticket, told
from tests.metrics.kpis.asking import ask, csm, values

pytestmark = pytest.mark.django_db
D = Decimal
TICKETS, EACH = "support.tickets", "support.tickets_per_hundred"
FIRST = ["support.first_response_mean", "support.first_response_median", "support.first_response_p90"]
DONE = ["support.resolution_mean", "support.resolution_median", "support.resolution_p90"]
FCR = "support.first_contact_resolution"


def after(days, **hours):
    """A ticket opened so many days ago, and what happened to it so many hours later."""
    moments = {f"{name}_at": ago(days) + timedelta(hours=n) for name, n in hours.items()}
    return ticket(days, **moments)


@pytest.mark.parametrize("key", [*FIRST, *DONE, FCR, EACH])
def test_no_tickets_are_no_number(acme, key):
    found = ask(acme, key)
    assert (found.value, found.n, found.reason) == (None, 0, str(KPIS[key].nothing))


def test_tickets(acme):
    told(acme, {f"c{n}": [term()] for n in range(40)} | {"one": [term(), ticket(0), ticket(29)], "trial": [ticket(3)]})
    assert values(acme, TICKETS) == [3]
    # 41 customers, the trial is none.
    assert values(acme, EACH) == [pytest.approx(D(300) / 41)]
    assert values(acme, EACH, on=day(40)) == [0]


def test_the_first_response(acme):
    told(
        acme,
        {
            "one": [after(9, replied=1), after(9, replied=2, solved=3), after(9, solved=6), after(8, closed=11)],
            # Not answered: from June 30, 00:00 to its end.
            "two": [ticket(0, opened_at=ago(0, hour=0)), ticket(31)],
        },
    )
    # 1, 2, 6, 11, 24 hours; 90 %: 0.9 × 4 = 3.6, so 11 + 0.6 × 13.
    assert values(acme, *FIRST) == [D("8.8"), 6, D("18.8")]
    assert ask(acme, FIRST[0]).n == 5


def test_one_ticket_is_all_three(acme):
    told(acme, {"one": [after(9, replied=1, solved=7)]})
    assert values(acme, *FIRST, *DONE) == [1, 1, 1, 7, 7, 7]


def test_answered_at_once_is_no_wait(acme):
    told(acme, {"one": [after(9, replied=0, solved=0)]})
    assert values(acme, *FIRST, *DONE) == [0] * 6


def test_the_resolution(acme):
    told(
        acme,
        {
            # First solved counts, whatever became of it.
            "one": [after(9, solved=10, reopened=30, closed=50), after(9, replied=1, closed=40)],
            "two": [ticket(0, opened_at=ago(0, hour=0))],
        },
    )
    assert values(acme, *DONE) == [pytest.approx(D(74) / 3), 24, D("36.8")]
    assert values(acme, DONE[0], known=day(-1)) == [pytest.approx(D(98) / 3)]


def test_hours_pass_also_when_the_clocks_change(acme):
    """On March 30, 2025 Madrid skips the hour from 2 to 3: from noon to noon are 23 hours."""
    told(acme, {"one": [ticket(93, replied_at=ago(92))]})
    assert ago(92) - ago(93) == timedelta(hours=23)
    assert values(acme, FIRST[0], on=day(100)) == [23]


def turn(workspace, fact, days, kind, by_customer=False):
    """One thing that happened to a ticket, which no field of a ticket tells."""
    (opened,) = Ticket.objects.of(workspace).filter(external_id=fact[1]["id"])
    common = {"workspace": workspace, "source_id": opened.source_id, "account_id": opened.account_id}
    number = TicketEvent.objects.of(workspace).count()
    told_at = {"occurred_at": ago(days), "known_at": ago(days), "digest": opened.digest}
    more = {"ticket": opened.external_id, "kind": kind, "by_customer": by_customer, "external_id": f"turn {number}"}
    TicketEvent.unscoped.create(**common, **told_at, **more)


def test_solved_with_one_contact(acme):
    week = 24 * 7
    cases = {
        "at once": after(20, replied=1, solved=2),
        "closed": after(20, closed=2),
        "reopened": after(20, solved=2, reopened=2 + week),
        "reopened later": after(20, solved=2, reopened=3 + week),
        "wrote again": after(20, replied=1, solved=90),
        "changed hands": after(20, solved=90),
        "in one hand": after(20, solved=90),
        "wrote afterwards": after(20, solved=2),
        "opened in may": after(40, solved=24 * 15),
        "open": ticket(20),
        "solved in may": after(40, solved=1),
        # Solved on June 24: its 7 days still run.
        "pending": after(6, solved=1),
        "pending but reopened": after(6, solved=1, reopened=5),
    }
    told(acme, {name: [fact] for name, fact in cases.items()})
    turn(acme, cases["wrote again"], 19, "replied", by_customer=True)
    turn(acme, cases["wrote afterwards"], 18, "replied", by_customer=True)
    for days in (19.5, 19):
        turn(acme, cases["changed hands"], days, "assigned")
    turn(acme, cases["in one hand"], 19, "assigned")
    found = ask(acme, FCR)
    # Yes: at once, closed, reopened later, in one hand, wrote afterwards, opened in May. No: reopened (twice), wrote
    # again, changed hands.
    assert (found.part, found.whole, found.value) == (6, 10, D("0.6"))
    assert (ask(acme, FCR, known=day(-7)).part, ask(acme, FCR, known=day(-7)).whole) == (7, 11)


def test_the_borders_of_march(acme):
    moments = [(2, 28, 22, 59), (2, 28, 23, 0), (3, 31, 21, 59), (3, 31, 22, 0)]
    told(acme, {"one": [ticket(0, opened_at=datetime(2025, *moment, tzinfo=UTC)) for moment in moments]})
    assert [values(acme, TICKETS, on=day(days)) for days in (130, 100, 80)] == [[1], [2], [1]]


def test_what_is_heard_late(acme):
    told(acme, {"one": [ticket(9), ticket(9, known_at=ago(-2))]})
    assert values(acme, TICKETS) == [1]
    assert values(acme, TICKETS, known=day(-2)) == [2]


def test_whose_a_ticket_is(acme, alice, bob):
    told(acme, {"one": [after(20, solved=1), after(5, replied=1), after(16, solved=24 * 3)], "two": [term()]})
    account(acme, "one").change(ago(100), owner=alice)
    account(acme, "one").change(ago(15), owner=bob)
    assert [values(acme, TICKETS, scope=csm(member)) for member in (alice, bob)] == [[2], [1]]
    # The third was solved on Bob's watch.
    assert [ask(acme, FCR, csm(member)).whole for member in (alice, bob)] == [1, 1]


def test_a_month_that_still_runs(acme):
    told(acme, {"one": [ticket(9), ticket(8), ticket(7)]})
    assert values(acme, TICKETS, on=day(8), known=day(8)) == [2]
