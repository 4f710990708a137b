"""Whose an account was on a day: its CSM, team and segment, for all accounts at once."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import AccountHistory, Workspace
from metrics.models import ScopeKind

# The field of AccountHistory that puts an account into a scope of each kind.
FIELDS = {ScopeKind.TEAM: "team", ScopeKind.CSM: "owner", ScopeKind.SEGMENT: "segment"}


@dataclass(frozen=True, order=True)
class Scope:
    """Whose numbers: the workspace's, or those of a team, a CSM (ids of their rows) or a segment (its name)."""

    kind: ScopeKind
    key: str = ""


WHOLE = Scope(ScopeKind.WORKSPACE)


class Places:
    """Account and day → its scopes, from AccountHistory. Before its history begins, an account is where it was first
    known to be."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._ends: dict[date, datetime] = {}
        self._history: dict[tuple[str, int], tuple[list[datetime], list[str]]] = defaultdict(lambda: ([], []))
        rows = AccountHistory.objects.of(workspace).filter(field__in=FIELDS.values())
        ordered = rows.order_by("account_id", "field", "since").values_list("account_id", "field", "since", "value")
        for account, field, since, value in ordered.iterator(20_000):
            moments, values = self._history[field, account]
            moments.append(since)
            values.append(value)

    def of(self, account: int, day: date) -> Iterator[Scope]:
        """The scopes of an account at the end of a day."""
        yield WHOLE
        for kind in FIELDS:
            if value := self.value(kind, account, day):
                yield Scope(kind, value)

    def value(self, kind: ScopeKind, account: int, day: date) -> str:
        """The key of its scope of one kind at the end of a day; empty is none."""
        found = self._history.get((FIELDS[kind], account))
        if found is None:
            return ""
        moments, values = found
        return values[max(0, bisect_left(moments, self._end(day)) - 1)]

    def _end(self, day: date) -> datetime:
        """The first moment that no longer belongs to a day."""
        if day not in self._ends:
            self._ends[day] = self.workspace.end_of(day)
        return self._ends[day]
