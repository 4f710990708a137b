"""A CSV file → rows: gzip by content, byte order mark, delimiter, Latin-1; a broken row is only that row."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, NoReturn

from django.utils.translation import gettext as _

from accounts.batch import Result, refusal

CHUNK_ROWS = 20_000
MAX_LINE = 1_000_000
DELIMITERS = ",;\t|"
GZIP, ZIP, BOM = b"\x1f\x8b", b"PK\x03\x04", b"\xef\xbb\xbf"
DAMAGE = (OSError, EOFError, zlib.error)
UTF16 = (b"\xff\xfe", b"\xfe\xff")


class FileError(Exception):
    """Why a file cannot be read, in one sentence."""


class LineError(Exception):
    """Why a line cannot be part of a row."""


@dataclass
class Chunk:
    """Some rows: the line on which each begins, its cells, and what was broken between them."""

    numbers: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    broken: list[tuple[int, Result]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.numbers) + len(self.broken)


class Lines:
    """Lines of text out of bytes. A bad line raises LineError, and the next one can still be read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.number = 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        raw = self.stream.readline(MAX_LINE)
        if not raw:
            raise StopIteration
        self.number += 1
        if len(raw) == MAX_LINE and raw[-1:] != b"\n":
            self._skip()
        if b"\0" in raw:
            raise LineError(_("contains a NUL character"))
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.decode("latin-1")

    def _skip(self) -> NoReturn:
        while (rest := self.stream.readline(MAX_LINE)) and rest[-1:] != b"\n":
            pass
        raise LineError(_("is longer than %s bytes") % f"{MAX_LINE:,}")


class CsvFile:
    """A CSV file with a header, from disk, or from `sent`: its bytes, of which `path` is the name. Raises FileError;
    use it in a `with`."""

    def __init__(self, path: Path, sent: bytes | None = None) -> None:
        self.path = path
        try:
            self._raw: IO[bytes] = path.open("rb") if sent is None else io.BytesIO(sent)
            self.size = path.stat().st_size if sent is None else len(sent)
        except OSError as error:
            raise FileError(f"{path}: {error.strerror}.") from None
        try:
            self._begin()
        except BaseException:
            self._raw.close()
            raise

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._raw.close()

    @property
    def position(self) -> int:
        """Bytes of the file read so far, packed as they lie on disk."""
        return self._raw.tell()

    def _begin(self) -> None:
        try:
            self._lines = Lines(self._text())
            first = next(self._lines)
            self._delimiter = max(DELIMITERS, key=first.count)
            self.header = [name.strip() for name in next(csv.reader([first], delimiter=self._delimiter))]
        except StopIteration:
            raise FileError(_("%s is empty.") % self.path) from None
        except (LineError, csv.Error, *DAMAGE) as error:
            raise FileError(_("The first line of %(path)s: %(why)s.") % {"path": self.path, "why": error}) from None

    def _text(self) -> io.BufferedReader:
        """The bytes after a byte order mark. Raises FileError where they are no CSV."""
        stream = _unpacked(self._raw)
        head = stream.peek(4)[:4]
        if head.startswith(ZIP):
            raise FileError(_("%s is a zip or Excel file: save it as CSV.") % self.path)
        if head.startswith(UTF16):
            raise FileError(_("%s is in UTF-16: save it as CSV in UTF-8.") % self.path)
        if head.startswith(BOM):
            stream.read(len(BOM))
        return stream

    def chunks(self) -> Iterator[Chunk]:
        """Rows, some thousands at a time. Raises FileError where the file ends in the middle."""
        reader = csv.reader(self._lines, delimiter=self._delimiter)
        try:
            ended = False
            while not ended:
                chunk, ended = self._chunk(reader)
                if len(chunk):
                    yield chunk
        except DAMAGE as error:
            place = {"path": self.path, "line": self._lines.number, "why": error}
            raise FileError(_("%(path)s is damaged after line %(line)s: %(why)s.") % place) from None

    def _chunk(self, reader: Iterator[list[str]]) -> tuple[Chunk, bool]:
        """The next rows, and whether the file ended with them."""
        chunk, lines, width = Chunk(), self._lines, len(self.header)
        for _place in range(CHUNK_ROWS):
            number = lines.number + 1
            try:
                row = next(reader)
            except StopIteration:
                return chunk, True
            except (csv.Error, LineError) as error:
                chunk.broken.append((number, refusal("", "", _("The row %s") % error)))
                continue
            if len(row) == width:
                chunk.numbers.append(number)
                chunk.cells.append(row)
            elif row:
                chunk.broken.append((number, _uneven(row, width)))
        return chunk, False


def _uneven(row: list[str], width: int) -> Result:
    reason = _("The row has %(cells)s cells, the header %(width)s") % {"cells": len(row), "width": width}
    return refusal("", delimited(row), reason)


def delimited(row: list[str]) -> str:
    """A broken row as an error may print it."""
    return ",".join(cell[:80] for cell in row[:20])


def _unpacked(raw: IO[bytes]) -> io.BufferedReader:
    """The bytes as they were before gzip, known by its first two."""
    packed = raw.read(2) == GZIP
    raw.seek(0)
    return io.BufferedReader(gzip.GzipFile(fileobj=raw) if packed else raw, 1 << 18)  # type: ignore[arg-type,type-var]
