"""The journey map as it is sent."""

from __future__ import annotations

import csv
import re

import pytest

from accounts.models import Workspace
from dashboards.panels.definitions import anchors
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


def test_every_number_leads_to_what_it_means(counted_book: Book, at_noon):
    for path in ("journey", "journey/accounts"):
        page = sign_in(counted_book.cast.carol).get(f"/w/acme/{path}").content.decode()
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
    for path in ("journey", "journey/accounts", "journey/accounts.csv", "journey/map.csv"):
        assert sign_in(book.cast.alice).get(f"/w/acme/{path}?scope=all").status_code == 403
        assert sign_in(book.cast.alice).get(f"/w/acme/{path}?scope=csm:{book.cast.alice.pk}").status_code == 200
        assert sign_in(book.cast.mallory).get(f"/w/acme/{path}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        *(
            "period=day",
            "day=yesterday",
            "day=2099-01-01",
            "day=2025-02-30",
            "scope=team:0",
            "scope=x%00",
            "stage=x",
            "segment=None",
        ),
        *(
            "stage=%C2%B2",
            "stage=99999999999999999999",
            "show=blue",
            "stuck=2",
            "page=0",
            "page=-1",
            "page=00000000199999999999999999999",
            "day=%00",
        ),
    ],
)
def test_what_the_page_does_not_know_is_refused(cast: Cast, query):
    for path in ("journey", "journey/accounts", "journey/accounts.csv", "journey/moves.xlsx"):
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


def test_who_buys_has_no_mrr(book: Book, at_noon):
    put(book.cast.acme, "fresh", "Adoption", 20, mrr=0)
    Workspace.objects.filter(pk=book.cast.acme.pk).update(kind=Workspace.Kind.PURCHASES)
    carol = sign_in(book.cast.carol)
    pages = [carol.get(f"/w/acme/journey{path}?period=year") for path in ("", "/accounts")]
    files = [carol.get(f"/w/acme/journey/{name}.csv?period=year") for name in ("map", "moves", "accounts")]
    for response in (*pages, *files):
        assert response.status_code == 200
        assert "MRR" not in response.content.decode()


def sheet(client, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(client.get(f"/w/acme/journey/{path}").content.decode().splitlines()))


def test_every_table_as_a_file(book: Book, at_noon):
    put(book.cast.acme, "fresh", "Adoption", 20, mrr=70)
    carol = sign_in(book.cast.carol)
    rows = sheet(carol, "map.csv?period=year")
    adoption = next(row for row in rows if (row["Stage"], row["Health"]) == ("Adoption", "all"))
    assert (adoption["Accounts"], adoption["MRR"], adoption["Came"]) == ("2", "1570", "1")
    assert {row["Stage"] for row in rows} == {"Adoption", "Growth", "No stage"}
    moves = sheet(carol, "moves.csv?period=year")
    assert [(row["From"], row["To"], row["MRR"]) for row in moves] == [("New", "Adoption", "70")]
    pulls = sheet(carol, "pulls.csv")
    assert {row["Stage"] for row in pulls if float(row["Points"]) < -5} >= {"Adoption"}
    page = carol.get("/w/acme/journey?period=year").content.decode()
    for name in ("map", "moves", "pulls"):
        for form in ("csv", "xlsx"):
            assert f'href="/w/acme/journey/{name}.{form}?period=year"' in page
    assert carol.get("/w/acme/journey/map.pdf").status_code == 404
    assert carol.get("/w/acme/journey/csms.csv").status_code == 404


def test_a_segment_of_a_book(counted_book: Book, at_noon):
    mine = f"scope=csm:{counted_book.cast.alice.pk}&segment=SMB&period=month"
    for client in (sign_in(counted_book.cast.carol), sign_in(counted_book.cast.alice)):
        assert [row["Stage"] for row in sheet(client, f"map.csv?{mine}") if row["Health"] == "all"] == ["Adoption"]
        page = client.get(f"/w/acme/journey?{mine}").content.decode()
        assert "1 account" in page
        assert '<option value="SMB" selected' in page
        assert "kpis/revenue.nrr?" in page and "segment=SMB" in page
    names = [row["Account"] for row in sheet(sign_in(counted_book.cast.carol), "accounts.csv?scope=all&segment=SMB")]
    assert sorted(names) == ["Nordlys Freight", "Vela Insurance"]
