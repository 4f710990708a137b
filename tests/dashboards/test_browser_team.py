"""The blocks of the team page in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from metrics.nightly import kpis
from tests.cast import tell
from tests.dashboards.browser import MARKS, sign_in
from tests.dashboards.conftest import Book

pytestmark = MARKS


def test_the_blocks_of_the_team_page(tab: Page, book: Book) -> None:
    acme = book.cast.acme
    more = {"account": "sable", "id": "sable-more", "starts_on": "2025-06-10", "ends_on": "2025-08-15", "amount": 40}
    tell(acme, "subscriptions", more)
    tell(acme, "tickets", {"account": "sable", "id": "t1", "opened_at": "2025-06-10T10:00:00Z", "theme": "billing"})
    assert kpis.count(acme)
    sign_in(tab, "carol@acme.example")
    tab.goto("/w/acme/team")
    wins = tab.locator("#fold-wins")
    expect(wins.get_by_role("row", name="Sable Hotels Expanded Alice Jun 10 +€40")).to_be_visible()
    for chart in ("themes", "nps", "effort"):
        expect(tab.locator(f"[data-chart={chart}] .main-svg").first).to_be_visible()
    themes = tab.locator("#fold-support")
    themes.get_by_text("As a table").click()
    expect(themes.get_by_role("row", name="billing 1")).to_be_visible()
    expect(tab.locator("#fold-cohorts").get_by_role("cell", name="100%").first).to_be_visible()
    with tab.expect_download() as file:
        wins.get_by_role("link", name="XLSX Wins").click()
    assert file.value.suggested_filename == "wins.xlsx"
    assert file.value.path().read_bytes()[:2] == b"PK"

    tab.get_by_label("Segment", exact=True).select_option("Enterprise")
    expect(tab.get_by_role("heading", name="Acme · Enterprise")).to_be_visible()
    assert "segment=Enterprise" in tab.url
    expect(tab.get_by_role("article", name="MRR", exact=True)).to_contain_text("€940")


def test_blocks_are_folded_on_a_narrow_screen(tab: Page, book: Book) -> None:
    assert kpis.count(book.cast.acme)
    tab.set_viewport_size({"width": 390, "height": 844})
    sign_in(tab, "alice@acme.example")
    tab.goto("/w/acme/team")
    expect(tab.locator("[data-chart=mrr-movements] .main-svg").first).to_be_visible()
    nps = tab.locator("#fold-nps")
    expect(tab.locator("[data-chart=nps]")).to_be_hidden()
    nps.locator("summary").first.click()
    expect(tab.locator("[data-chart=nps] .main-svg").first).to_be_visible()
    tab.get_by_role("link", name="Quarter").click()
    expect(tab.get_by_text("Accounts by health, end of each quarter").first).to_be_visible()
    expect(tab.locator("[data-chart=nps] .main-svg").first).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
