"""The accounts that a batch names."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from psycopg2.errors import ForeignKeyViolation

from accounts.batch import Batch, Result, refusal, shown
from accounts.functions import Function
from accounts.ingest.text import array
from accounts.kinds import KINDS
from accounts.models import Account, Import, Workspace

IDS = Function(
    "account_ids",
    ("bigint", "text[]"),
    """
SELECT said, a.id FROM unnest($2) said,
  LATERAL (SELECT id FROM accounts_account WHERE workspace_id = $1 AND external_id BETWEEN said AND said
    ORDER BY external_id) a""",
    returns="external_id text, id bigint",
)


def resolve_accounts(batch: Batch, ids: dict[str, int] | None = None) -> dict[str, int]:
    """External id → id, for all accounts that the batch names; unknown ones are created or refused. `ids`: those that
    there are, where they were asked for already."""
    if KINDS[batch.kind].of_workspace:
        return {}
    named = {item.account for n, item in enumerate(batch.items) if batch.results[n] is None}
    if ids is None:
        ids = account_ids(batch.workspace, named)
    unknown = named - ids.keys()
    if unknown and batch.creates_accounts:
        create_accounts(batch.workspace, sorted(unknown), batch.imported)
        ids = account_ids(batch.workspace, named)
    elif unknown:
        for n, item in enumerate(batch.items):
            if batch.results[n] is None and item.account in unknown:
                batch.results[n] = no_account(item.account)
    return ids


def no_account(name: str) -> Result:
    """The refusal of an item of an account that is not there."""
    return refusal("account", name, _("no account has external id “%s”") % shown(name))


def misses_an_account(error: BaseException) -> bool:
    """Whether a write failed since an account that it names was removed meanwhile, by an undone import: the same again
    finds what is there now."""
    cause = error.__cause__
    return isinstance(cause, ForeignKeyViolation) and "account_id" in (cause.diag.constraint_name or "")


def account_ids(workspace: Workspace, external_ids: Iterable[str]) -> dict[str, int]:
    """The ids that there are."""
    return dict(IDS.run(workspace.pk, array(list(external_ids))))


def create_accounts(workspace: Workspace, external_ids: list[str], imported: Import | None = None) -> None:
    """Accounts that an event named first: called as their id until somebody names them."""
    fresh = [Account(workspace=workspace, external_id=name, name=name, imported=imported) for name in external_ids]
    Account.unscoped.bulk_create(fresh, ignore_conflicts=True)
