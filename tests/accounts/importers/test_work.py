"""What workers do with a file: one has it at a time, who comes after one that died goes on, and the sums stay right."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError

from accounts.importers import files, run, uploads, work
from accounts.importers.uploads import ask, take_in
from accounts.models import Import, Invoice, Refused, Upload, UploadPart
from accounts.retraction import ask_undo
from dashboards.panels.imports import import_page
from tests.cast import NOW, Cast, account
from tests.concurrency import another_connection, beside, somebody_waits, until

ROWS = "".join(f"F-{n},{'nobody' if n % 5 == 0 else 'sable'},2025-01-02,2025-02-02,{n}\n" for n in range(1, 41))
CSV = f"number,account,issued_on,due_on,amount\n{ROWS}"


class KilledError(BaseException):
    """As if the process had ended."""


def asked(cast: Cast, state: Any = Upload.State.IMPORTING, text: str = CSV) -> Upload:
    account(cast.acme, "sable")
    upload = take_in(cast.carol, "x.csv", SimpleUploadedFile("x.csv", text.encode()), NOW)
    assert ask(upload, state, NOW)
    upload.refresh_from_db()
    return upload


@pytest.fixture
def parts_of_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CHUNK_ROWS", 10)


def dying(after: int, how: BaseException) -> Callable[..., None]:
    """`run._store`, which ends with the process when it is called once more than that."""
    store, calls = run._store, iter(range(1_000))

    def store_or_die(*args: Any, **more: Any) -> None:
        if next(calls) >= after:
            raise how
        store(*args, **more)

    return store_or_die


@pytest.mark.parametrize("after", [0, 1, 3])
def test_who_comes_after_one_that_died_goes_on(cast: Cast, parts_of_ten, monkeypatch, after: int) -> None:
    upload = asked(cast)
    with monkeypatch.context() as patch:
        patch.setattr(run, "_store", dying(after, KilledError()))
        with pytest.raises(KilledError):
            work.drain(upload.pk)
    upload.refresh_from_db()
    assert upload.state == Upload.State.IMPORTING
    first = Import.objects.of(cast.acme).get()
    assert (first.read, first.chunks) == (10 * after, after)
    work.drain(upload.pk)
    work.drain(upload.pk)
    done = Import.objects.of(cast.acme).get()
    assert (done.pk, done.state) == (first.pk, Import.State.DONE)
    assert (done.read, done.accepted, done.known, done.rejected) == (40, 32, 0, 8)
    assert [count for _field, _reason, count in done.reasons] == [8]
    assert Invoice.objects.of(cast.acme).filter(imported=done).count() == 32
    assert Refused.objects.of(cast.acme).count() == 8
    assert not UploadPart.objects.of(cast.acme).exists()


def test_a_file_that_ends_three_workers_is_given_up(cast: Cast, parts_of_ten, monkeypatch) -> None:
    upload, store = asked(cast), run._store
    monkeypatch.setattr(run, "_store", dying(1, KilledError()))
    with pytest.raises(KilledError):
        work.drain(upload.pk)
    for _time in range(work.ATTEMPTS):
        monkeypatch.setattr(run, "_store", store)
        monkeypatch.setattr(run, "_store", dying(1, KilledError()))
        with pytest.raises(KilledError):
            work.drain(upload.pk)
    # Who is killed says nothing.
    Import.objects.of(cast.acme).update(state=Import.State.RUNNING, failure="")
    work.drain(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, "ended" in upload.failure) == (Upload.State.FAILED, True)
    imported = Import.objects.of(cast.acme).get()
    assert (imported.state, imported.read) == (Import.State.FAILED, 10)
    assert upload.failure in imported.failure


def test_a_part_that_fails_is_not_counted(cast: Cast, parts_of_ten, monkeypatch) -> None:
    upload = asked(cast)
    kept, calls = Refused.of, iter(range(100))

    def fail(*args: Any) -> Refused:
        if next(calls) == 3:
            raise RuntimeError("broken")
        return kept(*args)

    monkeypatch.setattr(Refused, "of", fail)
    work.drain(upload.pk)
    upload.refresh_from_db()
    imported = Import.objects.of(cast.acme).get()
    assert (upload.state, imported.state, imported.read) == (Upload.State.FAILED, Import.State.FAILED, 10)
    assert Invoice.objects.of(cast.acme).count() == imported.accepted == 8


@pytest.mark.django_db(transaction=True)
def test_one_worker_has_it_and_one_import_of_a_source_runs(cast: Cast) -> None:
    upload = asked(cast)
    with another_connection() as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", [work.LOCK, upload.pk])
        work.drain(upload.pk)
        assert not Import.objects.of(cast.acme).exists()
    source = run.Source.unscoped.create(workspace=cast.acme, name="Files", kind="file")
    with another_connection() as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", [run.LOCK, source.pk])
        for _time in range(5):
            work.drain(upload.pk)
        upload.refresh_from_db()
        assert (upload.state, upload.attempts) == (Upload.State.IMPORTING, 0)
    work.drain(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, Invoice.objects.of(cast.acme).count()) == (Upload.State.DONE, 32)


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_says_how_far_it_is(cast: Cast, parts_of_ten, monkeypatch) -> None:
    monkeypatch.setattr(work, "TOLD_EVERY", 0.0)
    upload = asked(cast, Upload.State.CHECKING)
    work.drain(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.rows, upload.checked["accepted"]) == (Upload.State.MAPPING, 30, 32)
    assert not Import.objects.of(cast.acme).exists()


def test_what_nobody_goes_on_with_is_forgotten_after_a_week(cast: Cast) -> None:
    upload = asked(cast)
    uploads.clear(cast.acme, NOW + uploads.KEPT * 2)
    assert UploadPart.objects.of(cast.acme).exists(), "a worker is at it"
    Upload.objects.of(cast.acme).update(state=Upload.State.MAPPING)
    uploads.clear(cast.acme, NOW + uploads.KEPT / 2)
    assert UploadPart.objects.of(cast.acme).exists()
    uploads.clear(cast.acme, NOW + uploads.KEPT * 2)
    assert not UploadPart.objects.of(cast.acme).exists()
    assert not Upload.objects.of(cast.acme).filter(pk=upload.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_locks_of_a_dry_run(cast: Cast, parts_of_ten, monkeypatch) -> None:
    upload, store, free = asked(cast, Upload.State.CHECKING), run._store, []

    def store_and_look(*args: Any, **more: Any) -> None:
        store(*args, **more)
        with another_connection() as other:
            own = [cast.acme.pk % 2**31, Invoice._meta.db_table]
            other.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", own)
            free.append(other.fetchone()[0])

    monkeypatch.setattr(run, "_store", store_and_look)
    work.drain(upload.pk)
    assert free == [True] * 4


TOLD = "id,account,happened_at,channel\n" + "".join(
    f"t{n % 15},{'nobody' if n % 15 == 3 else 'sable'},2025-01-02,{'email' if n == 22 else 'call'}\n" for n in range(40)
)
PUSHED = "message_id,account,name,occurred_at\n" + "".join(
    f"m{n % 15},{'nobody' if n % 15 == 3 else 'sable'},{'logout' if n == 22 else 'login'},2025-01-{n % 28 + 1:02}\n"
    for n in range(40)
)


@pytest.mark.parametrize("text", [TOLD, PUSHED], ids=["facts", "events"])
def test_a_dry_run_says_what_the_import_will(cast: Cast, parts_of_ten, text: str) -> None:
    upload = asked(cast, Upload.State.CHECKING, text)
    work.drain(upload.pk)
    upload.refresh_from_db()
    assert ask(upload, Upload.State.IMPORTING, NOW)
    work.drain(upload.pk)
    done = Import.objects.of(cast.acme).get()
    sums = ("read", "accepted", "updated", "known", "conflicts", "rejected")
    assert {name: upload.checked[name] for name in sums} == {name: getattr(done, name) for name in sums}
    assert done.known > 0
    assert done.conflicts > 0


def test_what_a_worker_will_go_on_with_is_not_undone(cast: Cast, parts_of_ten, monkeypatch) -> None:
    upload = asked(cast)
    with monkeypatch.context() as patch:
        patch.setattr(run, "_store", dying(2, KilledError()))
        with pytest.raises(KilledError):
            work.drain(upload.pk)
    # As another import into the source does, which finds it left.
    Import.objects.of(cast.acme).update(state=Import.State.FAILED)
    begun = Import.objects.of(cast.acme).get()
    assert not ask_undo(begun)
    assert not import_page(cast.carol, begun, 1).undo_url
    work.drain(upload.pk)
    done = Import.objects.of(cast.acme).get()
    assert (done.state, Invoice.objects.of(cast.acme).count()) == (Import.State.DONE, 32)
    assert ask_undo(done)


def test_nothing_of_a_file_is_kept_that_was_given_up(cast: Cast, parts_of_ten, monkeypatch) -> None:
    upload = asked(cast)
    monkeypatch.setattr(run, "_store", dying(1, ValueError("x")))
    work.drain(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.sample) == (Upload.State.FAILED, [])
    assert not UploadPart.objects.of(cast.acme).exists()


def test_what_killed_workers_left_is_removed_and_what_others_hold_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads.tempfile, "tempdir", str(tmp_path))
    left, held, fresh, other = (tmp_path / f"{name}" for name in ("a", "b", "c", "d"))
    left, held, fresh = (each.with_name(f"healthscore-upload-{each.name}") for each in (left, held, fresh))
    for path in (left, held, fresh, other):
        path.write_bytes(b"x")
        os.utime(path, (0, 0) if path != fresh else None)
    with held.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        uploads.sweep()
    assert sorted(tmp_path.iterdir()) == sorted([held, fresh, other])


@pytest.mark.django_db(transaction=True)
def test_an_account_that_goes_while_its_rows_are_stored_fails_no_file(cast: Cast) -> None:
    """An undone import takes it; the tick sends the file again."""
    upload = asked(cast)
    with another_connection() as other, beside(work.drain, upload.pk) as worker:
        for table in ("accounts_accounthistory", "accounts_account"):
            other.execute(f"DELETE FROM {table} WHERE workspace_id = %s", [cast.acme.pk])
        worker.start()
        until(somebody_waits)
        other.connection.commit()
        with pytest.raises(IntegrityError):
            worker.result()
    upload.refresh_from_db()
    assert upload.state == Upload.State.IMPORTING
    work.drain(upload.pk)
    upload.refresh_from_db()
    done = Import.objects.of(cast.acme).get()
    assert (upload.state, done.state) == (Upload.State.DONE, Import.State.DONE)
    assert (done.read, done.accepted, done.rejected) == (40, 0, 40)
