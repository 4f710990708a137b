"""What stands below a list whose rows can be selected: what can be done to many accounts at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.models import BulkChange, Membership
from accounts.permissions import may

Action = BulkChange.Action
# What each does, as a button says it.
DEEDS: dict[Action, Promise] = {
    Action.OWNER: gettext_lazy("Owner"),
    Action.STAGE: gettext_lazy("Stage"),
    Action.SEGMENT: gettext_lazy("Segment"),
    Action.TAG: gettext_lazy("Add tag"),
    Action.UNTAG: gettext_lazy("Remove tag"),
    Action.PULSE: gettext_lazy("Pulse"),
    Action.NOTE: gettext_lazy("Note"),
}


@dataclass(frozen=True)
class Bar:
    """What stands below a list whose rows can be selected. `pairs`: the filter, for all that match it."""

    url: str
    of: str
    pairs: tuple[tuple[str, str], ...]
    back: str
    total: int
    deeds: tuple[tuple[str, str], ...]
    recent_url: str


def bar(member: Membership, of: str, pairs: Iterable[tuple[str, str]], back: str, total: int) -> Bar | None:
    """Nothing for who writes no account."""
    if not may(member.role, "account.write"):
        return None
    slug = [member.workspace.slug]
    return Bar(
        url=reverse("bulk", args=slug),
        of=of,
        pairs=tuple((name, value) for name, value in pairs if name != "page"),
        back=back,
        total=total,
        deeds=tuple((action.value, str(label)) for action, label in DEEDS.items()),
        recent_url=reverse("bulk-changes", args=slug),
    )
