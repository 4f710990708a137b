"""Mappings that come with Healthscore: files that others export, and webhooks that others send."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from accounts.importers.mapping import Mapping, parse_mapping

FOLDER = Path(__file__).parent
# Those of webhooks; the others are of files.
HOOKS = frozenset({"social_mentions", "zoom_meetings"})


@dataclass(frozen=True)
class Ready:
    """A mapping: its key, what people call it, its text."""

    key: str
    title: str
    text: str

    @cached_property
    def mapping(self) -> Mapping:
        return parse_mapping(self.text)

    @property
    def is_of_hooks(self) -> bool:
        return self.key in HOOKS


@cache
def ready() -> dict[str, Ready]:
    """All of them by key, in the order of their keys. The first line of each is its title."""
    files = sorted(FOLDER.glob("*.yaml"))
    return {file.stem: _read(file) for file in files}


def _read(file: Path) -> Ready:
    text = file.read_text(encoding="utf-8")
    return Ready(file.stem, text.partition("\n")[0].removeprefix("#").strip(), text)
