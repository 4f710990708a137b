"""From an accepted event to a moved standing, while many others arrive: web, worker and beat as in production."""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from accounts.models import Account, ApiKey, DirtyDay, Source, Workspace
from benchmarks.cpu import metered
from benchmarks.figures import Report
from benchmarks.night import large
from benchmarks.web import Server, send, serving, working
from metrics.models import Standing

AIM = 60
PROBE_EVERY = 5.0
# So many events in a row are one account's.
SESSION = 5
PATIENCE = 300


def run(report: Report, options: argparse.Namespace) -> None:
    """Push at a steady rate; now and then an event of an account of which nothing else is heard."""
    workspace = large(options)
    report.title("incremental", f"{options.rate:,} events/s for {options.seconds} s, {options.accounts:,} accounts")
    names = list(Account.objects.of(workspace).order_by("pk").values_list("external_id", flat=True))
    probes, others = names[:: max(2, len(names) // 100)], [name for n, name in enumerate(names) if n % 2]
    probes = [name for name in probes if name not in set(others)]
    key = _key(workspace)
    stop = threading.Event()
    sent: list[int] = []
    with serving() as server, working() as workers, metered(server.pid, *workers) as meter:
        pusher = threading.Thread(target=_push, args=(server, key, others, options.rate, stop, sent), daemon=True)
        pusher.start()
        waits = _probe(server, workspace, key, probes, options.seconds)
        stop.set()
        pusher.join()
        behind = DirtyDay.objects.of(workspace).values("account_id").distinct().count()
    worst = max(waits, default=float("inf"))
    report.figure("events that arrived a second", f"{sum(sent) / meter.seconds:,.0f}")
    report.figure("seconds to a moved standing: median", f"{statistics.median(waits) if waits else float('inf'):.0f}")
    report.figure(f"seconds to a moved standing: worst of {len(waits)}", f"{worst:.0f}", f"≤ {AIM}", worst <= AIM)
    report.figure("accounts that still waited at the end", f"{behind:,}")
    report.figure("CPU-seconds in Python, PostgreSQL", f"{meter.ours:.0f} + {meter.database:.0f}")
    report.equal("every probe moved its account", bool(waits) and worst < PATIENCE)


def _push(server: Server, key: str, names: list[str], rate: int, stop: threading.Event, sent: list[int]) -> None:
    """Twice a second half of a second's events; late rounds are made up for at once."""
    began, number = time.monotonic(), 0
    while not stop.is_set():
        stop.wait(max(0.0, began + number * 0.5 - time.monotonic()))
        size = max(1, rate // 2)
        send(server, 1, _requests(key, [_event(names, number * size + n) for n in range(size)]))
        sent.append(size)
        number += 1


def _probe(server: Server, workspace: Workspace, key: str, names: list[str], seconds: int) -> list[float]:
    """Send the probes' events one by one and watch; returns how long each took."""
    began, waiting, waits = time.monotonic(), {}, []
    todo = iter(names)
    next_at = began
    while time.monotonic() < began + seconds or (waiting and time.monotonic() < began + seconds + PATIENCE):
        if time.monotonic() >= next_at and time.monotonic() < began + seconds and (name := next(todo, None)):
            event = _event([name], 0) | {"message_id": f"probe-{name}-{time.time()}"}
            send(server, 1, _requests(key, [event]))
            waiting[name] = (time.monotonic(), timezone.now())
            next_at += PROBE_EVERY
        for name, accepted in _moved(workspace, waiting):
            waits.append(time.monotonic() - accepted)
            del waiting[name]
        time.sleep(0.25)
    return waits + [float(PATIENCE)] * len(waiting)


def _moved(workspace: Workspace, waiting: dict[str, tuple[float, datetime]]) -> list[tuple[str, float]]:
    rows = Standing.objects.of(workspace).filter(account__external_id__in=list(waiting))
    found = dict(rows.values_list("account__external_id", "computed_at"))
    return [(name, clock) for name, (clock, at) in waiting.items() if name in found and found[name] > at]


def _requests(key: str, events: list[dict[str, object]]) -> Iterator[tuple[str, str, dict[str, str], bytes]]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for n in range(0, len(events), 500):
        yield "POST", "/api/v1/events", headers, json.dumps({"events": events[n : n + 500]}).encode()


def _event(names: list[str], n: int) -> dict[str, object]:
    name = names[n // SESSION * 7919 % len(names)]
    return {"account": name, "name": "login", "contact": f"person{n % 7}@{name}.example"}


def _key(workspace: Workspace) -> str:
    source, _ = Source.unscoped.get_or_create(workspace=workspace, name="Bench", defaults={"kind": Source.Kind.REST})
    return ApiKey.issue(workspace, source, "Bench", [ApiKey.Scope.EVENTS])[1]
