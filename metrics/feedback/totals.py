"""What the chosen comments amount to: how many, of how many accounts, their NPS and CSAT."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, Count, F, Q, When

from accounts.models import Feedback, Survey, SurveyKind
from metrics.feedback.choice import Choice
from metrics.formulas.rates import wilson
from metrics.formulas.satisfaction import POSITIVE_FROM, Nps, csat, positive


@dataclass(frozen=True)
class Share:
    """Hits among n cases, with Wilson's 95 % interval."""

    hits: int
    n: int

    @property
    def value(self) -> Decimal | None:
        return csat(self.hits, self.n)

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.hits, self.n)


@dataclass(frozen=True)
class Totals:
    """`nps_from_one` is of answers on 1–10, which are never mixed with those on 0–10."""

    answers: int
    remarks: int
    accounts: int
    complaints: int
    unresolved: int
    nps: Nps
    nps_from_one: Nps
    satisfied: Share

    @property
    def comments(self) -> int:
        return self.answers + self.remarks


def totals_of(choice: Choice) -> Totals:
    """Five queries, however many comments."""
    answers, remarks = choice.answers(), choice.remarks()
    complaint = Q(kind=Feedback.Kind.COMPLAINT)
    told = remarks.aggregate(
        n=Count("pk"),
        complaints=Count("pk", filter=complaint),
        unresolved=Count("pk", filter=complaint & Q(resolved_on=None)),
    )
    # Each distinct by itself: where one side is known to be empty, no union is left to make it so.
    whose = [rows.order_by().values("account_id").distinct() for rows in (answers, remarks)]
    recommendations = _recommendations(choice)
    return Totals(
        answers=answers.count(),
        remarks=told["n"],
        accounts=whose[0].union(whose[1]).count(),
        complaints=told["complaints"],
        unresolved=told["unresolved"],
        nps=Nps.of([score for bottom, score in recommendations if bottom == 0]),
        nps_from_one=Nps.of([score for bottom, score in recommendations if bottom == 1], lowest=1),
        satisfied=_satisfied(choice),
    )


def _recommendations(choice: Choice) -> list[tuple[int, Decimal]]:
    """Where the scale begins, and the score, of each contact's latest answer among the chosen ones."""
    who = Case(When(person="", then=F("external_id")), default=F("person"))
    rows = choice.answers().filter(kind=SurveyKind.NPS, scale_max=10, scale_min__in=(0, 1)).annotate(who=who)
    latest = rows.order_by("account_id", "scale_min", "who", "-occurred_at", "-pk")
    latest = latest.distinct("account_id", "scale_min", "who")
    return [(bottom, score) for bottom, score, _who in latest.values_list("scale_min", "turned", "who")]


def _satisfied(choice: Choice) -> Share:
    """Positive answers of satisfaction; on scales without a rule those count whose survey says what is positive."""
    rules = dict(Survey.objects.of(choice.workspace).values_list("key", "positive_from"))
    rows = choice.answers().filter(kind=SurveyKind.CSAT).order_by()
    hits = total = 0
    for survey, top, score, n in rows.values_list("survey", "scale_max", "turned").annotate(n=Count("pk")):
        least = rules.get(survey)
        if least is not None or top in POSITIVE_FROM:
            hits += n * positive([score], top, least)
            total += n
    return Share(hits, total)
