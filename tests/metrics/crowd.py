"""A small workspace in which everything happens that a measure must cope with, by chance but always the same.

Facts are plain items with both clocks. `fill` tells them to a workspace, corrections after what they correct.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from accounts.models import EventName, Survey, Workspace
from accounts.retraction import retract
from metrics.nightly import rollups
from tests.cast import NOW, record, source_of, tell
from tests.metrics.cases import DAY, ZONE
from tests.metrics.world import ALIASES, OWN_DOMAINS, RATES, RELEASES, REVERSED, SIGNS, Crowd

FEATURES = ["export", "search", "invite", "chart", None, None]
NAMES = ["login", "page", "feature", "signin", "sync", "email_opened", "ping"]


def make(accounts: int, seed: int) -> Crowd:
    """Some accounts with a life each."""
    chance = Random(seed)
    ages = [chance.choice([9, 16, 30, 60, 88, 200, 520, 520]) for _ in range(accounts)]
    crowd = Crowd({f"a{n:03}": DAY - timedelta(days=age) for n, age in enumerate(ages)})
    for name, started in crowd.started.items():
        for part in (_terms, _events, _invoices, _tickets, _answers, _others):
            crowd.facts += part(chance, name, started)
    events = [item["message_id"] for kind, item in crowd.facts if kind == "events"]
    for message in chance.sample(events, len(events) // 20):
        crowd.taken_back[message] = _moment(chance, DAY - timedelta(days=chance.randint(0, 30)))
    _tell_more(crowd, Random(f"{seed} more"))
    _announce(crowd, Random(f"{seed} leaving"))
    return crowd


def _tell_more(crowd: Crowd, chance: Random) -> None:
    """What goes beyond the first measures, by other dice, so that it changes nothing about the rest."""
    products: dict[str, str] = {}
    for kind, item in crowd.facts:
        if kind == "events":
            item["seconds"] = chance.choice([None, 45, 600])
        if kind == "subscriptions":
            item["product"] = products.setdefault(item["id"], chance.choice(["", "Team", "Business"]))
    known = len(crowd.facts)
    for name, started in crowd.started.items():
        crowd.stages[name] = [(chance.choice(["Onboarding", "Growth"]), None)]
        for part in (_signs, _talk, _opinions, _trade, _bills, _aims):
            crowd.facts += part(chance, name, started)
    for kind, item in crowd.facts[known:]:
        if kind == "events" and chance.random() < 0.05:
            crowd.taken_back[item["message_id"]] = _moment(chance, DAY - timedelta(days=chance.randint(0, 30)))


def _announce(crowd: Crowd, chance: Random) -> None:
    """Who leaves may say so by a day of notice, by a churn ahead, by a term that no longer renews."""
    for kind, item in crowd.facts:
        if kind == "subscriptions":
            item["auto_renew"] = chance.choice([True, True, False, None])
        if kind == "churns" and chance.random() < 0.4:
            item["notice_on"] = None


def fill(workspace: Workspace, crowd: Crowd) -> None:
    """Tell a workspace everything; each version of a fact in a round of its own."""
    workspace.own_domains = OWN_DOMAINS
    workspace.save()
    for (currency, since), rate in RATES.items():
        tell(workspace, "rates", {"currency": currency, "day": since, "rate": rate})
    for feature, (since, plans) in RELEASES.items():
        tell(workspace, "releases", {"feature": feature, "released_on": since, "plans": plans})
    Survey.unscoped.create(workspace=workspace, key=REVERSED, name="Pain", kind="custom", is_reversed=True)
    people = crowd.started.items()
    record(
        workspace,
        "accounts",
        *({"id": name, "started_on": day, "stage": crowd.stages[name][0][0]} for name, day in people),
    )
    rounds: dict[tuple[int, str], list[dict[str, Any]]] = {}
    told: dict[tuple[str, str], int] = {}
    for kind, item in crowd.facts:
        key = (kind, item.get("id") or item["message_id"])
        told[key] = told.get(key, -1) + 1
        rounds.setdefault((told[key], kind), []).append(item)
    for (_, kind), items in sorted(rounds.items(), key=lambda pair: pair[0][0]):
        answers = {str(result.status) for result in record(workspace, kind, *items, history=True)}
        assert answers <= {"accepted", "updated", "already_known"}, answers
    names = EventName.objects.of(workspace)
    names.filter(name="ping").update(is_use=False)
    for name, other in ALIASES.items():
        names.filter(name=name).update(alias_of=other)
    for message, moment in crowd.taken_back.items():
        retract(workspace, source_of(workspace), [message], moment)
    rollups.refill_all(workspace)


# -- lives --------------------------------------------------------------------------------------------------

Facts = Iterator[tuple[str, dict[str, Any]]]


def _moment(chance: Random, day: date) -> datetime:
    """Any time of a local day, often close to its ends."""
    hour, minute = chance.choice([(0, 0), (0, 30), (1, 59), (12, 0), (23, 59), (chance.randrange(24), 7)])
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def _late(chance: Random, moment: datetime) -> datetime:
    """When it was heard of: mostly at once."""
    return min(moment + timedelta(hours=chance.choice([0, 0, 0, 1, 30, 24 * 9])), NOW)


def _between(chance: Random, first: date, last: date = DAY) -> date:
    return first + timedelta(days=chance.randint(0, max(0, (last - first).days)))


def _terms(chance: Random, name: str, started: date) -> Facts:
    start = started + timedelta(days=chance.choice([-3, 0, 0, 5]))
    for n in range(chance.randint(1, 3)):
        end = start + timedelta(days=chance.choice([20, 31, 90, 365]))
        item = {
            "id": f"{name}-t{n}",
            "account": name,
            "starts_on": start,
            "ends_on": end if n < 2 else None,
            "amount": Decimal(chance.choice(["99", "1200.50", "0", "33.33"])),
            "interval_count": chance.choice([1, 1, 12]),
            "interval": chance.choice(["month", "month", "week"]),
            "currency": chance.choice(["EUR", "EUR", "USD", "USD", "GBP"]),
            "seats": chance.choice([None, 3, 10]),
            "is_trial": chance.random() < 0.15,
        }
        known = _late(chance, _moment(chance, start))
        yield "subscriptions", item | {"known_at": known}
        if chance.random() < 0.2:
            yield "subscriptions", item | {"seats": 5, "known_at": min(known + timedelta(days=12), NOW)}
        start = chance.choice([end, end, end - timedelta(days=5), end + timedelta(days=2)])


def _events(chance: Random, name: str, started: date) -> Facts:
    people = [f"p{n}@{name}.example" for n in range(chance.choice([0, 1, 4, 6]))]
    people += [None, "ira@free.example", "alice@acme.example"]
    first = max(started, DAY - timedelta(days=150))
    for n in range(chance.choice([0, 5, 60, 90])):
        moment = _moment(chance, _between(chance, first))
        yield (
            "events",
            {
                "message_id": f"{name}-e{n}",
                "account": name,
                "name": chance.choice(NAMES),
                "contact": chance.choice(people),
                "feature": chance.choice(FEATURES),
                "count": chance.choice([1, 1, 1, 7]),
                "users": chance.choice([None, None, 2, 12]),
                "occurred_at": moment,
                "known_at": _late(chance, moment),
            },
        )


def _invoices(chance: Random, name: str, started: date) -> Facts:
    for n in range(chance.choice([0, 1, 6])):
        issued = _between(chance, started)
        due = issued + timedelta(days=chance.choice([0, 14, 30]))
        item = {
            "id": f"{name}-i{n}",
            "account": name,
            "issued_on": issued,
            "due_on": due,
            "amount": Decimal("120.00"),
            "is_disputed": chance.random() < 0.1,
            "is_void": chance.random() < 0.1,
        }
        known = _late(chance, _moment(chance, issued))
        yield "invoices", item | {"known_at": known}
        if chance.random() < 0.2:
            yield "invoices", item | {"amount": Decimal("60.50"), "known_at": min(known + timedelta(days=9), NOW)}
        for part in range(chance.choice([0, 1, 1, 2])):
            paid = due + timedelta(days=chance.choice([-5, 0, 3, 4, 30]))
            kind = chance.choice(["payment", "payment", "payment", "credit", "refund", "write_off"])
            amount = Decimal(chance.choice(["120", "60.50", "59.50", "119"]))
            payment = {"id": f"{name}-p{n}-{part}", "account": name, "invoice": f"{name}-i{n}", "paid_on": paid}
            known = _late(chance, _moment(chance, paid))
            yield "payments", payment | {"amount": amount, "kind": kind, "known_at": known}


def _tickets(chance: Random, name: str, started: date) -> Facts:
    for n in range(chance.choice([0, 1, 5])):
        opened = _moment(chance, _between(chance, started))
        steps = [opened + timedelta(hours=hours) for hours in (5, 30, 80, 200)]
        item = {
            "id": f"{name}-k{n}",
            "account": name,
            "opened_at": opened,
            "priority": chance.choice(["low", "normal", "high", "urgent"]),
        }
        known = _late(chance, opened)
        yield "tickets", item | {"known_at": known}
        for field_name, moment in zip(("replied_at", "solved_at", "reopened_at", "closed_at"), steps, strict=True):
            if moment > NOW or chance.random() < 0.3:
                break
            item = item | {field_name: moment}
            known = max(known, _late(chance, moment))
            yield "tickets", item | {"known_at": known}


def _answers(chance: Random, name: str, started: date) -> Facts:
    for n in range(chance.choice([0, 2, 9])):
        moment = _moment(chance, _between(chance, started))
        kind = chance.choice(["nps", "nps", "csat", "csat", "ces"])
        low, high = (0, 10) if kind == "nps" else chance.choice([(1, 5), (0, 10)])
        item = {
            "id": f"{name}-s{n}",
            "account": name,
            "answered_at": moment,
            "kind": kind,
            "scale_min": low,
            "scale_max": high,
            "score": Decimal(chance.randint(low * 10, high * 10)) / 10,
            "contact": chance.choice(["", "ann", "bea"]),
            "about": chance.choice(["", "ticket", "call"]) if kind == "csat" else "",
        }
        known = _late(chance, moment)
        yield "survey_responses", item | {"known_at": known}
        if chance.random() < 0.2:
            yield "survey_responses", item | {"score": low, "known_at": min(known + timedelta(days=5), NOW)}


def _others(chance: Random, name: str, started: date) -> Facts:
    for n in range(chance.choice([0, 0, 1, 4])):
        moment = _moment(chance, _between(chance, started))
        kind = chance.choice(["complaint", "complaint", "praise"])
        item = {"id": f"{name}-f{n}", "account": name, "given_at": moment, "kind": kind}
        yield "feedback", item | {"known_at": _late(chance, moment)}
        if chance.random() < 0.6:
            settled = _between(chance, moment.astimezone(ZONE).date())
            yield (
                "feedback",
                item | {"resolved_on": settled, "known_at": max(_late(chance, moment), _moment(chance, settled))},
            )
    champion = {"id": f"{name}-c", "account": name, "part": chance.choice(["champion", "user"]), "since_on": started}
    known = _moment(chance, started)
    yield "contacts", champion | {"known_at": known}
    if chance.random() < 0.4:
        left = _between(chance, started)
        yield "contacts", champion | {"left_on": left, "known_at": max(known, _late(chance, _moment(chance, left)))}
    if chance.random() < 0.4:
        notice = _between(chance, started)
        churned = notice + timedelta(days=chance.choice([0, 20, 90]))
        item = {"id": f"{name}-x", "account": name, "notice_on": notice, "churned_on": churned}
        yield "churns", item | {"known_at": _late(chance, _moment(chance, notice))}
    if name == "a000":
        ira = {"id": "ira", "account": name, "email": "ira@free.example", "is_internal": True}
        yield "contacts", ira | {"since_on": started, "known_at": known}


def _signs(chance: Random, name: str, started: date) -> Facts:
    """Events that are not use."""
    features = {
        "email_opened": [None, "machine"],
        "email_clicked": [None, "machine"],
        "onboarding_step": ["import", "invite", "train", None],
        "social_mention": ["positive", "negative", "neutral", None],
        "social_reply": ["positive", None],
    }
    first = max(started, DAY - timedelta(days=420))
    for n in range(chance.choice([0, 8, 40])):
        sign, moment = chance.choice(SIGNS), _moment(chance, _between(chance, first))
        item = {"message_id": f"{name}-n{n}", "account": name, "name": sign, "users": None, "seconds": None}
        item |= {"contact": chance.choice([None, "ann", "alice@acme.example"]), "count": chance.choice([1, 1, 3])}
        item |= {"feature": chance.choice(features.get(sign, [None]))}
        yield "events", item | {"occurred_at": moment, "known_at": _late(chance, moment)}


def _talk(chance: Random, name: str, started: date) -> Facts:
    """Touches, pulses, and what is said unasked."""
    kinds = ["praise", "problem", "request", "referral", "future_talk", "review", "reference", "case_study"]
    for n in range(chance.choice([0, 3, 12])):
        moment = _moment(chance, _between(chance, started))
        known = _late(chance, moment)
        item = {"id": f"{name}-w{n}", "account": name, "happened_at": moment, "known_at": known}
        item |= {
            "channel": chance.choice(["call", "email", "training", "meeting"]),
            "attendees": chance.choice([None, 0, 4]),
        }
        yield "touches", item | {"direction": chance.choice(["inbound", "inbound", "outbound", "two_way"])}
        item = {"id": f"{name}-u{n}", "account": name, "given_at": moment, "value": chance.randint(1, 5)}
        yield "pulses", item | {"known_at": known}
        if chance.random() < 0.2:
            yield "pulses", item | {"value": item["value"] % 5 + 1, "known_at": min(known + timedelta(days=3), NOW)}
        item = {"id": f"{name}-g{n}", "account": name, "given_at": moment, "kind": chance.choice(kinds)}
        yield "feedback", item | {"topic": chance.choice(["", "product", "service"]), "known_at": known}


def _opinions(chance: Random, name: str, started: date) -> Facts:
    for n in range(chance.choice([0, 1, 6])):
        moment = _moment(chance, _between(chance, max(started, DAY - timedelta(days=200))))
        item = {"id": f"{name}-o{n}", "account": name, "answered_at": moment, "contact": "", "about": ""}
        item |= {"kind": chance.choice(["relationship", "custom", "resolved"]), "scale_min": 1, "scale_max": 7}
        item |= {"survey": chance.choice(["", REVERSED]), "score": Decimal(chance.randint(10, 70)) / 10}
        yield "survey_responses", item | {"known_at": _late(chance, moment)}


def _trade(chance: Random, name: str, started: date) -> Facts:
    """Purchases and deals."""
    for n in range(chance.choice([0, 1, 4])):
        day = _between(chance, started)
        item = {"account": name, "amount": Decimal(chance.choice(["900", "120.50", "-30"]))}
        item |= {
            "currency": chance.choice(["EUR", "EUR", "USD", "GBP"]),
            "known_at": _late(chance, _moment(chance, day)),
        }
        yield "purchases", item | {"id": f"{name}-b{n}", "purchased_on": day}
        deal = item | {"id": f"{name}-d{n}", "opened_on": day, "kind": chance.choice(["expansion", "expansion", "new"])}
        yield "deals", deal | {"state": "open", "closed_on": None}
        if chance.random() < 0.5:
            closed = _between(chance, day)
            known = max(item["known_at"], _late(chance, _moment(chance, closed)))
            yield "deals", deal | {"state": chance.choice(["won", "lost"]), "closed_on": closed, "known_at": known}


def _bills(chance: Random, name: str, started: date) -> Facts:
    """Enough of them to see how the way of paying drifts."""
    for n in range(0 if started > DAY - timedelta(days=455) else 9):
        due = DAY - timedelta(days=chance.randint(0, 40) + 30 * n)
        item = {"id": f"{name}-v{n}", "account": name, "issued_on": due - timedelta(days=14), "due_on": due}
        known = _moment(chance, item["issued_on"])
        yield "invoices", item | {"amount": Decimal(80), "is_disputed": False, "is_void": False, "known_at": known}
        if chance.random() < 0.8:
            paid = due + timedelta(days=chance.randint(-9, 40))
            payment = {"id": f"{name}-vp{n}", "account": name, "invoice": item["id"], "paid_on": paid}
            known = _late(chance, _moment(chance, paid))
            yield "payments", payment | {"amount": Decimal(80), "kind": "payment", "known_at": known}


def _aims(chance: Random, name: str, started: date) -> Facts:
    """Goals with their reports, and the customer's own figures."""
    for n in range(chance.choice([0, 1, 3])):
        day = _between(chance, started - timedelta(days=300))
        item = {"id": f"{name}-l{n}", "account": name, "name": "Goal", "started_on": day}
        item |= {
            "due_on": day + timedelta(days=chance.choice([0, 90, 180])),
            "baseline": Decimal(chance.choice([0, 40])),
        }
        item |= {"target": Decimal(chance.choice([20, 40, 100])), "state": "open"}
        known = _moment(chance, day)
        for state in ("open", "open", chance.choice(["open", "met", "missed"])):
            yield "goals", item | {"value": Decimal(chance.randint(-20, 110)), "state": state, "known_at": known}
            known = min(known + timedelta(days=chance.randint(10, 90)), NOW)
    for n in range(chance.choice([0, 4, 9])):
        day = _between(chance, DAY - timedelta(days=750))
        item = {"id": f"{name}-y{n}", "account": name, "day": day, "value": Decimal(chance.randint(0, 90) * 10)}
        item |= {"figure": chance.choice(["headcount", "customers", "revenue", "cost", "return"])}
        item |= {"currency": chance.choice(["EUR", "USD", "GBP"])}
        yield "client_figures", item | {"known_at": _late(chance, _moment(chance, day))}
