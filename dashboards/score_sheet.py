"""A scorecard version as a spreadsheet whose formulas make the scores: change a weight or a value, and they follow.

Sheet *Scorecard* has the lines, *Accounts* a row for each account: values, points, effective weights, contributions,
coverage, score, band by thresholds. *Ranks* holds the values among which lines rank. Plain functions only, which every
spreadsheet has. Written row by row: memory does not grow with the accounts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter as letter

from dashboards.export import text_cell
from dashboards.panels.definitions import MEASURE_GROUPS
from metrics.formulas import scoring
from metrics.formulas.scoring import Floats
from metrics.models import Line
from metrics.nightly.basis import Ranking
from metrics.registry import MEASURES, Direction
from metrics.scorecards import Card

# The first row of lines on the sheet Scorecard, and of accounts on the sheet Accounts.
FIRST_LINE, FIRST_ACCOUNT = 7, 4
# Columns of the sheet Scorecard.
WEIGHT, TRACKED, ASSUMED, WORST, NEUTRAL, BEST, COUNTED, OF_GROUP, STEPS = "DEFGHIJKL"
MARK, SHARE = "0.00", "0.0%"


@dataclass(frozen=True)
class Named:
    """What is told of an account besides its values."""

    name: str
    external_id: str
    owner: str


@dataclass(frozen=True)
class ScoreSheet:
    """A version and the accounts of its scorecard as they stand; `named` in the order of the accounts."""

    card: Card
    ranking: Ranking
    named: list[Named]

    def write(self, file: IO[bytes]) -> None:
        """The workbook."""
        book = Workbook(write_only=True)
        book.calculation.fullCalcOnLoad = True
        for title, rows, frozen in (
            ("Accounts", self._account_rows, f"D{FIRST_ACCOUNT}"),
            ("Scorecard", self._card_rows, f"A{FIRST_LINE}"),
            ("Ranks", self._rank_rows, "A2"),
        ):
            page = book.create_sheet(title)
            page.freeze_panes = frozen
            for row in rows(page):
                page.append(row)
        book.save(file)

    # -- the scorecard

    def _card_rows(self, page: Any) -> Iterator[list[Any]]:
        version, last = self.card.version, FIRST_LINE + len(self.card.lines) - 1
        weights = f"{COUNTED}{FIRST_LINE}:{COUNTED}{last}"
        yield [text_cell(page, f"{version.scorecard.name} v{version.number}")]
        yield [text_cell(page, _("Poor below")), None, None, self._borders[0]]
        yield [text_cell(page, _("Healthy from")), None, None, self._borders[1]]
        yield [text_cell(page, _("Weight of the tracked lines")), None, None, f"=SUM({weights})"]
        yield [text_cell(page, _("Change what stands below: the sheet Accounts follows."))]
        heads = (
            *(_("Key"), _("Measure"), _("Group"), _("Weight"), _("Tracked"), _("Without data")),
            *(_("Worst"), _("Neutral"), _("Best"), _("Weight that counts"), _("Weight of the group")),
        )
        steps = (_("Step %(n)s") % {"n": n} for n in range(1, self._steps + 1) for _two in range(2))
        yield [text_cell(page, head) for head in (*heads, *steps)]
        for n, line in enumerate(self.card.lines):
            row, group = FIRST_LINE + n, MEASURES[line.measure].group
            groups = f"C{FIRST_LINE}:C{last}"
            yield [
                *(text_cell(page, word) for word in (line.measure, str(MEASURES[line.measure].name), _group(group))),
                self.card.weights[n], int(line.measure in self.ranking.tracked), line.assumed_points,
                line.worst, line.neutral, line.best,
                f"={WEIGHT}{row}*{TRACKED}{row}", f"=SUMIF({groups},C{row},{weights})",
                *(each for _sign, bound, points in line.steps for each in (bound, points)),
            ]  # fmt: skip

    @cached_property
    def _steps(self) -> int:
        return max((len(line.steps) for line in self.card.lines), default=0)

    @cached_property
    def _borders(self) -> tuple[float, float]:
        version, fixed = self.card.version, self.ranking.borders
        return (version.red_below, version.green_from) if fixed is None else (
            fixed[0] / scoring.UNIT, fixed[1] / scoring.UNIT,
        )  # fmt: skip

    # -- ranks

    @cached_property
    def _ranked(self) -> dict[int, tuple[int, Floats]]:
        """Line → the first of its two columns on the sheet Ranks, and the values, of those that rank."""
        enough = [
            (n, self.ranking.ranks[line.position])
            for n, line in enumerate(self.card.lines)
            if line.by_rank and len(self.ranking.ranks.get(line.position, ())) >= scoring.MIN_RANKED
        ]
        return {n: (2 * place + 1, values) for place, (n, values) in enumerate(enough)}

    def _rank_rows(self, page: Any) -> Iterator[list[Any]]:
        """Of each line its values twice: from the least on, and from the largest on."""
        names = [self.card.lines[n].measure for n in self._ranked]
        yield [text_cell(page, head) for name in names for head in (f"{name} ↑", f"{name} ↓")]
        columns = [values for _first, values in self._ranked.values()]
        for n in range(max((len(values) for values in columns), default=0)):
            yield [
                each
                for values in columns
                for each in ((values[n], values[-1 - n]) if n < len(values) else (None, None))
            ]  # fmt: skip

    # -- the accounts

    def _account_rows(self, page: Any) -> Iterator[list[Any]]:
        size, lines = len(self.card.lines), self.card.lines
        blocks = [_("Value"), _("Points"), *([] if self.card.is_points else [_("Weight"), _("Contribution")])]
        names = [str(MEASURES[line.measure].name) for line in lines]
        yield [None] * 6 + [text_cell(page, block) if not n else None for block in blocks for n in range(size)]
        # What a value counts in the coverage; none where no value says anything.
        says = [f"=Scorecard!{COUNTED}{FIRST_LINE + n}" if self._says(n) else 0 for n in range(size)]
        yield [None, None, text_cell(page, _("Weight"))] + [None] * 3 + says
        heads = (_("Account"), _("Id"), _("CSM"), _("Score"), _("Band by thresholds"), _("Coverage"))
        yield [
            text_cell(page, head)
            for head in (*heads, *(name for _block in blocks for name in names), *self._group_heads)
        ]
        values = [self.ranking.stands.values[line.measure].tolist() for line in lines]
        for place, named in enumerate(self.named):
            row = FIRST_ACCOUNT + place
            told = [None if math.isnan(column[place]) else column[place] for column in values]
            yield [
                *(text_cell(page, word) for word in (named.name, named.external_id, named.owner)),
                _shown(page, self._score(row), MARK), self._band(row), _shown(page, self._coverage(row), SHARE), *told,
                *(_shown(page, f"={self._points(n, row)}", MARK) for n in range(size)), *self._weighed(page, row),
            ]  # fmt: skip

    def _weighed(self, page: Any, row: int) -> Iterator[Any]:
        """Effective weights, contributions, and per group the weight of its lines with data."""
        if self.card.is_points:
            return
        for n in range(len(self.card.lines)):
            yield _shown(page, f"={self._effective(n, row)}", SHARE)
        for n in range(len(self.card.lines)):
            points = f"{self._at(1, n)}{row}"
            yield _shown(page, f"=IF(ISNUMBER({points}),ROUND({self._at(2, n)}{row}*({points}-50),4),0)", MARK)
        yield from (f"={self._with_data(group, row)}" for group in self._groups)
        first = self._column_of_group(0)
        heard = [
            f"IF({letter(first + k)}{row}>0,Scorecard!${OF_GROUP}${FIRST_LINE + self._groups[group][0]},0)"
            for k, group in enumerate(self._groups)
        ]
        yield f"={'+'.join(heard)}"

    def _at(self, block: int, n: int) -> str:
        """The column of a line in a block: values, points, effective weights, contributions."""
        return letter(7 + block * len(self.card.lines) + n)

    @cached_property
    def _groups(self) -> dict[str, list[int]]:
        """Group → its lines."""
        found: dict[str, list[int]] = {}
        for n, line in enumerate(self.card.lines):
            found.setdefault(MEASURES[line.measure].group, []).append(n)
        return found

    @property
    def _group_heads(self) -> list[str]:
        if self.card.is_points:
            return []
        return [*(_("With data: %s") % _group(group) for group in self._groups), _("With data: groups")]

    def _column_of_group(self, k: int) -> int:
        return 7 + 4 * len(self.card.lines) + k

    def _with_data(self, group: str, row: int) -> str:
        parts = (
            f"IF(ISNUMBER({self._at(1, n)}{row}),Scorecard!${COUNTED}${FIRST_LINE + n},0)" for n in self._groups[group]
        )
        return "+".join(parts)

    def _effective(self, n: int, row: int) -> str:
        """Its share of its group's weight, that of the group of all groups with data; at most twice its own."""
        line, groups = FIRST_LINE + n, list(self._groups)
        group = letter(self._column_of_group(groups.index(MEASURES[self.card.lines[n].measure].group)))
        heard = letter(self._column_of_group(len(groups)))
        weight, of_group = f"Scorecard!${COUNTED}${line}", f"Scorecard!${OF_GROUP}${line}"
        share = f"MIN({of_group}/${heard}{row}*({weight}/${group}{row}),2*{weight}/Scorecard!$D$4)"
        return f"IF(ISNUMBER({self._at(1, n)}{row}),IF({weight}>0,{share},0),0)"

    def _score(self, row: int) -> str:
        block = 1 if self.card.is_points else 3
        total = f"SUM({self._at(block, 0)}{row}:{self._at(block, len(self.card.lines) - 1)}{row})"
        return f'=IF({self._is_enough(row)},MAX(0,MIN(100,50+{total})),"")'

    def _is_enough(self, row: int) -> str:
        """Whether there is a score at all: 40 % of the weight, and three lines."""
        lines = "+".join(
            f"ISNUMBER({self._at(0, n)}{row})*Scorecard!${TRACKED}${FIRST_LINE + n}"
            for n in range(len(self.card.lines))
            if self._says(n)
        )
        return f"AND($F{row}>={scoring.MIN_COVERAGE},{lines or 0}>={scoring.MIN_LINES})"

    def _coverage(self, row: int) -> str:
        first, last = self._at(0, 0), self._at(0, len(self.card.lines) - 1)
        told = f"SUMPRODUCT(ISNUMBER({first}{row}:{last}{row})*{first}$2:{last}$2)"
        return f"=IF(Scorecard!$D$4>0,{told}/Scorecard!$D$4,0)"

    def _band(self, row: int) -> str:
        red, green = _("Poor"), _("Healthy")
        between = f'IF($D{row}<Scorecard!$D$3,"{_("At risk")}","{green}")'
        return f'=IF(ISNUMBER($D{row}),IF($D{row}<Scorecard!$D$2,"{red}",{between}),"{_("Not enough data")}")'

    # -- points

    def _says(self, n: int) -> bool:
        """Whether a value of a line says anything: one that ranks needs enough accounts, or thresholds."""
        line = self.card.lines[n]
        return not line.by_rank or n in self._ranked or (not self.card.is_points and line.worst is not None)

    def _points(self, n: int, row: int) -> str:
        """Of a value, and of none; of an untracked line none."""
        line, value = self.card.lines[n], f"{self._at(0, n)}{row}"
        place = f"{FIRST_LINE + n}"
        assumed = f"Scorecard!${ASSUMED}${place}"
        without = f'IF(ISNUMBER({assumed}),{assumed},"")'
        said = self._of_value(n, line, value) if self._says(n) else without
        return f'IF(Scorecard!${TRACKED}${place}=1,IF(ISNUMBER({value}),{said},{without}),"")'

    def _of_value(self, n: int, line: Line, value: str) -> str:
        ranked = self._percentile(n, line, value) if n in self._ranked else ""
        if self.card.is_points:
            return self._stepped(n, line, ranked or value)
        return ranked or _linear(value, FIRST_LINE + n)

    def _percentile(self, n: int, line: Line, value: str) -> str:
        """100 × (worse + ½ equal) ÷ all, from how many are at most and at least as large."""
        first, values = self._ranked[n]
        size = len(values)
        column = [f"Ranks!${letter(first + k)}$2:${letter(first + k)}${size + 1}" for k in (0, 1)]
        upto, least = (f"IFERROR(MATCH({value},{column[k]},{way}),0)" for k, way in ((0, 1), (1, -1)))
        below = f"({size}-{least})"
        is_higher = MEASURES[line.measure].direction is Direction.HIGHER
        worse = below if is_higher else f"({size}-{upto})"
        return f"100*({worse}+0.5*({upto}-{below}))/{size}"

    def _stepped(self, n: int, line: Line, value: str) -> str:
        """The points of the first step that holds."""
        found = "0"
        for k in reversed(range(len(line.steps))):
            at = [f"Scorecard!${letter(12 + 2 * k + each)}${FIRST_LINE + n}" for each in (0, 1)]
            found = f"IF({value}{line.steps[k][0]}{at[0]},{at[1]},{found})"
        return found


def _linear(value: str, row: int) -> str:
    """0 at worst, 50 at neutral, 100 at best, in straight lines between; 50 where a side has no span."""
    worst, neutral, best = (f"Scorecard!${column}${row}" for column in (WORST, NEUTRAL, BEST))
    up = f"IF({best}={neutral},50,50+50*MIN(1,({value}-{neutral})/({best}-{neutral})))"
    down = f"IF({worst}={neutral},50,50-50*MIN(1,({value}-{neutral})/({worst}-{neutral})))"
    return f"IF({value}={neutral},50,IF(({value}>{neutral})=({best}>{worst}),{up},{down}))"


def _group(key: str) -> str:
    """What a group of measures is called."""
    return str(MEASURE_GROUPS[key])


def _shown(page: Any, formula: str, form: str) -> Any:
    cell = WriteOnlyCell(page, formula)
    cell.number_format = form
    return cell
