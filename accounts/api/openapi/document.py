"""All addresses of the API in one OpenAPI document."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

from accounts.api.openapi.operations import PARAMETERS, Answer, Operation, schemas
from accounts.api.openapi.shapes import Schema, ref
from accounts.api.view import ApiView

WORDS = """JSON in and out. Make a key on the page *Sources* or with `manage.py create_api_key`, and send it as
`Authorization: Bearer hs_…`. A key belongs to one workspace and may do what its scopes say: `events` pushes and
retracts events, `read` pulls, `write` creates, corrects and retracts everything else.

Everything that goes wrong has one shape: the field, its value, the reason. Beside what is listed, an unknown address is
404 and an unknown method 405."""
REFUSALS = {
    400: "Not JSON, or a header or a parameter that cannot be read",
    401: "No living key",
    403: "The key has not the scope",
    404: "Not in the key's workspace",
    406: "Answers are JSON",
    409: "The Idempotency-Key was used for another request",
    411: "A body needs a Content-Length",
    413: "Too large, or too many",
    415: "Not JSON, or packed in a way we do not know",
    422: "A field is not taken",
    429: "Too many requests with this key; wait as Retry-After says",
    503: "The database is away; send the same again",
}
ALWAYS, WITH_KEY = (406, 411, 503), (401, 403, 429)
HEADERS = {
    401: {"WWW-Authenticate": {"schema": {"const": "Bearer"}}},
    429: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}},
    503: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}},
}

Route = tuple[str, ApiView]


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The document of these addresses, each as the URLconf has it, below `/api/v1/`."""
    told = list(routes)
    own = {name: schema for _path, view in told for name, schema in view.schemas().items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Healthscore", "version": "1", "description": WORDS},
        "servers": [{"url": "/api/v1"}],
        "paths": {_address(path): _methods(path, view) for path, view in told},
        "components": {
            "schemas": schemas() | own,
            "parameters": PARAMETERS,
            "responses": {f"E{status}": _refusal(status) for status in REFUSALS},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key: hs_…"}},
        },
    }


def _address(path: str) -> str:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)


def _methods(path: str, view: ApiView) -> dict[str, Schema]:
    found = view.operations()
    return {method.lower(): _operation(path, view, method, found[method]) for method in _answered(view)}


def _answered(view: ApiView) -> list[str]:
    return [each for each in ("GET", "POST", "PUT", "PATCH", "DELETE") if hasattr(view, each.lower())]


def _operation(path: str, view: ApiView, method: str, told: Operation) -> Schema:
    scope = view.scopes.get(method)
    resource = re.split(r"[/.]", path)[0]
    each = f"{method.lower()}-{resource}{'-item' if '<' in path else ''}"
    refusals = sorted({*told.refusals, *ALWAYS, *(WITH_KEY if scope else ())})
    described = {
        "operationId": each,
        "tags": [resource],
        "summary": told.summary,
        "description": _description(view, method, scope),
        "security": [{"key": [scope]}] if scope else [],
        "parameters": list(told.parameters),
        "responses": {str(status): _answer(answer) for status, answer in told.answers.items()}
        | {str(status): {"$ref": f"#/components/responses/E{status}"} for status in refusals},
    }
    if told.body is not None:
        described["requestBody"] = {"required": True, "content": _json(told.body, told.example)}
    return described


def _description(view: ApiView, method: str, scope: str | None) -> str:
    said = inspect.getdoc(getattr(view, method.lower())) or ""
    return f"{said}\n\nScope: `{scope}`." if scope else said


def _answer(answer: Answer) -> Schema:
    return {"description": answer.words, "content": _json(answer.schema, answer.example)}


def _refusal(status: int) -> Schema:
    told = {"description": REFUSALS[status], "content": _json(ref("Error"), None)}
    return told | ({"headers": HEADERS[status]} if status in HEADERS else {})


def _json(schema: Schema, example: Any) -> Schema:
    return {"application/json": {"schema": schema} | ({} if example is None else {"example": example})}
