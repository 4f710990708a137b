"""How long things are kept, and since when events are gone."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Membership
from dashboards.panels.settings.form import FormPage
from dashboards.templatetags.figures import day


def retention_page(member: Membership, form: Any) -> FormPage:
    """The periods, and what they have done so far."""
    gone, cleared = member.workspace.events_gone_before, member.workspace.cleared_on
    parts = []
    if gone:
        words = _("Events of days before %(day)s are deleted; what still comes for these days is refused.")
        parts.append(words % {"day": day(gone)})
    if cleared:
        parts.append(_("Last cleared on %(day)s.") % {"day": day(cleared)})
    return FormPage.of(member, form, note=" ".join(parts))
