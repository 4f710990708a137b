"""What the audit log watches: what people decide about, field by field. Facts are not here, they have versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from auditlog.registry import auditlog

from accounts.models import (
    Account,
    ApiKey,
    AuditEntry,
    EventName,
    Hook,
    Invitation,
    MailAddress,
    Membership,
    Note,
    Secret,
    ShareLink,
    Stage,
    Tag,
    Team,
    Workspace,
)

# Only these fields: a secret, or the hash of one, is never among them.
WATCHED: dict[Any, list[str]] = {
    Workspace: [
        *("name", "time_zone", "week_start", "fiscal_year_start", "currency", "kind", "churn_rule", "churn_gap_days"),
        *("purchase_days", "own_domains", "tracks", "gross_margin", "features", "first_value"),
        *("events_kept_months", "refused_kept_days", "audit_kept_months", "needs_second_factor"),
    ],
    Team: ["name"],
    Stage: ["name", "position", "target_days", "kpi"],
    Tag: ["name"],
    MailAddress: ["created_at", "retired_at"],
    Membership: ["user", "role", "team", "ended_at"],
    Invitation: ["email", "role", "team", "sent_at", "accepted_at", "revoked_at"],
    ApiKey: ["name", "source", "scopes", "creates_accounts", "revoked_at"],
    EventName: ["name", "alias_of", "is_use"],
    Hook: ["source", "mapping", "creates_accounts"],
    Secret: ["hook", "hint", "created_at", "retired_at"],
    ShareLink: ["account", "ends_on", "shows_money", "revoked_at"],
    Account: ["name", "owner", "team", "segment", "stage", "parent"],
    # That it was changed, not what it says.
    Note: ["account", "is_pinned", "edited_at", "retracted_at"],
}


def watch(watched: Mapping[Any, list[str]]) -> None:
    """Have every save and deletion of these models' rows told, in the fields that are named."""
    for model, fields in watched.items():
        auditlog.register(model, include_fields=list(fields))


def note(changes: Iterable[tuple[Any, str, Any, Any]]) -> None:
    """Tell changes that one statement made in many rows: (thing, field, before, after)."""
    entries = [
        AuditEntry.of(thing, AuditEntry.Action.UPDATE, {field: [old, new]}) for thing, field, old, new in changes
    ]
    AuditEntry.unscoped.bulk_create(entries, batch_size=1000)
