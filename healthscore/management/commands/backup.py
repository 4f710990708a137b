"""`backup FILE`: the whole database as one file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from healthscore.backups import BackupError, save


class Command(BaseCommand):
    help = "Write the whole database, as it is at this moment, to a new file, and read it back. Work goes on meanwhile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="a new file, in the custom format of pg_dump")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            save(file)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
