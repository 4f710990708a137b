"""The tags of an account, and those it could have."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.urls import reverse

from accounts.models import Account, AccountTag, Tag


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
    has = AccountTag.objects.of(account.workspace).filter(account=account, tag=OuterRef("pk"))
    rows = Tag.objects.of(account.workspace).annotate(here=Exists(has)).order_by("name")
    return Tags(
        save_url=reverse("account-tags", args=[slug, account.pk]) if writes else "",
        choices=tuple(
            TagChoice(pk, name, f"{reverse('accounts', args=[slug])}?tag={pk}", here)
            for pk, name, here in rows.values_list("pk", "name", "here")
        ),
    )
