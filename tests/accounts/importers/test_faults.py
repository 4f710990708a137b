"""All that is wrong with a refused row is told at once: which fields, their values, why."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.batch import KEPT
from accounts.models import Account, Import, Invoice, Refused
from tests.accounts.test_import_csv import assert_sums, folder, run  # noqa: F401

INVOICES = "id,account,issued_on,due_on,amount,currency"
TERMS = "id,account,starts_on,ends_on,amount,interval,seats,currency"
ANSWERS = "id,account,answered_at,kind,score,scale_min,scale_max"
DAY, AMOUNT, CURRENCY = "must be a day such as 2026-11-22", "must be a number", "is no currency of ISO 4217"


def wrong(workspace: Any) -> dict[str, tuple[str, str]]:
    """Field → value and reason, of the one row that was refused."""
    found = list(Refused.objects.of(workspace).order_by("pk"))
    assert [each.count for each in found] == [1] + [0] * (len(found) - 1), "it is one row"
    assert [each.cells is not None for each in found] == [True] + [False] * (len(found) - 1)
    assert len({each.row for each in found}) == 1
    told = {each.field: (each.value, each.reason) for each in found}
    assert len(told) == len(found), "each field once"
    return told


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("2,A-1,2025-02-30,2025-06-15,ten,EUR", {"issued_on": ("2025-02-30", DAY), "amount": ("ten", AMOUNT)}),
        ("2,A-1,,2025-06-15,ten,EUR", {"issued_on": ("", "is required"), "amount": ("ten", AMOUNT)}),
        ("2,A-9,2025-06-01,soon,10,EUR", {
            "due_on": ("soon", DAY), "account": ("A-9", "no account has external id “A-9”"),
        }),
        ("2,A-9,2025-06-01,2025-06-15,10,XQQ", {
            "account": ("A-9", "no account has external id “A-9”"), "currency": ("XQQ", CURRENCY),
        }),
        ("2,A-1,1999-06-01,2025-06-15,0.12345,XQQ", {
            "issued_on": ("1999-06-01", "must lie between 2000 and 2100"), "currency": ("XQQ", CURRENCY),
            "amount": ("0.12345", "has more than 4 decimals"),
        }),
        (",A-9,never,9999-12-31,NaN,eur", {
            "id": ("", "is required"), "account": ("A-9", "no account has external id “A-9”"),
            "issued_on": ("never", DAY), "due_on": ("9999-12-31", "must lie between 2000 and 2100"),
            "amount": ("NaN", "is not a number"), "currency": ("eur", "must be a currency such as EUR"),
        }),
        ('2,"=A-1","a ""quoted"" day",2025-06-15,"=1,5",EUR', {
            "account": ("=A-1", "no account has external id “=A-1”"), "issued_on": ('a "quoted" day', DAY),
            "amount": ("=1,5", AMOUNT),
        }),
        (",,,,,", {each: ("", "is required") for each in ("id", "account", "issued_on", "due_on", "amount")}),
    ],
    ids=["two", "missing", "stranger", "late", "bounds", "all", "formulas", "nothing"],
)  # fmt: skip
def test_every_wrong_field_is_told(row, expected, folder, acme):  # noqa: F811
    text = run(folder, "invoices", f"{INVOICES}\n1,A-1,2025-06-01,2025-06-15,10,EUR\n{row}\n")
    assert_sums(text, read=2, accepted=1, rejected=1)
    assert wrong(acme) == expected
    assert Invoice.objects.of(acme).count() == 1


def test_what_is_compared_is_told_beside_what_cannot_be_read(folder, acme):  # noqa: F811
    run(folder, "subscriptions", f"{TERMS}\n1,A-1,2025-06-01,2025-05-01,ten,year,-1,XQQ\n")
    assert wrong(acme) == {
        "amount": ("ten", AMOUNT),
        "interval": ("year", "must be one of: month, week"),
        "seats": ("-1", "must be at least 0"),
        "currency": ("XQQ", CURRENCY),
        "ends_on": ("2025-05-01", "is before the start, 2025-06-01"),
    }


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("1,A-1,2025-06-01,nps,11,5,1", {"scale_max": ("1", "must be above scale_min, 5")}),
        ("1,A-1,2025-06-01,nps,ten,5,1", {"score": ("ten", AMOUNT), "scale_max": ("1", "must be above scale_min, 5")}),
        ("1,A-1,2025-06-01,nps,11,0,ten", {"scale_max": ("ten", "must be a whole number")}),
    ],
)
def test_nothing_is_held_against_what_is_wrong_itself(row, expected, folder, acme):  # noqa: F811
    run(folder, "survey_responses", f"{ANSWERS}\n{row}\n")
    assert wrong(acme) == expected


def test_a_churn_whose_day_cannot_be_read_does_not_lack_one(folder, acme):  # noqa: F811
    run(folder, "churns", "id,account,churned_on,refund\n1,A-1,soon,-1\n")
    assert wrong(acme) == {"churned_on": ("soon", DAY), "refund": ("-1", "must be at least 0")}


def test_whom_an_account_names_is_looked_for(folder, acme):  # noqa: F811
    row = "A-5,nobody@acme.example,No team,No stage,A-9,soon"
    run(folder, "accounts", f"id,owner,team,stage,parent,started_on\nA-6,,,,A-1,\n{row}\n")
    assert wrong(acme) == {
        "started_on": ("soon", DAY),
        "owner": ("nobody@acme.example", "no member of this workspace has this e-mail"),
        "team": ("No team", "no team is called so"),
        "stage": ("No stage", "no stage is called so"),
        "parent": ("A-9", "no account has this external id"),
    }
    assert Account.objects.of(acme).get(external_id="A-6").parent.external_id == "A-1"


def test_events_of_days_that_are_gone(folder, acme):  # noqa: F811
    acme.events_gone_before = date(2025, 2, 1)
    acme.save()
    run(folder, "events", "account,name,message_id,occurred_at,count\nA-9,,m1,2025-01-31,0\n")
    assert wrong(acme) == {
        "name": ("", "is required"),
        "count": ("0", "must be at least 1"),
        "account": ("A-9", "no account has external id “A-9”"),
        "occurred_at": ("2025-01-30 23:00:00+00:00", "the workspace keeps no events of days before 2025-02-01"),
    }


def test_what_holds_for_the_workspace(folder, acme):  # noqa: F811
    run(folder, "costs", "month,kind,amount\n2025-01-15,coffee,-1\n")
    assert wrong(acme) == {
        "month": ("2025-01-15", "must be the first day of a month"),
        "kind": ("coffee", "must be one of: engagement, marketing, payroll, services"),
        "amount": ("-1", "must be at least 0"),
    }


def test_a_lookup_says_more_than_an_id_that_is_not_there(folder, acme):  # noqa: F811
    mapping = """kind: invoices
columns:
  id: number
  account: {column: domain, lookup: domain}
  issued_on: {column: issued, format: "%d.%m.%Y"}
  due_on: {column: due, format: "%d.%m.%Y"}
  amount: {column: cents, scale: 0.01}
"""
    # The second day is not as the mapping says, and a day all the same.
    content = "number,domain,issued,due,cents\n,no.example,31.02.2025,2025-06-15,x\n"
    run(folder, "invoices", content, mapping=mapping)
    assert wrong(acme) == {
        "account": ("no.example", "no domain has this id"),
        "id": ("", "is required"),
        "issued_on": ("31.02.2025", DAY),
        "amount": ("x", AMOUNT),
    }


def test_a_refused_row_creates_no_account(folder, acme):  # noqa: F811
    row = "2,A-9,2025-06-01,soon,ten,EUR"
    text = run(folder, "invoices", f"{INVOICES}\n{row}\n", "--create-accounts")
    assert wrong(acme).keys() == {"due_on", "amount"}
    assert not Account.objects.of(acme).filter(external_id="A-9").exists()
    said = "row 2  rejected  due_on “soon”: must be a day such as 2026-11-22; amount “ten”: must be a number"
    assert said in text


def test_the_sums_count_rows_and_the_reasons_count_each(folder, acme):  # noqa: F811
    rows = "".join(f"{n},A-{n % 2 * 8 + 1},2025-06-01,soon,{'ten' if n % 3 else n},EUR\n" for n in range(6))
    assert_sums(run(folder, "invoices", f"{INVOICES}\n{rows}"), read=6, rejected=6)
    assert sorted(Import.objects.of(acme).get().reasons) == [
        ["account", "no account has external id “…”", 3], ["amount", AMOUNT, 4], ["due_on", DAY, 6],
    ]  # fmt: skip
    assert Refused.objects.of(acme).count() == 13


def test_a_conflict_is_told_by_its_id_alone(folder, acme):  # noqa: F811
    rows = "1,A-1,2025-06-01,2025-06-15,10,EUR\n1,A-1,2025-06-01,2025-06-15,11,EUR\n"
    assert_sums(run(folder, "invoices", f"{INVOICES}\n{rows}"), read=2, accepted=1, conflicts=1)
    assert wrong(acme).keys() == {"id"}


@pytest.mark.parametrize("length", [79, 80, 81, 199, 200, 250])
def test_a_long_value_is_kept_whole_and_printed_short(length, folder, acme):  # noqa: F811
    word = "".join(chr(97 + n % 26) for n in range(length))
    text = run(folder, "invoices", f"{INVOICES}\n2,A-1,2025-06-01,{word},ten,EUR\n")
    assert wrong(acme)["due_on"] == (word[:KEPT], DAY)
    assert f"due_on “{word[:80]}”: " in text
