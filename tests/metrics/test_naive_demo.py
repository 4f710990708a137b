"""Every measure of every account of the demo, against plain Python that reads fact by fact.

`make test` does it for a few accounts, `make faults` for all 400 on 20 days; `-s` prints how many values were equal.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, timedelta
from math import isclose

import pytest
from django.utils import timezone

from accounts.models import Account
from healthscore.demo.company import COMPANIES, KOPI, NORTHWIND, WINDOW
from healthscore.demo.facts import Plan
from healthscore.demo.tenants import make_surroundings, make_tenant
from healthscore.demo.write import write
from metrics.evidence import evidence
from metrics.registry import MEASURES
from tests.metrics import naive_money, naive_people
from tests.metrics.cases import read_all, whom
from tests.metrics.naive import NAIVE, values_of
from tests.metrics.recount import recount
from tests.metrics.retold import retold
from tests.metrics.witness import Heard, Witness

pytestmark = pytest.mark.django_db

# Days before the last one: both its ends, month's ends, a change of the clocks, and the time of the young.
BACK = (0, 1, 2, 6, 14, 28, 29, 45, 60, 91, 120, 150, 180, 210, 245, 300, 364, 420, 480, 540)


def compare(company, length, back, shown):
    """How many values were compared: each measure of each account that is scored on each of the days. Of so many of
    these the records behind them give them again."""
    workspace, source = make_tenant(company)
    last = workspace.last_finished_day(timezone.now())
    first = last - timedelta(days=length)
    make_surroundings(company, source, first, last)
    write(source, Plan(company, first.toordinal(), last.toordinal()), first.toordinal(), last.toordinal(), print)
    assert naive_money and naive_people
    assert NAIVE.keys() == MEASURES.keys()
    crowd = retold(workspace)
    heard, count = Heard(crowd), 0
    for day in (last - timedelta(days=n) for n in back):
        count += _compare_day(workspace, Witness(crowd, day, heard), day, shown)
    return count


def _compare_day(workspace, witness, day: date, shown):
    expected = {name: values_of(witness, name) for name in witness.scored()}
    found = read_all(workspace, list(MEASURES), on=day)
    assert found.keys() == expected.keys()
    pairs = {(name, key): (found[name][key], row[key]) for name, row in expected.items() for key in MEASURES}
    assert not {place: pair for place, pair in pairs.items() if not same(*pair)}, day
    for (name, key), again in _recounted(workspace, day, shown):
        assert same(again, found[name][key]), (name, key, day)
    return len(pairs)


def _recounted(workspace, day: date, shown):
    _customers, everyone = whom(workspace, day)
    names = dict(Account.objects.of(workspace).values_list("pk", "external_id"))
    for account in everyone.accounts[:shown]:
        for key, measure in MEASURES.items():
            yield (names[account], key), recount(evidence(measure, replace(everyone, accounts=(account,))))


def same(value, expected):
    if None in (value, expected):
        return value is expected
    return isclose(value, expected, rel_tol=1e-12, abs_tol=1e-12)


@pytest.mark.parametrize("company", [replace(NORTHWIND, accounts=10), replace(KOPI, accounts=8)], ids=lambda c: c.slug)
def test_a_little_of_the_demo(company):
    assert compare(company, 119, (0, 30, 75), shown=1) > 500


@pytest.mark.faults
@pytest.mark.parametrize("company", COMPANIES, ids=lambda company: company.slug)
def test_the_whole_demo_on_twenty_days(company):
    assert len(BACK) == 20
    count = compare(company, WINDOW, BACK, shown=12)
    sys.stdout.write(f"{company.name}: {count:,} values of {len(MEASURES)} measures on {len(BACK)} days, all equal\n")
    assert count > len(MEASURES) * 20 * company.accounts / 2
