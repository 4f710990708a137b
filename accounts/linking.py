"""What messages of clients and providers say, and whose it is: facts, and names that belong to accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from msgspec import Struct

from accounts.batch import ACCEPTED, KNOWN, Result, Status, refusal
from accounts.bounds import text_fault
from accounts.ingest.accounts import account_ids, create_accounts, no_account
from accounts.kinds import KINDS
from accounts.models import Source
from accounts.models.link import LONGEST
from accounts.names import Names
from accounts.saying import Speaker, id_of
from accounts.waiting import pull, wait

# Of an account's external id.
LONGEST_ID = 200
WORST_FIRST = [Status.REJECTED, Status.CONFLICT, Status.UPDATED, Status.ACCEPTED, Status.KNOWN]


class Said(Struct, frozen=True, gc=False):
    """One fact of a message: its kind and its item; `name` tells whose it is where item.account is empty.

    An item that is an object (a dict) goes over what is believed of its id: a field that is absent keeps its value.
    Of one id, what is said last in a batch counts.
    """

    kind: str
    item: Any
    name: str = ""


class Belongs(Struct, frozen=True, gc=False):
    """From here on a name belongs to an account (external id). Said `at` a moment, it is no word against a later one:
    a message that is sent again, or comes late, moves nobody back."""

    name: str
    account: str
    at: datetime | None = None


class Joined(Struct, frozen=True, gc=False):
    """A name turned out to be another's: it belongs where that one belongs, and what waited for it waits for that."""

    name: str
    to: str


Message = Sequence[Said | Belongs | Joined]
Parts = list[tuple[int, Any]]


def take(
    source: Source, messages: Sequence[Message | Result], moment: datetime, *, creates_accounts: bool
) -> list[Result]:
    """Record what messages say, in order and in one transaction; a result for each: the worst of its parts.

    Accounts first, then what names belong to; a fact without an account waits for its name. All that has an account
    goes through ingest, kind by kind. What is a Result already is refused as it says.
    """
    with transaction.atomic():
        taking = _Taking(Speaker(source, moment, creates_accounts), messages)
        taking.tell_accounts()
        taking.tell_names()
        taking.tell_facts()
    return [result or ACCEPTED for result in taking.results]


class _Taking:
    """One batch on its way. `parts`: what is left to be done of it; `owners`: the account of each fact, or ""."""

    def __init__(self, speaker: Speaker, messages: Sequence[Message | Result]) -> None:
        self.speaker, self.workspace = speaker, speaker.source.workspace
        self.results: list[Result | None] = [each if each.__class__ is Result else None for each in messages]
        self.parts = [(n, part) for n, each in enumerate(messages) if each.__class__ is not Result for part in each]
        self.owners: list[str] = []
        # What is spoken of: kinds of facts, accounts that names belong to, names.
        self.kinds, self.accounts, self.names = set[str](), set[str](), set[str]()
        for _n, part in self.parts:
            self.names.add(part.name)
            if part.__class__ is Said:
                self.kinds.add(part.kind)
            elif part.__class__ is Belongs:
                self.accounts.add(part.account)
            else:
                self.names.add(part.to)
        self.names.discard("")
        self._refuse(self._faults())
        self.whose = Names(self.workspace)

    def _faults(self) -> dict[str, str]:
        """Names and accounts that cannot be stored, and why; all of them taken together are looked at first."""
        texts = self.names | self.accounts
        whole = "".join(texts)
        if whole.isascii() and "\0" not in whole and max(map(len, texts), default=0) <= LONGEST_ID:
            return {}
        found = {text: _fault(text, LONGEST_ID if text in self.accounts else LONGEST) for text in texts}
        return {text: reason for text, reason in found.items() if reason}

    def _refuse(self, faults: dict[str, str]) -> None:
        if faults:
            for n, part in self.parts:
                for text in (part.name, getattr(part, "to", ""), getattr(part, "account", "")):
                    if text in faults:
                        self.tell(n, refusal("name", text, faults[text]))
            self.parts = [(n, part) for n, part in self.parts if self.results[n] is None]
            self.names -= faults.keys()
            self.accounts = {part.account for _n, part in self.parts if part.__class__ is Belongs}

    def tell(self, n: int, result: Result) -> None:
        """What became of a part of a message."""
        before = self.results[n]
        if before is None or before is KNOWN or WORST_FIRST.index(result.status) < WORST_FIRST.index(before.status):
            self.results[n] = result

    # -- accounts

    def tell_accounts(self) -> None:
        """Make or change the accounts that are told; those that names belong to are made as well, or refused."""
        if "accounts" in self.kinds:
            told = [(n, part.item) for n, part in self.parts if part.__class__ is Said and part.kind == "accounts"]
            self.parts = [(n, p) for n, p in self.parts if p.__class__ is not Said or p.kind != "accounts"]
            self._record_accounts(told)
        # Not before: who tells accounts may have waited for somebody else who does.
        self.whose = Names.known(self.workspace, self.names)
        unknown = self._unknown(self.accounts.difference(self.whose.accounts.values()))
        if self.speaker.creates_accounts:
            create_accounts(self.workspace, sorted(unknown))
        elif unknown:
            named = [(n, part.account) for n, part in self.parts if part.__class__ is Belongs]
            self._refuse_unknown(named, unknown)
            self.parts = [(n, p) for n, p in self.parts if p.__class__ is not Belongs or p.account not in unknown]

    def _record_accounts(self, told: Parts) -> None:
        if not self.speaker.creates_accounts:
            unknown = self._unknown({id_of(item) for _n, item in told})
            self._refuse_unknown([(n, id_of(item)) for n, item in told], unknown)
            told = [(n, item) for n, item in told if id_of(item) not in unknown]
        if told:
            for (n, _item), result in zip(told, self.speaker.record("accounts", [i for _n, i in told]), strict=True):
                self.tell(n, result)

    def _unknown(self, ids: set[str]) -> set[str]:
        """Those that are no account; what cannot be an id is left to ingest."""
        ids = {each for each in ids if not text_fault(each)}
        return ids - account_ids(self.workspace, ids).keys() if ids else ids

    def _refuse_unknown(self, named: list[tuple[int, str]], unknown: set[str]) -> None:
        for n, name in named:
            if name in unknown:
                self.tell(n, no_account(name))

    # -- names

    def tell_names(self) -> None:
        """Find whose each fact is; keep what is new about names, and record what waited for them."""
        self._walk(self.whose)
        if not (self.whose.changed or "" in self.owners):
            return
        # Who finds no account keeps a fact, who links a name looks for facts: one after the other.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext('names'))", [self.workspace.pk % 2**31])
        self._walk(Names.known(self.workspace, self.names))
        self.whose.save(self.speaker.moment)
        if claims := self.whose.claims():
            pull(self.speaker, claims)

    def _walk(self, whose: Names) -> None:
        """In order: what is said of a name holds from there on, and for what waits for it."""
        owners = list[str]()
        self.whose, self.owners = whose, owners
        joined, accounts, waiting = whose.joined, whose.accounts, defaultdict[str, list[int]](list)
        for n, part in self.parts:
            name = part.name
            if part.__class__ is Said and (not name or _account_of(part.item)):
                owners.append(OWN)
                continue
            owner = accounts.get(joined.get(name, name), "")
            if part.__class__ is Said:
                if not owner:
                    waiting[whose.root(name)].append(len(owners))
                owners.append(owner)
            elif part.__class__ is Belongs and owner == part.account:
                self.tell(n, KNOWN)
            else:
                self.tell(n, ACCEPTED if self._learn(part) else KNOWN)
                root = whose.root(name)
                if root != name and name in waiting:
                    waiting[root] += waiting.pop(name)
                if root in waiting and (owner := whose.account(root)):
                    for place in waiting.pop(root):
                        owners[place] = owner

    def _learn(self, part: Any) -> bool:
        """Keep what is said of a name. Whether that is new."""
        if part.__class__ is Joined:
            return self.whose.join(part.name, part.to)
        moment = self.speaker.moment
        return self.whose.belong(part.name, part.account, min(part.at or moment, moment))

    # -- facts

    def tell_facts(self) -> None:
        """Record the facts that have an account, kind by kind, always in the same order; let the others wait."""
        facts = [each for each in self.parts if each[1].__class__ is Said]
        kinds: dict[str, Parts] = defaultdict(list)
        lonely: Parts = []
        joined = self.whose.joined
        for (n, part), owner in zip(facts, self.owners, strict=True):
            item = _as(part, self.whose) if part.name in joined else part.item
            if not owner:
                lonely.append((n, (self.whose.root(part.name), part.kind, item)))
                continue
            if owner is not OWN:
                item = _of(item, owner)
            kinds[part.kind].append((n, item))
        if people := self.whose.people():
            self.speaker.move_contacts(people)
        for kind in KINDS:
            if kind in kinds:
                results = self.speaker.record(kind, [item for _n, item in kinds[kind]], self.whose.ids)
                self._tell_all(kinds[kind], results)
        if lonely:
            results = wait(self.speaker, [fact for _n, fact in lonely])
            self._tell_all(lonely, results)

    def _tell_all(self, numbered: Parts, results: list[Result]) -> None:
        told = self.results
        for (n, _rest), result in zip(numbered, results, strict=True):
            if told[n] is None:
                told[n] = result
            else:
                self.tell(n, result)


# Stands for the account of what says it itself, or needs none.
OWN = "own"


def _account_of(item: Any) -> str:
    """The account that a fact says itself; OWN where it needs none."""
    return item.get("account", "") if item.__class__ is dict else getattr(item, "account", OWN)


def _of(item: Any, account: str) -> Any:
    if item.__class__ is dict:
        return item | {"account": account}
    item.account = account
    return item


def _as(part: Said, whose: Names) -> Any:
    """A person who was nobody is the user that the name is joined to."""
    kind, _colon, user = whose.root(part.name).partition(":")
    item, nobody = part.item, part.name.partition(":")[2]
    if kind == "user" and item.__class__ is dict and item.get("contact") == nobody:
        return item | {"contact": user}
    if kind == "user" and getattr(item, "contact", None) == nobody:
        item.contact = user
    return item


def _fault(text: str, longest: int) -> str:
    return text_fault(text) or (_("must have at most %s characters") % longest if len(text) > longest else "")
