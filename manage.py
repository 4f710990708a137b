#!/usr/bin/env python
"""Every command of Healthscore: `python manage.py help`."""

import os
import signal
import sys

# These need no database, or, as `up` does, see to it themselves.
WITHOUT_SERVICES = {"help", "version", "check", "collectstatic", "makemessages", "compilemessages", "up"}
# PostgreSQL's codes of a table and of a column that is not there.
NOT_MIGRATED = {"42P01", "42703"}
ASKS_FOR_HELP = {"-h", "--help", "--version"}


def main() -> None:
    from healthscore import embedded

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthscore.settings")
    # Ended by a signal as well, the process leaves in order, and the services with it.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    command, *options = sys.argv[1:] or ["help"]
    try:
        if command not in WITHOUT_SERVICES and not ASKS_FOR_HELP.intersection([command, *options]):
            embedded.ensure()
    except embedded.EmbeddedError as error:
        sys.exit(str(error))

    from django.core.management import execute_from_command_line
    from django.db import ProgrammingError

    try:
        execute_from_command_line(sys.argv)
    except ProgrammingError as error:
        if getattr(error.__cause__, "pgcode", "") not in NOT_MIGRATED:
            raise
        sys.exit("The database lacks tables or columns: run manage.py migrate first (manage.py up does it by itself).")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
