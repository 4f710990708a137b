"""People and plan: who is there, what they want to reach, how it goes, what we noted, what stands above and below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import Account, Membership
from dashboards.panels import notes
from dashboards.panels.account_head import AccountHead, head_of
from dashboards.panels.account_tables import Place, Table, table_of
from dashboards.panels.notes import Notes, notes_of
from dashboards.panels.people.contacts import CONTACTS, page_of
from dashboards.panels.people.family import CHILDREN, Family, family_of
from dashboards.panels.people.goals import Goals, goals_of
from dashboards.panels.people.pulses import PULSES, pulse_line

BACK = "account-people"
# The lists of the page that have pages of their own.
PAGED = ("contacts", "goals", "pulses", "notes", "children")


@dataclass(frozen=True)
class PeoplePage:
    """All that the page shows. `pulse_line`: the last ones, the oldest first."""

    head: AccountHead
    contacts: Table
    goals: Goals
    pulses: Table
    pulse_line: tuple[int, ...]
    family: Family
    children: Table
    notes: Notes


def people_page(
    member: Membership,
    account: Account,
    pages: Mapping[str, int],
    now: datetime,
    person: int | None = None,
    note: int | None = None,
) -> PeoplePage:
    """A fixed number of queries. `pages`: which page of each list of PAGED, unless it is the one with a person, or with
    a note, to which somebody was led."""
    head = head_of(member, account, BACK, now)
    place = Place(account, now, head.writes, BACK)
    contacts = pages["contacts"] if person is None else page_of(place, person)
    noted = pages["notes"] if note is None else notes.page_of(account, note)
    url = reverse(BACK, args=[member.workspace.slug, account.pk])
    return PeoplePage(
        head=head,
        contacts=table_of(CONTACTS, place, contacts, url),
        goals=goals_of(place, pages["goals"], url),
        pulses=table_of(PULSES, place, pages["pulses"], url),
        pulse_line=pulse_line(place),
        family=family_of(place),
        children=table_of(CHILDREN, place, pages["children"], url),
        notes=notes_of(member, account, head.writes, noted, url),
    )
