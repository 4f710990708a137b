"""What was answered before and after a release. Side by side, not cause and effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from accounts.models import Release, Workspace
from metrics.feedback.choice import LOW, Choice, Span
from metrics.feedback.totals import Share
from metrics.formulas.rates import ratio
from metrics.sql import statement


@dataclass(frozen=True)
class Side:
    """Answers of one kind, on 0–10, before or after."""

    n: int
    total: Decimal
    low: int

    @property
    def mean(self) -> Decimal | None:
        return ratio(self.total, self.n)

    @property
    def low_share(self) -> Share:
        return Share(self.low, self.n)


@dataclass(frozen=True)
class Compared:
    """One kind of survey on both sides, and the contacts who answered on both, with the means of their means."""

    kind: str
    before: Side
    after: Side
    contacts: int
    contacts_before: Decimal | None
    contacts_after: Decimal | None


@dataclass(frozen=True)
class Around:
    """A release with the finished days compared: as many before as after. `comments` are those with words."""

    release: Release
    asked: int
    days: int
    comments: tuple[int, int]
    kinds: tuple[Compared, ...]


def window(release: Release, days: int, today: date) -> Span:
    """The days around a release: up to `days` finished ones after it, and as many before."""
    length = max(0, min(days, (today - release.released_on).days))
    step = timedelta(days=length)
    return Span(release.released_on - step, release.released_on + step)


def on_both_sides(choice: Choice, release: Release, days: int, today: date) -> Choice:
    """The choice around a release, whatever scores were chosen: else the sides could not differ."""
    return choice.but(span=window(release, days, today), levels=(), unusual=False, unresolved=False)


def around(choice: Choice, release: Release, days: int, today: date) -> Around:
    """What was said on both sides of a release. Three queries."""
    asked = on_both_sides(choice, release, days, today)
    after = is_after(choice.workspace, release)
    return Around(
        release=release,
        asked=days,
        days=window(release, days, today).days // 2,
        comments=_comments(asked.but(speechless=False), after),
        kinds=tuple(_compared(asked.but(speechless=True).answers(), after)),
    )


def is_after(workspace: Workspace, release: Release) -> Q:
    """The condition that something was said since the release."""
    return Q(occurred_at__gte=workspace.start_of(release.released_on))


def answered_both(choice: Choice, release: Release, days: int, today: date) -> Case:
    """Of an answer, whether its contact gave one of the same kind on the other side of the release as well."""
    same = {name: OuterRef(name) for name in ("account_id", "person", "kind")}
    asked = on_both_sides(choice, release, days, today).but(speechless=True)
    others = asked.answers().filter(**same).exclude(person="")
    after = is_after(choice.workspace, release)
    return Case(
        When(after, then=Exists(others.exclude(after))),
        default=Exists(others.filter(after)),
        output_field=BooleanField(),
    )


def _comments(choice: Choice, after: Q) -> tuple[int, int]:
    """How many comments were made before and after."""
    counts = [
        rows.order_by().aggregate(before=Count("pk", filter=~after), after=Count("pk", filter=after))
        for rows in (choice.answers(), choice.remarks())
    ]
    return sum(each["before"] for each in counts), sum(each["after"] for each in counts)


def _compared(answers: QuerySet[Any], after: Q) -> Iterator[Compared]:
    """Each kind of survey that was answered around the release."""
    is_after = Case(When(after, then=Value(True)), default=Value(False), output_field=BooleanField())
    told = answers.order_by().annotate(is_after=is_after).values("kind", "account_id", "person", "scale", "is_after")
    try:
        sql, params = told.query.sql_with_params()
    except EmptyResultSet:
        return
    with connection.cursor() as cursor:
        cursor.execute(statement("around_release").format(answers=sql, low=LOW), params)
        for kind, *numbers in cursor.fetchall():
            yield Compared(kind, _side(*numbers[:3]), _side(*numbers[3:6]), *numbers[6:])


def _side(n: int, total: Decimal | None, low: int) -> Side:
    return Side(n, total or Decimal(0), low)
