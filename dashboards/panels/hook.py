"""The address of a webhook, its secrets, its mapping, and where to paste them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import trying
from accounts.api.errors import ApiError
from accounts.connecting import hooks, secrets_of
from accounts.dialects import samples
from accounts.dialects.signature import any_scheme
from accounts.models import Contact, Hook, Source
from accounts.providers import PROVIDERS
from dashboards.panels.push import Tested, first_account
from dashboards.panels.snippets import signed_curl

KIND = Source.Kind
_signed = _(
    "Sign the body with the secret after standardwebhooks.com (headers webhook-id, webhook-timestamp and "
    "webhook-signature), or let the sender sign it in one of the usual ways; docs/webhooks.md lists them."
)
# Where to paste the address, and whence or whither the secret.
WHERE = {
    KIND.STRIPE: _(
        "In Stripe: Developers, Webhooks, add an endpoint with this address and the events of customers, subscriptions "
        "and invoices, charge.refunded and credit_note. Then reveal its signing secret and give it here."
    ),
    KIND.ZENDESK: _(
        "In Zendesk: Admin Center, Apps and integrations, Webhooks: create one for ticket events with this address, "
        "POST, JSON. Then reveal its signing secret and give it here."
    ),
    KIND.TYPEFORM: _(
        "In Typeform: open the form, Connect, Webhooks: add one with this address; edit it and paste the secret."
    ),
    KIND.DELIGHTED: _(
        "In Delighted: Integrations, Webhooks: add one with this address. It signs with your API key: give that here."
    ),
    KIND.CLOUDEVENTS: _signed,
    KIND.WEBHOOK: _signed,
}  # fmt: skip


@dataclass(frozen=True)
class SecretRow:
    """A secret, by how it ends."""

    hint: str
    created_at: datetime
    revoke_url: str


@dataclass(frozen=True)
class HookCard:
    """All that is shown of a webhook. `new_secret` is there once, right after it was made here."""

    address: str
    where: Any
    makes_secret: bool
    secrets: tuple[SecretRow, ...]
    new_secret: str
    secret_url: str
    maps: bool
    mapping: str
    mapping_url: str
    left_out: int
    error: str
    typed: bool
    test_url: str
    sample: str
    curl: str
    tested: Tested | None


def hook_card(
    source: Source,
    base: str,
    now: datetime,
    *,
    new_secret: str = "",
    error: str = "",
    mapping: str = "",
    sample: str = "",
    tested: Tested | None = None,
) -> HookCard | None:
    """Three queries, four with a mapping; none for a source that is no webhook. `mapping`: one that was typed and
    refused; `sample`: the message that was sent as a test."""
    hook = hooks(source.workspace, [source]).get(source.pk) if source.kind in PROVIDERS else None
    if hook is None:
        return None
    provider, slug = PROVIDERS[source.kind], source.workspace.slug
    shown = sample or samples.written(_sample(hook, now))
    of_any = provider.signature is any_scheme
    return HookCard(
        address=f"{base}{hook.path}",
        where=WHERE[KIND(source.kind)],
        makes_secret=provider.makes_secret,
        secrets=tuple(
            SecretRow(row.hint, row.created_at, reverse("revoke-secret", args=[slug, row.pk]))
            for row in secrets_of(hook)
        ),
        new_secret=new_secret,
        secret_url=reverse("rotate-secret", args=[slug, source.pk]),
        maps=provider.maps,
        mapping=mapping or hook.mapping,
        mapping_url=reverse("source-mapping", args=[slug, source.pk]),
        left_out=hook.left_out,
        error=error,
        typed=bool(mapping),
        test_url=reverse("source-test", args=[slug, source.pk]),
        sample=shown,
        curl=signed_curl(f"{base}{hook.path}", new_secret, shown, trying.content_type(hook)) if of_any else "",
        tested=tested,
    )


def _sample(hook: Hook, now: datetime) -> Any:
    workspace = hook.source.workspace
    people = Contact.objects.of(workspace).current().exclude(email="").order_by("pk").values_list("email", flat=True)
    email = (people.first() if hook.mapping else None) or "ann@example.com"
    return samples.sample(hook.source.kind, hook.mapping, first_account(workspace) or "acme", email, now)


def answered(answer: dict[str, Any], waits: int) -> Tested:
    """What became of a test message, in words."""
    gone = _("Nothing of it is kept.")
    if answer.get("refused"):
        each = answer["refused"][0]
        where = f"{each['field']} “{each['value']}”: " if each["field"] else ""
        return Tested("down", gettext("Refused"), f"{where}{each['reason']}. {gone}", "")
    if answer.get("left_out"):
        return Tested("muted", gettext("Left out"), f"{gettext('We have no use for such a message.')} {gone}", "")
    if answer.get("already_known"):
        return Tested(
            "muted", gettext("Known already"), f"{gettext('It came before, and changes nothing.')} {gone}", ""
        )
    if answer.get("accepted") == 0:
        return Tested("muted", gettext("Left out"), gettext("There is no message in it."), "")
    if waits:
        words = gettext("It would wait for its account: nobody has said whose it is.")
        return Tested("muted", gettext("Would be taken"), f"{words} {gone}", "")
    return Tested("up", gettext("Would be taken"), str(gone), "")


def not_answered(error: ApiError) -> Tested:
    """Why a test message could not even be read."""
    where = f"{error.field}: " if error.field else ""
    return Tested("down", gettext("Refused"), f"{error.status_code} · {where}{error.detail}", "")
