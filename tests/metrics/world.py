"""What a workspace says about itself, and all that it was told: what a witness is given to judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.metrics.cases import DAY, ZONE

SIGNS = [
    *("email_delivered", "email_delivered", "email_opened", "email_clicked", "email_deleted"),
    *("payment_reminder", "onboarding_step", "social_mention", "social_reply"),
]
NOT_USE = {"ping", *SIGNS}
ALIASES = {"signin": "login"}
INTERNAL = {"ira@free.example"}
OWN_DOMAINS = ["acme.example"]
RELEASES = {
    "export": (DAY - timedelta(days=300), []),
    "search": (DAY - timedelta(days=80), []),
    "chart": (DAY - timedelta(days=35), ["Team", "Business"]),
    "invite": (DAY - timedelta(days=5), ["Business"]),
}
REVERSED = "pain"
RATES = {("USD", date(2024, 1, 1)): Decimal("0.9"), ("USD", date(2025, 2, 1)): Decimal("0.95")}


@dataclass(frozen=True)
class World:
    """What a workspace says about itself, beside facts: rates by (currency, since), names that are not use, its own
    people, releases as {feature: (day, plans)}, surveys whose best answer is the lowest, days in the first stage."""

    zone: ZoneInfo = ZONE
    currency: str = "EUR"
    rates: dict[tuple[str, date], Decimal] = field(default_factory=lambda: RATES)
    not_use: set[str] = field(default_factory=lambda: NOT_USE)
    aliases: dict[str, str] = field(default_factory=lambda: ALIASES)
    internal: set[str] = field(default_factory=lambda: INTERNAL)
    own_domains: list[str] = field(default_factory=lambda: OWN_DOMAINS)
    releases: dict[str, tuple[date, list[str]]] = field(default_factory=lambda: RELEASES)
    turned: set[str] = field(default_factory=lambda: {REVERSED})
    first_stage: str = "Onboarding"
    planned: int = 60


@dataclass
class Crowd:
    """All that was told: `started` per account, facts as (kind, item), retractions as {message id: moment}, stages
    as [(name, until when)]."""

    started: dict[str, date]
    facts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    taken_back: dict[str, datetime] = field(default_factory=dict)
    stages: dict[str, list[tuple[str, datetime | None]]] = field(default_factory=dict)
    world: World = field(default_factory=World)
