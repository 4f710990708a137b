"""All KPIs of a month of the large workspace, against a loop; then the team page through gunicorn with 4 clients."""

from __future__ import annotations

import argparse
from datetime import date

from django.urls import reverse

from accounts.models import Membership, Workspace
from benchmarks import naive_kpis
from benchmarks.cpu import metered
from benchmarks.figures import Report, megabytes
from benchmarks.night import large
from benchmarks.portfolio import CLIENTS, cookie_of
from benchmarks.web import HOST, send, serving
from metrics.kpis.answers import Answer, Book, Question, answers
from metrics.kpis.periods import Period
from metrics.kpis.places import Scope
from metrics.models import PeriodKind, Run, ScopeKind
from metrics.nightly import kpis
from metrics.registry import KPIS

AIM, AIM_PAGE, SIZE = 20, 80, 100_000
VISITORS, REQUESTS, FIRST = 20, 400, 40
# Of the periods that the first count sets down, so many are there when the page is asked for.
COUNTED = 30


def run(report: Report, options: argparse.Namespace) -> None:
    """The last whole month, of every scope; the same of one CSM in a loop; the page."""
    workspace = large(options)
    day = Run.objects.of(workspace).published().latest("day").day
    period = Period.of(workspace, PeriodKind.MONTH, day, day).moved(-1)
    csms = list(Membership.objects.of(workspace).select_related("user").order_by("pk"))
    report.title("kpis", f"{options.accounts:,} accounts, {len(csms)} CSMs, {period.start} to {period.last}")
    with metered() as meter:
        found = answers(Question(Book(workspace, day), period))
    aim = {"aim": f"≤ {AIM} of {SIZE:,}", "met": meter.cpu <= AIM} if options.accounts >= SIZE else {}
    report.figure(
        f"{len(KPIS)} KPIs, {len(found):,} values, CPU-seconds in Python, PostgreSQL",
        f"{meter.ours:.1f} + {meter.database:.1f}",
        **aim,
    )
    report.figure("  by the clock, most memory of both", f"{meter.seconds:,.0f} s, {megabytes(meter.peak)}")
    _loop(report, csms[0], period, day, found, meter.cpu / options.accounts)
    _page(report, workspace, csms[:VISITORS])


def _loop(
    report: Report, csm: Membership, period: Period, day: date, found: dict[tuple[str, Scope], Answer], each: float
) -> None:
    """Six of the KPIs of one CSM, account by account."""
    scope = Scope(ScopeKind.CSM, str(csm.pk))
    with metered() as meter:
        size, looped = naive_kpis.six(csm, period.start, period.until, day)
    report.figure(
        f"{len(looped)} KPIs in a loop over {size} accounts, ms of CPU each", f"{1000 * meter.cpu / size:.1f}"
    )
    report.figure("  the loop against all KPIs of all accounts", f"{meter.cpu / size / each:.0f} ×")
    same = all(found[key, scope].value == value for key, value in looped.items())
    report.equal("the six KPIs of that CSM", same)


def _page(report: Report, workspace: Workspace, visitors: list[Membership]) -> None:
    with metered() as meter:
        counted = sum(kpis.count(workspace, seconds=0) for _ in range(COUNTED))
    report.figure(f"counting and storing {counted} periods, CPU-seconds", f"{meter.ours:.1f} + {meter.database:.1f}")
    path = reverse("team", args=[workspace.slug])
    cookies = [cookie_of(member) for member in visitors]
    visits = [("GET", path, {"Cookie": cookies[n % len(cookies)], "Host": HOST}, b"") for n in range(REQUESTS)]
    with serving() as server:
        send(server, CLIENTS, visits[:FIRST])
        with metered(server.pid) as meter:
            told = send(server, CLIENTS, visits)
    p95 = told.percentile(0.95)
    times = f"{told.percentile(0.5):.0f} ms, {p95:.0f} ms"
    report.figure(f"p50, p95 of the team page, {CLIENTS} clients", times, f"p95 ≤ {AIM_PAGE} ms", p95 <= AIM_PAGE)
    each = 1000 / REQUESTS
    report.figure("ms of CPU a page in Python, PostgreSQL", f"{meter.ours * each:.1f} + {meter.database * each:.1f}")
