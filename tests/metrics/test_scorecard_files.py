"""A scorecard as YAML: out and in again is the same, and what is wrong is told with line, field and value."""

from __future__ import annotations

from random import Random

import pytest

from metrics.drafts import discard, draft_of, replace, says
from metrics.models import Scorecard
from metrics.registry import MEASURES
from metrics.scorecard_files import MAX_SIZE, ScorecardFileError, bring, read, written
from metrics.scorecards import card_of, cards

NAMES = ["yes", "=1+1", "null", "a: b # c", "'\"", "Größe ↑", "- x", "12", "{x}", "tab\tand\x85line", "*alias"]
NUMBERS = [0, 1, -3.5, 0.1, 1e-7, 12345678.25, 1 / 3, 1e12, 2e-300]


def chance_lines(chance, kind):
    measures = chance.sample(sorted(MEASURES), chance.randint(3, 12))
    for measure in measures:
        low, mid, high = sorted(chance.sample(NUMBERS, 3), reverse=chance.random() < 0.5)
        told = {"measure": measure, "weight": chance.choice([0.5, 10, 1 / 7]), "by_rank": chance.random() < 0.3}
        if not told["by_rank"] or chance.random() < 0.5:
            told |= {"worst": low, "neutral": mid, "best": high}
        told["assumed_points"] = chance.choice([None, None, 0, 33.3])
        if kind == "points":
            told["steps"] = [[sign, chance.choice(NUMBERS), chance.choice([-5, 2.5])] for sign in (">=", "<", "=")]
        yield told


def chance_caps(chance):
    for n, name in enumerate(chance.sample(NAMES, chance.randint(0, 6))):
        conditions = [
            [measure, chance.choice([">", "<=", "="]), n + 0.5] for measure in chance.sample(sorted(MEASURES), 2)
        ]
        yield {"name": name, "band": chance.choice([1, 2]), "conditions": conditions}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["weighted", "points"])
@pytest.mark.parametrize("seed", range(3))
def test_out_and_in_again_is_the_same(acme, kind, seed):
    chance = Random(f"{kind} {seed}")
    of = Scorecard.unscoped.create(workspace=acme, name=chance.choice(NAMES), kind=kind, segments=NAMES[:3])
    draft = draft_of(of)
    red, green = sorted(chance.sample([0, 12.5, 40, 100 / 3, 99.9], 2))
    replace(
        draft, list(chance_lines(chance, kind)), list(chance_caps(chance)),
        red_below=red, green_from=green, bands_by_rank=chance.random() < 0.5,
    )  # fmt: skip
    before = card_of(draft)
    text = written(before)
    discard(draft)
    again = draft_of(of)
    bring(again, text)
    assert says(card_of(again)) == says(before)
    assert written(card_of(again)).splitlines()[2:] == text.splitlines()[2:]


@pytest.mark.django_db
def test_the_default_reads_well(acme):
    (card,) = cards(acme)
    text = written(card)
    assert "# Active seats" in text
    assert "- measure: usage.active_seats\n  weight: 10\n  worst: 0.1\n  neutral: 0.4\n  best: 0.8\n" in text
    assert "  conditions: [[commercial.days_past_due, '>=', 60]]\n" in text


GOOD = """\
kind: weighted
bands:
  red_below: 30
lines:
  - measure: usage.active_seats
    weight: 10
    worst: 0.1
    neutral: 0.4
    best: 0.8
caps:
  - name: Late
    band: red
    conditions: [[commercial.days_past_due, ">=", 60]]
"""
BAD = [
    ("weight: 10", "weight: heavy", "Line 6, weight: “heavy” is no number"),
    ("weight: 10", "weight: .inf", "Line 6, weight"),
    ("weight: 10", "wieght: 10", "Line 6, one of lines: “wieght” is no key of it; there are: measure, weight"),
    ("    weight: 10\n", "", "Line 5, one of lines: “weight” is missing"),
    ("    worst: 0.1\n", "", "Line 5, Worst, neutral, best of Active seats: give all three, or none"),
    ("usage.active_seats", "usage.luck", "Line 5, measure: there is no measure “usage.luck”"),
    ("best: 0.8", "best: [1]", "Line 9, best: “” must be one value"),
    ("red_below: 30", "red_below: 90", "Line 3, Poor below: 90 is not less than 70"),
    ("band: red", "band: blue", "Line 12, band: “blue” must be red or yellow"),
    ('">=", 60', '"=>", 60', "Line 13, Condition of “Late”: “=>” is none of"),
    ('">=", 60', '">="', "Line 13, conditions: “” must be a list of three values"),
    ("kind: weighted", "kind: points", "Line 1, kind: “points” this scorecard is of kind “weighted”"),
    ("kind: weighted", "kind: weighted\nkind: weighted", "Line 2, the file: “kind” stands twice"),
    ("lines:", "lines: &a", "aliases"),
    ("kind: weighted", "{", "This is not YAML"),
    ("kind: weighted", "kind: !!python/object:os.system weighted\n", ""),
    ("name: Late", 'name: "a\\0b"', "Line 11: it holds a letter that is none"),
    ("name: Late", 'name: "\\ud800"', "Line 11: it holds a letter that is none"),
    ("name: Late", 'name: "\\U00110000"', "This is not YAML"),
    ("name: Late", 'name: "\\UFFFFFFFF"', "This is not YAML"),
    (GOOD, "- 1", "Line 1, the file"),
    (GOOD, "", "Line 1, the file"),
    (GOOD, "[" * 5000, "nested too deeply"),
    (GOOD, "a" * (MAX_SIZE + 1), "at most"),
]


def test_a_file_by_hand():
    said = read(GOOD, "weighted")
    assert said.borders == {"red_below": 30, "green_from": 70, "bands_by_rank": False}
    assert (said.lines[0]["worst"], said.caps[0]["conditions"]) == (0.1, [["commercial.days_past_due", ">=", 60.0]])


@pytest.mark.parametrize(("old", "new", "words"), BAD, ids=range(len(BAD)))
def test_what_is_wrong_is_told_with_line_field_and_value(old, new, words):
    text = GOOD.replace(old, new) + ("more: *a\n" if words == "aliases" else "")
    if not words:
        assert read(text, "weighted").kind == "weighted"
        return
    with pytest.raises(ScorecardFileError) as error:
        read(text, "weighted")
    assert words in str(error.value)


def test_a_few_letters_do_not_become_millions():
    laughs = "a: &a [x]\nb: &b [*a, *a]\n"
    with pytest.raises(ScorecardFileError, match="Line 2: aliases"):
        read(laughs, "weighted")
