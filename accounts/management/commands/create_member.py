"""`create_member WORKSPACE EMAIL --role R [--team T]`: a person who may sign in, with a role in a workspace."""

from argparse import ArgumentParser
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.management.commands.create_api_key import find_workspace
from accounts.models import Membership, Role, Team, User, Workspace


class Command(BaseCommand):
    help = "Make a person a member of a workspace, or change role and team; prints a link to choose a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workspace", metavar="WORKSPACE", help="the workspace's short name")
        parser.add_argument("email", metavar="EMAIL", help="the address the person signs in with")
        parser.add_argument("--role", choices=Role.values, default=Role.CSM, help="what the person may do")
        parser.add_argument("--team", metavar="NAME", help="made where it does not exist")
        parser.add_argument("--name", default="", help="what the person is called")
        parser.add_argument("--site", default="http://127.0.0.1:8000", help="where people reach Healthscore")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = find_workspace(options["workspace"])
        try:
            validate_email(options["email"])
        except ValidationError:
            raise CommandError(_("“%s” is no e-mail address.") % options["email"]) from None
        with transaction.atomic():
            user = _user(options["email"], options["name"])
            member = _join(workspace, user, options["role"], options["team"])
        what = {"person": user, "role": member.get_role_display(), "workspace": workspace.name}
        self.stdout.write(_("%(person)s: %(role)s of %(workspace)s.") % what)
        if not user.has_usable_password():
            self.stdout.write(_("To choose a password, once: %s") % (options["site"].rstrip("/") + password_path(user)))


def password_path(user: User) -> str:
    """The address at which a person chooses a password; it works once, for three days."""
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})


def _user(email: str, name: str) -> User:
    user = User.objects.filter(email=email.lower()).first() or User.objects.create_user(email)
    if name:
        user.name = name
        user.save(update_fields=["name"])
    return user


def _join(workspace: Workspace, user: User, role: str, team: str | None) -> Membership:
    """A member who had left is one again."""
    told: dict[str, Any] = {"role": role, "ended_at": None}
    if team:
        told["team"], _made = Team.unscoped.get_or_create(workspace=workspace, name=team)
    member, _made = Membership.unscoped.update_or_create(workspace=workspace, user=user, defaults=told)
    return member
