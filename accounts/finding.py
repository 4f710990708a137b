"""Finds accounts and people by what somebody typed, also where it was typed wrongly (decision 31).

First comes what has words that begin so. Only where that is next to nothing, what is alike: words that share three
letters in a row often enough, from `pg_trgm.word_similarity_threshold` in the settings on. An index knows both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, Q, When
from django.db.models.functions import Upper

from accounts.models import Account, Contact, Workspace

# One letter is alike with too much. More words than these narrow nothing down.
LETTERS, WORDS = 2, 6
# With fewer than these, it may have been typed wrongly.
FEW = 3
ACCOUNT = ("pk", "name", "segment", "external_id", "owner__user__name", "owner__user__email")
PERSON = ("pk", "name", "email", "part", "left_on", "account_id", "account__name")


@dataclass(frozen=True)
class Finding:
    """What was found, the best first; `is_alike` where nothing begins so."""

    accounts: list[dict[str, Any]]
    people: list[dict[str, Any]]
    is_alike: bool


def find(workspace: Workspace, typed: str, limits: tuple[int, int]) -> Finding:
    """Accounts by name, id or mail domain, the customers' people by name or e-mail. Four queries at most."""
    if len(typed) < LETTERS:
        return Finding([], [], False)
    accounts, people = kinds = (
        _Kind(Account.objects.of(workspace), "name", ("external_id", "domain"), ACCOUNT, limits[0]),
        _Kind(_people(workspace), "email" if "@" in typed else "name", ("email",), PERSON, limits[1]),
    )
    found = [kind.beginning(typed) for kind in kinds]
    begin = sum(map(len, found))
    if begin < FEW:
        found = [rows + kind.alike(typed, rows) for kind, rows in zip(kinds, found, strict=True)]
    return Finding(*found, is_alike=not begin)


def _people(workspace: Workspace) -> Any:
    return Contact.objects.of(workspace).current().filter(is_internal=False)


@dataclass(frozen=True)
class _Kind:
    """Rows of one kind: the column of their name, those of their ids, what is told of them, how many."""

    rows: Any
    column: str
    ids: tuple[str, ...]
    fields: tuple[str, ...]
    limit: int

    def beginning(self, typed: str) -> list[dict[str, Any]]:
        """The name begins so, then an id does, then other words of the name do."""
        ids = Q(*((f"{column}__istartswith", typed) for column in self.ids), _connector=Q.OR)
        words = (_begins(self.column, word) for word in typed.split()[:WORDS])
        place = Case(When(**{f"{self.column}__istartswith": typed}, then=0), When(ids, then=1), default=2)
        return self._told(self.rows.filter(Q(*words) | ids).order_by(place, Upper(self.column), "pk"))

    def alike(self, typed: str, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each word is alike with one of the name, the most alike first; without those that are known."""
        words = [word.upper() for word in re.findall(r"\w+", typed) if len(word) >= LETTERS][:WORDS]
        if not words:
            return []
        first, *others = (TrigramWordSimilarity(word, Upper(self.column)) for word in words)
        found = self.rows.exclude(pk__in=[row["pk"] for row in known]).alias(upper=Upper(self.column))
        found = found.filter(*(Q(upper__trigram_word_similar=word) for word in words))
        found = found.alias(likeness=sum(others, first)).order_by("-likeness", "upper", "pk")
        return self._told(found)[: self.limit - len(known)]

    def _told(self, rows: Any) -> list[dict[str, Any]]:
        return list(rows.values(*self.fields)[: self.limit])


def _begins(column: str, word: str) -> Q:
    """A word of the column begins with this one."""
    return Q(**{f"{column}__istartswith": word}) | Q(**{f"{column}__icontains": f" {word}"})
