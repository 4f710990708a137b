"""Programs that call: Acme's and Evil's, each with a key."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from accounts.models import ApiKey
from tests.cast import source_of


class Program:
    """A client with a key."""

    def __init__(self, workspace, *scopes, **more):
        self.source = source_of(workspace, "Program")
        self.key, self.secret = ApiKey.issue(workspace, self.source, "Program", list(scopes), **more)
        self.client = Client()

    def call(self, method, path, body=None, **headers):
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.secret}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        content_type = headers.pop("content-type", "application/json")
        return self.client.generic(method, f"/api/v1/{path}", data, content_type=content_type, headers=headers)

    def get(self, path, **headers):
        return self.call("GET", path, **headers)

    def push(self, *events, **more):
        """Push events; returns the answer's JSON, which must be 200."""
        response = self.call("POST", "events", {"events": list(events), **more})
        assert response.status_code == 200, response.content
        return response.json()


@pytest.fixture
def program(acme):
    return Program(acme, "events", "read", "write")


@pytest.fixture
def stranger(evil):
    return Program(evil, "events", "read", "write")


def error_of(response, status):
    """The error of a response, which must have this status and the one shape of errors."""
    assert response.status_code == status, response.content
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"field", "value", "reason"}
    assert body["error"]["reason"]
    return body["error"]
