"""Whose an account was on a day: its CSM, team and segment, for all accounts at once."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter

from django.db.models.functions import TruncDate

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


class Place:
    """The scopes to which an account belongs at once: the workspace, and its team, CSM and segment if it has them."""

    __slots__ = ("scopes",)

    def __init__(self, values: dict[str, str]) -> None:
        self.scopes = (WHOLE, *(Scope(kind, values[name]) for kind, name in FIELDS.items() if values.get(name)))


NOWHERE = Place({})


class Places:
    """Account and day → its place, from AccountHistory. Before its history begins, an account is where it was first
    known to be."""

    def __init__(self, workspace: Workspace) -> None:
        self._made: dict[tuple[str, ...], Place] = {}
        rows = AccountHistory.objects.of(workspace).filter(field__in=FIELDS.values())
        told = rows.annotate(day=TruncDate("since", tzinfo=workspace.zone)).order_by("account_id", "since")
        moves = told.values_list("account_id", "day", "field", "value").iterator(20_000)
        self._history = {account: self._lived(list(own)) for account, own in groupby(moves, key=itemgetter(0))}

    def at(self, account: int, day: date) -> Place:
        """The place of an account at the end of a day."""
        found = self._history.get(account)
        if found is None:
            return NOWHERE
        days, places = found
        return places[bisect_right(days, day)]

    def _lived(self, moves: list[tuple[int, date, str, str]]) -> tuple[list[date], list[Place]]:
        """The days on which an account moved, and where it was before, between and after them."""
        values = {field: value for _account, _day, field, value in reversed(moves)}
        places = [self._place(values)]
        for _account, _day, field, value in moves:
            values[field] = value
            places.append(self._place(values))
        return [day for _account, day, _field, _value in moves], places

    def _place(self, values: dict[str, str]) -> Place:
        key = tuple(values.get(name, "") for name in FIELDS.values())
        if key not in self._made:
            self._made[key] = Place(values)
        return self._made[key]
