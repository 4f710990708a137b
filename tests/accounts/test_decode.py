"""Errors of decoding in words, with field and value."""

from __future__ import annotations

from typing import NoReturn

import msgspec
import pytest
from msgspec import Struct

from accounts import decode
from accounts.batch import ACCEPTED, Result
from accounts.facts import InvoiceItem, TicketItem

TICKET = {"id": "1", "account": "A", "opened_at": "2025-01-01T00:00:00Z"}
INVOICE = {"id": "1", "account": "A", "issued_on": "2025-01-01", "due_on": "2025-01-31", "amount": "1"}


@pytest.mark.parametrize(
    ("struct", "item", "field", "value", "reason"),
    [
        (TicketItem, TICKET | {"priority": "hot"}, "priority", "hot", "must be one of: high, low, normal, urgent"),
        (TicketItem, {"id": "1"}, "account", "", "is required"),
        (InvoiceItem, INVOICE | {"currency": "euro"}, "currency", "euro", "must be a currency such as EUR"),
        (InvoiceItem, INVOICE | {"is_void": "perhaps"}, "is_void", "perhaps", "must be true or false"),
        (InvoiceItem, INVOICE | {"due_on": "31.1."}, "due_on", "31.1.", "must be a day such as 2026-11-22"),
        (InvoiceItem, INVOICE | {"amount": "1,5"}, "amount", "1,5", "must be a number"),
    ],
)
def test_what_is_wrong_is_said_in_words(struct, item, field, value, reason):
    [result] = decode.rows([item], struct)
    assert (result.field, result.value, result.reason) == (field, value, reason)


def test_one_bad_row_does_not_lose_the_rest():
    found = decode.rows([TICKET, {}, TICKET | {"id": "2"}], TicketItem)
    assert [type(each) is Result for each in found] == [False, True, False]
    assert [found[0].id, found[2].id] == ["1", "2"]


def test_results_return_to_their_places():
    bad = Result("rejected")
    assert decode.merge([1, bad, 2], [ACCEPTED, ACCEPTED]) == [ACCEPTED, bad, ACCEPTED]


class Base(Struct):
    """One from which others derive."""


class OnlyWritten(Base):
    """One that cannot be read."""

    field: NoReturn


def test_structs_are_learnt_whatever_one_of_them_holds():
    with pytest.raises(TypeError):
        msgspec.json.Decoder(OnlyWritten)
    decode.learn(Base)
