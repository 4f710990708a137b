"""Scorecards in words: for which accounts one is, why an account does not get it, what its lines and rules say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from dashboards.panels.words import measure_name, value_text
from dashboards.templatetags.figures import percent, signed
from metrics.formulas.scoring import COMPARE
from metrics.lineup import Look, Why
from metrics.models import Line, Scorecard

SIGNS = {sign: {">=": "≥", "<=": "≤"}.get(sign, sign) for sign in COMPARE}


def scope_text(scorecard: Scorecard) -> str:
    """“Enterprise, Mid · in Onboarding”; “all accounts” where it is for all."""
    parts = [", ".join(scorecard.segments)] if scorecard.segments else []
    if scorecard.stages:
        parts.append(_("in %(stages)s") % {"stages": ", ".join(scorecard.stages)})
    return " · ".join(parts) or _("all accounts")


def look_text(look: Look, segment: str, stage: str) -> str:
    """Why an account of a segment and stage gets a scorecard, or does not."""
    scorecard = look.scorecard
    if look.why is Why.SEGMENT:
        return _("is for %(names)s, and the account is %(name)s") % {
            "names": _one_of(scorecard.segments), "name": segment or _("of no segment"),
        }  # fmt: skip
    if look.why is Why.STAGE:
        return _("is for accounts in %(names)s, and this one is %(name)s") % {
            "names": _one_of(scorecard.stages),
            "name": _("in %(stage)s") % {"stage": stage} if stage else _("in no stage"),
        }
    if look.why is Why.UNPUBLISHED:
        return _("has no published version yet")
    if look.why is Why.LATER:
        return _("is not looked at any more")
    return _fits(scorecard, segment, stage)


def _fits(scorecard: Scorecard, segment: str, stage: str) -> str:
    parts = [_("segment %(name)s") % {"name": segment}] if scorecard.segments else []
    parts += [_("stage %(name)s") % {"name": stage}] if scorecard.stages else []
    if not parts:
        return _("fits: it is for all accounts")
    return _("fits: %(parts)s") % {"parts": ", ".join(parts)}


def _one_of(names: list[str]) -> str:
    """A, B or C"""
    return names[0] if len(names) == 1 else _("%(names)s or %(last)s") % {
        "names": ", ".join(names[:-1]), "last": names[-1],
    }  # fmt: skip


def line_text(line: Line) -> str:
    """What the points of a line go by: 10% / 40% / 80%, or by rank, or ≥ 60 d: −40, ≥ 30 d: −10."""
    parts = [_("by rank")] if line.by_rank else []
    if line.steps:
        parts.append(", ".join(f"{step_text(line, step)}: {tenth_text(step[2])}" for step in line.steps))
    if line.worst is not None:
        parts.append(" / ".join(value_text(line.measure, each) for each in (line.worst, line.neutral, line.best)))
    return " · ".join(parts) or _("no steps yet")


def step_text(line: Line, step: Sequence[Any], currency: str = "") -> str:
    """From where on a step gives its points: ≥ 60 d; of ranks a share."""
    sign, bound, _points = step
    text = percent(bound / 100) if line.by_rank else value_text(line.measure, bound, currency)
    return f"{SIGNS.get(sign, sign)} {text}"


def conditions_text(conditions: Sequence[Any]) -> str:
    """All conditions of a rule: Days past due ≥ 60 d and …"""
    told = [f"{measure_name(key)} {SIGNS.get(sign, sign)} {value_text(key, bound)}" for key, sign, bound in conditions]
    return _(" and ").join(told)


def tenth_text(value: float) -> str:
    """With its sign, and a tenth where there is one: +5, −2.5; of nothing 0."""
    shown = round(value, 1)
    return signed(shown, 0 if shown == int(shown) else 1)
