"""What a new workspace needs, one thing after the other; each ticks itself off from what is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, Event, Invitation, Membership, Purchase, Subscription, Workspace
from accounts.permissions import may
from metrics.models import Standing

HEADERS = '-H "Authorization: Bearer $KEY" -H "Content-Type: application/json"'


@dataclass(frozen=True)
class Step:
    """One thing to do: why, where, and how a program does it."""

    name: str
    why: str
    url: str
    action: str
    snippet: str
    is_done: bool


@dataclass(frozen=True)
class FirstSteps:
    """The list, and how far it is."""

    steps: tuple[Step, ...]
    hide_url: str

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def next(self) -> Step:
        return next(step for step in self.steps if not step.is_done)


def first_steps_of(member: Membership, base: str) -> FirstSteps | None:
    """The list for who may do what it says, until all is done or it was put away. One query."""
    workspace = member.workspace
    if workspace.first_steps_hidden or not may(member.role, "settings.write"):
        return None
    steps = tuple(_steps(member, base, _there_is(workspace)))
    if all(step.is_done for step in steps):
        return None
    return FirstSteps(steps, reverse("hide-first-steps", args=[workspace.slug]))


def _there_is(workspace: Workspace) -> dict[str, bool]:
    """What the workspace has already."""

    def some(model: Any, **more: Any) -> Exists:
        return Exists(model.objects.of(workspace).filter(workspace_id=OuterRef("pk"), **more))

    members = Membership.objects.of(workspace).filter(ended_at=None)
    rows = Workspace.objects.filter(pk=workspace.pk).values(
        events=some(Event),
        accounts=some(Account),
        terms=some(Subscription),
        purchases=some(Purchase),
        owned=some(Account, owner__isnull=False),
        invited=some(Invitation),
        colleagues=Exists(members.order_by("pk")[1:]),
        scored=some(Standing, is_scored=True),
    )
    return dict(rows.get())


def _steps(member: Membership, base: str, there: dict[str, bool]) -> Iterator[Step]:
    workspace, slug = member.workspace, member.workspace.slug
    kind = "subscriptions" if workspace.has_terms else "purchases"

    def to(name: str) -> str:
        return reverse(name, args=[slug])

    yield Step(
        _("Push a first event"),
        _("Make a key, one that creates accounts; then send what happens in your product."),
        *(to("sources"), _("Make a key")),
        f"""curl {base}/api/v1/events {HEADERS} \\\n  -d '{{"events": [{{"account": "A-1", "name": "login"}}]}}'""",
        there["events"],
    )
    yield Step(
        _("Tell your accounts"),
        _("Names, owners, teams and segments, from a program or a file (import_csv)."),
        *(to("accounts"), _("See accounts")),
        f"""curl {base}/api/v1/accounts {HEADERS} \\\n  -d '{{"id": "A-1", "name": "Sable Hotels"}}'""",
        there["accounts"],
    )
    yield Step(
        _("Tell what they pay"),
        _("Who pays is a customer, and customers are scored."),
        *(to("sources"), _("See sources")),
        f"manage.py import_csv {slug} {kind} {kind}.csv",
        there["terms"] or there["purchases"],
    )
    yield Step(
        _("Invite your team"),
        _("And say who looks after which account: an owner sees the own book first."),
        *(to("settings-members"), _("Invite")),
        "",
        there["owned"] and (there["invited"] or there["colleagues"]),
    )
    yield Step(
        _("Say when your day ends"),
        _("Your time zone, your currency, and your own mail domains: use by your own people does not count."),
        *(to("settings"), _("Open settings")),
        "",
        bool(workspace.own_domains) or (workspace.time_zone, workspace.currency) != ("UTC", "USD"),
    )
    yield Step(
        _("See the first scores"),
        _("They come within a minute of the first facts, and anew after each night."),
        *(to("runs"), _("See runs")),
        f"manage.py recompute {slug} --from 2026-01-01",
        there["scored"],
    )
