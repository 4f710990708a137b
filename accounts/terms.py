"""The states of a subscription, in the order in which they were so → its terms, each closed where the next begins.

All that were told are read again each time, so it does not matter in which order they come. What a term is made of
(price, seats, product) is fixed; whether it renews by itself, and when it ends, is as its newest state says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec

from accounts.dialects.told import Term
from accounts.facts import SubscriptionItem
from accounts.kinds import KINDS
from accounts.linking import Said
from accounts.models import Heard, Source, Subscription, Waiting, Workspace

KIND = "subscriptions"


def chained(source: Source, states: Sequence[Term]) -> list[list[Said]]:
    """What each state changes of the terms. Three queries."""
    told: dict[str, list[Term]] = {each.subscription: [] for each in states}
    heard = Heard.objects.of(source.workspace_id).filter(source=source, about__in=told, state__isnull=False)
    for about, state in heard.values_list("about", "state"):
        told[about].append(msgspec.convert(state, Term))
    known = _known(source, told, [each.name for each in states])
    said: list[list[Said]] = []
    for state in states:
        told[state.subscription].append(state)
        terms = folded(source.workspace, told[state.subscription])
        changes = _changes(terms, known.get(state.subscription, {}))
        said.append([Said(KIND, item, state.name) for item in changes])
    return said


def _known(
    source: Source, subscriptions: Iterable[str], names: Iterable[str]
) -> dict[str, dict[str, SubscriptionItem]]:
    """Subscription → id → the term that is recorded, or waits for its account."""
    rows = Subscription.objects.of(source.workspace_id).current().select_related("account")
    rows = rows.filter(source=source, subscription__in=list(subscriptions))
    items = [KINDS[KIND].item(row, row.account) for row in rows]
    waiting = Waiting.objects.of(source.workspace_id).filter(source=source, kind=KIND, name__in=list(names))
    for said in waiting.values_list("item", flat=True):
        item = msgspec.convert(said | {"account": "?"}, SubscriptionItem)
        item.account = ""
        items.append(item)
    found: dict[str, dict[str, SubscriptionItem]] = {}
    for item in items:
        found.setdefault(item.subscription, {})[item.id] = item
    return found


def _changes(terms: Sequence[SubscriptionItem], known: dict[str, SubscriptionItem]) -> list[dict[str, Any]]:
    """The terms that are other than those recorded; one that is none any more has no length. A term stays with the
    account that it was recorded of."""
    kept = {each.id for each in terms}
    gone = [msgspec.structs.replace(each, ends_on=each.starts_on) for name, each in known.items() if name not in kept]
    changed = []
    for term in (*terms, *gone):
        before = known.get(term.id)
        term.account = before.account if before else ""
        if term != before:
            told = {name: getattr(term, name) for name in term.__struct_fields__ if name != "known_at"}
            changed.append({name: value for name, value in told.items() if name != "account" or value})
    return changed


def folded(workspace: Workspace, states: Iterable[Term]) -> list[SubscriptionItem]:
    """The terms of a subscription, from all that was told of it."""
    terms: list[SubscriptionItem] = []
    open_term = False
    for state in sorted(states, key=lambda each: each.told_at):
        last = terms[-1] if terms else None
        if state.ended:
            day = workspace.day_of(state.ended)
            if last is None:
                terms.append(_begun(workspace, state, workspace.day_of(state.period[0])))
            elif open_term:
                last.ends_on, last.auto_renew = max(day, last.starts_on), False
            open_term = False
        elif not open_term:
            start = workspace.day_of(state.period[0])
            terms.append(_begun(workspace, state, max(start, last.ends_on or start) if last else start))
            open_term = True
        else:
            _go_on(workspace, terms, state)
    return terms


def _go_on(workspace: Workspace, terms: list[SubscriptionItem], state: Term) -> None:
    """A state after another that was in force: of the same term, or of the next."""
    last = terms[-1]
    start = _next_start(workspace, last, state)
    if start is None or start <= last.starts_on:
        fresh = _begun(workspace, state, last.starts_on)
        terms[-1] = msgspec.structs.replace(fresh, id=last.id)
        return
    if last.ends_on is None or last.ends_on > start:
        last.ends_on = start
    terms.append(_begun(workspace, state, start))


def _next_start(workspace: Workspace, last: SubscriptionItem, state: Term) -> date | None:
    """When the next term begins, or nothing while the last goes on."""
    day, period = workspace.day_of(state.told_at), workspace.day_of(state.period[0])
    if last.ends_on is not None and last.ends_on <= day:
        return max(period, last.ends_on)
    if state.is_contract and period > last.starts_on:
        return period
    same = all(getattr(last, name) == value for name, value in msgspec.structs.asdict(state.price).items())
    return None if same else day


def _begun(workspace: Workspace, state: Term, start: date) -> SubscriptionItem:
    end = state.ended or state.ends
    return SubscriptionItem(
        account="",
        id=f"{state.subscription}/{int(state.told_at.timestamp())}",
        subscription=state.subscription,
        starts_on=start,
        ends_on=max(workspace.day_of(end), start) if end else None,
        auto_renew=state.renews,
        **msgspec.structs.asdict(state.price),
    )
