"""What the caps of the default scorecard read about complaints."""

from __future__ import annotations

import pytest

from tests.cast import tell
from tests.metrics.cases import ago, complaint, day, read_all, readings, term, told

pytestmark = pytest.mark.django_db

KEYS = ["complaints.complaints", "complaints.unresolved_complaints", "complaints.oldest_open_complaint"]


def test_complaints(acme):
    praise = ("feedback", {"id": "praise", "given_at": ago(3), "kind": "praise"})
    told(
        acme,
        {
            "none": [term(), praise],
            "today": [term(), complaint(0)],
            "open": [term(), complaint(3), complaint(20)],
            "settled": [term(), complaint(20, 5)],
            "settled today": [term(), complaint(20, 0)],
            "to be settled": [term(), complaint(20, -1)],
            "first and last day": [term(), complaint(89, 80), complaint(90, 80)],
            "old and open": [term(), complaint(200)],
        },
    )
    found = {name: tuple(values[key] for key in KEYS) for name, values in read_all(acme, KEYS).items()}
    assert found == {
        "none": (0, 0, 0),
        "today": (1, 1, 0),
        "open": (2, 2, 20),
        "settled": (1, 0, 0),
        "settled today": (1, 0, 0),
        "to be settled": (1, 1, 20),
        "first and last day": (1, 0, 0),
        "old and open": (0, 1, 200),
    }


def test_a_complaint_is_open_until_its_settlement_was_heard_of(acme):
    told(acme, {"one": [term(), complaint(20, id="c")]})
    tell(acme, "feedback", {"account": "one", **complaint(20, 10, id="c")[1]}, at=ago(8))
    key = "complaints.unresolved_complaints"
    assert readings(acme, key, on=day(21)) == {"one": 0}
    assert readings(acme, key, on=day(9)) == {"one": 1}
    assert readings(acme, key, on=day(8)) == {"one": 0}
    assert readings(acme, key, on=day(11), known=day(8)) == {"one": 1}
    assert readings(acme, key, on=day(10), known=day(8)) == {"one": 0}
