"""Rows of a file that were refused: all that is wrong with each, on every page and in the file to mend."""

from __future__ import annotations

import csv
from typing import Any

from accounts.importers import work
from accounts.models import Invoice
from tests.cast import Cast, account
from tests.dashboards.conftest import sign_in
from tests.dashboards.views.test_uploads import INVOICES, brought, do, url_of

WRONG = (
    'F-2;"no ""body""";pronto;13/05/2025;=1+1;EUR\n'
    "=F-3;sable;;never;2,00;XQQ\n"
    "F-4;sable;14/04/2025;14/05/2025;gratis;EUR\n"
)
# All that the report says of them, mended.
MENDED = {
    '"no ""body""",pronto': "sable,13/04/2025",
    "'=1+1": '"2,00"',
    "'=F-3,sable,,never": "'=F-3,sable,14/04/2025,14/05/2025",
    "XQQ": "EUR",
    "gratis": '"3,00"',
}


def test_who_mends_all_that_is_said_of_the_rows_has_them_taken(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, INVOICES + WRONG)
    preview = browser.get(url_of(upload)).context["panel"].preview
    assert [[cell.text for cell in row.cells if cell.reason] for row in preview.rows] == [
        *([], ['no "body"', "pronto", "=1+1"], ["", "never", "XQQ"], ["gratis"])
    ]
    do(browser, upload, "check")
    work.drain(upload.pk)
    day, number = "must be a day such as 2026-11-22", "must be a number"
    reasons = [
        ("Cliente", "no account has external id “…”", 1), ("Fecha", "is required", 1), ("Fecha", day, 1),
        ("Importe", number, 2), ("Moneda", "is no currency of ISO 4217", 1), ("Vencimiento", day, 1),
    ]  # fmt: skip
    checked = browser.get(url_of(upload)).context["panel"].checked
    assert (dict(checked.sums)["Rejected"], sorted(checked.reasons)) == (3, reasons)
    do(browser, upload, "import")
    work.drain(upload.pk)
    upload.refresh_from_db()
    page = browser.get(f"/w/acme/sources/imports/{upload.imported_id}")
    report = page.context["panel"]
    assert sorted(report.reasons) == reasons
    assert [(row.row, sorted(field for field, _value, _reason in row.wrong)) for row in report.refused] == [
        (3, ["account", "amount", "issued_on"]), (4, ["currency", "due_on", "issued_on"]), (5, ["amount"]),
    ]  # fmt: skip
    assert page.content.decode().count('rowspan="3"') == 4
    sent = browser.get(report.refused_url).content.decode()
    lines = list(csv.reader(sent.splitlines()))
    assert [line[:6] for line in lines[1:]] == [
        ["F-2", 'no "body"', "pronto", "13/05/2025", "'=1+1", "EUR"], ["'=F-3", "sable", "", "never", "2,00", "XQQ"],
        ["F-4", "sable", "14/04/2025", "14/05/2025", "gratis", "EUR"],
    ]  # fmt: skip
    told = {f"issued_on “pronto”: {day}", f"amount “=1+1”: {number}"}
    assert lines[1][6].startswith("row 3: ")
    assert told | {'account “no "body"”: no account has external id “no "body"”'} == set(lines[1][6][7:].split("; "))
    assert lines[3][6] == f"row 5: amount “gratis”: {number}"
    for wrong, right in MENDED.items():
        sent = sent.replace(wrong, right, 1)
    again = brought(browser, sent, "mended.csv")
    do(browser, again, "import")
    work.drain(again.pk)
    again.refresh_from_db()
    assert (again.imported.accepted, again.imported.rejected) == (3, 0)
    found = Invoice.objects.of(cast.acme).order_by("number").values_list("number", "amount")
    assert [(name, int(amount)) for name, amount in found] == [("=F-3", 2), ("F-1", 1234), ("F-2", 2), ("F-4", 3)]


def test_rows_with_many_reasons_fill_a_page_as_others_do(cast: Cast, django_assert_max_num_queries: Any) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, INVOICES + "".join(f"F-{n};nobody;13/04/1999;13/05/1999;1,00;XQQ\n" for n in range(60)))
    do(browser, upload, "import")
    work.drain(upload.pk)
    upload.refresh_from_db()
    url = f"/w/acme/sources/imports/{upload.imported_id}"
    with django_assert_max_num_queries(20):
        first = browser.get(url).context["panel"].refused
    second = browser.get(f"{url}?page=2").context["panel"].refused
    assert [row.row for row in (*first, *second)] == list(range(3, 63))
    assert {len(row.wrong) for row in (*first, *second)} == {4}
    source = browser.get(f"/w/acme/sources/{upload.imported.source_id}").context["panel"].quality
    assert sum(day.refused for day in source.days) == 60
    assert {(group.field, group.count) for group in source.groups} == {
        ("account", 60), ("issued_on", 60), ("due_on", 60), ("currency", 60),
    }  # fmt: skip
