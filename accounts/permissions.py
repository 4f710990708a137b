"""Who may do what, as data. The docs page, the views and the tests all read this table."""

from __future__ import annotations

from accounts.models.workspace import Role

VIEWER, CSM, MANAGER, ADMIN = Role.VIEWER, Role.CSM, Role.MANAGER, Role.ADMIN
EVERYBODY = frozenset({VIEWER, CSM, MANAGER, ADMIN})

# What is done → the roles that may. "write" of an account is further limited to the rows of
# AccountQuerySet.writable_by: a CSM's own book and unowned accounts, a manager's team, an admin's all.
PERMISSIONS: dict[str, frozenset[Role]] = {
    "portfolio.read": EVERYBODY,
    "account.read": EVERYBODY,
    "account.write": frozenset({CSM, MANAGER, ADMIN}),
    "run.read": EVERYBODY,
    "run.recompute": frozenset({ADMIN}),
    "source.read": frozenset({MANAGER, ADMIN}),
    "source.write": frozenset({ADMIN}),
}


def may(role: str, permission: str) -> bool:
    """Whether a role has a permission; an unknown permission is a mistake in the code (KeyError)."""
    return role in PERMISSIONS[permission]
