"""What changed a score, in words and points: one change for each measure, printed so that they add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from dashboards.panels.breakdown import anchor_of
from dashboards.panels.words import measure_name, move_text, value_text
from dashboards.templatetags.figures import band_word, decimal, fixed, percent, rounded_score, signed, tenths
from metrics.explain import At, End, Explanation, Part
from metrics.formulas.explaining import Kind
from metrics.models.snapshot import UNIT
from metrics.registry import MEASURES

MOST = 3
# Measures come in between.
PLACES: dict[str, int] = {Kind.SCORECARD: 0, Kind.REST: 2, Kind.CLAMP: 3}


@dataclass(frozen=True)
class Side:
    """A measure on one day, as it is written."""

    value: str
    points: str
    weight: str
    effective: str
    contribution: str


@dataclass(frozen=True)
class Change:
    """What one cause did to the score, in points: `value` exactly, `shown` to one decimal. `key` is the measure, or the
    kind of cause; `splits`: of what moves it is made, where these are several."""

    key: str
    label: str
    words: str
    value: float
    shown: Decimal
    then: Side | None = None
    now: Side | None = None
    splits: tuple[tuple[str, str], ...] = ()

    @property
    def printed(self) -> str:
        return signed(self.shown, 1)

    @property
    def anchor(self) -> str:
        """The entry of the definitions."""
        return anchor_of(self.key)

    @property
    def note(self) -> str:
        return MEASURES[self.key].doc if self.key in MEASURES else ""

    @property
    def is_measure(self) -> bool:
        return self.then is not None or self.now is not None


def printed_score(end: End) -> Decimal:
    """The score of a day to one decimal."""
    return rounded_score(Decimal(end.units or 0) / UNIT, 1)


def changes_of(found: Explanation, currency: str) -> tuple[Change, ...]:
    """The new scorecard first, then measures, the largest first, then what cut the score at its ends."""
    moved = [part for part in found.parts if part.units]
    if not moved:
        return ()
    shown = tenths([Decimal(part.units) / UNIT for part in moved], printed_score(found.now) - printed_score(found.then))
    by_cause: dict[str, list[tuple[Part, Decimal]]] = {}
    for part, amount in zip(moved, shown, strict=True):
        by_cause.setdefault(part.measure or part.kind, []).append((part, amount))
    changes = [_change(key, parts, found, currency) for key, parts in by_cause.items()]
    return tuple(sorted(changes, key=lambda change: (_place(change), -abs(change.value))))


def _place(change: Change) -> int:
    return PLACES.get(change.key, 1)


def _change(key: str, parts: Sequence[tuple[Part, Decimal]], found: Explanation, currency: str) -> Change:
    first = parts[0][0]
    splits = (
        tuple((_split(part, found, currency), signed(amount, 1)) for part, amount in parts) if len(parts) > 1 else ()
    )
    return Change(
        key=key,
        label=measure_name(key) if first.measure else _label(first.kind),
        words=_measure_words(first, found, currency) if first.measure else _words(first.kind, found),
        value=sum(part.units for part, _amount in parts) / UNIT,
        shown=sum((amount for _part, amount in parts), Decimal(0)),
        then=side(key, first.then, currency) if first.then else None,
        now=side(key, first.now, currency) if first.now else None,
        splits=splits,
    )


def side(key: str, at: At, currency: str) -> Side:
    """A measure on one day."""
    return Side(
        value=value_text(key, at.value, currency),
        points=decimal(at.points),
        weight=percent(at.weight, 1),
        effective=percent(at.effective, 1),
        contribution=signed(Decimal(at.units) / UNIT, 1),
    )


def _label(kind: Kind) -> str:
    return {
        Kind.SCORECARD: _("New scorecard"), Kind.CLAMP: _("Ends of the scale"),
    }.get(kind, _("An earlier release"))  # fmt: skip


def _words(kind: Kind, found: Explanation) -> str:
    if kind is Kind.SCORECARD and found.new_version:
        names = {"new": str(found.now.card.version), "old": str(found.then.card.version)}
        return _("%(new)s in place of %(old)s, on the old data") % names
    if kind is Kind.CLAMP:
        return _("a score ends at 0 and at 100, whatever the points add up to")
    return _("what an earlier release made of the same data")


def _measure_words(part: Part, found: Explanation, currency: str) -> str:
    then, now = part.then.value if part.then else None, part.now.value if part.now else None
    text = value_text(part.measure, now, currency)
    if part.kind is Kind.WENT and now is None:
        was = value_text(part.measure, then, currency)
        return _("%(value)s, then nothing any more") % {"value": was} if then is not None else _("no longer counted")
    if part.kind is Kind.CAME:
        return _came(part, text)
    if then is None and part.then is not None:
        points = decimal(part.then.points)
        return _("nothing, counted as %(points)s points → %(value)s") % {"points": points, "value": text}
    return move_text(part.measure, then, now, currency)


def _came(part: Part, text: str) -> str:
    """Why a measure counts that did not count before."""
    if part.then is None:
        return _("%(value)s; the scorecard did not ask for it before") % {"value": text}
    if part.now is not None and part.now.value is None:
        return _("known of other accounts now, so it counts here as unknown")
    if not part.then.weight:
        return _("%(value)s; the first of its kind in the workspace") % {"value": text}
    return _("%(value)s, and nothing before") % {"value": text}


def _split(part: Part, found: Explanation, currency: str) -> str:
    if part.kind is Kind.OWN:
        return _("its own move, among the accounts of then")
    return (
        _("the other accounts moved around it") if part.kind is Kind.OTHERS else _measure_words(part, found, currency)
    )


# -- what does not count in points --------------------------------------------------------------------------


def remarks(found: Explanation) -> tuple[str, ...]:
    """What moved the band and not the score: caps, a manual band; and what could not be told apart."""
    then, now = ({cap.name: cap for cap in end.caps} for end in (found.then, found.now))
    began = [_("Began to hold the band: %(rule)s.") % {"rule": name} for name in now if name not in then]
    ended = [_("Holds the band no longer: %(rule)s.") % {"rule": name} for name in then if name not in now]
    manual = []
    if found.now.row.manual and not found.then.row.manual:
        manual = [_("Set by hand to %(band)s.") % {"band": word(found.now)}]
    if found.then.row.manual and not found.now.row.manual:
        manual = [_("No longer set by hand.")]
    split = [] if found.split else [_("How the others ranked then is no longer known, so ranks are told in one.")]
    return (*began, *ended, *manual, *split)


def word(end: End) -> str:
    """The band of a day."""
    return band_word(end.band.name.lower())


def largest(changes: Sequence[Change], most: int = MOST) -> str:
    """The largest changes in a row: “Usage volume 4.9 → 3.1 a seat (−6.7), …”."""
    head = sorted(changes, key=lambda change: -abs(change.value))[:most]
    return ", ".join(f"{change.label} {change.words} ({change.printed})" for change in head)


def unscored(found: Explanation) -> str:
    """Why there is nothing to add up, where one of the days has no score."""
    for end in (found.then, found.now):
        if end.units is None:
            share = percent(Decimal(end.row.coverage) / UNIT)
            known = sum(1 for at in end.lines.values() if at.value is not None and at.weight)
            return _("too little was known: %(known)s measures, %(share)s of the weight") % {
                "known": known, "share": share,
            }  # fmt: skip
    return ""


def score_words(end: End) -> str:
    """“28.1”, or what a grey day is called."""
    return fixed(printed_score(end)) if end.units is not None else band_word("grey")
