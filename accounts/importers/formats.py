"""How the texts of a column can be read: as days, as numbers, and where that is not clear from the texts themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

DAYS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y"),
    *("%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%y"),
)
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
# ISO 8601 wants two digits of an hour; spreadsheets write one.
LOOSE_ISO = tuple(f"%Y-%m-%d{time}" for time in TIMES if time)
# "" is ISO 8601, which needs none.
DAY_FORMATS = ("", *(f"{day}{time}" for time in TIMES for day in DAYS), *LOOSE_ISO)
NUMBERS = {"": re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")} | {
    f"1{mark}234{point}56": re.compile(rf"-?(\d{{1,3}}({re.escape(mark)}\d{{3}})+|\d+)({re.escape(point)}\d+)?")
    for mark, point in ((",", "."), (".", ","), (" ", ","), ("'", "."))
}
# Of a number with a currency's sign or code before or after it, which says nothing about the number.
BESIDE = re.compile(
    r"^(-?)\s*(?:[$€£¥₹₽]|US\$|Rp\.?|[A-Z]{3})?\s*(-?[\d., ' \u00a0\u202f]*\d)\s*(?:[$€£¥₹₽]|[A-Z]{3})?$"
)
MARKS = re.compile(r"[^\d]")
THOUSANDS = re.compile(r"-?\d{1,3}\.\d{3}")
# The share of texts that a format must fit.
ENOUGH = 0.5


def bare(text: str) -> str:
    """A number without what stands beside it; hard spaces as plain ones, a typographer's apostrophe as that of a
    keyboard."""
    plain = text.strip().replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'").replace("−", "-")
    match = BESIDE.match(plain)
    return match[1] + match[2].replace("--", "-") if match else plain


def number(text: str, form: str) -> Decimal | None:
    """A number as an example shows its marks: 1.234,56 has a point between thousands and a decimal comma."""
    plain, marks = bare(text), MARKS.findall(form)
    # One mark alone is that of decimals, unless three digits follow it.
    point = marks[-1] if marks and not (len(marks) == 1 and form[-4:-3] == marks[0]) else ""
    for mark in marks[: len(marks) - bool(point)]:
        plain = plain.replace(mark, "")
    try:
        return Decimal(plain.replace(point, ".") if point else plain)
    except InvalidOperation:
        return None


def day_formats(texts: Iterable[str]) -> list[str]:
    """The formats in which most texts are days or times, and no more of them in any other."""
    wanted = list(texts)
    return _best({form: sum(_is_day(text, form) for text in wanted) for form in DAY_FORMATS}, len(wanted))


def number_formats(texts: Iterable[str]) -> list[str]:
    """The formats in which most texts are numbers, and no more of them in any other. Where the plain one is among them,
    and no mark could be one of thousands, it is the only one."""
    texts = list(texts)
    wanted = [bare(text) for text in texts]
    fitting = {form: [text for text in wanted if shape.fullmatch(text)] for form, shape in NUMBERS.items()}
    found = _best({form: len(each) for form, each in fitting.items()}, len(wanted))
    marked = [text for form in found for text in fitting[form] if MARKS.search(text.removeprefix("-"))]
    # What stands beside a number is left out only where there is a format.
    if all(text in wanted for text in texts if bare(text) in fitting.get("", ())):
        if "" in found and not all(THOUSANDS.fullmatch(text) for text in marked):
            return [""]
    elif "" in found:
        found.remove("")
    return found if marked else found[:1]


def _best(counts: dict[str, int], total: int) -> list[str]:
    most = max(counts.values())
    return [form for form, count in counts.items() if count == most] if most and most >= ENOUGH * total else []


def is_unclear(forms: Sequence[str], texts: Iterable[str]) -> bool:
    """Whether two of the formats make different days or numbers of one of the texts."""
    return any(len({_read(text, form) for form in forms} - {None}) > 1 for text in texts)


def _is_day(text: str, form: str) -> bool:
    return _day(text, form) is not None


def _day(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
    except ValueError:
        return None


def _read(text: str, form: str) -> object:
    return _day(text, form) or (None if "%" in form else number(text, form))
