"""The sections that are one form: what is kept, what is refused and how, and what each sets in motion."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from accounts.models import AuditEntry, DirtyDay, ExchangeRate, Workspace
from accounts.models.workspace import time_zones
from metrics.customers import scored
from metrics.models import Standing
from metrics.nightly.freshen import freshen
from metrics.nightly.rollups import refill_all
from metrics.registry import AsOf
from tests.cast import NOW, Cast, account, night, tell
from tests.dashboards.conftest import sign_in

URL = "/w/acme/settings"
CALENDAR = {"name": "Acme", "time_zone": "Europe/Madrid", "week_start": "0", "fiscal_year_start": "1"}
CUSTOMERS = {"kind": "subscriptions", "purchase_days": "365", "churn_rule": "terms", "churn_gap_days": "0"}
RETENTION = {"events_kept_months": "", "refused_kept_days": "30", "audit_kept_months": ""}
MONEY = {"currency": "EUR", "gross_margin": ""}
FORMS = {"calendar": CALENDAR, "customers": CUSTOMERS, "retention": RETENTION, "money": MONEY}


def fresh(cast: Cast) -> Workspace:
    return Workspace.objects.get(pk=cast.acme.pk)


def send(cast: Cast, section: str, **changes: Any) -> Any:
    return sign_in(cast.carol).post(f"{URL}/{section}/save", FORMS[section] | changes, follow=True)


def test_settings_leads_to_the_first_section(cast: Cast) -> None:
    response = sign_in(cast.bob).get(URL)
    assert (response.status_code, response["Location"]) == (302, f"{URL}/calendar")


@pytest.mark.parametrize("section", FORMS)
def test_a_manager_reads_and_cannot_send(cast: Cast, section: str) -> None:
    page = sign_in(cast.bob).get(f"{URL}/{section}").content.decode()
    assert "<fieldset disabled" in page
    assert "An admin can change this" in page
    assert sign_in(cast.bob).post(f"{URL}/{section}/save", FORMS[section]).status_code == 403


@pytest.mark.parametrize("section", FORMS)
def test_what_was_not_changed_is_not_told(cast: Cast, section: str) -> None:
    before = AuditEntry.objects.of(cast.acme).count()
    response = send(cast, section)
    assert response.status_code == 200
    assert not list(response.context["messages"])
    assert AuditEntry.objects.of(cast.acme).count() == before


@pytest.mark.parametrize(
    ("section", "changes", "says"),
    [
        ("calendar", {"time_zone": "Mars/Olympus"}, "Mars/Olympus is not one of the available choices"),
        ("calendar", {"name": ""}, "This field is required"),
        ("calendar", {"week_start": "7"}, "7 is not one of the available choices"),
        ("customers", {"churn_gap_days": "-1"}, "greater than or equal to 0"),
        ("customers", {"purchase_days": "soon"}, "Enter a whole number"),
        ("customers", {"own_domains": "acme.example\nnot a domain"}, "“a” is no mail domain"),
        ("customers", {"tracks": ["nothing"]}, "nothing is not one of the available choices"),
        ("retention", {"events_kept_months": "0"}, "greater than or equal to 1"),
        ("retention", {"refused_kept_days": ""}, "This field is required"),
        ("money", {"currency": "XYZ"}, "“XYZ” is no currency"),
        ("money", {"gross_margin": "1.5"}, "less than or equal to 1"),
        ("money", {"gross_margin": "NaN"}, "Enter a number"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(cast: Cast, section: str, changes: dict[str, Any], says: str) -> None:
    response = send(cast, section, **changes)
    page = response.content.decode()
    assert response.status_code == 400
    assert says in page
    assert 'aria-invalid="true"' in page
    assert fresh(cast).name == "Acme"


def test_another_time_zone_says_how_many_days_are_counted_anew(cast: Cast) -> None:
    account(cast.acme, "one")
    tell(cast.acme, "events", {"account": "one", "name": "login", "occurred_at": "2025-06-10T21:30:00Z"})
    refill_all(cast.acme)
    response = send(cast, "calendar", time_zone="Pacific/Auckland")
    page = response.content.decode()
    assert "2 days of accounts are counted anew" in page
    assert "2 days of accounts wait to be counted" in page
    assert DirtyDay.objects.of(cast.acme).count() == 2
    again = send(cast, "calendar", time_zone="Pacific/Auckland").content.decode()
    assert "counted anew." not in again


def _customer_on(cast: Cast, day: date) -> list[str]:
    from accounts.models import Account

    ids = tuple(Account.objects.of(cast.acme).order_by("pk").values_list("pk", flat=True))
    names = dict(Account.objects.of(cast.acme).values_list("pk", "external_id"))
    return [names[c.account_id] for c in scored(AsOf(fresh(cast), day, day, ids))]


def test_the_rules_decide_who_is_a_customer(cast: Cast) -> None:
    for name in ("late", "gone", "buyer"):
        account(cast.acme, name)
    term = {"starts_on": "2025-01-01", "amount": 100}
    tell(cast.acme, "subscriptions", term | {"id": "a", "account": "late", "ends_on": "2025-06-10"})
    tell(cast.acme, "subscriptions", term | {"id": "b", "account": "gone"})
    tell(cast.acme, "churns", {"id": "c", "account": "gone", "churned_on": "2025-06-01"})
    tell(cast.acme, "purchases", {"id": "d", "account": "buyer", "purchased_on": "2025-05-01", "amount": 5})
    day = date(2025, 6, 15)
    assert _customer_on(cast, day) == ["gone"]
    send(cast, "customers", churn_gap_days="10")
    assert _customer_on(cast, day) == ["late", "gone"]
    send(cast, "customers", churn_gap_days="10", churn_rule="events")
    assert _customer_on(cast, day) == ["late"]
    send(cast, "customers", kind="purchases")
    assert _customer_on(cast, day) == ["gone", "buyer"]
    send(cast, "customers", kind="purchases", purchase_days="30")
    assert _customer_on(cast, day) == ["gone"]


def test_domains_are_read_as_people_write_them(cast: Cast) -> None:
    send(cast, "customers", own_domains=" @House.example, other.example\nhouse.example ", tracks=["tickets"])
    assert fresh(cast).own_domains == ["house.example", "other.example"]
    assert fresh(cast).tracks == ["tickets"]
    page = sign_in(cast.carol).get(f"{URL}/customers").content.decode()
    assert "house.example\nother.example</textarea>" in page


def test_periods_are_kept_and_what_they_did_is_said(cast: Cast) -> None:
    send(cast, "retention", events_kept_months="24", audit_kept_months="12", refused_kept_days="7")
    found = fresh(cast)
    assert (found.events_kept_months, found.refused_kept_days, found.audit_kept_months) == (24, 7, 12)
    Workspace.objects.filter(pk=cast.acme.pk).update(events_gone_before=date(2023, 7, 1), cleared_on=date(2025, 7, 1))
    page = sign_in(cast.carol).get(f"{URL}/retention").content.decode()
    assert "1 Jul 2023" in page or "Jul 1, 2023" in page


# -- money --------------------------------------------------------------------------------------------------


def rate(cast: Cast, currency: str, day: str, value: str) -> Any:
    asked = {"currency": currency, "day": day, "rate": value}
    return sign_in(cast.carol).post(f"{URL}/rates/add", asked, follow=True)


def rates(cast: Cast) -> dict[tuple[str, str], Decimal]:
    rows = ExchangeRate.objects.of(cast.acme).current().values_list("currency", "day", "rate")
    return {(currency, str(day)): value for currency, day, value in rows}


def sells(cast: Cast, currency: str = "EUR") -> None:
    account(cast.acme, "one")
    term = {"id": "t", "account": "one", "starts_on": "2025-01-01", "amount": 100, "currency": currency}
    tell(cast.acme, "subscriptions", term)


def test_a_margin_is_kept_exactly_or_not_at_all(cast: Cast) -> None:
    send(cast, "money", gross_margin="0.785")
    assert fresh(cast).gross_margin == Decimal("0.7850")
    send(cast, "money", gross_margin="")
    assert fresh(cast).gross_margin is None


def test_a_rate_is_added_and_corrected(cast: Cast) -> None:
    rate(cast, "usd", "2025-01-01", "0.9")
    rate(cast, "USD", "2025-01-01", "0.9")
    rate(cast, "USD", "2025-01-01", "0.91234567")
    assert rates(cast) == {("USD", "2025-01-01"): Decimal("0.91234567")}
    told = AuditEntry.objects.of(cast.acme).filter(kind="exchangerate").order_by("pk")
    assert [entry.changes["rate"] for entry in told] == [[None, "0.9"], ["0.9", "0.91234567"]]


@pytest.mark.parametrize(
    ("currency", "day", "value", "says"),
    [
        ("EUR", "2025-01-01", "1", "EUR is the reporting currency"),
        ("USD", "2025-02-30", "1", "Enter a valid date"),
        ("USD", "2025-01-01", "0", "A rate is above 0"),
        ("USD", "2025-01-01", "-1", "A rate is above 0"),
        ("USD", "2025-01-01", "1e30", "no more than"),
        ("$", "2025-01-01", "1", "“$” is no currency"),
    ],
)
def test_a_bad_rate_is_refused(cast: Cast, currency: str, day: str, value: str, says: str) -> None:
    response = rate(cast, currency, day, value)
    assert response.status_code == 400
    assert says in response.content.decode()
    assert not rates(cast)


def test_amounts_without_a_rate_are_named(cast: Cast) -> None:
    sells(cast, "USD")
    rate(cast, "USD", "2025-02-01", "0.9")
    assert "1 amount in USD since" in sign_in(cast.carol).get(f"{URL}/rates").content.decode()
    rate(cast, "USD", "2025-01-01", "0.9")
    assert "amount in USD" not in sign_in(cast.carol).get(f"{URL}/rates").content.decode()


def test_another_currency_needs_its_rate_first(cast: Cast) -> None:
    sells(cast)
    response = send(cast, "money", currency="USD")
    assert response.status_code == 400
    assert "Add a rate of USD for" in response.content.decode()
    rate(cast, "USD", "2025-01-02", "0.5")
    assert send(cast, "money", currency="USD").status_code == 400, "a day too late"
    assert fresh(cast).currency == "EUR"


def test_another_currency_takes_the_rates_and_the_standings_with_it(cast: Cast) -> None:
    sells(cast)
    rate(cast, "USD", "2025-01-01", "0.5")
    rate(cast, "CHF", "2025-03-01", "0.8")
    night(cast.acme, date(2025, 6, 30))
    send(cast, "money", currency="USD")
    assert fresh(cast).currency == "USD"
    assert rates(cast) == {("EUR", "2025-01-01"): Decimal(2), ("CHF", "2025-03-01"): Decimal("1.6")}
    freshen(fresh(cast), NOW)
    assert Standing.objects.of(cast.acme).get().mrr == 200
    send(cast, "money", currency="USD")
    assert rates(cast)[("EUR", "2025-01-01")] == 2, "twice is once"


def test_a_workspace_that_has_sold_nothing_may_choose(cast: Cast) -> None:
    assert send(cast, "money", currency="SEK").status_code == 200
    assert fresh(cast).currency == "SEK"


def test_a_currency_whose_rates_cannot_be_turned_is_refused(cast: Cast) -> None:
    rate(cast, "USD", "2025-01-01", "9000000000")
    response = send(cast, "money", currency="USD")
    assert response.status_code == 400
    assert "must be above 0 and below" in response.content.decode()
    assert fresh(cast).currency == "EUR"


def test_the_zone_of_the_machine_is_none(cast: Cast) -> None:
    assert "localtime" not in time_zones()
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(name) FROM pg_timezone_names")
        assert time_zones() <= set(cursor.fetchone()[0])
