"""What a draft would do: who changes colour, how the scores lie, and the numbers with which a browser works it out."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
from django.urls import reverse
from numpy.typing import NDArray

from accounts.models import Account, Workspace
from accounts.models.ids import Ids as Named
from dashboards.panels.figure import Figure
from metrics.formulas.scoring import Bools, Floats, Ints
from metrics.models import Band, Scorecard
from metrics.nightly.basis import last_night
from metrics.nightly.stands import stands
from metrics.pulls import rules_of
from metrics.scorecards import Card
from metrics.whatif import WhatIf, what_if

UNIT = 10_000
# As many as a browser works out while a slider moves.
SAMPLE = 5_000
ROWS = 50
BINS = 20
# The picture: a bar is so wide, and may be so high above the ground.
STEP, HEIGHT, GROUND = 32, 162, 168
# Spreads neighbouring ids over the whole sample: Knuth's multiplier.
SPREAD, SPACE = 2_654_435_761, 2**32


@dataclass(frozen=True)
class Moved:
    """An account that would change colour."""

    url: str
    name: str
    csm: str
    mrr: Figure
    was_band: str
    was_score: Decimal | None
    band: str
    score: Decimal | None


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
    """Of `total` accounts, `shown` are in the browser. `data` is what whatif.js reads."""

    total: int
    shown: int
    count: Count
    rows: tuple[Moved, ...]
    csms: tuple[OfCsm, ...]
    bins: tuple[Bin, ...]
    borders: tuple[float, float]
    data: dict[str, Any]

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
    workspace = card.version.scorecard.workspace
    order = _by_mrr(found)
    sample = order[_sample(found.stands.accounts[order])]
    moved = np.flatnonzero(found.moved) if changed else np.empty(0, dtype=np.int64)
    listed = np.array([a for a in order.tolist() if found.moved[a]], dtype=np.int64) if len(moved) else moved
    people = _people(workspace, found.stands.accounts[np.union1d(sample, listed[:ROWS])])
    return Effect(
        total=len(order),
        shown=len(sample),
        count=_count(found, moved),
        rows=tuple(_row(workspace, found, a, people) for a in listed[:ROWS].tolist()),
        csms=_csms(workspace, found, moved),
        bins=_bins(found),
        borders=(float(found.borders[0]), float(found.borders[1])),
        data=_data(workspace, found, sample, people, published),
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


def _people(workspace: Workspace, accounts: Ints) -> dict[int, tuple[str, str]]:
    """The name of each account and of its CSM."""
    rows = Account.objects.of(workspace).filter(pk__among=Named(accounts.tolist()))
    return {pk: (name, csm or "") for pk, name, csm in rows.values_list("pk", "name", "owner__user__name")}


def _count(found: WhatIf, moved: Ints) -> Count:
    now, was = found.scores.band[moved], found.stands.band[moved]
    grey = (now == Band.GREY) | (was == Band.GREY)
    return Count(
        down=int((~grey & (now < was)).sum()),
        up=int((~grey & (now > was)).sum()),
        grey=int(grey.sum()),
        held=int((now == found.loose[moved]).sum()),
    )


def _row(workspace: Workspace, found: WhatIf, a: int, people: dict[int, tuple[str, str]]) -> Moved:
    now, account = found.stands, int(found.stands.accounts[a])
    name, csm = people[account]
    return Moved(
        url=reverse("account", args=[workspace.slug, account]),
        name=name,
        csm=csm,
        mrr=_mrr(workspace, int(now.mrr[a]) if now.rated[a] else None),
        was_band=Band(now.band[a]).name.lower(),
        was_score=Decimal(int(now.score[a])) / UNIT if now.scored[a] else None,
        band=Band(found.scores.band[a]).name.lower(),
        score=Decimal(int(found.scores.score[a])) / UNIT if found.scores.scored[a] else None,
    )


def _mrr(workspace: Workspace, units: int | None) -> Figure:
    return Figure("mrr", None if units is None else Decimal(units) / UNIT, workspace.currency)


def _csms(workspace: Workspace, found: WhatIf, moved: Ints) -> tuple[OfCsm, ...]:
    rows = Account.objects.of(workspace).filter(pk__among=Named(found.stands.accounts[moved].tolist()))
    owner = dict(rows.values_list("pk", "owner__user__name"))
    counts: dict[str, Counter[str]] = {}
    for a in moved.tolist():
        count = counts.setdefault(owner.get(int(found.stands.accounts[a])) or "", Counter())
        now, was = found.scores.band[a], found.stands.band[a]
        count["grey" if Band.GREY in (now, was) else "down" if now < was else "up"] += 1
        count["mrr"] += int(found.stands.mrr[a]) if found.stands.rated[a] else 0
    told = [OfCsm(csm, c["down"], c["up"], c["grey"], _mrr(workspace, c["mrr"])) for csm, c in counts.items()]
    return tuple(sorted(told, key=lambda each: (-(each.down + each.up + each.grey), each.csm)))


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
    people: dict[int, tuple[str, str]],
    published: Card | None,
) -> dict[str, Any]:
    card, now = found.card, found.stands
    rules = rules_of(card)
    csms = sorted({people[int(account)][1] for account in now.accounts[sample]})
    place = {csm: n for n, csm in enumerate(csms)}
    known = {line.measure: line.weight for line in published.lines} if published else {}
    return {
        "size": len(sample),
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
        "accounts": now.accounts[sample].tolist(),
        "base": reverse("account", args=[workspace.slug, 0]).removesuffix("0"),
        "names": [people[int(account)][0] for account in now.accounts[sample]],
        "csms": csms,
        "csm": [place[people[int(account)][1]] for account in now.accounts[sample]],
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
