"""Movements of MRR and bands over time, as they are drawn and told."""

from __future__ import annotations

import pytest

from dashboards.panels.team.asked import Asked
from dashboards.panels.team.page import team_page
from tests.dashboards.panels.team.counted import counted, history, month

pytestmark = pytest.mark.django_db
MOVES = {"revenue__new": 30, "revenue__expansion": 110, "revenue__contraction": -10, "revenue__churned": -30}


def test_the_steps_lead_from_start_to_end(acme, carol):
    history(acme, revenue__mrr_at_start=1000, revenue__mrr=1100, **MOVES)
    movements = team_page(carol, Asked()).movements
    assert movements.sheet.rows == (
        ("May 31", 1000), ("New", 30), ("Expansion", 110), ("Reactivation", 0),
        ("Contraction", -10), ("Churn", -30), ("Jun 22", 1100),
    )  # fmt: skip
    bar = movements.figure["data"][0]
    assert bar["text"] == ["€1,000", "+€30", "+€110", "−€10", "−€30", "€1,100"]
    assert [base + height for base, height in zip(bar["base"], bar["y"], strict=True)] == [
        1000, 1030, 1140, 1140, 1130, 1100,
    ]  # fmt: skip
    assert "Churn −€30" in movements.label


def test_handed_over_accounts_are_a_movement_where_there_are_any(acme, carol):
    history(acme, revenue__mrr_at_start=1000, revenue__handed_over=100)
    assert ("Handed over", 100) in team_page(carol, Asked()).movements.sheet.rows


def test_a_rate_that_is_missing_is_said(acme, carol):
    history(acme, revenue__mrr_at_start=1000)
    counted(acme, month(acme), revenue__new=None)
    movements = team_page(carol, Asked()).movements
    assert (movements.sheet.rows, movements.reason) == ((), "no customers at the start")


def test_bands_over_time_grey_included(acme, carol):
    history(acme, effort__healthy=5, effort__poor=1, effort__unknown=2)
    counted(acme, month(acme, 1), effort__at_risk=4)
    bands = team_page(carol, Asked()).bands
    assert bands.sheet.rows == [("May 2025", 0, 4, 0, 0), ("Jun 22", 1, 0, 5, 2)]
    assert [(trace["name"], trace["y"]) for trace in bands.figure["data"]] == [
        ("Poor", [0, 1]), ("At risk", [4, 0]), ("Healthy", [0, 5]), ("Not enough data", [0, 2]),
    ]  # fmt: skip
    assert bands.label.endswith("at last Poor 1, At risk 0, Healthy 5, Not enough data 2")


def test_no_bands_before_the_first_scores(acme, carol):
    history(acme)
    bands = team_page(carol, Asked()).bands
    assert bands.sheet.rows == []
    assert "no account had been scored" in bands.reason
