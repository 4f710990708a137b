"""From a panel to what is said of it: plain numbers, rounded, in one fixed form."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np

from metrics.backtest.outcomes import NEVER
from metrics.backtest.panel import Panel
from metrics.formulas.calibration import Curve, calibration, curve
from metrics.formulas.judging import ENOUGH, Estimate, Sample, Share, auc, by_decile, estimate, share_of
from metrics.formulas.scoring import GREEN, RED, YELLOW
from metrics.formulas.warning import Leavers, Spells, precision, red_before, spells_of, warnings
from metrics.models import Band

BEFORE = (30, 60, 90)
LAGS = (0, 14, 30)
DIGITS = 6
Json = dict[str, Any]


def judge(panel: Panel, left_out: Json, nights: Spells | None, ended: date) -> tuple[Json, Curve | None]:
    """What a back-test says, and the curve of risk by score, where the score tells anything.

    `nights` are the spells of red as they were published; without them those of the month ends.
    """
    sample, score = panel.sample, panel.scores
    said: Json = {
        "rows": len(sample.account),
        "accounts": len(np.unique(sample.account)),
        "lost": int(sample.lost.sum()),
        "churned": sample.churned,
        "needed": ENOUGH,
        "lag": panel.lag,
        "horizon": panel.horizon,
        "ended": str(ended),
        "days": [str(day) for day, is_over in zip(panel.days, panel.over, strict=True) if is_over],
        "dropped": [str(day) for day, is_over in zip(panel.days, panel.over, strict=True) if not is_over],
        "left_out": left_out | {"lag": int(panel.in_lag.sum())},
    }
    if sample.churned < ENOUGH:
        return _round(said), None
    found = estimate(score, sample)
    said |= {
        "auc": _estimate(found, sample),
        "auc_within_days": _estimate(estimate(score, sample, within_days=True), sample),
        "deciles": [_share(each) for each in by_decile(score, sample.lost)],
        "bands": _bands(panel),
        "calibration": asdict(calibration(score, sample)),
        "rivals": _rivals(panel, found),
        "renewal": _renewal(panel),
        "lags": [_at_lag(panel.with_lag(lag, ended)) for lag in LAGS],
        "red": _red(panel, nights, ended),
    }
    tells = found is not None and found.low > 0.5
    said["tells"] = tells
    return _round(said), curve(score, sample) if tells else None


def canonical(said: Json) -> bytes:
    """The one form in bytes of what was said."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(*parts: bytes) -> str:
    """SHA-256 of some bytes."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()


def _bands(panel: Panel) -> Json:
    band, sample, score = panel.band[panel.asked], panel.sample, panel.scores
    return {
        Band(each).name.lower(): _share(share_of(score, sample.lost, band == each)) for each in (RED, YELLOW, GREEN)
    }


def _rivals(panel: Panel, own: Estimate | None) -> list[Json]:
    """What else might have told, by the same pairs; the least at risk has the highest number."""
    found = []
    for name, each in panel.rivals.items():
        values = each[panel.asked]
        # Where use was not told yet, nobody could have guessed by it.
        told = ~np.isnan(values)
        sample = panel.sample.of(told)
        if told.any() and sample.churned >= ENOUGH:
            # The present version may be the one that is judged.
            is_own = np.array_equal(values, panel.scores)
            found.append({"rival": name, **_estimate(own if is_own else estimate(values[told], sample), sample)})
    return [*found, {"rival": "chance", "value": 0.5, "low": 0.5, "high": 0.5, "n": len(panel.sample.account)}]


def _renewal(panel: Panel) -> Json:
    """Only accounts whose term ends in the horizon."""
    mine = panel.only(panel.renews)
    sample = mine.sample
    said = {"churned": sample.churned, "lost": int(sample.lost.sum()), "rows": len(sample.account)}
    return said | ({"auc": _estimate(estimate(mine.scores, sample), sample)} if sample.churned >= ENOUGH else {})


def _at_lag(panel: Panel) -> Json:
    sample = panel.sample
    return {"lag": panel.lag, "auc": auc(panel.scores, sample), "lost": int(sample.lost.sum())}


def _red(panel: Panel, nights: Spells | None, ended: date) -> Json:
    spells = spells_of_month_ends(panel, ended) if nights is None else nights
    asked = leavers(panel, ended, asked=True)
    warned = warnings(spells, asked)
    right, decided = precision(spells, leavers(panel, ended), panel.lag + panel.horizon, ended.toordinal())
    return {
        "from": "month ends" if nights is None else "nights",
        "before": [
            dict(zip(("days", "red", "of"), (days, *red_before(spells, asked, days)), strict=True)) for days in BEFORE
        ],
        "warning": {
            "median": float(np.median(warned)),
            "never": int((warned == 0).sum()),
            "of": len(warned),
            "median_of_warned": float(np.median(warned[warned > 0])) if warned.any() else None,
        },
        "precision": {"right": right, "of": decided},
    }


def leavers(panel: Panel, ended: date, asked: bool = False) -> Leavers:
    """Who left when, each outcome once; only those that a judged row asked for, or all up to where the data end: a term
    that ends later may yet be renewed."""
    known = (panel.outcome <= ended.toordinal()) & (panel.leaves_in > 0)
    chosen = panel.lost & panel.asked if asked else known
    pairs = np.unique(np.column_stack([panel.numbers[chosen], panel.outcome[chosen]]), axis=0)
    since = np.full(int(panel.numbers.max()) + 1 if len(panel.numbers) else 0, NEVER)
    np.minimum.at(since, panel.numbers, panel.ordinals)
    return Leavers(pairs[:, 0], pairs[:, 1], since[pairs[:, 0]])


def spells_of_month_ends(panel: Panel, ended: date) -> Spells:
    """Red at a month end holds until the day before the next one."""
    ordinals = np.array([*(day.toordinal() for day in panel.days), ended.toordinal() + 1], dtype=np.int64)
    order = np.lexsort((panel.day, panel.numbers))
    day = panel.day[order]
    return spells_of(panel.numbers[order], ordinals[day], ordinals[day + 1], panel.band[order] == RED)


def _estimate(found: Estimate | None, sample: Sample) -> Json:
    return {**(asdict(found) if found else {"value": None, "low": None, "high": None}), "n": len(sample.account)}


def _share(share: Share) -> Json:
    return {"n": share.n, "lost": share.lost, "rate": share.rate, "low": share.low, "high": share.high}


def _round(said: Any) -> Any:
    """Floats to six digits, so that no machine's last bit is said; no number is none."""
    if isinstance(said, float):
        return round(float(said), DIGITS) if np.isfinite(said) else None
    if isinstance(said, dict):
        return {key: _round(value) for key, value in said.items()}
    if isinstance(said, list | tuple):
        return [_round(value) for value in said]
    return said
