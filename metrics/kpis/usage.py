"""How many use the product, how often and how long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Min, Q
from django.utils.translation import gettext_lazy as _

from metrics.formulas.rates import median, quantile, ratio
from metrics.kpis.answers import Question
from metrics.kpis.ledger import WHO_PAYS
from metrics.kpis.retention import share_interval
from metrics.kpis.sums import quotient, total
from metrics.models import AccountDay, PeriodKind
from metrics.registry import Basis, Direction, Record, Records, Side, Unit, kpi, worked
from metrics.sql import statement

HIGHER = Direction.HIGHER
NOT_USED = _("nobody used it")
NO_CUSTOMERS = _("no customers")
NO_TIME = _("no time is told")
LAST_7, LAST_30 = _("the last 7 days of the period"), _("the last 30 days of the period")
ACCOUNT, CUSTOMER, EVENTS = _("account"), _("customer"), ("events",)
PRESENT = Side(_("days with a person"))
PERSON_DAY = Basis(ACCOUNT, PRESENT, Side(_("days possible for its people")), EVENTS, LAST_30)
MINUTES = Basis(ACCOUNT, Side(_("minutes"), Unit.MINUTES), PRESENT, EVENTS)
REACHED = Basis(CUSTOMER, Side(_("reached the target")), Side(_("customers of each interval")), (*EVENTS, *WHO_PAYS))
FIRST_VALUES = Basis(
    ACCOUNT, Side(_("days since the start"), Unit.DAYS), Side(_("accounts")), (*EVENTS, "subscriptions")
)


def there(window: Any = "") -> Basis:
    """Accounts with people who used the product."""
    return Basis(ACCOUNT, Side(_("people")), Side(_("accounts")), EVENTS, window)


def using_it(window: Any = "") -> Basis:
    """Customers, of which some used the product."""
    return Basis(CUSTOMER, Side(_("used it")), Side(_("customers")), (*EVENTS, *WHO_PAYS), window)


class Use(NamedTuple):
    """How an account used the product up to the end of the period: its days, the last of them in the lowest bit; its
    seconds in the period; how many people its sources have counted at most on a day of 1, 7 and 30, and over 30."""

    days: int
    seconds: int
    in_1: int
    in_7: int
    in_30: int
    person_days: int

    def between(self, last: int, first: int) -> int:
        """On how many days it was used, from so many days before the end to so many."""
        return (self.days >> last & (1 << first - last + 1) - 1).bit_count()


class People(NamedTuple):
    """How many people of an account were there in 1, 7 and 30 days up to the end of the period, their days in 30, and
    their days in the period."""

    in_1: int
    in_7: int
    in_30: int
    person_days: int
    in_period: int = 0


def use(question: Question) -> dict[int, Use]:
    """Account → its use in the period and in the 30 days up to its end."""
    return {account: Use(int(days, 2), *counts) for account, days, *counts in _asked("use_of_period", question)}


def named(question: Question) -> dict[int, People]:
    """Account → its people, as far as they are named."""
    return {account: People(*counts) for account, *counts in _asked("people_of_period", question)}


def _asked(name: str, question: Question) -> list[tuple[Any, ...]]:
    period = question.period
    first = min(period.start, period.last - timedelta(days=29))
    with connection.cursor() as cursor:
        cursor.execute(
            statement(name),
            {
                "workspace": question.workspace.pk,
                "known": question.book.known,
                "start": period.start,
                "first": first,
                "last": period.last,
                "days": (period.last - first).days + 1,
            },
        )
        return list(cursor.fetchall())


def people(question: Question) -> dict[int, People]:
    """Account → its people of 30 days; where a source only counts them, the largest number of one day."""
    found = {account: row for account, row in question.once(named).items() if row.in_30}
    for account, row in question.once(use).items():
        if row.in_30 and account not in found:
            found[account] = People(row.in_1, row.in_7, row.in_30, row.person_days)
    return found


def active(days: int) -> Callable[[Question], Records]:
    """The people of each account in so many days up to the end of the period."""

    def records(question: Question) -> Records:
        last, place = question.period.last, People._fields.index(f"in_{days}")
        return [Record(a, last, row[place], 1) for a, row in question.once(people).items() if row[place]]

    return records


@kpi(
    _("Active users, 1 day"),
    unit=Unit.COUNT,
    direction=HIGHER,
    records=active(1),
    grows=False,
    basis=there(),
    example=worked("9", (1, 4), (1, 5)),
)
def daily_users(records: Records) -> Decimal | None:
    """Distinct people who used the product on the last day of the period. Where a source only counts them, its number;
    over several days the largest of one day."""
    return total(records)


@kpi(
    _("Active users, 7 days"),
    unit=Unit.COUNT,
    direction=HIGHER,
    records=active(7),
    grows=False,
    basis=there(LAST_7),
    example=worked("12", (1, 5), (1, 7)),
)
def weekly_users(records: Records) -> Decimal | None:
    """Distinct people who used the product in the last 7 days of the period."""
    return total(records)


@kpi(
    _("Active users, 30 days"),
    unit=Unit.COUNT,
    direction=HIGHER,
    records=active(30),
    grows=False,
    basis=there(LAST_30),
    example=worked("20", (1, 8), (1, 12)),
)
def monthly_users(records: Records) -> Decimal | None:
    """Distinct people who used the product in the last 30 days of the period."""
    return total(records)


def person_days(question: Question) -> Records:
    """Each account's days with a person in 30 days, and 30 times its people."""
    last = question.period.last
    return [Record(a, last, row.person_days, 30 * row.in_30) for a, row in question.once(people).items()]


@kpi(
    _("Stickiness"),
    unit=Unit.RATIO,
    direction=HIGHER,
    records=person_days,
    nothing=NOT_USED,
    grows=False,
    basis=PERSON_DAY,
    example=worked("0.4", (1, 120, 300)),
)
def stickiness(records: Records) -> Decimal | None:
    """Mean users of a day ÷ users of 30 days, over the 30 days up to the end of the period."""
    return quotient(records)


def using(days: int) -> Callable[[Question], Records]:
    """The customers of the last day, 1 for those that used the product in so many days."""
    lately = (1 << days) - 1

    def records(question: Question) -> Records:
        last, used = question.period.last, question.once(use)
        return [
            Record(account, last, int(account in used and bool(used[account].days & lately)))
            for account in question.ledger.on(last)
        ]

    return records


SHARE: dict[str, Any] = {
    "unit": Unit.RATIO,
    "direction": HIGHER,
    "nothing": NO_CUSTOMERS,
    "interval": share_interval,
    "grows": False,
}


@kpi(_("Active customers, 1 day"), records=using(1), **SHARE, basis=using_it(), example=worked("0.5", (5, 1), (5, 0)))
def daily_customers(records: Records) -> Decimal | None:
    """Customers with use on the last day of the period ÷ customers."""
    return quotient(records)


@kpi(
    _("Active customers, 7 days"),
    records=using(7),
    **SHARE,
    basis=using_it(LAST_7),
    example=worked("0.8", (8, 1), (2, 0)),
)
def weekly_customers(records: Records) -> Decimal | None:
    """Customers with use in the last 7 days of the period ÷ customers."""
    return quotient(records)


@kpi(
    _("Active customers, 30 days"),
    records=using(30),
    **SHARE,
    basis=using_it(LAST_30),
    example=worked("0.9", (9, 1), (1, 0)),
)
def monthly_customers(records: Records) -> Decimal | None:
    """Customers with use in the last 30 days of the period ÷ customers."""
    return quotient(records)


def minutes(question: Question) -> Records:
    """Minutes of each account in the period, and its days with a person in it."""
    last, present = question.period.last, question.once(named)
    return [
        Record(account, last, Decimal(row.seconds) / 60, present[account].in_period)
        for account, row in question.once(use).items()
        if row.seconds and account in present and present[account].in_period
    ]


@kpi(
    _("Time in app"),
    unit=Unit.MINUTES,
    direction=HIGHER,
    records=minutes,
    nothing=NO_TIME,
    basis=MINUTES,
    example=worked("12.5", (1, 1500, 120)),
)
def time_in_app(records: Records) -> Decimal | None:
    """Minutes per active user and day of the period, of accounts whose time is told."""
    return quotient(records)


def minutes_a_day(records: Records) -> list[Decimal]:
    """Minutes per active user and day of each account."""
    return [each for record in records if (each := ratio(record.part, record.whole)) is not None]


QUARTILE: dict[str, Any] = {
    "unit": Unit.MINUTES,
    "direction": HIGHER,
    "records": minutes,
    "nothing": NO_TIME,
    "basis": MINUTES,
    "of_each": True,
}
ACCOUNTS = [(1, 100, 10), (1, 60, 3), (1, 90, 3), (1, 100, 2), (1, 60, 1)]


@kpi(_("Time in app, lower quartile"), **QUARTILE, example=worked("20", *ACCOUNTS))
def time_in_app_lower(records: Records) -> Decimal | None:
    """The minutes per active user and day that a quarter of the accounts do not pass."""
    return quantile(minutes_a_day(records), Decimal("0.25"))


@kpi(_("Time in app, median"), **QUARTILE, example=worked("30", *ACCOUNTS))
def time_in_app_median(records: Records) -> Decimal | None:
    """The minutes per active user and day that half of the accounts do not pass."""
    return median(minutes_a_day(records))


@kpi(_("Time in app, upper quartile"), **QUARTILE, example=worked("50", *ACCOUNTS))
def time_in_app_upper(records: Records) -> Decimal | None:
    """The minutes per active user and day that three quarters of the accounts do not pass."""
    return quantile(minutes_a_day(records), Decimal("0.75"))


def intervals(question: Question) -> list[tuple[date, date]]:
    """The full intervals of a period: the days of a week, the weeks of a month, the months of a quarter or year."""
    period = question.period
    if period.kind is PeriodKind.WEEK:
        return [(period.start + timedelta(days=n), period.start + timedelta(days=n)) for n in range(period.days)]
    if period.kind is PeriodKind.MONTH:
        first = period.start + timedelta(days=(question.workspace.week_start - period.start.weekday()) % 7)
        weeks = [(first + timedelta(days=7 * n), first + timedelta(days=7 * n + 6)) for n in range(5)]
        return [week for week in weeks if week[1] <= period.last]
    month = type(period).of(question.workspace, PeriodKind.MONTH, period.start)
    months = [month.moved(n) for n in range(12)]
    return [(each.start, each.last) for each in months if each.last <= period.last]


# Days with use that an interval of so many days takes: daily use, 3 of 7 days, 12 of a month.
TARGETS = {1: 1, 7: 3}
MONTHLY_TARGET = 12


def reached(question: Question) -> Records:
    """Customers of each full interval, 1 where they used it on as many days as they should."""
    ledger, used, end, found = question.ledger, question.once(use), question.period.last, []
    for first, last in intervals(question):
        target = TARGETS.get((last - first).days + 1, MONTHLY_TARGET)
        ends = (end - last).days, (end - first).days
        there = ledger.on(first)
        for account in ledger.on(last):
            if account in there:
                n = used[account].between(*ends) if account in used else 0
                found.append(Record(account, last, int(n >= target)))
    return found


@kpi(
    _("Product usage rate"),
    records=reached,
    **SHARE | {"nothing": _("no full interval with customers yet"), "grows": True},
    basis=REACHED,
    example=worked("0.6", (6, 1), (4, 0)),
)
def usage_rate(records: Records) -> Decimal | None:
    """Share of customers that used the product on the target days of each full interval: of a week every day, of a
    month 3 days of each week, of a quarter or year 12 days of each month."""
    return quotient(records)


def first_values(question: Question) -> Records:
    """Accounts that first reached the workspace's first value in the period, with the days since their start."""
    workspace, period, ledger = question.workspace, question.period, question.ledger
    if not workspace.first_value:
        return question.unset(str(_("no first-value event is chosen")))
    rows = AccountDay.objects.of(workspace).known(question.book.known).filter(day__lte=period.last)
    rows = rows.filter(Q(name=workspace.first_value) | Q(feature=workspace.first_value)).values("account_id")
    firsts = rows.order_by("account_id").annotate(first=Min("day")).filter(first__gte=period.start)
    found = []
    for account, day in firsts.values_list("account_id", "first"):
        terms = ledger.terms.get(account)
        if terms and terms[0].start <= day:
            found.append(Record(account, day, (day - terms[0].start).days))
    return found


@kpi(
    _("Time to first value"),
    unit=Unit.DAYS,
    direction=Direction.LOWER,
    records=first_values,
    nothing=_("nobody reached it in the period"),
    basis=FIRST_VALUES,
    example=worked("10", (1, 4), (1, 10), (1, 30)),
    of_each=True,
)
def time_to_first_value(records: Records) -> Decimal | None:
    """Median days from the start of the first term to the first-value event, of the accounts that reached it in the
    period."""
    return median([record.part for record in records])
