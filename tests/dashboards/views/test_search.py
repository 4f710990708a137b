"""The search page, and the list below the box of every page."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast, account, tell
from tests.dashboards.conftest import Book, sign_in

URL = "/w/acme/search"
BELOW = {"HX-Request": "true", "HX-Target": "found"}


@pytest.fixture
def acme_and_evil(cast: Cast) -> Cast:
    account(cast.acme, "nordlys", name="Nordlys Freight", owner="alice@acme.example", segment="SMB")
    tell(cast.acme, "contacts", {"account": "nordlys", "id": "l", "name": "Lars Moe", "email": "lars@nordlys.example"})
    account(cast.evil, "nordlys", name="Nordlys Evil")
    return cast


def test_an_account_shows_its_light_and_a_person_the_account(book: Book) -> None:
    panel = sign_in(book.cast.victor).get(f"{URL}?q=nordlys").context["panel"]
    [hit] = panel.accounts
    assert (hit.name, hit.band, hit.url) == ("Nordlys Freight", "red", f"/w/acme/accounts/{book.nordlys.pk}")
    assert hit.note == "SMB · Alice · nordlys"
    [person] = sign_in(book.cast.victor).get(f"{URL}?q=lars").context["panel"].people
    assert person.note == "has left · Nordlys Freight"
    assert person.url.startswith(f"{hit.url}/people?person=")


def test_nothing_of_another_workspace_is_found(acme_and_evil: Cast) -> None:
    assert b"Evil" not in sign_in(acme_and_evil.alice).get(f"{URL}?q=nordlys").content
    page = sign_in(acme_and_evil.mallory).get("/w/evil/search?q=nordlys").content
    assert b"Nordlys Evil" in page and b"Nordlys Freight" not in page


def test_the_list_below_the_box_is_a_part_and_is_not_kept_in_the_address(acme_and_evil: Cast) -> None:
    response = sign_in(acme_and_evil.alice).get(f"{URL}?q=nordyls", headers=BELOW)
    page = response.content.decode()
    assert "<html" not in page and 'role="option"' in page and "Nordlys Freight" in page
    assert "HX-Push-Url" not in response
    listed = sign_in(acme_and_evil.alice).get(f"{URL}?q=nordyls", headers=BELOW | {"HX-Target": "list"})
    assert listed["HX-Push-Url"] == f"{URL}?q=nordyls"
    assert b"These are called alike" in listed.content


@pytest.mark.parametrize(("query", "words"), [("", "Two letters"), ("n", "Two letters"), ("xyzzy", "called anything")])
def test_an_empty_page_says_why(acme_and_evil: Cast, query: str, words: str) -> None:
    assert words in sign_in(acme_and_evil.alice).get(URL, {"q": query}).content.decode()


def test_what_is_typed_cannot_break_the_page(acme_and_evil: Cast) -> None:
    browser = sign_in(acme_and_evil.alice)
    page = browser.get(URL, {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page
    assert browser.get(URL, {"q": "a\x00b"}).status_code == 400


def test_the_number_of_queries_is_fixed(acme_and_evil: Cast) -> None:
    browser = sign_in(acme_and_evil.alice)
    counts = []
    for n in (0, 30):
        for each in range(n):
            account(acme_and_evil.acme, f"more-{each}", name=f"Nordal {each}")
        browser.get(f"{URL}?q=nord", headers=BELOW)
        with CaptureQueriesContext(connection) as seen:
            browser.get(f"{URL}?q=nord", headers=BELOW)
        counts.append(len(seen))
    assert counts[1] <= counts[0] <= 10
