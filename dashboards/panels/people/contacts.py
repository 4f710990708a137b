"""Who is there: their part, when they were last seen in the product, what they answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, F, IntegerField, Max, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Contact, SurveyKind, SurveyResponse
from dashboards.export import Field
from dashboards.panels.account_tables import WAY, Cells, Column, Place, Shown, TableKind, a_way, coming_back
from dashboards.panels.entries import ENTRIES, way_to_act, way_to_correct
from dashboards.panels.feedback.words import BANDS, level_of, score_text
from dashboards.panels.lists import page_with
from dashboards.templatetags.figures import day, days_ago
from metrics.feedback.choice import answers_of
from metrics.models import ContactDay

SEEN_WITHIN = 365
ASKED = (SurveyKind.NPS, SurveyKind.CSAT)
IMPORTANCE = {Contact.Part.CHAMPION: 0, Contact.Part.DECISION_MAKER: 1}

Answers = dict[tuple[str, str], Any]


def _rows(place: Place) -> Any:
    """Who is there before who left, and who matters before the others."""
    weight = Case(
        *(When(part=part, then=Value(n)) for part, n in IMPORTANCE.items()),
        default=Value(2),
        output_field=IntegerField(),
    )
    found = Contact.objects.of(place.workspace).current().filter(account_id=place.account.pk, is_internal=False)
    return found.annotate(weight=weight).order_by(F("left_on").desc(nulls_first=True), "weight", "name", "pk")


def page_of(place: Place, person: int) -> int:
    """On which page of the table somebody stands."""
    return page_with(person, list(_rows(place).values_list("pk", flat=True)))


def _columns(place: Place) -> tuple[Column, ...]:
    answer = (Field(_("Score")), Field(_("of")), Field(_("Answered")))
    return (
        Column(_("Name"), (Field(_("Name")), Field(_("E-mail")))),
        Column(_("Part"), (Field(_("Part")), Field(_("Left")))),
        Column(_("Last seen"), anchor="measure-usage.usage_frequency"),
        Column(_("Recommends"), answer, anchor="measure-sentiment.recommendation"),
        Column(_("Satisfied"), answer, anchor="measure-support.support_csat"),
        Column(_("Last words"), is_wide=True),
        WAY,
    )


def _cells(place: Place, rows: Sequence[Any]) -> list[Cells]:
    """Two queries: the last day of use of each, the latest answers of each."""
    seen, answers = _seen(place, rows), _answers(place, rows)
    return [
        (
            Shown(
                row.name or row.email,
                (row.name, row.email),
                note=row.email if row.name else "",
                anchor=f"person-{row.pk}",
            ),
            _part(place, row),
            _last_seen(place, _newest(seen.get(name) for name in _names(row))),
            *(_answer(place, _latest(answers, row, kind)) for kind in ASKED),
            _words(place, [_latest(answers, row, kind) for kind in ASKED]),
            a_way(place, way_to_correct(place.workspace, row)),
        )
        for row in rows
    ]


def _names(row: Any) -> tuple[str, ...]:
    """By what other facts call this person."""
    return tuple(name for name in dict.fromkeys((row.external_id, row.email, row.name)) if name)


def _seen(place: Place, rows: Sequence[Any]) -> dict[str, date]:
    names = {name for row in rows for name in _names(row)}
    days = ContactDay.objects.of(place.workspace).known(place.today)
    days = days.filter(account_id=place.account.pk, day__gt=place.today - timedelta(days=SEEN_WITHIN), person__in=names)
    return dict(days.order_by().values("person").annotate(last=Max("day")).values_list("person", "last"))


def _answers(place: Place, rows: Sequence[Any]) -> Answers:
    """The latest answer of each person to each kind of survey."""
    names = {name for row in rows for name in _names(row)}
    found = answers_of(place.workspace).filter(account_id=place.account.pk, person__in=names, kind__in=ASKED)
    newest = found.order_by("person", "kind", "-occurred_at", "-pk").distinct("person", "kind")
    return {(answer.person, answer.kind): answer for answer in newest}


def _latest(answers: Answers, row: Any, kind: str) -> SurveyResponse | None:
    found = [answers[name, kind] for name in _names(row) if (name, kind) in answers]
    return max(found, key=lambda answer: answer.occurred_at, default=None)


def _newest(days: Iterable[date | None]) -> date | None:
    return max((each for each in days if each), default=None)


def _part(place: Place, row: Any) -> Shown:
    part = str(row.get_part_display())
    if row.left_on is None:
        act = way_to_act(place.workspace, ENTRIES["contact"], row) if row.part in IMPORTANCE and place.writes else None
        return Shown(part, (part, None), link=coming_back(place, act), is_form=True)
    left = _("left %(day)s") % {"day": day(row.left_on, place.today)}
    champion = row.part == Contact.Part.CHAMPION
    return Shown(part, (part, row.left_on), tag=left, tag_band="red" if champion else "")


def _last_seen(place: Place, last: date | None) -> Shown:
    if last is None:
        return Shown(_("not in a year"), (None,))
    return Shown(days_ago(last, place.today), (last,))


def _answer(place: Place, answer: Any) -> Shown:
    if answer is None:
        return Shown("–", (None, None, None))
    at = place.workspace.day_of(answer.occurred_at)
    text = score_text(answer.score, answer.scale_max)
    return Shown(text, (answer.score, answer.scale_max, at), day(at, place.today), BANDS[level_of(answer.scale)])


def _words(place: Place, answers: Sequence[Any]) -> Shown:
    said = [answer for answer in answers if answer is not None and answer.comment]
    newest = max(said, key=lambda answer: answer.occurred_at, default=None)
    return Shown(f"“{newest.comment}”" if newest else "", (newest.comment if newest else "",))


CONTACTS = TableKind(
    "contacts",
    gettext_lazy("People"),
    gettext_lazy("Here stands who is there: champions, decision makers, users. Nobody has been named yet."),
    _columns,
    _rows,
    _cells,
    add="contact",
)
