"""`rotate_secrets`: what a former SECRET_KEY encrypted, encrypted with the present one."""

from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.adapter import encrypt_anew

ENCRYPTED = {"secret", "seed"}


class Command(BaseCommand):
    help = (
        "Encrypt second factors with the present SECRET_KEY. Until then they need the former in SECRET_KEY_FALLBACKS."
    )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        rows = list(Authenticator.objects.select_for_update())
        try:
            for row in rows:
                row.data |= {name: encrypt_anew(row.data[name]) for name in ENCRYPTED & row.data.keys()}
        except InvalidToken:
            told = _("A second factor needs a key that is neither SECRET_KEY nor in SECRET_KEY_FALLBACKS.")
            raise CommandError(told) from None
        Authenticator.objects.bulk_update(rows, ["data"], batch_size=1000)
        self.stdout.write(_("Encrypted anew: %(count)d.") % {"count": len(rows)})
