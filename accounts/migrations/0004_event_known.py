"""What came in the last day is found without reading all events; the index costs next to nothing to keep."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_events_guarded_by_statement")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX event_known ON accounts_event USING brin (known_at) WITH (pages_per_range = 32)",
            "DROP INDEX event_known",
        ),
    ]
