"""A suggestion is a row that workers finish; it rests on what a back-test has read, and can be made again."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command

from healthscore.tick import tick
from metrics.drafts import change_line, draft_of, open_draft, publish
from metrics.models import Backtest, BacktestDay, Line, ScorecardVersion, Suggestion
from metrics.weights import run
from metrics.weights.effects import effect_of, take, weights_of
from metrics.weights.run import again, begin, drain
from tests.cast import NOW
from tests.metrics.weights.past import CAUSE, read_past, suggested

pytestmark = pytest.mark.django_db


def version(workspace):
    return ScorecardVersion.objects.of(workspace).select_related("workspace", "scorecard").get(number=1)


def test_a_known_cause_is_suggested_and_the_same_again(acme):
    found = suggested(acme)
    assert (found.state, found.error) == (Suggestion.State.DONE, "")
    weights = weights_of(found)
    assert max(weights, key=weights.get) == CAUSE
    assert weights[CAUSE] > 40
    assert found.result["gain"]["low"] > 0
    assert again(found) == (found.result, True)
    assert Backtest.objects.of(acme).count() == 1
    # Nothing is applied by itself.
    assert open_draft(found.scorecard) is None
    assert Line.objects.of(acme).get(measure=CAUSE).weight == 7
    # Other rows say something else.
    rows = BacktestDay.objects.of(acme).order_by("day")
    rows.filter(pk=rows[0].pk).update(rows=bytes(rows[1].rows))
    assert not again(found)[1]


def test_chance_is_refused(acme):
    found = suggested(acme, slope=0.0)
    assert found.state == Suggestion.State.REFUSED
    assert found.result["refused"] == "no gain"
    assert weights_of(found) == {}


def test_a_last_day_to_learn_from(acme):
    backtest = read_past(acme)
    found = drain(begin(backtest.version, NOW, until=date(2024, 10, 1)).pk)
    assert found.result["fitted"]["last"] == "2024-09-30"
    assert found.result["judged"]["first"] == "2025-01-31"


def test_what_is_under_way_is_not_begun_twice(acme):
    first = begin(version(acme), NOW)
    assert begin(version(acme), NOW) == first
    other = begin(version(acme), NOW, until=date(2024, 10, 1))
    assert other != first
    assert other.backtest == first.backtest


def test_nothing_told_is_refused_and_a_back_test_that_failed_fails_it(acme):
    found = drain(begin(version(acme), NOW).pk)
    assert (found.state, found.result) == (Suggestion.State.REFUSED, {"refused": "short"})
    Backtest.objects.of(acme).update(state=Backtest.State.FAILED, error="no such thing")
    Suggestion.objects.of(acme).update(state=Suggestion.State.WAITING, result=None)
    found = drain(found.pk)
    assert (found.state, found.error) == (Suggestion.State.FAILED, "no such thing")
    # The next one does not rest on it.
    assert begin(version(acme), NOW).backtest != found.backtest


def test_a_step_that_fails_three_times_is_given_up(acme, monkeypatch):
    def broken(*_):
        raise ValueError("no such thing")

    monkeypatch.setattr(run, "suggestion_of", broken)
    found = suggested(acme, accounts=2)
    assert (found.state, found.failures, found.error) == ("failed", 3, "ValueError: no such thing")


def test_the_tick_asks_for_what_stands_still(acme, monkeypatch):
    sent = []
    monkeypatch.setattr("healthscore.tick.send", lambda *asked: sent.append(asked))
    still = begin(version(acme), NOW - timedelta(days=400))
    tick()
    assert ("metrics.suggest", still.pk) in sent


def test_taken_into_a_draft_it_changes_the_lines_that_the_draft_has(acme, cast):
    found = suggested(acme)
    draft = draft_of(found.scorecard)
    Line.objects.of(acme).filter(version=draft, measure="advocacy.referrals").delete()
    change_line(draft, "usage.active_seats", worst=0.2)
    assert take(found).pk == draft.pk
    lines = {line.measure: line for line in Line.objects.of(acme).filter(version=draft)}
    assert "advocacy.referrals" not in lines
    assert {key: line.weight for key, line in lines.items()}.items() <= weights_of(found).items()
    assert lines["usage.active_seats"].worst == 0.2
    assert Line.objects.of(acme).get(version=found.version, measure=CAUSE).weight == 7
    publish(draft_of(found.scorecard), "What the past suggests", cast.carol, NOW)


def test_what_would_be_without_any_account(acme):
    assert len(effect_of(suggested(acme), NOW).moved) == 0


def test_the_command(acme, capsys):
    call_command("suggest", "acme", "--format", "json")
    answer = json.loads(capsys.readouterr().out)
    assert (answer["state"], answer["scorecard"], answer["version"]) == ("refused", "Default", 1)
    call_command("suggest", "acme")
    assert "too little past" in capsys.readouterr().out
    for wrong in (["acme", "--scorecard", "None"], ["nobody"], ["acme", "--again", "0"]):
        with pytest.raises(CommandError):
            call_command("suggest", *wrong)


def test_the_command_makes_one_again(acme, evil, capsys):
    found = suggested(acme)
    call_command("suggest", "acme", "--again", str(found.pk), "--format", "json")
    told = capsys.readouterr()
    assert json.loads(told.out)["weights"] == found.result["weights"]
    assert "The same to the byte" in told.err
    with pytest.raises(CommandError, match="no finished suggestion"):
        call_command("suggest", "evil", "--again", str(found.pk))
    rows = BacktestDay.objects.of(acme).order_by("day")
    rows.filter(pk=rows[0].pk).update(rows=bytes(rows[1].rows))
    with pytest.raises(CommandError, match="something else than before"):
        call_command("suggest", "acme", "--again", str(found.pk))
