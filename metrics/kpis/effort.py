"""What customer success does for whom, and how the book stands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Touch
from metrics.formulas.rates import ratio
from metrics.kpis.answers import Question
from metrics.kpis.sums import quotient, total
from metrics.models import Band, ScoreSnapshot
from metrics.models.snapshot import UNIT
from metrics.registry import Direction, Record, Records, Unit, kpi

NO_SCORE = _("no account is scored")


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


@kpi(_("Touches"), unit=Unit.COUNT, direction=None, records=touched)
def touches(records: Records) -> Decimal | None:
    """Calls, meetings, mails, chats, trainings and reviews of the period."""
    return Decimal(len(records))


@kpi(_("Minutes of touches"), unit=Unit.MINUTES, direction=None, records=touched)
def minutes(records: Records) -> Decimal | None:
    """The minutes of the touches of the period; those that tell none count 0."""
    return total(records)


def standing(question: Question) -> Records:
    """The scores of the last day: each account's band, its score × MRR and its MRR."""
    rows = ScoreSnapshot.objects.of(question.workspace).published().filter(day=question.period.last)
    fields = ("account_id", "band", "score_units", "mrr_units")
    return [
        Record(account, question.period.last, (score or 0) * (mrr or 0), mrr or 0, what=_sort(band, score, mrr))
        for account, band, score, mrr in rows.order_by("account_id").values_list(*fields)
    ]


def _sort(band: int, score: int | None, mrr: int | None) -> str:
    return f"{Band(band).name.lower()}{'' if score is not None else ' unscored'}"


def of_band(band: Band) -> Callable[[Question], Records]:
    """The accounts of one band on the last day, with their MRR."""
    name = band.name.lower()

    def records(question: Question) -> Records:
        return [
            Record(r.account, r.day, 1, Decimal(r.whole) / UNIT, what=r.what)
            for r in question.once(standing)
            if r.what.split()[0] == name
        ]

    return records


def weight(records: Records) -> Decimal:
    """The MRR of the records."""
    return sum((Decimal(record.whole) for record in records), Decimal(0))


COUNT: dict[str, Any] = {"unit": Unit.COUNT, "grows": False}
MONEY: dict[str, Any] = {"unit": Unit.MONEY, "grows": False}
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
    return [record for record in question.once(standing) if not record.what.endswith(" unscored")]


@kpi(_("Mean score by MRR"), unit=Unit.SCORE, direction=HIGHER, records=scored, nothing=NO_SCORE, grows=False)
def mean_score(records: Records) -> Decimal | None:
    """The scores of the last day of the period, each as heavy as its account's MRR."""
    mean = quotient(records)
    return None if mean is None else ratio(mean, UNIT)


def unscored(question: Question) -> Records:
    """The MRR of each account that has no score."""
    return [record for record in question.once(standing) if record.what.endswith(" unscored")]


@kpi(_("Unscored MRR"), unit=Unit.MONEY, direction=LOWER, records=unscored, grows=False)
def unscored_mrr(records: Records) -> Decimal | None:
    """MRR of the accounts without a score on the last day of the period, which the mean leaves out."""
    return weight(records) / UNIT
