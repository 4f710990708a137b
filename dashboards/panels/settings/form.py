"""A section of settings with a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import ngettext

from accounts.models import DirtyDay, Membership
from accounts.permissions import may
from dashboards.templatetags.figures import integer


@dataclass(frozen=True)
class FormPage:
    """A form, and whether this member may send it."""

    form: Any
    may_change: bool
    note: str = ""

    @classmethod
    def of(cls, member: Membership, form: Any, **more: Any) -> FormPage:
        return cls(form=form, may_change=may(member.role, "settings.write"), **more)


def counting_page(member: Membership, form: Any) -> FormPage:
    """A form that days of use depend on, with how many of them wait to be counted."""
    days = DirtyDay.objects.of(member.workspace).count()
    words = ngettext("%(n)s day of an account waits to be counted.", "%(n)s days of accounts wait to be counted.", days)
    return FormPage.of(member, form, note=words % {"n": integer(days)} if days else "")
