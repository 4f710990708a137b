"""Facts whose account is not known yet: kept on disk, and recorded when it is."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from accounts.batch import ACCEPTED, BAD, KNOWN, UPDATED, Result, Status, shown
from accounts.models import Refused, Source, Waiting
from accounts.models.link import LONGEST
from accounts.saying import Speaker

AT_A_TIME = 2_000
# A retry may say another time: it is no part of what makes an event this one.
TIMES = ("occurred_at", "known_at")


def wait(speaker: Speaker, facts: Sequence[tuple[str, str, Any]]) -> list[Result]:
    """Keep (name, kind, item) until the name belongs to an account; a result for each, as if it were recorded."""
    results: list[Result | None] = _faults(speaker, facts)
    fresh: dict[tuple[str, str], Waiting] = {}
    plain = [(name, kind, _plain(speaker, kind, item)) for name, kind, item in facts]
    there = _there(speaker.source, plain)
    for n, (name, kind, item) in enumerate(plain):
        if results[n] is not None:
            continue
        key = kind, _message(kind, item)
        before = fresh.get(key) or there.get(key)
        row = Waiting(
            workspace_id=speaker.source.workspace_id, source=speaker.source, name=name, kind=kind, message=key[1],
            item=item, received_at=speaker.moment,
        )  # fmt: skip
        results[n] = ACCEPTED if before is None else _repeat(before, row)
        if before is None or results[n] is UPDATED:
            fresh[key] = row
    Waiting.unscoped.bulk_create(
        fresh.values(),
        update_conflicts=True,
        unique_fields=["workspace", "source", "kind", "message"],
        update_fields=["item", "name", "received_at"],
    )
    return [result or ACCEPTED for result in results]


def pull(speaker: Speaker, accounts: dict[str, str]) -> None:
    """Record what waited for these names, which belong to accounts now: known from now on, as it happened then."""
    while rows := list(
        Waiting.objects.of(speaker.source.workspace_id).of_names(accounts).select_related("source")[:AT_A_TIME]
    ):
        facts: dict[tuple[Source, str], list[Any]] = defaultdict(list)
        for row in rows:
            row.source.workspace = speaker.source.workspace
            facts[row.source, row.kind].append({**row.item, "account": accounts[row.name]})
        for (source, kind), items in facts.items():
            told = Speaker(source, speaker.moment, speaker.creates_accounts).record(kind, items)
            bad = [result for result in told if result.status in BAD]
            Refused.unscoped.bulk_create(Refused.of(source, kind, 0, each, speaker.moment) for each in bad)
        Waiting.objects.of(speaker.source.workspace_id).filter(pk__in=[row.pk for row in rows]).delete()


def _plain(speaker: Speaker, kind: str, item: Any) -> dict[str, Any]:
    """An item as it is kept: without an account; an event has an id and a time at least."""
    said = dict(msgspec.to_builtins(item, enc_hook=str))
    said.pop("account", None)
    if kind == "events":
        said = {key: value for key, value in said.items() if value is not None}
        said.setdefault("message_id", str(uuid.uuid4()))
        said.setdefault("occurred_at", speaker.moment.isoformat())
    return said


def _message(kind: str, item: dict[str, Any]) -> str:
    return str(item["message_id"] if kind == "events" else item.get("id", ""))[:LONGEST]


def _faults(speaker: Speaker, facts: Sequence[tuple[str, str, Any]]) -> list[Result | None]:
    """What is wrong with each: it must not be found out when it is too late to say so."""
    found: list[Result | None] = [None] * len(facts)
    for wanted in {kind for _name, kind, _item in facts}:
        places = [n for n, (_name, kind, _item) in enumerate(facts) if kind == wanted]
        items = [facts[n][2] for n in places]
        items = [item | {"account": "-"} if isinstance(item, dict) else item for item in items]
        for n, reason in zip(places, speaker.faults(wanted, speaker.wholes(wanted, items)), strict=True):
            found[n] = reason
    return found


def _there(source: Source, plain: Sequence[tuple[str, str, dict[str, Any]]]) -> dict[tuple[str, str], Waiting]:
    """What of it waits already."""
    keys = {(kind, _message(kind, item)) for _name, kind, item in plain}
    kinds, messages = {kind for kind, _message in keys}, {message for _kind, message in keys}
    rows = Waiting.objects.of(source.workspace_id).filter(source=source, kind__in=kinds, message__in=messages)
    return {(row.kind, row.message): row for row in rows}


def _repeat(before: Waiting, row: Waiting) -> Result:
    """What waits already is known; a fact with versions may be corrected, an event may not."""
    if row.kind != "events":
        row.item = before.item | row.item
        return KNOWN if (before.item, before.name) == (row.item, row.name) else UPDATED
    was, now = ({key: value for key, value in each.item.items() if key not in TIMES} for each in (before, row))
    if was == now:
        return KNOWN
    return Result(Status.CONFLICT, "message_id", shown(row.message), _("this id came before with other content"))
