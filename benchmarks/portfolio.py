"""The portfolio of CSMs with 200 accounts each, in the large workspace, through gunicorn with 4 clients."""

from __future__ import annotations

import argparse

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Membership
from benchmarks.cpu import metered
from benchmarks.figures import Report
from benchmarks.night import large
from benchmarks.web import HOST, send, serving

CLIENTS, VISITORS, REQUESTS, FIRST = 4, 20, 600, 40
AIM = 60


def run(report: Report, options: argparse.Namespace) -> None:
    """Load the page of many CSMs over and over, then count its queries for a large and a small book."""
    workspace = large(options)
    members = list(Membership.objects.of(workspace).select_related("user").order_by("pk")[:VISITORS])
    book = Account.objects.of(workspace).filter(owner=members[0]).count()
    report.title("portfolio", f"books of {book} of {options.accounts:,} accounts, {CLIENTS} clients, 2 workers")
    path = reverse("portfolio", args=[workspace.slug])
    cookies = [cookie_of(member) for member in members]
    visits = [("GET", path, {"Cookie": cookies[n % len(cookies)], "Host": HOST}, b"") for n in range(REQUESTS)]
    with serving() as server:
        send(server, CLIENTS, visits[:FIRST])
        with metered(server.pid) as meter:
            answers = send(server, CLIENTS, visits)
    p95 = answers.percentile(0.95)
    report.figure(
        "p50, p95 of a page", f"{answers.percentile(0.5):.0f} ms, {p95:.0f} ms", f"p95 ≤ {AIM} ms", p95 <= AIM
    )
    each = 1000 / REQUESTS
    report.figure("ms of CPU a page in Python, PostgreSQL", f"{meter.ours * each:.1f} + {meter.database * each:.1f}")
    many, few = _queries(members[0], path, book), _queries(members[0], path, 1)
    report.figure("queries for the whole book, for one account", f"{many}, {few}", "equal", many == few)
    report.equal("the number of queries", many == few)


def _client(member: Membership) -> Client:
    client = Client(headers={"host": HOST})
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def cookie_of(member: Membership) -> str:
    """Somebody who is signed in."""
    return "; ".join(f"{name}={morsel.value}" for name, morsel in _client(member).cookies.items())


def _queries(member: Membership, path: str, size: int) -> int:
    """How many queries the page takes while the member's book is so large."""
    with transaction.atomic():
        client = _client(member)
        book = Account.objects.of(member.workspace_id).filter(owner=member).order_by("pk")
        Account.objects.of(member.workspace_id).filter(pk__in=list(book.values_list("pk", flat=True)[size:])).update(
            owner=None
        )
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        assert answer.status_code == 200, answer.status_code
        transaction.set_rollback(True)
    return len(captured)
