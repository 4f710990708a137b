"""What became of a file: read = accepted + already known + conflicts + rejected."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.batch import BAD, SHORT, Result, Status
from accounts.models import Import

SHOWN = 20
STORED = 10_000
# A reason that names a day or a number differs from row to row.
REASONS = 200
# Values that were refused are told by field, of each as many different ones.
WORDS = 200
# The line on which it begins, its result, its warnings.
Row = tuple[int, Result, tuple[str, ...]]


@dataclass
class Report:
    """The sums of an import, its warnings by reason, and the first rows that were refused."""

    statuses: Counter[Status] = field(default_factory=Counter)
    left_out: int = 0
    warned: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    words: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    first: list[Row] = field(default_factory=list)

    @property
    def read(self) -> int:
        return sum(self.statuses.values())

    @property
    def accepted(self) -> int:
        """With those that corrected what was known."""
        return self.statuses[Status.ACCEPTED] + self.statuses[Status.UPDATED]

    @property
    def refused(self) -> int:
        return self.statuses[Status.CONFLICT] + self.statuses[Status.REJECTED]

    def add(self, rows: list[Row]) -> list[Row]:
        """Count rows. Returns the refused ones that are still to be stored."""
        room = STORED - self.refused
        self.statuses.update(result.status for _line, result, _reasons in rows)
        for _line, result, reasons in rows:
            if reasons and result.status in (Status.ACCEPTED, Status.UPDATED):
                self.warned += 1
                self.warnings.update(reasons)
        refused = [row for row in rows if row[1].status in BAD]
        for _line, row, _reasons in refused:
            for result in row.all:
                self._count(result)
        self.first += refused[: SHOWN - len(self.first)]
        return refused[: max(room, 0)]

    def _count(self, result: Result) -> None:
        # The same for each value, where it names that.
        why = (result.field, result.reason.replace(f"“{result.value[:SHORT]}”", "“…”"))
        self.reasons[why if why in self.reasons or len(self.reasons) < REASONS else ("", _("other reasons"))] += 1
        words = self.words[result.field]
        if result.value and (result.value in words or len(words) < WORDS):
            words[result.value] += 1

    def write_to(self, imported: Import) -> None:
        """Put the sums into the stored import."""
        imported.read, imported.left_out = self.read, self.left_out
        imported.accepted, imported.updated = self.accepted, self.statuses[Status.UPDATED]
        imported.known, imported.conflicts = self.statuses[Status.KNOWN], self.statuses[Status.CONFLICT]
        imported.rejected, imported.warnings = self.statuses[Status.REJECTED], dict(self.warnings)
        imported.reasons = [[*why, count] for why, count in self.reasons.most_common()]

    @classmethod
    def read_from(cls, imported: Import) -> Report:
        """The sums of an import that was interrupted, to go on with."""
        report = cls(left_out=imported.left_out, warnings=Counter(imported.warnings))
        report.statuses[Status.ACCEPTED] = imported.accepted - imported.updated
        report.statuses[Status.UPDATED], report.statuses[Status.KNOWN] = imported.updated, imported.known
        report.statuses[Status.CONFLICT], report.statuses[Status.REJECTED] = imported.conflicts, imported.rejected
        report.reasons.update({(name, reason): count for name, reason, count in imported.reasons})
        return report

    def lines(self) -> Iterator[str]:
        """The report as text."""
        yield from table(
            [
                (self.read, _("rows read")),
                (self.accepted, "  " + _("accepted")),
                (self.statuses[Status.KNOWN], "  " + _("already known")),
                (
                    self.statuses[Status.CONFLICT],
                    "  " + _("conflicts: known with other content, left as they were"),
                ),
                (self.statuses[Status.REJECTED], "  " + _("rejected")),
            ]
        )
        extra = [(self.statuses[Status.UPDATED], _("of the accepted corrected what was known"))]
        extra += [(self.warned, _("of the accepted with a warning"))]
        extra += [(count, "  " + reason) for reason, count in self.warnings.most_common()]
        extra += [(self.left_out, _("more rows were left out by “where”, not counted as read"))]
        yield from table([each for each in extra if each[0]])
        yield from self._refused_lines()

    def _refused_lines(self) -> Iterator[str]:
        if not self.refused:
            return
        yield ngettext("The row refused:", "The first %(count)s refused:", len(self.first)) % {"count": len(self.first)}
        for line, each, _reasons in self.first:
            yield f"  {_('row')} {line}  {each.status}  {'; '.join(map(told_of, each.all))}"
        if self.refused > STORED:
            kept = {"stored": f"{STORED:,}", "all": f"{self.refused:,}"}
            yield _("Kept for the page Sources: the first %(stored)s of %(all)s.") % kept


def taken_back(counts: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """What `Import.undone` or `removal.plan` says, in words: how many, of what; nothing that is none."""
    facts, accounts, back = (counts.get(name, 0) for name in ("facts", "accounts", "set_back"))
    lines = [
        (facts, ngettext("fact", "facts", facts)),
        (accounts, ngettext("account that only this file told of", "accounts that only this file told of", accounts)),
        (back, ngettext("account set back to what it was", "accounts set back to what they were", back)),
    ]
    for why, reason in stays().items():
        count = counts.get("stay", {}).get(why, 0)
        words = ngettext("account it made stays: %(why)s", "accounts it made stay: %(why)s", count)
        lines.append((count, words % {"why": reason}))
    yield from (line for line in lines if line[0])


def stays() -> dict[str, str]:
    """Why an account stays that an import made."""
    return {
        "told": _("another source, file or person has told of it"),
        "decided": _("it has notes, tags or links to share"),
        "scored": _("it was scored on a finished day, or has a band by hand"),
        "parent": _("an account below it stays"),
    }


def told_of(refused: Any) -> str:
    """Field, value and reason of what was refused, in a line."""
    value = f" “{refused.value[:SHORT]}”" if refused.value else ""
    return f"{refused.field}{value}: {refused.reason}" if refused.field else str(refused.reason)


def checked_of(report: Report) -> dict[str, Any]:
    """What a dry run said, to be kept with its file; `words` are the refused values by field."""
    sums = Import()
    report.write_to(sums)
    names = ("read", "left_out", "accepted", "updated", "known", "conflicts", "rejected", "warnings", "reasons")
    words = [[field, *each] for field, found in report.words.items() for each in found.most_common()]
    return {name: getattr(sums, name) for name in names} | {"words": words}


def table(rows: Iterable[tuple[int, str]]) -> Iterator[str]:
    """Counts and what they count, below each other."""
    for count, label in rows:
        yield f"{count:>12,} {label}"
