"""Who sees which book, and what the filters leave of it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Workspace
from dashboards.panels.columns import COLUMNS, USUAL
from dashboards.panels.coverage import coverage_of, use_of, use_words, words_of
from dashboards.panels.filters import LITTLE, Filters
from dashboards.panels.portfolio import Portfolio, default_filters, portfolio_of
from metrics.explain import ends
from metrics.models import Standing
from metrics.models.snapshot import UNIT
from tests.dashboards.conftest import Book, account, pays, sign_in

URL = "/w/acme/portfolio"


def names(member: Membership, query: str = "") -> list[str]:
    """The names on the page, in order."""
    response = sign_in(member).get(f"{URL}?{query}")
    assert response.status_code == 200
    return [row.name for row in response.context["panel"].rows]


def panel(member: Membership, now: datetime, **changes: object) -> Portfolio:
    return portfolio_of(member, default_filters(member).but(**changes), now)


def test_a_csm_begins_with_the_own_book_the_worst_first(book: Book, at_noon: datetime) -> None:
    assert names(book.cast.alice) == ["Nordlys Freight", "Sable Hotels"]


def test_others_begin_with_all_customers(book: Book, at_noon: datetime) -> None:
    for member in (book.cast.bob, book.cast.carol, book.cast.victor):
        assert set(names(member)) == {"Nordlys Freight", "Sable Hotels", "Vela Insurance"}


def test_who_only_buys_has_no_terms(book: Book, at_noon: datetime) -> None:
    book.cast.acme.kind = Workspace.Kind.PURCHASES
    book.cast.acme.save()
    response = sign_in(book.cast.alice).get(URL)
    shown = response.context["panel"]
    assert [column.key for column in shown.columns][1:] == ["health", "change", "line", "drivers", "stage", "touch"]
    assert not any(chip.label == "Renews in 90 d" for chip in shown.chips)
    page = response.content.decode()
    assert " MRR" not in page.split('id="head"')[1].split("</h1>")[1].split("</p>")[0]
    assert "MRR</p>" not in page
    assert "Renewing in 90 days" not in page
    asked = sign_in(book.cast.alice).get(f"{URL}?show=renewing").context["panel"]
    assert [chip.label for chip in asked.chips if chip.here] == ["Renews in 90 d"]
    for columns in (",".join(USUAL), "health,mrr"):
        chosen = sign_in(book.cast.alice).get(f"{URL}?columns={columns}").context["panel"]
        assert ",".join(column.key for column in chosen.columns[1:]) == columns


def test_a_stranger_finds_nothing(book: Book, at_noon: datetime) -> None:
    assert sign_in(book.cast.mallory).get(URL).status_code == 404


def test_who_left_the_workspace_finds_nothing(book: Book, at_noon: datetime) -> None:
    Membership.unscoped.filter(pk=book.cast.alice.pk).update(ended_at=at_noon)
    assert sign_in(book.cast.alice).get(URL).status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("show=poor", ["Nordlys Freight"]),
        ("show=healthy", ["Sable Hotels"]),
        ("show=poor&show=healthy", ["Nordlys Freight", "Sable Hotels"]),
        ("show=dropped", ["Nordlys Freight"]),
        ("show=renewing", ["Sable Hotels"]),
        ("show=overdue", ["Nordlys Freight"]),
        ("show=untouched", ["Nordlys Freight"]),
        ("show=healthy&show=overdue", []),
        ("csm=all&segment=SMB&sort=name", ["Nordlys Freight", "Vela Insurance"]),
        ("csm=none", ["Vela Insurance"]),
        ("q=SABLE", ["Sable Hotels"]),
        ("q=%25", []),
        ("sort=mrr", ["Sable Hotels", "Nordlys Freight"]),
        ("sort=-name", ["Sable Hotels", "Nordlys Freight"]),
    ],
)
def test_filters(book: Book, at_noon: datetime, query: str, expected: list[str]) -> None:
    assert names(book.cast.alice, query) == expected


def test_stage_and_team_are_filters(book: Book, at_noon: datetime) -> None:
    assert names(book.cast.alice, f"stage={book.sable.stage_id}") == ["Sable Hotels"]
    assert names(book.cast.alice, f"team={book.cast.south.pk}") == []


def test_the_lights_count_accounts_money_and_the_week(book: Book, at_noon: datetime) -> None:
    lights = {light.band: light for light in panel(book.cast.alice, at_noon).lights}
    assert (lights["red"].accounts, lights["green"].accounts) == (1, 1)
    assert lights["red"].mrr.value == Decimal(1500)
    assert lights["red"].share == Decimal("0.5")
    assert lights["red"].change == 1
    assert sum(light.change for light in lights.values()) == 0


def test_renewals_of_ninety_days_by_band(book: Book, at_noon: datetime) -> None:
    renewals = panel(book.cast.alice, at_noon).renewals
    assert (renewals.accounts, renewals.mrr.value, renewals.red.value) == (1, Decimal(900), Decimal(0))
    assert renewals.parts == (("green", Decimal(900)),)


def test_chips_do_not_move_the_lights(book: Book, at_noon: datetime) -> None:
    assert panel(book.cast.alice, at_noon, show=("poor",)).lights == panel(book.cast.alice, at_noon).lights


def test_a_row_says_what_drives_the_score(book: Book, at_noon: datetime) -> None:
    row = panel(book.cast.alice, at_noon).rows[0]
    standing = Standing.objects.of(book.cast.acme).get(account_id=book.nordlys.pk)
    assert row.score == Decimal(standing.score_units) / UNIT
    assert row.change is not None and row.change < -5
    assert [point is None for point in row.line[-10:]] == [True] + [False] * 9
    assert row.drivers


def test_every_column_has_a_head_and_a_cell(book: Book, at_noon: datetime) -> None:
    page = sign_in(book.cast.alice).get(f"{URL}?columns={','.join(COLUMNS)}").content.decode()
    for key in COLUMNS:
        assert len(re.findall(rf'<t[hd][^>]* ?class="c-{key}"', page)) == 3, key
    assert "<code>nordlys</code>" in page


def test_what_a_score_rests_on_is_told_as_on_the_account(book: Book, at_noon: datetime) -> None:
    """Vela was never used, Sable fell silent, of Nordlys little is known: each looks different, and can be picked."""
    acme, alice, carol = book.cast.acme, book.cast.alice, book.cast.carol
    rows = {row.account_id: row for row in Standing.objects.of(acme)}
    for of in (book.nordlys, book.sable, book.vela):
        row, day = rows[of.pk], ends(of, [rows[of.pk].day])[0]
        known = words_of(row.measures_known, row.measures_asked, None, row.unknown)
        assert use_words(row.days_unused, row.never_used) == use_of(day)
        assert coverage_of(of, day, row.day).words.split("; ")[0] == known.split("; ")[0]
    assert [row.never_used for row in rows.values()].count(True) == 1
    Standing.objects.of(acme).filter(account_id=book.sable.pk).update(days_unused=40)
    Standing.objects.of(acme).filter(account_id=book.nordlys.pk).update(coverage=LITTLE - 1)
    found = {row.name: row.doubt for row in panel(carol, at_noon).rows}
    assert found == {"Vela Insurance": "never", "Sable Hotels": "silent", "Nordlys Freight": "little"}
    for show, name in (("never-used", "Vela"), ("silent", "Sable"), ("little-known", "Nordlys Vela")):
        assert [each.split()[0] for each in names(carol, f"show={show}")] == name.split()
    page = sign_in(alice).get(URL).content.decode()
    assert re.search(r'class="doubt" title="silent for 40 d; from \d+ of \d+ measures', page)
    assert "Never used" not in page and re.search(r'Silent <span class="muted">1<', page)


@pytest.mark.parametrize(
    "sort", ["since", "-since", "coverage", "-coverage", "overdue", "-overdue", "use", "-use", "-against"]
)
def test_other_columns_sort_as_well(book: Book, at_noon: datetime, sort: str) -> None:
    assert sorted(names(book.cast.alice, f"sort={sort}")) == ["Nordlys Freight", "Sable Hotels"]
    assert names(book.cast.alice, "sort=-overdue")[0] == "Nordlys Freight"


def test_the_number_of_queries_does_not_grow_with_the_rows(book: Book, at_noon: datetime) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        panel(book.cast.carol, at_noon)
    template = Standing.objects.of(book.cast.acme).get(account_id=book.sable.pk)
    for n in range(60):
        template.account_id = account(book.cast.acme, f"more-{n}", name=f"More {n}").pk
        template.save(force_insert=True)
    with CaptureQueriesContext(connection) as many:
        found = panel(book.cast.carol, at_noon)
    assert len(found.rows) == 50
    assert found.pager.total == 63
    assert len(many) == len(few) == 4


def test_what_is_chosen_is_looked_up_and_what_is_not_is_not(
    book: Book, at_noon: datetime, django_assert_num_queries
) -> None:
    with django_assert_num_queries(4):
        panel(book.cast.alice, at_noon)
    with django_assert_num_queries(5):
        assert panel(book.cast.alice, at_noon, show=("poor",)).pager.total == 1
    with django_assert_num_queries(8):
        chosen = panel(book.cast.alice, at_noon, csm=str(book.cast.bob.pk), segment="SMB")
    assert chosen.title == "Portfolio of Bob"
    assert [chip.label for chip in chosen.chips if chip.closes] == ["CSM: Bob", "Segment: SMB"]


def test_the_drawer_opens_in_its_place_or_as_a_page(book: Book, at_noon: datetime) -> None:
    browser = sign_in(book.cast.alice)
    url = f"{URL}/filters?segment=SMB&show=poor&q=nord&page=3"
    assert f'href="{URL}/filters?segment=SMB"' in browser.get(f"{URL}?segment=SMB").content.decode()
    page = browser.get(url)
    assert "<html" in page.content.decode()
    assert page.context["panel"].back == f"{URL}?segment=SMB&q=nord&page=3&show=poor"
    part = browser.get(url, headers={"HX-Request": "true", "HX-Target": "filter"}).content.decode()
    assert "<html" not in part
    for said in (page.content.decode(), part):
        assert f'action="{URL}"' in said
        assert f'<option value="{book.cast.alice.pk}" selected>Alice</option>' in said
        assert '<option value="SMB" selected>SMB</option>' in said
        assert '<input type="hidden" name="show" value="poor">' in said
        assert '<input type="hidden" name="q" value="nord">' in said
        assert 'name="page"' not in said
    assert browser.get(f"{URL}/filters?sort=size").status_code == 400


def test_a_page_of_fifty_stays_below_a_hundred_kilobytes(book: Book, at_noon: datetime) -> None:
    template = Standing.objects.of(book.cast.acme).get(account_id=book.sable.pk)
    template.line = [(n * 37 % 100) * UNIT for n in range(90)]
    for n in range(60):
        template.account_id = account(book.cast.acme, f"more-{n}", name=f"Another Company {n}").pk
        template.save(force_insert=True)
    response = sign_in(book.cast.carol).get(URL)
    assert len(response.context["panel"].rows) == 50
    assert len(response.content) < 100_000


def test_htmx_gets_the_list_and_the_address_to_keep(book: Book, at_noon: datetime) -> None:
    browser = sign_in(book.cast.alice)
    headers = {"HX-Request": "true", "HX-Target": "list"}
    response = browser.get(f"{URL}?q=&show=poor&page=1", headers=headers)
    assert response["HX-Push-Url"] == f"{URL}?show=poor"
    assert "HX-Request" in response["Vary"]
    assert b"<title>My portfolio" in response.content
    assert b"hx-swap-oob" in response.content
    assert b"Nordlys Freight" in response.content
    assert b"<html" not in response.content


def test_nonsense_in_the_address_is_a_bad_request(book: Book, at_noon: datetime) -> None:
    response = sign_in(book.cast.alice).get(f"{URL}?sort=size")
    assert response.status_code == 400
    assert "“size”" in response.content.decode()


def test_a_name_cannot_break_the_page(book: Book, at_noon: datetime) -> None:
    account(book.cast.acme, "sable", name="<script>alert(1)</script>")
    page = sign_in(book.cast.alice).get(f"{URL}?q=<script>").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_an_empty_book_says_what_to_do(book: Book, at_noon: datetime) -> None:
    Standing.objects.of(book.cast.acme).delete()
    assert b"See all accounts" in sign_in(book.cast.alice).get(URL).content
    assert b"Open Sources" in sign_in(book.cast.carol).get(URL).content
    assert Filters() != default_filters(book.cast.alice)


def test_a_book_of_another_has_that_name(book: Book, at_noon: datetime) -> None:
    pays(book.cast.acme, "vela", 100, "2026-12-31")
    title = panel(book.cast.bob, at_noon + timedelta(days=0), csm=str(book.cast.alice.pk)).title
    assert title == "Portfolio of Alice"


def test_an_amount_without_a_rate_is_no_number_and_said(book: Book, at_noon: datetime) -> None:
    """A missing exchange rate leaves the account's MRR empty; the sum says what it leaves out."""
    Standing.objects.of(book.cast.acme).filter(account=book.nordlys).update(mrr_units=None)
    client = sign_in(book.cast.alice)
    page = client.get(URL)
    assert "without 1 account whose currency has no rate" in page.content.decode()
    assert page.context["panel"].mrr.value == 900
    assert [row.mrr.value for row in page.context["panel"].rows] == [None, 900]
    assert client.get("/w/acme/accounts").status_code == 200
    assert client.get(f"/w/acme/accounts/{book.nordlys.pk}").status_code == 200


def test_without_a_week_of_nights_no_change_is_told(book: Book, at_noon: datetime) -> None:
    Standing.objects.of(book.cast.acme).update(band_before=None)
    page = sign_in(book.cast.alice).get(URL)
    assert {light.change for light in page.context["panel"].lights} == {None}
    assert "this week" not in page.content.decode()
