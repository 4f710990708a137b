"""Roles, leaving with an heir, invitations: what may be done, what is remembered, and what two at once do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import members
from accounts.members import MemberError
from accounts.models import Account, AccountHistory, AuditEntry, Invitation, Membership, Role, User
from tests.cast import NOW, Cast, account, join
from tests.concurrency import beside, somebody_waits, until

LATER = NOW + timedelta(hours=1)


def owner_history(cast: Cast, external_id: str) -> list[tuple[str, bool]]:
    """The owners of an account, in order, and whether the row is open."""
    rows = AccountHistory.objects.of(cast.acme).filter(account__external_id=external_id, field="owner")
    return [(row.value, row.until is None) for row in rows.order_by("since")]


# -- roles --------------------------------------------------------------------------------------------------


def test_an_admin_changes_role_and_team(cast):
    members.change(cast.carol, cast.alice, Role.MANAGER, cast.south)
    cast.alice.refresh_from_db()
    assert (cast.alice.role, cast.alice.team) == (Role.MANAGER, cast.south)


def test_nobody_changes_the_own_role_but_the_own_team(cast):
    with pytest.raises(MemberError, match="another admin"):
        members.change(cast.carol, cast.carol, Role.VIEWER, None)
    members.change(cast.carol, cast.carol, Role.ADMIN, cast.south)
    cast.carol.refresh_from_db()
    assert (cast.carol.role, cast.carol.team) == (Role.ADMIN, cast.south)


def test_nobody_ends_the_own_membership(cast):
    with pytest.raises(MemberError, match="another admin"):
        members.end(cast.carol, cast.carol, None, LATER)
    assert Membership.objects.of(cast.acme).get(pk=cast.carol.pk).ended_at is None


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_end_each_other_at_once_one_remains(cast):
    """The second waits for the first, and then is no admin any more."""
    dan = join(cast.acme, "Dan", Role.ADMIN)
    with beside(members.end, dan, cast.carol, None, LATER) as other:
        with transaction.atomic():
            members.end(cast.carol, dan, None, LATER)
            other.start()
            until(somebody_waits)
        with pytest.raises(MemberError, match="no admin"):
            other.result()
    admins = Membership.objects.of(cast.acme).filter(role=Role.ADMIN, ended_at=None)
    assert [admin.pk for admin in admins] == [cast.carol.pk]


# -- leaving ------------------------------------------------------------------------------------------------


def test_who_leaves_hands_over_the_accounts_and_it_is_remembered(cast):
    for external_id in ("one", "two"):
        account(cast.acme, external_id, owner="alice@acme.example")
    account(cast.acme, "bobs", owner="bob@acme.example")
    account(cast.evil, "theirs", owner="mallory@evil.example")
    assert members.end(cast.carol, cast.alice, cast.bob, LATER) == 2
    owners = dict(Account.objects.of(cast.acme).values_list("external_id", "owner_id"))
    assert owners == {"one": cast.bob.pk, "two": cast.bob.pk, "bobs": cast.bob.pk}
    for external_id in ("one", "two"):
        assert owner_history(cast, external_id) == [(str(cast.alice.pk), False), (str(cast.bob.pk), True)]
    assert owner_history(cast, "bobs") == [(str(cast.bob.pk), True)]
    assert Account.objects.of(cast.evil).get().owner == cast.mallory
    told = AuditEntry.objects.of(cast.acme).filter(kind="account", changes__owner=["Alice", "Bob"])
    assert {entry.thing for entry in told} == {"one", "two"}


def test_without_an_heir_the_accounts_are_nobodys(cast):
    account(cast.acme, "one", owner="alice@acme.example")
    members.end(cast.carol, cast.alice, None, LATER)
    assert Account.objects.of(cast.acme).get().owner is None
    assert owner_history(cast, "one") == [(str(cast.alice.pk), False), ("", True)]


def test_a_handover_takes_the_same_statements_however_many(cast, django_assert_num_queries):
    for n in range(2):
        account(cast.acme, f"a{n}", owner="alice@acme.example")
    with CaptureQueriesContext(connection) as few:
        members.end(cast.carol, cast.alice, cast.bob, LATER)
    assert not [each for each in few if "FOR UPDATE" in each["sql"]]  # facts hold the key of what they point at
    for n in range(30):
        account(cast.acme, f"b{n}", owner="bob@acme.example")
    with django_assert_num_queries(len(few)):
        members.end(cast.carol, cast.bob, None, LATER)


def test_who_left_twice_left_the_first_time(cast):
    members.end(cast.carol, cast.alice, None, NOW)
    members.end(cast.carol, cast.alice, None, LATER)
    assert Membership.objects.of(cast.acme).get(pk=cast.alice.pk).ended_at == NOW
    members.revive(cast.carol, cast.alice)
    told = AuditEntry.objects.of(cast.acme).filter(kind="membership").order_by("pk")
    assert [list(entry.changes) for entry in told if entry.action == AuditEntry.Action.UPDATE] == [["ended_at"]] * 2
    assert Membership.objects.of(cast.acme).get(pk=cast.alice.pk).ended_at is None


# -- invitations --------------------------------------------------------------------------------------------


def invite(cast: Cast, email: str = "dora@acme.example", role: Role = Role.MANAGER) -> str:
    return members.invite(cast.carol, email, role, cast.north, NOW)[1]


def test_the_token_is_not_kept(cast):
    token = invite(cast)
    row = Invitation.objects.of(cast.acme).get()
    assert token not in str(row.__dict__)
    assert members.invitation_of(token, NOW) == row
    assert members.invitation_of(row.hash, NOW) is None


def test_a_new_person_gets_a_login_with_the_invited_address(cast):
    user = members.accept_as_new(invite(cast, "Dora@Acme.example"), "Dora", "a long pass phrase", LATER)
    member = Membership.objects.of(cast.acme).get(user=user)
    assert (user.email, user.name, member.role, member.team) == ("dora@acme.example", "Dora", Role.MANAGER, cast.north)
    assert user.check_password("a long pass phrase")


def test_who_signs_in_elsewhere_joins_with_the_same_login(cast):
    token = invite(cast, cast.mallory.user.email, Role.VIEWER)
    member = members.accept(token, cast.mallory.user, LATER)
    assert (member.workspace, member.role) == (cast.acme, Role.VIEWER)


def test_another_person_cannot_use_it(cast):
    token = invite(cast)
    with pytest.raises(MemberError, match="is for dora@acme.example"):
        members.accept(token, cast.mallory.user, LATER)
    assert not Membership.objects.of(cast.acme).filter(user=cast.mallory.user).exists()
    assert members.invitation_of(token, LATER), "it still works for whom it is for"


def test_it_makes_no_second_login_for_an_address_that_signs_in(cast):
    token = invite(cast, cast.mallory.user.email)
    with pytest.raises(MemberError, match="signs in here already"):
        members.accept_as_new(token, "M", "another pass phrase", LATER)
    cast.mallory.user.refresh_from_db()
    assert not cast.mallory.user.check_password("another pass phrase")


@pytest.mark.parametrize("how", ["used", "revoked", "old", "sent again", "made up"])
def test_a_link_that_no_longer_works(cast, how):
    token, then = invite(cast), LATER
    rows = Invitation.objects.of(cast.acme)
    if how == "used":
        members.accept_as_new(token, "Dora", "a long pass phrase", LATER)
    elif how == "revoked":
        rows.update(revoked_at=LATER)
    elif how == "old":
        assert members.invitation_of(token, NOW + timedelta(days=7, seconds=-1))
        then = NOW + timedelta(days=7)
    elif how == "sent again":
        assert members.invitation_of(invite(cast), then)
    else:
        token += "x"
    assert members.invitation_of(token, then) is None
    before = User.objects.count()
    with pytest.raises(MemberError, match="no longer works"):
        members.accept_as_new(token, "Dora", "a long pass phrase", then)
    with pytest.raises(MemberError, match="no longer works"):
        members.accept(token, User(email="dora@acme.example"), then)
    assert User.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_it_at_once_one_comes_in(cast):
    token = invite(cast)
    with beside(members.accept_as_new, token, "Mallory", "the thief's phrase", LATER) as thief:
        with transaction.atomic():
            members.accept_as_new(token, "Dora", "a long pass phrase", LATER)
            thief.start()
            until(somebody_waits)
        with pytest.raises(MemberError, match="no longer works"):
            thief.result()
    user = User.objects.get(email="dora@acme.example")
    assert user.name == "Dora"
    assert user.check_password("a long pass phrase")


def test_a_member_is_not_invited_and_one_who_left_is(cast):
    with pytest.raises(MemberError, match="member already"):
        invite(cast, "ALICE@acme.example")
    members.end(cast.carol, cast.alice, None, NOW)
    member = members.accept(invite(cast, "alice@acme.example", Role.VIEWER), cast.alice.user, LATER)
    assert (member.pk, member.role, member.ended_at) == (cast.alice.pk, Role.VIEWER, None)


def test_who_became_a_member_in_the_meantime_stays_what_they_are(cast):
    token = invite(cast, cast.mallory.user.email, Role.VIEWER)
    Membership.unscoped.create(workspace=cast.acme, user=cast.mallory.user, role=Role.ADMIN)
    assert members.accept(token, cast.mallory.user, LATER).role == Role.ADMIN


def test_only_a_living_admin_invites(cast):
    Membership.objects.of(cast.acme).filter(pk=cast.carol.pk).update(ended_at=NOW)
    with pytest.raises(MemberError, match="no admin"):
        invite(cast)
    with pytest.raises(MemberError, match="no admin"):
        members.invite(cast.bob, "dora@acme.example", Role.ADMIN, None, NOW)
