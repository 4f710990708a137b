"""How MRR moved over the period, and how many accounts were of each band over time."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from dashboards.charts.axes import Figure
from dashboards.charts.bands import bands
from dashboards.charts.waterfall import Step, waterfall
from dashboards.panels.team.numbers import Numbers
from dashboards.templatetags.figures import band_word, brief_money, day, money, months, signed
from metrics.kpis.periods import Period
from metrics.models import PeriodKind
from metrics.registry import KPIS

BANDS = {"red": "effort.poor", "yellow": "effort.at_risk", "green": "effort.healthy", "grey": "effort.unknown"}
MOVEMENTS = ("new", "expansion", "reactivation", "contraction", "churned", "currency", "handed_over")
# These are told only where there are any.
RARE = ("currency", "handed_over")


@dataclass(frozen=True)
class MrrMovements:
    """`rows`: (what, amount), from start to end; they add up. `reason`: why they cannot be told."""

    rows: tuple[tuple[str, str], ...]
    figure: Figure
    label: str
    reason: str = ""


def movements_of(numbers: Numbers) -> MrrMovements:
    """Start, what came, what went, end."""
    start, end = numbers.current("revenue.mrr_at_start"), numbers.current("revenue.mrr")
    told = {key: numbers.current(f"revenue.{key}") for key in MOVEMENTS}
    reason = next((str(cell.reason) for cell in (start, end, *told.values()) if cell.value is None), "")
    if reason:
        return MrrMovements((), {}, "", reason)
    amounts = {key: cell.value or Decimal(0) for key, cell in told.items()}
    shown = {key: amount for key, amount in amounts.items() if amount or key not in RARE}
    first, last = _ends(numbers, start.value or Decimal(0), end.value or Decimal(0))
    steps = [_step(numbers, key, amount) for key, amount in shown.items()]
    moved = [step for step in steps if step.amount]
    currency = numbers.workspace.currency
    rows = [(step.label, money(amount, currency)) for step, amount in zip(steps, shown.values(), strict=True)]
    return MrrMovements(
        ((first.label, money(start.value, currency)), *rows, (last.label, money(end.value, currency))),
        waterfall(first, moved, last),
        _("MRR from %(first)s to %(last)s: %(steps)s") % {
            "first": first.text,
            "last": last.text,
            "steps": ", ".join(f"{step.label} {step.text}" for step in moved),
        },
    )  # fmt: skip


def _ends(numbers: Numbers, start: Decimal, end: Decimal) -> tuple[Step, Step]:
    period, currency = numbers.period, numbers.workspace.currency
    newest = numbers.span.newest
    return (
        Step(day(period.eve, newest), float(start), brief_money(start, currency)),
        Step(day(period.last, newest), float(end), brief_money(end, currency)),
    )


def _step(numbers: Numbers, key: str, amount: Decimal) -> Step:
    text = brief_money(abs(amount), numbers.workspace.currency)
    sign = signed(amount)[:1] if round(amount) else ""
    return Step(_short(key), float(amount), f"{sign}{text}" if sign in "+−" else text)


def _short(key: str) -> str:
    """A movement in one word."""
    words = {
        "new": _("New"),
        "expansion": _("Expansion"),
        "reactivation": _("Reactivation"),
        "contraction": _("Contraction"),
        "churned": _("Churn"),
        "currency": _("Currency"),
        "handed_over": str(KPIS["revenue.handed_over"].name),
    }
    return str(words[key])


@dataclass(frozen=True)
class BandHistory:
    """`rows`: (period, accounts by band), oldest first; empty before the first scores."""

    title: str
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    bands: tuple[str, ...]
    figure: Figure
    label: str


def bands_of(numbers: Numbers) -> BandHistory:
    """The accounts of each band at the end of each period, the grey ones included."""
    told = [
        (_brief(period), tuple(int(numbers.of(key, period).value or 0) for key in BANDS.values()))
        for period in numbers.periods
    ]
    rows = tuple(row for row in told if any(row[1]))
    counts = {band: [row[1][i] for row in rows] for i, band in enumerate(BANDS)}
    words = {band: str(band_word(band)) for band in BANDS}
    newest = ", ".join(f"{words[band]} {counts[band][-1]}" for band in BANDS) if rows else ""
    return BandHistory(
        _title(numbers.period.kind),
        rows,
        tuple(BANDS),
        bands([row[0] for row in rows], counts, words) if rows else {},
        _("Accounts by band, oldest first; at last %(bands)s") % {"bands": newest},
    )


def _title(kind: PeriodKind) -> str:
    return {
        PeriodKind.WEEK: _("Accounts by health, end of each week"),
        PeriodKind.MONTH: _("Accounts by health, end of each month"),
        PeriodKind.QUARTER: _("Accounts by health, end of each quarter"),
        PeriodKind.YEAR: _("Accounts by health, end of each year"),
    }[kind]


def _brief(period: Period) -> str:
    """The period below a column: its last day or month."""
    if period.kind == PeriodKind.WEEK or period.is_running:
        return str(day(period.last, period.last))
    return months(period.last.replace(day=1), period.last, brief=True)
