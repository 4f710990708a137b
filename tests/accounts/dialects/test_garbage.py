"""Whatever a provider sends in whichever place is read, refused or left out; it raises nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from accounts.batch import Result
from accounts.dialects import cloudevents, delighted, stripe, typeform, webhook, zendesk
from accounts.dialects.told import Told
from tests.accounts.dialects import provider_events as events
from tests.accounts.dialects.stripe_events import customer, event, invoice, item, subscription

JUNK: tuple[Any, ...] = (None, [], {}, [None], [5], {"data": [7]}, "x", "", "\0é", -1, 1.5, True, 10**30, float("inf"))
CHARGE = {"id": "ch", "object": "charge", "invoice": "in", "currency": "eur", "amount_refunded": 5, "customer": "c"}
COUPON = {"coupon": {"duration": "forever", "percent_off": 10, "amount_off": None}}
SAMPLES: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "customer": (stripe.read, event("e", "customer.updated", "2025-06-05", customer(metadata={"account": "one"}))),
    "subscription": (
        stripe.read,
        event("e", "customer.subscription.updated", "2025-06-05", subscription(item(), item(), discount=COUPON)),
    ),
    "invoice": (stripe.read, event("e", "invoice.updated", "2025-06-05", invoice(status="uncollectible"))),
    "charge": (stripe.read, event("e", "charge.refunded", "2025-06-05", CHARGE)),
    "comment": (zendesk.read, events.zendesk("e", "comment_added", "2025-06-02T09:00:00Z", events.comment())),
    "status": (
        zendesk.read,
        events.zendesk("e", "status_changed", "2025-06-02T09:00:00Z", events.status("OPEN", "SOLVED")),
    ),
    "organization": (zendesk.read, events.organization("e", "one")),
    "typeform": (typeform.read, events.typeform({"nps": 9, "long": "why", "email": "a@one.example"}, account="one")),
    "delighted": (delighted.read, events.delighted()),
    "cloudevents": (
        cloudevents.read,
        {"specversion": "1.0", "id": "1", "source": "/a", "type": "t", "subject": "one", "data": {"a": 1}},
    ),
    "webhook": (lambda value: [webhook.cell(value, path) for path in ("a", "a.b", "a.0.b", "c.1")], {"a": [{"b": 1}]}),
}


def spoiled(value: Any) -> Iterator[Any]:
    """Copies of a document, each with junk, or nothing, in one place."""
    for path in list(_paths(value)):
        for junk in JUNK:
            yield _with(value, path, junk)
        yield _with(value, path, ...)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield from _paths(each, (*path, key))


def _with(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return None if junk is ... else junk
    copy = deepcopy(value)
    place = copy
    for key in path[:-1]:
        place = place[key]
    if junk is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = junk
    return copy


@pytest.mark.parametrize("sample", SAMPLES)
def test_junk_in_any_place_raises_nothing(sample: str) -> None:
    read, document = SAMPLES[sample]
    whole = read(document)
    assert not isinstance(whole, Told) or whole.parts
    for each in spoiled(document):
        found = read(each)
        assert isinstance(found, (Told, Result, list)), each
