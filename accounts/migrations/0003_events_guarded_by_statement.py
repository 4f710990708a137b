"""Tables that take many rows at once are kept inside their workspace by a trigger for each statement."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.tenancy import guard_by_statement


def without_constraint(model_name):
    workspace = models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to="accounts.workspace",
    )
    return migrations.AlterField(model_name=model_name, name="workspace", field=workspace)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_partitions_and_tenant_keys")]

    operations = [
        without_constraint("dirtyday"),
        without_constraint("event"),
        without_constraint("eventkey"),
        migrations.RunPython(
            guard_by_statement("accounts", "accounts_event", "accounts_eventkey", "accounts_dirtyday"),
            migrations.RunPython.noop,
        ),
    ]
