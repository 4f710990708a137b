"""Objects sent to a resource → facts: what is named goes over what is known, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import decode, ingest, retraction
from accounts.api import parser
from accounts.batch import ACCEPTED, UPDATED, Batch, Result, refusal
from accounts.ingest.facts import lock_facts
from accounts.kinds import KINDS, Kind
from accounts.models import ApiKey, Workspace
from accounts.words import OURS, present

Object = dict[str, Any]


@transaction.atomic
def tell(key: ApiKey, name: str, sent: Sequence[Any], moment: datetime) -> list[Result]:
    """Create or correct what is sent of a kind; a result for each, in order.

    A field that is absent keeps its value. Nobody else changes the kind meanwhile, so none of two changes is lost.
    """
    kind = KINDS[name]
    for model in kind.models:
        lock_facts(key.workspace, model)
    known = present(key.workspace, kind, [identity(kind, each) for each in sent])
    decoded = [_decoded(kind, each, known.get(identity(kind, each), {})) for each in sent]
    items = [each for each in decoded if not isinstance(each, Result)]
    batch = Batch(key.workspace, key.source, name, items, moment, creates_accounts=key.creates_accounts)
    results = decode.merge(decoded, ingest.record(batch))
    if kind.parts:
        cleared = _clear(key.workspace, kind, sent, results, known, moment)
        results = [UPDATED if n in cleared else result for n, result in enumerate(results)]
    return [
        UPDATED if result == ACCEPTED and identity(kind, each) in known else result
        for each, result in zip(sent, results, strict=True)
    ]


def identity(kind: Kind, sent: Any) -> str:
    """The id of an object that is sent, or nothing."""
    if not isinstance(sent, dict):
        return ""
    if kind.key and sent.get("id") is None:
        return "-".join(str(sent.get(name)) for name in kind.key)
    return sent["id"] if isinstance(sent.get("id"), str) else ""


def _decoded(kind: Kind, sent: Any, known: Object) -> decode.Decoded:
    if not isinstance(sent, dict):
        return refusal("", sent, _("must be an object"))
    for name, value in sent.items():
        if reason := parser.fault(name) or parser.fault(value):
            return refusal(name, value, reason)
    return decode.one({name: value for name, value in (known | sent).items() if name not in OURS}, kind.struct)


def _clear(
    workspace: Workspace,
    kind: Kind,
    sent: Sequence[Any],
    results: Sequence[Result],
    known: dict[str, Object],
    moment: datetime,
) -> set[int]:
    """Take back the moments that are sent as null. Returns the places of the objects that had them."""
    places: set[int] = set()
    for part in kind.parts:
        for field, word in part.fields.items():
            cleared = {
                n: each["id"]
                for n, (each, result) in enumerate(zip(sent, results, strict=True))
                if not result.reason and field in each and each[field] is None and known.get(each["id"], {}).get(field)
            }
            if cleared:
                which = {f"{part.whole}__in": list(cleared.values()), "kind": word}
                retraction.disbelieve(workspace, part.model, which, moment)
                places |= cleared.keys()
    return places
