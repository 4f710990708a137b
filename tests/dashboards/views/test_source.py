"""Adding a source; keys that are shown once, rotated and revoked; a test event and what becomes of it."""

from __future__ import annotations

import base64
import json
import logging
import shlex
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.dialects.library import library_in
from accounts.models import ApiKey, Event, EventName, Refused, Source, Waiting
from accounts.models.event import TEST
from dashboards.panels.live import live_of
from dashboards.panels.snippets import TEXTS, snippets
from dashboards.panels.source_quality import quality_of
from dashboards.panels.ways import WAYS, takes_keys
from tests.cast import Cast, account, source_of, tell
from tests.dashboards.conftest import NOW, sign_in

URL = "/w/acme/sources"
EVENT = {"account": "sable", "name": "login", "contact": "ivo@sable.example"}


def push(key: str, *events: dict[str, object]) -> dict[str, int]:
    answer = Client().post(
        "/api/v1/events",
        json.dumps({"events": events}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )
    return answer.json()["counts"] if answer.status_code == 200 else {"status": answer.status_code}


def add(cast: Cast, kind: str = "rest", **more: str) -> tuple[Source, str]:
    """A new source, and the key that is shown once."""
    panel = sign_in(cast.carol).post(f"{URL}/add", {"name": f"From {kind}", "kind": kind} | more).context["panel"]
    return panel.source, panel.push.new_key


def test_a_source_is_added_and_its_key_shown_once(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    with caplog.at_level(logging.DEBUG):
        response = browser.post(f"{URL}/add", {"name": "Web app", "kind": "rest"})
    source, key = response.context["panel"].source, response.context["panel"].push.new_key
    page = response.content.decode()
    assert page.count(key) == 1 + len(TEXTS["rest"]), "by itself, and in the lines to paste of each language"
    assert "no-store" in response["Cache-Control"]
    assert key not in caplog.text
    for address in (URL, f"{URL}/{source.pk}", f"{URL}?source={source.pk}"):
        assert key not in browser.get(address).content.decode()
    assert push(key, EVENT)["accepted"] == 1
    again = browser.post(f"{URL}/add", {"name": "Web app", "kind": "rest"})
    assert again.status_code == 400
    assert "There is a source of this name." in again.content.decode()


def test_a_rotated_key_lives_on_until_it_is_revoked(cast: Cast) -> None:
    account(cast.acme, "sable")
    source, old = add(cast, creates_accounts="on")
    browser, row = sign_in(cast.carol), ApiKey.objects.of(cast.acme).get()
    panel = browser.post(f"{URL}/keys/{row.pk}/rotate").context["panel"]
    new = panel.push.new_key
    assert [each.creates_accounts for each in panel.keys] == [True, True]
    assert [push(key, EVENT).get("accepted") for key in (old, new)] == [1, 1]
    for _twice in range(2):
        assert browser.post(f"{URL}/keys/{row.pk}/revoke").status_code == 302
    assert (push(old, EVENT), push(new, EVENT)["accepted"]) == ({"status": 401}, 1)
    assert browser.post(f"{URL}/keys/{row.pk}/rotate").status_code == 302, "a revoked one is not made anew"
    assert ApiKey.objects.of(cast.acme).count() == 2
    assert "This field is required" in browser.post(f"{URL}/{source.pk}/keys", {"name": ""}).content.decode()


def test_who_may_see_and_who_may_change(cast: Cast) -> None:
    source = source_of(cast.acme)
    row, _key = ApiKey.issue(cast.acme, source, "mine", ["events"])
    reads = [f"{URL}/{source.pk}", f"{URL}/live?source={source.pk}"]
    writes = [
        f"{URL}/add", f"{URL}/{source.pk}/keys", f"{URL}/keys/{row.pk}/rotate", f"{URL}/keys/{row.pk}/revoke",
        f"{URL}/{source.pk}/test", f"{URL}/{source.pk}/test/test-1/take-back",
    ]  # fmt: skip
    for who, sees in ((cast.victor, 403), (cast.alice, 403), (cast.bob, 200), (cast.mallory, 404)):
        browser = sign_in(who)
        assert [browser.get(address, headers={"HX-Request": "true"}).status_code for address in reads] == [sees] * 2
        refused = 404 if who is cast.mallory else 403
        assert [browser.post(address).status_code for address in writes] == [refused] * 6
    inside = [address.replace("acme", "evil") for address in (*reads, *writes[1:])]
    mallory = sign_in(cast.mallory)
    assert [mallory.get(address).status_code for address in inside[:2]] == [404, 404]
    assert [mallory.post(address).status_code for address in inside[2:]] == [404] * 5
    assert not Event.objects.of(cast.acme).exists()
    assert ApiKey.objects.of(cast.acme).get().revoked_at is None
    assert "Rotate" not in sign_in(cast.bob).get(reads[0]).content.decode()


def test_a_test_event_is_stored_counts_as_no_use_and_is_taken_back(cast: Cast) -> None:
    account(cast.acme, "sable", name="Sable Hotels")
    source, _key = add(cast)
    browser = sign_in(cast.carol)
    page = browser.post(f"{URL}/{source.pk}/test")
    tested = page.context["panel"].push.tested
    assert (tested.result, tested.detail, tested.account) == ("Stored", "feeds no measure", "sable")
    event = Event.objects.of(cast.acme).get()
    assert (event.name, event.source_id) == (TEST, source.pk)
    assert not EventName.objects.of(cast.acme).get(name=TEST).is_use
    assert browser.post(tested.back_url).status_code == 302
    event.refresh_from_db()
    assert event.retracted_at is not None
    assert "Retracted" in browser.get(f"{URL}/live", headers={"HX-Request": "true"}).content.decode()
    tell(cast.acme, "events", {**EVENT, "message_id": "real"}, source=source)
    for message in ("real", "test-unknown"):
        assert browser.post(f"{URL}/{source.pk}/test/{message}/take-back").status_code == 404


def test_a_test_event_that_is_refused_says_why(cast: Cast) -> None:
    source, _key = add(cast)
    browser = sign_in(cast.carol)
    tested = browser.post(f"{URL}/{source.pk}/test", {"account": "nobody"}).context["panel"].push.tested
    assert (tested.result, tested.detail) == ("Refused", "account: no account has external id “nobody”")
    assert browser.post(f"{URL}/{source.pk}/test", {"account": ""}).context["panel"].push.tested.result == "Refused"
    assert "nobody" in browser.get(f"{URL}/{source.pk}").content.decode()
    part = browser.post(f"{URL}/{source.pk}/test", headers={"HX-Request": "true", "HX-Target": "push"})
    assert part.content.decode().lstrip().startswith("<section")


def test_repeats_are_shown_and_the_row_of_the_last_stands_for_the_others(cast: Cast) -> None:
    account(cast.acme, "sable", name="Sable Hotels")
    source, key = add(cast)
    events = [{**EVENT, "message_id": f"m{n}"} for n in range(8)]
    push(key, *events)
    assert not Refused.objects.of(cast.acme).exists()
    assert push(key, *events)["already_known"] == 8
    rows = list(Refused.objects.of(cast.acme).order_by("row").values_list("result", "value", "name", "count"))
    assert rows == [("already_known", f"m{n}", "login", count) for n, count in ((0, 1), (1, 1), (2, 6))]
    assert [row.detail for row in sign_in(cast.carol).get(f"{URL}/{source.pk}").context["panel"].live.items][:1] == [
        "message_id m0"
    ]
    assert not Refused.objects.of(cast.acme).bad().exists()
    push(key, *({**EVENT, "account": f"nobody{n}"} for n in range(120)))
    bad = Refused.objects.of(cast.acme).bad()
    assert (bad.count(), sum(bad.values_list("count", flat=True))) == (100, 120)


def test_the_week_of_a_source_by_day_and_by_reason(cast: Cast) -> None:
    cache.clear()
    account(cast.acme, "sable")
    source = source_of(cast.acme)
    source.workspace = cast.acme
    for days, count in ((0, 2), (3, 4), (9, 8)):
        at = NOW - timedelta(days=days, hours=1)
        tell(cast.acme, "events", *({**EVENT, "message_id": f"{days}-{n}"} for n in range(count)), at=at)
    for who, count in (("ann", 1), ("bob", 5)):
        Refused.unscoped.create(
            workspace=cast.acme, source=source, kind="events", field="account", value=who, count=count,
            reason=f"no account has external id “{who}”", at=NOW - timedelta(days=3, minutes=count),
        )  # fmt: skip
    with CaptureQueriesContext(connection) as first:
        week = quality_of(source, NOW)
    assert [(day.taken, day.refused) for day in week.days] == [(0, 0)] * 3 + [(4, 6)] + [(0, 0)] * 2 + [(2, 0)]
    [group] = week.groups
    assert (group.reason, group.count, group.field) == ("no account has external id “…”", 6, "account")
    assert (group.first_at, group.last_at) == (NOW - timedelta(days=3, minutes=5), NOW - timedelta(days=3, minutes=1))
    [fed] = week.fed
    assert (fed.name, fed.count) == ("login", 6)
    assert fed.measures
    Event.objects.of(cast.acme).filter(message_id__startswith="3-").delete()
    with CaptureQueriesContext(connection) as second:
        assert quality_of(source, NOW).days == week.days, "days that are over are remembered"
    cache.clear()
    assert quality_of(source, NOW).days[3].taken == 0, "and counted again where that is lost"
    assert len(first) == len(second) == 5


def test_what_waits_for_its_account_is_shown(cast: Cast) -> None:
    source = source_of(cast.acme)
    Waiting.unscoped.create(
        workspace=cast.acme, source=source, name="user:ivo", kind="events", message="w", item={"name": "login"},
        received_at=NOW - timedelta(minutes=1),
    )  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        [item] = live_of(cast.acme, NOW, "all").items
    assert (item.name, item.result, item.detail) == ("login", "Waits for its account", "user:ivo")
    assert len(queries) == 6


@pytest.mark.parametrize("kind", [kind for kind in TEXTS if "curl" in TEXTS[kind]])
def test_the_curl_lines_do_what_they_say(cast: Cast, kind: str) -> None:
    """Through a shell's eyes, to the server: the event is there, of the account that the lines name."""
    name = 'it\'s "odd" $(x)'
    account(cast.acme, name)
    source, key = add(cast, kind)
    [line] = [each.text for each in snippets(kind, "http://testserver", key, name, NOW) if each.language == "curl"]
    words = shlex.split(line.replace("\\\n", " "))
    options = list(zip(words[2::2], words[3::2], strict=True))
    headers = dict(value.split(": ", 1) for flag, value in options if flag == "-H")
    body = next((value for flag, value in options if flag == "-d"), "")
    form = urlencode([tuple(value.split("=", 1)) for flag, value in options if flag == "--data-urlencode"])
    user = next((value for flag, value in options if flag == "-u"), "")
    if user:
        headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
    kind_of_body = headers.pop("Content-Type", "application/x-www-form-urlencoded")
    answer = Client().post(urlsplit(words[1]).path, body or form, content_type=kind_of_body, headers=headers)
    assert answer.status_code == 200, answer.content
    event = Event.objects.of(cast.acme).get(source=source)
    assert (event.name, event.account.external_id, event.person) == ("login", name, "ivo@example.com")


def test_every_kind_of_source_has_its_way() -> None:
    assert set(WAYS) == set(Source.Kind)
    assert set(TEXTS) == {kind for kind in WAYS if takes_keys(kind)}


def test_a_library_is_noted_once_a_minute(cast: Cast) -> None:
    source = source_of(cast.acme)
    told = []
    for name, seconds in (("analytics-python", 0), ("analytics-node", 30), ("analytics-node", 90)):
        source.hear_library(name, NOW + timedelta(seconds=seconds))
        source.refresh_from_db()
        told.append(source.library)
    assert told == ["analytics-python", "analytics-python", "analytics-node"]


def test_a_webhook_has_an_address_and_secrets_that_rotate(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    browser = sign_in(cast.carol)
    asked = {"name": "Forms", "kind": "typeform"}
    with caplog.at_level(logging.DEBUG):
        response = browser.post(f"{URL}/add", asked)
    card, source = response.context["panel"].hook, response.context["panel"].source
    assert card.new_secret.startswith("whsec_")
    assert card.address.startswith("http://testserver/hooks/")
    second = browser.post(f"{URL}/{source.pk}/secrets").context["panel"].hook
    assert second.new_secret not in ("", card.new_secret)
    page = browser.get(f"{URL}/{source.pk}").content.decode()
    assert [secret in page + caplog.text for secret in (card.new_secret, second.new_secret)] == [False, False]
    for secret in second.secrets:
        assert browser.post(secret.revoke_url).status_code == 302
    assert "There is no secret yet" in browser.get(f"{URL}/{source.pk}").content.decode()


def test_a_secret_that_the_provider_makes_is_given(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    source = browser.post(f"{URL}/add", {"name": "Billing", "kind": "stripe"}).context["panel"].source
    for secret, status in (("", 400), ("short", 400), ("whsec_a-long-secret", 302)):
        assert browser.post(f"{URL}/{source.pk}/secrets", {"secret": secret}).status_code == status
    [shown] = browser.get(f"{URL}/{source.pk}").context["panel"].hook.secrets
    assert shown.hint == "cret"


def test_zoom_is_connected_by_hand_alone(cast: Cast) -> None:
    """By the mapping that is there, and the secret that Zoom makes."""
    browser = sign_in(cast.carol)
    [link] = [each for each in browser.get(f"{URL}/add").context["panel"].ready if "Zoom" in each.label]
    mapping = browser.get(f"{URL}/add{link.url}").context["panel"].form["mapping"].value()
    response = browser.post(f"{URL}/add", {"name": "Zoom", "kind": "webhook", "mapping": mapping})
    source = response.context["panel"].source
    assert 'name="secret"' in response.content.decode()
    assert browser.post(f"{URL}/{source.pk}/secrets", {"secret": "token-of-zoom"}).status_code == 302
    page = browser.get(f"{URL}/{source.pk}")
    assert [each.hint for each in page.context["panel"].hook.secrets][0] == "zoom"
    assert "token-of-zoom" not in page.content.decode()


def test_a_webhook_of_anybody_needs_a_mapping(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    response = browser.post(f"{URL}/add", {"name": "Tool", "kind": "webhook"})
    assert response.status_code == 400
    assert "A webhook needs a mapping." in response.content.decode()
    mapping = "kind: events\nid: id\ncolumns: {account: org, name: what}\n"
    source = browser.post(f"{URL}/add", {"name": "Tool", "kind": "webhook", "mapping": mapping}).context["panel"].source
    refused = browser.post(f"{URL}/{source.pk}/mapping", {"mapping": "kind: nonsense"})
    assert (refused.status_code, refused.context["panel"].hook.mapping) == (400, "kind: nonsense")
    assert browser.post(f"{URL}/{source.pk}/mapping", {"mapping": mapping}).status_code == 302
    assert browser.post(f"{URL}/{source_of(cast.acme).pk}/mapping", {"mapping": mapping}).status_code == 400


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"batch": [{"context": {"library": {"name": "analytics-python", "version": "2"}}}]}', "analytics-python"),
        (b'{"context":{"library":{"version":"3","name":"@segment/analytics-node"}}}', "@segment/analytics-node"),
        (b'{"batch": [{"properties": {"$lib": "posthog-python"}}]}', "posthog-python"),
        (b'{"library": {"name": "\\u0000<b>"}}', ""),
        (b"{}", ""),
    ],
)
def test_a_body_names_its_library(body: bytes, name: str) -> None:
    assert library_in(body) == name


def test_pages_ask_as_much_whatever_there_is(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    counts = []
    for n in range(3):
        source, key = add(cast, "segment", name=f"App {n}")
        push(key, *({**EVENT, "message_id": f"{n}-{m}"} for m in range(n * 4 + 1)), {**EVENT, "account": f"nobody{n}"})
        for address in (URL, f"{URL}/{source.pk}"):
            browser.get(address)
            with CaptureQueriesContext(connection) as queries:
                browser.get(address)
            counts.append(len(queries))
    assert counts == [counts[0], counts[1]] * 3
    assert max(counts) < 30
