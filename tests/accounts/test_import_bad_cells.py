"""What a file may hold that it should not: each bad row is told by line, field and value, and the rest is kept."""

from __future__ import annotations

import pytest

from accounts.kinds import KINDS
from accounts.models import ExchangeRate, Invoice, ProgramCost, Refused, Release
from tests.accounts.test_import_csv import assert_sums, folder, run  # noqa: F401

HEAD = "id,account,issued_on,due_on,amount,currency"
GOOD = "1,A-1,2025-06-01,2025-06-15,10,EUR"


@pytest.mark.parametrize(
    ("row", "field", "value"),
    [
        ("2,A-1,1969-12-31,2025-06-15,10,EUR", "issued_on", "1969-12-31"),
        ("2,A-1,2025-06-01,9999-12-31,10,EUR", "due_on", "9999-12-31"),
        ("2,A-1,2025-02-30,2025-06-15,10,EUR", "issued_on", "2025-02-30"),
        ("2,A-1,2025-06-01,2025-06-15,ten,EUR", "amount", "ten"),
        ("2,A-1,2025-06-01,2025-06-15,NaN,EUR", "amount", "NaN"),
        ("2,A-1,2025-06-01,2025-06-15,Infinity,EUR", "amount", "Infinity"),
        (f"2,A-1,2025-06-01,2025-06-15,{'9' * 30},EUR", "amount", "9" * 30),
        ("2,A-1,2025-06-01,2025-06-15,10,euro", "currency", "euro"),
        ("2,A-1,2025-06-01,2025-06-15,10,XQQ", "currency", "XQQ"),
        ("2,A-9,2025-06-01,2025-06-15,10,EUR", "account", "A-9"),
        (",A-1,2025-06-01,2025-06-15,10,EUR", "id", ""),
        (f"{'x' * 201},A-1,2025-06-01,2025-06-15,10,EUR", "id", "x" * 200),
        ("2,A-1,2025-06-01,2025-06-15,10", "", ""),
        ("2,A-1,2025-06-01,2025-06-15,10,EUR,more", "", ""),
        ("2,A\x00-1,2025-06-01,2025-06-15,10,EUR", "", ""),
        (f"2,{'x' * 1_000_000},2025-06-01,2025-06-15,10,EUR", "", ""),
    ],
    ids=lambda value: value[:30],
)
def test_a_bad_row_is_only_that_row(row, field, value, folder, acme):  # noqa: F811
    text = run(folder, "invoices", f"{HEAD}\n{GOOD}\n{row}\n{GOOD.replace('1', '3', 1)}\n")
    assert_sums(text, read=3, accepted=2, rejected=1)
    refused = Refused.objects.of(acme).get()
    assert (refused.row, refused.reason != "") == (3, True)
    if field:
        assert (refused.field, refused.value) == (field, value)
    assert "row 3  rejected" in text
    assert Invoice.objects.of(acme).count() == 2


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_file_as_it_comes(mark, encoding, folder, acme):  # noqa: F811
    rows = "id,account,given_at,kind,text\n1,A-1,2025-06-01,praise,Sch\u00f6n\n".replace(",", mark)
    assert_sums(run(folder, "feedback", rows.encode(encoding)), read=1, accepted=1)
    assert KINDS["feedback"].model.objects.of(acme).get().text == "Sch\u00f6n"


def test_what_holds_for_the_workspace_comes_from_files_too(folder, acme):  # noqa: F811
    rates = "currency,day,rate\nUSD,2025-01-01,0.00612345\nUSD,2025-02-01,0\nUSD,2025-01-01,0.5\n"
    assert_sums(run(folder, "rates", rates), read=3, accepted=1, conflicts=1, rejected=1)
    assert_sums(run(folder, "rates", "currency,day,rate\nUSD,2025-01-01,0.00612345\n"), read=1, known=1)
    [rate] = ExchangeRate.objects.of(acme)
    assert (rate.external_id, str(rate.rate), rate.known_at) == ("USD-2025-01-01", "0.00612345", rate.occurred_at)
    costs = "month,kind,amount\n2025-01-01,payroll,100\n2025-01-15,payroll,100\n2025-01-01,coffee,1\n"
    assert_sums(run(folder, "costs", costs), read=3, accepted=1, rejected=2)
    assert ProgramCost.objects.of(acme).get().currency == "EUR"
    releases = "feature,released_on,plans\nsso,2025-01-01,Pro|Team\nall,2025-01-02,\n"
    assert_sums(run(folder, "releases", releases), read=2, accepted=2)
    assert list(Release.objects.of(acme).order_by("feature").values_list("plans", flat=True)) == [[], ["Pro", "Team"]]
