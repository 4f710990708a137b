"""A scorecard version as YAML, for people and version control, and back into a draft.

What a file says is read as text and checked by the rules of drafts (`metrics.card_rules`): nothing in it is made into
anything but words and numbers. A refusal names line, field and value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from metrics.card_rules import CardError, check_bands, check_cap, check_letters, check_line, known_measure, number
from metrics.drafts import BAND_FIELDS, CAP_FIELDS, LINE_FIELDS, replace
from metrics.models import Band, Cap, Line, Scorecard, ScorecardVersion
from metrics.registry import MEASURES
from metrics.scorecards import Card

MAX_SIZE = 200_000
BANDS = {Band.RED: "red", Band.YELLOW: "yellow"}
THRESHOLDS = ("worst", "neutral", "best")
# What a file may say, and in which order one is written. The first six tell where it comes from and are not read.
TOLD = ("scorecard", "version", "published", "comment", "segments", "stages")
KEYS = (*TOLD, "kind", "bands", "lines", "caps")
BAND_KEYS = ("red_below", "green_from", "by_rank")


class ScorecardFileError(ValueError):
    """What is wrong with a file: line, field and value, in one sentence."""


@dataclass(frozen=True)
class Said:
    """What a file says, as `drafts.replace` takes it."""

    kind: str
    borders: dict[str, Any]
    lines: list[dict[str, Any]]
    caps: list[dict[str, Any]]


# -- out ----------------------------------------------------------------------------------------------------


def written(card: Card) -> str:
    """A version as YAML: always the same for the same, lines and caps in their order."""
    version, scorecard = card.version, card.version.scorecard
    told = {
        "scorecard": scorecard.name,
        "version": version.number,
        "published": version.published_at.date().isoformat() if version.published_at else "draft",
        "comment": version.comment,
        "segments": scorecard.segments,
        "stages": scorecard.stages,
        "kind": str(scorecard.kind),
        "bands": {
            "red_below": _plain(version.red_below),
            "green_from": _plain(version.green_from),
            "by_rank": version.bands_by_rank,
        },
    }
    parts = [_yaml(told), *_items("lines", (_line(line, scorecard.kind) for line in card.lines))]
    parts += _items("caps", (_cap(cap) for cap in card.caps))
    return "".join(parts)


def _line(line: Line, kind: str) -> dict[str, Any]:
    told: dict[str, Any] = {"measure": line.measure, "weight": _plain(line.weight)}
    if kind == Scorecard.Kind.POINTS and not line.weight:
        del told["weight"]
    told |= {name: _plain(value) for name in THRESHOLDS if (value := getattr(line, name)) is not None}
    told |= {"by_rank": True} if line.by_rank else {}
    if line.assumed_points is not None:
        told["assumed_points"] = _plain(line.assumed_points)
    if line.steps:
        told["steps"] = [[sign, _plain(bound), _plain(points)] for sign, bound, points in line.steps]
    return told


def _cap(cap: Cap) -> dict[str, Any]:
    conditions = [[measure, sign, _plain(bound)] for measure, sign, bound in cap.conditions]
    return {"name": cap.name, "band": BANDS[Band(cap.band)], "conditions": conditions}


def _plain(value: float) -> float | int:
    """10 rather than 10.0."""
    return int(value) if value == int(value) else value


def _items(name: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """A list of rows, each under the name that its measure has on pages."""
    told = list(rows)
    return [f"{name}:\n" if told else f"{name}: []\n", *(_item(row) for row in told)]


def _item(row: Mapping[str, Any]) -> str:
    text = _yaml([row])
    measure = MEASURES.get(row.get("measure", ""))
    return f"# {measure.name}\n{text}" if measure else text


def _yaml(value: Any) -> str:
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))


class _Dumper(yaml.SafeDumper):
    """Lists of plain values on one line."""

    def represent_list(self, data: Any) -> Any:
        return self.represent_sequence(
            "tag:yaml.org,2002:seq", data, flow_style=not isinstance(data[0], dict) if data else True
        )


_Dumper.add_representer(list, _Dumper.represent_list)


# -- in -----------------------------------------------------------------------------------------------------


@transaction.atomic
def bring(draft: ScorecardVersion, text: str) -> None:
    """Put what a file says in the place of all that a draft says. Raises ScorecardFileError, and CardError for what is
    wrong with the whole or with the draft."""
    said = read(text, draft.scorecard.kind)
    replace(draft, said.lines, said.caps, **said.borders)


def read(text: str, kind: str) -> Said:
    """What a file says of a scorecard of this kind. Raises ScorecardFileError."""
    if len(text) > MAX_SIZE:
        raise ScorecardFileError(_("A file has at most %s letters.") % MAX_SIZE)
    top = _Map.of(_composed(text), _("the file"), KEYS)
    told = top.text("kind", kind)
    if told != kind:
        raise top.wrong("kind", told, _("this scorecard is of kind “%s”") % kind)
    return Said(
        kind=told,
        borders=_borders(top),
        lines=[_read_line(each, kind) for each in top.maps("lines", LINE_FIELDS)],
        caps=[_read_cap(each) for each in top.maps("caps", CAP_FIELDS)],
    )


class _Loader(yaml.SafeLoader):
    """Makes no values; and no aliases, by which a few letters would become millions."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise ScorecardFileError(
                _("Line %(line)s: aliases (*name) are not read.") % {"line": self.peek_event().start_mark.line + 1}
            )
        return super().compose_node(parent, index)

    def compose_scalar_node(self, anchor: Any) -> Any:
        node = super().compose_scalar_node(anchor)
        try:
            check_letters(_("Line %s") % (node.start_mark.line + 1), node.value)
        except CardError as error:
            raise ScorecardFileError(str(error)) from None
        return node


def _composed(text: str) -> Any:
    try:
        loader = _Loader(text)
        return loader.get_single_node()
    except ScorecardFileError:
        raise
    except RecursionError:
        raise ScorecardFileError(_("This is not YAML: it is nested too deeply.")) from None
    # The number of a letter that there is not, as in "\U00110000", is a plain error of Python.
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise ScorecardFileError(_("This is not YAML: %s.") % " ".join(str(error).split())) from None


@dataclass(frozen=True)
class _Map:
    """Keys and values of one mapping, with the line of each."""

    name: str
    line: int
    nodes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, node: Any, name: str, known: tuple[str, ...]) -> _Map:
        """Of a node of the file. Raises ScorecardFileError for keys that are unknown or stand twice."""
        if not isinstance(node, yaml.MappingNode):
            line = node.start_mark.line + 1 if node is not None else 1
            raise _wrong(line, name, _text(node), _("must be keys and values: %s") % ", ".join(known))
        found: dict[str, Any] = {}
        for key, value in node.value:
            word, line = _text(key), key.start_mark.line + 1
            if word not in known:
                raise _wrong(line, name, word, _("is no key of it; there are: %s") % ", ".join(known))
            if word in found:
                raise _wrong(line, name, word, _("stands twice"))
            found[word] = value
        return cls(name, node.start_mark.line + 1, found)

    def line_of(self, key: str) -> int:
        """The line on which a key stands, or the mapping where it does not."""
        return self.nodes[key].start_mark.line + 1 if key in self.nodes else self.line

    def wrong(self, key: str, value: str, reason: str) -> ScorecardFileError:
        return _wrong(self.line_of(key), key, value, reason)

    def text(self, key: str, usual: str | None = None) -> str:
        """A word or a number, as it stands there."""
        if key not in self.nodes:
            if usual is None:
                raise _wrong(self.line, self.name, key, _("is missing"))
            return usual
        node = self.nodes[key]
        if not isinstance(node, yaml.ScalarNode):
            raise self.wrong(key, "", _("must be one value"))
        return str(node.value)

    def number(self, key: str, usual: float | None = None) -> float | None:
        """A finite number; `usual` where it is not told, or told to be nothing."""
        text = self.text(key, "")
        return usual if text in ("", "null", "~") else self.checked(key, lambda: number(key, text))

    def flag(self, key: str) -> bool:
        text = self.text(key, "false")
        if text not in ("true", "false"):
            raise self.wrong(key, text, _("must be true or false"))
        return text == "true"

    def maps(self, key: str, known: tuple[str, ...]) -> list[_Map]:
        return [_Map.of(node, _("one of %s") % key, known) for node in self._sequence(key)]

    def triples(self, key: str) -> list[list[str]]:
        """Lists of three values, as text."""
        found = []
        for node in self._sequence(key):
            parts = node.value if isinstance(node, yaml.SequenceNode) else []
            if len(parts) != 3 or not all(isinstance(part, yaml.ScalarNode) for part in parts):
                raise _wrong(node.start_mark.line + 1, key, _text(node), _("must be a list of three values"))
            found.append([str(part.value) for part in parts])
        return found

    def checked(self, key: str, check: Callable[[], Any]) -> Any:
        """What a rule of drafts makes of it, with the line where it refuses."""
        try:
            return check()
        except CardError as error:
            raise ScorecardFileError(
                _("Line %(line)s, %(said)s") % {"line": self.line_of(key), "said": error}
            ) from None

    def _sequence(self, key: str) -> list[Any]:
        node = self.nodes.get(key)
        if node is None or (isinstance(node, yaml.ScalarNode) and node.value in ("", "null", "~")):
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self.wrong(key, _text(node), _("must be a list"))
        return list(node.value)


def _wrong(line: int, name: str, value: str, reason: str) -> ScorecardFileError:
    words = {"line": line, "name": name, "value": value[:60], "reason": reason}
    return ScorecardFileError(_("Line %(line)s, %(name)s: “%(value)s” %(reason)s.") % words)


def _text(node: Any) -> str:
    """What stands there, if it is one value."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _borders(top: _Map) -> dict[str, Any]:
    told = _Map.of(top.nodes["bands"], "bands", BAND_KEYS) if "bands" in top.nodes else _Map("bands", top.line)
    usual = ScorecardVersion()
    version = ScorecardVersion(
        red_below=told.number("red_below", usual.red_below), green_from=told.number("green_from", usual.green_from),
        bands_by_rank=told.flag("by_rank"),
    )  # fmt: skip
    told.checked("red_below", lambda: check_bands(version))
    return {name: getattr(version, name) for name in BAND_FIELDS}


def _read_line(told: _Map, kind: str) -> dict[str, Any]:
    key = told.text("measure")
    told.checked("measure", lambda: known_measure("measure", key))
    line = Line(
        measure=key,
        weight=told.number("weight", 0 if kind == Scorecard.Kind.POINTS else None),
        **{name: told.number(name) for name in THRESHOLDS},
        by_rank=told.flag("by_rank"),
        assumed_points=told.number("assumed_points"),
        steps=told.triples("steps"),
    )
    if line.weight is None:
        raise _wrong(told.line, told.name, "weight", _("is missing"))
    told.checked("measure", lambda: check_line(line, kind))
    return {name: getattr(line, name) for name in LINE_FIELDS}


def _read_cap(told: _Map) -> dict[str, Any]:
    bands = {word: band for band, word in BANDS.items()}
    word = told.text("band")
    if word not in bands:
        raise told.wrong("band", word, _("must be %s") % _(" or ").join(bands))
    cap = Cap(name=told.text("name"), band=bands[word], conditions=told.triples("conditions"))
    told.checked("conditions", lambda: check_cap(cap))
    return {name: getattr(cap, name) for name in CAP_FIELDS}
