"""`import_csv WORKSPACE KIND FILE`: facts from a CSV file, with a report whose parts add up."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import retraction
from accounts.importers.files import CsvFile, FileError
from accounts.importers.mapping import Mapping, MappingError, plain_mapping, read_mapping
from accounts.importers.report import Report, table, taken_back
from accounts.importers.run import Order, Progress, import_file
from accounts.kinds import KINDS
from accounts.management.commands.create_api_key import find_workspace
from accounts.models import Import, Workspace
from accounts.models.upload import SOURCE

TOLD_EVERY = 2


class Command(BaseCommand):
    help = "Import facts from a CSV file (gzip or not), or undo an import."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workspace", metavar="WORKSPACE", help="the workspace's short name")
        parser.add_argument("kind", metavar="KIND", nargs="?", help=", ".join(KINDS))
        parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="the file, gzip or not")
        parser.add_argument("--map", type=Path, metavar="FILE", help="which column is which field (YAML)")
        parser.add_argument("--dry-run", action="store_true", help="report what would happen, store nothing")
        parser.add_argument("--source", default=SOURCE, metavar="NAME", help="where the file comes from")
        parser.add_argument("--create-accounts", action="store_true", help="a row of an unknown account creates it")
        parser.add_argument("--undo", type=int, metavar="IMPORT", help="take back what an import brought")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = find_workspace(options["workspace"])
        if options["undo"] is not None:
            return self._undo(workspace, options["undo"])
        if options["file"] is None:
            raise CommandError(_("Say which kind of fact and which file: import_csv WORKSPACE KIND FILE."))
        try:
            with CsvFile(options["file"]) as file:
                self._import(workspace, file, options)
        except (FileError, MappingError) as error:
            raise CommandError(str(error)) from None
        except OperationalError as error:
            reason = _("The database gave up: %s Import the same file again to complete it.")
            raise CommandError(reason % error) from None
        return None

    def _import(self, workspace: Workspace, file: CsvFile, options: dict[str, Any]) -> None:
        mapping = mapping_for(options["kind"], options["map"], file)
        order = Order(
            workspace,
            options["source"][:100],
            mapping,
            file,
            dry=options["dry_run"],
            creates_accounts=options["create_accounts"],
        )
        begun = time.monotonic()
        with self._progress(file) as progress:
            imported, report = import_file(order, progress)
        seconds = time.monotonic() - begun
        what = {"file": file.path.name, "kind": mapping.kind, "workspace": workspace.slug}
        self.stdout.write(_("%(file)s → %(kind)s of %(workspace)s") % what)
        for line in report.lines():
            self.stdout.write(line)
        rate = f"{report.read / max(seconds, 0.001):,.0f}"
        self.stdout.write(_("%(seconds).1f s, %(rate)s rows/s") % {"seconds": seconds, "rate": rate})
        if order.dry:
            self.stdout.write(_("Dry run: nothing was stored."))
        else:
            self.stdout.write(
                _("Import %(id)s; taken back by: import_csv %(slug)s --undo %(id)s")
                % {"id": imported.pk, "slug": workspace.slug}
            )

    def _undo(self, workspace: Workspace, pk: int) -> None:
        imported = Import.objects.of(workspace).filter(pk=pk).first()
        if imported is None:
            raise CommandError(_("There is no import %(id)s in “%(slug)s”.") % {"id": pk, "slug": workspace.slug})
        if imported.kind not in KINDS:
            raise CommandError(_("%s brought no facts: take back what it set on the page Settings.") % imported)
        if retraction.is_going_on(imported):
            raise CommandError(_("%s is still under way: its page says how far it is.") % imported)
        try:
            undone = retraction.undo(imported, timezone.now())
        except OperationalError as error:
            raise CommandError(_("The database gave up: %s Run the same again to complete it.") % error) from None
        if imported.state != Import.State.UNDONE:
            raise CommandError(_("A worker is taking it back: its page says how far it is."))
        self.stdout.write(_("%s, taken back:") % imported)
        for line in table(taken_back(undone)):
            self.stdout.write(line)

    @contextmanager
    def _progress(self, file: CsvFile) -> Iterator[Progress]:
        """A bar on a terminal, else a line every two seconds."""
        if self.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress as Bar

            with Bar(console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task(file.path.name, total=file.size)
                yield lambda position, report: bar.update(task, completed=position)
        else:
            yield self._line_teller(file)

    def _line_teller(self, file: CsvFile) -> Progress:
        told = time.monotonic()

        def tell(position: int, report: Report) -> None:
            nonlocal told
            if time.monotonic() - told >= TOLD_EVERY:
                told = time.monotonic()
                share = {"percent": 100 * position // max(file.size, 1), "rows": f"{report.read:,}"}
                self.stderr.write(_("%(percent)s %%, %(rows)s rows") % share)

        return tell


def mapping_for(kind: str, path: Path | None, file: CsvFile) -> Mapping:
    """The mapping of a file, or one by the names of its columns. Raises MappingError."""
    mapping = read_mapping(path) if path else plain_mapping(kind, file.header)
    if mapping.kind != kind:
        raise MappingError(
            _("%(path)s is for %(is)s, not for %(kind)s.") % {"path": path, "is": mapping.kind, "kind": kind}
        )
    return mapping
