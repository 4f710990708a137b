"""The score once more, slowly: points, shared weights, contributions, band and caps, written from metrics.md 4."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.metrics.naive import over, values_of
from tests.metrics.witness import Witness

GREY, RED, YELLOW, GREEN = range(4)
Verdict = tuple[dict[str, Fraction], Fraction | None, int]


def verdict(
    w: Witness, tracked: set[str], weights: dict[str, Fraction], thresholds: dict[str, tuple[float, float, float]]
) -> dict[str, Verdict]:
    """Per account scored: contributions by measure, coverage (None: not enough), and band after the caps."""
    values = {name: values_of(w, name) for name in w.scored()}
    found = {}
    for name, own in values.items():
        points = {key: points_of(key, own[key], values, thresholds) for key in weights}
        known = {key for key in weights if points[key] is not None and key in tracked}
        shares = shared({key: weight for key, weight in weights.items() if key in tracked}, known)
        cs = {key: shares.get(key, Fraction(0)) * (Fraction(points[key] or 0) - 50) for key in weights}
        covered = over(sum(weights[key] for key in known), sum(w for key, w in weights.items() if key in tracked))
        enough = len(known) >= 3 and covered is not None and covered >= Fraction(2, 5)
        score = 50 + sum(cs.values())
        band = (RED if score < 40 else YELLOW if score < 70 else GREEN) if enough else GREY
        found[name] = (cs, covered if enough else None, capped(band, own))
    return found


def points_of(key: str, value: float | None, everybody: Any, thresholds: Any) -> Fraction | None:
    if value is None:
        return None
    if key not in thresholds:
        others = [own[key] for own in everybody.values() if own[key] is not None]
        worse, equal = sum(other < value for other in others), others.count(value)
        return Fraction(100 * worse + 50 * equal, len(others)) if len(others) >= 20 else None
    worst, neutral, best = map(Fraction, thresholds[key])
    way = 1 if best >= worst else -1
    gain = (Fraction(value) - neutral) * way
    span = (best - neutral) * way if gain > 0 else (neutral - worst) * way
    return 50 + max(Fraction(-50), min(Fraction(50), 50 * gain / span)) if span else Fraction(50)


def shared(weights: dict[str, Fraction], known: set[str]) -> dict[str, Fraction]:
    """A missing line's weight stays in its group, then goes to the groups with data; no line more than doubles."""
    groups: dict[str, list[str]] = {}
    for key in weights:
        groups.setdefault(key.split(".")[0], []).append(key)
    whole = {group: sum(weights[key] for key in keys) for group, keys in groups.items()}
    heard = {group: sum(weights[key] for key in keys if key in known) for group, keys in groups.items()}
    speaking = sum(whole[group] for group in groups if heard[group])
    return {
        key: min(whole[group] / speaking * weights[key] / heard[group], 2 * weights[key] / sum(weights.values()))
        for group, keys in groups.items()
        for key in keys
        if key in known
    }


def capped(band: int, own: dict[str, float | None]) -> int:
    def least(key: str, bound: float) -> bool:
        return own[key] is not None and own[key] >= bound  # type: ignore[operator]

    red = [
        least("commercial.days_past_due", 60),
        least("complaints.oldest_open_complaint", 15),
        least("commercial.notice_given", 1),
    ]
    yellow = [
        least("commercial.days_past_due", 30),
        least("complaints.complaints", 3) and least("complaints.unresolved_complaints", 1),
        least("usage.days_since_last_use", 28),
        least("engagement.champion_left", 1),
    ]
    limit = RED if any(red) else YELLOW if any(yellow) else GREEN
    return min(band, limit) if band != GREY else limit if limit != GREEN else GREY
