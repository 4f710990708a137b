"""The guards of 0003 look for an id by itself: a young workspace has no statistics that would lead them there."""

from django.db import migrations

from accounts.tenancy import rewrite_guards


class Migration(migrations.Migration):
    dependencies = [("accounts", "0020_views_and_links")]

    operations = [
        migrations.RunPython(
            rewrite_guards("accounts", "accounts_event", "accounts_eventkey", "accounts_dirtyday"),
            migrations.RunPython.noop,
        ),
    ]
