"""A section of settings with a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.models import Membership
from accounts.permissions import may


@dataclass(frozen=True)
class FormPage:
    """A form, and whether this member may send it."""

    form: Any
    may_change: bool

    @classmethod
    def of(cls, member: Membership, form: Any, **more: Any) -> FormPage:
        return cls(form=form, may_change=may(member.role, "settings.write"), **more)
