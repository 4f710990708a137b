"""Shapes, pills, lines and bars as inline SVG. Their numbers are formatted in figures.py."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache, lru_cache
from html import escape
from itertools import pairwise
from typing import Any

from django import template
from django.template import Context
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dashboards.addresses import address
from dashboards.panels.meanings import name_of
from dashboards.templatetags.figures import NONE, Number, band_word, integer, score

register = template.Library()

SHAPES = {
    "green": '<circle cx="6" cy="6" r="6"/>',
    "yellow": '<path d="M6 .5 11.8 11.5H.2z"/>',
    "red": '<path d="M6-.5 12.5 6 6 12.5-.5 6z"/>',
    "grey": '<circle cx="6" cy="6" r="5"/>',
}
# A list says the same few things of every row, and makes each of them once.
KEPT = 20_000
WASHES = ("red", "yellow", "green")
SPARK_WIDTH, SPARK_HEIGHT, SPARK_SPAN, SPARK_POINTS = 97, 26, 30, 48

# Bands: shape, word and number together


@register.simple_tag
@cache
def shape(band: str) -> SafeString:
    """The band's shape, silent to a screen reader: the word beside it speaks."""
    name = band if band in SHAPES else "grey"
    drawing = mark_safe(SHAPES[name])  # noqa: S308 - a constant of this file
    return format_html('<svg class="shape shape-{}" viewBox="0 0 12 12" aria-hidden="true">{}</svg>', name, drawing)


@register.simple_tag
def pill(band: str, value: Number | None = None, size: str = "") -> SafeString:
    """Shape, word and number; the word is for the title and the screen reader."""
    return _pill(band if band in SHAPES else "grey", value, size, get_language())


@lru_cache(KEPT)
def _pill(name: str, value: Number | None, size: str, language: str | None) -> SafeString:
    word = band_word(name)
    return format_html(
        '<span class="pill pill-{}{}" title="{}">{}<span class="visually-hidden">{} </span>{}</span>',
        name, f" pill-{size}" if size else "", word, shape(name), word, score(value),
    )  # fmt: skip


@register.simple_tag
def word_pill(band: str, word: str) -> SafeString:
    """A pill whose words are its own: Fresh, Late, Silent."""
    return format_html('<span class="pill pill-{}">{}{}</span>', band, shape(band), word)


@register.simple_tag
def pick(key: int, name: str) -> SafeString:
    """The box that selects a row for what is done to many at once."""
    return format_html(
        '<label class="pick"><input type="checkbox" form="bulk" name="account" value="{}" aria-label="{}"></label>',
        key, _("Select %(name)s") % {"name": name},
    )  # fmt: skip


@register.simple_tag
def by_hand() -> SafeString:
    """That people set the band: a pencil and a word."""
    return format_html(
        '<span class="by-hand-mark" title="{}"><svg viewBox="0 0 12 12" aria-hidden="true">'
        '<path d="M8.3.9 11.1 3.7 4 10.8.8 11.2 1.2 8z"/></svg>{}</span>',
        _("The band was set by a person"), _("by hand"),
    )  # fmt: skip


# Never used: an empty ring, struck through; silent: a ring that holds its breath; little known: one a quarter full.
DOUBTS = {
    "never": "M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1M2.5 9.5l7-7",
    "silent": "M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1M4.6 4v4M7.4 4v4",
    "little": "M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1V6h5",
}


def doubt(kind: str, words: str) -> SafeString:
    """That a score tells less than others do, and why: for the eye, the pointer and the screen reader."""
    return format_html(
        '<span class="doubt" title="{}"><svg viewBox="0 0 12 12" aria-hidden="true"><path d="{}"/></svg>'
        '<span class="visually-hidden">, {}</span></span>',
        words, DOUBTS[kind], words,
    )  # fmt: skip


@register.simple_tag
def delta(value: Number | None) -> SafeString:
    """A change with its arrow: ▼ 19, ▲ 6, · where nothing moved."""
    return _delta(value, get_language())


@lru_cache(KEPT)
def _delta(value: Number | None, language: str | None) -> SafeString:
    if value is None:
        return format_html('<span class="delta delta-flat">{}</span>', NONE)
    if not round(Decimal(value)):
        return format_html('<span class="delta delta-flat" title="{}">·</span>', _("no change"))
    way, path, word = ("down", "M0 0h12L6 10z", _("down")) if value < 0 else ("up", "M6 0l6 10H0z", _("up"))
    return format_html(
        '<span class="delta delta-{}"><svg viewBox="0 0 12 10" aria-hidden="true"><path d="{}"/></svg>'
        '<span class="visually-hidden">{} </span>{}</span>',
        way, path, word, integer(abs(round(Decimal(value)))),
    )  # fmt: skip


@register.simple_tag
def trend(way: str, tone: str, text: str) -> SafeString:
    """A change whose arrow is its direction (up, down) and whose colour is its tone (good, bad, flat)."""
    colour = {"good": "up", "bad": "down"}.get(tone, "flat")
    if way not in ("up", "down"):
        return format_html('<span class="delta delta-flat">{}</span>', text)
    path = "M0 0h12L6 10z" if way == "down" else "M6 0l6 10H0z"
    spoken = {"good": _("better"), "bad": _("worse")}.get(tone, "")
    return format_html(
        '<span class="delta delta-{}"><svg viewBox="0 0 12 10" aria-hidden="true"><path d="{}"/></svg>'
        '<span class="visually-hidden">{} {} </span>{}</span>',
        colour, path, _("down") if way == "down" else _("up"), spoken, text,
    )  # fmt: skip


# Meaning


@register.simple_tag(takes_context=True)
def definition(context: Context, anchor: str, text: str = "", title: str = "") -> SafeString:
    """The name of a number as the way to what it means: its entry of the page of definitions."""
    return defined(context["frame"].workspace.slug, anchor, text, title)


def defined(workspace: str, anchor: str, text: str = "", title: str = "") -> SafeString:
    """The same, in the workspace of that name."""
    return _defined(workspace, anchor, text or name_of(anchor), title or _("What it means"))


# What is safe and what is not may be equal, and is written otherwise.
@lru_cache(KEPT, typed=True)
def _defined(workspace: str, anchor: str, text: str, title: str) -> SafeString:
    link = '<a class="define" href="{}#{}" title="{}" hx-boost="false">{}</a>'
    return format_html(link, address("definitions", workspace), anchor, title, text)


@register.simple_tag(takes_context=True)
def meanings(context: Context, *numbers: Any) -> SafeString:
    """The ways to what the numbers of a block mean: anchors, or columns, each by itself or several at once."""
    each = [one for some in numbers for one in ([some] if isinstance(some, str) else some)]
    named = [(one, "") if isinstance(one, str) else (one.anchor, one.label) for one in each]
    links = format_html_join(" ", "{}", ([definition(context, *pair)] for pair in named if pair[0]))
    return format_html('<span class="meanings">{} {}</span>', _("What it means:"), links) if links else links


# Lines


@register.simple_tag
def sparkline(
    points: Sequence[Number | None], band: str = "accent", label: str = "", least: float = SPARK_SPAN
) -> SafeString:
    """Points of equal distance, oldest first; None is a gap. Its own scale, at least `least` high: 30 points."""
    path, end = _spark_path(points, least)
    named = f'role="img" aria-label="{conditional_escape(label)}"' if label else 'aria-hidden="true"'
    return mark_safe(  # noqa: S308 - what is not made here is escaped
        f'<svg class="spark spark-{escape(band)}" viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}" {named}>'
        f'<path d="{path}"/><path class="spark-end" d="{end}"/></svg>'
    )


def _spark_path(points: Sequence[Number | None], least: float) -> tuple[str, str]:
    step = max(1, -(-len(points) // SPARK_POINTS))
    kept = points[(len(points) - 1) % step :: step]
    known = [float(point) for point in kept if point is not None]
    if not known:
        return "", ""
    low, high = min(known), max(known)
    up = (SPARK_HEIGHT - 6) / (max(high - low, least) or 1)
    ground = SPARK_HEIGHT / 2 + (high + low) / 2 * up
    parts, pen = [], "M"
    for x, point in zip(_spark_places(len(points), step), kept, strict=True):
        if point is not None:
            parts.append(f"{pen}{x} {ground - float(point) * up:.1f}")
        pen = "M" if point is None else "L"
    return "".join(parts), f"M{parts[-1][1:]}h0"


@lru_cache(maxsize=512)
def _spark_places(size: int, step: int) -> tuple[str, ...]:
    """How far to the right those of so many points lie that are drawn, the last of them at the edge."""
    across = (SPARK_WIDTH - 3) / max(size - 1, 1)
    return tuple(f"{across * n + 1:.0f}" for n in range((size - 1) % step, size, step))


@register.simple_tag
def score_picture(
    points: Sequence[Number | None], borders: tuple[float, float] | None = None, label: str = ""
) -> SafeString:
    """A score day by day from 0 to 100 over its bands, as wide as its place; None is a gap."""
    edges = (0.0, *borders, 100.0) if borders else ()
    washes = format_html_join(
        "",
        '<rect class="wash-{}" width="1000" y="{}" height="{}"/>',
        ((band, 100 - high, high - low) for band, (low, high) in zip(WASHES, pairwise(edges), strict=bool(edges))),
    )
    across, parts, pen = 1000 / max(len(points) - 1, 1), [], "M"
    for n, point in enumerate(points):
        if point is not None:
            parts.append(f"{pen}{across * n:.1f} {100 - float(point):.1f}")
        pen = "M" if point is None else "L"
    return format_html(
        '<svg class="score-picture" viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label="{}">'
        '{}<path d="{}"/></svg>',
        label, washes, "".join(parts),
    )  # fmt: skip


@register.simple_tag
def shares(parts: Sequence[tuple[str, Number]], label: str = "") -> SafeString:
    """A bar of coloured shares, a pixel between them; without a label it only repeats what is beside it."""
    total = sum(Decimal(amount) for _band, amount in parts)
    at, pieces = Decimal(0), []
    for band, amount in parts:
        width = Decimal(amount) / total * 1000 if total else Decimal(0)
        pieces.append(
            format_html(
                '<rect class="fill-{}" x="{}" width="{}" height="8"/>',
                band,
                round(at),
                max(0, round(width) - 4),
            )
        )
        at += width
    track = mark_safe('<rect class="fill-track" width="1000" height="8"/>') if not total else ""
    named = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="bar" viewBox="0 0 1000 8" preserveAspectRatio="none" {}>{}{}</svg>',
        named, track, mark_safe("".join(pieces)),  # noqa: S308 - made by format_html above
    )  # fmt: skip


@register.simple_tag
def pull(value: Number, widest: Number) -> SafeString:
    """A contribution as a bar from the middle: left and red pulls down, right and green lifts."""
    half = abs(float(value)) / float(widest or 1) * 100
    x = 100 - half if value < 0 else 100
    return format_html(
        '<svg class="pull" viewBox="0 0 200 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="fill-track" width="200" height="12"/>'
        '<rect class="fill-{}" x="{}" width="{}" height="12"/></svg>',
        "red" if value < 0 else "green", f"{x:.1f}", f"{half:.1f}",
    )  # fmt: skip


@register.simple_tag
def goal_bar(progress: Number | None, elapsed: Number | None, band: str) -> SafeString:
    """How far a goal has come, and, where it is open, a line for how much of its time has gone."""
    way = format_html('<rect class="fill-{}" width="{}" height="8" y="2"/>', band, round(float(progress or 0) * 100, 1))
    at = "" if elapsed is None else round(float(elapsed) * 100, 1)
    time = "" if elapsed is None else format_html('<path class="goal-time" d="M{} 0v12"/>', at)
    return format_html(
        '<svg class="goal-bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="fill-track" width="100" height="8" y="2"/>{}{}</svg>',
        way, time,
    )  # fmt: skip


@register.simple_tag
def weight_bar(now: Number, new: Number, widest: Number) -> SafeString:
    """A weight as a bar, and a line where it is today."""
    per = 100 / float(widest or 1)
    return format_html(
        '<svg class="weight-bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="fill-track" width="100" height="6" y="3"/>'
        '<rect class="fill-accent" width="{}" height="6" y="3"/><path class="weight-now" d="M{} 0v12"/></svg>',
        round(float(new) * per, 1), round(min(max(float(now) * per, 0.5), 99.5), 1),
    )  # fmt: skip


@register.simple_tag
def fall(
    begin: Number, end: Number, low: Number, high: Number, zones: Sequence[tuple[str, Number, Number]]
) -> SafeString:
    """A step of a waterfall from where to where, on a scale over the bands."""
    per = 1000 / (float(high) - float(low) or 1)

    def x(value: Number) -> float:
        return round((float(value) - float(low)) * per, 1)

    ground = [
        format_html('<rect class="zone-{}" x="{}" width="{}" height="12"/>', band, x(a), round(x(b) - x(a), 1))
        for band, a, b in zones
    ]
    left, width = min(x(begin), x(end)), max(abs(x(end) - x(begin)), 4)
    return format_html(
        '<svg class="fall" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">{}'
        '<rect class="fill-{}" x="{}" width="{}" height="12"/></svg>',
        mark_safe("".join(ground)),  # noqa: S308 - made by format_html above
        "red" if end < begin else "green", left, width,
    )  # fmt: skip
