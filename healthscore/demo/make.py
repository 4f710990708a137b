"""Makes the demo, or what is missing of it, and says how to get in."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import date, timedelta

from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Workspace
from healthscore.demo.bands import set_bands
from healthscore.demo.company import COMPANIES, PASSWORD, WINDOW, Company
from healthscore.demo.facts import Plan, known_account
from healthscore.demo.notes import write_notes
from healthscore.demo.people import DECIDER, People
from healthscore.demo.scorecards import try_weights
from healthscore.demo.tenants import key_of, make_surroundings, make_tenant, origin
from healthscore.demo.write import make_partitions, next_day, write
from metrics.models import Run
from metrics.nightly.run import recompute

# Days before today that are scored on the first start.
SCORED_DAYS = 120
Announce = Callable[[str], None]


def make(announce: Announce, address: str = "http://127.0.0.1:8000") -> list[str]:
    """Make both workspaces up to yesterday. Returns lines to print: logins, and a way to push an event."""
    today = timezone.now().date().toordinal()
    make_partitions(today - WINDOW, today)
    jobs = [Job(company, announce) for company in COMPANIES]
    for job in jobs:
        job.start()
    made = [job.result() for job in jobs]
    lines = [_("Password of all logins: %s") % PASSWORD]
    for company in COMPANIES:
        lines += ["", company.name, *_logins(company)]
    return [*lines, "", _("Push an event, then see it on the account's page:"), _curl(*made[0], address)]


class Job(threading.Thread):
    """One company in a thread of its own: while one waits for the database, the other one works. Ctrl-C does not
    wait for it; what it had not committed is gone, and the next start begins there."""

    def __init__(self, company: Company, announce: Announce) -> None:
        super().__init__(daemon=True)
        self._todo = (company, announce)
        self._outcome: Future[tuple[Workspace, Plan]] = Future()

    def run(self) -> None:
        try:
            company, announce = self._todo
            workspace, plan = bring_up(company, announce)
            announce(f"{company.name}: judging the scorecard by the past")
            try_weights(workspace, timezone.now())
            self._outcome.set_result((workspace, plan))
        except BaseException as error:
            self._outcome.set_exception(error)
        finally:
            connections.close_all()

    def result(self) -> tuple[Workspace, Plan]:
        """Wait for the end. Raises what went wrong."""
        return self._outcome.result()


def bring_up(company: Company, announce: Announce, scored_days: int = SCORED_DAYS) -> tuple[Workspace, Plan]:
    """Make one workspace, write the days that are missing and score them."""
    workspace, source = make_tenant(company)
    begin, last = origin(workspace, source), workspace.last_finished_day(timezone.now())
    plan = Plan(company, begin, last.toordinal())
    make_surroundings(company, source, date.fromordinal(begin), last)
    first = next_day(source) or begin
    if first <= last.toordinal():
        announce(f"{company.name}: writing {last.toordinal() - first + 1} days of facts")
        write(source, plan, first, last.toordinal(), announce)
    set_bands(workspace, last)
    write_notes(workspace, source, date.fromordinal(begin), last)
    _score(workspace, date.fromordinal(first), last, scored_days, announce)
    return workspace, plan


def _score(workspace: Workspace, first_new: date, last: date, days: int, announce: Announce) -> None:
    """Score the newly written days, and those of the last months that never were."""
    begin = last - timedelta(days=days - 1)
    done = set(Run.objects.of(workspace).published().filter(day__gte=begin).values_list("day", flat=True))
    missing = [begin + timedelta(days=n) for n in range(days)]
    first = min([day for day in missing if day not in done or day >= first_new], default=None)
    if first:
        recompute(workspace, first, last, lambda run: announce(f"{workspace.name}: scored {run.day:%B %-d, %Y}"))


def _logins(company: Company) -> list[str]:
    return [
        f"  {person.role:8} {company.email(person):28} {person.name}{f', {person.team}' if person.team else ''}"
        for person in company.people
    ]


def _curl(workspace: Workspace, plan: Plan, address: str) -> str:
    account = known_account(plan)
    who = People(account).person(DECIDER)
    event = {"name": "login", "account": account.account.id, "contact": who.email}
    return (
        f"  curl {address}/api/v1/events -H 'Authorization: Bearer {key_of(workspace)}'"
        f" -H 'Content-Type: application/json' -d '{json.dumps({'events': [event]})}'"
    )
