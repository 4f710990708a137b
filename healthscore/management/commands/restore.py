"""`restore FILE`: the whole database from a backup."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from healthscore.backups import BackupError, restore


class Command(BaseCommand):
    help = (
        "Fill an empty database from a backup, all or nothing, and bring its tables up to date."
        " Web, worker and beat have to be stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="what `backup` wrote")
        parser.add_argument("--replace", action="store_true", help="drop what the database holds, once FILE was read")

    def handle(self, *args: Any, file: Path, replace: bool, **options: Any) -> None:
        try:
            restore(file, replace=replace)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        call_command("migrate", interactive=False, verbosity=0, skip_checks=False)
        self.stdout.write(f"The database is that of {file}.")
