"""What a workspace was told, read back row by row, version by version, for a witness to judge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from accounts.kinds import KINDS
from accounts.models import (
    Account,
    AccountHistory,
    Contact,
    Event,
    EventName,
    ExchangeRate,
    Release,
    Stage,
    Survey,
    TicketEvent,
    Workspace,
)
from tests.metrics.world import Crowd, World

# What an item calls it, and what its row calls it.
CALLED = {"contact": "person", "id": "external_id", "gone_at": "retracted_at"}
MOMENTS = {"opened": "opened_at", "replied": "replied_at", "solved": "solved_at", "reopened": "reopened_at"}
MOMENTS |= {"closed": "closed_at"}


def retold(workspace: Workspace) -> Crowd:
    """All facts of a workspace with every version, in the order in which they were told."""
    names = dict(Account.objects.of(workspace).values_list("pk", "external_id"))
    crowd = Crowd({}, world=_world(workspace))
    for external_id, started in Account.objects.of(workspace).order_by("pk").values_list("external_id", "started_on"):
        crowd.started[external_id] = started
    for kind, of in KINDS.items():
        if of.model and not of.of_workspace:
            crowd.facts += ((kind, item) for item in _rows(of.model, workspace, names, of.moment))
    crowd.facts += (("ticket_events", item) for item in _rows(TicketEvent, workspace, names, "happened_at"))
    crowd.facts += (("events", item) for item in _events(workspace, names))
    stages = {str(pk): name for pk, name in Stage.objects.of(workspace).values_list("pk", "name")}
    history = AccountHistory.objects.of(workspace).filter(field="stage").order_by("account_id", "since")
    for pk, value, until in history.values_list("account_id", "value", "until"):
        crowd.stages.setdefault(names[pk], []).append((stages.get(value, ""), until))
    return crowd


def _rows(model: Any, workspace: Workspace, names: dict[int, str], moment: str) -> Iterator[dict[str, Any]]:
    for row in model.objects.of(workspace).order_by("pk").values():
        item = row | {said: row[column] for said, column in CALLED.items() if column in row}
        item["account"] = names[row["account_id"]]
        if moment:
            item.setdefault(moment, row["occurred_at"])
        if model is TicketEvent:
            item["kind"] = MOMENTS.get(row["kind"], row["kind"])
        yield item


def _events(workspace: Workspace, names: dict[int, str]) -> Iterator[dict[str, Any]]:
    columns = ["account_id", "message_id", "name", "person", "feature", "count", "users", "seconds"]
    rows = Event.objects.of(workspace).order_by("occurred_at", "pk")
    for row in rows.values(*columns, "occurred_at", "known_at", "retracted_at").iterator():
        row["account"], row["contact"], row["gone_at"] = names[row["account_id"]], row["person"], row["retracted_at"]
        yield row


def _world(workspace: Workspace) -> World:
    catalogue = {name.name: name for name in EventName.objects.of(workspace)}
    aliases = {name.name: name.alias_of for name in catalogue.values() if name.alias_of}
    ours = Contact.objects.of(workspace).filter(is_internal=True, retracted_at=None)
    first = Stage.objects.of(workspace).order_by("position").first()
    rates = ExchangeRate.objects.of(workspace).current().values_list("currency", "day", "rate")
    releases = Release.objects.of(workspace).current().values_list("feature", "released_on", "plans")
    return World(
        zone=ZoneInfo(workspace.time_zone),
        currency=workspace.currency,
        rates={(currency, day): rate for currency, day, rate in rates},
        not_use={name for name, entry in catalogue.items() if not entry.is_use and name not in aliases},
        aliases=aliases,
        internal={name for pair in ours.values_list("external_id", "email") for name in pair if name},
        own_domains=workspace.own_domains,
        releases={feature: (day, plans) for feature, day, plans in releases},
        turned=set(Survey.objects.of(workspace).filter(is_reversed=True).values_list("key", flat=True)),
        first_stage=first.name if first else "",
        planned=first.target_days or 0 if first else 0,
    )
