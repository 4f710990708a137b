"""`GET /api/v1/kpis`: what was counted, told with targets and what was before, in few queries; asked wrongly, 400."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from metrics.models import KpiSnapshot
from metrics.names import Names
from metrics.nightly import kpis
from metrics.registry import KPIS
from metrics.targets import TargetItem, set_targets
from tests.accounts.api.conftest import error_of, program, stranger  # noqa: F401
from tests.cast import NOW, account, night, tell
from tests.kept import kept
from tests.metrics.cases import ago, day, identity, term, told

pytestmark = pytest.mark.django_db
JUNE, MAY = "2025-06-01", "2025-05-01"
SCOPES = {"csm": "alice@acme.example", "team": "North", "segment": "Large"}


@kept
def book(acme, alice):
    """Counted after June 29, 2025: one pays 100.50 all the time, three left in May, one is Alice's, North's, Large."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: ago(1))
        cases = {"one": [term(amount="100.50")], "two": [term(amount=50, starts=9)], "three": [term(ends=40)]}
        told(acme, cases)
        account(acme, "one", owner=alice.user.email, team="North", segment="Large")
        answers = [
            {"id": identity("nps"), "account": "one", "kind": "nps", "score": score, "contact": f"{score}@one.example"}
            for score in (9, 10, 3)
        ]
        tell(acme, "survey_responses", *(each | {"answered_at": ago(5)} for each in answers))
        night(acme, day(1))
        assert kpis.count(acme)
    return acme


def pull(program, **asked):  # noqa: F811
    """All rows that an address gives."""
    response = program.client.get("/api/v1/kpis", asked, headers={"authorization": f"Bearer {program.secret}"})
    assert response.status_code == 200, response.content
    return response.json()["results"]


def only(program, **asked):  # noqa: F811
    [row] = pull(program, **asked)
    return row


def test_a_running_month(program, book):  # noqa: F811
    row = only(program, kpi="revenue.mrr", scope="workspace", period="month", **{"from": JUNE})
    clocks = {row.pop(name) for name in ("computed_at",)}
    assert all(clocks)
    assert row == {
        **{"kpi": "revenue.mrr", "name": "MRR", "unit": "money", "scope": "workspace", "scope_key": ""},
        **{"period": "month", "start": JUNE, "until": "2025-06-30", "is_running": True, "so_far": False},
        **{"value": "150.5", "n": 2, "part": "150.5", "whole": "2", "low": None, "high": None, "thin": False},
        **{"reason": "", "target": None, "known_day": "2025-06-29", "restated_at": None},
        "before": {"start": MAY, "until": "2025-05-30", "value": "100.5", "change": "50"},
        "year_before": {"start": "2024-06-01", "until": "2024-06-30", "value": "200.5", "change": "-50"},
    }


def test_a_whole_month_is_compared_with_whole_ones(program, book):  # noqa: F811
    row = only(program, kpi="revenue.mrr", scope="workspace", period="month", to=MAY, **{"from": MAY})
    assert (row["is_running"], row["value"], row["until"]) == (False, "100.5", JUNE)
    assert row["before"] == {"start": "2025-04-01", "until": MAY, "value": "200.5", "change": "-100"}
    assert row["year_before"] == {"start": "2024-05-01", "until": "2024-06-01", "value": "200.5", "change": "-100"}


def test_before_the_first_count_there_is_nothing_to_compare_with(program, book):  # noqa: F811
    rows = pull(program, kpi="revenue.mrr", scope="workspace", period="month")
    assert len(rows) == 26
    assert not [row for row in rows if row["start"] == "2023-05-01" and (row["before"] or row["year_before"])]


def test_rates_say_what_they_rest_on(program, book):  # noqa: F811
    row = only(program, kpi="satisfaction.nps", scope="workspace", period="month", **{"from": JUNE})
    assert (row["n"], row["thin"], row["so_far"], row["value"][:9]) == (3, True, True, "33.333333")
    assert row["low"] < 33 < row["high"]
    assert (row["before"]["value"], row["before"]["change"]) == (None, None)
    may = only(program, kpi="satisfaction.nps", scope="workspace", period="month", to=MAY, **{"from": MAY})
    assert (may["value"], may["reason"], may["n"], may["thin"]) == (None, "no answers", 0, False)


def test_of_a_scope_by_its_name(program, book):  # noqa: F811
    june = {"period": "month", "from": JUNE, "kpi": "revenue.mrr"}
    for scope, key in SCOPES.items():
        row = only(program, scope=scope, scope_key=key, **june)
        assert (row["scope"], row["scope_key"], row["value"]) == (scope, key, "100.5")
        assert [row["scope_key"] for row in pull(program, scope=scope, **june)] == [key]


def test_targets_stand_beside_the_periods_they_are_for(program, book):  # noqa: F811
    items = [
        TargetItem(kpi="revenue.mrr", start=date(2025, 4, 1), value=Decimal("175.25")),
        TargetItem(kpi="revenue.mrr", start=date(2025, 6, 1), value=Decimal(200)),
        TargetItem(kpi="revenue.mrr", start=date(2025, 6, 1), value=Decimal(90), scope="team", scope_key="North"),
    ]
    assert not any(each.reason for each in set_targets(Names(book), items, NOW))
    rows = pull(program, kpi="revenue.mrr", scope="workspace", period="month", **{"from": "2025-03-01"})
    found = {row["start"][5:7]: row["target"] for row in rows}
    assert found == {"03": None, "04": "175.25", "05": "175.25", "06": "200"}
    assert only(program, kpi="revenue.mrr", scope="team", period="month", **{"from": JUNE})["target"] == "90"


def test_pages_lead_through_all_of_it_and_once(program, book):  # noqa: F811
    headers, url, seen = {"authorization": f"Bearer {program.secret}"}, "/api/v1/kpis?limit=500", []
    while url:
        answer = program.client.get(url, headers=headers).json()
        seen += [
            tuple(row[name] for name in ("kpi", "scope", "scope_key", "period", "start")) for row in answer["results"]
        ]
        url = answer["next"]
    # As many days of an earlier period are there to be compared with, and no rows of their own.
    told = KpiSnapshot.objects.of(book).exclude(is_whole=False, until__lt=date(2025, 6, 30)).count()
    assert len(seen) == len(set(seen)) == told > 5_000


def test_what_is_counted_anew_comes_again(program, book, monkeypatch):  # noqa: F811
    [before] = {row["computed_at"] for row in pull(program, kpi="revenue.mrr", limit=500)}
    tell(book, "subscriptions", {"account": "three", **term(starts=200, ends=20, amount=7)[1]}, at=ago(0))
    monkeypatch.setattr(timezone, "now", lambda: ago(0, 23))
    night(book, day(1))
    night(book, day(0))
    assert kpis.count(book)
    monkeypatch.undo()
    rows = pull(program, kpi="revenue.mrr", scope="workspace", period="month", updated_since=before.replace("+", "%2B"))
    fresh = {row["start"]: row for row in rows if row["computed_at"] > before}
    assert fresh[MAY]["value"] == "107.5"
    assert fresh[MAY]["restated_at"] == fresh[MAY]["computed_at"]


def test_few_queries_however_many_rows(program, book, django_assert_max_num_queries):  # noqa: F811
    with django_assert_max_num_queries(12):
        assert len(pull(program, limit=500)) == 500


WRONG = [
    ("kpi", {"kpi": "revenue.nothing"}, "is no KPI"),
    ("scope", {"scope": "region"}, "must be one of: workspace, team, csm, segment"),
    ("scope_key", {"scope_key": "North"}, "needs a scope"),
    ("scope_key", {"scope": "team", "scope_key": "West"}, "is the name of no team"),
    ("scope_key", {"scope": "csm", "scope_key": "mallory@evil.example"}, "is the name of no csm"),
    ("scope_key", {"scope": "segment", "scope_key": "a\0b"}, "is the name of no segment"),
    ("scope_key", {"scope": "workspace", "scope_key": "Acme"}, "is the name of no workspace"),
    ("period", {"period": "day"}, "must be one of: week, month, quarter, year"),
    ("from", {"from": "2025-02-30"}, "must be a day"),
    ("to", {"to": "soon"}, "must be a day"),
    ("updated_since", {"updated_since": "soon"}, "must be a time"),
    ("cursor", {"cursor": "x"}, "is none of ours"),
    ("limit", {"limit": "501"}, "from 1 to 500"),
]


@pytest.mark.parametrize(("field", "asked", "reason"), WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_what_is_asked_wrongly(program, field, asked, reason):  # noqa: F811
    headers = {"authorization": f"Bearer {program.secret}"}
    error = error_of(program.client.get("/api/v1/kpis", asked, headers=headers), 400)
    assert error["field"] == field
    assert reason in error["reason"]


def test_before_the_first_night_there_is_nothing(program, acme):  # noqa: F811
    assert pull(program) == []


def test_another_workspace_is_not_told(stranger, book):  # noqa: F811
    assert pull(stranger) == []
    headers = {"authorization": f"Bearer {stranger.secret}"}
    asked = {"scope": "team", "scope_key": "North"}
    assert error_of(stranger.client.get("/api/v1/kpis", asked, headers=headers), 400)["value"] == "North"


COLUMNS = ("name", "unit", "value", "n", "part", "whole", "low", "high", "reason")


def test_the_command_prints_the_same(program, book, monkeypatch):  # noqa: F811
    monkeypatch.setattr(timezone, "now", lambda: ago(0))
    for period in ("month", "quarter", "week", "year"):
        for scope, name in ({"workspace": ""} | SCOPES).items():
            printed = print_out(period, scope, name)
            named = {"scope": scope, "scope_key": name, "period": period}
            rows = pull(program, limit=500, **named, **{"from": printed["start"]})
            assert {row["until"] for row in rows} == {printed["until"]}
            pulled = {row["kpi"]: {column: row[column] for column in COLUMNS} for row in rows}
            expected = {row["kpi"]: {column: row[column] for column in COLUMNS} for row in printed["kpis"]}
            assert pulled == {key: expected[key] for key in pulled}
            assert len(pulled) > 5
            if scope == "workspace":
                assert pulled.keys() == KPIS.keys()


def print_out(period, scope, name):
    out, options = StringIO(), [f"--{scope}", name] if name else []
    call_command("kpis", "acme", "--period", period, "--format", "json", *options, stdout=out)
    return json.loads(out.getvalue())
