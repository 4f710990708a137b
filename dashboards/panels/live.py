"""What came last and what became of it, of all sources or of one, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts import arrivals
from accounts.models import Account, Refused, Source, Waiting, Workspace
from dashboards.panels.feeding import feeds, measures_of, names_of
from dashboards.panels.filters import FilterError
from dashboards.panels.lists import Link
from dashboards.panels.words import kind_name

ITEMS = 12
WINDOW = timedelta(hours=24)
SHOWS = ("all", "refused", "paused")
TONES = {Refused.Result.REJECTED: "down", Refused.Result.CONFLICT: "down", Refused.Result.KNOWN: "muted"}


@dataclass(frozen=True)
class Item:
    """One thing that came: what it is, whose, through what, and what became of it."""

    at: datetime
    name: str
    account: str
    account_url: str
    person: str
    source: str
    tone: str
    result: str
    detail: str


@dataclass(frozen=True)
class Live:
    """The newest items; `url` asks for them again."""

    url: str
    is_paused: bool
    chips: tuple[Link, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True)
class _Raw:
    """An item before its account and its measures are known; `account` is an id of ours or of theirs."""

    at: datetime
    kind: str
    name: str
    account: int | str
    person: str
    source: int
    result: tuple[str, str]
    detail: str = ""
    is_stored: bool = False


def live_of(workspace: Workspace, now: datetime, show: str, source: Source | None = None) -> Live:
    """Six queries. Raises FilterError for an unknown `show`."""
    if show not in SHOWS:
        raise FilterError(_("show: “%(value)s” is none of all, refused, paused.") % {"value": show[:20]})
    found = [_refused(workspace, now, source, bad_only=show == "refused")]
    if show != "refused":
        found += [_stored(workspace, now, source), _waiting(workspace, now, source)]
    labels = {"all": _("All"), "refused": _("Refused"), "paused": _("Pause")}
    urls = {key: _address(workspace, key, source) for key in labels}
    return Live(
        url=urls[show],
        is_paused=show == "paused",
        chips=tuple(Link(label, urls[key], here=key == show) for key, label in labels.items()),
        items=tuple(_items(workspace, _newest(found))),
    )


def _address(workspace: Workspace, show: str, source: Source | None) -> str:
    asked = {"show": show} | ({"source": source.pk} if source else {})
    return f"{reverse('live', args=[workspace.slug])}?{urlencode(asked)}"


def _newest(found: list[list[_Raw]]) -> list[_Raw]:
    """Of what came in one request, something of each: not the refused alone."""
    placed = [(row, n) for rows in found for n, row in enumerate(rows)]
    return [row for row, _n in sorted(placed, key=lambda each: (-each[0].at.timestamp(), each[1]))][:ITEMS]


def _stored(workspace: Workspace, now: datetime, source: Source | None) -> list[_Raw]:
    return [
        _Raw(
            row.at, row.kind, row.name, row.account or "", row.person, row.source,
            ("muted", _("Retracted")) if row.is_retracted else ("up", _("Stored")), is_stored=not row.is_retracted,
        )
        for row in arrivals.newest(workspace, now, ITEMS, source)
    ]  # fmt: skip


def _refused(workspace: Workspace, now: datetime, source: Source | None, *, bad_only: bool) -> list[_Raw]:
    rows = Refused.objects.of(workspace).filter(at__gt=now - WINDOW, imported=None)
    rows = _of(rows.bad() if bad_only else rows, source)
    return [_not_taken(row) for row in rows.order_by("-at")[:ITEMS]]


def _not_taken(row: Any) -> _Raw:
    result = (TONES[row.result], row.get_result_display())
    if row.result == Refused.Result.KNOWN:
        detail = f"{row.field} {row.value}" if row.value else ""
    else:
        detail = f"{row.field}: {row.reason}" if row.field else row.reason
    account = row.account or (row.value if row.field == "account" else "")
    return _Raw(row.at, row.kind, row.name, account, row.person, row.source_id, result, detail)


def _waiting(workspace: Workspace, now: datetime, source: Source | None) -> list[_Raw]:
    rows = _of(Waiting.objects.of(workspace).filter(received_at__gt=now - WINDOW, received_at__lte=now), source)
    return [
        _Raw(
            row.received_at, row.kind, str(row.item.get("name") or ""), "", str(row.item.get("contact") or ""),
            row.source_id, ("muted", _("Waits for its account")), row.name,
        )
        for row in rows.order_by("-received_at")[:ITEMS]
    ]  # fmt: skip


def _of(rows: Any, source: Source | None) -> Any:
    return rows.filter(source=source) if source else rows


def _items(workspace: Workspace, rows: list[_Raw]) -> list[Item]:
    """Accounts, sources and names of the catalogue are asked for once."""
    accounts = _accounts(workspace, {row.account for row in rows})
    sources = {each.pk: each for each in Source.objects.of(workspace).filter(pk__in={row.source for row in rows})}
    known = names_of(workspace, {row.name for row in rows})
    return [_item(workspace, row, accounts, sources, known) for row in rows]


def _accounts(workspace: Workspace, told: set[int | str]) -> dict[int | str, tuple[int, str]]:
    """What names an account → (its id, its name)."""
    ours = {each for each in told if isinstance(each, int)}
    rows = Account.objects.of(workspace).filter(Q(pk__in=ours) | Q(external_id__in={str(e) for e in told - ours}))
    found: dict[int | str, tuple[int, str]] = {}
    for pk, external_id, name in rows.values_list("pk", "external_id", "name"):
        found |= {pk: (pk, name), external_id: (pk, name)}
    return found


def _item(
    workspace: Workspace,
    row: _Raw,
    accounts: Mapping[int | str, tuple[int, str]],
    sources: Mapping[int, Any],
    known: Mapping[str, Any],
) -> Item:
    pk, name = accounts.get(row.account, (0, str(row.account)))
    source = sources[row.source]
    return Item(
        at=row.at,
        name=(row.name if row.kind == "events" else "") or kind_name(row.kind),
        account=name,
        account_url=reverse("account", args=[workspace.slug, pk]) if pk else "",
        person=row.person,
        source=source.library or source.name,
        tone=row.result[0],
        result=row.result[1],
        detail=feeds(measures_of(row.kind, row.name, known)) if row.is_stored else row.detail,
    )
