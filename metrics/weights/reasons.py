"""Why nothing is suggested, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _


def reason(
    said: dict[str, Any], written: Callable[[float], str] = "{:+.3f}".format, counted: Callable[[int], str] = str
) -> str:
    """Why a suggestion is refused, empty where it is not; `written` writes a change of the AUC, `counted` a count."""
    why = said["refused"]
    if why == "points":
        return _("This scorecard adds points. Only weights can be suggested.")
    if why == "short":
        return _(
            "There is too little past to learn from one part of it and judge by another: between the two lie the days"
            " in which it comes out who leaves."
        )
    if why == "few":
        return _(
            "Too few accounts churned to tell: %(learnt)s in the part to learn from, %(judged)s in the part that"
            " judges; %(needed)s are needed in each."
        ) % {
            "learnt": counted(said["fitted"]["churned"]),
            "judged": counted(said["judged"]["churned"]),
            "needed": counted(said["needed"]),
        }
    if why == "nothing":
        return _(
            "Nothing tells the %(n)s accounts that churned from those that stayed: no weights are better than others."
        ) % {"n": counted(said["fitted"]["churned"])}
    if why == "no gain":
        return _(
            "On days that were kept apart, what was learnt tells no better than today's weights who leaves: the AUC"
            " changes by %(value)s, and 95 %% sure is only that it is between %(low)s and %(high)s. Weights are"
            " suggested where all of that is above 0."
        ) % {name: written(each) for name, each in said["gain"].items()}
    return ""
