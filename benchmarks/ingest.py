"""Events through gunicorn with two workers: against DRF with `bulk_create`, and against COPY of the same rows."""

from __future__ import annotations

import argparse
import hashlib
import json
from datetime import date

from django.db import connection
from django.utils import timezone

from accounts.models import Account, DirtyDay, Workspace
from benchmarks.cpu import Meter, memory, metered
from benchmarks.figures import Report, megabytes
from benchmarks.pushed import BATCH, CLIENTS, batches, copy, fresh_workspace, issue_key, source_of
from benchmarks.web import Answers, Server, send, serving

# The rivals take as many as give a steady figure.
RIVALS_TAKE = 100_000


def run(report: Report, options: argparse.Namespace) -> None:
    """Push events into fresh workspaces in three ways, with equal rows at the end."""
    report.title("ingest", f"{options.pushed:,} events of 290 bytes, {BATCH} a request, {CLIENTS} clients, 2 workers")
    fewer = min(options.pushed, RIVALS_TAKE)
    with serving() as server:
        ours, workspace = _ours(report, server, options.pushed)
        rival, other = _push(server, "/bulk-create", fewer, fresh_workspace("bench-rival"))
    copy, third = _copy(fewer, keys=True)
    bare, _ = _copy(fewer, keys=False)
    mine, drf, raw, one = options.pushed / ours.cpu, fewer / rival.cpu, fewer / copy.cpu, fewer / bare.cpu
    report.figure("healthscore: events per CPU-second", f"{mine:,.0f}")
    report.figure("DRF bulk_create: events per CPU-second", f"{drf:,.0f}")
    report.figure("COPY of events and keys, a batch at a time", f"{raw:,.0f}")
    report.figure("COPY of the events alone, all at once", f"{one:,.0f}")
    report.figure("against DRF bulk_create", f"{mine / drf:.1f} ×", "≥ 5 ×", mine >= 5 * drf)
    report.figure(
        "against COPY of events and keys, a batch at a time", f"{mine / raw:.0%}", "≥ 35 %", mine >= 0.35 * raw
    )
    report.figure("against COPY of the events alone, all at once", f"{mine / one:.0%}")
    rows = [_digest(each, fewer) for each in (workspace, other, third)]
    report.equal("the rows of all three", rows[0] == rows[1] == rows[2])
    report.equal("their days to refill", _marks(workspace, fewer) == _marks(other, fewer))


def _ours(report: Report, server: Server, count: int) -> tuple[Meter, Workspace]:
    """Push all; memory is looked at after a fifth and at the end."""
    workspace = fresh_workspace("bench-ingest")
    key = issue_key(workspace)
    _send(server, "/api/v1/events", key, _bodies(0, count // 5))
    before = memory(server.pid)
    bodies = _bodies(count // 5, count)
    with metered(server.pid) as meter:
        answers = _send(server, "/api/v1/events", key, bodies)
    after = memory(server.pid)
    meter.ours *= 5 / 4
    meter.database *= 5 / 4
    report.figure("healthscore: events a second by the clock", f"{(count - count // 5) / meter.seconds:,.0f}")
    report.figure("healthscore: CPU-seconds in Python, in PostgreSQL", f"{meter.ours:.1f} + {meter.database:.1f}")
    report.figure("healthscore: p95 of a request", f"{answers.percentile(0.95):.0f} ms")
    grown = after - before
    report.figure(
        "memory of gunicorn after a fifth, at the end",
        f"{megabytes(before)}, {megabytes(after)}",
        "flat (within 10 %)",
        grown <= before / 10,
    )
    return meter, workspace


def _push(server: Server, path: str, count: int, workspace: Workspace) -> tuple[Meter, Workspace]:
    key, bodies = issue_key(workspace), _bodies(0, count)
    with metered(server.pid) as meter:
        _send(server, path, key, bodies)
    return meter, workspace


def _bodies(first: int, last: int) -> list[bytes]:
    """Made before the first is sent: who makes them takes the cores from who is measured."""
    return [json.dumps({"events": part}).encode() for part in batches(first, last)]


def _send(server: Server, path: str, key: str, bodies: list[bytes]) -> Answers:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    return send(server, CLIENTS, (("POST", path, headers, body) for body in bodies))


def _copy(count: int, *, keys: bool) -> tuple[Meter, Workspace]:
    """The same rows by COPY into the same tables, from text that was made before: a transaction for each batch, or
    the events alone in one go."""
    workspace = fresh_workspace("bench-copy")
    ids = dict(Account.objects.of(workspace).values_list("external_id", "pk"))
    source, size = source_of(workspace), BATCH if keys else count
    ends = f"\t{workspace.pk}\t{source.pk}\t{timezone.now().isoformat()}\n"
    both = []
    for part in batches(0, count, size):
        digest = hashlib.md5(str(part[0]).encode(), usedforsecurity=False).hexdigest()
        start = f"{workspace.pk}\t{source.pk}\t{digest}\t"
        rows = "".join(_line(item, ids) + ends for item in part)
        both.append((rows, "".join(start + _key_line(item, ids) for item in part)))
    return copy(both, keys=keys), workspace


def _key_line(item: dict[str, object], ids: dict[str, int]) -> str:
    return f"{item['message_id']}\t{item['occurred_at']}\t{ids[str(item['account'])]}\n"


def _line(item: dict[str, object], ids: dict[str, int]) -> str:
    keys = ("name", "contact", "feature", "message_id", "occurred_at", "count", "seconds")
    return "\t".join(
        [str(ids[str(item["account"])]), *(str(item[key]) for key in keys), json.dumps(item["properties"])]
    )


def _digest(workspace: Workspace, count: int) -> str:
    """What the first events of a workspace say, as one text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT md5(string_agg(ROW(a.external_id, e.name, e.person, e.feature, e.message_id, e.occurred_at,"
            " e.count, e.seconds, e.properties)::text, ',' ORDER BY e.message_id))"
            " FROM accounts_event e JOIN accounts_account a ON a.id = e.account_id"
            " WHERE e.workspace_id = %s AND e.message_id < %s",
            [workspace.pk, f"01J{count:023}"],
        )
        return str(cursor.fetchone()[0])


def _marks(workspace: Workspace, count: int) -> set[tuple[str, date]]:
    """The marked days, by account, on which one of the first events happened."""
    marks = DirtyDay.objects.of(workspace).values_list("account__external_id", "day")
    told = {
        (str(item["account"]), date.fromisoformat(str(item["occurred_at"])[:10])) for [item] in batches(0, count, 1)
    }
    return told & set(marks)
