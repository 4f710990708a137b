"""What is heard later moves no snapshot: late facts, changed owners, changed seats, reopened tickets. Only `recompute
--known` restates, and says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Account, AccountHistory, SurveyResponse
from accounts.retraction import retract, take_back
from metrics.models import Run, ScoreSnapshot, Standing
from metrics.nightly.freshen import freshen
from metrics.nightly.run import recompute
from tests.cast import night, record, snapshot, source_of, tell
from tests.kept import kept
from tests.metrics.cases import DAY, ago, answer, complaint, day, invoice, paid, rows, sign, term, ticket, told, use

pytestmark = pytest.mark.django_db

NIGHTS = (5, 4, 3, 2, 1)
NEWS = ago(0, 9)
NAMES = ("late", "owner", "seats", "reopened", "corrected", "taken back", "quiet")


def life(n):
    """Enough of everything for a score, each fact under an id of the account's own."""
    solved = {"replied_at": ago(20), "solved_at": ago(19)}
    facts = [term(id=f"t{n}"), ticket(20, "high", id=f"k{n}", **solved), invoice(f"i{n}", 30), paid(f"i{n}", 30)]
    facts += [answer(9, 4, id=f"s{n}"), answer(9, 9, "nps", id=f"r{n}"), complaint(40, resolved=30, id=f"c{n}")]
    return (
        facts + [use(each, f"p{each % 3}", message_id=f"e{n}-{each}") for each in range(40)] + [sign(3, "email_opened")]
    )


@kept
def scored(acme, cast):
    """Five nights over seven lives that are alike; then, today, everything happens at once."""
    told(acme, {name: life(n) for n, name in enumerate(NAMES)})
    record(acme, "accounts", {"id": "owner", "owner": "alice@acme.example", "segment": "Small"}, at=ago(400))
    for n in NIGHTS:
        night(acme, day(n))
    return acme


def bring_news(acme):
    """All heard on DAY; all but the change of owner are about the days that were scored."""
    late = [invoice("late", 90), complaint(4, id="bad"), ticket(4, "urgent"), answer(3, 0, "nps", id="angry")]
    for kind, item in [*late, use(2, "new", message_id="late use", count=50)]:
        tell(acme, kind, {"account": "late", **item}, at=NEWS)
    record(acme, "accounts", {"id": "owner", "owner": "bob@acme.example", "segment": "Large"}, at=NEWS)
    tell(acme, "subscriptions", {"account": "seats", **term(3, id=f"t{NAMES.index('seats')}", ends=3)[1]}, at=NEWS)
    tell(acme, "subscriptions", {"account": "seats", **term(99, id="more", starts=3, amount=900)[1]}, at=NEWS)
    again = {"replied_at": ago(20), "solved_at": ago(19), "reopened_at": ago(4)}
    k = f"k{NAMES.index('reopened')}"
    tell(acme, "tickets", {"account": "reopened", **ticket(20, "high", id=k, **again)[1]}, at=NEWS)
    s = f"s{NAMES.index('corrected')}"
    tell(acme, "survey_responses", {"account": "corrected", **answer(9, 1, id=s)[1]}, at=NEWS)
    n = NAMES.index("taken back")
    retract(acme, source_of(acme), [f"e{n}-{each}" for each in range(30)], NEWS)
    take_back(SurveyResponse.objects.of(acme).current().get(external_id=f"r{n}"), NEWS)


def scores(workspace, on):
    return {
        shot.account.external_id: shot.score_units
        for shot in ScoreSnapshot.objects.of(workspace).published().filter(day=on).select_related("account")
    }


def test_no_snapshot_moves_and_the_standings_do(scored):
    before = {n: rows(scored, day(n)) for n in NIGHTS}
    alike = scores(scored, day(1))
    assert len(alike) == 7
    assert len(set(alike.values())) == 1
    bring_news(scored)
    assert freshen(scored, ago(0, 10)) >= 5
    assert {n: rows(scored, day(n)) for n in NIGHTS} == before
    assert not Run.objects.of(scored).exclude(restated_at=None).exists()
    today = {row.account.external_id: row.score_units for row in Standing.objects.of(scored).filter(day=DAY)}
    (same,) = set(alike.values())
    moved = {name for name, score in today.items() if score != same}
    assert moved >= {"late", "seats", "reopened", "corrected", "taken back"}


def test_computing_a_day_anew_finds_what_was_known_on_it(scored):
    """Each day as known on its own end: the same bytes, but stamped."""
    before = {n: rows(scored, day(n)) for n in NIGHTS}
    digests = {run.day: run.digest for run in Run.objects.of(scored)}
    bring_news(scored)
    assert recompute(scored, day(5), day(1)) == 5
    assert {n: rows(scored, day(n)) for n in NIGHTS} == before
    runs = list(Run.objects.of(scored))
    assert {run.day: run.digest for run in runs} == digests
    assert all(run.restated_at and run.known_day == run.day for run in runs)


def test_only_a_later_knowledge_restates_and_says_so(scored):
    before = scores(scored, day(1))
    bring_news(scored)
    assert recompute(scored, day(2), day(1), known=DAY) == 2
    after = scores(scored, day(1))
    assert {name for name in NAMES if after[name] != before[name]} == set(NAMES) - {"owner", "quiet"}
    assert {name for name in NAMES if after[name] < before[name]} >= {"late", "reopened", "corrected", "taken back"}
    restated = {run.day for run in Run.objects.of(scored).exclude(restated_at=None)}
    assert restated == {day(2), day(1)}
    assert snapshot(scored, "late", day(1)).known_day == DAY
    assert snapshot(scored, "late", day(3)).known_day == day(3)
    recompute(scored, day(2), day(1))
    assert scores(scored, day(1)) == before


def test_the_owner_of_a_day_stays_its_owner(scored):
    mine = Account.objects.of(scored).get(external_id="owner")
    bring_news(scored)
    history = AccountHistory.objects.of(scored).filter(account=mine, field="segment").order_by("since")
    assert list(history.values_list("value", "until")) == [("Small", NEWS), ("Large", None)]
    assert NEWS - timedelta(days=1) > history[0].since
