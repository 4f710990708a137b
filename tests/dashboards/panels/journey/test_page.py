"""The journey map as a page: whose, of when, what stands in a cell, where it leads."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Membership, Role, Stage
from dashboards.panels.filters import FilterError
from dashboards.panels.journey.accounts import accounts_page
from dashboards.panels.journey.asked import Asked
from dashboards.panels.journey.page import JourneyPage, journey_page
from metrics.kpis.periods import Period
from metrics.models import Band, PeriodKind, Run, Target
from tests.cast import NOW, Cast, join, night, tell
from tests.dashboards.panels.team.counted import NEWEST, counted
from tests.metrics.placed import TODAY, days_ago, move, put, stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(acme) -> Run:
    """A night was published, and the map is there."""
    return Run.unscoped.create(  # type: ignore[no-any-return]
        workspace=acme, day=days_ago(1), known_day=days_ago(1), state=Run.State.PUBLISHED, published_attempt=1,
        opened_at=NOW, published_at=NOW, moved_at=NOW,
    )  # fmt: skip


def summary(panel):
    return " · ".join(each.text for each in panel.summary)


def page(member: Membership, **asked: Any) -> JourneyPage:
    return journey_page(member, Asked(**asked), NOW)


def cell(panel: JourneyPage, band: str, name: str) -> Any:
    names = [column.name for column in panel.columns]
    return next(row for row in panel.rows if row.band == band).cells[names.index(name)]


def column(panel: JourneyPage, name: str) -> Any:
    return next(column for column in panel.columns if column.name == name)


# -- the map


def test_before_the_first_night_there_is_nothing(acme, carol):
    panel = page(carol)
    assert (panel.is_scored, panel.first_scored, panel.columns) == (False, None, ())


def test_a_night_of_nobody_is_a_map_of_zeros(scored, carol):
    panel = page(carol)
    assert [column.name for column in panel.columns] == ["Onboarding", "Adoption", "Growth", "Renewal", "Advocate"]
    assert [row.band for row in panel.rows] == ["green", "yellow", "red", "grey"]
    assert {c.accounts for row in panel.rows for c in row.cells} == {0}
    assert summary(panel) == "0 accounts · where they are, how they are, who is stuck"


def test_a_workspace_without_stages(scored, acme, carol):
    Stage.objects.of(acme).delete()
    assert page(carol).columns == ()
    put(acme, "one", "", 5)
    panel = page(carol)
    assert [(column.name, column.accounts, column.flow) for column in panel.columns] == [("No stage", 1, "")]
    assert cell(panel, "green", "No stage").url == "/w/acme/journey/accounts?stage=none&show=healthy"


def test_what_stands_in_a_cell(scored, acme, carol):
    put(acme, "a", "Growth", 400, band=Band.RED, mrr=1500, active_seats=-4.25, days_past_due=-1)
    put(acme, "b", "Growth", 100, band=Band.GREEN, mrr=100)
    put(acme, "c", "Growth", 100, band=Band.GREY, score=None, mrr=None)
    panel = page(carol)
    growth = stage(acme, "Growth").pk
    red = cell(panel, "red", "Growth")
    assert (red.accounts, red.mrr, red.about) == (1, "€1,500", "Poor, Growth")
    assert red.url == f"/w/acme/journey/accounts?stage={growth}&show=poor"
    assert red.title == "33% of the stage · median 400 d · 1 stuck"
    assert red.pulls == (
        ("usage.active_seats", "Active seats", "−4.2"),
        ("commercial.days_past_due", "Days past due", "−1.0"),
    )
    assert cell(panel, "grey", "Growth").accounts == 1
    assert (cell(panel, "grey", "Adoption").url, cell(panel, "grey", "Adoption").mrr) == ("", "–")
    told = column(panel, "Growth")
    assert (told.accounts, told.time, told.target, told.is_late) == (3, "median 100 d", "target 365 d", False)
    assert (told.stuck, told.stuck_url) == (1, f"/w/acme/journey/accounts?stage={growth}&stuck=1")
    assert panel.note == "MRR leaves out 1 account: a currency has no rate."
    assert [row.name for row in panel.stuck] == ["a"]
    assert (panel.stuck[0].days, panel.stuck[0].allowed) == ("400 d", "of 365 d")


def test_a_stage_that_takes_too_long_says_so(scored, acme, carol):
    put(acme, "a", "Onboarding", 61)
    assert column(page(carol), "Onboarding").is_late


def test_moves_in_words(scored, acme, carol):
    one = put(acme, "one", "Adoption", 200, mrr=40)
    put(acme, "new", "Onboarding", 1, mrr=20)
    put(acme, "lost", "Growth", 100, mrr=10, here=False, day=days_ago(1))
    tell(acme, "churns", {"id": "c", "account": "lost", "churned_on": str(TODAY), "reason": "price"}, at=NOW)
    move(one, TODAY, "Renewal")
    panel = page(carol, period=PeriodKind.WEEK)
    assert panel.moves.title.replace("\u2009", " ") == "Moves, Jun 30 – Jul 1"
    assert [(row.source, row.target, row.accounts, row.mrr, row.how) for row in panel.moves.rows] == [
        ("New", "Onboarding", 1, "€20", ""),
        ("Adoption", "Renewal", 1, "€40", "median 200 d"),
        ("Growth", "lost", 1, "€10", "1 price"),
    ]
    assert column(panel, "Growth").flow == "0 in · 1 out · 1 skipped it"
    assert column(panel, "Renewal").flow == "1 in · 0 out"


# -- the KPI of each stage


def quarter(workspace: Any) -> Period:
    return Period.of(workspace, PeriodKind.QUARTER, NEWEST, NEWEST)


def test_each_stage_has_its_kpi_with_its_target(scored, acme, carol):
    running = quarter(acme)
    counted(acme, running, revenue__mrr=1000, usage__usage_rate=0.5, retention__renewal=0.95, satisfaction__nps=None)
    for key, value in (("usage.usage_rate", "0.6"), ("retention.renewal", "0.9")):
        Target.unscoped.create(
            workspace=acme, kpi=key, period_kind="quarter", start=date(2025, 1, 1), value=Decimal(value)
        )
    panel = page(carol)
    told = {c.name: (c.kpi.name, c.kpi.value, c.kpi.target, c.kpi.tone) for c in panel.columns}
    assert told["Adoption"] == ("Product usage rate", "50%", "60%", "bad")
    assert told["Renewal"] == ("Renewal rate", "95%", "90%", "good")
    assert column(panel, "Advocate").kpi.reason == "no customers at the start"
    assert panel.kpi_period.replace("\u2009", " ") == "Apr 1 – Jun 22"
    assert column(panel, "Adoption").kpi.url == "/w/acme/kpis/usage.usage_rate?period=quarter"


def test_a_stage_without_a_kpi_or_with_one_that_is_gone(scored, acme, carol):
    counted(acme, quarter(acme), revenue__mrr=1000)
    Stage.objects.of(acme).filter(name="Growth").update(kpi="")
    Stage.objects.of(acme).filter(name="Adoption").update(kpi="revenue.luck")
    panel = page(carol)
    assert [c.name for c in panel.columns if c.kpi is None] == ["Adoption", "Growth"]


def test_kpis_of_a_day_before_the_first_count(scored, acme, carol):
    assert all(c.kpi is None for c in page(carol).columns)


# -- whose


def test_a_csm_has_the_own_book_and_no_other(scored, acme, cast: Cast):
    put(acme, "hers", "Growth", 5, owner="alice@acme.example", team="North")
    put(acme, "his", "Growth", 5, owner="bob@acme.example", team="North")
    put(acme, "nobodys", "Growth", 5)
    counts = [column(page(member), "Growth").accounts for member in (cast.alice, cast.bob, cast.carol, cast.victor)]
    assert counts == [1, 2, 3, 3]
    assert summary(page(cast.alice)).startswith("My numbers · 1 account · ")
    assert page(cast.alice).pickers == ()
    for asked in (Asked(scope="all"), Asked(scope=f"csm:{cast.bob.pk}")):
        for panel in (journey_page, accounts_page):
            with pytest.raises(PermissionDenied):
                panel(cast.alice, asked, NOW)
    assert column(page(cast.bob, scope="all"), "Growth").accounts == 3
    assert not page(cast.mallory).is_scored


# -- of when


def test_a_day_to_come_or_without_scores(scored, acme, carol):
    with pytest.raises(FilterError, match="day"):
        page(carol, day=TODAY + timedelta(days=1))
    panel = page(carol, day=date(2024, 1, 1))
    assert (panel.is_scored, panel.first_scored, panel.now_url) == (False, days_ago(1), "/w/acme/journey")


def test_today_is_now_and_no_day_of_its_own(scored, acme, carol):
    panel = page(carol, day=TODAY, scope="all")
    assert (panel.here, panel.day, panel.is_scored) == ("/w/acme/journey?scope=all", "", True)


def test_as_of_a_past_day(acme, carol):
    """Two days of scores; in between it went on."""
    one = put(acme, "one", "Onboarding", 30)
    tell(acme, "subscriptions", {"id": "s", "account": "one", "starts_on": "2025-06-01", "amount": 90, "seats": 5})
    night(acme, days_ago(3))
    move(one, days_ago(2), "Adoption")
    night(acme, days_ago(2))
    panel = page(carol, day=days_ago(3))
    assert (column(panel, "Onboarding").accounts, column(panel, "Adoption").accounts) == (1, 0)
    assert (panel.day, summary(panel)) == ("2025-06-28", "1 account · as of the end of Jun 28")
    assert f"day={days_ago(3)}" in cell(panel, "grey", "Onboarding").url
    assert column(page(carol), "Adoption").accounts == 1


# -- the accounts behind it


def test_the_list_of_a_cell(scored, acme, carol):
    put(acme, "a", "Growth", 400, band=Band.RED, mrr=1500, owner="alice@acme.example")
    put(acme, "b", "Growth", 100)
    growth = str(stage(acme, "Growth").pk)
    panel = accounts_page(carol, Asked(stage=growth, show="poor"), NOW)
    assert panel.title == "Growth · Poor"
    assert [(row.name, row.owner, row.stage, row.days, row.is_stuck) for row in panel.rows] == [
        ("a", "Alice", "Growth", "400 d", True)
    ]
    assert [(chip.label, chip.url) for chip in panel.chips] == [
        ("Growth", "/w/acme/journey/accounts?show=poor"),
        ("Poor", f"/w/acme/journey/accounts?stage={growth}"),
    ]
    assert panel.files[0].url == f"/w/acme/journey/accounts.csv?stage={growth}&show=poor"
    assert accounts_page(carol, Asked(), NOW).title == "All accounts on the map"


def test_pages_of_fifty(scored, acme, carol):
    for n in range(51):
        put(acme, f"a{n:02}", "Growth", 5)
    first, second = (accounts_page(carol, Asked(page=n), NOW) for n in (1, 2))
    assert (len(first.rows), [row.name for row in second.rows]) == (50, ["a50"])
    assert first.pager.after == "/w/acme/journey/accounts?page=2"


def test_a_stage_of_another_workspace_is_not_known(scored, acme, cast: Cast):
    with pytest.raises(FilterError, match="stage"):
        accounts_page(cast.carol, Asked(stage=str(stage(cast.evil, "Growth").pk)), NOW)


# -- as many queries for many as for few


def test_thirteen_queries_however_many_accounts(scored, acme, cast: Cast, django_assert_num_queries):
    counted(acme, quarter(acme), revenue__mrr=1000)
    put(acme, "a", "Growth", 5, owner="alice@acme.example")
    with django_assert_num_queries(13):
        page(cast.carol)
    for n in range(20):
        join(acme, f"Csm{n}", Role.CSM, cast.north)
        put(acme, f"b{n}", "Adoption", 200, owner=f"csm{n}@acme.example", band=Band.RED, active_seats=-1)
    with django_assert_num_queries(13):
        assert len(page(cast.carol).stuck) == 6
    with django_assert_num_queries(3):
        accounts_page(cast.carol, Asked(stuck="1"), NOW)
