"""Many accounts at once: put somewhere, tagged, judged, written about. Each action in a few statements, and undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts import ingest, notes
from accounts.audit import note
from accounts.batch import Batch
from accounts.facts import PulseItem
from accounts.ingest.facts import lock_facts
from accounts.ingest.imports import hear_of
from accounts.models import (
    Account,
    AccountTag,
    AuditEntry,
    BulkChange,
    Membership,
    Note,
    Pulse,
    Role,
    Source,
    Stage,
    Tag,
    Workspace,
)
from accounts.models.ids import Ids
from accounts.places import lock_accounts, put
from accounts.retraction import disbelieve

Action = BulkChange.Action
# So many accounts at a time.
MOST = 10_000
HAS, HAS_NOT = "1", ""


class UnknownAccountError(LookupError):
    """An account is not in the workspace."""


class GoneError(LookupError):
    """Who was to get the accounts has left meanwhile, or owns none any more."""


@dataclass(frozen=True)
class Deed:
    """One sort of change. `before`: what accounts have now; `do`: give them what is asked for; `undo`: give each back
    what it had. `still`: which of them have what was done, and no other since. Both return what the audit log says:
    (account, before, after)."""

    before: Callable[[BulkChange, Accounts], Mapping[int, str]]
    do: Callable[[BulkChange, Accounts, datetime], None]
    still: Callable[[BulkChange, Accounts], Iterable[int]]
    undo: Callable[[BulkChange, Mapping[int, str], datetime], None]


Accounts = list[int]


@transaction.atomic
def change(
    member: Membership, action: str, value: str, said: str, accounts: Iterable[int], ticket: UUID, moment: datetime
) -> BulkChange:
    """Do one thing to those of some accounts that the member writes. The same ticket again changes nothing.

    Raises UnknownAccountError, and GoneError.
    """
    workspace = member.workspace
    lock_accounts(workspace)
    made = BulkChange.objects.of(workspace).filter(ticket=ticket).first()
    if made is not None:
        return made
    if action == Action.OWNER and value and not _owners(workspace).filter(pk=value).exists():
        raise GoneError
    wanted = sorted(set(accounts))
    found = Account.objects.of(workspace).filter(pk__among=Ids(wanted))
    if found.count() < len(wanted):
        raise UnknownAccountError
    mine = _locked(found.writable_by(member))
    made = BulkChange(
        workspace=workspace, author=member, action=action, value=value, said=said, ticket=ticket, made_at=moment,
        refused=sorted(set(wanted) - set(mine)),
    )  # fmt: skip
    deed = DEEDS[Action(action)]
    before = deed.before(made, mine)
    made.accounts, made.before = list(before), list(before.values())
    made.unchanged = len(mine) - len(before)
    made.save(force_insert=True)
    deed.do(made, made.accounts, moment)
    hear_of(workspace, made.accounts)
    _tell(made, AuditEntry.Action.CREATE, len(made.accounts))
    return made


@transaction.atomic
def undo(made: BulkChange, member: Membership, moment: datetime) -> BulkChange:
    """Give back what was there before to the accounts that still have what was done; the others are left, and named.

    Who did it may, for a day; else those whose accounts they are to write. Twice is once.
    """
    workspace = member.workspace
    lock_accounts(workspace)
    made = BulkChange.objects.of(workspace).select_for_update(of=("self",)).get(pk=made.pk)
    if made.undone_at is not None:
        return made
    deed, found = DEEDS[Action(made.action)], Account.objects.of(workspace).filter(pk__among=Ids(made.accounts))
    mine = set(_locked(found if made.is_still(member, moment) else found.writable_by(member)))
    still = set(deed.still(made, made.accounts)) & mine
    back = {pk: value for pk, value in zip(made.accounts, made.before, strict=True) if pk in still}
    back = _there(made, back)
    if not back and made.accounts:
        return made
    deed.undo(made, back, moment)
    made.undone_at, made.undone_by = moment, member
    made.left = [pk for pk in made.accounts if pk not in back]
    made.save(update_fields=["undone_at", "undone_by", "left"])
    _tell(made, AuditEntry.Action.UPDATE, len(back))
    return made


def _owners(workspace: Workspace) -> QuerySet[Any]:
    return Membership.objects.of(workspace).filter(ended_at=None).exclude(role=Role.VIEWER)  # type: ignore[no-any-return]


def _locked(accounts: QuerySet[Any]) -> Accounts:
    return list(accounts.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def _tell(made: BulkChange, action: AuditEntry.Action, count: int) -> None:
    both = [None, count] if action is AuditEntry.Action.CREATE else [count, None]
    AuditEntry.of(made, action, {"accounts": both}).save()


# -- owner, stage, segment ----------------------------------------------------------------------------------


def _had(made: BulkChange, accounts: Accounts) -> dict[int, str]:
    """Account → the value of the field, as its history has it."""
    column = made.action if made.action == Action.SEGMENT else f"{made.action}_id"
    rows = Account.objects.of(made.workspace_id).filter(pk__among=Ids(accounts)).order_by("pk")
    return {pk: "" if value is None else str(value) for pk, value in rows.values_list("pk", column)}


def _other(made: BulkChange, accounts: Accounts) -> dict[int, str]:
    return {pk: value for pk, value in _had(made, accounts).items() if value != made.value}


def _put(made: BulkChange, accounts: Accounts, moment: datetime) -> None:
    before = dict(zip(made.accounts, made.before, strict=True))
    _put_all(made, before, dict.fromkeys(accounts, made.value), moment)


def _put_back(made: BulkChange, back: Mapping[int, str], moment: datetime) -> None:
    _put_all(made, dict.fromkeys(back, made.value), back, moment)


def _put_all(made: BulkChange, before: Mapping[int, str], after: Mapping[int, str], moment: datetime) -> None:
    workspace = made.workspace
    put(workspace, made.action, after, moment)
    names = _names(workspace, made.action)
    rows = Account.objects.of(workspace).filter(pk__among=Ids(after)).order_by("pk").only("name", "workspace_id")
    note(
        (
            row,
            made.action,
            names.get(before[row.pk], before[row.pk] or None),
            names.get(after[row.pk], after[row.pk] or None),
        )
        for row in rows
    )


def _placed(made: BulkChange, accounts: Accounts) -> list[int]:
    return [pk for pk, value in _had(made, accounts).items() if value == made.value]


def _names(workspace: Workspace, action: str) -> dict[str, str]:
    """What values are called; of owners only those who are members still."""
    if action == Action.OWNER:
        members = Membership.objects.of(workspace).filter(ended_at=None).select_related("user")
        return {str(member.pk): str(member) for member in members}
    if action == Action.STAGE:
        return {str(pk): name for pk, name in Stage.objects.of(workspace).values_list("pk", "name")}
    return {}


def _there(made: BulkChange, back: Mapping[int, str]) -> dict[int, str]:
    """Without those whose owner of before has left the workspace; without all of them where the tag is gone."""
    if made.action == Action.UNTAG and not Tag.objects.of(made.workspace_id).filter(pk=int(made.value)).exists():
        return {}
    if made.action != Action.OWNER:
        return dict(back)
    names = _names(made.workspace, made.action)
    return {pk: value for pk, value in back.items() if not value or value in names}


# -- tags ---------------------------------------------------------------------------------------------------


def _tagged(made: BulkChange, accounts: Accounts) -> set[int]:
    rows = AccountTag.objects.of(made.workspace_id).filter(tag_id=int(made.value), account_id__among=Ids(accounts))
    return set(rows.values_list("account_id", flat=True))


def _without_tag(made: BulkChange, accounts: Accounts) -> dict[int, str]:
    tagged = _tagged(made, accounts)
    return {pk: HAS_NOT for pk in accounts if pk not in tagged}


def _with_tag(made: BulkChange, accounts: Accounts) -> dict[int, str]:
    return dict.fromkeys(sorted(_tagged(made, accounts)), HAS)


def _tag(made: BulkChange, accounts: Iterable[int], moment: datetime) -> None:
    """Give them the tag, where it is there still."""
    tag = Tag.objects.of(made.workspace_id).filter(pk=int(made.value)).first()
    if tag is not None:
        fresh = [AccountTag(workspace_id=made.workspace_id, account_id=pk, tag=tag) for pk in accounts]
        AccountTag.unscoped.bulk_create(fresh, ignore_conflicts=True)
        _note_tag(made, accounts, None, made.said)


def _untag(made: BulkChange, accounts: Iterable[int], moment: datetime) -> None:
    rows = AccountTag.objects.of(made.workspace_id).filter(tag_id=int(made.value), account_id__among=Ids(accounts))
    rows.delete()
    _note_tag(made, accounts, made.said, None)


def _note_tag(made: BulkChange, accounts: Iterable[int], before: str | None, after: str | None) -> None:
    rows = Account.objects.of(made.workspace_id).filter(pk__among=Ids(accounts)).order_by("pk")
    note((row, "tags", before, after) for row in rows.only("name", "workspace_id"))


# -- pulses and notes ---------------------------------------------------------------------------------------


def _nothing(made: BulkChange, accounts: Accounts) -> dict[int, str]:
    return dict.fromkeys(accounts, "")


def _fact(made: BulkChange, account: int) -> str:
    return f"hand-{account}-{made.ticket}"


def _judge(made: BulkChange, accounts: Accounts, moment: datetime) -> None:
    workspace, author = made.workspace, made.author
    rows = Account.objects.of(workspace).filter(pk__among=Ids(accounts)).order_by("pk")
    items = [
        PulseItem(
            account=external_id, id=_fact(made, pk), given_at=moment, value=int(made.value), comment=made.said,
            member=author.user.email,
        )
        for pk, external_id in rows.values_list("pk", "external_id")
    ]  # fmt: skip
    results = ingest.record(Batch(workspace, Source.by_hand(workspace, moment), "pulses", items, moment))
    refused = next((result for result in results if result.reason), None)
    if refused is not None:
        raise ValueError(f"a pulse was refused: {refused.field} {refused.reason}")


def _pulses(made: BulkChange, accounts: Iterable[int]) -> QuerySet[Any]:
    """The pulses that it gave, as they were given."""
    ids = [_fact(made, pk) for pk in accounts]
    rows: QuerySet[Any] = Pulse.objects.of(made.workspace_id).current().filter(external_id__in=ids)
    return rows.filter(value=int(made.value), comment=made.said)


def _judged(made: BulkChange, accounts: Accounts) -> list[int]:
    return list(_pulses(made, accounts).values_list("account_id", flat=True))


def _unjudge(made: BulkChange, back: Mapping[int, str], moment: datetime) -> None:
    lock_facts(made.workspace, Pulse)
    ids = Ids(_pulses(made, back).values_list("pk", flat=True))
    disbelieve(made.workspace, Pulse, {"pk__among": ids}, moment)


def _write(made: BulkChange, accounts: Accounts, moment: datetime) -> None:
    notes.write_all(made.workspace, accounts, made.author, made.value, made.ticket, moment)


def _notes(made: BulkChange, accounts: Iterable[int]) -> QuerySet[Any]:
    """The notes that it wrote, as they were written."""
    rows: QuerySet[Any] = Note.objects.of(made.workspace_id).current()
    return rows.filter(ticket=made.ticket, body=made.value, account_id__among=Ids(accounts))


def _written(made: BulkChange, accounts: Accounts) -> list[int]:
    return list(_notes(made, accounts).values_list("account_id", flat=True))


def _unwrite(made: BulkChange, back: Mapping[int, str], moment: datetime) -> None:
    _notes(made, back).update(retracted_at=moment)


PLACE = Deed(_other, _put, _placed, _put_back)
DEEDS: dict[Action, Deed] = {
    Action.OWNER: PLACE,
    Action.STAGE: PLACE,
    Action.SEGMENT: PLACE,
    Action.TAG: Deed(_without_tag, _tag, _tagged, _untag),
    Action.UNTAG: Deed(
        _with_tag, _untag, lambda made, accounts: _without_tag(made, accounts).keys(), _tag
    ),
    Action.PULSE: Deed(_nothing, _judge, _judged, _unjudge),
    Action.NOTE: Deed(_nothing, _write, _written, _unwrite),
}  # fmt: skip
