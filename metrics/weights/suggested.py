"""What past churn suggests: fitted on the earlier part of a panel, judged on the later by the real formula.

What is found is plain data, and stored with its suggestion. Nothing here changes a scorecard.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta

import numpy as np

from metrics.backtest.judged import DIGITS, Json
from metrics.backtest.panel import Panel
from metrics.formulas import scoring, weighting
from metrics.formulas.judging import ENOUGH, Drawn, Estimate, drawn_auc, interval
from metrics.formulas.scoring import Floats, Rules
from metrics.formulas.weighting import Fit, Table
from metrics.pulls import rules_of
from metrics.scorecards import Card

# Of those who churned, about so many are to learn from; more are left to judge by, where they are few.
TO_LEARN = 0.4
# Days on which less of today's weight was tracked tell what another, shorter scorecard was worth.
TRACKED = 0.8


@dataclass(frozen=True)
class Split:
    """A panel in two: the horizons of what is learnt, the days up to `last`, are over when what is judged begins."""

    last: date
    fitted: Panel
    judged: Panel

    @property
    def is_enough(self) -> bool:
        return min(self.fitted.sample.churned, self.judged.sample.churned) >= ENOUGH

    @property
    def goodness(self) -> tuple[bool, float]:
        """The higher the better."""
        learnt, judged = self.fitted.sample.churned, self.judged.sample.churned
        if not self.is_enough:
            return False, min(learnt, judged)
        return True, -abs(learnt / (learnt + judged) - TO_LEARN)


def suggestion_of(panel: Panel | None, card: Card, until: date | None = None) -> Json:
    """What past churn suggests: `refused` names the reason why it suggests nothing, and is empty where it does.

    `until`: the last day to learn from; without it, the split that leaves about two in five of the churned to it.
    """
    if card.is_points:
        return {"refused": "points"}
    rules = rules_of(card)
    split = best_split(told_of(panel, rules), until) if panel is not None else None
    if panel is None or split is None:
        return {"refused": "short"}
    gap = panel.lag + panel.horizon
    told = {"fitted": _told(split.fitted), "judged": _told(split.judged), "needed": ENOUGH, "gap": gap}
    if not split.is_enough:
        return told | {"refused": "few"}
    fit = weighting.suggest(table_of(split.fitted), rules.weights, rules.groups)
    if fit is None:
        return told | {"refused": "nothing"}
    return told | _fitted(card, fit) | _judged(split.judged, rules, fit)


# -- the split ------------------------------------------------------------------------------------------------


def told_of(panel: Panel, rules: Rules) -> Panel:
    """The rows of days on which four fifths of the weight that is tracked on the last one were tracked."""
    share = (panel.tracked * rules.weights).sum(axis=1)
    return panel.only((share >= TRACKED * share[-1])[panel.day])


def best_split(panel: Panel, until: date | None = None) -> Split | None:
    """What to learn from and what to judge by; None where no day is left to judge."""
    splits = [split for split in _splits(panel) if until is None or split.last <= until]
    if until is not None:
        return splits[-1] if splits else None
    return max(splits, key=lambda split: split.goodness, default=None)


def _splits(panel: Panel) -> Iterator[Split]:
    """Every way to cut the days in two with lag and horizon between, the shortest first part first."""
    days = [panel.days[n] for n in np.unique(panel.day[panel.asked])]
    for last in days:
        first = last + timedelta(days=panel.lag + panel.horizon)
        if days[-1] >= first:
            yield Split(last, panel.between(days[0], last), panel.between(first, days[-1]))


# -- learnt, and judged -----------------------------------------------------------------------------------------


def table_of(panel: Panel) -> Table:
    """The rows of a panel that count, to learn from."""
    asked = panel.asked
    return Table(panel.points[asked], panel.lost[asked], panel.account[asked], panel.ordinals[asked])


def scores_by(panel: Panel, rules: Rules) -> Floats:
    """The score of the rows that count by other weights [asked], in points; 50 where there would be none."""
    asked = panel.asked
    points, values, day = panel.points[asked], panel.values[asked], panel.day[asked]
    found = np.full(len(day), 50.0)
    for n in np.unique(day):
        mine, tracked = day == n, panel.tracked[n]
        contributions, _ = rules.lift(tracked, points[mine])
        # A line by rank of too few has values, and no points.
        present = ~np.isnan(values[mine]) & ~np.isnan(points[mine])
        covered = scoring.coverage(rules.weights, tracked, present & tracked)
        scored = scoring.enough(covered, present, tracked)
        found[mine] = np.where(scored, scoring.scores(contributions) / scoring.UNIT, 50.0)
    return found


def gain(new: Drawn, now: Drawn) -> Estimate:
    """How much one AUC is above another of the same sample, with its interval: both on the same draws."""
    return Estimate((new.value or 0.0) - (now.value or 0.0), *interval(new.draws - now.draws))


def _fitted(card: Card, fit: Fit) -> Json:
    lines = zip(card.lines, fit.weights.tolist(), strict=True)
    return {
        "by_line": fit.by_line,
        "strength": fit.strength,
        "losses": [[strength, round(loss, DIGITS)] for strength, loss in fit.losses],
        "weights": [{"measure": line.measure, "now": line.weight, "new": weight} for line, weight in lines],
    }


def _judged(panel: Panel, rules: Rules, fit: Fit) -> Json:
    """Both scores on days and outcomes that neither the fit nor the strength of its penalty has seen."""
    now = drawn_auc(panel.scores, panel.sample)
    new = drawn_auc(scores_by(panel, replace(rules, weights=fit.weights)), panel.sample)
    gained = gain(new, now)
    aucs = {"auc_now": now.estimate, "auc_new": new.estimate, "gain": gained}
    told = {key: _rounded(each) if each else None for key, each in aucs.items()}
    return told | {"refused": "" if gained.low > 0 else "no gain"}


def _rounded(found: Estimate) -> dict[str, float]:
    return {name: round(value, DIGITS) for name, value in asdict(found).items()}


def _told(panel: Panel) -> Json:
    used = panel.ordinals[panel.asked]
    sample = panel.sample
    return {
        "first": date.fromordinal(int(used.min())).isoformat() if len(used) else None,
        "last": date.fromordinal(int(used.max())).isoformat() if len(used) else None,
        "days": len(np.unique(used)),
        "rows": len(used),
        "accounts": len(np.unique(sample.account)),
        "churned": sample.churned,
    }
