"""A file into a workspace: a thread reads the next rows while PostgreSQL writes the ones before."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import decode, ingest
from accounts.batch import Batch, Result, Status
from accounts.importers.faults import all_wrong
from accounts.importers.files import FileError, Table
from accounts.importers.mapper import Mapped, Mapper, Selected
from accounts.importers.mapping import Mapping, header_fault
from accounts.importers.repeats import Rehearsal, Repeats
from accounts.importers.report import Report, Row
from accounts.models import Import, Refused, Source, Workspace

LOCK = 7_202
Progress = Callable[[int, Report], None]


class BusyError(FileError):
    """Another import into the same source is under way: come again later."""


@dataclass(frozen=True)
class Order:
    """What to import, and how. `dry`: tell what would happen, and store nothing. `imported`: one that was interrupted,
    to go on with; without it a new one."""

    workspace: Workspace
    source_name: str
    mapping: Mapping
    file: Table
    dry: bool = False
    creates_accounts: bool = False
    imported: Import | None = None


def import_file(order: Order, progress: Progress = lambda position, report: None) -> tuple[Import, Report]:
    """Import a file; `progress` hears bytes read and the report so far. Raises FileError.

    What was stored before a failure stays; the same import again completes it.
    """
    fault = header_fault(order.mapping, order.file.header)
    if fault:
        raise FileError(fault)
    if not order.dry:
        return _import(order, progress)
    with transaction.atomic():
        done = _import(order, progress)
        transaction.set_rollback(True)
    return done


def _import(order: Order, progress: Progress) -> tuple[Import, Report]:
    source = _source(order)
    with _alone(source):
        imported = order.imported or begin(order)
        imported.state, imported.failure = Import.State.RUNNING, ""
        imported.save(update_fields=["state", "failure"])
        report = Report.read_from(imported)
        try:
            _store_all(order, imported, report, progress)
        except BaseException as error:
            with contextlib.suppress(DatabaseError):
                imported.refresh_from_db()
                _finish(imported, Report.read_from(imported), Import.State.FAILED, str(error) or type(error).__name__)
            raise
        _finish(imported, report, Import.State.DONE)
    return imported, report


def _source(order: Order) -> Source:
    kind = Source.Kind.FILE
    return Source.unscoped.get_or_create(workspace=order.workspace, name=order.source_name, defaults={"kind": kind})[0]


def begin(order: Order) -> Import:
    """The row of an import, before anything of it is stored."""
    return Import.unscoped.create(  # type: ignore[no-any-return]
        workspace=order.workspace,
        source=_source(order),
        kind=order.mapping.kind,
        file_name=Path(order.file.name).name[:300],
        header=order.file.header,
        mapping=order.mapping.text,
    )


@contextlib.contextmanager
def _alone(source: Source) -> Iterator[None]:
    """One import of a source at a time; those left running by a process that died are failed ones."""
    name = [LOCK, source.pk % 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", name)
        if not cursor.fetchone()[0]:
            raise BusyError(_("Another import into “%s” is under way.") % source.name)
    try:
        left = Import.objects.of(source.workspace_id).filter(source=source, state=Import.State.RUNNING)
        left.update(state=Import.State.FAILED, failure=_("interrupted"), finished_at=timezone.now())
        yield
    finally:
        with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", name)


def _finish(imported: Import, report: Report, state: str, failure: str = "") -> None:
    report.write_to(imported)
    imported.state, imported.failure, imported.finished_at = state, failure, timezone.now()
    imported.save()
    if report.read:
        Source.objects.of(imported.workspace_id).filter(pk=imported.source_id).update(last_seen_at=imported.finished_at)


def _store_all(order: Order, imported: Import, report: Report, progress: Progress) -> None:
    mapper, moment = Mapper(order.mapping, order.file.header, order.workspace), timezone.now()
    chunks, repeats, rehearsal = order.file.chunks(), Repeats(), Rehearsal() if order.dry else None
    done, number = imported.chunks, 0
    with _rare_garbage(), ThreadPoolExecutor(1) as thread:
        reading = thread.submit(next, chunks, None)
        waiting: Future[Mapped] | None = None
        while (chunk := reading.result()) is not None:
            following = thread.submit(_map, mapper, mapper.select(chunk), repeats)
            reading = thread.submit(next, chunks, None)
            if waiting:
                number += 1
                _store(order, imported, waiting.result(), report, moment, rehearsal, is_done=number <= done)
                if number > done:
                    progress(order.file.position, report)
            waiting = following
        if waiting:
            _store(order, imported, waiting.result(), report, moment, rehearsal, is_done=number < done)


@contextlib.contextmanager
def _rare_garbage() -> Iterator[None]:
    """Rows make no cycles, and looking for some after every few hundred took a third of Python's time."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _map(mapper: Mapper, rows: Selected, repeats: Repeats) -> Mapped:
    mapped = mapper.map(rows)
    if mapper.mapping.kind != "events":
        mapped.decoded = repeats.apart(mapped.decoded, mapper.kind)
    return mapped


def _store(
    order: Order,
    imported: Import,
    mapped: Mapped,
    report: Report,
    moment: datetime,
    rehearsal: Rehearsal | None,
    *,
    is_done: bool,
) -> None:
    """Record what could be decoded, count everything, keep what was refused: all of it or nothing. What is stored
    already is left alone. Of a dry run each part is taken back at once, so that nobody waits for its locks."""
    if is_done:
        return
    if rehearsal:
        mapped.decoded = rehearsal.apart(mapped.decoded)
    items: list[Any] = [each for each in mapped.decoded if not isinstance(each, Result)]
    batch = Batch(
        order.workspace,
        imported.source,
        order.mapping.kind,
        items,
        moment,
        creates_accounts=order.creates_accounts,
        imported=imported,
        history=order.mapping.history,
        dry=order.dry,
    )
    with transaction.atomic():
        results = decode.merge(mapped.decoded, ingest.record(batch) if items else [])
        _tell_all_wrong(batch, mapped, results)
        rows: list[Row] = list(zip(mapped.numbers, results, mapped.warnings, strict=True))
        if mapped.broken:
            rows = sorted([*rows, *((line, result, ()) for line, result in mapped.broken)], key=itemgetter(0))
        report.left_out += mapped.left_out
        Refused.unscoped.bulk_create(
            (each for row in report.add(rows) for each in _refused(batch, row, mapped.raw.get(row[0]))),
            batch_size=2_000,
        )
        report.write_to(imported)
        imported.chunks += 1
        imported.save()
        if rehearsal:
            rehearsal.remember(mapped.decoded, results)
            transaction.set_rollback(True)


def _tell_all_wrong(batch: Batch, mapped: Mapped, results: list[Result]) -> None:
    """Only refused rows are looked at again."""
    places = [n for n, each in enumerate(results) if each.status is Status.REJECTED]
    if places:
        found = all_wrong(batch, mapped.rows(places), [results[n] for n in places])
        for n, result in zip(places, found, strict=True):
            results[n] = result or results[n]


def _refused(batch: Batch, row: Row, cells: list[str] | None) -> Iterator[Refused]:
    """One for each thing that is wrong with a row; the first stands for the row, and keeps its cells."""
    line, result, _reasons = row
    yield Refused.of(batch.source, batch.kind, line, result, batch.received_at, batch.imported, cells)
    for each in result.also:
        more = Refused.of(batch.source, batch.kind, line, each, batch.received_at, batch.imported)
        more.count = 0
        yield more
