"""Typeform's responses → answers to surveys: one for each question that has a scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.batch import Result, refusal
from accounts.dialects.told import Hint, Part, Told, inside, integer, objects, said, text, written
from accounts.models import SurveyKind

# Type of question → its kind and its scale, where the form does not say more.
SCALES = {"nps": ("nps", 0, 10), "opinion_scale": ("csat", 0, 10), "rating": ("csat", 1, 5)}
STEPS = {"opinion_scale": 11, "rating": 5}
# Hidden fields of the form, by which the answer finds its account.
ACCOUNT, EMAIL, PERSON = ("account", "account_id"), ("email",), ("contact", "user_id", "email")


def read(event: Any) -> Told | Result:
    """What a response says. One without a scale in it is of no use."""
    response = inside(event, "form_response")
    if text(inside(event, "event_type")) != "form_response" or not isinstance(response, Mapping):
        return Told(text(inside(event, "event_id")))
    token, at = text(response.get("token")), written(response.get("submitted_at"))
    if not token or at is None:
        return refusal("token" if at else "submitted_at", "", _("is required"))
    answers = objects(response, "answers")
    hidden = response.get("hidden") or {}
    email = _first(hidden, EMAIL) or next((text(a.get("email"), 254) for a in answers if a.get("type") == "email"), "")
    account = _first(hidden, ACCOUNT)
    whose: list[Part | Result] = [] if account or not email else [Hint(f"mail:{email.lower()}", email)]
    told = {
        "account": account or None,
        "answered_at": at,
        "survey": text(response.get("form_id"), 60),
        "contact": _first(hidden, PERSON) or email,
    }
    scales = _scales(response)
    scored = [n for n, each in enumerate(answers) if isinstance(each.get("number"), int) and _field(each) in scales]
    parts = [
        said(
            "survey_responses", f"mail:{email.lower()}" if email else "", id=f"typeform:{token}/{_field(answers[n])}",
            score=answers[n]["number"], comment=_comment(answers[n + 1 :]), **scales[_field(answers[n])], **told,
        )
        for n in scored
    ]  # fmt: skip
    if parts and not account and not email:
        return refusal("hidden", "", _("needs a hidden field “account” or “email”"))
    return Told(token, (*whose, *parts) if parts else ())


def _first(hidden: Any, names: tuple[str, ...]) -> str:
    return next((found for name in names if (found := text(inside(hidden, name)))), "")


def _field(answer: Mapping[str, Any]) -> str:
    return text(inside(answer, "field", "id"))


def _scales(response: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Question → its kind and scale. A name (`ref`) that begins with a kind, such as `ces_checkout`, says the kind."""
    found = {}
    for field in objects(response, "definition", "fields"):
        kind = SCALES.get(text(inside(field, "type")))
        if kind is None:
            continue
        word = text(inside(field, "ref")).lower().replace("-", "_").partition("_")[0]
        steps = integer(inside(field, "properties", "steps"), STEPS.get(field["type"], 11))
        least = 1 if inside(field, "properties", "start_at_one") is True else kind[1]
        most = least + steps - 1 if kind[0] != "nps" else kind[2]
        found[text(field.get("id"))] = {
            "kind": word if word in SurveyKind.values else kind[0], "scale_min": least, "scale_max": most,
        }  # fmt: skip
    return found


def _comment(following: list[Mapping[str, Any]]) -> str:
    """The words that follow a score at once."""
    first = following[0] if following else {}
    return text(first.get("text"), 10_000) if first.get("type") == "text" else ""
