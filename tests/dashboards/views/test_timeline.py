"""The timeline of an account: what its entries say, where they lead, how it is filtered and paged."""

from __future__ import annotations

import html
import re
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Import, Membership
from dashboards.panels.timeline.asked import Asked
from dashboards.panels.timeline.page import TimelinePage, timeline_page
from dashboards.panels.timeline.rows import FIND
from dashboards.panels.timeline.stream import WITHOUT_USE, Entry, Reader, entries_of
from dashboards.panels.timeline.words import SAY, groups
from metrics.nightly.rollups import refill_all
from metrics.timeline import GROUPS, KINDS, Wanted, places
from tests.accounts.items import WHOLE
from tests.cast import NOW as HEARD
from tests.cast import Cast, source_of
from tests.dashboards.conftest import TODAY, Book, sign_in, tell, use
from tests.kept import kept


def page(member: Membership, account: Account, now: datetime, **asked: Any) -> TimelinePage:
    return timeline_page(member, _whole(account), Asked(**asked), now)


def _whole(account: Account) -> Account:
    rows = Account.objects.of(account.workspace).select_related("workspace", "owner__user", "stage")
    return rows.get(pk=account.pk)  # type: ignore[no-any-return]


def told(account: Account) -> dict[str, Entry]:
    found = places(_whole(account), Wanted(WITHOUT_USE, limit=99), TODAY)
    return {entry.title: entry for entry in entries_of(_whole(account), found, TODAY, Reader("csm"))}


@kept
def used(one: Account, cast: Cast) -> Account:
    """Thirty days of logins, a call, an answer."""
    use(cast.acme, "one", 9, date(2025, 6, 1), date(2025, 6, 30))
    refill_all(cast.acme)
    tell(cast.acme, "touches", WHOLE["touches"] | {"account": "one", "id": "call", "subject": "Quarterly review"})
    tell(cast.acme, "survey_responses", WHOLE["survey_responses"] | {"account": "one", "id": "answer"})
    return one


def test_every_kind_has_rows_words_and_a_chip() -> None:
    assert {kind.name for kind in KINDS} == set(FIND) == set(SAY)
    assert set(groups()) == set(GROUPS)


def test_the_timeline_tells_all_newest_first(book: Book, at_noon: datetime) -> None:
    entries = page(book.cast.alice, book.nordlys, at_noon).entries
    assert [entry.day for entry in entries] == sorted((entry.day for entry in entries), reverse=True)
    said = told(book.nordlys)
    assert said["Champion left"].text == "Lars Moe"
    assert said["Survey"].quote == "Slow."
    assert (said["Invoice INV-nordlys"].text, said["Invoice INV-nordlys"].band) == ("overdue €1,200", "red")
    assert said["Owner"].text == "Alice"
    assert sign_in(book.cast.alice).get(said["Turned red"].url).status_code == 200
    assert said["First score"].url == ""
    assert {"Term", "Turned red", "New contact", "Stage"} <= set(said)
    paid = told(book.sable)["Invoice INV-sable"]
    assert (paid.text, paid.band) == ("€1,200, paid", "green")


def test_every_kind_of_fact_is_told(one: Account) -> None:
    acme = one.workspace
    for kind, item in WHOLE.items():
        if kind not in ("costs", "rates", "releases"):
            more = {"is_internal": False} if kind == "contacts" else {}
            tell(acme, kind, item | more | {"id": f"whole-{kind}", "account": "one"}, at=HEARD)
    goal = WHOLE["goals"] | {"id": "whole-goals", "account": "one", "value": "9"}
    tell(acme, "goals", goal, at=HEARD)
    tell(acme, "releases", {"feature": "SSO", "released_on": "2025-06-02"})
    said = told(one)
    assert said["Goal"].text == "Faster, 9 of 9 days"
    assert said["Deal won"].text == "More $500"
    assert said["Complaint resolved"].note == "Dear"
    assert said["Released"].text == "SSO"
    assert said["Invoice 2025-1"].url == reverse("account-money", args=["acme", one.pk]) + "#invoices"
    assert said["Ticket solved"].url == reverse("account-support", args=["acme", one.pk]) + "#tickets"
    assert {"Came back", "Ticket", "Ticket solved", "Ticket reopened", "Refund", "Sent back", "Pulse"} <= set(said)
    assert {"Goal set", "Their revenue", "Champion left", "Complaint", "Deal", "Call"} <= set(said)


def test_use_is_told_by_day_and_leads_to_its_events(used: Account, cast: Cast, at_noon: datetime) -> None:
    newest = page(cast.alice, used, at_noon, show=("use",)).entries[0]
    assert (newest.title, newest.text, newest.by) == ("Use", "login 9", "9 people")
    response = sign_in(cast.alice).get(newest.url)
    assert response.content.decode().count("@one.example") == 9
    assert sign_in(cast.alice).get(newest.url.replace(str(newest.day), "2025-02-30")).status_code == 404
    assert sign_in(cast.mallory).get(newest.url).status_code == 404


def test_events_of_a_day_are_paged(
    used: Account, cast: Cast, at_noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.panels.timeline.page.EVENTS", 4)
    url, seen, browser = f"/w/acme/accounts/{used.pk}/timeline/2025-06-30", [], sign_in(cast.alice)
    while url:
        text = html.unescape(browser.get(url).content.decode())
        seen += re.findall(r"p\d@one.example", text)
        more = re.search(r'rel="next"\s+href="([^"]+)"', text)
        url = more[1] if more else ""
    assert sorted(seen) == [f"p{n}@one.example" for n in range(9)]


def test_an_import_leads_to_its_report_who_may_see_it(used: Account, cast: Cast, at_noon: datetime) -> None:
    acme = cast.acme
    imported = Import.unscoped.create(workspace=acme, source=source_of(acme), kind="touches", file_name="calls.csv")
    touch = WHOLE["touches"] | {"account": "one"}
    tell(acme, "touches", touch | {"id": "i1"}, touch | {"id": "i2"}, imported=imported)
    entry = page(cast.bob, used, at_noon, show=("import",)).entries[0]
    assert (entry.text, entry.by) == ("calls.csv", "2 facts · Tests")
    assert entry.url == reverse("import", args=["acme", imported.pk])
    assert page(cast.alice, used, at_noon, show=("import",)).entries[0].url == ""


def test_kinds_words_and_pages_are_in_the_address(
    used: Account, cast: Cast, at_noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.panels.timeline.page.PAGE", 3)
    browser, seen = sign_in(cast.alice), []
    url = first = f"/w/acme/accounts/{used.pk}/timeline?show=use&show=survey&show=touch"
    while url:
        text = html.unescape(browser.get(url).content.decode())
        assert "show=survey" in text
        seen += re.findall(r"of-(\w+)", text)
        last, older = url, re.search(r'rel="next"\s+href="([^"]+)"', text)
        url = older[1] if older else ""
    assert (seen.count("survey"), seen.count("touch"), seen.count("use")) == (1, 1, 30)
    newer = re.search(r'rel="prev"\s+href="([^"]+)"', html.unescape(browser.get(last).content.decode()))
    assert newer
    assert "before=" in newer[1]
    panel = page(cast.alice, used, at_noon, q="quarterly")
    assert [entry.text for entry in panel.entries] == ["Quarterly review"]
    assert browser.get(first + "&q=nothing+like+it").content.decode().count("Show all of it") == 1


def test_what_is_no_place_is_a_bad_request(one: Account, cast: Cast) -> None:
    url, browser = f"/w/acme/accounts/{one.pk}/timeline", sign_in(cast.alice)
    places = ("x", "2025-06-05~1~2", "2025-13-05T10:00:00+00:00~1~2", "~~", "2025-06-05T10:00:00~1~1", "\x00")
    wrong = [{"after": place} for place in places] + [{"before": places[2]}, {"show": "nonsense"}, {"q": "\x00"}]
    for asked in wrong:
        assert browser.get(url, asked).status_code == 400, asked
    assert browser.get(f"{url}/2025-06-01?after=x").status_code == 400


def test_a_place_at_the_ends_of_time_is_one(used: Account, cast: Cast, at_noon: datetime) -> None:
    url, browser = f"/w/acme/accounts/{used.pk}/timeline", sign_in(cast.alice)
    for place in ("0001-01-01T00:00:00+00:00~99~1", "9999-12-31T23:59:59+00:00~0~999999999999999999"):
        for way in ("after", "before"):
            assert browser.get(url, {way: place}).status_code == 200


def test_htmx_gets_the_list_alone(used: Account, cast: Cast, at_noon: datetime) -> None:
    browser, url = sign_in(cast.alice), f"/w/acme/accounts/{used.pk}/timeline"
    part = browser.get(url, headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
    assert re.match(r'\s*<div class="stack" id="list"', part)
    assert "<html" in browser.get(url).content.decode()


def test_a_long_note_is_folded(used: Account, cast: Cast, at_noon: datetime) -> None:
    touch = WHOLE["touches"] | {"id": "long", "account": "one", "outcome": "a <b> word " * 60}
    tell(cast.acme, "touches", touch)
    text = sign_in(cast.alice).get(f"/w/acme/accounts/{used.pk}/timeline?show=touch").content.decode()
    assert "<summary>a &lt;b&gt; word" in text


def test_the_number_of_queries_depends_on_the_kinds_alone(used: Account, cast: Cast, at_noon: datetime) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(cast.alice, used, at_noon, show=("touch",))
        return len(queries)

    count()
    few = count()
    touch = WHOLE["touches"] | {"account": "one"}
    tell(cast.acme, "touches", *(touch | {"id": f"t{n}"} for n in range(20)))
    assert count() == few <= 10


def test_a_day_of_the_timeline_is_the_workspaces_own(book: Book) -> None:
    """West of Greenwich a day's first moment is not that of UTC's."""
    for zone in ("America/New_York", "Asia/Jakarta"):
        book.cast.acme.time_zone = zone
        book.cast.acme.save()
        account = _whole(book.nordlys)
        found = places(account, Wanted(("health",), limit=99), TODAY)
        days = [entry.day for entry in entries_of(account, found, TODAY, Reader("csm"))]
        assert len(days) == len(found) > 0
        assert date(2025, 6, 22) in days
