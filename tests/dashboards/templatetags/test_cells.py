"""Rows that are written in Python: what people called things stays words."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from django.utils.safestring import mark_safe

from dashboards.panels.figure import Figure
from dashboards.templatetags.cells import account_rows, measure_rows, score_rows
from dashboards.templatetags.marks import defined

TODAY = date(2026, 11, 22)
MARKUP, WORDS = "<b>", "&lt;b&gt;"


def test_nothing_that_people_wrote_becomes_markup() -> None:
    row: Any = SimpleNamespace(key=7, name=MARKUP, url="/7", is_by_hand=False, segment=MARKUP, owner=MARKUP)
    told = account_rows([row], [SimpleNamespace(key="name"), SimpleNamespace(key="owner")], TODAY, picks=True)
    assert MARKUP not in told
    assert told.count(WORDS) == 5
    line: Any = SimpleNamespace(
        anchor="", label=MARKUP, explanation="", now=Figure(MARKUP, 1), text=MARKUP, why_none="", target=MARKUP,
        band="red", points=8.0, signed="", weight=0.2, line=(None, 8.0), records="",
    )  # fmt: skip
    context = {"frame": SimpleNamespace(workspace=SimpleNamespace(slug="acme"))}
    assert MARKUP not in measure_rows(context, [line])
    line.signed, line.records, line.why_none = MARKUP, f'/"{MARKUP}', MARKUP
    told = measure_rows(context, [line])
    assert MARKUP not in told
    assert '/"' not in told


def test_what_is_kept_of_safe_words_is_not_given_for_others() -> None:
    assert f">{MARKUP}<" in defined("acme", "score", mark_safe(MARKUP))  # noqa: S308
    assert f">{WORDS}<" in defined("acme", "score", MARKUP)
    assert "/w/acme/" in defined("acme", "score", MARKUP)
    assert "/w/evil/" in defined("evil", "score", MARKUP)


def test_a_row_for_each_day() -> None:
    assert score_rows([(date(2026, 11, 1), 39.6)], TODAY) == '<tr><td>Nov 1</td><td class="num">39.6</td></tr>'
