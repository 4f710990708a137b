"""`/api/v1/openapi.json`: what the API is, for programs; the page `/api/docs` shows it to people."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import msgspec
from django.http import HttpResponse
from django.urls import get_resolver
from rest_framework.request import Request

from accounts.api.openapi.document import Route, document
from accounts.api.openapi.operations import Answer, Operation, Operations
from accounts.api.view import ApiView


class OpenApiView(ApiView):
    """This document; it holds no secret, so it needs no key."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []

    def get(self, request: Request) -> HttpResponse:
        """This document."""
        return HttpResponse(written(), content_type="application/json")

    def operations(self) -> Operations:
        return {"GET": Operation("Read this document", {200: Answer("OpenAPI 3.1", {"type": "object"})})}


def routes() -> Iterator[Route]:
    """Every address of the API and its view."""
    for pattern in get_resolver("healthscore.api_urls").url_patterns:
        yield str(pattern.pattern), pattern.callback.cls(**pattern.callback.initkwargs)


@cache
def written() -> bytes:
    """The document as it is sent."""
    return msgspec.json.encode(document(routes()))
