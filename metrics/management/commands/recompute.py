"""`manage.py recompute WORKSPACE [--day D | --from D --to D]`: score past days anew."""

from __future__ import annotations

import multiprocessing
import time
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Workspace
from metrics.models import Run
from metrics.nightly.rollups import refill_all
from metrics.nightly.run import drain, recompute


class Command(BaseCommand):
    help = "Score past days anew, each as it was known on that day, in order. Restated days are stamped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", metavar="WORKSPACE", help="the workspace's short name")
        parser.add_argument("--day", type=date.fromisoformat, help="this day; the last finished one unless told")
        parser.add_argument("--from", dest="first", metavar="DAY", type=date.fromisoformat, help="from this day")
        parser.add_argument(
            "--to", dest="last", metavar="DAY", type=date.fromisoformat, help="to this day, or the last finished one"
        )
        parser.add_argument(
            "--known", metavar="DAY", type=date.fromisoformat, help="as known on this day, instead of each day's own"
        )
        parser.add_argument("--workers", type=int, default=1, help="processes that share the shards")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            workspace = Workspace.objects.get(slug=options["workspace"])
        except Workspace.DoesNotExist as error:
            raise CommandError(_("There is no workspace “%s”.") % options["workspace"]) from error
        first, last = self._span(workspace, options)
        self._roll_up(workspace, last)
        started = time.perf_counter()
        days = recompute(
            workspace,
            first,
            last,
            self._report,
            lambda run_id: drain_together(run_id, options["workers"]),
            options["known"],
        )
        seconds = time.perf_counter() - started
        self.stdout.write(
            _("%(days)s days in %(seconds).1f s, %(each).3f s a day")
            % {"days": days, "seconds": seconds, "each": seconds / max(days, 1)}
        )

    def _roll_up(self, workspace: Workspace, last: date) -> None:
        started = time.perf_counter()
        days = refill_all(workspace, upto=last)
        if days:
            seconds = time.perf_counter() - started
            self.stdout.write(
                _("%(days)d days of accounts rolled up in %(seconds).1f s") % {"days": days, "seconds": seconds}
            )
            self.stdout.flush()

    def _span(self, workspace: Workspace, options: dict[str, Any]) -> tuple[date, date]:
        finished = workspace.last_finished_day(timezone.now())
        if options["first"] and not options["day"]:
            first, last = options["first"], options["last"] or finished
        else:
            first = last = options["day"] or finished
        if first > last:
            raise CommandError(_("--from %(first)s lies after --to %(last)s.") % {"first": first, "last": last})
        if last > finished:
            raise CommandError(
                _("%(day)s has not ended; the last finished day is %(finished)s.") % {"day": last, "finished": finished}
            )
        return first, last

    def _report(self, run: Run) -> None:
        if run.state != Run.State.PUBLISHED:
            raise CommandError(
                _("%(day)s is %(state)s; see Runs.") % {"day": run.day, "state": run.get_state_display()}
            )
        self.stdout.write(f"{run.day}  {run.digest[:16]}")
        self.stdout.flush()


def drain_together(run_id: int, workers: int) -> Run:
    """Drain a run with this process and workers − 1 others, which claim its shards beside it."""
    if workers <= 1:
        return drain(run_id)
    connections.close_all()
    others = [multiprocessing.get_context("fork").Process(target=_help, args=(run_id,)) for _ in range(workers - 1)]
    for other in others:
        other.start()
    run = drain(run_id)
    for other in others:
        other.join()
    return run


def _help(run_id: int) -> None:
    connections.close_all()
    drain(run_id)
