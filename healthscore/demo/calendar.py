"""Days as numbers (date.toordinal), and moments of local days in UTC."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WEEK = 7
SATURDAY = 5


@lru_cache(maxsize=4096)
def midnight(zone: str, day: int) -> datetime:
    """Returns the UTC moment at which a local day begins."""
    return datetime.combine(date.fromordinal(day), time(), ZoneInfo(zone)).astimezone(UTC)


def moment(zone: str, day: int, hour: float) -> datetime:
    """Returns the UTC moment of a local day, `hour` hours after its beginning, to the second."""
    return midnight(zone, day) + timedelta(seconds=int(hour * 3600))


def day_of(zone: str, instant: datetime) -> int:
    """Returns the local day in which an instant falls."""
    return instant.astimezone(ZoneInfo(zone)).toordinal()


def weekday(day: int) -> int:
    """Returns 0 for Monday … 6 for Sunday."""
    return (day - 1) % WEEK


def is_weekend(day: int) -> bool:
    return weekday(day) >= SATURDAY


def working_days(day: int) -> int:
    """Returns how many working days there were before a day; a Saturday and a Sunday count on by themselves."""
    week, place = divmod(day - 1, WEEK)
    return week * SATURDAY + place


def workday(day: int) -> int:
    """Returns the day itself, or the Monday after a weekend."""
    return day + max(0, WEEK - weekday(day)) % WEEK if is_weekend(day) else day


def add_months(day: int, months: int) -> int:
    """Returns the same day of the month `months` later, or that month's last."""
    start = date.fromordinal(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last)).toordinal()
