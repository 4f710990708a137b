from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_search_in_comments"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="accounthistory",
            index=models.Index(fields=["workspace", "field", "until"], name="account_history_ends"),
        ),
    ]
