"""`/api/v1/targets`: as the other resources, with names of whose they are."""

from __future__ import annotations

import pytest

from accounts.models import AuditEntry
from metrics.models import Target
from tests.accounts.api.conftest import error_of, program, stranger  # noqa: F401

pytestmark = pytest.mark.django_db
NRR = {"kpi": "revenue.nrr", "scope": "team", "scope_key": "North", "start": "2026-01-01", "value": "1.05"}
ID = "revenue.nrr-team-North-month-2026-01-01"


def test_set_read_corrected_taken_back(program, acme):  # noqa: F811
    made = program.call("POST", "targets", NRR)
    assert (made.status_code, made.json()["id"], made.json()["value"]) == (201, ID, "1.05")
    assert program.call("POST", "targets", NRR | {"value": 1.1}).status_code == 200
    assert program.get(f"targets/{ID}").json()["value"] == "1.1"
    assert program.call("PATCH", f"targets/{ID}", {"value": "0.9"}).json()["value"] == "0.9"
    assert program.call("PUT", f"targets/{ID}", NRR).json()["value"] == "1.05"
    gone = program.call("DELETE", f"targets/{ID}")
    assert (gone.status_code, gone.json()["value"]) == (200, "1.05")
    for method in ("GET", "PATCH", "DELETE"):
        assert program.call(method, f"targets/{ID}", {}).status_code == 404
    told = AuditEntry.objects.of(acme).filter(kind="target").order_by("pk")
    assert [entry.changes["value"] for entry in told] == [
        *([None, "1.05"], ["1.05", "1.1"], ["1.1", "0.9"], ["0.9", "1.05"], ["1.05", None]),
    ]
    assert {entry.by.partition(" ")[0] for entry in told} == {"Program"}


def test_many_each_by_itself(program, acme):  # noqa: F811
    items = [NRR, NRR | {"scope_key": "West"}, {"kpi": "revenue.mrr", "start": "2026-01-01", "value": "5"}, None, {}]
    answer = program.call("POST", "targets", {"items": items}).json()
    assert answer["counts"] == {"accepted": 2, "updated": 0, "already_known": 0, "conflict": 0, "rejected": 3}
    assert answer["results"][1] == {
        "index": 1, "status": "rejected", "field": "scope_key", "value": "West", "reason": "is the name of no team",
    }  # fmt: skip
    assert Target.objects.of(acme).count() == 2


def test_what_is_pulled_can_be_told_again(program):  # noqa: F811
    program.call("POST", "targets", {"items": [NRR, {**NRR, "scope": "csm", "scope_key": "alice@acme.example"}]})
    pulled = program.get("targets").json()["results"]
    assert len(pulled) == 2
    again = program.call("POST", "targets", {"items": pulled}).json()
    assert again["counts"]["already_known"] == 2


def test_pages_and_what_changed_since(program):  # noqa: F811
    for month in (1, 2, 3):
        program.call("POST", "targets", NRR | {"start": f"2026-0{month}-01"})
    first = program.get("targets?limit=2").json()
    assert [each["start"] for each in first["results"]] == ["2026-01-01", "2026-02-01"]
    rest = program.client.get(first["next"], headers={"authorization": f"Bearer {program.secret}"}).json()
    assert ([each["start"] for each in rest["results"]], rest["next"]) == (["2026-03-01"], None)
    program.call("PATCH", f"targets/{ID}", {"value": "2"})
    since = rest["results"][0]["updated_at"]
    assert [each["start"] for each in program.get(f"targets?updated_since={since}").json()["results"]] == [
        "2026-03-01",
        "2026-01-01",
    ]


WRONG = {
    "no kpi": ({"kpi": None}, "kpi"),
    "nothing known of it": ({"kpi": "revenue.x"}, "kpi"),
    "scope": ({"scope": "region"}, "scope"),
    "scope_key": ({"scope_key": "a\0b"}, "scope_key"),
    "period": ({"period": "day"}, "period"),
    "day": ({"start": "2026-02-30"}, "start"),
    "second": ({"start": "2026-01-02"}, "start"),
    "text": ({"value": "five"}, "value"),
    "exponent": ({"value": "1e400"}, "value"),
    "null": ({"value": None}, "value"),
    "surprise": ({"surprise": 1}, "surprise"),
    "id": ({"id": "other"}, "id"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_field_that_is_not_taken(program, acme, case):  # noqa: F811
    item, field = WRONG[case]
    assert error_of(program.call("POST", "targets", NRR | item), 422)["field"] == field
    assert not Target.objects.of(acme).exists()


def test_a_name_is_of_the_keys_workspace(stranger, program, evil):  # noqa: F811
    error = error_of(stranger.call("POST", "targets", NRR), 422)
    assert (error["field"], error["value"]) == ("scope_key", "North")
    program.call("POST", "targets", NRR)
    assert stranger.get("targets").json()["results"] == []
    assert stranger.call("DELETE", f"targets/{ID}").status_code == 404


def test_a_retry_has_one_effect(program, acme):  # noqa: F811
    for _twice in range(2):
        assert program.call("POST", "targets", NRR, idempotency_key="p").status_code == 201
    assert program.call("DELETE", f"targets/{ID}", idempotency_key="e").status_code == 200
    assert program.call("DELETE", f"targets/{ID}", idempotency_key="e").headers["Idempotency-Replayed"] == "true"
    assert AuditEntry.objects.of(acme).filter(kind="target").count() == 2
