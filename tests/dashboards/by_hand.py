"""Entering by hand in a browser: the form as it comes, what is typed, what it leads to."""

from __future__ import annotations

import re
from typing import Any

from django.utils import timezone

from accounts.models import Account
from dashboards.panels.entries import ENTRIES

# What cannot be guessed and must be typed; everything else is saved as the form comes.
TYPED: dict[str, dict[str, str]] = {
    "figure": {"value": "40"},
    "goal": {"name": "Half the tickets", "target": "50", "due_on": "2025-12-31"},
    "contact": {"name": "Ann Lee"},
    "deal": {"amount": "1200"},
}


def add_url(found: Account, key: str) -> str:
    return f"/w/acme/accounts/{found.pk}/add/{key}"


def filled(form: Any, **typed: str) -> dict[str, str]:
    """What a browser sends of a form in which some fields were typed."""
    with timezone.override(form.account.workspace.zone):
        sent = {name: form[name].field.widget.format_value(form[name].value()) for name in form.fields}
    sent = {name: (value[0] if value else "") if isinstance(value, list) else value for name, value in sent.items()}
    return {name: "" if value is None else str(value) for name, value in sent.items()} | typed


def enter(browser: Any, found: Account, key: str, **typed: str) -> dict[str, str]:
    """Open the form of an entry, type, save. Returns what was sent."""
    sent = filled(browser.get(add_url(found, key)).context["panel"].form, **TYPED.get(key, {}) | typed)
    response = browser.post(add_url(found, key), sent)
    assert response.status_code == 302, response.context["panel"].form.errors
    assert response["Location"] == f"/w/acme/accounts/{found.pk}"
    return sent


def facts(found: Account, key: str) -> list[Any]:
    return list(ENTRIES[key].versions(found).current().order_by("pk"))


def undo_url(browser: Any, found: Account) -> str:
    """Where the button of the toast leads."""
    page = browser.get(f"/w/acme/accounts/{found.pk}").content.decode()
    return re.search(r'<form method="post" action="([^"]*/(?:take-back|restore))"', page)[1]  # type: ignore[index]


def act(browser: Any, found: Account, label: str, **typed: str) -> None:
    """Click what the page offers about something that is not over, and save."""
    page = browser.get(f"/w/acme/accounts/{found.pk}").content.decode()
    url = re.search(rf'href="([^"]*\?act)"[^>]*>{label}<', page)[1]  # type: ignore[index]
    sent = filled(browser.get(url).context["panel"].form, **typed)
    response = browser.post(url.partition("?")[0], sent)
    assert response.status_code == 302, response.context["panel"].form.errors
