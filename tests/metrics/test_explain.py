"""Why A became B, over real nights: exact for every account of a crowd, split by rank, unmoved by what comes later."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, Event, Invoice
from accounts.retraction import retract
from metrics import ranks
from metrics.explain import Explanation, NotScoredError, explain
from metrics.formulas.explaining import Kind
from metrics.models import Rank, Standing
from metrics.nightly.freshen import freshen
from metrics.nightly.run import recompute
from tests.cast import night, source_of, tell
from tests.metrics import crowd
from tests.metrics.cases import DAY, ago, day, paid, term, ticket, told, use
from tests.metrics.steering import LINES, STEERED, owing, steer

pytestmark = pytest.mark.django_db
VOLUME = "usage.usage_volume"


def account_of(workspace, name):
    return Account.objects.of(workspace).select_related("workspace").get(external_id=name)


def why(workspace, name, first, last) -> Explanation:
    return explain(account_of(workspace, name), first, last)


def parts(found):
    return [(str(part.kind), part.measure, part.units) for part in found.parts]


def said(found):
    """All that is said of two days, as text."""
    return str([dataclasses.astuple(part) for part in found.parts]), found.then.units, found.now.units


# -- exact --------------------------------------------------------------------------------------------------


def test_every_account_of_a_crowd_over_four_days_and_a_new_version(acme):
    """Days apart by weeks, so that data comes and goes; before the last, another scorecard of other lines."""
    crowd.fill(acme, crowd.make(48, seed=13))
    days = [day(n) for n in (40, 20, 1)]
    for each in days:
        night(acme, each)
    lines = [*LINES[:2], (VOLUME, 3, None, None, None), ("usage.usage_frequency", 2, 4, 14, 26)]
    steer(acme, lines=lines, at=timezone.now())
    night(acme, DAY)
    kinds, compared = set(), 0
    for account in Account.objects.of(acme).select_related("workspace"):
        for first, last in combinations([*days, DAY], 2):
            try:
                found = explain(account, first, last)
            except NotScoredError:
                continue
            if found.units is None:
                assert found.parts == ()
                continue
            compared += 1
            assert sum(part.units for part in found.parts) == found.units == found.now.units - found.then.units
            assert found.split
            kinds |= {part.kind for part in found.parts}
    assert compared > 60
    assert kinds == set(Kind) - {Kind.REST, Kind.CLAMP}


def test_signed_points_and_a_scorecard_of_another_kind(acme):
    told(acme, {"one": [*owing(20), ticket(3, "urgent"), *(use(n) for n in range(9))]})
    steer(acme)
    night(acme, day(9))
    steps = {
        STEERED: [[">=", 12, -60]],
        "support.open_severe": [[">=", 1, -30]],
        "usage.usage_frequency": [[">", 0, 5]],
    }
    steer(acme, "Points", position=0, steps=steps, at=timezone.now())
    night(acme, day(5))
    night(acme, DAY)
    # 11 days overdue gave 94.5 of 100, and nothing by points; then they cost 60. Use had not been asked for.
    assert parts(why(acme, "one", day(9), day(5))) == [
        ("scorecard", "", -445_000),
        ("value", STEERED, -600_000),
        ("came", "usage.usage_frequency", 50_000),
        ("clamp", "", 50_000),
    ]
    found = why(acme, "one", day(5), DAY)
    assert sum(part.units for part in found.parts) == found.units


def test_a_line_that_ranks_is_split_into_its_own_move_and_that_of_the_others(acme):
    lines = [*LINES, (VOLUME, 1, None, None, None)]
    steer(acme, lines=lines)
    cases = {f"a{n:02}": [*owing(0), use(1, "ann", count=n + 1)] for n in range(20)}
    told(acme, cases)
    night(acme, day(1))
    # The tenth nearly doubles, to where the eighteenth was; that one and the next fall silent.
    tell(acme, "events", {"account": "a09", **use(0, "ann", count=8)[1]})
    for name in ("a17", "a18"):
        told_less(acme, name)
    night(acme, DAY)
    found = why(acme, "a09", day(1), DAY)
    own, others = found.parts
    assert (own.kind, others.kind) == (Kind.OWN, Kind.OTHERS)
    assert (own.then.points, own.now.points) == (47.5, 92.5)
    # At half of the weight: from rank 47.5 to 87.5 among those of then, and to 92.5 as they are now.
    assert (own.units, others.units) == (200_000, 25_000)
    Rank.objects.of(acme).filter(run=found.then.run).delete()
    ranks._ranks.cache_clear()
    whole = why(acme, "a09", day(1), DAY)
    assert (whole.split, parts(whole)) == (False, [("value", VOLUME, found.units)])


def told_less(workspace, name):
    """Its use is taken back."""
    messages = Event.objects.of(workspace).filter(account__external_id=name).values_list("message_id", flat=True)
    retract(workspace, source_of(workspace), list(messages), ago(0))


# -- as of --------------------------------------------------------------------------------------------------


def test_what_is_said_of_past_days_stays_said(acme):
    """Facts about those days are heard later; the ranks of the others move; a new version is published."""
    crowd.fill(acme, crowd.make(30, seed=7))
    for n in (15, 8):
        night(acme, day(n))
    name = next(
        account.external_id
        for account in Account.objects.of(acme).select_related("workspace").order_by("external_id")
        if len(_tried(account, day(15), day(8))) > 3
    )
    with CaptureQueriesContext(connection) as queries:
        before = said(why(acme, name, day(15), day(8)))
    # One finds the account.
    assert len(queries) <= 1 + 6
    late = [{"account": name, **use(n, "late", count=5)[1]} for n in range(8, 20)]
    tell(acme, "events", *late, at=ago(0))
    tell(acme, "invoices", {"account": name, "id": "late", "issued_on": day(60), "due_on": day(50), "amount": 100})
    steer(acme, at=timezone.now())
    night(acme, DAY)
    assert said(why(acme, name, day(15), day(8))) == before
    recompute(acme, day(15), day(15), known=DAY)
    assert said(why(acme, name, day(15), day(8))) != before


def _tried(account, first, last):
    try:
        return explain(account, first, last).parts
    except NotScoredError:
        return ()


# -- the ends -----------------------------------------------------------------------------------------------


def test_today_is_where_the_account_stands(acme):
    steer(acme)
    told(acme, {"one": owing(21)})
    night(acme, day(1))
    tell(acme, "payments", {"account": "one", **paid(_invoice(acme), 0)[1]}, at=ago(0))
    freshen(acme, ago(0, 13))
    found = why(acme, "one", day(1), DAY)
    assert parts(found) == [("value", STEERED, 100_000)]
    assert (found.then.units, found.now.units) == (900_000, 1_000_000)
    assert Standing.objects.of(acme).get().day == DAY


def _invoice(workspace):
    return Invoice.objects.of(workspace).get().external_id


def test_a_day_without_a_score(acme):
    steer(acme)
    told(acme, {"one": [term()], "two": owing(3)})
    night(acme, day(1))
    night(acme, DAY)
    found = why(acme, "one", day(1), DAY)
    assert (found.units, found.parts, found.then.units) == (None, (), None)
    with pytest.raises(NotScoredError, match="2025-06-25"):
        why(acme, "two", day(5), DAY)
    assert parts(why(acme, "two", DAY, DAY)) == []
