"""What the numbers mean that are neither a measure nor a KPI: what makes a score, and what pages count beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from accounts.importers.report import Report
from metrics import customers, journey, kpis, measures  # noqa: F401 - the last two register theirs
from metrics.backtest import panel, rows
from metrics.event_names import names_seen
from metrics.feedback import choice, releases, themes
from metrics.formulas import by_hand, calibration, judging, rates, saves, scoring, warning
from metrics.kpis import cohorts, wins
from metrics.nightly import publish, run
from metrics.registry import KPIS, MEASURES
from metrics.weights import suggested


@dataclass(frozen=True)
class Made:
    """How such a number is made, with an example, and where."""

    name: Any
    formula: Any
    example: Any
    compute: Callable[..., Any]


# By anchor; the first is the score itself.
SCORING: dict[str, Made] = {
    "score": Made(
        gettext_lazy("Health score"),
        gettext_lazy(
            "50 + Σ contributions, 0…100. No score where the coverage is under 40 % or fewer than 3 measures are known."
        ),
        gettext_lazy("contributions −22 and +4.5 → 32.5"),
        scoring.scores,
    ),
    "score-points": Made(
        gettext_lazy("Points"),
        gettext_lazy(
            "How good a measure's value is: 0 at its worst, 50 at neutral, 100 at its best, in straight lines between "
            "them. By rank: 100 × (accounts that are worse + ½ those that are equal) ÷ accounts."
        ),
        gettext_lazy("60 % of seats in use where 10 / 40 / 80 % are worst / neutral / best → 75"),
        scoring.points_linear,
    ),
    "score-weight": Made(
        gettext_lazy("Effective weight"),
        gettext_lazy(
            "A line's share of the scorecard's weight. What is missing stays in its group first, then goes to "
            "other groups; no line more than doubles, and what remains counts as neutral."
        ),
        gettext_lazy(
            "weights 20 and 30, the second missing → 80 % and 0, as no line more than doubles; 20 % is neutral"
        ),
        scoring.effective_weights,
    ),
    "score-contribution": Made(
        gettext_lazy("Contribution"),
        gettext_lazy("Effective weight × (points − 50), rounded to 1/10,000 of a point."),
        gettext_lazy("weight 20 %, 75 points → +5"),
        scoring.contributions,
    ),
    "score-coverage": Made(
        gettext_lazy("Coverage"),
        gettext_lazy("Σ weights of the measures that are known ÷ Σ weights of those that are tracked."),
        gettext_lazy("weights 20 and 30 known of 20, 30 and 50 → 50 %"),
        scoring.coverage,
    ),
    "score-band": Made(
        gettext_lazy("Band"),
        gettext_lazy(
            "Poor under 40, at risk under 70, healthy from 70, unless the scorecard says otherwise. It changes when "
            "the score is 2 points past the border, or on the third day across it."
        ),
        gettext_lazy("39.9 → poor; 40 → at risk; 70 → healthy"),
        scoring.bands,
    ),
    "score-change": Made(
        gettext_lazy("Change in 7 days"),
        gettext_lazy(
            "The score minus that of seven days before. Of a band: its accounts minus those that were of it then."
        ),
        gettext_lazy("47.0 after 66.0 → ▼ 19"),
        publish.write_standings,
    ),
    "score-by-hand": Made(
        gettext_lazy("Bands by hand that were right"),
        gettext_lazy(
            "A band set by hand wins over the computed one until its end, a new cap, or the customer leaves. 90 days "
            "after it was set it is judged. Lifted above the computed band of the eve: right if the account neither "
            "left nor gave notice. Lowered: right if it did, or if its computed band came down as far. Share = right ÷ "
            "judged, with its 95 % interval (Wilson); under 20 it is thin. What has not had its 90 days, and what was "
            "the same as computed, is counted apart."
        ),
        gettext_lazy("healthy by hand over a computed poor, notice given 40 days later → not right"),
        by_hand.verdict,
    ),
}
# What pages count beside measures and KPIs: title of the group → anchor → how.
COUNTS: dict[Any, dict[str, Made]] = {
    gettext_lazy("Accounts"): {
        "count-accounts": Made(
            gettext_lazy("Accounts"),
            gettext_lazy(
                "Customers and those on trial: a paid term (or one of a trial) runs on the day; in a workspace of "
                "purchases, one was made within its days. The list of accounts has all others as well."
            ),
            gettext_lazy("3 with a paid term, 1 on trial, 1 lost, 1 only heard of → 4"),
            customers.scored,
        ),
        "count-renewing": Made(
            gettext_lazy("Renewing in 90 days"),
            gettext_lazy(
                "Accounts of which a paid term ends within 90 days, counted from today, and is not followed by one "
                "yet; with their whole MRR. The day is that of the first such term."
            ),
            gettext_lazy("terms that end in 20, 89 and 91 days, of 100, 50 and 70 a month → 2 accounts, 150"),
            publish.write_standings,
        ),
        "count-interval": Made(
            gettext_lazy("95 %, and thin"),
            gettext_lazy(
                "Wilson's interval of a share: where it lies, as far as so few cases can tell. Under 5 cases a share "
                "is marked thin, under 20 nobody is ranked by it."
            ),
            gettext_lazy("8 of 10 → 49 to 94 %"),
            rates.wilson,
        ),
    },
    gettext_lazy("Journey map"): {
        "stage-time": Made(
            gettext_lazy("Time in a stage"),
            gettext_lazy(
                "Local days since the account came into its stage; of several accounts the median. Nobody knows it "
                "where the stage was there before the first thing that was heard."
            ),
            gettext_lazy("in the stage since Jun 1, 9 and 20, on Jun 30 → 29, 21 and 10 → median 21"),
            journey.JourneyMap.cells,
        ),
        "stage-stuck": Made(
            gettext_lazy("Stuck"),
            gettext_lazy(
                "Longer in the stage than its target days; where it has none, longer than nine of ten stays in it "
                "that ended in the year before, from 20 stays on. In the last stage nobody is, without a target."
            ),
            gettext_lazy("target 30 days: 31 → stuck; 30 → not"),
            journey.JourneyMap.accounts,
        ),
        "stage-moves": Made(
            gettext_lazy("Moves"),
            gettext_lazy(
                "Accounts that went from a stage to another in these days, each once; new ones come, lost ones go. A "
                "move over a stage skips it. The days are the median of those in the stage they left."
            ),
            gettext_lazy("Onboarding → Adoption, back, and on again → 1 account on, 1 back"),
            journey.JourneyMap.moves,
        ),
        "stage-pulls": Made(
            gettext_lazy("What pulls down"),
            gettext_lazy(
                "Of each measure, Σ contributions ÷ scored accounts of the stage and band; the three lowest that are "
                "negative."
            ),
            gettext_lazy("contributions −6, −2 and +2 of three accounts → −2.0"),
            journey.JourneyMap.pulls,
        ),
    },
    gettext_lazy("Wins and cohorts"): {
        "win-saved": Made(
            gettext_lazy("Saved"),
            gettext_lazy(
                "An account that had been red within a year and has stayed green for 30 days, on the day on which "
                "that is sure. Another time only if it was red again."
            ),
            gettext_lazy("red on Mar 1, green from Apr 1 on → saved on May 1"),
            saves.saved,
        ),
        "win-renewed": Made(
            gettext_lazy("Renewed"),
            gettext_lazy(
                "A term that was due and followed, as the renewal rate counts it, on the day it ended; with the MRR "
                "of what follows."
            ),
            gettext_lazy("a year until May 31, the next from Jun 10 → renewed on May 31"),
            wins.renewals,
        ),
        "win-expanded": Made(
            gettext_lazy("Expanded"),
            gettext_lazy(
                "A day from which a customer pays more than the day before, rates of exchange aside, and by how "
                "much. Expansion MRR sets such rises against falls; here each counts."
            ),
            gettext_lazy("100 a month, from May 10 on 130 → 1, +30"),
            wins.expansions,
        ),
        "cohort-customers": Made(
            gettext_lazy("Customers that stayed"),
            gettext_lazy(
                "Of the accounts that became customers in a month, the share that is one at the end of a later one. "
                "In a month in which one is back, it is there again."
            ),
            gettext_lazy("8 began in March, 7 of them are customers at the end of June → 88 % after 3 months"),
            cohorts.customers,
        ),
        "cohort-mrr": Made(
            gettext_lazy("MRR that stayed"),
            gettext_lazy("What the same accounts pay at the end of a later month ÷ what they paid on their first day."),
            gettext_lazy("900 at first, 990 after 3 months → 110 %"),
            cohorts.mrr,
        ),
    },
    gettext_lazy("Feedback"): {
        "feedback-theme": Made(
            gettext_lazy("Theme"),
            gettext_lazy(
                "A word of three letters or two neighbouring words, none a stop word, in at least 3 comments of 2 "
                "accounts, and at least twice as often as on the other side. The number counts comments."
            ),
            gettext_lazy("“slow export” in 6 of 100 comments, before in 2 of 100 → 6"),
            themes.growing,
        ),
        "feedback-unusual": Made(
            gettext_lazy("Unusual answer"),
            gettext_lazy(
                "4 points or more, of 10, from the answer before of the same contact, account and kind of survey."
            ),
            gettext_lazy("NPS 9, then 5 → unusual: was 9"),
            choice.Choice.answers,
        ),
        "feedback-release": Made(
            gettext_lazy("Before and after a release"),
            gettext_lazy(
                "The answers of so many finished days from the release on, and of as many before: their mean, laid on "
                "0–10, high being good, and the share of those up to 6. Who answered on both sides is told apart."
            ),
            gettext_lazy("before 4 and 8, after 7 and 9 → means 6.0 and 8.0, low 50 % and 0 %"),
            releases.around,
        ),
    },
    gettext_lazy("What comes in, and the nights"): {
        "source-taken": Made(
            gettext_lazy("Taken and refused"),
            gettext_lazy(
                "What a source told in 24 hours, or on a day, that was taken: events, and facts of every kind. And the "
                "share that was not: refused, or in conflict with what was told before. What was known already is "
                "neither."
            ),
            gettext_lazy("98 taken, 2 refused → 98; 2.00 %"),
            Report.add,
        ),
        "source-file": Made(
            gettext_lazy("Report of a file"),
            gettext_lazy(
                "read = accepted + already known + conflicts + rejected. A row that is known word by word changes "
                "nothing; one with the id of another and other words is a conflict."
            ),
            gettext_lazy("90 accepted, 5 already known, 2 conflicts, 3 rejected → 100 read"),
            Report.add,
        ),
        "source-events": Made(
            gettext_lazy("Events of a name"),
            gettext_lazy(
                "Events, and the accounts they are of, in the 28 days up to today, as the rollups count them: without "
                "what our own people did. A feature's share is of the accounts with use in 90 days."
            ),
            gettext_lazy("3 events of one account, 2 of another, 1 of our own → 5 events, 2 accounts"),
            names_seen,
        ),
        "night": Made(
            gettext_lazy("Night"),
            gettext_lazy(
                "How many accounts were scored for a day, in how many shards, and how long it took from its opening "
                "to its publishing. Equal digests are equal scores."
            ),
            gettext_lazy("300 accounts, shards of 500 → 1 of 1"),
            run.open_run,
        ),
    },
    gettext_lazy("Back-tests"): {
        "backtest-auc": Made(
            gettext_lazy("AUC"),
            gettext_lazy(
                "Take a customer who left and one who stayed: how often the one who left had the lower score; ties "
                "count half. 0.5 is a coin, 1 is always. Pairs of a customer and a month end; left is: gave notice "
                "or churned in the horizon, usually 15 to 104 days later. The interval is the middle 95 % of 2,000 "
                "draws of accounts; one that contains 0.5 says that the score does not predict."
            ),
            gettext_lazy("left with 30 and 40, stayed with 20, 30 and 50 → 2.5 of 6 pairs, 0.42"),
            judging.auc,
        ),
        "backtest-deciles": Made(
            gettext_lazy("Churn by decile"),
            gettext_lazy(
                "Pairs in order of the score, cut into ten equal parts: lost ÷ pairs of each. Equal scores stay "
                "together."
            ),
            gettext_lazy("20 of the 200 lowest lost → 10 %"),
            judging.by_decile,
        ),
        "backtest-red": Made(
            gettext_lazy("Red before they left"),
            gettext_lazy(
                "Of the customers who left and were scored 30 (60, 90) days before, the share that was red then. By "
                "published nights where there are some for the whole time, else by month ends, each until the next."
            ),
            gettext_lazy("31 left, 24 of them red 30 days before → 77 %"),
            warning.red_before,
        ),
        "backtest-warning": Made(
            gettext_lazy("Median warning"),
            gettext_lazy(
                "Days from the beginning of the last unbroken red to the day on which the customer gave notice or "
                "left. Who was not red at last counts with 0 days."
            ),
            gettext_lazy("red since 1 March, notice on 10 April → 40 days"),
            warning.warnings,
        ),
        "backtest-precision": Made(
            gettext_lazy("Precision of red"),
            gettext_lazy(
                "Of the times that a customer turned red, the share after which it left: while it was red, or within"
                " lag and horizon (usually 104 days) of turning red. What began later is not decided, and not counted."
            ),
            gettext_lazy("40 times red, left after 10 of them → 25 %"),
            warning.precision,
        ),
        "backtest-pairs": Made(
            gettext_lazy("Pairs, and who left"),
            gettext_lazy(
                "A customer at a month end, as it was known then. Lost: it gave notice or churned in the horizon, "
                "after the lag: usually 15 to 104 days later. Of customers, and of those who left, each counts once."
            ),
            gettext_lazy("2 customers at 3 month ends, one gone 80 days after the last → 6 pairs, 1 lost"),
            panel.assemble,
        ),
        "backtest-left-out": Made(
            gettext_lazy("Left out"),
            gettext_lazy(
                "Pairs that nobody can be right or wrong about: customers younger than 28 days, those that had given "
                "notice already, those without a score; and those lost within the lag."
            ),
            gettext_lazy("10 customers at one month end, 1 new, 2 with notice given → 3 left out, 7 pairs"),
            rows.read_day,
        ),
        "suggestion-gain": Made(
            gettext_lazy("Gain"),
            gettext_lazy(
                "AUC by suggested weights − AUC by today's, over days and customers who left that the fit has not "
                "seen. The interval is the middle 95 % of the same draws of accounts for both; weights are suggested "
                "where all of it is above 0."
            ),
            gettext_lazy("0.74 by suggested weights, 0.70 by today's → +0.04"),
            suggested.gain,
        ),
        "backtest-calibration": Made(
            gettext_lazy("Calibration"),
            gettext_lazy(
                "What was predicted beside what happened, each fifth of the accounts predicted from the other four, "
                "in tenths by the prediction. Brier score: the mean of (prediction − what happened)², lower is "
                "better; beside it that of always saying the average."
            ),
            gettext_lazy("10 % predicted of 200 pairs, 22 lost → 11 % happened"),
            calibration.calibration,
        ),
        "churn-risk": Made(
            gettext_lazy("Churn risk"),
            gettext_lazy(
                "Of customers with such a score, the share that gave notice or left in the horizon, usually 15 to 104 "
                "days later, in the newest back-test of the scorecard's version: a logistic curve of the score, from "
                "200 churned accounts on an isotonic one, with its 95 % interval. Gone after 180 days; none where "
                "fewer than 20 churned, or where the score does not predict."
            ),
            gettext_lazy("10 of 20 with score 30 and 1 of 20 with score 80 lost → 50 % at 30"),
            calibration.curve,
        ),
    },
}
MADE = SCORING | {anchor: made for group in COUNTS.values() for anchor, made in group.items()}


def name_of(anchor: str) -> str:
    """What a number is called in the definitions."""
    if anchor in MADE:
        return str(MADE[anchor].name)
    kind, _hyphen, key = anchor.partition("-")
    return str({"kpi": KPIS, "measure": MEASURES}[kind][key].name)  # type: ignore[index]
