"""Places of accounts: teams, stages, segments."""

from __future__ import annotations

import pytest

from accounts.models import Account
from accounts.places import segment_names


@pytest.mark.parametrize("segments", [[], [""], ["SMB"], ["SMB", "", "Enterprise", "SMB", "mid market", "Ångström"]])
def test_the_names_of_segments_are_those_that_accounts_have_in_order(acme, cast, segments):
    told = [Account(workspace=acme, external_id=str(n), name="x", segment=name) for n, name in enumerate(segments)]
    Account.unscoped.bulk_create(told)
    Account.unscoped.create(workspace=cast.evil, external_id="m", name="m", segment="Hidden")
    have = Account.objects.of(acme).exclude(segment="").order_by("segment").values_list("segment", flat=True)
    assert segment_names(acme) == list(have.distinct())
    assert set(segment_names(acme)) == set(segments) - {""}
