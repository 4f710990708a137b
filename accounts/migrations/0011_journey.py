from django.db import migrations, models

# The stages of a new workspace, as far as they still have their names.
KPIS = {
    "Onboarding": "usage.time_to_first_value",
    "Adoption": "usage.usage_rate",
    "Growth": "revenue.nrr",
    "Renewal": "retention.renewal",
    "Advocate": "satisfaction.nps",
}


def give_kpis(apps, schema_editor):
    stages = apps.get_model("accounts", "Stage").unscoped
    for name, kpi in KPIS.items():
        stages.filter(name=name).update(kpi=kpi)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_segment_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="stage",
            name="kpi",
            field=models.CharField(blank=True, default="", help_text="The key of a KPI; empty: none", max_length=60),
        ),
        migrations.AddIndex(
            model_name="accounthistory",
            index=models.Index(fields=["workspace", "field", "since"], name="account_history_moves"),
        ),
        migrations.RunPython(give_kpis, migrations.RunPython.noop),
    ]
