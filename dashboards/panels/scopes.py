"""Whose numbers a page shows: the workspace's, a team's, a CSM's or a segment's, and what can be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import Membership, Role, Team
from dashboards.panels.filters import bad
from metrics.kpis.places import WHOLE, Scope
from metrics.models import KpiSnapshot, PeriodKind, ScopeKind

ALL = "all"
# What every counted period has, for the whole workspace and for every segment with customers.
ALWAYS = "revenue.mrr"
Options = tuple[tuple[str, str, bool], ...]


def segment_of(asked: QueryDict) -> str:
    """Of whose accounts only those of one segment count; none where the numbers are a segment's already, as when it was
    picked after the other."""
    return "" if asked.get("scope", "").startswith(f"{ScopeKind.SEGMENT}:") else asked.get("segment", "")


@dataclass(frozen=True)
class Picker:
    """A choice: its options stand in groups, of which one may have no name."""

    name: str
    label: str
    groups: tuple[tuple[str, Options], ...]


@dataclass(frozen=True)
class Scopes:
    """What an address asks for by `scope` ("all", "team:3", "csm:5", "segment:SMB", or empty for where this reader
    begins), and what else it could. Three queries; one more for segments, as they were counted of a kind of period."""

    member: Membership
    asked: str
    kind: PeriodKind = PeriodKind.MONTH

    @cached_property
    def people(self) -> Mapping[int, Membership]:
        """Whose numbers the reader may see; without a query for a CSM, who sees the own alone."""
        if self.member.role == Role.CSM:
            return {self.member.pk: self.member}
        rows = Membership.objects.of(self.member.workspace).select_related("user")
        return {member.pk: member for member in rows}

    @cached_property
    def teams(self) -> dict[str, str]:
        rows = Team.objects.of(self.member.workspace).order_by("name").values_list("pk", "name")
        return {str(pk): name for pk, name in rows}

    @cached_property
    def segments(self) -> list[str]:
        """The segments that have been counted."""
        rows = KpiSnapshot.objects.of(self.member.workspace)
        counted = rows.filter(scope_kind=ScopeKind.SEGMENT, kpi=ALWAYS, period_kind=self.kind)
        return list(counted.order_by("scope_key").values_list("scope_key", flat=True).distinct())

    @cached_property
    def scope(self) -> Scope:
        """A CSM has the own book; everybody else begins with the own team, or with all. Raises FilterError, and
        PermissionDenied where a CSM asks for other numbers than the own."""
        own = Scope(ScopeKind.CSM, str(self.member.pk))
        if self.member.role == Role.CSM:
            if self.asked not in ("", f"csm:{own.key}"):
                raise PermissionDenied
            return own
        if not self.asked:
            return Scope(ScopeKind.TEAM, str(self.member.team.pk)) if self.member.team else WHOLE
        return self._named()

    def _named(self) -> Scope:
        if self.asked == ALL:
            return WHOLE
        kind, _colon, key = self.asked.partition(":")
        known = {
            ScopeKind.TEAM: self.teams,
            ScopeKind.CSM: {str(pk) for pk in self.people},
            ScopeKind.SEGMENT: self.segments,
        }
        if key not in known.get(kind, ()):  # type: ignore[call-overload]
            raise bad("scope", self.asked)
        return Scope(ScopeKind(kind), key)

    def within(self, segment: str) -> tuple[Scope, tuple[Scope, ...]]:
        """The scope, and what else its accounts must be of: a segment, where one is asked for. Raises FilterError."""
        if not segment:
            return self.scope, ()
        if segment not in self.segments or self.scope.kind == ScopeKind.SEGMENT:
            raise bad("segment", segment)
        narrow = Scope(ScopeKind.SEGMENT, segment)
        return (narrow, ()) if self.scope == WHOLE else (self.scope, (narrow,))

    @property
    def name(self) -> str:
        """Whose numbers, in words."""
        scope = self.scope
        if scope == WHOLE:
            return str(self.member.workspace)
        if scope.kind == ScopeKind.TEAM:
            return _("Team %(name)s") % {"name": self.teams[scope.key]}
        if scope.kind == ScopeKind.SEGMENT:
            return scope.key
        return _("My numbers") if scope.key == str(self.member.pk) else str(self.people[int(scope.key)].user)

    def named(self, segment: str) -> str:
        """Whose numbers, and of which segment of theirs."""
        return " · ".join(name for name in (self.name, segment) if name)

    def pickers(self, segment: str = "") -> tuple[Picker, ...]:
        """Whose numbers, and of which segment of theirs. A CSM chooses the segment alone."""
        return (*self._whose(), *self._segment(segment))

    def _segment(self, chosen: str) -> tuple[Picker, ...]:
        """None where the numbers are a segment's already."""
        if self.scope.kind == ScopeKind.SEGMENT or not self.segments:
            return ()
        options = (("", _("All segments")), *((name, name) for name in self.segments))
        shown = tuple((value, str(label), value == chosen) for value, label in options)
        return (Picker("segment", _("Segment"), (("", shown),)),)

    def _whose(self) -> tuple[Picker, ...]:
        if self.member.role == Role.CSM:
            return ()
        chosen = ALL if self.scope == WHOLE else f"{self.scope.kind}:{self.scope.key}"
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
