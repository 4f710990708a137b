"""Keys that are shown once, sources by freshness, live events, reports of files."""

from __future__ import annotations

import json
import shlex
from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts.models import ApiKey, Import, Refused, Source
from dashboards.panels.sources import freshness, sources_of
from tests.cast import Cast, account, source_of, tell
from tests.dashboards.conftest import NOW, sign_in

URL = "/w/acme/sources"
ASKED = {"source": "Web app", "name": "production", "scope": "events"}


def curl_of(cast: Cast) -> str:
    return sources_of(cast.carol, NOW, "https://health.example").curl


@pytest.mark.parametrize(
    ("who", "status"), [("victor", 403), ("alice", 403), ("bob", 200), ("carol", 200), ("mallory", 404)]
)
def test_who_may_look(cast: Cast, who: str, status: int) -> None:
    assert sign_in(getattr(cast, who)).get(URL).status_code == status


def test_a_key_is_shown_once_and_opens_the_door(cast: Cast) -> None:
    account(cast.acme, "sable")
    browser = sign_in(cast.carol)
    response = browser.post(f"{URL}/keys", ASKED)
    key = response.context["panel"].new_key
    assert key in response.content.decode()
    assert key not in browser.get(URL).content.decode()
    assert "no-store" in response["Cache-Control"]
    pushed = Client().post(
        "/api/v1/events",
        json.dumps({"events": [{"name": "login", "account": "sable"}]}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )
    assert pushed.json()["counts"]["accepted"] == 1


def test_a_revoked_key_is_refused(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    key = browser.post(f"{URL}/keys", ASKED).context["panel"].new_key
    row = ApiKey.objects.of(cast.acme).get()
    for _twice in range(2):
        assert browser.post(f"{URL}/keys/{row.pk}/revoke").status_code == 302
    answer = Client().get("/api/v1/accounts", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 401


def test_only_an_admin_makes_and_revokes_keys(cast: Cast) -> None:
    row, _key = ApiKey.issue(cast.acme, source_of(cast.acme), "mine", ["events"])
    for member, status in ((cast.bob, 403), (cast.alice, 403), (cast.mallory, 404)):
        assert sign_in(member).post(f"{URL}/keys", ASKED).status_code == status
        assert sign_in(member).post(f"{URL}/keys/{row.pk}/revoke").status_code == status
    assert sign_in(cast.mallory).post(f"/w/evil/sources/keys/{row.pk}/revoke").status_code == 404
    assert ApiKey.objects.of(cast.acme).get().revoked_at is None


def test_a_form_without_a_name_says_so(cast: Cast) -> None:
    response = sign_in(cast.carol).post(f"{URL}/keys", ASKED | {"name": ""})
    assert response.status_code == 400
    assert "This field is required" in response.content.decode()
    assert not ApiKey.objects.of(cast.acme).exists()


def test_the_curl_line_survives_a_shell(cast: Cast) -> None:
    account(cast.acme, 'it\'s "odd" $(x)')
    words = shlex.split(curl_of(cast).replace("\\\n", " "))
    assert words[:2] == ["curl", "https://health.example/api/v1/events"]
    assert json.loads(words[-1])["events"][0]["account"] == 'it\'s "odd" $(x)'


@pytest.mark.parametrize(
    ("kind", "hours", "word"),
    [
        ("rest", 0.5, "Fresh"),
        ("rest", 3, "Late"),
        ("rest", 30, "Silent"),
        ("file", 30, "Fresh"),
        ("file", 24 * 40, "Silent"),
    ],
)
def test_freshness(kind: str, hours: float, word: str) -> None:
    assert freshness(kind, NOW - timedelta(hours=hours), NOW)[1] == word
    assert freshness(kind, None, NOW) == ("grey", "Waiting")


def test_counts_of_a_day_and_what_was_refused(cast: Cast) -> None:
    account(cast.acme, "sable", name="Sable Hotels")
    event = {"account": "sable", "name": "login", "contact": "ivo@sable.example"}
    tell(cast.acme, "events", *({**event, "message_id": str(n)} for n in range(3)), at=NOW - timedelta(minutes=5))
    tell(cast.acme, "events", {**event, "message_id": "old"}, at=NOW - timedelta(days=2))
    Refused.unscoped.create(
        workspace=cast.acme, source=source_of(cast.acme), kind="events", field="account", value="nobody",
        reason="no account has external id “nobody”", at=NOW - timedelta(minutes=1),
    )  # fmt: skip
    panel = sources_of(cast.carol, NOW, "")
    assert (panel.sources[0].accepted, panel.sources[0].refused) == (3, 0.25)
    assert panel.summary == "1 source · 3 events in 24 h · 25% refused"
    assert [item.result for item in panel.live.items] == ["Refused", "Stored", "Stored", "Stored"]
    assert panel.live.items[1].account == "Sable Hotels"


def test_live_shows_the_refused_alone_and_pauses(cast: Cast, at_noon: datetime) -> None:
    account(cast.acme, "sable")
    tell(cast.acme, "events", {"account": "sable", "name": "login", "message_id": "1"}, at=NOW)
    browser, headers = sign_in(cast.carol), {"HX-Request": "true"}
    assert "login" in browser.get(f"{URL}/live", headers=headers).content.decode()
    assert "login" not in browser.get(f"{URL}/live?show=refused", headers=headers).content.decode()
    assert "every 3s" not in browser.get(f"{URL}/live?show=paused", headers=headers).content.decode()
    assert browser.get(f"{URL}/live?show=x", headers=headers).status_code == 400
    assert browser.get(f"{URL}/live").status_code == 302


def test_the_report_of_a_file_names_row_field_value_and_reason(cast: Cast) -> None:
    source = Source.unscoped.create(workspace=cast.acme, name="CRM", kind=Source.Kind.FILE)
    row = Import.unscoped.create(
        workspace=cast.acme, source=source, kind="events", file_name="use.csv", state=Import.State.DONE,
        read=10, accepted=7, known=1, conflicts=1, rejected=1, warnings={"before sign-up": 4},
    )  # fmt: skip
    Refused.unscoped.create(
        workspace=cast.acme, source=source, imported=row, kind="events", row=3, field="day", value="31/02",
        reason="is no date", at=NOW,
    )  # fmt: skip
    text = sign_in(cast.bob).get(f"{URL}/imports/{row.pk}").content.decode()
    for part in ("use.csv", ">3<", "day", "31/02", "is no date", "4 × before sign-up"):
        assert part in text
    assert sign_in(cast.mallory).get(f"/w/evil/sources/imports/{row.pk}").status_code == 404
    assert "use.csv" in sign_in(cast.bob).get(URL).content.decode()
