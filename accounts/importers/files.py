"""A CSV file → rows: gzip by content, byte order mark, delimiter, Latin-1; a broken row is only that row."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

from django.utils.translation import gettext as _

from accounts.batch import Result, refusal

CHUNK_ROWS = 20_000
CHUNK_CELLS = 2_000_000
MAX_LINE = 1_000_000
# Of one row: what follows a quote that nobody closed is read again, line by line, up to so many times.
MAX_ROW_LINES, REREAD = 1_000, 1_000
DELIMITERS = ",;\t|"
GZIP, ZIP, BOM = b"\x1f\x8b", b"PK\x03\x04", b"\xef\xbb\xbf"
DAMAGE = (OSError, EOFError, zlib.error)
UTF16 = (b"\xff\xfe", b"\xfe\xff")
# The column that a file of refused rows has besides its own. What it kept from being a formula, it gives back.
REASON = "Refused because"
QUOTED = tuple(f"'{sign}" for sign in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


class FileError(Exception):
    """Why a file cannot be read, in one sentence."""


class LineError(Exception):
    """Why a line cannot be part of a row."""


@dataclass
class Chunk:
    """Some rows: the line on which each begins, its cells, and what was broken between them, with its cells as far as
    there are any."""

    numbers: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    broken: list[tuple[int, Result]] = field(default_factory=list)
    pieces: dict[int, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.numbers) + len(self.broken)


class Table(Protocol):
    """Rows below a header, from a file of any form."""

    name: str
    size: int
    header: list[str]

    @property
    def position(self) -> int:
        """How much of `size` is read."""

    def chunks(self, rows: int = 0) -> Iterator[Chunk]:
        """Rows, some thousands at a time, or so many. Raises FileError where the file ends in the middle."""


def chunk_rows(width: int, rows: int = 0) -> int:
    """How many rows are read at a time: fewer of a wide table. The same file is always cut into the same parts."""
    return rows or max(1, min(CHUNK_ROWS, CHUNK_CELLS // max(width, 1)))


def names_of(cells: Sequence[str]) -> list[str]:
    """The names of columns, each in one line; of refused rows those of the file they came from."""
    names = [" ".join(cell.split("\n")).replace("\r", "").strip() for cell in cells]
    return unquoted(names) if REASON in names else names


def unquoted(texts: Iterable[str]) -> list[str]:
    """Without the apostrophes with which a file of refused rows keeps spreadsheets from reckoning."""
    return [text[text.startswith(QUOTED) :] for text in texts]


class Lines:
    """Lines of text out of bytes. A bad line raises LineError, and the next one can still be read.

    `row` holds the lines since `begin`; those after the first can be `put_back`.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.number = 0
        self.row: list[str | LineError] = []
        self._again: list[str | LineError] = []
        self._rereads = 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        if len(self.row) >= MAX_ROW_LINES:
            raise LineError(_("has a quote that nobody closed"))
        line = self._again.pop() if self._again else self._read()
        self.number += 1
        self.row.append(line)
        if isinstance(line, LineError):
            raise line
        return line

    def begin(self) -> None:
        """Another row begins with the next line."""
        self.row = []

    def put_back(self) -> None:
        """Read the lines after the first of this row once more, as rows of their own; not too often in one file."""
        if len(self.row) > 1 and self._rereads < REREAD:
            self._rereads += 1
            self._again += reversed(self.row[1:])
            self.number -= len(self.row) - 1

    def is_whole(self, delimiter: str) -> bool:
        """Whether the quotes of this row, if it has several lines, are where they belong: else it swallowed others."""
        if len(self.row) < 2:
            return True
        try:
            return len(list(csv.reader(map(str, self.row), delimiter=delimiter, strict=True))) == 1
        except csv.Error:
            return False

    def _read(self) -> str | LineError:
        raw = self.stream.readline(MAX_LINE)
        if not raw:
            raise StopIteration
        if len(raw) == MAX_LINE and raw[-1:] != b"\n":
            self._skip()
            return LineError(_("is longer than %s bytes") % f"{MAX_LINE:,}")
        if b"\0" in raw:
            return LineError(_("contains a NUL character"))
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.decode("latin-1")

    def _skip(self) -> None:
        while (rest := self.stream.readline(MAX_LINE)) and rest[-1:] != b"\n":
            pass


class CsvFile:
    """A CSV file with a header, from disk, or from `sent`: its bytes, of which `path` is the name; or called `name`.
    Raises FileError; use it in a `with`."""

    def __init__(self, path: Path, sent: bytes | None = None, name: str = "") -> None:
        self.path, self.name = path, name or str(path)
        try:
            self._raw: IO[bytes] = path.open("rb") if sent is None else io.BytesIO(sent)
            self.size = path.stat().st_size if sent is None else len(sent)
        except OSError as error:
            raise FileError(f"{self.name}: {error.strerror}.") from None
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
            lines = self._lines = Lines(self._text())
            first = next(lines)
            self._delimiter = max(DELIMITERS, key=first.count)
            self.header = names_of(next(csv.reader(chain([first], lines), delimiter=self._delimiter)))
            if not lines.is_whole(self._delimiter):
                raise LineError(_("has a quote that nobody closed"))
        except StopIteration:
            raise FileError(_("%s is empty.") % self.name) from None
        except (LineError, csv.Error, *DAMAGE) as error:
            raise FileError(_("The first line of %(path)s: %(why)s.") % {"path": self.name, "why": error}) from None

    def _text(self) -> io.BufferedReader:
        """The bytes after a byte order mark. Raises FileError where they are no CSV."""
        stream = _unpacked(self._raw)
        head = stream.peek(4)[:4]
        if head.startswith(ZIP):
            raise FileError(_("%s is a zip or Excel file: save it as CSV.") % self.name)
        if head.startswith(UTF16):
            raise FileError(_("%s is in UTF-16: save it as CSV in UTF-8.") % self.name)
        if head.startswith(BOM):
            stream.read(len(BOM))
        return stream

    def chunks(self, rows: int = 0) -> Iterator[Chunk]:
        """Rows, some thousands at a time, or so many. Raises FileError where the file ends in the middle."""
        reader = csv.reader(self._lines, delimiter=self._delimiter)
        try:
            ended = False
            while not ended:
                chunk, ended = self._chunk(reader, chunk_rows(len(self.header), rows))
                if len(chunk):
                    yield chunk
        except DAMAGE as error:
            place = {"path": self.name, "line": self._lines.number, "why": error}
            raise FileError(_("%(path)s is damaged after line %(line)s: %(why)s.") % place) from None

    def _chunk(self, reader: Iterator[list[str]], rows: int) -> tuple[Chunk, bool]:
        """The next rows, and whether the file ended with them."""
        chunk, lines, width = Chunk(), self._lines, len(self.header)
        for _place in range(rows):
            number = lines.number + 1
            lines.begin()
            try:
                row = next(reader)
            except StopIteration:
                return chunk, True
            except (csv.Error, LineError) as error:
                lines.put_back()
                chunk.broken.append((number, refusal("", "", _("The row %s") % error)))
                continue
            if not lines.is_whole(self._delimiter):
                lines.put_back()
                row = [str(lines.row[0]).rstrip("\r\n")]
                chunk.broken.append((number, refusal("", delimited(row), _("The row has a quote that nobody closed"))))
                chunk.pieces[number] = row
            elif len(row) == width:
                chunk.numbers.append(number)
                chunk.cells.append(row)
            elif row:
                chunk.broken.append((number, _uneven(row, width)))
                chunk.pieces[number] = row
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
