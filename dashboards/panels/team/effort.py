"""Where the effort goes, beside where the money is at risk."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from dashboards.charts.columns import Series, columns
from dashboards.export import Cell, Field, Sheet
from dashboards.panels.chart import Chart
from dashboards.panels.team.history import BANDS
from dashboards.panels.team.parts import Parts
from dashboards.templatetags.figures import band_word, percent

MRR = {
    "red": "effort.poor_mrr",
    "yellow": "effort.mrr_at_risk",
    "green": "effort.healthy_mrr",
    "grey": "effort.unknown_mrr",
}


def effort_of(parts: Parts) -> Chart:
    """Of each band its share of the touches beside its share of the MRR, on the last day of the period."""
    numbers = parts.numbers
    found = parts.of("touches", numbers.period)
    touches = {band: found[band].n if band in found else 0 for band in BANDS}
    minutes = {band: int(found[band].part) if band in found else 0 for band in BANDS}
    accounts = {band: int(numbers.current(key).value or 0) for band, key in BANDS.items()}
    mrr = {band: numbers.current(key).value or Decimal(0) for band, key in MRR.items()}
    words = {band: str(band_word(band)) for band in BANDS}
    others = found[""].n if "" in found else 0
    is_told = bool(sum(touches.values()) and sum(mrr.values()))
    shares = [_shares([Decimal(touches[band]) for band in BANDS]), _shares([mrr[band] for band in BANDS])]
    heads = (_("Share of touches"), _("Share of MRR"))
    rows = [
        (words[band], accounts[band], mrr[band], touches[band], minutes[band], _each(touches[band], accounts[band]))
        for band in BANDS
    ]
    return Chart(
        _("Effort beside MRR, by health"),
        Sheet("effort", _fields(numbers.workspace.currency), [*rows, *_left(others, found)]),
        columns([words[band] for band in BANDS], [_series(head, share, n) for n, (head, share) in
                enumerate(zip(heads, shares, strict=True))]) if is_told else {},
        ", ".join(
            _("%(band)s: %(touches)s of the touches, %(mrr)s of the MRR") % {
                "band": words[band], "touches": percent(touch), "mrr": percent(money),
            }
            for band, touch, money in zip(BANDS, *shares, strict=True)
        ),
        "" if is_told else _("There was no touch in this period, or no account was scored at its end."),
        _("Touches of the period, by the band of the account on its last day."),
        (("accent", heads[0]), ("grey", heads[1])),
        anchors=("kpi-effort.touches", "kpi-effort.minutes", "kpi-revenue.mrr", "score-band"),
    )  # fmt: skip


def _fields(currency: str) -> tuple[Field, ...]:
    return (
        Field(_("Health")), Field(_("Accounts")), Field(_("MRR"), currency), Field(_("Touches")),
        Field(_("Minutes of touches"), "minutes"), Field(_("Touches per account")),
    )  # fmt: skip


def _left(others: int, found: object) -> list[tuple[Cell, ...]]:
    minutes = int(found[""].part) if others else 0  # type: ignore[index]
    return [(_("no customer any more"), None, None, others, minutes, None)] if others else []


def _each(touches: int, accounts: int) -> Decimal | None:
    return round(Decimal(touches) / accounts, 2) if accounts else None


def _shares(amounts: list[Decimal]) -> list[Decimal]:
    total = sum(amounts)
    return [amount / total if total else Decimal(0) for amount in amounts]


def _series(name: str, shares: list[Decimal], n: int) -> Series:
    colour = ("var(--accent-fill)", "var(--grey)")[n]
    return Series(name, [float(share) for share in shares], colour, [percent(share) for share in shares])
