"""What can happen to an account, as data: how it feels along the way, and what happens when.

A story is told over a span of days; 0 is its beginning, 1 its end. Between two frames every part of the mood
moves in a straight line. A story that lets go ends where it began, at the account's own normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Mood(NamedTuple):
    """How an account feels on a day, against its own normal."""

    people: float = 1.0  # × people who use it
    pace: float = 1.0  # × how often, how much
    breadth: float = 1.0  # × features used
    late: float = 0.0  # + days a bill is paid late
    joy: float = 0.0  # + satisfaction, 0 to 1
    trouble: float = 1.0  # × tickets
    severe: float = 0.0  # + share of tickets that are severe and slow
    warmth: float = 1.0  # × how often one speaks, × mails opened


NORMAL = Mood()


@dataclass(frozen=True)
class Story:
    """`ending` is what happens at the last day: churn, contract (fewer seats), leave (a trial ends) or nothing."""

    days: tuple[int, int]
    frames: dict[float, Mood]
    moments: tuple[tuple[float, str], ...] = ()
    ending: str = ""
    weight: float = 0.0
    likes: float = 0.0  # above 0: happens to accounts that fit well; below: to those that do not
    reason: str = ""


STORIES: dict[str, Story] = {
    # -- beginnings
    "trial_grows": Story(
        days=(21, 21),
        frames={0: Mood(people=0.25, pace=0.7, breadth=0.5), 1: Mood(people=0.75, breadth=0.8)},
        moments=((0.1, "kickoff"), (0.7, "check_in")),
    ),
    "trial_fades": Story(
        days=(21, 21),
        frames={
            0: Mood(people=0.3, pace=0.7, breadth=0.5),
            0.4: Mood(people=0.25),
            1: Mood(people=0.04, pace=0.3),
        },
        moments=((0.1, "kickoff"),),
        ending="leave",
    ),
    "onboarding_sticks": Story(
        days=(60, 90),
        frames={
            0: Mood(people=0.12, pace=0.6, breadth=0.4, trouble=1.8),
            0.3: Mood(people=0.45, pace=0.8, breadth=0.7, trouble=1.8, warmth=1.8),
            0.7: Mood(people=0.9, joy=0.05, trouble=1.2, warmth=1.5),
            1: NORMAL,
        },
        moments=(
            (0.03, "kickoff"), (0.05, "step"), (0.12, "step"), (0.2, "training"), (0.22, "step"), (0.35, "step"),
            (0.45, "step"), (0.5, "effort"), (0.6, "step"), (0.75, "step"), (0.9, "step"), (0.95, "praise"),
        ),
    ),  # fmt: skip
    "onboarding_stalls": Story(
        days=(120, 170),
        frames={
            0: Mood(people=0.12, pace=0.6, breadth=0.4, trouble=1.5),
            0.25: Mood(people=0.3, pace=0.6, breadth=0.5, joy=-0.1, trouble=1.5),
            0.6: Mood(people=0.2, pace=0.5, breadth=0.5, late=6, joy=-0.25, warmth=0.7),
            1: Mood(people=0.1, pace=0.4, breadth=0.4, late=14, joy=-0.3, trouble=0.4, warmth=0.5),
        },
        moments=(
            (0.03, "kickoff"), (0.05, "step"), (0.15, "step"), (0.3, "effort"), (0.4, "step"), (0.45, "complaint"),
            (0.5, "problem"), (0.8, "notice"),
        ),
        ending="churn",
        reason="never took off",
    ),  # fmt: skip
    "onboarding_rescued": Story(
        days=(130, 170),
        frames={
            0: Mood(people=0.12, pace=0.6, breadth=0.4, trouble=1.5),
            0.25: Mood(people=0.28, pace=0.6, breadth=0.5, joy=-0.1, trouble=1.5),
            0.5: Mood(people=0.28, pace=0.6, breadth=0.5, joy=-0.15),
            0.8: Mood(people=0.8, pace=0.9, warmth=1.6),
            1: NORMAL,
        },
        moments=(
            (0.03, "kickoff"), (0.05, "step"), (0.12, "step"), (0.2, "step"), (0.45, "review"), (0.5, "training"),
            (0.52, "step"), (0.6, "step"), (0.68, "step"), (0.75, "step"), (0.9, "praise"),
        ),
    ),  # fmt: skip
    # -- endings
    "champion_leaves": Story(
        days=(130, 200),
        frames={
            0: NORMAL,
            0.1: Mood(people=0.85, pace=0.85, joy=-0.1, warmth=0.7),
            0.3: Mood(people=0.45, pace=0.5, breadth=0.55, late=10, joy=-0.3, warmth=0.4),
            0.5: Mood(people=0.24, pace=0.35, breadth=0.4, late=36, joy=-0.42, trouble=0.8, severe=0.2, warmth=0.3),
            1: Mood(people=0.08, pace=0.22, breadth=0.3, late=70, joy=-0.48, trouble=0.5, severe=0.25, warmth=0.3),
        },
        moments=((0, "champion_leaves"), (0.3, "problem"), (0.34, "complaint"), (0.38, "ask"), (0.7, "notice")),
        ending="churn",
        weight=4.6,
        likes=-0.6,
        reason="champion left",
    ),
    "fade": Story(
        days=(140, 210),
        frames={
            0: NORMAL,
            0.25: Mood(people=0.6, pace=0.7, breadth=0.7, joy=-0.15, warmth=0.7),
            0.5: Mood(people=0.3, pace=0.4, breadth=0.45, late=10, joy=-0.32, trouble=0.6, warmth=0.4),
            1: Mood(people=0.06, pace=0.25, breadth=0.25, late=22, joy=-0.4, trouble=0.4, warmth=0.3),
        },
        moments=((0.3, "complaint"), (0.32, "request"), (0.4, "ask"), (0.76, "notice")),
        ending="churn",
        weight=3.3,
        likes=-1.0,
        reason="went to a competitor",
    ),
    "crisis_leaves": Story(
        days=(90, 140),
        frames={
            0: NORMAL,
            0.15: Mood(pace=0.9, joy=-0.4, trouble=6, severe=0.6),
            0.45: Mood(people=0.5, pace=0.55, breadth=0.7, late=18, joy=-0.55, trouble=6, severe=0.7, warmth=1.3),
            1: Mood(people=0.15, pace=0.3, breadth=0.4, late=60, joy=-0.6, trouble=2.5, severe=0.6, warmth=0.5),
        },
        moments=(
            (0.15, "complaint"), (0.25, "ask"), (0.3, "mention"), (0.35, "complaint"), (0.45, "ask"), (0.5, "review"),
            (0.65, "notice"),
        ),
        ending="churn",
        weight=2.4,
        likes=-0.4,
        reason="quality of service",
    ),
    "bought_out": Story(
        days=(40, 60),
        frames={0: NORMAL, 0.7: NORMAL, 1: Mood(people=0.6, pace=0.7)},
        moments=((0.6, "notice"),),
        ending="churn",
        weight=1.2,
        reason="acquired by another company",
    ),
    # -- what passes
    "champion_replaced": Story(
        days=(110, 160),
        frames={
            0: NORMAL,
            0.25: Mood(people=0.55, pace=0.6, breadth=0.7, late=8, joy=-0.25, warmth=0.6),
            0.5: Mood(people=0.35, pace=0.45, breadth=0.55, late=24, joy=-0.35, warmth=1.4),
            0.8: Mood(people=0.95, pace=0.95, warmth=1.4),
            1: NORMAL,
        },
        moments=(
            (0, "champion_leaves"), (0.3, "ask"), (0.45, "champion_arrives"), (0.5, "review"),
            (0.55, "training"), (0.95, "ask"),
        ),
        weight=6,
    ),
    "support_crisis": Story(
        days=(70, 110),
        frames={
            0: NORMAL,
            0.15: Mood(people=0.85, pace=0.8, joy=-0.4, trouble=6, severe=0.6),
            0.5: Mood(people=0.6, pace=0.55, breadth=0.8, late=20, joy=-0.5, trouble=6, severe=0.6, warmth=1.5),
            0.75: Mood(people=0.9, pace=0.9, joy=-0.1, trouble=1.5, severe=0.1, warmth=1.5),
            1: NORMAL,
        },
        moments=(
            (0.2, "complaint"), (0.25, "ask"), (0.4, "review"), (0.45, "ask"), (0.7, "resolve"),
            (0.9, "praise"), (0.95, "ask"),
        ),
        weight=8,
        likes=-0.2,
    ),
    "complaint_handled": Story(
        days=(45, 70),
        frames={
            0: NORMAL,
            0.1: Mood(joy=-0.3, trouble=2, severe=0.3),
            0.4: Mood(joy=0.1, warmth=1.6),
            1: NORMAL,
        },
        moments=((0.05, "complaint"), (0.2, "resolve"), (0.25, "check_in"), (0.6, "praise"), (0.7, "ask")),
        weight=8,
    ),
    "cash_trouble": Story(
        days=(90, 150),
        frames={
            0: NORMAL,
            0.2: Mood(late=28, warmth=0.9),
            0.6: Mood(late=40, joy=-0.05),
            0.85: Mood(late=4),
            1: NORMAL,
        },
        moments=((0.5, "check_in"),),
        weight=6,
        likes=-0.3,
    ),
    "quiet_contraction": Story(
        days=(120, 180),
        frames={
            0: NORMAL,
            0.5: Mood(people=0.75, pace=0.9, breadth=0.9, warmth=0.8),
            1: Mood(people=0.6, pace=0.85, breadth=0.85, joy=-0.05, warmth=0.8),
        },
        moments=((0.85, "request"),),
        ending="contract",
        weight=7,
        likes=-0.4,
    ),
    "project_pause": Story(
        days=(60, 110),
        frames={
            0: NORMAL,
            0.25: Mood(people=0.45, pace=0.5, breadth=0.6),
            0.6: Mood(people=0.32, pace=0.4, breadth=0.5, joy=-0.1, warmth=0.7),
            1: NORMAL,
        },
        moments=((0.3, "check_in"),),
        weight=10,
        likes=-0.6,
    ),
    "expansion": Story(
        days=(100, 140),
        frames={
            0: NORMAL,
            0.4: Mood(people=1.25, pace=1.15, breadth=1.15, joy=0.08, warmth=1.3),
            0.5: NORMAL,
            1: NORMAL,
        },
        moments=(
            (0.15, "future_talk"), (0.2, "deal_opens"), (0.3, "review"), (0.45, "expand"),
            (0.7, "training"),
        ),
        weight=10,
        likes=0.8,
    ),
    "deal_lost": Story(
        days=(70, 100),
        frames={0: NORMAL, 0.3: Mood(joy=0.05, warmth=1.2), 0.8: Mood(joy=-0.05), 1: NORMAL},
        moments=((0.1, "future_talk"), (0.15, "deal_opens"), (0.7, "deal_lost")),
        weight=5,
    ),
    "advocate": Story(
        days=(180, 300),
        frames={
            0: NORMAL,
            0.1: Mood(pace=1.15, joy=0.15, warmth=1.4),
            0.9: Mood(pace=1.1, joy=0.15, warmth=1.3),
            1: NORMAL,
        },
        moments=(
            (0.05, "praise"), (0.1, "referral"), (0.15, "mention"), (0.2, "publish"), (0.35, "reference"),
            (0.4, "mention"), (0.5, "future_talk"), (0.55, "referral"), (0.7, "case_study"), (0.75, "mention"),
            (0.85, "praise"),
        ),
        weight=6,
        likes=1.2,
    ),
}  # fmt: skip
