"""The chosen comments as a table for spreadsheets, newest first."""

from __future__ import annotations

import heapq
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Feedback, SurveyKind, Workspace
from dashboards.export import Cell, Field, Sheet
from dashboards.panels.feedback.items import answers_listed, is_unusual, remarks_listed
from metrics.feedback.choice import Choice

CHUNK = 2_000
# Which of the same moment comes first: the order of the page.
PLACE = {True: 0, False: 1}


def feedback_sheet(choice: Choice) -> Sheet:
    """A row for each comment. Two queries."""
    labels = {str(kind): str(kind.label) for kind in (*SurveyKind, *Feedback.Kind)}
    names = (
        _("Day"), _("Account"), _("Segment"), _("CSM"), _("Contact"), _("Kind"), _("Survey"), _("Topic"), _("Score"),
        _("Best score"), _("Score before"), _("Unusual"), _("Resolved on"), _("Comment"),
    )  # fmt: skip
    rows = heapq.merge(
        answers_listed(choice).iterator(CHUNK),
        remarks_listed(choice).iterator(CHUNK),
        key=lambda row: (row["at"], PLACE["score" in row], row["pk"]),
        reverse=True,
    )
    return Sheet("feedback", tuple(map(Field, names)), (_row(choice.workspace, row, labels) for row in rows))


def _row(workspace: Workspace, row: dict[str, Any], labels: dict[str, str]) -> list[Cell]:
    has_score = "score" in row
    return [
        workspace.day_of(row["at"]),
        row["account__name"],
        row["account__segment"],
        row["account__owner__user__name"] or row["account__owner__user__email"] or "",
        row["person"],
        labels[row["kind"]],
        row.get("survey", ""),
        row.get("topic", ""),
        row.get("score"),
        row.get("scale_max"),
        row.get("previous_score"),
        (_("yes") if is_unusual(row) else _("no")) if has_score else "",
        row.get("resolved_on"),
        row["said"],
    ]
