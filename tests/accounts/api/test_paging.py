"""The parameters of lists: what cannot be read is refused by name."""

from __future__ import annotations

import base64

import pytest

from tests.accounts.api.conftest import error_of


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("limit", each) for each in ("0", "501", "-1", "1e3", "%00", "%D9%A1", "9" * 30)),
        *(("updated_since", each) for each in ("%00", "2025-13-01", "soon")),
        *(("updated_since", each) for each in ("0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59")),
        *(("cursor", cursor(each)) for each in ('["0001-01-01T00:00:00+23:59", 1]', "[" * 5000, '["2025-01-01", NaN]')),
        *(("cursor", each) for each in ("%00", "%FF", cursor("{}"), cursor('["2025-01-01", null]'))),
        *(("account", each) for each in ("%00", "%FF", "nobody")),
    ],
)
def test_a_parameter_that_cannot_be_read_is_refused(field, value, program):
    assert error_of(program.get(f"contacts?{field}={value}"), 400)["field"] == field


def test_the_format_is_no_parameter(program):
    assert program.get("contacts?format=xml").status_code == 200


@pytest.mark.parametrize("name", ["a%0Ab", "a/b/c", "%F0%9F%98%80"])
def test_an_id_may_hold_anything(name, program):
    assert program.call("PUT", f"accounts/{name}", {"name": "Any"}).status_code == 201
    assert program.get(f"accounts/{name}").json()["name"] == "Any"


@pytest.mark.parametrize("name", ["%00", "%FF", "a%0Ab", "%ED%A0%80", "a/b/c", "a" * 3000])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_id_that_nothing_can_have_is_not_there(name, method, program):
    error_of(program.call(method, f"contacts/{name}", {}), 404)
