"""From the account that dropped to why, a call and the pulse: by the pointer, and by keys alone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.dashboards.browser import MARKS, sign_in, walk_to
from tests.dashboards.conftest import Book

pytestmark = MARKS


def test_keys_find_move_and_open(tab: Page, book: Book) -> None:
    sign_in(tab, "alice@acme.example")
    tab.keyboard.press("/")
    expect(tab.get_by_role("combobox", name="Find")).to_be_focused()
    tab.keyboard.type("sabel")
    expect(tab.get_by_role("option", name="Sable Hotels")).to_have_attribute("aria-selected", "true")
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile(f"/accounts/{book.sable.pk}$"))
    tab.wait_for_load_state()
    tab.keyboard.press("/")
    tab.keyboard.type("/j?")
    expect(tab.get_by_role("combobox", name="Find")).to_have_value("/j?")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Nobody and nothing is called so")).to_be_visible()

    tab.goto("/w/acme/portfolio")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    tab.keyboard.press("k")
    expect(tab.get_by_role("link", name="Nordlys Freight")).to_be_focused()
    # From a box that was ticked with the pointer as well.
    tab.locator("tbody .pick input").first.click()
    tab.keyboard.press("j")
    expect(tab.locator("tbody tr").nth(1).get_by_role("link").first).to_be_focused()
    tab.keyboard.press("?")
    expect(tab.get_by_role("dialog")).to_be_visible()
    tab.keyboard.press("Escape")
    tab.get_by_role("link", name="Nordlys Freight").focus()
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile(f"/accounts/{book.nordlys.pk}$"))

    tab.goto("/me")
    tab.get_by_label("Single keys").uncheck()
    tab.get_by_role("button", name="Save").click()
    tab.goto("/w/acme/portfolio")
    tab.keyboard.press("j")
    tab.keyboard.press("?")
    expect(tab.locator("body")).to_be_focused()
    expect(tab.get_by_role("dialog")).to_be_hidden()


def test_a_call_and_the_pulse_are_entered_with_the_pointer(tab: Page, book: Book) -> None:
    sign_in(tab, "alice@acme.example")
    # Who dropped, and why.
    tab.locator(".chips").get_by_role("link", name="Dropped ≥ 5").click()
    expect(tab.locator(".portfolio tbody tr")).to_have_count(1)
    tab.get_by_role("link", name="Nordlys Freight").click()
    tab.get_by_role("link", name="Step by step").click()
    expect(tab.get_by_role("heading", name="Why")).to_be_visible()
    tab.get_by_role("link", name="Overview").click()
    expect(tab).to_have_url(re.compile(f"/accounts/{book.nordlys.pk}$"))
    tab.wait_for_load_state()
    tab.get_by_role("link", name="Call", exact=True).click()
    drawer = tab.get_by_role("dialog", name="Log a call")
    expect(drawer).to_be_visible()
    drawer.get_by_role("button", name="Save").click()
    expect(tab.get_by_role("status")).to_contain_text("Call saved.")
    expect(tab.locator("#timeline li").first).to_contain_text("Two-way · 30 min")

    tab.get_by_role("link", name="Pulse", exact=True).click()
    tab.get_by_text("5 Very good").click()
    tab.get_by_role("textbox", name="Why").fill("They renewed")
    tab.get_by_role("button", name="Save").click()
    entry = tab.locator("#timeline li").first
    expect(entry).to_contain_text("5 of 5")
    expect(entry).to_contain_text("They renewed")

    tab.get_by_role("button", name="Undo").click()
    expect(tab.get_by_role("status")).to_contain_text("Pulse taken back.")
    expect(tab.locator("#timeline")).not_to_contain_text("They renewed")


def test_a_call_and_the_pulse_are_entered_with_keys_alone(tab: Page, book: Book) -> None:
    sign_in(tab, "alice@acme.example")
    # Who dropped, and why.
    tab.keyboard.press("j")
    expect(tab.get_by_role("link", name="Nordlys Freight")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile(f"/accounts/{book.nordlys.pk}$"))
    walk_to(tab, "Step by step")
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile(f"/accounts/{book.nordlys.pk}/why"))
    expect(tab.get_by_role("heading", name="Why")).to_be_visible()
    walk_to(tab, "Overview")
    tab.keyboard.press("Enter")
    expect(tab.locator(".chart .main-svg").first).to_be_visible()
    tab.keyboard.press("a")
    expect(tab.get_by_role("link", name="Call", exact=True)).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.get_by_label("When", exact=True)).to_be_focused()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("link", name="Call", exact=True)).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.get_by_label("When", exact=True)).to_be_focused()
    tab.get_by_label("Subject").press_sequentially("Price")
    # The form comes a second time, as after a double press: what was typed stays.
    tab.evaluate("htmx.ajax('GET', document.querySelector('.adds a').href, '#entry')")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("status")).to_contain_text("Call saved.")
    expect(tab.locator("#timeline li").first).to_contain_text("Price")

    expect(tab.locator(".chart .main-svg").first).to_be_visible()
    tab.keyboard.press("a")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    expect(tab.get_by_label("3 Fair")).to_be_focused()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    expect(tab.locator("#timeline li").first).to_contain_text("4 of 5")
