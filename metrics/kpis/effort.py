"""What customer success does for whom, and how the book stands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Touch
from metrics.formulas.rates import ratio
from metrics.kpis.answers import Question
from metrics.kpis.ledger import WHO_PAYS
from metrics.kpis.sums import quotient, total
from metrics.models import Band, ScoreSnapshot
from metrics.models.snapshot import UNIT
from metrics.registry import Basis, Direction, Record, Records, Side, Unit, kpi, worked

NO_SCORE = _("no account is scored")
ACCOUNT, PAID, SCORED = _("account"), _("MRR"), ("scores",)
TOUCHED = Basis(_("touch"), Side(_("minutes"), Unit.MINUTES), None, ("touches",))
CUSTOMERS = Side(_("customers"))
TOUCHES_EACH = Basis(_("touch"), Side(_("touches")), CUSTOMERS, ("touches", *WHO_PAYS))
MINUTES_EACH = Basis(_("touch"), Side(_("minutes"), Unit.MINUTES), CUSTOMERS, ("touches", *WHO_PAYS))
BANDS = Basis(ACCOUNT, Side(_("accounts")), Side(PAID, Unit.MONEY), SCORED)
SCORES = Basis(ACCOUNT, Side(_("score × MRR"), Unit.MONEY, UNIT * UNIT), Side(PAID, Unit.MONEY, UNIT), SCORED)
UNSCORED = " unscored"


def touched(question: Question) -> Records:
    """The touches of the period, with their minutes."""
    workspace = question.workspace
    rows = Touch.objects.of(workspace).known(workspace, question.book.known).filter(**question.within())
    return [
        Record(account, workspace.day_of(moment), minutes or 0, 0, fact)
        for account, moment, minutes, fact in rows.order_by("occurred_at", "pk").values_list(
            "account_id", "occurred_at", "minutes", "external_id"
        )
    ]


@kpi(
    _("Touches"),
    unit=Unit.COUNT,
    direction=None,
    records=touched,
    basis=TOUCHED,
    example=worked(
        "3", (1, 45, 0), (1, 30, 0), (1, 0, 0), in_words=_("a meeting of 45 minutes, a call of 30 and a mail")
    ),
)
def touches(records: Records) -> Decimal | None:
    """Calls, meetings, mails, chats, trainings and reviews of the period."""
    return Decimal(sum(record.n for record in records))


@kpi(
    _("Minutes of touches"),
    unit=Unit.MINUTES,
    direction=None,
    records=touched,
    basis=TOUCHED,
    example=worked("75", (1, 45, 0), (1, 30, 0), (1, 0, 0)),
)
def minutes(records: Records) -> Decimal | None:
    """The minutes of the touches of the period; those that tell none count 0."""
    return total(records)


def spent_on_customers(minutes: bool) -> Callable[[Question], Records]:
    """The touches of the period, or their minutes, and the customers of its last day."""

    def records(question: Question) -> Records:
        last = question.period.last
        customers = [Record(account, last, 0, 1, what="customer") for account in question.ledger.on(last)]
        return [*(r if minutes else r._replace(part=1) for r in question.once(touched)), *customers]

    return records


EACH: dict[str, Any] = {"direction": None, "nothing": _("no customers")}


@kpi(
    _("Touches per customer"),
    unit=Unit.TIMES,
    records=spent_on_customers(minutes=False),
    basis=TOUCHES_EACH,
    example=worked("1.5", (6, 1, 0), (4, 0, 1)),
    **EACH,
)
def touches_per_customer(records: Records) -> Decimal | None:
    """Touches of the period ÷ customers of its last day."""
    return quotient(records)


@kpi(
    _("Minutes per customer"),
    unit=Unit.MINUTES,
    records=spent_on_customers(minutes=True),
    basis=MINUTES_EACH,
    example=worked("30", (3, 40, 0), (4, 0, 1)),
    **EACH,
)
def minutes_per_customer(records: Records) -> Decimal | None:
    """Minutes of the touches of the period ÷ customers of its last day."""
    return quotient(records)


def standing(question: Question) -> Records:
    """The scores of the last day: each account's band, its score × MRR and its MRR."""
    rows = ScoreSnapshot.objects.of(question.workspace).published().filter(day=question.period.last)
    fields = ("account_id", "band", "score_units", "mrr_units")
    return [
        Record(account, question.period.last, (score or 0) * (mrr or 0), mrr or 0, what=_sort(band, score is not None))
        for account, band, score, mrr in rows.order_by("account_id").values_list(*fields)
    ]


def of_band(band: Band) -> Callable[[Question], Records]:
    """The accounts of one band on the last day, with their MRR."""
    sorts = {_sort(band, is_scored) for is_scored in (True, False)}

    def records(question: Question) -> Records:
        return [
            Record(r.account, r.day, 1, Decimal(r.whole) / UNIT, what=r.what)
            for r in question.once(standing)
            if r.what in sorts
        ]

    return records


@cache
def _sort(band: int, is_scored: bool) -> str:
    return f"{Band(band).name.lower()}{'' if is_scored else UNSCORED}"


def weight(records: Records) -> Decimal:
    """The MRR of the records."""
    return sum((Decimal(record.whole) for record in records), Decimal(0))


SOME = (3, 1, 500)
COUNT: dict[str, Any] = {"unit": Unit.COUNT, "grows": False, "basis": BANDS, "example": worked("3", SOME)}
MONEY: dict[str, Any] = {"unit": Unit.MONEY, "grows": False, "basis": BANDS, "example": worked("1500", SOME)}
HIGHER, LOWER = Direction.HIGHER, Direction.LOWER
GREEN, YELLOW, RED, GREY = (of_band(band) for band in (Band.GREEN, Band.YELLOW, Band.RED, Band.GREY))


@kpi(_("Healthy accounts"), records=GREEN, direction=HIGHER, **COUNT)
def healthy(records: Records) -> Decimal | None:
    """Accounts that are green on the last day of the period."""
    return total(records)


@kpi(_("Accounts at risk"), records=YELLOW, direction=LOWER, **COUNT)
def at_risk(records: Records) -> Decimal | None:
    """Accounts that are yellow on the last day of the period."""
    return total(records)


@kpi(_("Poor accounts"), records=RED, direction=LOWER, **COUNT)
def poor(records: Records) -> Decimal | None:
    """Accounts that are red on the last day of the period."""
    return total(records)


@kpi(_("Accounts without enough data"), records=GREY, direction=LOWER, **COUNT)
def unknown(records: Records) -> Decimal | None:
    """Accounts that are grey on the last day of the period."""
    return total(records)


@kpi(_("Healthy MRR"), records=GREEN, direction=HIGHER, **MONEY)
def healthy_mrr(records: Records) -> Decimal | None:
    """MRR of the accounts that are green on the last day of the period."""
    return weight(records)


@kpi(_("MRR at risk"), records=YELLOW, direction=LOWER, **MONEY)
def mrr_at_risk(records: Records) -> Decimal | None:
    """MRR of the accounts that are yellow on the last day of the period."""
    return weight(records)


@kpi(_("Poor MRR"), records=RED, direction=LOWER, **MONEY)
def poor_mrr(records: Records) -> Decimal | None:
    """MRR of the accounts that are red on the last day of the period."""
    return weight(records)


@kpi(_("MRR without enough data"), records=GREY, direction=LOWER, **MONEY)
def unknown_mrr(records: Records) -> Decimal | None:
    """MRR of the accounts that are grey on the last day of the period."""
    return weight(records)


def scored(question: Question) -> Records:
    """Score × MRR and MRR of each account that has a score."""
    return [record for record in question.once(standing) if not record.what.endswith(UNSCORED)]


@kpi(
    _("Mean score by MRR"),
    unit=Unit.SCORE,
    direction=HIGHER,
    records=scored,
    nothing=NO_SCORE,
    grows=False,
    basis=SCORES,
    example=worked(
        "50",
        (1, 80 * UNIT * 1000 * UNIT, 1000 * UNIT),
        (1, 40 * UNIT * 3000 * UNIT, 3000 * UNIT),
        in_words=_("80 points on MRR of 1,000 and 40 points on MRR of 3,000"),
    ),
)
def mean_score(records: Records) -> Decimal | None:
    """The scores of the last day of the period, each as heavy as its account's MRR."""
    mean = quotient(records)
    return None if mean is None else ratio(mean, UNIT)


def unscored(question: Question) -> Records:
    """The MRR of each account that has no score."""
    return [record for record in question.once(standing) if record.what.endswith(UNSCORED)]


@kpi(
    _("Unscored MRR"),
    unit=Unit.MONEY,
    direction=LOWER,
    records=unscored,
    grows=False,
    basis=SCORES,
    example=worked("700", (1, 0, 700 * UNIT)),
)
def unscored_mrr(records: Records) -> Decimal | None:
    """MRR of the accounts without a score on the last day of the period, which the mean leaves out."""
    return weight(records) / UNIT
