"""The demo is a pure function of (seed, company, account, day)."""

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from hashlib import sha256

import msgspec
import numpy as np
import pytest
from django.conf import settings

from accounts.kinds import KINDS
from healthscore.demo.calendar import day_of, midnight
from healthscore.demo.company import COMPANIES, KOPI, NORTHWIND, WINDOW
from healthscore.demo.facts import Plan
from healthscore.demo.usage import usage
from metrics.formulas.scoring import points_linear
from metrics.formulas.weighting import Table, suggest
from metrics.registry import MEASURES

LAST = date(2026, 11, 21).toordinal()
ORIGIN = LAST - WINDOW + 1
SMALL = replace(NORTHWIND, accounts=30)


def told(plan: Plan, first: int, last: int) -> list[bytes]:
    """Every item of the days as bytes, in one order."""
    rows = [(day, kind, item) for day, kind, item in plan.facts(first, last)]
    rows += [(day, "accounts", item) for day, item in plan.changes(first, last)]
    rows += [(day, "events", item) for day in range(first, last + 1) for item in plan.usage(day)]
    return sorted(msgspec.json.encode(row) for row in rows)


@pytest.mark.parametrize("company", [SMALL, replace(KOPI, accounts=30)])
@pytest.mark.parametrize("ago", [0, 1, 2, 9, 30, 31, 200, 301, 400])
def test_three_days_later_is_what_a_fresh_start_would_have_told(company, ago):
    then = LAST - ago - 3
    since = then - 40
    earlier = told(Plan(company, ORIGIN, then), since, then)
    added = told(Plan(company, ORIGIN, then + 3), then + 1, then + 3)
    fresh = told(Plan(company, ORIGIN, then + 3), since, then + 3)
    assert added
    assert Counter(earlier) + Counter(added) == Counter(fresh)


def test_a_bill_of_today_may_look_a_month_ahead():
    """What becomes of an account in the next weeks does not change when they have passed."""
    far = Plan(NORTHWIND, ORIGIN, LAST)
    for then in range(LAST - 360, LAST - 60, 60):
        near = Plan(NORTHWIND, ORIGIN, then)
        for life, later in zip(near.lives, far.lives, strict=False):
            assert [life.state(then + n) for n in range(31)] == [later.state(then + n) for n in range(31)]


def digest() -> str:
    plan = Plan(SMALL, ORIGIN, LAST)
    return sha256(b"\n".join(told(plan, LAST - 20, LAST))).hexdigest()


def test_another_process_tells_the_same():
    here = digest()
    code = "import runpy, sys, django; django.setup(); print(runpy.run_path(sys.argv[1])['digest']())"
    there = subprocess.run(
        [sys.executable, "-c", code, __file__],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": "."},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == here


def test_another_account_number_is_another_story():
    a, b = Plan(SMALL, ORIGIN, LAST).lives[10:12]
    assert a.account.name != b.account.name
    assert [c.begin for c in a.chapters] != [c.begin for c in b.chapters]


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    return [Plan(company, ORIGIN, LAST) for company in COMPANIES]


@pytest.fixture(scope="module")
def facts(plans):
    return [list(plan.facts(ORIGIN, LAST)) for plan in plans]


def test_size_of_the_cast(plans):
    assert [len(plan.lives) for plan in plans] == [300, 100]
    assert sum(len(company.teams) for company in COMPANIES) == 3
    assert sum(len(company.csms) for company in COMPANIES) == 8
    for plan in plans:
        assert len({life.account.name for life in plan.lives}) == len(plan.lives)
        assert len({life.account.id for life in plan.lives}) == len(plan.lives)
        assert all(life.account.id.isascii() for life in plan.lives)


def test_every_kind_is_told_and_every_item_by_its_day(plans, facts):
    for plan, rows in zip(plans, facts, strict=True):
        assert {kind for _, kind, _ in rows} == {name for name in KINDS if not KINDS[name].of_workspace} - {"accounts"}
        zone = plan.company.zone
        for day, kind, item in rows:
            assert ORIGIN <= day <= LAST
            for name in item.__struct_fields__:
                value = getattr(item, name)
                if name.endswith("_at") and value is not None:
                    assert value < midnight(zone, day + 1), (kind, item)
            if kind == "events":
                assert day_of(zone, item.occurred_at) == day


def test_ids_name_one_thing(plans, facts):
    for plan, rows in zip(plans, facts, strict=True):
        events = [item.message_id for _, kind, item in rows if kind == "events"]
        events += [item.message_id for day in range(LAST - 30, LAST + 1) for item in plan.usage(day)]
        assert len(set(events)) == len(events)
        whose: dict[tuple[str, str], str] = {}
        for _, kind, item in rows:
            if kind != "events":
                assert whose.setdefault((kind, item.id), item.account) == item.account


def test_a_version_is_known_after_the_one_before(facts):
    """Corrections come in order, and none repeats the version before."""
    for rows in facts:
        last: dict[tuple[str, str], object] = {}
        for day, kind, item in sorted(rows, key=lambda row: row[0]):
            if kind in {"events", "tickets"}:
                continue
            before = last.get((kind, item.id))
            if before is not None:
                assert item.known_at, (kind, item)
                assert before[0] <= day
                assert not before[1].known_at or before[1].known_at < item.known_at, (kind, item)
                assert replace_known(before[1]) != replace_known(item), (kind, item)
            last[kind, item.id] = (day, item)


def replace_known(item):
    return msgspec.structs.replace(item, known_at=None)


def test_churn_is_a_little_over_one_percent_a_month(plans):
    lost = customers = 0
    for plan in plans:
        for month in range(18):
            first, after = ORIGIN + 30 * month, ORIGIN + 30 * (month + 1)
            at_start = [life for life in plan.lives if (stay := life.stay(first)) and stay.paid_from <= first]
            customers += len(at_start)
            lost += sum(life.stay(after) is None for life in at_start)
    assert 0.009 < lost / customers < 0.016


def test_events_stay_within_what_a_first_start_can_take(plans, facts):
    use = sum(1 for plan in plans for day in range(LAST - 27, LAST + 1) for _ in plan.usage(day))
    mails = sum(1 for rows in facts for _, kind, _ in rows if kind == "events")
    assert use / 28 * WINDOW + mails < 650_000


def test_the_champion_leaves_then_use_falls_then_a_bill_is_late_then_notice_then_churn():
    plan = Plan(NORTHWIND, ORIGIN, LAST + 120)
    life, people = plan.lives[0], plan.people[0]
    assert life.account.name == "Nordlys Freight"
    left, notice = (next(m.day for m in life.moments if m.what == what) for what in ("champion_leaves", "notice"))
    churn = life.stays[0].end
    assert left < LAST < notice < churn
    assert people.at(0, left - 1) is not None
    assert people.at(0, left) is None

    def use(first: int) -> int:
        return sum(item.count for day in range(first, first + 28) for item in usage(life, people, day))

    assert use(left - 28) > 2 * use(left + 28) > 4 * use(churn - 28)
    rows = [(kind, item) for _, kind, item in plan.facts(ORIGIN, LAST + 120) if item.account == life.account.id]
    due = {item.id: item.due_on for kind, item in rows if kind == "invoices"}
    paid = [(due[item.invoice], item.paid_on) for kind, item in rows if kind == "payments" and item.invoice in due]
    before = [(paid_on - due_on).days for due_on, paid_on in paid if due_on.toordinal() < left]
    after = [(paid_on - due_on).days for due_on, paid_on in paid if due_on.toordinal() > left + 30]
    assert max(before) < 10 < max(after)


@pytest.mark.parametrize("ago", [0, 30, 100, 200, 300])
def test_on_every_day_some_stories_are_fresh(plans, ago):
    day = LAST - ago
    running = Counter(c.story for plan in plans for life in plan.lives for c in life.chapters if c.begin <= day < c.end)
    for story in ("champion_leaves", "onboarding_sticks", "quiet_contraction", "advocate", "support_crisis"):
        assert running[story], story
    quiet = sum(1 for plan in plans for life in plan.lives if life.stay(day)) - sum(running.values())
    assert quiet > 80


def test_the_known_cause_of_churn_is_what_past_churn_suggests(plans):
    """docs/demo.md: who leaves had complained and was not answered, and used it less; late bills come to all alike."""
    lines = {"complaints.unresolved_complaints": 7, "usage.active_seats": 10, "commercial.days_past_due": 9}
    rows = [row for plan in plans for life in plan.lives for row in rows_of(life)]
    seen, churned, accounts, days = (np.array(column) for column in zip(*rows, strict=True))
    scale = [(MEASURES[key].worst, MEASURES[key].neutral, MEASURES[key].best) for key in lines]
    points = np.column_stack([points_linear(seen[:, n], *each) for n, each in enumerate(scale)])
    groups = [MEASURES[key].group for key in lines]
    found = suggest(Table(points, churned, accounts, days), np.array([float(w) for w in lines.values()]), groups)
    complaints, use, late = found.weights / found.weights.sum()
    assert complaints > 0.45
    assert use > 0.2
    assert late < 0.05


def rows_of(life):
    """Open complaints, share of seats in use, days late; whether it left in the horizon; account and day."""
    for day in range(ORIGIN + 60, LAST - 104, 30):
        stay, state = life.stay(day), life.state(day)
        if stay is None or stay.paid_from > day - 28:
            continue
        notices = [m.day for m in life.moments if m.what == "notice" and stay.begin <= m.day < stay.end]
        leaves = min([stay.end, *notices])
        if leaves <= day + 14:
            continue
        said = [m for m in life.moments if m.what == "complaint" and stay.begin <= m.day <= day]
        done = {m.chapter for m in life.moments if m.what == "resolve" and m.day <= day}
        seen = (len([m for m in said if m.chapter not in done]), state.people / life.seats(day), max(0.0, state.late))
        yield seen, leaves <= day + 104, life.account.number + 1000 * len(life.account.company.slug), day
