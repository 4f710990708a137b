"""The rollups keep the name as it was told beside the one it stands for."""

from django.db import migrations, models

KEY = ("workspace_id", "account_id", "day", "name", "feature", "said", "known_day", "retracted_day")
ADD = f"""
ALTER TABLE metrics_accountday ADD COLUMN said text;
UPDATE metrics_accountday SET said = name;
ALTER TABLE metrics_accountday ALTER said SET NOT NULL, DROP CONSTRAINT metrics_accountday_pkey,
  ADD CONSTRAINT metrics_accountday_pkey PRIMARY KEY ({", ".join(KEY)});
"""


class Migration(migrations.Migration):
    dependencies = [("metrics", "0003_points_and_bands_by_rank")]

    operations = [
        migrations.RunSQL(
            ADD,
            migrations.RunSQL.noop,
            state_operations=[
                migrations.AddField(
                    "accountday", "said", models.TextField(help_text="The name as it was told, before aliases")
                ),
                migrations.AlterField(
                    "accountday",
                    "pk",
                    models.CompositePrimaryKey(*KEY, blank=True, editable=False, primary_key=True, serialize=False),
                ),
            ],
        ),
    ]
