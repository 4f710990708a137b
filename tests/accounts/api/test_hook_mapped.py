"""Webhooks of anybody, by a mapping file, and CloudEvents, at the address of a source."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import subprocess
from typing import Any

import pytest
from django.test import Client

from accounts.connecting import connect
from accounts.importers.ready import ready
from accounts.models import Account, Event, Touch
from tests.accounts.api.hooked import SECRET, Posting, counts, posting
from tests.architecture.code import ROOT
from tests.cast import NOW, Cast, account, tell


@pytest.fixture
def one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return account(cast.acme, "one", name="One Ltd", domain="one.example")


def meeting(email: str, uuid: str = "4444AAAiAAAAAiAiAiiAii==") -> dict[str, Any]:
    person = {"user_name": "Ann", "email": email, "join_time": "2025-06-12T12:05:00Z", "participant_uuid": "ABC"}
    thing = {"uuid": uuid, "id": "1234567890", "topic": "Review", "type": 2, "duration": 60, "participant": person}
    payload = {"account_id": "AAA", "object": thing}
    return {"event": "meeting.participant_joined", "event_ts": 1626230691572, "payload": payload}


def test_a_webhook_is_mapped_by_a_mapping_file(one: Account) -> None:
    one.workspace.own_domains = ["acme.example"]
    one.workspace.save()
    sender = posting(one.workspace, "webhook", mapping=ready()["zoom_meetings"].text)
    joined = [
        meeting("ann@one.example"),
        meeting("alice@acme.example"),
        meeting("x@nobody.example"),
        {"event": "other"},
    ]
    [told] = sender.told(joined)
    assert (told["accepted"], told["left_out"], [each["value"] for each in told["refused"]]) == (
        1, 2, ["x@nobody.example"],
    )  # fmt: skip
    assert sender.told(meeting("ann@one.example")) == [counts(known=1)]
    touch = Touch.objects.of(one.workspace).get()
    assert (touch.account_id, touch.subject, touch.channel, touch.known_at) == (one.pk, "Review", "meeting", NOW)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "0001-01-01"])
def test_a_moment_that_no_calendar_holds_is_refused(one: Account, moment: str) -> None:
    """What other systems write for no date at all."""
    one.workspace.time_zone = "Asia/Tokyo"
    one.workspace.save()
    sender = posting(one.workspace, "webhook", mapping=ready()["zoom_meetings"].text)
    document = meeting("ann@one.example")
    document["payload"]["object"]["participant"]["join_time"] = moment
    [told] = sender.told(document)
    assert [each["field"] for each in told["refused"]] == ["happened_at"]


def test_zoom_hears_its_token_signed(one: Account) -> None:
    sender = posting(one.workspace, "webhook", mapping=ready()["zoom_meetings"].text)
    asked = {"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}}
    signed = hmac.new(SECRET.encode(), b"qgg8vlvZRS6UYooatFL8Aw", hashlib.sha256).hexdigest()
    assert sender.post(asked).json() == {"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": signed}
    assert Posting(sender.hook, "another-secret").post(asked).status_code == 401


def test_mentions_become_events_of_the_contacts_account(one: Account) -> None:
    tell(one.workspace, "contacts", {"id": "@ann", "account": "one"})
    sender = posting(one.workspace, "webhook", mapping=ready()["social_mentions"].text)
    mention = {"id": "m1", "type": "mention", "created_at": "2025-06-12T12:05:00Z", "network": "linkedin"}
    mention |= {"author": {"handle": "@ann"}, "sentiment": "positive", "text": "Great", "likes": 2.50}
    assert sender.told(mention, mention) == [counts(1), counts(known=1)]
    event = Event.objects.of(one.workspace).get()
    assert (event.name, event.feature, event.properties) == (
        "social_mention", "positive", {"network": "linkedin", "text": "Great"},
    )  # fmt: skip


def test_cloudevents_over_http(one: Account) -> None:
    sender = posting(one.workspace, "cloudevents")
    event = {"specversion": "1.0", "type": "report.made", "source": "/r", "id": "1", "subject": "one"}
    batch = json.dumps([event, event | {"id": "2", "data": {"pages": 2.5}}, event | {"id": ""}]).encode()
    told = sender.post(batch, content_type="application/cloudevents-batch+json").json()
    assert (told["accepted"], [each["field"] for each in told["refused"]]) == (2, ["id"])
    assert sender.post(event, content_type="application/cloudevents+json").json() == counts(known=1)
    headers = {f"ce-{name}": value for name, value in (event | {"id": "3"}).items()}
    assert sender.post(b'{"pages": 1}', **headers).json() == counts(1)
    found = Event.objects.of(one.workspace).order_by("message_id").values_list("message_id", "properties")
    assert list(found) == [("/r 1", None), ("/r 2", {"pages": 2.5}), ("/r 3", {"pages": 1})]
    assert sender.post(event).status_code == 415


@pytest.mark.parametrize(
    ("kind", "form"), [("cloudevents", "application/cloudevents-batch+json"), ("webhook", "application/json")]
)
def test_a_request_carries_so_many(one: Account, kind: str, form: str) -> None:
    mapping = ready()["zoom_meetings"].text if kind == "webhook" else ""
    sender = posting(one.workspace, kind, mapping=mapping)
    assert sender.post([{}] * 2501, content_type=form).status_code == 413
    assert sender.post([{}] * 2500, content_type=form).status_code == 200


def test_cloudevents_may_ask_first(one: Account) -> None:
    hook, _secret = connect(one.workspace, "Ours", "cloudevents", NOW)
    answer = Client().options(hook.path, headers={"WebHook-Request-Origin": "events.example"})
    assert (answer.status_code, answer.headers["WebHook-Allowed-Origin"]) == (200, "events.example")
    assert Client().options(hook.path).status_code == 405
    asked = Client().options(
        posting(one.workspace, "stripe").hook.path, headers={"WebHook-Request-Origin": "events.example"}
    )
    assert asked.status_code == 405


def test_the_example_of_the_documentation_signs_as_we_check(one: Account) -> None:
    """The script is run with a curl that prints what it was asked to send."""
    text = (ROOT / "docs/webhooks.md").read_text()
    script = re.search(r"^```sh\n(#!/bin/sh\n# to-healthscore.*?)^```", text, re.S | re.M)
    assert script
    show = 'curl() { for each; do case "$each" in X-Hub*) echo "$each";; esac; done; }\n'
    body = json.dumps(meeting("ann@one.example")).encode()
    command = ["/bin/sh", "-c", show + script[1], "to-healthscore", "http://localhost", SECRET]
    done = subprocess.run(command, input=body, capture_output=True, check=True, timeout=20)
    name, value = done.stdout.decode().strip().split(": ")
    hook = posting(one.workspace, "webhook", mapping=ready()["zoom_meetings"].text).hook
    answer = Client().post(hook.path, body, "application/json", headers={name: value})
    assert answer.json() == counts(1)
