"""Standings: all that a row of the portfolio shows, against the snapshots it is drawn from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from metrics.models import Line, Run, ScoreSnapshot, Standing
from metrics.nightly.freshen import freshen
from metrics.nightly.run import drain, open_run, recompute
from tests.cast import night, tell
from tests.kept import kept
from tests.metrics import crowd
from tests.metrics.cases import DAY, ago, day, invoice, paid, term, told, use
from tests.metrics.steering import owing, steer

pytestmark = pytest.mark.django_db

SHARED = [
    *("version_id", "known_day", "score_units", "coverage", "unknown", "computed_band", "held_band", "across"),
    *("caps", "manual", "band", "mrr_units", "values", "points", "contributions", "cap_values"),
]


def expected(workspace, newest):
    """What each standing must say, drawn from all published snapshots, slowly."""
    shots = {}
    for shot in ScoreSnapshot.objects.of(workspace).published().order_by("day"):
        shots.setdefault(shot.account_id, {})[shot.day] = shot
    found = {}
    for account_id, by_day in shots.items():
        last = max(by_day)
        now, week = by_day[last], by_day.get(last - timedelta(days=7))
        days = [last - timedelta(days=n) for n in range(89, -1, -1)]
        other = [each for each in sorted(by_day) if by_day[each].band != now.band]
        scores = (now.score_units, week.score_units if week else None)
        found[account_id] = {
            **{name: getattr(now, name) for name in SHARED},
            "day": last,
            "is_scored": last == newest,
            "change": None if None in scores else scores[0] - scores[1],
            "band_before": week.band if week else None,
            "band_since": max(other) + timedelta(days=1) if other else min(by_day),
            "line": [by_day[each].score_units if each in by_day else None for each in days],
            "line_day": last,
            "drivers": drivers(workspace, now, week),
        }
    return found


def drivers(workspace, now, week):
    """The two largest changes in a week where one is at least 3 points, else the two lowest contributions."""
    same = week is not None and week.version_id == now.version_id
    lines = []
    for line in Line.objects.of(workspace).filter(version=now.version_id):
        n = line.position
        if now.points[n] == now.points[n]:
            before = week.values[n] if same and week.values[n] == week.values[n] else None
            change = now.contributions[n] - week.contributions[n] if same else None
            lines.append((line.measure, now.values[n], before, change, now.contributions[n], n))
    moves = [abs(a - b) for a, b in zip(now.contributions, week.contributions, strict=True)] if same else [0]
    if max(moves) >= 30_000:
        chosen = sorted((line for line in lines if line[3]), key=lambda line: (-abs(line[3]), line[5]))
    else:
        chosen = sorted(lines, key=lambda line: (line[4], line[5]))
    return [dict(zip(("measure", "now", "before", "change"), line[:4], strict=True)) for line in chosen[:2]]


def found(workspace, names):
    rows = Standing.objects.of(workspace)
    return {row.account_id: {name: getattr(row, name) for name in names} for row in rows}


def check(workspace, newest):
    wanted = expected(workspace, newest)
    names = list(next(iter(wanted.values())))
    rows = found(workspace, names)
    assert rows.keys() == wanted.keys()
    for name in names:
        pairs = {account_id: (rows[account_id][name], row[name]) for account_id, row in wanted.items()}
        assert not {account_id: pair for account_id, pair in pairs.items() if not same(*pair)}, (newest, name)


def same(value, other):
    """Equal, with nothing equal to nothing."""
    if isinstance(value, list) and len(value) == len(other):
        return all(map(same, value, other))
    return value == other or (value != value and other != other)


@kept
def crowded(acme):
    crowd.fill(acme, crowd.make(20, seed=6))
    return acme


def test_standings_follow_the_nights(crowded):
    for n in range(10, -1, -1):
        night(crowded, day(n))
        if n in (10, 5, 3, 0):
            check(crowded, day(n))
    rows = Standing.objects.of(crowded)
    assert len(set(rows.values_list("change", flat=True))) > 5
    assert len(set(rows.values_list("band_since", flat=True))) > 2
    assert set(rows.values_list("is_scored", flat=True)) == {True, False}


def test_standings_after_days_were_computed_anew(crowded):
    """A history that comes later changes scores of days long published; the lines of the portfolio follow."""
    for n in range(8, -1, -1):
        night(crowded, day(n))
    before = found(crowded, ["line"])
    names = sorted(crowd.make(20, seed=6).started)
    for name in names:
        tell(crowded, "invoices", {"account": name, **invoice(f"late-{name}", 20, 500, known_at=ago(20))[1]})
        tell(crowded, "payments", {"account": name, **paid(f"late-{name}", 3, 500, known_at=ago(3))[1]})
    recompute(crowded, day(6), day(5))
    assert Run.objects.of(crowded).get(day=day(6)).attempt == 2
    check(crowded, DAY)
    assert found(crowded, ["line"]) != before
    recompute(crowded, day(1), DAY)
    check(crowded, DAY)


def test_the_line_follows_a_day_that_changed_no_band(acme):
    """An invoice that was 50 days late until day 4, told only now: 75 instead of 80 points, all of them green."""
    steer(acme)
    told(acme, {"one": owing(40)})
    for n in range(8, -1, -1):
        night(acme, day(n))
    before = found(acme, ["line"])
    for kind, item in (invoice("late", 56, known_at=ago(6, 0)), paid("late", 4)):
        tell(acme, kind, {"account": "one", **item})
    assert recompute(acme, day(6), day(6)) == 1
    assert found(acme, ["line"]) != before
    check(acme, DAY)


def test_an_older_day_moves_no_standing(acme):
    steer(acme)
    told(acme, {"one": owing(10)})
    night(acme, DAY)
    before = found(acme, ["day", "score_units", "line_day"])
    night(acme, day(3))
    assert found(acme, ["day", "score_units", "line_day"]) == before


def test_a_standing_of_today_stays_when_last_night_is_computed_anew(acme):
    steer(acme)
    told(acme, {"one": owing(101), "two": owing(10)})
    night(acme, day(1))
    tell(acme, "events", {"account": "one", **use(0)[1]}, at=ago(0, 9))
    freshen(acme, ago(0, 9))
    before = found(acme, ["day", "score_units", "line"])
    recompute(acme, day(1), day(1))
    assert found(acme, ["day", "score_units", "line"]) == before
    assert {row["day"] for row in before.values()} == {DAY, day(1)}


def test_the_rest_of_a_row(acme):
    touch = {"id": "t1", "happened_at": ago(4), "channel": "call"}
    told(
        acme,
        {
            "renews": [term(ends=-40), term(ends=-20), ("touches", touch), invoice("i", 12)],
            "goes on": [term(id="a", subscription="s", ends=-40), use(1)],
            "open end": [term(), ("touches", touch | {"id": "t2", "direction": "outbound"})],
            "next term known": [
                term(id="b", subscription="u", ends=-40),
                *(term(id="c", subscription="u", starts=-40, ends=-90, known_at=ago(9)),),
            ],
            "trial": [
                term(amount=0, is_trial=True, ends=-9),
                ("touches", touch | {"id": "t3", "happened_at": ago(-1)}),
            ],
        },
    )
    night(acme, DAY)
    rows = {row.account.external_id: row for row in Standing.objects.of(acme)}
    assert {name: row.renews_on for name, row in rows.items()} == {
        "renews": day(-20),
        "goes on": day(-40),
        "open end": None,
        "next term known": None,
        "trial": None,
    }
    assert {name: row.last_touch_at for name, row in rows.items() if row.last_touch_at} == {"renews": ago(4)}
    assert {name: row.days_past_due for name, row in rows.items() if row.days_past_due is not None} == {"renews": 12}


def test_a_night_published_twice_says_when_it_was_restated(acme):
    steer(acme)
    told(acme, {"one": owing(10)})
    first = night(acme, DAY)
    assert first.restated_at is None
    second = drain(open_run(acme, DAY, again=True).pk)
    assert second.restated_at is not None
    assert (second.digest, second.bands_changed, first.bands_changed) == (first.digest, False, True)
    assert set(ScoreSnapshot.objects.of(acme).values_list("attempt", flat=True)) == {2}
