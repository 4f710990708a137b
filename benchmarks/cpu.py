"""CPU-seconds and memory of processes and all they started, as the kernel counts them: ours and PostgreSQL's."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from healthscore import embedded

TICKS = os.sysconf("SC_CLK_TCK")
MEMORY = {"RssAnon", "RssShmem"}


def cpu(*roots: int) -> float:
    """CPU-seconds that these processes and their children, living and ended, have used since they began."""
    return sum(_spent(pid) for pid in _family(roots))


def memory(*roots: int) -> int:
    """Bytes that belong to these processes and their living children alone, and the largest share in common."""
    alone, shared = 0, [0]
    for pid in _family(roots):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            fields = (line.partition(":") for line in lines)
            sizes = {name: int(size.split()[0]) * 1024 for name, _, size in fields if name in MEMORY}
            alone += sizes.get("RssAnon", 0)
            shared.append(sizes.get("RssShmem", 0))
    return alone + max(shared)


def postgres() -> int:
    """The process id of the embedded PostgreSQL."""
    return int((embedded.home() / "postgresql" / "postmaster.pid").read_text().split()[0])


class Meter:
    """What a piece of work took: `seconds` of the clock, `ours` and `database` CPU-seconds, `peak` bytes of both."""

    seconds = ours = database = 0.0
    peak = 0

    @property
    def cpu(self) -> float:
        """At least the one tick that the kernel could have missed."""
        return max(self.ours + self.database, 1 / TICKS)


@contextlib.contextmanager
def metered(*roots: int, every: float = 1.0) -> Iterator[Meter]:
    """Meter the processes `roots` (this one unless told otherwise) and PostgreSQL while the block runs."""
    meter, mine = Meter(), roots or (os.getpid(),)
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(every):
            meter.peak = max(meter.peak, memory(*mine, postgres()))

    watcher = threading.Thread(target=watch, daemon=True)
    began, ours, database = time.monotonic(), cpu(*mine), cpu(postgres())
    watcher.start()
    try:
        yield meter
    finally:
        meter.seconds = time.monotonic() - began
        meter.ours, meter.database = cpu(*mine) - ours, cpu(postgres()) - database
        stop.set()
        watcher.join()
        meter.peak = max(meter.peak, memory(*mine, postgres()))


def _spent(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def _family(roots: tuple[int, ...]) -> set[int]:
    """The processes and those below them."""
    parents = {}
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            pid = int(folder.name)
            parents[pid] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found, grown = set(roots), True
    while grown:
        fresh = {pid for pid, parent in parents.items() if parent in found} - found
        found, grown = found | fresh, bool(fresh)
    return found
