"""Full-text search in what customers say (decision 21): one configuration for all languages, and queries that any
input makes."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchVector
from django.db.models import F, Func, Value

# Words as they stand, in small letters and without accents. The migrations make it.
CONFIGURATION = "healthscore"
# Around what was found; no text that is looked at keeps them.
START, STOP = "\x02", "\x03"
# Each word of a query, as the database writes it, becomes the beginning of a word.
AS_BEGINNINGS = "regexp_replace({}::text, $$('(?:[^']|'')*')$$, $$\\1:*$$, 'g')::tsquery"


def words(column: str) -> SearchVector:
    """The words of a column, as its index has them."""
    return SearchVector(column, config=CONFIGURATION)


class Typed(SearchQuery):
    """What somebody typed, as search engines read it: all words, "in this order", or, -not. Each word finds what begins
    with it, so that "export" finds "exports" in every language."""

    def __init__(self, value: str) -> None:
        super().__init__(value, config=CONFIGURATION, search_type="websearch")

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **options: Any) -> tuple[str, Any]:
        sql, params = super().as_sql(compiler, connection, *args, **options)
        return AS_BEGINNINGS.format(sql), params


def phrase(text: str) -> SearchQuery:
    """These words, whole and in this order."""
    return SearchQuery(text, config=CONFIGURATION, search_type="phrase")


def marked(column: str, query: Any) -> SearchHeadline:
    """The whole text of a column, with what a query finds between START and STOP."""
    plain = Func(F(column), Value(START + STOP), Value(""), function="translate")
    return SearchHeadline(plain, query, config=CONFIGURATION, start_sel=START, stop_sel=STOP, highlight_all=True)


def pieces(text: str) -> tuple[tuple[str, bool], ...]:
    """A marked text piece by piece: the words, and whether they were found."""
    parts = re.split(f"{START}([^{STOP}]*){STOP}", text)
    return tuple((part, n % 2 == 1) for n, part in enumerate(parts) if part)
