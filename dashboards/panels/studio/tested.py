"""What back-tests said of a draft and of what is published: tiles, and who left by score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q

from dashboards.panels.backtest.said import Tile, tiles
from metrics.backtest.run import card_digest
from metrics.models import Backtest, Scorecard, ScorecardVersion
from metrics.scorecards import Card

TILES = 3
# Of the picture: its ground, its highest bar, and how far the bars are apart.
GROUND, HEIGHT, STEP, GAP = 128.0, 112.0, 32, 5


@dataclass(frozen=True)
class Decile:
    """A tenth of the pairs: how many times the average left, by this version and, `was`, by what is published."""

    number: int
    rate: Decimal
    times: float
    was: float | None


@dataclass(frozen=True)
class Deciles:
    """Churn by decile of score; `average` is the share of all pairs that left within `horizon` days."""

    parts: tuple[Decile, ...]
    average: Decimal
    horizon: int

    @property
    def bars(self) -> list[tuple[int, str, str]]:
        """(x, y, height) of each bar."""
        heights = [part.times * self._per for part in self.parts]
        return [(n * STEP, f"{GROUND - each:.1f}", f"{each:.1f}") for n, each in enumerate(heights)]

    @property
    def marks(self) -> list[str]:
        """A stroke over each bar where the published version has it."""
        return [
            f"M{n * STEP - 2} {GROUND - part.was * self._per:.1f}h{STEP - GAP + 4}"
            for n, part in enumerate(self.parts)
            if part.was is not None
        ]

    @property
    def average_at(self) -> str:
        """How high the average is."""
        return f"{GROUND - self._per:.1f}"

    @property
    def _per(self) -> float:
        return HEIGHT / max(1.0, *(max(part.times, part.was or 0) for part in self.parts))


@dataclass(frozen=True)
class Tested:
    """The newest back-test of the draft, else of what is published; `was`: the published version, where it has one of
    its own beside that of the draft."""

    version: ScorecardVersion
    tiles: tuple[tuple[Tile, str], ...]
    deciles: Deciles
    was: ScorecardVersion | None


def tested_of(scorecard: Scorecard, draft: Card | None, published: ScorecardVersion | None) -> Tested | None:
    """A draft that was changed after its back-test counts as not tested. One query."""
    wanted = Q(version=published)
    if draft is not None:
        wanted |= Q(version=draft.version, card_digest=card_digest(draft))
    done = Backtest.objects.of(scorecard.workspace).filter(wanted, state=Backtest.State.DONE, result__has_key="auc")
    newest = done.exclude(result__auc=None).order_by("-version__number", "-pk").distinct("version__number")
    rows = list(newest.select_related("version__scorecard", "version__workspace").defer("outcomes"))
    if not rows:
        return None
    shown, before = rows[0], next(iter(rows[1:]), None)
    return Tested(
        version=shown.version,
        tiles=tuple(zip(_tiles(shown), [tile.value for tile in _tiles(before)] or [""] * TILES, strict=True)),
        deciles=_deciles(shown, before),
        was=before.version if before else None,
    )


def _tiles(backtest: Backtest | None) -> Sequence[Tile]:
    return tiles(backtest.result)[:TILES] if backtest else ()


def _deciles(shown: Backtest, before: Backtest | None) -> Deciles:
    rates, were = _rates(shown), _rates(before) if before else None
    parts = tuple(
        Decile(
            number=n + 1,
            rate=Decimal(str(rate)),
            times=rate / _average(shown),
            was=were[n] / _average(before) if were and before else None,
        )
        for n, rate in enumerate(rates)
    )
    return Deciles(parts, Decimal(str(_average(shown))), shown.horizon)


def _rates(backtest: Backtest) -> list[float]:
    return [each["rate"] or 0.0 for each in backtest.result["deciles"]]


def _average(backtest: Any) -> float:
    """The share of all pairs that left; a result with an AUC has some."""
    return float(backtest.result["lost"] / backtest.result["rows"])
