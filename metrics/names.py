"""Whose numbers, as programs and files name them: a team by its name, a CSM by e-mail, a segment as it is called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from accounts.models import AccountHistory, Membership, Team, Workspace
from metrics.kpis.places import WHOLE, Scope
from metrics.models import ScopeKind


@dataclass(frozen=True)
class Names:
    """The scopes of a workspace by their names. A query for each kind of scope that is asked for."""

    workspace: Workspace

    @cached_property
    def teams(self) -> dict[str, str]:
        """Key → name."""
        rows = Team.objects.of(self.workspace).order_by("name").values_list("pk", "name")
        return {str(pk): name for pk, name in rows}

    @cached_property
    def people(self) -> dict[str, str]:
        """Key → e-mail, of everybody who is or was a member."""
        rows = Membership.objects.of(self.workspace).order_by("user__email").values_list("pk", "user__email")
        return {str(pk): email for pk, email in rows}

    @cached_property
    def segments(self) -> dict[str, str]:
        """Every segment that an account has or had."""
        rows = AccountHistory.objects.of(self.workspace).filter(field="segment").exclude(value="")
        return {name: name for name in rows.order_by("value").values_list("value", flat=True).distinct()}

    def scope(self, kind: str, name: str) -> Scope | None:
        """The scope of this name; nothing where there is none."""
        if kind == ScopeKind.WORKSPACE:
            return None if name else WHOLE
        asked = name.lower() if kind == ScopeKind.CSM else name
        key = next((key for key, known in self._of(kind).items() if known == asked), None)
        return None if key is None else Scope(ScopeKind(kind), key)

    def name(self, kind: str, key: str) -> str:
        """What a scope is called; its key where it is no more."""
        return "" if kind == ScopeKind.WORKSPACE else self._of(kind).get(key, key)

    def _of(self, kind: str) -> dict[str, str]:
        if kind == ScopeKind.TEAM:
            return self.teams
        return self.people if kind == ScopeKind.CSM else self.segments
