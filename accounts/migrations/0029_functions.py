"""What requests ask all the time is planned once for a connection."""

from django.db import migrations

from accounts.api.auth import VERSIONS
from accounts.functions import install
from accounts.ingest.accounts import IDS
from accounts.ingest.asking import ASK
from accounts.ingest.events import MARK_MINUTES
from accounts.names import WHOSE


class Migration(migrations.Migration):
    dependencies = [("accounts", "0028_feedback_index")]

    operations = [
        migrations.RunPython(install(VERSIONS, ASK, IDS, WHOSE, MARK_MINUTES), migrations.RunPython.noop),
    ]
