"""Zendesk's events → what they say, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.batch import Result
from accounts.dialects import zendesk
from accounts.dialects.told import Hint, Told
from accounts.linking import Belongs, Said
from tests.accounts.dialects.provider_events import comment, organization, status
from tests.accounts.dialects.provider_events import zendesk as ticket

ORGANIZATION = "zendesk:8447346622462"
WHEN = "2025-06-02T09:30:00Z"
AT = datetime(2025, 6, 2, 9, 30, tzinfo=UTC)


def said(document: dict[str, Any]) -> list[Said]:
    told = zendesk.read(document)
    assert isinstance(told, Told), told
    return list(told.parts)


def moments(item: dict[str, Any]) -> dict[str, datetime]:
    return {name: value for name, value in item.items() if name.endswith("_at") and name != "opened_at"}


def test_a_ticket_with_its_state() -> None:
    [part] = said(ticket("e1", "created", WHEN))
    assert (part.kind, part.name) == ("tickets", ORGANIZATION)
    assert part.item == {
        "id": "zendesk:5158", "opened_at": datetime(2025, 6, 2, 8, tzinfo=UTC), "subject": "Export fails",
        "priority": "low", "theme": "incident", "contact": "8447388090495",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("previous", "current", "says"),
    [
        ("OPEN", "SOLVED", {"solved_at": AT}),
        ("SOLVED", "CLOSED", {"closed_at": AT}),
        ("SOLVED", "OPEN", {"reopened_at": AT}),
        ("PENDING", "OPEN", {}),
        ("NEW", "PENDING", {}),
    ],
)
def test_a_change_of_state_is_a_moment(previous: str, current: str, says: dict[str, Any]) -> None:
    [part] = said(ticket("e1", "status_changed", WHEN, status(previous, current)))
    assert moments(part.item) == says


@pytest.mark.parametrize(
    ("changed", "moment", "touch"),
    [
        ({"staff": True}, {"replied_at": AT}, ("outbound", "Ann")),
        ({"staff": False}, {}, ("inbound", "")),
        ({"staff": True, "public": False}, {}, None),
        ({"public": False}, {}, None),
    ],
)
def test_a_public_comment_is_a_touch_and_one_of_ours_an_answer(
    changed: dict[str, Any], moment: dict[str, Any], touch: tuple[str, str] | None
) -> None:
    state, *touches = said(ticket("e1", "comment_added", WHEN, comment(**changed)))
    assert moments(state.item) == moment
    assert [(each.item["direction"], each.item["member"]) for each in touches] == ([touch] if touch else [])
    for each in touches:
        assert each.item["id"] == "zendesk:comment:901"
        assert (each.item["happened_at"], each.item["outcome"], each.item["channel"]) == (AT, "Please help", "email")


@pytest.mark.parametrize(
    ("channel", "says"),
    [("web_service", "email"), ("email", "email"), ("chat", "chat"), ("voice", "call"), (None, "email")],
)
def test_the_channel_of_a_comment(channel: str | None, says: str) -> None:
    _state, touch = said(ticket("e1", "comment_added", WHEN, comment(), via={"channel": channel}))
    assert touch.item["channel"] == says


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("7", "zendesk:7"),
        (7, "zendesk:7"),
        (None, "zendesk:user:8447388090495"),
        ("0", "zendesk:user:8447388090495"),
        ("", "zendesk:user:8447388090495"),
    ],
)
def test_whose_a_ticket_is(number: Any, name: str) -> None:
    assert said(ticket("e1", "created", WHEN, organization_id=number))[0].name == name


@pytest.mark.parametrize("priority", [None, "", "-", "URGENT", "High"])
def test_a_priority_is_one_of_four(priority: str | None) -> None:
    found = said(ticket("e1", "created", WHEN, priority=priority))[0].item["priority"]
    assert found == ((priority or "").lower() if (priority or "").lower() in ("urgent", "high") else "normal")


@pytest.mark.parametrize("what", ["merged", "soft_deleted", "permanently_deleted", "marked_as_spam"])
def test_a_ticket_of_which_nobody_hears_again_is_closed(what: str) -> None:
    [part] = said(ticket("e1", what, WHEN))
    assert moments(part.item) == {"closed_at": AT}
    [back] = said(ticket("e2", "undeleted", WHEN))
    assert moments(back.item) == {"reopened_at": AT}


@pytest.mark.parametrize(
    ("state", "says"), [("SOLVED", {"solved_at": AT}), ("CLOSED", {"closed_at": AT}), ("PENDING", {}), (None, {})]
)
def test_a_ticket_may_be_solved_when_it_is_made(state: str | None, says: dict[str, Any]) -> None:
    [part] = said(ticket("e1", "created", WHEN, status=state))
    assert moments(part.item) == says
    [later] = said(ticket("e2", "priority_changed", WHEN, status=state))
    assert moments(later.item) == {}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "1969-12-31"])
def test_a_moment_that_no_clock_shows_is_refused(moment: str) -> None:
    told = zendesk.read(ticket("e1", "created", moment))
    assert isinstance(told, Result)
    assert told.field == "time"
    [part] = said(ticket("e1", "status_changed", "2025-06-03T08:30:00+23:00", status("OPEN", "SOLVED")))
    assert part.item["solved_at"].isoformat() == "2025-06-02T09:30:00+00:00", "no offset that the database knows not"


def test_an_organization_is_known_by_its_external_id_else_by_what_it_is_called() -> None:
    assert said(organization("e1", "one")) == [Belongs(ORGANIZATION, "one")]
    assert said(organization("e1", None)) == [Hint(ORGANIZATION, called="One Ltd")]
    assert said(organization("e1", "", "One Ltd", "name_changed")) == [Hint(ORGANIZATION, called="One Ltd")]


def test_a_person_is_known_by_the_address() -> None:
    person = {"id": "8447388090495", "email": "ann@one.example", "organization_id": "0", "role": "end-user"}
    document = {"type": "zen:event-type:user.created", "id": "e1", "time": WHEN, "detail": person, "event": {}}
    assert said(document) == [Hint("zendesk:user:8447388090495", "ann@one.example")]


def test_other_events_are_of_no_use_and_other_bodies_are_told_so() -> None:
    article = {"type": "zen:event-type:article.published", "id": "e1", "time": WHEN, "detail": {"id": "1"}, "event": {}}
    assert said(article) == []
    trigger = zendesk.read({"ticket": "5158"})
    assert isinstance(trigger, Result)
    assert trigger.field == "type"
    late = zendesk.read(ticket("e1", "created", "yesterday"))
    assert isinstance(late, Result)
    assert late.field == "time"
