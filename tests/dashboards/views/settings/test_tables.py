"""Rates, costs, targets: entered, corrected, taken back, in and out as CSV; who may; what is wrong is said."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, ExchangeRate, Import, Membership, ProgramCost
from metrics.models import Target
from metrics.names import Names
from metrics.nightly.kpis import since
from metrics.targets import TargetItem, set_targets
from tests.cast import NOW, Cast, account, tell
from tests.dashboards.conftest import sign_in

URL = "/w/acme/settings"
RATE = {"currency": "usd", "day": "2025-01-01", "rate": "0.91234567"}
COST = {"month": "2025-05", "kind": "payroll", "amount": "51000.25", "currency": "EUR"}
TARGET = {"kpi": "revenue.nrr", "scope": "team:", "period": "month", "start": "2025-06-17", "value": "104.5"}
MODELS = {"rates": ExchangeRate, "costs": ProgramCost, "targets": Target}


def asked(cast: Cast, name: str) -> dict[str, str]:
    return {"rates": RATE, "costs": COST, "targets": TARGET | {"scope": f"team:{cast.north.pk}"}}[name]


def add(member: Membership, name: str, fields: dict[str, str]) -> Any:
    return sign_in(member).post(f"{URL}/{name}/add", fields, follow=True)


def upload(member: Membership, name: str, content: str | bytes, file_name: str = "mine.csv") -> Any:
    sent = content if isinstance(content, bytes) else content.encode()
    fields = {"file": SimpleUploadedFile(file_name, sent, "text/csv")}
    return sign_in(member).post(f"{URL}/{name}/upload", fields, follow=True)


def download(member: Membership, name: str) -> str:
    response = sign_in(member).get(f"{URL}/{name}.csv")
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert response["Content-Disposition"] == f'attachment; filename="acme-{name}.csv"'
    return str(response.content.decode())


def current(cast: Cast, name: str) -> Any:
    rows = MODELS[name].objects.of(cast.acme)
    return rows if name == "targets" else rows.current()


def told(cast: Cast, kind: str) -> list[tuple[int, dict[str, Any], str]]:
    rows = AuditEntry.objects.of(cast.acme).filter(kind=kind).order_by("pk")
    return [(row.action, row.changes, row.by.partition("@")[0]) for row in rows]


# -- by form ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_managers_and_admins_add_and_take_back(cast: Cast, name: str) -> None:
    for member in (cast.bob, cast.carol):
        page = add(member, name, asked(cast, name))
        assert "is kept" in page.content.decode()
        row = current(cast, name).get()
        assert f"{URL}/{name}?change={row.pk}#form" in page.content.decode()
        back = sign_in(member).post(f"{URL}/{name}/{row.pk}/take-back", follow=True)
        assert "Taken back" in back.content.decode()
        assert not current(cast, name).exists()
    for member in (cast.alice, cast.victor):
        assert sign_in(member).get(f"{URL}/{name}").status_code == 403
        assert add(member, name, asked(cast, name)).status_code == 403


@pytest.mark.parametrize("name", MODELS)
def test_the_same_again_changes_nothing_and_another_value_corrects(cast: Cast, name: str) -> None:
    field = {"rates": "rate", "costs": "amount", "targets": "value"}[name]
    for value in (None, None, "3"):
        add(cast.carol, name, asked(cast, name) | ({field: value} if value else {}))
    assert getattr(current(cast, name).get(), field) == (Decimal("0.03") if name == "targets" else 3)
    kind = {"rates": "exchangerate", "costs": "programcost", "targets": "target"}[name]
    assert [(action, by) for action, _changes, by in told(cast, kind)] == [(0, "carol"), (1, "carol")]


@pytest.mark.parametrize("name", MODELS)
def test_a_row_opens_in_the_form_as_it_was_typed(cast: Cast, name: str) -> None:
    add(cast.carol, name, asked(cast, name))
    row = current(cast, name).get()
    form = sign_in(cast.carol).get(f"{URL}/{name}?change={row.pk}").context["panel"].form
    expected = {"rates": "0.91234567", "costs": "51000.25", "targets": "104.5"}[name]
    assert form.initial[{"rates": "rate", "costs": "amount", "targets": "value"}[name]] == expected
    again = {field: form[field].value() for field in form.fields}
    add(cast.carol, name, {field: str(value) for field, value in again.items()})
    assert current(cast, name).get() == row
    assert sign_in(cast.carol).get(f"{URL}/{name}?change=0").status_code == 404
    assert sign_in(cast.carol).get(f"{URL}/{name}?change=x").status_code == 404


def test_percent_is_typed_as_percent_and_kept_exactly(cast: Cast) -> None:
    for text, kept in (("104.5", "1.045"), ("95 %", "0.95"), ("0.0001%", "0.000001"), ("-2", "-0.02")):
        add(cast.carol, "targets", asked(cast, "targets") | {"value": text})
        assert current(cast, "targets").get().value == Decimal(kept)
    row = current(cast, "targets").get()
    assert (row.start, row.scope_kind, row.scope_key) == (date(2025, 6, 1), "team", str(cast.north.pk))
    assert "−2%" in sign_in(cast.carol).get(f"{URL}/targets").content.decode()


WRONG = {
    "the reporting currency": ("rates", {"currency": "EUR"}, "EUR is the reporting currency"),
    "no currency": ("rates", {"currency": "$"}, "“$” is no currency"),
    "no day": ("rates", {"day": "2025-02-30"}, "Enter a valid date"),
    "a day too early": ("rates", {"day": "1999-12-31"}, "between 2000 and 2100"),
    "a rate of nothing": ("rates", {"rate": "0"}, "A rate is above 0"),
    "a rate too large": ("rates", {"rate": "1e30"}, "no more than"),
    "a rate too fine": ("rates", {"rate": "0.123456789"}, "no more than 8 decimal places"),
    "no month": ("costs", {"month": "May"}, "Enter a valid date"),
    "no kind": ("costs", {"kind": "pizza"}, "pizza is not one of the available choices"),
    "a cost below zero": ("costs", {"amount": "-1"}, "greater than or equal to 0"),
    "no amount": ("costs", {"amount": "NaN"}, "Enter a number"),
    "an unknown currency": ("costs", {"currency": "XYZ"}, "“XYZ” is no currency"),
    "no KPI": ("targets", {"kpi": "revenue.nothing"}, "revenue.nothing is not one of the available choices"),
    "nobody": ("targets", {"scope": "team:0"}, "team:0 is not one of the available choices"),
    "no period": ("targets", {"period": "day"}, "day is not one of the available choices"),
    "no start": ("targets", {"start": "soon"}, "Enter a valid date"),
    "no value": ("targets", {"value": "high"}, "Enter a number"),
    "a share beyond": ("targets", {"value": "201"}, "between −200 and 200"),
    "a share too fine": ("targets", {"value": "0.00001"}, "no more than 4 decimal places"),
    "percent of money": ("targets", {"kpi": "revenue.mrr", "value": "5%"}, "is no share: tell it without %"),
    "beyond NPS": ("targets", {"kpi": "satisfaction.nps", "value": "101"}, "must lie between -100 and 100"),
    "below zero": ("targets", {"kpi": "support.tickets", "value": "-1"}, "must be at least 0"),
    "a NUL": ("targets", {"value": "1\0"}, "Null characters are not allowed"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_beside_its_field(cast: Cast, case: str) -> None:
    name, changes, says = WRONG[case]
    response = add(cast.carol, name, asked(cast, name) | changes)
    page = response.content.decode()
    assert response.status_code == 400
    assert says in page
    assert 'aria-invalid="true"' in page
    assert not MODELS[name].objects.of(cast.acme).exists()


def test_a_manager_sets_the_targets_of_the_own_team(cast: Cast) -> None:
    page = sign_in(cast.bob).get(f"{URL}/targets").content.decode()
    for mine in (f"team:{cast.north.pk}", f"csm:{cast.alice.pk}"):
        assert f'value="{mine}"' in page
    for other in (f"team:{cast.south.pk}", "workspace", f"csm:{cast.carol.pk}"):
        assert f'value="{other}"' not in page
        assert add(cast.bob, "targets", TARGET | {"scope": other}).status_code == 400
    assert add(cast.carol, "targets", TARGET | {"scope": f"team:{cast.south.pk}"}).status_code == 200
    row = current(cast, "targets").get()
    assert sign_in(cast.bob).post(f"{URL}/targets/{row.pk}/take-back").status_code == 403
    page = sign_in(cast.bob).get(f"{URL}/targets").content.decode()
    assert "South" in page
    assert f"/targets/{row.pk}/take-back" not in page


def test_what_is_entered_has_the_kpis_counted_again(cast: Cast) -> None:
    add(cast.carol, "costs", COST)
    row = current(cast, "costs").get()
    assert (row.month, row.external_id) == (date(2025, 5, 1), "2025-05-01-payroll")
    sign_in(cast.carol).post(f"{URL}/costs/{row.pk}/take-back")
    versions = ProgramCost.objects.of(cast.acme)
    assert versions.count() == 1
    assert versions.filter(retracted_at=None).count() == 0
    assert since(cast.acme, date(2025, 6, 30)) <= date(2025, 5, 1)


def test_as_many_queries_however_many_rows(cast: Cast) -> None:
    names, browser = Names(cast.acme), sign_in(cast.carol)

    def months(first: int, last: int) -> list[TargetItem]:
        of = [("csm", "alice@acme.example"), ("team", "North")]
        days = [date(2020 + n // 12, n % 12 + 1, 1) for n in range(first, last)]
        about = {"kpi": "revenue.nrr", "value": Decimal(1)}
        return [TargetItem(scope=kind, scope_key=key, start=day, **about) for day in days for kind, key in of]

    counts = []
    for last in (1, 60):
        set_targets(names, months(0, last), NOW)
        browser.get(f"{URL}/targets")
        with CaptureQueriesContext(connection) as seen:
            browser.get(f"{URL}/targets")
        counts.append(len(seen))
    assert max(counts) == 12, "one for each kind of name that is shown, and one for the choices"


# -- by file ------------------------------------------------------------------------------------------------

FILES = {
    "rates": "currency,day,rate\nUSD,2025-01-01,0.9\nGBP,2025-01-01,1.2\nUSD,2025-01-01,0.8\nEURO,2025-01-01,1\n",
    "costs": "month;kind;amount;currency\n2025-05-01;payroll;1000.5;EUR\n2025-05-02;payroll;1;EUR\n2025-05-01;x;1;EUR\n"
    "2025-06-01;services;7;USD\n",
    "targets": "kpi,scope,scope_key,period,start,value\nrevenue.nrr,team,North,month,2025-06-01,95%\n"
    "revenue.mrr,,,,2025-06-01,90000.25\nrevenue.nrr,team,West,month,2025-06-01,1\nrevenue.mrr,,,,2025-06-02,5%\n",
}
REFUSED = {
    "rates": [(4, "id", "USD-2025-01-01", "came before"), (5, "currency", "EURO", "must be a currency")],
    "costs": [(3, "month", "2025-05-02", "first day of a month"), (4, "kind", "x", "must be one of")],
    "targets": [(4, "scope_key", "West", "no team"), (5, "value", "5%", "this KPI is no share")],
}


@pytest.mark.parametrize("name", MODELS)
def test_a_file_is_taken_row_by_row_with_a_report(cast: Cast, name: str) -> None:
    report = upload(cast.carol, name, FILES[name])
    page = report.content.decode()
    assert "4 rows read: 2 accepted, 0 already known, 2 refused" in page
    rows = report.context["panel"].refused
    for row, (line, field, value, reason) in zip(rows, REFUSED[name], strict=True):
        [wrong] = row.wrong
        assert (row.row, *wrong[:2]) == (line, field, value)
        assert reason in wrong[2]
    assert current(cast, name).count() == 2
    imported = Import.objects.of(cast.acme).get()
    assert (imported.kind, imported.state, imported.read) == (name, "done", 4)
    assert told(cast, "import") == [
        (0, {"read": [None, 4], "accepted": [None, 2], "rejected": [None, imported.rejected]}, "carol")
    ]
    assert "2 already known" in upload(cast.carol, name, FILES[name]).content.decode()
    assert current(cast, name).count() == 2


@pytest.mark.parametrize("name", MODELS)
def test_what_is_downloaded_can_be_uploaded(cast: Cast, name: str) -> None:
    upload(cast.carol, name, FILES[name])
    text = download(cast.bob, name)
    rows = list(csv.DictReader(StringIO(text)))
    assert [len(rows), list(rows[0])[-1]] == [2, {"rates": "rate", "costs": "currency", "targets": "value"}[name]]
    assert "2 rows read: 0 accepted, 2 already known, 0 refused" in upload(cast.carol, name, text).content.decode()


def test_no_name_becomes_a_formula_and_comes_back_as_it_was(cast: Cast) -> None:
    name = '=HYPERLINK("evil")'
    account(cast.acme, "one", segment=name)
    item = TargetItem(
        kpi="revenue.net_mrr_churn", scope="segment", scope_key=name, start=date(2025, 6, 1), value=Decimal("-0.02")
    )
    [result] = set_targets(Names(cast.acme), [item], NOW)
    assert not result.reason
    text = download(cast.carol, "targets")
    [row] = csv.DictReader(StringIO(text))
    assert (row["scope_key"], row["value"]) == (f"'{name}", "-0.02")
    assert "1 row read: 0 accepted, 1 already known" in upload(cast.carol, "targets", text).content.decode()


BAD_FILES = {
    "nothing": (b"", 400, "mine.csv is empty"),
    "packed": (b"\x1f\x8b\x08\x00", 400, "send it as plain CSV"),
    "excel": (b"PK\x03\x04", 400, "save it as CSV"),
    "utf-16": ("currency".encode("utf-16"), 400, "UTF-16"),
    "large": (b"x" * 1_000_001, 413, "at most 1 MB"),
    "long": (b"currency,day,rate\n" + b"USD,2025-01-01,1\n" * 5_001, 413, "at most 5,000 rows"),
    "another column": (b"surprise\n", 400, "surprise"),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_cannot_be_read_is_said(cast: Cast, name: str, case: str) -> None:
    content, status, says = BAD_FILES[case]
    response = upload(cast.carol, name, content)
    assert response.status_code == status
    assert says in response.content.decode()
    assert not Import.objects.of(cast.acme).exists()


def test_a_file_without_a_needed_column_is_said(cast: Cast) -> None:
    page = upload(cast.carol, "targets", "kpi,start\nrevenue.nrr,2025-06-01\n")
    assert page.status_code == 400
    assert "has no column “value”" in page.content.decode()
    assert sign_in(cast.carol).post(f"{URL}/targets/upload").status_code == 400


def test_broken_rows_of_a_file_are_only_those_rows(cast: Cast) -> None:
    lines = [
        b"kpi,start,value",
        b"revenue.mrr,2025-06-01,5",
        b"revenue.mrr,2025-06-01",
        b"a\0b,2025-06-01,1",
        b",,",
        b"revenue.mrr,2025-07-01,6",
    ]
    page = upload(cast.carol, "targets", b"\r\n".join(lines)).content.decode()
    assert "5 rows read: 2 accepted, 0 already known, 3 refused" in page


def test_the_command_does_not_undo_what_is_no_fact(cast: Cast) -> None:
    upload(cast.carol, "targets", FILES["targets"])
    imported = Import.objects.of(cast.acme).get()
    assert imported.started_at <= imported.finished_at
    with pytest.raises(CommandError, match="brought no facts"):
        call_command("import_csv", "acme", undo=imported.pk)
    assert current(cast, "targets").count() == 2


def test_a_manager_cannot_reach_further_with_a_file(cast: Cast) -> None:
    content = (
        "kpi,scope,scope_key,start,value\nrevenue.nrr,team,South,2025-06-01,1\nrevenue.nrr,team,North,2025-06-01,1\n"
    )
    report = upload(cast.bob, "targets", content)
    [row] = report.context["panel"].refused
    assert row.row == 2
    assert row.wrong == (("scope_key", "South", "is not yours: a manager sets the targets of the own team"),)
    assert current(cast, "targets").get().scope_key == str(cast.north.pk)


def test_a_cost_that_a_program_told_can_be_corrected_here(cast: Cast) -> None:
    tell(cast.acme, "costs", {"month": "2025-05-01", "kind": "payroll", "amount": 7, "currency": "EUR"})
    add(cast.bob, "costs", COST)
    assert current(cast, "costs").get().amount == Decimal("51000.25")
    assert told(cast, "programcost") == [(1, {"amount": ["7", "51000.25"]}, "bob")]
