"""Later migrations had given the tables of 0003 their keys back, and each event was asked three times again."""

from django.db import migrations

from accounts.tenancy import guard_by_statement


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_answers_of_a_contact")]

    operations = [
        migrations.RunPython(
            guard_by_statement("accounts", "accounts_event", "accounts_eventkey", "accounts_dirtyday"),
            migrations.RunPython.noop,
        ),
    ]
