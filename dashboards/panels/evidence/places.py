"""Where a record leads to: its place in the timeline, or the events that a rollup counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Account, Release
from dashboards.panels import cursor
from metrics.evidence import Block, Person, Row, Use

MOMENT = timedelta(microseconds=1)


def place_of(account: Account, measure: str, row: Row, known: date) -> str:
    """The address; empty where there is none, as for what is no longer believed."""
    fact = row.fact
    if isinstance(fact, Use):
        told = {"from": fact.day, "to": fact.day, "name": fact.name, "feature": fact.feature}
        return events_url(account, measure, known, **told)
    if isinstance(fact, Person):
        return events_url(account, measure, known, **{"from": fact.first, "to": fact.day, "person": fact.person})
    if isinstance(fact, Block | Release) or fact.retracted_at:
        return ""
    return _timeline(account, fact)


def events_url(account: Account, measure: str, known: date, **asked: Any) -> str:
    """The events themselves, as known on a day."""
    url = reverse("evidence-events", args=[account.workspace.slug, account.pk, measure])
    return f"{url}?{urlencode({**asked, 'known': known})}"


def _timeline(account: Account, fact: Any) -> str:
    """The timeline, which then begins with it."""
    url = reverse("timeline", args=[account.workspace.slug, account.pk])
    left_on = getattr(fact, "left_on", None)
    at = account.workspace.start_of(left_on) if left_on else fact.occurred_at
    return f"{url}?{urlencode({'after': cursor.write((at + MOMENT, 0, 0))})}"
