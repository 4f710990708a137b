"""What the search box finds: accounts with their light, people with their account."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.finding import LETTERS, find
from accounts.models import Contact, Membership
from metrics.models import Band, Standing
from metrics.models.snapshot import UNIT

# While one types, and on the page.
BRIEF, FULL = (6, 4), (50, 50)


@dataclass(frozen=True)
class Hit:
    """An account or a person; `key` tells it from all others on the page. Without a band it has no score."""

    key: str
    url: str
    name: str
    note: str
    band: str = ""
    score: Decimal | None = None


@dataclass(frozen=True)
class Found:
    """All that the page or the list below the box shows."""

    url: str
    here: str
    query: str
    is_short: bool
    is_alike: bool
    accounts: tuple[Hit, ...]
    people: tuple[Hit, ...]

    @property
    def total(self) -> int:
        return len(self.accounts) + len(self.people)


def found(member: Membership, query: str, limits: tuple[int, int] = FULL) -> Found:
    """Five queries at most."""
    workspace, slug = member.workspace, member.workspace.slug
    url = reverse("search", args=[slug])
    finding = find(workspace, query, limits)
    bands = _bands(member, [row["pk"] for row in finding.accounts])
    return Found(
        url=url,
        here=f"{url}?{urlencode({'q': query})}" if query else url,
        query=query,
        is_short=len(query) < LETTERS,
        is_alike=finding.is_alike,
        accounts=tuple(_account(slug, row, bands.get(row["pk"])) for row in finding.accounts),
        people=tuple(_person(slug, row) for row in finding.people),
    )


def _bands(member: Membership, ids: list[int]) -> dict[int, tuple[int, int | None]]:
    rows = Standing.objects.of(member.workspace).filter(account_id__in=ids, is_scored=True)
    return {pk: (band, units) for pk, band, units in rows.values_list("account_id", "band", "score_units")}


def _account(slug: str, row: dict[str, Any], standing: tuple[int, int | None] | None) -> Hit:
    owner = row["owner__user__name"] or row["owner__user__email"] or _("no owner")
    band, units = standing or (None, None)
    return Hit(
        key=f"account-{row['pk']}",
        url=reverse("account", args=[slug, row["pk"]]),
        name=row["name"],
        note=" · ".join(part for part in (row["segment"], owner, row["external_id"]) if part),
        band="" if band is None else Band(band).name.lower(),
        score=None if units is None else Decimal(units) / UNIT,
    )


def _person(slug: str, row: dict[str, Any]) -> Hit:
    part = _("has left") if row["left_on"] else str(Contact.Part(row["part"]).label)
    return Hit(
        key=f"person-{row['pk']}",
        url=f"{reverse('account-people', args=[slug, row['account_id']])}?person={row['pk']}#person-{row['pk']}",
        name=row["name"] or row["email"],
        note=" · ".join(text for text in (part, row["account__name"], row["email"] if row["name"] else "") if text),
    )
