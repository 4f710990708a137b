"""Every page of `make screens` by the rules of axe-core: all of them in light, the contrast in dark as well."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from dashboards.management.commands.screens import _files, _link, _pages
from metrics.nightly import kpis
from tests.dashboards.browser import MARKS, sign_in
from tests.dashboards.conftest import Book

pytestmark = MARKS
WHAT_HOLDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Drawn by Swagger UI.
NOT_OURS = "api-docs"
# Brings to its end what runs and has one, and what follows from it; whether all of it ended. Nothing is waited for:
# where nobody looks, animations stand still.
SETTLE = """() => {
  for (let round = 0; round < 50; round++) {
    const moving = document.getAnimations().filter((each) =>
      each.playState === "running" && each.effect.getComputedTiming().endTime < Infinity);
    if (!moving.length) return true;
    moving.forEach((each) => each.finish());
  }
  return false;
}"""


def test_no_page_breaks_a_rule_of_axe(tab: Page, book: Book) -> None:
    kpis.count(book.cast.acme, seconds=0)
    told = _pages(book.cast.acme)
    pages = {name: path for name, (path, _member) in told.items() if name != NOT_OURS}
    found = violations(tab, "login", pages.pop("login"))
    with _link(told) as link:
        found += violations(tab, "shared", link)
    sign_in(tab, "carol@acme.example")
    with _files(told["upload-file"][1]) as files:
        for name, path in [*pages.items(), *((name, path) for name, (path, _member) in files.items())]:
            found += violations(tab, name, path)
    assert not found, "\n".join(found)


def violations(tab: Page, name: str, path: str) -> list[str]:
    """One line for each element that breaks a rule."""
    tab.goto(path)
    found = _run(tab, name, {"runOnly": WHAT_HOLDS})
    tab.emulate_media(color_scheme="dark")
    assert tab.evaluate(SETTLE), f"{name}: what moves does not come to an end"
    found += _run(tab, f"{name}, dark", {"runOnly": {"type": "rule", "values": ["color-contrast"]}})
    tab.emulate_media(color_scheme="light")
    return found


def _run(tab: Page, name: str, options: dict[str, object]) -> list[str]:
    response = Axe().run(tab, options={"resultTypes": ["violations"], **options}).response
    return [
        f"{name}: {rule['id']}: {node['html'][:160]}" for rule in response["violations"] for node in rule["nodes"][:3]
    ]
