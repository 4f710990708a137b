"""`/api/v1/scorecards` and their back-tests: begun, read, refused."""

from __future__ import annotations

import pytest

from metrics.models import Backtest, Scorecard
from tests.accounts.api.conftest import error_of, program, stranger  # noqa: F401
from tests.metrics.backtest.past import judged_past

pytestmark = pytest.mark.django_db


def test_scorecards_are_listed(program, acme):  # noqa: F811
    [row] = program.get("scorecards").json()["results"]
    assert (row["name"], row["version"], row["draft"]) == ("Default", 1, None)
    assert row["id"] == Scorecard.objects.of(acme).get().pk


def test_a_back_test_is_begun_once_and_read(program, acme):  # noqa: F811
    path = f"scorecards/{Scorecard.objects.of(acme).get().pk}/backtests"
    first = program.call("POST", path, {"horizon": 60, "lag": 7, "version": 1})
    assert (first.status_code, first.json()["state"], first.json()["horizon"]) == (202, "waiting", 60)
    assert program.call("POST", path, {}).json()["id"] == first.json()["id"]
    assert [row["id"] for row in program.get(path).json()["results"]] == [first.json()["id"]]
    Backtest.objects.of(acme).delete()
    said = judged_past(acme)
    [row] = program.get(path).json()["results"]
    assert (row["result"], row["digest"]) == (said.result, said.result_digest)


@pytest.mark.parametrize("sent", [{"horizon": 0}, {"lag": "1"}, {"lag": True}, {"version": 9}, {"days": 3}], ids=str)
def test_what_cannot_be_is_refused(program, acme, sent):  # noqa: F811
    answer = program.call("POST", f"scorecards/{Scorecard.objects.of(acme).get().pk}/backtests", sent)
    [(field, value)] = sent.items()
    error = error_of(answer, 422)
    assert (error["field"], error["value"]) == (field, str(value))
    assert not Backtest.objects.of(acme).exists()
