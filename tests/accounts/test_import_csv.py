"""`manage.py import_csv`: the report, the second run, the dry run, undo, and files as they come."""

from __future__ import annotations

import gzip
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.importers import files
from accounts.models import Account, DirtyDay, Event, EventKey, Import, Invoice, Refused, Source, Subscription
from tests.cast import account, tell

ACCOUNTS = "id,name,country\nA-1,Ada,ES\nA-2,Bo,FR\nA-3,Cy,DE\n"
EVENTS = (
    "account,name,message_id,occurred_at,count\n"
    "A-1,login,m1,2025-03-01T10:00:00Z,1\n"
    "A-1,export,m2,2025-03-01T11:00:00Z,3\n"
    "A-2,login,m3,2025-03-02T10:00:00Z,1\n"
)


@pytest.fixture
def folder(tmp_path, acme):
    for name in ("A-1", "A-2"):
        account(acme, name, started_on="2025-03-02")
    return tmp_path


def run(folder, kind, content, *options, mapping=None):
    """Import content; returns what is printed."""
    path = folder / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if mapping is not None:
        (folder / "map.yaml").write_text(mapping)
        options = (*options, "--map", str(folder / "map.yaml"))
    out = StringIO()
    call_command("import_csv", "acme", kind, str(path), *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def sums(text):
    """The report's numbers by their label's first words."""
    rows = re.findall(r"^ *([\d,]+) +(rows read|accepted|already known|conflicts|rejected)", text, re.M)
    return {label: int(count.replace(",", "")) for count, label in rows}


def assert_sums(text, read=0, accepted=0, known=0, conflicts=0, rejected=0):
    expected = {"rows read": read, "accepted": accepted, "already known": known, "conflicts": conflicts}
    assert sums(text) == expected | {"rejected": rejected}
    assert read == accepted + known + conflicts + rejected
    newest = Import.unscoped.latest("pk")
    stored = (newest.read, newest.accepted, newest.known, newest.conflicts, newest.rejected)
    assert stored == (read, accepted, known, conflicts, rejected)


# -- the report ---------------------------------------------------------------------------------------------


def test_columns_called_as_the_fields_need_no_mapping(folder, acme):
    assert_sums(run(folder, "accounts", ACCOUNTS), read=3, accepted=3)
    assert Account.objects.of(acme).get(external_id="A-3").country == "DE"


def test_every_row_ends_in_one_of_four_sums(folder, acme):
    tell(acme, "events", {"account": "A-1", "name": "login", "message_id": "m1", "occurred_at": "2025-03-01T10:00:00Z"},
         source=Source.unscoped.create(workspace=acme, name="Files", kind="file"))  # fmt: skip
    bad = EVENTS + "A-9,login,m4,2025-03-02T10:00:00Z,1\nA-2,login,m3,2025-03-02T10:00:00Z,2\nA-2,login,m5,soon,1\n"
    text = run(folder, "events", bad)
    assert_sums(text, read=6, accepted=2, known=1, conflicts=1, rejected=2)
    assert "row 5  rejected  account “A-9”: no account has external id “A-9”" in text
    assert "row 6  conflict  message_id “m3”" in text
    assert "row 7  rejected  occurred_at “soon”: must be a time such as" in text


def test_refused_rows_are_kept_for_the_page(folder, acme):
    run(folder, "events", EVENTS + "A-1,login,m4,2025-03-02T10:00:00Z,0\n")
    [refused] = Refused.objects.of(acme)
    found = (refused.row, refused.result, refused.field, refused.value, refused.reason)
    assert found == (5, "rejected", "count", "0", "must be at least 1")
    assert refused.imported.file_name == "file.csv"


def test_no_more_refused_rows_are_kept_than_said(folder, acme, monkeypatch):
    monkeypatch.setattr("accounts.importers.report.STORED", 3)
    text = run(folder, "events", EVENTS.splitlines()[0] + "\n" + "A-9,login,,2025-03-02T10:00:00Z,1\n" * 5)
    assert_sums(text, read=5, rejected=5)
    assert set(Refused.objects.of(acme).values_list("row", flat=True)) == {2, 3, 4}
    assert "the first 3 of 5" in text


def test_chunks_add_up(folder, acme, monkeypatch):
    monkeypatch.setattr(files, "CHUNK_ROWS", 2)
    rows = "".join(f"A-{1 + n % 3},login,m{n},2025-03-0{1 + n % 9}T10:00:00Z,1\n" for n in range(9))
    assert_sums(run(folder, "events", EVENTS.splitlines()[0] + "\n" + rows), read=9, accepted=6, rejected=3)
    assert Event.objects.of(acme).count() == 6
    assert [each.row for each in Refused.objects.of(acme).order_by("row")] == [4, 7, 10]


# -- again, or not at all -----------------------------------------------------------------------------------


def test_a_second_run_changes_nothing(folder, acme):
    run(folder, "events", EVENTS)
    before = list(Event.objects.of(acme).order_by("pk").values())
    DirtyDay.objects.of(acme).delete()
    assert_sums(run(folder, "events", EVENTS), read=3, known=3)
    assert list(Event.objects.of(acme).order_by("pk").values()) == before
    assert not DirtyDay.objects.of(acme).exists()


def test_events_without_ids_are_known_by_their_content(folder, acme):
    content = "account,name,occurred_at\nA-1,login,2025-03-01\nA-1,login,2025-03-02\nA-1,login,2025-03-01\n"
    assert_sums(run(folder, "events", content), read=3, accepted=2, known=1)
    assert_sums(run(folder, "events", content), read=3, known=3)


@pytest.mark.parametrize("kind", ["accounts", "invoices"])
def test_an_id_twice_in_a_file_comes_to_the_same_every_time(kind, folder, acme, monkeypatch):
    monkeypatch.setattr(files, "CHUNK_ROWS", 1)
    content = {
        "accounts": "id,name\nA-1,Ada\nA-1,Eve\n",
        "invoices": "id,account,issued_on,due_on,amount\n"
        "1,A-1,2025-03-01,2025-03-31,5\n1,A-1,2025-03-01,2025-03-31,6\n",
    }[kind]
    assert_sums(run(folder, kind, content), read=2, accepted=1, conflicts=1)
    assert_sums(run(folder, kind, content), read=2, known=1, conflicts=1)
    assert Account.objects.of(acme).get(external_id="A-1").name in ("Ada", "A-1")


def test_a_correction_is_accepted_and_said(folder, acme):
    header = "id,account,issued_on,due_on,amount\n"
    run(folder, "invoices", header + "1,A-1,2025-03-01,2025-03-31,5\n")
    text = run(folder, "invoices", header + "1,A-1,2025-03-01,2025-03-31,6\n")
    assert_sums(text, read=1, accepted=1)
    assert "1 of the accepted corrected what was known" in text
    assert Invoice.objects.of(acme).current().get().amount == 6


def test_a_dry_run_reports_the_same_and_stores_nothing(folder, acme):
    dry = run(folder, "events", EVENTS + "A-9,login,m4,2025-03-02T10:00:00Z,1\n", "--dry-run")
    assert sums(dry) == {"rows read": 4, "accepted": 3, "already known": 0, "conflicts": 0, "rejected": 1}
    for model in (Event, EventKey, Import, Refused, DirtyDay):
        assert not model.objects.of(acme).exists(), model
    assert not Source.objects.of(acme).filter(name="Files").exists()
    assert "nothing was stored" in dry


def test_a_dry_run_makes_no_partition_which_would_lock_everybody_out(folder):
    content = EVENTS.replace("2025-03", "2003-03")
    with CaptureQueriesContext(connection) as queries:
        run(folder, "events", content, "--dry-run")
    assert not [query for query in queries if "PARTITION OF" in query["sql"]]
    with CaptureQueriesContext(connection) as queries:
        run(folder, "events", content)
    assert [query for query in queries if "PARTITION OF" in query["sql"]]


def test_undo_takes_back_one_import(folder, acme):
    run(folder, "events", EVENTS)
    later = EVENTS.replace("m", "n").replace("nessage_id", "message_id").replace("nane", "name")
    run(folder, "events", later.replace("accounn", "account"))
    first, second = Import.objects.of(acme).order_by("pk")
    DirtyDay.objects.of(acme).delete()
    out = StringIO()
    call_command("import_csv", "acme", undo=first.pk, stdout=out)
    assert out.getvalue().split()[-2:] == ["3", "facts"]
    assert set(Event.objects.of(acme).values_list("imported_id", flat=True)) == {second.pk}
    assert DirtyDay.objects.of(acme).count() == 2
    assert Import.objects.of(acme).get(pk=first.pk).state == Import.State.UNDONE
    assert_sums(run(folder, "events", EVENTS), read=3, accepted=3)


def test_an_import_of_another_workspace_cannot_be_undone(folder, acme, evil):
    run(folder, "events", EVENTS)
    with pytest.raises(CommandError, match="There is no import"):
        call_command("import_csv", "evil", undo=Import.objects.of(acme).get().pk)
    assert Event.objects.of(acme).count() == 3


# -- files as they come -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda text: gzip.compress(text.encode()),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.rstrip("\n").encode(),
        lambda text: (text + "\n\n").encode(),
        lambda text: text.replace("A-1,", '" A-1 ",').encode(),
    ],
    ids=["gzip", "bom", "semicolon", "tab", "crlf", "no end of line", "blank lines", "quotes and spaces"],
)
def test_the_same_file_in_other_clothes(change, folder, acme):
    assert_sums(run(folder, "accounts", change(ACCOUNTS)), read=3, accepted=1 + 2)
    assert Account.objects.of(acme).get(external_id="A-1").name == "Ada"


def test_latin_1_and_utf_8_are_told_apart(folder, acme):
    run(folder, "accounts", b"id,name\nA-1,M\xfcller\n" + "A-2,Çelik\n".encode())
    names = Account.objects.of(acme).order_by("external_id").values_list("name", flat=True)
    assert list(names) == ["Müller", "Çelik"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"A-5", "The row has 1 cells, the header 3"),
        (b"A-5,Eve,ES,more", "The row has 4 cells, the header 3"),
        (b"A-5,E\0ve,ES", "The row contains a NUL character"),
        (b"A-5," + b"x" * 150_000 + b",ES", "The row field larger than field limit"),
        (b"A-5," + b"x" * 1_000_000 + b",ES", "The row is longer than 1,000,000 bytes"),
        (b"A-5," + b"x" * 300 + b",ES", "must have at most 200 characters"),
        (b",Eve,ES", "is required"),
    ],
)
def test_a_broken_row_is_only_that_row(row, reason, folder, acme):
    content = b"id,name,country\nA-1,Ada,ES\n" + row + b"\nA-2,Bo,FR\n"
    text = run(folder, "accounts", content)
    assert_sums(text, read=3, accepted=2, rejected=1)
    assert "row 3  rejected" in text
    assert reason in text
    assert Account.objects.of(acme).count() == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "is a zip or Excel file"),
        ("id,name\n".encode("utf-16"), "is in UTF-16"),
        (b"id,nom\nA-1,Ada\n", "“nom” is no field of accounts; there are: id, name"),
        (gzip.compress(ACCOUNTS.encode(), mtime=0)[:30], "The first line of"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(content, reason, folder, acme):
    with pytest.raises(CommandError, match=reason):
        run(folder, "accounts", content)
    assert not Import.objects.of(acme).exists()


def test_a_missing_file_is_one_sentence(folder):
    with pytest.raises(CommandError, match="nowhere.csv: No such file or directory"):
        call_command("import_csv", "acme", "accounts", str(folder / "nowhere.csv"))


def test_a_missing_workspace_is_one_sentence(folder):
    with pytest.raises(CommandError, match="There is no workspace “nobody”, only: acme, evil"):
        call_command("import_csv", "nobody", "accounts", "x.csv")


def test_a_file_that_ends_in_the_middle_leaves_a_failed_import_that_a_second_run_completes(folder, acme, monkeypatch):
    monkeypatch.setattr(files, "CHUNK_ROWS", 1_000)
    header = EVENTS.splitlines()[0] + "\n"
    whole = gzip.compress(
        (header + "".join(f"A-1,login,m{n},2025-03-01T10:00:00Z,1\n" for n in range(30_000))).encode()
    )
    with pytest.raises(CommandError, match="is damaged after line"):
        run(folder, "events", whole[: len(whole) * 2 // 3])
    failed = Import.objects.of(acme).get()
    assert failed.state == Import.State.FAILED
    assert "is damaged after line" in failed.failure
    assert 0 < failed.accepted == Event.objects.of(acme).count() < 30_000
    assert_sums(run(folder, "events", whole), read=30_000, accepted=30_000 - failed.accepted, known=failed.accepted)


def test_an_import_that_a_dead_process_left_is_a_failed_one(folder, acme):
    run(folder, "accounts", ACCOUNTS)
    Import.objects.of(acme).update(state=Import.State.RUNNING)
    run(folder, "accounts", ACCOUNTS)
    old, new = Import.objects.of(acme).order_by("pk")
    assert (old.state, old.failure, new.state) == (Import.State.FAILED, "interrupted", Import.State.DONE)


# -- mappings -----------------------------------------------------------------------------------------------

USAGE = """
kind: events
columns:
  account: {column: subscription, lookup: subscription}
  occurred_at: day
constants: {name: feature}
id: [subscription, day]
warn:
  - {field: occurred_at, before: subscription.starts_on, reason: before its subscription started}
"""


def test_a_lookup_goes_through_what_is_there(folder, acme, evil):
    account(evil, "E-1")
    term = {"account": "A-2", "id": "S-1", "starts_on": "2025-03-05", "amount": "10"}
    tell(acme, "subscriptions", term)
    tell(evil, "subscriptions", term | {"account": "E-1", "id": "S-2"})
    content = "subscription,day\nS-1,2025-03-04\nS-1,2025-03-05\nS-2,2025-03-05\n"
    text = run(folder, "events", content, mapping=USAGE)
    assert_sums(text, read=3, accepted=2, rejected=1)
    assert "account “S-2”: no subscription has this id" in text
    assert "1 of the accepted with a warning" in text
    assert "1   before its subscription started" in text
    assert Import.objects.of(acme).get().warnings == {"before its subscription started": 1}
    events = Event.objects.of(acme).order_by("occurred_at")
    assert [each.account.external_id for each in events] == ["A-2", "A-2"]
    assert events[0].occurred_at.isoformat() == "2025-03-03T23:00:00+00:00"  # midnight in Madrid
    assert all(each.known_at == each.occurred_at for each in events)


def test_rows_that_are_left_out_are_counted_apart(folder, acme):
    mapping = 'kind: accounts\ncolumns: {id: id, industry: name}\nwhere: {country: [ES, FR], name: {not: "Bo"}}\n'
    text = run(folder, "accounts", ACCOUNTS, mapping=mapping)
    assert_sums(text, read=1, accepted=1)
    assert Account.objects.of(acme).get(external_id="A-1").industry == "Ada"
    assert "2 more rows were left out" in text
    assert Import.objects.of(acme).get().left_out == 2


def test_a_warning_may_look_at_the_account(folder, acme):
    mapping = """
kind: tickets
columns:
  id: id
  account: account
  opened_at: {column: at, format: "%d.%m.%Y %H:%M"}
  priority: {column: p, values: {hoch: high}}
warn: [{field: opened_at, before: account.started_on, reason: too early}]
"""
    text = run(
        folder, "tickets", "id,account,at,p\n1,A-1,01.03.2025 9:30,hoch\n2,A-1,02.03.2025 9:30,hoch\n", mapping=mapping
    )
    assert "1   too early" in text


def test_a_column_may_count_under_a_condition(folder, acme):
    mapping = """
kind: subscriptions
columns:
  id: id
  account: account
  starts_on: start
  amount: {column: cents, scale: 0.01}
  seats: {column: quantity, where: {units: users}}
"""
    content = "id,account,start,cents,quantity,units\n1,A-1,2025-03-01,1999,5,users\n2,A-1,2025-03-01,1999,5,calls\n"
    run(folder, "subscriptions", content, mapping=mapping)
    terms = Subscription.objects.of(acme).order_by("external_id").values_list("seats", "mrr")
    assert [(seats, str(mrr)) for seats, mrr in terms] == [(5, "19.9900"), (None, "19.9900")]


@pytest.mark.parametrize(
    ("known_at", "expected"),
    [("", "2025-03-01"), ("known_at: +2 days", "2025-03-03"), ("known_at: told", "2025-05-01")],
)
def test_when_it_was_known(known_at, expected, folder, acme):
    mapping = f"kind: events\ncolumns: {{account: account, occurred_at: day}}\nconstants: {{name: x}}\n{known_at}\n"
    run(folder, "events", "account,day,told\nA-1,2025-03-01,2025-05-01\n", mapping=mapping)
    assert str(acme.day_of(Event.objects.of(acme).get().known_at)) == expected


def test_what_is_received_today_is_known_today(folder, acme):
    mapping = "kind: events\ncolumns: {account: account, occurred_at: day}\nconstants: {name: x}\nknown_at: received\n"
    run(folder, "events", "account,day\nA-1,2025-03-01\n", mapping=mapping)
    newest = Import.objects.of(acme).get()
    assert abs((Event.objects.of(acme).get().known_at - newest.started_at).total_seconds()) < 60


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ("kind: [", "This is not YAML"),
        ("columns: {id: id}", "missing required field kind"),
        ("kind: cats", "“cats” is no kind of fact"),
        ("kind: invoices\ncolumns: {id: id}", "is for invoices, not for accounts"),
        ("kind: accounts\ncolumns: {name: nom}", "has no column “nom”; its columns: id, name, country"),
        ("kind: accounts\ncolumns: {nom: name}", "“nom” is no field of accounts"),
        ("kind: accounts\ncolums: {id: id}", "unknown field colums"),
        ("kind: accounts\ncolumns: {id: {column: id, lookup: cat}}", "there is no lookup “cat”"),
        ("kind: accounts\ncolumns: {id: {column: id, scale: big}}", "scale “big” is not a number"),
        ("kind: accounts\ncolumns: {id: id}\nwarn: [{field: id, reason: hm}]", "warn “hm” needs"),
    ],
)
def test_a_wrong_mapping_is_one_sentence(mapping, reason, folder):
    with pytest.raises(CommandError, match=re.escape(reason)):
        run(folder, "accounts", ACCOUNTS, mapping=mapping)


def test_unknown_accounts_are_created_where_that_is_asked_for(folder, acme):
    assert_sums(run(folder, "events", EVENTS.replace("A-2", "A-7"), "--create-accounts"), read=3, accepted=3)
    assert Account.objects.of(acme).get(external_id="A-7").name == "A-7"
