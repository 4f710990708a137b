"""Files brought in the browser: taken in, mapped, kept in PostgreSQL until a worker has imported them."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.importers.files import GZIP, REASON, Chunk, CsvFile, FileError, unquoted
from accounts.importers.guess import guess
from accounts.importers.mapping import Mapping, header_fault, mapping_text, parse_mapping, used_columns
from accounts.importers.ready import ready
from accounts.importers.sheets import OLD_WORKBOOK, SheetFile, is_workbook
from accounts.models import AuditEntry, KnownHeader, Membership, Upload, UploadPart, Workspace
from accounts.models.upload import SOURCE
from accounts.wake import wake

PART = 1_000_000
# Of what is looked at to guess: rows, and characters of all their cells.
SAMPLE_ROWS, SAMPLE_CHARACTERS = 200, 400_000
# What a file of a worker is called, and the seconds in which it may be made but not yet held.
UNPACKED, JUST_MADE = "healthscore-upload-", 10
KEPT = timedelta(days=7)
TASK = "accounts.read_upload"


@contextlib.contextmanager
def opened(path: Path, name: str, sheet: str = "", rows: int = 0) -> Iterator[Any]:
    """The rows of a file, by what is in it and not by what it is called. Raises FileError."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(GZIP):
        raise FileError(_("%s is packed: send it as plain CSV or XLSX.") % name)
    if head == OLD_WORKBOOK:
        raise FileError(_("%s is an old or locked Excel file: save it as XLSX without a password, or as CSV.") % name)
    table: Any = SheetFile(path, name, sheet, rows) if is_workbook(head) else CsvFile(path, name=name)
    with table:
        yield table


@contextlib.contextmanager
def unpacked(upload: Upload) -> Iterator[Path]:
    """The bytes of an upload as a file, for a while. Raises FileError where they are no longer kept."""
    sweep()
    parts = UploadPart.objects.of(upload.workspace_id).filter(upload=upload).order_by("number")
    with tempfile.NamedTemporaryFile(prefix=UNPACKED) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for part in parts.values_list("content", flat=True).iterator(1):
            file.write(part)
        file.flush()
        if file.tell() != upload.size:
            raise FileError(_("%s is no longer kept: upload it again.") % upload.file_name)
        yield Path(file.name)


def sweep() -> None:
    """Remove the files of workers that were killed: those which nobody holds."""
    for path in Path(tempfile.gettempdir()).glob(f"{UNPACKED}*"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - path.stat().st_mtime > JUST_MADE:
                path.unlink()


def take_in(member: Membership, name: str, sent: Any, moment: datetime, source: str = SOURCE) -> Upload:
    """Keep a file and guess what it is; `sent` is a file that Django received. Raises FileError."""
    with _on_disk(sent) as path:
        upload = Upload(
            workspace=member.workspace,
            file_name=name[-300:],
            size=path.stat().st_size,
            source_name=source,
            brought_by=member,
            made_at=moment,
            moved_at=moment,
        )
        _look(upload, path)
        map_by_itself(upload)
        with transaction.atomic():
            upload.save()
            with path.open("rb") as file:
                for number, content in enumerate(iter(lambda: file.read(PART), b"")):
                    UploadPart.unscoped.create(
                        workspace=member.workspace, upload=upload, number=number, content=content
                    )
    return upload


@contextlib.contextmanager
def _on_disk(sent: Any) -> Iterator[Path]:
    """Large files are on disk already, small ones in memory."""
    if hasattr(sent, "temporary_file_path"):
        yield Path(sent.temporary_file_path())
        return
    with tempfile.NamedTemporaryFile() as file:
        for piece in sent.chunks():
            file.write(piece)
        file.flush()
        yield Path(file.name)


def choose_sheet(upload: Upload, sheet: str) -> None:
    """Look at another sheet of a workbook. Raises FileError."""
    with unpacked(upload) as path:
        _look(upload, path, sheet)
    map_by_itself(upload)
    upload.checked = None
    upload.save()


def _look(upload: Upload, path: Path, sheet: str = "") -> None:
    """The header and the first rows of a file, in bounds."""
    with opened(path, upload.file_name, sheet, SAMPLE_ROWS) as table:
        upload.header = table.header
        if sum(map(len, upload.header)) > SAMPLE_CHARACTERS:
            raise FileError(_("The first line of %s is too long for names of columns.") % upload.file_name)
        if isinstance(table, SheetFile):
            upload.sheet, upload.sheets = table.told.sheet, table.told.sheets
        upload.sample = _sample(next(table.chunks(SAMPLE_ROWS), Chunk()))
    if any(unicodedata.category(letter) == "Cc" for name in upload.header for letter in name):
        raise FileError(_("The first line of %s is no text: it does not look like CSV or XLSX.") % upload.file_name)
    if not any(upload.header):
        raise FileError(_("The first line of %s names no columns.") % upload.file_name)
    if not upload.sample:
        raise FileError(_("%s has a header, and no row below it.") % upload.file_name)


def _sample(chunk: Chunk) -> list[tuple[int, list[str], str]]:
    """Line, cells and what is wrong with them, of as many rows as are not too long."""
    rows = [(line, cells, "") for line, cells in zip(chunk.numbers, chunk.cells, strict=True)]
    rows += [(line, chunk.pieces.get(line, []), result.reason) for line, result in chunk.broken]
    found, left = [], SAMPLE_CHARACTERS
    for line, cells, reason in sorted(rows):
        left -= sum(map(len, cells)) + len(cells)
        if left < 0 and found:
            break
        found.append((line, cells if left >= 0 else [], reason or ("" if left >= 0 else _("The row is very long"))))
    return found


# -- mapping --------------------------------------------------------------------------------------------------


def map_by_itself(upload: Upload) -> None:
    """As the last file with this header, else as a mapping that is at hand, else as it looks."""
    known = known_header(upload)
    if known:
        upload.mapping, upload.mapped_by = known.mapping, "known"
        upload.creates_accounts = known.creates_accounts
        # Another system may have files with the very same columns.
        if upload.source_name == SOURCE:
            upload.source_name = known.source_name
        return
    fitting = [
        each for each in ready().values() if not each.is_of_hooks and not header_fault(each.mapping, upload.header)
    ]
    if fitting:
        best = max(fitting, key=lambda each: len(used_columns(each.mapping)))
        upload.mapping, upload.mapped_by = best.text, best.key
        return
    guessed = guess(upload.header, good_rows(upload), upload.file_name)
    upload.mapping, upload.mapped_by = mapping_text(guessed), "guess"


def known_header(upload: Upload) -> Any:
    """How files with its header were mapped the last time, or nothing. One query."""
    return KnownHeader.objects.of(upload.workspace_id).filter(header=header_key(upload.header)).first()


def good_rows(upload: Upload) -> list[list[str]]:
    """The cells of those rows of the sample that are whole."""
    rows = [cells for _line, cells, reason in upload.sample if not reason]
    return [unquoted(cells) for cells in rows] if REASON in upload.header else rows


def header_key(header: list[str]) -> str:
    """A header by its names; that of a file of refused rows is that of the file they came from."""
    names = [name for name in header if name != REASON]
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def remember(upload: Upload, moment: datetime) -> None:
    """The next file with this header is mapped as this one."""
    KnownHeader.unscoped.update_or_create(
        workspace=upload.workspace,
        header=header_key(upload.header),
        defaults={
            "mapping": upload.mapping,
            "source_name": upload.source_name,
            "creates_accounts": upload.creates_accounts,
            "used_at": moment,
        },
    )


def keep_mapping(upload: Upload, mapping: Mapping, mapped_by: str) -> None:
    """Map the file so; what a dry run said of another mapping no longer holds."""
    upload.mapping, upload.mapped_by, upload.checked = mapping_text(mapping), mapped_by, None
    upload.save()


# -- what workers do ------------------------------------------------------------------------------------------


def ask(upload: Upload, state: Upload.State, moment: datetime) -> bool:
    """Let a worker check or import it. False where one was asked for already."""
    with transaction.atomic():
        mine = Upload.objects.of(upload.workspace_id).select_for_update().get(pk=upload.pk)
        if mine.state not in (Upload.State.MAPPING, Upload.State.FAILED) or mine.imported_id:
            return False
        mine.state, mine.moved_at, mine.failure = state, moment, ""
        mine.position = mine.rows = mine.attempts = 0
        mine.save()
        if state == Upload.State.IMPORTING:
            remember(mine, moment)
            changes = {"kind": [None, parse_mapping(mine.mapping).kind], "file_name": [None, mine.file_name]}
            AuditEntry.of(mine, AuditEntry.Action.CREATE, changes).save()
        wake(TASK, mine.pk)
    return True


def clear(workspace: Workspace, moment: datetime) -> None:
    """Forget the bytes of files that nobody imported, and the files that nobody went on with."""
    sweep()
    old = Upload.objects.of(workspace).filter(made_at__lt=moment - KEPT).exclude(state__in=Upload.OPEN)
    UploadPart.objects.of(workspace).filter(upload__in=old).delete()
    old.filter(imported=None).delete()
