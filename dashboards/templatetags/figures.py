"""The one place that turns numbers, days and bands into what a reader sees, in the reader's language."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from functools import cache, lru_cache

from babel.core import Locale
from babel.dates import format_date, format_interval, format_skeleton, format_time
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent
from django import template
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext as _

register = template.Library()

NONE = "–"
MINUS = "−"
Number = int | float | Decimal


def locale() -> Locale:
    """The reader's locale; English where Babel has none."""
    return _locale(get_language() or "en")


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(to_locale(language), sep="_")


# A page writes the same small numbers over and over, and Babel takes its time for each.
@lru_cache(maxsize=20_000)
def _written(value: Decimal, pattern: str | None, language: str, is_share: bool = False) -> str:
    write = format_percent if is_share else format_decimal
    return str(write(value, pattern, locale=_locale(language))).replace("-", MINUS)


@lru_cache(maxsize=20_000)
def _amount(value: Decimal, currency: str, language: str) -> str:
    whole = value == value.to_integral_value()
    pattern = _locale(language).currency_formats["standard"].pattern
    if whole:
        pattern = pattern.replace(".00", "")
    text = format_currency(value, currency, pattern, locale=_locale(language), currency_digits=not whole)
    return str(text).replace("-", MINUS)


@lru_cache(maxsize=20_000)
def _dated(value: date, form: str, language: str) -> str:
    """`form` is "medium", or a skeleton of what is wanted: MMMd."""
    write = format_date if form == "medium" else lambda day, form, locale: format_skeleton(form, day, locale=locale)
    return str(write(value, form, locale=_locale(language)))


@register.filter
def band_word(band: str) -> str:
    """What a band is called."""
    return {"green": _("Healthy"), "yellow": _("At risk"), "red": _("Poor")}.get(band, _("Not enough data"))


# Numbers


def _rounded(value: Number, digits: int) -> Decimal:
    """Half-even; what rounds to nothing is 0 and not −0."""
    return round(Decimal(value), digits) + 0


@register.filter
def integer(value: Number | None) -> str:
    """1204 → 1,204"""
    return fixed(value, 0)


@register.filter
def decimal(value: Number | None, digits: int = 1) -> str:
    """Up to so many digits, none where they are zeros: 2.70 → 2.7."""
    if value is None:
        return NONE
    return _written(_rounded(value, digits), None, get_language() or "en")


@register.filter
def fixed(value: Number | None, digits: int = 1) -> str:
    """With exactly so many digits: 28 → 28.0."""
    if value is None:
        return NONE
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return _written(_rounded(value, digits), pattern, get_language() or "en")


@register.filter
def signed(value: Number | None, digits: int = 0) -> str:
    """With its sign, and no minus before a zero: +4, −2, 0."""
    if value is None:
        return NONE
    shown = _rounded(value, digits)
    text = fixed(abs(shown), digits)
    return text if not shown else ("+" if shown > 0 else MINUS) + text


@register.filter
def percent(value: Number | None, digits: int = 0) -> str:
    """A share of 1: 0.914 → 91%, or 91.4% with one digit."""
    if value is None:
        return NONE
    pattern = "#,##0" + ("." + "#" * digits if digits else "") + "%"
    return _written(_rounded(value, digits + 2), pattern, get_language() or "en", is_share=True)


@register.filter
def money(value: Number | None, currency: str = "USD") -> str:
    """Whole units without decimals, others with the currency's own: $4,900 and $4,900.50."""
    if value is None:
        return NONE
    return _amount(Decimal(value), currency, get_language() or "en")


MILLION = 1_000_000


@register.filter
def brief_money(value: Number | None, currency: str = "USD") -> str:
    """For a glance: from a million on $2.41M, below it whole units."""
    if value is None:
        return NONE
    if abs(value) < MILLION:
        return money(_rounded(value, 0), currency)
    text = format_compact_currency(value, currency, fraction_digits=2, locale=locale())
    return text.replace("-", MINUS)


BORDERS = (40.0, 70.0)


def rounded_score(score: Number, digits: int, borders: Sequence[float] = BORDERS) -> Decimal:
    """Rounded half-even, but never up to a band's border or over it: 39.96 is 39.9."""
    exact, step = Decimal(score), Decimal(1).scaleb(-digits)
    shown = exact.quantize(step, ROUND_HALF_EVEN)
    crosses = any(exact < Decimal(border) <= shown for border in borders)
    return exact.quantize(step, ROUND_FLOOR) if crosses else shown


def score_text(score: Number, borders: Sequence[float] = BORDERS) -> str:
    """A whole number, unless rounding would carry it over a band's border: 39.6 stays 39.6."""
    exact = Decimal(score)
    if rounded_score(exact, 0, borders) == exact.quantize(Decimal(1), ROUND_HALF_EVEN):
        return integer(rounded_score(exact, 0, borders))
    return fixed(rounded_score(exact, 1, borders), 1)


@register.filter
def score(value: Number | None) -> str:
    """A health score, in words a pill can hold."""
    return NONE if value is None else score_text(value)


UNITS = {
    "ratio": lambda value: percent(value),
    "percent": lambda value: percent(value, 1),
    "days": lambda value: _("%(n)s d") % {"n": decimal(value)},
    "hours": lambda value: _("%(n)s h") % {"n": decimal(value)},
    "minutes": lambda value: _("%(n)s min") % {"n": decimal(value)},
    "times": lambda value: f"{decimal(value)}×",
    "count": lambda value: decimal(value),
    "points": lambda value: decimal(value),
    "per seat": lambda value: _("%(n)s a seat") % {"n": decimal(value)},
    "score": lambda value: decimal(value),
    "balance": lambda value: signed(value, 2),
    "−100…100": lambda value: decimal(value),
    "money": lambda value: integer(value),
    "flag": lambda value: _("yes") if value else _("no"),
}


# Units that are a word behind the number.
SPOKEN = ("days", "hours", "minutes", "per seat")


@register.filter
def in_unit(value: Number | None, unit: str) -> str:
    """A measure's value in its own unit; a currency's code is a unit as well."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NONE
    if unit in UNITS:
        return UNITS[unit](value)
    return money(value, unit) if len(unit) == 3 and unit.isupper() else f"{decimal(value)} {unit}"


@register.filter
def cell(value: str | Number | date | None, unit: str = "") -> str:
    """What stands in a table that is a file as well: words as they are, days as days, numbers in their unit."""
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return day(value)
    return percent(value, 1) if unit == "ratio" else in_unit(value, unit or "count")


@register.filter
def figure(value: object) -> str:
    """A panel's Figure: its value in its unit."""
    return in_unit(getattr(value, "value", None), getattr(value, "unit", "count"))


def tenths(parts: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """Parts to one decimal that add up to a total of one decimal: the largest remainders are rounded up. A total that
    was rounded itself may ask for a step more or less than there are remainders; it is taken from them alike."""
    step = Decimal("0.1")
    floors = [part.quantize(step, ROUND_FLOOR) for part in parts]
    if not parts:
        return floors
    each, more = divmod(int((total - sum(floors, Decimal(0))) / step), len(parts))
    order = sorted(range(len(parts)), key=lambda i: floors[i] - parts[i])
    raised = set(order[:more])
    return [floor + step * (each + (i in raised)) for i, floor in enumerate(floors)]


@register.filter
def whole(value: object) -> str:
    """A panel's amount to whole units, for lists and sums that are read at a glance."""
    amount = getattr(value, "value", None)
    return NONE if amount is None else money(Decimal(amount).quantize(Decimal(1)), getattr(value, "unit", "USD"))


# Days and moments


def _is_near(value: date, today: date | None) -> bool:
    return today is not None and -300 < (value - today).days < 360


@register.simple_tag
def day(value: date | None, today: date | None = None) -> str:
    """Dec 4; with its year where that is not plain: Dec 4, 2024."""
    if value is None:
        return NONE
    return _dated(value, "MMMd" if _is_near(value, today) else "medium", get_language() or "en")


def days(first: date, last: date, with_year: bool = False) -> str:
    """From a day to a day: Nov 1 – 22, or Nov 1 – 22, 2026."""
    if first == last:
        return format_skeleton("yMMMd" if with_year else "MMMd", first, locale=locale())
    return format_interval(first, last, "yMMMd" if with_year else "MMMd", locale=locale())


def months(first: date, last: date, brief: bool = False) -> str:
    """Whole months: November 2026 (brief: Nov 2026), Jan – Mar 2026, or 2026 where they are its year."""
    if (first.year, first.month) == (last.year, last.month):
        return format_skeleton("yMMM" if brief else "yMMMM", first, locale=locale())
    if (first.year, first.month, last.month) == (last.year, 1, 12):
        return format_skeleton("y", first, locale=locale())
    return format_interval(first, last, "yMMM", locale=locale())


@register.simple_tag
def day_brief(value: date | None, today: date) -> str:
    """As narrow as a column: Dec 4, or Mar 2028 where it is far."""
    if value is None:
        return NONE
    return _dated(value, "MMMd" if _is_near(value, today) else "yMMM", get_language() or "en")


@register.filter
def clock(value: datetime | None) -> str:
    """02:14:07, in the time zone that is active."""
    return NONE if value is None else format_time(localtime(value), "HH:mm:ss", locale=locale())


@register.filter
def moment(value: datetime | None) -> str:
    """Nov 22, 2026, 02:14"""
    if value is None:
        return NONE
    here = localtime(value)
    return f"{format_date(here, 'medium', locale=locale())}, {format_time(here, 'HH:mm', locale=locale())}"


@register.simple_tag
def days_ago(value: date | None, today: date) -> str:
    """today, yesterday, 43 d ago, in 12 d; “never” where there is no day."""
    if value is None:
        return NONE
    distance = (today - value).days
    if distance in (0, 1):
        return _("yesterday") if distance else _("today")
    return _("%(n)s d ago") % {"n": integer(distance)} if distance > 0 else _("in %(n)s d") % {"n": integer(-distance)}


@register.simple_tag
def ago(value: datetime | None, now: datetime) -> str:
    """2 s ago, 4 min ago, 3 h ago, 9 d ago; “never” where there is no moment."""
    if value is None:
        return _("never")
    seconds = max(0, int((now - value).total_seconds()))
    if seconds < 60:
        return _("%(n)s s ago") % {"n": seconds}
    if seconds < 3600:
        return _("%(n)s min ago") % {"n": seconds // 60}
    if seconds < 86400:
        return _("%(n)s h ago") % {"n": seconds // 3600}
    return _("%(n)s d ago") % {"n": integer(seconds // 86400)}


@register.filter
def duration(value: timedelta | None) -> str:
    """0.4 s, 12 s, 3 min 5 s, 2 h 4 min"""
    if value is None:
        return NONE
    seconds = value.total_seconds()
    if seconds < 10:
        return _("%(n)s s") % {"n": decimal(seconds)}
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return _("%(m)s min %(s)s s") % {"m": minutes, "s": rest} if minutes else _("%(n)s s") % {"n": rest}
    return _("%(h)s h %(m)s min") % {"h": minutes // 60, "m": minutes % 60}


# Words


@register.filter
def accounts(count: int) -> str:
    """How many accounts, in words."""
    return ngettext("%(n)s account", "%(n)s accounts", count) % {"n": integer(count)}


@register.filter
def days_text(count: Number | None) -> str:
    """How many days, in words: 1 day, 12.5 days."""
    if count is None:
        return NONE
    return ngettext("%(n)s day", "%(n)s days", 1 if count == 1 else 2) % {"n": decimal(count)}
