"""The pages of a team's numbers for one person and one address: the chosen ones in blocks, and all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership
from dashboards.addresses import address
from dashboards.export import Sheet
from dashboards.panels.chart import Chart
from dashboards.panels.lists import Link, Said, files
from dashboards.panels.scopes import Picker, Scopes
from dashboards.panels.team.against_money import against_money
from dashboards.panels.team.asked import BEFORE, YEAR, Asked
from dashboards.panels.team.cohorts import Cohorts, cohorts_of
from dashboards.panels.team.effort import effort_of
from dashboards.panels.team.history import BANDS, bands_of, movements_of
from dashboards.panels.team.numbers import Numbers, Span, period_of, span_of
from dashboards.panels.team.parts import Parts
from dashboards.panels.team.people import Csms, csms_of
from dashboards.panels.team.satisfaction import nps_of
from dashboards.panels.team.sheet import csms_sheet, kpis_sheet
from dashboards.panels.team.support import Support, support_of
from dashboards.panels.team.tiles import LINES, Group, groups_of, table_of
from dashboards.panels.team.wins import Wins, wins_of, wins_sheet
from dashboards.panels.team.words import period_name, so_far
from dashboards.templatetags.figures import accounts as accounts_text
from dashboards.templatetags.figures import day, integer
from metrics.kpis.periods import Period
from metrics.kpis.places import Scope
from metrics.models import PeriodKind, ScopeKind


@dataclass(frozen=True)
class TeamPage:
    """All that a page shows; nothing below `runs_url` before the first count. `table` is of the page of all KPIs, and
    what stands above it, but for the head, of the team page."""

    title: str
    url: str
    here: str
    runs_url: str
    is_counted: bool = False
    summary: tuple[Said, ...] = ()
    note: str = ""
    kinds: tuple[Link, ...] = ()
    pickers: tuple[Picker, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    against: str = ""
    groups: tuple[Group, ...] = ()
    movements: Chart | None = None
    bands: Chart | None = None
    csms: Csms | None = None
    csms_files: tuple[Link, ...] = ()
    against_money: tuple[Link, ...] = ()
    wins: Wins | None = None
    support: Support | None = None
    nps: Chart | None = None
    effort: Chart | None = None
    cohorts: Cohorts | None = None
    table: tuple[Group, ...] = ()
    table_files: tuple[Link, ...] = ()
    team_url: str = ""
    kpis_url: str = ""


TABLES = ("csms", "wins", "mrr-movements", "bands", "themes", "nps", "effort", "cohorts", "kpis")


def team_page(member: Membership, asked: Asked) -> TeamPage:
    """The page. Eleven queries, however many accounts and CSMs. Raises FilterError, and PermissionDenied where a CSM
    asks for other numbers than the own."""
    return _Builder(member, asked).page(_Builder.blocks)


def kpis_page(member: Membership, asked: Asked) -> TeamPage:
    """Every KPI of the same address. Raises as the page does."""
    return _Builder(member, asked, "kpis").page(_Builder.table)


def team_sheet(member: Membership, asked: Asked, table: str) -> Sheet:
    """One of its tables, empty before the first count. Raises as the page does."""
    return _Builder(member, asked).sheet(table)


class _Builder:
    """Puts the page together; what several parts need is worked out once."""

    def __init__(self, member: Membership, asked: Asked, name: str = "team") -> None:
        self.member, self.workspace = member, member.workspace
        self.asked = asked
        self.url = address(name, self.workspace.slug)
        self.scopes = Scopes(member, asked.scope, asked.period)

    def page(self, fill: Callable[[_Builder, TeamPage, Numbers], TeamPage]) -> TeamPage:
        """The head, and what fills the page below it."""
        span = span_of(self.workspace, self.asked)
        whose = self.scopes.within(self.asked.segment)
        head = TeamPage(self._title(), self.url, self.address(self.asked), self._way("runs"))
        if span is None:
            return head
        numbers = self._numbers(span, *whose)
        head = replace(
            head,
            is_counted=True,
            note=self._note(numbers),
            kinds=tuple(self._kinds(numbers.period)),
            pickers=(self._periods(numbers.period, span), self._against(), *self.scopes.pickers(self.asked.segment)),
            hidden=(("period", numbers.period.kind), ("sort", self.asked.sort)),
            against=period_name(numbers.other, with_year=True),
            table_files=self._files("kpis"),
            team_url=self.asked.address(self._way("team")),
            kpis_url=self.asked.address(self._way("kpis")),
        )
        return fill(self, head, numbers)

    def blocks(self, head: TeamPage, numbers: Numbers) -> TeamPage:
        parts, people = Parts(numbers), self.scopes.people
        csms = csms_of(numbers, people, self.address)
        support, cohorts = support_of(parts), cohorts_of(parts)
        return replace(
            head,
            summary=self._summary(numbers, len(csms.rows)),
            groups=groups_of(numbers),
            movements=self._saved(movements_of(numbers)),
            bands=self._saved(bands_of(numbers)),
            csms=csms,
            csms_files=self._files("csms"),
            against_money=against_money(self.member, numbers.scope, self.asked.segment),
            wins=replace(wins_of(numbers, people), files=self._files("wins")),
            support=replace(support, themes=self._saved(support.themes)),
            nps=self._saved(nps_of(parts)),
            effort=self._saved(effort_of(parts)),
            cohorts=replace(cohorts, files=self._files("cohorts")),
        )

    def table(self, head: TeamPage, numbers: Numbers) -> TeamPage:
        return replace(head, summary=self._summary(numbers), table=table_of(numbers))

    def sheet(self, table: str) -> Sheet:
        span = span_of(self.workspace, self.asked)
        whose = self.scopes.within(self.asked.segment)
        if span is None:
            return Sheet(table, (), ())
        numbers = self._numbers(span, *whose)
        parts, people = Parts(numbers), self.scopes.people
        tables: dict[str, Callable[[], Sheet]] = {
            "csms": lambda: csms_sheet(csms_of(numbers, people, self.address)),
            "wins": lambda: wins_sheet(numbers, people),
            "mrr-movements": lambda: movements_of(numbers).sheet,
            "bands": lambda: bands_of(numbers).sheet,
            "themes": lambda: support_of(parts).themes.sheet,
            "nps": lambda: nps_of(parts).sheet,
            "effort": lambda: effort_of(parts).sheet,
            "cohorts": lambda: cohorts_of(parts).sheet,
            "kpis": lambda: kpis_sheet(numbers),
        }
        return tables[table]()

    def _numbers(self, span: Span, scope: Scope, narrowed: tuple[Scope, ...]) -> Numbers:
        period = period_of(self.workspace, self.asked, span)
        # Twelve more periods of all tiles take a second or two where they are not counted yet.
        lines = BANDS.values() if narrowed else (*LINES, *BANDS.values())
        return Numbers(self.workspace, scope, self.asked, span, period, tuple(lines), narrowed)

    def _title(self) -> str:
        return self.scopes.named(self.asked.segment)

    def _note(self, numbers: Numbers) -> str:
        notes = []
        if not numbers.is_comparable:
            notes.append(_("%(period)s was not counted.") % {"period": period_name(numbers.other)})
        if numbers.narrowed:
            words = _("A segment of a team or of a book is counted anew each time, as known at the end of %(day)s.")
            notes.append(words % {"day": day(numbers.span.newest)})
        return " ".join(notes)

    def address(self, asked: Asked) -> str:
        return asked.address(self.url)

    def _files(self, table: str) -> tuple[Link, ...]:
        return files(lambda form: address("team-table", self.workspace.slug, table, form), self.address(self.asked))

    def _saved(self, chart: Chart) -> Chart:
        return chart.saved_as(self._files(chart.name))

    def _way(self, name: str) -> str:
        return address(name, self.workspace.slug)

    def _summary(self, numbers: Numbers, csms: int | None = None) -> tuple[Said, ...]:
        """5 CSMs · 611 accounts · Nov 1 – 22 against Oct 1 – 22 · 22 of 30 d"""
        total = sum(int(numbers.current(key).value or 0) for key in BANDS.values())
        people = ngettext("%(n)s CSM", "%(n)s CSMs", csms or 0) % {"n": integer(csms)}
        is_far = numbers.period.start.year != numbers.other.start.year
        spans = _("%(period)s against %(other)s") % {
            "period": period_name(numbers.period, is_far),
            "other": period_name(numbers.other, is_far),
        }
        has_people = csms is not None and numbers.scope.kind in (ScopeKind.WORKSPACE, ScopeKind.TEAM)
        parts = [
            Said(people if has_people else ""), Said(accounts_text(total), "count-accounts"), Said(spans),
            Said(so_far(numbers.period)),
        ]  # fmt: skip
        return tuple(part for part in parts if part.text)

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
