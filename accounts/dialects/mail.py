"""A message as mail servers pass it on (RFC 5322) → what a touch needs of it. Its senders may wish us ill.

The newer policy of Python's parser took half a minute for 64 kB of `a,a,a,…` in one header; so the older one parses,
fields are cut before they are looked at, and what has too many parts is not begun.
"""

from __future__ import annotations

import codecs
import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime

from django.utils.translation import gettext as _

# Characters of a header that are looked at; bytes of a text; characters of it that are kept.
LONGEST_FIELD, LONGEST_PART, LONGEST_TEXT, LONGEST_SUBJECT = 10_000, 200_000, 10_000, 300
MOST_NESTED, MOST_DASHES = 30, 2_000
CONTENT_TYPE = re.compile(rb"(?im)^content-type:[^\n]*(?:\n[ \t][^\n]*)*")
ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
# The line in which mail programs say whose message is forwarded: English, German, French, Spanish, Italian, Dutch.
FORWARDED = re.compile(r"(?im)^[>*\s]{0,9}(?:From|Von|De|Da|Van):[* \t]{0,9}([^\n]{1,300})$")
FORWARD = re.compile(r"(?i)^\s*(?:fwd?|wg|tr|rv|i)\s*:\s*")
TAG = re.compile(r"(<[^<>]*>)")
SILENT, BREAKS = ("script", "style", "head", "title"), ("br", "p", "/p", "div", "/div", "tr", "/tr", "li", "/h1", "/h2")
# Codecs that are no character sets of mail, or slow on purpose.
NO_CHARSETS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7"}


class Unreadable(ValueError):  # noqa: N818
    """It cannot be read, and why."""


@dataclass(frozen=True)
class Mail:
    """A message; addresses in small letters. `delivered_to` is the topmost Delivered-To, which the gateway wrote."""

    delivered_to: str
    message_id: str
    sent_at: datetime | None
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    attachments: int

    @property
    def forwarded_from(self) -> str:
        """Whose message it passes on, where it says so plainly."""
        line = FORWARDED.search(self.text)
        found = ADDRESS.search(line[1]) if line else None
        return found[0].lower() if found else ""

    @property
    def named(self) -> tuple[str, ...]:
        """Addresses in its text, each once."""
        return tuple(dict.fromkeys(found.lower() for found in ADDRESS.findall(self.text)))[:100]

    @property
    def plain_subject(self) -> str:
        """Without the mark of a forward."""
        return FORWARD.sub("", self.subject)


def read(body: bytes) -> Mail:
    """Raises Unreadable."""
    _bound(body)
    try:
        return _read(BytesParser(policy=compat32).parsebytes(body), body)
    except RecursionError:
        raise Unreadable(_("its parts are nested too deep")) from None


def _read(message: Message, body: bytes) -> Mail:
    fields = _fields(message)
    texts, attachments = _parts(message)
    return Mail(
        delivered_to=next(iter(_addresses(fields.get("delivered-to", [])[:1])), ""),
        message_id=_message_id(fields, body),
        sent_at=_moment(fields.get("date", [""])[0]),
        sender=next(iter(_addresses(fields.get("from", [])[:1])), ""),
        to=tuple(dict.fromkeys(_addresses([*fields.get("to", []), *fields.get("cc", [])]))),
        subject=" ".join(_clean(_decoded(fields.get("subject", [""])[0])).split())[:LONGEST_SUBJECT],
        text=_cut(texts.get("plain") or _without_tags(texts.get("html", ""))),
        attachments=attachments,
    )


def delivered_to(body: bytes) -> str:
    """To whom the gateway gave what cannot be read: its own line is the first of all."""
    name, _colon, value = body[:LONGEST_FIELD].partition(b"\n")[0].partition(b":")
    told = _addresses([_plain(value.decode("utf-8", "replace"))])
    return told[0] if told and name.strip().lower() == b"delivered-to" else ""


def _bound(body: bytes) -> None:
    """What would take long is not begun."""
    if body.lower().count(b"boundary=") > MOST_NESTED or body.count(b"\n--") > MOST_DASHES:
        raise Unreadable(_("it has too many parts"))
    if any(len(found[0]) > LONGEST_FIELD for found in CONTENT_TYPE.finditer(body)):
        raise Unreadable(_("a Content-Type is longer than %s characters") % LONGEST_FIELD)


def _fields(message: Message) -> dict[str, list[str]]:
    """The fields of the head by name in small letters, the topmost first, cut."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        found.setdefault(name.lower(), []).append(_plain(str(value)[:LONGEST_FIELD]))
    return found


def _plain(value: str) -> str:
    """Bytes that are no ASCII are taken for UTF-8; the rest of them are marked."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError, AssertionError):
        return value


def _addresses(values: list[str]) -> list[str]:
    found = (address.strip().lower() for _name, address in getaddresses([" ".join(value.split()) for value in values]))
    return [address for address in found if ADDRESS.fullmatch(address)]


def _message_id(fields: dict[str, list[str]], body: bytes) -> str:
    """What makes it this message: its Message-Id, or a hash of all but the head."""
    told = fields.get("message-id", [""])[0].strip()
    return told or hashlib.sha256(body.partition(b"\n\n")[2] or body).hexdigest()


def _moment(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value[:100])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parts(message: Message) -> tuple[dict[str, str], int]:
    """The first text of each kind; how many parts are attachments."""
    texts: dict[str, str] = {}
    attachments = 0
    for part in _leaves(message):
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or kind not in ("text/plain", "text/html"):
            attachments += 1
        else:
            texts.setdefault(kind.removeprefix("text/"), _text(part))
    return texts, attachments


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that have no parts; of a message in the message, its own."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.is_multipart():
            waiting.extend(reversed(part.get_payload()))
        else:
            yield part


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    content = content[:LONGEST_PART] if isinstance(content, bytes) else b""
    try:
        charset = (part.get_content_charset() or "utf-8")[:40]
        known = codecs.lookup(charset).name
        return content.decode("utf-8" if known in NO_CHARSETS else known, "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _without_tags(text: str) -> str:
    """The words of HTML: nothing of it is ever shown as HTML."""
    words, silent = [], ""
    for piece in TAG.split(text):
        name = re.split(r"[\s>]", piece[1:60].lower().rstrip("/>"), maxsplit=1)[0] if piece.startswith("<") else None
        if silent:
            silent = "" if name == f"/{silent}" else silent
        elif name is None:
            words.append(html.unescape(" ".join(piece.split()) + (" " if piece[-1:].isspace() else "")))
        elif name in SILENT:
            silent = name
        elif name in BREAKS:
            words.append("\n")
    return "".join(words)


def _clean(text: str) -> str:
    """Without control characters, which no text needs and a database does not take; and without halves of pairs."""
    kept = "".join(each for each in text if each in "\n\t" or ord(each) >= 32 and ord(each) != 127)
    return kept.encode("utf-8", "replace").decode()


def _cut(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in _clean(text.replace("\r\n", "\n")[:LONGEST_PART]).split("\n"))
    whole = re.sub(r"\n{3,}", "\n\n", lines).strip()
    return whole if len(whole) <= LONGEST_TEXT else f"{whole[:LONGEST_TEXT].rstrip()} …"
