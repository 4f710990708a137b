"""The columns of the portfolio: what each shows, by what it sorts, and which fields of a standing it needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class ColumnKind:
    """`first` is the way in which it begins to sort; `anchor` the entry of the definitions that says what it means."""

    label: Promise
    fields: tuple[str, ...]
    sort: str = ""
    first: str = ""
    anchor: str = ""


# What a score rests on.
RESTS_ON = ("coverage", "unknown", "measures_known", "measures_asked", "days_unused", "never_used")
COLUMNS: dict[str, ColumnKind] = {
    "health": ColumnKind(_("Health"), ("score_units", *RESTS_ON), "score", anchor="score"),
    "change": ColumnKind(_("7 d"), ("change",), "change", anchor="score-change"),
    "line": ColumnKind(_("90 days"), ("line",), anchor="score"),
    "drivers": ColumnKind(_("What drives it"), ("drivers",), anchor="score-contribution"),
    "stage": ColumnKind(_("Stage"), ("account__stage__name",)),
    "mrr": ColumnKind(_("MRR"), ("mrr_units",), "mrr", "-", "kpi-revenue.mrr"),
    "against": ColumnKind(_("MRR, 90 d"), ("mrr_units", "mrr_before_units"), "against", anchor="kpi-revenue.mrr"),
    "renews": ColumnKind(_("Renews"), ("renews_on",), "renews", anchor="count-renewing"),
    "touch": ColumnKind(_("Last touch"), ("last_touch_at",), "touch", anchor="measure-engagement.days_since_touch"),
    "owner": ColumnKind(_("Owner"), ("account__owner__user__name", "account__owner__user__email")),
    "team": ColumnKind(_("Team"), ("account__team__name",)),
    "segment": ColumnKind(_("Segment"), ()),
    "since": ColumnKind(_("In band since"), ("band_since",), "since", "-"),
    "coverage": ColumnKind(_("Coverage"), RESTS_ON, "coverage", anchor="score-coverage"),
    "use": ColumnKind(_("Last use"), ("days_unused", "never_used"), "use", "-", "measure-usage.days_since_last_use"),
    "risk": ColumnKind(_("Churn risk"), ("score_units", "version_id"), anchor="churn-risk"),
    "overdue": ColumnKind(_("Overdue"), ("days_past_due",), "overdue", "-", "measure-commercial.days_past_due"),
    "id": ColumnKind(_("Id"), ("account__external_id",)),
}
USUAL = ("health", "change", "line", "drivers", "stage", "mrr", "renews", "touch")

# They say nothing where nobody has a term.
OF_TERMS = ("mrr", "renews")


def usual(has_terms: bool) -> tuple[str, ...]:
    """The columns that are shown where none are chosen."""
    return known(USUAL, has_terms)


def known(columns: Iterable[str], has_terms: bool) -> tuple[str, ...]:
    """Those of the columns that say something."""
    return tuple(key for key in columns if has_terms or key not in OF_TERMS)


def fields_of(columns: Sequence[str]) -> tuple[str, ...]:
    """What is read for these columns."""
    return tuple(dict.fromkeys(field for key in columns for field in COLUMNS[key].fields))


def chosen(asked: Sequence[str], usual: tuple[str, ...], earlier: str = "") -> tuple[str, ...]:
    """Columns as they are asked for, one of them a place earlier; the usual ones, and none at all, are empty."""
    columns = list(dict.fromkeys(asked))
    at = columns.index(earlier) if earlier in columns else 0
    if at:
        columns[at - 1 : at + 1] = [earlier, columns[at - 1]]
    return () if tuple(columns) == usual else tuple(columns)
