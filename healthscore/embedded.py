"""The private PostgreSQL and Valkey that run where DATABASE_URL or REDIS_URL is unset.

Data, sockets, logs and locks lie in `home()`. Every process that calls `ensure()` counts as a user of the
services until it ends; the last one stops them.
"""

import atexit
import contextlib
import fcntl
import os
from pathlib import Path
from typing import IO
from urllib.parse import quote

from healthscore.progress import progress
from healthscore.servers import EmbeddedError, Postgres, Server, Valkey

__all__ = ["EmbeddedError", "database_url", "ensure", "home", "redis_url"]

CHECKOUT = Path(__file__).resolve().parent.parent
_user: IO[bytes] | None = None


def home() -> Path:
    """Returns the folder of all that a checkout keeps, `.local/` or HEALTHSCORE_HOME; makes it, private."""
    folder = _home()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _home() -> Path:
    return Path(os.environ.get("HEALTHSCORE_HOME") or CHECKOUT / ".local").expanduser().absolute()


def database_url() -> str:
    """Returns the address of the embedded database: the folder of its socket is the host, percent-encoded."""
    # Parsers lower a host's case, so capitals are encoded as well.
    plain = b"abcdefghijklmnopqrstuvwxyz0123456789-._~"
    folder = os.fsencode(Postgres(_home()).socket.parent)
    host = "".join(chr(byte) if byte in plain else f"%{byte:02x}" for byte in folder)
    return f"postgresql://healthscore@{host}:5432/healthscore"


def redis_url(database: int = 0) -> str:
    """Returns the address of the embedded Valkey, as redis-py reads it."""
    return f"unix://{quote(str(Valkey(_home()).socket))}?db={database}"


def ensure() -> None:
    """Starts what is needed and does not run; this process then counts as a user. Raises EmbeddedError."""
    kinds = {"DATABASE_URL": Postgres, "REDIS_URL": Valkey}
    needed = [kind for variable, kind in kinds.items() if not os.environ.get(variable)]
    if not needed:
        return
    try:
        with progress("Waiting for another start or stop of the services"):
            lock = _flock("lock", fcntl.LOCK_EX)
        with lock:
            _enter()
            for kind in needed:
                _start(kind(home()))
    except OSError as error:
        raise EmbeddedError(f"The embedded services cannot run: {error}") from error


def _start(server: Server) -> None:
    with progress(f"Starting {server.name}"):
        server.ensure()


def _flock(name: str, kind: int) -> IO[bytes]:
    """Locks a file of `home()`; closing it, or the end of the process, releases it. No child inherits it."""
    file = (home() / name).open("ab")
    try:
        fcntl.flock(file, kind)
    except BaseException:
        file.close()
        raise
    return file


def _enter() -> None:
    """Counts this process as a user, before anything starts: an interrupted start is cleared away as well."""
    global _user
    if _user is None:
        _user = _flock("users", fcntl.LOCK_SH)
        atexit.register(_leave, os.getpid())


def _leave(pid: int) -> None:
    """Stops the services where no other process uses them."""
    if _user is None or pid != os.getpid():
        return
    with _flock("lock", fcntl.LOCK_EX), _user, contextlib.suppress(BlockingIOError):
        fcntl.flock(_user, fcntl.LOCK_EX | fcntl.LOCK_NB)
        Postgres(home()).stop()
        Valkey(home()).stop()
