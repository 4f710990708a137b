"""Which comments are wanted: answers to surveys and remarks made unasked, as they are believed now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When, Window
from django.db.models.functions import Abs, Cast, Lag, Round

from accounts.models import Feedback, Survey, SurveyKind, SurveyResponse, Workspace
from accounts.models.ids import Ids
from accounts.search import Typed, phrase, words

EXACT: Any = DecimalField(max_digits=30, decimal_places=16)
# Answers on the scale 0–10: up to LOW is low, from HIGH on high; so far from the one before is unusual.
LOW, HIGH, UNUSUAL = 6, 9, 4
LEVELS = {"low": Q(scale__lte=LOW), "middle": Q(scale__gt=LOW, scale__lt=HIGH), "high": Q(scale__gte=HIGH)}
ASKED, UNASKED = tuple(SurveyKind.values), tuple(Feedback.Kind.values)


@dataclass(frozen=True)
class Span:
    """Local days, half-open."""

    first: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.first).days

    @property
    def last(self) -> date:
        """The newest day of it."""
        return self.until - timedelta(days=1)

    def before(self) -> Span:
        """As many days that end where it begins."""
        return Span(self.first - timedelta(days=self.days), self.first)

    def from_before(self) -> Span:
        """With as many days before it."""
        return Span(self.before().first, self.until)


def everybody(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The book of all accounts."""
    return rows


@dataclass(frozen=True)
class Choice:
    """What a reader chose; empty is all. `book` narrows rows to the accounts looked at, `kind` is one of a survey or
    of feedback, `speechless` adds answers without a comment. Unusual answers may be without one."""

    workspace: Workspace
    book: Callable[[QuerySet[Any]], QuerySet[Any]] = everybody
    span: Span | None = None
    account: int | None = None
    kind: str = ""
    survey: str = ""
    topic: str = ""
    levels: tuple[str, ...] = ()
    unusual: bool = False
    unresolved: bool = False
    speechless: bool = False
    query: str = ""
    theme: str = ""
    _made: dict[str, Ids] = field(default_factory=dict, compare=False, repr=False)

    def but(self, **changes: Any) -> Choice:
        return replace(self, **changes)

    @property
    def has_answers(self) -> bool:
        """Whether answers to surveys can be among them."""
        return not (self.topic or self.unresolved or self.kind in UNASKED)

    @property
    def has_remarks(self) -> bool:
        """Whether what was said unasked can be among them."""
        return not (self.survey or self.levels or self.unusual or self.kind in ASKED)

    def answers(self) -> QuerySet[Any]:
        """The answers chosen, with `said` (the comment), `turned` (the score, the highest the best), `scale` (the same
        on 0–10) and `previous` (the scale of the same contact's last answer of the kind)."""
        rows = self._common(answers_of(self.workspace).annotate(said=F("comment")), "comment")
        if not self.has_answers:
            return rows.none()
        if not (self.speechless or self.unusual):
            rows = rows.filter(comment__gt="")
        if self.survey:
            rows = rows.filter(survey=self.survey)
        if self.levels:
            rows = rows.filter(_any(LEVELS[level] for level in self.levels))
        return rows.filter(pk__among=self._unusual()) if self.unusual else rows

    def remarks(self) -> QuerySet[Any]:
        """What was said unasked and is chosen, with `said`."""
        rows = self._common(Feedback.objects.of(self.workspace).current().annotate(said=F("text")), "text")
        if not self.has_remarks:
            return rows.none()
        if self.topic:
            rows = rows.filter(topic=self.topic)
        return rows.filter(kind=Feedback.Kind.COMPLAINT, resolved_on=None) if self.unresolved else rows

    def _unusual(self) -> Ids:
        """All unusual answers of the workspace, found once for this choice and what is made of it."""
        if "unusual" not in self._made:
            self._made["unusual"] = unusual(self.workspace)
        return self._made["unusual"]

    def _common(self, rows: QuerySet[Any], column: str) -> QuerySet[Any]:
        rows = self.book(rows)
        if self.span:
            start_of = self.workspace.start_of
            rows = rows.filter(occurred_at__gte=start_of(self.span.first), occurred_at__lt=start_of(self.span.until))
        if self.account:
            rows = rows.filter(account_id=self.account)
        if self.kind:
            rows = rows.filter(kind=self.kind)
        for query in (Typed(self.query) if self.query else None, phrase(self.theme) if self.theme else None):
            if query is not None:
                rows = rows.alias(words=words(column)).filter(words=query)
        return rows


def answers_of(workspace: Workspace) -> QuerySet[Any]:
    """All answers that are believed now, with `turned`, `scale` and `previous`."""
    return _scaled(workspace).annotate(previous=of_previous(workspace, "scale"))


def of_previous(workspace: Workspace, column: str) -> Subquery:
    """A column of the same contact's last answer of the same kind of survey."""
    before = Q(occurred_at__lt=OuterRef("occurred_at")) | Q(occurred_at=OuterRef("occurred_at"), pk__lt=OuterRef("pk"))
    same = {name: OuterRef(name) for name in ("account_id", "person", "kind")}
    earlier = _scaled(workspace).filter(before, **same).exclude(person="").order_by("-occurred_at", "-pk")
    return Subquery(earlier.values(column)[:1])


def unusual(workspace: Workspace) -> Ids:
    """The answers that are far from the same contact's last answer of the same kind. One query over all answers:
    looking up the last one of each would ask for most of them many times."""
    answers = _scaled(workspace).exclude(person="")
    last = Window(Lag("scale"), partition_by=["account_id", "person", "kind"], order_by=["occurred_at", "pk"])
    far = answers.annotate(jump=Abs(F("scale") - last)).filter(jump__gte=UNUSUAL)
    return Ids(far.order_by("pk").values_list("pk", flat=True))


def _scaled(workspace: Workspace) -> QuerySet[Any]:
    """Answers with `turned` and `scale`. Four digits: differences of whole points stay whole points."""
    score, bottom, top = (Cast(name, EXACT) for name in ("score", "scale_min", "scale_max"))
    worst_is_highest = Exists(Survey.objects.of(workspace).filter(key=OuterRef("survey"), is_reversed=True))
    turned = Case(When(worst_is_highest, then=bottom + top - score), default=score, output_field=EXACT)
    rows = SurveyResponse.objects.of(workspace).current().annotate(turned=turned)
    return rows.annotate(scale=Round((F("turned") - bottom) * Value(10) / (top - bottom), 4, output_field=EXACT))  # type: ignore[no-any-return]


def _any(conditions: Any) -> Q:
    found = Q()
    for condition in conditions:
        found |= condition
    return found
