"""`manage.py kpis`: the same answers as the pages', as a table, CSV or JSON; what is asked wrongly is said."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from metrics.registry import KPIS
from tests.cast import account
from tests.kept import kept
from tests.metrics.cases import DAY, term, told

pytestmark = pytest.mark.django_db


def run(*args):
    out = StringIO()
    call_command("kpis", *args, stdout=out)
    return out.getvalue()


def kpis(*args):
    """KPI's key → its row."""
    found = json.loads(run(*args, "--at", str(DAY), "--format", "json"))
    return {row["kpi"]: row for row in found["kpis"]}


@kept
def book(acme, alice):
    told(acme, {"one": [term(amount="100.50")], "two": [term(amount=50, starts=9)], "three": [term(ends=9)]})
    account(acme, "one", owner=alice.user.email, team="North", segment="Large")
    return acme


def test_every_kpi_once(book):
    found = kpis("acme")
    assert found.keys() == KPIS.keys()
    assert found["revenue.mrr"] | {"name": ""} == {
        "kpi": "revenue.mrr",
        "name": "",
        "unit": "money",
        "value": "150.5",
        "n": 2,
        "part": "150.5",
        "whole": "2",
        "low": None,
        "high": None,
        "reason": "",
    }
    assert (found["retention.customer_churn_rate"]["value"], found["retention.customer_churn_rate"]["n"]) == ("0.5", 2)
    assert (found["satisfaction.nps"]["value"], found["satisfaction.nps"]["reason"]) == (None, "no answers")


@pytest.mark.parametrize("scope", [("--csm", "Alice@acme.example"), ("--team", "North"), ("--segment", "Large")])
def test_of_a_scope(book, scope):
    assert kpis("acme", *scope)["revenue.mrr"]["value"] == "100.5"


def test_of_a_period(book):
    assert kpis("acme", "--period", "week")["revenue.new"]["value"] == "0"
    assert kpis("acme", "--period", "quarter")["revenue.new"]["value"] == "50"


def test_a_table_and_csv(book):
    table = run("acme", "--at", str(DAY)).splitlines()
    assert table[0] == "2025-06-01 – 2025-06-30"
    assert ["revenue.mrr", "150.5", "money", "2"] in [line.split() for line in table]
    (row,) = [
        r
        for r in csv.DictReader(StringIO(run("acme", "--at", str(DAY), "--format", "csv")))
        if r["kpi"] == "revenue.mrr"
    ]
    assert (row["start"], row["until"], row["value"], row["n"]) == ("2025-06-01", "2025-07-01", "150.5", "2")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("nowhere",), "There is no workspace “nowhere”."),
        (("acme", "--at", "2999-01-01"), "2999-01-01 has not ended"),
        (("acme", "--team", "West"), "There is no Team “West”."),
        (("acme", "--csm", "mallory@evil.example"), "There is no CSM “mallory@evil.example”."),
    ],
)
def test_what_is_asked_wrongly_is_said(cast, args, said):
    with pytest.raises(CommandError, match=said):
        run(*args)
