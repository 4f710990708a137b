"""From no source to a first event: a key shown once, a test event, and the debugger that tells what became of it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.dashboards.browser import MARKS, sign_in
from tests.dashboards.conftest import Book

pytestmark = MARKS


def test_a_source_is_added_tried_and_watched(tab: Page, book: Book) -> None:
    sign_in(tab, "carol@acme.example")
    tab.goto("/w/acme/sources")
    tab.get_by_role("link", name="Add a source").first.click()
    tab.get_by_role("radio", name=re.compile("Segment")).check()
    tab.get_by_label("Name").fill("Web app")
    tab.get_by_role("button", name="Add the source").click()
    key = tab.locator("#new-key").inner_text()
    expect(tab.locator("#snippet")).to_contain_text(key)
    tab.get_by_role("link", name="Done").click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text("Web app")
    assert key not in tab.content()
    tab.get_by_role("link", name="Node", exact=True).click()
    expect(tab.locator("#snippet")).to_contain_text("@segment/analytics-node")
    tab.get_by_role("button", name="Send a test event").click()
    expect(tab.locator(".tested")).to_contain_text("Stored · feeds no measure")
    live = tab.locator("#live tbody tr").first
    expect(live).to_contain_text("healthscore_test")
    tab.get_by_role("link", name="Pause").click()
    tab.get_by_role("button", name="Take it back").click()
    expect(tab.locator("#live tbody tr").first).to_contain_text("Retracted")
