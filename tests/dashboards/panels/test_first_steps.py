"""The list ticks itself off, one step after the other, and goes when it is done or put away."""

from __future__ import annotations

import shlex
from datetime import date

import pytest

from accounts.models import Workspace
from dashboards.panels.first_steps import first_steps_of
from metrics.scorecards import create_workspace
from tests.cast import Cast, account, join, night, tell
from tests.dashboards.conftest import sign_in

BASE = "https://health.example"


@pytest.fixture
def carol(db):
    """The only person of a workspace in which nothing is."""
    return join(create_workspace("fresh", "Fresh"), "Carol", "admin")


def done(member) -> list[bool]:
    found = first_steps_of(type(member).objects.of(member.workspace).get(pk=member.pk), BASE)
    return [step.is_done for step in found.steps] if found else []


def test_each_step_ticks_itself_off(carol):
    fresh = carol.workspace
    assert done(carol) == [False] * 6
    account(fresh, "one", started_on="2025-01-01")
    assert done(carol) == [False, True, False, False, False, False]
    tell(fresh, "events", {"account": "one", "name": "login", "occurred_at": "2025-06-10T10:00:00Z"})
    assert done(carol) == [True, True, False, False, False, False]
    tell(fresh, "subscriptions", {"id": "s", "account": "one", "starts_on": "2025-01-01", "amount": 100})
    assert done(carol) == [True, True, True, False, False, False]
    join(fresh, "Dora", "csm")
    assert done(carol) == [True, True, True, False, False, False], "nobody owns an account yet"
    account(fresh, "one", owner="dora@fresh.example")
    assert done(carol) == [True, True, True, True, False, False]
    Workspace.objects.filter(pk=fresh.pk).update(own_domains=["fresh.example"])
    assert done(carol) == [True, True, True, True, True, False]
    night(fresh, date(2025, 6, 20))
    assert done(carol) == [], "all is done"


def test_another_workspace_ticks_nothing_off(cast: Cast, carol):
    account(cast.acme, "one", owner="alice@acme.example")
    tell(cast.acme, "events", {"account": "one", "name": "login", "occurred_at": "2025-06-10T10:00:00Z"})
    assert done(carol) == [False] * 6


def test_one_query(carol, django_assert_num_queries):
    with django_assert_num_queries(1):
        first_steps_of(carol, BASE)


def test_the_lines_survive_a_shell(carol):
    for step in first_steps_of(carol, BASE).steps:
        assert shlex.split(step.snippet.replace("\\\n", " ")) or not step.snippet


def test_an_empty_portfolio_shows_it_until_it_is_put_away(cast: Cast, carol):
    browser = sign_in(carol)
    page = browser.get("/w/fresh/portfolio").content.decode()
    assert "First steps" in page
    assert "0 of 6 done" in page
    assert "No accounts yet" in page
    assert browser.post("/w/fresh/portfolio/first-steps/hide").status_code == 302
    assert "First steps" not in browser.get("/w/fresh/portfolio").content.decode()
    assert "First steps" in sign_in(cast.mallory).get("/w/evil/portfolio").content.decode()


def test_who_cannot_do_it_does_not_see_it(cast: Cast):
    for member in (cast.alice, cast.bob, cast.victor):
        assert "First steps" not in sign_in(member).get("/w/acme/portfolio").content.decode()
        assert sign_in(member).post("/w/acme/portfolio/first-steps/hide").status_code == 403


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("portfolio", "No accounts yet"), ("accounts", "No accounts yet"),
        ("runs", "No run yet"), ("sources", "No source yet"),
    ],
)  # fmt: skip
def test_every_page_of_an_empty_workspace_says_what_will_be_there(carol, path, words):
    page = sign_in(carol).get(f"/w/fresh/{path}").content.decode()
    assert words in page
    assert "Here stands" in page
