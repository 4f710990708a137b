"""Many accounts at once on the pages: selecting, the page before, doing it, and undoing it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from accounts.models import Account, BulkChange, Tag
from dashboards.panels import bulk as panel_of_bulk
from metrics.models import Band, Run, ScorecardVersion, Standing
from tests.cast import NOW, Cast, account
from tests.dashboards.conftest import sign_in
from tests.kept import kept

URL = "/w/acme/bulk"
ACCOUNTS = "/w/acme/accounts"


@kept
def world(cast: Cast) -> dict[str, Account]:
    """Two of Alice, one of Carol and South."""
    mine = {"owner": "alice@acme.example", "team": "North"}
    found = {name: account(cast.acme, name, name=f"{name.title()} Ltd", **mine) for name in ("one", "two")}
    found["hers"] = account(cast.acme, "hers", name="Hers Ltd", owner="carol@acme.example", team="South")
    return found


def hidden(response: Any) -> dict[str, str]:
    """What the form of a page sends by itself."""
    page = response.content.decode().partition("bulk-card")[2]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: value.replace("&amp;", "&") for name, value in found if name != "csrfmiddlewaretoken"}


def segments(cast: Cast) -> set[tuple[str, str]]:
    return set(Account.objects.of(cast.acme).exclude(segment="").values_list("external_id", "segment"))


def test_select_change_and_undo(cast: Cast, world: dict[str, Account]) -> None:
    alice = sign_in(cast.alice)
    listed = alice.get(ACCOUNTS).content.decode()
    assert f'name="account" value="{world["one"].pk}" aria-label="Select One Ltd"' in listed
    ids = [each.pk for each in world.values()]
    shown = alice.get(URL, {"action": "segment", "account": ids, "of": "accounts", "back": f"{ACCOUNTS}?q=ltd"})
    text = shown.content.decode()
    assert "2 accounts → Segment" in text
    assert re.search(r"1 is not yours to change and stays as it is:\s+Hers Ltd", text)
    form = hidden(shown) | {"value": "Key"}
    for _twice in range(2):
        done = alice.post(URL, form)
        assert done["Location"] == f"{ACCOUNTS}?q=ltd"
    assert segments(cast) == {("one", "Key"), ("two", "Key")}
    toast = alice.get(ACCOUNTS).content.decode()
    assert "2 accounts → segment Key. Not to be changed by who did it: Hers Ltd." in toast
    made = BulkChange.objects.of(cast.acme).get()
    undo = f"{URL}/changes/{made.pk}/undo"
    assert f'action="{undo}"' in toast
    assert "2 accounts → segment Key" in alice.get(f"{URL}/changes").content.decode()
    world["two"].change(NOW, segment="Other")
    said = alice.post(undo, follow=True).content.decode()
    assert "Undone for 1 account. Left as they are" in said
    assert "Two Ltd" in said
    assert segments(cast) == {("two", "Other")}
    assert "It was undone already." in alice.post(undo, follow=True).content.decode()
    assert "Undone by Alice" in alice.get(f"{URL}/changes").content.decode()


def test_all_that_match_are_those_that_were_shown(cast: Cast, world: dict[str, Account]) -> None:
    """What comes to match between the page and its button is not changed."""
    carol = sign_in(cast.carol)
    shown = carol.get(URL, {"action": "segment", "all": "1", "of": "accounts", "q": "LTD"})
    account(cast.acme, "late", name="Late Ltd")
    account(cast.acme, "other", name="Other")
    carol.post(URL, hidden(shown) | {"value": "Key"})
    assert {name for name, _segment in segments(cast)} == {"one", "two", "hers"}


def test_all_that_match_on_portfolio_are_those_of_the_filter(
    cast: Cast, world: dict[str, Account], at_noon: datetime
) -> None:
    version = ScorecardVersion.objects.of(cast.acme).get()
    for found, band in zip(world.values(), (Band.RED, Band.GREEN, Band.RED), strict=True):
        Standing.unscoped.create(
            workspace=cast.acme, account=found, day=NOW.date(), version=version, known_day=NOW.date(), computed_at=NOW,
            coverage=0, unknown=0, computed_band=band, held_band=band, across=0, band=band, values=[], points=[],
            contributions=[], cap_values=[], line=[], line_day=NOW.date(), drivers=[],
        )  # fmt: skip
    alice = sign_in(cast.alice)
    page = alice.get("/w/acme/portfolio?show=poor")
    bar = page.context["panel"].bulk
    assert (bar.total, bar.pairs) == (1, (("show", "poor"),))
    asked = dict(bar.pairs) | {"action": "owner", "all": "1", "of": bar.of}
    assert hidden(alice.get(URL, asked))["accounts"] == str(world["one"].pk)
    assert sign_in(cast.carol).get(URL, asked).context["panel"].count == 2
    assert 'class="pick"' not in sign_in(cast.victor).get("/w/acme/portfolio").content.decode()
    assert not Run.objects.of(cast.acme).exists()


@pytest.mark.parametrize("action", ["owner", "stage", "segment", "tag", "untag", "pulse", "note"])
def test_each_has_its_form_and_does_it(cast: Cast, world: dict[str, Account], action: str) -> None:
    tag = Tag.unscoped.create(workspace=cast.acme, name="Beta")
    value = {"owner": cast.bob.pk, "stage": "", "segment": "", "tag": tag.pk, "untag": tag.pk, "pulse": 4, "note": "x"}
    carol = sign_in(cast.carol)
    shown = carol.get(URL, {"action": action, "account": world["one"].pk})
    assert shown.status_code == 200
    assert carol.post(URL, hidden(shown) | {"value": value[action]}).status_code == 302
    assert BulkChange.objects.of(cast.acme).get().action == action


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"action": "owner"}, "select at least one"),
        ({"action": "owner", "account": "x"}, "“x”"),
        ({"action": "owner", "accounts": "1,,2;3"}, "“2;3”"),
        ({"action": "sell", "account": "1"}, "“sell”"),
        ({"account": "1"}, "action"),
        ({"action": "owner", "all": "1", "of": "portfolio", "show": "nice"}, "“nice”"),
    ],
)
def test_what_is_no_selection_is_a_bad_request(cast: Cast, asked: dict[str, str], said: str) -> None:
    for method in ("get", "post"):
        response = getattr(sign_in(cast.carol), method)(URL, asked)
        assert response.status_code == 400
        assert said in response.content.decode()


def test_what_is_no_value_is_a_bad_request(cast: Cast, world: dict[str, Account]) -> None:
    carol = sign_in(cast.carol)
    for action, value in (("owner", "999999"), ("owner", cast.victor.pk), ("tag", ""), ("pulse", "6"), ("note", " ")):
        form = hidden(carol.get(URL, {"action": action, "account": world["one"].pk})) | {"value": value}
        assert carol.post(URL, form).status_code == 400, action
    assert not BulkChange.objects.of(cast.acme).exists()


def test_no_more_than_so_many(cast: Cast, world: dict[str, Account], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel_of_bulk, "MOST", 2)
    response = sign_in(cast.carol).get(URL, {"action": "owner", "all": "1", "of": "accounts"})
    assert response.status_code == 400
    assert "more than 2 at a time" in response.content.decode()


def test_strangers_and_viewers(cast: Cast, world: dict[str, Account]) -> None:
    form = {"action": "segment", "account": str(world["one"].pk)}
    for member, code in ((cast.victor, 403), (cast.mallory, 404)):
        for address in (URL, f"{URL}/changes"):
            assert sign_in(member).get(address, form).status_code == code
        assert sign_in(member).post(URL, form).status_code == code
    evil = form | {"accounts": str(world["one"].pk), "value": "Key", "ticket": "0" * 32}
    for method in ("get", "post"):
        assert getattr(sign_in(cast.mallory), method)("/w/evil/bulk", evil).status_code == 404
    assert segments(cast) == set()


def test_nobody_is_sent_elsewhere(cast: Cast, world: dict[str, Account]) -> None:
    for back in ("https://evil.example/w/acme/x", "//evil.example", "/w/evil/portfolio", ""):
        asked = {"action": "owner", "account": world["one"].pk, "back": back}
        assert hidden(sign_in(cast.carol).get(URL, asked))["back"] == "/w/acme/portfolio"


def test_a_csm_sees_the_own_changes(cast: Cast, world: dict[str, Account]) -> None:
    carol = sign_in(cast.carol)
    shown = carol.get(URL, {"action": "segment", "account": world["hers"].pk})
    carol.post(URL, hidden(shown) | {"value": "Key"})
    made = BulkChange.objects.of(cast.acme).get()
    assert "Nothing was changed" in sign_in(cast.alice).get(f"{URL}/changes").content.decode()
    assert "segment Key" in sign_in(cast.bob).get(f"{URL}/changes").content.decode()
    assert (
        "Nothing was undone" in sign_in(cast.alice).post(f"{URL}/changes/{made.pk}/undo", follow=True).content.decode()
    )
    assert segments(cast) == {("hers", "Key")}
