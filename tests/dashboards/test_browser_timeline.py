"""The timeline in a browser: words and kinds narrow it down together, pages lead down and up, no rule of axe breaks."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from accounts.models import Account, MailAddress
from tests.accounts.items import WHOLE
from tests.cast import NOW, tell
from tests.dashboards.browser import MARKS, sign_in
from tests.dashboards.test_accessibility import violations

pytestmark = MARKS


def test_words_kinds_and_pages(tab: Page, one: Account, settings: Any) -> None:
    settings.INBOUND_MAIL_DOMAIN = "in.example"
    MailAddress.renew(one.workspace, NOW)
    touch = WHOLE["touches"] | {"account": "one", "outcome": "Word after word. " * 30}
    tell(one.workspace, "touches", *(touch | {"id": f"t{n}", "subject": f"Matter {n}"} for n in range(50)))
    sign_in(tab, "carol@acme.example")
    base = f"/w/acme/accounts/{one.pk}/timeline"
    found = violations(tab, "timeline", base) + violations(tab, "nothing", f"{base}?q=nowhere")
    found += violations(tab, "mail", "/w/acme/settings/mail")
    assert not found, "\n".join(found)
    tab.goto(base)
    tab.fill("#q", "matter 33")
    tab.wait_for_selector(".timeline li:only-child")
    tab.get_by_role("link", name="Tickets", exact=True).click()
    tab.get_by_text("Nothing of this account is like that").wait_for()
    assert "show=support" in tab.url
    assert "q=matter+33" in tab.url
    tab.goto(base)
    tab.get_by_role("link", name="Older").click()
    tab.get_by_role("link", name="Newer").click()
    tab.wait_for_selector("a[rel=prev]", state="detached")
    assert tab.locator(".timeline li").count() == 40
