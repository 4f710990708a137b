"""Facts as messages say them: whole, or as an object that goes over what is believed; recorded kind by kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts import bounds, decode, ingest
from accounts.batch import ACCEPTED, Batch, Result, Status, refusal
from accounts.bounds import text_fault
from accounts.ingest.facts import lock_facts
from accounts.kinds import KINDS, Kind
from accounts.models import Account, Contact, EventKey, Source
from accounts.places import lock_accounts
from accounts.words import OURS, present

Object = dict[str, Any]


@dataclass(frozen=True)
class Speaker:
    """Who says it, and when we heard it; whether accounts unknown so far come to be."""

    source: Source
    moment: datetime
    creates_accounts: bool

    def record(self, name: str, items: Sequence[Any], ids: Mapping[str, int] | None = None) -> list[Result]:
        """Record items of a kind, each with its account; of one id, the last one counts. A result for each. `ids`: of
        accounts of events that were asked for already."""
        if name == "events":
            return self._record_events(self.wholes(name, items), ids)
        decoded = self.wholes(name, items)
        last = {_identity(name, item, n): n for n, item in enumerate(decoded)}
        places = sorted(last.values())
        kept = [decoded[n] for n in places if not isinstance(decoded[n], Result)]
        results = decode.merge((decoded[n] for n in places), ingest.record(self._batch(name, kept)))
        answers = dict(zip(places, results, strict=True))
        return [answers[last[_identity(name, item, n)]] for n, item in enumerate(decoded)]

    def _record_events(self, decoded: list[decode.Decoded], ids: Mapping[str, int] | None) -> list[Result]:
        items = [each for each in decoded if each.__class__ is not Result]
        results = ingest.record(self._batch("events", items, ids))
        if results.count(ACCEPTED) == len(decoded):
            return results
        odd = [n for n, result in enumerate(results) if result.status is Status.CONFLICT]
        if odd:
            again = self._where_they_were([items[n] for n in odd])
            for n, result in zip(odd, again, strict=True):
                results[n] = result
        return decode.merge(decoded, results)

    def _where_they_were(self, items: list[Any]) -> list[Result]:
        """A repeat of an event whose name has since moved to another account is that event: it stays where it is."""
        keys = EventKey.objects.of(self.source.workspace_id).filter(source=self.source)
        keys = keys.filter(message_id__in=[item.message_id for item in items])
        was = dict(keys.values_list("message_id", "account__external_id"))
        for item in items:
            item.account = was.get(item.message_id, item.account)
        return ingest.record(self._batch("events", items))

    def _batch(self, name: str, items: list[Any], ids: Mapping[str, int] | None = None) -> Batch:
        workspace, source = self.source.workspace, self.source
        return Batch(workspace, source, name, items, self.moment, creates_accounts=self.creates_accounts, ids=ids or {})

    def move_contacts(self, accounts: dict[str, str]) -> None:
        """Contacts who are these users (id → account) go along to another account."""
        rows = Contact.objects.of(self.source.workspace_id).current().filter(external_id__in=accounts)
        away = [user for user, now in rows.values_list("external_id", "account__external_id") if accounts[user] != now]
        if away:
            self.record("contacts", [{"id": user, "account": accounts[user]} for user in away])

    def wholes(self, name: str, items: Sequence[Any]) -> list[decode.Decoded]:
        """Items, the objects among them put over what is believed, and over each other; a bad one is its Result."""
        objects = [item for item in items if item.__class__ is dict]
        if not objects:
            return list(items)
        kind = KINDS[name]
        known = self._believed(name, kind, [id_of(item) for item in objects])
        return [_over(item, name, kind, known) if isinstance(item, dict) else item for item in items]

    def _believed(self, name: str, kind: Kind, ids: list[str]) -> dict[str, Object]:
        """What objects go over. Nobody else changes it meanwhile, so none of two changes is lost."""
        workspace = self.source.workspace
        if name == "accounts":
            lock_accounts(workspace)
            rows = Account.objects.of(workspace).filter(external_id__in=[each for each in ids if not text_fault(each)])
            return {each: {"properties": said} for each, said in rows.values_list("external_id", "properties")}
        for model in kind.models:
            lock_facts(workspace, model)
        return present(workspace, kind, ids)

    def faults(self, name: str, decoded: Sequence[decode.Decoded]) -> list[Result | None]:
        """What would be refused for what is in it, before it is known whose it is."""
        found: list[Result | None] = [each if isinstance(each, Result) else None for each in decoded]
        sound = [n for n, each in enumerate(decoded) if not isinstance(each, Result)]
        wrong = bounds.faults([decoded[n] for n in sound], self.moment)
        for place, n in enumerate(sound):
            fault = KINDS[name].fault(decoded[n])
            found[n] = wrong.get(place) or (refusal(*fault) if fault else None)
        return found


def id_of(item: Any) -> str:
    """The id of an account or a fact that is told, whole or as an object."""
    found = item.get("id", "") if isinstance(item, dict) else item.id
    return found if isinstance(found, str) else ""


def _identity(name: str, item: decode.Decoded, place: int) -> Any:
    if isinstance(item, Result) or name in ("accounts", "events"):
        return place
    return KINDS[name].id_of(item) or place


def _over(item: Object, name: str, kind: Kind, known: dict[str, Object]) -> decode.Decoded:
    """An object over what is believed of its id, which it changes for those that follow."""
    before = known.get(id_of(item), {})
    said = {key: value for key, value in (before | item).items() if key not in OURS}
    if name == "accounts" and isinstance(item.get("properties"), dict):
        said["properties"] = before.get("properties", {}) | item["properties"]
    if id_of(item):
        known[id_of(item)] = {"properties": said.get("properties", {})} if name == "accounts" else said
    return decode.one(said, kind.struct)
