"""The state of a subscription, told again and again → its terms, each closed where the next begins.

A state may come late: then its term goes between those that are there. What a term is made of (price, seats, product)
is fixed; whether it renews by itself, and when it ends, is as the newest state says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from accounts import decode
from accounts.batch import Result
from accounts.dialects.told import Term
from accounts.facts import SubscriptionItem
from accounts.kinds import KINDS
from accounts.linking import Said
from accounts.models import Source, Subscription, Waiting, Workspace

KIND = "subscriptions"
CONTENT = ("amount", "currency", "interval", "interval_count", "seats", "product", "is_trial")


def chained(source: Source, states: Sequence[Term], late: Collection[str]) -> list[list[Said]]:
    """What each state says of terms; `late`: the subscriptions of which something newer is known. Two queries."""
    known = _known(source, states)
    said = []
    for state in states:
        chain = _Chain(source.workspace, known.setdefault(state.subscription, {}), state, state.subscription in late)
        said.append([Said(KIND, _plain(item), state.name) for item in chain.changes()])
    return said


def _plain(item: SubscriptionItem) -> dict[str, Any]:
    told = {name: getattr(item, name) for name in item.__struct_fields__ if name != "known_at"}
    return told if item.account else {name: value for name, value in told.items() if name != "account"}


def _known(source: Source, states: Sequence[Term]) -> dict[str, dict[int, SubscriptionItem]]:
    """Subscription → stamp → the term that began with that state, recorded or waiting."""
    rows = Subscription.objects.of(source.workspace_id).current().select_related("account")
    wait = Waiting.objects.of(source.workspace_id).filter(source=source, kind=KIND)
    items = [
        KINDS[KIND].item(row, row.account)
        for row in rows.filter(source=source, subscription__in=[each.subscription for each in states])
    ]
    for said in wait.filter(name__in=[each.name for each in states]).values_list("item", flat=True):
        item = decode.one({**said, "account": "?"}, SubscriptionItem)
        if not isinstance(item, Result):
            item.account = ""  # type: ignore[attr-defined]
            items.append(item)
    found: dict[str, dict[int, SubscriptionItem]] = {}
    for item in items:
        stamp = item.id.rpartition("/")[2]
        if stamp.isdigit():
            found.setdefault(item.subscription, {})[int(stamp)] = item
    return found


@dataclass
class _Chain:
    """The terms of a subscription, by the moment of the state with which each began; and a state."""

    workspace: Workspace
    terms: dict[int, SubscriptionItem]
    state: Term
    is_late: bool

    def changes(self) -> list[SubscriptionItem]:
        """The terms that are new or other than before."""
        stamp = int(self.state.told_at.timestamp())
        before = max((each for each in self.terms if each <= stamp), default=None)
        after = min((each for each in self.terms if each > stamp), default=None)
        was = dict(self.terms)
        if before is None and after is None:
            self._begin(stamp, self._period_start())
        elif before is None:
            self._lead(stamp, after or 0)
        else:
            self._follow(stamp, before, after)
        return [item for key, item in self.terms.items() if item != was.get(key)]

    def _period_start(self) -> date:
        return self.workspace.day_of(self.state.period[0])

    def _ends_on(self, start: date) -> date | None:
        end = self.state.ended or self.state.ends
        return max(self.workspace.day_of(end), start) if end else None

    def _new(self, stamp: int, start: date) -> SubscriptionItem:
        return SubscriptionItem(
            account="",
            id=f"{self.state.subscription}/{stamp}",
            subscription=self.state.subscription,
            starts_on=start,
            ends_on=self._ends_on(start),
            auto_renew=self.state.renews,
            **self.state.price,
        )

    def _begin(self, stamp: int, start: date) -> None:
        self.terms[stamp] = self._new(stamp, start)

    def _lead(self, stamp: int, after: int) -> None:
        """A state from before the first term that is known."""
        following, start = self.terms[after], self._period_start()
        if start >= following.starts_on:
            return
        if self._is_content_of(following):
            self.terms[after] = _with(following, starts_on=start)
        else:
            self.terms[stamp] = _with(self._new(stamp, start), ends_on=following.starts_on)

    def _follow(self, stamp: int, before: int, after: int | None) -> None:
        """A state after a term: of the same term, or of the next."""
        last, day = self.terms[before], self.workspace.day_of(self.state.told_at)
        if self.state.ended:
            if not self.is_late:
                self._close(before, self._ends_on(last.starts_on) or day, auto_renew=False)
            return
        start = self._start_after(last, day)
        if start is None:
            if not self.is_late:
                self.terms[before] = _with(last, ends_on=self._ends_on(last.starts_on), auto_renew=self.state.renews)
            return
        fresh = _with(self._new(stamp, start), account=last.account)
        if after is not None:
            fresh = _with(fresh, ends_on=max(self.terms[after].starts_on, start))
        elif self.is_late:
            fresh = _with(fresh, ends_on=last.ends_on and max(last.ends_on, start), auto_renew=last.auto_renew)
        self._close(before, start)
        self.terms[stamp] = _with(fresh, id=last.id) if stamp == before else fresh

    def _start_after(self, last: SubscriptionItem, day: date) -> date | None:
        """When the next term begins, or nothing while the last goes on as it was."""
        period = self._period_start()
        if last.ends_on is not None and last.ends_on <= day:
            return None if self.is_late else max(period, last.ends_on)
        if self.state.is_contract and period > last.starts_on:
            return period
        return None if self._is_content_of(last) else max(day, last.starts_on)

    def _is_content_of(self, term: SubscriptionItem) -> bool:
        return all(getattr(term, name) == self.state.price.get(name, getattr(term, name)) for name in CONTENT)

    def _close(self, stamp: int, day: date, **more: Any) -> None:
        term = self.terms[stamp]
        if term.ends_on is None or term.ends_on > day:
            self.terms[stamp] = _with(term, ends_on=max(day, term.starts_on), **more)


def _with(item: SubscriptionItem, **changes: Any) -> SubscriptionItem:
    return msgspec.structs.replace(item, **changes)
