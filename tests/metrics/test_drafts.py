"""Drafts: one at a time, a copy of what is published; what may not stand in one; publishing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import DirtyDay
from metrics import drafts
from metrics.card_rules import CardError
from metrics.models import Cap, Line, Scorecard, ScorecardVersion, Standing
from metrics.nightly.freshen import freshen
from metrics.nightly.run import open_run
from metrics.scorecards import card_of, cards, fill_default
from tests.cast import NOW, night
from tests.metrics.cases import DAY, ago, day, told
from tests.metrics.steering import owing, steer

pytestmark = pytest.mark.django_db

SEATS, DUE = "usage.active_seats", "commercial.days_past_due"


@pytest.fixture
def scorecard(acme):
    return Scorecard.objects.of(acme).select_related("workspace").get()


@pytest.fixture
def draft(scorecard):
    return drafts.draft_of(scorecard)


def lines(draft):
    return list(Line.objects.of(draft.workspace_id).filter(version=draft).order_by("position"))


def caps(draft):
    return list(Cap.objects.of(draft.workspace_id).filter(version=draft).order_by("position"))


def test_a_draft_is_a_copy_and_there_is_one(acme, scorecard, draft):
    (published,) = cards(acme)
    assert (draft.number, draft.is_draft, drafts.newest(scorecard).number) == (2, True, 1)
    assert drafts.says(card_of(draft)) == drafts.says(published)
    assert drafts.draft_of(scorecard) == drafts.open_draft(scorecard) == draft
    with pytest.raises(IntegrityError, match="one_draft"), transaction.atomic():
        ScorecardVersion.unscoped.create(workspace=acme, scorecard=scorecard, number=3)


def test_changes_reach_the_draft_alone(acme, draft):
    before = drafts.says(cards(acme)[0])
    drafts.change_weights(draft, {SEATS: 20.5, DUE: 0})
    drafts.change_line(draft, SEATS, worst=0, neutral=0.5, best=1, by_rank=True, assumed_points=30)
    drafts.add_line(draft, "support.first_response")
    drafts.remove_line(draft, "usage.usage_trend")
    drafts.move_line(draft, "support.first_response", 0)
    drafts.add_cap(draft, "Slow", 2, [["support.first_response", ">", "12"]])
    drafts.remove_cap(draft, 0)
    drafts.change_cap(draft, 0, band=1)
    drafts.change_bands(draft, red_below=35, bands_by_rank=True)
    assert drafts.says(cards(acme)[0]) == before
    found = lines(draft)
    assert [line.position for line in found] == list(range(17))
    first, seats = found[0], found[1]
    assert (first.measure, first.weight, first.worst, first.neutral, first.best) == (
        "support.first_response",
        5,
        24,
        8,
        2,
    )
    assert (seats.measure, seats.weight, seats.worst, seats.by_rank, seats.assumed_points) == (SEATS, 20.5, 0, True, 30)
    assert DUE in [line.measure for line in found if not line.weight]
    rules = caps(draft)
    assert [cap.position for cap in rules] == list(range(7))
    assert (rules[0].name, rules[0].band, rules[6].conditions) == (
        "Invoice 30 days overdue",
        1,
        [["support.first_response", ">", 12.0]],
    )
    draft.refresh_from_db()
    assert (draft.red_below, draft.green_from, draft.bands_by_rank, draft.changes) == (35, 70, True, 9)


LINE, RULE = {"measure": SEATS}, ("Rule", 1)
BAD = {
    "weight below 0": (drafts.change_weights, [{SEATS: -1}], "Weight of Active seats: -1 is not between 0 and 1000"),
    "weight no number": (drafts.change_weights, [{SEATS: "ten"}], "Weight of Active seats: “ten” is no number"),
    "weight NaN": (drafts.change_weights, [{SEATS: "nan"}], "Weight of Active seats: nan is not between"),
    "two directions": (drafts.change_line, [LINE, {"worst": 5.0}], "5, 0.4, 0.8 do not go in one direction"),
    "worst is best": (drafts.change_line, [LINE, {"worst": 1, "neutral": 1, "best": 1}], "1, 1, 1 do not go"),
    "half of them": (drafts.change_line, [LINE, {"best": None}], "give all three, or none"),
    "none of them": (
        drafts.change_line,
        [LINE, {"worst": None, "neutral": None, "best": None}],
        "Worst of Active seats: a line that is not by rank needs",
    ),
    "assumed too much": (drafts.change_line, [LINE, {"assumed_points": 101}], "101 is not between 0 and 100"),
    "steps in weights": (drafts.change_line, [LINE, {"steps": [["<", 1, 5]]}], "only a scorecard of points has steps"),
    "unknown measure": (drafts.add_line, ["usage.nothing"], "there is no measure “usage.nothing”"),
    "twice": (drafts.add_line, [SEATS], "“Active seats” stands twice"),
    "not in it": (drafts.remove_line, ["support.training"], "“Trainings attended” is not in this draft"),
    "cap without a name": (drafts.add_cap, [" ", 1, [[SEATS, "<", 1]]], "Name of the rule: “” is not 1 to 100"),
    "cap with NUL": (drafts.add_cap, ["a\0b", 1, [[SEATS, "<", 1]]], "Name of the rule: it holds a letter"),
    "cap half a letter": (drafts.add_cap, ["\ud800", 1, [[SEATS, "<", 1]]], "Name of the rule: it holds a letter"),
    "cap to green": (drafts.add_cap, ["Rule", 3, [[SEATS, "<", 1]]], "a rule limits to red or to yellow"),
    "cap of nothing": (drafts.add_cap, [*RULE, []], "Condition of “Rule”: at least one"),
    "cap unknown": (drafts.add_cap, [*RULE, [["usage.no", "<", 1]]], "there is no measure “usage.no”"),
    "cap comparison": (drafts.add_cap, [*RULE, [[SEATS, "~", 1]]], "“~” is none of >= > <= < ="),
    "cap number": (drafts.add_cap, [*RULE, [[SEATS, "<", "x"]]], "“x” is no number"),
    "cap twice": (drafts.add_cap, [*RULE, [[DUE, ">=", 60]]], "another rule says the same"),
    "cap elsewhere": (drafts.remove_cap, [31], "Rule: there is none in place 31"),
    "red over green": (drafts.change_bands, [{}, {"red_below": 70}], "Poor below: 70 is not less than 70"),
    "green over 100": (drafts.change_bands, [{}, {"green_from": 101}], "Healthy from: 101 is not between 0 and 100"),
}  # fmt: skip


def test_what_cannot_stand_is_refused_by_field_and_value(draft):
    before = drafts.says(card_of(draft))
    for name, (function, given, words) in BAD.items():
        keyed = [each for each in given if isinstance(each, dict) and function is not drafts.change_weights]
        merged = {key: value for each in keyed for key, value in each.items()}
        with pytest.raises(CardError) as refused:
            function(draft, *[each for each in given if each not in keyed], **merged)
        assert words in str(refused.value), name
        draft.refresh_from_db()
        assert (drafts.says(card_of(draft)), draft.changes) == (before, 0), name


def test_points_take_steps_and_no_thresholds(acme):
    version = steer(acme, steps={DUE: [[">=", 30, -20]], SEATS: [["<", 0.2, -10]]})
    draft = drafts.draft_of(version.scorecard)
    drafts.change_line(draft, DUE, steps=[["≥".replace("≥", ">="), "60", "−30"], (">=", 30, -20)])
    assert lines(draft)[0].steps == [[">=", 60.0, -30.0], [">=", 30.0, -20.0]]
    with pytest.raises(CardError, match="Steps of Days past due: -101 is not between -100 and 100"):
        drafts.change_line(draft, DUE, steps=[[">=", 60, -101]])
    for measure in (DUE, SEATS):
        drafts.change_line(draft, measure, steps=[])
    with pytest.raises(CardError, match="at least one has to give or take points"):
        drafts.publish(draft, "nothing left", None, NOW)


def test_publishing(acme, scorecard, draft, carol):
    told(acme, {"one": owing(10), "two": owing(20)})
    before = drafts.newest(scorecard).published_at
    refusals = {
        ("same", None): "it is the same as version 1",
        ("", None): "say in 1 to 2000 letters",
        ("stale", 5): "somebody changed it meanwhile",
        ("a\0b", None): "Comment: it holds a letter that is none",
    }
    for (comment, seen), words in refusals.items():
        with pytest.raises(CardError, match=words):
            drafts.publish(draft, comment, carol, NOW, seen)
    drafts.change_weights(draft, {line.measure: 0 for line in lines(draft)})
    with pytest.raises(CardError, match="Weight: at least one has to be more than 0"):
        drafts.publish(draft, "none", carol, NOW)
    drafts.change_weights(draft, {SEATS: 7})
    drafts.publish(draft, " fewer ", carol, NOW, seen=2)
    assert (draft.comment, draft.published_by) == ("fewer", carol)
    assert draft.published_at == before + timedelta(microseconds=1)
    assert drafts.newest(scorecard) == draft
    assert drafts.open_draft(scorecard) is None
    for late in (lambda: drafts.change_weights(draft, {SEATS: 8}), lambda: drafts.discard(draft)):
        with pytest.raises(CardError, match="published or discarded meanwhile"):
            late()
    assert drafts.draft_of(scorecard).number == 3


def test_discarding_forgets_it(acme, scorecard, draft):
    drafts.change_weights(draft, {SEATS: 7})
    drafts.discard(draft)
    assert drafts.open_draft(scorecard) is None
    assert ScorecardVersion.objects.of(acme).count() == 1
    assert drafts.draft_of(scorecard).number == 2


def test_a_file_takes_the_place_of_all(draft):
    told = {"measure": DUE, "weight": 3, "worst": 45, "neutral": 15, "best": 0}
    rule = {"name": "Owes", "band": 1, "conditions": [[DUE, ">", 9]]}
    with pytest.raises(CardError, match="“Days past due” stands twice"):
        drafts.replace(draft, [told, told], [rule])
    assert len(lines(draft)) == 17
    drafts.replace(draft, [told], [rule], red_below=10, green_from=20)
    assert ([line.measure for line in lines(draft)], [cap.name for cap in caps(draft)]) == ([DUE], ["Owes"])
    assert (draft.red_below, draft.green_from, draft.changes) == (10, 20, 1)


def test_publishing_marks_the_accounts_that_fit(acme, scorecard, carol):
    told(acme, {"one": owing(10), "two": owing(20)})
    night(acme, day(1))
    assert not DirtyDay.objects.of(acme).exists()
    draft = drafts.draft_of(scorecard)
    drafts.change_weights(draft, {SEATS: 99})
    drafts.publish(draft, "seats", carol, NOW)
    assert DirtyDay.objects.of(acme).count() == 2


def locks():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        return cursor.fetchone()[0]


def test_a_night_that_is_open_does_not_know_what_is_published_since(acme, scorecard, draft, carol):
    """However early it was asked for: the night began while it was being stored, or another was stored before it."""
    before = locks()
    run = open_run(acme, day(1))
    assert locks() == before + 1
    for weight in (7, 8):
        known, draft = cards(acme), drafts.draft_of(scorecard)
        drafts.change_weights(draft, {SEATS: weight})
        drafts.publish(draft, "seats", carol, NOW)
        assert draft.published_at > max(run.opened_at, known[0].version.published_at)
        assert [card.version.number for card in cards(acme, run.opened_at)] == [1]


def test_publishing_waits_for_a_night_that_opens(draft, carol):
    before = locks()
    drafts.change_weights(draft, {SEATS: 7})
    drafts.publish(draft, "seats", carol, NOW)
    assert locks() == before + 1


def test_a_first_version_scores_those_whom_none_fitted(acme, scorecard, carol):
    told(acme, {"one": owing(10), "two": owing(20)})
    Scorecard.objects.of(acme).update(closed_at=NOW)
    night(acme, day(1))
    assert not Standing.objects.of(acme).filter(is_scored=True).exists()
    draft = drafts.draft_of(Scorecard.unscoped.create(workspace=acme, name="First"))
    fill_default(draft)
    drafts.publish(draft, "first", carol, timezone.now())
    DirtyDay.objects.of(acme).filter(day__gt=DAY).update(day=DAY)
    freshen(acme, ago(0, 20))
    assert [(row.version, row.is_scored) for row in Standing.objects.of(acme)] == [(draft, True)] * 2
