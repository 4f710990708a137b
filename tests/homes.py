"""Two workspaces with one of each thing in both, for whoever looks whether one can be reached from the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts import trying
from accounts.connecting import connect
from accounts.importers.uploads import take_in
from accounts.kinds import KINDS, RESOURCES
from accounts.models import (
    Account,
    ApiKey,
    BulkChange,
    EventName,
    ExchangeRate,
    Import,
    Invitation,
    MailAddress,
    Membership,
    Note,
    ProgramCost,
    SavedView,
    Secret,
    Stage,
    Tag,
    Team,
    Touch,
    Upload,
    Workspace,
)
from accounts.sharing import share
from metrics.kpis.answers import answer
from metrics.kpis.periods import Period
from metrics.kpis.places import Scope
from metrics.models import PeriodKind, ScopeKind, Scorecard, Target
from metrics.names import Names
from metrics.nightly.keep import store
from metrics.registry import KPIS
from metrics.targets import TargetItem, id_of, set_targets
from tests.accounts.items import WHOLE
from tests.cast import NOW, account, night, source_of, tell

SCORED = date(2025, 6, 20)
MAY = Period(PeriodKind.MONTH, date(2025, 5, 1), date(2025, 6, 1), date(2025, 6, 1))
CALLED = "2025-06-12T10:00:00Z"


@dataclass(frozen=True)
class Home:
    """A workspace and one of each thing an address can name. Every text in it contains `mark`."""

    workspace: Workspace
    mark: str
    arguments: dict[str, Any]
    keys: dict[str, str]
    revoked: str
    # The REST resource → the id of one of its objects that only this workspace has.
    ids: dict[str, str]


# What makes ids by itself differs from workspace to workspace by these.
MADE = {
    "Zinnia": {"currency": "CHF", "month": "2025-05-01", "feature": "Zinnia-sso"},
    "Wormwood": {"currency": "JPY", "month": "2025-04-01", "feature": "Wormwood-sso"},
}


def brought(member: Membership, mark: str) -> Upload:
    """A file that waits to be mapped."""
    sent = SimpleUploadedFile(f"{mark}-accounts.csv", f"id,name\n{mark}-1,{mark} one\n".encode())
    return take_in(member, sent.name or "", sent, NOW)


def furnish_resources(workspace: Workspace, mark: str) -> dict[str, str]:
    """One object of every kind that REST has. Returns the id of each by its resource."""
    found = {"accounts": f"only-{mark}"}
    for resource, name in RESOURCES.items():
        kind, item = KINDS[name], WHOLE[name]
        of = MADE[mark] if kind.of_workspace else {"id": f"only-{mark}", "account": "one"}
        tell(
            workspace,
            name,
            item | {field: each for field, each in of.items() if field in kind.struct.__struct_fields__},
        )
        found[resource] = kind.model.objects.of(workspace).latest("pk").external_id
    return found | furnish_kpis(workspace, mark)


def furnish_kpis(workspace: Workspace, mark: str) -> dict[str, str]:
    """A target and what was counted of a month, each named by what only this workspace has."""
    who = Membership.objects.of(workspace).select_related("user").order_by("pk")[0].user.email
    target = {"kpi": "revenue.nrr", "scope": "csm", "scope_key": who, "start": date(2025, 5, 1), "value": Decimal(1)}
    set_targets(Names(workspace), [TargetItem(**target)], timezone.now())
    nrr = KPIS["revenue.nrr"]
    store(workspace, MAY, SCORED, [nrr], {(nrr.key, Scope(ScopeKind.SEGMENT, mark)): answer(nrr, ())}, NOW)
    Scorecard.objects.of(workspace).update(name=f"{mark} card")
    named = dict.fromkeys(("kpis", "scores", "scorecards", "backtests"), mark)
    return {"targets": id_of(target), "scores-explain": f"only-{mark}", **named}


def decided(about: Account, mark: str) -> dict[str, Any]:
    """What people write and do, and parts of their pages: an argument of an address → its value."""
    told = {"workspace": about.workspace, "ticket": uuid4()}
    note = Note.unscoped.create(account=about, body=mark, created_at=NOW, **told)
    change = BulkChange.unscoped.create(action="segment", value=mark, made_at=NOW, accounts=[], before=[], **told)
    return {
        "note": note.pk,
        "change": change.pk,
        "scorecard": Scorecard.objects.of(about.workspace).get().pk,
        "number": 1,
        "block": "moves",
        "hook": connect(about.workspace, f"{mark} Stripe", "stripe", NOW, secret=f"whsec_{mark}")[0].token,
        "secret": Secret.objects.of(about.workspace).get().pk,
    }


def furnish_portfolio(found: Account, member: Membership, mark: str) -> dict[str, int]:
    """A view that everybody sees, and a link for others."""
    shared = SavedView.Shared.WORKSPACE
    view = SavedView.unscoped.create(workspace=found.workspace, owner=member, name=mark, shared=shared)
    return {"view": view.pk, "link": share(found, member, date(2099, 1, 1), True, timezone.now())[0].pk}


def furnish(workspace: Workspace, mark: str) -> Home:
    """Fill a workspace: the same ids as in any other one, other words, and an account that only it has."""
    account(workspace, "one", name=f"{mark} Ltd", segment=mark, started_on="2024-01-01")
    alone = account(workspace, f"only-{mark}", name=f"{mark} Alone")
    tell(
        workspace,
        "subscriptions",
        {"id": "s1", "account": "one", "starts_on": "2024-01-01", "amount": 100, "seats": 10, "product": mark},
    )
    days = [{"account": "one", "name": f"{mark}-event", "occurred_at": f"2025-06-1{n}T10:00:00Z"} for n in range(5)]
    tell(workspace, "events", *days)
    tell(workspace, "tickets", {"id": "t1", "account": "one", "subject": mark, "opened_at": "2025-06-12T10:00:00Z"})
    tell(workspace, "touches", {"id": "hand-1", "account": f"only-{mark}", "channel": "call", "happened_at": CALLED})
    night(workspace, SCORED)
    ids = furnish_resources(workspace, mark)
    source = source_of(workspace, f"{mark} source")
    keys = {scope: ApiKey.issue(workspace, source, f"{mark} {scope}", [scope]) for scope in ApiKey.Scope.values}
    gone, revoked = ApiKey.issue(workspace, source, f"{mark} gone", list(ApiKey.Scope.values))
    ApiKey.objects.of(workspace).filter(pk=gone.pk).update(revoked_at=timezone.now())
    inviter = Membership.objects.of(workspace).order_by("pk")[0]
    invitation, token = Invitation.sent(inviter, f"{mark}@example.com", timezone.now())
    imported = Import.unscoped.create(workspace=workspace, source=source, kind="accounts", file_name=f"{mark}.csv")
    return Home(
        workspace,
        mark,
        {
            "workspace": workspace.slug,
            "account": alone.pk,
            "day": "2025-06-12",
            "entry": "call",
            "fact": Touch.objects.of(workspace).get(external_id="hand-1").pk,
            **decided(alone, mark),
            **{"imported": imported.pk, "upload": brought(inviter, mark).pk},
            **{"source": source.pk, "key": keys["read"][0].pk, "message": trying.send(source, "one", NOW)[0]},
            "event_name": EventName.objects.of(workspace).get(name=f"{mark}-event").pk,
            "uidb36": "1",
            "member_id": inviter.pk,
            "team": Team.unscoped.create(workspace=workspace, name=f"{mark} team").pk,
            "stage": Stage.unscoped.create(workspace=workspace, name=f"{mark} stage", position=9).pk,
            "tag": Tag.unscoped.create(workspace=workspace, name=f"{mark} tag").pk,
            "invitation": invitation.pk,
            **furnish_portfolio(alone, inviter, mark),
            "token": token,
            "address": MailAddress.renew(workspace, NOW).pk,
            "device": 1,
            "table": "csms",
            "sheet": "map",
            "measure": "usage.active_seats",
            "kind": "contacts",
            "group": "revenue",
            "name": "mrr",
            "form": "csv",
            "rate": ExchangeRate.objects.of(workspace).current().latest("pk").pk,
            "cost": ProgramCost.objects.of(workspace).current().latest("pk").pk,
            "target": Target.objects.of(workspace).get().pk,
        },
        {scope: secret for scope, (_row, secret) in keys.items()},
        revoked,
        ids,
    )
