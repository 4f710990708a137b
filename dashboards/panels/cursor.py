"""Pages by key in lists of several kinds of row, newest first: a cursor names the last row seen."""

from __future__ import annotations

import re
from datetime import datetime

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

CURSOR = re.compile(r"(?P<at>[0-9T:.+-]{19,40})~(?P<kind>[0-9]{1,2})~(?P<ordinal>[0-9]{1,18})")

# When it happened, the place of its kind, and what tells two of a moment apart.
Key = tuple[datetime, int, int]


class CursorError(ValueError):
    """The address names no place in a list."""


def write(key: Key) -> str:
    """A place as an address has it."""
    return f"{key[0].isoformat()}~{key[1]}~{key[2]}"


def read(cursor: str) -> Key | None:
    """The place that an address names, None where it names none. Raises CursorError."""
    if not cursor:
        return None
    match = CURSOR.fullmatch(cursor)
    try:
        at = parse_datetime(match["at"]) if match else None
    except ValueError:
        at = None
    if match is None or at is None or at.tzinfo is None:
        raise CursorError(_("after: “%(value)s” is no place in this list.") % {"value": cursor[:60]})
    return at, int(match["kind"]), int(match["ordinal"])


def earlier(kind: int, key: Key) -> Q:
    """Of rows of a kind, with `at` and `ordinal`, those after a key in the order of moment, kind and ordinal, all
    descending."""
    at, place, ordinal = key
    if kind > place:
        return Q(at__lt=at)
    return Q(at__lt=at) | (Q(at=at) if kind < place else Q(at=at, ordinal__lt=ordinal))
