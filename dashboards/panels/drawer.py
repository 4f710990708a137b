"""The drawer of the portfolio: whose accounts, of which team, segment, stage. Asked for when it is opened."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from accounts.models import Membership
from dashboards.panels.choices import DRAWER, Choices
from dashboards.panels.filters import Filters
from dashboards.panels.lists import Select
from dashboards.panels.portfolio import default_filters
from dashboards.panels.saved_views import plain_of


@dataclass(frozen=True)
class Drawer:
    """`kept` is what the form sends along of the address that it began with, `back` that address."""

    url: str
    back: str
    selects: tuple[Select, ...]
    kept: tuple[tuple[str, str], ...]


def drawer_of(member: Membership, asked: Filters) -> Drawer:
    """The drawer beside one address of the portfolio. Four queries."""
    default = default_filters(member)
    choices = Choices(
        member.workspace, reverse("portfolio", args=[member.workspace.slug]), asked, default, plain_of(member)
    )
    kept = tuple((name, value) for name, value in asked.pairs(default) if name not in (*DRAWER, "page"))
    return Drawer(choices.url, choices.address(asked), choices.selects, kept)
