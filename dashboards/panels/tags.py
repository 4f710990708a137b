"""The tags of an account, and those it could have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Account, AccountTag, Tag
from accounts.models.written import written_once
from dashboards.addresses import address


@dataclass(frozen=True)
class TagChoice:
    """A tag; `url` leads to the accounts that have it."""

    key: int
    name: str
    url: str
    here: bool


@dataclass(frozen=True)
class Tags:
    """All tags of the workspace. `save_url` is empty for who only reads the account."""

    save_url: str
    choices: tuple[TagChoice, ...]

    @property
    def chosen(self) -> tuple[TagChoice, ...]:
        return tuple(choice for choice in self.choices if choice.here)


def tags_of(account: Account, writes: bool) -> Tags:
    """By name. One query."""
    slug = account.workspace.slug
    url = address("accounts", slug)
    return Tags(
        save_url=address("account-tags", slug, account.pk) if writes else "",
        choices=tuple(
            TagChoice(pk, name, f"{url}?tag={pk}", here) for pk, name, here in _rows(account.workspace.pk, account.pk)
        ),
    )


@written_once
def _rows(workspace: int, account: int) -> QuerySet[Any]:
    has = AccountTag.objects.of(workspace).filter(account_id=account, tag=OuterRef("pk"))
    rows = Tag.objects.of(workspace).annotate(here=Exists(has)).order_by("name")
    return rows.values_list("pk", "name", "here")  # type: ignore[no-any-return]
