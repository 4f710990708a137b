"""Who is in touch with us."""

from __future__ import annotations

import pytest

from tests.cast import tell
from tests.metrics.cases import ago, correct, day, read_all, readings, sign, term, told, touch

pytestmark = pytest.mark.django_db

KEY = "engagement.champion_left"


def contact(id, left=None, part="champion", **more):
    item = {"id": id, "name": id, "part": part, "since_on": day(500)}
    return "contacts", item | {"left_on": None if left is None else day(left)} | more


def test_champion_left(acme):
    told(
        acme,
        {
            "none": [term()],
            "stays": [term(), contact("ann")],
            "left": [term(), contact("bea", 12), contact("cid")],
            "left today": [term(), contact("dan", 0)],
            "leaves tomorrow": [term(), contact("eve", -1)],
            "left 29 days ago": [term(), contact("fay", 29)],
            "left 30 days ago": [term(), contact("gil", 30)],
            "somebody else left": [term(), contact("hal", 12, part="user")],
        },
    )
    assert readings(acme, KEY) == {
        "none": 0,
        "stays": 0,
        "left": 1,
        "left today": 1,
        "leaves tomorrow": 0,
        "left 29 days ago": 1,
        "left 30 days ago": 0,
        "somebody else left": 0,
    }


def test_a_leaving_counts_from_when_it_was_heard_of(acme):
    told(acme, {"one": [term(), contact("ann")]})
    tell(acme, "contacts", {"account": "one", **contact("ann", 12)[1]}, at=ago(6))
    assert readings(acme, KEY, on=day(7)) == {"one": 0}
    assert readings(acme, KEY, on=day(6)) == {"one": 1}
    assert readings(acme, KEY, on=day(13), known=day(0)) == {"one": 0}


def test_days_since_touch(acme):
    told(
        acme,
        {
            "none": [term()],
            "today": [term(), touch(0, happened_at=ago(0, 23, 59)), touch(9)],
            "long ago": [term(), touch(400, "meeting")],
            "one way only": [term(), touch(3, "email", "inbound"), touch(2, "email", "outbound")],
            "both": [term(), touch(3, "email", "inbound"), touch(20)],
        },
    )
    assert readings(acme, "engagement.days_since_touch") == {
        "none": None,
        "today": 0,
        "long ago": 400,
        "one way only": None,
        "both": 20,
    }


def test_a_touch_heard_late_and_one_corrected(acme):
    told(acme, {"one": [term(), touch(50), touch(9, id="t", known_at=ago(7))]})
    correct(acme, "one", touch(9, direction="outbound", id="t"), 3)
    key = "engagement.days_since_touch"
    assert readings(acme, key, on=day(8)) == {"one": 42}
    assert readings(acme, key, on=day(7)) == {"one": 2}
    assert readings(acme, key, on=day(8), known=day(7)) == {"one": 1}
    assert readings(acme, key) == {"one": 50}


def test_inbound_contacts(acme):
    told(
        acme,
        {
            "none": [term(), touch(3), touch(3, "email", "outbound")],
            "mail, chat and call": [term(), *(touch(3, channel, "inbound") for channel in ("email", "chat", "call"))],
            "a meeting is none": [term(), touch(3, "meeting", "inbound")],
            "first and last day": [term(), touch(29, "call", "inbound"), touch(30, "call", "inbound")],
        },
    )
    assert readings(acme, "engagement.inbound_contacts") == {
        "none": 0,
        "mail, chat and call": 3,
        "a meeting is none": 0,
        "first and last day": 1,
    }


MAILS = ["engagement.email_opens", "engagement.email_clicks", "engagement.email_deleted"]


def mails(delivered, opened=0, clicked=0, deleted=0, days=3):
    counts = {"delivered": delivered, "opened": opened, "clicked": clicked, "deleted": deleted}
    return [sign(days, f"email_{name}", count=count) for name, count in counts.items() if count]


def test_mails(acme):
    told(
        acme,
        {
            "none": [term()],
            "none delivered": [term(), *mails(0, 1, 1, 1)],
            "none opened": [term(), *mails(4)],
            "some": [term(), *mails(8, 4, 2, 1)],
            "often": [term(), *mails(2, 6, 3, 4)],
            "by a machine": [
                term(),
                *mails(4, 1),
                *(sign(2, f"email_{n}", feature="machine") for n in ("opened", "clicked")),
            ],
            "first and last day": [term(), *mails(2, 1, days=89), *mails(6, 6, 6, 6, days=90)],
        },
    )
    found = {name: tuple(values[key] for key in MAILS) for name, values in read_all(acme, MAILS).items()}
    assert found == {
        "none": (None, None, None),
        "none delivered": (None, None, None),
        "none opened": (0, 0, 0),
        "some": (0.5, 0.25, 0.125),
        "often": (1, 1, 1),
        "by a machine": (0.25, 0, 0),
        "first and last day": (0.5, 0, 0),
    }


def test_mails_heard_of_late(acme):
    told(acme, {"one": [term(), *mails(4, days=9), sign(8, "email_opened", known_at=ago(5))]})
    assert readings(acme, MAILS[0], on=day(6)) == {"one": 0}
    assert readings(acme, MAILS[0], on=day(5)) == {"one": 0.25}
    assert readings(acme, MAILS[0], on=day(6), known=day(5)) == {"one": 0.25}


@pytest.mark.parametrize(("age", "ratio", "count"), [(13, None, None), (14, 0.5, 1)])
def test_contacts_of_young_accounts(acme, age, ratio, count):
    told(acme, {"young": [term(starts=age - 1), *mails(2, 1), touch(3, "chat", "inbound"), touch(5)]}, started=age - 1)
    assert readings(acme, MAILS[0]) == {"young": ratio}
    assert readings(acme, "engagement.inbound_contacts") == {"young": count}
    assert readings(acme, "engagement.days_since_touch") == {"young": 5}
