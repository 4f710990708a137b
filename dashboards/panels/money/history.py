"""What an account paid a month, at the end of each of two years' months."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from dashboards.charts.steps import steps
from dashboards.export import Field, Sheet
from dashboards.panels.account_tables import Place
from dashboards.panels.chart import Chart
from dashboards.panels.lists import files
from dashboards.templatetags.figures import day, money
from metrics.kpis.ledger import Ledger, MissingRateError

MONTHS = 24
NAME = "mrr"


def mrr_history(place: Place) -> Chart:
    """As known today, by the rules of the KPI MRR. Two to four queries."""
    own, ledger = place.workspace.currency, Ledger(place.workspace, place.today, place.account.pk)
    days = month_ends(place.today)
    paid = [ledger.on(each).get(place.account.pk, Decimal(0)) for each in days]
    amounts = [None if isinstance(each, MissingRateError) else each for each in paid]
    begun = next((n for n, amount in enumerate(amounts) if amount is None or amount), None)
    fields, title = (Field(_("Day")), Field(_("MRR"), own)), _("MRR, month by month")
    if begun is None:
        reason = _("It has paid nothing a month in two years: no paid term was running.")
        return Chart(title, Sheet(NAME, fields, ()), {}, reason=reason)
    first = max(begun - 1, 0)
    shown = list(zip(days[first:], amounts[first:], strict=True))
    missing = {str(each.currency) for each in paid if isinstance(each, MissingRateError)}
    place_of = [place.workspace.slug, place.account.pk]
    return Chart(
        title,
        Sheet(NAME, fields, tuple(shown)),
        steps(
            [at for at, _amount in shown],
            [None if amount is None else float(amount) for _at, amount in shown],
            [money(amount, own) for _at, amount in shown],
        ),
        label=_("MRR from %(first)s to %(last)s: from %(before)s to %(after)s")
        % {
            "first": day(shown[0][0], place.today),
            "last": day(shown[-1][0], place.today),
            "before": money(shown[0][1], own),
            "after": money(shown[-1][1], own),
        },
        note=_("A rate is missing of %(names)s.") % {"names": ", ".join(sorted(missing))} if missing else "",
        files=files(lambda form: reverse("account-table", args=[*place_of, NAME, form]), ""),
    )


def month_ends(today: date) -> list[date]:
    """The last days of two years' months, and today."""
    found, first = [today], today.replace(day=1)
    for _n in range(MONTHS):
        last = first - timedelta(days=1)
        found.append(last)
        first = last.replace(day=1)
    return found[::-1]
