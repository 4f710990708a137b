"""The night of the large workspace with all measures: by size of the data, against DuckDB and against a loop."""

from __future__ import annotations

import argparse
from datetime import timedelta

import numpy as np
from django.conf import settings
from django.db import connection

from accounts.models import Account, Workspace
from benchmarks import company, duck, naive
from benchmarks.cpu import Meter, metered
from benchmarks.figures import Report, megabytes
from metrics.customers import scored
from metrics.nightly import run as night
from metrics.nightly.readings import read
from metrics.registry import MEASURES, AsOf, Floats

# Of different shapes: people over seats, distinct days, two windows, balances, the last state, the latest of each.
SIX = (
    "usage.active_seats",
    "usage.usage_frequency",
    "usage.usage_trend",
    "commercial.days_past_due",
    "support.open_severe",
    "sentiment.recommendation",
)
LOOPED = 200


def run(report: Report, options: argparse.Namespace) -> None:
    """Grow the workspace to a quarter, a half and all, with a night at each; then the rivals."""
    count, events = options.accounts, options.events
    report.title(
        "night", f"{count:,} accounts, {count * events:,} events over {company.DAYS} days, {len(MEASURES)} measures"
    )
    company.start_over()
    workspace = company.found(count)
    nights, made = [], 0
    for size in sorted({max(1, count // 4), max(1, count // 2), count}):
        company.grow(workspace, made, size, events)
        with metered() as filling:
            company.refill(workspace, company.DAY - timedelta(days=1))
        company.forget_nights()
        nights.append((size, _night(report, workspace, size)))
        fresh = (size - made) * events
        report.figure(f"refill of {fresh:,} events, CPU-seconds", f"{filling.ours:.1f} + {filling.database:.1f}")
        made = size
    first, last = (meter.cpu / size for size, meter in (nights[0], nights[-1]))
    report.figure("per account, all against a quarter", f"{last / first:.2f} ×", "≤ 1.15 ×", last <= 1.15 * first)
    _rivals(report, workspace, nights[-1][1])


def _night(report: Report, workspace: Workspace, size: int) -> Meter:
    """The night of DAY in one process, with the refill of its own day."""
    with metered() as meter:
        done = night.drain(night.open_run(workspace, company.DAY).pk)
    assert done.state == "published", done.state
    report.figure(
        f"night of {size:,} accounts, CPU-seconds in Python, PostgreSQL", f"{meter.ours:.1f} + {meter.database:.1f}"
    )
    report.figure("  by the clock, most memory of both", f"{meter.seconds:,.0f} s, {megabytes(meter.peak)}")
    return meter


def _rivals(report: Report, workspace: Workspace, whole: Meter) -> None:
    with metered() as who:
        shards = _customers(workspace)
    accounts = [account for as_of, _ages in shards for account in as_of.accounts]
    with metered() as ours:
        values = _six(shards)
    export = duck.export(workspace)
    with metered() as theirs:
        theirs_values = duck.six(export, accounts, company.DAY)
    export.cleanup()
    report.figure("who is a customer, CPU-seconds in Python, PostgreSQL", f"{who.ours:.1f} + {who.database:.1f}")
    report.figure("six measures, CPU-seconds in Python, PostgreSQL", f"{ours.ours:.1f} + {ours.database:.1f}")
    report.figure("six measures by DuckDB from Parquet, one thread, CPU-seconds", f"{theirs.ours:.2f}")
    report.figure(
        "six measures against DuckDB", f"{ours.cpu / theirs.ours:.1f} ×", "≤ 7 ×", ours.cpu <= 7 * theirs.ours
    )
    report.figure("the whole night against DuckDB's six", f"{whole.cpu / theirs.ours:.1f} ×")
    report.equal("the six of every account", all(_same(values[key], theirs_values[key]) for key in SIX))
    some = accounts[:: max(1, len(accounts) // LOOPED)]
    with metered() as loop:
        looped = naive.six(workspace, some, company.DAY)
    per, our_per = loop.cpu / len(some), ours.cpu / len(accounts)
    report.figure(f"six measures in a loop over {len(some)} accounts, ms of CPU each", f"{1000 * per:.1f}")
    report.figure("the loop against healthscore", f"{per / our_per:.0f} ×")
    place = np.searchsorted(accounts, some)
    report.equal("the six of those accounts", all(_same(values[key][place], looped[key]) for key in SIX))


def _customers(workspace: Workspace) -> list[tuple[AsOf, Floats]]:
    """Whose measures are asked for, and their ages, a shard at a time; the rivals are given them as well."""
    ids = list(Account.objects.of(workspace).order_by("pk").values_list("pk", flat=True))
    shards = []
    for n in range(0, len(ids), settings.SHARD_ACCOUNTS):
        customers = scored(AsOf(workspace, company.DAY, company.DAY, tuple(ids[n : n + settings.SHARD_ACCOUNTS])))
        as_of = AsOf(workspace, company.DAY, company.DAY, tuple(each.account_id for each in customers))
        shards.append((as_of, np.array([each.age for each in customers], dtype=float)))
    return shards


def _six(shards: list[tuple[AsOf, Floats]]) -> dict[str, Floats]:
    """Six measures of all customers by the product's own functions, a shard at a time."""
    parts = [read(as_of, SIX, ages) for as_of, ages in shards]
    return {key: np.concatenate([part[key] for part in parts]) for key in SIX}


def _same(ours: Floats, theirs: Floats) -> bool:
    return bool(np.allclose(ours, theirs, rtol=1e-12, atol=1e-12, equal_nan=True))


def large(options: argparse.Namespace) -> Workspace:
    """The large workspace with its last night, as `night` left it; made where it is not there."""
    workspace = Workspace.objects.filter(slug=f"large-{options.accounts}").first()
    if workspace is None or not _is_whole(workspace, options):
        print("making the large workspace", flush=True)
        company.start_over()
        workspace = company.found(options.accounts)
        company.grow(workspace, 0, options.accounts, options.events)
        company.refill(workspace, company.DAY - timedelta(days=1))
        company.forget_nights()
        night.drain(night.open_run(workspace, company.DAY).pk)
    return workspace


def _is_whole(workspace: Workspace, options: argparse.Namespace) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM metrics_standing WHERE workspace_id = %(workspace)s AND day = %(day)s) > 0"
            " AND EXISTS (SELECT FROM accounts_event WHERE workspace_id = %(workspace)s AND message_id = %(last)s)",
            {
                "workspace": workspace.pk,
                "day": company.DAY,
                "last": f"{options.accounts}-{options.events}",
            },
        )
        return bool(cursor.fetchone()[0])
