"""`rotate_secrets`: what a former SECRET_KEY encrypted, encrypted with the present one."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.encryption import InvalidToken, Use, encrypt_anew
from accounts.models import Secret

ENCRYPTED = {"secret", "seed"}


class Command(BaseCommand):
    help = (
        "Encrypt second factors and the secrets of webhooks with the present SECRET_KEY. Until then they need the"
        " former in SECRET_KEY_FALLBACKS."
    )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = _factors() + _webhooks()
        except InvalidToken:
            told = _("Something needs a key that is neither SECRET_KEY nor in SECRET_KEY_FALLBACKS.")
            raise CommandError(told) from None
        self.stdout.write(_("Encrypted anew: %(count)d.") % {"count": count})


def _factors() -> int:
    rows = list(Authenticator.objects.select_for_update())
    for row in rows:
        row.data |= {name: encrypt_anew(row.data[name], Use.SECOND_FACTOR) for name in ENCRYPTED & row.data.keys()}
    Authenticator.objects.bulk_update(rows, ["data"], batch_size=1000)
    return len(rows)


def _webhooks() -> int:
    rows = list(Secret.unscoped.filter(retired_at=None).select_for_update())
    for row in rows:
        row.sealed = encrypt_anew(row.sealed, Use.WEBHOOK)
    Secret.unscoped.bulk_update(rows, ["sealed"], batch_size=1000)
    return len(rows)
