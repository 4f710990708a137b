"""What an address asks of the page of comments, and back."""

from __future__ import annotations

from datetime import date

import pytest
from django.http import QueryDict

from dashboards.panels.feedback.asked import Asked, read
from dashboards.panels.filters import FilterError
from metrics.feedback.choice import Span

TODAY = date(2025, 7, 1)
MINE = Asked(csm="7")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "csm=all",
        "csm=none&team=3&segment=SMB&stage=2&name=Sable",
        "kind=nps&survey=half-year&topic=a%26b",
        "period=365&q=%22take+minutes%22+-update&theme=mobile+app&release=api&around=60",
        "account=12&since=2025-01-02&until=2025-02-03&after=2025-06-10T12%3A00%3A00%2B00%3A00~0~12",
        "show=low&show=unusual",
    ],
)
def test_what_is_read_is_written_back(query):
    assert read(QueryDict(query), MINE).address("/x", MINE) == (f"/x?{query}" if query else "/x")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("csm=me", "csm"),
        ("account=x", "account"),
        ("account=-1", "account"),
        ("stage=1e3", "stage"),
        ("kind=joke", "kind"),
        ("show=loud", "show"),
        ("period=7", "period"),
        ("around=0", "around"),
        ("since=yesterday", "since"),
        ("since=1999-12-31", "since"),
        ("until=9999-12-31", "until"),
        ("since=2025-02-02&until=2025-02-01", "since"),
        *(
            (f"{field}=a%00b", field)
            for field in ("q", "theme", "topic", "survey", "segment", "name", "release", "after")
        ),
    ],
)
def test_what_is_not_known_is_refused_by_name(query, name):
    with pytest.raises(FilterError, match=f"^{name}:"):
        read(QueryDict(query), MINE)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Asked(), Span(date(2025, 4, 3), date(2025, 7, 2))),
        (Asked(period="30"), Span(date(2025, 6, 2), date(2025, 7, 2))),
        (Asked(period="all"), None),
        (Asked(until=date(2025, 1, 31), period="30"), Span(date(2025, 1, 2), date(2025, 2, 1))),
        (Asked(since=date(2025, 1, 1)), Span(date(2025, 1, 1), date(2025, 7, 2))),
        (Asked(since=date(2025, 1, 1), until=date(2025, 1, 1)), Span(date(2025, 1, 1), date(2025, 1, 2))),
        (Asked(since=date(2026, 1, 1)), Span(date(2026, 1, 1), date(2026, 1, 2))),
        (Asked(until=date(2025, 1, 31), period="all"), Span(date(2000, 1, 1), date(2025, 2, 1))),
        (Asked(until=date(2000, 1, 1)), Span(date(2000, 1, 1), date(2000, 1, 2))),
    ],
    ids=str,
)
def test_the_days_asked_for(asked, expected):
    assert asked.span(TODAY) == expected


def test_anything_else_begins_with_the_newest():
    here = Asked(after="x", show=("low",))
    assert here.but(q="y").after == ""
    assert here.toggled("low").show == ()
    assert here.toggled("high") == Asked(show=("low", "high"))
