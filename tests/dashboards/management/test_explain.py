"""`manage.py explain`: who fell between two days, and why."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account
from tests.cast import Cast
from tests.dashboards.conftest import FADING

pytestmark = pytest.mark.django_db


def printed(*asked: str) -> str:
    out = StringIO()
    call_command("explain", *asked, stdout=out)
    return out.getvalue()


def test_who_fell_and_why(fading: Account) -> None:
    days = ["--from", str(FADING[0]), "--to", str(FADING[1])]
    [row] = json.loads(printed("acme", *days, "--format", "json"))
    assert row["account"] == "Nordlys Freight"
    assert row["cause"] == "Active seats 60% → 10% (−18.7)"
    assert row["records"] == "People who used it 6 → 1; records: 5 left, 1 changed"
    assert list(csv.DictReader(StringIO(printed("acme", *days, "--format", "csv")))) == [row]
    assert printed("acme", *days).splitlines()[1].startswith("Nordlys Freight  ")
    assert printed("acme", *days, "--format", "markdown").count("\n| Nordlys Freight |") == 1
    assert json.loads(printed("acme", *days, "--format", "json", "--limit", "0")) == []


def test_what_cannot_be_explained_is_told(fading: Account, cast: Cast) -> None:
    for asked, reason in (
        (["nobody"], "no workspace “nobody”"),
        (["evil"], "Nothing has been scored yet"),
        (["acme"], "No account has a score of 2025-05-31"),
        (["acme", "--from", str(FADING[1])], "does not lie before"),
        (["acme", "--from", str(FADING[0]), "--to", "2025-06-25"], "No account has a score of 2025-06-25"),
    ):
        with pytest.raises(CommandError, match=reason):
            printed(*asked)
