"""Markdown that people write: the HTML that is safe to show, and whom it calls by name.

HTML in it stays text, pictures become links, and a link leads to http, https or mail alone. What the parser makes is
cleaned once more by another library, so that a mistake of one of them is none of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_inline import StateInline

SCHEMES = {"http", "https", "mailto"}
TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "span"),
    *("h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
# @ana, @ana.rojas@northwind.example, @"Ana Rojas"
NAME = re.compile(r'@(?:"(?P<full>[^"\n]{1,150})"|(?P<short>\w(?:[\w.+-]*\w)?(?:@\w[\w.-]*\w)?))')
SCHEME = re.compile(r"(https?|mailto):", re.IGNORECASE)


def _mention(state: StateInline, silent: bool) -> bool:
    """An @name, unless it is the end of a word, as in an e-mail address."""
    found = NAME.match(state.src, state.pos)
    if found is None or re.match(r"[\w.]", state.src[state.pos - 1 : state.pos]):
        return False
    if not silent:
        token = state.push("mention", "", 0)
        token.content, token.markup = (found["full"] or found["short"]).lower(), found[0]
    state.pos = found.end()
    return True


def _chip(_renderer: Any, tokens: Any, index: int, _options: Any, env: Any) -> str:
    name = env["names"].get(tokens[index].content)
    return f'<span class="mention">@{escapeHtml(name)}</span>' if name else escapeHtml(tokens[index].markup)


def _lower_headings(state: Any) -> None:
    """The page has headings of its own above those of a note."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 3, 6)}"


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    parser.enable(["table", "strikethrough", "linkify"]).disable("image")
    parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})  # type: ignore[union-attr]
    parser.validateLink = lambda url: bool(SCHEME.match(url))  # type: ignore[method-assign]
    parser.inline.ruler.before("escape", "mention", _mention)
    parser.core.ruler.push("lower_headings", _lower_headings)
    parser.add_render_rule("mention", _chip)
    return parser


PARSER = _parser()


def to_html(text: str, names: Mapping[str, str]) -> str:
    """Safe HTML. `names` gives, for each way in which somebody is called, the name that is shown."""
    return nh3.clean(
        PARSER.render(text, {"names": names}),
        tags=TAGS,
        attributes={"a": {"href", "title"}},
        allowed_classes={"span": {"mention"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def called_in(text: str) -> list[str]:
    """The names that a text calls, in small letters, each once; not what stands in code or in an e-mail address."""
    inside = [child for token in PARSER.parse(text, {"names": {}}) for child in token.children or ()]
    return list(dict.fromkeys(token.content for token in inside if token.type == "mention"))


def plain(text: str) -> str:
    """The words alone, for where there is no room for more."""
    return " ".join(" ".join(_words(token) for token in PARSER.parse(text, {"names": {}})).split())


def _words(token: Any) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    inside = "".join(_words(child) for child in token.children or ())
    return inside or (token.markup if token.type == "mention" else token.content)
