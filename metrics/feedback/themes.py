"""What comments are about: words and two-word phrases that occur in notably more of them than in those compared with.

No learning: a theme is a count of comments and accounts, and to search for it finds exactly these.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When

from metrics.feedback.choice import HIGH, LOW, Choice
from metrics.feedback.stop_words import STOP_WORDS
from metrics.formulas.themes import COMMENTS, Occurrence
from metrics.sql import statement

SHOWN = 8


@dataclass(frozen=True)
class Theme:
    """A word or phrase as the search knows it, as it is written, and where it occurs."""

    term: str
    label: str
    found: Occurrence


def growing(choice: Choice) -> list[Theme]:
    """What is said more often in the chosen days than in as many days before. One query; nothing without days."""
    if choice.span is None:
        return []
    both = choice.but(span=choice.span.from_before())
    here = Q(occurred_at__gte=choice.workspace.start_of(choice.span.first))
    return _themes(_sides(both, here, ~here, here, ~here))


def of_low_scores(choice: Choice) -> list[Theme]:
    """What is said more often with low scores than with high ones. One query."""
    asked = choice.but(levels=())
    return _themes(_sides(asked, Q(scale__lte=LOW), Q(scale__gte=HIGH)))


def _sides(choice: Choice, here: Q, there: Q, *of_remarks: Q) -> Iterator[QuerySet[Any]]:
    """The comments of both sides, marked; remarks have no score, so they may be on neither."""
    for voice, rows, sides in (
        ("a", choice.answers(), (here, there)),
        ("r", choice.remarks(), of_remarks),
    ):
        if sides:
            marks = {"here": _is(sides[0]), "voice": Value(voice)}
            told = rows.filter(sides[0] | sides[1], said__gt="").annotate(**marks).order_by()
            yield told.values("voice", "id", "account_id", "said", "here")


def _is(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def _themes(sides: Iterable[QuerySet[Any]]) -> list[Theme]:
    """The themes of one side, those of most accounts first; of what occurs in the same comments, the longest."""
    found: dict[Decimal, tuple[str, Occurrence, str]] = {}
    for term, *counts, same, example in _terms(sides):
        occurrence = Occurrence(*counts)
        known = found.get(same)
        if occurrence.is_theme and (known is None or (-len(term), term) < (-len(known[0]), known[0])):
            found[same] = term, occurrence, example
    ranked = sorted(found.values(), key=lambda each: (-each[1].accounts, -each[1].comments, each[0]))
    return [Theme(term, spelled(term, example), occurrence) for term, occurrence, example in ranked[:SHOWN]]


def _terms(sides: Iterable[QuerySet[Any]]) -> list[Any]:
    told = list(_compiled(sides))
    if not told:
        return []
    text = statement("themes").format(said="\n  UNION ALL\n  ".join(sql for sql, _params in told))
    params = [param for _sql, params in told for param in params]
    with connection.cursor() as cursor:
        cursor.execute(text, [*params, sorted(STOP_WORDS), COMMENTS])
        return cursor.fetchall()


def _compiled(sides: Iterable[QuerySet[Any]]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Each side as a statement; none for what is known to be empty."""
    for rows in sides:
        try:
            yield rows.query.sql_with_params()
        except EmptyResultSet:
            continue


def spelled(term: str, example: str) -> str:
    """A term as it is written in a comment in which it occurs, in small letters."""
    written = [word.lower() for word in re.findall(r"\w+", example)]
    plain = [_plain(word) for word in written]
    wanted = term.split()
    for n in range(len(plain) - len(wanted) + 1):
        if plain[n : n + len(wanted)] == wanted:
            return " ".join(written[n : n + len(wanted)])
    return term


def _plain(word: str) -> str:
    """Without accents."""
    return "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))
