"""What would turn an account healthy, or poor: which single measure, moved how far, in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from dashboards.panels.breakdown import anchor_of
from dashboards.panels.words import measure_name, value_text
from dashboards.templatetags.figures import fixed, rounded_score
from metrics.explain import End
from metrics.models import Band
from metrics.models.snapshot import UNIT
from metrics.reach import Reach, Way, reach

SHOWN = 5


@dataclass(frozen=True)
class Turn:
    """One measure that would suffice: as it is, where it must go, and the score that makes."""

    label: str
    anchor: str
    now: str
    to: str
    score: str


@dataclass(frozen=True)
class Turning:
    """The smallest changes to one band. Without turns `words` say why."""

    title: str
    band: str
    turns: tuple[Turn, ...]
    words: str


def turnings(end: End, currency: str) -> tuple[Turning, ...]:
    """To the best band and to the worst, as far as the account is not there. No query beyond the ranks."""
    if end.units is None:
        return ()
    return tuple(_turning(reach(end, band), end, currency) for band in (Band.GREEN, Band.RED) if end.band != band)


def nearest_turn(end: End, currency: str) -> str:
    """The smallest change that would make it healthy, in a few words; nothing where it is, or where none would."""
    if end.units is None or end.band == Band.GREEN:
        return ""
    ways = reach(end, Band.GREEN).ways[:1]
    return "".join(
        _("Healthy again with %(measure)s at %(to)s.") % {
            "measure": measure_name(way.measure), "to": value_text(way.measure, way.to, currency),
        }
        for way in ways
    )  # fmt: skip


def _turning(found: Reach, end: End, currency: str) -> Turning:
    band = found.band.name.lower()
    titles = {Band.GREEN: _("What would make it healthy"), Band.RED: _("What would make it poor")}
    return Turning(
        title=titles[found.band],
        band=band,
        turns=tuple(_turn(way, currency) for way in found.ways[:SHOWN]),
        words=_words(found, end),
    )


def _turn(way: Way, currency: str) -> Turn:
    return Turn(
        label=measure_name(way.measure),
        anchor=anchor_of(way.measure),
        now=value_text(way.measure, way.now, currency),
        to=value_text(way.measure, way.to, currency),
        score=fixed(rounded_score(Decimal(way.units) / UNIT, 1)),
    )


def _words(found: Reach, end: End) -> str:
    if end.row.manual:
        return _("The band is set by hand; no measure moves it before that ends.")
    rules = ", ".join(cap.name for cap in found.caps)
    if found.ways:
        return _("Each alone. The band follows on the third day across %(border)s, or 2 points past it at once.") % {
            "border": fixed(found.border)
        }
    if found.caps and found.is_across:
        return _("Its score suffices; what holds the band is: %(rules)s.") % {"rules": rules}
    if found.is_across:
        return _("Its score is across %(border)s already; the band follows on the third day, or 2 points past it.") % {
            "border": fixed(found.border)
        }
    if found.caps:
        return _("No single measure would: the score is too low, and %(rules)s holds the band.") % {"rules": rules}
    return _("No single measure would suffice; it takes several.")
