"""Webhooks as people see them: an address and its secrets, made, listed, rotated, revoked.

For pages: `connect`, `hooks`, `secrets_of`, `rotate`, `revoke`, `remap`. What a provider wants stands in
`accounts.providers.PROVIDERS`; the secret that `connect` and `rotate` return is shown once, and nowhere again.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.dialects.signature import PREFIX
from accounts.importers.mapping import MappingError, parse_mapping
from accounts.models import Hook, Secret, Source, Workspace
from accounts.providers import PROVIDERS

# Bytes of a secret that we make; characters of one that is given.
LENGTH, SHORTEST, LONGEST = 32, 8, 500


class ConnectError(ValueError):
    """What is wrong with what a person gave: the field, and why, in one sentence."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@transaction.atomic
def connect(
    workspace: Workspace,
    name: str,
    kind: str,
    moment: datetime,
    *,
    secret: str = "",
    mapping: str = "",
    creates_accounts: bool = False,
) -> tuple[Hook, str]:
    """Make a source of a provider (`kind`: a key of PROVIDERS) with its address; the second value is the secret.

    Where the provider makes the secret it is given, or given later by `rotate`: until then nothing is taken. A webhook
    needs a mapping (YAML), CloudEvents may have one. Raises ConnectError.
    """
    _check_mapping(kind, mapping)
    if Source.objects.of(workspace).filter(name=name).exists():
        raise ConnectError("name", _("There is a source of this name."))
    source = Source.unscoped.create(workspace=workspace, name=name, kind=kind)
    hook = Hook.make(source, moment, mapping, creates_accounts=creates_accounts)
    if PROVIDERS[kind].makes_secret and not secret:
        return hook, ""
    return hook, rotate(hook, moment, secret)[1]


def hooks(workspace: Workspace, sources: Iterable[Source] | None = None) -> dict[int, Hook]:
    """Source id → its hook, of all sources or of these. One query."""
    rows = Hook.objects.of(workspace).select_related("source")
    if sources is not None:
        rows = rows.filter(source__in=[source.pk for source in sources])
    return {hook.source_id: hook for hook in rows}


def secrets_of(hook: Hook) -> list[Secret]:
    """Those that are good, the newest first: none, one, or two while people change over."""
    return list(Secret.objects.of(hook.workspace_id).filter(hook=hook).living())


@transaction.atomic
def rotate(hook: Hook, moment: datetime, secret: str = "") -> tuple[Secret, str]:
    """A new secret, made here or given; the one before is good until it is revoked, or until the next. Raises
    ConnectError."""
    text = secret.strip() or PREFIX + base64.b64encode(secrets.token_bytes(LENGTH)).decode()
    if not (SHORTEST <= len(text) <= LONGEST and text.isascii() and text.isprintable()):
        words = {"least": SHORTEST, "most": LONGEST}
        raise ConnectError("secret", _("A secret has %(least)s to %(most)s letters, digits and signs.") % words)
    Hook.objects.of(hook.workspace_id).select_for_update().get(pk=hook.pk)
    living = secrets_of(hook)
    if text in [each.text for each in living]:
        raise ConnectError("secret", _("This secret is in use already."))
    for old in living[1:]:
        old.retire(moment)
    return Secret.keep(hook, text, moment), text


def revoke(workspace: Workspace, secret: int, moment: datetime) -> bool:
    """Take nothing more that this secret signed. False where the workspace has no such secret."""
    found = Secret.objects.of(workspace).filter(pk=secret).first()
    if found is not None:
        found.retire(moment)
    return found is not None


def remap(hook: Hook, mapping: str) -> None:
    """Map what comes from now on by another mapping. Raises ConnectError."""
    _check_mapping(hook.source.kind, mapping)
    hook.mapping = mapping
    hook.save(update_fields=["mapping"])


def _check_mapping(kind: str, text: str) -> None:
    provider = PROVIDERS.get(kind)
    if provider is None:
        raise ConnectError("kind", _("There is no such provider; there are: %s.") % ", ".join(PROVIDERS))
    if not text.strip():
        if provider.needs_mapping:
            raise ConnectError("mapping", _("A webhook needs a mapping."))
        return
    if not provider.maps:
        raise ConnectError("mapping", _("What %s sends needs no mapping.") % provider.name)
    try:
        parse_mapping(text)
    except MappingError as error:
        raise ConnectError("mapping", str(error)) from None
