"""The months of the event table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from accounts import partitions
from tests.accounts.items import LOGIN
from tests.cast import account, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(acme):
    return account(acme, "one")


def test_partitions_come_by_month_and_the_default_stays_empty(acme, one):
    moments = ["2001-01-31T23:59:59Z", "2001-02-01T00:00:00Z", "2001-01-31T20:00:00-05:00", "2024-02-29T12:00:00Z"]
    tell(acme, "events", *(LOGIN | {"occurred_at": moment} for moment in moments))
    assert {"2001-01", "2001-02", "2024-02"} <= partitions.existing()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ONLY accounts_event_default")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM accounts_event GROUP BY 1 ORDER BY 1")
        assert cursor.fetchall() == [
            ("accounts_event_2001_01", 1),
            ("accounts_event_2001_02", 2),
            ("accounts_event_2024_02", 1),
        ]


def test_partitions_are_made_ahead():
    for moment in (datetime(2031, 1, 31, 23, tzinfo=UTC), datetime(2031, 12, 1, tzinfo=UTC)):
        partitions.ensure_ahead(moment)
        partitions.ensure_ahead(moment)
    assert {"2031-01", "2031-03", "2031-04", "2031-12", "2032-01", "2032-02"} <= partitions.existing()
