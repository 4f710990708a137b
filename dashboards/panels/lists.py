"""What lists have in common: pages of 50, links, columns that sort."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.urls import reverse

from accounts.models import Membership
from accounts.permissions import may
from dashboards.export import FORMS

PAGE_SIZE = 50
# Of one list among several of a page.
SHORT_PAGE = 20


@dataclass(frozen=True)
class Link:
    """Somewhere to go; `here` is where the reader is."""

    label: str
    url: str
    here: bool = False
    band: str = ""
    closes: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Said:
    """Some words of a line; `anchor` is the entry of the definitions that says what their number means."""

    text: str
    anchor: str = ""


@dataclass(frozen=True)
class Column:
    """A column's head; `sorted` is what aria-sort says, empty where it does not; `anchor` the entry of the definitions
    that says what its numbers mean."""

    key: str
    label: str
    url: str = ""
    sorted: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Select:
    """A choice in the drawer of filters: (value, label, chosen)."""

    name: str
    label: str
    options: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class Pager:
    """Which rows are shown of how many, and the way to the others."""

    first: int
    last: int
    total: int
    before: str = ""
    after: str = ""
    size: int = PAGE_SIZE


def pager(page: int, total: int, url: Callable[[int], str], size: int = PAGE_SIZE) -> Pager:
    """`url` gives the address of a page of so many; pages begin with 1."""
    last = min(page * size, total)
    return Pager(
        first=min((page - 1) * size + 1, total),
        last=last,
        total=total,
        before=url(page - 1) if page > 1 else "",
        after=url(page + 1) if last < total else "",
        size=size,
    )


def page_with(key: int, keys: Sequence[int]) -> int:
    """On which page of a short list something stands; the first where it does not."""
    return keys.index(key) // SHORT_PAGE + 1 if key in keys else 1


def files(url: Callable[[str], str], here: str) -> tuple[Link, ...]:
    """A table in every form there is: `url` gives the address of one, to which that of the page lends its query."""
    query = here.partition("?")[2]
    return tuple(Link(form.upper(), f"{url(form)}{'?' if query else ''}{query}") for form in FORMS)


def way_to_sources(member: Membership) -> str:
    """Where an empty page sends those who can fill it; empty for whose role may not go there."""
    return reverse("sources", args=[member.workspace.slug]) if may(member.role, "source.read") else ""
