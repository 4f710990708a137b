"""A file in the browser: brought, guessed, mapped, looked at, checked, imported, reported."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from accounts.api.openapi.examples import EVENTS, EXAMPLES
from accounts.importers import work
from accounts.importers.mapping import parse_mapping
from accounts.kinds import KINDS
from accounts.models import Account, Import, Invoice, KnownHeader, Upload, UploadPart
from dashboards.panels.uploads.labels import FIELDS
from tests.cast import Cast, account
from tests.concurrency import another_connection, beside, somebody_waits, until
from tests.dashboards.conftest import sign_in

URL = "/w/acme/sources/upload"
INVOICES = "Factura;Cliente;Fecha;Vencimiento;Importe;Moneda\nF-1;sable;13/04/2025;13/05/2025;1.234,50;EUR\n"


def bring(browser: Client, content: str | bytes, name: str = "facturas.csv", **more: str) -> Any:
    raw = content if isinstance(content, bytes) else content.encode()
    return browser.post(URL, {"file": SimpleUploadedFile(name, raw), **more})


def brought(browser: Client, content: str | bytes, name: str = "facturas.csv") -> Upload:
    response = bring(browser, content, name)
    assert response.status_code == 302, response.context["panel"].file_error
    return Upload.unscoped.latest("pk")


def url_of(upload: Upload) -> str:
    return f"/w/acme/sources/uploads/{upload.pk}"


def filled(browser: Client, upload: Upload, **more: str) -> dict[str, str]:
    """The form as it is shown."""
    panel = browser.get(url_of(upload)).context["panel"]
    form = {"kind": next(value for value, _label, here in panel.kinds if here)}
    for row in panel.columns:
        options = [option for _title, options in row.fields for option in options]
        form[f"c{row.place}"] = next((value for value, _label, here in options if here), "")
        form[f"f{row.place}"] = next((value for value, _label, here in row.formats if here), "")
        form |= {f"i{row.place}": "1"} if row.in_id else {}
    form |= {f"k-{field.field}": field.value for field in panel.constants}
    form |= {"creates_accounts": "1"} if upload.creates_accounts else {}
    return form | more


def do(browser: Client, upload: Upload, what: str, **more: str) -> Any:
    response = browser.post(f"{url_of(upload)}/save", filled(browser, upload, **more) | {"do": what})
    upload.refresh_from_db()
    return response


@pytest.mark.parametrize(
    ("who", "status"), [("victor", 403), ("alice", 403), ("bob", 403), ("carol", 302), ("mallory", 404)]
)
def test_who_may_bring_a_file(cast: Cast, who: str, status: int) -> None:
    assert bring(sign_in(getattr(cast, who)), INVOICES).status_code == status
    assert Upload.unscoped.count() == (status == 302)


def test_a_file_is_guessed_looked_at_and_imported(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, INVOICES)
    panel = browser.get(url_of(upload)).context["panel"]
    assert not panel.todo
    assert panel.preview.fields == ("Number", "Account", "Issued on", "Due on", "Amount", "Currency")
    assert [cell.text for cell in panel.preview.rows[0].cells] == [
        *("F-1", "sable", "Apr 13, 2025", "May 13, 2025", "1234.50", "EUR")
    ]
    assert do(browser, upload, "import").status_code == 302
    assert browser.get(url_of(upload)).context["panel"].progress.rows == 0
    work.drain(upload.pk)
    upload.refresh_from_db()
    assert upload.state == Upload.State.DONE
    assert browser.get(url_of(upload))["Location"] == f"/w/acme/sources/imports/{upload.imported_id}"
    invoice = Invoice.objects.of(cast.acme).get()
    assert (invoice.number, str(invoice.amount)) == ("F-1", "1234.5000")
    assert not UploadPart.objects.of(cast.acme).exists()


def test_a_file_of_each_kind_is_looked_at_and_imported(cast: Cast) -> None:
    account(cast.acme, "A-1")
    browser = sign_in(cast.carol)
    items = {name: example.item for name, example in EXAMPLES.items()} | {"events": EVENTS["events"][0]}
    assert items.keys() == KINDS.keys()
    assert {field for kind in KINDS.values() for field in kind.struct.__struct_fields__} == FIELDS.keys()
    for name, item in items.items():
        told = {field: str(value) for field, value in item.items() if not isinstance(value, list | dict)}
        upload = brought(browser, f"{','.join(told)}\n{','.join(told.values())}\n", f"{name}.csv")
        do(browser, upload, "kind", kind=name)
        [row] = browser.get(url_of(upload)).context["panel"].preview.rows
        assert row.is_good, (name, row)
        do(browser, upload, "import")
        work.drain(upload.pk)
        upload.refresh_from_db()
        assert upload.imported.accepted == 1, name


def test_a_dry_run_stores_nothing(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, INVOICES + "F-2;nobody;13/04/2025;13/05/2025;1,00;EUR\n")
    do(browser, upload, "check")
    assert upload.state == Upload.State.CHECKING
    work.drain(upload.pk)
    upload.refresh_from_db()
    assert upload.state == Upload.State.MAPPING
    checked = browser.get(url_of(upload)).context["panel"].checked
    assert dict(checked.sums)["Accepted"] == 1
    assert checked.reasons[0][0] == "Cliente"
    assert not Invoice.objects.of(cast.acme).exists()
    assert not Import.objects.of(cast.acme).exists()


def test_the_same_header_is_mapped_at_once(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    first = brought(browser, "Code;Titel\na;Acme\n", "x.csv")
    do(browser, first, "kind", kind="accounts")
    do(browser, first, "import", c0="id", c1="name")
    work.drain(first.pk)
    assert Account.objects.of(cast.acme).get(external_id="a").name == "Acme"
    second = brought(browser, "Code;Titel\nb;Bolt\n", "y.csv")
    assert second.mapped_by == "known"
    used = KnownHeader.objects.of(cast.acme).get().used_at
    assert f", of {used:%b}" in browser.get(url_of(second)).context["panel"].origin
    assert parse_mapping(second.mapping).columns == {"id": "Code", "name": "Titel"}
    assert second.source_name == first.source_name
    assert KnownHeader.objects.of(cast.acme).count() == 1
    bring(browser, "Code;Titel\nc;Curl\n", "z.csv", source="Another system")
    assert Upload.unscoped.latest("pk").source_name == "Another system"


def test_days_that_can_be_read_in_two_ways_are_asked_for(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, "factura;cliente;fecha;vencimiento;importe\nF-1;sable;03/04/2025;05/06/2025;1,5\n")
    panel = browser.get(url_of(upload)).context["panel"]
    assert [row.unclear for row in panel.columns] == ["", "", "03/04/2025", "05/06/2025", ""]
    for what in ("check", "import"):
        response = do(browser, upload, what)
        assert response.status_code == 400
        assert upload.state == Upload.State.MAPPING
    do(browser, upload, "import", f2="%m/%d/%Y", f3="%m/%d/%Y")
    work.drain(upload.pk)
    assert str(Invoice.objects.of(cast.acme).get().issued_on) == "2025-03-04"


def test_refused_rows_are_mended_and_sent_again(cast: Cast) -> None:
    account(cast.acme, "sable")
    account(cast.acme, "=sum")
    browser = sign_in(cast.carol)
    rows = "F-2;nobody;13/04/2025;13/05/2025;-1,00;EUR\nF-3;=sum;14/04/2025;soon;2,00;EUR\nF-4;sable\n"
    upload = brought(browser, INVOICES + rows)
    do(browser, upload, "import")
    work.drain(upload.pk)
    upload.refresh_from_db()
    report = browser.get(f"/w/acme/sources/imports/{upload.imported_id}").context["panel"]
    assert sorted(report.reasons)[1:] == [
        ("Cliente", "no account has external id “…”", 1),
        ("Vencimiento", "must be a day such as 2026-11-22", 1),
    ]
    sent = browser.get(report.refused_url).content.decode()
    lines = sent.splitlines()
    assert lines[0] == "Factura,Cliente,Fecha,Vencimiento,Importe,Moneda,Refused because"
    assert lines[2].startswith("F-3,'=sum,14/04/2025,soon,")
    assert lines[3].startswith("F-4,sable,,,,,")
    mended = sent.replace("nobody", "sable").replace("soon", "14/05/2025")
    again = brought(browser, mended, "mended.csv")
    assert again.mapped_by == "known"
    do(browser, again, "import")
    work.drain(again.pk)
    found = Invoice.objects.of(cast.acme).order_by("number").values_list("number", "account__external_id", "amount")
    assert [(number, who, int(amount)) for number, who, amount in found] == [
        *(("F-1", "sable", 1234), ("F-2", "sable", -1), ("F-3", "=sum", 2))
    ]


def test_a_mapping_goes_out_and_in_as_a_file(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    upload = brought(browser, INVOICES)
    response = browser.get(f"{url_of(upload)}/mapping.yaml")
    text = response.content.decode()
    assert parse_mapping(text).columns["account"] == "Cliente"

    def send(content: str) -> Any:
        file = SimpleUploadedFile("map.yaml", content.encode())
        return browser.post(f"{url_of(upload)}/save", {"do": "file", "mapping": file})

    assert send(text + "where: {Moneda: EUR}\n").status_code == 302
    panel = browser.get(url_of(upload)).context["panel"]
    assert panel.extras == ("where",)
    do(browser, upload, "preview", c0="")
    assert "where:\n  Moneda: EUR" in upload.mapping
    own = "kind: events\nid: Factura\ncolumns:\n  account: Cliente\n  occurred_at: Fecha\n  name: Moneda\n"
    send(own + "  properties.worth: {column: Importe, values: {a: b}}\n")
    upload.refresh_from_db()
    do(browser, upload, "preview")
    assert parse_mapping(upload.mapping).columns["properties.worth"].values == {"a": "b"}
    for wrong, said in (("kind: cats", "no kind"), ("a: [", "not YAML"), ("kind: deals\nid: x\n", "no column “x”")):
        response = send(wrong)
        assert response.status_code == 400
        assert said in response.context["panel"].fault


def test_a_sheet_is_chosen(cast: Cast) -> None:
    book, file = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(["notes"])
    book.active.append(["nothing here"])
    book.create_sheet("Clientes").append(["id", "nombre", "inicio"])
    book["Clientes"].append(["a", "Acme", date(2025, 1, 31)])
    book.save(file)
    browser = sign_in(cast.carol)
    upload = brought(browser, file.getvalue(), "libro.xlsx")
    assert upload.sheets == ["Sheet", "Clientes"]
    do(browser, upload, "sheet", sheet="Clientes")
    assert (upload.sheet, upload.header) == ("Clientes", ["id", "nombre", "inicio"])
    assert do(browser, upload, "import").status_code == 302
    work.drain(upload.pk)
    found = Account.objects.of(cast.acme).get()
    assert (found.name, str(found.started_on)) == ("Acme", "2025-01-31")


def test_a_form_filled_wrong_says_so(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    upload = brought(browser, INVOICES)
    for wrong, said in (
        ({"c0": "account"}, "cannot both fill it"),
        ({"c0": "nonsense"}, "is no field of invoices"),
        ({"kind": "cats"}, "is no kind"),
        ({"c0": "number:nonsense"}, "there is no lookup"),
    ):
        response = do(browser, upload, "preview", **wrong, **{"i4": "1", "k-is_void": "true"})
        assert response.status_code == 400
        panel = response.context["panel"]
        assert said in panel.fault
        assert panel.columns[4].in_id, "what was filled in is lost"
    response = do(browser, upload, "import", c1="")
    assert response.status_code == 400
    assert "Account: choose its column." in response.context["panel"].todo


def test_a_page_takes_as_many_queries_for_a_large_file(cast: Cast, django_assert_max_num_queries: Any) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    counts = []
    for rows in (1, 60):
        upload = brought(browser, INVOICES + "F-2;nobody;13/04/2025;13/05/2025;1,00;EUR\n" * rows)
        browser.get(url_of(upload))
        with django_assert_max_num_queries(20) as captured:
            browser.get(url_of(upload))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_manager_reads_the_report_and_changes_nothing(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    upload = brought(browser, INVOICES)
    do(browser, upload, "import")
    work.drain(upload.pk)
    upload.refresh_from_db()
    assert not upload.sample, "what a file tells is kept where it belongs, and nowhere else"
    url = f"/w/acme/sources/imports/{upload.imported_id}"
    panel = sign_in(cast.bob).get(url).context["panel"]
    assert (panel.undo_url, panel.upload_url) == ("", "")
    assert sign_in(cast.bob).get(panel.refused_url).status_code == 200
    for member, status in ((cast.alice, 403), (cast.victor, 403), (cast.mallory, 404)):
        assert sign_in(member).get(panel.refused_url).status_code == status


def test_what_nobody_has_seen_is_not_imported(cast: Cast) -> None:
    book, file = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(["id", "name"])
    book.active.append(["a", "Acme"])
    book.create_sheet("Other").append(["id", "name"])
    book["Other"].append(["b", "Bo"])
    book.save(file)
    browser = sign_in(cast.carol)
    upload = brought(browser, file.getvalue(), "book.xlsx")
    for another in ({"sheet": "Other"}, {"kind": "invoices"}):
        for asked in ("check", "import"):
            do(browser, upload, "sheet", sheet="Sheet")
            do(browser, upload, "kind", kind="accounts")
            assert do(browser, upload, asked, **another).status_code == 302
            assert upload.state == Upload.State.MAPPING
    assert "It is mapped anew" in browser.get(url_of(upload)).content.decode()


def test_names_that_look_like_formulas_are_known_again(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, "=number,@account,+issued on,amount,-due\nF-1,nobody,2025-01-02,1,2025-02-02\n", "f.csv")
    do(browser, upload, "kind", kind="invoices")
    do(browser, upload, "import", c0="number", c1="account", c2="issued_on", c3="amount", c4="due_on")
    work.drain(upload.pk)
    upload.refresh_from_db()
    sent = browser.get(f"/w/acme/sources/imports/{upload.imported_id}/refused.csv").content.decode()
    again = brought(browser, sent.replace("nobody", "sable"), "mended.csv")
    assert again.mapped_by == "known"
    do(browser, again, "import")
    work.drain(again.pk)
    assert Invoice.objects.of(cast.acme).get().number == "F-1"


@pytest.mark.django_db(transaction=True)
def test_a_file_that_a_worker_is_asked_for_is_not_mapped_meanwhile(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    upload = brought(browser, INVOICES)
    form = filled(browser, upload) | {"do": "preview"}
    with another_connection() as other:
        other.execute("UPDATE accounts_upload SET state = 'importing' WHERE id = %s", [upload.pk])
        with beside(browser.post, f"{url_of(upload)}/save", form) as saving:
            saving.start()
            until(somebody_waits)
            other.connection.commit()
            assert saving.result().status_code == 302
    upload.refresh_from_db()
    assert upload.state == Upload.State.IMPORTING


class _Untouched(io.BytesIO):
    def read(self, *_args: Any) -> bytes:
        raise AssertionError("nothing of it may be read")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(cast: Cast) -> None:
    sent = {"wsgi.input": _Untouched(), "CONTENT_LENGTH": "1000200000"}
    response = sign_in(cast.carol).generic("POST", URL, b"", "multipart/form-data; boundary=x", **sent)
    assert response.status_code == 413
    assert "a file has at most 1,000 MB" in response.content.decode()


def test_the_report_asks_again_for_its_progress_alone(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, INVOICES)
    do(browser, upload, "import")
    work.drain(upload.pk)
    done = Import.objects.of(cast.acme).get()
    url, asked = f"/w/acme/sources/imports/{done.pk}", {"HX-Request": "true", "HX-Target": "import-progress"}
    Import.objects.of(cast.acme).update(state=Import.State.UNDOING)
    part = browser.get(url, headers=asked).content.decode()
    assert 'hx-trigger="every 2s"' in part
    assert "<h1>" not in part
    assert browser.get(url).content.decode().count("every 2s") == 1
    Import.objects.of(cast.acme).update(state=Import.State.DONE)
    assert browser.get(url, headers=asked)["HX-Refresh"] == "true"
