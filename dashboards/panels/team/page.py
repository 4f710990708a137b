"""The page of a team's numbers for one person and one address."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership
from dashboards.export import Sheet
from dashboards.panels.lists import Link, files
from dashboards.panels.scopes import Picker, Scopes
from dashboards.panels.team.asked import BEFORE, YEAR, Asked
from dashboards.panels.team.history import BANDS, BandHistory, MrrMovements, bands_of, movements_of
from dashboards.panels.team.numbers import Numbers, Span, period_of, span_of
from dashboards.panels.team.people import Csms, csms_of
from dashboards.panels.team.sheet import csms_sheet
from dashboards.panels.team.tiles import LINES, Group, groups_of, table_of
from dashboards.panels.team.words import period_name, so_far
from dashboards.templatetags.figures import accounts as accounts_text
from dashboards.templatetags.figures import integer
from metrics.kpis.periods import Period
from metrics.kpis.places import Scope
from metrics.models import PeriodKind, ScopeKind


@dataclass(frozen=True)
class TeamPage:
    """All that the page shows; nothing below `runs_url` before the first count."""

    title: str
    url: str
    here: str
    runs_url: str
    is_counted: bool = False
    summary: str = ""
    note: str = ""
    kinds: tuple[Link, ...] = ()
    pickers: tuple[Picker, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    against: str = ""
    files: tuple[Link, ...] = ()
    groups: tuple[Group, ...] = ()
    movements: MrrMovements | None = None
    bands: BandHistory | None = None
    csms: Csms | None = None
    table: tuple[Group, ...] = ()

    def sheet(self, name: str) -> Sheet | None:
        """One of its tables by the name of its file, empty before the first count."""
        if name != "csms":
            return None
        return csms_sheet(self.csms) if self.csms else Sheet(name, (), ())


def team_page(member: Membership, asked: Asked) -> TeamPage:
    """The page. Seven queries, however many accounts and CSMs. Raises FilterError, and PermissionDenied where a CSM
    asks for other numbers than the own."""
    return _Builder(member, asked).build()


class _Builder:
    """Puts the page together; what several parts need is worked out once."""

    def __init__(self, member: Membership, asked: Asked) -> None:
        self.member, self.workspace = member, member.workspace
        self.asked = asked
        self.url = reverse("team", args=[self.workspace.slug])
        self.scopes = Scopes(member, asked.scope, asked.period)

    def build(self) -> TeamPage:
        span = span_of(self.workspace, self.asked)
        scope = self.scopes.scope
        empty = TeamPage(self.scopes.name, self.url, self.address(self.asked), self._runs_url())
        return self._full(scope, span) if span else empty

    def _full(self, scope: Scope, span: Span) -> TeamPage:
        period = period_of(self.workspace, self.asked, span)
        numbers = Numbers(self.workspace, scope, self.asked, span, period, (*LINES, *BANDS.values()))
        csms = csms_of(numbers, self.scopes.people, self.address)
        return TeamPage(
            title=self.scopes.name,
            url=self.url,
            here=self.address(self.asked),
            runs_url=self._runs_url(),
            is_counted=True,
            summary=self._summary(numbers, len(csms.rows)),
            note=""
            if numbers.is_comparable
            else _("%(period)s was not counted.") % {"period": period_name(numbers.other)},
            kinds=tuple(self._kinds(period)),
            pickers=(self._periods(period, span), self._against(), *self.scopes.pickers()),
            hidden=(("period", period.kind), ("sort", self.asked.sort)),
            against=period_name(numbers.other, with_year=True),
            files=self._files("csms"),
            groups=groups_of(numbers),
            movements=movements_of(numbers),
            bands=bands_of(numbers),
            csms=csms,
            table=table_of(numbers),
        )

    def address(self, asked: Asked) -> str:
        return asked.address(self.url)

    def _files(self, table: str) -> tuple[Link, ...]:
        return files(
            lambda form: reverse("team-table", args=[self.workspace.slug, table, form]), self.address(self.asked)
        )

    def _runs_url(self) -> str:
        return reverse("runs", args=[self.workspace.slug])

    def _summary(self, numbers: Numbers, csms: int) -> str:
        """5 CSMs · 611 accounts · Nov 1 – 22 against Oct 1 – 22 · 22 of 30 d"""
        total = sum(int(numbers.current(key).value or 0) for key in BANDS.values())
        people = ngettext("%(n)s CSM", "%(n)s CSMs", csms) % {"n": integer(csms)}
        is_far = numbers.period.start.year != numbers.other.start.year
        spans = _("%(period)s against %(other)s") % {
            "period": period_name(numbers.period, is_far),
            "other": period_name(numbers.other, is_far),
        }
        has_people = numbers.scope.kind in (ScopeKind.WORKSPACE, ScopeKind.TEAM)
        parts = [people if has_people else "", accounts_text(total), spans, so_far(numbers.period)]
        return " · ".join(part for part in parts if part)

    # -- what can be chosen

    def _kinds(self, period: Period) -> list[Link]:
        """Week, month, quarter, year: the newest of each."""
        newest = self.asked.but(start=None)
        return [
            Link(str(kind.label), self.address(newest.but(period=kind)), here=kind == period.kind)
            for kind in PeriodKind
        ]

    def _periods(self, period: Period, span: Span) -> Picker:
        options, each = [], Period.of(self.workspace, self.asked.period, span.newest, span.newest)
        while each.start >= span.oldest:
            if span.holds(each):
                options.append((each.start.isoformat(), period_name(each), each.start == period.start))
            each = each.moved(-1)
        return Picker("start", _("Period"), (("", tuple(options)),))

    def _against(self) -> Picker:
        words = {BEFORE: _("Against: period before"), YEAR: _("Against: a year before")}
        options = tuple((key, str(word), key == self.asked.against) for key, word in words.items())
        return Picker("against", _("Compare with"), (("", options),))
