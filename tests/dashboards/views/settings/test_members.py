"""Members in the browser: who may, the link that is shown once, leaving, the second factor that is asked for."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import override_settings
from django.utils import timezone

from accounts.models import Account, Invitation, Membership
from tests.cast import Cast, account, join
from tests.dashboards.conftest import sign_in
from tests.dashboards.views.test_second_factor import protect

URL = "/w/acme/settings/members"
ASKED = {"email": "dora@acme.example", "role": "csm", "team": ""}


@pytest.fixture(autouse=True)
def _no_attempts_before() -> None:
    cache.clear()


def token_in(text: str) -> str:
    [token] = set(re.findall(r"http://testserver/join/([\w-]+)", text))
    return token


@pytest.mark.parametrize(
    ("who", "reads", "writes"),
    [("victor", 403, 403), ("alice", 403, 403), ("bob", 200, 403), ("carol", 200, 200), ("mallory", 404, 404)],
)
def test_who_may(cast: Cast, who: str, reads: int, writes: int) -> None:
    browser = sign_in(getattr(cast, who))
    assert browser.get(URL).status_code == reads
    assert browser.post(f"{URL}/invite", ASKED).status_code == writes
    assert browser.get(f"{URL}/{cast.alice.pk}").status_code == writes


def test_the_list_says_role_team_accounts_and_when_somebody_was_seen(cast: Cast) -> None:
    account(cast.acme, "one", owner="alice@acme.example")
    protect(cast.alice.user)
    sign_in(cast.alice).get("/w/acme/portfolio")
    panel = sign_in(cast.carol).get(URL).context["panel"]
    alice, bob = (next(row for row in panel.members if row.name == name) for name in ("Alice", "Bob"))
    assert (alice.role, alice.team, alice.accounts, alice.has_second_factor) == ("CSM", "North", 1, True)
    assert alice.seen_at is not None
    assert (bob.seen_at, bob.accounts, bob.has_second_factor) == (None, 0, False)
    assert "mallory" not in sign_in(cast.carol).get(URL).content.decode().lower()


def test_the_list_takes_the_same_queries_however_long(cast: Cast, django_assert_num_queries) -> None:
    browser = sign_in(cast.carol)
    browser.get(URL)
    with django_assert_num_queries(10):
        browser.get(URL)
    for n in range(5):
        join(cast.acme, f"More{n}", "csm", cast.north)
    with django_assert_num_queries(10):
        browser.get(URL)


def test_an_invitation_is_mailed_and_its_link_shown_once(cast: Cast, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    browser = sign_in(cast.carol)
    response = browser.post(f"{URL}/invite", ASKED)
    token = token_in(response.content.decode())
    [message] = mail.outbox
    assert message.to == ["dora@acme.example"]
    assert token_in(message.body) == token
    assert token in message.alternatives[0].content
    assert "Carol" in message.body
    assert "no-store" in response["Cache-Control"]
    page = browser.get(URL).content.decode()
    assert token not in page
    assert "dora@acme.example" in page
    assert "dora" not in sign_in(cast.bob).get(URL).content.decode()
    assert token not in caplog.text


@override_settings(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_PORT=1)
def test_without_a_mail_server_the_link_is_there_all_the_same(cast: Cast, caplog) -> None:
    response = sign_in(cast.carol).post(f"{URL}/invite", ASKED)
    page = response.content.decode()
    assert "could not be sent" in page
    assert "was not sent" in caplog.text
    assert token_in(page) not in caplog.text


def test_sending_again_and_taking_back(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    first = token_in(browser.post(f"{URL}/invite", ASKED).content.decode())
    row = Invitation.objects.of(cast.acme).get()
    second = token_in(browser.post(f"{URL}/invitations/{row.pk}/again").content.decode())
    assert first != second
    assert Invitation.objects.of(cast.acme).get().role == "csm"
    for _twice in range(2):
        assert browser.post(f"{URL}/invitations/{row.pk}/revoke").status_code == 302
    assert "Invited, not here yet" not in browser.get(URL).content.decode()
    theirs = f"/w/evil/settings/members/invitations/{row.pk}/again"
    assert sign_in(cast.mallory).post(theirs).status_code == 404


def test_an_old_invitation_says_so(cast: Cast) -> None:
    Invitation.sent(cast.carol, "dora@acme.example", timezone.now() - timedelta(days=8))
    assert "the link worked until" in sign_in(cast.carol).get(URL).content.decode()


@pytest.mark.parametrize(
    ("told", "words"),
    [({"email": "no address"}, "valid email"), ({"role": "king"}, "valid choice"), ({"team": "999"}, "valid choice")],
)
def test_a_wrong_form_says_so(cast: Cast, told: dict[str, str], words: str) -> None:
    response = sign_in(cast.carol).post(f"{URL}/invite", ASKED | told)
    assert response.status_code == 400
    assert words in response.content.decode()
    assert not mail.outbox


def test_the_team_of_another_workspace_is_no_choice(cast: Cast) -> None:
    response = sign_in(cast.mallory).post("/w/evil/settings/members/invite", ASKED | {"team": str(cast.north.pk)})
    assert response.status_code == 400


def test_too_many_invitations_are_told_to_wait(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    codes = [browser.post(f"{URL}/invite", ASKED).status_code for _ in range(61)]
    assert codes[-2:] == [200, 429]


def test_a_change_of_role_holds_from_the_next_page_on(cast: Cast) -> None:
    told = {"role": "manager", "team": str(cast.south.pk)}
    assert sign_in(cast.carol).post(f"{URL}/{cast.alice.pk}/save", told).status_code == 302
    cast.alice.refresh_from_db()
    assert (cast.alice.role, cast.alice.team) == ("manager", cast.south)
    assert sign_in(cast.alice).get(URL).status_code == 200


def test_nobody_locks_themselves_out(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    lowered = browser.post(f"{URL}/{cast.carol.pk}/save", {"role": "viewer", "team": ""})
    ended = browser.post(f"{URL}/{cast.carol.pk}/end", {"heir": ""})
    for response in (lowered, ended):
        assert response.status_code == 400
        assert "another admin" in response.content.decode()
    assert browser.get(URL).status_code == 200


def test_who_leaves_loses_every_page_at_once_and_may_come_back(cast: Cast) -> None:
    account(cast.acme, "one", owner="alice@acme.example")
    browser, alices = sign_in(cast.carol), sign_in(cast.alice)
    assert alices.get("/w/acme/portfolio").status_code == 200
    assert browser.post(f"{URL}/{cast.alice.pk}/end", {"heir": str(cast.bob.pk)}).status_code == 302
    assert alices.get("/w/acme/portfolio").status_code == 404
    assert Account.objects.of(cast.acme).get().owner == cast.bob
    page = browser.get(URL).content.decode()
    assert "1 account moved" in page
    assert "Take back in" in page
    browser.post(f"{URL}/{cast.alice.pk}/revive")
    assert alices.get("/w/acme/portfolio").status_code == 200


@pytest.mark.parametrize("heir", ["alice", "victor", "mallory"])
def test_an_heir_is_a_colleague_who_works_and_stays(cast: Cast, heir: str) -> None:
    response = sign_in(cast.carol).post(f"{URL}/{cast.alice.pk}/end", {"heir": str(getattr(cast, heir).pk)})
    assert response.status_code == 400
    assert Membership.objects.of(cast.acme).get(pk=cast.alice.pk).ended_at is None


def test_a_workspace_may_ask_everybody_for_a_second_factor(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    browser.post(f"{URL}/second-factor", {"needed": "yes"})
    assert sign_in(cast.alice).get("/w/acme/portfolio").status_code == 200, "Carol has none herself"
    protect(cast.carol.user)
    browser.post(f"{URL}/second-factor", {"needed": "yes"})
    assert browser.get("/w/acme/portfolio").status_code == 200
    alices = sign_in(cast.alice)
    assert alices.get("/w/acme/portfolio")["Location"] == "/accounts/second-factor/"
    assert "Acme asks for a second factor" in alices.get("/accounts/second-factor/").content.decode()
    protect(cast.alice.user)
    assert alices.get("/w/acme/portfolio").status_code == 200
    assert sign_in(cast.mallory).get("/w/evil/portfolio").status_code == 200
    browser.post(f"{URL}/second-factor", {"needed": "no"})
    assert sign_in(cast.bob).get("/w/acme/portfolio").status_code == 200
