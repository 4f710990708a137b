"""How much, how often and how widely the product is used."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import EventName
from accounts.retraction import retract
from tests.cast import NOW, source_of, tell
from tests.metrics.cases import DAY, ago, day, readings, term, told, use

pytestmark = pytest.mark.django_db


def people(number, days=1, **more):
    return [use(days, f"p{n}", **more) for n in range(number)]


def test_active_seats(acme):
    told(
        acme,
        {
            "none": [term(10)],
            "one": [term(10), use(0, "ann")],
            "distinct people": [term(10), use(3, "ann"), use(4, "ann"), use(5, "bea"), use(5, "cid", name="page")],
            "more people than seats": [term(2), *people(3)],
            "no seats named": [term(None), use(1, "ann")],
            "no seats": [term(0), use(1, "ann")],
            "add-on": [term(10), term(6), *people(4)],
            "first and last day": [term(10), use(27, "ann"), use(28, "bea"), use(0, "cid", occurred_at=ago(0, 23, 59))],
            "counted by the source": [term(10), use(2, users=4), use(3, users=7), use(4, users=5)],
            "named beats counted": [term(10), use(2, users=9), use(3, "ann")],
            "counted, too old": [term(10), use(28, users=9)],
            "seats changed": [term(20, 900, 5), term(5, 5), *people(3)],
            "term over": [term(20, 900, 0), term(5, 400), *people(3)],
            "trial seats": [term(4, amount=0, is_trial=True), use(1, "ann")],
            "no use": [term(10), use(1, "ann", name="email_opened")],
        },
    )
    assert readings(acme, "usage.active_seats") == {
        "none": None,
        "one": 0.1,
        "distinct people": 0.3,
        "more people than seats": 1.5,
        "no seats named": None,
        "no seats": None,
        "add-on": 0.25,
        "first and last day": 0.2,
        "counted by the source": 0.7,
        "named beats counted": 0.1,
        "counted, too old": None,
        "seats changed": 0.6,
        "term over": 0.6,
        "trial seats": 0.25,
        "no use": None,
    }


def test_active_seats_divide_by_the_seats_of_the_day(acme):
    told(acme, {"grew": [term(5, 900, 10), term(20, 10), use(20, "ann"), use(5, "bea")]})
    assert readings(acme, "usage.active_seats", on=day(11)) == {"grew": 0.2}
    assert readings(acme, "usage.active_seats", on=day(10)) == {"grew": 0.05}
    assert readings(acme, "usage.active_seats") == {"grew": 0.1}


def test_usage_frequency(acme):
    told(
        acme,
        {
            "none": [term()],
            "twice on a day": [term(), use(1), use(1, "ann", name="page")],
            "three days": [term(), use(0), use(7), use(14)],
            "first and last day": [term(), use(27), use(28), use(0)],
            "every day": [term(), *(use(n) for n in range(40))],
        },
    )
    assert readings(acme, "usage.usage_frequency") == {
        "none": 0,
        "twice on a day": 1,
        "three days": 3,
        "first and last day": 2,
        "every day": 28,
    }


def test_usage_volume(acme):
    told(
        acme,
        {
            "none": [term(10)],
            "none and no seats": [term(None)],
            "per seat": [term(10), use(1, count=20), use(2, count=5)],
            "no seats: per person": [term(None), use(1, "ann", count=20), use(2, "bea", count=10)],
            "no seats: per counted": [term(None), use(1, count=20, users=4), use(2, users=2)],
            "no seats and nobody": [term(None), use(1, count=20)],
            "first and last day": [term(10), use(27, count=10), use(28, count=100)],
        },
    )
    assert readings(acme, "usage.usage_volume") == {
        "none": 0,
        "none and no seats": 0,
        "per seat": 2.5,
        "no seats: per person": 15,
        "no seats: per counted": 5.25,
        "no seats and nobody": None,
        "first and last day": 1,
    }


def test_usage_trend(acme):
    told(
        acme,
        {
            "none": [term()],
            "under twenty before": [term(), use(30, count=19), use(1, count=500)],
            "half more": [term(), use(30, count=20), use(1, count=30)],
            "a quarter less": [term(), use(55, count=10), use(28, count=30), use(27, count=30)],
            "stopped": [term(), use(30, count=20)],
            "exploded": [term(), use(30, count=20), use(1, count=500)],
            "before the windows": [term(), use(56, count=500), use(55, count=20), use(1, count=20)],
        },
    )
    assert readings(acme, "usage.usage_trend") == {
        "none": None,
        "under twenty before": None,
        "half more": 0.5,
        "a quarter less": -0.25,
        "stopped": -1,
        "exploded": 1,
        "before the windows": 0,
    }


def test_feature_breadth(acme):
    """The list: export, search (named), page (a name without feature); `rare` is used by one account of 21."""
    told(acme, {f"crowd{n}": [term(), use(1, name="feature", feature="export")] for n in range(18)})
    told(
        acme,
        {
            "none": [term()],
            "two": [term(), use(1, name="feature", feature="search"), use(2, name="page"), use(3, name="page")],
            "rare": [term(), use(80, name="feature", feature="search"), use(80, name="page"), use(1, feature="rare")],
            "old": [term(), use(28, name="feature", feature="export")],
        },
    )
    found = readings(acme, "usage.feature_breadth")
    assert found["none"] == 0
    assert found["two"] == pytest.approx(2 / 3)
    assert found["rare"] == 0
    assert found["old"] == 0
    assert found["crowd0"] == pytest.approx(1 / 3)


def test_the_feature_list_forgets_after_90_days(acme):
    told(acme, {"now": [term(), use(1, feature="export")], "then": [term(), use(90, feature="fax")]})
    assert readings(acme, "usage.feature_breadth") == {"now": 1, "then": 0}
    assert readings(acme, "usage.feature_breadth", on=day(1)) == {"now": 0.5, "then": 0}


def test_days_since_last_use(acme):
    told(
        acme,
        {
            "never": [term()],
            "today": [term(), use(0, occurred_at=ago(0, 23, 59)), use(9)],
            "long ago": [term(), use(400)],
            "other things": [term(), use(1, name="email_clicked"), use(30)],
        },
    )
    found = readings(acme, "usage.days_since_last_use")
    assert found == {"never": None, "today": 0, "long ago": 400, "other things": 30}
    assert readings(acme, "usage.days_since_last_use", on=day(10))["today"] is None


def test_use_belongs_to_the_local_day(acme):
    """22:30 UTC on the 29th is 00:30 on the 30th in Madrid."""
    late = use(0, "ann", occurred_at=ago(0, 0, 30))
    assert late[1]["occurred_at"].date() == day(1)
    told(acme, {"late": [term(), late]})
    assert readings(acme, "usage.usage_frequency") == {"late": 1}
    assert readings(acme, "usage.usage_frequency", on=day(1)) == {"late": 0}
    assert readings(acme, "usage.days_since_last_use") == {"late": 0}


def test_what_is_heard_later_does_not_count_before(acme):
    """An event of day −5, heard on day −2 at 23:30: known at the end of day −2, not of day −3."""
    told(acme, {"one": [term(), use(20, "ann")]})
    tell(acme, "events", {"account": "one", **use(5, "bea")[1]}, at=ago(2, 23, 30))
    key = "usage.active_seats"
    assert readings(acme, key) == {"one": 0.2}
    assert readings(acme, key, on=day(3)) == {"one": 0.1}
    assert readings(acme, key, on=day(3), known=day(2)) == {"one": 0.2}
    assert readings(acme, key, known=day(3)) == {"one": 0.1}
    assert readings(acme, "usage.days_since_last_use", known=day(3)) == {"one": 20}


def test_a_retracted_event_counts_until_it_was_taken_back(acme):
    told(acme, {"one": [term(), use(10, "ann", message_id="m1", feature="fax"), use(9, "bea", count=30)]})
    retract(acme, source_of(acme), ["m1"], ago(4))
    expected = {"usage.usage_frequency": (2, 1), "usage.usage_volume": (3.1, 3), "usage.active_seats": (0.2, 0.1)}
    for key, (before, after) in expected.items():
        assert readings(acme, key, on=day(5)) == {"one": before}, key
        assert readings(acme, key, on=day(4)) == {"one": after}, key
        assert readings(acme, key, known=day(5)) == {"one": before}, key


def test_an_event_taken_back_on_the_day_it_was_heard_never_was(acme):
    told(acme, {"one": [term(), use(10, "ann", message_id="m1")]})
    retract(acme, source_of(acme), ["m1"], ago(10, 13))
    assert readings(acme, "usage.usage_frequency", on=day(10)) == {"one": 0}
    assert readings(acme, "usage.active_seats") == {"one": None}


def test_our_own_people_do_not_count(acme):
    acme.own_domains = ["acme.example"]
    acme.save()
    inside = {"id": "c1", "name": "Ira", "email": "ira@free.example", "since_on": day(500), "is_internal": True}
    told(
        acme,
        {
            "one": [
                term(),
                ("contacts", inside),
                use(1, "ann"),
                use(2, "alice@acme.example"),
                use(3, "ira@free.example"),
                use(4, "c1"),
                use(5, "bob@notacme.example"),
            ],
            "theirs": [term(), ("contacts", inside | {"id": "c2", "email": "", "is_internal": False}), use(4, "c2")],
        },
    )
    assert readings(acme, "usage.usage_frequency") == {"one": 2, "theirs": 1}
    assert readings(acme, "usage.active_seats") == {"one": 0.2, "theirs": 0.1}


def test_an_alias_and_the_catalogue_decide_what_is_use(acme):
    events = [use(1, "ann", name="signin"), use(2, "bea", name="ping"), use(3, "cid", name="opened")]
    told(acme, {"one": [term(), *events]})
    names = EventName.objects.of(acme)
    names.filter(name="signin").update(alias_of="login")
    names.filter(name="ping").update(is_use=False)
    names.filter(name="opened").update(alias_of="email_opened")
    EventName.unscoped.create(workspace=acme, name="email_opened", is_use=False, first_seen_at=NOW)
    assert readings(acme, "usage.usage_frequency") == {"one": 1}
    assert readings(acme, "usage.active_seats") == {"one": 0.1}


AGES = {
    # age in days: frequency of 7 days with use, volume of 14 uses by 10 seats, seats by 7 people, trend
    13: (None, None, None, None),
    14: (14, 2.8, 0.7, None),
    21: (7 * 28 / 21, 1.4 * 28 / 21, 0.7, None),
    27: (7 * 28 / 27, 1.4 * 28 / 27, 0.7, None),
    28: (7, 1.4, 0.7, None),
    55: (7, 1.4, 0.7, None),
    56: (7, 1.4, 0.7, -0.5),
}


@pytest.mark.parametrize("age", AGES)
def test_young_accounts(acme, age):
    uses = [use(n, f"p{n}", count=2) for n in range(7)]
    before = [use(age - 1, count=28)] if age == 56 else []
    told(acme, {"young": [term(10, age - 1), *uses, *before]}, started=age - 1)
    frequency, volume, seats, trend = AGES[age]
    if age == 56:
        assert readings(acme, "usage.usage_trend") == {"young": trend}
    assert readings(acme, "usage.usage_frequency")["young"] == pytest.approx(frequency)
    assert readings(acme, "usage.usage_volume")["young"] == pytest.approx(volume)
    assert readings(acme, "usage.active_seats")["young"] == pytest.approx(seats)
    assert readings(acme, "usage.usage_trend")["young"] == trend


def test_a_trend_needs_two_windows(acme):
    told(acme, {"young": [term(10, 54), use(40, count=40), use(1, count=20)]}, started=54)
    assert readings(acme, "usage.usage_trend") == {"young": None}
    assert readings(acme, "usage.usage_trend", on=DAY + timedelta(days=1)) == {"young": -0.5}
