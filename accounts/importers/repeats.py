"""The same id twice in a file: the first row counts, so that a second run comes to the same."""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.translation import gettext as _

from accounts.batch import Result, Status, shown
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
