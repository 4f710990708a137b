"""Delighted's responses → answers to surveys. A comment comes later than its score, as a correction."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts.batch import Result, refusal
from accounts.dialects.told import Hint, Told, inside, said, seconds, text
from accounts.linking import Belongs

# Type of survey → its kind and its scale.
SCALES = {
    "nps": ("nps", 0, 10), "csat": ("csat", 1, 5), "csat3": ("csat", 1, 3), "ces": ("ces", 1, 5), "ces7": ("ces", 1, 7),
    "smileys": ("csat", 1, 5), "five_stars": ("csat", 1, 5), "thumbs": ("csat", 0, 1),
}  # fmt: skip
ACCOUNT = ("account", "account_id", "Account", "Account ID")


def read(event: Any) -> Told | Result:
    """What a response says. Anything else is of no use."""
    kind, name, data = text(inside(event, "event_type")), text(inside(event, "event_id")), inside(event, "event_data")
    scale = SCALES.get(text(inside(data, "survey_type")))
    if not kind.startswith("survey_response.") or scale is None:
        return Told(name)
    number, person = text(inside(data, "id")), inside(data, "person")
    answered, changed = seconds(inside(data, "created_at")), seconds(inside(data, "updated_at"))
    if not name or not number or answered is None:
        return refusal("event_data", number, _("needs an id and created_at"))
    email = text(inside(person, "email"), 254)
    account = next((a for key in ACCOUNT if (a := text(inside(data, "person_properties", key)))), "")
    whose = f"delighted:{text(inside(person, 'id'))}"
    told = said(
        "survey_responses", whose, id=f"delighted:{number}", answered_at=answered, kind=scale[0],
        score=inside(data, "score"), scale_min=scale[1], scale_max=scale[2], contact=email,
        survey=f"delighted-{text(inside(data, 'survey_type'))}", comment=text(inside(data, "comment"), 10_000),
    )  # fmt: skip
    belongs = Belongs(whose, account) if account else Hint(whose, email)
    return Told(name, (belongs, told), f"response {number}", changed or answered)
