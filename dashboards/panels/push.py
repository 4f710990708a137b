"""The card that helps to push a first event: lines to paste, a test event, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.batch import Result, Status
from accounts.models import Account, Membership, Source, Workspace
from accounts.models.event import TEST
from accounts.permissions import may
from dashboards.panels.feeding import feeds, measures_of, names_of
from dashboards.panels.lists import Link
from dashboards.panels.snippets import Snippet, snippets
from dashboards.panels.ways import takes_keys


@dataclass(frozen=True)
class Tested:
    """What became of a test event. `back_url` takes it back."""

    tone: str
    result: str
    detail: str
    account: str
    back_url: str = ""


@dataclass(frozen=True)
class Push:
    """The lines in one language for one source; `new_key` is in them once, right after it was made, and in those of
    the `others`: they cannot be asked for later with the key in place."""

    source: Any
    page_url: str
    text: str
    others: tuple[Snippet, ...]
    languages: tuple[Link, ...]
    new_key: str
    test_url: str
    asks_account: bool
    account: str
    tested: Tested | None


def push_of(
    member: Membership,
    source: Source | None,
    base: str,
    now: datetime,
    *,
    language: str = "",
    new_key: str = "",
    tested: Tested | None = None,
    url: str = "",
) -> Push:
    """The card of a source, or of none; `url` shows it again in another language. One query."""
    workspace = member.workspace
    account = (tested.account if tested else "") or first_account(workspace)
    told = snippets(source.kind if source else Source.Kind.REST, base, new_key, account or "acme", now)
    shown = next((each for each in told if each.language == language), told[0] if told else None)
    may_test = source is not None and takes_keys(source.kind) and may(member.role, "source.write")
    asked = {"source": source.pk} if source else {}
    return Push(
        source=source,
        page_url=reverse("source", args=[workspace.slug, source.pk]) if source else "",
        text=shown.text if shown else "",
        others=tuple(each for each in told if each is not shown) if new_key else (),
        languages=tuple(
            Link(each.label, f"{url}?{urlencode(asked | {'language': each.language})}", here=each is shown)
            for each in told
        ),
        new_key=new_key,
        test_url=reverse("source-test", args=[workspace.slug, source.pk]) if source and may_test else "",
        asks_account=source is not None and url == reverse("source", args=[workspace.slug, source.pk]),
        account=account,
        tested=tested,
    )


def first_account(workspace: Workspace) -> str:
    """The external id of the account that came first, or nothing."""
    return Account.objects.of(workspace).order_by("pk").values_list("external_id", flat=True).first() or ""


def tested_of(source: Source, account: str, message: str, result: Result) -> Tested:
    """What became of a test event, in words. One query."""
    if result.status is not Status.ACCEPTED:
        where = f"{result.field}: " if result.field else ""
        return Tested("down", _("Refused"), f"{where}{result.reason}", "" if account in result.reason else account)
    measures = measures_of("events", TEST, names_of(source.workspace, {TEST}))
    back = reverse("source-test-back", args=[source.workspace.slug, source.pk, message])
    return Tested("up", _("Stored"), feeds(measures), account, back)
