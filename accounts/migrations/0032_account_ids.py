"""The ids of accounts that a batch names are asked in a question that is planned once, too."""

from django.db import migrations

from accounts.functions import install
from accounts.ingest.accounts import IDS


class Migration(migrations.Migration):
    dependencies = [("accounts", "0029_accounts_that_imports_made")]

    operations = [migrations.RunPython(install(IDS), migrations.RunPython.noop)]
