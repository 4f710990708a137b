"""What came in the last hour and what became of it, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Event, Refused, Workspace
from dashboards.panels.filters import FilterError
from dashboards.panels.lists import Link

ITEMS = 12
WINDOW = timedelta(hours=24)
SHOWS = ("all", "refused", "paused")


@dataclass(frozen=True)
class Item:
    """One event that was stored, or one item that was not taken."""

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


def live_of(workspace: Workspace, now: datetime, show: str) -> Live:
    """Two queries. Raises FilterError for an unknown `show`."""
    if show not in SHOWS:
        raise FilterError(_("show: “%(value)s” is none of all, refused, paused.") % {"value": show[:20]})
    url = reverse("live", args=[workspace.slug])
    items = [_refused(row) for row in _refusals(workspace, now)]
    if show != "refused":
        items += [_stored(workspace, row) for row in _events(workspace, now)]
    labels = {"all": _("All"), "refused": _("Refused"), "paused": _("Pause")}
    return Live(
        url=f"{url}?show={show}",
        is_paused=show == "paused",
        chips=tuple(Link(label, f"{url}?show={key}", here=key == show) for key, label in labels.items()),
        items=tuple(sorted(items, key=lambda item: item.at, reverse=True)[:ITEMS]),
    )


def _events(workspace: Workspace, now: datetime) -> Any:
    rows = Event.objects.of(workspace).filter(known_at__gt=now - WINDOW, known_at__lte=now, imported=None)
    return rows.select_related("account", "source").order_by("-known_at")[:ITEMS]


def _refusals(workspace: Workspace, now: datetime) -> Any:
    rows = Refused.objects.of(workspace).filter(at__gt=now - WINDOW, imported=None)
    return rows.select_related("source").order_by("-at")[:ITEMS]


def _stored(workspace: Workspace, row: Any) -> Item:
    retracted = row.retracted_at is not None
    return Item(
        at=row.known_at,
        name=row.name,
        account=row.account.name,
        account_url=reverse("account", args=[workspace.slug, row.account_id]),
        person=row.person or "",
        source=row.source.name,
        tone="muted" if retracted else "up",
        result=_("Retracted") if retracted else _("Stored"),
        detail=row.feature or "",
    )


def _refused(row: Any) -> Item:
    conflict = row.result == Refused.Result.CONFLICT
    where = f"{row.field}: " if row.field else ""
    return Item(
        at=row.at,
        name=row.kind,
        account=row.value if row.field == "account" else "",
        account_url="",
        person="",
        source=row.source.name,
        tone="down",
        result=_("Conflict") if conflict else _("Refused"),
        detail=f"{where}{row.reason}",
    )
