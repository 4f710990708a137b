"""Pills, arrows and lines: shape, word and number together, and nothing that a customer's name could break."""

from __future__ import annotations

import re

import pytest

from dashboards.templatetags import marks


@pytest.mark.parametrize(
    ("band", "word", "drawn"),
    [
        ("green", "Healthy", "circle"), ("yellow", "At risk", "path"),
        ("red", "Poor", "path"), ("grey", "Not enough data", "circle"),
    ],
)  # fmt: skip
def test_a_band_is_shape_word_and_number(band: str, word: str, drawn: str) -> None:
    pill = marks.pill(band, 28)
    assert f"pill-{band}" in pill
    assert word in pill
    assert "28</span>" in pill
    assert f"<{drawn}" in pill


def test_the_four_shapes_differ() -> None:
    assert len({re.sub(r"shape-\w+", "", marks.shape(band)) for band in marks.SHAPES}) == 4


def test_an_unknown_band_is_grey() -> None:
    assert "pill-grey" in marks.pill("purple", None)


def test_a_change_says_its_way_in_words() -> None:
    assert "down </span>19" in marks.delta(-19)
    assert "up </span>6" in marks.delta(6)
    assert "no change" in marks.delta(0.2)
    assert "–" in marks.delta(None)


def test_a_line_breaks_where_a_day_is_missing() -> None:
    svg = marks.sparkline([50, 60, None, 40], "red")
    path = re.search(r'<path d="([^"]+)"', svg)[1]  # type: ignore[index]
    assert path.count("M") == 2
    assert path.count("L") == 1


def test_a_long_line_is_thinned_and_keeps_its_newest_point() -> None:
    whole = re.search(r'<path d="([^"]+)"', marks.sparkline(list(range(90))))[1]  # type: ignore[index]
    assert whole.count("L") < marks.SPARK_POINTS
    assert whole.split("L")[-1].startswith(f"{marks.SPARK_WIDTH - 2} ")


def test_a_line_of_nothing_is_empty() -> None:
    assert '<path d=""/>' in marks.sparkline([None, None])
    assert '<path d=""/>' in marks.sparkline([])


def test_a_flat_line_runs_through_the_middle() -> None:
    ys = set(re.findall(r"[ML][\d.]+ ([\d.]+)", marks.sparkline([70, 70, 70])))
    assert ys == {"13.0"}


def test_no_mark_carries_an_inline_style() -> None:
    drawn = [
        marks.pill("red", 1),
        marks.delta(-1),
        marks.sparkline([1, 2]),
        marks.shares([("red", 1)]),
        marks.pull(-2, 4),
    ]
    assert not any("style=" in each for each in drawn)


def test_labels_are_escaped() -> None:
    assert "<script>" not in marks.shares([("red", 1)], "<script>")
    assert "<b>" not in marks.word_pill("green", "<b>")
