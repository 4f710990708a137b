"""One source: its keys, the lines to paste, how good it was this week, what came last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from accounts.importers.ready import ready
from accounts.models import ApiKey, Membership, Source
from accounts.permissions import may
from dashboards.panels.hook import HookCard, hook_card
from dashboards.panels.lists import Link
from dashboards.panels.live import Live, live_of
from dashboards.panels.push import Push, Tested, push_of
from dashboards.panels.source_quality import Quality, quality_of
from dashboards.panels.ways import GROUPS, WAYS, freshness, takes_keys, way_of


@dataclass(frozen=True)
class KeyRow:
    """A key, by the part of it that may be shown."""

    prefix: str
    name: str
    scopes: str
    creates_accounts: bool
    used_at: datetime | None
    revoked_at: datetime | None
    rotate_url: str
    revoke_url: str


@dataclass(frozen=True)
class SourcePage:
    """All that the page shows."""

    source: Any
    sources_url: str
    now: datetime
    mark: str
    way: str
    band: str
    state: str
    may_change: bool
    takes_keys: bool
    keys: tuple[KeyRow, ...]
    create_url: str
    form: Any
    push: Push
    hook: HookCard | None
    quality: Quality
    live: Live


def source_page(
    member: Membership,
    source: Source,
    now: datetime,
    base: str,
    form: Any,
    *,
    language: str = "",
    new_key: str = "",
    tested: Tested | None = None,
    new_secret: str = "",
    error: str = "",
    mapping: str = "",
    sample: str = "",
) -> SourcePage:
    """The page of one source. Seventeen queries at most."""
    workspace = source.workspace = member.workspace
    url = reverse("source", args=[workspace.slug, source.pk])
    may_change = may(member.role, "source.write")
    band, state = freshness(source.kind, source.last_seen_at, now)
    return SourcePage(
        source=source,
        sources_url=reverse("sources", args=[workspace.slug]),
        now=now,
        mark=str(way_of(source.kind).mark),
        way=str(way_of(source.kind).name),
        band=band,
        state=state,
        may_change=may_change,
        takes_keys=takes_keys(source.kind),
        keys=tuple(_key_row(row) for row in _keys(source, may_change)),
        create_url=reverse("create-key", args=[workspace.slug, source.pk]),
        form=form,
        push=push_of(
            member,
            source,
            base,
            now,
            language=language,
            new_key=new_key,
            tested=tested,
            url=url,
        ),
        hook=hook_card(
            source, base, now, new_secret=new_secret, error=error, mapping=mapping, sample=sample, tested=tested
        ),
        quality=quality_of(source, now),
        live=live_of(workspace, now, "all", source),
    )


def _keys(source: Any, may_change: bool) -> Any:
    rows = ApiKey.objects.of(source.workspace_id).filter(source=source).select_related("workspace")
    return (rows if may_change else rows.living()).order_by("-revoked_at", "-created_at")


def _key_row(key: Any) -> KeyRow:
    labels, slug = dict(ApiKey.Scope.choices), key.workspace.slug
    return KeyRow(
        prefix=key.prefix,
        name=key.name,
        scopes=", ".join(str(labels.get(scope, scope)) for scope in key.scopes),
        creates_accounts=key.creates_accounts,
        used_at=key.last_used_at,
        revoked_at=key.revoked_at,
        rotate_url=reverse("rotate-key", args=[slug, key.pk]),
        revoke_url=reverse("revoke-key", args=[slug, key.pk]),
    )


@dataclass(frozen=True)
class Choice:
    """A kind of source that can be added."""

    kind: str
    name: Any
    about: Any
    here: bool


@dataclass(frozen=True)
class AddPage:
    """What can be added, under headings."""

    sources_url: str
    upload_url: str
    groups: tuple[tuple[Any, tuple[Choice, ...]], ...]
    ready: tuple[Link, ...]
    form: Any


def add_page(member: Membership, form: Any) -> AddPage:
    """No query."""
    here = form["kind"].value()
    return AddPage(
        sources_url=reverse("sources", args=[member.workspace.slug]),
        upload_url=reverse("upload-file", args=[member.workspace.slug]),
        groups=tuple(
            (
                heading,
                tuple(
                    Choice(kind, way.name, way.about, kind == here) for kind, way in WAYS.items() if way.group == group
                ),
            )
            for group, heading in GROUPS.items()
        ),
        ready=tuple(
            Link(each.title, f"?{urlencode({'kind': Source.Kind.WEBHOOK, 'ready': key})}")
            for key, each in ready().items()
            if each.is_of_hooks
        ),
        form=form,
    )
