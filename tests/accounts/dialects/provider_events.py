"""Events as Zendesk, Typeform and Delighted send them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def zendesk(name: str, what: str, when: str, change: dict[str, Any] | None = None, **detail: Any) -> dict[str, Any]:
    """A ticket event as its documentation shows it."""
    told = {
        "actor_id": "8447388090494", "assignee_id": "8447388090494", "brand_id": "8447346621310",
        "created_at": "2025-06-02T08:00:00Z", "custom_status": "8447320465790", "description": "It is broken.",
        "external_id": None, "form_id": "8646151517822", "group_id": "8447320466430", "id": "5158", "is_public": True,
        "organization_id": "8447346622462", "priority": "LOW", "requester_id": "8447388090495", "status": "OPEN",
        "subject": "Export fails", "submitter_id": "8447388090494", "tags": ["export"], "type": "INCIDENT",
        "updated_at": when, "via": {"channel": "web_service"},
    }  # fmt: skip
    return {
        "account_id": 22129848, "detail": told | detail, "event": change or {}, "id": name,
        "subject": "zen:ticket:5158", "time": when, "type": f"zen:event-type:ticket.{what}",
        "zendesk_event_version": "2022-11-06",
    }  # fmt: skip


def comment(body: str = "Please help", staff: bool = False, public: bool = True, number: str = "901") -> dict[str, Any]:
    author = {"id": "8447388090495", "is_staff": staff, "name": "Ann"}
    return {"comment": {"author": author, "body": body, "id": number, "is_public": public}}


def status(previous: str, current: str) -> dict[str, Any]:
    return {"previous": previous, "current": current}


def organization(name: str, external_id: str | None, called: str = "One Ltd", what: str = "created") -> dict[str, Any]:
    return {
        "account_id": 22129848, "id": name, "subject": "zen:organization:8447346622462",
        "time": "2025-06-01T08:00:00Z", "type": f"zen:event-type:organization.{what}",
        "zendesk_event_version": "2022-06-20", "event": {},
        "detail": {
            "created_at": "2025-06-01T08:00:00Z", "external_id": external_id, "id": "8447346622462", "name": called,
            "shared_comments": False, "shared_tickets": False, "updated_at": "2025-06-01T08:00:00Z",
        },
    }  # fmt: skip


FIELDS = {
    "nps": ("nps", "how_likely", {}),
    "opinion_scale": ("opinion_scale", "ces_checkout", {"steps": 7, "start_at_one": True}),
    "rating": ("rating", "b1e3c1", {"steps": 5, "shape": "star"}),
    "short": ("short_text", "name", {}),
    "long": ("long_text", "why", {}),
    "email": ("email", "mail", {}),
}


def typeform(answers: dict[str, Any], **hidden: Any) -> dict[str, Any]:
    """A response to a form: field → what was answered."""
    fields = [
        {"id": key, "title": "…", "type": FIELDS[key][0], "ref": FIELDS[key][1], "properties": FIELDS[key][2]}
        for key in answers
    ]
    told = []
    for key, value in answers.items():
        kind = "email" if key == "email" else "number" if isinstance(value, int) else "text"
        field = {"id": key, "type": FIELDS[key][0], "ref": FIELDS[key][1]}
        told.append({"type": kind, kind: value, "field": field})
    return {
        "event_id": "LtWXD3crgy", "event_type": "form_response",
        "form_response": {
            "form_id": "lT4Z3j", "token": "a3a12ec67a1365927098a606107fac15", "submitted_at": "2025-06-18T18:17:02Z",
            "landed_at": "2025-06-18T18:07:02Z", "calculated": {"score": 9}, "hidden": hidden,
            "definition": {"id": "lT4Z3j", "title": "Webhooks example", "fields": fields}, "answers": told,
        },
    }  # fmt: skip


def delighted(
    name: str = "b8d0", what: str = "survey_response.created", minutes: int = 0, **changed: Any
) -> dict[str, Any]:
    """A response, created on 20 June 2025 at noon."""
    created = int(datetime(2025, 6, 20, 12, tzinfo=UTC).timestamp())
    data = {
        "id": "5435", "survey_type": "nps", "score": 9, "comment": None, "permalink": "https://app.example/r/5pF",
        "person": {"id": "5975", "email": "ann@one.example", "name": "Ann", "created_at": created - 60},
        "created_at": created, "updated_at": created + 60 * minutes, "person_properties": None, "notes": [],
        "tags": [], "additional_answers": [],
    }  # fmt: skip
    return {"event_type": what, "event_id": name, "event_data": data | changed}
