"""The lists of accounts as files: the rows that the page's filters leave."""

from __future__ import annotations

import csv

import pytest

from accounts.models import Workspace
from dashboards.panels.filters import Filters
from dashboards.panels.sheets import accounts_sheet, portfolio_sheet
from tests.dashboards.conftest import NOW, Book, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def rows(book: Book, address: str) -> list[dict[str, str]]:
    response = sign_in(book.cast.carol).get(f"/w/acme/{address}")
    assert response.status_code == 200
    return list(csv.DictReader(response.content.decode().splitlines()))


def test_the_portfolio(book: Book):
    vela, sable, nordlys = rows(book, "portfolio.csv?sort=mrr&csm=all")
    assert [row["Account"] for row in (nordlys, sable, vela)] == ["Nordlys Freight", "Sable Hotels", "Vela Insurance"]
    assert (nordlys["Id"], nordlys["Segment"], nordlys["CSM"], nordlys["MRR"]) == ("nordlys", "SMB", "Alice", "1500")
    assert (nordlys["Renews"], sable["Last touch"], vela["CSM"]) == ("2026-01-01", "2025-06-28", "")
    assert nordlys["Health"] == "Poor"


def test_the_portfolio_as_it_is_filtered(book: Book):
    assert [row["Id"] for row in rows(book, "portfolio.csv?show=poor")] == ["nordlys"]
    mine = sign_in(book.cast.alice).get("/w/acme/portfolio.csv").content.decode()
    assert "Vela" not in mine
    assert sign_in(book.cast.alice).get("/w/acme/portfolio.csv?sort=luck").status_code == 400


def test_the_columns_that_are_chosen(book: Book):
    [nordlys] = rows(book, "portfolio.csv?show=poor&columns=overdue,line,health,id,coverage,since")
    assert list(nordlys) == [
        *("Id", "Account", "Days overdue", "Health", "Score"),
        *("Coverage", "Unknown", "Measures with data", "Measures", "In band since"),
    ]
    assert (nordlys["Id"], nordlys["Days overdue"], nordlys["Health"]) == ("nordlys", "41", "Poor")
    assert "columns=" in sign_in(book.cast.carol).get("/w/acme/portfolio?columns=mrr").context["panel"].files[0].url


def test_all_accounts(book: Book):
    found = rows(book, "accounts.csv")
    assert [(row["Id"], row["Customer or trial"]) for row in found] == [
        ("nordlys", "yes"), ("quanta", "no"), ("sable", "yes"), ("vela", "yes"),
    ]  # fmt: skip
    assert [row["Id"] for row in rows(book, "accounts.csv?q=hotel")] == ["sable"]


def test_who_only_buys_has_no_mrr(book: Book):
    def whole() -> str:
        return sign_in(book.cast.carol).get("/w/acme/accounts").content.decode()

    assert "MRR" in whole()
    book.cast.acme.kind = Workspace.Kind.PURCHASES
    book.cast.acme.save()
    assert "MRR" not in whole()
    for address in ("accounts.csv", "portfolio.csv"):
        row = rows(book, address)[0]
        assert not {"MRR", "Renews"} & set(row) and None not in row
    assert rows(book, "accounts.csv")[0]["Customer or trial"] == "yes"


def test_one_query_however_many_accounts(book: Book, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert len(list(portfolio_sheet(book.cast.carol, Filters(), NOW).rows)) == 3
    with django_assert_num_queries(1):
        assert len(list(accounts_sheet(book.cast.carol, "", None).rows)) == 4


@pytest.mark.parametrize(
    ("page", "files"), [("portfolio?show=poor", "portfolio.xlsx?show=poor"), ("accounts", "accounts.csv")]
)
def test_the_page_leads_there(book: Book, page, files):
    assert f'href="/w/acme/{files}"' in sign_in(book.cast.carol).get(f"/w/acme/{page}").content.decode()
