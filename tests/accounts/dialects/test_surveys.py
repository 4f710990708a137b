"""Typeform's and Delighted's responses → answers to surveys, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.batch import Result
from accounts.dialects import delighted, typeform
from accounts.dialects.told import Hint, Told
from accounts.linking import Belongs, Said
from tests.accounts.dialects import provider_events as events

ANSWERED = datetime(2025, 6, 18, 18, 17, 2, tzinfo=UTC)


def parts(found: Told | Result) -> list[Any]:
    assert isinstance(found, Told), found
    return list(found.parts)


def test_each_question_with_a_scale_is_an_answer() -> None:
    answers = {"nps": 9, "long": "Fast", "opinion_scale": 6, "rating": 4, "short": "Good", "email": "ann@one.example"}
    found = parts(typeform.read(events.typeform(answers, account="one", user_id="ann")))
    assert [
        tuple(each.item[name] for name in ("kind", "score", "scale_min", "scale_max", "comment")) for each in found
    ] == [("nps", 9, 0, 10, "Fast"), ("ces", 6, 1, 7, ""), ("csat", 4, 1, 5, "Good")]
    first = found[0].item
    assert (first["account"], first["contact"], first["survey"]) == ("one", "ann", "lT4Z3j")
    assert (first["answered_at"], first["id"]) == (ANSWERED, "typeform:a3a12ec67a1365927098a606107fac15/nps")


def test_an_answer_finds_its_account_by_a_hidden_field_or_an_address() -> None:
    for document in (
        events.typeform({"nps": 9}, email="Ann@One.example"),
        events.typeform({"nps": 9, "email": "Ann@One.example"}),
    ):
        hint, answer = parts(typeform.read(document))
        assert hint == Hint("mail:ann@one.example", "Ann@One.example")
        assert (answer.name, answer.item.get("account")) == ("mail:ann@one.example", None)
    refused = typeform.read(events.typeform({"nps": 9}))
    assert isinstance(refused, Result)
    assert refused.field == "hidden"


def test_a_form_without_a_scale_is_of_no_use() -> None:
    assert parts(typeform.read(events.typeform({"short": "Ann", "email": "ann@one.example"}))) == []
    assert parts(typeform.read({"event_id": "1", "event_type": "form_response_partial", "form_response": {}})) == []


@pytest.mark.parametrize(
    ("survey", "score", "scale"),
    [
        ("nps", 10, ("nps", 0, 10)),
        ("csat", 5, ("csat", 1, 5)),
        ("ces", 2, ("ces", 1, 5)),
        ("ces7", 7, ("ces", 1, 7)),
        ("thumbs", 1, ("csat", 0, 1)),
        ("smileys", 3, ("csat", 1, 5)),
    ],
)
def test_a_response_of_delighted_by_the_type_of_its_survey(survey: str, score: int, scale: tuple[Any, ...]) -> None:
    hint, answer = parts(delighted.read(events.delighted(survey_type=survey, score=score, comment="Good")))
    assert hint == Hint("delighted:5975", "ann@one.example")
    assert isinstance(answer, Said)
    item = answer.item
    assert (item["kind"], item["scale_min"], item["scale_max"]) == scale
    assert (item["id"], item["score"], item["contact"]) == ("delighted:5435", score, "ann@one.example")
    assert (item["survey"], item["comment"]) == (f"delighted-{survey}", "Good")
    assert item["answered_at"] == datetime(2025, 6, 20, 12, tzinfo=UTC)


def test_a_property_of_the_person_may_name_the_account() -> None:
    belongs, _answer = parts(delighted.read(events.delighted(person_properties={"Account ID": "one"})))
    assert belongs == Belongs("delighted:5975", "one")


def test_other_events_of_delighted_are_of_no_use() -> None:
    assert parts(delighted.read(events.delighted(what="unsubscribe.created"))) == []
    assert parts(delighted.read(events.delighted(survey_type="pmf"))) == []


def test_a_change_of_a_response_is_told_by_when_it_was_changed() -> None:
    found = delighted.read(events.delighted(what="survey_response.updated", minutes=7))
    assert isinstance(found, Told)
    assert (found.about, found.told_at) == ("response 5435", datetime(2025, 6, 20, 12, 7, tzinfo=UTC))
