"""The catalogue of events: what was seen, and what each name really feeds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.ingest.rereading import change_name
from accounts.models import EventName, Workspace
from accounts.models.event import CATALOGUE
from metrics.event_names import features_used, fed_by, first_value, is_known, name_seen, names_seen, silent
from metrics.nightly.rollups import refill_all
from metrics.registry import MEASURES
from tests.cast import NOW, account, tell
from tests.metrics.cases import DAY, day, read_all, term, ticket, told, use

pytestmark = pytest.mark.django_db


def seen(workspace: Workspace, **asked: Any) -> list[tuple]:
    rows, _total = names_seen(workspace, DAY, **asked)
    return [(r.name, r.recent, r.accounts, r.total, r.first_day, r.last_day) for r in rows]


def test_counts_of_names_as_they_were_told(acme, evil):
    told(acme, {"one": [use(1, name="signin", count=3), use(2), use(28, name="signin"), use(200, name="signin")]})
    told(acme, {"two": [use(1, name="signin"), use(3, "ann@acme.example", name="export")]})
    told(evil, {"one": [use(1, name="theirs")]})
    acme.own_domains = ["acme.example"]
    acme.save()
    change_name(acme, "signin", "login", True, NOW)
    refill_all(acme)
    refill_all(evil)
    assert seen(acme) == [
        ("signin", 4, 2, 6, day(200), day(1)),
        ("login", 1, 1, 1, day(2), day(2)),
        ("export", 0, 0, 0, None, None),
    ]
    assert [row[0] for row in seen(acme, sort="name")] == ["export", "login", "signin"]
    assert [row[0] for row in seen(acme, sort="-last")] == ["signin", "login", "export"]
    assert [row[0] for row in seen(acme, sort="last")] == ["login", "signin", "export"]
    assert [row[0] for row in seen(acme, query="IGN")] == ["signin"]
    assert seen(acme, query="%") == []
    assert names_seen(acme, DAY, limit=1, offset=1)[1] == 3
    pk = EventName.objects.of(acme).get(name="signin").pk
    found = name_seen(acme, DAY, pk)
    assert (found.alias_of, found.is_use, found.feeds) == ("login", True, fed_by("login", True))
    assert name_seen(evil, DAY, pk) is None


def test_an_alias_is_what_the_catalogue_says_until_its_name_comes_itself(acme):
    told(acme, {"one": [use(1, name="read_mail")]})
    change_name(acme, "read_mail", "email_opened", True, NOW)
    assert [row.is_use for row in names_seen(acme, DAY)[0]] == [False]
    tell(acme, "events", {"account": "one", **use(1, name="email_opened")[1]})
    change_name(acme, "email_opened", "", True, NOW)
    assert {row.is_use for row in names_seen(acme, DAY)[0]} == {True}


def test_what_nobody_sends(acme):
    told(acme, {"one": [use(1), use(1, name="read_mail")]})
    change_name(acme, "read_mail", "email_opened", True, NOW)
    missing = silent(acme)
    assert missing.keys() == CATALOGUE.keys() - {"login", "email_opened"}
    assert {each.key: fed for each, fed in missing["email_clicked"]} == {"engagement.email_clicks": False}
    assert {each.key: fed for each, fed in missing["email_delivered"]} == {
        "engagement.email_opens": True,
        "engagement.email_clicks": False,
        "engagement.email_deleted": False,
    }
    assert all(fed for _each, fed in missing["page"])
    assert missing["feature"] == missing["page"]


def told_so_far(workspace: Workspace) -> None:
    """An account about which so much is known that one more event of any name moves something."""
    tell(workspace, "releases", {"feature": "export", "released_on": day(20)})
    workspace.features = ["export", "login", "reports"]
    workspace.save()
    days = [*(use(n, "ann", feature="login") for n in range(2, 80)), *(use(40, name) for name in "abc")]
    mails = [use(10, name=name) for name in CATALOGUE if name.startswith("email")]
    mails.append(use(10, name="email_delivered", count=99))
    tones = [use(9, name="social_mention", feature="positive"), use(9, name="onboarding_step", feature="a")]
    other = use(9, name="onboarding_step", feature="b")
    told(workspace, {"one": [term(), ticket(3), *days, *mails, *tones], "two": [other]})
    tell(workspace, "accounts", {"id": "one", "stage": "Onboarding", "started_on": str(day(100))}, history=False)


@pytest.mark.parametrize("name", [*CATALOGUE, "own", "own, no use"])
def test_a_name_feeds_what_it_says_and_nothing_else(acme, name):
    """One more event: the measures that move are those that say so, and all of them."""
    told_so_far(acme)
    refill_all(acme)
    is_use = CATALOGUE.get(name, name == "own")
    keys = list(MEASURES)
    before = read_all(acme, keys)["one"]
    feature = {"social_mention": "negative", "social_reply": "negative", "onboarding_step": "b"}.get(name, "export")
    fresh = use(1, "bea", name=name, feature=feature, seconds=600, count=40, users=3)
    tell(acme, "events", {"account": "one", **fresh[1]})
    change_name(acme, name, "", is_use, NOW)
    refill_all(acme)
    after = read_all(acme, keys)["one"]
    moved = {key for key in keys if before[key] != after[key]}
    assert moved == {measure.key for measure in fed_by(name, is_use)}


def test_features_and_who_used_them(acme):
    told(acme, {"one": [use(1, feature="a"), use(2, feature="b")], "two": [use(1, feature="a"), use(91, feature="c")]})
    refill_all(acme)
    assert [(f.feature, f.accounts, f.of) for f in features_used(acme, DAY)] == [("a", 2, 2), ("b", 1, 2)]


def test_days_to_first_value(acme, evil):
    for workspace in (acme, evil):
        for name, started in (("one", 30), ("two", 30), ("three", 30), ("four", 30)):
            account(workspace, name, started_on=str(day(started)))
        account(workspace, "unknown")
    events = [("one", use(20, name="export")), ("one", use(10, name="export")), ("two", use(29, feature="export"))]
    events += [("three", use(40, name="export")), ("unknown", use(3, name="export")), ("four", use(3))]
    tell(acme, "events", *({"account": name, **each[1]} for name, each in events))
    refill_all(acme)
    acme.first_value = evil.first_value = "export"
    found = first_value(acme, DAY)
    assert (found.days, found.reached, found.of) == (1, 3, 4)
    assert (first_value(evil, DAY).days, first_value(evil, DAY).reached) == (None, 0)
    assert first_value(acme, date(2025, 6, 5)).reached == 2
    assert (is_known(acme, "export"), is_known(evil, "export"), is_known(acme, "nothing")) == (True, False, False)
