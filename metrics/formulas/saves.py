"""When an account in danger was brought back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

STAYS = timedelta(days=30)


def saved(bands: Iterable[tuple[date, str]]) -> Iterator[date]:
    """The days on which an account that had been red had stayed green for 30 days, from its bands by day, ascending.

    Days of which nothing is known change nothing. What has been saved can be saved anew after it was red again.
    """
    was_red, since = False, None
    for day, band in bands:
        if band != "green":
            since = None
            was_red = was_red or band == "red"
            continue
        since = since or day
        if was_red and day - since >= STAYS:
            was_red = False
            yield day
