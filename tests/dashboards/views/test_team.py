"""The team page as it is sent."""

from __future__ import annotations

import csv
import re

import pytest

from dashboards.export import FORMS
from dashboards.panels.team.page import TABLES
from tests.cast import Cast
from tests.dashboards.conftest import Book, sign_in
from tests.dashboards.panels.team.counted import counted, csm, history, month

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("url", ["/w/acme/team", "/w/acme/kpis"])
def test_an_empty_page_says_why(cast: Cast, url):
    page = sign_in(cast.victor).get(url).content.decode()
    assert "No numbers yet" in page
    assert "/w/acme/runs" in page


def test_after_a_night_the_numbers_stand_there(counted_book: Book):
    """Nothing is made up: the night counts, the page reads."""
    page = sign_in(counted_book.cast.carol).get("/w/acme/team").content.decode()
    assert "June 2025 against May 2025" in page
    assert "€2,500" in page
    assert "−80" not in page
    for path in ("team", "kpis"):
        mine = sign_in(counted_book.cast.alice).get(f"/w/acme/{path}").content.decode()
        assert "€2,400" in mine
        assert "€2,500" not in mine


def test_a_csm_may_not_ask_for_others(cast: Cast):
    history(cast.acme)
    assert sign_in(cast.alice).get("/w/acme/team?scope=all").status_code == 403
    assert sign_in(cast.alice).get("/w/acme/kpis?scope=all").status_code == 403
    assert sign_in(cast.alice).get(f"/w/acme/team?scope=csm:{cast.alice.pk}").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["period=day", "start=yesterday", "start=1999-01-01", "against=all", "sort=luck", "scope=team:1", "scope=x%00"],
)
def test_what_the_page_does_not_know_is_refused(cast: Cast, query):
    history(cast.acme)
    response = sign_in(cast.carol).get(f"/w/acme/team?{query}")
    assert response.status_code == 400
    assert query.partition("=")[0] in response.content.decode()


def test_the_address_holds_all_that_was_chosen(cast: Cast):
    history(cast.acme)
    url = f"/w/acme/team?period=month&start=2025-05-01&against=year&scope=team:{cast.north.pk}&sort=-nps"
    response = sign_in(cast.carol).get(url, headers={"HX-Request": "true", "HX-Target": "team"})
    assert "<html" not in response.content.decode()
    assert (
        response["HX-Push-Url"] == f"/w/acme/team?start=2025-05-01&against=year&scope=team%3A{cast.north.pk}&sort=-nps"
    )
    assert f'href="/w/acme/kpis?{response["HX-Push-Url"].partition("?")[2].replace("&", "&amp;")}"' in (
        response.content.decode()
    )


def test_all_kpis_are_swapped_as_the_team_page_is(cast: Cast):
    history(cast.acme)
    headers = {"HX-Request": "true", "HX-Target": "team"}
    response = sign_in(cast.carol).get("/w/acme/kpis?start=2025-05-01&period=month", headers=headers)
    page = response.content.decode()
    assert response["HX-Push-Url"] == "/w/acme/kpis?start=2025-05-01"
    assert "<title>All KPIs, Acme" in page
    assert 'href="/w/acme/team?start=2025-05-01"' in page
    assert "<html" not in page


def test_sorted_columns_say_so(cast: Cast):
    history(cast.acme)
    counted(cast.acme, month(cast.acme), csm(cast.alice), revenue__mrr=1)
    page = sign_in(cast.carol).get("/w/acme/team?sort=mrr").content.decode()
    assert re.search(r'class="s-mrr"\s+scope="col"\s+aria-sort="ascending"', page)
    assert page.count("aria-sort") == 1


def test_the_csms_as_a_file(cast: Cast):
    history(cast.acme)
    cast.alice.user.name = "=HYPERLINK(1)"
    cast.alice.user.save()
    counted(
        cast.acme, month(cast.acme), csm(cast.alice), n=7, revenue__mrr="70.50", revenue__expansion=-3, effort__poor=2
    )
    response = sign_in(cast.carol).get("/w/acme/team/csms.csv?sort=name")
    assert response["Content-Disposition"] == 'attachment; filename="csms.csv"'
    head, line = csv.reader(response.content.decode().splitlines())
    row = dict(zip(head, line, strict=True))
    assert row["CSM"] == "'=HYPERLINK(1)"
    assert (row["Accounts"], row["Poor"], row["MRR"], row["MRR, n"], row["NPS"]) == ("2", "2", "70.5", "7", "")
    assert row["Expansion MRR"] == "-3"
    assert sign_in(cast.bob).get("/w/acme/team/csms.csv?sort=luck").status_code == 400


@pytest.mark.parametrize("name", ["csms.pdf", "sales.csv"])
def test_a_file_that_there_is_not(cast: Cast, name):
    history(cast.acme)
    assert sign_in(cast.carol).get(f"/w/acme/team/{name}").status_code == 404


def test_every_table_in_every_form(counted_book: Book):
    client = sign_in(counted_book.cast.carol)
    for table in TABLES:
        for form in FORMS:
            response = client.get(f"/w/acme/team/{table}.{form}?period=quarter")
            assert response.status_code == 200, table
            assert response["Content-Disposition"] == f'attachment; filename="{table}.{form}"'


def test_the_page_leads_to_every_table_that_has_rows(counted_book: Book):
    page = sign_in(counted_book.cast.carol).get("/w/acme/team?period=quarter").content.decode()
    for table in {*TABLES} - {"wins", "themes", "effort"}:
        for form in FORMS:
            assert f'href="/w/acme/team/{table}.{form}?period=quarter"' in page, table


def test_the_tables_of_a_csm_are_those_of_the_own_book(counted_book: Book):
    alice = sign_in(counted_book.cast.alice)
    rows = csv.DictReader(alice.get("/w/acme/team/kpis.csv").content.decode().splitlines())
    assert next(row["June 2025"] for row in rows if row["Key"] == "revenue.mrr") == "2400"
    for scope in ("all", f"csm:{counted_book.cast.bob.pk}"):
        assert alice.get(f"/w/acme/team/wins.csv?scope={scope}").status_code == 403


def test_a_segment_of_a_book_is_counted_from_the_facts(counted_book: Book):
    url = f"/w/acme/team?scope=csm:{counted_book.cast.alice.pk}&segment=SMB"
    page = sign_in(counted_book.cast.carol).get(url).content.decode()
    assert "Alice · SMB" in page
    assert "€1,500" in page
    assert "counted anew each time, as known at the end of Jun 30" in page
    for path in ("team", "journey", "kpis/revenue.mrr"):
        picked_later = sign_in(counted_book.cast.carol).get(f"/w/acme/{path}?scope=segment:SMB&segment=Enterprise")
        assert picked_later.status_code == 200
        assert "Enterprise ·" not in picked_later.content.decode()
    mine = sign_in(counted_book.cast.alice).get("/w/acme/team?segment=Enterprise").content.decode()
    assert "€900" in mine
    assert "€1,500" not in mine
