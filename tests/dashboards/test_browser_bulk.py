"""Many accounts at once, by keyboard alone: found, selected, judged, and undone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from accounts.models import BulkChange, Pulse
from tests.cast import account
from tests.dashboards.browser import MARKS, sign_in

pytestmark = MARKS


def test_rows_are_selected_and_changed_by_keyboard(tab: Page, cast: object) -> None:
    acme = cast.acme  # type: ignore[attr-defined]
    for name in ("Able", "Baker", "Clark"):
        account(acme, name, name=f"{name} Ltd", owner="alice@acme.example")
    sign_in(tab, "alice@acme.example")
    tab.goto("/w/acme/accounts")
    bar, boxes = tab.locator(".bulk-bar"), tab.locator("tbody .pick input")
    expect(bar).to_be_hidden()
    for key in "jjx":
        tab.keyboard.press(key)
    expect(boxes.nth(1)).to_be_checked()
    expect(bar).to_be_visible()
    tab.locator("[data-pick-all]").press("Space")
    expect(tab.locator("tbody .pick input:checked")).to_have_count(3)
    tab.get_by_role("button", name="Clear").press("Enter")
    expect(bar).to_be_hidden()
    boxes.first.press("Space")
    boxes.nth(2).press("Space")
    tab.get_by_role("button", name="Pulse").press("Enter")
    expect(tab.get_by_role("heading", name="2 accounts → Pulse")).to_be_visible()
    expect(tab.get_by_label("3 Fair")).to_be_focused()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("status")).to_contain_text("2 accounts → pulse 4.")
    assert tab.url.endswith("/w/acme/accounts")
    assert Pulse.objects.of(acme).current().filter(value=4).count() == 2
    tab.get_by_role("button", name="Undo").press("Enter")
    expect(tab.get_by_text("Undone by Alice")).to_be_visible()
    assert not Pulse.objects.of(acme).current().exists()
    assert BulkChange.objects.of(acme).get().left == []
