"""Accounts that are told several times, or whose parents are told beside them, in one batch."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import places
from accounts.models import Account, DirtyDay, Stage
from tests.accounts.items import told
from tests.cast import NOW, account, record

pytestmark = pytest.mark.django_db

ALPHA, BETA, GAMMA = {"id": "alpha"}, {"id": "beta"}, {"id": "gamma"}


def parents(workspace):
    rows = Account.objects.of(workspace).filter(external_id__in=["alpha", "beta", "gamma"])
    return dict(rows.values_list("external_id", "parent__external_id"))


def test_the_same_account_again_in_one_batch_is_known(acme):
    again = [ALPHA, ALPHA, ALPHA | {"country": "Chile"}, ALPHA | {"country": "Chile"}, BETA]
    assert told(acme, "accounts", *again) == ["accepted", "already_known", "updated", "already_known", "accepted"]
    assert Account.objects.of(acme).get(external_id="alpha").country == "Chile"


def test_segment_and_stage_are_marked_at_once_and_keys_are_left_to_facts(acme):
    Stage.objects.of(acme).get_or_create(workspace=acme, name="Live", defaults={"position": 9})
    record(acme, "accounts", ALPHA, BETA)
    with CaptureQueriesContext(connection) as queries:
        assert told(acme, "accounts", ALPHA | {"segment": "Large"}, BETA | {"stage": "Live"}) == ["updated"] * 2
    statements = [each["sql"] for each in queries]
    assert len([sql for sql in statements if "INSERT INTO accounts_dirtyday" in sql]) == 1
    assert [sql for sql in statements if "FOR NO KEY UPDATE" in sql]
    assert not [sql for sql in statements if "FOR UPDATE" in sql]
    assert DirtyDay.objects.of(acme).count() == 2


@pytest.mark.parametrize("change", [{"country": "Chile"}, {"segment": "Large"}, {"parent": "beta"}])
def test_an_account_changes_when_it_is_written_and_not_when_it_was_told(acme, change):
    """A file of an hour changes accounts at its end as well."""
    record(acme, "accounts", ALPHA, BETA)
    Account.objects.of(acme).update(updated_at=NOW)
    assert told(acme, "accounts", ALPHA | change) == ["updated"]
    assert Account.objects.of(acme).get(external_id="alpha").updated_at > timezone.now() - timedelta(hours=1)


def test_put_somewhere_an_account_changes_then(acme):
    one = account(acme, "one")
    Account.objects.of(acme).update(updated_at=NOW)
    places.put(acme, "segment", {one.pk: "Large"}, NOW)
    one.refresh_from_db()
    assert (one.segment, one.updated_at > timezone.now() - timedelta(hours=1)) == ("Large", True)


def test_a_parent_may_come_after_its_child(acme):
    child = ALPHA | {"parent": "beta"}
    assert told(acme, "accounts", child, BETA, child, ALPHA | {"parent": "gamma"}, GAMMA) == [
        "accepted",
        "accepted",
        "already_known",
        "updated",
        "accepted",
    ]
    assert parents(acme) == {"alpha": "gamma", "beta": None, "gamma": None}


def test_a_refused_account_is_nobodys_parent(acme):
    items = [ALPHA | {"parent": "beta"}, BETA | {"parent": "gamma"}, GAMMA | {"owner": "nobody@x.example"}]
    results = record(acme, "accounts", *items)
    assert [(str(r.status), r.field, r.value) for r in results] == [
        ("rejected", "parent", "beta"),
        ("rejected", "parent", "gamma"),
        ("rejected", "owner", "nobody@x.example"),
    ]
    assert parents(acme) == {}
