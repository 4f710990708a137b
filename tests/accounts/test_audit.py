"""Who decided what: found out by itself, named by person or key, never with a secret, each workspace its own."""

from __future__ import annotations

import json

from django.apps import apps
from django.test import Client

from accounts import audit
from accounts.models import Account, ApiKey, AuditEntry, Import, Stage, Team, Workspace
from metrics.models import WATCHED
from tests.cast import NOW, Cast, account, record, source_of
from tests.dashboards.conftest import sign_in

SECRETS = {"hash", "password", "secret", "token", "data"}


def entries(workspace: Workspace, kind: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.of(workspace).filter(kind=kind).order_by("-pk"))


def test_a_change_is_told_field_by_field(cast: Cast) -> None:
    stage = Stage.objects.of(cast.acme).get(name="Growth")
    stage.target_days = 90
    stage.save()
    told = entries(cast.acme, "stage")[0]
    assert (told.thing, told.action, told.changes) == ("Growth", AuditEntry.Action.UPDATE, {"target_days": [365, 90]})
    stage.save()
    assert len(entries(cast.acme, "stage")) == 1, "nothing changed"


def test_making_and_deleting_are_told(cast: Cast) -> None:
    team = Team.unscoped.create(workspace=cast.acme, name="West")
    team.delete()
    deleted, made = entries(cast.acme, "team")[:2]
    assert (made.action, made.changes) == (AuditEntry.Action.CREATE, {"name": [None, "West"]})
    assert (deleted.action, deleted.changes) == (AuditEntry.Action.DELETE, {"name": ["West", None]})


def test_an_accounts_move_names_people_and_not_numbers(cast: Cast) -> None:
    account(cast.acme, "sable", name="Sable", owner="alice@acme.example")
    found = Account.objects.of(cast.acme).get()
    found.change(NOW, owner=cast.bob, segment="Large")
    told = entries(cast.acme, "account")[0]
    assert told.changes == {"owner": ["Alice", "Bob"], "segment": ["", "Large"]}


def test_a_person_is_named_by_the_request(cast: Cast) -> None:
    sign_in(cast.carol).post("/w/acme/sources/add", {"name": "Web app", "kind": "segment"})
    told = entries(cast.acme, "apikey")[0]
    assert (told.actor, told.by) == (cast.carol.user, "carol@acme.example")
    assert told.changes["scopes"] == [None, ["events"]]
    source_of(cast.acme)
    Team.unscoped.create(workspace=cast.acme, name="West")
    assert entries(cast.acme, "team")[0].by == "", "the request is over"


def test_no_secret_is_told(cast: Cast) -> None:
    browser = sign_in(cast.carol)
    browser.post("/w/acme/sources/add", {"name": "Web app", "kind": "rest"})
    told = entries(cast.acme, "apikey")[0]
    assert "hash" not in told.changes
    for model, fields in (audit.WATCHED | WATCHED).items():
        assert fields, model
        assert not SECRETS & set(fields), model
        assert {field.name for field in model._meta.fields} >= set(fields), model


def test_every_watched_model_tells_named_fields_only() -> None:
    from auditlog.registry import auditlog

    ours = {m for label in ("accounts", "metrics") for m in apps.get_app_config(label).get_models()}
    watched = {model for model in ours if auditlog.contains(model)}
    assert watched >= set(audit.WATCHED | WATCHED)
    assert all(auditlog.get_model_fields(model)["include_fields"] for model in watched)


def test_each_workspace_has_its_own(cast: Cast) -> None:
    Team.unscoped.create(workspace=cast.evil, name="Doom")
    assert not [entry for entry in entries(cast.acme, "team") if entry.thing == "Doom"]
    assert [entry.thing for entry in entries(cast.evil, "team")] == ["Doom"]


def test_a_program_is_named_by_its_key(cast: Cast) -> None:
    for owner in ("sable", "vela"):
        account(cast.acme, owner, name=owner.title(), owner="alice@acme.example")
    key, secret = ApiKey.issue(cast.acme, source_of(cast.acme), "crm", ["write"])
    body = json.dumps({"owner": "bob@acme.example", "team": "North", "name": "Sable Inc"})
    headers = {"Authorization": f"Bearer {secret}"}
    for _twice in range(2):
        answer = Client().patch("/api/v1/accounts/sable", body, "application/json", headers=headers)
        assert answer.status_code == 200
    told = entries(cast.acme, "account")
    assert {entry.by for entry in told} == {f"crm ({key.prefix}…)"}
    assert [entry.changes for entry in told] == [{"team": [None, "North"]}, {"owner": ["Alice", "Bob"]}]


def test_a_file_is_not_logged_account_by_account(cast: Cast) -> None:
    account(cast.acme, "sable")
    source = source_of(cast.acme)
    imported = Import.unscoped.create(workspace=cast.acme, source=source, kind="accounts", file_name="x.csv")
    record(cast.acme, "accounts", {"id": "sable", "segment": "Large"}, imported=imported)
    assert Account.objects.of(cast.acme).get().segment == "Large"
    assert not entries(cast.acme, "account")
