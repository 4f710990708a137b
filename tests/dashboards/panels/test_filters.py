"""What the address of the portfolio may say, and what it says back."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from dashboards.panels.filters import FilterError, Filters, read

OWN = Filters(csm="7")


def test_an_empty_address_is_the_default() -> None:
    assert read(QueryDict(""), OWN) == OWN
    assert OWN.address("/p", OWN) == "/p"


def test_an_address_says_what_was_read_from_it() -> None:
    query = "csm=all&segment=SMB&q=nord&sort=-mrr&page=2&show=poor&show=renewing"
    asked = read(QueryDict(query), OWN)
    assert asked.address("/p", OWN) == f"/p?{query}"


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("columns=mrr,health", ("mrr", "health")),
        ("columns=mrr&columns=health&columns=mrr", ("mrr", "health")),
        ("columns=mrr,health&earlier=health", ("health", "mrr")),
        ("columns=mrr,health&earlier=mrr", ("mrr", "health")),
        ("columns=mrr&earlier=nothing", ("mrr",)),
        ("columns=", ()),
        ("columns=health,change,line,drivers,stage,mrr,renews,touch", ()),
    ],
)
def test_columns_are_chosen_and_ordered(query: str, columns: tuple[str, ...]) -> None:
    asked = read(QueryDict(query), OWN)
    assert asked.columns == columns
    assert asked.address("/p", OWN) == (f"/p?columns={'%2C'.join(columns)}" if columns else "/p")


def test_a_chip_is_pressed_and_released_and_begins_anew() -> None:
    pressed = Filters(page=3).toggled("poor").toggled("overdue")
    assert pressed.show == ("poor", "overdue")
    assert pressed.page == 1
    assert pressed.toggled("poor").show == ("overdue",)


@pytest.mark.parametrize(
    "query",
    ["sort=size", "show=purple", "csm=alice", "csm=-1", "team=1.5", "stage=9999999999999999999", "page=0", "page=x",
     "page=99999999999", "page=²", "columns=aura", "columns=mrr,%00", "q=%00", "segment=%00"],
)  # fmt: skip
def test_nonsense_is_refused_by_name(query: str) -> None:
    with pytest.raises(FilterError, match=query.split("=")[0]):
        read(QueryDict(query), OWN)
