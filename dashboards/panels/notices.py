"""Why a band is what it is where the score alone does not tell: caps, a manual band, hysteresis, an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from accounts.models import Account
from dashboards.panels.evidence.asked import evidence_url
from dashboards.panels.words import measure_name, value_text
from dashboards.templatetags.figures import band_word, day, money, score
from metrics.formulas import scoring
from metrics.measures.money import INVOICES
from metrics.models import Band, Cap, ManualBand
from metrics.registry import MEASURES, AsOf
from metrics.scorecards import Card

KINDS = {"red": "error", "yellow": "warn", "green": "good"}
OVERDUE = "commercial.days_past_due"
# What holds, in words, where the name of a measure and its value would be less plain.
CAUSES: dict[str, Any] = {
    OVERDUE: ngettext_lazy("%(invoice)s is %(n)d day overdue", "%(invoice)s is %(n)d days overdue", "n"),
    "complaints.oldest_open_complaint": ngettext_lazy(
        "A complaint has been open for %(n)d day", "A complaint has been open for %(n)d days", "n"
    ),
    "complaints.complaints": ngettext_lazy("%(n)d complaint in 90 days", "%(n)d complaints in 90 days", "n"),
    "complaints.unresolved_complaints": gettext_lazy("%(n)d open"),
    "usage.days_since_last_use": ngettext_lazy("No use for %(n)d day", "No use for %(n)d days", "n"),
    "commercial.notice_given": gettext_lazy("Notice was given"),
    "engagement.champion_left": gettext_lazy("A champion left"),
}


@dataclass(frozen=True)
class Notice:
    """A sentence above the chart; `band` gives its shape, `url` leads to the records it speaks of."""

    kind: str
    text: str
    band: str = ""
    url: str = ""


def notices(account: Account, standing: Any, card: Card, today: date) -> tuple[Notice, ...]:
    """At most two queries: for the manual band, and for the invoice that is overdue."""
    found: list[Notice | None] = [_left(standing, today)] if not standing.is_scored else []
    caps = [cap for cap in card.caps if standing.caps >> cap.position & 1]
    found += [_manual(account, standing, caps, today)] if standing.manual else []
    found += _caps(account, standing, card, caps)
    # A cap or a hand may hold it where the score would have it.
    if standing.computed_band not in (standing.held_band, standing.band):
        found.append(_held(standing))
    found.append(_against_money(standing, account.workspace.currency))
    return tuple(notice for notice in found if notice is not None)


def _against_money(standing: Any, currency: str) -> Notice | None:
    """Healthy, but it pays less than 90 days before; poor, but it pays more."""
    now, before = standing.mrr, standing.mrr_before
    if now is None or before is None or not standing.is_scored:
        return None
    amounts = {"before": money(before, currency), "now": money(now, currency)}
    if standing.band == Band.GREEN and now < before:
        return Notice("warn", _("Healthy, but shrinking: MRR %(before)s → %(now)s in 90 days.") % amounts)
    if standing.band == Band.RED and now > before:
        return Notice("info", _("Poor, but growing: MRR %(before)s → %(now)s in 90 days.") % amounts)
    return None


def _left(standing: Any, today: date) -> Notice:
    words = _("Neither customer nor on trial any more: this is the last score, of %(day)s.")
    return Notice("info", words % {"day": day(standing.day, today)})


def _manual(account: Account, standing: Any, caps: list[Cap], today: date) -> Notice | None:
    rows = ManualBand.objects.of(account.workspace).in_force(today).filter(account_id=account.pk)
    row = rows.select_related("author__user").order_by("-created_at").first()
    if row is None:
        return None
    name = _name(row.band)
    words = _("%(band)s by hand until %(day)s, %(author)s: “%(reason)s”. Computed: %(computed)s") % {
        "band": band_word(name), "day": day(row.ends_on, today), "author": row.author or _("somebody"),
        "reason": row.reason, "computed": _computed(standing, caps),
    }  # fmt: skip
    return Notice(KINDS.get(name, "info"), words, name)


def _computed(standing: Any, caps: list[Cap]) -> str:
    """The score and the band that it would have without the one by hand."""
    limit = min((cap.band for cap in caps), default=scoring.GREEN)
    word = band_word(_name(int(scoring.capped(np.array(standing.held_band), np.array(limit)))))
    return word if standing.score is None else f"{score(standing.score)} {word}"


def _caps(account: Account, standing: Any, card: Card, caps: list[Cap]) -> list[Notice]:
    """Each cause once, with the worst that it allows, and the records behind its first measure."""
    values = dict(zip(card.cap_measures, standing.cap_values, strict=True))
    invoice = _invoice(account, standing) if any(_reads(cap, OVERDUE) for cap in caps) else ""
    limits: dict[str, tuple[int, str]] = {}
    for cap in caps:
        keys = list(dict.fromkeys(key for key, _sign, _bound in cap.conditions))
        cause = ", ".join(_cause(key, values[key], invoice) for key in keys)
        band, _url = limits.get(cause, (cap.band, ""))
        limits[cause] = min(cap.band, band), evidence_url(account, keys[0]) if keys[0] in MEASURES else ""
    return [_cap(cause, _name(band), url) for cause, (band, url) in limits.items()]


def _cap(cause: str, band: str, url: str) -> Notice:
    words = _("%(cause)s: at most %(band)s") % {"cause": cause, "band": band_word(band)}
    return Notice(KINDS.get(band, "info"), words, band, url)


def _reads(cap: Cap, measure: str) -> bool:
    return any(key == measure for key, _sign, _bound in cap.conditions)


def _cause(key: str, value: float, invoice: str) -> str:
    if key not in CAUSES or value != value:
        return f"{measure_name(key)} {value_text(key, value)}"
    return str(CAUSES[key] % {"n": int(value), "invoice": invoice})


def _invoice(account: Account, standing: Any) -> str:
    """What the measure counts from: the oldest of which more than one unit is owed."""
    as_of = AsOf(account.workspace, standing.day, standing.known_day, (account.pk,))
    owed = INVOICES.rows(as_of).filter(balance__gt=1).order_by("due_on", "pk")
    found = owed.values_list("number", "external_id").first()
    return _("Invoice %(number)s") % {"number": found[0] or found[1]} if found else _("An invoice")


def _held(standing: Any) -> Notice:
    words = _("By its score alone it would be %(band)s; the band follows 2 points past the border or on the third day.")
    return Notice("info", words % {"band": band_word(_name(standing.computed_band))})


def _name(band: int) -> str:
    return Band(band).name.lower()
