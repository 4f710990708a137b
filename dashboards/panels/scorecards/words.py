"""Scorecards in words: for which accounts one is, and why an account does not get it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from metrics.lineup import Look, Why
from metrics.models import Scorecard


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
