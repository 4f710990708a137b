"""Taking back a file: what the report says before, and after."""

from __future__ import annotations

from accounts.importers import work
from accounts.models import Account, Import, Invoice
from accounts.tasks import undo_import
from tests.cast import NOW, Cast, account, tell
from tests.dashboards.conftest import sign_in
from tests.dashboards.views.test_uploads import INVOICES, brought, do


def test_undo_takes_back_what_a_file_brought(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    upload = brought(browser, INVOICES)
    do(browser, upload, "import")
    work.drain(upload.pk)
    upload.refresh_from_db()
    url = f"/w/acme/sources/imports/{upload.imported_id}"
    for member, status in ((cast.bob, 403), (cast.alice, 403), (cast.mallory, 404)):
        assert sign_in(member).post(f"{url}/undo").status_code == status
    for _twice in range(2):
        assert browser.post(f"{url}/undo").status_code == 302
        assert browser.get(url).context["panel"].is_moving
    for _twice in range(2):
        undo_import(upload.imported_id)
    assert not Invoice.objects.of(cast.acme).exists()
    assert Import.objects.of(cast.acme).get().state == Import.State.UNDONE
    assert not browser.get(url).context["panel"].undo_url
    assert "It is taken back" in browser.get(url).content.decode()
    browser.post(f"{url}/undo")
    assert Import.objects.of(cast.acme).get().state == Import.State.UNDONE, "it was taken back already"


def test_the_report_says_what_undo_would_do_and_what_it_did(cast: Cast) -> None:
    account(cast.acme, "there", name="Before")
    browser = sign_in(cast.carol)
    upload = brought(browser, "id,name\na,Ann\nb,Bo\nc,Cy\nthere,Wrong\n", "accounts.csv")
    do(browser, upload, "import")
    work.drain(upload.pk)
    upload.refresh_from_db()
    tell(cast.acme, "pulses", {"id": "p", "account": "b", "given_at": NOW, "value": 3}, at=NOW)
    url = f"/w/acme/sources/imports/{upload.imported_id}"
    assert f'hx-get="{url}/undo"' in browser.get(url).content.decode()
    stays = "account it made stays: another source, file or person has told of it"
    lines = ((2, "accounts that only this file told of"), (1, "account set back to what it was"), (1, stays))
    for asked in ({}, {"HX-Request": "true", "HX-Target": "undo-plan"}):
        response = browser.get(f"{url}/undo", headers=asked)
        assert response.context["panel"].plan == lines
        assert "2 accounts that only this file told of" in response.content.decode()
        assert ("<h1>" in response.content.decode()) is (not asked)
    assert sign_in(cast.bob).get(f"{url}/undo").status_code == 403
    browser.post(f"{url}/undo")
    undo_import(upload.imported_id)
    panel = browser.get(url).context["panel"]
    assert (panel.undone, panel.undo_url) == (lines, "")
    assert stays in browser.get(url).content.decode()
    found = Account.objects.of(cast.acme).order_by("external_id").values_list("external_id", "name")
    assert list(found) == [("b", "Bo"), ("there", "Before")]
