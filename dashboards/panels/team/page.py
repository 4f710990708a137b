"""The page of a team's numbers for one person and one address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership, Role, Team
from dashboards.panels.filters import bad
from dashboards.panels.lists import Link
from dashboards.panels.team.asked import BEFORE, YEAR, Asked
from dashboards.panels.team.history import BANDS, BandHistory, MrrMovements, bands_of, movements_of
from dashboards.panels.team.numbers import ALWAYS, Numbers, Span, period_of, rows_of, span_of
from dashboards.panels.team.people import Csms, csms_of
from dashboards.panels.team.tiles import LINES, Group, groups_of, table_of
from dashboards.panels.team.words import period_name, so_far
from dashboards.templatetags.figures import accounts as accounts_text
from dashboards.templatetags.figures import integer
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE, Scope
from metrics.models import PeriodKind, ScopeKind

ALL = "all"
Options = tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class Picker:
    """A choice: its options stand in groups, of which one may have no name."""

    name: str
    label: str
    groups: tuple[tuple[str, Options], ...]


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
    csv_url: str = ""
    groups: tuple[Group, ...] = ()
    movements: MrrMovements | None = None
    bands: BandHistory | None = None
    csms: Csms | None = None
    table: tuple[Group, ...] = ()


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

    def build(self) -> TeamPage:
        span = span_of(self.workspace, self.asked)
        scope = self._scope()
        empty = TeamPage(self._name(scope), self.url, self.address(self.asked), self._runs_url())
        return self._full(scope, span) if span else empty

    def _full(self, scope: Scope, span: Span) -> TeamPage:
        period = period_of(self.workspace, self.asked, span)
        numbers = Numbers(self.workspace, scope, self.asked, span, period, (*LINES, *BANDS.values()))
        csms = csms_of(numbers, self.people, self.address)
        return TeamPage(
            title=self._name(scope),
            url=self.url,
            here=self.address(self.asked),
            runs_url=self._runs_url(),
            is_counted=True,
            summary=self._summary(numbers, len(csms.rows)),
            note=""
            if numbers.is_comparable
            else _("%(period)s was not counted.") % {"period": period_name(numbers.other)},
            kinds=tuple(self._kinds(period)),
            pickers=(self._periods(period, span), self._against(), *self._scopes(scope)),
            hidden=(("period", period.kind), ("sort", self.asked.sort)),
            against=period_name(numbers.other, with_year=True),
            csv_url=f"{reverse('team-csms', args=[self.workspace.slug])}{self._query()}",
            groups=groups_of(numbers),
            movements=movements_of(numbers),
            bands=bands_of(numbers),
            csms=csms,
            table=table_of(numbers),
        )

    def address(self, asked: Asked) -> str:
        return asked.address(self.url)

    def _query(self) -> str:
        address = self.address(self.asked)
        return address[len(self.url) :]

    def _runs_url(self) -> str:
        return reverse("runs", args=[self.workspace.slug])

    # -- whose numbers

    @cached_property
    def people(self) -> Mapping[int, Membership]:
        rows = Membership.objects.of(self.workspace).select_related("user", "team")
        return {member.pk: member for member in rows}

    @cached_property
    def teams(self) -> dict[str, str]:
        rows = Team.objects.of(self.workspace).order_by("name").values_list("pk", "name")
        return {str(pk): name for pk, name in rows}

    @cached_property
    def segments(self) -> list[str]:
        """The segments that have been counted."""
        rows = rows_of(self.workspace, ScopeKind.SEGMENT).filter(kpi=ALWAYS, period_kind=self.asked.period)
        return list(rows.order_by("scope_key").values_list("scope_key", flat=True).distinct())

    def _scope(self) -> Scope:
        """A CSM has the own book; everybody else begins with the own team, or with all."""
        own = Scope(ScopeKind.CSM, str(self.member.pk))
        if self.member.role == Role.CSM:
            if self.asked.scope not in ("", f"csm:{own.key}"):
                raise PermissionDenied
            return own
        if not self.asked.scope:
            return Scope(ScopeKind.TEAM, str(self.member.team.pk)) if self.member.team else WHOLE
        return self._named()

    def _named(self) -> Scope:
        """The scope that the address names. Raises FilterError."""
        if self.asked.scope == ALL:
            return WHOLE
        kind, _colon, key = self.asked.scope.partition(":")
        known = {
            ScopeKind.TEAM: self.teams,
            ScopeKind.CSM: {str(pk) for pk in self.people},
            ScopeKind.SEGMENT: self.segments,
        }
        if key not in known.get(kind, ()):  # type: ignore[call-overload]
            raise bad("scope", self.asked.scope)
        return Scope(ScopeKind(kind), key)

    def _name(self, scope: Scope) -> str:
        if scope == WHOLE:
            return str(self.workspace)
        if scope.kind == ScopeKind.TEAM:
            return _("Team %(name)s") % {"name": self.teams[scope.key]}
        if scope.kind == ScopeKind.SEGMENT:
            return scope.key
        return _("My numbers") if scope.key == str(self.member.pk) else str(self.people[int(scope.key)].user)

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
            options.append((each.start.isoformat(), period_name(each), each.start == period.start))
            each = each.moved(-1)
        return Picker("start", _("Period"), (("", tuple(options)),))

    def _against(self) -> Picker:
        words = {BEFORE: _("Against: period before"), YEAR: _("Against: a year before")}
        options = tuple((key, str(word), key == self.asked.against) for key, word in words.items())
        return Picker("against", _("Compare with"), (("", options),))

    def _scopes(self, scope: Scope) -> tuple[Picker, ...]:
        if self.member.role == Role.CSM:
            return ()
        chosen = ALL if scope == WHOLE else f"{scope.kind}:{scope.key}"
        people = sorted(self._bookkeepers(chosen), key=lambda option: option[1].casefold())
        groups = {
            "": [(ALL, _("Whole workspace"))],
            _("Teams"): [(f"team:{pk}", name) for pk, name in self.teams.items()],
            _("CSMs"): people,
            _("Segments"): [(f"segment:{name}", name) for name in self.segments],
        }
        shown = tuple(
            (str(title), tuple((value, str(label), value == chosen) for value, label in options))
            for title, options in groups.items()
            if options
        )
        return (Picker("scope", _("Whose numbers"), shown),)

    def _bookkeepers(self, chosen: str) -> list[tuple[str, str]]:
        """Who may have a book now, and whoever is looked at."""
        found = [(f"csm:{pk}", member) for pk, member in self.people.items()]
        return [
            (value, str(member.user))
            for value, member in found
            if value == chosen or (member.ended_at is None and member.role in (Role.CSM, Role.MANAGER))
        ]
