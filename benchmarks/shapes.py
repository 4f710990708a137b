"""Events as clients say them, through gunicorn: by shape and by size of a batch, against COPY of the rows they make."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Account, Link, Workspace
from benchmarks.cpu import memory, metered
from benchmarks.figures import Report, megabytes
from benchmarks.pushed import BATCH, CLIENTS, batches, copy, fresh_workspace, issue_key, item_of, source_of
from benchmarks.web import Answers, Server, send, serving

Items = list[dict[str, Any]]
# Events of a request → how many are pushed to measure it, where enough are to be pushed at all.
SIZES = {1: 1_000, 20: 10_000, 100: 30_000, BATCH: 75_000, 2_500: 75_000}
ENOUGH = 100_000
# Every five events have one person; after so many of them all come again.
EVERYBODY = 34_000 * 5
# What a client's batch may hold, in bytes, with something left over.
HOLDS = 480_000


@dataclass(frozen=True)
class Shape:
    """How a client says events: its address, its headers, the body of a batch; how many at the most, in how much."""

    path: str
    headers: Callable[[str], dict[str, str]]
    body: Callable[[Items, str], bytes]
    largest: int = 2_500
    bounded: bool = True

    def sizes(self) -> Iterator[int]:
        """As many in a request as it may hold."""
        some = next(batches(0, min(BATCH, self.largest)))
        fits = int(HOLDS / len(self.body(some, "")) * len(some))
        return (min(size, fits if self.bounded else size) for size in SIZES if size <= self.largest)


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _segment(items: Items, key: str, *, group: bool = False) -> bytes:
    library = {"name": "analytics-python", "version": "2.3.4"}
    return _dump(
        {
            "batch": [
                {
                    "type": "track",
                    "messageId": item["message_id"],
                    "timestamp": item["occurred_at"],
                    "userId": item["contact"],
                    "event": item["name"],
                    "properties": item["properties"] | {"feature": item["feature"]},
                    "context": {"library": library} | ({"groupId": item["account"]} if group else {}),
                    "integrations": {},
                }
                for item in items
            ],
            "sentAt": timezone.now().isoformat(),
        }
    )


def _segment_group(items: Items, key: str) -> bytes:
    return _segment(items, key, group=True)


def _posthog(items: Items, key: str) -> bytes:
    library = {"$lib": "posthog-python", "$lib_version": "6.0.0"}
    return _dump(
        {
            "api_key": key,
            "batch": [
                {
                    "uuid": item["message_id"],
                    "timestamp": item["occurred_at"],
                    "distinct_id": item["contact"],
                    "event": item["name"],
                    "properties": item["properties"] | library | {"feature": item["feature"]},
                }
                for item in items
            ],
        }
    )


def _pendo(items: Items, key: str) -> bytes:
    [item] = items
    return _dump(
        {
            "type": "track",
            "event": item["name"],
            "visitorId": item["contact"],
            "accountId": item["account"],
            "timestamp": int(datetime.fromisoformat(item["occurred_at"]).timestamp() * 1000),
            "properties": item["properties"],
            "context": {},
        }
    )


def _dump(body: Any) -> bytes:
    return json.dumps(body).encode()


SHAPES = {
    "our own": Shape("/api/v1/events", _bearer, lambda items, key: _dump({"events": items}), bounded=False),
    "Segment, users known": Shape("/v1/batch", _bearer, _segment),
    "Segment, with groupId": Shape("/v1/batch", _bearer, _segment_group),
    "PostHog, users known": Shape("/batch/", lambda key: {}, _posthog),
    "Pendo": Shape("/data/track", _bearer, _pendo, largest=1),
}


def run(report: Report, options: argparse.Namespace) -> None:
    """Push the same events in each shape, with equal rows at the end; then many in one, for the memory."""
    report.title("shapes", f"events by shape and size of a request, {CLIENTS} clients, 2 workers")
    found = {}
    with serving() as server:
        for name, shape in SHAPES.items():
            found[name] = _measure(report, server, name, shape, options.pushed)
        _stay_flat(report, server, options.pushed)
    first = found.pop("our own")
    report.equal("the rows of all shapes", all(rows and rows == first[: len(rows)] for rows in found.values()))


def _measure(report: Report, server: Server, name: str, shape: Shape, pushed: int) -> list[Any]:
    """Push with each size. Returns what the first events say, as rows."""
    workspace = _with_known_users("bench-shapes", pushed)
    key, first = issue_key(workspace), 0
    for size, count in zip(shape.sizes(), SIZES.values(), strict=False):
        last = first + max(size, count * min(pushed, ENOUGH) // ENOUGH)
        bodies = _bodies(shape, key, first, last, size)
        with metered(server.pid) as meter:
            answers = _send(server, shape, key, bodies)
        rate = (last - first) / meter.cpu
        of = f"{name}, {size} a request"
        told = f"{rate:,.0f} /CPU-s {(last - first) / meter.seconds:,.0f} /s"
        report.figure(of, told)
        raw = (last - first) / _copied(workspace, last - first, size)
        report.figure(f"{of}: against COPY of its rows", f"{rate / raw:.0%}", "≥ 40 %", rate >= 0.4 * raw)
        if size == BATCH:
            late = answers.percentile(0.95)
            report.figure(f"{of}: p95", f"{late:.0f} ms", "≤ 60 ms", late <= 60)
        first = last
    return _rows(workspace)


def _stay_flat(report: Report, server: Server, count: int) -> None:
    """Push many in Segment's shape; memory is looked at after a fifth and at the end."""
    workspace, shape = _with_known_users("bench-shapes", count), SHAPES["Segment, users known"]
    key = issue_key(workspace)
    fifths = [count * n // 5 for n in range(6)]
    _send(server, shape, key, _bodies(shape, key, 0, fifths[1], BATCH))
    before = memory(server.pid)
    for start, end in pairwise(fifths[1:]):
        _send(server, shape, key, _bodies(shape, key, start, end, BATCH))
    after = memory(server.pid)
    told = f"{megabytes(before)}, {megabytes(after)}"
    of = f"memory of gunicorn after a fifth of {count:,}, at the end"
    report.figure(of, told, "flat (within 10 %)", after - before <= before / 10)


def _bodies(shape: Shape, key: str, first: int, last: int, size: int) -> list[bytes]:
    """Made before the first is sent: who makes them takes the cores from who is measured."""
    return [shape.body(part, key) for part in batches(first, last, size)]


def _send(server: Server, shape: Shape, key: str, bodies: list[bytes]) -> Answers:
    headers = {"Content-Type": "application/json", **shape.headers(key)}
    return send(server, CLIENTS, (("POST", shape.path, headers, body) for body in bodies))


def _with_known_users(slug: str, pushed: int) -> Workspace:
    """A fresh workspace in which everybody who does something belongs to an account."""
    workspace, moment = fresh_workspace(slug), timezone.now()
    ids = dict(Account.objects.of(workspace).values_list("external_id", "pk"))
    last = min(EVERYBODY, 5 * pushed + 5_000)
    people = {str(item["contact"]): str(item["account"]) for item in map(item_of, range(0, last, 5))}
    rows = (
        Link(workspace=workspace, name=f"user:{person}", account_id=ids[account], since_at=moment)
        for person, account in people.items()
    )
    Link.unscoped.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE accounts_link")
    return workspace


def _copied(workspace: Workspace, count: int, size: int) -> float:
    """CPU-seconds for COPY of the workspace's last events and their keys into another one, so many at a time."""
    other = fresh_workspace("bench-copy")
    names = {"to": other.pk, "source": source_of(other).pk, "of": workspace.pk, "count": count}
    events, keys = (_lines(query.format(**names)) for query in (EVENTS, KEYS))
    starts = range(0, len(events), size)
    return copy([("".join(events[n : n + size]), "".join(keys[n : n + size])) for n in starts]).cpu


def _lines(query: str) -> list[str]:
    text = io.StringIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({query}) TO STDOUT", text)
    return text.getvalue().splitlines(keepends=True)


SAME = """
JOIN accounts_account a ON a.id = e.account_id
JOIN accounts_account o ON o.workspace_id = {to} AND o.external_id = a.external_id
WHERE e.workspace_id = {of} ORDER BY e.message_id DESC LIMIT {count}"""
EVENTS = (
    "SELECT o.id, e.name, e.person, e.feature, e.message_id, e.occurred_at, e.count, e.seconds, e.properties, {to},"
    f" {{source}}, e.known_at FROM accounts_event e {SAME}"
)
KEYS = f"SELECT {{to}}, {{source}}, e.digest, e.message_id, e.occurred_at, o.id FROM accounts_eventkey e {SAME}"


def _rows(workspace: Workspace) -> list[Any]:
    """What the first thousand events say in every shape."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.external_id, e.name, e.person, e.occurred_at FROM accounts_event e"
            " JOIN accounts_account a ON a.id = e.account_id WHERE e.workspace_id = %s"
            " ORDER BY e.occurred_at DESC, e.message_id LIMIT 1000",
            [workspace.pk],
        )
        return cursor.fetchall()
