"""Tables that a night fills are kept inside their workspace by a trigger for each statement, as events are."""

import django.db.models.deletion
from django.db import migrations, models

from accounts.tenancy import guard_by_statement


def without_constraint(model_name, name, target, on_delete=django.db.models.deletion.CASCADE):
    key = models.ForeignKey(db_constraint=False, db_index=False, on_delete=on_delete, related_name="+", to=target)
    return migrations.AlterField(model_name=model_name, name=name, field=key)


WORKSPACE, RUN, VERSION = "accounts.workspace", "metrics.run", "metrics.scorecardversion"
PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_settings_tags_audit"),
        ("metrics", "0004_said"),
    ]

    operations = [
        without_constraint("accountday", "workspace", WORKSPACE),
        without_constraint("contactday", "workspace", WORKSPACE),
        without_constraint("reading", "workspace", WORKSPACE),
        without_constraint("reading", "run", RUN),
        without_constraint("reading", "version", VERSION),
        without_constraint("scoresnapshot", "workspace", WORKSPACE),
        without_constraint("scoresnapshot", "run", RUN),
        without_constraint("scoresnapshot", "version", VERSION, PROTECT),
        without_constraint("standing", "workspace", WORKSPACE),
        without_constraint("standing", "version", VERSION, PROTECT),
        migrations.RunPython(
            guard_by_statement(
                "metrics",
                "metrics_accountday",
                "metrics_contactday",
                "metrics_reading",
                "metrics_scoresnapshot",
                "metrics_standing",
            ),
            migrations.RunPython.noop,
        ),
    ]
