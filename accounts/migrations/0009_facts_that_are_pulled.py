"""Facts tell when they last changed here; rates, costs and releases are facts with versions; keys of requests."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now

from accounts.tenancy import add_tenant_keys

OF_ACCOUNTS = [
    *("churn", "clientfigure", "contact", "deal", "feedback", "goal", "invoice", "payment", "pulse", "purchase"),
    *("subscription", "surveyresponse", "ticket", "ticketevent", "touch"),
]
OF_WORKSPACES = ["exchangerate", "programcost", "release"]
CURRENT, RETRACTED = models.Q(retracted_at=None), models.Q(retracted_at__isnull=False)

# What was told before these were facts came from somebody's hand, and was so from its day on. Its digest is the one
# that the same, told again, would have; a release told again is a correction.
FILL = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO accounts_source (workspace_id, name, kind, created_at)
SELECT workspace_id, 'By hand', 'hand', statement_timestamp() FROM (
  SELECT workspace_id FROM accounts_exchangerate UNION SELECT workspace_id FROM accounts_programcost
  UNION SELECT workspace_id FROM accounts_release) told
ON CONFLICT (workspace_id, name) DO NOTHING;
UPDATE accounts_exchangerate t SET source_id = s.id, external_id = t.currency || '-' || day,
  occurred_at = day::timestamp AT TIME ZONE w.time_zone, known_at = day::timestamp AT TIME ZONE w.time_zone,
  digest = md5(concat_ws(E'\\t', t.currency, day::text, trim_scale(rate)::text))::uuid
FROM accounts_workspace w, accounts_source s
WHERE w.id = t.workspace_id AND s.workspace_id = t.workspace_id AND s.name = 'By hand';
UPDATE accounts_programcost t SET source_id = s.id, external_id = month || '-' || t.kind,
  occurred_at = month::timestamp AT TIME ZONE w.time_zone, known_at = month::timestamp AT TIME ZONE w.time_zone,
  digest = md5(concat_ws(E'\\t', month::text, t.kind, trim_scale(amount)::text, t.currency))::uuid
FROM accounts_workspace w, accounts_source s
WHERE w.id = t.workspace_id AND s.workspace_id = t.workspace_id AND s.name = 'By hand';
UPDATE accounts_release t SET source_id = s.id, external_id = feature,
  occurred_at = released_on::timestamp AT TIME ZONE w.time_zone,
  known_at = released_on::timestamp AT TIME ZONE w.time_zone, digest = md5(feature)::uuid
FROM accounts_workspace w, accounts_source s
WHERE w.id = t.workspace_id AND s.workspace_id = t.workspace_id AND s.name = 'By hand';
UPDATE accounts_ticketevent t SET retracted_at = greatest(known_at, statement_timestamp())
WHERE kind = 'opened' AND retracted_at IS NULL AND EXISTS (
  SELECT 1 FROM accounts_ticketevent n WHERE n.workspace_id = t.workspace_id AND n.ticket = t.ticket
    AND n.kind = 'opened' AND n.retracted_at IS NULL AND n.id > t.id);
UPDATE accounts_ticketevent SET external_id = ticket || '/opened' WHERE kind = 'opened';
UPDATE accounts_contact t SET since_on = (occurred_at AT TIME ZONE w.time_zone)::date
FROM accounts_workspace w WHERE w.id = t.workspace_id;
SET CONSTRAINTS ALL IMMEDIATE"""


def foreign_key(to, on_delete=django.db.models.deletion.CASCADE, **more):
    return models.ForeignKey(db_index=False, on_delete=on_delete, related_name="+", to=to, **more)


def columns_of_a_fact(null):
    """Those that rates, costs and releases had not; first empty, then required."""
    return {
        "digest": models.UUIDField(help_text="Of the content, to tell a repeat from a correction", null=null),
        "external_id": models.CharField(max_length=250, null=null),
        "known_at": models.DateTimeField(help_text="When we heard of it", null=null),
        "occurred_at": models.DateTimeField(help_text="When it happened", null=null),
        "source": foreign_key("accounts.source", null=null),
    }


def new_columns(model):
    yield from (migrations.AddField(model, name, field) for name, field in columns_of_a_fact(null=True).items())
    imported = foreign_key("accounts.import", django.db.models.deletion.SET_NULL, null=True)
    yield migrations.AddField(model, "imported", imported)
    retracted = models.DateTimeField(help_text="Since when this version is no longer believed", null=True)
    yield migrations.AddField(model, "retracted_at", retracted)


def updated_at(model):
    field = models.DateTimeField(db_default=Now(), help_text="When the row came, or was retracted, here")
    return migrations.AddField(model, "updated_at", field)


def indexes(model):
    updated = models.Index(fields=["workspace", "updated_at", "id"], name=f"{model}_updated")
    yield migrations.AddIndex(model, updated)
    gone = models.Index(condition=RETRACTED, fields=["workspace", "external_id", "id"], name=f"{model}_retracted")
    yield migrations.AddIndex(model, gone)


def as_of_facts(model):
    yield from (migrations.AlterField(model, name, field) for name, field in columns_of_a_fact(null=False).items())
    yield migrations.AddIndex(model, models.Index(fields=["workspace", "known_at"], name=f"{model}_known"))
    current = models.UniqueConstraint(condition=CURRENT, fields=("workspace", "external_id"), name=f"{model}_current")
    yield migrations.AddConstraint(model, current)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_set_by_the_night")]

    operations = [
        migrations.RemoveConstraint("exchangerate", "rate_once"),
        migrations.RemoveConstraint("programcost", "cost_once"),
        migrations.RemoveConstraint("release", "release_once"),
        *(updated_at(model) for model in [*OF_ACCOUNTS, *OF_WORKSPACES]),
        migrations.AddField("contact", "since_on", models.DateField(null=True)),
        *(operation for model in OF_WORKSPACES for operation in new_columns(model)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        *(operation for model in OF_WORKSPACES for operation in as_of_facts(model)),
        migrations.AddIndex("exchangerate", models.Index(fields=["workspace", "currency", "day"], name="rate_of_day")),
        *(operation for model in [*OF_ACCOUNTS, *OF_WORKSPACES] for operation in indexes(model)),
        migrations.AddConstraint(
            "apikey", models.UniqueConstraint(fields=("workspace", "id"), name="api_key_in_workspace")
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(help_text="A hash of the name", max_length=64)),
                ("request", models.CharField(help_text="A hash of method, address and body", max_length=64)),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("answer", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField()),
                (
                    "api_key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.apikey"
                    ),
                ),
                ("workspace", foreign_key("accounts.workspace")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
                "indexes": [models.Index(fields=["workspace", "created_at"], name="idempotency_key_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "api_key", "key"), name="idempotency_key_once")
                ],
            },
            managers=[("unscoped", models.Manager())],
        ),
        migrations.RunPython(add_tenant_keys("accounts"), migrations.RunPython.noop),
    ]
