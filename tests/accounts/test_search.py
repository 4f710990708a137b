"""The search in comments: any input is harmless, accents and endings do not matter, and the index is used."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.models import Feedback, SurveyResponse, Workspace
from accounts.search import Typed, marked, phrase, pieces, words
from tests.cast import account
from tests.kept import kept
from tests.metrics.feedback.said import remark

pytestmark = pytest.mark.django_db

TEXTS = (
    "Los informes de exportación fallan cada mes",
    "L'export échoue souvent",
    "Ekspor laporan gagal setiap hari",
    "Exports fail every other week",
)


@kept
def told(acme: Workspace) -> Workspace:
    account(acme, "a")
    for n, text in enumerate(TEXTS):
        remark(acme, f"f{n}", "problem", "2025-06-01", text=text)
    return acme


def found(workspace: Workspace, query: object) -> list[str]:
    rows = Feedback.objects.of(workspace).current().alias(words=words("text")).filter(words=query)
    return list(rows.order_by("external_id").values_list("text", flat=True))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("exportacion", [0]),
        ("EXPORTACIÓN", [0]),
        ("echoue", [1]),
        ("export", [0, 1, 3]),
        ("lapor", [2]),
        ("exports week", [3]),
        ('"exports fail"', [3]),
        ('"fail exports"', []),
        ("export -week", [0, 1]),
        ("gagal or echoue", [1, 2]),
        ("xport", []),
    ],
)
def test_words_are_found_in_every_language(told: Workspace, typed, expected):
    assert found(told, Typed(typed)) == [TEXTS[n] for n in expected]


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "'",
            "''",
            "\\",
            "\\'",
            '"',
            '"""',
            ":*",
            "a:*",
            "!",
            "!!!",
            "&",
            "| &",
            "((",
            ")(",
            "<->",
            "a <2> b",
            "-",
            "- -",
        ),
        *(
            "'; DROP TABLE accounts_feedback; --",
            "%s %(x)s {}",
            "$$ $re$",
            "http://x/y'z",
            "a@b'c.d",
            "it's",
            "\x02\x03",
        ),
        *("or", "or or", "and", "-or", '"-"', "😀", "x" * 3000, "' & 'x", "\\:*", "é'è"),
    ],
)
def test_no_input_does_harm(told: Workspace, typed):
    assert isinstance(found(told, Typed(typed)), list)
    assert isinstance(found(told, phrase(typed)), list)
    rows = Feedback.objects.of(told).values_list(marked("text", Typed(typed) | phrase(typed)), flat=True)
    assert ["".join(part for part, _found in pieces(text)) for text in rows.order_by("external_id")] == list(TEXTS)


def test_a_theme_is_whole_words(told: Workspace):
    assert found(told, phrase("exports fail")) == [TEXTS[3]]
    assert found(told, phrase("export")) == [TEXTS[1]]


def test_what_was_found_is_marked_and_nothing_else_is(told: Workspace):
    remark(told, "f9", "problem", "2025-06-01", text="<b>Export</b> \x02now\x03 exports")
    rows = Feedback.objects.of(told).filter(external_id="f9")
    text = rows.values_list(marked("text", Typed("export")), flat=True)[0]
    assert pieces(text) == (("<b>", False), ("Export", True), ("</b> now ", False), ("exports", True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ()), ("plain", (("plain", False),)), ("\x02all\x03", (("all", True),)), ("a\x02", (("a\x02", False),))],
)
def test_pieces_of_a_marked_text(text, expected):
    assert pieces(text) == expected


@pytest.mark.parametrize(("model", "column"), [(SurveyResponse, "comment"), (Feedback, "text")])
def test_the_search_goes_by_index(db: None, model, column):
    rows = model.unscoped.alias(words=words(column)).filter(words=Typed("export"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    assert f"{model._meta.model_name}_words" in rows.explain()
