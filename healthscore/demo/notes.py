"""What the people of the demo wrote down, and which accounts stand above others: made once."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from accounts import ingest, notes
from accounts.batch import Batch
from accounts.facts import AccountItem
from accounts.models import Account, Membership, Note, Role, Source, Workspace
from healthscore.demo.calendar import moment, workday
from healthscore.demo.chance import dice

RENEWAL = """## Before the renewal

1. New champion: Astrid, or whoever she names
2. Month-end reports under 10 s
3. Offer a refresher for the Oslo team

She reads mail *in the morning only*."""
# By name: how many days ago, pinned or not, what; {manager} is who is called.
NOTES: dict[str, list[tuple[int, bool, str]]] = {
    "Nordlys Freight": [
        (50, False, "Ingrid Ekman left on good terms. Astrid Hagen signs now, but **nobody owns the rollout**."),
        (17, False, '@"{manager}" they ask for a call back about the complaint. I have promised one this week.'),
        (2, True, RENEWAL),
    ],
    "Brightwater Clinics": [(9, False, '@"{manager}" third urgent ticket in two weeks. Can engineering join?')],
    "Sable Hotels": [(30, True, "Happy to be a reference for hotels: ask **two weeks** ahead.")],
    "Halden Robotics": [(21, False, "Their new finance system pays on the 20th only; use is as good as ever.")],
}  # fmt: skip
# A group and who belongs to it.
GROUPS = {"Vela Insurance": ["Cadena Sur", "Quanta Legal"]}


def write_notes(workspace: Workspace, source: Source, first: date, last: date) -> None:
    """The notes, each by the owner of its account, and the groups; once, so that they stay as they were left."""
    if Note.objects.of(workspace).exists():
        return
    names = {*NOTES, *GROUPS, *(child for children in GROUPS.values() for child in children)}
    rows = Account.objects.of(workspace).filter(name__in=names).select_related("workspace", "owner__user", "team")
    found = {account.name: account for account in rows}
    for name, told in NOTES.items():
        account = found.get(name)
        manager = _manager(account)
        if account is None or account.owner is None or manager is None:
            continue
        for ago, is_pinned, text in told:
            day = workday((last - timedelta(days=ago)).toordinal())
            ticket = UUID(int=dice("note", workspace.slug, name, ago).getrandbits(128))
            at = moment(workspace.time_zone, day, 15)
            note = notes.write(account, account.owner, text.replace("{manager}", str(manager)), ticket, at)
            notes.pin(note, is_pinned)
    _group(workspace, source, found, first)


def _manager(account: Account | None) -> Membership | None:
    if account is None:
        return None
    members = Membership.objects.of(account.workspace).filter(role=Role.MANAGER, team=account.team)
    return members.select_related("user").order_by("pk").first()  # type: ignore[no-any-return]


def _group(workspace: Workspace, source: Source, found: dict[str, Account], first: date) -> None:
    items = [
        AccountItem(id=found[child].external_id, parent=found[parent].external_id)
        for parent, children in GROUPS.items()
        for child in children
        if parent in found and child in found
    ]
    if items:
        ingest.record(Batch(workspace, source, "accounts", items, received_at=workspace.end_of(first)))
