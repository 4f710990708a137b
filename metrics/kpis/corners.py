"""KPIs of what belongs to several scopes at once: a team's accounts of one segment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from accounts.models import Workspace
from metrics.kpis.answers import Book
from metrics.kpis.places import WHOLE, Place, Places, Scope
from metrics.models import ScopeKind

OUTSIDE = Place({})
OUTSIDE.scopes = ()


class Corner(Places):
    """Places where several scopes meet. What lies there is the whole, with its CSMs; what does not, lies nowhere."""

    def __init__(self, workspace: Workspace, scopes: tuple[Scope, ...]) -> None:
        super().__init__(workspace)
        self._scopes = set(scopes)
        self._inside: dict[Place, Place] = {}

    def at(self, account: int, day: date) -> Place:
        """The place of an account at the end of a day."""
        place = super().at(account, day)
        if place not in self._inside:
            self._inside[place] = self._of(place)
        return self._inside[place]

    def _of(self, place: Place) -> Place:
        if not self._scopes <= set(place.scopes):
            return OUTSIDE
        found = Place({})
        found.scopes = (WHOLE, *(scope for scope in place.scopes if scope.kind == ScopeKind.CSM))
        return found


@dataclass(frozen=True)
class CornerBook(Book):
    """A workspace as known at the end of a day, of which only what lies in all of some scopes is told."""

    scopes: tuple[Scope, ...] = (WHOLE,)

    @cached_property
    def places(self) -> Places:
        return Corner(self.workspace, self.scopes)
