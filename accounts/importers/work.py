"""What workers do with a file that was brought in the browser: check it, or import it.

Any number of workers may be sent the same file; one of them has it, by a lock that ends with its connection. Who comes
after one that died goes on where the last stored part ended.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.importers.files import FileError
from accounts.importers.mapping import MappingError, parse_mapping
from accounts.importers.report import Report, checked_of
from accounts.importers.run import BusyError, Order, Progress, begin, import_file
from accounts.importers.uploads import opened, unpacked
from accounts.ingest.accounts import misses_an_account
from accounts.models import Import, Upload, UploadPart

log = logging.getLogger(__name__)

LOCK = 7_203
# Times that a worker may begin without anything more of the file being stored.
ATTEMPTS = 3
TOLD_EVERY = 1.0
State = Upload.State


def drain(upload_id: int) -> None:
    """Do what is asked for a file, if nobody else is at it."""
    found = Upload.unscoped.select_related("workspace", "imported__source").filter(pk=upload_id)
    upload = found.first()
    if upload is None or not upload.is_open:
        return
    with _alone(upload) as is_mine:
        upload = found.first() if is_mine else None
        if upload is not None and upload.is_open:
            _do(upload)


@contextlib.contextmanager
def _alone(upload: Upload) -> Iterator[bool]:
    name = [LOCK, upload.pk % 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", name)
        is_mine = cursor.fetchone()[0]
    try:
        yield is_mine
    finally:
        if is_mine:
            with contextlib.suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", name)


def _do(upload: Upload) -> None:
    if upload.attempts >= ATTEMPTS:
        _end(upload, State.FAILED, _("Three workers ended while they read it."))
        return
    _change(upload, attempts=upload.attempts + 1)
    try:
        with unpacked(upload) as path, opened(path, upload.file_name, upload.sheet) as table:
            mapping = parse_mapping(upload.mapping)
            order = Order(
                upload.workspace, upload.source_name, mapping, table, creates_accounts=upload.creates_accounts
            )
            (_check if upload.state == State.CHECKING else _import)(upload, order)
    except BusyError:
        # The tick sends it again.
        _change(upload, attempts=0)
    except (FileError, MappingError) as error:
        _end(upload, State.FAILED, str(error))
    except Exception as error:
        if isinstance(error, (OperationalError, InterfaceError)) or misses_an_account(error):
            raise
        log.exception("upload %s", upload.pk)
        _end(upload, State.FAILED, _("It could not be read (%s).") % type(error).__name__)


def _check(upload: Upload, order: Order) -> None:
    """Import it all, say what came of it, and take it back. Meanwhile only another connection can say how far it is."""
    with ThreadPoolExecutor(1) as thread:

        def tell(position: int, rows: int) -> None:
            thread.submit(_tell_apart, upload, position, rows)

        _imported, report = import_file(replace(order, dry=True), _now_and_then(tell))
    upload.checked = checked_of(report)
    _end(upload, State.MAPPING)


def _tell_apart(upload: Upload, position: int, rows: int) -> None:
    try:
        _change(upload, position=position, rows=rows)
    finally:
        connection.close()


def _import(upload: Upload, order: Order) -> None:
    if upload.imported is None:
        with transaction.atomic():
            upload.imported = begin(order)
            upload.save(update_fields=["imported"])

    def tell(position: int, rows: int) -> None:
        _change(upload, position=position, rows=rows, attempts=0)

    import_file(replace(order, imported=upload.imported), _now_and_then(tell))
    _end(upload, State.DONE)


def _now_and_then(tell: Callable[[int, int], None]) -> Progress:
    """Not after every part of a file that is read fast."""
    told = 0.0

    def hear(position: int, report: Report) -> None:
        nonlocal told
        if time.monotonic() - told >= TOLD_EVERY:
            told = time.monotonic()
            tell(position, report.read)

    return hear


def _change(upload: Upload, **fields: int) -> None:
    Upload.objects.of(upload.workspace_id).filter(pk=upload.pk).update(moved_at=timezone.now(), **fields)


def _end(upload: Upload, state: State, failure: str = "") -> None:
    """The bytes of what is imported, or given up, are needed no more; an import that is given up says what it had
    stored."""
    now = timezone.now()
    upload.state, upload.failure, upload.moved_at = state, failure, now
    with transaction.atomic():
        upload.save(update_fields=["state", "failure", "moved_at", "checked"])
        if state == State.FAILED and upload.imported_id:
            begun = Import.objects.of(upload.workspace_id).filter(pk=upload.imported_id)
            begun.update(state=Import.State.FAILED, failure=failure, finished_at=now)
        if upload.imported_id:
            Upload.objects.of(upload.workspace_id).filter(pk=upload.pk).update(sample=[])
            UploadPart.objects.of(upload.workspace_id).filter(upload=upload).delete()
