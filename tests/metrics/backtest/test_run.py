"""Workers read the past day by day; what they kept makes the same judgement again, to the byte."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from healthscore.tick import tick
from metrics.backtest import run
from metrics.backtest.run import again, begin, drain
from metrics.drafts import draft_of
from metrics.models import Backtest, Calibration, Scorecard, ScorecardVersion
from tests.cast import NOW, tell
from tests.metrics.cases import ago, term, told, use

pytestmark = pytest.mark.django_db


def version(workspace):
    return ScorecardVersion.objects.of(workspace).select_related("workspace", "scorecard").get()


@pytest.fixture
def past(acme):
    """44 customers of half a year; every other one leaves in spring, and uses it less and less."""
    lives = {}
    for n in range(44):
        leaves = n % 2 == 0
        days = range(1, 180, 6) if not leaves else range(60 + n, 180, 9)
        ends = 40 + n if leaves else None
        lives[f"a{n:02}"] = [term(id=f"t{n}", starts=180, ends=ends), *(use(day, f"p{day % 3}") for day in days)]
    told(acme, lives, started=180)
    return acme


def test_it_is_judged_and_is_the_same_again(past):
    first = drain(begin(version(past), NOW).pk)
    assert (first.state, first.error) == (Backtest.State.DONE, "")
    assert first.result["churned"] == 22 and first.result["auc"]["low"] > 0.5
    assert first.result["days"] == ["2025-01-31", "2025-02-28"]
    risk = Calibration.objects.of(past).get()
    assert risk.backtest == first and len(risk.risk) == 101 and risk.risk[10] > risk.risk[90]
    said, same = again(first)
    assert same and said == first.result
    # What is heard afterwards changes neither what was known then nor what is judged by it.
    tell(past, "events", {"account": "a01", "name": "login", "occurred_at": ago(150), "count": 900}, at=NOW)
    tell(past, "subscriptions", {"account": "a00", **term(id="t0", starts=180, ends=-90)[1]}, at=NOW)
    second = drain(begin(version(past), NOW).pk)
    assert (second.inputs_digest, second.result_digest) == (first.inputs_digest, first.result_digest)
    second.lag = 20
    assert not again(second)[1]


def test_too_few_are_refused_and_take_the_risk_away(acme):
    told(acme, {"one": [term(starts=180, ends=60), use(100)], "two": [term(starts=180), use(10)]}, started=180)
    Calibration.unscoped.create(
        workspace=acme,
        version=version(acme),
        backtest=begin(version(acme), NOW),
        made_on=NOW.date(),
        is_isotonic=False,
        risk=[0.1],
        low=[0.1],
        high=[0.1],
    )
    found = drain(begin(version(acme), NOW).pk)
    assert (found.state, found.result["churned"], found.result["needed"]) == (Backtest.State.REFUSED, 0, 20)
    assert not Calibration.objects.of(acme).exists()


def test_a_draft_that_changes_meanwhile_is_not_judged(acme):
    told(acme, {"one": [term(starts=180), use(10)]}, started=180)
    draft = draft_of(Scorecard.objects.of(acme).select_related("workspace").get())
    begun = begin(draft, NOW)
    ScorecardVersion.objects.of(acme).filter(pk=draft.pk).update(red_below=30)
    found = drain(begun.pk)
    assert found.state == Backtest.State.FAILED and "changed" in found.error


def test_a_step_that_fails_three_times_is_given_up(acme, monkeypatch):
    def broken(*_):
        raise ValueError("no such thing")

    told(acme, {"one": [term(starts=180), use(10)]}, started=180)
    monkeypatch.setattr(run, "read_day", broken)
    found = drain(begin(version(acme), NOW).pk)
    assert (found.state, found.failures, found.error) == ("failed", 3, "ValueError: no such thing")


def test_nothing_told_is_refused_too(acme):
    found = drain(begin(version(acme), NOW).pk)
    assert (found.state, found.result["rows"], found.result["days"]) == ("refused", 0, [])


def test_the_tick_asks_for_what_stands_still(acme, monkeypatch):
    sent = []
    monkeypatch.setattr("healthscore.tick.send", lambda *asked: sent.append(asked))
    still = begin(version(acme), NOW - timedelta(days=400))
    tick()
    assert ("metrics.judge", still.pk) in sent


def test_the_command(acme, capsys):
    call_command("backtest", "acme", "--format", "json")
    answer = json.loads(capsys.readouterr().out)
    assert (answer["state"], answer["scorecard"], answer["version"]) == ("refused", "Default", 1)
    call_command("backtest", "acme")
    assert "Too few to tell (0; 20 needed)." in capsys.readouterr().out
    for wrong in (["--scorecard", "None"], ["--number", "9"], ["--horizon", "0"], ["--again", "9"]):
        with pytest.raises(CommandError):
            call_command("backtest", "acme", *wrong)
    with pytest.raises(CommandError):
        call_command("backtest", "nobody")
