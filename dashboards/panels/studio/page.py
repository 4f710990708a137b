"""The scorecard studio: what a draft says, line by line, and what it would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.permissions import may
from dashboards.panels.backtest.said import Tile, said_of
from dashboards.panels.definitions import MEASURE_GROUPS
from dashboards.panels.scorecards.words import scope_text
from dashboards.panels.studio.effect import SAMPLE, Effect, accounts_of, count_of, effect_of
from dashboards.panels.studio.forms import CapForm, LineForm, cap_form, line_form, shown
from dashboards.templatetags.figures import accounts, decimal, in_unit, signed
from metrics.backtest.run import card_digest
from metrics.drafts import newest, open_draft, says
from metrics.formulas.scoring import COMPARE
from metrics.models import Backtest, Band, Cap, Line, Scorecard, ScorecardVersion, Standing
from metrics.registry import MEASURES
from metrics.scorecards import Card, card_of

# A slider goes as far as this at least, and to twice the largest weight there is.
FURTHEST = 30
SIGNS = {sign: {">=": "≥", "<=": "≤"}.get(sign, sign) for sign in COMPARE}


@dataclass(frozen=True)
class Row:
    """A line of the draft. `published`: its weight in the newest version; `at`, `tick`: both on the slider, in
    percent."""

    measure: str
    name: str
    weight: float
    shown: str
    published: float | None
    at: float
    tick: float | None
    difference: str
    words: str
    is_tracked: bool
    is_open: bool
    url: str


@dataclass(frozen=True)
class Section:
    """Lines that follow each other and are of one group."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Rule:
    """A cap in words."""

    position: int
    name: str
    band: str
    words: str
    is_open: bool
    url: str


@dataclass(frozen=True)
class Tested:
    """What the newest back-test of the draft, else of what is published, said, and of which version that is."""

    tiles: tuple[Tile, ...]
    version: ScorecardVersion


@dataclass(frozen=True)
class Asked:
    """What of the page is open: a line, by its measure, or a cap, by its place (“new”: one to add); what was wrong, and
    the form for which it was."""

    line: str = ""
    cap: str = ""
    error: str = ""
    typed: QueryDict | None = None

    def typed_for(self, do: str, name: str, usual: str) -> str:
        """What a field says: as it was sent with a form that was refused, else the usual."""
        if self.typed is None or self.typed.get("do") != do:
            return usual
        return self.typed.get(name, usual)


@dataclass(frozen=True)
class Borders:
    """What the fields of the bands say."""

    red_below: str
    green_from: str
    by_rank: bool


@dataclass(frozen=True)
class StudioPage:
    """`version`: the draft, or what is published where there is none; `effect`: None where it has
    no line, or no account is scored."""

    scorecard: Scorecard
    published: ScorecardVersion | None
    version: ScorecardVersion | None
    is_draft: bool
    changed: bool
    seen: int
    number: int
    writes: bool
    summary: str
    total_accounts: int
    here: str
    urls: dict[str, str]
    sections: tuple[Section, ...]
    total: str
    furthest: float
    rules: tuple[Rule, ...]
    measures: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]
    line: LineForm | None
    cap: CapForm | None
    effect: Effect | None
    tested: Tested | None
    borders: Borders | None
    asked: Asked
    today: date

    @property
    def comment(self) -> str | None:
        """What was said of a version that was not published for it."""
        return self.asked.typed.get("comment") if self.asked.typed is not None else None

    @property
    def adding(self) -> str:
        """What was to be added, and was refused."""
        return self.asked.typed_for("line-add", "measure", "")

    @property
    def adds(self) -> bool:
        """Whether its lines add and subtract points."""
        return bool(self.scorecard.kind == Scorecard.Kind.POINTS)


def studio_page(member: Membership, scorecard: Scorecard, asked: Asked, now: datetime) -> StudioPage:
    """The page of a scorecard."""
    published, draft = newest(scorecard), open_draft(scorecard)
    before = card_of(published) if published else None
    card = card_of(draft) if draft else before
    changed = draft is not None and card is not None and (before is None or says(card) != says(before))
    effect = effect_of(card, before, changed, now) if card is not None and card.lines else None
    total = effect.total if effect else accounts_of(scorecard, now)
    here = reverse("scorecard", args=[member.workspace.slug, scorecard.pk])
    weights = [line.weight for line in card.lines] if card else []
    furthest = max(FURTHEST, *(2 * weight for weight in weights)) if weights else FURTHEST
    return StudioPage(
        scorecard=scorecard,
        published=published,
        version=draft or published,
        is_draft=draft is not None,
        changed=changed,
        seen=draft.changes if draft else 0,
        number=draft.number if draft else (published.number if published else 0) + 1,
        writes=may(member.role, "scorecard.write"),
        summary=_summary(scorecard, total),
        total_accounts=total,
        here=here,
        urls={name: _way(name, member, scorecard) for name in WAYS},
        sections=_sections(card, before, effect, asked, here, furthest) if card else (),
        total=decimal(sum(weights)),
        furthest=furthest,
        rules=_rules(card.caps, asked, here) if card else (),
        measures=_catalogue(card),
        line=line_form(card, asked.line, now, asked.typed) if card and asked.line else None,
        cap=cap_form(card, asked.cap, asked.typed) if card and asked.cap else None,
        effect=effect if effect and effect.total else None,
        tested=_tested(scorecard, card if draft else None, published),
        borders=_borders(card, asked) if card else None,
        asked=asked,
        today=member.workspace.day_of(now),
    )


@dataclass(frozen=True)
class Saved:
    """What is said after weights were kept. `exact`: how many would change colour, where the page has a sample."""

    scorecard: Scorecard
    changed: bool
    seen: int
    number: int
    is_draft: bool
    writes: bool
    urls: dict[str, str]
    exact: str


def saved_page(member: Membership, scorecard: Scorecard, draft: ScorecardVersion, now: datetime) -> Saved:
    """The answer to a slider: that it is kept, and the exact count where the browser has a sample of the accounts.
    `draft` as it was kept: what somebody else did since, this one has not seen."""
    published, card = newest(scorecard), card_of(draft)
    changed = published is None or says(card) != says(card_of(published))
    exact = ""
    # The page of so few has them all.
    if Standing.objects.of(scorecard.workspace).filter(is_scored=True).count() > SAMPLE:
        total, count = count_of(card, now)
        exact = _("%(n)s of %(accounts)s") % {"n": decimal(count.all), "accounts": accounts(total)}
    return Saved(
        scorecard=scorecard,
        changed=changed,
        seen=draft.changes,
        number=draft.number,
        is_draft=True,
        writes=may(member.role, "scorecard.write"),
        urls={name: _way(name, member, scorecard) for name in WAYS},
        exact=exact,
    )


def _tested(scorecard: Scorecard, draft: Card | None, published: ScorecardVersion | None) -> Tested | None:
    """A draft that was changed after its back-test counts as not tested."""
    wanted = Q(version=published)
    if draft is not None:
        wanted |= Q(version=draft.version, card_digest=card_digest(draft))
    done = Backtest.objects.of(scorecard.workspace).filter(wanted, state=Backtest.State.DONE, result__has_key="auc")
    rows = done.select_related("version__scorecard", "version__workspace").defer("outcomes")
    row = rows.exclude(result__auc=None).order_by("-version__number", "-pk").first()
    return Tested(said_of(row).tiles[:3], row.version) if row else None


WAYS = {
    "change": "scorecard-change",
    "publish": "scorecard-publish",
    "backtest": "backtest",
    "suggestion": "suggestion",
    "compare": "scorecard-compare",
    "all": "scorecards",
}


def _way(name: str, member: Membership, scorecard: Scorecard) -> str:
    """The address of a page of the scorecard; none where there is no such page."""
    if name == "all":
        return reverse(WAYS[name], args=[member.workspace.slug])
    try:
        return reverse(WAYS[name], args=[member.workspace.slug, scorecard.pk])
    except NoReverseMatch:
        return ""


def _summary(scorecard: Scorecard, total: int) -> str:
    count = accounts(total)
    if not scorecard.segments and not scorecard.stages:
        return _("Applies to %(accounts)s") % {"accounts": count}
    return _("Applies to %(accounts)s: %(scope)s") % {"accounts": count, "scope": scope_text(scorecard)}


# -- lines ----------------------------------------------------------------------------------------------------


def _sections(
    card: Card, before: Card | None, effect: Effect | None, asked: Asked, here: str, furthest: float
) -> tuple[Section, ...]:
    known = {line.measure: line.weight for line in before.lines} if before else {}
    tracked = {line["measure"]: line["tracked"] for line in effect.data["lines"]} if effect else {}
    found = []
    for group, lines in groupby(card.lines, key=lambda line: MEASURES[line.measure].group):
        rows = tuple(
            _row(line, known.get(line.measure), tracked.get(line.measure, True), asked, here, furthest)
            for line in lines
        )
        found.append(Section(str(MEASURE_GROUPS[group]), rows))
    return tuple(found)


def _row(line: Line, published: float | None, is_tracked: bool, asked: Asked, here: str, furthest: float) -> Row:
    is_open = asked.line == line.measure
    difference = "" if published is None or published == line.weight else signed(line.weight - published, 0)
    if published is None:
        difference = _("new")
    return Row(
        measure=line.measure,
        name=str(MEASURES[line.measure].name),
        weight=line.weight,
        shown=asked.typed_for("weights", f"weight.{line.measure}", shown(line.weight)),
        published=published,
        at=round(min(line.weight / furthest, 1) * 100, 2),
        tick=None if published is None else round(min(published / furthest, 1) * 100, 2),
        difference=difference,
        words=line_words(line),
        is_tracked=is_tracked,
        is_open=is_open,
        url=here if is_open else f"{here}?line={line.measure}",
    )


def _borders(card: Card, asked: Asked) -> Borders:
    version = card.version
    by_rank = version.bands_by_rank
    if asked.typed is not None and asked.typed.get("do") == "weights":
        by_rank = "bands_by_rank" in asked.typed
    red, green = (
        asked.typed_for("weights", name, shown(getattr(version, name))) for name in ("red_below", "green_from")
    )
    return Borders(red, green, by_rank)


def line_words(line: Line) -> str:
    """What the points of a line go by, in a few words."""
    unit = MEASURES[line.measure].unit.value
    if line.steps:
        return ", ".join(
            f"{SIGNS[sign]} {in_unit(bound, unit)}: {signed(points)}" for sign, bound, points in line.steps
        )
    if line.by_rank:
        return _("by rank")
    if line.worst is None:
        return _("no steps yet")
    told = [in_unit(value, unit) for value in (line.worst, line.neutral, line.best)]
    return " · ".join(told)


def _catalogue(card: Card | None) -> tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]:
    """The measures that are no line yet, by group: (key, name, what it says)."""
    taken = {line.measure for line in card.lines} if card else set()
    free = [each for each in MEASURES.values() if each.key not in taken]
    return tuple(
        (str(title), tuple((m.key, str(m.name), _first(m.doc)) for m in free if m.group == group))
        for group, title in MEASURE_GROUPS.items()
        if any(m.group == group for m in free)
    )


def _first(doc: str) -> str:
    return doc.split("\n\n", 1)[0].replace("\n", " ")


# -- rules ----------------------------------------------------------------------------------------------------


def _rules(caps: Sequence[Cap], asked: Asked, here: str) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            position=cap.position,
            name=cap.name,
            band=Band(cap.band).name.lower(),
            words=cap_words(cap.conditions),
            is_open=asked.cap == str(cap.position),
            url=here if asked.cap == str(cap.position) else f"{here}?cap={cap.position}",
        )
        for cap in caps
    )


def cap_words(conditions: Sequence[Any]) -> str:
    """All conditions of a rule: Days past due ≥ 60 d and …"""
    told = [
        f"{MEASURES[key].name} {SIGNS[sign]} {in_unit(bound, MEASURES[key].unit.value)}"
        for key, sign, bound in conditions
    ]
    return _(" and ").join(told)
