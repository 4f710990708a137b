"""The pages in a real browser: signing in, filtering, the chart, the keys, and not one broken rule of the policy."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.core.cache import cache
from playwright.sync_api import Page, Route, expect

from accounts.models import ApiKey
from metrics.nightly import kpis
from tests.cast import PASSWORD, Cast, account, source_of, tell
from tests.dashboards.browser import MARKS, sign_in, sign_out
from tests.dashboards.conftest import Book
from tests.dashboards.views.test_second_factor import code_of

pytestmark = MARKS


def test_a_csm_signs_in_and_finds_who_is_red_and_why(tab: Page, book: Book) -> None:
    sign_in(tab, "alice@acme.example")
    expect(tab.get_by_role("heading", name="My portfolio")).to_be_visible()
    rows = tab.locator(".portfolio tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Nordlys Freight")

    tab.locator(".chips").get_by_role("link", name="Poor", exact=True).click()
    expect(rows).to_have_count(1)
    assert tab.url.endswith("?show=poor")
    tab.go_back()
    expect(rows).to_have_count(2)

    tab.get_by_text("+ Filter").click()
    tab.get_by_label("CSM").select_option("All")
    tab.get_by_role("button", name="Apply").click()
    expect(tab.get_by_role("heading", name="All accounts")).to_be_visible()
    expect(rows).to_have_count(3)

    tab.get_by_role("searchbox").fill("sable")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Sable Hotels")
    assert "q=sable" in tab.url


def test_an_account_draws_its_line_over_the_bands(tab: Page, book: Book) -> None:
    sign_in(tab, "alice@acme.example")
    tab.get_by_role("link", name="Nordlys Freight").click()
    expect(tab.get_by_role("heading", name="Nordlys Freight")).to_be_visible()
    expect(tab.locator(".chart .main-svg").first).to_be_visible()
    expect(tab.locator(".chart")).to_contain_text("Champion left")

    tab.get_by_role("link", name="1 y").click()
    expect(tab.get_by_role("link", name="1 y")).to_have_attribute("aria-current", "true")
    expect(tab.locator(".chart .main-svg").first).to_be_visible()


def test_the_choice_of_colours_is_kept(tab: Page, book: Book) -> None:
    sign_in(tab, "alice@acme.example")
    tab.locator(".who summary").click()
    tab.get_by_role("button", name="Dark").click()
    expect(tab.locator("html")).to_have_attribute("data-theme", "dark")
    dark = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    tab.reload()
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == dark == "rgb(19, 20, 23)"


def test_no_page_is_wider_than_its_window(tab: Page, book: Book) -> None:
    sign_in(tab, "carol@acme.example")
    for width in (1440, 1024, 768, 390):
        tab.set_viewport_size({"width": width, "height": 844})
        one = f"accounts/{book.nordlys.pk}"
        for path in (
            "portfolio",
            "accounts",
            "feedback?period=all",
            one,
            f"{one}/people",
            f"{one}/money",
            f"{one}/why?open=usage.active_seats",
            f"{one}/add/meeting",
            "runs",
            "sources",
        ):
            tab.goto(f"/w/acme/{path}")
            page, window = tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert page <= window, f"{path} at {width}"


def test_the_menu_opens_on_a_small_screen(tab: Page, book: Book) -> None:
    sign_in(tab, "alice@acme.example")
    tab.set_viewport_size({"width": 390, "height": 844})
    expect(tab.get_by_role("link", name="Runs")).to_be_hidden()
    tab.get_by_role("button", name="Menu").click()
    tab.get_by_role("link", name="Runs").click()
    expect(tab.get_by_role("heading", name="Runs")).to_be_visible()


def test_without_javascript_an_entry_has_a_page_of_its_own(chromium: Any, live_server: Any, book: Book) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(10_000)
    sign_in(page, "alice@acme.example")
    page.goto(f"/w/acme/accounts/{book.nordlys.pk}")
    page.locator(".adds summary").click()
    page.get_by_role("link", name="Complaint", exact=True).click()
    page.wait_for_url("**/add/complaint")
    page.get_by_label("In their words").fill("Too slow")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name=re.compile("^Resolve")).click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Complaint saved.")
    expect(page.locator("#timeline li").first).to_contain_text("resolved")
    context.close()


def test_a_note_calls_a_colleague_who_finds_it(tab: Page, book: Book) -> None:
    sign_in(tab, "alice@acme.example")
    tab.goto(f"/w/acme/accounts/{book.nordlys.pk}")
    tab.get_by_role("link", name="People and plan").click()
    tab.get_by_role("link", name="Note", exact=True).click()
    drawer = tab.get_by_role("dialog", name="Write a note")
    drawer.get_by_role("textbox", name="Note").fill("**Call** them @bob <script>document.title = 'x'</script>")
    drawer.get_by_role("button", name="Save").click()
    expect(tab.get_by_role("status")).to_contain_text("Note saved.")
    note = tab.locator(".note")
    expect(note.locator(".mention")).to_have_text("@Bob")
    expect(note.locator("strong")).to_have_text("Call")
    expect(note).to_contain_text("<script>")
    note.get_by_role("link", name="Edit").click()
    tab.get_by_role("button", name="Take back").click()
    expect(tab.locator(".note")).to_have_count(0)
    tab.get_by_role("button", name="Undo").click()
    expect(tab.locator(".note")).to_have_count(1)
    sign_out(tab)
    sign_in(tab, "bob@acme.example")
    tab.get_by_role("link", name=re.compile("Mentions.*1")).click()
    expect(tab.get_by_role("link", name="Nordlys Freight")).to_be_visible()


def test_an_invited_person_joins_and_signs_in_with_a_second_factor(tab: Page, cast: Cast) -> None:
    cache.clear()
    sign_in(tab, "carol@acme.example")
    tab.goto("/w/acme/settings/members")
    tab.get_by_label("E-mail").fill("dora@acme.example")
    tab.get_by_role("button", name="Invite").click()
    expect(tab.get_by_role("heading", name="dora@acme.example is invited")).to_be_visible()
    link = tab.locator("#link").inner_text()
    sign_out(tab)

    tab.goto(link)
    assert tab.url.endswith("/join")
    tab.get_by_label("Your name").fill("Dora")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_label("Again").fill(PASSWORD)
    tab.get_by_role("button", name="Accept").click()
    tab.wait_for_url("**/w/acme/portfolio")

    tab.goto("/accounts/second-factor/")
    tab.get_by_role("link", name="Set it up").click()
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Go on").click()
    assert tab.locator(".qr").evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    secret = tab.locator("#secret").inner_text()
    tab.get_by_label("code").fill(code_of(secret))
    tab.get_by_role("button", name="Turn on").click()
    expect(tab.locator(".codes li")).to_have_count(10)
    tab.goto("/w/acme/portfolio")
    sign_out(tab)

    cache.clear()
    tab.get_by_label("Email").fill("dora@acme.example")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_label("Code").fill(code_of(secret))
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.wait_for_url("**/w/acme/portfolio")
    expect(tab.locator(".who-name")).to_have_text("Dora")


def test_the_api_is_read_and_tried_with_a_key(tab: Page, cast: Cast) -> None:
    account(cast.acme, "A-1", name="Nordlys Freight")
    _row, key = ApiKey.issue(cast.acme, source_of(cast.acme), "Docs", ["read"])
    tab.emulate_media(color_scheme="dark")
    tab.goto("/api/docs")
    expect(tab.locator("html")).to_have_class("dark-mode")
    tab.get_by_role("button", name="Authorize").click()
    tab.locator(".auth-container input").fill(key)
    tab.locator(".auth-btn-wrapper .authorize").click()
    tab.locator(".auth-btn-wrapper .btn-done").click()
    tab.locator("#operations-tag-accounts").click()
    operation = tab.locator("#operations-accounts-get-accounts")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table")).to_contain_text("Nordlys Freight")
    assert key not in tab.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")


def test_a_manager_reads_the_numbers_of_the_team(tab: Page, book: Book) -> None:
    assert kpis.count(book.cast.acme)
    sign_in(tab, "bob@acme.example")
    # A choice made before htmx has come counts all the same.
    waiting: list[Route] = []
    tab.route("**/htmx-2.min.js", lambda route: waiting.append(route))
    tab.get_by_role("link", name="Team", exact=True).click(no_wait_after=True)
    expect(tab.get_by_role("heading", name="Team North")).to_be_visible()
    tab.get_by_label("Whose numbers").select_option("Whole workspace")
    waiting[0].continue_()
    tab.unroute("**/htmx-2.min.js")
    expect(tab.get_by_role("heading", name="Acme")).to_be_visible()
    assert "scope=all" in tab.url
    expect(tab.get_by_role("article", name="MRR", exact=True)).to_contain_text("€2,500")
    expect(tab.locator("[data-chart=mrr-movements] .main-svg").first).to_be_visible()
    expect(tab.locator("[data-chart=bands] .main-svg").first).to_be_visible()

    tab.get_by_role("link", name="Quarter").click()
    expect(tab.get_by_text("Accounts by health, end of each quarter").first).to_be_visible()
    tab.get_by_role("link", name="NPS", exact=True).first.click()
    expect(tab.locator("article:target")).to_contain_text("Net promoter score")
    tab.go_back()
    tab.get_by_role("link", name="records of NPS").first.click()
    expect(tab.get_by_role("heading", name="NPS", exact=True)).to_be_visible()
    tab.go_back()
    tab.get_by_role("columnheader", name="Accounts").get_by_role("link").click()
    expect(tab.get_by_role("columnheader", name="Accounts")).to_have_attribute("aria-sort", "descending")
    with tab.expect_download() as picture:
        tab.get_by_role("button", name="PNG of MRR movements").click()
    assert picture.value.suggested_filename == "mrr-movements.png"
    assert picture.value.path().read_bytes()[:4] == b"\x89PNG"


def test_a_manager_walks_the_journey_map(tab: Page, book: Book, at_noon: datetime) -> None:
    sign_in(tab, "bob@acme.example")
    tab.get_by_role("link", name="Journey map", exact=True).click()
    expect(tab.get_by_role("heading", name="Journey map")).to_be_visible()
    tab.get_by_label("Whose numbers").select_option("Whole workspace")
    expect(tab.get_by_text("3 accounts · where they are")).to_be_visible()
    assert "scope=all" in tab.url
    tab.get_by_role("link", name="Month").click()
    expect(tab.get_by_role("link", name="Month")).to_have_attribute("aria-current", "true")
    assert "period=month" in tab.url

    tab.get_by_label("As of the end of").fill("2025-06-29")
    expect(tab.get_by_text("as of the end of Jun 29")).to_be_visible()
    cell = tab.get_by_role("link", name=re.compile("Poor, Adoption"))
    expect(cell).to_contain_text("€1,500 MRR")
    cell.click()
    expect(tab.get_by_role("heading", name="Adoption · Poor")).to_be_visible()
    expect(tab.locator("tbody tr")).to_have_count(1)
    expect(tab.locator("tbody tr")).to_contain_text("Nordlys Freight")
    with tab.expect_download() as file:
        tab.get_by_role("link", name=re.compile("^CSV")).click()
    assert "Nordlys Freight" in file.value.path().read_text()
    tab.go_back()
    expect(tab.get_by_text("as of the end of Jun 29")).to_be_visible()


def test_comments_are_searched_filtered_and_compared(tab: Page, book: Book) -> None:
    tell(book.cast.acme, "releases", {"feature": "search", "released_on": "2025-06-05"})
    sign_in(tab, "alice@acme.example")
    tab.get_by_role("link", name="Feedback", exact=True).click()
    expect(tab.get_by_text("No comment fits")).to_be_visible()
    tab.get_by_role("link", name="All time", exact=True).click()
    comments = tab.locator(".comments li")
    expect(comments).to_have_count(2)

    tab.get_by_role("searchbox").press_sequentially("slo")
    expect(comments).to_have_count(1)
    expect(tab.locator("mark")).to_have_text("Slow")
    assert "q=slo" in tab.url and "period=all" in tab.url
    tab.get_by_role("searchbox").fill("")
    expect(comments).to_have_count(2)

    tab.get_by_label("Release", exact=True).select_option("search, Jun 5, 2025")
    expect(
        tab.get_by_text("Released Jun 5, 2025. Comments: 1 in the 30 days before, 1 in as many after.")
    ).to_be_visible()
    tab.get_by_role("link", name="High", exact=True).click()
    expect(comments).to_have_count(1)
    with tab.expect_download() as saved:
        tab.get_by_role("link", name="CSV of the comments").click()
    assert "Just works." in saved.value.path().read_text()
    tab.go_back()
    expect(comments).to_have_count(2)
    tab.get_by_role("link", name="Nordlys Freight", exact=True).click()
    expect(tab.get_by_role("heading", name="Nordlys Freight")).to_be_visible()
