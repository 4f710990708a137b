"""Where a person is signed in: one row for each living session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.models import User

# The first that a browser's own words name; Chrome's name Safari as well, Edge's name all three.
BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari", "curl")
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "CrOS", "Linux")
NAMES = {"Edg": "Edge", "OPR": "Opera", "Mac OS": "macOS", "CrOS": "ChromeOS"}


@dataclass(frozen=True)
class Device:
    """A browser in which somebody is signed in."""

    pk: int
    name: str
    address: str
    since: datetime
    is_here: bool


def devices_of(user: User, here: str | None) -> tuple[Device, ...]:
    """The living sessions, this one first. Two queries."""
    rows = list(UserSession.objects.filter(user_id=user.pk).order_by("-created_at"))
    living = _living(user, [row.session_key for row in rows])
    found = [
        Device(row.pk, device_name(row.user_agent), row.ip, row.created_at, row.session_key == here)
        for row in rows
        if row.session_key in living
    ]
    return tuple(sorted(found, key=lambda device: not device.is_here))


def end_devices(rows: QuerySet[UserSession]) -> int:
    """Sign these out, for good; returns how many. Three queries."""
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    return int(rows.filter(session_key__in=keys).delete()[0])


def _living(user: User, keys: list[str]) -> set[str]:
    """Those that are not too old, and of the present password: a new one ends all others."""
    valid: Any = user.get_session_auth_hash()
    found = set()
    for session in Session.objects.filter(session_key__in=keys):
        told = session.get_decoded()
        if constant_time_compare(told.get(HASH_SESSION_KEY, ""), valid):
            found.add(session.session_key)
    return found


def device_name(words: str) -> str:
    """What a browser says of itself, as a person would: Firefox on Linux."""
    browser = next((name for name in BROWSERS if name in words), None)
    system = next((name for name in SYSTEMS if name in words), None)
    if browser is None:
        return re.split(r"[/ ]", words)[0][:40] or _("Unknown")
    named = NAMES.get(browser, browser)
    if system is None:
        return named
    return _("%(browser)s on %(system)s") % {"browser": named, "system": NAMES.get(system, system)}
