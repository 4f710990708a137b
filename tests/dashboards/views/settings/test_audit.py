"""The page of the log: the newest first, by person and kind, each workspace its own, admins only."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import AuditEntry, Team
from tests.cast import Cast
from tests.dashboards.conftest import sign_in

URL = "/w/acme/settings/audit"


def page(cast: Cast, **asked: Any) -> str:
    return sign_in(cast.carol).get(URL, asked).content.decode()


@pytest.fixture
def told(cast: Cast) -> Cast:
    browser = sign_in(cast.carol)
    browser.post("/w/acme/settings/teams/add", {"name": "West"})
    browser.post(f"/w/acme/settings/teams/{cast.south.pk}", {"name": "Deep South"})
    return cast


@pytest.mark.parametrize(("who", "status"), [("victor", 403), ("alice", 403), ("bob", 403), ("carol", 200)])
def test_admins_alone_read_it(cast: Cast, who: str, status: int) -> None:
    assert sign_in(getattr(cast, who)).get(URL).status_code == status


def test_who_what_before_and_after(told: Cast) -> None:
    text = page(told)
    assert "carol@acme.example" in text
    assert "South → Deep South" in text
    assert "– → West" in text
    assert text.index("Deep South") < text.index("– → West"), "the newest first"


def test_by_person_and_kind(told: Cast) -> None:
    assert "Deep South" in page(told, who=told.carol.user_id, kind="team")
    assert "Deep South" not in page(told, who=told.bob.user_id)
    assert "Deep South" not in page(told, who="programs")
    assert "Command line" in page(told, who="programs"), "what the cast was made with"
    assert "Nothing of this kind" in page(told, kind="tag")


@pytest.mark.parametrize("asked", [{"who": "nobody"}, {"kind": "secret"}, {"before": "x"}, {"before": "9" * 30}])
def test_an_address_that_asks_for_nonsense_is_told_so(cast: Cast, asked: dict[str, str]) -> None:
    response = sign_in(cast.carol).get(URL, asked)
    assert response.status_code == 400
    assert f"{next(iter(asked))}: “" in response.content.decode()


def test_another_workspace_reads_its_own_alone(told: Cast) -> None:
    Team.unscoped.create(workspace=told.evil, name="Doom")
    theirs = sign_in(told.mallory).get("/w/evil/settings/audit", {"who": told.carol.user_id}).content.decode()
    assert "West" not in theirs
    theirs = sign_in(told.mallory).get("/w/evil/settings/audit").content.decode()
    assert "Doom" in theirs
    assert "West" not in theirs
    assert "carol" not in theirs
    assert "Doom" not in page(told)


def test_pages_of_fifty_by_key(cast: Cast, django_assert_max_num_queries: Any) -> None:
    Team.unscoped.all().filter(workspace=cast.acme).delete()
    AuditEntry.objects.of(cast.acme).delete()
    for n in range(51):
        Team.unscoped.create(workspace=cast.acme, name=f"T{n:03}")
    browser = sign_in(cast.carol)
    with django_assert_max_num_queries(9):
        first = browser.get(URL)
    assert [entry.thing for entry in first.context["panel"].entries] == [f"T{n:03}" for n in range(50, 0, -1)]
    second = browser.get(first.context["panel"].older)
    assert [entry.thing for entry in second.context["panel"].entries] == ["T000"]
    assert not second.context["panel"].older
    assert second.context["panel"].newest == URL


def test_what_people_wrote_is_shown_as_text(cast: Cast) -> None:
    Team.unscoped.create(workspace=cast.acme, name="<b>West</b>" + "x" * 80)
    assert "<b>West</b>" not in page(cast).replace("<b>&lt;b&gt;", "")
