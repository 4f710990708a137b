"""A file from the disk to the report, with htmx and without JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from accounts.importers import work
from accounts.models import Invoice, Upload
from tests.cast import account
from tests.dashboards.browser import MARKS, sign_in

pytestmark = MARKS

HEAD = "factura;cliente;fecha;vencimiento;importe\n"


def test_a_file_is_mapped_and_imported(tab: Page, chromium: Any, live_server: Any, cast: Any, tmp_path: Path) -> None:
    account(cast.acme, "sable")
    plain = chromium.new_context(base_url=live_server.url, java_script_enabled=False).new_page()
    for number, page in enumerate((tab, plain)):
        file = tmp_path / f"facturas-{number}.csv"
        file.write_text(f"{HEAD}F-{number};sable;03/04/2025;05/06/2025;1,50\nF-9;nobody;04/04/2025;05/06/2025;1,50\n")
        sign_in(page, "carol@acme.example")
        page.goto("/w/acme/sources")
        page.get_by_role("link", name="Upload a file").click()
        page.get_by_label("File", exact=True).set_input_files(file)
        page.get_by_role("button", name="Upload").click()
        if not number:
            expect(page.get_by_text("“03/04/2025” can be read in two ways; choose one.")).to_be_visible()
            page.get_by_label("fecha reads as").select_option("%d/%m/%Y")
            page.get_by_label("vencimiento reads as").select_option("%d/%m/%Y")
            page.get_by_role("button", name="Preview").last.click()
        expect(page.get_by_role("cell", name="Apr 3, 2025")).to_be_visible()
        expect(page.get_by_text("no account has external id “nobody”")).to_be_visible()
        page.get_by_role("button", name="Import").click()
        expect(page.get_by_role("heading", name="Importing")).to_be_visible()
        work.drain(Upload.objects.of(cast.acme).latest("pk").pk)
        if number:
            page.reload()
        expect(page.get_by_role("heading", name="What was wrong, by column")).to_be_visible()
        with page.expect_download() as got:
            page.get_by_role("link", name="Refused rows as CSV").click()
        assert "F-9,nobody" in got.value.path().read_text()
    plain.context.close()
    assert set(Invoice.objects.of(cast.acme).values_list("number", flat=True)) == {"F-0", "F-1"}
