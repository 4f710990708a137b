"""By hand: every sort of entry becomes a fact and feeds its measures, for who may and for nobody else."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import bounds
from accounts.kinds import KINDS
from accounts.models import Account, Feedback, Pulse, Source, Touch
from dashboards.panels.entries import ENTRIES
from metrics.models import Standing
from metrics.nightly.freshen import freshen
from metrics.registry import MEASURES
from tests.cast import Cast, account, tell
from tests.dashboards.conftest import TODAY, Book, pays, sign_in
from tests.metrics.cases import read_all

# What cannot be guessed and must be typed; everything else is saved as the form comes.
TYPED: dict[str, dict[str, str]] = {
    "figure": {"value": "40"},
    "goal": {"name": "Half the tickets", "target": "50", "due_on": "2025-12-31"},
    "contact": {"name": "Ann Lee"},
    "deal": {"amount": "1200"},
}
# More entries than one, where a measure needs them: what is typed into each.
MORE: dict[str, list[dict[str, str]]] = {
    "call": [{}, {"direction": "inbound"}],
    "email": [{}, {"direction": "inbound"}],
    "complaint": [{"given_at": "2025-06-20T10:00"}],
    "figure": [
        {"figure": "cost", "value": "10"},
        {"figure": "return", "value": "30"},
        {"figure": "headcount", "value": "50"},
        {"figure": "headcount", "value": "40", "day": "2024-05-01"},
    ],
    "goal": [{"started_on": "2025-04-01", "baseline": "0", "target": "0.5"} | {"name": "x", "due_on": "2025-12-31"}],
}


@pytest.fixture
def one(cast: Cast) -> Account:
    """A customer of Alice's of which nothing is known but its term."""
    found = account(cast.acme, "one", name="One Ltd", owner="alice@acme.example", started_on="2024-01-01")
    pays(cast.acme, "one", 100, "2026-01-01")
    return found


def add_url(found: Account, key: str) -> str:
    return f"/w/acme/accounts/{found.pk}/add/{key}"


def filled(form: Any, **typed: str) -> dict[str, str]:
    """What a browser sends of a form in which some fields were typed."""
    with timezone.override(form.account.workspace.zone):
        sent = {name: form[name].field.widget.format_value(form[name].value()) for name in form.fields}
    sent = {name: (value[0] if value else "") if isinstance(value, list) else value for name, value in sent.items()}
    return {name: "" if value is None else str(value) for name, value in sent.items()} | typed


def enter(browser: Any, found: Account, key: str, **typed: str) -> dict[str, str]:
    """Open the form of an entry, type, save. Returns what was sent."""
    sent = filled(browser.get(add_url(found, key)).context["panel"].form, **TYPED.get(key, {}) | typed)
    response = browser.post(add_url(found, key), sent)
    assert response.status_code == 302, response.context["panel"].form.errors
    assert response["Location"] == f"/w/acme/accounts/{found.pk}"
    return sent


def facts(found: Account, key: str) -> list[Any]:
    return list(ENTRIES[key].versions(found).current().order_by("pk"))


def undo_url(browser: Any, found: Account) -> str:
    """Where the button of the toast leads."""
    page = browser.get(f"/w/acme/accounts/{found.pk}").content.decode()
    return re.search(r'<form method="post" action="([^"]*/(?:take-back|restore))"', page)[1]  # type: ignore[index]


# -- every sort ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_is_saved_as_its_form_comes_and_stands_in_the_timeline(
    cast: Cast, one: Account, at_noon: datetime, key: str
) -> None:
    browser = sign_in(cast.alice)
    enter(browser, one, key)
    (fact,) = facts(one, key)
    assert fact.source.kind == Source.Kind.HAND
    assert fact.source.last_seen_at == fact.known_at == at_noon
    assert cast.acme.day_of(fact.occurred_at) == TODAY
    assert {name: getattr(fact, name) for name in ENTRIES[key].fixed} == ENTRIES[key].fixed
    if hasattr(fact, "member"):
        assert fact.member == "alice@acme.example"
    page = browser.get(f"/w/acme/accounts/{one.pk}").content.decode()
    assert f'href="/w/acme/accounts/{one.pk}/entries/{key}/{fact.pk}"' in page
    assert f"{ENTRIES[key].label} saved" in page


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_feeds_the_measures_that_its_form_names(cast: Cast, one: Account, at_noon: datetime, key: str) -> None:
    browser = sign_in(cast.alice)
    keys = [measure.key for measure in ENTRIES[key].measures]
    assert keys
    seen = [read_all(cast.acme, keys, TODAY)["one"]]
    for typed in MORE.get(key, [{}]):
        enter(browser, one, key, **typed)
        seen.append(read_all(cast.acme, keys, TODAY)["one"])
    if key == "contact":
        act(browser, one, "Left")
        seen.append(read_all(cast.acme, keys, TODAY)["one"])
    still = [each for each in keys if len({values[each] for values in seen}) == 1]
    assert not still, seen
    form = browser.get(add_url(one, key)).content.decode()
    assert all(f">{MEASURES[each].name}</b>" in form.replace("&#x27;", "'") for each in keys)


def test_every_fact_named_in_the_table_is_read_by_a_measure() -> None:
    read = {part.facts.name for measure in MEASURES.values() for part in measure.parts.values()}
    assert {name for entry in ENTRIES.values() for name in entry.feeds} <= read


def test_every_word_that_a_kind_may_take_has_its_form() -> None:
    for name, field, values in (("touches", "channel", Touch.Channel), ("feedback", "kind", Feedback.Kind)):
        told = [each for entry in ENTRIES.values() if entry.kind == name for each in entry.only[field]]
        assert sorted(told) == sorted(values)
    assert {entry.kind for entry in ENTRIES.values()} <= KINDS.keys()


def test_an_entry_moves_the_standing(book: Book, at_noon: datetime) -> None:
    freshen(book.cast.acme, at_noon)
    before = Standing.objects.of(book.cast.acme).get(account_id=book.nordlys.pk).score_units
    enter(sign_in(book.cast.alice), book.nordlys, "pulse", value="5")
    assert freshen(book.cast.acme, at_noon) == 1
    assert Standing.objects.of(book.cast.acme).get(account_id=book.nordlys.pk).score_units > before


# -- once ---------------------------------------------------------------------------------------------------


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


# -- who ----------------------------------------------------------------------------------------------------


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
            assert (b'class="chips adds"' in page.content) == (status == 200)
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
    assert facts(one, "call") == [fact]


@pytest.mark.parametrize("key", ["nothing", "CALL", "touches"])
def test_a_sort_that_is_none_is_not_there(cast: Cast, one: Account, key: str) -> None:
    assert sign_in(cast.alice).get(add_url(one, key)).status_code == 404


# -- bad values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "field", "value", "words"),
    [
        ("call", "happened_at", "2025-07-01T23:59", "lies in the future"),
        ("call", "happened_at", "1999-12-31T10:00", "before the year 2000"),
        ("call", "happened_at", "0001-01-01T00:00", "2000"),
        ("call", "happened_at", "9999-12-31T23:59", "future"),
        ("call", "happened_at", "2025-03-30T02:30", "in time zone"),
        ("call", "happened_at", "soon", "valid date/time"),
        ("call", "happened_at", "", "required"),
        ("call", "minutes", "-1", "greater than or equal to 0"),
        ("call", "minutes", "half", "whole number"),
        ("call", "minutes", "9" * 30, "less than or equal to"),
        ("call", "subject", "x" * 301, "at most 300"),
        ("call", "outcome", "a\x00b", "Null characters"),
        ("call", "direction", "sideways", "valid choice"),
        ("call", "ticket", "hand-1", "valid UUID"),
        ("meeting", "channel", "call", "valid choice"),
        ("pulse", "value", "6", "valid choice"),
        ("pulse", "value", "", "required"),
        ("complaint", "text", "x" * 20_001, "at most 20000"),
        ("figure", "value", "NaN", "Enter a number"),
        ("figure", "value", "Infinity", "Enter a number"),
        ("figure", "value", "123456789012345", "14 digits"),
        ("figure", "value", "1.23456", "4 decimal"),
        ("figure", "day", "2025-07-02", "lies in the future"),
        ("figure", "day", "1969-12-31", "before the year 2000"),
        ("figure", "day", "2025-W10", "valid date"),
        ("goal", "name", "", "required"),
        ("goal", "due_on", "2025-06-01", "before Since, 2025-07-01"),
        ("goal", "due_on", "2101-01-01", "after 2100"),
        ("goal", "started_on", "2025-08-01", "lies in the future"),
        ("goal", "target", "0", "where it starts already"),
        ("contact", "email", "ann", "valid email"),
        ("contact", "part", "friend", "valid choice"),
        ("deal", "amount", "-5", "greater than or equal to 0"),
    ],
)
def test_a_bad_value_is_told_beside_its_field(
    cast: Cast, one: Account, at_noon: datetime, key: str, field: str, value: str, words: str
) -> None:
    browser = sign_in(cast.alice)
    sent = filled(browser.get(add_url(one, key)).context["panel"].form, **TYPED.get(key, {}) | {field: value})
    response = browser.post(add_url(one, key), sent)
    assert response.status_code == 400
    form = response.context["panel"].form
    assert words in " ".join(form.errors[field])
    assert list(form.errors) == [field]
    assert not facts(one, key)


def test_what_the_form_lets_pass_and_ingest_does_not_is_told_as_well(
    cast: Cast, one: Account, at_noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bounds.CHECKS, str, lambda text, latest: "is rude" if text == "Boø" else "")
    response = sign_in(cast.alice).post(
        add_url(one, "call"),
        {"ticket": "0b2f6c1e-0000-4000-8000-000000000000", "happened_at": "2025-07-01T10:00"}
        | {"direction": "two_way", "subject": "Boø"},
    )
    assert response.status_code == 400
    assert response.context["panel"].form.errors == {"subject": ["is rude"]}


def test_an_empty_form_is_a_bad_request(cast: Cast, one: Account, at_noon: datetime) -> None:
    for key in ENTRIES:
        assert sign_in(cast.alice).post(add_url(one, key)).status_code == 400


def test_times_are_those_of_the_workspace(cast: Cast, one: Account, at_noon: datetime) -> None:
    enter(sign_in(cast.alice), one, "call", happened_at="2025-07-01T00:30")
    assert facts(one, "call")[0].occurred_at == datetime(2025, 6, 30, 22, 30, tzinfo=UTC)


# -- what follows -------------------------------------------------------------------------------------------


def act(browser: Any, found: Account, label: str, **typed: str) -> None:
    """Click what the page offers about something that is not over, and save."""
    page = browser.get(f"/w/acme/accounts/{found.pk}").content.decode()
    url = re.search(rf'href="([^"]*\?act)"[^>]*>{label}<', page)[1]  # type: ignore[index]
    sent = filled(browser.get(url).context["panel"].form, **typed)
    response = browser.post(url.partition("?")[0], sent)
    assert response.status_code == 302, response.context["panel"].form.errors


def test_a_complaint_is_resolved_in_two_clicks(cast: Cast, one: Account, at_noon: datetime) -> None:
    moment = "2025-06-20T10:00:30Z"
    tell(cast.acme, "feedback", {"account": "one", "id": "crm-7", "kind": "complaint", "given_at": moment})
    act(sign_in(cast.alice), one, "Resolve")
    (complaint,) = facts(one, "complaint")
    assert complaint.resolved_on == TODAY
    assert complaint.external_id == "crm-7"
    assert complaint.occurred_at == datetime(2025, 6, 20, 10, 0, 30, tzinfo=UTC)
    assert Feedback.objects.of(cast.acme).get(resolved_on=None).retracted_at == at_noon


def test_a_goal_makes_progress(cast: Cast, one: Account, at_noon: datetime) -> None:
    browser = sign_in(cast.alice)
    enter(browser, one, "goal", started_on="2025-04-01", target="50")
    assert read_all(cast.acme, ["value.goal_attainment"], TODAY)["one"]["value.goal_attainment"] == 0
    act(browser, one, "Progress", value="20.5")
    (goal,) = facts(one, "goal")
    assert (goal.value, goal.state, goal.baseline) == (Decimal("20.5"), "open", 0)
    reached = read_all(cast.acme, ["value.goal_attainment"], TODAY)["one"]["value.goal_attainment"]
    assert reached
    assert reached > 0.9
    act(browser, one, "Progress", value="50", state="met")
    assert b"Progress" not in browser.get(f"/w/acme/accounts/{one.pk}").content


def test_a_champion_leaves(cast: Cast, one: Account, at_noon: datetime) -> None:
    browser = sign_in(cast.alice)
    enter(browser, one, "contact", part="champion", since_on="2025-01-01")
    assert read_all(cast.acme, ["engagement.champion_left"], TODAY)["one"]["engagement.champion_left"] == 0
    act(browser, one, "Left")
    (contact,) = facts(one, "contact")
    assert (contact.name, contact.left_on) == ("Ann Lee", TODAY)
    assert cast.acme.day_of(contact.occurred_at) == date(2025, 1, 1)
    assert read_all(cast.acme, ["engagement.champion_left"], TODAY)["one"]["engagement.champion_left"] == 1


def test_a_deal_is_closed(cast: Cast, one: Account, at_noon: datetime) -> None:
    browser = sign_in(cast.alice)
    enter(browser, one, "deal")
    act(browser, one, "Close")
    (deal,) = facts(one, "deal")
    assert (deal.state, deal.closed_on, deal.amount, deal.currency) == ("won", TODAY, 1200, "EUR")


@pytest.mark.parametrize(
    ("key", "label", "field", "value"),
    [("complaint", "Resolve", "resolved_on", "2025-06-30"), ("contact", "Left", "left_on", "2025-06-30")],
)
def test_nothing_ends_before_it_begins(
    cast: Cast, one: Account, at_noon: datetime, key: str, label: str, field: str, value: str
) -> None:
    browser = sign_in(cast.alice)
    enter(browser, one, key)
    url = f"/w/acme/accounts/{one.pk}/entries/{key}/{facts(one, key)[0].pk}"
    response = browser.post(url, filled(browser.get(url).context["panel"].form, **{field: value}))
    assert response.status_code == 400
    assert list(response.context["panel"].form.errors) == [field]


# -- mistakes -----------------------------------------------------------------------------------------------


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
    assert re.search(r"Their cost</b> €40 ", page)


# -- the page -----------------------------------------------------------------------------------------------


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
    assert len(many) == len(few) <= 8
    browser.get(f"/w/acme/accounts/{one.pk}")
    counts = []
    for _n in range(2):
        with CaptureQueriesContext(connection) as page:
            browser.get(f"/w/acme/accounts/{one.pk}")
        counts.append(len(page))
        for key in ("goal", "complaint", "contact", "deal", "call"):
            enter(browser, one, key)
        browser.get(f"/w/acme/accounts/{one.pk}")
    assert counts[0] == counts[1]
