"""Zendesk's ticket and organization events → tickets and what happens to them; public comments are touches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.batch import Result, refusal
from accounts.dialects.told import Hint, Part, Told, inside, said, text, written
from accounts.linking import Belongs

PREFIX = "zen:event-type:"
PRIORITIES = {"low": "low", "normal": "normal", "high": "high", "urgent": "urgent"}
CHANNELS = {"chat": "chat", "messaging": "chat", "native_messaging": "chat", "sms": "chat", "voice": "call"}
DONE = {"solved", "closed"}
# What became of a ticket of which nobody hears again: it is closed.
GONE = {"soft_deleted", "permanently_deleted", "marked_as_spam", "merged"}


def read(event: Any) -> Told | Result:
    """What an event says. One without parts is of no use."""
    kind, name, at = text(inside(event, "type")), text(inside(event, "id")), written(inside(event, "time"))
    if not kind.startswith(PREFIX) or not name:
        return refusal("id" if kind else "type", kind, _("is no event of Zendesk: subscribe the webhook to events"))
    subject, _dot, what = kind.removeprefix(PREFIX).partition(".")
    detail, change = inside(event, "detail"), inside(event, "event")
    if not isinstance(detail, Mapping) or subject not in ("ticket", "organization", "user"):
        return Told(name)
    if at is None:
        return refusal("time", str(inside(event, "time")), _("must be a time"))
    about = f"{subject} {text(detail.get('id'))}"
    if subject == "ticket":
        parts = _ticket(what, detail, change, at)
    else:
        parts = _organization(detail) if subject == "organization" else _user(detail)
    return Told(name, tuple(parts), about, at)


def _organization(detail: Mapping[str, Any]) -> list[Part | Result]:
    """Its external id is that of the account; else its name may be."""
    name, account = f"zendesk:{text(detail.get('id'))}", text(detail.get("external_id"))
    return [Belongs(name, account) if account else Hint(name, called=text(detail.get("name")))]


def _user(detail: Mapping[str, Any]) -> list[Part | Result]:
    """Of who has no organization, the address tells whose tickets they are."""
    return [Hint(f"zendesk:user:{text(detail.get('id'))}", text(detail.get("email"), 254))]


def _ticket(what: str, detail: Mapping[str, Any], change: Any, at: datetime) -> list[Part | Result]:
    opened, number = written(detail.get("created_at")), text(detail.get("id"))
    if opened is None or not number:
        return [refusal("created_at", str(detail.get("created_at")), _("must be a time"))]
    ticket = f"zendesk:{number}"
    comment = inside(change, "comment") if what == "comment_added" else None
    state = {
        "opened_at": opened,
        "subject": text(detail.get("subject"), 300),
        "priority": PRIORITIES.get(text(detail.get("priority")).lower(), "normal"),
        "theme": text(detail.get("type"), 60).lower(),
        "contact": text(detail.get("requester_id")),
    }
    moments = _moments(what, detail, change, at) | _reply(comment, at)
    parts: list[Part | Result] = [said("tickets", _whose(detail), id=ticket, **state, **moments)]
    if inside(comment, "is_public") is True:
        parts.append(_touch(comment, detail, at))
    return parts


def _moments(what: str, detail: Mapping[str, Any], change: Any, at: datetime) -> dict[str, datetime]:
    """What a change of state did to a ticket. One may be solved when it is made."""
    if what in GONE:
        return {"closed_at": at}
    if what == "undeleted":
        return {"reopened_at": at}
    if what == "created" and (state := text(detail.get("status")).lower()) in DONE:
        return {f"{state}_at": at}
    if what != "status_changed":
        return {}
    before, after = (text(inside(change, side)).lower() for side in ("previous", "current"))
    if after in DONE:
        return {f"{after}_at": at}
    return {"reopened_at": at} if before in DONE else {}


def _reply(comment: Any, at: datetime) -> dict[str, datetime]:
    """A public comment of ours is an answer."""
    public = inside(comment, "is_public") is True
    return {"replied_at": at} if public and inside(comment, "author", "is_staff") is True else {}


def _touch(comment: Any, detail: Mapping[str, Any], at: datetime) -> Part | Result:
    author = inside(comment, "author")
    ours = inside(author, "is_staff") is True
    return said(
        "touches", _whose(detail), id=f"zendesk:comment:{text(inside(comment, 'id'))}", happened_at=at,
        channel=CHANNELS.get(text(inside(detail, "via", "channel")).lower(), "email"),
        direction="outbound" if ours else "inbound", subject=text(detail.get("subject"), 300),
        outcome=text(inside(comment, "body"), 10_000), contact=text(detail.get("requester_id")),
        member=text(inside(author, "name")) if ours else "",
    )  # fmt: skip


def _whose(detail: Mapping[str, Any]) -> str:
    organization = text(detail.get("organization_id"))
    if organization not in ("", "0"):
        return f"zendesk:{organization}"
    return f"zendesk:user:{text(detail.get('requester_id'))}"
