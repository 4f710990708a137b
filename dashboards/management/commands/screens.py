"""Pictures of every page as a CSM and an admin see them, at 1440 and 390 pixels, light and dark."""

from __future__ import annotations

import os
import shutil
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Count, F
from django.test.testcases import LiveServerThread, _StaticFilesHandler
from django.urls import reverse
from django.utils import timezone

from accounts.importers.uploads import ask, take_in
from accounts.importers.work import drain
from accounts.models import Account, KnownHeader, Membership, Role, Source, Upload, User, Workspace
from accounts.retraction import undo
from accounts.sharing import share
from dashboards.context import SECTIONS
from metrics.models import Backtest, Scorecard, ScoreSnapshot, Standing

SIZES = {1440: 900, 390: 844}
SETTINGS = [page.name for page in SECTIONS]
SCHEMES = ("light", "dark")
FRESH = "a-fresh-workspace"
VIEW = "?csm=all&sort=-mrr&columns=health,change,owner,segment,mrr,renews,overdue&show=renewing"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", help="its slug; the first one unless told")
        parser.add_argument("--into", type=Path, default=settings.BASE_DIR / ".local" / "screens", help="the folder")
        parser.add_argument("--only", nargs="+", default=[], metavar="PAGE", help="these pages; all unless told")

    def handle(self, *, workspace: str | None, into: Path, only: list[str], **options: Any) -> None:
        pages = _pages(_workspace(workspace))
        into.mkdir(parents=True, exist_ok=True)
        with (
            _server() as base,
            _chromium() as browser,
            _fresh_workspace() as newcomer,
            _link(pages) as link,
            _files(pages["upload-file"][1]) as files,
        ):
            pages["shared"] = (link, None)
            pages |= files
            pages["first-steps"] = (reverse("portfolio", args=[newcomer.workspace.slug]), newcomer)
            if unknown := set(only) - pages.keys():
                raise CommandError(f"There is no page {', '.join(sorted(unknown))}; there are: {', '.join(pages)}.")
            for width, height in SIZES.items():
                for scheme in SCHEMES:
                    for name in only or pages:
                        path, member = pages[name]
                        target = into / f"{name}-{width}-{scheme}.png"
                        _shoot(browser, base, path, member, (width, height), scheme, target)
                        self.stdout.write(str(target))


def _workspace(slug: str | None) -> Workspace:
    rows = Workspace.objects.filter(slug=slug) if slug else Workspace.objects.order_by("pk")
    found = rows.first()
    if found is None:
        raise CommandError("There is no such workspace to show: run make demo first.")
    return found


def _pages(workspace: Workspace) -> dict[str, tuple[str, Membership | None]]:
    """Page → its address and who looks at it."""
    csm, admin = _csm(workspace), _member(workspace, Role.ADMIN)
    worst = Standing.objects.of(workspace).filter(account__owner=csm, is_scored=True).order_by("change", "score_units")
    account = worst.values_list("account_id", flat=True).first()
    if account is None:
        raise CommandError(f"No account of {workspace} has been scored yet: run make demo first.")
    slug = workspace.slug
    scorecard = Scorecard.objects.of(workspace).in_order().values_list("pk", flat=True).first()
    return {
        "login": (reverse("account_login"), None),
        "portfolio": (reverse("portfolio", args=[slug]), csm),
        "portfolio-view": (reverse("portfolio", args=[slug]) + VIEW, csm),
        "account": (reverse("account", args=[slug, account]), csm),
        "why": (reverse("why", args=[slug, account]), csm),
        "why-opened": (reverse("why", args=[slug, account]) + "?open=usage.usage_frequency", csm),
        "share": (reverse("share", args=[slug, account]), csm),
        "evidence": (_evidence(workspace, account), csm),
        "account-people": (reverse("account-people", args=[slug, account]), csm),
        "account-money": (reverse("account-money", args=[slug, account]), csm),
        "account-support": (reverse("account-support", args=[slug, account]), csm),
        "mentions": (reverse("mentions", args=[slug]), _member(workspace, Role.MANAGER)),
        "timeline": (reverse("timeline", args=[slug, account]), csm),
        "entry": (reverse("add-entry", args=[slug, account, "call"]), csm),
        "search": (reverse("search", args=[slug]) + "?q=sable+hotles", csm),
        "accounts": (reverse("accounts", args=[slug]), csm),
        "manual-bands": (reverse("manual-bands", args=[slug]), admin),
        "manual-band": (reverse("manual-band", args=[slug, account]), csm),
        "bulk": (reverse("bulk", args=[slug]) + f"?action=owner&account={account}", csm),
        "bulk-changes": (reverse("bulk-changes", args=[slug]), admin),
        "team": (reverse("team", args=[slug]), admin),
        "kpis": (reverse("kpis", args=[slug]), admin),
        "kpi": (reverse("kpi", args=[slug, "retention", "customer_churn_rate"]), admin),
        "definitions": (reverse("definitions", args=[slug]), csm),
        "journey": (reverse("journey", args=[slug]), admin),
        "journey-accounts": (reverse("journey-accounts", args=[slug]) + "?stuck=1", admin),
        "studio": (_studio(workspace), admin),
        "scorecards": (reverse("scorecards", args=[slug]), admin),
        "scorecard-history": (reverse("scorecard-history", args=[slug]), admin),
        "scorecard-compare": (reverse("scorecard-compare", args=[slug, _scorecard(workspace)]), admin),
        "feedback": (reverse("feedback", args=[slug]), admin),
        "backtest": (reverse("backtest", args=[slug, scorecard]), admin),
        "suggestion": (reverse("suggestion", args=[slug, scorecard]), admin),
        **_refusal(),
        "runs": (reverse("runs", args=[slug]), admin),
        "sources": (reverse("sources", args=[slug]), admin),
        "source": (reverse("source", args=[slug, _source(workspace)]), admin),
        "source-add": (reverse("source-add", args=[slug]), admin),
        "upload-file": (reverse("upload-file", args=[slug]), admin),
        **{name: (reverse(name, args=[slug]), admin) for name in SETTINGS},
        "event-names": (reverse("event-names", args=[slug]), admin),
        "api-docs": (reverse("api-docs"), None),
        "profile": (reverse("profile"), csm),
        "second-factor": (reverse("mfa_index"), csm),
    }


def _source(workspace: Workspace) -> int:
    """The one that was heard last."""
    found = Source.objects.of(workspace).order_by(F("last_seen_at").desc(nulls_last=True)).first()
    if found is None:
        raise CommandError(f"{workspace} has no source.")
    return int(found.pk)


def _scorecard(workspace: Workspace) -> int:
    """The one that most accounts have."""
    rows = Standing.objects.of(workspace).filter(is_scored=True).order_by().values("version__scorecard")
    return int(rows.annotate(n=Count("account_id")).order_by("-n")[0]["version__scorecard"])


def _evidence(workspace: Workspace, account: int) -> str:
    """What became of the days with use, between two scored days."""
    days = ScoreSnapshot.objects.of(workspace).published().filter(account_id=account).order_by("-day")
    last, *earlier = days.values_list("day", flat=True)[:31]
    between = f"?from={earlier[-1]}&to={last}" if earlier else ""
    return reverse("evidence", args=[workspace.slug, account, "usage.active_seats"]) + between


def _refusal() -> dict[str, tuple[str, Membership | None]]:
    """The back-test of a workspace in which too few left, where there is one."""
    rows = (Backtest.objects.of(each).filter(state=Backtest.State.REFUSED) for each in Workspace.objects.order_by("pk"))
    found = next(filter(None, (row.select_related("workspace").first() for row in rows)), None)
    if found is None:
        return {}
    path = reverse("backtest", args=[found.workspace.slug, found.scorecard_id])
    return {"backtest-refused": (path, _member(found.workspace, Role.ADMIN))}


def _studio(workspace: Workspace) -> str:
    """The first scorecard, with its first line open."""
    first = Scorecard.objects.of(workspace).in_order().first()
    if first is None:
        raise CommandError(f"{workspace} has no scorecard.")
    return reverse("scorecard", args=[workspace.slug, first.pk]) + "?line=usage.active_seats"


def _csm(workspace: Workspace) -> Membership:
    """The CSM with the largest book."""
    books = Standing.objects.of(workspace).filter(is_scored=True, account__owner__role=Role.CSM).order_by()
    largest = books.values("account__owner").annotate(n=Count("account_id")).order_by("-n").first()
    if largest is None:
        raise CommandError(f"No CSM of {workspace} has a scored account: run make demo first.")
    return Membership.objects.of(workspace).select_related("user").get(pk=largest["account__owner"])  # type: ignore[no-any-return]


def _member(workspace: Workspace, role: Role) -> Membership:
    found = Membership.objects.of(workspace).select_related("user").filter(role=role, ended_at=None).first()
    if found is None:
        raise CommandError(f"{workspace} has no {role.label}.")
    return found  # type: ignore[no-any-return]


@contextmanager
def _fresh_workspace() -> Iterator[Membership]:
    """A workspace with nothing in it and its only person, for as long as the pictures take."""
    user, _made = User.objects.get_or_create(email="newcomer@fresh.example", defaults={"name": "Nora Newcomer"})
    workspace, _made = Workspace.objects.get_or_create(slug=FRESH, defaults={"name": "Fresh"})
    member, _made = Membership.unscoped.get_or_create(workspace=workspace, user=user, defaults={"role": Role.ADMIN})
    try:
        yield member
    finally:
        workspace.delete()
        user.delete()


@contextmanager
def _files(admin: Membership | None) -> Iterator[dict[str, tuple[str, Membership | None]]]:
    """A file to be mapped and the report of another, for as long as the pictures take."""
    assert admin is not None
    workspace, moment = admin.workspace, timezone.now()
    names = Account.objects.of(workspace).order_by("pk").values_list("external_id", flat=True)[:30]
    rows = "".join(f"F-{n};{name};13/0{n % 9 + 1}/2026;28/11/2026;1.{n:03},50;EUR\n" for n, name in enumerate(names))
    text = f"Factura;Cliente;Fecha;Vencimiento;Importe;Moneda\n{rows}F-98;nobody;1/2/2026;soon;9;EURO\n"
    with transaction.atomic():
        mapped, read = (
            take_in(admin, "facturas.csv", SimpleUploadedFile("facturas.csv", text.encode()), moment, "Pictures")
            for _twice in range(2)
        )
        ask(read, Upload.State.IMPORTING, moment)
    drain(read.pk)
    read.refresh_from_db()
    args = [workspace.slug]
    try:
        yield {
            "upload-mapping": (reverse("upload", args=[*args, mapped.pk]), admin),
            "upload-preview": (reverse("upload", args=[*args, mapped.pk]) + "#preview", admin),
            "upload-report": (reverse("import", args=[*args, read.imported_id]), admin),
        }
    finally:
        undo(read.imported, timezone.now())
        Upload.objects.of(workspace).filter(pk__in=[mapped.pk, read.pk]).delete()
        KnownHeader.objects.of(workspace).filter(source_name="Pictures").delete()
        Source.objects.of(workspace).filter(name="Pictures").delete()


@contextmanager
def _link(pages: dict[str, tuple[str, Membership | None]]) -> Iterator[str]:
    """A link for others to the account of the pictures, for as long as they take."""
    path, csm = pages["account"]
    assert csm is not None
    account = Account.objects.of(csm.workspace).select_related("workspace").get(pk=path.rpartition("/")[2])
    now = timezone.now()
    link, token = share(account, csm, csm.workspace.day_of(now), shows_money=True, now=now)
    try:
        yield reverse("shared", args=[token])
    finally:
        link.delete()


@contextmanager
def _server() -> Iterator[str]:
    """The project itself, on a free port, for as long as the pictures take."""
    thread = LiveServerThread("127.0.0.1", _StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    try:
        yield f"http://127.0.0.1:{thread.port}"
    finally:
        thread.terminate()


@contextmanager
def _chromium() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise CommandError("Playwright is not installed: run make setup.") from None
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise CommandError("There is no chromium on this machine: apt install chromium.")
    # Playwright's loop runs in this thread; sessions are written from it all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


def _shoot(
    browser: Any, base: str, path: str, member: Membership | None, size: tuple[int, int], scheme: str, target: Path
) -> None:
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    if member is not None:
        name, value = settings.SESSION_COOKIE_NAME, _session(member)
        context.add_cookies([{"name": name, "value": value, "url": base}])
    page = context.new_page()
    page.goto(base + path)
    if page.locator("[data-chart]").count():
        page.wait_for_selector("[data-chart] .main-svg")
    if page.locator("[data-document]").count():
        page.wait_for_selector(".opblock-tag")
    page.screenshot(path=target, full_page=width < 768)
    context.close()


def _session(member: Membership) -> str:
    """The key of a session in which a member is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(member.user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = member.user.get_session_auth_hash()
    session.set_expiry(3600)
    session.create()
    return str(session.session_key)
