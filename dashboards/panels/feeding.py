"""Which measures what came feeds, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import EventName, Workspace
from accounts.models.event import is_use_by_default
from metrics.event_names import fed_by, fed_by_kind
from metrics.registry import Measure

# Of the measures that one event feeds, so many are named.
NAMED = 2


def names_of(workspace: Workspace, names: Iterable[str]) -> dict[str, Any]:
    """Name → its row of the catalogue. One query."""
    rows = EventName.objects.of(workspace).filter(name__in=set(names))
    return {row.name: row for row in rows}


def measures_of(kind: str, name: str, known: Mapping[str, Any]) -> list[Measure]:
    """The measures that an event of a name, or a fact of a kind, can change; those that read this name first."""
    if kind != "events":
        return fed_by_kind(kind)
    row = known.get(name)
    meant = (row.alias_of or name) if row else name
    found = fed_by(meant, row.is_use if row else is_use_by_default(meant))
    return sorted(found, key=lambda measure: (not measure.reads(meant, False), not measure.key.startswith("usage.")))


def feeds(measures: list[Measure]) -> str:
    """“feeds Logins, Active seats and 3 more”."""
    if not measures:
        return _("feeds no measure")
    words, more = ", ".join(str(each.name) for each in measures[:NAMED]), len(measures) - NAMED
    if more <= 0:
        return _("feeds %(measures)s") % {"measures": words}
    text = ngettext("feeds %(measures)s and %(n)s more", "feeds %(measures)s and %(n)s more", more)
    return text % {"measures": words, "n": more}
