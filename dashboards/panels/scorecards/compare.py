"""The versions of a scorecard, two of them side by side, and what the difference does to today's accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.permissions import may
from dashboards.panels.breakdown import anchor_of
from dashboards.panels.filters import bad
from dashboards.panels.filters import key as key_of
from dashboards.panels.lists import Link
from dashboards.panels.moved import Moved, moved_rows, names_of, ways
from dashboards.panels.scorecards.words import conditions_text, line_text
from dashboards.panels.words import measure_name
from dashboards.templatetags.figures import band_word, day, decimal, signed
from metrics.comparing import Beside, Effect, caps_beside, effect, lines_beside
from metrics.models import Band, Cap, Line, Scorecard, ScorecardVersion
from metrics.scorecards import Card, load_cards

SHOWN = 50
FILES = ("yaml", "xlsx")


@dataclass(frozen=True)
class Version:
    """A version in the list; `url` sets it beside the one before."""

    number: int
    is_draft: bool
    published: str
    by: str
    comment: str
    url: str
    files: tuple[Link, ...]
    here: str


@dataclass(frozen=True)
class Row:
    """A line, a cap or a border of both versions; `tone`: added, removed, changed, or empty where it is the same.
    `change`: of a weight."""

    name: str
    anchor: str
    before: str
    after: str
    change: str
    tone: str


@dataclass(frozen=True)
class ComparePage:
    """All that the page shows; without `numbers` there is nothing to compare."""

    name: str
    url: str
    studio_url: str
    upload_url: str
    may_change: bool
    versions: tuple[Version, ...]
    numbers: tuple[int, int] | None = None
    kinds: tuple[tuple[str, bool, tuple[Row, ...]], ...] = ()
    same: int = 0
    accounts: int = 0
    changed: int = 0
    up: int = 0
    down: int = 0
    grey: int = 0
    rows: tuple[Moved, ...] = ()
    file_error: str = ""

    @property
    def picks(self) -> tuple[tuple[str, int], ...]:
        """What is chosen of each side."""
        return tuple(zip("ab", self.numbers or (), strict=False))


def compare_page(
    member: Membership, scorecard: Scorecard, asked: QueryDict, now: datetime, file_error: str = ""
) -> ComparePage:
    """The page. Raises FilterError for a version that is not there."""
    versions = list(
        ScorecardVersion.objects.of(member.workspace)
        .filter(scorecard=scorecard)
        .select_related("scorecard__workspace", "published_by__user")
        .order_by("-number")
    )
    chosen = _chosen(versions, asked)
    url, upload, studio = (
        reverse(name, args=[member.workspace.slug, scorecard.pk])
        for name in ("scorecard-compare", "scorecard-upload", "scorecard")
    )
    numbers = tuple(version.number for version in chosen)
    head: dict[str, Any] = {
        "name": scorecard.name,
        "url": url,
        "studio_url": studio,
        "upload_url": upload,
        "may_change": may(member.role, "scorecard.write"),
        "versions": tuple(_versions(member, versions, url, numbers)),
        "file_error": file_error,
    }
    if len(chosen) < 2:
        return ComparePage(**head)
    loaded = {card.version.pk: card for card in load_cards(member.workspace, list(chosen))}
    a, b = (loaded[version.pk] for version in chosen)
    return ComparePage(**head, numbers=numbers, **_differences(a, b), **_effect(member, effect(a, b, now)))


def _chosen(versions: list[ScorecardVersion], asked: QueryDict) -> tuple[ScorecardVersion, ...]:
    """The two that are asked for, by default the newest and the one before."""
    by_number = {version.number: version for version in versions}
    usual = [version.number for version in versions[1::-1]]
    found = []
    for n, name in enumerate(("a", "b")):
        number = key_of(asked, name) or (usual[n] if len(usual) == 2 else None)
        if number is not None and number not in by_number:
            raise bad(name, str(number))
        found += [by_number[number]] if number is not None else []
    return tuple(found)


def _versions(
    member: Membership, versions: list[ScorecardVersion], url: str, numbers: tuple[int, ...]
) -> list[Version]:
    slug, found = member.workspace.slug, []
    for n, version in enumerate(versions):
        before = versions[n + 1].number if n + 1 < len(versions) else None
        found.append(
            Version(
                number=version.number,
                is_draft=version.published_at is None,
                published=day(localtime(version.published_at).date()) if version.published_at else "",
                by=str(version.published_by.user) if version.published_by else "",
                comment=version.comment,
                url=f"{url}?{urlencode({'a': before, 'b': version.number})}" if before else "",
                files=tuple(
                    Link(
                        form.upper(),
                        reverse(f"scorecard-{form}", args=[slug, version.scorecard.pk, version.number]),
                    )
                    for form in FILES
                ),
                here="ab"[numbers.index(version.number)] if version.number in numbers else "",
            )
        )
    return found


# -- what differs -------------------------------------------------------------------------------------------


def _differences(a: Card, b: Card) -> dict[str, Any]:
    """Lines, rules and borders that are not the same in both, and how many are."""
    lines = [_line_row(each, a, b) for each in lines_beside(a, b)]
    caps = [_cap_row(each) for each in caps_beside(a, b)]
    kinds = ((_("Lines"), lines), (_("Rules that limit the band"), caps), (_("Bands"), _border_rows(a, b)))
    shown = ((str(title), tuple(row for row in rows if row.tone)) for title, rows in kinds)
    same = sum(not row.tone for _title, rows in kinds for row in rows)
    weighed = ((title, any(row.change for row in rows), rows) for title, rows in shown if rows)
    return {"kinds": tuple(weighed), "same": same}


def _line_row(each: Beside[Line], a: Card, b: Card) -> Row:
    before = _line_text(each.before, a) if each.before else ""
    after = _line_text(each.after, b) if each.after else ""
    change = ""
    if each.before and each.after and each.before.weight != each.after.weight:
        change = signed(Decimal(str(each.after.weight)) - Decimal(str(each.before.weight)), 1)
    key = each.either.measure
    return Row(measure_name(key), anchor_of(key), before, after, change, _tone(before, after))


def _line_text(line: Line, card: Card) -> str:
    """weight 10 · 10% / 40% / 80% · without data 50 points"""
    parts = [] if card.is_points else [_("weight %(n)s") % {"n": decimal(line.weight, 2)}]
    parts.append(line_text(line))
    if line.assumed_points is not None:
        parts.append(_("without data %(n)s points") % {"n": decimal(line.assumed_points, 1)})
    return " · ".join(parts)


def _cap_row(each: Beside[Cap]) -> Row:
    before, after = (_cap_text(cap) if cap else "" for cap in (each.before, each.after))
    return Row(each.either.name, "score-band", before, after, "", _tone(before, after))


def _cap_text(cap: Cap) -> str:
    """at most At risk: Days past due ≥ 30 d"""
    band = band_word(Band(cap.band).name.lower())
    return _("at most %(band)s: %(conditions)s") % {"band": band, "conditions": conditions_text(cap.conditions)}


def _border_rows(a: Card, b: Card) -> list[Row]:
    before, after = (_border_text(card.version) for card in (a, b))
    return [Row(_("Borders"), "score-band", before, after, "", _tone(before, after))]


def _border_text(version: ScorecardVersion) -> str:
    if version.bands_by_rank:
        return _("by rank: the bottom and the top quarter")
    return _("red below %(red)s, green from %(green)s") % {
        "red": decimal(version.red_below), "green": decimal(version.green_from),
    }  # fmt: skip


def _tone(before: str, after: str) -> str:
    if before == after:
        return ""
    return "changed" if before and after else "added" if after else "removed"


# -- what it does -------------------------------------------------------------------------------------------


def _effect(member: Membership, found: Effect) -> dict[str, Any]:
    changed = found.changes
    listed = changed[:SHOWN]
    names = names_of(member.workspace, found.accounts[listed])
    return {
        "accounts": len(found.accounts),
        "changed": len(changed),
        **{way: len(places) for way, places in ways(found, changed).items()},
        "rows": moved_rows(member.workspace, found, listed, names),
    }
