"""Sources by freshness, live events, reports of files."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import Import, Refused, Source
from dashboards.panels.sources import freshness, sources_of
from tests.cast import Cast, account, source_of, tell
from tests.dashboards.conftest import NOW, sign_in

URL = "/w/acme/sources"


@pytest.mark.parametrize(
    ("who", "status"), [("victor", 403), ("alice", 403), ("bob", 200), ("carol", 200), ("mallory", 404)]
)
def test_who_may_look(cast: Cast, who: str, status: int) -> None:
    assert sign_in(getattr(cast, who)).get(URL).status_code == status


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
    for result, count in (("rejected", 2), ("already_known", 7)):
        Refused.unscoped.create(
            workspace=cast.acme, source=source_of(cast.acme), kind="events", field="account", value="nobody",
            reason="no account has external id “nobody”", at=NOW - timedelta(minutes=1), result=result, count=count,
        )  # fmt: skip
    panel = sources_of(cast.carol, NOW, "")
    [row] = panel.sources
    assert (row.taken, row.refused, row.share) == (3, 2, Decimal(2) / 5)
    assert panel.summary == "1 source · 3 events in 24 h · 40% refused"
    said = [item.result for item in panel.live.items]
    assert (sorted(said[:2]), said[2:]) == (["Known already", "Refused"], ["Stored"] * 3)
    assert panel.live.items[2].account == "Sable Hotels"
    assert panel.live.items[2].detail.startswith("feeds ")


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
