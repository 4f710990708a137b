"""People and plan: who was seen when and said what, goals with their reports, parents without circles."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.families import in_circles
from accounts.models import Account, AccountHistory, Workspace
from dashboards.panels.account_tables import Table
from dashboards.panels.people.page import PAGED, PeoplePage, people_page
from metrics.models import Standing
from tests.accounts.items import told
from tests.cast import Cast, account, record, tell
from tests.dashboards.by_hand import facts, filled
from tests.dashboards.conftest import NOW, TODAY, Book, pays, sign_in

FIRST = dict.fromkeys(PAGED, 1)


def page(book: Book, found: Account, **pages: int) -> PeoplePage:
    row = (
        Account.objects.of(book.cast.acme).select_related("workspace", "owner__user", "stage", "team").get(pk=found.pk)
    )
    return people_page(book.cast.alice, row, FIRST | pages, NOW)


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for _column, cell in row] for row in table.rows]


def people_of_sable(book: Book) -> None:
    acme = book.cast.acme
    tell(
        acme,
        "contacts",
        {"account": "sable", "id": "u", "name": "Uma", "email": "p1@sable.example"},
        {"account": "sable", "id": "c", "name": "Cleo", "email": "p0@sable.example", "part": "champion"},
        {"account": "sable", "id": "d", "name": "Dan", "part": "decision_maker", "left_on": "2025-06-01"},
        {"account": "sable", "id": "ours", "name": "Ours", "is_internal": True},
    )


def test_people_are_told_with_part_last_day_and_answers(book: Book, at_noon: datetime) -> None:
    people_of_sable(book)
    shown = page(book, book.sable).contacts
    assert texts(shown) == [
        ["Cleo", "Champion", "yesterday", "10 of 10", "–", "“Just works.”", ""],
        ["Uma", "User", "yesterday", "–", "–", "", ""],
        ["Dan", "Decision maker", "not in a year", "–", "–", "", ""],
    ]
    tags = [cell.tag for row in shown.rows for _column, cell in row if cell.tag]
    assert tags == ["left Jun 1"]
    assert (shown.pager.total, shown.add is not None) == (3, True)


def test_somebody_who_was_searched_for_is_in_view(book: Book, at_noon: datetime) -> None:
    many = [{"account": "sable", "id": f"m{n}", "name": f"Member {n:02}"} for n in range(60)]
    tell(book.cast.acme, "contacts", *many)
    browser = sign_in(book.cast.alice)
    [hit] = [each for each in browser.get("/w/acme/search?q=Member 59").context["panel"].people if "59" in each.name]
    path, _hash, anchor = hit.url.partition("#")
    shown = browser.get(path)
    assert f'<tr id="{anchor}">' in shown.content.decode()
    assert shown.context["panel"].contacts.pager.first == 41
    assert browser.get(f"{path}x").status_code == 400


def test_a_champion_that_left_is_red(book: Book, at_noon: datetime) -> None:
    [row] = page(book, book.nordlys).contacts.rows
    assert (row[1][1].tag, row[1][1].tag_band) == ("left Jun 25", "red")


def test_a_contact_is_corrected_in_two_clicks_and_one_is_back_where_one_was(book: Book, at_noon: datetime) -> None:
    people_of_sable(book)
    browser, here = sign_in(book.cast.alice), f"/w/acme/accounts/{book.sable.pk}/people"
    left, link = [cell.link.url for _column, cell in page(book, book.sable).contacts.rows[0] if cell.link]
    assert browser.get(left).context["panel"].form.initial["left_on"] == TODAY
    form = browser.get(link).context["panel"]
    response = browser.post(form.url, filled(form.form, part="decision_maker", left_on="2025-06-30"))
    assert (response.status_code, response["Location"]) == (302, here)
    [cleo] = [fact for fact in facts(book.sable, "contact") if fact.name == "Cleo"]
    assert (cleo.part, str(cleo.left_on)) == ("decision_maker", "2025-06-30")
    assert b"?back=account-people" in browser.get(here).content
    elsewhere = link.replace("account-people", "portfolio")
    assert browser.get(elsewhere).context["panel"].account_url == f"/w/acme/accounts/{book.sable.pk}"


def test_each_report_of_a_goal_is_kept(book: Book, at_noon: datetime) -> None:
    goal = {"account": "sable", "id": "g", "name": "Fewer calls", "baseline": 100, "target": 50, "unit": "calls"}
    goal |= {"started_on": "2025-05-02", "due_on": "2025-07-31", "state": "open"}
    for day, value in (("2025-05-02", 100), ("2025-06-02", 90), ("2025-06-20", 80)):
        tell(book.cast.acme, "goals", goal | {"value": value, "known_at": f"{day}T10:00:00Z"})
    [row] = page(book, book.sable).goals.rows
    assert (row.way, row.now, row.progress, row.line) == (
        "from 100 to 50 calls",
        "80",
        Decimal("0.4"),
        (0.0, 20.0, 40.0),
    )
    assert row.elapsed == Decimal(60) / 90
    assert [(str(report.day), report.value) for report in row.reports] == [
        ("2025-06-20", "80"), ("2025-06-02", "90"), ("2025-05-02", "100")
    ]  # fmt: skip
    assert row.act is not None
    lines = sign_in(book.cast.victor).get(f"/w/acme/accounts/{book.sable.pk}/tables/goals.csv").content.decode()
    assert len(lines.splitlines()) == 4
    assert lines.splitlines()[-1].endswith("2025-06-20,80,Open,0.4")


def test_the_return_on_cost_is_that_of_the_measure(book: Book, at_noon: datetime) -> None:
    assert page(book, book.sable).goals.returned.value is None
    for figure, value in (("cost", 20_000), ("return", 50_000)):
        told = {"account": "sable", "id": figure, "figure": figure, "value": value, "day": "2025-05-01"}
        tell(book.cast.acme, "client_figures", told | {"currency": "EUR"})
    returned = page(book, book.sable).goals.returned
    assert (returned.value, returned.parts) == (2.5, "€50,000 returned · €20,000 cost")


# -- parent and children -------------------------------------------------------------------------------------


def test_the_children_are_rolled_up_by_mrr(book: Book, at_noon: datetime) -> None:
    for child, parent in (("sable", "vela"), ("nordlys", "sable"), ("quanta", "nordlys")):
        tell(book.cast.acme, "accounts", {"id": child, "parent": parent})
    shown = page(book, book.vela)
    family = shown.family
    # Nordlys pays 1,500, Sable 900, Quanta nothing: it is no customer.
    by_score = {row.name: row for row in Account.objects.of(book.cast.acme)}
    assert family.children == 2
    standings = {s.account_id: s for s in Standing.objects.of(book.cast.acme)}
    nordlys, sable = (standings[by_score[name].pk] for name in ("Nordlys Freight", "Sable Hotels"))
    assert family.mean == (nordlys.score * 1500 + sable.score * 900) / 2400
    assert family.worst is not None and family.worst.label == "Nordlys Freight"
    assert {share.band: (share.mrr, share.share) for share in family.shares} == {
        "red": ("€1,500", Decimal("0.625")), "green": ("€900", Decimal("0.375"))
    }  # fmt: skip
    assert [row[0][1].link.label for row in shown.children.rows] == ["Nordlys Freight", "Sable Hotels", "Quanta Legal"]
    assert [row[0][1].note for row in shown.children.rows] == ["below Sable Hotels", "", "below Nordlys Freight"]
    # A circle, which ingest refuses, ends where it began.
    Account.objects.of(book.cast.acme).filter(pk=book.vela.pk).update(parent=book.quanta)
    assert page(book, book.vela).family.children == 2
    child = page(book, book.sable).family
    assert child.parent is not None and child.parent.label == "Vela Insurance"


def test_the_children_of_who_only_buys_count_alike(book: Book, at_noon: datetime) -> None:
    book.cast.acme.kind = Workspace.Kind.PURCHASES
    book.cast.acme.save()
    for child in ("sable", "nordlys"):
        tell(book.cast.acme, "accounts", {"id": child, "parent": "vela"})
    shown = page(book, book.vela)
    below = Standing.objects.of(book.cast.acme).filter(account__in=[book.sable, book.nordlys])
    assert shown.family.mean == sum(each.score for each in below) / 2
    assert {share.band: (share.mrr, share.share) for share in shown.family.shares} == {
        "red": ("", Decimal("0.5")), "green": ("", Decimal("0.5"))
    }  # fmt: skip
    assert (shown.family.mrr, shown.family.unscored) == ("", "")
    assert [column.label for column in shown.children.columns] == ["Account", "Health", "Owner"]
    whole = sign_in(book.cast.alice).get(f"/w/acme/accounts/{book.vela.pk}/people").content.decode()
    assert "MRR" not in whole.split('id="family-title"')[1]


@pytest.mark.parametrize(
    ("parents", "circle"),
    [
        ({}, set()), ({"a": "b", "b": "c"}, set()), ({"a": "a"}, {"a"}), ({"a": "b", "b": "a", "c": "a"}, {"a", "b"}),
        ({"x": "a", "a": "b", "b": "c", "c": "a", "y": "z"}, {"a", "b", "c"}),
    ],
)  # fmt: skip
def test_circles_are_found(parents: dict[str, str], circle: set[str]) -> None:
    assert in_circles(parents) == circle


def test_no_account_stands_above_itself(cast: Cast) -> None:
    for name in "abc":
        account(cast.acme, name)
    assert told(cast.acme, "accounts", {"id": "a", "parent": "b"}, {"id": "b", "parent": "c"}) == ["updated", "updated"]
    [result] = record(cast.acme, "accounts", {"id": "c", "parent": "a"})
    assert (str(result.status), result.field, result.value) == ("rejected", "parent", "a")
    both = [{"id": "e", "parent": "f"}, {"id": "f", "parent": "e"}, {"id": "g"}]
    assert told(cast.acme, "accounts", *both) == ["rejected", "rejected", "accepted"]
    # Turned around within one batch it is no circle.
    around = [{"id": "a", "parent": None}, {"id": "c", "parent": "a"}]
    assert told(cast.acme, "accounts", *around) == ["updated", "updated"]


def test_the_parent_is_set_by_hand_and_remembered(cast: Cast, one: Account, at_noon: datetime) -> None:
    group = account(cast.acme, "group", name="Group")
    account(cast.acme, "twin-1", name="Twin"), account(cast.acme, "twin-2", name="Twin")
    browser, url = sign_in(cast.alice), f"/w/acme/accounts/{one.pk}/parent"
    for name, words in (("Nobody", "No account has this name or id."), ("twin", "Several accounts are called so")):
        response = browser.post(url, {"parent": name})
        assert response.status_code == 400
        assert words in response.content.decode()
    assert browser.post(url, {"parent": "group"}).status_code == 302
    one.refresh_from_db()
    assert one.parent == group
    history = AccountHistory.objects.of(cast.acme).get(account=one, field="parent", until=None)
    assert history.value == str(group.pk)
    response = sign_in(cast.carol).post(f"/w/acme/accounts/{group.pk}/parent", {"parent": "one"})
    assert "Then this account would stand above itself." in response.content.decode()
    assert sign_in(cast.victor).post(url, {"parent": ""}).status_code == 403
    assert browser.post(url, {"parent": ""}).status_code == 302
    one.refresh_from_db()
    assert one.parent is None


# -- all -------------------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_depend_on_how_much_there_is(book: Book, at_noon: datetime) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(book, book.sable)
        return len(queries)

    few = count()
    acme = book.cast.acme
    names = [{"account": "sable", "id": f"n{n}", "name": f"N {n}", "email": f"n{n}@x.example"} for n in range(60)]
    tell(acme, "contacts", *names)
    goal = {"account": "sable", "name": "G", "baseline": 0, "target": 5, "value": 1, "state": "open"}
    goal |= {"started_on": "2025-05-02", "due_on": "2025-07-31"}
    tell(acme, "goals", *(goal | {"id": f"g{n}"} for n in range(9)))
    given = "2025-06-01T10:00:00Z"
    tell(acme, "pulses", *({"account": "sable", "id": f"p{n}", "value": 4, "given_at": given} for n in range(60)))
    many = count()
    assert many <= few + 4
    assert many <= 40
    shown = page(book, book.sable, contacts=3, pulses=3)
    assert (len(shown.contacts.rows), len(shown.pulses.rows)) == (20, 20)


def test_a_page_that_is_none_is_a_bad_request(book: Book, at_noon: datetime) -> None:
    browser = sign_in(book.cast.alice)
    for asked in ("contacts=0", "pulses=x", "notes=99999"):
        assert browser.get(f"/w/acme/accounts/{book.sable.pk}/people?{asked}").status_code == 400
    assert browser.get(f"/w/acme/accounts/{book.sable.pk}/tables/nothing.csv").status_code == 404
    assert browser.get(f"/w/acme/accounts/{book.sable.pk}/tables/contacts.pdf").status_code == 404


def test_an_empty_account_says_what_will_be_here(one: Account, cast: Cast, at_noon: datetime) -> None:
    pays(cast.acme, "one", 0, "2025-01-02")
    for path, words in (("people", "Nobody has been named yet"), ("money", "Here stands every invoice"),
                        ("support", "Here stands each request for help")):  # fmt: skip
        assert words in sign_in(cast.alice).get(f"/w/acme/accounts/{one.pk}/{path}").content.decode()
