"""An index of use alone; and later migrations had given the tables of 0005 their keys back."""

from django.db import migrations, models

from accounts.tenancy import guard_by_statement


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_answers_of_a_contact"), ("metrics", "0011_dirty_periods")]

    operations = [
        migrations.AddIndex(
            model_name="accountday",
            index=models.Index(
                condition=models.Q(("is_use", True)),
                fields=["workspace", "account", "day"],
                include=("count", "users", "feature", "seconds", "known_day", "retracted_day"),
                name="account_day_of_use",
            ),
        ),
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
