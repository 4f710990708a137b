"""What the views of the API take and answer, method by method."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from accounts.api.idempotency import LONGEST
from accounts.api.openapi.examples import EVENTS, EVENTS_ANSWER, EXAMPLES, answered, id_of
from accounts.api.openapi.shapes import MOMENT, OURS, TEXT, Schema, answer, closed, item, listed, ref
from accounts.api.paging import LIMIT, MAX_LIMIT
from accounts.api.view import MAX_ITEMS
from accounts.batch import Status
from accounts.facts import EventItem
from accounts.kinds import KINDS, Kind

# What an Idempotency-Key, a body, and the two together may get.
KEYED, SENT = (400, 409, 413, 415), (400, 409, 413, 415, 422)


@dataclass(frozen=True)
class Answer:
    """What is answered when all is well."""

    words: str
    schema: Schema
    example: Any = None


@dataclass(frozen=True)
class Operation:
    """What a method of a view takes and answers, beside what all of them do."""

    summary: str
    answers: dict[int, Answer]
    parameters: tuple[Schema, ...] = ()
    body: Schema | None = None
    example: Any = None
    refusals: tuple[int, ...] = ()


Operations = dict[str, Operation]


def parameter(where: str, name: str, words: str, schema: Schema, example: Any = None) -> Schema:
    """A parameter of the path, the query or the headers."""
    told = {"name": name, "in": where, "description": words, "schema": schema}
    return told | ({"required": True} if where == "path" else {}) | ({} if example is None else {"example": example})


def link(name: str) -> Schema:
    """A parameter that stands in the document by name."""
    return {"$ref": f"#/components/parameters/{name}"}


PARAMETERS: dict[str, Schema] = {
    "updated_since": parameter(
        *("query", "updated_since", "What changed at this time or later, also what was retracted"),
        *(MOMENT, "2025-01-01T00:00:00Z"),
    ),
    "cursor": parameter("query", "cursor", "Where to go on, as `next` has it", TEXT),
    "limit": parameter(
        "query", "limit", "How many at most", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": LIMIT}
    ),
    "account": parameter("query", "account", "Those of one account, by its external id", TEXT, "A-1"),
    "idempotency_key": parameter(
        *("header", "Idempotency-Key", "A name of your own for this request: sent again, it gets the same answer"),
        {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"},
    ),
    "content_encoding": parameter(
        "header", "Content-Encoding", "How the body is packed, if it is", {"enum": ["gzip", "identity"]}
    ),
}
PAGED = (link("updated_since"), link("cursor"), link("limit"))
WRITES = (link("idempotency_key"), link("content_encoding"))

COUNT: Schema = {"type": "integer", "minimum": 0}
RESULT: Schema = {
    **{"type": "object", "additionalProperties": False, "required": ["index", "status"]},
    "description": "What became of one item; `field`, `value` and `reason` where it was not taken",
    "properties": {
        "index": {**COUNT, "description": "Its place in the request"},
        "status": {"enum": list(map(str, Status))},
        **{"field": TEXT, "value": TEXT, "reason": TEXT},
    },
}
EVENT_COUNTS = [each for each in Status if each != Status.UPDATED]


def counted(statuses: list[Status]) -> Schema:
    """How many items came to each status."""
    return closed(**{str(status): COUNT for status in statuses})


@cache
def schemas() -> dict[str, Schema]:
    """The schemas that the document has by name."""
    found = {
        "Error": closed(error=closed(field=TEXT, value=TEXT, reason=TEXT)),
        "Result": RESULT,
        "Results": closed(counts=counted(list(Status)), results=listed(ref("Result"))),
        "EventItem": item(EventItem),
        "EventResults": closed(
            counts=counted(EVENT_COUNTS), results=listed(ref("Result")), retracted=listed(ref("Result"))
        ),
    }
    for name, kind in KINDS.items():
        if kind.struct is not EventItem:
            found |= schemas_of(resource_of(name))
    return found


@dataclass(frozen=True)
class Resource:
    """What the document tells of a resource: its kind, an object as it is created, corrected and pulled, its id, and
    what of it is ours to say."""

    words: str
    kind: Kind
    item: dict[str, Any]
    change: dict[str, Any]
    pulled: dict[str, Any]
    id: str
    ours: dict[str, Schema]

    @property
    def name(self) -> str:
        return str(self.kind.struct.__name__.removesuffix("Item"))


def resource_of(name: str) -> Resource:
    """That of a kind of fact, or of accounts."""
    kind, example = KINDS[name], EXAMPLES[name]
    ours = OURS if kind.model else {"created_at": MOMENT, "updated_at": MOMENT}
    words = name.replace("_", " ")
    return Resource(words, kind, example.item, example.change, answered(name), id_of(name), ours)


def schemas_of(resource: Resource) -> dict[str, Schema]:
    """Of an object as it is pulled, created and corrected."""
    kind, name = resource.kind, resource.name
    made = ("id",) if kind.key else ()
    return {
        name: answer(kind.struct, resource.ours),
        f"{name}Item": item(kind.struct, without=made),
        f"{name}Change": item(kind.struct, without=("id",), whole=False),
    }


def events() -> Operations:
    """Of `/events`."""
    sent = {"events": listed(ref("EventItem")), "retract": listed(_id())}
    body = {
        **{"type": "object", "additionalProperties": False},
        "properties": {name: {**each, "maxItems": MAX_ITEMS} for name, each in sent.items()},
    }
    taken = Answer("A result for each event and retraction", ref("EventResults"), EVENTS_ANSWER)
    return {"POST": Operation("Push events, and retract some", {200: taken}, WRITES, body, EVENTS, SENT)}


def collection(resource: Resource) -> Operations:
    """Of the address of all its objects."""
    kind, words, name = resource.kind, resource.words, resource.name
    one, example = ref(name), resource.pulled
    page = closed(results=listed(one), next={"type": ["string", "null"], "format": "uri"})
    several = closed(items={**listed(ref(f"{name}Item")), "maxItems": MAX_ITEMS})
    whose = (link("account"),) if kind.model and not kind.of_workspace else ()
    return {
        "GET": Operation(
            f"List {words}",
            {200: Answer("A page, oldest change first", page, {"results": [example], "next": None})},
            (*PAGED, *whose),
            refusals=(400,),
        ),
        "POST": Operation(
            f"Create or correct {words}",
            {
                200: Answer("One that was there, as it is now; or a result for each", {"anyOf": [one, ref("Results")]}),
                201: Answer("A new one, as it is now", one, example),
            },
            WRITES,
            {"anyOf": [ref(f"{name}Item"), several]},
            resource.item,
            SENT,
        ),
    }


def one(resource: Resource) -> Operations:
    """Of the address of one object."""
    kind, name, change = resource.kind, resource.name, resource.change
    at = parameter("path", "external_id", "Its id", TEXT | {"minLength": 1}, resource.id)
    now, new = Answer("As it is now", ref(name), resource.pulled), Answer("It is new", ref(name))
    item_of = {field: value for field, value in resource.item.items() if field != "id"}
    parts = dict.fromkeys((field for part in kind.parts for field in part.fields), None)
    since = {"retracted_at": resource.pulled["updated_at"]} if "retracted_at" in resource.ours else {}
    gone = now.example | change | parts | since
    return {
        "GET": Operation("Read one", {200: now}, (at,), refusals=(404,)),
        "PUT": Operation(
            *("Create or correct one", {200: now, 201: new}, (at, *WRITES)),
            *(item(kind.struct, without=("id",)), item_of, SENT),
        ),
        "PATCH": Operation(
            *("Correct one", {200: Answer(now.words, now.schema, now.example | change)}, (at, *WRITES)),
            *(ref(f"{name}Change"), change, (404, *SENT)),
        ),
        "DELETE": Operation(
            *("Retract one", {200: Answer("As it was, and since when it is not believed", now.schema, gone)}),
            *((at, link("idempotency_key")), None, None, (404, *KEYED)),
        ),
    }


def _id() -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": 200}
