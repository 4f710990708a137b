"""A file of a million events through the browser's way: gunicorn takes it in, a worker imports it."""

from __future__ import annotations

import argparse
import http.client
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from django.middleware.csrf import _get_new_csrf_string
from django.urls import reverse

from accounts import partitions
from accounts.models import Account, Event, Import, Membership, Role, Upload, User, Workspace
from benchmarks.cpu import memory
from benchmarks.figures import Report, megabytes
from benchmarks.portfolio import cookie_of
from benchmarks.web import HOST, Server, serving, working
from metrics.scorecards import create_workspace

ACCOUNTS, FIRST, PATIENCE = 2_000, 1_000, 3_600
EDGE = b"----a-part-of-a-form"


def run(report: Report, options: argparse.Namespace) -> None:
    """Upload and import a small file, then a large one: what the web process grows by meanwhile."""
    report.title("upload", f"a CSV file of {options.pushed:,} events, 2 web workers of 4 threads, 2 workers")
    member, token = _member(), _get_new_csrf_string()
    cookies = f"{cookie_of(member)}; csrftoken={token}"
    with serving() as server, working() as workers:
        _through(server, member, cookies, token, FIRST)
        before, grown = memory(server.pid), []
        began = time.monotonic()
        with _watched(lambda: memory(server.pid), grown), _watched(lambda: memory(*workers), working_set := []):
            upload, taken = _through(server, member, cookies, token, options.pushed)
        seconds = time.monotonic() - began
        after = memory(server.pid)
    report.figure("size of the file", megabytes(upload.size))
    report.figure("seconds until it was taken in, until it was imported", f"{taken:.1f}, {seconds:.1f}")
    report.figure("rows a second by the clock, from upload to report", f"{options.pushed / seconds:,.0f}")
    flat = max(grown) - before <= before / 10
    sizes = f"{megabytes(before)}, {megabytes(max(grown))}, {megabytes(after)}"
    report.figure("memory of gunicorn before, most, after", sizes, "flat (within 10 %)", flat)
    report.figure("most memory of the workers and the beat", megabytes(max(working_set)))
    imported = Import.objects.of(member.workspace).get(pk=upload.imported_id)
    stored = Event.objects.of(member.workspace).filter(imported=imported).count()
    report.equal("rows of the file, of the report, in the database", imported.accepted == stored == options.pushed)


def _member() -> Membership:
    slug = f"bench-upload-{time.time_ns()}"
    workspace = create_workspace(slug, "Upload", time_zone="UTC")
    names = (Account(workspace=workspace, external_id=f"a{n}", name=f"a{n}") for n in range(ACCOUNTS))
    Account.unscoped.bulk_create(names)
    user = User.objects.create(email=f"{slug}@bench.example", name="Bench")
    return Membership.unscoped.create(workspace=workspace, user=user, role=Role.ADMIN)  # type: ignore[no-any-return]


def _through(server: Server, member: Membership, cookies: str, token: str, rows: int) -> tuple[Upload, float]:
    """Upload a file, import it as guessed, wait for the report. Returns the upload, and how long taking it in took."""
    workspace, headers = member.workspace, {"Cookie": cookies, "X-CSRFToken": token}
    with tempfile.NamedTemporaryFile() as file:
        _write(file, workspace, rows)
        began = time.monotonic()
        page = _post(server, reverse("upload-file", args=[workspace.slug]), headers, Path(file.name))
        taken = time.monotonic() - began
    form = {"Content-Type": "application/x-www-form-urlencoded"} | headers
    upload = Upload.objects.of(workspace).latest("pk")
    fields = "do=import&c0=account&c1=name&c2=occurred_at&c3=contact&c4=message_id"
    _ask(server, "POST", f"{page}/save", form, fields.encode(), 302)
    deadline = time.monotonic() + PATIENCE
    while upload.state in (Upload.State.MAPPING, *Upload.OPEN) and time.monotonic() < deadline:
        time.sleep(1)
        _ask(server, "GET", page, headers, b"", 0)
        upload.refresh_from_db()
    if upload.state != Upload.State.DONE:
        raise RuntimeError(f"the upload is {upload.state}: {upload.failure}")
    return upload, taken


def _write(file: IO[bytes], workspace: Workspace, rows: int) -> None:
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=30)
    partitions.ensure_ahead(start)
    lines, name = [b"account,event,timestamp,user,message_id\n"], Path(file.name).name
    for n in range(rows):
        moment = (start + timedelta(seconds=n * 2)).isoformat()
        lines.append(f"a{n % ACCOUNTS},login,{moment},user-{n % 9_973}@a{n % ACCOUNTS}.example,{name}-{n}\n".encode())
    file.writelines(lines)
    file.flush()


def _post(server: Server, path: str, headers: dict[str, str], file: Path) -> str:
    """Send a form with a file, a piece at a time. Returns where it leads to."""
    head = b"--" + EDGE + b'\r\nContent-Disposition: form-data; name="file"; filename="events.csv"\r\n\r\n'
    tail = b"\r\n--" + EDGE + b"--\r\n"
    length = len(head) + file.stat().st_size + len(tail)
    form = {"Content-Type": f"multipart/form-data; boundary={EDGE.decode()}", "Content-Length": str(length)}
    return _ask(server, "POST", path, headers | form, _pieces(head, file, tail), 302)


def _pieces(head: bytes, path: Path, tail: bytes) -> Iterator[bytes]:
    yield head
    with path.open("rb") as file:
        yield from iter(lambda: file.read(1 << 16), b"")
    yield tail


def _ask(
    server: Server, method: str, path: str, headers: dict[str, str], body: bytes | Iterator[bytes], status: int
) -> str:
    """Where the answer leads to. Raises RuntimeError for another status than the one expected."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=600)
    connection.request(method, path, body or None, headers)
    answer = connection.getresponse()
    said = answer.read()
    if status and answer.status != status:
        raise RuntimeError(f"{path}: {answer.status} {said[:300]!r}")
    return (answer.headers.get("Location") or "").partition("#")[0]


class _watched:  # noqa: N801  reads as what it does
    """Looks at something ten times a second while the block runs."""

    def __init__(self, look: Callable[[], int], seen: list[int]) -> None:
        self.look, self.seen, self.stop = look, seen, threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        self.thread.join()
        self.seen.append(self.look())

    def _watch(self) -> None:
        while not self.stop.wait(0.1):
            self.seen.append(self.look())
