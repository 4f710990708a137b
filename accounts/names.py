"""Whose each name is: as it is stored, and as the batch at hand says so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from accounts.functions import Function
from accounts.ingest.accounts import account_ids
from accounts.ingest.text import array
from accounts.models import Link, Workspace

USER = "user:"
WHOSE = Function(
    "whose_names",
    ("bigint", "text[]"),
    """
SELECT l.name::text, coalesce(l.joined_to, '')::text,
  coalesce((SELECT external_id FROM accounts_account WHERE id BETWEEN l.account_id AND l.account_id ORDER BY id),
  '')::text, l.account_id, l.since_at
FROM accounts_link l WHERE l.workspace_id = $1 AND l.name = ANY($2)""",
    returns="name text, joined_to text, account text, id bigint, since_at timestamptz",
)
# Of which names a name of the batch became another's, without being in the batch.
REJOIN = """
UPDATE accounts_link l SET joined_to = r.root FROM unnest(%s::text[], %s::text[]) r(name, root)
WHERE l.workspace_id = %s AND l.joined_to = r.name"""
# A person who was nobody is somebody then.
RENAME = """
UPDATE accounts_waiting w SET name = r.root,
  item = CASE WHEN w.item->>'contact' = substr(w.name, strpos(w.name, ':') + 1) AND starts_with(r.root, 'user:')
    THEN jsonb_set(w.item, '{contact}', to_jsonb(substr(r.root, 6))) ELSE w.item END
FROM unnest(%s::text[], %s::text[]) r(name, root) WHERE w.workspace_id = %s AND w.name = r.name"""


@dataclass
class Names:
    """As known now: `joined`, name → the one it is joined to; `accounts`, name → external id; `ids`, that → id."""

    workspace: Workspace
    joined: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)
    # What is new, to be stored: names that belong elsewhere now, those of them that belonged nowhere, those that
    # became another's.
    linked: set[str] = field(default_factory=set)
    found: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)

    @classmethod
    def known(cls, workspace: Workspace, names: Iterable[str]) -> Names:
        """What is stored of these names."""
        found = cls(workspace)
        wanted = set(names)
        while wanted:  # again for the names that these are joined to, of which none is joined to another
            for name, joined_to, account, pk, since in WHOSE.run(workspace.pk, array(list(wanted))):
                if joined_to:
                    found.joined[name] = joined_to
                else:
                    found.accounts[name], found.since[name] = account, since
                    if account:
                        found.ids[account] = pk
            wanted = set(found.joined.values()) - found.roots - found.accounts.keys() - found.joined.keys()
            found.roots = set(found.joined.values())
        return found

    def root(self, name: str) -> str:
        """The name that it is joined to, or itself."""
        return self.joined.get(name, name)

    def account(self, name: str) -> str:
        """The external id of its account, or nothing."""
        return self.accounts.get(self.joined.get(name, name), "")

    @property
    def changed(self) -> bool:
        return bool(self.linked or self.renamed)

    def belong(self, name: str, account: str, at: datetime) -> bool:
        """A name belongs to an account from here on, unless a later word was heard. Whether that is new."""
        root = self.root(name)
        before = self.accounts.get(root)
        if before == account or (before and self.since[root] > at):
            return False
        self.accounts[root], self.since[root] = account, at
        self.linked.add(root)
        if before is None:
            self.found.add(root)
        return True

    def join(self, name: str, to: str) -> bool:
        """A name is another's from here on, with all that were joined to it. Whether that is new."""
        root = self.root(to)
        if root in (name, self.joined.get(name)):
            return False
        account = self.accounts.pop(name, None) if name not in self.joined else None
        if name in self.roots:
            for names in (self.joined, self.renamed):
                names |= {each: root for each, at in names.items() if at == name}
        self.joined[name] = self.renamed[name] = root
        self.roots.add(root)
        self.linked.discard(name)
        if account is not None and root not in self.accounts:
            self.belong(root, account, self.since[name])
        elif root in self.accounts:
            self.found.add(root)
        return True

    def claims(self) -> dict[str, str]:
        """Name → account, of the names for which what waited can be recorded now."""
        return {name: self.accounts[name] for name in self.found if name in self.accounts and name not in self.joined}

    def people(self) -> dict[str, str]:
        """User → account, of the users who belong elsewhere now."""
        users = {name: name.removeprefix(USER) for name in self.linked if name.startswith(USER)}
        return {user: self.accounts[name] for name, user in users.items()}

    def save(self, moment: datetime) -> None:
        """Store what is new; what waited for a name that became another's waits for that."""
        ids = account_ids(self.workspace, {self.accounts[name] for name in self.linked})
        rows = [
            Link(name=name, account_id=ids[self.accounts[name]], since_at=self.since[name])
            for name in sorted(self.linked)
        ]
        rows += [Link(name=name, joined_to=root, since_at=moment) for name, root in sorted(self.renamed.items())]
        for row in rows:
            row.workspace_id = self.workspace.pk
        Link.unscoped.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["workspace", "name"],
            update_fields=["account", "joined_to", "since_at"],
        )
        if self.renamed:
            old = [list(self.renamed), list(self.renamed.values()), self.workspace.pk]
            with connection.cursor() as cursor:
                cursor.execute(REJOIN, old)
                cursor.execute(RENAME, old)
