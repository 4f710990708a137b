"""`manage.py create_workspace SLUG --name NAME`: a tenant with default stages and scorecard."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, Workspace
from metrics.scorecards import create_workspace


class Command(BaseCommand):
    help = "Create a workspace with the default stages and the default scorecard."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="WORKSPACE", help="its short name, as in its addresses")
        parser.add_argument("--name", help="what it is called; its short name unless told")
        parser.add_argument("--time-zone", default="UTC", help="in which its days begin and end, such as Europe/Madrid")
        parser.add_argument("--currency", default="USD", help="in which it reports")
        parser.add_argument(
            "--kind", choices=Workspace.Kind.values, default=Workspace.Kind.SUBSCRIPTIONS, help="what makes a customer"
        )
        parser.add_argument(
            "--churn-rule",
            choices=Workspace.ChurnRule.values,
            default=Workspace.ChurnRule.TERMS,
            help="what ends one: the paid term, or a churn that is told",
        )
        parser.add_argument("--admin", metavar="EMAIL", help="its first admin; prints a link to choose a password")
        parser.add_argument("--site", default="http://127.0.0.1:8000", help="where people reach Healthscore")

    def handle(self, *args: Any, **options: Any) -> None:
        fields = {name: options[name] for name in ("time_zone", "currency", "kind", "churn_rule")}
        workspace = Workspace(slug=options["slug"], name=options["name"] or options["slug"], **fields)
        try:
            workspace.full_clean()
        except ValidationError as error:
            faults = [f"{field}: {' '.join(reasons)}" for field, reasons in error.message_dict.items()]
            raise CommandError("; ".join(faults)) from error
        with transaction.atomic():
            create_workspace(workspace.slug, workspace.name, **fields)
            if options["admin"]:
                told = {"role": Role.ADMIN, "site": options["site"], "stdout": self.stdout}
                call_command("create_member", workspace.slug, options["admin"], **told)
        self.stdout.write(_("Workspace “%(slug)s” is ready.") % {"slug": workspace.slug})
