"""How good a source was day by day in the last week, what was refused and why, and what it feeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import F, Func, Max, Min, Sum, TextField, Value
from django.db.models.functions import Greatest, TruncDate

from accounts import arrivals
from accounts.models import Refused, Source
from dashboards.panels.feeding import measures_of, names_of
from dashboards.panels.words import kind_name
from metrics.registry import Measure

DAYS, GROUPS, ROWS, NAMED = 7, 20, 50, 3
# A day is told once it is over: what was on its way at midnight has come by then.
SETTLED, REMEMBERED = timedelta(minutes=15), 8 * 86_400
Names = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Day:
    """A local day: what was taken, what was refused, and the share of it."""

    day: date
    taken: int
    refused: int

    @property
    def share(self) -> Decimal | None:
        told = self.taken + self.refused
        return Decimal(self.refused) / told if told else None


@dataclass(frozen=True)
class Group:
    """What was refused for one reason, and an example of it."""

    kind: str
    field: str
    reason: str
    example: str
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Fed:
    """A name that the source told in the week, how often, and the measures that read it."""

    name: str
    count: int
    measures: tuple[Measure, ...]

    @property
    def more(self) -> int:
        return len(self.measures) - NAMED

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """The first measures: the anchor of the definition, and the name."""
        return tuple((f"measure-{each.key}", str(each.name)) for each in self.measures[:NAMED])


@dataclass(frozen=True)
class Quality:
    """The week of a source, the oldest day first. `rows`: the newest that were refused, each with what it is."""

    today: date
    days: tuple[Day, ...]
    shares: tuple[Decimal | None, ...]
    groups: tuple[Group, ...]
    rows: tuple[tuple[str, Any], ...]
    fed: tuple[Fed, ...]


def quality_of(source: Source, now: datetime) -> Quality:
    """Five queries. Days that are over are counted once and remembered."""
    workspace = source.workspace
    last = workspace.day_of(now)
    span = [last - timedelta(days=n) for n in reversed(range(DAYS))]
    came = _came(source, span, now)
    week = Refused.objects.of(workspace).filter(source=source, at__gte=workspace.start_of(span[0]), at__lte=now).bad()
    refused = dict(
        week.order_by()
        .values(day=TruncDate("at", tzinfo=workspace.zone))
        .annotate(n=Sum("count"))
        .values_list("day", "n")
    )
    days = tuple(Day(day, sum(came[day].values()), refused.get(day, 0)) for day in span)
    return Quality(
        today=last,
        days=days,
        shares=tuple(day.share for day in days),
        groups=tuple(_groups(week)),
        rows=tuple((kind_name(row.kind), row) for row in week.order_by("-at", "-pk")[:ROWS]),
        fed=tuple(_fed(source, came.values())),
    )


def _came(source: Source, span: list[date], now: datetime) -> dict[date, Names]:
    """Day → (kind, name) → how many. Asks for the days from the first that is not remembered on."""
    workspace = source.workspace
    keys = {day: f"came:{source.pk}:{workspace.time_zone}:{day}" for day in span}
    told = cache.get_many(list(keys.values()))
    remembered: dict[date, Names] = {day: told[key] for day, key in keys.items() if key in told}
    first = next((day for day in span if day not in remembered), span[-1])
    found: dict[date, Names] = {day: remembered.get(day, {}) if day < first else {} for day in span}
    since = workspace.start_of(first) - timedelta(microseconds=1)
    for row in arrivals.counted(workspace, since, now, source):
        found[row.day][row.kind, row.name] = row.count
    over = [day for day in span if day >= first and workspace.end_of(day) + SETTLED < now]
    cache.set_many({keys[day]: found[day] for day in over}, REMEMBERED)
    return found


def _groups(week: Any) -> Iterable[Group]:
    """Reasons quote the value: they are grouped without it."""
    alike: Any = Func(
        F("reason"), Value("“[^”]*”"), Value("“…”"), Value("g"), function="regexp_replace", output_field=TextField()
    )
    rows = week.order_by().values("kind", "field", alike=alike)
    # What is wrong with an item besides stands for none, and is a reason as well.
    items = Sum(Greatest("count", 1))
    told = rows.annotate(n=items, first=Min("at"), last=Max("at"), example=Max("value"), whole=Max("reason"))
    for row in told.order_by("-n", "-last")[:GROUPS]:
        reason = row["whole"] if row["whole"] == row["alike"] else row["alike"]
        yield Group(kind_name(row["kind"]), row["field"], reason, row["example"], row["n"], row["first"], row["last"])


def _fed(source: Source, days: Iterable[Names]) -> Iterable[Fed]:
    told: Counter[tuple[str, str]] = Counter()
    for names in days:
        told.update(names)
    known = names_of(source.workspace, {name for _kind, name in told})
    for (kind, name), count in told.most_common(GROUPS):
        yield Fed(name if kind == "events" else kind_name(kind), count, tuple(measures_of(kind, name, known)))
