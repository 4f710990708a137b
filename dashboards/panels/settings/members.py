"""Who belongs to the workspace, and who was asked to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse

from accounts.members import with_second_factor
from accounts.models import Account, Invitation, Membership
from accounts.permissions import may


@dataclass(frozen=True)
class MemberRow:
    """A member, or one who has left."""

    name: str
    email: str
    role: str
    team: str
    accounts: int
    seen_at: datetime | None
    has_second_factor: bool
    ended_at: datetime | None
    url: str
    revive_url: str


@dataclass(frozen=True)
class InvitationRow:
    """Who was asked and has not answered."""

    email: str
    role: str
    team: str
    by: str
    expires_at: datetime
    is_open: bool
    again_url: str
    revoke_url: str


@dataclass(frozen=True)
class Members:
    """All that the page shows. `link` is there once, right after somebody was invited."""

    now: datetime
    may_change: bool
    members: tuple[MemberRow, ...]
    left: tuple[MemberRow, ...]
    invitations: tuple[InvitationRow, ...]
    form: Any
    invited: str
    link: str
    was_mailed: bool
    needs_second_factor: bool
    has_second_factor: bool


def members_of(
    member: Membership, now: datetime, form: Any, invited: str = "", link: str = "", was_mailed: bool = False
) -> Members:
    """The page. Four queries, however many members."""
    rows = _members(member)
    here = next(row for row in rows if row.email == member.user.email)
    return Members(
        now=now,
        may_change=may(member.role, "settings.write"),
        members=tuple(row for row in rows if row.ended_at is None),
        left=tuple(row for row in rows if row.ended_at is not None),
        invitations=_invitations(member, now) if may(member.role, "settings.write") else (),
        form=form,
        invited=invited,
        link=link,
        was_mailed=was_mailed,
        needs_second_factor=member.workspace.needs_second_factor,
        has_second_factor=here.has_second_factor,
    )


def _members(member: Membership) -> list[MemberRow]:
    workspace = member.workspace
    found = list(Membership.objects.of(workspace).select_related("user", "team").order_by("user__name", "user__email"))
    owned = Account.objects.of(workspace).order_by().values("owner_id").annotate(n=Count("pk"))
    accounts = dict(owned.values_list("owner_id", "n"))
    protected = with_second_factor(row.user_id for row in found)
    return [
        MemberRow(
            name=str(row.user),
            email=row.user.email,
            role=row.get_role_display(),
            team=row.team.name if row.team else "",
            accounts=accounts.get(row.pk, 0),
            seen_at=row.seen_at,
            has_second_factor=row.user_id in protected,
            ended_at=row.ended_at,
            url=reverse("settings-member", args=[workspace.slug, row.pk]),
            revive_url=reverse("settings-member-revive", args=[workspace.slug, row.pk]),
        )
        for row in found
    ]


def _invitations(member: Membership, now: datetime) -> tuple[InvitationRow, ...]:
    slug = member.workspace.slug
    rows = Invitation.objects.of(member.workspace).open().select_related("team", "invited_by__user").order_by("email")
    return tuple(
        InvitationRow(
            email=row.email,
            role=row.get_role_display(),
            team=row.team.name if row.team else "",
            by=str(row.invited_by or ""),
            expires_at=row.expires_at,
            is_open=row.is_open(now),
            again_url=reverse("settings-invite-again", args=[slug, row.pk]),
            revoke_url=reverse("settings-invite-revoke", args=[slug, row.pk]),
        )
        for row in rows
    )
