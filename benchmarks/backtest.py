"""A back-test of 24 days × the accounts of the large workspace, by two workers; then the same judgement once more."""

from __future__ import annotations

import argparse
from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from accounts.models import Workspace
from benchmarks import company
from benchmarks.cpu import metered
from benchmarks.figures import Report
from benchmarks.night import large
from metrics.backtest.run import again, begin
from metrics.management.commands.backtest import together
from metrics.models import Backtest, BacktestDay, ScorecardVersion

AIM, SIZE, DAYS, WORKERS = 60, 10_000, 24, 2


def run(report: Report, options: argparse.Namespace) -> None:
    """Twenty-four days, as close as the facts of 400 days allow; as many read as for so many month ends."""
    workspace = large(options)
    report.title("backtest", f"{options.accounts:,} accounts, {DAYS} days, {WORKERS} workers")
    backtest = _cut(workspace)
    with metered() as meter:
        done = together(backtest.pk, WORKERS)
    assert done.state in {Backtest.State.DONE, Backtest.State.REFUSED}, done.error
    aim = {"aim": f"≤ {AIM} s of {SIZE:,}", "met": meter.seconds <= AIM} if options.accounts == SIZE else {}
    report.figure(
        f"{done.result['rows']:,} pairs, {done.result['churned']:,} left, by the clock", f"{meter.seconds:.0f} s", **aim
    )
    report.figure("  CPU-seconds in Python, PostgreSQL", f"{meter.ours:.1f} + {meter.database:.1f}")
    read = BacktestDay.objects.of(workspace).filter(backtest=done).aggregate(all=Sum("seconds"))["all"]
    report.figure("  of all workers, reading days", f"{read:.0f} s")
    with metered() as meter:
        _said, same = again(done)
    report.figure("judging once more from what is stored", f"{meter.seconds:.0f} s")
    report.equal("both judgements, to the byte", same)


def _cut(workspace: Workspace) -> Backtest:
    """A back-test that is to read 24 days, 11 apart, the last with its whole horizon before the end of the facts."""
    version = ScorecardVersion.objects.of(workspace).select_related("workspace", "scorecard").latest("number")
    backtest = begin(version, timezone.now())
    last = company.DAY - timedelta(days=backtest.lag + backtest.horizon)
    days = [last - timedelta(days=11 * n) for n in range(DAYS)]
    BacktestDay.unscoped.bulk_create(BacktestDay(workspace=workspace, backtest=backtest, day=day) for day in days)
    backtest.ended_on, backtest.state = company.DAY, Backtest.State.READING
    backtest.save()
    return backtest
