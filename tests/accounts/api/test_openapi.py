"""The OpenAPI document: every route is in it, and what it shows is what happens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.api.openapi.examples import EXAMPLES
from accounts.kinds import KINDS
from accounts.permissions import KEY, ROUTES, SCOPES
from healthscore import handbook
from healthscore.openapi import written
from metrics.models import Scorecard
from tests.accounts.api.conftest import Program
from tests.metrics.api.counted import counted
from tests.metrics.api.scored import scored

# What is different each time.
CLOCKS = {"known_at", "retracted_at", "created_at", "updated_at", "computed_at", "published_at", "restated_at"}
# What the database numbers, and what it depends on when it is asked for, of scorecards and their back-tests.
NUMBERED = CLOCKS | {"id", "scorecard", "known_day", "began_at"}
# In the order in which the methods make sense of each other.
ORDER = ("post", "get", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(written())


def test_the_document_is_open_to_anybody(db):
    response = Client().get("/api/v1/openapi.json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.content == written()


def test_every_route_and_method_is_in_the_document(document):
    at = {name: path.replace("<", "{").replace(">", "}") for name, path in handbook.addresses().items()}
    told = {f"/api/v1{path}": sorted(methods) for path, methods in document["paths"].items()}
    keyed = {at[name]: sorted(map(str.lower, SCOPES[name])) for name, takes in ROUTES.items() if takes == KEY}
    assert told == keyed | {"/api/v1/openapi.json": ["get"]}


def test_every_method_names_its_scope_and_says_what_it_does(document):
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            assert told["summary"] and told["description"] and told["responses"], path
            if path != "/openapi.json":
                [needed] = told["security"]
                assert needed["key"][0] in {"events", "read", "write"}
                assert f"`{needed['key'][0]}`" in told["description"], method


def test_every_reference_leads_somewhere(document):
    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                place = document
                for step in value["$ref"].removeprefix("#/").split("/"):
                    place = place[step]
            for each in value.values():
                walk(each)
        if isinstance(value, list):
            for each in value:
                walk(each)

    walk(document)


def test_every_kind_has_an_example():
    assert EXAMPLES.keys() == KINDS.keys() - {"events"}


def plain(value: Any, of: set[str] = CLOCKS) -> Any:
    """Without what the clock says."""
    if isinstance(value, dict):
        return {name: bool(each) if name in of else plain(each, of) for name, each in value.items()}
    return [plain(each, of) for each in value] if isinstance(value, list) else value


def play(program: Program, path: str, method: str, told: dict[str, Any], document: dict[str, Any]) -> None:
    """Send the example of an operation; the answer must be the documented one."""
    query: dict[str, Any] = {}
    given = {"scorecard": Scorecard.objects.of(program.key.workspace).in_order().values_list("pk", flat=True).first()}
    numbered = NUMBERED if path.startswith("/scorecards") else CLOCKS
    for each in told["parameters"]:
        each = document["components"]["parameters"][each["$ref"].split("/")[-1]] if "$ref" in each else each
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", str(given.get(each["name"], each["example"])))
        elif each["in"] == "query" and "example" in each:
            query[each["name"]] = each["example"]
    body = told["requestBody"]["content"]["application/json"]["example"] if "requestBody" in told else None
    address = path.removeprefix("/") + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")
    response = program.call(method.upper(), address, body)
    [(status, shown)] = [
        (status, answer["content"]["application/json"]["example"])
        for status, answer in told["responses"].items()
        if "example" in answer.get("content", {}).get("application/json", {})
    ]
    assert response.status_code == int(status), response.content
    assert plain(response.json(), numbered) == plain(shown, numbered)


def test_what_the_examples_show_is_what_happens(program, document):
    paths = sorted(document["paths"].items(), key=lambda each: (each[0] != "/accounts", "{" in each[0]))
    played = 0
    for path, methods in paths:
        if path == "/openapi.json":
            continue
        if path == "/kpis":
            counted(program.key.workspace)
        if path == "/scores":
            scored(program.key.workspace)
        for method in sorted(methods, key=ORDER.index):
            play(program, path, method, methods[method], document)
            played += 1
    assert played == sum(len(methods) for methods in document["paths"].values()) - 1
