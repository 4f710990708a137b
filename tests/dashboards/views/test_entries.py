"""By hand: once, by who may and by nobody else, and taken back."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Pulse, Touch
from tests.cast import Cast, account, tell
from tests.dashboards.by_hand import add_url, enter, facts, filled, undo_url
from tests.dashboards.conftest import TODAY, sign_in
from tests.metrics.cases import read_all

# -- once ----------------------------------------------------------------------------------------------------


def test_the_same_form_sent_twice_makes_one_fact(cast: Cast, one: Account, at_noon: datetime) -> None:
    browser = sign_in(cast.alice)
    sent = enter(browser, one, "call", subject="Price")
    assert browser.post(add_url(one, "call"), sent).status_code == 302
    assert [touch.subject for touch in Touch.objects.of(cast.acme)] == ["Price"]
    # Gone back to and changed it corrects; a form opened anew adds.
    assert browser.post(add_url(one, "call"), sent | {"subject": "Prices"}).status_code == 302
    assert [touch.subject for touch in facts(one, "call")] == ["Prices"]
    enter(browser, one, "call", subject="Price")
    assert len(facts(one, "call")) == 2


def test_a_form_does_not_reach_the_fact_of_another_account(cast: Cast, one: Account, at_noon: datetime) -> None:
    two = account(cast.acme, "two", owner="alice@acme.example")
    browser = sign_in(cast.alice)
    sent = enter(browser, one, "call")
    assert browser.post(add_url(two, "call"), sent).status_code == 302
    assert len(facts(one, "call")) == len(facts(two, "call")) == 1


# -- who -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "own", "unowned", "foreign"),
    [
        ("alice", 200, 200, 403), ("bob", 200, 200, 403), ("carol", 200, 200, 200), ("victor", 403, 403, 403),
        ("mallory", 404, 404, 404),
    ],
)  # fmt: skip
def test_who_may_add(
    cast: Cast, one: Account, at_noon: datetime, who: str, own: int, unowned: int, foreign: int
) -> None:
    nobodys = account(cast.acme, "nobodys")
    souths = account(cast.acme, "souths", owner="carol@acme.example", team="South")
    browser = sign_in(getattr(cast, who))
    for found, status in ((one, own), (nobodys, unowned), (souths, foreign)):
        assert browser.get(add_url(found, "pulse")).status_code == status
        sent = {"ticket": "0b2f6c1e-0000-4000-8000-000000000000", "value": "4", "given_at": "2025-07-01T10:00"}
        assert browser.post(add_url(found, "pulse"), sent).status_code == (302 if status == 200 else status)
        assert bool(facts(found, "pulse")) == (status == 200)
        page = browser.get(f"/w/acme/accounts/{found.pk}")
        if page.status_code == 200:
            assert (b'aria-label="Add to this account"' in page.content) == (status == 200)
            assert (b"/entries/pulse/" in page.content) == (status == 200)


def test_who_may_correct_and_take_back(cast: Cast, one: Account, at_noon: datetime) -> None:
    enter(sign_in(cast.alice), one, "call")
    other = account(cast.acme, "other")
    (fact,) = facts(one, "call")
    url = f"/w/acme/accounts/{one.pk}/entries/call/{fact.pk}"
    for path in (url, f"{url}/take-back", f"{url}/restore"):
        assert sign_in(cast.victor).post(path).status_code == 403
        assert sign_in(cast.mallory).post(path).status_code == 404
        # A fact stands below its own account and its own sort only.
        assert sign_in(cast.carol).post(path.replace(f"/{one.pk}/", f"/{other.pk}/")).status_code == 404
        assert sign_in(cast.carol).post(path.replace("/call/", "/meeting/")).status_code == 404
        assert sign_in(cast.carol).post(path.replace("/call/", "/nothing/")).status_code == 404
        assert sign_in(cast.mallory).post(path.replace("/acme/", "/evil/")).status_code == 404
    # Nor does a CSM write what is in the book of another.
    tell(cast.acme, "accounts", {"id": "one", "owner": "carol@acme.example"})
    for path in (url, f"{url}/take-back", f"{url}/restore"):
        assert sign_in(cast.alice).post(path).status_code == 403
    assert facts(one, "call") == [fact]


@pytest.mark.parametrize("key", ["nothing", "CALL", "touches"])
def test_a_sort_that_is_none_is_not_there(cast: Cast, one: Account, key: str) -> None:
    assert sign_in(cast.alice).get(add_url(one, key)).status_code == 404


# -- mistakes ------------------------------------------------------------------------------------------------


def test_an_entry_is_taken_back_and_put_back_from_the_toast(cast: Cast, one: Account, at_noon: datetime) -> None:
    browser = sign_in(cast.alice)
    enter(browser, one, "pulse", value="1", comment="Angry")
    url = undo_url(browser, one)
    assert browser.post(url).status_code == browser.post(url).status_code == 302
    assert not facts(one, "pulse")
    assert read_all(cast.acme, ["sentiment.csm_pulse"], TODAY)["one"]["sentiment.csm_pulse"] is None
    gone, url = url, undo_url(browser, one)
    assert url.endswith("/restore")
    assert browser.get(gone.removesuffix("/take-back")).status_code == 404
    assert browser.post(url).status_code == browser.post(url).status_code == 302
    assert [(pulse.value, pulse.comment) for pulse in facts(one, "pulse")] == [(1, "Angry")]


def test_a_correction_is_a_version_and_can_be_undone(cast: Cast, one: Account, at_noon: datetime) -> None:
    browser = sign_in(cast.alice)
    enter(browser, one, "call", subject="Price", happened_at="2025-06-28T10:00")
    url = f"/w/acme/accounts/{one.pk}/entries/call/{facts(one, 'call')[0].pk}"
    form = browser.get(url).context["panel"].form
    assert browser.post(url, filled(form, happened_at="2025-06-27T10:00")).status_code == 302
    (touch,) = facts(one, "call")
    assert touch.occurred_at == datetime(2025, 6, 27, 8, tzinfo=UTC)
    assert (touch.subject, touch.minutes, touch.member) == ("Price", 30, "alice@acme.example")
    assert Touch.objects.of(cast.acme).count() == 2
    browser.post(undo_url(browser, one))
    assert facts(one, "call")[0].occurred_at == datetime(2025, 6, 28, 8, tzinfo=UTC)


def test_a_correction_keeps_who_entered_it(cast: Cast, one: Account, at_noon: datetime) -> None:
    enter(sign_in(cast.alice), one, "pulse", value="4")
    browser = sign_in(cast.bob)
    url = f"/w/acme/accounts/{one.pk}/entries/pulse/{facts(one, 'pulse')[0].pk}"
    browser.post(url, filled(browser.get(url).context["panel"].form, comment="They renewed"))
    assert [(pulse.member, pulse.comment) for pulse in facts(one, "pulse")] == [("alice@acme.example", "They renewed")]


def test_what_a_program_told_is_corrected_but_not_taken_back(cast: Cast, one: Account, at_noon: datetime) -> None:
    tell(cast.acme, "pulses", {"account": "one", "id": "crm-1", "value": 2, "given_at": "2025-06-20T10:00:30Z"})
    browser = sign_in(cast.alice)
    url = f"/w/acme/accounts/{one.pk}/entries/pulse/{facts(one, 'pulse')[0].pk}"
    response = browser.get(url)
    assert b"Take back" not in response.content
    assert browser.post(f"{url}/take-back").status_code == 404
    # Saved as it came, nothing is corrected: the seconds that a form does not show stay.
    browser.post(url, filled(response.context["panel"].form))
    assert Pulse.objects.of(cast.acme).count() == 1


def test_the_pulse_is_asked_for_from_where_it_was(cast: Cast, one: Account, at_noon: datetime) -> None:
    browser = sign_in(cast.alice)
    assert browser.get(add_url(one, "pulse")).context["panel"].form["value"].value() == 3
    enter(browser, one, "pulse", value="2")
    assert browser.get(add_url(one, "pulse")).context["panel"].form["value"].value() == 2


def test_a_figure_that_counts_is_no_amount(cast: Cast, one: Account, at_noon: datetime) -> None:
    browser = sign_in(cast.alice)
    enter(browser, one, "figure", figure="headcount", value="40")
    enter(browser, one, "figure", figure="cost", value="40")
    page = browser.get(f"/w/acme/accounts/{one.pk}").content.decode()
    assert re.search(r"Their headcount</b> 40 ", page)
    assert re.search(r"What our product costs them</b> €40 ", page)


# -- the page ------------------------------------------------------------------------------------------------


def test_the_form_comes_as_a_page_and_as_a_part(cast: Cast, one: Account, at_noon: datetime) -> None:
    browser = sign_in(cast.alice)
    whole = browser.get(add_url(one, "call")).content.decode()
    part = browser.get(add_url(one, "call"), headers={"HX-Request": "true", "HX-Target": "entry"}).content.decode()
    assert "<html" in whole
    assert re.match(r"\s*<section", part)
    assert 'name="csrfmiddlewaretoken"' in part


def test_people_of_the_account_are_proposed(cast: Cast, one: Account, at_noon: datetime) -> None:
    ann = {"account": "one", "id": "ann", "name": "Ann", "email": "ann@one.example", "since_on": "2025-01-01"}
    gone = {"account": "one", "id": "bo", "name": "Bo", "since_on": "2025-01-01", "left_on": "2025-02-01"}
    tell(cast.acme, "contacts", ann, gone)
    assert sign_in(cast.alice).get(add_url(one, "call")).context["panel"].people == ("ann@one.example",)


def test_the_number_of_queries_is_fixed(cast: Cast, one: Account, at_noon: datetime) -> None:
    browser = sign_in(cast.alice)
    with CaptureQueriesContext(connection) as few:
        browser.get(add_url(one, "call"))
    for n in range(5):
        contact = {"account": "one", "id": f"c{n}", "email": f"c{n}@one.example", "since_on": "2025-01-01"}
        tell(cast.acme, "contacts", contact)
        enter(browser, one, "call", happened_at=f"2025-06-{20 + n}T10:00")
    with CaptureQueriesContext(connection) as many:
        browser.get(add_url(one, "call"))
    assert len(many) == len(few) <= 9
    counts = []
    for _n in range(2):
        for key in ("goal", "complaint", "contact", "deal", "call"):
            enter(browser, one, key)
        browser.get(f"/w/acme/accounts/{one.pk}")
        with CaptureQueriesContext(connection) as page:
            browser.get(f"/w/acme/accounts/{one.pk}")
        counts.append(len(page))
    assert counts[1] <= counts[0]
