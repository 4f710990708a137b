"""Where facts come from: how fresh each source is, what came last, what files brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import arrivals
from accounts.models import Import, Membership, Refused, Source, Workspace
from accounts.permissions import may
from dashboards.panels.live import Live, live_of
from dashboards.panels.push import Push, push_of
from dashboards.panels.ways import freshness, is_webhook, takes_keys, way_of
from dashboards.panels.words import kind_name
from dashboards.templatetags.figures import integer, percent

DAY = timedelta(days=1)
IMPORTS = 20
STATES = {
    Import.State.RUNNING: "grey", Import.State.DONE: "green", Import.State.UNDOING: "grey",
    Import.State.FAILED: "red", Import.State.UNDONE: "grey",
}  # fmt: skip


@dataclass(frozen=True)
class SourceRow:
    """A source; `taken` and `refused` are of the last 24 hours."""

    url: str
    snippet_url: str
    is_webhook: bool
    name: str
    kind: str
    band: str
    state: str
    taken: int
    refused: int
    share: Decimal | None
    seen_at: datetime | None


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
    """All that the page shows."""

    workspace: str
    now: datetime
    summary: str
    may_change: bool
    add_url: str
    sources: tuple[SourceRow, ...]
    imports: tuple[ImportRow, ...]
    push: Push
    live: Live


def sources_of(
    member: Membership,
    now: datetime,
    base: str,
    *,
    source: int | None = None,
    language: str = "",
) -> Sources:
    """The page. `base` is the address under which we are reached; `source`: whose lines are shown."""
    workspace, slug = member.workspace, member.workspace.slug
    found = list(Source.objects.of(workspace).order_by("name"))
    rows = tuple(_source_rows(workspace, found, now))
    url = reverse("sources", args=[slug])
    return Sources(
        workspace=slug,
        now=now,
        summary=_summary(rows),
        may_change=may(member.role, "source.write"),
        add_url=reverse("source-add", args=[slug]),
        sources=rows,
        imports=tuple(_import_row(workspace, row) for row in _imports(workspace)),
        push=push_of(member, chosen(found, source), base, now, language=language, url=url),
        live=live_of(workspace, now, "all"),
    )


def chosen(sources: list[Any], asked: int | None) -> Any:
    """The source that is asked for, or the one that was heard last of those to which programs push; or none."""
    pushed = [source for source in sources if takes_keys(source.kind)]
    last = max(pushed, key=lambda each: (each.last_seen_at is not None, each.last_seen_at, -each.pk), default=None)
    return next((source for source in sources if source.pk == asked), last)


def _imports(workspace: Workspace) -> Any:
    return Import.objects.of(workspace).order_by("-started_at")[:IMPORTS]


def _source_rows(workspace: Workspace, sources: list[Any], now: datetime) -> list[SourceRow]:
    """Two queries: what came and what was refused in 24 hours."""
    taken: Counter[int] = Counter()
    for row in arrivals.counted(workspace, now - DAY, now):
        taken[row.source] += row.count
    bad = Refused.objects.of(workspace).bad().filter(at__gt=now - DAY, at__lte=now)
    refused = dict(bad.order_by().values("source_id").annotate(n=Sum("count")).values_list("source_id", "n"))
    busiest = sorted(sources, key=lambda source: -taken[source.pk])
    return [_source_row(workspace, source, now, taken, refused) for source in busiest]


def _source_row(
    workspace: Workspace, source: Any, now: datetime, taken: Mapping[int, int], refused: Mapping[int, int]
) -> SourceRow:
    came, not_taken = taken.get(source.pk, 0), refused.get(source.pk, 0)
    band, state = freshness(source.kind, source.last_seen_at, now)
    url = reverse("source", args=[workspace.slug, source.pk])
    pushed = f"{reverse('sources', args=[workspace.slug])}?source={source.pk}"
    return SourceRow(
        url=url,
        snippet_url=pushed if takes_keys(source.kind) else "",
        is_webhook=is_webhook(source.kind),
        name=source.name,
        kind=str(way_of(source.kind).mark),
        band=band,
        state=state,
        taken=came,
        refused=not_taken,
        share=_share(source, came, not_taken),
        seen_at=source.last_seen_at,
    )


def _share(source: Any, came: int, not_taken: int) -> Decimal | None:
    """What was refused; nothing for a file of the past, whose events are not of these 24 hours."""
    if came + not_taken == 0 or (came == 0 and source.kind == Source.Kind.FILE):
        return None
    return Decimal(not_taken) / (came + not_taken)


def _summary(rows: tuple[SourceRow, ...]) -> str:
    came = sum(row.taken for row in rows)
    refused = sum(row.refused for row in rows if row.share is not None)
    words = ngettext("%(n)s source", "%(n)s sources", len(rows)) % {"n": integer(len(rows))}
    words += " · " + ngettext("%(n)s event in 24 h", "%(n)s events in 24 h", came) % {"n": integer(came)}
    if not came + refused:
        return words
    return words + " · " + _("%(share)s refused") % {"share": percent(Decimal(refused) / (refused + came), 2)}


def _import_row(workspace: Workspace, row: Any) -> ImportRow:
    return ImportRow(
        url=reverse("import", args=[workspace.slug, row.pk]),
        file_name=row.file_name,
        kind=kind_name(row.kind),
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
