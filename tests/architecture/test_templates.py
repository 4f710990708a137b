"""Templates: every word goes through gettext, no script or style stands in the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.architecture.code import ROOT

TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.html"))
# Names and signs that are the same in every language.
SAME_EVERYWHERE = {"Healthscore"}
CODE = {"code", "kbd", "pre", "style"}
READ_ALOUD = {"alt", "aria-label", "aria-description", "label", "placeholder", "summary", "title"}
TRANSLATED = re.compile(
    r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.S
)
TAGS = re.compile(r"{%.*?%}|{{.*?}}", re.S)


class Page(HTMLParser):
    """Collects what people read, and what a strict Content-Security-Policy would stop."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inline: list[str] = []
        self.code = 0
        self.feed(TAGS.sub("", TRANSLATED.sub("", text)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.code += tag in CODE
        self.words += [value for name, value in attrs if name in READ_ALOUD and value]
        self.inline += [f"{tag} {name}" for name in told if name == "style" or name.startswith(("on", "hx-on"))]
        self.inline += [value for name, value in attrs if value and value.strip().lower().startswith("javascript:")]
        if tag == "style" or (tag == "script" and "src" not in told):
            self.inline.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag in CODE

    def handle_data(self, data: str) -> None:
        if not self.code:
            self.words.append(data)


def read(template: str) -> Page:
    return Page((ROOT / template).read_text())


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_word_goes_through_gettext(template):
    spoken = " ".join(read(template).words)
    words = set(re.findall(r"[^\W\d_]{2,}", spoken)) - SAME_EVERYWHERE
    assert not words


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_script_or_style_stands_in_the_page(template):
    assert not read(template).inline


def test_the_reader_sees_what_it_should():
    page = Page(
        '<p title="Hello">{% translate "No" %} Word {{ x }}</p><b onclick="x()" style="a:b">{# c #}</b><style></style>'
    )
    assert {"Hello", "Word"} == set(" ".join(page.words).split())
    assert page.inline == ["b onclick", "b style", "style"]
