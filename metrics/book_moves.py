"""What moved a book: the sum of its scores on one day and another, and what each measure did to it, exactly.

An account counts that has a score on both days. The change of a measure is that of its contributions. Where the days
have different scorecard versions, first comes what the newer one makes of the older day (row *scorecard*), by the same
functions that scored both. What is left is the clamp of scores at 0 and 100. All of it adds up to the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from accounts.models import Workspace
from metrics.formulas.scoring import Floats, Ints
from metrics.kpis.places import FIELDS, WHOLE, Scope
from metrics.models import Run
from metrics.nightly.binary import copy_out
from metrics.pulls import pulls
from metrics.ranks import ranks_of
from metrics.scorecards import Card, cards_by_id
from metrics.sql import statement

# Whose accounts, at the end of the later day.
PLACED = """o.account_id IN (SELECT account_id FROM (SELECT DISTINCT ON (account_id) account_id, value
  FROM accounts_accounthistory WHERE workspace_id = %(workspace)s AND field = '{field}'
  AND (until IS NULL OR until >= %(end)s) ORDER BY account_id, since) placed WHERE value = %({key})s)"""
MOST = """
WITH pair AS ({pairs})
SELECT p.account_id, p.new[l.position + 1] - p.old[l.position + 1] AS change, p.old_score, p.new_score
FROM pair p JOIN metrics_line l ON l.version_id = p.new_version AND l.measure = %(measure)s
WHERE p.old_version = p.new_version AND p.new[l.position + 1] <> p.old[l.position + 1]
ORDER BY abs(p.new[l.position + 1] - p.old[l.position + 1]) DESC, p.account_id LIMIT %(limit)s"""
PAIR = """
SELECT p.account_id, p.old_score::bigint, p.new_score::bigint, p.old, p.new, p.old_values, p.old_caps
FROM ({pairs}) p WHERE p.old_version = %(old_version)s AND p.new_version = %(new_version)s ORDER BY 1"""
# What is told in place of a measure.
SCORECARD, CLAMP = "scorecard", "clamp"


@dataclass
class Moved:
    """What a measure did to the sum of the scores, in 1/10,000 point: gave, took (negative), to how many accounts."""

    key: str
    up: int = 0
    down: int = 0
    accounts: int = 0

    @property
    def net(self) -> int:
        return self.up + self.down

    def add(self, up: int, down: int, accounts: int) -> None:
        self.up, self.down, self.accounts = self.up + up, self.down + down, self.accounts + accounts

    def add_each(self, changes: Ints) -> None:
        """What changed for each of some accounts, [A]."""
        self.add(
            int(changes[changes > 0].sum()), int(changes[changes < 0].sum()), int(np.count_nonzero(changes))
        )  # fmt: skip


class Most(NamedTuple):
    """An account, and what a measure did to its score, 1/10,000 point."""

    account: int
    change: int
    before: int
    after: int


@dataclass
class BookMoves:
    """Two days of a book. The `rows` add up to `after` − `before`, the sums of the scores, in 1/10,000 point."""

    accounts: int = 0
    before: int = 0
    after: int = 0
    rows: dict[str, Moved] = field(default_factory=dict)

    def of(self, key: str) -> Moved:
        """The row of a measure."""
        return self.rows.setdefault(key, Moved(key))


@dataclass(frozen=True)
class Book:
    """The accounts that are in all of some scopes, on two days with a published night each, the earlier first."""

    workspace: Workspace
    first: Run
    last: Run
    scopes: tuple[Scope, ...] = (WHOLE,)

    def moves(self) -> BookMoves:
        """What each measure did. Four queries, two more for each pair of different versions."""
        found, cards = BookMoves(), self._cards
        for old, new, place, *told in self._sums:
            if not place:
                before, after, accounts = told
                found.accounts, found.before, found.after = (
                    found.accounts + accounts, found.before + int(before), found.after + int(after),
                )  # fmt: skip
                if old != new:
                    self._add_pair(found, self._pair(cards[old], cards[new]))
            else:
                up, down, accounts = told
                found.of(cards[new].lines[place - 1].measure).add(int(up), int(down), accounts)
        rest = found.after - found.before - sum(row.net for row in found.rows.values())
        if rest:
            found.of(CLAMP).add(max(rest, 0), min(rest, 0), 0)
        return found

    def most(self, key: str, limit: int) -> list[Most]:
        """The accounts that a measure (or SCORECARD) moved most."""
        pairs = [row[:2] for row in self._sums if not row[2] and row[0] != row[1]]
        rows = [] if key == SCORECARD else self._rows(MOST, measure=key, limit=limit)
        found = [Most(*row) for row in rows]
        for old, new in pairs:
            pair = self._pair(self._cards[old], self._cards[new])
            changes = pair.changes.get(key)
            if changes is not None:
                places = np.argsort(-np.abs(changes), kind="stable")[:limit]
                found += [Most(*each) for each in pair.told(places[changes[places] != 0], changes)]
        return sorted(found, key=lambda each: (-abs(each.change), each.account))[:limit]

    @cached_property
    def _sums(self) -> list[tuple[Any, ...]]:
        return self._rows(statement("book_moves"))

    @cached_property
    def _cards(self) -> dict[int, Card]:
        return cards_by_id(self.workspace, {version for row in self._sums for version in row[:2]})

    def _add_pair(self, found: BookMoves, pair: Pair) -> None:
        for key, changes in pair.changes.items():
            if changes.any():
                found.of(key).add_each(changes)

    def _pair(self, old: Card, new: Card) -> Pair:
        """The accounts that had one version and have another."""
        params = self._params | {"old_version": old.version.pk, "new_version": new.version.pk}
        rows = copy_out(
            PAIR.format(pairs=self._pairs),
            params,  # type: ignore[arg-type]
            {
                "account": ("int8", 0),
                "before": ("int8", 0),
                "after": ("int8", 0),
                "old": ("int4[]", len(old.lines)),
                "new": ("int4[]", len(new.lines)),
                "values": ("float8[]", len(old.lines)),
                "caps": ("float8[]", len(old.cap_measures)),
            },
        )
        by_new = self._by_new(old, new, _items(rows, "values", float), _items(rows, "caps", float))
        moved = _items(rows, "new", np.int64) - by_new
        changes = {line.measure: moved[:, n] for n, line in enumerate(new.lines)}
        changes[SCORECARD] = by_new.sum(axis=1) - _items(rows, "old", np.int64).sum(axis=1)
        ends = (rows[name].astype(np.int64) for name in ("account", "before", "after"))
        return Pair(*ends, changes)

    def _by_new(self, old: Card, new: Card, values: Floats, caps: Floats) -> Ints:
        """The contributions that the newer version makes of the older day, [A, L]. A line that ranks does so among the
        accounts of then; where it did not, among those of now."""
        then, now = ranks_of(self.first).get(old.version.pk, {}), ranks_of(self.last).get(new.version.pk, {})
        readings = {key: caps[:, n] for n, key in enumerate(old.cap_measures)}
        readings |= {line.measure: values[:, n] for n, line in enumerate(old.lines)}
        nothing = np.full(len(values), np.nan)
        ranked = {line.measure: then[line.position] for line in old.lines if line.position in then}
        ranks = {line.position: ranked.get(line.measure, now.get(line.position)) for line in new.lines if line.by_rank}
        return pulls(
            new,
            set(self.first.tracked),
            {line.measure: readings.get(line.measure, nothing) for line in new.lines},
            {place: values for place, values in ranks.items() if values is not None},
            len(values),
        ).contributions

    def _rows(self, text: str, **more: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(text.format(pairs=self._pairs), self._params | more)
            return list(cursor.fetchall())

    @property
    def _pairs(self) -> str:
        placed = [PLACED.format(field=FIELDS[each.kind], key=key) for key, each in self._keys.items()]
        return statement("book_pairs").format(scope=" AND ".join(placed) or "true")

    @property
    def _keys(self) -> dict[str, Scope]:
        return {f"key{n}": scope for n, scope in enumerate(self.scopes) if scope != WHOLE}

    @property
    def _params(self) -> dict[str, Any]:
        days = {"first": self.first.day, "last": self.last.day, "end": self.workspace.end_of(self.last.day)}
        keys = {name: scope.key for name, scope in self._keys.items()}
        return {"workspace": self.workspace.pk, **days, **keys}


@dataclass(frozen=True)
class Pair:
    """Accounts that went from one version to another: their scores, and what each measure changed [A]."""

    accounts: Ints
    before: Ints
    after: Ints
    changes: dict[str, Ints]

    def told(self, places: Ints, changes: Ints) -> Iterator[Sequence[int]]:
        """Some of them, with these changes."""
        return zip(*(each[places].tolist() for each in (self.accounts, changes, self.before, self.after)), strict=True)


def _items(rows: Any, name: str, kind: Any) -> Any:
    """An array of each row, [A, L]."""
    found = rows[name]
    if "items" not in (found.dtype.names or ()):
        return np.empty((len(rows), 0), dtype=kind)
    return found["items"]["value"].astype(kind)


def night_of(workspace: Workspace, day: date, earliest: bool = False) -> Run | None:
    """The published night of a day; where there is none, the last before it, or with `earliest` the first after it."""
    nights = Run.objects.of(workspace).published().select_related("workspace")
    found = nights.filter(day__gte=day).order_by("day") if earliest else nights.filter(day__lte=day).order_by("-day")
    return found.first()  # type: ignore[no-any-return]
