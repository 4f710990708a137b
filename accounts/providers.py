"""Who sends webhooks: how they sign, how their bodies become messages, and what people are told of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.batch import Result
from accounts.dialects import cloudevents, delighted, signature, stripe, typeform, webhook, zendesk
from accounts.dialects.told import Told
from accounts.models import Source

Documents = Callable[[Mapping[str, str], bytes, type], list[Any]]


@dataclass(frozen=True)
class Provider:
    """One kind of webhook. `makes_secret`: the secret comes from there and is given to us; else we make one.

    `read`: what one JSON document says; nothing where only a mapping knows. `header`: where the signature stands.
    """

    name: str
    signature: signature.Scheme
    header: str
    read: Callable[[Any], Told | Result] | None
    makes_secret: bool = True
    maps: bool = False
    documents: Documents = webhook.documents

    @property
    def needs_mapping(self) -> bool:
        return self.read is None


KIND = Source.Kind
PROVIDERS: dict[str, Provider] = {
    KIND.STRIPE: Provider("Stripe", signature.stripe, "Stripe-Signature", stripe.read),
    KIND.ZENDESK: Provider("Zendesk", signature.zendesk, "X-Zendesk-Webhook-Signature", zendesk.read),
    KIND.TYPEFORM: Provider(
        "Typeform", signature.typeform, "Typeform-Signature", typeform.read, makes_secret=False
    ),
    KIND.DELIGHTED: Provider("Delighted", signature.delighted, "X-Delighted-Webhook-Signature", delighted.read),
    KIND.CLOUDEVENTS: Provider(
        "CloudEvents", signature.any_scheme, "webhook-signature", cloudevents.read,
        makes_secret=False, maps=True, documents=cloudevents.documents,
    ),
    KIND.WEBHOOK: Provider(
        "Webhook", signature.any_scheme, "webhook-signature", None, makes_secret=False, maps=True
    ),
}  # fmt: skip
