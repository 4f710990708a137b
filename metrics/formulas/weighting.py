"""Weights that past churn suggests (metrics.md 4.10). NumPy arrays in and out.

Shapes: R rows, each an account on a day; L lines; K multipliers. Points are 0…100, NaN where a measure says nothing.

The chance of churn is 1 ÷ (1 + exp(−m)), m = b − Σ aₖ xₖ, a ≥ 0: a logistic regression in which no line can speak
against its own direction. x holds the points as z = (p − 50) ÷ 50, weighted as today, so that equal multipliers are
today's weights. The penalty is the variance of the multipliers, each counting as much as its weight today: it pulls
towards today's weights and leaves it open how steep the curve is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from metrics.formulas.scoring import Bools, Floats, Ints

CHURNED_PER_LINE = 10
STRENGTHS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
BLOCKS = 4
FOLDS = 3
# How steep the curve is where the search begins.
STEEPNESS = 5.0
# Keeps the curve of a table that is perfectly separable from growing for ever.
HAIR = 1e-5


@dataclass(frozen=True)
class Table:
    """What was seen, and what came of it: points [R × L], whether the account churned [R], account and day [R]."""

    points: Floats
    churned: Bools
    accounts: Ints
    days: Ints

    def of(self, chosen: Bools) -> Table:
        """Some of the rows."""
        return Table(*(each[chosen] for each in vars(self).values()))

    @property
    def churned_accounts(self) -> int:
        return len(np.unique(self.accounts[self.churned]))


@dataclass(frozen=True)
class Fit:
    """`weights` [L] add up to today's; `by_line` or one multiplier a group; `losses` is what each strength of the
    penalty missed by on days and accounts it had not seen (log loss a row), strongest first, empty where none could be
    tried."""

    weights: Floats
    by_line: bool
    strength: float
    losses: tuple[tuple[float, float], ...]


def suggest(table: Table, weights: Floats, groups: Sequence[str]) -> Fit | None:
    """The weights that tell best who churns; None where nobody churned, or no line tells anything."""
    if not table.churned.any() or not weights.sum() > 0:
        return None
    parts, by_line = multipliers(table, weights, groups)
    if not parts:
        return None
    x, shares = columns(table.points, weights, parts)
    losses = chained_losses(table, x, shares)
    strength = min(losses, key=lambda each: each[1])[0] if losses else STRENGTHS[0]
    found = fit(x, table.churned, shares, strength)
    # Of what nothing was heard, nothing is learnt: it keeps its share.
    raised = weights * (shares * found).sum() / shares.sum()
    for multiplier, part in zip(found, parts, strict=True):
        raised[part] = weights[part] * multiplier
    if not raised.sum() > 0:
        return None
    return Fit(rounded(raised, float(weights.sum())), by_line, strength, losses)


def multipliers(table: Table, weights: Floats, groups: Sequence[str]) -> tuple[list[Bools], bool]:
    """Which lines share a multiplier, each [L], of those that have weight and data; and whether each has its own: from
    10 churned accounts a line on. Below that each group has one."""
    heard = (weights > 0) & ~np.isnan(table.points).all(axis=0)
    lines: list[int] = np.flatnonzero(heard).tolist()
    if table.churned_accounts >= CHURNED_PER_LINE * len(lines):
        return [np.arange(len(weights)) == n for n in lines], True
    names = dict.fromkeys(groups[n] for n in lines)
    return [np.array([group == name for group in groups]) for name in names], False


def columns(points: Floats, weights: Floats, parts: Sequence[Bools]) -> tuple[Floats, Floats]:
    """x [R × K], what each multiplier multiplies, and the share that its lines have of today's weights [K]."""
    v = weights / weights.sum()
    z = np.where(np.isnan(points), 0.0, (points - 50.0) / 50.0) * v
    return np.column_stack([z[:, part].sum(axis=1) for part in parts]), np.array([v[part].sum() for part in parts])


def fit(x: Floats, churned: Bools, shares: Floats, strength: float) -> Floats:
    """The multipliers a [K] that minimise log loss + strength × the variance of the multipliers."""
    return _minimum(x, churned, shares, strength)[1:]


def chained_losses(table: Table, x: Floats, shares: Floats) -> tuple[tuple[float, float], ...]:
    """(strength, log loss a row) by forward chaining grouped by account: what earlier days of other accounts teach,
    tried on later days of these."""
    pairs = [(earlier, later) for earlier, later in splits(table) if table.churned[earlier].any() and later.any()]
    if not pairs:
        return ()
    found = []
    for strength in STRENGTHS:
        missed = [_missed(x, table.churned, shares, strength, *pair) for pair in pairs]
        found.append((strength, sum(missed) / sum(int(later.sum()) for _, later in pairs)))
    return tuple(found)


def rounded(raised: Floats, total: float) -> Floats:
    """Parts of a total, to a thousandth of its order (of 100: to 0.1), that add up to it: the largest remainders are
    rounded up, first come first."""
    per = 1000.0 / 10.0 ** np.floor(np.log10(total))
    steps = round(total * per)
    exact = raised / raised.sum() * steps
    whole = np.floor(exact)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: round(steps - whole.sum())]] += 1
    result: Floats = whole / per
    return result


def splits(table: Table) -> Iterator[tuple[Bools, Bools]]:
    """Rows to learn from, rows to try it on: days in blocks, each after those before it; accounts in folds."""
    days = np.unique(table.days)
    fold = np.searchsorted(np.unique(table.accounts), table.accounts) % FOLDS
    for block in np.array_split(days, min(BLOCKS, len(days)))[1:]:
        within = (table.days >= block[0]) & (table.days <= block[-1])
        for n in range(FOLDS):
            yield (table.days < block[0]) & (fold != n), within & (fold == n)


def _missed(x: Floats, churned: Bools, shares: Floats, strength: float, earlier: Bools, later: Bools) -> float:
    """Log loss, summed over the rows `later`, of what `earlier` teaches."""
    found = _minimum(x[earlier], churned[earlier], shares, strength)
    return float(_log_loss(found[0] - _weighed(x[later], found[1:]), churned[later]).sum())


def _minimum(x: Floats, churned: Bools, shares: Floats, strength: float) -> Floats:
    """(b, a…) [1 + K] by L-BFGS-B, a ≥ 0. It looks for a · √share, which makes the penalty a ball."""
    from scipy.optimize import minimize  # here, because it would double the start of a web process

    roots = np.sqrt(shares)
    rate = np.clip(churned.mean(), 1e-6, 1 - 1e-6)
    start = np.concatenate([[np.log(rate / (1 - rate))], STEEPNESS * roots])
    bounds = [(None, None)] + [(0.0, None)] * len(shares)
    options = {"maxiter": 1000, "maxfun": 5000, "ftol": 1e-11, "gtol": 1e-8}
    given = (x / roots, churned.astype(float), roots, strength)
    found = minimize(_objective, start, given, "L-BFGS-B", jac=True, bounds=bounds, options=options).x
    result: Floats = np.concatenate([found[:1], found[1:] / roots])
    return result


def _objective(at: Floats, x: Floats, y: Floats, roots: Floats, strength: float) -> tuple[float, Floats]:
    """Log loss a row with its penalty, and the slope of both, at (b, a · √share…)."""
    c = at[1:]
    m = at[0] - _weighed(x, c)
    mean = float((roots * c).sum())
    variance = float((c * c).sum()) - mean * mean
    off = 0.5 * (1.0 + np.tanh(0.5 * m)) - y
    slope = -np.einsum("rk,r->k", x, off) / len(y)
    slope += 2.0 * strength * (c - roots * mean) + 2.0 * HAIR * roots * mean
    loss = float(_log_loss(m, y).mean()) + strength * variance + HAIR * mean * mean
    return loss, np.concatenate([[off.mean()], slope])


def _log_loss(m: Floats, churned: Floats | Bools) -> Floats:
    return np.logaddexp(0.0, m) - np.where(churned, m, 0.0)


def _weighed(x: Floats, a: Floats) -> Floats:
    # Not by BLAS, whose sums depend on the machine.
    sums: Floats = np.einsum("rk,k->r", x, a)
    return sums
