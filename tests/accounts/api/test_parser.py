"""Properties of the parser: any bytes are read or refused, and what is well-formed comes out as it went in."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from accounts.api.errors import ApiError
from accounts.api.parser import MAX_DEPTH, MAX_INTEGER, decode, fault

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NUMBERS = st.integers(-MAX_INTEGER, MAX_INTEGER - 1) | st.booleans() | st.none()
VALUES = st.recursive(NUMBERS | TEXTS, lambda v: st.lists(v, max_size=4) | st.dictionaries(TEXTS, v, max_size=4))


@given(st.binary(max_size=200) | st.text('[]{}",:0123456789.eE+-tfn\\u ', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(body):
    try:
        decode(body, Any)
    except ApiError as error:
        assert (error.status_code, error.field) == (400, "body")


@given(VALUES)
def test_what_is_well_formed_comes_out_as_it_went_in(value):
    assert decode(json.dumps(value).encode(), Any) == value


@given(VALUES, st.sampled_from(["\0", "a\0b", MAX_INTEGER, -MAX_INTEGER - 1]))
def test_one_bad_part_is_found_wherever_it_stands(value, bad):
    assert fault([value, {"deep": [bad]}])


@given(st.integers(1, 40))
def test_depth_is_bounded(depth):
    value: Any = 1
    for _ in range(depth):
        value = [value]
    assert bool(fault(value)) == (depth > MAX_DEPTH)
