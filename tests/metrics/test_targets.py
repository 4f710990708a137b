"""Targets: set, corrected and taken back once, told in the audit log, and what cannot be one is said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounts.acting import act_by_key
from accounts.batch import Status
from accounts.models import AuditEntry, Team
from metrics.models import Target
from metrics.names import Names
from metrics.targets import TargetItem, find, id_of, in_words, reach, set_targets, take_back
from tests.cast import NOW, account, join

pytestmark = pytest.mark.django_db
NRR = {"kpi": "revenue.nrr", "start": date(2026, 1, 1), "value": Decimal("1.05")}


def put(workspace, *items, **more):
    """Set targets; what became of each: status, field, value, reason."""
    found = set_targets(Names(workspace), [TargetItem(**(NRR | item)) for item in items], NOW, **more)
    return [(each.status, each.field, each.value, each.reason) for each in found]


def values(workspace):
    return dict(Target.objects.of(workspace).values_list("scope_kind", "value"))


def statuses(workspace, *items, **more):
    return [each[0] for each in put(workspace, *items, **more)]


def test_set_corrected_and_the_same_again(acme):
    assert statuses(acme, {}, {"scope": "team", "scope_key": "North"}) == [Status.ACCEPTED] * 2
    assert statuses(acme, {}, {"value": Decimal("1.0500")}) == [Status.KNOWN] * 2
    before = Target.objects.of(acme).get(scope_kind="workspace").updated_at
    assert statuses(acme, {"value": Decimal("1.1")}) == [Status.UPDATED]
    assert values(acme) == {"workspace": Decimal("1.1"), "team": Decimal("1.05")}
    assert Target.objects.of(acme).get(scope_kind="workspace").updated_at > before


def test_said_twice_the_first_counts(acme):
    found = statuses(acme, {}, {"value": Decimal(2)}, {}, {"value": Decimal("9")})
    assert found == [Status.ACCEPTED, Status.CONFLICT, Status.KNOWN, Status.REJECTED]
    assert values(acme) == {"workspace": Decimal("1.05")}


WRONG = {
    "no KPI": ({"kpi": "revenue.nothing"}, "kpi", "revenue.nothing", "is no KPI"),
    "no team": ({"scope": "team", "scope_key": "West"}, "scope_key", "West", "is the name of no team"),
    "no member": ({"scope": "csm", "scope_key": "a@evil.example"}, "scope_key", "a@evil.example", "no member"),
    "no segment": ({"scope": "segment", "scope_key": "SMB"}, "scope_key", "SMB", "the segment of no account"),
    "a key of all": ({"scope_key": "North"}, "scope_key", "North", "must be empty"),
    "not the first day": (
        {"start": date(2026, 1, 2)},
        "start",
        "2026-01-02",
        "first day of a month, which is 2026-01-01",
    ),
    "not a quarter": ({"period": "quarter", "start": date(2026, 2, 1)}, "start", "2026-02-01", "2026-01-01"),
    "before all": ({"start": date(1999, 1, 1)}, "start", "1999-01-01", "between 2000 and 2100"),
    "a percentage": ({"value": Decimal(95)}, "value", "95", "5 % is told as 0.05"),
    "no number": ({"value": Decimal("NaN")}, "value", "NaN", "is not a number"),
    "too fine": ({"value": Decimal("0.1234567")}, "value", "0.1234567", "more than 6 decimals"),
    "too large": ({"kpi": "revenue.mrr", "value": Decimal("1E+15")}, "value", "1E+15", "larger than 14 digits"),
    "below zero": ({"kpi": "support.tickets", "value": Decimal(-1)}, "value", "-1", "must be at least 0"),
    "beyond NPS": ({"kpi": "satisfaction.nps", "value": Decimal(101)}, "value", "101", "between -100 and 100"),
    "another id": ({"id": "mine"}, "id", "mine", "is made of kpi, scope, scope_key, period, start"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_a_target_is_said(acme, case):
    item, field, value, reason = WRONG[case]
    [found] = put(acme, item)
    assert found[:3] == (Status.REJECTED, field, value)
    assert reason in found[3]
    assert not Target.objects.of(acme).exists()


def test_the_calendar_is_the_workspaces(acme):
    acme.fiscal_year_start = 2
    acme.save()
    assert statuses(acme, {"period": "year", "start": date(2026, 2, 1)}) == [Status.ACCEPTED]
    assert statuses(acme, {"period": "year"}) == [Status.REJECTED]


def test_the_audit_log_tells_it_in_words(acme, alice, carol):
    act_by_key(None)
    [_set] = put(acme, {"scope": "csm", "scope_key": "Alice@acme.example"})
    put(acme, {"scope": "csm", "scope_key": "alice@acme.example", "value": Decimal(1)})
    take_back(Names(acme), Target.objects.of(acme).get())
    told = AuditEntry.objects.of(acme).filter(kind="target").order_by("pk")
    assert {entry.thing for entry in told} == {"revenue.nrr, csm alice@acme.example, month from 2026-01-01"}
    actions = AuditEntry.Action
    assert [(entry.action, entry.changes["value"]) for entry in told] == [
        (actions.CREATE, [None, "1.05"]),
        (actions.UPDATE, ["1.05", "1"]),
        (actions.DELETE, ["1", None]),
    ]


def test_taken_back_twice_is_once(acme):
    put(acme, {})
    row = Target.objects.of(acme).get()
    for _twice in range(2):
        take_back(Names(acme), Target(pk=row.pk, workspace=acme, kpi=row.kpi, start=row.start, value=row.value))
    assert AuditEntry.objects.of(acme).filter(kind="target").count() == 2


def test_what_is_told_can_be_told_again_and_found(acme, evil):
    account(acme, "one", segment="SMB-2026")
    put(acme, {}, {"scope": "segment", "scope_key": "SMB-2026"}, {"scope": "csm", "scope_key": "bob@acme.example"})
    names = Names(acme)
    told = in_words(names, Target.objects.of(acme).order_by("pk"))
    assert [each["id"] for each in told] == [
        "revenue.nrr-workspace--month-2026-01-01",
        "revenue.nrr-segment-SMB-2026-month-2026-01-01",
        "revenue.nrr-csm-bob@acme.example-month-2026-01-01",
    ]
    rows = find(names, [each["id"] for each in told])
    assert in_words(names, rows.values()) == told
    again = [{name: each for name, each in told_one.items() if name != "updated_at"} for told_one in told]
    assert statuses(acme, *({**each, "value": Decimal(each["value"])} for each in again)) == [Status.KNOWN] * 3
    assert not find(Names(evil), [each["id"] for each in told])
    assert not find(names, ["", "x", id_of(NRR | {"start": "2026-02-30"}), "revenue.nrr-team--month-2026-01-01"])


def test_a_manager_reaches_the_own_team(acme, alice, bob, carol, victor):
    north, south = {"scope": "team", "scope_key": "North"}, {"scope": "team", "scope_key": "South"}
    own, other = {"scope": "csm", "scope_key": alice.user.email}, {"scope": "csm", "scope_key": carol.user.email}
    yes, no = Status.ACCEPTED, Status.REJECTED
    assert statuses(acme, north, own, south, other, {}, reaches=reach(bob)) == [yes, yes, no, no, no]
    assert "is not yours" in put(acme, south, reaches=reach(bob))[0][3]
    assert statuses(acme, south, other, {}, reaches=reach(carol)) == [yes, yes, yes]
    for member in (alice, victor):
        assert statuses(acme, {"value": Decimal(1)}, reaches=reach(member)) == [no]
    head = join(acme, "Heather", bob.role)
    assert statuses(acme, {"value": Decimal(1)}, reaches=reach(head)) == [Status.UPDATED]


def test_many_are_set_in_a_few_statements(acme, django_assert_max_num_queries):
    starts = [date(2020 + n // 12, n % 12 + 1, 1) for n in range(60)]
    teams = Team.unscoped.bulk_create(Team(workspace=acme, name=f"Team {n}") for n in range(5))
    items = [{"start": start, "scope": "team", "scope_key": team.name} for start in starts for team in teams]
    with django_assert_max_num_queries(10):
        assert set(statuses(acme, *items)) == {Status.ACCEPTED}
    with django_assert_max_num_queries(10):
        assert set(statuses(acme, *(item | {"value": Decimal("0.5")} for item in items))) == {Status.UPDATED}
