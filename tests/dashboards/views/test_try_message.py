"""A test message of a webhook: as the provider sends and signs it, taken back at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.api.hook_view import receive
from accounts.connecting import connect, rotate
from accounts.dialects.samples import signed
from accounts.importers.ready import ready
from accounts.models import Heard, Hook, Invoice, Link, Refused, Secret, Source, SurveyResponse, Waiting
from accounts.providers import PROVIDERS
from tests.cast import NOW, Cast, account, tell
from tests.dashboards.conftest import sign_in

TOUCHES = """
kind: touches
id: id
columns:
  account: body.company
  happened_at: {column: body.items.0.at, format: "%d.%m.%Y %H:%M"}
  channel: {column: body.way, values: {telephone: call}}
  minutes: body.minutes
where: {event: [call.ended, call.missed]}
"""


def hook_of(cast: Cast, kind: str, mapping: str = "") -> Hook:
    hook, secret = connect(cast.acme, f"a {kind}", kind, NOW, mapping=mapping)
    if not secret:
        rotate(hook, NOW, "a-secret-of-the-provider")
    return hook


def tried(cast: Cast, hook: Hook, body: str = "", who: str = "carol") -> Any:
    browser, url = sign_in(getattr(cast, who)), f"/w/acme/sources/{hook.source_id}"
    body = body or browser.get(url).context["panel"].hook.sample
    return browser.post(f"{url}/test", {"body": body})


@pytest.mark.parametrize("kind", [kind for kind, each in PROVIDERS.items() if each.read])
def test_each_provider_has_a_message_that_is_taken_and_leaves_nothing(cast: Cast, kind: str) -> None:
    account(cast.acme, "one", name="One Ltd")
    hook = hook_of(cast, kind)
    tested = tried(cast, hook).context["panel"].hook.tested
    assert (tested.result, tested.detail) == ("Would be taken", "Nothing of it is kept.")
    for model in (Heard, Invoice, Link, Refused, SurveyResponse, Waiting):
        assert not model.objects.of(cast.acme).exists(), model
    assert Source.objects.of(cast.acme).get(pk=hook.source_id).last_seen_at is None


@pytest.mark.parametrize("name", [None, "zoom_meetings"])
def test_a_message_is_made_from_a_mapping(cast: Cast, name: str | None) -> None:
    account(cast.acme, "one")
    tell(cast.acme, "contacts", {"id": "ivo", "account": "one", "name": "Ivo", "email": "ivo@one.example"})
    hook = hook_of(cast, "webhook", ready()[name].text if name else TOUCHES)
    tested = tried(cast, hook).context["panel"].hook.tested
    assert tested.result == "Would be taken", tested.detail


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{", "400 · "),
        ('{"id": "evt_1"}', "type “”: is required"),
        ('{"id": "evt_1", "type": "payout.paid"}', "We have no use for such a message."),
    ],
)
def test_what_would_not_be_taken_says_why(cast: Cast, body: str, says: str) -> None:
    tested = tried(cast, hook_of(cast, "stripe"), body).context["panel"].hook.tested
    assert says in tested.detail
    assert not Refused.objects.of(cast.acme).exists()


def test_the_lines_for_curl_are_signed_as_we_want_them(cast: Cast) -> None:
    hook = hook_of(cast, "cloudevents")
    panel = sign_in(cast.carol).get(f"/w/acme/sources/{hook.source_id}").context["panel"]
    assert hook.path in panel.hook.curl
    assert "openssl dgst -sha256 -hmac 'whsec_…'" in panel.hook.curl
    assert (
        not sign_in(cast.carol).get(f"/w/acme/sources/{hook_of(cast, 'stripe').source_id}").context["panel"].hook.curl
    )


def test_what_nobody_is_known_for_would_wait(cast: Cast) -> None:
    account(cast.acme, "one")
    hook = hook_of(cast, "stripe")
    browser = sign_in(cast.carol)
    told = json.loads(browser.get(f"/w/acme/sources/{hook.source_id}").context["panel"].hook.sample)
    told["data"]["object"]["metadata"] = {}
    assert "would wait" in tried(cast, hook, json.dumps(told)).context["panel"].hook.tested.detail
    assert not Waiting.objects.of(cast.acme).exists()


def test_without_a_secret_nothing_is_tried(cast: Cast) -> None:
    hook, _secret = connect(cast.acme, "billing", "stripe", NOW)
    page = tried(cast, hook)
    assert "is not there yet" in page.context["panel"].hook.tested.detail
    assert "It needs a secret first." in page.content.decode()


def test_a_reader_tries_nothing(cast: Cast) -> None:
    hook = hook_of(cast, "stripe")
    assert tried(cast, hook, "{}", "bob").status_code == 403
    assert 'id="try"' not in sign_in(cast.bob).get(f"/w/acme/sources/{hook.source_id}").content.decode()


def test_what_came_before_or_says_nothing_is_not_called_taken(cast: Cast) -> None:
    account(cast.acme, "one")
    hook = hook_of(cast, "stripe")
    body = sign_in(cast.carol).get(f"/w/acme/sources/{hook.source_id}").context["panel"].hook.sample
    [secret] = Secret.objects.of(cast.acme).filter(hook=hook).living().texts()
    headers = {"Content-Type": "application/json"} | signed("stripe", secret, body.encode(), NOW)
    assert receive(hook, headers, body.encode(), NOW)["accepted"] == 1
    assert tried(cast, hook, body).context["panel"].hook.tested.result == "Known already"
    assert tried(cast, hook, "[]").context["panel"].hook.tested.detail == "There is no message in it."
