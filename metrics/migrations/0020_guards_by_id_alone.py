"""The guards of 0005 look for an id by itself, as those of accounts do since its 0021."""

from django.db import migrations

from accounts.tenancy import rewrite_guards


class Migration(migrations.Migration):
    dependencies = [("accounts", "0021_guards_by_id_alone"), ("metrics", "0019_suggestions")]

    operations = [
        migrations.RunPython(
            rewrite_guards(
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
