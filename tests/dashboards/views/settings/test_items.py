"""Teams, stages, tags and segments: added, renamed, moved, joined, and deleted only where nothing refers to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account, AccountHistory, AccountTag, AuditEntry, Stage, Tag, Team
from accounts.places import tag_account
from metrics.models import Scorecard
from tests.cast import NOW, Cast, account, record
from tests.dashboards.conftest import sign_in

URL = "/w/acme/settings"


def send(cast: Cast, path: str, **fields: Any) -> Any:
    return sign_in(cast.carol).post(f"{URL}/{path}", fields, follow=True)


def names(model: Any, cast: Cast, order: str = "name") -> list[str]:
    return list(model.objects.of(cast.acme).order_by(order).values_list("name", flat=True))


def stage(cast: Cast, name: str) -> Stage:
    return Stage.objects.of(cast.acme).get(name=name)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("path", "model"), [("teams", Team), ("tags", Tag), ("stages", Stage)])
def test_added_renamed_deleted(cast: Cast, path: str, model: Any) -> None:
    send(cast, f"{path}/add", name="  West ")
    row = model.objects.of(cast.acme).get(name="West")
    send(cast, f"{path}/{row.pk}", name="Far West")
    assert "Far West" in names(model, cast)
    assert "Far West is deleted" in send(cast, f"{path}/{row.pk}/delete").content.decode()
    assert "Far West" not in names(model, cast)
    told = AuditEntry.objects.of(cast.acme).filter(kind=model._meta.model_name, thing_id=row.pk).order_by("pk")
    assert [entry.by for entry in told] == ["carol@acme.example"] * 3


@pytest.mark.parametrize("path", ["teams", "tags", "stages"])
def test_a_name_that_is_taken_is_refused_beside_the_field(cast: Cast, path: str) -> None:
    send(cast, f"{path}/add", name="West")
    again = send(cast, f"{path}/add", name="West")
    assert again.status_code == 400
    assert "“West” is there already" in again.content.decode()
    assert send(cast, f"{path}/add", name="").status_code == 400
    assert send(cast, f"{path}/add", name="x" * 101).status_code == 400
    assert send(cast, f"{path}/add", name="a\x00b").status_code == 400


def test_a_refused_change_opens_where_it_was_sent(cast: Cast) -> None:
    page = send(cast, f"teams/{cast.north.pk}", name="South").content.decode()
    assert page.count("<details") - page.count('details class="who"') >= 2
    assert page.count('class="item" open') == 1
    assert cast.north.name in names(Team, cast)


def test_a_team_with_members_or_a_past_stays(cast: Cast) -> None:
    assert "in use" in send(cast, f"teams/{cast.north.pk}/delete").content.decode()
    account(cast.acme, "one", team="South")
    record(cast.acme, "accounts", {"id": "one", "team": None}, at=NOW + timedelta(days=1))
    assert "in use" in send(cast, f"teams/{cast.south.pk}/delete").content.decode(), "the history names it"
    assert names(Team, cast) == ["North", "South"]


def test_a_stage_with_a_past_stays_and_says_why(cast: Cast) -> None:
    account(cast.acme, "one", stage="Growth")
    record(cast.acme, "accounts", {"id": "one", "stage": "Renewal"}, at=NOW + timedelta(days=1))
    for name in ("Growth", "Renewal"):
        assert "in use" in send(cast, f"stages/{stage(cast, name).pk}/delete").content.decode()
    assert "Accounts are or were in it" in sign_in(cast.carol).get(f"{URL}/stages").content.decode()
    assert len(names(Stage, cast)) == 5


def test_stages_move_and_twice_is_once(cast: Cast) -> None:
    renewal = stage(cast, "Renewal")
    for _twice in range(2):
        send(cast, f"stages/{renewal.pk}", place="2", name="Renewal")
    assert names(Stage, cast, "position") == ["Onboarding", "Adoption", "Renewal", "Growth", "Advocate"]
    send(cast, f"stages/{renewal.pk}", place="9999")
    assert names(Stage, cast, "position")[-1] == "Renewal"
    positions = Stage.objects.of(cast.acme).order_by("position").values_list("position", flat=True)
    assert list(positions) == [0, 1, 2, 3, 4]
    told = AuditEntry.objects.of(cast.acme).filter(kind="stage", thing="Renewal").order_by("pk").first()
    assert told.changes == {"position": [3, 2]}


def test_a_stage_has_the_kpi_by_which_it_is_judged(cast: Cast) -> None:
    growth = stage(cast, "Growth")
    assert "Time to first value" in sign_in(cast.carol).get(f"{URL}/stages").content.decode()
    send(cast, f"stages/{growth.pk}", name="Growth", target_days="365", kpi="revenue.grr")
    assert stage(cast, "Growth").kpi == "revenue.grr"
    told = AuditEntry.objects.of(cast.acme).filter(kind="stage", thing="Growth").latest("pk")
    assert told.changes == {"kpi": ["revenue.nrr", "revenue.grr"]}
    assert send(cast, f"stages/{growth.pk}", name="Growth", kpi="revenue.luck").status_code == 400
    send(cast, f"stages/{growth.pk}", name="Growth", kpi="")
    assert stage(cast, "Growth").kpi == ""


def test_a_renamed_stage_takes_its_accounts_and_scorecards_with_it(cast: Cast) -> None:
    one = account(cast.acme, "one", stage="Growth")
    Scorecard.unscoped.create(workspace=cast.acme, name="Growers", stages=["Growth", "Renewal"])
    theirs = Scorecard.unscoped.create(workspace=cast.evil, name="Growers", stages=["Growth"])
    send(cast, f"stages/{stage(cast, 'Growth').pk}", name="Growing", target_days="200")
    one.refresh_from_db()
    assert one.stage.name == "Growing"
    assert Scorecard.objects.of(cast.acme).get(name="Growers").stages == ["Growing", "Renewal"]
    theirs.refresh_from_db()
    assert theirs.stages == ["Growth"]


def test_a_tag_goes_with_its_accounts(cast: Cast) -> None:
    one = account(cast.acme, "one")
    tag = Tag.unscoped.create(workspace=cast.acme, name="Beta")
    assert tag_account(one, [tag])
    assert not tag_account(one, [tag])
    assert "1 account" in sign_in(cast.carol).get(f"{URL}/tags").content.decode()
    send(cast, f"tags/{tag.pk}/delete")
    assert not AccountTag.objects.of(cast.acme).exists()
    told = AuditEntry.objects.of(cast.acme).filter(kind="account")
    assert [entry.changes for entry in told] == [{"tags": [[], ["Beta"]]}]


# -- segments -----------------------------------------------------------------------------------------------


def history(found: Account) -> list[tuple[str, bool]]:
    rows = AccountHistory.objects.of(found.workspace).filter(account=found, field="segment").order_by("since")
    return [(row.value, row.until is None) for row in rows]


def test_segments_are_renamed_and_joined_for_all_their_accounts(cast: Cast) -> None:
    for name, segment in (("one", "SMB"), ("two", "SMB"), ("three", "Small")):
        account(cast.acme, name, segment=segment)
    account(cast.evil, "one", segment="SMB")
    Scorecard.unscoped.create(workspace=cast.acme, name="Little", segments=["SMB"])
    page = send(cast, "segments/rename", old="SMB", new="Small").content.decode()
    assert "Small: 2 accounts" in page
    segments = dict(Account.objects.of(cast.acme).values_list("external_id", "segment"))
    assert segments == dict.fromkeys(("one", "two", "three"), "Small")
    assert Account.objects.of(cast.evil).get().segment == "SMB"
    assert history(Account.objects.of(cast.acme).get(external_id="one")) == [("SMB", False), ("Small", True)]
    assert history(Account.objects.of(cast.acme).get(external_id="three")) == [("Small", True)]
    assert Scorecard.objects.of(cast.acme).get(name="Little").segments == ["SMB", "Small"]
    told = AuditEntry.objects.of(cast.acme).filter(kind="workspace").order_by("-pk").first()
    assert told.changes == {"segment": ["SMB (2)", "Small"]}
    send(cast, "segments/rename", old="SMB", new="Small")
    assert len(history(Account.objects.of(cast.acme).get(external_id="one"))) == 2, "twice is once"


def test_a_segment_has_a_name(cast: Cast) -> None:
    account(cast.acme, "one", segment="SMB")
    for new in ("", "x" * 61):
        assert send(cast, "segments/rename", old="SMB", new=new).status_code == 400
    assert Account.objects.of(cast.acme).get().segment == "SMB"


@pytest.mark.parametrize("section", ["teams", "stages", "tags", "segments"])
def test_a_list_takes_a_fixed_number_of_queries(cast: Cast, section: str, django_assert_max_num_queries: Any) -> None:
    for n in range(12):
        one = account(cast.acme, f"a{n}", segment=f"S{n}", stage="Growth", team="North")
        Team.unscoped.create(workspace=cast.acme, name=f"T{n}")
        tag_account(one, [Tag.unscoped.create(workspace=cast.acme, name=f"G{n}")])
    browser = sign_in(cast.bob)
    with django_assert_max_num_queries(10):
        page = browser.get(f"{URL}/{section}").content.decode()
    assert "An admin can change this" in page
    assert '<details class="item"' not in page
