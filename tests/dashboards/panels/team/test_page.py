"""The team page: whose numbers, over which period, beside which other one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Membership, Role
from dashboards.panels.filters import FilterError
from dashboards.panels.team.asked import Asked
from dashboards.panels.team.page import TeamPage, kpis_page, team_page
from dashboards.panels.team.tiles import Tile
from metrics.kpis.places import Scope
from metrics.models import PeriodKind, ScopeKind, Target
from metrics.registry import KPIS
from tests.cast import Cast, join
from tests.dashboards.panels.team.counted import counted, csm, history, month

pytestmark = pytest.mark.django_db


def tile(panel: TeamPage, key: str) -> Tile:
    return next(tile for group in (*panel.groups, *panel.table) for tile in group.tiles if tile.key == key)


def summary(panel: TeamPage) -> str:
    """With plain spaces round its dashes."""
    return " · ".join(each.text for each in panel.summary).replace("\u2009", " ")


def page(member: Membership, **asked: Any) -> TeamPage:
    return team_page(member, Asked(**asked))


def test_before_the_first_count_there_is_nothing(carol):
    panel = page(carol)
    assert not panel.is_counted
    assert panel.groups == ()


def test_a_running_month_is_compared_with_as_many_days(acme, carol):
    history(acme)
    panel = page(carol)
    assert summary(panel) == "0 CSMs · 0 accounts · Jun 1 – 22 against May 1 – 22 · 22 of 30 d"
    mrr = tile(panel, "revenue.mrr")
    assert (mrr.value, mrr.base, mrr.change.text, mrr.change.way, mrr.change.tone) == (
        "€1,100", "n = 30", "10%", "up", "good",
    )  # fmt: skip


def test_against_the_year_before(acme, carol):
    history(acme)
    counted(acme, month(acme), satisfaction__nps=40)
    counted(acme, month(acme).before(), satisfaction__nps=39)
    counted(acme, month(acme).year_before(), satisfaction__nps=50)
    assert tile(page(carol), "satisfaction.nps").change.text == "1"
    change = tile(page(carol, against="year"), "satisfaction.nps").change
    assert (change.text, change.way, change.tone) == ("10", "down", "bad")


def test_a_month_of_the_past(acme, carol):
    history(acme)
    panel = page(carol, start=date(2025, 4, 17))
    assert summary(panel).endswith("April 2025 against March 2025")
    assert len(tile(panel, "revenue.mrr").line) == 13
    assert len(tile(page(carol, start=date(2025, 3, 1)), "revenue.mrr").line) == 12  # nothing is known before
    with pytest.raises(FilterError, match="start"):
        page(carol, start=date(2020, 1, 1))
    with pytest.raises(FilterError, match="start"):
        page(carol, start=date(2025, 6, 23))


def test_the_oldest_period_has_nothing_before_it(acme, carol):
    history(acme)
    panel = page(carol, start=date(2024, 4, 1))
    assert panel.note == "March 2024 was not counted."
    assert tile(panel, "revenue.mrr").change is None


def test_a_line_leaves_out_what_still_gathers(acme, carol):
    history(acme, revenue__mrr=1100, effort__touches=3, revenue__expansion=5)
    panel = page(carol)
    assert tile(panel, "revenue.mrr").line[-1] == 1100
    assert tile(panel, "revenue.expansion").line[-1] != 5
    assert (tile(panel, "revenue.expansion").so_far, tile(panel, "revenue.mrr").so_far) == ("22 of 30 d", "")


def test_arrow_is_direction_and_colour_is_good_or_bad(acme, carol):
    history(acme)
    key = "retention__customer_churn_rate"
    counted(acme, month(acme), n=623, part=12, whole=623, **{key: 12 / 623})
    counted(acme, month(acme).before(), n=600, **{key: 0.0263})
    churn = tile(page(carol), "retention.customer_churn_rate")
    assert (churn.value, churn.base, churn.change.text) == ("1.9%", "12 of 623", "0.7 pt")
    assert (churn.change.way, churn.change.tone) == ("down", "good")


def test_thin_and_without_a_number(acme, carol):
    history(acme)
    counted(acme, month(acme), n=4, satisfaction__csat=0.5)
    counted(acme, month(acme), n=0, retention__customer_churn_rate=None)
    panel = page(carol)
    assert tile(panel, "satisfaction.csat").is_thin
    none = tile(panel, "retention.customer_churn_rate")
    assert (none.value, none.reason, none.is_thin) == ("–", "no customers at the start", False)
    assert tile(panel, "satisfaction.nps").reason == "no answers"
    assert not tile(panel, "revenue.expansion").is_thin


def test_the_newest_target_that_has_begun(acme, carol):
    history(acme)
    for start, value in ((date(2025, 1, 1), 900), (date(2025, 6, 1), 1200), (date(2025, 7, 1), 5000)):
        Target.unscoped.create(workspace=acme, kpi="revenue.mrr", start=start, value=value)
    mrr = tile(page(carol), "revenue.mrr")
    assert (mrr.target, mrr.gap.text, mrr.gap.tone) == ("€1,200", "€100 below", "bad")
    assert tile(page(carol, start=date(2025, 5, 1)), "revenue.mrr").gap.text == "€100 above"


def test_restated(acme, carol):
    history(acme)
    moment = datetime(2025, 6, 20, 3, tzinfo=UTC)
    counted(acme, month(acme), satisfaction__csat=0.5, restated_at=moment)
    assert tile(page(carol), "satisfaction.csat").restated_at == moment


def test_every_kpi_is_in_the_table_once(acme, carol):
    history(acme)
    keys = [tile.key for group in kpis_page(carol, Asked()).table for tile in group.tiles]
    assert sorted(keys) == sorted(KPIS)


def test_all_kpis_are_those_of_the_team_page(acme, cast: Cast):
    history(acme)
    counted(acme, month(acme), csm(cast.alice), revenue__mrr=70)
    asked = Asked(start=date(2025, 6, 1), against="year")
    team, table = team_page(cast.alice, asked), kpis_page(cast.alice, asked)
    assert (tile(table, "revenue.mrr").value, tile(team, "revenue.mrr").value) == ("€70", "€70")
    assert (table.title, table.against, table.pickers) == (team.title, team.against, team.pickers)
    assert team.kpis_url == table.here == "/w/acme/kpis?start=2025-06-01&against=year"
    assert table.team_url == team.here
    with pytest.raises(PermissionDenied):
        kpis_page(cast.alice, Asked(scope="all"))


# -- whose numbers


def test_where_each_begins(acme, cast: Cast):
    history(acme)
    assert page(cast.carol).title == "Acme"
    assert page(cast.victor).title == "Acme"
    assert page(cast.bob).title == "Team North"
    assert page(cast.alice).title == "My numbers"


def test_a_csm_sees_the_own_book_and_no_other(acme, cast: Cast):
    history(acme)
    counted(acme, month(acme), csm(cast.alice), revenue__mrr=70)
    counted(acme, month(acme), csm(cast.bob), revenue__mrr=30)
    panel = page(cast.alice)
    assert tile(panel, "revenue.mrr").value == "€70"
    assert [row.name for row in panel.csms.rows] == ["Alice"]
    assert [picker.name for picker in panel.pickers] == ["start", "against"]
    for scope in ("all", f"csm:{cast.bob.pk}", f"team:{cast.north.pk}"):
        with pytest.raises(PermissionDenied):
            page(cast.alice, scope=scope)


def test_a_team_a_csm_a_segment(acme, cast: Cast):
    history(acme)
    counted(acme, month(acme), Scope(ScopeKind.TEAM, str(cast.north.pk)), revenue__mrr=60)
    counted(
        acme, month(acme), csm(cast.alice), revenue__mrr=70, n=3, retention__customer_churn_rate=0.5, low=0.1, high=0.9
    )
    counted(acme, month(acme), Scope(ScopeKind.SEGMENT, "SMB"), revenue__mrr=80)
    values = {
        scope: tile(page(cast.carol, scope=scope), "revenue.mrr").value
        for scope in ("all", f"team:{cast.north.pk}", f"csm:{cast.alice.pk}", "segment:SMB")
    }
    assert list(values.values()) == ["€1,100", "€60", "€70", "€80"]
    churn = "retention.customer_churn_rate"
    assert tile(page(cast.carol, scope=f"csm:{cast.alice.pk}"), churn).interval == "10–90%"
    assert tile(page(cast.carol), churn).interval == ""


@pytest.mark.parametrize("scope", ["team:0", "csm:x", "segment:None", "galaxy:1", "team", "csm:²", "csm:"])
def test_a_scope_that_is_not_there(acme, carol, scope):
    history(acme)
    with pytest.raises(FilterError, match="scope"):
        page(carol, scope=scope)


def test_nobody_of_another_workspace_can_be_asked_for(acme, cast: Cast):
    history(acme)
    with pytest.raises(FilterError, match="scope"):
        page(cast.carol, scope=f"csm:{cast.mallory.pk}")
    assert not page(cast.mallory).is_counted


def test_weeks_quarters_and_years(acme, carol):
    for kind in PeriodKind:
        if kind != PeriodKind.MONTH:
            counted(acme, month(acme, kind=kind), revenue__mrr=5)
    names = [summary(page(carol, period=kind)) for kind in (PeriodKind.QUARTER, PeriodKind.YEAR)]
    assert "Apr 1 – Jun 22 against Jan 1 – Mar 24 · 83 of 91 d" in names[0]
    assert "Jan 1 – Jun 22" in names[1]
    assert "Jun 16 – 22, 2025 against Jun 9 – 15, 2025" in summary(page(carol, period=PeriodKind.WEEK))


# -- as many queries for many as for few


def test_eleven_queries_however_many_csms(acme, cast: Cast, django_assert_num_queries):
    history(acme)
    with django_assert_num_queries(11):
        page(cast.carol)
    for n in range(20):
        counted(acme, month(acme), csm(join(acme, f"Csm{n}", Role.CSM, cast.north)), revenue__mrr=n, effort__healthy=2)
    with django_assert_num_queries(11):
        assert len(page(cast.carol).csms.rows) == 20
    with django_assert_num_queries(9):
        assert len(page(cast.alice).csms.rows) == 0
    with django_assert_num_queries(6):
        kpis_page(cast.carol, Asked())
