"""Accounts as told from outside: created or changed, field by field, with history of what may change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from msgspec import UNSET

from accounts.audit import note
from accounts.batch import ACCEPTED, KNOWN, UPDATED, Batch, refusal
from accounts.families import in_circles, parents_above
from accounts.kinds import Fault
from accounts.models import Account, AccountHistory, Membership, Stage, Team, Workspace
from accounts.places import lock_accounts, moved

PLAIN = ("name", "segment", "industry", "country", "domain", "properties", "started_on")
NAMED = {
    "owner": gettext_noop("no member of this workspace has this e-mail"),
    "team": gettext_noop("no team is called so"),
    "stage": gettext_noop("no stage is called so"),
}


@dataclass(frozen=True)
class Upserted:
    """The accounts that a batch named, by external id; what it changed of them, by id: column → before and after."""

    accounts: dict[str, Account]
    changes: dict[int, dict[str, tuple[Any, Any]]]


def upsert_accounts(batch: Batch) -> Upserted:
    """Create or change the batch's accounts; an absent field keeps its value, null clears it."""
    known = _locked(batch)
    was = {account.pk: vars(account).copy() for account in known.values()}
    names = names_of(batch.workspace)
    present = {item.id for n, item in enumerate(batch.items) if batch.results[n] is None}
    present |= {item.parent for item in batch.items if isinstance(item.parent, str)}
    _refuse_unknown(batch, names, _existing(batch.workspace, present))
    created, changed, parents = [], {}, []
    for n, item in enumerate(batch.items):
        if batch.results[n] is not None:
            continue
        values = _values(item, names)
        account = known.get(item.id)
        is_new = account is None
        if account is None:
            account = known[item.id] = Account(
                workspace=batch.workspace, external_id=item.id, name=item.id, imported=batch.imported
            )
            created.append(account)
        fields = [name for name, value in values.items() if getattr(account, _column(name)) != value]
        for name in fields:
            setattr(account, _column(name), values[name])
        if item.parent is not UNSET:
            parents.append((n, account, item.parent))
        if account.pk is not None and fields:
            changed.setdefault(account.pk, (account, set()))[1].update(fields)
        batch.results[n] = ACCEPTED if is_new else UPDATED if fields else KNOWN
    Account.unscoped.bulk_create(created)
    _set_parents(batch, parents, known, changed)
    before = _named(batch, changed)
    _save_changes(batch, changed)
    _remember(batch, created, changed)
    _note(changed, before, _named(batch, changed))
    return Upserted(known, {pk: _columns(was[pk], *changed[pk]) for pk in changed.keys() & was.keys()})


def _columns(was: dict[str, Any], account: Account, fields: set[str]) -> dict[str, tuple[Any, Any]]:
    return {column: (was[column], getattr(account, column)) for column in sorted(map(_column, fields))}


def _locked(batch: Batch) -> dict[str, Account]:
    ids = {item.id for n, item in enumerate(batch.items) if batch.results[n] is None}
    lock_accounts(batch.workspace)
    rows = Account.objects.of(batch.workspace).filter(external_id__in=ids).select_for_update(no_key=True)
    return {account.external_id: account for account in rows.order_by("pk")}


def names_of(workspace: Workspace) -> dict[str, dict[str, int]]:
    """What people call owners, teams and stages → their ids."""
    members = Membership.objects.of(workspace).filter(ended_at=None).values_list("user__email", "pk")
    return {
        "owner": {email.lower(): pk for email, pk in members},
        "team": dict(Team.objects.of(workspace).values_list("name", "pk")),
        "stage": dict(Stage.objects.of(workspace).values_list("name", "pk")),
    }


def _column(name: str) -> str:
    return f"{name}_id" if name in NAMED or name == "parent" else name


def _values(item: Any, names: dict[str, dict[str, int]]) -> dict[str, Any]:
    """The fields that were said, as the model holds them; an unknown name becomes KeyError's stand-in, -1."""
    values: dict[str, Any] = {}
    for name in PLAIN:
        value = getattr(item, name)
        if value is not UNSET:
            values[name] = "" if value is None and name != "started_on" else value
    for name in NAMED:
        value = getattr(item, name)
        if value is not UNSET:
            key = value.lower() if value and name == "owner" else value
            values[name] = names[name].get(key, -1) if value else None
    return values


def _refuse_unknown(batch: Batch, names: dict[str, dict[str, int]], existing: set[str]) -> None:
    """Refuse what names somebody or something that is not there; a refused account is nobody's parent."""
    while True:
        waiting = [(n, item) for n, item in enumerate(batch.items) if batch.results[n] is None]
        there = existing | {item.id for _, item in waiting}
        faults = [(n, fault) for n, item in waiting if (fault := next(_unknown(item, names, there), None))]
        faults = faults or _circles(batch.workspace, waiting)
        if not faults:
            return
        for n, fault in faults:
            batch.results[n] = refusal(*fault)


def unknown_names(workspace: Workspace, items: Sequence[Any]) -> list[list[Fault]]:
    """For each item what it names that is not there. Four queries."""
    names, parents = names_of(workspace), {item.parent for item in items if isinstance(item.parent, str)}
    there = _existing(workspace, parents)
    return [list(_unknown(item, names, there)) for item in items]


def _existing(workspace: Workspace, ids: set[str]) -> set[str]:
    rows = Account.objects.of(workspace).filter(external_id__in=ids)
    return set(rows.values_list("external_id", flat=True))


def _unknown(item: Any, names: dict[str, dict[str, int]], there: set[str]) -> Iterator[Fault]:
    values = _values(item, names)
    for name, reason in NAMED.items():
        if values.get(name) == -1:
            yield name, getattr(item, name), _(reason)
    if isinstance(item.parent, str) and item.parent not in there:
        yield "parent", item.parent, _("no account has this external id")
    elif isinstance(item.parent, str) and item.parent == item.id:
        yield "parent", item.parent, _("an account cannot be its own parent")


def _circles(workspace: Workspace, waiting: list[Any]) -> list[tuple[int, tuple[str, str, str]]]:
    """What would put an account above itself, with what is stored and what is told together."""
    told = {item.id: item.parent for _, item in waiting if item.parent is not UNSET}
    named = {parent for parent in told.values() if parent}
    if not named:
        return []
    parents = parents_above(workspace, named) | told
    circles = in_circles({child: parent for child, parent in parents.items() if parent})
    reason = _("this account is above itself then")
    return [(n, ("parent", item.parent, reason)) for n, item in waiting if item.id in circles and item.parent]


def _set_parents(batch: Batch, parents: list[Any], known: dict[str, Account], changed: dict[int, Any]) -> None:
    """Parents come last, since they may be in the same batch."""
    ids = {name: account.pk for name, account in known.items()}
    missing = {parent for _, _, parent in parents if parent and parent not in ids}
    ids.update(Account.objects.of(batch.workspace).filter(external_id__in=missing).values_list("external_id", "pk"))
    for n, account, parent in parents:
        parent_id = ids[parent] if parent else None
        if account.parent_id != parent_id:
            account.parent_id = parent_id
            changed.setdefault(account.pk, (account, set()))[1].add("parent")
            if batch.results[n] is KNOWN:
                batch.results[n] = UPDATED


def _save_changes(batch: Batch, changed: dict[int, Any]) -> None:
    fields = sorted({field for _, names in changed.values() for field in names})
    if not fields:
        return
    for account, _names in changed.values():
        account.updated_at = Now()  # and not when it came: who pulls what changed would miss the end of a long file
    Account.unscoped.bulk_update([account for account, _ in changed.values()], [*fields, "updated_at"], batch_size=1000)


def _remember(batch: Batch, created: list[Account], changed: dict[int, Any]) -> None:
    """History of created accounts begins with their start, of changes with the moment they were told."""
    fresh = {account.pk for account in created}
    rows = [
        _history(account, field, _beginning(batch, account))
        for account in created
        for field in Account.HISTORY
        if account.plain(field)
    ]
    changes = [
        (account, field)
        for account, fields in changed.values()
        if account.pk not in fresh
        for field in sorted(fields & set(Account.HISTORY))
    ]
    AccountHistory.unscoped.bulk_create(rows, batch_size=2000)
    fields: dict[str, dict[int, str]] = {}
    for account, field in changes:
        fields.setdefault(field, {})[account.pk] = account.plain(field)
    moved(batch.workspace, fields, batch.received_at)


def _named(batch: Batch, changed: dict[int, Any]) -> dict[int, Account]:
    """The changed accounts as they are stored, with whom and what they point at; a file's are not logged."""
    ids = [pk for pk, (_, fields) in changed.items() if fields & set(Account.HISTORY)]
    if not ids or batch.imported is not None:
        return {}
    rows = Account.objects.of(batch.workspace).select_related("owner__user", "team", "stage", "parent")
    return rows.in_bulk(ids)  # type: ignore[no-any-return]


def _note(changed: dict[int, Any], before: dict[int, Account], after: dict[int, Account]) -> None:
    note(
        (account, field, _text(getattr(before[pk], field)), _text(getattr(account, field)))
        for pk, account in after.items()
        for field in sorted(changed[pk][1] & set(Account.HISTORY))
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _beginning(batch: Batch, account: Account) -> datetime:
    if not account.started_on:
        return batch.received_at
    return min(batch.received_at, batch.workspace.start_of(account.started_on))


def _history(account: Account, field: str, since: datetime) -> AccountHistory:
    return AccountHistory(
        workspace_id=account.workspace_id,
        account=account,
        field=field,
        value=account.plain(field),
        since=since,
    )
