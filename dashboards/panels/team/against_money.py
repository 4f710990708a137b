"""The ways to the accounts whose money does otherwise than their score: healthy but shrinking, poor but growing."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Membership
from dashboards.addresses import address
from dashboards.panels.filters import ALL, Filters
from dashboards.panels.lists import Link
from dashboards.panels.portfolio import default_filters
from metrics.kpis.places import Scope
from metrics.models import ScopeKind

COLUMNS = ("health", "change", "line", "mrr", "against", "drivers", "owner", "renews")


def against_money(member: Membership, scope: Scope, segment: str) -> tuple[Link, ...]:
    """The portfolio of the same scope, those that lost or won most first. No query: the list itself counts them."""
    whose = {
        ScopeKind.TEAM: Filters(team=scope.key, segment=segment),
        ScopeKind.CSM: Filters(csm=scope.key, segment=segment),
        ScopeKind.SEGMENT: Filters(segment=scope.key),
    }.get(scope.kind, Filters(csm=ALL, segment=segment))
    url, default = address("portfolio", member.workspace.slug), default_filters(member)
    kinds = (("shrinking", "against", _("healthy, but MRR fell")), ("growing", "-against", _("poor, but MRR rose")))
    return tuple(
        Link(label, whose.but(show=(show,), sort=sort, columns=COLUMNS).address(url, default), band=band)
        for (show, sort, label), band in zip(kinds, ("green", "red"), strict=True)
    )
