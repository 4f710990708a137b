"""How the CSM judged it, time after time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Pulse
from dashboards.panels.account_tables import WAY, Cells, Column, Place, Shown, TableKind, a_day, a_way
from dashboards.panels.entries import way_to_correct
from dashboards.templatetags.figures import integer

LINE = 48


def pulses(place: Place) -> Any:
    """The newest first."""
    found = Pulse.objects.of(place.workspace).current().filter(account_id=place.account.pk)
    return found.order_by("-occurred_at", "-pk")


def pulse_line(place: Place) -> tuple[int, ...]:
    """The last ones, the oldest first."""
    return tuple(reversed(pulses(place).values_list("value", flat=True)[:LINE]))


def band_of(value: int) -> str:
    return "red" if value <= 2 else "yellow" if value == 3 else "green"


def _columns(place: Place) -> tuple[Column, ...]:
    pulse = Column(_("Pulse"), anchor="measure-sentiment.csm_pulse")
    return (Column(_("Day")), pulse, Column(_("Who")), Column(_("Why"), is_wide=True), WAY)


def _cells(place: Place, rows: Sequence[Any]) -> list[Cells]:
    """One query: what the authors are called."""
    mails = {row.member for row in rows}
    members = Membership.objects.of(place.workspace).filter(user__email__in=mails).select_related("user")
    names = {member.user.email: str(member) for member in members}
    return [
        (
            a_day(place, place.workspace.day_of(row.occurred_at)),
            Shown(_("%(n)s of 5") % {"n": integer(row.value)}, (row.value,), band=band_of(row.value)),
            Shown(names.get(row.member, row.member)),
            Shown(row.comment),
            a_way(place, way_to_correct(place.workspace, row)),
        )
        for row in rows
    ]


PULSES = TableKind(
    "pulses",
    gettext_lazy("Pulse"),
    gettext_lazy("Here stands how its CSM judges this account, from 1 to 5, and why. Nobody has judged yet."),
    _columns,
    pulses,
    _cells,
    add="pulse",
)
