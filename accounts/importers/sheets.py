"""A workbook (XLSX) → rows. It is unpacked by a process of its own with little memory, so that a file made to harm can
harm nothing else; formulas are never worked out, what counts is the value stored beside them."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from django.utils.translation import gettext as _

from accounts.batch import refusal
from accounts.importers import unpacking
from accounts.importers.files import ZIP, Chunk, FileError, chunk_rows, delimited, names_of

HEAD_SECONDS, ALL_SECONDS = 30, 3_600
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


def is_workbook(head: bytes) -> bool:
    """Whether a file that begins so is one, whatever it is called."""
    return head.startswith(ZIP)


def check(path: Path, name: str) -> None:
    """Raises FileError where what a zip says of itself is too much, or no workbook. Reads its contents table only."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FileError(_("%(path)s is a damaged zip file: %(why)s.") % {"path": name, "why": error}) from None
    if not any(part.filename == "[Content_Types].xml" for part in parts):
        raise FileError(_("%s is a zip file, not a workbook: send what is in it.") % name)
    fault = unpacking.fault((part.filename, part.file_size, part.compress_size) for part in parts)
    if fault:
        raise FileError(_("%(path)s is refused: %(why)s.") % {"path": name, "why": fault})


@dataclass(frozen=True)
class Told:
    """What the process said first: the sheets there are, the one that it reads, the cells of its first row."""

    sheets: list[str]
    sheet: str
    header: list[str]


class SheetFile:
    """A sheet of a workbook: the one named, or the first with something in it. Raises FileError; use it in a `with`."""

    def __init__(self, path: Path, name: str = "", sheet: str = "", rows: int = 0) -> None:
        self.name, self.size, self._read = name or path.name, path.stat().st_size, 0
        check(path, self.name)
        seconds = HEAD_SECONDS if rows else ALL_SECONDS
        words = [sys.executable, "-I", unpacking.__file__, str(path), sheet, str(rows), str(seconds)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603
        assert self._process.stdout is not None
        self._lines: IO[bytes] = self._process.stdout
        try:
            self.told = Told(**self._next())
        except BaseException:
            self.close()
            raise
        self.header = names_of(self.told.header)

    def __enter__(self) -> SheetFile:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process, wherever it is."""
        self._process.kill()
        self._process.wait()
        self._lines.close()

    @property
    def position(self) -> int:
        """The share of the rows that was read, as bytes of the file."""
        return self._read

    def chunks(self, rows: int = 0) -> Iterator[Chunk]:
        """Rows, some thousands at a time, or so many. Raises FileError where the file ends in the middle."""
        most, chunk = chunk_rows(len(self.header), rows), Chunk()
        while (row := self._next())["row"]:
            self._read = int(self.size * row["share"])
            self._add(chunk, row["row"], row["cells"], row["unsaved"])
            if len(chunk) == most:
                yield chunk
                chunk = Chunk()
        if len(chunk):
            yield chunk

    def _add(self, chunk: Chunk, number: int, cells: list[str], unsaved: int) -> None:
        """Empty cells at the end of a row are no cells; more of them than the header has are too many."""
        width = len(self.header)
        if not cells:
            reason = _("The row is longer than %s characters") % f"{unpacking.LONGEST:,}"
            chunk.broken.append((number, refusal("", "", reason)))
            return
        cells += [""] * (width - len(cells))
        if len(cells) == width and not 0 <= unsaved < width:
            chunk.numbers.append(number)
            chunk.cells.append(cells)
            return
        reason = _("The row has %(cells)s cells, the header %(width)s") % {"cells": len(cells), "width": width}
        if len(cells) == width:
            reason = _("“%s” has a formula beside which no value is stored") % self.header[unsaved][:80]
        chunk.broken.append((number, refusal("", delimited(cells), reason)))
        chunk.pieces[number] = cells

    def _next(self) -> dict[str, Any]:
        """The next line of the process. Raises FileError where it says what is wrong, or says nothing more."""
        line = self._lines.readline()
        if not line.endswith(b"\n"):
            raise FileError(_("%s takes too much memory or time to unpack: save it as CSV.") % self.name)
        said: dict[str, Any] = json.loads(line)
        if "error" in said:
            raise FileError(_("%(path)s: %(why)s.") % {"path": self.name, "why": said["error"]})
        return said
