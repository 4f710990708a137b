"""Who speaks well of us."""

from __future__ import annotations

import pytest

from tests.metrics.cases import ago, correct, day, read_all, readings, said, sign, term, told

pytestmark = pytest.mark.django_db

TOLD = ["advocacy.referrals", "advocacy.future_talk", "advocacy.advocacy"]
WINDOWS = {"referral": (TOLD[0], 365), "future_talk": (TOLD[1], 180), "case_study": (TOLD[2], 365)}


def test_what_is_told(acme):
    told(
        acme,
        {
            "none": [term(), said(3, "praise"), said(3, "complaint")],
            "one of each": [term(), said(3, "referral"), said(3, "future_talk"), said(3, "review")],
            "several": [term(), said(0, "referral"), said(9, "referral"), said(9, "reference"), said(9, "case_study")],
        },
    )
    found = {name: tuple(values[key] for key in TOLD) for name, values in read_all(acme, TOLD).items()}
    assert found == {"none": (0, 0, 0), "one of each": (1, 1, 1), "several": (2, 0, 2)}


@pytest.mark.parametrize("kind", WINDOWS)
def test_windows_versions_and_young_accounts(acme, kind):
    key, window = WINDOWS[kind]
    told(acme, {"old": [term(), said(window - 1, kind), said(window, kind), said(9, kind, id="c", known_at=ago(7))]})
    told(acme, {"14 days": [term(starts=13), said(5, kind)]}, started=13)
    told(acme, {"too young": [term(starts=12), said(5, kind)]}, started=12)
    correct(acme, "old", said(9, "praise", id="c"), 2)
    found = readings(acme, key)
    assert (found["old"], found["14 days"], found["too young"]) == (1, 1, None)
    assert readings(acme, key, on=day(8))["old"] == 2
    assert readings(acme, key, on=day(7))["old"] == 3
    assert readings(acme, key, on=day(8), known=day(7))["old"] == 3


def test_social_media(acme):
    told(
        acme,
        {
            "none": [term(), sign(1, "login")],
            "one": [term(), sign(1, "social_mention", feature="positive")],
            "untold": [term(), sign(1, "social_mention"), sign(2, "social_reply")],
            "mixed": [
                term(),
                *(sign(n, "social_mention", feature="positive") for n in range(3)),
                sign(5, "social_mention", feature="negative"),
                sign(6, "social_reply", feature="neutral", count=2),
            ],
            "first and last day": [term(), sign(89, "social_mention", feature="negative"), sign(90, "social_reply")],
        },
    )
    keys = ["advocacy.social_interactions", "advocacy.social_sentiment"]
    found = {name: tuple(values[key] for key in keys) for name, values in read_all(acme, keys).items()}
    assert found == {
        "none": (0, None),
        "one": (1, pytest.approx(1 / 3)),
        "untold": (2, None),
        "mixed": (6, 0.25),
        "first and last day": (1, pytest.approx(-1 / 3)),
    }


@pytest.mark.parametrize(("age", "expected"), [(13, None), (14, 1)])
def test_social_media_of_young_accounts(acme, age, expected):
    told(acme, {"young": [term(starts=age - 1), sign(5, "social_mention")]}, started=age - 1)
    assert readings(acme, "advocacy.social_interactions") == {"young": expected}


def test_a_mention_heard_late(acme):
    told(acme, {"one": [term(), sign(9, "social_mention", feature="positive", known_at=ago(5))]})
    key = "advocacy.social_sentiment"
    assert readings(acme, key, on=day(6)) == {"one": None}
    assert readings(acme, key, on=day(5)) == {"one": pytest.approx(1 / 3)}
