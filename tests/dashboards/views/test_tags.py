"""Tags are put on an account by those who write it, and find it again."""

from __future__ import annotations

import pytest

from accounts.models import AccountTag, Tag
from tests.cast import Cast, account
from tests.dashboards.conftest import sign_in


@pytest.fixture
def tags(cast: Cast) -> dict[str, Tag]:
    account(cast.acme, "mine", name="Sable", owner="alice@acme.example")
    account(cast.acme, "hers", name="Vela", owner="carol@acme.example", team="South")
    made = {name: Tag.unscoped.create(workspace=cast.acme, name=name) for name in ("Beta", "Pilot")}
    return made | {"theirs": Tag.unscoped.create(workspace=cast.evil, name="Doom")}


def url(cast: Cast, external_id: str) -> str:
    return f"/w/acme/accounts/{account(cast.acme, external_id).pk}"


def has(cast: Cast) -> list[tuple[str, str]]:
    rows = AccountTag.objects.of(cast.acme).order_by("account", "tag__name")
    return list(rows.values_list("account__external_id", "tag__name"))


def test_a_csm_tags_the_own_book_and_finds_it(cast: Cast, tags: dict[str, Tag]) -> None:
    browser, mine = sign_in(cast.alice), url(cast, "mine")
    for _twice in range(2):
        browser.post(f"{mine}/tags", {"tag": [tags["Beta"].pk, tags["Pilot"].pk]})
    assert has(cast) == [("mine", "Beta"), ("mine", "Pilot")]
    found = browser.get("/w/acme/accounts", {"tag": tags["Beta"].pk})
    assert [row.name for row in found.context["panel"].rows] == ["Sable"]
    assert "Tag: Beta" in found.content.decode()
    assert f"accounts?tag={tags['Beta'].pk}" in browser.get(mine).content.decode()
    browser.post(f"{mine}/tags", {"tag": tags["Pilot"].pk})
    assert has(cast) == [("mine", "Pilot")]
    browser.post(f"{mine}/tags")
    assert has(cast) == []
    assert "No account has this tag" in browser.get("/w/acme/accounts", {"tag": tags["Beta"].pk}).content.decode()


def test_who_only_reads_an_account_does_not_tag_it(cast: Cast, tags: dict[str, Tag]) -> None:
    hers = url(cast, "hers")
    assert sign_in(cast.alice).post(f"{hers}/tags", {"tag": tags["Beta"].pk}).status_code == 403
    assert sign_in(cast.victor).post(f"{hers}/tags").status_code == 403
    assert 'account-tags"' in sign_in(cast.victor).get(hers).content.decode()
    assert f"{hers}/tags" not in sign_in(cast.victor).get(hers).content.decode()
    assert has(cast) == []


@pytest.mark.parametrize("sent", ["theirs", "999999", "x"])
def test_a_tag_that_is_not_there_is_refused(cast: Cast, tags: dict[str, Tag], sent: str) -> None:
    key = tags["theirs"].pk if sent == "theirs" else sent
    response = sign_in(cast.carol).post(f"{url(cast, 'mine')}/tags", {"tag": [tags["Beta"].pk, key]})
    assert response.status_code == 400
    assert has(cast) == []


def test_another_workspaces_tag_finds_nothing(cast: Cast, tags: dict[str, Tag]) -> None:
    found = sign_in(cast.carol).get("/w/acme/accounts", {"tag": tags["theirs"].pk})
    assert not found.context["panel"].rows
    assert "Doom" not in found.content.decode()
    assert sign_in(cast.carol).get("/w/acme/accounts", {"tag": "x"}).status_code == 400
