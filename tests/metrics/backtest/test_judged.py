"""What is said of a past that is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metrics.backtest.judged import canonical, judge, leavers, spells_of_month_ends
from metrics.backtest.outcomes import NEVER
from metrics.formulas.warning import Spells
from tests.metrics.backtest.past import ENDED, judged, panel


def test_a_score_that_tells():
    said, curve = judged()
    assert said["auc"]["low"] > 0.5 and said["tells"] and curve is not None
    assert said["churned"] >= 20 and said["rows"] == sum(each["n"] for each in said["deciles"])
    assert said["lost"] == sum(each["lost"] for each in said["bands"].values())
    assert said["bands"]["red"]["rate"] > said["bands"]["green"]["rate"]
    assert [each["rival"] for each in said["rivals"]] == ["last use", "use volume", "tenure", "chance"]
    assert [each["lag"] for each in said["lags"]] == [0, 14, 30]
    assert said["lags"][1]["auc"] == said["auc"]["value"]
    assert said["calibration"]["brier"] < said["calibration"]["brier_plain"]
    assert said["left_out"]["young"] == 3 and said["left_out"]["lag"] > 0
    assert canonical(said) == canonical(judged()[0])


def test_a_score_that_tells_nothing_makes_no_risk():
    said, curve = judged(tells=False)
    assert said["auc"]["low"] <= 0.5 <= said["auc"]["high"]
    assert (said["tells"], curve) == (False, None)


def test_too_few_are_refused():
    said, curve = judged(accounts=25)
    assert 0 < said["churned"] < said["needed"] == 20
    assert curve is None and "auc" not in said and "rivals" not in said


def test_a_longer_lag_asks_for_later_losses():
    found = panel()
    late = found.with_lag(30, ENDED)
    assert (late.leaves_in[late.lost] > 30).all() and (found.leaves_in[found.lost] > 14).all()
    assert found.with_lag(0, ENDED).in_lag.sum() < found.in_lag.sum()


def test_red_at_month_ends_lasts_until_the_next():
    found = panel()
    spells, asked = spells_of_month_ends(found, ENDED), leavers(found, ENDED, asked=True)
    assert len(asked.day) == found.sample.churned
    ends = {day.toordinal() for day in found.days}
    assert set(spells.start) <= ends and (spells.end >= spells.start).all()
    red = judge(found, {}, None, ENDED)[0]["red"]
    assert (red["from"], red["warning"]["of"]) == ("month ends", len(asked.day))


def test_published_nights_say_who_was_red():
    found = panel()
    asked = leavers(found, ENDED, asked=True)
    # Everybody who left was red for the last 45 days.
    nights = Spells(asked.account, asked.day - 45, asked.day)
    red = judge(found, {}, nights, ENDED)[0]["red"]
    assert red["from"] == "nights" and red["warning"]["median"] == 45 and red["warning"]["never"] == 0
    assert [each["red"] for each in red["before"]] == [red["before"][0]["of"], 0, 0]
    decided = asked.day - 45 + found.lag + found.horizon <= ENDED.toordinal()
    assert 0 < decided.sum() < len(decided)
    assert red["precision"]["right"] == red["precision"]["of"] == decided.sum()


def test_an_end_after_the_data_is_no_loss_yet():
    """Terms that run out later: whoever is red may still renew."""
    found = panel(tells=False)
    later = replace(found, outcome=np.where(found.outcome == NEVER, ENDED.toordinal() + 30, found.outcome))
    now, then = (judge(each, {}, None, ENDED)[0] for each in (found, later))
    assert now == then


def test_a_rival_is_judged_where_it_was_told():
    found = panel(accounts=240)
    early = found.day < 3
    volume = np.where(early, np.nan, found.rivals["use volume"])
    said = judge(replace(found, rivals={"use volume": volume}), {}, None, ENDED)[0]
    [rival, chance] = said["rivals"]
    assert rival["n"] == (found.asked & ~early).sum() < chance["n"] == said["rows"]


def test_the_renewal_view_is_of_those_that_renew():
    found = panel()
    said = judge(replace(found, renews=np.ones_like(found.renews)), {}, None, ENDED)[0]
    assert said["renewal"]["auc"] == said["auc"]
    none = judge(replace(found, renews=np.zeros_like(found.renews)), {}, None, ENDED)[0]
    assert none["renewal"] == {"churned": 0, "lost": 0, "rows": 0}
