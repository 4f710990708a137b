"""Runs Healthscore on one machine: services, database, web, worker and beat, until Ctrl-C."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from healthscore import embedded
from healthscore.checks import whole_migrations
from healthscore.progress import progress
from healthscore.start import refuse_unsafe

HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 2.5
CHECK_SECONDS = 2
# Neither being root nor serving static files from where they lie is news here.
QUIET = "ignore:You're running the worker,ignore:No directory at"


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="make the demo workspaces and print logins")
        parser.add_argument("--port", type=int, default=8000, help="where the web server listens (8000)")

    def handle(self, *, demo: bool, port: int, **options: Any) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        family = Family(port, tell=self.stderr.write)
        try:
            _check_port(port)
            _prepare_database()
            refuse_unsafe()
            family.start("web")
            lines = _make_demo(f"http://{HOST}:{port}") if demo else _way_in(f"http://{HOST}:{port}")
            family.start("worker")
            family.start("beat")
            family.wait_for_web()
            lines = [f"Healthscore runs at http://{HOST}:{port}", *lines, "Ctrl-C stops it."]
            print(*lines, sep="\n", flush=True)  # noqa: T201  a pipe or a file sees it at once
            family.keep()
        except KeyboardInterrupt:
            self.stderr.write("Stopping.")
        except embedded.EmbeddedError as error:
            sys.exit(str(error))
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            family.stop()


class Family:
    """The child processes: web, worker, beat."""

    def __init__(self, port: int, tell: Callable[[str], object]) -> None:
        self.port = port
        self.tell = tell
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        self.children[name] = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *arguments(name, self.port)],
            cwd=settings.BASE_DIR,
            env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": QUIET},
            stdin=subprocess.DEVNULL,
            # Out of the terminal's reach: Ctrl-C comes to the parent, which ends its children in order.
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )

    def wait_for_web(self) -> None:
        """Returns once the web server answers; ends the command with a sentence where it does not."""
        with progress("Starting the web server"):
            deadline = time.monotonic() + START_SECONDS
            while not _answers(self.port):
                if self.children["web"].poll() is not None or time.monotonic() > deadline:
                    sys.exit("The web server did not start; what it says stands above.")
                time.sleep(0.1)

    def keep(self) -> NoReturn:
        """Starts again what ends by itself, the embedded services among it."""
        while True:
            time.sleep(CHECK_SECONDS)
            for name, child in self.children.items():
                if child.poll() is not None:
                    self.tell(f"The {name} process ended ({child.returncode}): starting it again.")
                    self.start(name)
            try:
                embedded.ensure()
            except embedded.EmbeddedError as error:
                self.tell(str(error))

    def stop(self) -> None:
        """Ends the children, at last by force: a task that is cut off is delivered again."""
        for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL):
            for child in self.children.values():
                child.send_signal(number)
            deadline = time.monotonic() + STOP_SECONDS
            while any(child.poll() is None for child in self.children.values()):
                if time.monotonic() > deadline:
                    break
                time.sleep(0.05)
            else:
                return


def arguments(name: str, port: int) -> list[str]:
    """Returns the module and the arguments of a child process."""
    celery = "celery --app healthscore --quiet"
    return {
        "web": "gunicorn healthscore.wsgi --worker-class healthscore.worker.Worker --workers 2 --threads 4 --preload"
        f" --graceful-timeout 3 --no-control-socket --log-level warning --bind {HOST}:{port}".split(),
        "worker": f"{celery} worker --concurrency 2 --loglevel WARNING"
        " --without-gossip --without-mingle --without-heartbeat".split(),
        "beat": f"{celery} beat --loglevel WARNING --pidfile=".split(),
    }[name]


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _end_with_parent() -> None:
    """On Linux, a child ends with its parent, however that ended."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1: PR_SET_PDEATHSIG


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", "there is no such port")
            sys.exit(f"Port {port} cannot be used ({reason}): choose another, as in make demo PORT=8001.")


def _prepare_database() -> None:
    """Starts the services and brings the tables up to date."""
    embedded.ensure()
    try:
        executor = MigrationExecutor(connection)
    except OperationalError as error:
        sys.exit(f"The database does not answer: {str(error).strip().splitlines()[0]}.")
    for error in whole_migrations(None, ["default"]):
        sys.exit(error.msg)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        with progress("Preparing the database"):
            call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()


def _make_demo(address: str) -> list[str]:
    """Makes what is missing of the demo workspaces; returns their logins, as lines."""
    if not find_spec("healthscore.demo.make"):
        return ["There is no demo data in this version yet."]
    from healthscore.demo.make import make

    with progress("Making the demo workspaces") as announce:
        lines: list[str] = make(announce, address)
    connections.close_all()
    return lines


def _way_in(address: str) -> list[str]:
    """How the first person comes in, as long as nobody can."""
    from accounts.models import User

    known = User.objects.exists()
    connections.close_all()
    if known:
        return []
    return [
        "Nobody can sign in yet. In a second terminal, with your own words:",
        f"  .venv/bin/python manage.py create_workspace acme --name Acme --admin you@example.com --site {address}",
        "It prints a link to choose a password; the first steps stand behind it.",
    ]


def _answers(port: int) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError):
        try:
            return bool(direct.open(f"http://{HOST}:{port}/healthz", timeout=5).status == 200)
        except urllib.error.HTTPError as error:
            return error.code < 500
    return False
