"""The scorecard studio: what a draft says, line by line, and what it would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.permissions import may
from dashboards.panels.definitions import MEASURE_GROUPS
from dashboards.panels.scorecards.words import conditions_text, line_text, scope_text, tenth_text
from dashboards.panels.studio.effect import SAMPLE, Effect, accounts_of, count_of, effect_of
from dashboards.panels.studio.forms import CapForm, LineForm, cap_form, line_form, shown
from dashboards.panels.studio.tested import Tested, tested_of
from dashboards.panels.words import measure_name
from dashboards.templatetags.figures import accounts, decimal
from metrics.drafts import newest, open_draft, says
from metrics.models import Band, Cap, Line, Scorecard, ScorecardVersion, Standing
from metrics.registry import MEASURES
from metrics.scorecards import Card, card_of

# A slider goes as far as this at least, and to twice the largest weight there is.
FURTHEST = 30


@dataclass(frozen=True)
class Row:
    """A line of the draft. `weight`, and `published`, that of the newest version, are texts as a field has them, as
    are `at` and `tick`: both on the slider, in percent."""

    measure: str
    name: str
    weight: str
    shown: str
    published: str
    at: str
    tick: str
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
    """What the fields of the bands say; `at`: where both borders lie, of 100."""

    red_below: str
    green_from: str
    by_rank: bool
    at: tuple[str, str]


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
    furthest: str
    rules: tuple[Rule, ...]
    measures: tuple[tuple[str, str], ...]
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
        urls={name: reverse(way, args=[member.workspace.slug, scorecard.pk]) for name, way in WAYS.items()},
        sections=_sections(card, before, effect, asked, here, furthest) if card else (),
        total=decimal(sum(weights)),
        furthest=shown(furthest),
        rules=_rules(card.caps, asked, here) if card else (),
        measures=_catalogue(card),
        line=line_form(card, asked.line, effect.values, asked.typed) if card and effect and asked.line else None,
        cap=cap_form(card, asked.cap, asked.typed) if card and asked.cap else None,
        effect=effect if effect and effect.total else None,
        tested=tested_of(scorecard, card if draft else None, published),
        borders=_borders(card, effect, asked) if card else None,
        asked=asked,
        today=member.workspace.day_of(now),
    )


@dataclass(frozen=True)
class Saved:
    """What is said after weights were kept. `exact`: how many would change colour, where the page has a sample."""

    changed: bool
    seen: int
    number: int
    exact: str
    # As the page has it, for what both show.
    is_draft = True


def saved_page(scorecard: Scorecard, draft: ScorecardVersion, now: datetime) -> Saved:
    """The answer to a slider: that it is kept, and the exact count where the browser has a sample of the accounts.
    `draft` as it was kept: what somebody else did since, this one has not seen."""
    published, card = newest(scorecard), card_of(draft)
    changed = published is None or says(card) != says(card_of(published))
    exact = ""
    standings = Standing.objects.of(scorecard.workspace).filter(is_scored=True, version__scorecard=scorecard)
    # The page of so few has them all.
    if standings.count() > SAMPLE:
        total, count = count_of(card, now)
        exact = _("%(n)s of %(accounts)s") % {"n": decimal(count.all), "accounts": accounts(total)}
    return Saved(changed=changed, seen=draft.changes, number=draft.number, exact=exact)


WAYS = {
    "change": "scorecard-change",
    "publish": "scorecard-publish",
    "backtest": "backtest",
    "suggestion": "suggestion",
    "compare": "scorecard-compare",
}


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
    away = None if published is None else round(line.weight - published, 1)
    return Row(
        measure=line.measure,
        name=measure_name(line.measure),
        weight=shown(line.weight),
        shown=asked.typed_for("weights", f"weight.{line.measure}", shown(line.weight)),
        published=shown(published),
        at=_at(line.weight, furthest),
        tick="" if published is None else _at(published, furthest),
        difference=_("new") if away is None else tenth_text(away) if away else "",
        words=line_text(line),
        is_tracked=is_tracked,
        is_open=is_open,
        url=here if is_open else f"{here}?line={line.measure}",
    )


def _at(value: float, furthest: float) -> str:
    """How far along a picture, in percent."""
    return f"{min(value / furthest, 1) * 100:.2f}"


def _borders(card: Card, effect: Effect | None, asked: Asked) -> Borders:
    version = card.version
    by_rank = version.bands_by_rank
    if asked.typed is not None and asked.typed.get("do") == "weights":
        by_rank = "bands_by_rank" in asked.typed
    red, green = (
        asked.typed_for("weights", name, shown(getattr(version, name))) for name in ("red_below", "green_from")
    )
    low, high = effect.borders if effect and effect.total else (version.red_below, version.green_from)
    return Borders(red, green, by_rank, (_at(low, 100), _at(high, 100)))


def _catalogue(card: Card | None) -> tuple[tuple[str, str], ...]:
    """The measures that are no line yet, in the order of their groups: name, what it says."""
    taken = {line.measure for line in card.lines} if card else set()
    order = list(MEASURE_GROUPS)
    free = sorted((each for each in MEASURES.values() if each.key not in taken), key=lambda m: order.index(m.group))
    return tuple((str(each.name), _first(each.doc)) for each in free)


def _first(doc: str) -> str:
    return doc.split("\n\n", 1)[0].replace("\n", " ")


# -- rules ----------------------------------------------------------------------------------------------------


def _rules(caps: Sequence[Cap], asked: Asked, here: str) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            position=cap.position,
            name=cap.name,
            band=Band(cap.band).name.lower(),
            words=conditions_text(cap.conditions),
            is_open=asked.cap == str(cap.position),
            url=here if asked.cap == str(cap.position) else f"{here}?cap={cap.position}",
        )
        for cap in caps
    )
