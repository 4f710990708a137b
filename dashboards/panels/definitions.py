"""What every number means: each measure and KPI as the registry has it, and what makes a score."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboards.panels.team.words import GROUPS
from dashboards.panels.words import value_text
from dashboards.templatetags.figures import decimal, in_unit, percent
from metrics import kpis, measures  # noqa: F401 - registers them all
from metrics.formulas import by_hand, scoring
from metrics.registry import KPIS, MEASURES, Kpi, Measure, Records, Side, Unit

MEASURE_GROUPS: dict[str, Any] = {
    "usage": gettext_lazy("Usage"),
    "value": gettext_lazy("Value"),
    "commercial": gettext_lazy("Spend and payment"),
    "support": gettext_lazy("Support"),
    "complaints": gettext_lazy("Complaints"),
    "sentiment": gettext_lazy("Sentiment"),
    "engagement": gettext_lazy("Engagement"),
    "advocacy": gettext_lazy("Advocacy"),
}
UNITS: dict[Unit, Any] = {
    Unit.RATIO: gettext_lazy("%, a share of 1 in files"),
    Unit.BALANCE: gettext_lazy("−1…1"),
    Unit.BALANCE_100: gettext_lazy("−100…100"),
    Unit.TIMES: "×",
    Unit.COUNT: gettext_lazy("count"),
    Unit.MINUTES: gettext_lazy("minutes"),
    Unit.HOURS: gettext_lazy("hours"),
    Unit.DAYS: gettext_lazy("days"),
    Unit.MONEY: gettext_lazy("money"),
    Unit.PER_SEAT: gettext_lazy("count for each seat"),
    Unit.SCORE: gettext_lazy("points"),
    Unit.FLAG: gettext_lazy("yes or no"),
}


@dataclass(frozen=True)
class Made:
    """A step on the way from measures to a score."""

    name: Any
    formula: Any
    example: Any
    compute: Callable[..., Any]


# By anchor; the first is the score itself.
SCORING: dict[str, Made] = {
    "score": Made(
        gettext_lazy("Health score"),
        gettext_lazy(
            "50 + Σ contributions, 0…100. No score where the coverage is under 40 % or fewer than 3 measures are known."
        ),
        gettext_lazy("contributions −22 and +4.5 → 32.5"),
        scoring.scores,
    ),
    "score-points": Made(
        gettext_lazy("Points"),
        gettext_lazy(
            "How good a measure's value is: 0 at its worst, 50 at neutral, 100 at its best, in straight lines between "
            "them. By rank: 100 × (accounts that are worse + ½ those that are equal) ÷ accounts."
        ),
        gettext_lazy("60 % of seats in use where 10 / 40 / 80 % are worst / neutral / best → 75"),
        scoring.points_linear,
    ),
    "score-weight": Made(
        gettext_lazy("Effective weight"),
        gettext_lazy(
            "A line's share of the scorecard's weight. What is missing stays in its group first, then goes to "
            "other groups; no line more than doubles, and what remains counts as neutral."
        ),
        gettext_lazy(
            "weights 20 and 30, the second missing → 80 % and 0, as no line more than doubles; 20 % is neutral"
        ),
        scoring.effective_weights,
    ),
    "score-contribution": Made(
        gettext_lazy("Contribution"),
        gettext_lazy("Effective weight × (points − 50), rounded to 1/10,000 of a point."),
        gettext_lazy("weight 20 %, 75 points → +5"),
        scoring.contributions,
    ),
    "score-coverage": Made(
        gettext_lazy("Coverage"),
        gettext_lazy("Σ weights of the measures that are known ÷ Σ weights of those that are tracked."),
        gettext_lazy("weights 20 and 30 known of 20, 30 and 50 → 50 %"),
        scoring.coverage,
    ),
    "score-band": Made(
        gettext_lazy("Band"),
        gettext_lazy(
            "Poor under 40, at risk under 70, healthy from 70, unless the scorecard says otherwise. It changes when "
            "the score is 2 points past the border, or on the third day across it."
        ),
        gettext_lazy("39.9 → poor; 40 → at risk; 70 → healthy"),
        scoring.bands,
    ),
    "score-by-hand": Made(
        gettext_lazy("Bands by hand that were right"),
        gettext_lazy(
            "A band set by hand wins over the computed one until its end, a new cap, or the customer leaves. 90 days "
            "after it was set it is judged. Lifted above the computed band of the eve: right if the account neither "
            "left nor gave notice. Lowered: right if it did, or if its computed band came down as far. Share = right ÷ "
            "judged, with its 95 % interval (Wilson); under 20 it is thin. What has not had its 90 days, and what was "
            "the same as computed, is counted apart."
        ),
        gettext_lazy("healthy by hand over a computed poor, notice given 40 days later → not right"),
        by_hand.verdict,
    ),
}
# So few records are told one by one in an example, more by what they add up to.
FEW = 3


@dataclass(frozen=True)
class Definition:
    """One entry. `facts`: what is to be known of it beside its formula, as (label, text)."""

    anchor: str
    key: str
    name: str
    formula: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    example: str
    code: str

    def meets(self, words: list[str]) -> bool:
        """Whether it tells of each of these words."""
        told = " ".join((self.key, self.name, *self.formula)).casefold()
        return all(word in told for word in words)


@dataclass(frozen=True)
class Section:
    """Entries that belong together: a group of a kind of number."""

    anchor: str
    kind: str
    group: str
    entries: tuple[Definition, ...]


@dataclass(frozen=True)
class Definitions:
    """The page. `kinds`: the sections of each kind of number."""

    url: str
    query: str
    total: int
    kinds: tuple[tuple[str, tuple[Section, ...]], ...]


def definitions_of(url: str, query: str) -> Definitions:
    """The entries that tell of all words of a query; every one without any."""
    words = query.casefold().split()
    every = tuple(sections())
    met = (replace(section, entries=tuple(e for e in section.entries if e.meets(words))) for section in every)
    by_kind = groupby((section for section in met if section.entries), key=lambda section: section.kind)
    kinds = tuple((kind, tuple(found)) for kind, found in by_kind)
    return Definitions(url, query, sum(len(section.entries) for section in every), kinds)


def sections() -> Iterator[Section]:
    """KPIs, measures, and what makes a score."""
    for group, kpis_of in groupby(sorted(KPIS.values(), key=_place(GROUPS)), key=lambda kpi: kpi.group):
        yield Section(f"kpis-{group}", _("KPIs"), str(GROUPS[group]), tuple(_of_kpi(kpi) for kpi in kpis_of))
    for group, found in groupby(sorted(MEASURES.values(), key=_place(MEASURE_GROUPS)), key=lambda each: each.group):
        title = str(MEASURE_GROUPS[group])
        yield Section(f"measures-{group}", _("Measures"), title, tuple(_of_measure(measure) for measure in found))
    made = (
        Definition(key, "", str(each.name), (str(each.formula),), (), str(each.example), _code(each.compute))
        for key, each in SCORING.items()
    )
    yield Section("scores", _("Scores"), _("The health score"), tuple(made))


def _place(groups: dict[str, Any]) -> Callable[[Any], int]:
    order = list(groups)
    return lambda each: order.index(each.group)


def anchors() -> frozenset[str]:
    """Every anchor of the page that a number may name."""
    return frozenset(entry.anchor for section in sections() for entry in section.entries)


def paragraphs(doc: str) -> tuple[str, ...]:
    """A docstring as paragraphs without line breaks."""
    return tuple(" ".join(part.split()) for part in doc.split("\n\n"))


def _code(compute: Callable[..., Any]) -> str:
    """Where a function is."""
    return f"{compute.__module__.replace('.', '/')}.py: {compute.__name__}"


# -- measures


def _of_measure(measure: Measure) -> Definition:
    facts = [part.facts for part in measure.parts.values()]
    kinds = dict.fromkeys(kind for each in facts for kind in each.sources)
    return Definition(
        f"measure-{measure.key}",
        measure.key,
        str(measure.name),
        paragraphs(measure.doc),
        (
            (_("Unit"), f"{UNITS[measure.unit]}; {_better(measure)}"),
            (_("Over"), _days(measure)),
            (_("Points 0 / 50 / 100 at"), _thresholds(measure)),
            (_("Weight by default"), decimal(measure.weight) if measure.weight else _("none")),
            (_("From"), f"{', '.join(kinds)} ({', '.join(dict.fromkeys(each.name for each in facts))})"),
        ),
        _measured(measure),
        _code(measure.compute),
    )


def _days(measure: Measure) -> str:
    return _("%(n)s days up to the day") % {"n": measure.window} if measure.window else _("the day itself")


def _thresholds(measure: Measure) -> str:
    if measure.by_rank:
        return _("the rank among the accounts of the scorecard")
    return " / ".join(value_text(measure.key, value) for value in (measure.worst, measure.neutral, measure.best))


def _measured(measure: Measure) -> str:
    given = ", ".join(f"{name} = {decimal(value, 2)}" for name, value in measure.example.columns.items())
    return f"{given} → {value_text(measure.key, float(measure.example.gives))}"


def _better(found: Measure | Kpi) -> str:
    if found.direction is None:
        return _("neither high nor low is better")
    return _("higher is better") if found.direction.name == "HIGHER" else _("lower is better")


# -- KPIs


def _of_kpi(kpi: Kpi) -> Definition:
    basis = kpi.basis
    counts = ", ".join(str(side.name) for side in (basis.part, basis.whole) if side)
    usual = _("the period") if kpi.grows else _("the last day of the period")
    return Definition(
        f"kpi-{kpi.key}",
        kpi.key,
        str(kpi.name),
        paragraphs(kpi.doc),
        (
            (_("Unit"), f"{UNITS[kpi.unit]}; {_better(kpi)}"),
            (_("Over"), str(basis.window or usual)),
            (_("Records"), f"{basis.each}: {counts}"),
            *([(_("No number where"), str(kpi.nothing))] if kpi.nothing else []),
            (_("From"), ", ".join(basis.source)),
        ),
        f"{_counted(kpi)} → {kpi_text(kpi, kpi.example.gives)}",
        _code(kpi.value),
    )


def _counted(kpi: Kpi) -> str:
    """The records of an example: in words of its own, one by one, or by what they add up to."""
    records, part, whole = kpi.example.records, kpi.basis.part, kpi.basis.whole
    if kpi.example.in_words:
        return str(kpi.example.in_words)
    if len(records) <= FEW and len({record.part for record in records}) == len(records) > 1 and _is_plain(records):
        return f"{part.name}: {', '.join(decimal(record.part) for record in records)}"
    sums = [(sum(record.part for record in records), part)]
    if whole:
        sums.append((sum(record.whole for record in records), whole))
    return ", ".join(f"{side_text(amount, side)} {side.name}" for amount, side in sums if amount or len(sums) == 1)


def _is_plain(records: Records) -> bool:
    return all(record.whole in (0, 1) for record in records)


def side_text(amount: int | Decimal, side: Side, currency: str = "") -> str:
    """What records add up to on one side; an amount of money in a currency, where one is given."""
    value = Decimal(amount) / side.per
    if side.unit is Unit.MONEY:
        return in_unit(round(value, 2), currency) if currency else decimal(value, 2)
    return decimal(value, 2)


def kpi_text(kpi: Kpi, value: Decimal) -> str:
    """A KPI's value in its unit, without a currency."""
    return percent(value, 1) if kpi.unit is Unit.RATIO else in_unit(value, kpi.unit)
