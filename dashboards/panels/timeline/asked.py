"""What the address of a timeline asks for: kinds, words, the place behind which the page begins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode

from dashboards.panels import cursor
from dashboards.panels.filters import bad, text
from metrics.timeline import GROUPS, Wanted

LONGEST, MOST_WORDS = 100, 8


@dataclass(frozen=True)
class Asked:
    """`show` are groups of kinds; `after` and `before` are cursors: older than one, or newer."""

    show: tuple[str, ...] = ()
    q: str = ""
    after: str = ""
    before: str = ""

    def but(self, **changes: Any) -> Asked:
        """The same with something else; a change of anything begins with the newest."""
        return replace(self, **({"after": "", "before": ""} | changes))

    def toggled(self, name: str) -> Asked:
        """With a chip pressed, or released where it was."""
        kept = tuple(each for each in self.show if each != name)
        return self.but(show=kept if name in self.show else (*self.show, name))

    def address(self, url: str) -> str:
        """The page's address with all that is asked for."""
        named = [("q", self.q), ("after", self.after), ("before", self.before)]
        pairs = [*(("show", name) for name in self.show), *((name, value) for name, value in named if value)]
        return f"{url}?{urlencode(pairs)}" if pairs else url

    def wanted(self, limit: int) -> Wanted:
        """The entries of the page. Raises CursorError."""
        behind = cursor.read(self.before or self.after)
        groups = tuple(group for group in GROUPS if group in self.show)
        return Wanted(groups, tuple(self.q.split()[:MOST_WORDS]), behind, bool(self.before), limit)


def read(asked: QueryDict) -> Asked:
    """What an address asks for. Raises FilterError."""
    shown = asked.getlist("show")
    for name in shown:
        if name not in GROUPS:
            raise bad("show", name)
    return Asked(
        show=tuple(dict.fromkeys(shown)),
        q=text(asked, "q").strip()[:LONGEST],
        after=text(asked, "after")[:80],
        before=text(asked, "before")[:80],
    )
