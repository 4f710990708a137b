"""The way in, the colours, the pages that say no."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import Membership
from tests.cast import PASSWORD, Cast
from tests.dashboards.conftest import sign_in


def test_signing_in_leads_to_the_portfolio(cast: Cast) -> None:
    browser = Client()
    browser.post("/accounts/login/", {"login": "alice@acme.example", "password": PASSWORD})
    assert browser.get("/", follow=True).redirect_chain == [("/w/acme/portfolio", 302)]


def test_who_is_not_signed_in_is_sent_to_sign_in(cast: Cast) -> None:
    for path in ("/", "/w/acme/portfolio", "/w/nowhere/runs"):
        assert Client().get(path)["Location"] == f"/accounts/login/?next={path}"


def test_who_is_in_no_workspace_is_told(cast: Cast) -> None:
    Membership.unscoped.filter(pk=cast.alice.pk).delete()
    assert sign_in(cast.alice).get("/").status_code == 403


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_a_theme_is_kept_in_a_cookie_and_rendered(cast: Cast, chosen: str) -> None:
    browser = sign_in(cast.alice)
    response = browser.post("/theme", {"theme": chosen, "next": "/w/acme/runs"})
    assert response["Location"] == "/w/acme/runs"
    assert f'data-theme="{chosen}"' in browser.get("/w/acme/runs").content.decode()
    browser.post("/theme", {"theme": ""})
    assert "data-theme" not in browser.get("/w/acme/runs").content.decode()


def test_a_theme_leads_nowhere_else_and_takes_no_other_word(cast: Cast) -> None:
    response = Client().post("/theme", {"theme": '"><script>', "next": "https://evil.example/"})
    assert response["Location"] == "/"
    assert not response.cookies["theme"].value
    assert Client().get("/theme").status_code == 405
    assert Client().post("/theme", {"next": "no address"}).status_code == 302


def test_the_menu_shows_only_what_the_role_may_open(cast: Cast) -> None:
    assert "/w/acme/sources" not in sign_in(cast.victor).get("/w/acme/runs").content.decode()
    assert "/w/acme/sources" in sign_in(cast.bob).get("/w/acme/runs").content.decode()


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/password/reset/", "/w/acme/portfolio", "/w/acme/sources", "/nowhere"]
)
def test_no_page_has_inline_styles_or_scripts(cast: Cast, path: str) -> None:
    page = (sign_in(cast.carol) if "/w/" in path else Client()).get(path).content.decode()
    assert "<html" in page
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", page)
    assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_a_forgotten_password_does_not_tell_who_is_known(cast: Cast) -> None:
    pages = [
        Client().post("/accounts/password/reset/", {"email": email}, follow=True).content.decode()
        for email in ("alice@acme.example", "nobody@acme.example")
    ]
    assert "Look into your mail" in pages[0]
    assert pages[0] == pages[1]
