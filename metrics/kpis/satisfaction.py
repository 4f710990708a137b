"""What customers answer, and what they say without being asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Feedback, Survey, SurveyKind, SurveyResponse
from metrics.formulas import satisfaction as formulas
from metrics.formulas.rates import ratio
from metrics.kpis.answers import Question
from metrics.kpis.retention import share_interval
from metrics.kpis.sums import count, hits, quotient, total
from metrics.registry import Basis, Direction, Interval, Record, Records, Side, Unit, kpi, worked

HIGHER, LOWER = Direction.HIGHER, Direction.LOWER
NO_ANSWERS = _("no answers")
ANSWER, ANSWERS, ASKED = _("answer"), Side(_("answers")), ("survey_responses",)
PROMOTERS = Basis(ANSWER, Side(_("promoters minus detractors")), ANSWERS, ASKED)
POINTS = Basis(ANSWER, Side(_("points"), Unit.SCORE), ANSWERS, ASKED)
REMARKS = Basis(_("comment"), Side(_("comments")), None, ("feedback", *ASKED))
SPOKEN = Basis(_("feedback"), Side(_("remarks")), None, ("feedback",))
ANSWERED = Basis(_("feedback"), Side(_("resolved")), Side(_("remarks that want an answer")), ("feedback",))


def answers_that(part: Any) -> Basis:
    """Answers, of which some are of one sort."""
    return Basis(ANSWER, Side(part), ANSWERS, ASKED)


@dataclass(frozen=True, slots=True)
class Given:
    """One answer: of whom, on which day, on which scale, and the rules of its survey."""

    account: int
    day: date
    person: str
    kind: str
    score: Decimal
    bottom: int
    top: int
    positive_from: int | None
    fact: str


def given(question: Question) -> list[Given]:
    """The answers of the period, oldest first; where the highest is the worst, turned round."""
    workspace = question.workspace
    surveys = {survey.key: survey for survey in Survey.objects.of(workspace)}
    rows = SurveyResponse.objects.of(workspace).known(workspace, question.book.known).filter(**question.within())
    fields = ("account_id", "occurred_at", "person", "kind", "score", "scale_min", "scale_max", "external_id", "survey")
    return [
        _given(workspace.day_of(row[1]), row, surveys.get(row[-1]))
        for row in rows.order_by("occurred_at", "pk").values_list(*fields)
    ]


def _given(day: date, row: Any, survey: Survey | None) -> Given:
    account, _moment, person, kind, score, bottom, top, fact, _key = row
    if survey and survey.is_reversed:
        score = Decimal(formulas.reversed_answer(score, bottom, top))
    return Given(account, day, person, kind, score, bottom, top, survey.positive_from if survey else None, fact)


def of_kind(question: Question, kind: str, bottom: int | None = None, top: int | None = None) -> Iterator[Given]:
    for each in question.once(given):
        if each.kind == kind and bottom in (None, each.bottom) and top in (None, each.top):
            yield each


def latest(answers: Iterator[Given]) -> list[Given]:
    """The latest answer of each contact; one without a contact stands for itself."""
    found = {(each.account, each.person or each.fact): each for each in answers}
    return list(found.values())


def recommendations(bottom: int) -> Callable[[Question], Records]:
    """Each contact's latest answer on bottom…10: 1 promotes, −1 detracts."""

    def records(question: Question) -> Records:
        return [
            Record(each.account, each.day, _recommends(each.score), fact=each.fact)
            for each in latest(of_kind(question, SurveyKind.NPS, bottom, 10))
        ]

    return records


def _recommends(score: Decimal) -> int:
    return 1 if score >= 9 else -1 if score <= 6 else 0


def nps_of(records: Records) -> formulas.Nps:
    parts = [record.part for record in records]
    return formulas.Nps(parts.count(1), parts.count(0), parts.count(-1))


def nps_interval(records: Records) -> Interval | None:
    return nps_of(records).interval


NPS: dict[str, Any] = {
    "unit": Unit.BALANCE_100,
    "direction": HIGHER,
    "nothing": NO_ANSWERS,
    "interval": nps_interval,
    "of_each": True,
}


@kpi(_("NPS"), records=recommendations(0), **NPS, basis=PROMOTERS, example=worked("45", (60, 1), (25, 0), (15, -1)))
def nps(records: Records) -> Decimal | None:
    """Net promoter score: % of answers 9–10 minus % of answers 0–6, each contact's latest answer of the period."""
    return nps_of(records).value


@kpi(
    _("NPS, answers on 1–10"),
    records=recommendations(1),
    **NPS,
    basis=PROMOTERS,
    example=worked("20", (5, 1), (2, 0), (3, -1)),
)
def nps_from_one(records: Records) -> Decimal | None:
    """The same of surveys whose scale begins at 1: % of answers 9–10 minus % of answers 1–6. Never mixed."""
    return nps_of(records).value


def satisfied(question: Question) -> Records:
    """Answers of satisfaction, 1 where positive."""
    return [
        Record(each.account, each.day, _is_positive(each), fact=each.fact)
        for each in of_kind(question, SurveyKind.CSAT)
        if each.positive_from is not None or each.top in formulas.POSITIVE_FROM
    ]


def _is_positive(each: Given) -> int:
    return formulas.positive([each.score], each.top, each.positive_from)


SHARE: dict[str, Any] = {"unit": Unit.RATIO, "direction": HIGHER, "nothing": NO_ANSWERS, "interval": share_interval}


@kpi(_("CSAT"), records=satisfied, **SHARE, basis=answers_that(_("positive")), example=worked("0.8", (40, 1), (10, 0)))
def csat(records: Records) -> Decimal | None:
    """Positive answers ÷ answers; positive is 6 or more of 10, 4 or more of 5, or as the survey says. Answers on other
    scales count where their survey says what is positive."""
    return formulas.csat(int(hits(records)), int(count(records)))


def eased(top: int) -> Callable[[Question], Records]:
    """Answers of effort on 1…top, 1 where it was easy."""
    return lambda question: [
        Record(each.account, each.day, formulas.easy([each.score], top), fact=each.fact)
        for each in of_kind(question, SurveyKind.CES, 1, top)
    ]


def effort(top: int) -> Callable[[Question], Records]:
    """Answers of effort on 1…top."""
    return lambda question: [
        Record(each.account, each.day, each.score, fact=each.fact) for each in of_kind(question, SurveyKind.CES, 1, top)
    ]


@kpi(_("CES, on 1–7"), records=eased(7), **SHARE, basis=answers_that(_("easy")), example=worked("0.8", (8, 1), (2, 0)))
def ces(records: Records) -> Decimal | None:
    """Customer effort score: answers 5–7 ÷ answers on 1–7, turned round first where the highest is the worst."""
    return formulas.effort_share(int(hits(records)), int(count(records)))


MEAN: dict[str, Any] = {"unit": Unit.SCORE, "direction": HIGHER, "nothing": NO_ANSWERS, "of_each": True}


@kpi(
    _("CES, mean on 1–7"),
    records=effort(7),
    **MEAN,
    basis=POINTS,
    example=worked("5.5", (2, 7), (2, 4)),
)
def ces_mean(records: Records) -> Decimal | None:
    """The mean answer on 1–7, high is easy."""
    return formulas.effort_mean([record.part for record in records])


@kpi(_("CES, on 1–5"), records=eased(5), **SHARE, basis=answers_that(_("easy")), example=worked("0.8", (8, 1), (2, 0)))
def ces_of_five(records: Records) -> Decimal | None:
    """Customer effort score: answers 4–5 ÷ answers on 1–5, turned round first where the highest is the worst."""
    return formulas.effort_share(int(hits(records)), int(count(records)))


@kpi(
    _("CES, mean on 1–5"),
    records=effort(5),
    **MEAN,
    basis=POINTS,
    example=worked("4", (2, 5), (2, 3)),
)
def ces_mean_of_five(records: Records) -> Decimal | None:
    """The mean answer on 1–5, high is easy."""
    return formulas.effort_mean([record.part for record in records])


def confirmed(question: Question) -> Records:
    """Answers to "is your problem solved", 1 where they are in the upper half of their scale."""
    return [
        Record(each.account, each.day, int(2 * each.score > each.bottom + each.top), fact=each.fact)
        for each in of_kind(question, SurveyKind.RESOLVED)
    ]


@kpi(
    _("Resolution confirmed"),
    records=confirmed,
    **SHARE,
    basis=answers_that(_("solved")),
    example=worked("0.75", (3, 1), (1, 0)),
)
def resolution_confirmed(records: Records) -> Decimal | None:
    """Answers that say "my problem is solved" ÷ answers; on a longer scale, its upper half."""
    return quotient(records)


def remarks(question: Question) -> Records:
    """What was said in the period: feedback of every kind, and answers with a comment."""
    workspace = question.workspace
    found = []
    for model, said in ((Feedback, {}), (SurveyResponse, {"comment__gt": ""})):
        rows = model.objects.of(workspace).known(workspace, question.book.known).filter(**question.within(), **said)
        for account, moment, fact in rows.order_by("pk").values_list("account_id", "occurred_at", "external_id"):
            found.append(Record(account, workspace.day_of(moment), 1, 0, fact))
    return found


@kpi(_("Comments"), unit=Unit.COUNT, direction=None, records=remarks, basis=REMARKS, example=worked("3", (3, 1, 0)))
def comments(records: Records) -> Decimal | None:
    """Feedback of every kind, and survey answers with a comment."""
    return total(records)


def spoken(question: Question) -> Records:
    """The feedback of the period; what it is: its kind, and its topic behind that."""
    workspace = question.workspace
    rows = Feedback.objects.of(workspace).known(workspace, question.book.known).filter(**question.within())
    fields = ("account_id", "occurred_at", "external_id", "kind", "topic")
    return [
        Record(account, workspace.day_of(moment), 1, 0, fact, f"{kind} {topic.strip().lower()}")
        for account, moment, fact, kind, topic in rows.order_by("pk").values_list(*fields)
    ]


def of_sort(kind: str = "", topic: str = "") -> dict[str, Any]:
    """A count of the feedback of a kind, or on a topic."""

    def is_meant(record: Record) -> bool:
        its_kind, its_topic = record.what.split(" ", 1)
        return kind == its_kind or topic == its_topic != ""

    def records(question: Question) -> Records:
        return [record for record in question.once(spoken) if is_meant(record)]

    return {"unit": Unit.COUNT, "records": records, "basis": SPOKEN, "example": worked("3", (3, 1, 0))}


@kpi(_("Praise"), direction=HIGHER, **of_sort(kind=Feedback.Kind.PRAISE))
def praise(records: Records) -> Decimal | None:
    """Feedback of the period that praises."""
    return total(records)


@kpi(_("Problems"), direction=LOWER, **of_sort(kind=Feedback.Kind.PROBLEM))
def problems(records: Records) -> Decimal | None:
    """Feedback of the period that tells a problem."""
    return total(records)


@kpi(_("Requests"), direction=None, **of_sort(kind=Feedback.Kind.REQUEST))
def requests(records: Records) -> Decimal | None:
    """Feedback of the period that asks for something."""
    return total(records)


@kpi(_("Complaints"), direction=LOWER, **of_sort(kind=Feedback.Kind.COMPLAINT))
def complaints(records: Records) -> Decimal | None:
    """Complaints of the period."""
    return total(records)


@kpi(_("Feedback on the product"), direction=None, **of_sort(topic="product"))
def about_product(records: Records) -> Decimal | None:
    """Feedback of the period whose topic is the product."""
    return total(records)


@kpi(_("Feedback on the service"), direction=None, **of_sort(topic="service"))
def about_service(records: Records) -> Decimal | None:
    """Feedback of the period whose topic is the service."""
    return total(records)


@kpi(_("Feedback on the brand"), direction=None, **of_sort(topic="brand"))
def about_brand(records: Records) -> Decimal | None:
    """Feedback of the period whose topic is the brand."""
    return total(records)


@kpi(_("Feedback on people"), direction=None, **of_sort(topic="people"))
def about_people(records: Records) -> Decimal | None:
    """Feedback of the period whose topic is people."""
    return total(records)


def answered(question: Question) -> Records:
    """Complaints, problems and requests of the period, 1 where they are resolved."""
    workspace = question.workspace
    asked = [Feedback.Kind.COMPLAINT, Feedback.Kind.PROBLEM, Feedback.Kind.REQUEST]
    rows = Feedback.objects.of(workspace).known(workspace, question.book.known)
    rows = rows.filter(**question.within(), kind__in=asked)
    return [
        Record(account, workspace.day_of(moment), int(resolved is not None), fact=fact)
        for account, moment, resolved, fact in rows.order_by("pk").values_list(
            "account_id", "occurred_at", "resolved_on", "external_id"
        )
    ]


@kpi(
    _("Feedback answered"),
    records=answered,
    **SHARE | {"nothing": _("no complaint, problem or request")},
    basis=ANSWERED,
    example=worked("0.6", (6, 1), (4, 0)),
)
def feedback_answered(records: Records) -> Decimal | None:
    """Complaints, problems and requests of the period that are resolved ÷ all of them."""
    return ratio(hits(records), count(records))
