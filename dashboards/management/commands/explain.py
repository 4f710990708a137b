"""`manage.py explain WORKSPACE [--fell] [--from D --to D]`: who fell between two days, and why."""

from __future__ import annotations

import csv
import json
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from io import StringIO
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import Workspace
from dashboards.panels.evidence.fallen import Fallen, fallen
from dashboards.templatetags.figures import signed
from metrics.models import ScoreSnapshot

DAYS = 30
COLUMNS = ("account", "from", "to", "cause", "records")
Line = dict[str, str]


class Command(BaseCommand):
    help = "Print whose score fell most between two days, with the top cause and the records behind it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workspace", metavar="WORKSPACE", help="the workspace's short name")
        parser.add_argument(
            "--from",
            dest="first",
            metavar="DAY",
            type=date.fromisoformat,
            help="a scored day; 30 days earlier unless told",
        )
        parser.add_argument(
            "--to", dest="last", metavar="DAY", type=date.fromisoformat, help="a later one; the last one unless told"
        )
        parser.add_argument("--fell", action="store_true", help="only those whose band fell")
        parser.add_argument("--limit", metavar="N", type=int, default=50, help="so many accounts (50)")
        parser.add_argument("--format", choices=list(WRITERS), default="table", help="how they are printed (table)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            workspace = Workspace.objects.get(slug=options["workspace"])
        except Workspace.DoesNotExist as error:
            raise CommandError(_("There is no workspace “%s”.") % options["workspace"]) from error
        first, last = _days(workspace, options["first"], options["last"])
        found = fallen(workspace, first, last, options["fell"], options["limit"])
        self.stdout.write(WRITERS[options["format"]]([_line(each) for each in found]))


def _days(workspace: Workspace, first: date | None, last: date | None) -> tuple[date, date]:
    """The two days, both scored."""
    scored = ScoreSnapshot.objects.of(workspace).published().order_by("-day")
    last = last or scored.values_list("day", flat=True).first()
    if last is None:
        raise CommandError(_("Nothing has been scored yet in “%s”.") % workspace.slug)
    first = first or last - timedelta(days=DAYS)
    if first >= last:
        raise CommandError(_("--from %(first)s does not lie before --to %(last)s.") % {"first": first, "last": last})
    for on in (first, last):
        if not scored.filter(day=on).exists():
            raise CommandError(_("No account has a score of %(day)s.") % {"day": on})
    return first, last


def _line(row: Fallen) -> Line:
    taken = _("caps the band") if row.points is None else signed(row.points, 1)
    return {
        "account": row.account.name,
        "from": f"{row.then[0]} {row.then[1]}",
        "to": f"{row.now[0]} {row.now[1]}",
        "cause": " ".join(part for part in (row.cause, row.words, f"({taken})") if part),
        "records": row.records,
    }


def _table(lines: Sequence[Line]) -> str:
    rows = [COLUMNS, *(tuple(line[column] for column in COLUMNS) for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _markdown(lines: Sequence[Line]) -> str:
    head = [f"| {' | '.join(COLUMNS)} |", f"| {' | '.join('---' for _column in COLUMNS)} |"]
    return "\n".join(
        [*head, *(f"| {' | '.join(line[column].replace('|', '/') for column in COLUMNS)} |" for line in lines)]
    )


def _json(lines: Sequence[Line]) -> str:
    return json.dumps(lines, ensure_ascii=False, indent=2)


def _csv(lines: Sequence[Line]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().rstrip("\n")


WRITERS: dict[str, Callable[[Sequence[Line]], str]] = {
    "table": _table,
    "json": _json,
    "csv": _csv,
    "markdown": _markdown,
}
