"""Messages as they come, and as those send them who wish us ill."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from accounts.dialects.mail import LONGEST_TEXT, Mail, Unreadable, delivered_to, read

HEAD = b"Delivered-To: accounts+abc@in.example\nFrom: Ann <Ann@One.example>\nTo: bob@acme.example\nSubject: Hi\n"


def plain(text: bytes, more: bytes = b"") -> Mail:
    return read(HEAD + more + b"\n" + text)


def test_a_plain_message() -> None:
    more = b"Message-Id: <m1@x>\nDate: Sun, 01 Jun 2025 12:00:00 +0200\nCc: Eve <eve@one.example>, bob@acme.example\n"
    mail = plain(b"Hello\r\n\r\n\r\n\r\nthere  \r\n", more)
    assert mail == Mail(
        delivered_to="accounts+abc@in.example", message_id="<m1@x>", sent_at=datetime(2025, 6, 1, 10, tzinfo=UTC),
        sender="ann@one.example", to=("bob@acme.example", "eve@one.example"), subject="Hi", text="Hello\n\nthere",
        attachments=0,
    )  # fmt: skip


def test_the_topmost_delivered_to_is_the_gateways() -> None:
    assert plain(b"x", b"Delivered-To: accounts+evil@in.example\n").delivered_to == "accounts+abc@in.example"
    assert delivered_to(HEAD) == "accounts+abc@in.example"
    assert delivered_to(b"Subject: accounts+abc@in.example\n" + HEAD) == ""


def test_words_come_from_plain_text_else_from_html_and_attachments_are_counted() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ann@one.example", "bob@acme.example", "Grüße\u2009an alle"
    message.set_content("plain ü")
    message.add_alternative("<p>rich</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    mail = read(message.as_bytes())
    assert (mail.text, mail.subject, mail.attachments) == ("plain ü", "Grüße an alle", 1)
    page = (
        b"<html><head><title>no</title><style>p{}</style></head><body onload=alert(1)>Hello <b>Ann</b><br>"
        b"<script>alert('<b>')</script>a &lt;script&gt; b &amp; c<p>end<img src=x onerror=alert(1)></body>"
    )
    rich = plain(page, b"Content-Type: text/html; charset=utf-8\n")
    assert rich.text == "Hello Ann\na <script> b & c\nend"


@pytest.mark.parametrize(
    "charset",
    ["charset*=utf-8''utf-8", "charset=idna", "charset=undefined", 'charset="a\0b"', "charset*=a%00b''utf-8"],
    ids=["twice", "idna", "undefined", "nul", "nul-quoted"],
)
@pytest.mark.parametrize("content", ["Grüße".encode(), b"Hello"], ids=["wide", "plain"])
def test_a_charset_that_is_none_is_no_reason_to_fail(charset: str, content: bytes) -> None:
    assert plain(content, f"Content-Type: text/plain; {charset}\n".encode()).text == content.decode()


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("iso-8859-1", "Übung".encode("latin-1"), "Übung"), ("x-unknown", "Übung".encode(), "Übung"),
        ("utf-8", b"\xff\xfe a", "\ufffd\ufffd a"), ("punycode", b"abc", "abc"), ("hex", b"616", "616"),
        ("utf-8", b"a\x00b\x1b[31m\x7f", "ab[31m"), ("utf-16", "Übung".encode("utf-16"), "Übung"),
    ],
    ids=["latin", "unknown", "broken", "punycode", "hex", "controls", "utf16"],
)  # fmt: skip
def test_any_charset_gives_text_that_can_be_stored(charset: str, content: bytes, text: str) -> None:
    assert plain(content, f'Content-Type: text/plain; charset="{charset}"\n'.encode()).text == text


def test_texts_are_bounded() -> None:
    mail = plain(b"word " * 100_000, b"Subject: " + b"s" * 5000 + b"\n")
    assert len(mail.text) <= LONGEST_TEXT + 2
    assert mail.text.endswith(" …")
    assert len(read(b"Subject: " + b"s" * 5000 + b"\n\nx").subject) == 300


def test_a_header_cannot_bring_another_one() -> None:
    mail = read(b"From: ann@one.example\nSubject: =?utf-8?q?a=0D=0ABcc=3A_x=40y.example=00?=\nTo: b@c.example\n\nx")
    assert mail.subject == "a Bcc: x@y.example"
    assert mail.to == ("b@c.example",)


@pytest.mark.parametrize(
    ("block", "who"),
    [
        ("---------- Forwarded message ---------\nFrom: Ann <ann@one.example>\nDate: x", "ann@one.example"),
        ("Begin forwarded message:\n\n> From: Ann <Ann@one.example>\n> Subject: x", "ann@one.example"),
        ("Von: Ann [mailto:ann@one.example]\nGesendet: x", "ann@one.example"),
        ("*From:* Ann <ann@one.example>", "ann@one.example"),
        ("From: Ann\nSent: x", ""),
        ("It is from: nobody", ""),
    ],
    ids=["gmail", "apple", "outlook", "stars", "name", "words"],
)
def test_whose_message_is_forwarded(block: str, who: str) -> None:
    mail = plain(f"fyi\n\n{block}\n\nHello".encode(), b"Subject: Fwd: Hello\n")
    assert mail.forwarded_from == who
    assert read(b"Subject: FW: Hello\n\nx").plain_subject == "Hello"


def test_without_an_id_the_same_words_are_the_same_message() -> None:
    one, again, other = (plain(text, more) for text, more in ((b"a", b""), (b"a", b"Received: later\n"), (b"b", b"")))
    assert one.message_id == again.message_id != other.message_id


N = 64_000
HOSTILE = {
    "empty": b"",
    "no head": b"\n\nhello",
    "no colon": b"hello\nworld",
    "bytes": bytes(range(256)) * 100,
    "addresses": b"From: a@b.example\nTo: " + b"a," * N + b"\n\nx",
    "angles": b"To: " + b"<" * N + b"\n\nx",
    "comments": b"From: " + b"(" * N + b"\n\nx",
    "quotes": b"From: " + b'"' * N + b"\n\nx",
    "words": b"Subject: " + b"=?utf-8?q?" * (N // 10) + b"\n\nx",
    "bad words": b"Subject: =?x-none?b?!!!!?=\n\nx",
    "date": b"Date: " + b"1 " * N + b"\n\nx",
    "far date": b"Date: Mon, 01 Jan 99999 99:99:99 +9999\n\nx",
    "tags": b"Content-Type: text/html\n\n" + b"<" * 10**6,
    "half tags": b"Content-Type: text/html\n\n" + b"<script <!-- " * 10**5,
    "entities": b"Content-Type: text/html\n\n" + b"&#" * 10**6 + b"&#x110000;&#xD800;",
    "transfer": b"Content-Transfer-Encoding: base64\n\n" + b"=" * 10**6,
    "uuencoded": b"Content-Transfer-Encoding: x-uuencode\n\nbegin 666 x\n" + b"M" * 10**6,
    "no end": b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nx',
    "no boundary": b"Content-Type: multipart/mixed\n\n--b\n\nx",
    "from line": b"From x\n" + b"From: " * 1000 + b"\n\nFrom: " + b"> * " * N,
    "ten megabytes": HEAD
    + b"Content-Type: application/x\nContent-Transfer-Encoding: base64\n\n"
    + b"QUJD\n" * 2_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_anything_is_read_or_refused_soon(name: str) -> None:
    began = time.process_time()
    try:
        mail = read(HOSTILE[name])
    except Unreadable:
        pass
    else:
        whole = mail.text + mail.subject + mail.sender + "".join(mail.to)
        assert "\0" not in whole
        whole.encode()
        assert mail.forwarded_from is not None
        assert len(mail.named) <= 100
    assert time.process_time() - began < 5


def nested(depth: int) -> bytes:
    head = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(depth))
    return HEAD + head + b"Content-Type: text/plain\n\ndeep\n" + b"".join(b"--b%d--\n" % n for n in range(depth)[::-1])


def test_parts_in_parts() -> None:
    assert read(nested(20)).text == "deep"
    for body in (nested(1000), HEAD + b"\n" + b"\n--b" * 3000, HEAD + b"Content-Type: " + b"a;" * 9000 + b"\n\nx"):
        with pytest.raises(Unreadable):
            read(body)


def test_messages_in_messages_are_bounded_by_the_parser() -> None:
    body = HEAD + b"Content-Type: message/rfc822\n\n" * 3000 + b"Subject: deep\n\nx"
    try:
        assert read(body).text in ("", "x")
    except Unreadable as error:
        assert "nested" in str(error)
