"""Ways to say something, for the tests of comments."""

from __future__ import annotations

from typing import Any

from accounts.models import Workspace
from metrics.feedback.choice import Choice
from tests.cast import tell


def moment(day: str) -> str:
    """Noon of a day."""
    return day if "T" in day else f"{day}T12:00:00Z"


def answer(workspace: Workspace, name: str, score: float, day: str, **more: Any) -> None:
    """An answer to “would you recommend us” by p@a.example of the account a, unless told otherwise."""
    item = {"id": name, "account": "a", "kind": "nps", "score": score, "contact": "p@a.example", "comment": name}
    tell(workspace, "survey_responses", item | {"answered_at": moment(day)} | more)


def remark(workspace: Workspace, name: str, kind: str, day: str, **more: Any) -> None:
    """Something said unasked by the account a."""
    item = {"id": name, "account": "a", "kind": kind, "text": name, "given_at": moment(day)}
    tell(workspace, "feedback", item | more)


def said(choice: Choice) -> list[str]:
    """The comments chosen, by their texts."""
    texts = [*choice.answers().values_list("said", flat=True), *choice.remarks().values_list("said", flat=True)]
    return sorted(texts)
