"""The chart of a score, as plain data."""

from __future__ import annotations

from datetime import date, timedelta

from dashboards.charts.score_line import Mark, score_line

FIRST = date(2026, 8, 24)
DAYS = [FIRST + timedelta(days=n) for n in range(91)]
SCORES = [70.0 - n / 2 for n in range(91)]


def test_the_line_keeps_gaps() -> None:
    figure = score_line(DAYS[:3], [50.0, None, 40.0])
    assert figure["data"][0]["y"] == [50.0, None, 40.0]
    assert figure["data"][0]["connectgaps"] is False


def test_the_bands_lie_between_the_borders() -> None:
    shapes = score_line(DAYS, SCORES, borders=(30, 80))["layout"]["shapes"]
    assert [(shape["y0"], shape["y1"]) for shape in shapes] == [(0, 30), (30, 80), (80, 100)]
    assert [shape["fillcolor"] for shape in shapes] == ["var(--red-wash)", "var(--yellow-wash)", "var(--green-wash)"]


def test_a_mark_has_a_stem_a_dot_on_the_line_and_a_label() -> None:
    figure = score_line(DAYS, SCORES, [Mark(DAYS[30], "Champion left")])
    assert figure["data"][1]["y"] == [SCORES[30]]
    assert figure["layout"]["shapes"][-1]["x0"] == DAYS[30].isoformat()
    assert figure["layout"]["annotations"][0]["text"] == "Champion left"


def test_a_mark_outside_the_days_is_left_out() -> None:
    figure = score_line(DAYS, SCORES, [Mark(FIRST - timedelta(days=1), "Before")])
    assert figure["data"][1]["x"] == []
    assert figure["layout"]["annotations"] == []


def test_labels_that_would_overlap_go_below_each_other() -> None:
    marks = [Mark(DAYS[40], "One"), Mark(DAYS[42], "Two"), Mark(DAYS[80], "Three")]
    labels = score_line(DAYS, SCORES, marks)["layout"]["annotations"]
    assert [label["yshift"] for label in labels] == [0, -13, 0]
    assert [label["xanchor"] for label in labels] == ["left", "left", "right"]


def test_days_are_named_by_the_caller() -> None:
    figure = score_line(DAYS, SCORES, say=lambda day: f"day {day.day}")
    assert figure["layout"]["xaxis"]["ticktext"] == ["day 24", "day 23", "day 23", "day 22"]
    assert figure["data"][0]["text"][0] == "day 24"


def test_one_day_and_none_are_charts_too() -> None:
    assert score_line(DAYS[:1], [55.0])["data"][0]["y"] == [55.0]
    assert score_line([], [])["data"][0]["x"] == []
