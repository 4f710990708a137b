"""The page of all scorecards: what it says, its test field, and who may change what."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metrics.drafts import newest, open_draft, says
from metrics.models import Scorecard
from metrics.scorecards import card_of
from tests.cast import Cast, account
from tests.dashboards.conftest import sign_in
from tests.metrics.steering import steer

pytestmark = pytest.mark.django_db
URL = "/w/acme/scorecards"


@pytest.fixture
def big(cast: Cast) -> Scorecard:
    """A scorecard for big accounts in onboarding, before the default one."""
    account(cast.acme, "harbor", name="Harbor Ltd", segment="Big", stage="Growth")
    version = steer(cast.acme, "Big ones", segments=["Big"], stages=["Onboarding"])
    return version.scorecard  # type: ignore[no-any-return]


def text(cast: Cast, query: str = "") -> str:
    return " ".join(sign_in(cast.carol).get(f"{URL}{query}").content.decode().split())


def send(cast: Cast, card: Scorecard, do: str = "save", **fields: Any) -> Any:
    return sign_in(cast.carol).post(f"{URL}/{card.pk}/{do}", fields, follow=True)


def test_all_in_their_order_with_their_scope(cast: Cast, big: Scorecard) -> None:
    page = text(cast)
    assert page.index("Big · in Onboarding") < page.index("all accounts")
    assert "Move Big ones down" in page
    assert "No account can get it" not in page
    default = Scorecard.objects.of(cast.acme).get(name="Default")
    assert "“Default”, which comes first, is for all accounts" in (
        " ".join(send(cast, default, place="0").content.decode().split())
    )


def test_the_test_field_says_which_and_why_not(cast: Cast, big: Scorecard) -> None:
    found = text(cast, "?segment=Big&stage=Growth")
    assert "is for accounts in Onboarding, and this one is in Growth" in found
    assert "it gets <b>Default</b>" in found
    assert "fits: segment Big, stage Onboarding" in text(cast, "?segment=Big&stage=Onboarding")
    assert "is for Big, and the account is of no segment" in text(cast, "?segment=&stage=")
    assert "Harbor Ltd" in text(cast, "?q=harb")
    one = account(cast.acme, "harbor")
    assert "this one is in Growth" in text(cast, f"?account={one.pk}")
    other = account(cast.evil, "theirs")
    assert sign_in(cast.carol).get(f"{URL}?account={other.pk}").status_code == 400


def test_changed_closed_and_opened_again(cast: Cast, big: Scorecard) -> None:
    send(cast, big, name="Large", segments=["Big"])
    big.refresh_from_db()
    assert (big.name, big.segments, big.stages) == ("Large", ["Big"], [])
    refused = send(cast, big, name="Default", segments=["Big"])
    assert refused.status_code == 400
    assert "is there already" in refused.content.decode()
    assert send(cast, big, name="Large", segments=["Nobody"]).status_code == 400
    assert "is closed" in send(cast, big, "close").content.decode()
    big.refresh_from_db()
    assert big.closed_at
    assert "is open again" in send(cast, big, "close", open="1").content.decode()


def test_a_manager_reads_and_does_not_change(cast: Cast, big: Scorecard) -> None:
    bob = sign_in(cast.bob)
    page = bob.get(URL).content.decode()
    assert "Big ones" in page
    assert "lineup-move" not in page
    assert bob.post(f"{URL}/{big.pk}/save", {"place": "1"}).status_code == 403
    assert sign_in(cast.alice).get(URL).status_code == 403


def test_accounts_that_no_scorecard_is_for_are_told(cast: Cast, big: Scorecard) -> None:
    send(cast, Scorecard.objects.of(cast.acme).get(name="Default"), "close")
    assert "No scorecard is for 1 account" in text(cast)


def test_the_page_takes_as_many_queries_as_ever(cast: Cast, big: Scorecard) -> None:
    client = sign_in(cast.carol)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(URL)
        return len(found)

    queries()
    before = queries()
    for n in range(3):
        steer(cast.acme, f"More {n}", segments=[f"S{n}"])
    assert queries() == before


def test_a_new_one_begins_as_a_draft_before_the_one_for_all(cast: Cast, big: Scorecard) -> None:
    carol = sign_in(cast.carol)
    told = {"name": "Small ones", "kind": "weighted", "segments": ["Big"], "source": str(big.pk)}
    carol.post(f"{URL}/add", told)
    made = Scorecard.objects.of(cast.acme).get(name="Small ones")
    assert [each.name for each in Scorecard.objects.of(cast.acme).in_order()] == ["Big ones", "Small ones", "Default"]
    assert says(card_of(open_draft(made))) == says(card_of(newest(big)))
    carol.post(f"{URL}/add", told | {"name": "Usual", "source": "default"})
    usual = Scorecard.objects.of(cast.acme).get(name="Usual")
    assert len(card_of(open_draft(usual)).lines) == 17
    wrong = carol.post(f"{URL}/add", told | {"name": "Other", "kind": "points"})
    assert wrong.status_code == 400
    assert "is of another kind" in wrong.content.decode()
    assert not Scorecard.objects.of(cast.acme).filter(name="Other").exists()
    assert "is deleted" in send(cast, made, "close").content.decode()
