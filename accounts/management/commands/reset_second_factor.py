"""`reset_second_factor EMAIL`: for who has lost the telephone and the recovery codes."""

from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import User


class Command(BaseCommand):
    help = "Take the second factor off a person who has lost it: the password alone signs them in again. Know who asks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="the address the person signs in with")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].lower()).first()
        if user is None:
            raise CommandError(_("Nobody signs in as “%s”.") % options["email"])
        removed, _rows = Authenticator.objects.filter(user_id=user.pk).delete()
        words = _("%s signs in by password alone.") if removed else _("%s had no second factor.")
        self.stdout.write(words % user.email)
