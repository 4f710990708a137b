"""Where facts come from: how fresh each source is, its keys, what came last, what files brought."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account, ApiKey, Event, Import, Membership, Refused, Source, Workspace
from accounts.permissions import may
from dashboards.panels.live import Live, live_of
from dashboards.templatetags.figures import integer, percent

DAY = timedelta(days=1)
# By kind of source: fresh up to the first, late up to the second, then silent.
EXPECTED = {
    Source.Kind.REST: (timedelta(hours=1), DAY),
    Source.Kind.FILE: (8 * DAY, 32 * DAY),
    Source.Kind.HAND: (8 * DAY, 32 * DAY),
    Source.Kind.DEMO: (2 * DAY, 8 * DAY),
    Source.Kind.MAIL: (8 * DAY, 32 * DAY),
    Source.Kind.SEGMENT: (timedelta(hours=1), DAY),
    Source.Kind.POSTHOG: (timedelta(hours=1), DAY),
    Source.Kind.STRIPE: (8 * DAY, 32 * DAY),
    Source.Kind.ZENDESK: (DAY, 8 * DAY),
    Source.Kind.TYPEFORM: (8 * DAY, 32 * DAY),
    Source.Kind.DELIGHTED: (8 * DAY, 32 * DAY),
    Source.Kind.CLOUDEVENTS: (timedelta(hours=1), DAY),
    Source.Kind.WEBHOOK: (DAY, 8 * DAY),
    Source.Kind.TOTANGO: (timedelta(hours=1), DAY),
    Source.Kind.CUSTIFY: (timedelta(hours=1), DAY),
    Source.Kind.PENDO: (timedelta(hours=1), DAY),
    Source.Kind.VITALLY: (timedelta(hours=1), DAY),
}
IMPORTS = 20
STATES = {
    Import.State.RUNNING: "grey", Import.State.DONE: "green", Import.State.UNDOING: "grey",
    Import.State.FAILED: "red", Import.State.UNDONE: "grey",
}  # fmt: skip


@dataclass(frozen=True)
class KeyRow:
    """A key, by the part of it that may be shown."""

    prefix: str
    name: str
    scopes: str
    used_at: datetime | None
    revoked_at: datetime | None
    revoke_url: str


@dataclass(frozen=True)
class SourceRow:
    """A source; `accepted` and `refused` (a share) are of the last 24 hours."""

    name: str
    kind: str
    band: str
    state: str
    accepted: int
    refused: Decimal | None
    seen_at: datetime | None
    keys: tuple[KeyRow, ...]


@dataclass(frozen=True)
class ImportRow:
    """A file that was read, and its report: the parts add up to `read`."""

    url: str
    file_name: str
    kind: str
    band: str
    state: str
    read: int
    accepted: int
    warned: int
    known: int
    conflicts: int
    rejected: int
    started_at: datetime


@dataclass(frozen=True)
class Sources:
    """All that the page shows. `new_key` is there once, right after it was made."""

    url: str
    workspace: str
    now: datetime
    summary: str
    may_change: bool
    sources: tuple[SourceRow, ...]
    imports: tuple[ImportRow, ...]
    live: Live
    create_url: str
    form: Any
    new_key: str
    curl: str


def sources_of(member: Membership, now: datetime, base: str, form: Any = None, new_key: str = "") -> Sources:
    """The page. `base` is the address under which we are reached, for the curl line."""
    workspace = member.workspace
    may_change = may(member.role, "source.write")
    rows = tuple(_source_rows(workspace, now, may_change))
    return Sources(
        url=reverse("sources", args=[workspace.slug]),
        workspace=workspace.slug,
        now=now,
        summary=_summary(rows),
        may_change=may_change,
        sources=rows,
        imports=tuple(_import_row(workspace, row) for row in _imports(workspace)),
        live=live_of(workspace, now, "all"),
        create_url=reverse("create-key", args=[workspace.slug]),
        form=form,
        new_key=new_key,
        curl=_curl(workspace, base, new_key),
    )


def _imports(workspace: Workspace) -> Any:
    return Import.objects.of(workspace).order_by("-started_at")[:IMPORTS]


def _source_rows(workspace: Workspace, now: datetime, may_change: bool) -> list[SourceRow]:
    """Five queries: sources, keys, what came and what was refused in 24 hours, the last import of each."""
    accepted = _counted(Event.objects.of(workspace).current().filter(known_at__gt=now - DAY, known_at__lte=now))
    refused = _counted(Refused.objects.of(workspace).filter(at__gt=now - DAY))
    keys: dict[int, list[KeyRow]] = {}
    for key in ApiKey.objects.of(workspace).order_by("revoked_at", "created_at"):
        if may_change or key.revoked_at is None:
            keys.setdefault(key.source_id, []).append(_key_row(workspace, key))
    return [
        _source_row(source, now, accepted, refused, tuple(keys.get(source.pk, ())))
        for source in Source.objects.of(workspace).order_by("name")
    ]


def _share(source: Any, came: int, not_taken: int) -> Decimal | None:
    """What was refused; nothing for a file of the past, whose events are not of these 24 hours."""
    if came + not_taken == 0 or (came == 0 and source.kind == Source.Kind.FILE):
        return None
    return Decimal(not_taken) / (came + not_taken)


def _counted(rows: Any) -> dict[int, int]:
    return dict(rows.order_by().values("source_id").annotate(n=Count("pk")).values_list("source_id", "n"))


def _key_row(workspace: Workspace, key: Any) -> KeyRow:
    labels = dict(ApiKey.Scope.choices)
    return KeyRow(
        prefix=key.prefix,
        name=key.name,
        scopes=", ".join(str(labels.get(scope, scope)) for scope in key.scopes),
        used_at=key.last_used_at,
        revoked_at=key.revoked_at,
        revoke_url=reverse("revoke-key", args=[workspace.slug, key.pk]),
    )


def _source_row(
    source: Any, now: datetime, accepted: Mapping[int, int], refused: Mapping[int, int], keys: tuple[KeyRow, ...]
) -> SourceRow:
    came, not_taken = accepted.get(source.pk, 0), refused.get(source.pk, 0)
    band, state = freshness(source.kind, source.last_seen_at, now)
    return SourceRow(
        name=source.name,
        kind=source.get_kind_display(),
        band=band,
        state=state,
        accepted=came,
        refused=_share(source, came, not_taken),
        seen_at=source.last_seen_at,
        keys=keys,
    )


def freshness(kind: str, seen_at: datetime | None, now: datetime) -> tuple[str, str]:
    """The band and the word for how long ago a source was last heard."""
    if seen_at is None:
        return "grey", _("Waiting")
    fresh, late = EXPECTED[Source.Kind(kind)]
    silence = now - seen_at
    if silence <= fresh:
        return "green", _("Fresh")
    return ("yellow", _("Late")) if silence <= late else ("red", _("Silent"))


def _summary(rows: tuple[SourceRow, ...]) -> str:
    came = sum(row.accepted for row in rows)
    refused = sum(
        (row.refused * row.accepted / (1 - row.refused) for row in rows if row.refused and row.refused < 1), Decimal(0)
    )
    words = ngettext("%(n)s source", "%(n)s sources", len(rows)) % {"n": integer(len(rows))}
    words += " · " + _("%(n)s events in 24 h") % {"n": integer(came)}
    return words + (" · " + _("%(share)s refused") % {"share": percent(refused / (refused + came), 2)} if came else "")


def _import_row(workspace: Workspace, row: Any) -> ImportRow:
    return ImportRow(
        url=reverse("import", args=[workspace.slug, row.pk]),
        file_name=row.file_name,
        kind=row.kind,
        band=STATES.get(row.state, "grey"),
        state=row.get_state_display(),
        read=row.read,
        accepted=row.accepted,
        warned=sum(row.warnings.values()),
        known=row.known,
        conflicts=row.conflicts,
        rejected=row.rejected,
        started_at=row.started_at,
    )


def _curl(workspace: Workspace, base: str, key: str) -> str:
    """A line to paste into a shell: it names an account that exists."""
    account = Account.objects.of(workspace).order_by("pk").values_list("external_id", flat=True).first() or "acme"
    pairs = f'"account": {json.dumps(account)},\n    "contact": "ivo@example.com"'
    body = shlex.quote('{"events": [{"name": "login",\n    ' + pairs + "}]}")
    lines = (
        f"curl {base}/api/v1/events",
        f'-H "Authorization: Bearer {key or "hs_…"}"',
        '-H "Content-Type: application/json"',
        f"-d {body}",
    )
    return " \\\n  ".join(lines)
