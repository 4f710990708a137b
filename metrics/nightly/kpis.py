"""After a night: the KPIs of the periods that it may have moved, for every scope, as rows that pages read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, Min, OuterRef, Q
from django.utils import timezone

from accounts.models import AccountHistory, ExchangeRate, ProgramCost, Workspace
from metrics.kpis.answers import Answer, Book, Question, answers
from metrics.kpis.parts import PARTS, parts
from metrics.kpis.periods import Period, months_later
from metrics.kpis.places import FIELDS, Scope
from metrics.models import KpiPart, KpiSnapshot, PeriodKind, Run, Uncounted
from metrics.nightly.details import store_parts, store_wins
from metrics.registry import KPIS

# How far back pages can look, and late facts reach; of weeks, just past a year.
MONTHS_BACK, WEEKS_BACK = 25, 54
Key = tuple[str, Scope]
# The settings that change what KPIs of the past are.
RULES = (
    *("time_zone", "week_start", "fiscal_year_start", "currency", "gross_margin"),
    *("kind", "churn_rule", "churn_gap_days", "purchase_days"),
)
# Told of the whole workspace, so that no account's day says it: each with the day it is about.
OF_WORKSPACE = ((ExchangeRate, "day"), (ProgramCost, "month"))


def count(workspace: Workspace) -> bool:
    """Count the KPIs after nights that were published since the last time. False where there are none, or somebody
    else is at it."""
    with transaction.atomic():
        nights = Run.objects.of(workspace).published()
        if not nights.filter(counted_at=None).exists() or not _claimed(workspace):
            return False
        # One that is published from here on, or once more, is for the next time.
        waiting = dict(nights.filter(counted_at=None).values_list("pk", "published_at"))
        day = nights.order_by("-day").values_list("day", flat=True)[0]
        first = since(workspace, day)
        # What was heard later is not in this book, and waits for the night that knows it.
        Uncounted.objects.of(workspace).filter(heard_on__lte=day).delete()
        count_periods(workspace, day, first)
        counted = nights.filter(pk__in=waiting, published_at__in=waiting.values())
        counted.update(counted_at=timezone.now(), counted_by=rules(workspace))
    return True


def rules(workspace: Workspace) -> str:
    """The workspace's rules, and what is counted by them, as one text."""
    counted = hashlib.sha256(" ".join(sorted((*KPIS, *PARTS))).encode()).hexdigest()
    return " ".join((counted[:8], *(str(getattr(workspace, name)) for name in RULES)))


def _claimed(workspace: Workspace) -> bool:
    """Whether nobody else counts; until the end of the transaction nobody will."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext('metrics_kpisnapshot'))", [workspace.pk % 2**31])
        return bool(cursor.fetchone()[0])


def count_periods(workspace: Workspace, day: date, since: date) -> None:
    """The KPIs of every period that has days between `since` and `day`, as known at the end of `day`; and of those
    that running ones are compared with."""
    book, moment = Book(workspace, day), timezone.now()
    periods = list(dict.fromkeys(periods_of(workspace, day, since)))
    with transaction.atomic():
        for period in periods:
            question = Question(book, period)
            store(workspace, period, day, answers(question), moment)
            store_parts(workspace, period, parts(question))
        store_wins(book, max(since, months_later(day, -MONTHS_BACK)))
        _forget(workspace, periods, is_all=since <= months_later(day, -MONTHS_BACK))


def periods_of(workspace: Workspace, day: date, since: date) -> Iterator[Period]:
    """The periods from `since` to `day`, the last of them as far as it has run, and as much of the ones before."""
    for kind in PeriodKind:
        running = Period.of(workspace, kind, day, day)
        yield from (running, running.before(), running.year_before())
        earlier = running.moved(-1)
        oldest = max(since, day - timedelta(weeks=WEEKS_BACK)) if kind == PeriodKind.WEEK else since
        while earlier.until > oldest:
            yield earlier
            earlier = earlier.moved(-1)


def since(workspace: Workspace, day: date) -> date:
    """The first day about which something was heard, or that was scored, after the KPIs were last counted; all of them
    where the workspace's rules are no longer those."""
    furthest = months_later(day, -MONTHS_BACK)
    nights = Run.objects.of(workspace).published()
    counted = nights.exclude(counted_at=None)
    last = counted.order_by("-counted_at", "-day").first()
    if last is None or last.counted_by != rules(workspace):
        return furthest
    # What came by then is in the book of the newest night that was counted.
    known = workspace.end_of(counted.order_by("-day").values_list("day", flat=True)[0])
    firsts = [
        nights.filter(counted_at=None).aggregate(first=Min("day"))["first"],
        Uncounted.objects.of(workspace).aggregate(first=Min("since"))["first"],
        _first_moved(workspace, known),
        *(_first_told(workspace, model, about, known) for model, about in OF_WORKSPACE),
    ]
    return max(furthest, min([day, *(first for first in firsts if first)]))


def _first_told(workspace: Workspace, model: Any, about: str, moment: datetime) -> date | None:
    """The first day about which facts of the workspace came, or were taken back, since a moment."""
    first: date | None = model.objects.of(workspace).filter(updated_at__gte=moment).aggregate(first=Min(about))["first"]
    return first


def _first_moved(workspace: Workspace, moment: datetime) -> date | None:
    """The first day on which an account belongs to somebody else than when the KPIs were counted. The first owner that
    is told counts for all days before."""
    moves = AccountHistory.objects.of(workspace).filter(field__in=FIELDS.values())
    earlier = moves.filter(account_id=OuterRef("account_id"), field=OuterRef("field"), since__lt=OuterRef("since"))
    fresh = moves.filter(since__gte=moment)
    if fresh.filter(~Exists(earlier)).exists():
        return date.min
    first = fresh.aggregate(first=Min("since"))["first"]
    return workspace.day_of(first) if first else None


STAGE = """
CREATE TEMP TABLE counted ON COMMIT DROP AS SELECT * FROM unnest(
  %(kpi)s::text[], %(scope_kind)s::text[], %(scope_key)s::text[], %(value)s::numeric[], %(n)s::int[],
  %(part)s::numeric[], %(whole)s::numeric[], %(low)s::float8[], %(high)s::float8[], %(reason)s::text[]
) AS c(kpi, scope_kind, scope_key, value, n, part, whole, low, high, reason)"""
# What is still the same keeps its stamp.
WRITE = """
INSERT INTO metrics_kpisnapshot AS s (workspace_id, period_kind, start, until, is_whole, known_day, computed_at,
  kpi, scope_kind, scope_key, value, n, part, whole, low, high, reason)
SELECT %(workspace)s, %(period_kind)s, %(start)s, %(until)s, %(is_whole)s, %(known)s, %(moment)s, c.* FROM (
  SELECT kpi, scope_kind, scope_key, round(value, 20), n, round(part, 10), round(whole, 10), low, high, reason
  FROM counted ORDER BY scope_kind, scope_key, kpi) c
ON CONFLICT (workspace_id, period_kind, start, until, scope_kind, scope_key, kpi) DO UPDATE SET
  known_day = excluded.known_day, computed_at = excluded.computed_at, restated_at = excluded.computed_at,
  value = excluded.value, n = excluded.n, part = excluded.part, whole = excluded.whole,
  low = excluded.low, high = excluded.high, reason = excluded.reason
WHERE (s.value, s.n, s.part, s.whole, s.reason)
  IS DISTINCT FROM (excluded.value, excluded.n, excluded.part, excluded.whole, excluded.reason)"""
CLEAR = """
DELETE FROM metrics_kpisnapshot s WHERE workspace_id = %(workspace)s AND period_kind = %(period_kind)s
  AND start = %(start)s AND until = %(until)s AND NOT EXISTS (SELECT FROM counted c
    WHERE (c.kpi, c.scope_kind, c.scope_key) = (s.kpi, s.scope_kind, s.scope_key))"""


def store(workspace: Workspace, period: Period, known: date, found: dict[Key, Answer], moment: datetime) -> None:
    """Write the answers of one period; what changed is stamped as restated, what is no more is deleted."""
    where: dict[str, Any] = {
        "workspace": workspace.pk,
        "period_kind": period.kind.value,
        "start": period.start,
        "until": period.until,
        "is_whole": not period.is_running,
        "known": known,
        "moment": moment,
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS counted")
        cursor.execute(STAGE, _columns(found.items()))
        cursor.execute(CLEAR, where)
        cursor.execute(WRITE, where)


def _columns(found: Iterable[tuple[Key, Answer]]) -> dict[str, list[Any]]:
    rows = list(found)
    scopes = [scope for (_kpi, scope), _answer in rows]
    told = [answer for _key, answer in rows]
    return {
        "kpi": [kpi for (kpi, _scope), _answer in rows],
        "scope_kind": [scope.kind.value for scope in scopes],
        "scope_key": [scope.key for scope in scopes],
        "low": [answer.interval[0] if answer.interval else None for answer in told],
        "high": [answer.interval[1] if answer.interval else None for answer in told],
        "reason": [str(answer.reason)[:200] for answer in told],
    } | {name: [getattr(answer, name) for answer in told] for name in ("value", "n", "part", "whole")}


def _forget(workspace: Workspace, periods: list[Period], is_all: bool) -> None:
    """Delete what running periods were on earlier days; where these are all, also what no calendar has any more."""
    kept, gone = Q(pk=None), Q(is_whole=False)
    for period in periods:
        kept |= Q(period_kind=period.kind, start=period.start, until=period.until)
    for kind in PeriodKind if is_all else ():
        gone |= Q(period_kind=kind, until__gt=min(period.start for period in periods if period.kind == kind))
    for model in (KpiSnapshot, KpiPart):
        model.objects.of(workspace).filter(gone).exclude(kept).delete()
