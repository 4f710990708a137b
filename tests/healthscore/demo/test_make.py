"""The demo in the database: nothing refused, nothing twice, every start adds what is missing."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.contrib.auth import authenticate
from django.utils import timezone

from accounts.kinds import KINDS
from accounts.models import (
    Account,
    AccountHistory,
    ApiKey,
    Event,
    ExchangeRate,
    Membership,
    ProgramCost,
    Refused,
    Release,
    Source,
    Stage,
    TicketEvent,
    Workspace,
)
from healthscore.demo import write as writing
from healthscore.demo.bands import SET
from healthscore.demo.company import FEATURES, NORTHWIND, PASSWORD, WINDOW
from healthscore.demo.facts import Plan
from healthscore.demo.make import bring_up
from healthscore.demo.tenants import TARGETS, key_of, make_tenant, origin
from healthscore.demo.write import next_day, write
from metrics.models import ManualBand, PeriodKind, Run, Standing, Target

pytestmark = pytest.mark.django_db
LAST = date(2026, 3, 1).toordinal()
ORIGIN = LAST - 119
SMALL = replace(NORTHWIND, accounts=12)
OF_ACCOUNTS = {name: kind for name, kind in KINDS.items() if not kind.of_workspace}
MODELS = {model for kind in OF_ACCOUNTS.values() for model in kind.models}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HEALTHSCORE_HOME", str(tmp_path))
    return tmp_path


def tenant(other_name: str = "") -> Source:
    """The workspace with everybody in it; with another name, the plan may be told again to the next one."""
    workspace, source = make_tenant(SMALL)
    if other_name:
        workspace.slug = other_name
        workspace.save()
    return source


def tell(source: Source, first: int, last: int) -> Counter[str]:
    return write(source, Plan(SMALL, ORIGIN, last), first, last, lambda text: None)


def stored(source: Source) -> Counter[tuple[object, ...]]:
    """What a workspace holds, without the ids of the database and the moments of writing."""
    rows: Counter[tuple[object, ...]] = Counter()
    for model in MODELS:
        fields = ("account__external_id", "external_id", "occurred_at", "known_at", "retracted_at")
        rows.update((model, *row) for row in model.objects.of(source.workspace).values_list(*fields))
    events = ("account__external_id", "message_id", "occurred_at", "known_at", "count", "feature", "person")
    rows.update((Event, *row) for row in Event.objects.of(source.workspace).values_list(*events))
    history = AccountHistory.objects.of(source.workspace).values_list("account__external_id", "field", "since", "until")
    rows.update((AccountHistory, *row) for row in history)
    return rows


def test_nothing_is_refused_and_every_kind_arrives():
    source = tenant()
    plan = Plan(replace(NORTHWIND, accounts=50), ORIGIN, LAST)
    written = write(source, plan, ORIGIN, LAST, lambda text: None)
    assert set(written) == OF_ACCOUNTS.keys()
    assert not Refused.objects.of(source.workspace).exists()
    assert Event.objects.of(source.workspace).count() == written["events"] > 2000
    for model in MODELS:
        assert model.objects.of(source.workspace).exists(), model
    events = TicketEvent.objects.of(source.workspace).values_list("ticket", "kind")
    reopened = {ticket for ticket, kind in events if kind == TicketEvent.Kind.REOPENED}
    solved = Counter(ticket for ticket, kind in events if kind == TicketEvent.Kind.SOLVED)
    closed = {ticket for ticket, kind in events if kind == TicketEvent.Kind.CLOSED}
    assert len(reopened & closed) > 5
    assert {solved[ticket] for ticket in reopened & closed} == {2}
    account = Account.objects.of(source.workspace).get(external_id="nordlys-freight")
    assert account.owner.user.email == "ana@northwind.example"
    assert (account.team.name, account.segment) == ("Andes", "Enterprise")


def test_days_added_later_leave_what_one_start_leaves():
    """Whichever way the days are cut into spans, the same rows with the same clocks come out."""
    once, thrice = tenant("once"), tenant()
    tell(once, ORIGIN, LAST)
    tell(thrice, ORIGIN, LAST - 50)
    tell(thrice, LAST - 49, LAST - 3)
    tell(thrice, LAST - 2, LAST)
    assert stored(thrice) == stored(once)
    assert next_day(thrice) == next_day(once) == LAST + 1


def test_a_start_that_breaks_off_leaves_whole_days(monkeypatch):
    source = tenant()

    def announce(text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(source, Plan(SMALL, ORIGIN, LAST), ORIGIN, LAST, announce)
    source.refresh_from_db()
    assert next_day(source) == ORIGIN + writing.FIRST
    tell(source, next_day(source), LAST)
    whole = stored(source)
    Workspace.objects.filter(pk=source.workspace_id).update(slug="first")
    other = tenant()
    tell(other, ORIGIN, LAST)
    assert stored(other) == whole


def test_a_refused_fact_is_an_error():
    source = tenant()
    Membership.objects.of(source.workspace).filter(user__email="ana@northwind.example").delete()
    with pytest.raises(writing.RefusedError, match="owner ana@northwind.example"):
        tell(source, ORIGIN, ORIGIN + 2)
    assert next_day(source) is None
    assert not Account.objects.of(source.workspace).exists()


def test_the_second_start_adds_nothing_and_a_later_one_the_days_between():
    tiny = replace(NORTHWIND, accounts=4)
    workspace, source = make_tenant(tiny)
    told: list[str] = []
    bring_up(tiny, told.append, scored_days=3)
    last = workspace.last_finished_day(timezone.now())
    assert told
    assert origin(workspace, source) == last.toordinal() - WINDOW + 1
    runs = list(Run.objects.of(workspace).order_by("day").values_list("day", "attempt", "state"))
    assert runs == [(last - timedelta(days=n), 1, Run.State.PUBLISHED) for n in (2, 1, 0)]
    assert Standing.objects.of(workspace).filter(day=last).exists()
    before = stored(source)
    assert ManualBand.objects.of(workspace).in_force(last).count() >= 3
    assert Standing.objects.of(workspace).filter(manual=True).exists()

    bring_up(tiny, told.append, scored_days=3)
    assert stored(source) == before
    assert ManualBand.objects.of(workspace).count() == len(SET)
    assert list(Run.objects.of(workspace).order_by("day").values_list("day", "attempt", "state")) == runs


def test_surroundings_once():
    tiny = replace(NORTHWIND, accounts=4)
    for _ in range(2):
        workspace, _ = bring_up(tiny, lambda text: None, scored_days=1)
    for model in (Release, ExchangeRate, ProgramCost):
        assert model.objects.of(workspace).count() > 9
    assert Target.objects.of(workspace).count() == sum(map(len, TARGETS.values())) * (1 + len(NORTHWIND.teams))
    judged = set(Stage.objects.of(workspace).values_list("kpi", flat=True))
    assert judged == set(TARGETS[PeriodKind.QUARTER])
    assert workspace.first_value in FEATURES
    assert Source.objects.of(workspace).count() == 1
    assert Membership.objects.of(workspace).count() == len(NORTHWIND.people)
    assert Workspace.objects.count() == 1


def test_everybody_may_sign_in():
    tenant()
    for person in NORTHWIND.people:
        assert authenticate(None, email=NORTHWIND.email(person), password=PASSWORD), person
    assert authenticate(None, email="ana@northwind.example", password="something else") is None


def test_a_key_stays_until_it_is_lost_or_revoked(home):
    workspace = tenant().workspace
    key = key_of(workspace)
    path = home / "demo_keys.json"
    assert json.loads(path.read_text()) == {"northwind": key}
    assert path.stat().st_mode & 0o777 == 0o600
    assert key_of(workspace) == key
    ApiKey.objects.of(workspace).update(revoked_at=timezone.now())
    fresh = key_of(workspace)
    assert fresh != key
    path.unlink()
    assert key_of(workspace) not in {key, fresh}
