"""The stream of an account: all kinds in one order, each entry once, whatever the size of the pages."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import models
from accounts.models import Account, Workspace
from benchmarks import naive_timeline
from metrics.models import AccountDay, Band, ManualBand, Run, ScorecardVersion, ScoreSnapshot
from metrics.nightly.rollups import refill_all
from metrics.timeline import GROUPS, KINDS, Place, Wanted, places
from tests.accounts.items import WHOLE
from tests.cast import NOW, Cast, account, source_of, tell
from tests.kept import kept

pytestmark = pytest.mark.django_db
TODAY = date(2025, 7, 1)
FACTS = [name for name, kind in WHOLE.items() if name not in ("costs", "rates", "releases")]
MOMENTS = {
    "happened_at": "T10:00:00Z", "given_at": "T10:00:00Z", "answered_at": "T10:00:00Z", "opened_at": "T10:00:00Z",
    **dict.fromkeys(("issued_on", "paid_on", "purchased_on", "starts_on", "started_on", "since_on", "day"), ""),
}  # fmt: skip


@kept
def busy(cast: Cast) -> Account:
    """Three of everything on each of three days, much of it in the same moment; and as much of a neighbour."""
    for name in ("one", "other"):
        account(cast.acme, name, owner="alice@acme.example", started_on="2025-01-01")
    for kind in FACTS:
        items = [_item(kind, n, name) for n in range(9) for name in ("one", "other")]
        imported = _import(cast.acme, kind) if kind in ("touches", "deals") else None
        tell(cast.acme, kind, *items, imported=imported, at=NOW - timedelta(days=20))
    goal = WHOLE["goals"] | {"id": "goals-1-one", "account": "one", "started_on": "2025-06-02"}
    for n, value in enumerate((4, 4, 5)):
        tell(cast.acme, "goals", goal | {"value": value, "unit": f"days {n}"}, at=NOW - timedelta(days=10 - n))
    names = ["login", "export", "email_opened", "page"]
    events = [
        {"account": name, "name": names[n % 4], "occurred_at": f"2025-06-{n % 9 + 1:02}T0{n % 7}:30:00Z"}
        for n in range(60)
        for name in ("one", "other")
    ]
    tell(cast.acme, "events", *events)
    tell(cast.acme, "releases", *({"feature": f"f{n}", "released_on": f"2025-06-0{n + 1}"} for n in range(3)))
    refill_all(cast.acme)
    found = Account.objects.of(cast.acme).select_related("workspace").get(external_id="one")
    found.change(datetime(2025, 6, 1, 10, tzinfo=UTC), segment="SMB", owner=None)
    ManualBand.unscoped.create(
        workspace=cast.acme, account=found, band=Band.RED, reason="Merger", starts_on=TODAY, ends_on=TODAY
    )
    band = {"workspace": cast.acme, "account": found, "band": Band.GREEN, "starts_on": TODAY, "ends_on": TODAY}
    for created_at, ended_on in ((NOW - timedelta(days=9), TODAY), (NOW + timedelta(hours=1), TODAY)):
        row = ManualBand.unscoped.create(**band, reason="A mistake", ended_on=ended_on)
        ManualBand.unscoped.filter(pk=row.pk).update(created_at=created_at)
    for n, moment in enumerate((NOW, NOW, NOW - timedelta(days=1))):
        note = {"workspace": cast.acme, "account": found, "body": f"Note {n}", "created_at": moment}
        models.Note.unscoped.create(**note, ticket=uuid4(), retracted_at=None if n < 2 else NOW)
    _score(cast.acme, found)
    return found


def _item(kind: str, n: int, name: str) -> dict[str, Any]:
    item = WHOLE[kind] | {"id": f"{kind}-{n}-{name}", "account": name}
    day = f"2025-06-0{n % 3 + 1}"
    item |= {field: day + rest for field, rest in MOMENTS.items() if field in item}
    if kind == "contacts":
        item |= {"is_internal": n == 8, "left_on": None if n % 2 else f"2025-06-1{n % 3}"}
    if kind == "subscriptions":
        item |= {"subscription": f"plan-{n % 4}", "ends_on": f"2025-06-{20 + n % 3}"}
    return item


def _import(workspace: Workspace, kind: str) -> models.Import:
    return models.Import.unscoped.create(
        workspace=workspace, source=source_of(workspace), kind=kind, file_name=f"{kind}.csv"
    )


def _score(workspace: Workspace, account: Account) -> None:
    """Bands and versions that change, with an attempt that was never published and days without a score."""
    first = ScorecardVersion.objects.of(workspace).get()
    second = ScorecardVersion.unscoped.create(workspace=workspace, scorecard=first.scorecard, number=2)
    for n, (band, version) in enumerate([(3, first), (3, first), (2, first), (2, second), (1, second), (1, second)]):
        day = date(2025, 5, 30) + timedelta(days=2 * n)
        run = Run.unscoped.create(
            workspace=workspace, day=day, known_day=day, opened_at=NOW, moved_at=NOW, attempt=2, published_attempt=2
        )
        for attempt, shown in ((1, 0), (2, band)):
            ScoreSnapshot.unscoped.create(
                workspace=workspace, account=account, day=day, version=version, known_day=day, computed_at=NOW,
                score_units=0, coverage=0, unknown=0, computed_band=shown, held_band=shown, across=0, band=shown,
                values=[], points=[], contributions=[], cap_values=[], run=run, attempt=attempt,
            )  # fmt: skip


def slowly(account: Account) -> list[Place]:
    return naive_timeline.places(account, TODAY)


def test_all_of_it_is_there_in_order(busy: Account) -> None:
    found = places(busy, Wanted(limit=10_000), TODAY)
    assert found == slowly(busy)
    assert {KINDS[kind].name for _at, kind, _ordinal in found} == {kind.name for kind in KINDS}


def older(account: Account, wanted: dict[str, Any], size: int) -> list[Place]:
    """Page after page to the end."""
    found: list[Place] = []
    while page := places(account, Wanted(**wanted, behind=found[-1] if found else None, limit=size), TODAY):
        assert len(page) <= size
        found += page
    return found


def newer(account: Account, wanted: dict[str, Any], last: Place, size: int) -> list[Place]:
    """From a place up to the newest."""
    found = [last]
    while page := places(account, Wanted(**wanted, behind=found[0], newer=True, limit=size), TODAY):
        found = page[::-1] + found
    return found


@pytest.mark.parametrize("seed", range(4))
def test_pages_of_any_size_give_every_entry_once(busy: Account, seed: int) -> None:
    chance = random.Random(seed)
    groups = tuple(chance.sample(GROUPS, chance.choice([0, 1, 3, len(GROUPS)])))
    words = tuple(chance.sample(["e", "p", "1", "o", "Help"], chance.choice([0, 0, 1, 2])))
    wanted = {"groups": groups, "words": words}
    whole = places(busy, Wanted(**wanted, limit=10_000), TODAY)
    if not words:
        assert whole == [place for place in slowly(busy) if not groups or KINDS[place[1]].group in groups]
    for size in (1 if len(whole) < 40 else 4, chance.randint(5, 9), 50):
        assert older(busy, wanted, size) == whole
        if whole:
            assert newer(busy, wanted, whole[-1], size) == whole


def test_a_page_begins_behind_its_place_whatever_came_in_since(busy: Account) -> None:
    first = places(busy, Wanted(limit=30), TODAY)
    rest = older(busy, {}, 1000)[30:]
    touch = WHOLE["touches"] | {"id": "late", "account": "one", "happened_at": "2025-06-30T10:00:00Z"}
    tell(busy.workspace, "touches", touch, at=NOW)
    assert places(busy, Wanted(behind=first[-1], limit=1000), TODAY) == rest


def test_words_are_looked_for_in_what_entries_say(busy: Account) -> None:
    texts = ["100% Übersicht_neu", "100 Übersicht neu", "nothing of it"]
    for n, text in enumerate(texts):
        touch = WHOLE["touches"] | {"id": f"said-{n}", "account": "one", "outcome": text}
        tell(busy.workspace, "touches", touch, at=NOW)

    def said(*words: str) -> set[str]:
        found = [place[2] for place in places(busy, Wanted(("touch",), words, limit=99), TODAY)]
        rows = models.Touch.objects.of(busy.workspace).filter(pk__in=found, external_id__startswith="said")
        return set(rows.values_list("outcome", flat=True))

    assert said("100", "übersicht") == set(texts[:2])
    assert said("100%") == {texts[0]}
    assert said("_neu") == {texts[0]}
    assert said("100", "nothing") == set()
    assert said("'; DROP TABLE", "%(account)s") == set()
    assert {KINDS[kind].name for _at, kind, _n in places(busy, Wanted(words=("smb",)), TODAY)} == {"history"}
    assert {KINDS[kind].name for _at, kind, _n in places(busy, Wanted(words=("deals.csv",)), TODAY)} == {"import"}


@pytest.mark.parametrize("groups", [("use",), ("event",), ("use", "event")])
def test_days_are_found_by_what_was_done_on_them(busy: Account, groups: tuple[str, ...]) -> None:
    later = ({"account": "one", "name": "export", "occurred_at": f"2025-06-2{n}T10:00:00Z"} for n in range(6))
    tell(busy.workspace, "events", *later)
    refill_all(busy.workspace)
    rows = AccountDay.objects.of(busy.workspace).known(TODAY).filter(account_id=busy.pk, name__contains="p")
    done = {(row.day, "use" if row.is_use else "event") for row in rows}
    wanted = {"groups": groups, "words": ("P", "e")}
    whole = places(busy, Wanted(**wanted, limit=99), TODAY)
    found = {(busy.workspace.day_of(at), KINDS[kind].name) for at, kind, _ordinal in whole}
    assert found == {each for each in done if each[1] in groups}
    assert {group for _day, group in found} == {*groups}
    for size in (1, 2, 3):
        assert older(busy, wanted, size) == whole
        assert newer(busy, wanted, whole[-1], size) == whole


def test_what_became_of_a_ticket_is_found_by_its_subject(busy: Account) -> None:
    ticket = WHOLE["tickets"] | {"id": "t1", "account": "one", "subject": "The Harbour is closed"}
    tell(busy.workspace, "tickets", ticket, at=NOW)
    for words in (("harbour",), ("solved", "HARBOUR"), ("t1", "closed")):
        found = places(busy, Wanted(words=words, limit=99), TODAY)
        assert KINDS[found[0][1]].name == "ticket-event", words
    assert not places(busy, Wanted(("support",), ("harbour", "nothing")), TODAY)


def test_one_statement_whatever_is_asked(busy: Account) -> None:
    with CaptureQueriesContext(connection) as queries:
        places(busy, Wanted(words=("e", "o"), limit=5), TODAY)
    assert len(queries) == 1


def test_only_what_was_taken_of_an_import_counts(busy: Account) -> None:
    brought = {
        (row.imported.kind, row.account.external_id): row.facts
        for row in models.AccountImport.objects.of(busy.workspace).select_related("imported", "account")
    }
    assert brought == {(kind, name): 9 for kind in ("touches", "deals") for name in ("one", "other")}


def test_another_workspace_has_none_of_it(busy: Account, cast: Cast) -> None:
    theirs = account(cast.evil, "one", started_on="2025-01-01")
    assert {KINDS[kind].name for _at, kind, _n in places(theirs, Wanted(limit=99), TODAY)} <= {"history"}
