"""What a reader can press on the portfolio: chips, the drawer of filters, the heads that sort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import Membership, Role, Stage, Team, Workspace
from accounts.places import segment_names
from dashboards.panels.columns import COLUMNS
from dashboards.panels.filters import ALL, BANDS, NOBODY, Filters
from dashboards.panels.lists import Column, Link, Select

# What is chosen in the drawer.
DRAWER = ("csm", "team", "segment", "stage")


@dataclass(frozen=True)
class Choices:
    """Everything that leads from one address of a page to another."""

    workspace: Workspace
    url: str
    asked: Filters
    default: Filters
    # What the address of no filters at all says; needed where the page opens with a saved view without it.
    plain: str = ""

    def address(self, filters: Filters) -> str:
        found = filters.address(self.url, self.default)
        return f"{found}?{self.plain}" if self.plain and found == self.url else found

    @cached_property
    def selects(self) -> tuple[Select, ...]:
        """The drawer. Four queries, as many options as there are people."""
        workspace, asked = self.workspace, self.asked
        people = Membership.objects.of(workspace).filter(role__in=[Role.CSM, Role.MANAGER], ended_at=None)
        csms = [(str(pk), name or mail) for pk, name, mail in people.values_list("pk", "user__name", "user__email")]
        teams = [(str(pk), name) for pk, name in Team.objects.of(workspace).order_by("name").values_list("pk", "name")]
        segments = [("", _("All")), *((name, name) for name in segment_names(workspace))]
        stages = [(str(pk), name) for pk, name in Stage.objects.of(workspace).values_list("pk", "name")]
        whose = [(ALL, _("All")), (NOBODY, _("Nobody")), *sorted(csms, key=lambda csm: csm[1].casefold())]
        return (
            select("csm", _("CSM"), whose, asked.csm),
            select("team", _("Team"), [("", _("All")), *teams], asked.team),
            select("segment", _("Segment"), segments, asked.segment),
            select("stage", _("Stage"), [("", _("All")), *stages], asked.stage),
        )

    def chips(self, counts: Mapping[str, int]) -> list[Link]:
        """The chips; `counts`: how many accounts those find that are there only where they find some."""
        labels = {
            "poor": _("Poor"), "at-risk": _("At risk"), "healthy": _("Healthy"), "dropped": _("Dropped ≥ 5"),
            "renewing": _("Renews in 90 d"), "overdue": _("Overdue"), "untouched": _("No touch in 14 d"),
            "by-hand": _("By hand"), "shrinking": _("Healthy, MRR down"), "growing": _("Poor, MRR up"),
            "silent": _("Silent"), "never-used": _("Never used"), "little-known": _("Little known"),
        }  # fmt: skip
        chips = [Link(_("All"), self.address(self.asked.but(show=())), here=not self.asked.show)]
        for name, label in labels.items():
            needless = not counts.get(name, 1) or (name == "renewing" and not self.workspace.has_terms)
            if needless and name not in self.asked.show:
                continue
            band = BANDS[name].name.lower() if name in BANDS else ""
            url = self.address(self.asked.toggled(name))
            chips.append(Link(label, url, here=name in self.asked.show, band=band, count=counts.get(name)))
        return chips

    def chosen(self) -> list[Link]:
        """A chip that takes back each choice of the drawer."""
        if all(getattr(self.asked, name) == getattr(self.default, name) for name in DRAWER):
            return []
        chosen = []
        for select in self.selects:
            usual = getattr(self.default, select.name)
            for value, label, here in select.options:
                if here and value != usual:
                    url = self.address(self.asked.but(**{select.name: usual}))
                    chosen.append(Link(f"{select.label}: {label}", url, here=True, closes=True))
        return chosen

    def order(self) -> str:
        words = {
            "change": (_("Sorted by change, largest drop first"), _("Sorted by change, largest rise first")),
            "name": (_("Sorted by name"), _("Sorted by name, backwards")),
            "score": (_("Sorted by health, worst first"), _("Sorted by health, best first")),
            "mrr": (_("Sorted by MRR, smallest first"), _("Sorted by MRR, largest first")),
            "renews": (_("Sorted by renewal, soonest first"), _("Sorted by renewal, latest first")),
            "touch": (_("Sorted by last touch, longest ago first"), _("Sorted by last touch, latest first")),
            "since": (_("Sorted by band, longest in it first"), _("Sorted by band, shortest in it first")),
            "coverage": (_("Sorted by coverage, least first"), _("Sorted by coverage, most first")),
            "overdue": (_("Sorted by days overdue, fewest first"), _("Sorted by days overdue, most first")),
            "against": (_("Sorted by MRR in 90 d, largest fall first"), _("Sorted by MRR in 90 d, largest rise first")),
            "use": (_("Sorted by last use, latest first"), _("Sorted by last use, longest ago first")),
        }  # fmt: skip
        return words[self.asked.sort.removeprefix("-")][self.asked.sort.startswith("-")]

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """The columns, by their keys."""
        return self.asked.columns or self.default.usual

    def columns(self) -> tuple[Column, ...]:
        """The name, then what is asked for."""
        found = ((key, COLUMNS[key]) for key in self.shown)
        return (
            self.column("name", _("Account"), "name"),
            *(
                self.column(key, str(kind.label), kind.sort, kind.first, kind.anchor)
                if kind.sort
                else Column(key, str(kind.label), anchor=kind.anchor)
                for key, kind in found
            ),
        )

    def offered(self) -> tuple[tuple[str, Promise, bool], ...]:
        """All columns that there are, those that are shown first: key, label, whether it is shown."""
        others = (key for key in COLUMNS if key not in self.shown)
        return tuple((key, COLUMNS[key].label, key in self.shown) for key in (*self.shown, *others))

    def column(self, key: str, label: str, sort: str, first: str = "", anchor: str = "") -> Column:
        """A head that sorts; pressed again it turns round. `first` is the way it begins with."""
        here = self.asked.sort.removeprefix("-") == sort
        other = sort if self.asked.sort.startswith("-") else f"-{sort}"
        url = self.address(self.asked.but(sort=other if here else f"{first}{sort}"))
        way = "descending" if self.asked.sort.startswith("-") else "ascending"
        return Column(key, label, url, way if here else "", anchor)


def select(name: str, label: str, options: list[tuple[str, str]], chosen: str) -> Select:
    """A choice of a drawer, from (value, label)."""
    return Select(name, label, tuple((value, text, value == chosen) for value, text in options))
