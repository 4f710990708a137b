"""The gate that web, worker, beat and `up` pass before they do anything."""

from __future__ import annotations

import sys

from django.conf import settings
from django.core.checks import run_checks
from django.db import connections
from django.db.utils import Error

from healthscore.checks import START
from healthscore.health import migrations

# What gunicorn takes as: this will not get better by itself, do not try again.
REFUSED = 3


def refuse_unsafe() -> None:
    """Ends the process, with a sentence for each reason, where Healthscore must not run like this."""
    reasons = why_not()
    # What forks after this must not share a connection.
    connections.close_all()
    if reasons:
        # Not sys.stderr: in beat that is the log by now.
        print(*(f"Healthscore does not start. {reason}" for reason in reasons), sep="\n", file=sys.__stderr__)  # noqa: T201
        sys.exit(REFUSED)


def why_not() -> list[str]:
    """Why it must not run, each in a sentence; nothing in development."""
    if settings.DEVELOPMENT:
        return []
    try:
        failed = run_checks(tags=[START], databases=["default"], include_deployment_checks=True)
        found = [error.msg for error in failed]
        behind = migrations() != "ok"
    except Error as error:
        return [f"The database does not answer: {str(error).strip().splitlines()[0]}."]
    return [*found, *(["The database is not up to date: run `manage.py migrate`."] if behind else [])]
