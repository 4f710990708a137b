"""What a back-test said, as tiles, a chart and tables."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from dashboards.charts.columns import Series, columns
from dashboards.export import Field, Sheet
from dashboards.panels.chart import Chart
from dashboards.panels.figure import Figure
from dashboards.templatetags.figures import band_word, days_text, fixed, integer, percent
from metrics.models import Backtest

Json = dict[str, Any]


@dataclass(frozen=True)
class Tile:
    """A number with the entry of the definitions that says what it means, and words below it."""

    anchor: str
    figure: Figure
    words: str

    @property
    def value(self) -> str:
        """The number as it is read."""
        value = self.figure.value
        if self.figure.unit == "auc":
            return fixed(value, 2)
        return days_text(value) if self.figure.unit == "days" else percent(value)


@dataclass(frozen=True)
class Rival:
    """By what one might guess, and how often that is right; a bar from 0.5 to its AUC."""

    name: str
    value: float
    low: float
    high: float
    is_judged: bool
    is_chance: bool


@dataclass(frozen=True)
class Share:
    """Some pairs: how many of how many were lost."""

    name: str
    band: str
    n: int
    lost: int
    rate: float | None
    predicted: float | None = None


@dataclass(frozen=True)
class Said:
    """What the page shows of a result. `tells`: the interval of the AUC lies above 0.5."""

    tells: bool
    is_backwards: bool
    better: str
    tiles: tuple[Tile, ...]
    deciles: Chart
    bands: tuple[Share, ...]
    rivals: tuple[Rival, ...]
    calibration: tuple[Share, ...]
    brier: float
    brier_plain: float
    before: tuple[Share, ...]
    red: Json
    lags: tuple[Json, ...]
    renewal: Json
    needed: int


def said_of(backtest: Backtest) -> Said:
    """The result of a back-test that was not refused."""
    said: Json = backtest.result
    return Said(
        tells=said["tells"] and said["auc"]["value"] > 0.5,
        is_backwards=said["auc"]["high"] < 0.5,
        better=_better(_rivals(said)),
        tiles=tiles(said),
        deciles=_deciles(said),
        bands=tuple(_share(band_word(name), name, said["bands"][name]) for name in ("red", "yellow", "green")),
        rivals=_rivals(said),
        calibration=tuple(
            Share("", "", each["n"], each["lost"], each["lost"] / each["n"], each["predicted"])
            for each in said["calibration"]["bins"]
        ),
        brier=said["calibration"]["brier"],
        brier_plain=said["calibration"]["brier_plain"],
        before=tuple(_before(each) for each in said["red"]["before"]),
        red=said["red"],
        lags=tuple(said["lags"]),
        renewal=said["renewal"],
        needed=said["needed"],
    )


def tiles(said: Json) -> tuple[Tile, ...]:
    """What a result that was not refused comes down to."""
    auc, red = said["auc"], said["red"]
    first, warning, precision = red["before"][0], red["warning"], red["precision"]
    return (
        Tile(
            "backtest-auc",
            Figure("backtest-auc", auc["value"], "auc", n=auc["n"]),
            _("%(low)s–%(high)s · %(n)s left") % {
                "low": fixed(auc["low"], 2), "high": fixed(auc["high"], 2), "n": integer(said["churned"]),
            },
        ),
        Tile(
            "backtest-red",
            Figure("backtest-red", first["red"] / first["of"] if first["of"] else None, "ratio", n=first["of"]),
            _("30 days before · of all pairs %s are red") % percent(said["bands"]["red"]["n"] / said["rows"]),
        ),
        Tile(
            "backtest-warning",
            Figure("backtest-warning", warning["median"], "days", n=warning["of"]),
            _("%(n)s of %(of)s never red") % {"n": integer(warning["never"]), "of": integer(warning["of"])},
        ),
        Tile(
            "backtest-precision",
            Figure(
                "backtest-precision", precision["right"] / precision["of"] if precision["of"] else None, "ratio",
                n=precision["of"],
            ),
            _("left after %(n)s of %(of)s spells of red") % {
                "n": integer(precision["right"]), "of": integer(precision["of"]),
            },
        ),
    )  # fmt: skip


def _deciles(said: Json) -> Chart:
    shares, average = said["deciles"], said["lost"] / said["rows"]
    rates = [Decimal(str(each["rate"] or 0)) for each in shares]
    texts = [percent(rate, 1) for rate in rates]
    rows = [
        (n, _scores(each), each["n"], each["lost"], rate)
        for n, (each, rate) in enumerate(zip(shares, rates, strict=True), 1)
    ]
    return Chart(
        _("Churn by score decile"),
        Sheet(
            "deciles",
            (Field(_("Decile")), Field(_("Scores")), Field(_("Pairs")), Field(_("Lost")), Field(_("Share"), "ratio")),
            rows,
        ),
        columns(
            [str(n) for n in range(1, len(shares) + 1)],
            [Series(_("Lost"), [float(rate) for rate in rates], "var(--accent-fill)", texts)],
        ),
        _("Share that left, by tenths of the score, lowest first: %(shares)s") % {"shares": ", ".join(texts)},
        note=_("Lowest scores left, highest right; on average %(average)s of %(n)s pairs") % {
            "average": percent(average, 1), "n": integer(said["rows"]),
        },
        anchors=("backtest-deciles",),
    )  # fmt: skip


def _scores(share: Json) -> str:
    return "–" if share["low"] is None else f"{fixed(share['low'])}–{fixed(share['high'])}"


def _rivals(said: Json) -> tuple[Rival, ...]:
    """The judged score, and beside it what else might have told; the present version only where it is another."""
    names = {
        "last use": _("Days since last use"),
        "use volume": _("Usage volume"),
        "tenure": _("Tenure: who came last leaves first"),
        "present": _("Present version"),
        "chance": _("Chance"),
    }
    auc = said["auc"]
    judged = Rival(_("This score"), auc["value"], auc["low"], auc["high"], True, False)
    others = [
        Rival(names[each["rival"]], each["value"], each["low"], each["high"], False, each["rival"] == "chance")
        for each in said["rivals"]
        if not (each["rival"] == "present" and each["value"] == auc["value"])
    ]
    return (judged, *others)


def _better(rivals: tuple[Rival, ...]) -> str:
    """What tells more than the judged score, if anything does."""
    best = max(rivals, key=lambda rival: rival.value)
    return "" if best.is_judged or best.value <= rivals[0].value else best.name


def _share(name: str, band: str, each: Json) -> Share:
    return Share(name, band, each["n"], each["lost"], each["rate"])


def _before(each: Json) -> Share:
    name = _("Red %(n)s days before they left") % {"n": integer(each["days"])}
    return Share(name, "", each["of"], each["red"], each["red"] / each["of"] if each["of"] else None)
