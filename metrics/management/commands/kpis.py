"""`manage.py kpis WORKSPACE [--period month] [--at D]`: the KPIs of a period, from the facts."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from datetime import date
from io import StringIO
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership, Team, Workspace
from metrics.kpis.answers import Answer, Book, Question, answer
from metrics.kpis.digits import PART, written
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE, Scope
from metrics.models import PeriodKind, ScopeKind
from metrics.registry import KPIS

COLUMNS = ("kpi", "name", "value", "unit", "n", "part", "whole", "low", "high", "reason")
SHOWN = ("kpi", "value", "unit", "n", "reason")
Row = dict[str, Any]


class Command(BaseCommand):
    help = "Print the KPIs of a period, computed from the facts as they are known now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", metavar="WORKSPACE", help="the workspace's short name")
        parser.add_argument("--period", choices=PeriodKind.values, default=PeriodKind.MONTH, help="how long it is")
        parser.add_argument(
            "--at", metavar="DAY", type=date.fromisoformat, help="a day of it; the last finished one unless told"
        )
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument("--team", metavar="NAME", help="of the accounts of this team")
        whose.add_argument("--csm", metavar="EMAIL", help="of the accounts of this member")
        whose.add_argument("--segment", metavar="NAME", help="of the accounts of this segment")
        parser.add_argument("--format", choices=list(WRITERS), default="table", help="how they are printed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            workspace = Workspace.objects.get(slug=options["workspace"])
        except Workspace.DoesNotExist as error:
            raise CommandError(_("There is no workspace “%s”.") % options["workspace"]) from error
        finished = workspace.last_finished_day(timezone.now())
        day = options["at"] or finished
        if day > finished:
            raise CommandError(
                _("%(day)s has not ended; the last finished day is %(finished)s.") % {"day": day, "finished": finished}
            )
        question = Question(
            Book(workspace, finished), Period.of(workspace, PeriodKind(options["period"]), day, finished)
        )
        scope = _scope(workspace, options)
        self.stdout.write(WRITERS[options["format"]](question.period, _rows(question, scope)))


def _scope(workspace: Workspace, options: dict[str, Any]) -> Scope:
    if name := options["team"]:
        return _found(ScopeKind.TEAM, Team.objects.of(workspace).filter(name=name).first(), name)
    if email := options["csm"]:
        member = Membership.objects.of(workspace).filter(user__email=email.lower()).first()
        return _found(ScopeKind.CSM, member, email)
    return Scope(ScopeKind.SEGMENT, options["segment"]) if options["segment"] else WHOLE


def _found(kind: ScopeKind, row: Any, name: str) -> Scope:
    if row is None:
        raise CommandError(_("There is no %(kind)s “%(name)s”.") % {"kind": kind.label, "name": name})
    return Scope(kind, str(row.pk))


def _rows(question: Question, scope: Scope) -> list[Row]:
    return [_row(key, answer(kpi, question.dealt(kpi.records).get(scope, []))) for key, kpi in sorted(KPIS.items())]


def _row(key: str, found: Answer) -> Row:
    low, high = found.interval or (None, None)
    own = {"kpi": key, "name": str(KPIS[key].name), "unit": KPIS[key].unit.value, "value": written(found.value)}
    amounts = {"n": found.n, "part": written(found.part, PART), "whole": written(found.whole, PART)}
    return own | amounts | {"low": low, "high": high, "reason": str(found.reason)}


def _table(period: Period, rows: Sequence[Row]) -> str:
    lines = [SHOWN, *(tuple("–" if row[c] is None else str(row[c])[:60] for c in SHOWN) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    body = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    return "\n".join([f"{period.start} – {period.last}", "", *body])


def _json(period: Period, rows: Sequence[Row]) -> str:
    head = {"period": period.kind.value, "start": str(period.start), "until": str(period.until)}
    return json.dumps(head | {"is_running": period.is_running, "kpis": rows}, ensure_ascii=False, indent=2)


def _csv(period: Period, rows: Sequence[Row]) -> str:
    lines = StringIO()
    writer = csv.DictWriter(lines, ["start", "until", *COLUMNS], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({"start": period.start, "until": period.until, **row})
    return lines.getvalue().rstrip("\n")


WRITERS: dict[str, Callable[[Period, Sequence[Row]], str]] = {"table": _table, "json": _json, "csv": _csv}
