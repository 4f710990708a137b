"""The mail address of a workspace: made, renewed, retired by admins; copied by whoever reads settings."""

from __future__ import annotations

from typing import Any

from accounts.models import AuditEntry, MailAddress
from tests.cast import Cast
from tests.dashboards.conftest import sign_in

URL = "/w/acme/settings/mail"


def test_without_a_domain_the_page_says_what_to_do(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    assert "takes no mail yet" in browser.get(URL).content.decode()
    browser.post(f"{URL}/renew")
    assert not MailAddress.objects.of(cast.acme).exists()


def test_an_admin_makes_renews_and_retires_addresses(cast: Cast, settings: Any) -> None:
    settings.INBOUND_MAIL_DOMAIN = "in.example"
    browser = sign_in(cast.carol)
    assert "Make the address" in browser.get(URL).content.decode()
    browser.post(f"{URL}/renew")
    first = MailAddress.objects.of(cast.acme).get()
    assert first.address in browser.get(URL).content.decode()
    assert "retire" not in browser.get(URL).content.decode().lower().split("you retire it")[0]
    browser.post(f"{URL}/renew")
    page = browser.get(URL).content.decode()
    assert first.address in page
    assert f"{URL}/{first.pk}/retire" in page
    for _twice in range(2):
        browser.post(f"{URL}/{first.pk}/retire")
    assert first.address not in browser.get(URL).content.decode()
    assert MailAddress.objects.of(cast.acme).living().count() == 1
    told = AuditEntry.objects.of(cast.acme).filter(kind="mailaddress").values_list("action", flat=True)
    assert len(told) == 3


def test_others_read_it(cast: Cast, settings: Any) -> None:
    settings.INBOUND_MAIL_DOMAIN = "in.example"
    sign_in(cast.carol).post(f"{URL}/renew")
    page = sign_in(cast.bob).get(URL).content.decode()
    assert MailAddress.objects.of(cast.acme).get().address in page
    assert "/renew" not in page
    assert sign_in(cast.bob).post(f"{URL}/renew").status_code == 403
