"""What a score rests on: how many measures have data, how old the newest fact of each is, what has gone silent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from accounts.models import Account
from dashboards.panels.words import measure_name
from dashboards.templatetags.figures import day, integer, percent
from metrics.evidence import asked, freshness
from metrics.explain import End, ends
from metrics.models import ScoreSnapshot, Standing
from metrics.models.snapshot import UNIT
from metrics.nightly.publish import DAYS_UNUSED
from metrics.registry import MEASURES

QUIET_DAYS = 28


@dataclass(frozen=True)
class Fresh:
    """A measure with data, and the age of its newest fact."""

    label: str
    age: str


@dataclass(frozen=True)
class Coverage:
    """`words`: “from 9 of 12 measures; oldest 34 d; 8% unknown”. `use`: never used, or silent for so long. `silent`:
    measures without data that had some, with the last day; `never`: those that never had any."""

    words: str
    use: str
    ages: tuple[Fresh, ...]
    silent: tuple[str, ...]
    never: tuple[str, ...]


def coverage_of(account: Account, end: End, today: date) -> Coverage:
    """The coverage of a scored day. Two queries."""
    counted, known = _counted(end)
    ages = _ages(account, end)
    last = last_known(account, end, [key for key in counted if key not in known])
    return Coverage(
        words=words_of(len(known), len(counted), max(ages.values(), default=None), end.row.unknown),
        use=use_of(end),
        ages=tuple(
            Fresh(measure_name(key), _("%(n)s d") % {"n": integer(age)})
            for key, age in sorted(ages.items(), key=lambda item: -item[1])
        ),
        silent=tuple(
            _("%(measure)s (until %(day)s)") % {"measure": measure_name(key), "day": day(at, today)}
            for key, at in last.items()
            if at
        ),
        never=tuple(measure_name(key) for key, at in last.items() if not at),
    )


def coverage_words(end: End, oldest: int | None = None) -> str:
    """The short of it."""
    counted, known = _counted(end)
    words = words_of(len(known), len(counted), oldest, end.row.unknown)
    return " · ".join(part for part in (words, use_of(end)) if part)


def oldest_fact(account: Account, end: End) -> int | None:
    """How many days old the newest fact is of the measure that has heard nothing for longest. A query, and a dear one:
    it looks through all facts of the account."""
    return max(_ages(account, end).values(), default=None)


def oldest_words(account: Account) -> str:
    """The same in words of where an account stands now; nothing without a score."""
    days = Standing.objects.of(account.workspace).filter(account_id=account.pk).values_list("day", flat=True)
    oldest = oldest_fact(account, ends(account, days)[0]) if days else None
    return "" if oldest is None else _oldest(oldest)


def _oldest(days: int) -> str:
    return _("oldest %(n)s d") % {"n": integer(days)}


def _counted(end: End) -> tuple[list[str], list[str]]:
    """The measures that count, and those of them with data."""
    counted = [key for key, at in end.lines.items() if at.weight and key in MEASURES]
    return counted, [key for key in counted if end.lines[key].value is not None]


def _ages(account: Account, end: End) -> dict[str, int]:
    """Of each measure with data how many days before the day its newest fact is. What counts nothing has none."""
    counted, known = _counted(end)
    # What is asked for is the same of every account that is scored alike.
    newest = freshness(asked(account.workspace, end.row, end.run), counted)
    return {key: (end.day - at).days for key in known if (at := newest[key]) is not None}


def last_known(account: Account, end: End, keys: Sequence[str]) -> dict[str, date | None]:
    """On which scored day by the same version each measure last had data. A query."""
    places = {line.measure: n for n, line in enumerate(end.card.lines) if line.measure in keys}
    # To PostgreSQL what is no number is larger than any.
    had = {f"m{n}": Max("day", filter=Q(**{f"values__{n}__lt": math.inf})) for n in places.values()}
    rows = ScoreSnapshot.objects.of(account.workspace).published()
    found = rows.filter(account_id=account.pk, version=end.card.version, day__lte=end.day).aggregate(**had)
    return {key: found[f"m{n}"] for key, n in places.items()}


def words_of(known: int, every: int, oldest: int | None, unknown: int) -> str:
    """“from 9 of 12 measures; oldest 34 d; 8% unknown”."""
    parts = [_("from %(known)s of %(all)s measures") % {"known": known, "all": every}]
    if oldest is not None:
        parts.append(_oldest(oldest))
    if unknown:
        parts.append(_("%(share)s unknown") % {"share": percent(Decimal(unknown) / UNIT)})
    return "; ".join(parts)


def use_of(end: End) -> str:
    """Never used, or silent for so long; nothing where it is in use, or where nobody asks."""
    days = end.readings.get(DAYS_UNUSED)
    if days is None:
        return ""
    is_never = math.isnan(days)
    return use_words(None if is_never else int(days), is_never and DAYS_UNUSED in end.run.tracked)


def use_words(days: int | None, is_never: bool) -> str:
    """The same of a number of days."""
    if is_never:
        return _("never used")
    return _("silent for %(n)s d") % {"n": integer(days)} if (days or 0) >= QUIET_DAYS else ""
