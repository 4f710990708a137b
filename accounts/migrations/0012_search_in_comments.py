"""What customers say can be searched: words as they stand, in small letters, without accents."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import UnaccentExtension
from django.db import migrations

MAKE = """
CREATE TEXT SEARCH CONFIGURATION healthscore (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION healthscore
  ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple"""
DROP = "DROP TEXT SEARCH CONFIGURATION healthscore"


def index(model: str, column: str) -> migrations.AddIndex:
    words = django.contrib.postgres.search.SearchVector(column, config="healthscore")
    return migrations.AddIndex(model, django.contrib.postgres.indexes.GinIndex(words, name=f"{model}_words"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_journey")]

    operations = [
        UnaccentExtension(),
        migrations.RunSQL(MAKE, DROP),
        index("surveyresponse", "comment"),
        index("feedback", "text"),
    ]
