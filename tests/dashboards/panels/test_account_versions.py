"""The line of the score marks the days from which another scorecard version scored."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

from dashboards.panels.account import version_marks


def test_a_mark_stands_where_the_version_changes():
    cards = {1: SimpleNamespace(version="Default v1"), 2: SimpleNamespace(version="Default v2")}
    days = [{"day": date(2025, 6, n), "version_id": version} for n, version in enumerate((1, 1, 2, 2, 1), start=1)]
    marks = [(mark.day.day, mark.text) for mark in version_marks(days, cards)]
    assert marks == [(3, "Default v2"), (5, "Default v1")]
    assert version_marks(days[:1], cards) == []
