"""The page that says what every number means."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metrics.registry import KPIS, MEASURES
from tests.cast import Cast
from tests.dashboards.conftest import sign_in

pytestmark = pytest.mark.django_db

ENTRY = re.compile(r'<article class="definition" id="([^"]+)">(.*?)</article>', re.S)


def entries(page: str) -> dict[str, str]:
    """Anchor → entry. Two of one anchor would be one here."""
    found = ENTRY.findall(page)
    assert len(dict(found)) == len(found)
    return dict(found)


@pytest.mark.parametrize("who", ["alice", "bob", "carol", "victor"])
def test_everybody_reads_every_definition(cast: Cast, who):
    page = sign_in(getattr(cast, who)).get("/w/acme/definitions").content.decode()
    found = entries(page)
    assert found.keys() >= {f"measure-{key}" for key in MEASURES} | {f"kpi-{key}" for key in KPIS}
    for anchor, entry in found.items():
        assert re.search(r"<b>Example</b> \S+.* → \S", entry), anchor
        assert re.search(r"<code>(?:metrics|accounts)/[\w/]+\.py: [\w.]+</code>", entry), anchor


def test_an_entry_says_all_that_is_to_be_known(cast: Cast):
    found = entries(sign_in(cast.alice).get("/w/acme/definitions").content.decode())
    churn = found["kpi-retention.customer_churn_rate"]
    for told in (
        "Of the customers at the start of the period, the share that are none at its end.",
        "lower is better",
        "the period",
        "subscriptions, churns, purchases",
        "no customers at the start",
        "64 lost, 1,000 customers at the start → 6.4%",
        "metrics/kpis/retention.py: customer_churn_rate",
    ):
        assert told in churn
    seats = found["measure-usage.active_seats"]
    for told in (
        "10% / 40% / 80%",
        "28 days up to the day",
        "events, subscriptions, rates (people, use, terms)",
        "users = 12, seats = 20 → 60%",
        "metrics/measures/usage.py: active_seats",
    ):
        assert told in seats


def test_a_search_leaves_what_tells_of_all_its_words(cast: Cast):
    client = sign_in(cast.alice)
    found = entries(client.get("/w/acme/definitions?q=churn+LOSSES").content.decode())
    assert "kpi-retention.customer_churn_rate_all_losses" in found
    assert "kpi-satisfaction.nps" not in found
    nothing = client.get("/w/acme/definitions?q=weather").content.decode()
    assert "No number fits" in nothing
    part = client.get("/w/acme/definitions?q=nps", headers={"HX-Request": "true", "HX-Target": "list"})
    assert "<html" not in part.content.decode()


def test_the_page_takes_no_query_for_its_entries(cast: Cast):
    client = sign_in(cast.alice)
    client.get("/w/acme/definitions")
    counts = []
    for query in ("", "?q=weather"):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/w/acme/definitions{query}")
        counts.append(len(queries))
    assert counts[0] == counts[1]
