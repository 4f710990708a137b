"""What a draft would do: who changes colour, how the scores lie, and the numbers with which a browser works it out."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.urls import reverse
from numpy.typing import NDArray

from accounts.models import Workspace
from dashboards.panels.figure import Figure
from dashboards.panels.moved import Moved, Named, moved_rows, mrr_of, names_of, sides, ways
from metrics.comparing import Effect as Sides
from metrics.formulas.scoring import Bools, Floats, Ints
from metrics.models import Scorecard
from metrics.models.snapshot import UNIT
from metrics.nightly.basis import last_night
from metrics.nightly.stands import stands
from metrics.pulls import rules_of
from metrics.scorecards import Card
from metrics.whatif import WhatIf, what_if

# As many as a browser works out while a slider moves.
SAMPLE = 5_000
ROWS = 50
BINS = 20
# The picture: a bar is so wide, and may be so high above the ground.
STEP, HEIGHT, GROUND = 32, 162, 168
NOBODY = Named("", None, "")
# Spreads neighbouring ids over the whole sample: Knuth's multiplier.
SPREAD, SPACE = 2_654_435_761, 2**32


@dataclass(frozen=True)
class OfCsm:
    """How many accounts of a CSM would change colour, and their MRR."""

    csm: str
    down: int
    up: int
    grey: int
    mrr: Figure


@dataclass(frozen=True)
class Count:
    """How many would change colour, which way; `held`: of these only because a new version starts afresh."""

    down: int
    up: int
    grey: int
    held: int

    @property
    def all(self) -> int:
        return self.down + self.up + self.grey


@dataclass(frozen=True)
class Bin:
    """Accounts with a score between two numbers: with the draft by band, and as published."""

    low: int
    red: int
    yellow: int
    green: int
    was: int

    @property
    def all(self) -> int:
        return self.red + self.yellow + self.green


@dataclass(frozen=True)
class Effect:
    """Of `total` accounts, `shown` are in the browser. `values` are those of all, by measure; `data` is what whatif.js
    reads."""

    total: int
    shown: int
    count: Count
    rows: tuple[Moved, ...]
    csms: tuple[OfCsm, ...]
    bins: tuple[Bin, ...]
    borders: tuple[float, float]
    values: dict[str, Floats]
    data: dict[str, Any]

    @property
    def is_cut(self) -> bool:
        """Whether more would change colour than are told one by one."""
        return self.count.all > ROWS

    @property
    def is_sample(self) -> bool:
        return self.shown < self.total

    @property
    def bars(self) -> list[tuple[str, int, str, str]]:
        """(colour, x, y, height) of the bars, one on the other, as studio.js draws them."""
        per, found = HEIGHT / self._tallest, []
        for n, each in enumerate(self.bins):
            top = float(GROUND)
            for colour, count in (("red", each.red), ("yellow", each.yellow), ("green", each.green)):
                top -= count * per
                found.append((colour, n * STEP + 1, f"{top:.1f}", f"{count * per:.1f}"))
        return found

    @property
    def marks(self) -> list[str]:
        """A stroke over each bar where the published version has it."""
        per = HEIGHT / self._tallest
        return [
            f"M{n * STEP} {GROUND - each.was * per:.1f}h{STEP}" if each.was else "" for n, each in enumerate(self.bins)
        ]

    @property
    def axis(self) -> tuple[str, str]:
        """Where the borders lie."""
        red, green = (f"{border / 100 * STEP * BINS:.1f}" for border in self.borders)
        return red, green

    @property
    def _tallest(self) -> int:
        return max(1, *(max(each.all, each.was) for each in self.bins))


def effect_of(card: Card, published: Card | None, changed: bool, now: datetime) -> Effect:
    """What a card would do; `changed`: it is another than the published one. The sample is the same every time."""
    found = what_if(card, now)
    workspace, both = card.version.scorecard.workspace, sides(found)
    order = _by_mrr(found)
    sample = order[_sample(both.accounts[order])]
    moved = order[found.moved[order]] if changed else order[:0]
    names = names_of(workspace, both.accounts[np.union1d(sample, moved)])
    return Effect(
        total=len(order),
        shown=len(sample),
        count=_count(found, moved),
        rows=moved_rows(workspace, both, moved[:ROWS], names),
        csms=_csms(workspace, both, moved, names),
        bins=_bins(found),
        borders=(float(found.borders[0]), float(found.borders[1])),
        values=found.stands.values,
        data=_data(workspace, found, sample, names, published),
    )


def accounts_of(scorecard: Scorecard, now: datetime) -> int:
    """How many accounts a scorecard has, be there lines to score them by or not."""
    today = scorecard.workspace.day_of(now)
    return len(stands(scorecard, [], last_night(scorecard.workspace, today), today).accounts)


def count_of(card: Card, now: datetime) -> tuple[int, Count]:
    """How many accounts there are, and how many would change colour, exactly."""
    found = what_if(card, now)
    return len(found.stands.accounts), _count(found, np.flatnonzero(found.moved))


def _by_mrr(found: WhatIf) -> Ints:
    """The places of the accounts, the largest MRR first."""
    mrr = np.where(found.stands.rated, found.stands.mrr, -1)
    return np.lexsort((found.stands.accounts, -mrr))


def _sample(accounts: Ints) -> Ints:
    """Places of the accounts that a browser is given: all, or so many, always the same ones."""
    if len(accounts) <= SAMPLE:
        return np.arange(len(accounts))
    spread = np.argsort(accounts.astype(np.uint64) * SPREAD % SPACE, kind="stable")
    return np.sort(spread[:SAMPLE])


def _count(found: WhatIf, moved: Ints) -> Count:
    count = {way: len(places) for way, places in ways(sides(found), moved).items()}
    return Count(**count, held=int((found.scores.band[moved] == found.loose[moved]).sum()))


def _csms(workspace: Workspace, found: Sides, moved: Ints, names: dict[int, Named]) -> tuple[OfCsm, ...]:
    """By how many of their accounts would change colour, then by name."""
    theirs: dict[tuple[str, int], list[int]] = {}
    for place, account in zip(moved.tolist(), found.accounts[moved].tolist(), strict=True):
        theirs.setdefault(_csm(names, account), []).append(place)
    told = [_of_csm(workspace, found, csm, np.array(places)) for (csm, _key), places in sorted(theirs.items())]
    return tuple(sorted(told, key=lambda each: -(each.down + each.up + each.grey)))


def _of_csm(workspace: Workspace, found: Sides, csm: str, places: Ints) -> OfCsm:
    count = {way: len(some) for way, some in ways(found, places).items()}
    return OfCsm(csm, **count, mrr=mrr_of(workspace, found, places))


def _csm(names: dict[int, Named], account: int) -> tuple[str, int]:
    """The name and the id of the CSM of an account; nobody has neither."""
    named = names.get(account, NOBODY)
    return named.csm, named.owner or 0


def _bins(found: WhatIf) -> tuple[Bin, ...]:
    drafted = _histogram(found.scores.score, found.scores.scored, found.scores.computed)
    was = _histogram(found.stands.score, found.stands.scored, found.stands.computed)
    return tuple(
        Bin(n * 100 // BINS, int(drafted[n, 1]), int(drafted[n, 2]), int(drafted[n, 3]), int(was[n].sum()))
        for n in range(BINS)
    )


def _histogram(score: Ints, scored: Bools, band: Ints) -> Ints:
    table = np.zeros((BINS, 4), dtype=np.int64)
    np.add.at(table, (np.minimum(BINS - 1, score[scored] // (100 * UNIT // BINS)), band[scored]), 1)
    return table


# -- for the browser ------------------------------------------------------------------------------------------


def _data(
    workspace: Workspace,
    found: WhatIf,
    sample: Ints,
    names: dict[int, Named],
    published: Card | None,
) -> dict[str, Any]:
    card, now = found.card, found.stands
    rules = rules_of(card)
    accounts = now.accounts[sample].tolist()
    csms = sorted({_csm(names, account) for account in accounts})
    place = {csm: n for n, csm in enumerate(csms)}
    known = {line.measure: line.weight for line in published.lines} if published else {}
    return {
        "size": len(sample),
        "rows": ROWS,
        "picture": {"bins": BINS, "step": STEP, "height": HEIGHT, "ground": GROUND},
        "currency": workspace.currency,
        "adds": rules.adds,
        # Only weights and borders can be put back in the browser to what is published.
        "like": _like(card, published),
        "lines": [
            {
                "measure": line.measure,
                "group": rules.groups[n],
                "tracked": bool(found.tracked[n]),
                "assumed": line.assumed_points,
                "weight": float(rules.weights[n]),
                "published": known.get(line.measure),
                "points": packed(found.said[sample, n]),
            }
            for n, line in enumerate(card.lines)
        ],
        "was": {
            "score": _known(now.score[sample], now.scored[sample]),
            "band": now.band[sample].tolist(),
            "computed": now.computed[sample].tolist(),
            **_borders(published),
        },
        "loose": found.loose[sample].tolist(),
        "limit": found.limit[sample].tolist(),
        "manual": np.where(found.scores.manual, found.scores.band, -1)[sample].tolist(),
        "mrr": _known(now.mrr[sample], now.rated[sample]),
        "accounts": accounts,
        "base": reverse("account", args=[workspace.slug, 0]).removesuffix("0"),
        "names": [names.get(account, NOBODY).name for account in accounts],
        # Two may be called the same: each is told by the place in this list.
        "csms": [csm for csm, _key in csms],
        "csm": [place[_csm(names, account)] for account in accounts],
    }


def _known(column: Ints, there: Bools) -> list[int | None]:
    return [value if known else None for value, known in zip(column.tolist(), there.tolist(), strict=True)]


def _borders(published: Card | None) -> dict[str, Any]:
    if published is None:
        return {}
    version = published.version
    return {"red": version.red_below, "green": version.green_from, "byRank": version.bands_by_rank}


def _like(card: Card, published: Card | None) -> bool:
    """Whether a card differs from the published one in weights and borders alone."""
    if published is None:
        return False
    of_lines = ("measure", "worst", "neutral", "best", "by_rank", "assumed_points", "steps")

    def rest(each: Card) -> list[Any]:
        lines = [tuple(getattr(line, name) for name in of_lines) for line in each.lines]
        return [lines, [(cap.name, cap.rule) for cap in each.caps]]

    return rest(card) == rest(published)


def packed(column: Floats) -> dict[str, Any]:
    """A column with each of its values once, and for each account which: whatif.js unpacks it to the same doubles."""
    there = ~np.isnan(column)
    different, at = np.unique(column[there], return_inverse=True)
    places: NDArray[np.uint16] = np.full(len(column), len(different), dtype="<u2")
    places[there] = at
    return {"values": [*different.tolist(), None], "at": base64.b64encode(places.tobytes()).decode()}
