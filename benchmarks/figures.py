"""What the benchmarks found, as lines: a figure, what it was measured against, and the aim."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, field


@dataclass
class Report:
    """Figures under the name of their benchmark. `differs`: some result was not equal to its rival's."""

    lines: list[str] = field(default_factory=list)
    differs: bool = False

    def title(self, name: str, what: str) -> None:
        self._add(f"\n{name}: {what}")

    def figure(self, what: str, value: str, aim: str = "", met: bool | None = None) -> None:
        """One figure; with an aim, whether it is met."""
        verdict = "" if met is None else ("  reached" if met else "  MISSED")
        self._add(f"  {what:<62} {value:>22}" + (f"   aim {aim}{verdict}" if aim else ""))

    def equal(self, what: str, same: bool) -> None:
        """Whether two ways to the same result agree."""
        self.differs |= not same
        self._add(f"  {what:<62} {'equal' if same else 'DIFFERENT':>22}")

    def show(self) -> None:
        """Everything once more, below the progress."""
        print(f"\n{'=' * 100}\n{machine()}", *self.lines, sep="\n", flush=True)

    def _add(self, line: str) -> None:
        self.lines.append(line)
        print(line, flush=True)


def machine() -> str:
    """The machine and what else it did, in a line."""
    loads = " ".join(f"{load:.1f}" for load in os.getloadavg())
    return f"{time.strftime('%Y-%m-%d %H:%M')} · {os.cpu_count()} cores · {_processor()} · load {loads}"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:  # noqa: PTH123
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.0f} MB"
