"""The page Events: who sees and changes what, and what it says."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import DirtyDay, EventName, Workspace
from metrics.models import AccountDay
from metrics.nightly.rollups import refill_all
from tests.cast import NOW, Cast, tell
from tests.dashboards.conftest import sign_in
from tests.kept import kept
from tests.metrics.cases import term, told, use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
URL = "/w/acme/event-names"


@kept
def story(cast: Cast) -> Cast:
    """`signin` on three days of two accounts, `export`, and something of Mallory's."""
    signins = [use(n, f"p{n}", name="signin") for n in (1, 2)]
    told(cast.acme, {"one": [term(), *signins, use(2, name="export")], "two": [use(5, name="signin")]})
    told(cast.evil, {"one": [use(1, name="wormwood")]})
    for workspace in (cast.acme, cast.evil):
        refill_all(workspace)
    return cast


def named(workspace: Workspace, name: str) -> EventName:
    return EventName.objects.of(workspace).get(name=name)


def page_of(cast: Cast, name: str) -> str:
    return f"{URL}/{named(cast.acme, name).pk}"


def text(browser: Client, url: str, **more: object) -> str:
    response = browser.get(url, follow=True, **more)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_names_counts_and_what_they_feed(story: Cast) -> None:
    page = text(sign_in(story.bob), URL)
    assert page.index("signin") < page.index("export")
    for words in (
        "measures of use",
        "Nobody sends these yet",
        "not tracked without it: Mails opened",
        "2 of 2 features",
    ):
        assert words in page
    assert "waiting" not in page
    assert "wormwood" not in page
    assert "Keep this list" not in page


def test_an_empty_workspace_says_what_will_be_here(cast: Cast) -> None:
    page = text(sign_in(cast.carol), URL)
    assert "No events yet" in page
    assert "Open Sources" in page


def test_search_sort_and_pages(story: Cast) -> None:
    for n in range(60):
        EventName.unscoped.create(workspace=story.acme, name=f"name-{n:02}", first_seen_at=NOW)
    browser, htmx = sign_in(story.carol), {"HX-Request": "true", "HX-Target": "list"}
    assert "1 to 50 of 62" in text(browser, URL)
    assert "name-59" in text(browser, f"{URL}?sort=name&page=2")
    response = browser.get(f"{URL}?q=NAME-5", headers=htmx)
    assert response["HX-Push-Url"] == f"{URL}?q=NAME-5"
    part = response.content.decode()
    assert ("name-55" in part, "signin" in part, "<html" in part) == (True, False, False)
    assert "No event is called so" in text(browser, f"{URL}?q=%25")
    for bad in ("sort=mrr", "page=0", "page=x", "q=%00"):
        assert browser.get(f"{URL}?{bad}").status_code == 400


def test_an_alias_reads_the_past_again_and_says_how_many_days(story: Cast) -> None:
    browser, url = sign_in(story.carol), page_of(story, "signin")
    response = browser.post(f"{url}/save", {"alias_of": "login", "is_use": "on"}, follow=True)
    page = " ".join(response.content.decode().split())
    assert "Saved. 3 days are read again." in page
    assert "3 days of accounts are waiting" in page
    assert "stands for login" in page
    tell(story.acme, "events", {"account": "one", **use(0)[1]})
    assert "4 days of accounts are waiting" in text(browser, URL)
    refill_all(story.acme)
    page = text(browser, URL)
    assert "waiting" not in page
    assert "stands for login" in page
    assert set(AccountDay.objects.of(story.acme).values_list("name", flat=True)) == {"login", "export"}
    again = browser.post(f"{url}/save", {"alias_of": "login", "is_use": "on"}, follow=True)
    assert "No day is read again" in again.content.decode()


def test_what_is_no_use(story: Cast) -> None:
    browser, url = sign_in(story.carol), page_of(story, "export")
    assert "Saved. 1 day is read again." in browser.post(f"{url}/save", {"alias_of": ""}, follow=True).content.decode()
    assert not named(story.acme, "export").is_use
    assert "No measure reads events of this name" in text(browser, url)


@pytest.mark.parametrize("target", ["signin", "export", "Login", "nothing", "x" * 300, "a\x00b"])
def test_an_alias_that_cannot_be_is_refused(story: Cast, target: str) -> None:
    response = sign_in(story.carol).post(f"{page_of(story, 'signin')}/save", {"alias_of": target})
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert named(story.acme, "signin").alias_of == ""
    assert not DirtyDay.objects.of(story.acme).exists()


def test_a_name_of_the_catalogue_stands_for_itself(story: Cast) -> None:
    tell(story.acme, "events", {"account": "one", **use(1)[1]})
    response = sign_in(story.carol).post(f"{page_of(story, 'login')}/save", {"alias_of": "page", "is_use": "on"})
    assert response.status_code == 400
    assert "stands for itself" in response.content.decode()


def test_the_feature_list_by_hand_and_back_to_the_rule(story: Cast) -> None:
    browser, url = sign_in(story.carol), f"{URL}/features"
    assert "from the next night on" in browser.post(url, {"feature": ["export"]}, follow=True).content.decode()
    assert Workspace.objects.get(slug="acme").features == ["export"]
    page = text(browser, URL)
    assert "1 of 2 features" in page
    assert "Chosen by hand" in page
    assert browser.post(url, {"feature": ["export", "never"]}).status_code == 400
    assert browser.post(url, {}).status_code == 400
    assert Workspace.objects.get(slug="acme").features == ["export"]
    browser.post(url, {"feature": ["export"], "rule": "1"})
    assert Workspace.objects.get(slug="acme").features == []
    assert "By the rule" in text(browser, URL)


def test_first_value(story: Cast) -> None:
    browser, url = sign_in(story.carol), f"{URL}/first-value"
    page = browser.post(url, {"first_value": " export "}, follow=True).content.decode()
    assert Workspace.objects.get(slug="acme").first_value == "export"
    assert "898 d" in page
    assert "1 of 2 accounts reached it" in page
    for bad in ("wormwood", "x" * 201, "a\x00b"):
        assert browser.post(url, {"first_value": bad}).status_code == 400
    assert Workspace.objects.get(slug="acme").first_value == "export"
    browser.post(url, {"first_value": ""})
    assert Workspace.objects.get(slug="acme").first_value == ""


def test_roles_and_strangers(story: Cast) -> None:
    one = page_of(story, "signin")
    posts = {f"{one}/save": {"alias_of": "login"}, f"{URL}/features": {"feature": "export"}}
    posts[f"{URL}/first-value"] = {"first_value": "export"}
    for member, read, write in (
        (story.victor, 403, 403), (story.alice, 403, 403), (story.bob, 200, 403),
        (story.carol, 200, 302), (story.mallory, 404, 404),
    ):  # fmt: skip
        browser = sign_in(member)
        assert [browser.get(url).status_code for url in (URL, one)] == [read, read]
        if member != story.carol:
            assert {browser.post(url, data).status_code for url, data in posts.items()} == {write}
    mine = one.replace("/w/acme/", "/w/evil/")
    assert sign_in(story.mallory).get(mine).status_code == 404
    assert sign_in(story.mallory).post(f"{mine}/save", {"alias_of": "login"}).status_code == 404
    assert named(story.acme, "signin").alias_of == ""
    assert "An admin can change this" in text(sign_in(story.bob), one)


def test_as_many_queries_for_many_names_as_for_few(story: Cast, django_assert_max_num_queries) -> None:
    browser = sign_in(story.carol)
    story.acme.first_value = "export"
    story.acme.save()
    text(browser, URL)
    with django_assert_max_num_queries(20) as few:
        text(browser, URL)
    tell(story.acme, "events", *({"account": "one", **use(1, name=f"n{n}", feature=f"f{n}")[1]} for n in range(80)))
    refill_all(story.acme)
    with django_assert_max_num_queries(20) as many:
        text(browser, URL)
    assert len(many) == len(few)
