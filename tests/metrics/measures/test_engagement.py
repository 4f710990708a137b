"""Whether a champion left."""

from __future__ import annotations

import pytest

from tests.cast import tell
from tests.metrics.cases import ago, day, readings, term, told

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
