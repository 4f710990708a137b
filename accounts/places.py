"""Where an account is put: teams, stages, segments, tags. Listed with who uses them, reordered, renamed, joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.audit import note
from accounts.dirty import DAYS, mark_dirty
from accounts.models import Account, AccountHistory, AccountTag, Membership, Stage, Tag, Team, Workspace


def _count(rows: QuerySet[Any], column: str) -> Any:
    """How many of these rows name the row at hand in a column."""
    counts = rows.filter(**{column: OuterRef("pk")}).order_by().values(column).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts), 0)


def teams(workspace: Workspace) -> QuerySet[Any]:
    """By name, with `accounts` and living `members`."""
    members = Membership.objects.of(workspace).filter(ended_at=None)
    return (
        Team.objects.of(workspace)
        .annotate(  # type: ignore[no-any-return]
            accounts=_count(Account.objects.of(workspace), "team"), members=_count(members, "team")
        )
        .order_by("name")
    )


def stages(workspace: Workspace) -> QuerySet[Any]:
    """In their order, with `accounts`."""
    rows = Stage.objects.of(workspace).annotate(accounts=_count(Account.objects.of(workspace), "stage"))
    return rows.order_by("position", "pk")  # type: ignore[no-any-return]


def tags(workspace: Workspace) -> QuerySet[Any]:
    """By name, with `accounts`."""
    rows = Tag.objects.of(workspace).annotate(accounts=_count(AccountTag.objects.of(workspace), "tag"))
    return rows.order_by("name")  # type: ignore[no-any-return]


def segments(workspace: Workspace) -> list[tuple[str, int]]:
    """Each segment that an account has, with how many have it."""
    rows = Account.objects.of(workspace).exclude(segment="").order_by("segment")
    return list(rows.values("segment").annotate(n=Count("pk")).values_list("segment", "n"))


# From each segment straight to the next one: as many steps as there are segments, not as there are accounts.
SEGMENT_NAMES = """
WITH RECURSIVE found (segment) AS (
  SELECT min(segment) FROM accounts_account WHERE workspace_id = %(workspace)s AND segment > ''
  UNION ALL
  SELECT (SELECT min(a.segment) FROM accounts_account a
    WHERE a.workspace_id = %(workspace)s AND a.segment > found.segment)
  FROM found WHERE found.segment IS NOT NULL
)
SELECT segment FROM found WHERE segment IS NOT NULL"""


def segment_names(workspace: Workspace) -> list[str]:
    """The segments that accounts have, in order."""
    with connection.cursor() as cursor:
        cursor.execute(SEGMENT_NAMES, {"workspace": workspace.pk})
        return [name for (name,) in cursor.fetchall()]


def ever(workspace: Workspace, field: str) -> set[int]:
    """The teams or stages in which any account is or was: past scores refer to them, so they stay."""
    values = AccountHistory.objects.of(workspace).filter(field=field).exclude(value="").values_list("value", flat=True)
    present = Account.objects.of(workspace).exclude(**{field: None}).values_list(f"{field}_id", flat=True)
    return {int(value) for value in values.distinct()} | set(present.distinct())


@transaction.atomic
def move_stage(stage: Stage, place: int) -> bool:
    """Put a stage at a place, counted from 0; the others make room. Twice is once. Returns whether it moved."""
    rows = list(Stage.objects.of(stage.workspace_id).select_for_update().order_by("position", "pk"))
    order = [row for row in rows if row.pk != stage.pk]
    order.insert(min(max(place, 0), len(order)), next(row for row in rows if row.pk == stage.pk))
    moved = [(row, row.position, n) for n, row in enumerate(order) if row.position != n]
    for row, _before, after in moved:
        row.position = after
    Stage.objects.of(stage.workspace_id).bulk_update([row for row, _before, _after in moved], ["position"])
    note((row, "position", before, after) for row, before, after in moved)
    return bool(moved)


# A field of Account.HISTORY → its column, and how its text becomes what the column holds.
COLUMNS = {
    "owner": ("owner_id", "nullif(v.value, '')::bigint"),
    "stage": ("stage_id", "nullif(v.value, '')::bigint"),
    "segment": ("segment", "v.value"),
}
# The fields by which an account finds its scorecard.
SCORED = ("segment", "stage")
PUT = """
UPDATE accounts_account a SET {column} = {value}, updated_at = now()
FROM unnest(%s::bigint[], %s::text[]) AS v (id, value) WHERE a.workspace_id = %s AND a.id = v.id"""


def moved(workspace: Workspace, fields: Mapping[str, Mapping[int, str]], moment: datetime) -> None:
    """Remember where accounts are from a moment on: field → account → value. Where that may be another scorecard's,
    they are scored anew; marked once for all fields, for who marks twice does not mark in order."""
    for field, values in fields.items():
        AccountHistory.move(workspace.pk, field, values, moment)
    if anew := {pk for field in SCORED for pk in fields.get(field, ())}:
        mark_dirty(workspace, DAYS, [list(anew), [moment] * len(anew)], moment)


def put(workspace: Workspace, field: str, values: Mapping[int, str], moment: datetime) -> None:
    """Put accounts somewhere, each where `values` says, from a moment on, and remember it: five statements at most."""
    column, value = COLUMNS[field]
    moved(workspace, {field: values}, moment)
    with connection.cursor() as cursor:
        told = [list(values), list(values.values()), workspace.pk]
        cursor.execute(PUT.format(column=column, value=value), told)


def lock_accounts(workspace: Workspace) -> None:
    """Until the end of the transaction nobody else changes where many accounts are put."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext('accounts_account'))", [workspace.pk % 2**31])


@transaction.atomic
def rename_segment(workspace: Workspace, old: str, new: str, moment: datetime) -> int:
    """Put every account of a segment into another one, new or not, from this moment on. Returns how many."""
    lock_accounts(workspace)
    ids = list(Account.objects.of(workspace).filter(segment=old).values_list("pk", flat=True))
    if not ids or old == new:
        return 0
    put(workspace, "segment", dict.fromkeys(ids, new), moment)
    note([(workspace, "segment", f"{old} ({len(ids)})", new)])
    return len(ids)


@transaction.atomic
def tag_account(account: Account, wanted: Iterable[Tag]) -> bool:
    """Give an account these tags and no others. Returns whether anything changed."""
    mine = AccountTag.objects.of(account.workspace_id).filter(account=account)
    present = {row.tag_id: row for row in mine.select_related("tag")}
    chosen = {tag.pk: tag for tag in wanted}
    if present.keys() == chosen.keys():
        return False
    before = sorted(row.tag.name for row in present.values())
    mine.exclude(tag__in=chosen).delete()
    fresh = [AccountTag(workspace_id=account.workspace_id, account=account, tag=tag) for tag in chosen.values()]
    AccountTag.unscoped.bulk_create(fresh, ignore_conflicts=True)
    note([(account, "tags", before, sorted(tag.name for tag in chosen.values()))])
    return True
