"""What comments are about: counted by hand."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import Workspace
from metrics.feedback.choice import Choice, Span
from metrics.feedback.stop_words import STOP_WORDS
from metrics.feedback.themes import growing, of_low_scores, spelled
from metrics.formulas.themes import Occurrence
from tests.cast import account
from tests.kept import kept
from tests.metrics.feedback.said import answer, remark, said

pytestmark = pytest.mark.django_db
JUNE = Span(date(2025, 6, 1), date(2025, 7, 1))


@kept
def told(acme: Workspace) -> Workspace:
    for name in ("a", "b", "c"):
        account(acme, name)
    return acme


def say(workspace: Workspace, month: str, *texts: str) -> None:
    """Each text by the next of three accounts, from the first of a month on."""
    for n, text in enumerate(texts):
        name = f"{month}-{n}"
        remark(workspace, name, "request", f"2025-{month}-{n + 2:02}", text=text, account="abc"[n % 3])


def test_what_is_said_more_often_than_before(told: Workspace):
    say(told, "05", "All is well", "The export is fine")
    say(told, "06", "Export fails!", "The export fails at night", "EXPORT FAILS, export fails", "Nice", "well, well")
    found = {theme.term: theme.found for theme in growing(Choice(told, span=JUNE))}
    # 3 of 5 against 1 of 2 is not twice as often for "export"; "fails" is in the same comments as the phrase.
    assert found == {"export fails": Occurrence(3, 5, 0, 2, 3)}


def test_a_theme_finds_exactly_what_was_counted(told: Workspace):
    say(told, "05", "Fine")
    say(told, "06", "Mobile app slow", "our mobile app", "App: mobile", "the mobile-app", "mobile. App!", "app")
    choice = Choice(told, span=JUNE)
    found = {theme.term: theme.found for theme in growing(choice)}
    assert found["mobile app"].comments == len(said(choice.but(theme="mobile app"))) == 4
    assert found["app"].comments == len(said(choice.but(theme="app"))) == 6
    assert found["mobile"].comments == len(said(choice.but(theme="mobile"))) == 5


def test_words_beyond_the_positions_that_the_search_keeps_are_no_neighbours(told: Workspace):
    """It keeps 255 of a word, so that the last of them is no longer next to what follows."""
    say(told, "05", "Fine")
    say(told, "06", *["log " * 300 + "crashes"] * 3)
    choice = Choice(told, span=JUNE)
    assert [theme.term for theme in growing(choice)] == ["crashes"]
    assert said(choice.but(theme="log crashes")) == []


def test_themes_keep_their_accents_and_leave_out_what_says_nothing(told: Workspace):
    say(told, "05", "Bien")
    say(told, "06", "La Exportación tarda", "La exportacion de 2025", "esta exportación!", "para la exportación")
    [theme] = growing(Choice(told, span=JUNE))
    assert (theme.term, theme.label.replace("ó", "o")) == ("exportacion", "exportacion")
    assert theme.found == Occurrence(4, 4, 0, 1, 3)


@pytest.mark.parametrize(
    "texts",
    [
        ((), ()),
        (("One",), ()),
        ((), ("Export fails",) * 4),
        (("Fine",), ("Export fails",)),
        (("Export fails",) * 3, ("Export fails",) * 3),
        (("Fine",), ("the and 42 a@b.example 3.5 - !!",) * 3),
    ],
    ids=["nothing", "nothing now", "nothing before", "one", "all the same", "no word"],
)
def test_where_there_is_no_theme(told: Workspace, texts):
    for month, words in zip(("05", "06"), texts, strict=True):
        say(told, month, *words)
    assert growing(Choice(told, span=JUNE)) == []


def test_one_account_alone_makes_no_theme_and_all_time_has_nothing_before(told: Workspace):
    remark(told, "before", "praise", "2025-05-20")
    for n in range(5):
        remark(told, f"f{n}", "problem", "2025-06-10", text="Export fails")
    assert growing(Choice(told, span=JUNE)) == []
    remark(told, "b", "problem", "2025-06-10", text="Export fails", account="b")
    assert [theme.term for theme in growing(Choice(told, span=JUNE))] == ["export fails"]
    assert growing(Choice(told)) == []


def test_what_is_said_with_low_scores_rather_than_with_high_ones(told: Workspace):
    for n, score in enumerate((0, 3, 6, 9, 10, 10, 7, 7, 7)):
        text = {0: "too slow", 1: "helpful but", 2: "fine"}[(score >= 9) + 2 * (score == 7)]
        answer(told, f"a{n}", score, "2025-06-10", account="abc"[n % 3], contact=f"{n}", comment=text)
    remark(told, "slow too", "problem", "2025-06-10")
    asked = Choice(told, span=JUNE)
    assert [(theme.term, theme.found) for theme in of_low_scores(asked)] == [("slow", Occurrence(3, 3, 0, 3, 3))]
    assert of_low_scores(asked.but(levels=("high",))) == of_low_scores(asked)
    assert of_low_scores(asked.but(kind="praise")) == []


def test_two_queries_however_much_was_said(told: Workspace, django_assert_num_queries):
    say(told, "05", "Fine")
    say(told, "06", *["Export fails"] * 20)
    with django_assert_num_queries(2):
        growing(Choice(told, span=JUNE))
        of_low_scores(Choice(told, span=JUNE))


@pytest.mark.parametrize(
    ("term", "example", "expected"),
    [
        ("exportacion", "La Exportación tarda", "exportación"),
        ("mobile app", "our Mobile-App", "mobile app"),
        ("straße", "nothing of it", "straße"),
    ],
)
def test_a_term_is_spelled_as_in_a_comment(term, example, expected):
    assert spelled(term, example) == expected


def test_stop_words_are_as_the_search_has_them():
    assert all(
        word == spelled(word, word) and word.isascii() and word.islower() and len(word) > 2 for word in STOP_WORDS
    )
