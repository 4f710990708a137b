"""Comments as a list reads: who said what about what, when, and how it was meant; pages by key."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet, Value
from django.urls import reverse

from accounts.ingest.rereading import internal_people
from accounts.models import Feedback, SurveyKind, SurveyResponse, Workspace
from accounts.search import Typed, marked, phrase, pieces
from dashboards.panels import cursor
from dashboards.panels.cursor import Key
from dashboards.panels.feedback.words import BANDS, level_of, score_text, state_text
from dashboards.panels.lists import PAGE_SIZE
from metrics.feedback.choice import UNUSUAL, Choice, of_previous

ANSWER, REMARK = 0, 1
LONGEST = 2_000
COMMON = (
    "pk", "at", "account_id", "account__name", "account__segment", "account__owner__user__name",
    "account__owner__user__email", "person", "kind", "said",
)  # fmt: skip
OF_ANSWERS = ("survey", "score", "scale_max", "scale", "previous", "previous_score", "previous_most", "both")
OF_REMARKS = ("topic", "resolved_on")
BAD = (Feedback.Kind.PROBLEM, Feedback.Kind.COMPLAINT)


Pieces = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Item:
    """One comment. `band` and `label` say how it was meant; `before` is what the same contact answered before, where
    this is unusual; `state` is that of a complaint; `both` marks who answered on both sides of a release."""

    day: date
    band: str
    label: str
    title: str
    topic: str
    pieces: Pieces
    account: str
    account_url: str
    more_url: str
    segment: str
    csm: str
    person: str
    is_ours: bool
    before: str = ""
    state: str = ""
    both: bool = False


@dataclass(frozen=True)
class Known:
    """What the words of a list need besides its rows: today, names of surveys, the way to all that an
    account said, our own people."""

    workspace: Workspace
    today: date
    surveys: Mapping[str, str]
    more: Callable[[int], str]

    @cached_property
    def _ours(self) -> set[str]:
        return set(internal_people(self.workspace))

    def is_ours(self, person: str) -> bool:
        """Whether one of our own people said it."""
        _name, at, domain = person.rpartition("@")
        return person in self._ours or (bool(at) and domain.lower() in self.workspace.own_domains)


Row = tuple[Key, dict[str, Any]]


def items_of(choice: Choice, known: Known, after: str, both: Any = None) -> tuple[tuple[Item, ...], str]:
    """A page of the comments after a cursor, and the cursor of the next page. `both` marks answers. Five queries at
    most. Raises CursorError."""
    key = cursor.read(after)
    sides = (
        _listed(answers_listed(choice, both), ANSWER, key),
        _listed(remarks_listed(choice), REMARK, key),
    )
    page = list(heapq.merge(*sides, key=lambda row: row[0], reverse=True))[: PAGE_SIZE + 1]
    shown = page[:PAGE_SIZE]
    found = _found(choice, shown)
    items = tuple(_item(row, found.get((key[1], key[2])), known) for key, row in shown)
    return items, cursor.write(shown[-1][0]) if len(page) > PAGE_SIZE else ""


def answers_listed(choice: Choice, both: Any = None) -> QuerySet[Any]:
    """Answers with all that a list says of them, newest first."""
    rows = choice.answers().annotate(
        at=F("occurred_at"),
        previous_score=of_previous(choice.workspace, "score"),
        previous_most=of_previous(choice.workspace, "scale_max"),
        both=Value(False) if both is None else both,
    )
    return rows.order_by("-occurred_at", "-pk").values(*COMMON, *OF_ANSWERS)


def remarks_listed(choice: Choice) -> QuerySet[Any]:
    """Remarks with all that a list says of them, newest first."""
    rows = choice.remarks().annotate(at=F("occurred_at"))
    return rows.order_by("-occurred_at", "-pk").values(*COMMON, *OF_REMARKS)


def _listed(rows: QuerySet[Any], place: int, key: Key | None) -> Iterator[Row]:
    if key is not None:
        rows = rows.alias(ordinal=F("pk")).filter(cursor.earlier(place, key))
    return (((row["at"], place, row["pk"]), row) for row in rows[: PAGE_SIZE + 1])


def _found(choice: Choice, shown: list[Row]) -> dict[tuple[int, int], str]:
    """The texts of a page with what was searched for marked."""
    queries: list[Any] = [Typed(choice.query)] if choice.query else []
    queries += [phrase(choice.theme)] if choice.theme else []
    if not queries or not shown:
        return {}
    query = queries[0] | queries[-1]
    found: dict[tuple[int, int], str] = {}
    for place, model, column in ((ANSWER, SurveyResponse, "comment"), (REMARK, Feedback, "text")):
        rows = model.objects.of(choice.workspace).filter(pk__in=[key[2] for key, _row in shown if key[1] == place])
        found |= {(place, pk): text for pk, text in rows.values_list("pk", marked(column, query))}
    return found


def _item(row: dict[str, Any], found: str | None, known: Known) -> Item:
    workspace = known.workspace
    words = _answer(row, known) if "score" in row else _remark(row, known)
    return Item(
        day=workspace.day_of(row["at"]),
        pieces=_cut(pieces(found or row["said"])),
        account=row["account__name"],
        account_url=reverse("account", args=[workspace.slug, row["account_id"]]),
        more_url=known.more(row["account_id"]),
        segment=row["account__segment"],
        csm=row["account__owner__user__name"] or row["account__owner__user__email"] or "",
        person=row["person"],
        is_ours=known.is_ours(row["person"]),
        **words,
    )


def _cut(parts: Pieces) -> Pieces:
    """What a list has room for."""
    kept, room = [], LONGEST
    for text, found in parts:
        kept.append((text if len(text) <= room else f"{text[:room]}…", found))
        room -= len(text)
        if room <= 0:
            break
    return tuple(kept)


def _answer(row: dict[str, Any], known: Known) -> dict[str, Any]:
    return {
        "band": BANDS[level_of(row["scale"])],
        "label": score_text(row["score"], row["scale_max"]),
        "title": str(SurveyKind(row["kind"]).label),
        "topic": known.surveys.get(row["survey"], row["survey"]),
        "before": score_text(row["previous_score"], row["previous_most"]) if is_unusual(row) else "",
        "both": row["both"],
    }


def is_unusual(row: dict[str, Any]) -> bool:
    """Whether an answer is far from the contact's last one."""
    return row["previous"] is not None and abs(row["scale"] - row["previous"]) >= UNUSUAL


def _remark(row: dict[str, Any], known: Known) -> dict[str, Any]:
    kind = Feedback.Kind(row["kind"])
    complaint = kind == Feedback.Kind.COMPLAINT
    bad = "red" if complaint and row["resolved_on"] is None else "yellow"
    good = "green" if kind == Feedback.Kind.PRAISE else "grey"
    return {
        "band": bad if kind in BAD else good,
        "label": str(kind.label),
        "title": "",
        "topic": row["topic"],
        "state": state_text(row["resolved_on"], known.today) if complaint else "",
    }
