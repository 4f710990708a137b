"""A file in the browser: brought, guessed, mapped, looked at, checked, imported, reported."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.importers import work
from accounts.importers.mapping import parse_mapping
from accounts.models import Account, Import, Invoice, KnownHeader, Upload, UploadPart
from tests.cast import Cast, account
from tests.dashboards.conftest import sign_in

URL = "/w/acme/sources/upload"
INVOICES = "Factura;Cliente;Fecha;Vencimiento;Importe;Moneda\nF-1;sable;13/04/2025;13/05/2025;1.234,50;EUR\n"


def bring(browser: Client, content: str | bytes, name: str = "facturas.csv", **more: str) -> Any:
    raw = content if isinstance(content, bytes) else content.encode()
    return browser.post(URL, {"file": SimpleUploadedFile(name, raw), **more})


def brought(browser: Client, content: str | bytes, name: str = "facturas.csv") -> Upload:
    response = bring(browser, content, name)
    assert response.status_code == 302, response.context["panel"].fault
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
    assert panel.preview.fields == ("Id", "Number", "Account", "Issued on", "Due on", "Amount", "Currency")
    assert [cell.text for cell in panel.preview.rows[0].cells][1:] == [
        *("F-1", "sable", "13 Apr 2025", "13 May 2025", "1234.50", "EUR")
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
    assert checked.reasons[0][0] == "Account"
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
    assert parse_mapping(second.mapping).columns == {"id": "Code", "name": "Titel"}
    assert KnownHeader.objects.of(cast.acme).count() == 1


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
