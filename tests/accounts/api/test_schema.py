"""Whatever is sent, the answer is one that the OpenAPI document names: schemathesis makes up the requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.api.openapi.examples import EXAMPLES
from accounts.models import Workspace
from healthscore.openapi import written
from tests.accounts.api.conftest import Program
from tests.cast import tell
from tests.kept import kept
from tests.metrics.api.counted import counted

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
FEW, MANY = 30, 500
# Half of the bodies come with these, or a bad header would be all that is looked at.
SOUND = {"Content-Encoding": "identity", "Idempotency-Key": "once"}

# What the document says in words only: days and times of this century, numbers as text.
schemathesis.openapi.format("date", st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)).map(str))
schemathesis.openapi.format(
    "date-time", st.datetimes(datetime(2000, 1, 1), datetime(2025, 1, 1)).map("{:%Y-%m-%dT%H:%M:%S.%fZ}".format)
)

DOCUMENT = json.loads(written())
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT, config=schemathesis.Config())
SCHEMA.app = get_wsgi_application()
OPERATIONS = [each.ok() for each in SCHEMA.get_all_operations()]
each_route = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method.upper()} {each.path}")


def id_at(path: str) -> str:
    """The id that the document shows in an address."""
    [at] = [each for each in DOCUMENT["paths"][path]["get"]["parameters"] if each.get("in") == "path"]
    return str(at["example"])


def requests_of(operation: Any) -> st.SearchStrategy[Case]:
    """Requests that keep to the document and such that do not; about what is there, and about anything."""
    ids = [{"external_id": id_at(operation.path)}, None] if "{" in operation.path else [None]
    return st.one_of(
        operation.as_strategy(generation_mode=mode, path_parameters=each, headers=headers)
        for mode in GenerationMode
        for each in ids
        for headers in (None, *([SOUND] if operation.body else []))
    )


@kept
def one_of_each(acme) -> Workspace:
    """One object of every kind, and what was counted."""
    for name, example in EXAMPLES.items():
        tell(acme, name, example.item)
    counted(acme)
    return acme


@pytest.fixture
def caller(one_of_each, settings) -> Iterator[Program]:
    """A program that may do everything."""
    for signal in (request_started, request_finished):  # as Django's own test client does
        signal.disconnect(close_old_connections)
    settings.EVENTS_PER_MINUTE = 10**9
    yield Program(one_of_each, "events", "read", "write", creates_accounts=True)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def send(case: Case, key: str) -> Any:
    """Call, and leave nothing behind."""
    with transaction.atomic():
        response = case.call(headers={"Authorization": f"Bearer {key}"})
        transaction.set_rollback(True)
    return response


def is_address(case: Case) -> bool:
    """Whether what stands for a number in the path is one."""
    at = (case.path_parameters or {}).get("scorecard", 0)
    return type(at) is int and at >= 0


def attack(operation: Any, key: str, examples: int) -> None:
    """Send so many requests, the same ones each time, some of them with a wrong key."""

    @settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=requests_of(operation), wrong=st.sampled_from(["", "", "", "", "", "x"]))
    def each_is_answered_as_documented(case: Case, wrong: str) -> None:
        response = send(case, key + wrong)
        case.validate_response(response, checks=CHECKS)
        # What is no number is no address, whoever asks.
        refused = {401} if is_address(case) else {401, 404}
        assert response.status_code in refused or not wrong or operation.path == "/openapi.json"

    each_is_answered_as_documented()


@each_route
def test_every_answer_is_documented(operation, caller):
    attack(operation, caller.secret, FEW)


@pytest.mark.faults
@each_route
def test_every_answer_is_documented_in_the_long_run(operation, caller):
    attack(operation, caller.secret, MANY)
