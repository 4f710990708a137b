"""`create_api_key WORKSPACE NAME --scopes events,read,write`: a program's way in, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import ApiKey, Source, Workspace


class Command(BaseCommand):
    help = "Make an API key, with a source of the same name. The key is shown once; only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workspace", metavar="WORKSPACE", help="the workspace's short name")
        parser.add_argument("name", metavar="NAME", help="what the key, and the source of what it sends, is called")
        parser.add_argument("--scopes", default="events", help="events, read, write; separated by commas")
        parser.add_argument("--create-accounts", action="store_true", help="an event of an unknown account creates it")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = find_workspace(options["workspace"])
        scopes = [each.strip() for each in options["scopes"].split(",") if each.strip()]
        unknown = sorted(set(scopes) - set(ApiKey.Scope.values))
        if unknown or not scopes:
            wrong = {"scopes": ", ".join(unknown), "known": ", ".join(ApiKey.Scope.values)}
            raise CommandError(_("--scopes: there is no “%(scopes)s”, only: %(known)s.") % wrong)
        source, _made = Source.unscoped.get_or_create(
            workspace=workspace, name=options["name"][:100], defaults={"kind": Source.Kind.REST}
        )
        creates = options["create_accounts"]
        _row, key = ApiKey.issue(workspace, source, options["name"][:100], scopes, creates_accounts=creates)
        self.stdout.write(key)


def find_workspace(slug: str) -> Workspace:
    """A workspace by its short name. Raises CommandError."""
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        known = ", ".join(Workspace.objects.values_list("slug", flat=True)[:20]) or "–"
        raise CommandError(_("There is no workspace “%(slug)s”, only: %(known)s.") % {"slug": slug, "known": known})
    return workspace
