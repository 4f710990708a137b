"""Whatever is written into a note: no script, no style, no foreign picture comes out of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from accounts.markdown import TAGS, called_in, plain, to_html

ATTACKS = {
    "script": "<script>alert(1)</script>",
    "script in a word": "a<script src=//evil.example/x.js>b",
    "event handler": '<img src=x onerror="alert(1)">',
    "svg": "<svg/onload=alert(1)>",
    "style": "<style>*{display:none}</style><b style='position:fixed'>x</b>",
    "frame": "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "form": '<form action="//evil.example"><input name=password></form>',
    "comment": "<!-- <script>alert(1)</script> -->",
    "unclosed": "<a href='javascript:alert(1)",
    "javascript link": "[x](javascript:alert(1))",
    "in capitals": "[x](JaVaScRiPt:alert(1))",
    "as entity": "[x](&#106;avascript:alert(1))",
    "as entity without end": "[x](&#x6A&#x61vascript:alert(1))",
    "with a tab": "[x](java\tscript:alert(1))",
    "with a control character": "[x](\x01javascript:alert(1))",
    "in angles": "[x](<javascript:alert(1)>)",
    "autolink": "<javascript:alert(1)>",
    "by reference": "[x]\n\n[x]: javascript:alert(1)",
    "vbscript": "[x](vbscript:msgbox(1))",
    "file": "[x](file:///etc/passwd)",
    "data link": "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "data picture": "![x](data:image/svg+xml;base64,PHN2Zy9vbmxvYWQ9YWxlcnQoMSk+)",
    "picture": "![x](https://evil.example/pixel.png)",
    "link in a picture": "[![x](https://evil.example/a.png)](javascript:alert(1))",
    "without a scheme": "[x](//evil.example)",
    "title": '[x](https://a.example "\\"onmouseover=alert(1) x=\\"")',
    "address": '[x](https://a.example"onmouseover="alert(1))',
    "nested": "> - **[*`<script>`*](javascript:alert(1))** <b onclick=alert(1)>",
    "in code": "`<script>alert(1)</script>`\n\n```\n<script>alert(1)</script>\n```",
    "language of code": '```"><script>alert(1)</script>\nx\n```',
    "in a table": "|a|\n|-|\n|<script>alert(1)</script>|",
    "in a mention": '@"<script>alert(1)</script>"',
    "null": "a\x00<script>",
}
NAMES = {"<script>alert(1)</script>": "<script>alert(1)</script>"}


class Reader(HTMLParser):
    """What a browser finds in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))
def test_nothing_that_acts_comes_out(attack: str) -> None:
    for tag, attributes in Reader(to_html(attack, NAMES)).found:
        assert tag in TAGS
        assert set(attributes) <= {"href", "title", "rel", "class"}
        assert attributes.get("class") in (None, "mention")
        assert re.match(r"(https?:|mailto:)", attributes.get("href") or "https:")


def test_what_is_written_is_shown() -> None:
    html = to_html("# Plan\n**Now**, ~~not~~ later:\nsee https://a.example/b?c=1&d=2\n\n1. one\n2. <b>two</b>", {})
    assert html == (
        "<h4>Plan</h4>\n<p><strong>Now</strong>, <s>not</s> later:<br>\nsee "
        '<a href="https://a.example/b?c=1&amp;d=2" rel="noopener noreferrer nofollow">https://a.example/b?c=1&amp;d=2'
        "</a></p>\n<ol>\n<li>one</li>\n<li>&lt;b&gt;two&lt;/b&gt;</li>\n</ol>\n"
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ask @ana, @Bob.", ["ana", "bob"]), ('@"Ana Rojas" and @"ana rojas"', ["ana rojas"]),
        ("@ana.rojas@acme.example!", ["ana.rojas@acme.example"]), ("mail ana@acme.example", []),
        ("`@ana` and\n\n    @bob", []), ("**@ana**\n- @bob", ["ana", "bob"]), (r"\@ana", []), ("@ @@ @!", []),
    ],
)  # fmt: skip
def test_who_is_called(text: str, names: list[str]) -> None:
    assert called_in(text) == names


def test_a_mention_is_a_chip_and_an_unknown_name_stays_text() -> None:
    html = to_html("@ana @zoe", {"ana": "Ana <i>"})
    assert html == '<p><span class="mention">@Ana &lt;i&gt;</span> @zoe</p>\n'


def test_the_words_alone() -> None:
    text = "## Before\nit **renews** `x`\nask @ana, see [here](https://a.example)\n\n1. one\n2. <b>two</b>\n\n    code"
    assert plain(text) == "Before it renews x ask @ana, see here one <b>two</b> code"
