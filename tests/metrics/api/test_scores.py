"""`GET /api/v1/scores` and their explanation: as stored, page by page, wrong questions refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metrics.models import Run, ScoreSnapshot
from tests.accounts.api.conftest import error_of, program, stranger  # noqa: F401
from tests.kept import kept
from tests.metrics.api.scored import scored
from tests.metrics.cases import DAY, term, told

pytestmark = pytest.mark.django_db
EXPLAIN = "scores/harbor/explain"


@kept
def book(acme):
    told(acme, {"grey": [term(amount="12.5")]})
    scored(acme)
    return acme


def pull(program, path):  # noqa: F811
    response = program.get(path)
    assert response.status_code == 200, response.content
    return response.json()


def test_scores_are_told_as_they_were_stored(program, book):  # noqa: F811
    rows = pull(program, "scores")["results"]
    assert [(row["day"], row["account"]) for row in rows] == [
        ("2025-06-23", "grey"), ("2025-06-23", "harbor"), ("2025-06-30", "grey"), ("2025-06-30", "harbor"),
    ]  # fmt: skip
    for row in rows:
        shot = ScoreSnapshot.objects.of(book).get(account__external_id=row["account"], day=row["day"])
        assert row["score"] == (None if shot.score is None else f"{shot.score.normalize():f}")
        if row["score"]:
            assert 50 + sum(Decimal(each["contribution"]) for each in row["contributions"]) == Decimal(row["score"])
    grey = rows[2]
    assert (grey["band"], grey["score"], grey["mrr"]) == ("unscored", None, "12.5")


def test_pages_meet_and_filters_narrow(program, book):  # noqa: F811
    seen, path = [], "scores?limit=1"
    while path:
        found = pull(program, path)
        seen += [(row["day"], row["account"]) for row in found["results"]]
        path = found["next"].split("/api/v1/")[1] if found["next"] else ""
    assert len(seen) == len(set(seen)) == 4
    assert len(pull(program, "scores?from=2025-06-24")["results"]) == 2
    assert len(pull(program, "scores?to=2025-06-24&account=harbor")["results"]) == 1
    # Of two nights the older one was published again: what was computed long before is new to who pulls.
    Run.objects.of(book).update(published_at="2030-01-01T00:00:00Z")
    Run.objects.of(book).filter(day="2025-06-23").update(published_at="2030-01-02T00:00:00Z")
    fresh = pull(program, "scores?updated_since=2030-01-02T00:00:00Z")["results"]
    assert [row["day"] for row in fresh] == ["2025-06-23"] * 2
    assert fresh[0]["published_at"] == "2030-01-02T00:00:00Z" > fresh[0]["computed_at"]
    assert pull(program, "scores?updated_since=2100-01-01T00:00:00Z")["results"] == []
    assert pull(program, "scores?account=nobody")["results"] == []
    assert pull(program, "scores?account=%00")["results"] == []


def test_a_page_takes_as_many_queries_however_long(program, book):  # noqa: F811
    for _each in range(2):  # the first use of a key is noted, so the second finds it changed
        pull(program, "scores")
    counts = []
    for limit in (1, 100):
        with CaptureQueriesContext(connection) as queries:
            pull(program, f"scores?limit={limit}")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_explanation_adds_up_and_has_its_defaults(program, book):  # noqa: F811
    found = pull(program, EXPLAIN)
    assert found == pull(program, f"{EXPLAIN}?from=2025-06-23&to={DAY}")
    assert sum(Decimal(part["points"]) for part in found["parts"]) == Decimal(found["difference"]) == Decimal("-3.5")
    same = pull(program, f"{EXPLAIN}?from=2025-06-23&to=2025-06-23")
    assert (same["difference"], same["parts"]) == ("0", [])
    grey = pull(program, "scores/grey/explain")
    assert (grey["difference"], grey["parts"], grey["after"]["band"]) == (None, [], "unscored")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (f"{EXPLAIN}?from=2025-06-24", "from"),
        (f"{EXPLAIN}?to=2025-06-29", "to"),
        (f"{EXPLAIN}?from=2025-06-30&to=2025-06-23", "from"),
        (f"{EXPLAIN}?from=soon", "from"),
        (f"{EXPLAIN}?to=0001-01-03", "from"),
        ("scores?from=2025-02-30", "from"),
        ("scores?cursor=x", "cursor"),
        ("scores?cursor=WzEsMl0=", "cursor"),
        ("scores?limit=0", "limit"),
        ("scores?updated_since=then", "updated_since"),
    ],
)
def test_wrong_questions(program, book, path, field):  # noqa: F811
    assert error_of(program.get(path), 400)["field"] == field


def test_no_account_and_no_score(program, stranger, book):  # noqa: F811
    error_of(program.get("scores/nobody/explain"), 404)
    error_of(stranger.get(EXPLAIN), 404)
    told(book, {"new": []})
    assert error_of(program.get("scores/new/explain"), 400)["reason"] == "was never scored"
    assert pull(stranger, "scores")["results"] == []
