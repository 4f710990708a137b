"""A page as a tree, and the blocks of it that show numbers without a way to what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

BLOCKS = {"section", "article", "header", "aside", "dialog"}
BOXES = {"card", "table-card", "page-head"}
# What people do here, and how they get somewhere; what is typed, quoted or shown as it came is no number of ours.
SILENT = {"script", "style", "svg", "form", "nav", "code", "pre", "time", "blockquote", "dialog"}
AS_TOLD = {"prose", "timeline", "comments", "live-events", "pager", "alert", "empty"}
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
# A day is none: Jun 3, Jun 1 – 22, Jun 3, 2025, June 2025, 2025-06-03, 09:00.
DAY = re.compile(
    rf"(?:{MONTHS})[a-z]*\s\d+(?:\s–\s(?:(?:{MONTHS})[a-z]*\s)?\d+)?(?:, \d{{4}})?|\d{{4}}-\d\d-\d\d|\d\d:\d\d"
)
DEFINITION = "/definitions#"


@dataclass
class Tag:
    """An element; `words` are its own, without those of the elements in it."""

    name: str
    attributes: dict[str, str]
    parent: Tag | None = None
    words: str = ""
    inside: list[Tag] = field(default_factory=list)

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())

    @property
    def is_block(self) -> bool:
        return self.name in BLOCKS or bool(self.classes & BOXES) or self.name == "main"

    @property
    def is_silent(self) -> bool:
        return self.name in SILENT or bool(self.classes & AS_TOLD)

    @property
    def leads_to_a_definition(self) -> bool:
        return any(DEFINITION in tag.attributes.get("href", "") for tag in self.all())

    def all(self) -> Iterator[Tag]:
        """The element and every one in it."""
        yield self
        for tag in self.inside:
            yield from tag.all()

    def numbers(self) -> Iterator[str]:
        """Texts with a number that belong to this block, not to one within it."""
        if re.search(r"\d", DAY.sub("", self.words)):
            yield " ".join(self.words.split())
        for tag in self.inside:
            if not (tag.is_block or tag.is_silent):
                yield from tag.numbers()


class Reader(HTMLParser):
    """HTML → its tree."""

    def __init__(self) -> None:
        super().__init__()
        self.here = self.root = Tag("page", {})

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        tag = Tag(name, {key: value or "" for key, value in attributes}, self.here)
        self.here.inside.append(tag)
        if name not in VOID:
            self.here = tag

    def handle_endtag(self, name: str) -> None:
        tag: Tag | None = self.here
        while tag and tag.name != name:
            tag = tag.parent
        if tag and tag.parent:
            self.here = tag.parent

    def handle_data(self, data: str) -> None:
        self.here.words += data


def blocks(html: str) -> list[Tag]:
    """Every block within the main part of a page, and the main part itself."""
    reader = Reader()
    reader.feed(html)
    main = next(tag for tag in reader.root.all() if tag.name == "main")
    silent = {id(inner) for tag in main.all() if tag.is_silent for inner in tag.all()}
    return [tag for tag in main.all() if tag.is_block and id(tag) not in silent]


def unexplained(html: str) -> list[tuple[str, list[str]]]:
    """The blocks that show numbers and lead to no definition: what they are, and the numbers."""
    return [
        (tag.attributes.get("class") or tag.attributes.get("id") or tag.name, numbers)
        for tag in blocks(html)
        if (numbers := list(tag.numbers())) and not tag.leads_to_a_definition
    ]
