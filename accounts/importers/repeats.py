"""The same id twice in a file: the first row counts, so that a second run comes to the same, and a dry run as well."""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.translation import gettext as _

from accounts.batch import KNOWN, Result, Status, shown
from accounts.decode import Decoded
from accounts.kinds import Kind


class Repeats:
    """The ids of a file so far, with what was said under each, as hashes: a million take 100 MB.

    Events need none of this: their keys are remembered for ever.
    """

    def __init__(self) -> None:
        self._said: dict[int, int] = {}

    def apart(self, decoded: list[Decoded], kind: Kind) -> list[Decoded]:
        """The rows, with conflicts in place of those that say something else than an earlier row of their id."""
        return [each if isinstance(each, Result) else self._conflict(each, kind) or each for each in decoded]

    def _conflict(self, item: Any, kind: Kind) -> Result | None:
        name = kind.id_of(item)
        content = hash(msgspec.json.encode(item))
        if self._said.setdefault(hash(name), content) == content:
            return None
        reason = _("this id came before in the same file with other content")
        return Result(Status.CONFLICT, "id", shown(name), reason)


class Rehearsal:
    """What the parts of a file so far would have stored in a dry run, where nothing stays for the next part to find."""

    def __init__(self) -> None:
        self._stored: dict[int, int] = {}

    def apart(self, decoded: list[Decoded]) -> list[Decoded]:
        """The rows, with the answer in place of those whose id an earlier part would have stored."""
        return [each if isinstance(each, Result) else self._answer(each) or each for each in decoded]

    def remember(self, decoded: list[Decoded], results: list[Result]) -> None:
        """Take note of what was taken of a part."""
        for item, result in zip(decoded, results, strict=True):
            if not isinstance(item, Result) and result.status in (Status.ACCEPTED, Status.UPDATED) and _name(item):
                self._stored[hash(_name(item))] = _content(item)

    def _answer(self, item: Any) -> Result | None:
        said = self._stored.get(hash(_name(item))) if _name(item) else None
        if said is None or said == _content(item):
            return KNOWN if said is not None else None
        return Result(Status.CONFLICT, "message_id", shown(_name(item)), _("an earlier row has this id, and says more"))


def _name(item: Any) -> str:
    return getattr(item, "message_id", None) or getattr(item, "id", None) or ""


def _content(item: Any) -> int:
    """What an item says; of an event not when, as for ingest."""
    if hasattr(item, "message_id"):
        item = msgspec.structs.replace(item, occurred_at=None, known_at=None)
    return hash(msgspec.json.encode(item))
