"""Who belongs to a workspace: roles, teams, joining by invitation, leaving with or without an heir.

Only an admin changes another member, and nobody changes their own role: so one admin always remains.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import note
from accounts.models import Account, Invitation, Membership, Role, Team, User, Workspace
from accounts.places import lock_accounts, put


class MemberError(ValueError):
    """Why it cannot be done, as a sentence for people."""


@transaction.atomic
def change(actor: Membership, member: Membership, role: str, team: Team | None) -> None:
    """Give a member another role or team. Raises MemberError."""
    _lock(actor)
    if member.pk == actor.pk and role != actor.role:
        raise MemberError(_("Your own role is changed by another admin."))
    _keep(member, role=role, team=team)


@transaction.atomic
def end(actor: Membership, member: Membership, heir: Membership | None, now: datetime) -> int:
    """End a membership; the heir, or nobody, owns the accounts. Returns how many. Raises MemberError."""
    lock_accounts(actor.workspace)
    _lock(actor)
    if member.pk == actor.pk:
        raise MemberError(_("Your own membership is ended by another admin."))
    if heir is not None and heir.pk == member.pk:
        raise MemberError(_("Who leaves cannot take over the accounts."))
    if member.ended_at is None:
        _keep(member, ended_at=now)
    owned = list(Account.objects.of(actor.workspace).filter(owner=member).order_by("pk").select_for_update(no_key=True))
    old, new = str(member), str(heir) if heir else None
    note((account, "owner", old, new) for account in owned)
    put(actor.workspace, "owner", {account.pk: str(heir.pk) if heir else "" for account in owned}, now)
    return len(owned)


@transaction.atomic
def revive(actor: Membership, member: Membership) -> None:
    """A member who had left is one again, with role and team of before, and without the accounts of before."""
    _lock(actor)
    _keep(member, ended_at=None)


def _keep(member: Membership, **values: Any) -> None:
    """Save these fields; the audit log tells what changed."""
    for field, value in values.items():
        setattr(member, field, value)
    member.save(update_fields=[*values])


def _lock(actor: Membership) -> None:
    """Changes of members come one after the other, and from who is an admin still. Raises MemberError."""
    Workspace.objects.select_for_update(no_key=True).get(pk=actor.workspace_id)
    if not Membership.objects.of(actor.workspace).filter(pk=actor.pk, role=Role.ADMIN, ended_at=None).exists():
        raise MemberError(_("You are no admin any more."))


# -- invitations --------------------------------------------------------------------------------------------


@transaction.atomic
def invite(actor: Membership, email: str, role: str, team: Team | None, now: datetime) -> tuple[Invitation, str]:
    """Invite a person, or again with a new link; the second value is its token. Raises MemberError."""
    _lock(actor)
    email = email.strip().lower()
    if Membership.objects.of(actor.workspace).filter(user__email=email, ended_at=None).exists():
        raise MemberError(_("%(email)s is a member already.") % {"email": email})
    return Invitation.sent(actor, email, now, role=role, team=team)


def invitation_of(token: str, now: datetime) -> Invitation | None:
    """The invitation whose link carries this token, where the link still works."""
    rows = Invitation.unscoped.select_related("workspace", "team", "invited_by__user")
    found = rows.filter(hash=Invitation.hash_of(token)).first()
    return found if found is not None and found.is_open(now) else None


@transaction.atomic
def accept(token: str, user: User, now: datetime) -> Membership:
    """A person who signs in already joins. Raises MemberError where the invitation is not for them, or not open."""
    invitation = _claim(token, now)
    if user.email.lower() != invitation.email:
        raise MemberError(_("This invitation is for %(email)s.") % {"email": invitation.email})
    return _join(invitation, user, now)


@transaction.atomic
def accept_as_new(token: str, name: str, password: str, now: datetime) -> User:
    """A person without a login gets one, with the address that was invited, and joins. Raises MemberError."""
    invitation = _claim(token, now)
    if User.objects.filter(email=invitation.email).exists():
        raise MemberError(_("%(email)s signs in here already: sign in to accept.") % {"email": invitation.email})
    user = User.objects.create_user(invitation.email, password, name=name)
    _join(invitation, user, now)
    return user


def _claim(token: str, now: datetime) -> Invitation:
    """The open invitation, locked: of two who come at once the second finds it used. Raises MemberError."""
    rows = Invitation.unscoped.select_for_update(of=("self",)).select_related("workspace")
    found = rows.filter(hash=Invitation.hash_of(token)).first()
    if found is None or not found.is_open(now):
        raise MemberError(_("This invitation no longer works."))
    return found


def _join(invitation: Invitation, user: User, now: datetime) -> Membership:
    """Who had left is back with the role of the invitation; who is a member already stays what they are."""
    told: dict[str, Any] = {"role": invitation.role, "team": invitation.team, "ended_at": None}
    member, made = Membership.unscoped.get_or_create(workspace=invitation.workspace, user=user, defaults=told)
    if not made and member.ended_at is not None:
        _keep(member, **told)
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    return member


# -- what is a person's own ---------------------------------------------------------------------------------


def has_second_factor(user: User) -> bool:
    """Whether signing in asks for a code as well."""
    return bool(with_second_factor([user.pk]))


def with_second_factor(users: Iterable[int]) -> set[int]:
    """Those of whom signing in asks for a code as well."""
    rows = Authenticator.objects.filter(user_id__in=users, type=Authenticator.Type.TOTP)
    return set(rows.values_list("user_id", flat=True))


def memberships_of(user: User) -> Any:
    """The workspaces a person is a member of, by name."""
    rows = Membership.unscoped.select_related("workspace", "team")
    return rows.filter(user_id=user.pk, ended_at=None).order_by("workspace__name")
