"""How MRR moved over the period, and how many accounts were of each band over time."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from dashboards.charts.bands import bands
from dashboards.charts.waterfall import Step, waterfall
from dashboards.export import Cell, Field, Sheet
from dashboards.panels.chart import Chart
from dashboards.panels.team.numbers import Numbers
from dashboards.templatetags.figures import band_word, brief_money, day, months, signed
from metrics.kpis.periods import Period
from metrics.models import PeriodKind
from metrics.registry import KPIS

BANDS = {"red": "effort.poor", "yellow": "effort.at_risk", "green": "effort.healthy", "grey": "effort.unknown"}
MOVEMENTS = ("new", "expansion", "reactivation", "contraction", "churned", "currency", "handed_over")
# These are told only where there are any.
RARE = ("currency", "handed_over")


def movements_of(numbers: Numbers) -> Chart:
    """Start, what came, what went, end; they add up."""
    start, end = numbers.current("revenue.mrr_at_start"), numbers.current("revenue.mrr")
    told = {key: numbers.current(f"revenue.{key}") for key in MOVEMENTS}
    title, currency = _("MRR movements"), numbers.workspace.currency
    fields = (Field(_("Movement")), Field(_("Amount"), currency))
    reason = next((str(cell.reason) for cell in (start, end, *told.values()) if cell.value is None), "")
    if reason:
        return Chart(title, Sheet("mrr-movements", fields, ()), {}, reason=reason)
    amounts = {key: cell.value or Decimal(0) for key, cell in told.items()}
    shown = {key: amount for key, amount in amounts.items() if amount or key not in RARE}
    first, last = _ends(numbers, start.value or Decimal(0), end.value or Decimal(0))
    steps = [_step(numbers, key, amount) for key, amount in shown.items()]
    moved = [step for step in steps if step.amount]
    rows = [(step.label, amount) for step, amount in zip(steps, shown.values(), strict=True)]
    return Chart(
        title,
        Sheet("mrr-movements", fields, ((first.label, start.value), *rows, (last.label, end.value))),
        waterfall(first, moved, last, lambda low: _cut(low, currency)),
        _("MRR from %(first)s to %(last)s: %(steps)s") % {
            "first": first.text,
            "last": last.text,
            "steps": ", ".join(f"{step.label} {step.text}" for step in moved),
        },
        anchors=("kpi-revenue.mrr", *(f"kpi-revenue.{key}" for key in shown)),
    )  # fmt: skip


def _cut(low: float, currency: str) -> str:
    return _("Broken axis: the columns begin at %(amount)s, not at 0") % {"amount": brief_money(low, currency)}


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


def bands_of(numbers: Numbers) -> Chart:
    """The accounts of each band at the end of each period, the grey ones included; none before the first scores."""
    counted = [
        (_brief(period), [int(numbers.of(key, period).value or 0) for key in BANDS.values()])
        for period in numbers.periods
    ]
    told = [(label, each) for label, each in counted if any(each)]
    rows: list[tuple[Cell, ...]] = [(label, *each) for label, each in told]
    counts = {band: [each[n] for _label, each in told] for n, band in enumerate(BANDS)}
    words = {band: str(band_word(band)) for band in BANDS}
    newest = ", ".join(f"{words[band]} {counts[band][-1]}" for band in BANDS) if rows else ""
    return Chart(
        _title(numbers.period.kind),
        Sheet("bands", (Field(_("End of")), *(Field(word) for word in words.values())), rows),
        bands([label for label, _counts in told], counts, words) if rows else {},
        _("Accounts by band, oldest first; at last %(bands)s") % {"bands": newest},
        "" if rows else _("On the last days of these periods no account had been scored."),
        legend=tuple(words.items()),
        anchors=("count-accounts", "score-band"),
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
