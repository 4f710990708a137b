"""Bands by hand on the pages: who may set one, what is said of it, and the list of all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from dashboards.panels.by_hand import by_hand_of
from metrics.models import Band, ManualBand, Standing
from tests.cast import Cast, account, night
from tests.dashboards.conftest import NOW, TODAY, sign_in
from tests.metrics.cases import DAY, told
from tests.metrics.steering import owing, steer

RED = {"band": "1", "reason": "Renewal is off", "ends_on": "2025-07-31"}


@pytest.fixture
def one(cast: Cast, at_noon: datetime) -> Account:
    """Of Alice, 95 points; "hers" is Carol's and South's, "idle" is no customer."""
    steer(cast.acme)
    told(cast.acme, {"one": owing(10), "hers": owing(150)})
    account(cast.acme, "hers", name="Hers Ltd", owner="carol@acme.example", team="South")
    account(cast.acme, "idle", owner="alice@acme.example")
    night(cast.acme, DAY)
    return account(cast.acme, "one", name="One Ltd", owner="alice@acme.example", team="North")


def url(found: Account, what: str = "/band") -> str:
    return f"/w/acme/accounts/{found.pk}{what}"


def standing(found: Account) -> Any:
    return Standing.objects.of(found.workspace_id).get(account_id=found.pk)


def text(client: Any, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return str(response.content.decode())


def test_set_in_two_clicks_seen_everywhere_and_ended(cast: Cast, one: Account) -> None:
    alice = sign_in(cast.alice)
    assert f'href="{url(one)}"' in text(alice, url(one, ""))
    assert 'value="2025-07-31"' in text(alice, url(one))
    for _twice in range(2):
        assert alice.post(url(one), RED).status_code == 302
    assert ManualBand.objects.of(cast.acme).get().author == cast.alice
    shown = text(alice, url(one, ""))
    assert "Poor by hand until Jul 31, Alice: “Renewal is off”. Computed: 94 Healthy" in shown
    assert "Change it" in shown
    assert [row.name for row in alice.get("/w/acme/portfolio?show=by-hand").context["panel"].rows] == ["One Ltd"]
    assert text(alice, "/w/acme/portfolio").count("by-hand-mark") == 1
    assert "set by Alice" in text(alice, url(one))
    alice.post(url(one, "/band/end"))
    assert (standing(one).band, standing(one).manual) == (Band.GREEN, False)
    assert "by-hand-mark" not in text(alice, "/w/acme/portfolio")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reason": " "}, "required"),
        ({"reason": "x" * 501}, "at most 500"),
        ({"reason": "a\x00b"}, "Null characters"),
        ({"ends_on": ""}, "required"),
        ({"ends_on": "2025-07-01"}, "not after today"),
        ({"ends_on": "2025-12-29"}, "more than 180 days"),
        ({"band": "0"}, "not one of the available choices"),
    ],
    ids=["no reason", "long reason", "null", "no end", "today", "too far", "grey"],
)
def test_what_is_no_band_is_refused(cast: Cast, one: Account, changed: dict[str, str], said: str) -> None:
    response = sign_in(cast.alice).post(url(one), RED | changed)
    assert response.status_code == 400
    assert said in response.content.decode()
    assert not ManualBand.objects.of(cast.acme).exists()


def test_who_has_no_band_gets_none(cast: Cast, one: Account) -> None:
    idle = account(cast.acme, "idle")
    response = sign_in(cast.alice).post(url(idle), RED)
    assert response.status_code == 400
    assert "neither customer nor on trial" in response.content.decode()
    assert f'href="{url(idle)}"' not in text(sign_in(cast.alice), url(idle, ""))


@pytest.mark.parametrize(
    ("who", "own", "other"),
    [("alice", 302, 403), ("bob", 302, 403), ("carol", 302, 302), ("victor", 403, 403), ("mallory", 404, 404)],
)
def test_roles(cast: Cast, one: Account, who: str, own: int, other: int) -> None:
    hers = account(cast.acme, "hers")
    browser = sign_in(getattr(cast, who))
    for found, code in ((one, own), (hers, other)):
        assert browser.post(url(found), RED).status_code == code
        assert browser.post(url(found, "/band/end")).status_code == code
        assert ManualBand.objects.of(cast.acme).filter(account=found).exists() == (code == 302)


def test_the_list_is_of_the_own_book_the_team_or_all(cast: Cast, one: Account) -> None:
    hers = account(cast.acme, "hers")
    for found, author in ((one, cast.alice), (hers, cast.carol)):
        assert sign_in(author if found == one else cast.carol).post(url(found), RED).status_code == 302
    seen = {
        who: sorted(row.account for row in by_hand_of(getattr(cast, who), 1, NOW).running)
        for who in ("alice", "bob", "carol", "victor", "mallory")
    }
    assert seen == {
        "alice": ["One Ltd"],
        "bob": ["One Ltd"],
        "carol": ["Hers Ltd", "One Ltd"],
        "victor": ["Hers Ltd", "One Ltd"],
        "mallory": [],
    }
    [row] = by_hand_of(cast.alice, 1, NOW).running
    assert (row.band, row.computed, float(row.score or 0), row.author) == ("red", "green", 94.5, "Alice")
    assert "One Ltd" in text(sign_in(cast.alice), "/w/acme/bands-by-hand")
    assert sign_in(cast.mallory).get("/w/acme/bands-by-hand").status_code == 404


def test_past_ones_say_how_they_ended_and_the_queries_stay(cast: Cast, one: Account) -> None:
    def past(n: int, **more: Any) -> None:
        ManualBand.unscoped.create(
            workspace=cast.acme, account=one, band=Band.RED, reason="So.", author=cast.alice,
            starts_on=TODAY - timedelta(days=n), ends_on=TODAY - timedelta(days=n - 20), **more,
        )  # fmt: skip

    past(40)
    past(100, ended_on=TODAY - timedelta(days=95))
    past(120, ended_on=TODAY - timedelta(days=120))
    with CaptureQueriesContext(connection) as few:
        found = by_hand_of(cast.carol, 1, NOW)
    assert [(row.how, row.verdict) for row in found.past] == [
        ("its end, Jun 11", "waits for 90 days"),
        ("taken back, Mar 28", "Not right: stayed"),
        ("taken back, Mar 3", ""),
    ]
    assert [(line.name, line.n, line.waiting, line.is_thin) for line in found.lines] == [
        ("All", "0 of 1", 1, True),
        ("Lifted above the score", "–", 0, False),
        ("Lowered below the score", "0 of 1", 1, True),
    ]
    for n in range(200, 230):
        past(n)
    with CaptureQueriesContext(connection) as many:
        assert len(by_hand_of(cast.carol, 1, NOW).past) == 33
    assert len(few) == len(many) <= 4


def test_nobody_has_set_any(cast: Cast, db: None) -> None:
    assert "No band has been set by hand" in text(sign_in(cast.carol), "/w/acme/bands-by-hand")
    assert sign_in(cast.carol).get("/w/acme/bands-by-hand?page=x").status_code == 400
