"""The records behind a measure's value: on a page, below a bar, in files; with their events."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from inspect import signature

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from accounts.retraction import retract
from dashboards.panels.evidence.asked import Asked
from dashboards.panels.evidence.numbers import PARTS
from dashboards.panels.evidence.page import evidence_part
from metrics.evidence import Mark
from metrics.models import ScoreSnapshot
from metrics.nightly import rollups
from metrics.registry import MEASURES
from tests.cast import Cast, account, source_of
from tests.dashboards.conftest import FADING, NOW, night, sign_in, tell
from tests.metrics import crowd
from tests.metrics.cases import DAY

pytestmark = pytest.mark.django_db

FIRST, LAST = FADING
BOTH = f"from={FIRST}&to={LAST}"
# As a bar of another page asks for it.
OPENING = {"HX-Request": "true", "HX-Target": "records-1"}


@pytest.fixture
def nordlys(fading: Account, at_noon: datetime) -> Account:
    return fading


def address(account, key, query="", name="evidence"):
    return f"{reverse(name, args=['acme', account.pk, key])}?{query}"


def text(response):
    assert response.status_code == 200, response.content.decode()[-500:]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def lines(client, account, key, query):
    response = client.get(address(account, key, query).replace("?", "/records.csv?"))
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_every_number_that_a_formula_takes_has_a_name():
    for key, measure in MEASURES.items():
        for part in signature(measure.compute).parameters:
            assert part == "today" or part in PARTS or f"{key} {part}" in PARTS, (key, part)


def test_the_records_of_every_measure_can_be_told(cast: Cast):
    """Of a crowd in which everything happens, scored on two days: each record has words, and what it counted."""
    crowd.fill(cast.acme, crowd.make(5, seed=16))
    first, last = DAY - timedelta(days=21), DAY
    night(cast.acme, first)
    night(cast.acme, last)
    on_both = ScoreSnapshot.objects.of(cast.acme).filter(day=first).order_by("account_id")
    accounts = [snapshot.account for snapshot in on_both.select_related("account__workspace")]
    told: set[str] = set()
    for key, measure in MEASURES.items():
        for scored in accounts[:2]:
            panel = evidence_part(scored, measure, Asked(first, last), NOW)
            assert panel.now
            assert not panel.changed, (key, panel.changed)
            assert all(record.title and record.part for record in panel.records), key
            told |= {key for record in panel.records}
    assert len(told) > 30, MEASURES.keys() - told


def test_the_value_of_each_measure_leads_to_its_records(cast: Cast, nordlys: Account):
    page = sign_in(cast.victor).get(reverse("account", args=["acme", nordlys.pk])).content.decode()
    for key in ("usage.usage_frequency", "commercial.days_past_due"):
        assert f'href="{reverse("evidence", args=["acme", nordlys.pk, key])}"' in page
    rows = page[page.index("table-card measures") :].split("<tr data-definition")[1:]
    assert len(rows) > 3 and all(row.count('class="number opens"') == 1 for row in rows)
    now = sign_in(cast.victor).get(reverse("account", args=["acme", nordlys.pk]), {"since": "none"}).content.decode()
    pulls = now[now.index('class="pulls"') :].partition("</ul>")[0]
    assert pulls.count('class="number opens"') > 3


def test_what_entered_what_left_and_what_it_gave(cast: Cast, nordlys: Account):
    client = sign_in(cast.alice)
    page = text(client.get(address(nordlys, "usage.active_seats", BOTH)))
    assert "60% → then, now 10%" in page
    assert "points 75 → 0" in page
    assert "People who used it 6 1 −5" in page
    assert "All 7 − left 5 ± changed 1 = same 1" in page
    assert "p1@nordlys.example People who used it 4 d" in page
    left = text(client.get(address(nordlys, "usage.active_seats", f"{BOTH}&mark=left")))
    assert "p1@nordlys.example" in left
    assert "p0@nordlys.example" not in left

    due = client.get(address(nordlys, "commercial.days_past_due", BOTH))
    assert "33 d → then, now 41 d" in text(due)
    told = "Invoice INV-1 · overdue €1,200 · due May 20 Oldest unpaid since · Invoices 33 d late 41 d late"
    assert told in text(due)
    place = re.search(r'href="(/w/acme/accounts/\d+/timeline\?after=[^"]+)"', due.content.decode())
    assert "Invoice INV-1" in text(client.get(place[1].replace("&amp;", "&")))


def test_files_have_all_records_with_numbers_as_numbers(cast: Cast, nordlys: Account):
    client = sign_in(cast.alice)
    records = lines(client, nordlys, "usage.usage_volume", BOTH)
    uses = [record for record in records if record["Counts as"] == "Uses"]
    assert [sum(int(each[side] or 0) for each in uses) for side in ("Then", "Now")] == [27, 3]
    assert {each["Change"] for each in uses} <= {str(mark) for mark in Mark}
    [invoice] = lines(client, nordlys, "commercial.days_past_due", "")
    assert (invoice["Id"], invoice["Now"]) == ("nordlys-inv", "41")
    assert "Then" not in invoice
    url = address(nordlys, "usage.usage_volume", BOTH).replace("?", "/records.xlsx?")
    assert client.get(url).content[:2] == b"PK"
    assert client.get(url.replace("xlsx", "pdf")).status_code == 404

    # A bar of another page opens the first of them.
    response = client.get(address(nordlys, "usage.usage_volume", BOTH), headers=OPENING)
    assert "<html" not in response.content.decode()
    page = text(response)
    moved = [each for each in records if each["Change"] != "same"]
    assert response.content.decode().count("e-mark") == min(len(moved), 12)
    assert re.search(r"Of the records: (\d+ entered, )?\d+ left", page) and "= same" not in page
    assert f"All {len(records)} records" in text(response)


def test_use_leads_to_its_events_as_they_were_known(cast: Cast, nordlys: Account):
    client = sign_in(cast.alice)
    whole = client.get(address(nordlys, "usage.usage_frequency", f"to={LAST}"))
    page = whole.content.decode()
    urls = [url.replace("&amp;", "&") for url in re.findall(r'href="([^"]+/events\?[^"]+)"', page)]
    assert len(urls) == 3
    before = text(client.get(urls[0]))
    assert "login p0@nordlys.example Tests 1" in before
    retract(cast.acme, source_of(cast.acme), ["nordlys-2025-06-15-0"], at_ten := datetime(2025, 7, 1, 10, tzinfo=UTC))
    rollups.refill_all(cast.acme)
    assert text(client.get(urls[0])) == before
    assert text(client.get(address(nordlys, "usage.usage_frequency", f"to={LAST}"))) == text(whole)
    assert "No events" in text(client.get(urls[0].replace(f"known={LAST}", f"known={at_ten.date()}")))

    asked = f"from=2025-04-30&to={LAST}&name=login&feature=login&known={LAST}"
    count, url = 0, address(nordlys, "usage.usage_volume", asked, "evidence-events")
    while url:
        page = client.get(url).content.decode()
        count += page.count("<code>login</code>")
        more = re.search(r'href="([^"]+after=[^"]+)"', page)
        url = more[1].replace("&amp;", "&") if more else ""
    assert count == 17 * 6 + 3
    person = address(nordlys, "usage.active_seats", "from=2025-04-30&person=p1@nordlys.example", "evidence-events")
    assert "p0@nordlys.example" not in text(client.get(person))


def test_what_cannot_be_asked_for_is_told(cast: Cast, nordlys: Account):
    client, never = sign_in(cast.alice), account(cast.acme, "quanta", name="Quanta Legal")
    for found, query, reason in (
        (never, "", "has not been scored yet"),
        (nordlys, "from=2024-01-01", "no score of this account for Jan 1, 2024"),
        (nordlys, "from=2025-06-30&to=2025-06-22", "from:"),
        (nordlys, "from=2025-07-30", "from:"),
        (nordlys, "to=yesterday", "to: “yesterday”"),
        (nordlys, "to=9999-12-31", "to: “9999-12-31”"),
        (nordlys, "mark=stayed", "mark: “stayed”"),
        (nordlys, "page=0", "page: “0”"),
    ):
        response = client.get(address(found, "usage.active_seats", query))
        assert response.status_code == 400, query
        assert reason in response.content.decode(), query
    assert client.get(address(nordlys, "usage.active_seats", "after=x", "evidence-events")).status_code == 400
    assert "The list ends before this page" in text(client.get(address(nordlys, "usage.active_seats", "page=9999")))
    for key in ("usage.nothing", "nothing", "revenue.mrr"):
        assert client.get(address(nordlys, key)).status_code == 404
    row = ScoreSnapshot.objects.of(cast.acme).filter(account_id=nordlys.pk, day=LAST)
    row.update(values=[value + 1 for value in row.get().values])
    page = text(client.get(address(nordlys, "usage.usage_frequency", f"to={LAST}")))
    assert "The score was made with 4 d. A rule or a setting has changed since: these records give 3 d." in page


def test_the_page_takes_the_same_queries_however_much_there_is(cast: Cast, nordlys: Account):
    client, counts = sign_in(cast.alice), []
    bill = {"account": "nordlys", "issued_on": "2025-05-01", "due_on": "2025-05-25", "amount": 9}
    for turn in range(2):
        for key in ("commercial.days_past_due", "usage.usage_volume"):
            client.get(address(nordlys, key, BOTH))
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address(nordlys, key, BOTH)).status_code == 200
            counts.append(len(queries))
        tell(cast.acme, "invoices", *(bill | {"id": f"inv-{turn}-{n}"} for n in range(90)))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 36
