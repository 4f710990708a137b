"""Why a band is what it is where the score alone does not tell: caps, a manual band, hysteresis, an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Account
from dashboards.panels.words import value_text
from dashboards.templatetags.figures import band_word, day
from metrics.models import Band, Cap, ManualBand
from metrics.registry import MEASURES, Unit
from metrics.scorecards import Card

KINDS = {"red": "error", "yellow": "warn", "green": "good"}


@dataclass(frozen=True)
class Notice:
    """A sentence above the chart; `band` gives its shape."""

    kind: str
    text: str
    band: str = ""


def notices(account: Account, standing: Any, card: Card, today: date) -> tuple[Notice, ...]:
    """At most one query, for the manual band."""
    found: list[Notice | None] = [_left(standing, today)] if not standing.is_scored else []
    found += [_manual(account, today)] if standing.manual else []
    found += [_cap(cap, card, standing) for cap in card.caps if standing.caps >> cap.position & 1]
    if standing.held_band != standing.computed_band:
        found.append(_held(standing))
    return tuple(notice for notice in found if notice is not None)


def _left(standing: Any, today: date) -> Notice:
    words = _("Neither customer nor on trial any more: this is the last score, of %(day)s.")
    return Notice("info", words % {"day": day(standing.day, today)})


def _manual(account: Account, today: date) -> Notice | None:
    rows = ManualBand.objects.of(account.workspace).in_force(today).filter(account_id=account.pk)
    row = rows.select_related("author__user").order_by("-starts_on", "-pk").first()
    if row is None:
        return None
    band = Band(row.band).name.lower()
    words = _("Set to %(band)s by %(author)s until %(day)s: %(reason)s") % {
        "band": band_word(band), "author": row.author or _("somebody"),
        "day": day(row.ends_on, today), "reason": row.reason,
    }  # fmt: skip
    return Notice(KINDS.get(band, "info"), words, band)


def _cap(cap: Cap, card: Card, standing: Any) -> Notice:
    """The rule, its limit, and the values that make it hold; a flag says no more than the rule's name."""
    places = {key: n for n, key in enumerate(card.cap_measures)}
    told = [key for key, _op, _number in cap.conditions if key in MEASURES and MEASURES[key].unit != Unit.FLAG]
    causes = ", ".join(value_text(key, standing.cap_values[places[key]]) for key in told)
    band = Band(cap.band).name.lower()
    words = _("Held at %(band)s at most: %(rule)s") % {"band": band_word(band), "rule": cap.name}
    return Notice(KINDS.get(band, "info"), f"{words} ({causes})" if causes else words, band)


def _held(standing: Any) -> Notice:
    words = _("By its score alone it would be %(band)s; the band follows 2 points past the border or on the third day.")
    return Notice("info", words % {"band": band_word(Band(standing.computed_band).name.lower())})
