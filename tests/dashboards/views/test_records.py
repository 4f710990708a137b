"""The records behind a number: one by one they are there, together they are what was counted."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Survey
from metrics.models import KpiSnapshot
from metrics.nightly import kpis
from metrics.registry import KPIS
from tests.cast import Cast, account, night, tell
from tests.dashboards.conftest import Book, pays, sign_in
from tests.kept import kept
from tests.metrics import crowd
from tests.metrics.cases import DAY, ago
from tests.metrics.test_naive_kpis import move, widen

pytestmark = pytest.mark.django_db

JUNE = "start=2025-06-05"


@kept
def counted(cast: Cast) -> Cast:
    """A crowd in which every KPI has records, counted."""
    acme, chance = cast.acme, Random("records")
    acme.first_value, acme.gross_margin = "login", Decimal("0.8")
    acme.save()
    Survey.unscoped.create(workspace=acme, key="strict", name="Strict", kind="csat", positive_from=5)
    facts = crowd.make(40, seed=23)
    widen(facts, chance)
    crowd.fill(acme, facts)
    move(acme, chance, cast.alice, cast.bob)
    cost = {"month": date(2025, 6, 1), "kind": "payroll", "amount": 900, "currency": "EUR"}
    tell(acme, "costs", cost, at=ago(9))
    night(acme, DAY)
    assert kpis.count(acme)
    return cast


def lines(client, key, query=""):
    """The records of a KPI as its file has them."""
    response = client.get(f"/w/acme/kpis/{key}/records.csv?{query}")
    assert response.status_code == 200, response.content.decode()
    return list(csv.reader(io.StringIO(response.content.decode())))


def page(client, key, query=""):
    response = client.get(f"/w/acme/kpis/{key}?{query}")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_records_of_every_kpi_add_up_to_what_was_counted(counted: Cast):
    client, told = sign_in(counted.carol), 0
    scopes = {"all": ("workspace", ""), f"csm:{counted.alice.pk}": ("csm", str(counted.alice.pk))}
    for key, kpi in KPIS.items():
        for name, (kind, scope_key) in scopes.items():
            rows = KpiSnapshot.objects.of(counted.acme).filter(kpi=key, scope_kind=kind, scope_key=scope_key)
            found = rows.filter(period_kind="month", start=date(2025, 6, 1), is_whole=True).first()
            head, *records = lines(client, key, f"scope={name}")
            sums = [sum(Decimal(record[n] or 0) for record in records) for n in range(5, len(head) - 1)]
            sides = [side for side in (kpi.basis.part, kpi.basis.whole) if side]
            counts = [found.part, found.whole] if found else [Decimal(0), Decimal(0)]
            expected = [count / side.per for side, count in zip(sides, counts, strict=False)]
            assert [round(each, 8) for each in sums] == [round(each, 8) for each in expected], (key, name)
            # Without a denominator, nothing is in it.
            assert kpi.basis.whole or found is None or found.value is None or not found.whole, key
            told += len(records)
    assert told > 2000


def test_the_page_of_every_kpi_shows_what_was_counted(counted: Cast):
    client = sign_in(counted.carol)
    for key, kpi in KPIS.items():
        text = page(client, key)
        assert str(kpi.name) in text
        assert "has changed since" not in text, key
        assert f'href="/w/acme/definitions#kpi-{key}"' in text


def test_a_record_names_its_account_its_day_and_what_it_adds(counted_book: Book):
    client = sign_in(counted_book.cast.carol)
    text = page(client, "satisfaction.nps")
    assert f'<a href="/w/acme/accounts/{counted_book.sable.pk}" hx-boost="false">Sable Hotels</a>' in text
    assert "answer <code>sable-nps</code>" in text
    assert "Promoters minus detractors" in text
    head, *records = lines(client, "satisfaction.nps")
    assert head == [
        *("Account", "Id", "Day", "Record", "Fact", "Promoters minus detractors", "Answers", "Missing"),
    ]
    assert records == [
        ["Sable Hotels", "sable", "2025-06-01", "answer", "sable-nps", "1", "1", ""],
        ["Nordlys Freight", "nordlys", "2025-06-10", "answer", "nordlys-nps", "-1", "1", ""],
    ]
    assert client.get("/w/acme/kpis/satisfaction.nps/records.xlsx").content.startswith(b"PK")
    assert client.get("/w/acme/kpis/satisfaction.nps/records.pdf").status_code == 404


def test_records_are_sorted_and_paged(cast: Cast):
    for n in range(60):
        account(cast.acme, f"a{n}", name=f"Account {n:02}")
        pays(cast.acme, f"a{n}", 100 + n, "2026-01-01")
    night(cast.acme, date(2025, 6, 30))
    assert kpis.count(cast.acme)
    client = sign_in(cast.carol)
    first = page(client, "revenue.mrr", "sort=account")
    assert "1 to 50 of 60" in first
    assert first.index("Account 00") < first.index("Account 49")
    assert "Account 50" not in first
    assert "Account 59" in page(client, "revenue.mrr", "sort=account&page=2")
    assert 'aria-sort="descending"><a href="/w/acme/kpis/revenue.mrr?sort=part">' in page(client, "revenue.mrr")
    assert len(lines(client, "revenue.mrr")) == 61
    assert lines(client, "revenue.mrr")[1][0] == "Account 59"


def test_late_facts_do_not_move_what_was_counted_and_the_page_says_so(book: Book):
    acme = book.cast.acme
    night(acme, date(2025, 7, 1))
    assert kpis.count(acme)
    client = sign_in(book.cast.carol)
    before = lines(client, "revenue.mrr", JUNE)
    assert "As known today" not in page(client, "revenue.mrr", JUNE)
    account(acme, "late", name="Late Ltd")
    term = {"account": "late", "id": "late-term", "starts_on": "2025-06-01", "ends_on": "2026-06-01", "amount": 70}
    tell(acme, "subscriptions", term | {"seats": 1}, at=ago(-2))
    assert "As known today it is €2,570" in page(client, "revenue.mrr", JUNE)
    assert lines(client, "revenue.mrr", JUNE) == before
    night(acme, date(2025, 7, 2))
    assert kpis.count(acme)
    text = page(client, "revenue.mrr", JUNE)
    assert "restated on" in text
    assert "As known today" not in text
    assert len(lines(client, "revenue.mrr", JUNE)) == len(before) + 1


def test_what_changes_without_a_fact_is_told(counted_book: Book):
    acme = counted_book.cast.acme
    acme.currency = "USD"
    acme.save()
    text = page(sign_in(counted_book.cast.carol), "revenue.mrr")
    assert "It was counted as $2,500. What is told of these days has changed since: now –." in text
    assert "no rate of EUR" in text


def test_a_rate_that_is_missing_is_the_reason(book: Book):
    acme = book.cast.acme
    term = {"account": "quanta", "id": "quanta-term", "starts_on": "2025-02-01", "amount": 80, "currency": "GBP"}
    tell(acme, "subscriptions", term | {"seats": 1})
    night(acme, date(2025, 7, 1))
    assert kpis.count(acme)
    text = page(sign_in(book.cast.carol), "revenue.mrr")
    assert "no rate of GBP on 2025-02-01" in text


def test_a_csm_sees_the_own_records_alone(counted_book: Book):
    alice, cast = sign_in(counted_book.cast.alice), counted_book.cast
    assert [line[0] for line in lines(alice, "revenue.mrr")] == ["Account", "Nordlys Freight", "Sable Hotels"]
    for asked in ("all", f"team:{cast.north.pk}", f"csm:{cast.bob.pk}"):
        for path in ("revenue.mrr", "revenue.mrr/records.csv"):
            assert alice.get(f"/w/acme/kpis/{path}?scope={asked}").status_code == 403
    everybody = ["Account", "Nordlys Freight", "Sable Hotels", "Vela Insurance"]
    assert [line[0] for line in lines(sign_in(cast.victor), "revenue.mrr")] == everybody
    for path in ("revenue.mrr", "revenue.mrr/records.csv"):
        assert sign_in(cast.mallory).get(f"/w/acme/kpis/{path}").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *[("revenue.nothing", 404), ("nothing.mrr", 404), ("revenue.mrr?sort=luck", 400), ("revenue.mrr?page=0", 400)],
        *[("revenue.mrr?start=1999-01-01", 400), ("revenue.mrr?scope=x", 400), ("revenue.mrr?period=day", 400)],
        *[("revenue.mrr/records.csv?page=x", 400), ("revenue.mrr?page=99", 200)],
    ],
)
def test_what_the_page_does_not_know_is_refused(counted_book: Book, path, status):
    assert sign_in(counted_book.cast.carol).get(f"/w/acme/kpis/{path}").status_code == status


def test_an_empty_page_says_why(cast: Cast):
    client = sign_in(cast.carol)
    assert "No numbers yet" in page(client, "revenue.mrr")
    assert len(lines(client, "revenue.mrr")) == 1


def test_the_number_of_queries_does_not_grow(book: Book):
    acme = book.cast.acme
    client = sign_in(book.cast.carol)

    def queries():
        assert kpis.count(acme)
        page(client, "revenue.mrr")
        with CaptureQueriesContext(connection) as found:
            page(client, "revenue.mrr", f"scope=csm:{book.cast.alice.pk}")
        return len(found)

    before = queries()
    for n in range(30):
        account(acme, f"more{n}", name=f"More {n}", owner="alice@acme.example")
        pays(acme, f"more{n}", 50, "2026-01-01")
    night(acme, date(2025, 7, 1))
    assert Account.objects.of(acme).count() > 30
    assert queries() == before


def test_a_segment_of_a_team_has_its_own_records(counted_book: Book):
    client, north = sign_in(counted_book.cast.carol), f"scope=csm:{counted_book.cast.alice.pk}"
    assert [line[0] for line in lines(client, "revenue.mrr", f"{north}&segment=SMB")] == ["Account", "Nordlys Freight"]
    text = page(client, "revenue.mrr", f"{north}&segment=SMB")
    assert "Alice · SMB" in text
    assert "€1,500" in text
    assert "has changed since" not in text
    assert client.get(f"/w/acme/kpis/revenue.mrr?{north}&segment=Nobody").status_code == 400
