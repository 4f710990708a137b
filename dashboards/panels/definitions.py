"""What every number means: each measure and KPI as the registry has it, and what makes a score."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboards.panels.meanings import COUNTS, SCORING, Made
from dashboards.panels.team.words import GROUPS
from dashboards.panels.words import value_text
from dashboards.templatetags.figures import decimal, in_unit, percent
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
    """KPIs, measures, what makes a score, and what pages count beside them."""
    for group, kpis_of in groupby(sorted(KPIS.values(), key=_place(GROUPS)), key=lambda kpi: kpi.group):
        yield Section(f"kpis-{group}", _("KPIs"), str(GROUPS[group]), tuple(_of_kpi(kpi) for kpi in kpis_of))
    for group, found in groupby(sorted(MEASURES.values(), key=_place(MEASURE_GROUPS)), key=lambda each: each.group):
        title = str(MEASURE_GROUPS[group])
        yield Section(f"measures-{group}", _("Measures"), title, tuple(_of_measure(measure) for measure in found))
    yield Section("scores", _("Scores"), _("The health score"), _made(SCORING))
    for title, counts in COUNTS.items():
        anchor = next(iter(counts))
        yield Section(f"{anchor.partition('-')[0]}s", _("Counts"), str(title), _made(counts))


def _made(found: dict[str, Made]) -> tuple[Definition, ...]:
    return tuple(
        Definition(anchor, "", str(each.name), (str(each.formula),), (), str(each.example), _code(each.compute))
        for anchor, each in found.items()
    )


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
    return f"{compute.__module__.replace('.', '/')}.py: {compute.__qualname__}"


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
