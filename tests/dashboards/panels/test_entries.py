"""By hand: every sort of entry becomes a fact and feeds the measures that it names; what follows from it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.kinds import KINDS
from accounts.models import Account, Feedback, Source, Touch
from dashboards.panels.entries import ENTRIES
from metrics.models import Standing
from metrics.nightly.freshen import freshen
from metrics.registry import MEASURES
from tests.cast import Cast, tell
from tests.dashboards.by_hand import act, add_url, enter, facts, filled
from tests.dashboards.conftest import TODAY, Book, sign_in
from tests.metrics.cases import read_all

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
