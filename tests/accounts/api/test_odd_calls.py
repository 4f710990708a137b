"""Whatever a client of another system sends, the answer is no 5xx, and says what is wrong where it is not taken."""

from __future__ import annotations

import copy
import json
import random
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import ApiKey, Workspace
from accounts.permissions import CLIENT, ROUTES
from healthscore.handbook import addresses
from tests.accounts.api.conftest import Program

FEW, MANY = 10, 300
MOMENT = "2026-11-20T12:00:00Z"
CALL = {"userId": "u", "anonymousId": "n", "messageId": "m", "timestamp": MOMENT, "context": {"groupId": "g"}}
TRAITS = {"traits": {"name": "Ada", "createdAt": MOMENT, "website": "acme.example", "plan": "Pro"}}
EVENT = {"event": "Export", "properties": {"feature": "CSV", "path": "/a"}}
BATCH = {"batch": [CALL | EVENT | {"type": "track"}, CALL | TRAITS | {"type": "identify"}], "sentAt": MOMENT}
CAPTURE = {"event": "Export", "distinct_id": "u", "timestamp": MOMENT, "properties": {"$groups": {"company": "g"}}}
# Of each address, what is taken.
SOUND: dict[str, Any] = {
    "totango-pixel": {
        "sdr_o": "a",
        "sdr_u": "u",
        "sdr_a": "Login",
        "sdr_o.Create Date": MOMENT,
        "sdr_u.Key Contact": "no",
    },
    "custify-event": {"name": "Export", "user_id": 1, "company_id": "c", "created_at": MOMENT, "metadata": {"a": 1}},
    "custify-people": {
        "user_id": 1,
        "email": "a@b.example",
        "companies": [{"company_id": "c"}],
        "signed_up_at": MOMENT,
    },
    "custify-company": {"company_id": "c", "name": "Cee", "website": "c.example", "custom_attributes": {"tier": 1}},
    "pendo-track": {"type": "track", "visitorId": "v", "accountId": "a", "timestamp": 1_700_000_000_000} | EVENT,
    "vitally-account": {"accountId": "a", "messageId": "m"} | TRAITS,
    "vitally-user": {"userId": 1, "accountId": "a"} | TRAITS,
    "vitally-track": {"userId": 1, "accountId": "a", "timestamp": MOMENT} | EVENT,
    "segment-track": CALL | EVENT,
    "segment-page": CALL | EVENT | {"name": "Home"},
    "segment-screen": CALL | EVENT | {"name": "Home"},
    "segment-identify": CALL | TRAITS,
    "segment-group": CALL | TRAITS | {"groupId": "g"},
    "segment-alias": CALL | {"previousId": "p"},
    "segment-batch": BATCH,
    "segment-import": BATCH,
}
ODD = (
    *(None, True, 0, -1, 2**62, 2**63, -(2**70), 1.5, 1e308, [], [None], {}, {"a": {"b": [{}]}}),
    *("", " ", "x" * 201, "x" * 40_000, "\0", "é" * 150, "a@b@c", "//[", "https://[x", "user:1", "__proto__"),
    *("1999-01-01", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59+14:00", "2026-11-20"),
)


def sound_of(name: str) -> dict[str, Any]:
    return copy.deepcopy(SOUND.get(name) or {"batch": [CAPTURE], "sent_at": MOMENT} | CAPTURE)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a value could be another."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inside for place in places(each, (*path, key)))]


def odd(value: Any, chance: random.Random) -> Any:
    """The same, but for one or two values: another, or none at all."""
    for _ in range(chance.randint(1, 2)):
        *way, last = chance.choice([place for place in places(value) if place] or [("x",)])
        inner = value
        for key in way:
            inner = inner[key]
        if chance.random() < 0.2 and isinstance(inner, dict):
            inner.pop(last)
        else:
            inner[last] = copy.deepcopy(chance.choice(ODD))
    return value


def send(name: str, url: str, body: Any, key: str) -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    if name == "totango-pixel":
        return Client().post(url, urlencode(body), content_type="application/x-www-form-urlencoded", headers=headers)
    body = body | {"api_key": key}
    return Client().post(url, json.dumps(body), content_type="application/json", headers=headers)


@pytest.mark.django_db
@pytest.mark.parametrize("many", [False, pytest.param(True, marks=pytest.mark.faults)], ids=["few", "many"])
@pytest.mark.parametrize("name", [name for name, takes in ROUTES.items() if takes == CLIENT])
def test_what_is_odd_is_told(acme: Workspace, name: str, many: bool) -> None:
    program = Program(acme, ApiKey.Scope.EVENTS, creates_accounts=True)
    url, chance = addresses()[name], random.Random(name)
    assert send(name, url, sound_of(name), program.secret).status_code == 200
    for _ in range(MANY if many else FEW):
        cache.clear()
        body = odd(sound_of(name), chance)
        response = send(name, url, body, program.secret)
        assert response.status_code < 500, body
        if response.status_code >= 400:
            assert response.json()["code"] and response.json()["message"], body
