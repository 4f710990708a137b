"""After a night: the KPIs of the periods that it may have moved, for every scope, period by period.

What is to be counted is rows, what pages show first before all else; each is counted in a transaction of its own. So
whoever counts may stop, or die, after any of them, and whoever comes next goes on.
"""

from __future__ import annotations

import logging
import math
import time
from datetime import date, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Workspace
from metrics.kpis.answers import Book, Question, answers
from metrics.kpis.parts import parts
from metrics.kpis.periods import Period
from metrics.models import DirtyPeriod, PeriodKind, Run, Uncounted
from metrics.nightly.details import store_parts, store_wins
from metrics.nightly.keep import forget, store
from metrics.nightly.moved import furthest, is_updated, periods_since, rules, since
from metrics.registry import KPIS

log = logging.getLogger(__name__)

# So long after a period its KPIs may wait for what decides them, such as the answer to a ticket of its last day.
SETTLES = timedelta(days=62)
ONCE = ["workspace", "period_kind", "start", "until"]


def is_waiting(workspace: Workspace) -> bool:
    """Whether there is anything to count."""
    nights = Run.objects.of(workspace).published().filter(counted_at=None)
    return nights.exists() or DirtyPeriod.objects.of(workspace).waiting().exists() or is_updated(workspace)


def count(workspace: Workspace, seconds: float = math.inf) -> bool:
    """Count what is to be counted after the nights that were published, one period at least, and no new one after so
    long. False where there was nothing to do, or somebody else is at it."""
    began, done = time.monotonic(), plan(workspace)
    book: Book | None = None
    while book := _count_next(workspace, book):
        done = True
        if time.monotonic() >= began + seconds:
            break
    return done


def plan(workspace: Workspace) -> bool:
    """Set down the periods that the nights published since the last time may have moved; all of them after an update
    that brought KPIs. False where there is nothing to set down, or somebody else is at it."""
    with transaction.atomic():
        nights = Run.objects.of(workspace).published()
        updated = is_updated(workspace)
        if not (updated or nights.filter(counted_at=None).exists()) or not _claimed(workspace):
            return False
        day = nights.order_by("-day").values_list("day", flat=True)[0]
        if updated:
            nights.filter(day=day).update(counted_at=None)
        # One that is published from here on, or once more, is for the next time.
        waiting = dict(nights.filter(counted_at=None).values_list("pk", "published_at"))
        set_down(workspace, day, since(workspace, day))
        # What was heard later is not in this book, and waits for the night that knows it.
        Uncounted.objects.of(workspace).filter(heard_on__lte=day).delete()
        planned = nights.filter(pk__in=waiting, published_at__in=waiting.values())
        planned.update(counted_at=timezone.now(), counted_by=rules(workspace))
    return True


def _claimed(workspace: Workspace) -> bool:
    """Whether nobody else counts; until the end of the transaction nobody will."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext('metrics_kpisnapshot'))", [workspace.pk % 2**31])
        return bool(cursor.fetchone()[0])


def set_down(workspace: Workspace, day: date, first: date) -> None:
    """The periods that have days between `first` and `day` are to be counted, as known at the end of `day`; of others
    that have just ended, what still waited for later facts."""
    dirty = DirtyPeriod.objects.of(workspace)
    # What ran on an earlier day runs no more; where all is counted anew, the calendar may be another.
    (dirty if first <= furthest(day) else dirty.exclude(until=F("end"))).delete()
    wanted = periods_since(workspace, day, first)
    settling = [each for each in periods_since(workspace, day, day - SETTLES) if each not in wanted]
    rows = [
        DirtyPeriod(
            workspace=workspace,
            period_kind=period.kind,
            start=period.start,
            until=period.until,
            end=period.end,
            known_day=day,
            place=place,
            is_settling=place >= len(wanted),
        )
        for place, period in enumerate([*wanted, *settling])
    ]
    anew = {"update_conflicts": True, "unique_fields": ONCE}
    fields = ["known_day", "place", "is_settling", "failures"]
    DirtyPeriod.unscoped.bulk_create(rows[: len(wanted)], update_fields=fields, **anew)
    # One that waits to be counted whole still does.
    DirtyPeriod.unscoped.bulk_create(rows[len(wanted) :], update_fields=["known_day"], **anew)


def _count_next(workspace: Workspace, book: Book | None) -> Book | None:
    """Count the first period that is set down, from the book at hand if it is as known on its day. Returns the book;
    nothing where no period is left, or somebody else is at it."""
    row = None
    try:
        with transaction.atomic():
            row = DirtyPeriod.objects.of(workspace).waiting().first() if _claimed(workspace) else None
            if row is None:
                return None
            if book is None or book.known != row.known_day:
                book = Book(workspace, row.known_day)
            _count_period(row, book)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if row is None:
            raise
        log.exception("the KPIs of %s of workspace %s cannot be counted", row, workspace.pk)
        DirtyPeriod.objects.of(workspace).filter(pk=row.pk).update(failures=F("failures") + 1)
    return book


def _count_period(row: DirtyPeriod, book: Book) -> None:
    workspace, period = book.workspace, period_of(row)
    kpis = [kpi for kpi in KPIS.values() if kpi.settles or not row.is_settling]
    question = Question(book, period)
    store(workspace, period, book.known, kpis, answers(question, kpis), timezone.now())
    if not row.is_settling:
        store_parts(workspace, period, parts(question))
    if period.kind is PeriodKind.MONTH and (period.end > book.known or not period.is_running):
        store_wins(question)
    row.delete()
    if not DirtyPeriod.objects.of(workspace).waiting().exists():
        newest = Run.objects.of(workspace).exclude(counted_at=None).latest("day").day
        forget(workspace, periods_since(workspace, newest, furthest(newest)))


def period_of(row: DirtyPeriod) -> Period:
    """The period of a row."""
    return Period(PeriodKind(row.period_kind), row.start, row.end, row.until)
