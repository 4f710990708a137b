"""Wins, support, NPS by score, effort and cohorts, as the page tells them, from rows as a night would leave them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Workspace
from dashboards.panels.filters import FilterError
from dashboards.panels.team.asked import Asked
from dashboards.panels.team.page import TABLES, team_page, team_sheet
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE, Scope
from metrics.models import KpiPart, ScopeKind, Win
from tests.cast import Cast, account
from tests.dashboards.panels.team.counted import counted, csm, history, month

pytestmark = pytest.mark.django_db


def part(workspace: Workspace, period: Period, key: str, scope: Scope = WHOLE, **sorts: Any) -> None:
    """Sort → (n, part, whole); a sort that begins with a digit is written with an underscore before it."""
    for what, (n, amount, whole) in sorts.items():
        KpiPart.unscoped.create(
            workspace=workspace, kpi=key, what=what.removeprefix("_").replace("ː", "-"), scope_kind=scope.kind,
            scope_key=scope.key, period_kind=period.kind, start=period.start, until=period.until,
            is_whole=not period.is_running, n=n, part=amount, whole=whole,
        )  # fmt: skip


def won(workspace: Workspace, name: str, kind: str, day: date, mrr: Any = 100, **whose: str) -> None:
    Win.unscoped.create(
        workspace=workspace, account=account(workspace, name, name=name), kind=kind, day=day, mrr=mrr, **whose
    )


# -- wins


@pytest.fixture
def wins(acme: Workspace, cast: Cast) -> None:
    history(acme)
    alices = {"csm": str(cast.alice.pk), "team": str(cast.north.pk), "segment": "SMB"}
    won(acme, "Sable", "save", date(2025, 6, 20), **alices)
    won(acme, "Vela", "renewal", date(2025, 6, 22), 250)
    won(acme, "Quanta", "expansion", date(2025, 6, 1), None, **alices)
    won(acme, "Late", "save", date(2025, 5, 22), 7)
    won(acme, "After", "save", date(2025, 5, 23), 7)
    won(acme, "Before", "save", date(2025, 4, 30), 7)


def test_wins_of_the_period_the_newest_first(wins, carol, cast):
    found = team_page(carol, Asked()).wins
    assert [(row.account, row.kind, row.csm, row.day.day, row.mrr) for row in found.rows] == [
        ("Vela", "renewal", "", 22, 250), ("Sable", "save", "Alice", 20, 100),
        ("Quanta", "expansion", "Alice", 1, None),
    ]  # fmt: skip
    saves, renewals, expansions = found.tallies
    assert (saves.count, saves.mrr, saves.change.text) == (1, 100, "steady")
    assert (renewals.count, renewals.change.way, renewals.change.tone) == (1, "up", "good")
    assert (expansions.count, expansions.mrr) == (1, 0)


def test_whose_wins(wins, carol, cast):
    for asked in (Asked(scope=f"team:{cast.north.pk}"), Asked(scope=f"csm:{cast.alice.pk}")):
        assert [row.account for row in team_page(carol, asked).wins.rows] == ["Sable", "Quanta"]
    assert [row.account for row in team_page(cast.alice, Asked()).wins.rows] == ["Sable", "Quanta"]
    assert team_page(carol, Asked(scope=f"csm:{cast.bob.pk}")).wins.rows == ()


def test_the_saves_of_a_csm(wins, carol, cast, acme):
    counted(acme, month(acme), csm(cast.alice), revenue__mrr=10)
    counted(acme, month(acme), csm(cast.bob), revenue__mrr=20)
    rows = team_page(carol, Asked(sort="-saves")).csms.rows
    assert [(row.name, row.saves) for row in rows] == [("Alice", 1), ("Bob", 0)]


def test_all_wins_as_a_file(wins, carol):
    sheet = team_sheet(carol, Asked(), "wins")
    assert [list(row) for row in sheet.rows] == [
        [date(2025, 6, 22), "Renewed", "Vela", "Vela", "", Decimal(250)],
        [date(2025, 6, 20), "Saved", "Sable", "Sable", "Alice", Decimal(100)],
        [date(2025, 6, 1), "Expanded", "Quanta", "Quanta", "Alice", None],
    ]


# -- support


def test_tickets_by_theme_against_last_year_whatever_else_is_compared(acme, carol):
    history(acme)
    part(acme, month(acme), "tickets", billing=(5, 5, 0), login=(2, 2, 0), _=(1, 1, 0))
    part(acme, month(acme).year_before(), "tickets", login=(4, 4, 0), export=(1, 1, 0))
    part(acme, month(acme).before(), "tickets", login=(99, 99, 0))
    themes = team_page(carol, Asked()).support.themes
    assert themes.sheet.rows == [
        ("billing", 5, 0, 5), ("login", 2, 4, -2), ("no theme", 1, 0, 1), ("export", 0, 1, -1),
    ]  # fmt: skip
    assert [trace["y"] for trace in themes.figure["data"]] == [[5, 2, 1, 0], [0, 4, 0, 1]]


def test_a_year_before_that_was_not_counted_is_no_zero(acme, carol):
    history(acme)
    part(acme, month(acme, 13), "tickets", login=(4, 4, 0))
    themes = team_page(carol, Asked(start=date(2024, 5, 1))).support.themes
    assert themes.sheet.rows == [("login", 4)]
    assert "nothing was counted" in themes.note


def test_how_tickets_were_met(acme, carol):
    history(acme)
    counted(acme, month(acme), support__first_response_median=2.9, support__first_contact_resolution=0.5)
    counted(acme, month(acme).before(), support__first_response_median=5.8)
    tiles = {tile.key: tile for tile in team_page(carol, Asked()).support.tiles}
    median = tiles["support.first_response_median"]
    assert (median.value, median.change.text, median.change.way, median.change.tone) == ("2.9 h", "50%", "down", "good")
    assert tiles["support.first_contact_resolution"].value == "50%"


# -- NPS, effort


def test_nps_by_score(acme, carol):
    history(acme, satisfaction__nps=20)
    part(acme, month(acme), "nps", _0=(1, 0, 1), _6=(2, 0, 2), _8=(2, 0, 2), _9=(4, 0, 4), _10=(1, 0, 1))
    nps = team_page(carol, Asked()).nps
    assert nps.figure["data"][0]["y"] == [1, 0, 0, 0, 0, 0, 2, 0, 2, 4, 1]
    assert [word for _side, word in nps.legend] == ["Detractors 3 · 30%", "Passives 2 · 20%", "Promoters 5 · 50%"]
    assert nps.figure["data"][0]["marker"]["color"][6:10] == [
        "var(--red)", "var(--yellow-chart)", "var(--yellow-chart)", "var(--green)",
    ]  # fmt: skip
    assert "NPS 20" in nps.note


def test_effort_beside_mrr(acme, carol):
    history(acme, effort__poor=2, effort__poor_mrr=300, effort__healthy=4, effort__healthy_mrr=100)
    part(acme, month(acme), "touches", red=(1, 30, 0), green=(3, 45, 0), _=(5, 9, 0))
    effort = team_page(carol, Asked()).effort
    assert effort.sheet.rows == [
        ("Poor", 2, 300, 1, 30, Decimal("0.5")), ("At risk", 0, 0, 0, 0, None),
        ("Healthy", 4, 100, 3, 45, Decimal("0.75")), ("Not enough data", 0, 0, 0, 0, None),
        ("no customer any more", None, None, 5, 9, None),
    ]  # fmt: skip
    assert [trace["y"] for trace in effort.figure["data"]] == [[0.25, 0, 0.75, 0], [0.75, 0, 0.25, 0]]


# -- cohorts


def test_cohorts(acme, carol):
    history(acme)
    part(acme, month(acme, 2), "cohort_customers", _2025ː04=(4, 4, 4))
    part(acme, month(acme, 2), "cohort_mrr", _2025ː04=(4, 400, 400))
    part(acme, month(acme, 1), "cohort_customers", _2025ː04=(4, 3, 4), _2025ː05=(1, 1, 1))
    part(acme, month(acme), "cohort_customers", _2025ː04=(4, 1, 4), _2025ː05=(1, 0, 1))
    part(acme, month(acme), "cohort_mrr", _2025ː04=(4, 520, 400))
    part(acme, month(acme).before(), "cohort_customers", _2025ː04=(9, 9, 9))
    cohorts = team_page(carol, Asked()).cohorts
    told = [(row.name, row.first, [cell.text for cell in row.cells if cell]) for row in cohorts.customers]
    assert told == [("Apr 2025", "4", ["100%", "75%", "25%"]), ("May 2025", "1", ["100%", "0%"])]
    assert [cell.shade if cell else None for cell in cohorts.customers[0].cells[:4]] == [8, 3, 0, None]
    assert cohorts.mrr[0].cells[2].text == "130%"
    assert cohorts.mrr[0].cells[2].title == "€520 of €400"
    assert [list(row) for row in cohorts.sheet.rows][:3] == [
        [date(2025, 4, 1), 0, 4, 4, 400, 400], [date(2025, 4, 1), 1, 4, 3, None, None],
        [date(2025, 4, 1), 2, 4, 1, 400, 520],
    ]  # fmt: skip


# -- every table, every scope


def test_before_there_is_anything_each_block_says_so(acme, carol):
    history(acme)
    page = team_page(carol, Asked())
    assert all(chart.reason for chart in (page.bands, page.support.themes, page.nps, page.effort))
    assert (page.wins.rows, page.cohorts.customers) == ((), ())


@pytest.mark.parametrize("table", TABLES)
def test_every_table_fits_its_head(acme, carol, wins, table):
    part(acme, month(acme), "tickets", billing=(5, 5, 0))
    part(acme, month(acme), "cohort_customers", _2025ː04=(4, 1, 4))
    sheet = team_sheet(carol, Asked(), table)
    assert sheet.name == table
    assert all(len(row) == len(sheet.fields) for row in sheet.rows)


def test_parts_of_another_scope_are_not_shown(acme, carol, cast):
    history(acme)
    part(acme, month(acme), "nps", csm(cast.alice), _9=(1, 0, 1))
    assert team_page(carol, Asked()).nps.reason
    assert team_page(carol, Asked(scope=f"csm:{cast.alice.pk}")).nps.sheet.rows[9][2] == 1


@pytest.mark.parametrize("asked", [Asked(segment="None"), Asked(scope="segment:SMB", segment="SMB")], ids=["a", "b"])
def test_a_segment_that_cannot_be_asked_for(acme, carol, asked):
    history(acme)
    counted(acme, month(acme), Scope(ScopeKind.SEGMENT, "SMB"), revenue__mrr=80)
    with pytest.raises(FilterError, match="segment"):
        team_page(carol, asked)


def test_a_segment_of_the_whole_workspace_is_the_segment(acme, carol):
    history(acme)
    counted(acme, month(acme), Scope(ScopeKind.SEGMENT, "SMB"), revenue__mrr=80)
    page = team_page(carol, Asked(scope="all", segment="SMB"))
    assert page.title == "Acme · SMB"
    assert page.groups[0].tiles[0].value == "€80"
