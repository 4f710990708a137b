"""Rules by which events are read: what a name stands for, what is use, who is one of ours.

A rule is no fact: a change of it holds for the past as well. It marks the days that it concerns dirty, in one
statement, and these are refilled like any others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Contact, EventName, Workspace
from accounts.models.event import CATALOGUE

# Days already dirty are locked and stay as they are: a refill under way is waited for, and waits for us.
MARK = """
WITH concerned AS (
  SELECT DISTINCT account_id, (occurred_at AT TIME ZONE %(zone)s)::date AS day
  FROM accounts_event WHERE workspace_id = %(workspace)s AND {which}
), marked AS (
  INSERT INTO accounts_dirtyday (workspace_id, account_id, day, marked_at)
  SELECT %(workspace)s, account_id, day, %(moment)s FROM concerned ORDER BY account_id, day
  ON CONFLICT (workspace_id, account_id, day) DO UPDATE SET marked_at = excluded.marked_at WHERE false
)
SELECT count(*) FROM concerned"""
# The events that a change concerns.
NAMED, BY = "name = ANY(%(of)s)", "person = ANY(%(of)s)"
FROM = "split_part(person, '@', 2) = ANY(%(of)s)"


class RuleError(ValueError):
    """A rule that cannot be; the message names field and value."""


def change_name(workspace: Workspace, name: str, alias_of: str, is_use: bool, moment: datetime) -> int:
    """Let a name that was seen stand for one of the catalogue ("": for itself), or say whether it is use.

    What stands for another name is use where that one is; its own flag stays as it was. Returns how many days were
    marked dirty. Raises RuleError, and EventName.DoesNotExist for a name never seen.
    """
    with transaction.atomic():
        one_at_a_time(workspace)
        row = EventName.objects.of(workspace).get(name=name)
        if alias_of:
            _check_alias(name, alias_of)
            is_use = row.is_use
        if (row.alias_of, row.is_use) == (alias_of, is_use):
            return 0
        row.alias_of, row.is_use = alias_of, is_use
        row.save(update_fields=["alias_of", "is_use"])
        aliases = EventName.objects.of(workspace).filter(alias_of=name).values_list("name", flat=True)
        return _mark(workspace, NAMED, [name, *aliases], moment)


def _check_alias(name: str, alias_of: str) -> None:
    """Only own names stand for others, and only for those of the catalogue: there are no chains and no circles."""
    if alias_of not in CATALOGUE:
        raise RuleError(_("alias_of: “%(name)s” is no name of the catalogue.") % {"name": alias_of[:60]})
    if name in CATALOGUE:
        raise RuleError(_("alias_of: “%(name)s” is of the catalogue and stands for itself.") % {"name": name})


def change_own_domains(workspace: Workspace, domains: list[str], moment: datetime) -> int:
    """Say whose use is our own. Returns how many days were marked dirty: those of the domains that came or went."""
    with transaction.atomic():
        one_at_a_time(workspace)
        before = set(Workspace.objects.values_list("own_domains", flat=True).get(pk=workspace.pk))
        changed = before ^ set(domains)
        if not changed:
            return 0
        workspace.own_domains = sorted(domains)
        workspace.save(update_fields=["own_domains"])
        return _mark(workspace, FROM, list(changed), moment)


def internal_people(workspace: Workspace) -> list[str]:
    """The names, by id and by e-mail, of contacts who are our own people."""
    rows = Contact.objects.of(workspace).current().filter(is_internal=True).values_list("external_id", "email")
    return sorted({name for row in rows for name in row if name})


@contextmanager
def contacts_change(workspace: Workspace, moment: datetime) -> Iterator[None]:
    """Around what changes contacts, in its transaction: the days of who became one of ours, or no longer is."""
    one_at_a_time(workspace)
    before = set(internal_people(workspace))
    yield
    changed = before ^ set(internal_people(workspace))
    if changed:
        _mark(workspace, BY, list(changed), moment)


def _mark(workspace: Workspace, which: str, of: list[str], moment: datetime) -> int:
    """Mark the days of these events dirty. Returns how many days they are."""
    params = {"workspace": workspace.pk, "zone": workspace.time_zone, "of": of, "moment": moment}
    with connection.cursor() as cursor:
        cursor.execute(MARK.format(which=which), params)
        return int(cursor.fetchone()[0])


def one_at_a_time(workspace: Workspace) -> None:
    """Until the end of the transaction: a rule that another one leans on must not change beside it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext('reading rules'))", [workspace.pk % 2**31])
