"""Who fell between two days and why: the account, its top cause, and the records of that cause in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import takewhile

from django.utils.translation import gettext as _

from accounts.models import Account, Workspace
from dashboards.panels.evidence.numbers import Number, numbers_of
from dashboards.panels.evidence.page import MARKS
from dashboards.panels.evidence.words import writers
from dashboards.panels.words import measure_name, value_text
from dashboards.templatetags.figures import band_word, day, rounded_score
from metrics.evidence import Block, Evidence, Mark, Person, Use, asked, compare, evidence
from metrics.explain import End, Explanation, explain
from metrics.models import Band, Cap, ScoreSnapshot
from metrics.models.snapshot import UNIT
from metrics.registry import MEASURES

# So many records and names of events are told one by one.
TOLD, NAMES = 2, 3


@dataclass(frozen=True)
class Fallen:
    """An account whose score fell. `points`: what the cause took from the score; None where a cap holds the band."""

    account: Account
    then: tuple[Decimal, str]
    now: tuple[Decimal, str]
    cause: str
    words: str
    points: Decimal | None
    records: str


def fallen(workspace: Workspace, first: date, last: date, by_band: bool, limit: int) -> list[Fallen]:
    """The accounts whose score fell most; `by_band`: only those whose band fell."""
    then, now = _scores(workspace, first), _scores(workspace, last)
    falls: list[tuple[int, int]] = []
    for account, (units, band) in now.items():
        before, old_band = then.get(account, (None, Band.GREY))
        fell = Band.GREY < band < old_band if by_band else None not in (units, before) and (units or 0) < (before or 0)
        if fell:
            falls.append(((units or 0) - (before or 0), account))
    chosen = [account for _fall, account in sorted(falls)[:limit]]
    accounts = Account.objects.of(workspace).select_related("workspace").in_bulk(chosen)
    return [_fallen(accounts[account], explain(accounts[account], first, last)) for account in chosen]


def _scores(workspace: Workspace, on: date) -> dict[int, tuple[int | None, int]]:
    """Score and band of all accounts on a day."""
    rows = ScoreSnapshot.objects.of(workspace).published().filter(day=on)
    return {account: (units, band) for account, units, band in rows.values_list("account_id", "score_units", "band")}


def _fallen(account: Account, found: Explanation) -> Fallen:
    cap = _new_cap(found)
    measure, units = (cap.conditions[0][0], None) if cap else _top(found)
    words = records = ""
    if measure in MEASURES:
        workspace = account.workspace
        ends = (found.then, found.now)
        then, now = (evidence(MEASURES[measure], asked(workspace, end.row, end.run)) for end in ends)
        before, after = (value_text(measure, side.value, workspace.currency) for side in (then, now))
        words, records = f"{before} → {after}", _in_words(workspace, then, now)
    return Fallen(
        account=account,
        then=_score(found.then),
        now=_score(found.now),
        cause=cap.name if cap else measure_name(measure) if measure else _("another scorecard"),
        words=words,
        points=None if units is None else Decimal(units) / UNIT,
        records=records,
    )


def _score(end: End) -> tuple[Decimal, str]:
    return rounded_score(Decimal(end.units or 0) / UNIT, 1), band_word(end.band.name.lower())


def _new_cap(found: Explanation) -> Cap | None:
    """The cap that began to hold the band lower than the score would have let it fall."""
    then, now = found.then, found.now
    if now.row.band >= now.row.held_band or now.row.manual:
        return None
    held = {cap.name for cap in then.caps}
    return min((cap for cap in now.caps if cap.name not in held), key=lambda cap: cap.band, default=None)


def _top(found: Explanation) -> tuple[str, int]:
    """The measure that took most, and how much; none where no measure took anything."""
    sums: Counter[str] = Counter()
    for part in found.parts:
        sums[part.measure] += part.units
    return min(sums.items(), key=lambda item: item[1], default=("", 0))


def _in_words(workspace: Workspace, then: Evidence, now: Evidence) -> str:
    """“Uses 488 → 212 (login 300 → 120, page 188 → 92); records: 12 entered, 31 left”"""
    return "; ".join([*_moved(workspace, then, now), *_records(workspace, then, now)])


def _moved(workspace: Workspace, then: Evidence, now: Evidence) -> Iterator[str]:
    """The numbers of the formula that are others than they were, and of which names they are."""
    numbers = numbers_of(then, now, workspace.currency, now.as_of.day)
    for place, number in enumerate(numbers):
        if not number.of and number.then != number.now:
            names = takewhile(lambda each: each.of, numbers[place + 1 :])
            moved = [_arrow(name) for name in names if name.then != name.now]
            told = f" ({', '.join(moved[:NAMES])})" if len(moved) > 1 else ""
            yield _arrow(number) + told


def _arrow(number: Number) -> str:
    return f"{number.label} {number.then} → {number.now}"


def _records(workspace: Workspace, then: Evidence, now: Evidence) -> Iterator[str]:
    """How many records entered, left and changed; the first of those that are facts, one by one."""
    changes = compare(then, now)
    counts = Counter(change.mark for change in changes)
    told = [f"{counts[mark]} {MARKS[mark][1]}" for mark in (Mark.ENTERED, Mark.LEFT, Mark.CHANGED) if counts[mark]]
    if told:
        yield _("records: %(counts)s") % {"counts": ", ".join(told)}
    old, new = writers(workspace, then, now, changes)
    facts = [change for change in changes if not isinstance(change.row.fact, Use | Person | Block)]
    moved = [change for change in facts if change.mark is not Mark.SAME]
    for change in (moved if told else facts[:1])[:TOLD]:
        title = (new if change.now else old).title(change.row)
        yield f"{MARKS[change.mark][0]} {title} ({day(change.row.day, now.as_of.day)})"
