"""Who may do what, as data. The docs page, the views and the tests all read these tables."""

from __future__ import annotations

from accounts.kinds import RESOURCES
from accounts.models.workspace import ApiKey, Role

VIEWER, CSM, MANAGER, ADMIN = Role.VIEWER, Role.CSM, Role.MANAGER, Role.ADMIN
EVERYBODY = frozenset({VIEWER, CSM, MANAGER, ADMIN})

# What is done → the roles that may. "write" of an account is further limited to the rows of
# AccountQuerySet.writable_by: a CSM's own book and unowned accounts, a manager's team, an admin's all.
PERMISSIONS: dict[str, frozenset[Role]] = {
    "portfolio.read": EVERYBODY,
    "account.read": EVERYBODY,
    "account.write": frozenset({CSM, MANAGER, ADMIN}),
    # A CSM sees the numbers of the own book alone.
    "team.read": EVERYBODY,
    "definition.read": EVERYBODY,
    "feedback.read": EVERYBODY,
    "run.read": EVERYBODY,
    "run.recompute": frozenset({ADMIN}),
    "source.read": frozenset({MANAGER, ADMIN}),
    "source.write": frozenset({ADMIN}),
    "settings.read": frozenset({MANAGER, ADMIN}),
    "settings.write": frozenset({ADMIN}),
    "settings.audit": frozenset({ADMIN}),
    "money.write": frozenset({MANAGER, ADMIN}),
    # A manager with a team sets the targets of that team and its CSMs.
    "target.write": frozenset({MANAGER, ADMIN}),
    "scorecard.read": frozenset({MANAGER, ADMIN}),
    "scorecard.write": frozenset({ADMIN}),
}

# An address takes a permission, or one of these: open to anybody; for who is signed in, about nothing but
# what is their own; for a program with an API key, whose scope SCOPES names; for a client that speaks another system's
# language, whose key has the scope to push; for a gateway that signs what it sends.
PUBLIC, OWN, KEY, CLIENT, SIGNED = "public", "own", "key", "client", "signed"

# What client libraries push to (docs/client_libraries.md).
LIBRARIES = (
    *(f"segment-{call}" for call in ("identify", "group", "track", "page", "screen", "alias", "batch", "import")),
    "posthog-batch",
)

# Each address by its name → what it takes. Below /w/<workspace>/ a stranger gets 404, a member whose role has not
# the permission 403, and then 404 for what is not in the workspace. Who is not signed in is sent to sign in.
ROUTES: dict[str, str] = {
    "home": OWN,
    "theme": PUBLIC,
    "profile": OWN,
    "ask-email": OWN,
    "confirm-email": OWN,
    "devices": OWN,
    "end-device": OWN,
    "end-other-devices": OWN,
    "join": PUBLIC,
    "invitation": PUBLIC,
    "shared": PUBLIC,
    "portfolio": "portfolio.read",
    "portfolio-filters": "portfolio.read",
    "portfolio-file": "portfolio.read",
    "views": "portfolio.read",
    "view": "portfolio.read",
    "hide-first-steps": "settings.write",
    "search": "account.read",
    "accounts": "account.read",
    "accounts-file": "account.read",
    "account": "account.read",
    "why": "account.read",
    "account-oldest": "account.read",
    "timeline": "account.read",
    "account-people": "account.read",
    "account-money": "account.read",
    "account-support": "account.read",
    "account-table": "account.read",
    "account-parent": "account.write",
    "mentions": "account.read",
    "add-note": "account.write",
    # A note is changed and taken back by its author and by admins.
    "note": "account.write",
    "take-back-note": "account.write",
    "restore-note": "account.write",
    "pin-note": "account.write",
    "timeline-day": "account.read",
    "evidence": "account.read",
    "evidence-file": "account.read",
    "evidence-events": "account.read",
    "account-tags": "account.write",
    "manual-band": "account.write",
    "end-manual-band": "account.write",
    "manual-bands": "account.read",
    # Done to those accounts alone that the member writes.
    "bulk": "account.write",
    "bulk-changes": "account.write",
    "bulk-undo": "account.write",
    "share": "account.write",
    "take-link-back": "account.write",
    "add-entry": "account.write",
    "entry": "account.write",
    "take-back": "account.write",
    "restore": "account.write",
    "team": "team.read",
    "team-table": "team.read",
    "kpis": "team.read",
    "kpi": "team.read",
    "kpi-file": "team.read",
    "definitions": "definition.read",
    "journey": "team.read",
    "journey-accounts": "team.read",
    "journey-file": "team.read",
    "journey-sheet": "team.read",
    "scorecards": "scorecard.read",
    "scorecard": "scorecard.read",
    "scorecard-change": "scorecard.write",
    "scorecard-publish": "scorecard.write",
    "backtest": "scorecard.read",
    "backtest-start": "scorecard.write",
    "suggestion": "scorecard.read",
    "suggestion-start": "scorecard.write",
    "suggestion-take": "scorecard.write",
    "scorecard-add": "scorecard.write",
    "scorecard-compare": "scorecard.read",
    "scorecard-upload": "scorecard.write",
    "scorecard-yaml": "scorecard.read",
    "scorecard-xlsx": "scorecard.read",
    "scorecard-history": "scorecard.read",
    "scorecard-history-file": "scorecard.read",
    "scorecard-save": "scorecard.write",
    "scorecard-close": "scorecard.write",
    "feedback": "feedback.read",
    "feedback-file": "feedback.read",
    "runs": "run.read",
    "sources": "source.read",
    "live": "source.read",
    "import": "source.read",
    "import-refused": "source.read",
    "import-again": "source.write",
    "import-undo": "source.write",
    "source-add": "source.write",
    "source": "source.read",
    "source-test": "source.write",
    "source-test-back": "source.write",
    "create-key": "source.write",
    "rotate-key": "source.write",
    "rotate-secret": "source.write",
    "revoke-secret": "source.write",
    "source-mapping": "source.write",
    "revoke-key": "source.write",
    # A file may tell of any account: who brings one writes them all.
    "upload-file": "source.write",
    "upload": "source.write",
    "upload-save": "source.write",
    "upload-mapping": "source.write",
    "upload-discard": "source.write",
    "event-names": "source.read",
    "event-name": "source.read",
    "event-name-save": "source.write",
    "features-save": "source.write",
    "first-value-save": "source.write",
    "settings": "settings.read",
    "settings-calendar": "settings.read",
    "settings-calendar-save": "settings.write",
    "settings-members": "settings.read",
    "settings-member": "settings.write",
    "settings-member-save": "settings.write",
    "settings-member-end": "settings.write",
    "settings-member-revive": "settings.write",
    "settings-invite": "settings.write",
    "settings-invite-again": "settings.write",
    "settings-invite-revoke": "settings.write",
    "settings-second-factor": "settings.write",
    "settings-customers": "settings.read",
    "settings-customers-save": "settings.write",
    "settings-money": "settings.read",
    "settings-money-save": "settings.write",
    "settings-retention": "settings.read",
    "settings-retention-save": "settings.write",
    **{
        f"settings-{name}{end}": takes
        for name, write in (("rate", "money.write"), ("cost", "money.write"), ("target", "target.write"))
        for end, takes in (
            *(("s", "settings.read"), ("s-file", "settings.read")),
            *(("-add", write), ("s-upload", write), ("-take-back", write)),
        )
    },
    "settings-teams": "settings.read",
    "settings-team-add": "settings.write",
    "settings-team": "settings.write",
    "settings-team-delete": "settings.write",
    "settings-stages": "settings.read",
    "settings-stage-add": "settings.write",
    "settings-stage": "settings.write",
    "settings-stage-delete": "settings.write",
    "settings-tags": "settings.read",
    "settings-tag-add": "settings.write",
    "settings-tag": "settings.write",
    "settings-tag-delete": "settings.write",
    "settings-mail": "settings.read",
    "settings-mail-renew": "settings.write",
    "settings-mail-retire": "settings.write",
    "settings-segments": "settings.read",
    "settings-segment": "settings.write",
    "settings-links": "settings.write",
    "settings-audit": "settings.audit",
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_signup": PUBLIC,
    "account_inactive": PUBLIC,
    "account_change_password": OWN,
    "account_reauthenticate": OWN,
    "mfa_index": OWN,
    "mfa_activate_totp": OWN,
    "mfa_deactivate_totp": OWN,
    "mfa_view_recovery_codes": OWN,
    "mfa_generate_recovery_codes": OWN,
    "mfa_reauthenticate": OWN,
    # Between the password and the code one is not signed in yet.
    "mfa_authenticate": OWN,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "mail-hook": SIGNED,
    "hook": SIGNED,
    "api-not-found": PUBLIC,
    "api-openapi": PUBLIC,
    "api-docs": PUBLIC,
    "api-events": KEY,
    "api-accounts": KEY,
    "api-accounts-item": KEY,
    **{f"api-{resource}{item}": KEY for resource in (*RESOURCES, "targets") for item in ("", "-item")},
    "api-kpis": KEY,
    "api-scorecards": KEY,
    "api-backtests": KEY,
    "api-scores": KEY,
    "api-scores-explain": KEY,
    "totango-pixel": CLIENT,
    "custify-event": CLIENT,
    "custify-people": CLIENT,
    "custify-company": CLIENT,
    "pendo-track": CLIENT,
    "vitally-account": CLIENT,
    "vitally-user": CLIENT,
    "vitally-track": CLIENT,
    **dict.fromkeys(LIBRARIES, CLIENT),
}

EVENTS, READ, WRITE = ApiKey.Scope.EVENTS, ApiKey.Scope.READ, ApiKey.Scope.WRITE

# Each address for keys, method by method → the scope that the key must have. Without a key, or with a revoked one: 401;
# without the scope: 403; for what another workspace has: 404.
SCOPES: dict[str, dict[str, str]] = {
    "api-events": {"POST": EVENTS},
    "api-accounts": {"GET": READ, "POST": WRITE},
    "api-accounts-item": {"GET": READ, "PUT": WRITE, "PATCH": WRITE},
    **{f"api-{resource}": {"GET": READ, "POST": WRITE} for resource in (*RESOURCES, "targets")},
    **{
        f"api-{resource}-item": {"GET": READ, "PUT": WRITE, "PATCH": WRITE, "DELETE": WRITE}
        for resource in (*RESOURCES, "targets")
    },
    "api-kpis": {"GET": READ},
    "api-scorecards": {"GET": READ},
    "api-backtests": {"GET": READ, "POST": WRITE},
    "api-scores": {"GET": READ},
    "api-scores-explain": {"GET": READ},
}


def may(role: str, permission: str) -> bool:
    """Whether a role has a permission; an unknown permission is a mistake in the code (KeyError)."""
    return role in PERMISSIONS[permission]
