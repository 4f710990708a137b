"""What kinds, scores and days of comments are called."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import Feedback, SurveyKind
from dashboards.templatetags.figures import day, decimal
from metrics.feedback.choice import HIGH, LOW

BANDS = {"low": "red", "middle": "yellow", "high": "green"}


def level_of(scale: Decimal) -> str:
    """Low, middle or high, of an answer on 0–10."""
    return "low" if scale <= LOW else "high" if scale >= HIGH else "middle"


def score_text(score: Decimal, most: int) -> str:
    """3 of 10"""
    return _("%(score)s of %(most)s") % {"score": decimal(score, 2), "most": most}


def state_text(resolved_on: date | None, today: date) -> str:
    """What became of a complaint."""
    return _("resolved %(day)s") % {"day": day(resolved_on, today)} if resolved_on else _("open")


def kinds() -> list[tuple[str, str]]:
    """What can be asked for as a kind: surveys, then what is said unasked."""
    return [(str(kind), str(kind.label)) for kind in (*SurveyKind, *Feedback.Kind)]
