"""`python -m benchmarks [NAME …]`: run some benchmarks, or all of them, on embedded services of their own."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path

# One module each, in the order in which they need each other's data least.
NAMES = (
    "ingest",
    "shapes",
    "scoring",
    "night",
    "portfolio",
    "kpis",
    "backtest",
    "incremental",
    "account",
    "upload",
    "whatif",
)


def main() -> None:
    options = _options()
    _move_to_own_home()
    import django

    from healthscore import embedded

    embedded.ensure()
    django.setup()
    from django.core.management import call_command

    from benchmarks.figures import Report

    call_command("migrate", interactive=False, verbosity=0)
    report = Report()
    try:
        for name in options.names or NAMES:
            importlib.import_module(f"benchmarks.{name}").run(report, options)
    finally:
        report.show()
    sys.exit(1 if report.differs else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all")
    parser.add_argument("--accounts", type=int, default=100_000, help="accounts of the large workspace (100,000)")
    parser.add_argument("--events", type=int, default=200, help="events of each of them in 400 days (200)")
    parser.add_argument("--pushed", type=int, default=1_000_000, help="events pushed through gunicorn (1,000,000)")
    parser.add_argument("--facts", type=int, default=100_000, help="facts of one account in `account` (100,000)")
    parser.add_argument("--seconds", type=int, default=180, help="how long events arrive in `incremental` (180)")
    parser.add_argument("--rate", type=int, default=1_000, help="events a second in `incremental` (1,000)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    return options


def _move_to_own_home() -> None:
    """The services of the benchmarks are embedded, apart from all others; their data stays for the next run."""
    from healthscore import embedded

    for variable in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(variable, None)
    os.environ["HEALTHSCORE_HOME"] = str(Path(embedded.home()) / "bench")
    os.environ["EVENTS_PER_MINUTE"] = str(10**9)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthscore.settings")


if __name__ == "__main__":
    main()
