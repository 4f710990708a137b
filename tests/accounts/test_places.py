"""Places of accounts: teams, stages, segments."""

from __future__ import annotations

import pytest

from accounts.models import Account, DirtyDay
from accounts.places import rename_segment, segment_names
from tests.cast import NOW, Cast, account


@pytest.mark.parametrize("segments", [[], [""], ["SMB"], ["SMB", "", "Enterprise", "SMB", "mid market", "Ångström"]])
def test_the_names_of_segments_are_those_that_accounts_have_in_order(acme, cast, segments):
    told = [Account(workspace=acme, external_id=str(n), name="x", segment=name) for n, name in enumerate(segments)]
    Account.unscoped.bulk_create(told)
    Account.unscoped.create(workspace=cast.evil, external_id="m", name="m", segment="Hidden")
    have = Account.objects.of(acme).exclude(segment="").order_by("segment").values_list("segment", flat=True)
    assert segment_names(acme) == list(have.distinct())
    assert set(segment_names(acme)) == set(segments) - {""}


def test_who_may_get_another_scorecard_is_scored_anew(cast: Cast) -> None:
    """However the segment or the stage was told: by file or program, or with all others of its segment."""
    for name in ("told", "owned", "renamed"):
        account(cast.acme, name, owner="alice@acme.example", segment="Old" if name == "renamed" else "SMB")
    assert not DirtyDay.objects.of(cast.acme).exists()
    account(cast.acme, "told", stage="Growth", segment="SMB")
    account(cast.acme, "owned", owner="bob@acme.example")
    rename_segment(cast.acme, "Old", "New", NOW)
    marked = DirtyDay.objects.of(cast.acme).values_list("account__external_id", "day")
    assert set(marked) == {(name, cast.acme.day_of(NOW)) for name in ("told", "renamed")}
