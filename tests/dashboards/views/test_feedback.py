"""The page of comments: whose one sees, what the filters leave, and what becomes of bad input."""

from __future__ import annotations

import csv
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Feedback, SurveyResponse
from accounts.retraction import take_back
from dashboards.panels.feedback.items import Item
from tests.cast import Cast, account, tell
from tests.dashboards.conftest import NOW, sign_in
from tests.metrics.feedback.said import answer, remark

pytestmark = pytest.mark.django_db
URL = "/w/acme/feedback"


@pytest.fixture
def told(cast: Cast, at_noon: datetime) -> Cast:
    """Sable and Nordlys are Alice's, Vela is nobody's."""
    acme = cast.acme
    account(acme, "sable", name="Sable Hotels", owner="alice@acme.example", segment="Enterprise", team="North")
    account(acme, "nordlys", name="Nordlys Freight", owner="alice@acme.example", segment="SMB")
    account(acme, "vela", name="Vela Insurance", segment="SMB")
    answer(acme, "n1", 9, "2025-05-02", account="sable", contact="ann@sable.example", comment="Just works.")
    answer(acme, "n2", 4, "2025-06-20", account="sable", contact="ann@sable.example", comment="Exports are slow")
    answer(acme, "n3", 10, "2025-06-10", account="vela", contact="", comment="Lovely <b>exports</b>")
    remark(acme, "c1", "complaint", "2025-06-25", account="nordlys", topic="service", text="No call back")
    remark(acme, "c2", "complaint", "2025-06-01", account="vela", text="Was wrong", resolved_on="2025-06-05")
    answer(acme, "old", 1, "2024-12-01", account="vela", contact="", comment="Long ago")
    tell(acme, "releases", {"feature": "search", "released_on": "2025-06-15"})
    return cast


def items(member, query: str = "") -> list[Item]:
    response = sign_in(member).get(f"{URL}?{query}")
    assert response.status_code == 200
    return list(response.context["panel"].items)


def texts(member, query: str = "") -> list[str]:
    return ["".join(piece for piece, _found in item.pieces) for item in items(member, query)]


def test_a_csm_begins_with_the_own_book_the_newest_first(told: Cast):
    assert texts(told.alice) == ["No call back", "Exports are slow", "Just works."]
    assert "Feedback from my accounts" in sign_in(told.alice).get(URL).content.decode()


def test_others_begin_with_all_and_a_stranger_finds_nothing(told: Cast):
    everything = ["No call back", "Exports are slow", "Lovely <b>exports</b>", "Was wrong", "Just works."]
    for member in (told.bob, told.carol, told.victor):
        assert texts(member) == everything
    assert texts(told.alice, "csm=all") == everything
    for path in (URL, f"{URL}.csv"):
        assert sign_in(told.mallory).get(path).status_code == 404


def test_a_stranger_sees_nothing_of_it_in_the_own_workspace(told: Cast):
    nordlys = Feedback.objects.of(told.acme).get(external_id="c1").account_id
    mallory = sign_in(told.mallory)
    assert "Nobody has said anything yet" in mallory.get("/w/evil/feedback").content.decode()
    assert mallory.get(f"/w/evil/feedback?account={nordlys}").status_code == 400
    assert mallory.get("/w/evil/feedback?release=search").status_code == 400
    assert len(mallory.get(f"/w/evil/feedback.csv?account={nordlys}&period=all").content.splitlines()) == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("show=low", ["Exports are slow"]),
        ("show=low&show=high", ["Exports are slow", "Lovely <b>exports</b>", "Just works."]),
        ("show=unusual", ["Exports are slow"]),
        ("show=open", ["No call back"]),
        ("kind=complaint", ["No call back", "Was wrong"]),
        ("topic=service", ["No call back"]),
        ("q=export", ["Exports are slow", "Lovely <b>exports</b>"]),
        ("q=export+-slow", ["Lovely <b>exports</b>"]),
        ("q=%27%29%3B--", []),
        ("theme=call+back", ["No call back"]),
        ("segment=SMB&kind=nps", ["Lovely <b>exports</b>"]),
        ("name=NORDLYS", ["No call back"]),
        ("csm=none", ["Lovely <b>exports</b>", "Was wrong"]),
        ("period=30&kind=nps", ["Exports are slow", "Lovely <b>exports</b>"]),
        ("since=2024-01-01&until=2025-01-01", ["Long ago"]),
        ("period=all&show=low", ["Exports are slow", "Long ago"]),
        ("release=search&around=14", ["No call back", "Exports are slow", "Lovely <b>exports</b>", "Was wrong"]),
    ],
)
def test_filters(told: Cast, query, expected):
    assert texts(told.carol, query) == expected


def test_team_stage_and_account_are_filters(told: Cast):
    sable = SurveyResponse.objects.of(told.acme).get(external_id="n1").account
    assert texts(told.carol, f"team={told.north.pk}") == ["Exports are slow", "Just works."]
    assert texts(told.carol, f"account={sable.pk}") == ["Exports are slow", "Just works."]
    assert texts(told.carol, f"stage={sable.stage_id or 0}") in ([], ["Exports are slow", "Just works."])


@pytest.mark.parametrize("query", ["show=loud", "kind=joke", "csm=x", "after=x", "release=none", "account=9", "q=%00"])
def test_what_the_page_does_not_know_is_refused(told: Cast, query):
    response = sign_in(told.carol).get(f"{URL}?{query}")
    assert response.status_code == 400
    assert query.partition("=")[0] in response.content.decode()


def test_what_an_item_says(told: Cast):
    complaint, slow, *_others = items(told.carol)
    assert (slow.label, slow.band, slow.before, slow.csm) == ("4 of 10", "red", "9 of 10", "Alice")
    assert (complaint.label, complaint.state, complaint.band) == ("Complaint", "open", "red")
    assert (
        complaint.account_url == f"/w/acme/accounts/{Feedback.objects.of(told.acme).get(external_id='c1').account_id}"
    )
    assert [item.state for item in items(told.carol, "kind=complaint")][1] == "resolved Jun 5"


def test_hits_are_marked_and_nothing_of_a_comment_is_markup(told: Cast):
    page = sign_in(told.carol).get(f"{URL}?q=exports").content.decode()
    assert "Lovely &lt;b&gt;<mark>exports</mark>&lt;/b&gt;" in page
    assert "<mark>Exports</mark> are slow" in page
    assert "<b>exports" not in page
    assert "&lt;script&gt;" in sign_in(told.carol).get(f"{URL}?q=<script>&name=<script>").content.decode()


def test_our_own_people_are_marked_and_stay(told: Cast):
    item = {"id": "ann", "account": "sable", "name": "Ann", "email": "ann@sable.example", "is_internal": True}
    tell(told.acme, "contacts", item | {"since_on": "2025-01-01"})
    assert [item.is_ours for item in items(told.carol, "kind=nps")] == [True, False, True]


def test_what_was_taken_back_or_corrected_is_gone(told: Cast):
    answer(told.acme, "n2", 8, "2025-06-20", account="sable", contact="ann@sable.example", comment="Fixed since")
    take_back(Feedback.objects.of(told.acme).current().get(external_id="c1"), NOW)
    assert texts(told.alice) == ["Fixed since", "Just works."]


def test_the_tiles_are_of_what_is_chosen(told: Cast):
    def tiles(query: str) -> dict[str, str]:
        panel = sign_in(told.carol).get(f"{URL}?{query}").context["panel"]
        return {tile.name: f"{tile.value}: {tile.words}" for tile in panel.tiles}

    everything = tiles("")
    assert everything["Comments"] == "5: 3 with an answer · 2 unasked"
    assert everything["NPS"] == "0: 1 promote · 0 passive · 1 detract"
    assert everything["CSAT"] == "–: no answers"
    assert everything["Open complaints"] == "1: of 2 complaints"
    assert tiles("show=high")["NPS"] == "100: 2 promote · 0 passive · 0 detract"
    assert tiles("kind=nps")["Open complaints"] == "–: no complaints"


def test_a_release_is_compared_and_the_same_contacts_are_marked(told: Cast):
    answer(told.acme, "n0", 9, "2025-06-14", account="sable", contact="ann@sable.example")
    panel = sign_in(told.carol).get(f"{URL}?release=search&around=14").context["panel"]
    [line] = panel.comparison.lines
    assert (line.before.n, line.before.mean, line.before.low) == ("2", "9.5", "0%")
    assert (line.after.n, line.after.mean, line.after.low) == ("1", "4.0", "100%")
    assert line.before.is_thin and line.after.interval == "21% – 100%"
    assert line.same == "1 contact on both sides: 9.0 → 4.0"
    assert "3 in the 14 days before, 2 in as many after" in panel.comparison.about
    assert {item.label: item.both for item in panel.items if item.title} == {
        "4 of 10": True, "9 of 10": True, "10 of 10": False,
    }  # fmt: skip
    running = sign_in(told.carol).get(f"{URL}?release=search&around=30").context["panel"]
    assert running.comparison.note == "So far: 16 of 30 days."


def test_without_a_release_the_card_says_so(cast: Cast, at_noon: datetime):
    account(cast.acme, "a")
    remark(cast.acme, "praise", "praise", "2025-06-20")
    assert "No release is known" in sign_in(cast.carol).get(URL).content.decode()


def test_pages_by_cursor_show_everything_once(told: Cast):
    for n in range(60):
        remark(told.acme, f"r{n}", "request", "2025-06-20", account="nordlys", text=f"Wish {n}")
        answer(told.acme, f"a{n}", 7, "2025-06-20", account="nordlys", contact=f"{n}", comment=f"So {n}")
    client, seen, address = sign_in(told.alice), [], URL
    while address:
        panel = client.get(address).context["panel"]
        seen += ["".join(piece for piece, _found in item.pieces) for item in panel.items]
        address = panel.older
    assert len(seen) == len(set(seen)) == 123
    assert panel.newest == URL


def test_the_number_of_queries_does_not_grow(told: Cast):
    client = sign_in(told.alice)
    sable = SurveyResponse.objects.of(told.acme).get(external_id="n1").account_id
    everything = f"q=export&theme=slow&release=search&account={sable}&show=unusual"

    def counts() -> list[int]:
        found = []
        for query in ("", everything):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(f"{URL}?{query}").context["panel"].items
            found.append(len(captured))
        return found

    client.get(URL)  # notes that she was here
    few = counts()
    for n in range(60):
        answer(told.acme, f"a{n}", n % 11, "2025-06-21", account="sable", contact=f"{n % 7}", comment="Slow exports")
        remark(told.acme, f"r{n}", "request", "2025-06-21", account="nordlys", topic=f"t{n}", text="slow exports")
        tell(told.acme, "releases", {"feature": f"f{n}", "released_on": "2025-06-15"})
    assert counts() == few
    assert few[0] <= 30 and few[1] <= 36, few


def test_the_chosen_comments_as_a_file_without_formulas(told: Cast):
    account(told.acme, "sable", name="=HYPERLINK(1)")
    remark(told.acme, "f", "problem", "2025-06-29", account="sable", text="@SUM(1)", topic="+1", contact="-x")
    response = sign_in(told.alice).get(f"{URL}.csv")
    assert response["Content-Disposition"] == 'attachment; filename="feedback.csv"'
    lines = list(csv.DictReader(response.content.decode().splitlines()))
    assert [line["Comment"] for line in lines] == ["'@SUM(1)", "No call back", "Exports are slow", "Just works."]
    assert (lines[0]["Account"], lines[0]["Topic"], lines[0]["Contact"]) == ("'=HYPERLINK(1)", "'+1", "'-x")
    slow = lines[2]
    assert (slow["Score"], slow["Best score"], slow["Score before"], slow["Unusual"]) == ("4", "10", "9", "yes")
    assert (slow["Day"], slow["CSM"], slow["Kind"]) == ("2025-06-20", "Alice", "Recommendation (NPS)")
    assert len(sign_in(told.alice).get(f"{URL}.csv?q=export").content.splitlines()) == 2
    assert sign_in(told.alice).get(f"{URL}.csv?show=loud").status_code == 400
    assert sign_in(told.alice).get(f"{URL}.xlsx").content[:2] == b"PK"
    assert sign_in(told.alice).get(f"{URL}.pdf").status_code == 404


def test_htmx_gets_the_list_and_the_address_to_keep(told: Cast):
    headers = {"HX-Request": "true", "HX-Target": "list"}
    response = sign_in(told.alice).get(f"{URL}?q=&show=low&period=90", headers=headers)
    assert response["HX-Push-Url"] == f"{URL}?show=low"
    assert b"<html" not in response.content
    assert b"hx-swap-oob" in response.content


def test_empty_is_a_state(cast: Cast, at_noon: datetime):
    assert b"Nobody has said anything yet" in sign_in(cast.alice).get(URL).content
    assert b"Open Sources" in sign_in(cast.carol).get(URL).content
    account(cast.acme, "a", owner="alice@acme.example")
    answer(cast.acme, "old", 3, "2024-01-01")
    page = sign_in(cast.alice).get(URL).content
    assert b"No comment fits" in page and b"Look at all time" in page
    assert texts(cast.alice, "period=all") == ["old"]


def test_a_page_of_fifty_stays_below_a_hundred_kilobytes(told: Cast):
    for n in range(60):
        answer(told.acme, f"a{n}", n % 11, "2025-06-20", account="sable", contact=f"{n}", comment="Some words " * 20)
    response = sign_in(told.carol).get(URL)
    assert len(response.context["panel"].items) == 50
    assert len(response.content) < 100_000
