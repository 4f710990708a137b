"""Which accounts an import brought facts of; what is there already is counted once."""

import django.db.models.deletion
import django.db.models.manager
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.tenancy import add_tenant_keys

NOT_FACTS = {"account", "accountimport"}
COUNT = """
INSERT INTO accounts_accountimport (workspace_id, account_id, imported_id, facts)
SELECT workspace_id, account_id, imported_id, count(*) FROM {table} WHERE imported_id IS NOT NULL GROUP BY 1, 2, 3
ON CONFLICT (workspace_id, account_id, imported_id) DO UPDATE SET facts = accounts_accountimport.facts + excluded.facts"""


def count(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for model in apps.get_app_config("accounts").get_models():
        names = {field.name for field in model._meta.concrete_fields}
        if {"account", "imported"} <= names and model._meta.model_name not in NOT_FACTS:
            schema_editor.execute(COUNT.format(table=model._meta.db_table))


def key(to: str, **options: bool) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=to, **options)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_notes")]

    operations = [
        migrations.CreateModel(
            name="AccountImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("facts", models.PositiveBigIntegerField()),
                ("account", key("accounts.account", db_index=False)),
                ("imported", key("accounts.import")),
                ("workspace", key("accounts.workspace", db_index=False)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "unscoped",
                "default_manager_name": "unscoped",
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "account", "imported"), name="account_import_once")
                ],
            },
            managers=[("unscoped", django.db.models.manager.Manager())],
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
        migrations.AddIndex(
            "goal", models.Index(fields=["workspace", "account", "known_at"], name="goal_progress")
        ),
        migrations.RunPython(add_tenant_keys("accounts"), migrations.RunPython.noop),
    ]
