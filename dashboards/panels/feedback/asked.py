"""What the page of comments is asked for: read from the address, written back to it, and as a choice of comments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from accounts.models import Workspace
from dashboards.panels.filters import ALL, NOBODY, Filters, bad, number, text
from metrics.feedback.choice import ASKED, LEVELS, UNASKED, Choice, Span

PERIODS = ("30", "90", "365", ALL)
MARKS = ("unusual", "open", "silent")
AROUND = ("14", "30", "60", "90")
# Nothing is older or newer: facts are between 2000 and tomorrow.
OLDEST, NEWEST = date(2000, 1, 1), date(2100, 1, 1)
LONGEST = {"name": 100, "segment": 60, "survey": 60, "topic": 30, "theme": 100, "q": 100, "release": 100, "after": 80}


@dataclass(frozen=True)
class Asked:
    """`csm`, `team`, `stage`, `account` are ids as text; `period` is of days up to today, `since` and `until` (both
    included) say it to the day; `release` and `around` compare days before and after; `after` is a cursor."""

    csm: str = ALL
    team: str = ""
    segment: str = ""
    stage: str = ""
    name: str = ""
    account: str = ""
    kind: str = ""
    survey: str = ""
    topic: str = ""
    show: tuple[str, ...] = ()
    period: str = "90"
    since: date | None = None
    until: date | None = None
    q: str = ""
    theme: str = ""
    release: str = ""
    around: str = "30"
    after: str = ""

    def but(self, **changes: Any) -> Asked:
        """The same with something else; a change of anything begins with the newest."""
        return replace(self, **({"after": ""} | changes))

    def toggled(self, name: str) -> Asked:
        """With a chip pressed, or released where it was."""
        kept = tuple(each for each in self.show if each != name)
        return self.but(show=kept if name in self.show else (*self.show, name))

    def pairs(self, default: Asked) -> list[tuple[str, str]]:
        """Names and values of all that is not as by default."""
        names = [name for name in self.__dataclass_fields__ if name != "show"]
        changed = [name for name in names if getattr(self, name) != getattr(default, name)]
        told = [(name, getattr(self, name)) for name in changed]
        return [(name, str(value)) for name, value in told if value is not None] + [
            ("show", name) for name in self.show
        ]

    def address(self, url: str, default: Asked) -> str:
        """The page's address with what is not as by default."""
        pairs = self.pairs(default)
        return f"{url}?{urlencode(pairs)}" if pairs else url

    @property
    def book(self) -> Filters:
        """The accounts that are looked at."""
        return Filters(csm=self.csm, team=self.team, segment=self.segment, stage=self.stage, q=self.name)

    def span(self, today: date) -> Span | None:
        """The days asked for; none are all."""
        if self.period == ALL and self.since is None and self.until is None:
            return None
        until = max(self.until or today, self.since or OLDEST) + timedelta(days=1)
        length = None if self.period == ALL else timedelta(days=int(self.period))
        return Span(self.since or (max(OLDEST, until - length) if length else OLDEST), until)

    def choice(self, workspace: Workspace, today: date) -> Choice:
        """The comments that are asked for, whatever the release."""
        return Choice(
            workspace=workspace,
            book=self.book.scope,
            span=self.span(today),
            account=int(self.account) if self.account else None,
            kind=self.kind,
            survey=self.survey,
            topic=self.topic,
            levels=tuple(level for level in LEVELS if level in self.show),
            unusual="unusual" in self.show,
            unresolved="open" in self.show,
            speechless="silent" in self.show,
            query=self.q,
            theme=self.theme,
        )


def read(asked: QueryDict, default: Asked) -> Asked:
    """What an address asks for. Raises FilterError."""
    since, until = _day(asked, "since"), _day(asked, "until")
    if since and until and since > until:
        raise bad("since", since.isoformat())
    shown = asked.getlist("show")
    for name in shown:
        if name not in (*LEVELS, *MARKS):
            raise bad("show", name)
    words = {name: text(asked, name).strip()[:most] for name, most in LONGEST.items()}
    return Asked(
        csm=number(asked, "csm", default.csm, ALL, NOBODY),
        team=number(asked, "team", default.team, ""),
        stage=number(asked, "stage", default.stage, ""),
        account=number(asked, "account", default.account, ""),
        kind=_one_of(asked, "kind", "", *ASKED, *UNASKED),
        period=_one_of(asked, "period", default.period, *PERIODS),
        around=_one_of(asked, "around", default.around, *AROUND),
        show=tuple(name for name in (*LEVELS, *MARKS) if name in shown),
        since=since,
        until=until,
        **words,
    )


def _one_of(asked: QueryDict, name: str, default: str, *words: str) -> str:
    value = asked.get(name) or default
    if value not in (default, *words):
        raise bad(name, value)
    return value


def _day(asked: QueryDict, name: str) -> date | None:
    value = asked.get(name, "")
    try:
        found = date.fromisoformat(value) if value else None
    except ValueError:
        raise bad(name, value) from None
    if found and not OLDEST <= found <= NEWEST:
        raise bad(name, value)
    return found
