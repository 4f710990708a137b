"""What moved a book: exact over real nights, with another version between them, against each account by itself."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Account, Membership
from accounts.places import put
from metrics.book_moves import CLAMP, SCORECARD, Book, night_of
from metrics.explain import NotScoredError, explain
from metrics.kpis.places import WHOLE, Scope
from metrics.models import ScopeKind, ScoreSnapshot
from metrics.scorecards import load_cards
from tests.cast import NOW, night
from tests.metrics import crowd
from tests.metrics.cases import DAY, day
from tests.metrics.steering import LINES, steer

pytestmark = pytest.mark.django_db
VOLUME = "usage.usage_volume"


@pytest.fixture
def book(acme, alice):
    """A crowd over two nights; some are Alice's."""
    crowd.fill(acme, crowd.make(30, seed=5))
    ids = Account.objects.of(acme).order_by("pk").values_list("pk", flat=True)[:12]
    put(acme, "owner", dict.fromkeys(ids, str(alice.pk)), NOW - timedelta(days=1))
    night(acme, day(20))
    return acme


def snapshots(workspace, of):
    rows = ScoreSnapshot.objects.of(workspace).published().filter(day=of).exclude(score_units=None)
    return {row.account_id: row for row in rows.select_related("version__scorecard")}


def by_hand(workspace, first, last):
    """Per measure, from the rows one by one; for those of one version."""
    net, moved = Counter(), Counter()
    then, now = snapshots(workspace, first), snapshots(workspace, last)
    for account in then.keys() & now.keys():
        (card,) = load_cards(workspace, [now[account].version])
        for line, a, b in zip(card.lines, then[account].contributions, now[account].contributions, strict=True):
            net[line.measure] += b - a
            moved[line.measure] += a != b
    return net, moved, sum(now[a].score_units - then[a].score_units for a in then.keys() & now.keys())


def test_one_version_is_the_sum_of_all_contributions(book):
    night(book, DAY)
    found = Book(book, night_of(book, day(20)), night_of(book, DAY)).moves()
    net, moved, difference = by_hand(book, day(20), DAY)
    assert found.after - found.before == difference
    assert found.accounts > 3
    assert {key: row.net for key, row in found.rows.items() if row.net or row.accounts} == {
        key: units for key, units in net.items() if units or moved[key]
    }
    assert {key: row.accounts for key, row in found.rows.items() if row.accounts} == +moved
    assert not {SCORECARD, CLAMP} & found.rows.keys()


@pytest.mark.parametrize("kind", ["weighted", "points"])
def test_another_version_is_a_row_of_its_own_and_it_adds_up(book, kind):
    lines = [*LINES[:2], (VOLUME, 3, None, None, None), ("usage.usage_frequency", 2, 4, 14, 26)]
    steps = {
        "usage.usage_frequency": [[">=", 1, 60]],
        "commercial.days_past_due": [[">=", 0, 5]],
        VOLUME: [[">", 0, 9]],
    }
    steer(book, lines=lines, steps=steps if kind == "points" else None, at=timezone.now())
    night(book, DAY)
    found = Book(book, night_of(book, day(20)), night_of(book, DAY)).moves()
    assert sum(row.net for row in found.rows.values()) == found.after - found.before
    told = Counter()
    for account in Account.objects.of(book).select_related("workspace"):
        try:
            parts = explain(account, day(20), DAY).parts
        except NotScoredError:
            continue
        for part in parts:
            told[str(part.kind)] += part.units
    assert found.of(SCORECARD).net == told["scorecard"] != 0
    assert found.rows[CLAMP].net == told["clamp"] if CLAMP in found.rows else not told["clamp"]
    most = Book(book, night_of(book, day(20)), night_of(book, DAY)).most(SCORECARD, 50)
    assert [abs(each.change) for each in most] == sorted((abs(each.change) for each in most), reverse=True)
    assert len(most) == found.rows[SCORECARD].accounts


def test_a_scope_and_the_accounts_that_moved_most(book, alice: Membership):
    night(book, DAY)
    nights = night_of(book, day(20)), night_of(book, DAY)
    whole, hers = Book(book, *nights).moves(), Book(book, *nights, (WHOLE, Scope(ScopeKind.CSM, str(alice.pk)))).moves()
    assert 0 < hers.accounts < whole.accounts
    measure = max(whole.rows.values(), key=lambda row: row.accounts).key
    most = Book(book, *nights).most(measure, 1000)
    assert sum(each.change for each in most) == whole.rows[measure].net
    assert len(most) == whole.rows[measure].accounts


def test_the_night_of_a_day_without_one(book):
    assert night_of(book, DAY).day == day(20)
    assert night_of(book, day(30), earliest=True).day == day(20)
    assert night_of(book, day(30)) is None
