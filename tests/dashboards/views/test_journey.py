"""The journey map as it is sent."""

from __future__ import annotations

import csv
import re

import pytest

from dashboards.panels.definitions import anchors
from metrics.nightly import kpis
from tests.cast import Cast
from tests.dashboards.conftest import Book, sign_in
from tests.metrics.placed import put

pytestmark = pytest.mark.django_db


def test_an_empty_page_says_why(cast: Cast):
    page = sign_in(cast.victor).get("/w/acme/journey").content.decode()
    assert "No accounts on the map yet" in page
    assert "/w/acme/runs" in page


def test_the_map_of_a_book(book: Book, at_noon):
    """Nothing is made up: nights score, the page reads."""
    page = sign_in(book.cast.carol).get("/w/acme/journey").content.decode()
    for text in ("3 accounts", "€1,500 MRR", "Stuck longest", "What pulls down most", "Journey map"):
        assert text in page
    assert "Quanta" not in sign_in(book.cast.carol).get("/w/acme/journey/accounts").content.decode()
    mine = sign_in(book.cast.alice).get("/w/acme/journey/accounts").content.decode()
    assert "Nordlys Freight" in mine
    assert "Vela" not in mine


def test_every_number_leads_to_what_it_means(book: Book, at_noon):
    assert kpis.count(book.cast.acme)
    for path in ("journey", "journey/accounts"):
        page = sign_in(book.cast.carol).get(f"/w/acme/{path}").content.decode()
        named = set(re.findall(r"/w/acme/definitions#([^\"]+)", page))
        assert "kpi-revenue.mrr" in named
        assert named <= anchors()
        if path == "journey":
            assert {"kpi-retention.renewal", "measure-usage.active_seats", "score-band"} <= named
            assert "/w/acme/kpis/retention.renewal?period=quarter" in page


def test_as_of_a_day_without_scores(book: Book, at_noon):
    page = sign_in(book.cast.carol).get("/w/acme/journey?day=2025-06-01").content.decode()
    assert "No scores of that day" in page
    assert "Jun 22" in page
    listed = sign_in(book.cast.carol).get("/w/acme/journey/accounts?day=2025-06-01").content.decode()
    assert "No account is here" in listed


def test_a_csm_may_not_ask_for_others_and_a_stranger_finds_nothing(book: Book):
    for path in ("journey", "journey/accounts", "journey/accounts.csv"):
        assert sign_in(book.cast.alice).get(f"/w/acme/{path}?scope=all").status_code == 403
        assert sign_in(book.cast.alice).get(f"/w/acme/{path}?scope=csm:{book.cast.alice.pk}").status_code == 200
        assert sign_in(book.cast.mallory).get(f"/w/acme/{path}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        *("period=day", "day=yesterday", "day=2099-01-01", "day=2025-02-30", "scope=team:0", "scope=x%00", "stage=x"),
        *("stage=%C2%B2", "stage=99999999999999999999", "show=blue", "stuck=2", "page=0", "page=-1", "day=%00"),
    ],
)
def test_what_the_page_does_not_know_is_refused(cast: Cast, query):
    for path in ("journey", "journey/accounts", "journey/accounts.csv"):
        response = sign_in(cast.carol).get(f"/w/acme/{path}?{query}")
        assert response.status_code == 400
        assert query.partition("=")[0] in response.content.decode()


def test_a_stage_that_is_not_there_is_refused(cast: Cast):
    for path in ("journey/accounts", "journey/accounts.csv"):
        assert sign_in(cast.carol).get(f"/w/acme/{path}?stage=12345678").status_code == 400


def test_the_address_holds_all_that_was_chosen(book: Book):
    url = f"/w/acme/journey?period=month&day=2025-06-25&scope=team:{book.cast.north.pk}"
    response = sign_in(book.cast.carol).get(url, headers={"HX-Request": "true", "HX-Target": "journey"})
    assert "<html" not in response.content.decode()
    assert response["HX-Push-Url"] == f"/w/acme/journey?period=month&day=2025-06-25&scope=team%3A{book.cast.north.pk}"


def test_the_accounts_as_a_file_without_formulas(book: Book, at_noon):
    account = put(book.cast.acme, "sum", "Onboarding", 70, mrr=15, owner="alice@acme.example")
    type(account).objects.of(book.cast.acme).filter(pk=account.pk).update(name="=SUM(A1)")
    response = sign_in(book.cast.carol).get("/w/acme/journey/accounts.csv?stuck=1")
    assert response["Content-Disposition"] == 'attachment; filename="journey.csv"'
    rows = list(csv.DictReader(response.content.decode().splitlines()))
    row = next(row for row in rows if row["Id"] == "sum")
    assert row == {
        "Account": "'=SUM(A1)", "Id": "sum", "CSM": "Alice", "Stage": "Onboarding", "Health": "Healthy", "Score": "80",
        "MRR": "15", "Days in the stage": "70", "Days it may stay": "60", "Stuck": "yes",
    }  # fmt: skip
