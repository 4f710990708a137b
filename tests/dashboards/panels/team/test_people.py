"""The CSMs side by side."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Membership, Role
from dashboards.panels.team.asked import Asked
from dashboards.panels.team.page import team_page
from dashboards.panels.team.people import Csms
from tests.cast import Cast, join
from tests.dashboards.panels.team.counted import counted, csm, history, month

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(cast: Cast) -> Membership:
    return join(cast.acme, "Dora", Role.CSM, cast.south)


@pytest.fixture
def numbers(cast: Cast, dora: Membership) -> None:
    acme, now = cast.acme, month(cast.acme)
    history(acme)
    counted(acme, now, csm(cast.alice), revenue__mrr=500, effort__poor=3, effort__healthy=1, effort__unknown=1)
    counted(acme, now, csm(cast.alice), n=19, satisfaction__nps=90, retention__customer_churn_rate=0.1)
    counted(acme, now, csm(dora), revenue__mrr=900, effort__poor=1, effort__healthy=9)
    counted(acme, now, csm(dora), n=20, satisfaction__nps=10, retention__customer_churn_rate=0.2)


def table(member: Membership, **asked: Any) -> Csms:
    found = team_page(member, Asked(**asked)).csms
    assert found is not None
    return found


def names(csms: Csms) -> list[str]:
    return [row.name for row in csms.rows]


def test_accounts_are_those_of_all_bands_grey_included(numbers, carol):
    alice = next(row for row in table(carol).rows if row.name == "Alice")
    assert alice.accounts == 5
    assert alice.bands == (("red", 3), ("yellow", 0), ("green", 1), ("grey", 1))
    assert alice.health == "Poor 3, At risk 0, Healthy 1, Not enough data 1"


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("-mrr", ["Dora", "Alice"]),
        ("mrr", ["Alice", "Dora"]),
        ("name", ["Alice", "Dora"]),
        ("-name", ["Dora", "Alice"]),
        ("-accounts", ["Dora", "Alice"]),
        ("-health", ["Alice", "Dora"]),
    ],
)
def test_sorting(numbers, carol, sort, expected):
    csms = table(carol, sort=sort)
    assert names(csms) == expected
    assert [c.key for c in csms.columns if c.sorted] == [sort.removeprefix("-")]


def test_under_twenty_cases_nobody_is_ranked(numbers, carol):
    """Alice's 90 rests on 19 answers: she stands last, whichever the way."""
    assert names(table(carol, sort="-nps")) == ["Dora", "Alice"]
    assert names(table(carol, sort="nps")) == ["Dora", "Alice"]
    assert names(table(carol, sort="churn")) == ["Dora", "Alice"]
    assert "ranks nobody" in table(carol).note


def test_a_head_pressed_again_turns_round(numbers, carol):
    column = next(c for c in table(carol, sort="-mrr").columns if c.key == "mrr")
    assert (column.sorted, column.url) == ("descending", "/w/acme/team?sort=mrr")
    assert next(c for c in table(carol).columns if c.key == "nps").url == "/w/acme/team?sort=-nps"


def test_a_team_has_its_own_csms_and_a_csm_one(numbers, carol, cast, dora):
    assert names(table(carol, scope=f"team:{cast.south.pk}")) == ["Dora"]
    assert names(table(carol, scope=f"csm:{cast.alice.pk}")) == ["Alice"]
