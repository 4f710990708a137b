"""What came for the address of a source → facts: each message once, nothing newer overwritten, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts import linking
from accounts.addresses import owners
from accounts.api.view import remember_refused
from accounts.batch import ACCEPTED, BAD, KNOWN, Result, refusal
from accounts.bounds import EARLIEST
from accounts.dialects import webhook
from accounts.dialects.told import Hint, Part, Term, Told
from accounts.importers.lookups import OURS
from accounts.importers.mapper import Mapper
from accounts.importers.mapping import Mapping as File
from accounts.importers.mapping import parse_mapping, used_columns
from accounts.kinds import KINDS
from accounts.linking import Belongs, Said
from accounts.models import Account, Heard, Hook, Source
from accounts.names import Names
from accounts.providers import PROVIDERS
from accounts.terms import chained

# What became of a message; nothing: it is of no use to us.
Outcome = Result | None


@transaction.atomic
def take(hook: Hook, documents: Sequence[Any], moment: datetime) -> list[Outcome]:
    """Record what the JSON documents of a request say; an outcome for each, in order."""
    # One request of a source at a time: each looks at what the others left.
    Hook.objects.of(hook.workspace_id).select_for_update().get(pk=hook.pk)
    read = PROVIDERS[hook.source.kind].read
    if hook.mapping or read is None:
        messages = mapped(hook, documents)
        told = None
    else:
        told = _Telling(hook.source, [read(each) for each in documents])
        messages = told.messages()
    outcomes = _record(hook, messages, moment)
    if told:
        told.remember(outcomes, moment)
    _count(hook, outcomes, messages, moment)
    return outcomes


def _record(hook: Hook, messages: list[Any], moment: datetime) -> list[Outcome]:
    """`messages`: what each says in our words, its Result, or nothing where it is left out."""
    used = [each for each in messages if each is not None]
    results = iter(linking.take(hook.source, used, moment, creates_accounts=hook.creates_accounts) if used else [])
    return [None if each is None else next(results) for each in messages]


def _count(hook: Hook, outcomes: Sequence[Outcome], messages: Sequence[Any], moment: datetime) -> None:
    """Keep what was refused or known, and how many were left out."""
    results = [ACCEPTED if each is None else each for each in outcomes]
    remember_refused(hook.source, str(hook.source.kind), results, moment, messages)
    left_out = sum(each is None for each in outcomes)
    if left_out:
        Hook.objects.of(hook.workspace_id).filter(pk=hook.pk).update(left_out=F("left_out") + left_out)


@lru_cache(maxsize=100)
def _mapping(text: str) -> File:
    return parse_mapping(text)


def mapped(hook: Hook, documents: Sequence[Any]) -> list[Any]:
    """Documents as rows of a file, by the hook's mapping. What it says is known from now on, if not said otherwise."""
    mapping = _mapping(hook.mapping)
    mapper = Mapper(mapping, used_columns(mapping), hook.source.workspace)
    rows = mapper.map(mapper.select(webhook.chunk(documents, used_columns(mapping))))
    messages: list[Any] = [None] * len(documents)
    for n, item in zip(rows.numbers, rows.decoded, strict=True):
        if not isinstance(item, Result):
            messages[n] = [Said(mapping.kind, item)]
        elif item.reason != OURS:  # what our own people did is of no use
            messages[n] = item
    return messages


class _Telling:
    """Messages of a provider, and what is known of it already."""

    def __init__(self, source: Source, told: Sequence[Told | Result]) -> None:
        self.source, self.told = source, told
        sound = [each for each in told if isinstance(each, Told)]
        heard = Heard.objects.of(source.workspace_id)
        self.known = heard.known(source, [each.message for each in sound if each.message])
        self.newest = heard.newest(source, [each.about for each in sound if each.about])

    def messages(self) -> list[Any]:
        """What each says in the words of `linking.take`; nothing for what is of no use."""
        parts = [self._parts(each) for each in self.told]
        belongs = _known_by(self.source, [p for each in parts if isinstance(each, list) for p in each])
        terms = [p for each in parts if isinstance(each, list) for p in each if isinstance(p, Term)]
        chains = iter(chained(self.source, terms) if terms else [])
        # What only tells whose a name might be, and finds nobody, may be told again later.
        return [
            (self._said(each, belongs, chains) or _empty(each)) if isinstance(each, list) else each for each in parts
        ]

    def _is_late(self, about: str, told_at: datetime | None) -> bool:
        newest = self.newest.get(about)
        return newest is not None and told_at is not None and told_at < newest

    def _parts(self, told: Told | Result) -> list[Part] | Result | None:
        if isinstance(told, Result):
            return told
        if not told.parts:
            return None
        if told.message in self.known:
            return KNOWN
        wrong = next((each for each in told.parts if isinstance(each, Result)), None)
        nameless = next((each for each in told.parts if getattr(each, "name", "").endswith(":")), None)
        if wrong or nameless:
            return wrong or refusal("id", "", _("is missing: it is not told whose this is"))
        parts = [_dated(each, told) for each in told.parts if not isinstance(each, Result)]
        if not self._is_late(told.about, told.told_at):
            return parts
        return [kept for each in parts if (kept := _beside(each))] or KNOWN

    def _said(self, parts: list[Part], belongs: Mapping[str, str], chains: Any) -> list[Any]:
        said: list[Any] = []
        for part in parts:
            if isinstance(part, Hint):
                said += [Belongs(part.name, belongs[part.name], EARLIEST)] if part.name in belongs else []
            elif isinstance(part, Term):
                said += next(chains)
            else:
                said.append(_in_days(part, self.source) if isinstance(part, Said) else part)
        return said

    def remember(self, outcomes: Sequence[Outcome], moment: datetime) -> None:
        """Each message that was taken, so that it is known when it comes again."""
        taken = {
            told.message: told
            for told, outcome in zip(self.told, outcomes, strict=True)
            if isinstance(told, Told) and told.message and outcome is not None and outcome.status not in BAD
        }
        rows = [
            Heard(
                workspace_id=self.source.workspace_id, source=self.source, message=told.message, about=told.about,
                told_at=told.told_at or moment, heard_at=moment, state=_state(told),
            )
            for told in taken.values() if told.message not in self.known
        ]  # fmt: skip
        Heard.unscoped.bulk_create(rows, ignore_conflicts=True)


def _dated(part: Part, told: Told) -> Part:
    """Whose a name is holds from the moment on at which the provider said so. What we guess, any word overrules."""
    return msgspec.structs.replace(part, at=told.told_at) if isinstance(part, Belongs) else part


def _empty(parts: Sequence[Part]) -> list[Part] | None:
    """What a message says that came to nothing new: nothing, or that it is of no use."""
    return None if all(isinstance(each, Hint) for each in parts) else []


def _state(told: Told) -> Any:
    """The state of a subscription, as it is kept."""
    return next((msgspec.to_builtins(each) for each in told.parts if isinstance(each, Term)), None)


def _beside(part: Part) -> Part | None:
    """What a message that comes late says besides the state of its thing: terms, and what happened to it then."""
    if isinstance(part, Term):
        return part
    if not isinstance(part, Said):
        return None
    kind = KINDS[part.kind]
    moments = {field: part.item[field] for each in kind.parts for field in each.fields if field in part.item}
    happened = part.kind == "touches"
    if not moments:
        return part if happened else None
    # With what makes it whole where it waits, and was not told before.
    needed = {field.name for field in msgspec.structs.fields(kind.struct) if field.required}
    return Said(part.kind, {name: value for name, value in part.item.items() if name in needed} | moments, part.name)


def _in_days(said: Said, source: Source) -> Said:
    """With the workspace's own days where a day is told as a moment."""
    item = {
        name: source.workspace.day_of(value) if isinstance(value, datetime) and name.endswith("_on") else value
        for name, value in said.item.items()
    }
    return msgspec.structs.replace(said, item=item)


def _known_by(source: Source, parts: Sequence[Part]) -> dict[str, str]:
    """Name → the account that its address or what it is called leads to, where nobody said whose it is."""
    hints = {part.name: part for part in parts if isinstance(part, Hint)}
    known = Names.known(source.workspace, hints)
    open_hints = [hint for name, hint in hints.items() if not known.account(name)]
    if not open_hints:
        return {}
    by_address = owners(source.workspace, [hint.email for hint in open_hints])
    called = _called(source, {hint.called.lower() for hint in open_hints if hint.called})
    found = {hint.name: by_address.get(hint.email.lower()) or called.get(hint.called.lower()) for hint in open_hints}
    ids = {pk for pk in found.values() if pk}
    accounts = Account.objects.of(source.workspace_id).filter(pk__in=ids).values_list("pk", "external_id")
    external = dict(accounts) if ids else {}
    return {name: external[pk] for name, pk in found.items() if pk in external}


def _called(source: Source, names: set[str]) -> dict[str, int]:
    """Name in small letters → the only account that is called so."""
    if not names:
        return {}
    rows = Account.objects.of(source.workspace_id).annotate(lower=Lower("name")).filter(lower__in=names)
    found: dict[str, list[int]] = {}
    for pk, lower in rows.values_list("pk", "lower"):
        found.setdefault(lower, []).append(pk)
    return {lower: pks[0] for lower, pks in found.items() if len(pks) == 1}
