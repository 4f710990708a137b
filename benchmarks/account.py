"""One account with five years and 100,000 facts among others: its pages with 4 clients, its timeline against loading it
all, why its score changed."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.db import connection, transaction
from django.urls import reverse

from accounts import partitions
from accounts.models import Account, Membership, Source
from benchmarks import company, naive_timeline
from benchmarks.cpu import metered
from benchmarks.figures import Report
from benchmarks.portfolio import CLIENTS, cookie_of
from benchmarks.web import HOST, send, serving
from dashboards.panels import cursor
from metrics.explain import explain
from metrics.nightly import rollups
from metrics.nightly import run as night
from metrics.timeline import Place, Wanted, places

OTHERS, DAYS = 500, 1_826
TIMES = 30
AIM, AIM_WHY = 80, 50
PAGE = 40


def run(report: Report, options: argparse.Namespace) -> None:
    """Make the account, load its pages over and over, then the same page the naive way."""
    account = _make(min(options.accounts, OTHERS), options)
    report.title("account", f"{options.facts:,} facts of one account in five years, {CLIENTS} clients, 2 workers")
    found = places(account, Wanted(limit=10**9), company.DAY)
    report.figure("entries of its timeline", f"{len(found):,}")
    _pages(report, account, options.facts, _addresses(account, found))
    _naive(report, account)
    last = company.DAY
    report.figure(
        "explanation of 7, of 90 days, ms", f"{_ms(lambda: explain(account, last - timedelta(7), last)):.0f}, "
        f"{(why := _ms(lambda: explain(account, last - timedelta(90), last))):.0f}", f"≤ {AIM_WHY}", why <= AIM_WHY
    )  # fmt: skip


def _make(accounts: int, options: argparse.Namespace) -> Account:
    company.start_over()
    workspace = company.found(accounts)
    company.grow(workspace, 0, accounts, min(options.events, 100))
    account = Account.objects.of(workspace).select_related("workspace").order_by("pk")[0]
    days = min(DAYS, 100 + options.facts // 50)
    first = datetime(company.DAY.year, company.DAY.month, company.DAY.day, tzinfo=UTC) - timedelta(days=days + 1)
    partitions.ensure({partitions.month_of(first + timedelta(days=n)) for n in range(days + 40)})
    values = {
        "workspace": workspace.pk,
        "account": account.pk,
        "source": Source.objects.of(workspace).get(name="Made").pk,
        "facts": options.facts,
        "names": list(company.EVENT_NAMES),
        "day": company.DAY,
        "days": days,
    }
    _do("account", values)
    company.refill(workspace, company.DAY)
    rollups.refill_all(workspace)
    night.drain(night.open_run(workspace, company.DAY).pk)
    _do("scored", values)
    with connection.cursor() as database:
        database.execute("VACUUM ANALYZE")
    account.refresh_from_db()
    return account


def _do(name: str, values: dict[str, Any]) -> None:
    text = (Path(__file__).parent / f"{name}.sql").read_text()
    with transaction.atomic(), connection.cursor() as database:
        for statement in text.split(";\n"):
            if statement.strip():
                database.execute(statement, values)


def _addresses(account: Account, found: list[Place]) -> dict[str, str]:
    here = [account.workspace.slug, account.pk]
    timeline = reverse("timeline", args=here)
    deep = cursor.write(found[len(found) * 9 // 10])
    tickets = [("show", "touch"), ("show", "support")]
    return {
        "overview": reverse("account", args=here),
        "age of its facts, which the overview asks for": reverse("account-oldest", args=here),
        "timeline": timeline,
        "timeline, nine tenths down": f"{timeline}?{urlencode({'after': deep})}",
        "timeline of two kinds": f"{timeline}?{urlencode(tickets)}",
        "timeline with a rare word": f"{timeline}?q=xylophone",
        "timeline with no such word": f"{timeline}?q=nowhere",
        "people and plan": reverse("account-people", args=here),
        "money": reverse("account-money", args=here),
        "records of a year of purchases": reverse("evidence", args=[*here, "commercial.purchases_365d"]),
    }


def _pages(report: Report, account: Account, facts: int, addresses: dict[str, str]) -> None:
    member = Membership.objects.of(account.workspace).select_related("user", "workspace").get(pk=account.owner_id)
    requests = min(300, 8 + facts // 100)
    headers = {"Cookie": cookie_of(member), "Host": HOST, "HX-Request": "true"}
    with serving() as server:
        for name, path in addresses.items():
            visit = ("GET", path, headers, b"")
            send(server, CLIENTS, [visit] * (requests // 8))
            with metered(server.pid) as meter:
                told = send(server, CLIENTS, [visit] * requests)
            p95, each = told.percentile(0.95), 1000 / requests
            aim = {"aim": f"p95 ≤ {AIM} ms", "met": p95 <= AIM} if name == "overview" else {}
            report.figure(f"{name}: p50, p95", f"{told.percentile(0.5):.0f} ms, {p95:.0f} ms", **aim)
            cpu = f"{meter.ours * each:.1f} + {meter.database * each:.1f}"
            report.figure("  ms of CPU a page in Python, PostgreSQL", cpu)


def _naive(report: Report, account: Account) -> None:
    """The first page, both ways."""
    ours = places(account, Wanted(limit=PAGE), company.DAY)
    spent = _ms(lambda: places(account, Wanted(limit=PAGE), company.DAY))
    began = time.perf_counter()
    whole = naive_timeline.places(account, company.DAY)
    slowly = 1000 * (time.perf_counter() - began)
    report.figure("places of the first page, ms by the clock", f"{spent:.1f}")
    report.figure("  loading all of it, sorting, cutting", f"{slowly:,.0f} ms, {slowly / spent:,.0f} ×")
    report.equal("the first page", ours == whole[:PAGE])
    report.equal("all of it", places(account, Wanted(limit=10**9), company.DAY) == whole)


def _ms(work: Callable[[], Any]) -> float:
    """Milliseconds by the clock, the median of many times."""
    work()
    spent = []
    for _each in range(TIMES):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return 1000 * sorted(spent)[TIMES // 2]
