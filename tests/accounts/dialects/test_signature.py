"""Signatures of every provider: right, wrong, late, from the future, of another secret, rotated.

The literals were made with `printf … | openssl dgst -sha256 -hmac …`, and not with the code that is tested.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.dialects import signature

AT = 1795428000
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
BODY = '{"id":"evt_1","text":"Zoë & Co"}'.encode()
NEW, OLD = "new-secret-0123456789", "old-secret-0123456789"
STANDARD = {
    NEW: "whsec_bmV3LXNlY3JldC0wMTIzNDU2Nzg5LXBhZGRlZC10by0=",
    OLD: "whsec_b2xkLXNlY3JldC0wMTIzNDU2Nzg5LXBhZGRlZC10by0=",
}

STRIPE = {
    NEW: "5eb6a831cd1027e8527148ae2a6d31fdac33767841d6450c8a4c1de3e7673e71",
    OLD: "697075850b645433d4be6a1829139ffa2d12c7574284b66c594970febe2ced18",
}
ZENDESK = {
    NEW: "uSe4LnhfWvscecHOZpijcTvTuKHchb1oTbMBZer/PDs=",
    OLD: "9QLoDoSrZDZ7A/TvX5HA57NtF4jkb+n1usGrGyj2UQM=",
}
BODY_64 = {
    NEW: "ub3qYMUML0a4O2W1ARPybfBTpURiRvfo197uVkZrBa8=",
    OLD: "tZaLJmYJfsRCq72Ts1HElTrcyUGx8qAJ92n8pYU3KPg=",
}
BODY_HEX = {
    NEW: "b9bdea60c50c2f46b83b65b50113f26df053a5446246f7e8d7deee56466b05af",
    OLD: "b5968b2666097ec442abbd93b351c4953adcc941b1f2a009f769fca5853728f8",
}
ZOOM = {
    NEW: "b1392921fc4b797ed94cd6d528825a17def1efceafa890337628db5d089d155c",
    OLD: "da9c5cbfc50c33b5613e6f50d155117959ffac4b1bc4e58c5c51f8d8bcce97a8",
}
STANDARD_SIGNED = {
    NEW: "13hpKVMb+kgZAzsD+ujh7cnMTOyVLOojUe6bFWPVej4=",
    OLD: "NCFZrnxV1c24Q6B/IeGsda6qZqgJ+lDvaQLFeX4c0nM=",
}

# Provider → its check, and its headers for a secret.
PROVIDERS = {
    "stripe": (signature.stripe, lambda key: {"Stripe-Signature": f"t={AT},v1={STRIPE[key]}"}),
    "zendesk": (
        signature.zendesk,
        lambda key: {
            "X-Zendesk-Webhook-Signature": ZENDESK[key],
            "X-Zendesk-Webhook-Signature-Timestamp": "2026-11-23T10:00:00Z",
        },
    ),
    "typeform": (signature.typeform, lambda key: {"Typeform-Signature": f"sha256={BODY_64[key]}"}),
    "delighted": (signature.delighted, lambda key: {"X-Delighted-Webhook-Signature": f"sha256={BODY_HEX[key]}"}),
    "zoom": (
        signature.any_scheme,
        lambda key: {"x-zm-signature": f"v0={ZOOM[key]}", "x-zm-request-timestamp": str(AT)},
    ),
    "hub": (signature.any_scheme, lambda key: {"X-Hub-Signature-256": f"sha256={BODY_HEX[key]}"}),
    "standard": (
        signature.any_scheme,
        lambda key: {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(AT),
            "webhook-signature": f"v1,{STANDARD_SIGNED[key]}",
        },
    ),
}
# Of these the sender says when; of the others only the id of the message tells a replay.
DATED = ("stripe", "zendesk", "zoom", "standard")
each_provider = pytest.mark.parametrize("provider", PROVIDERS)


def signer(
    provider: str, keys: tuple[str, ...], signed_by: str, body: bytes = BODY, now: datetime = NOW, **changed: str
) -> str:
    """Which of the secrets is found to have signed."""
    check, headers = PROVIDERS[provider]
    secrets = [STANDARD[key] if provider == "standard" else key for key in keys]
    return check(secrets, headers(signed_by) | changed, body, now)


@each_provider
def test_the_right_secret_is_found(provider: str) -> None:
    assert signer(provider, (NEW,), NEW)


@each_provider
def test_two_secrets_are_good_while_they_are_changed_and_a_retired_one_is_not(provider: str) -> None:
    found = [signer(provider, (NEW, OLD), key) for key in (NEW, OLD)]
    assert found == ([STANDARD[NEW], STANDARD[OLD]] if provider == "standard" else [NEW, OLD])
    assert not signer(provider, (NEW,), OLD)
    assert not signer(provider, (), NEW)


@each_provider
def test_any_other_body_is_refused(provider: str) -> None:
    for body in (BODY + b" ", BODY[:-1], b"", BODY.replace(b"1", b"2"), b" " + BODY):
        assert not signer(provider, (NEW,), NEW, body)


@each_provider
def test_any_other_signature_is_refused(provider: str) -> None:
    check, headers = PROVIDERS[provider]
    for name, value in headers(NEW).items():
        others = ("", "é", value[:-3], f"{value[:-5]}AAAA=", value.replace("=", ""), value.swapcase(), "v1,", "\0")
        for wrong in set(others) - {value}:
            assert not check([NEW, STANDARD[NEW]], headers(NEW) | {name: wrong}, BODY, NOW), (name, wrong)
        left = {other: each for other, each in headers(NEW).items() if other != name}
        assert not check([NEW, STANDARD[NEW]], left, BODY, NOW)


@each_provider
def test_what_is_late_or_early_is_refused_where_the_sender_says_when(provider: str) -> None:
    for seconds, good in ((300, True), (-300, True), (301, False), (-301, False), (86_400, False)):
        moved = signer(provider, (NEW,), NEW, now=NOW + timedelta(seconds=seconds))
        assert bool(moved) == (good or provider not in DATED), seconds


def test_another_moment_is_signed_as_well() -> None:
    later = str(AT + 60)
    assert not signer("stripe", (NEW,), NEW, **{"Stripe-Signature": f"t={later},v1={STRIPE[NEW]}"})
    assert not signer("zendesk", (NEW,), NEW, **{"X-Zendesk-Webhook-Signature-Timestamp": "2026-11-23T10:01:00Z"})
    assert not signer("zoom", (NEW,), NEW, **{"x-zm-request-timestamp": later})
    assert not signer("standard", (NEW,), NEW, **{"webhook-timestamp": later})
    assert not signer("standard", (NEW,), NEW, **{"webhook-id": "msg_2"})


def test_stripe_any_v1_will_do_and_no_other_scheme() -> None:
    """While a secret is rolled, Stripe signs with both; v0 is of its test mode."""
    rolled = f"t={AT},v1={'0' * 64},v1={STRIPE[OLD]},v0={STRIPE[NEW]}"
    assert signer("stripe", (OLD,), OLD, **{"Stripe-Signature": rolled}) == OLD
    assert signer("stripe", (NEW,), NEW, **{"Stripe-Signature": rolled}) == ""
    assert signer("stripe", (NEW,), NEW, **{"Stripe-Signature": f"t={AT}, v1={STRIPE[NEW]}"}) == NEW
    for wrong in ("t=,v1=", f"v1={STRIPE[NEW]}", f"t=-{AT},v1={STRIPE[NEW]}", f"t={AT}.0,v1={STRIPE[NEW]}", ",,=,"):
        assert signer("stripe", (NEW,), NEW, **{"Stripe-Signature": wrong}) == ""


def test_a_zendesk_timestamp_is_a_time() -> None:
    for wrong in ("1795428000", "yesterday", "2026-13-01T00:00:00Z"):
        assert not signer("zendesk", (NEW,), NEW, **{"X-Zendesk-Webhook-Signature-Timestamp": wrong})


def test_a_secret_that_is_none_of_the_standard_signs_nothing_after_it() -> None:
    assert signer("standard", (OLD, NEW), NEW) == STANDARD[NEW]
    check, headers = PROVIDERS["standard"]
    assert check(["plain-secret", "whsec_", "whsec_short", "", STANDARD[NEW]], headers(NEW), BODY, NOW)
    assert not check(["plain-secret", "whsec_c2hvcnQ="], headers(NEW), BODY, NOW)


def test_one_schemes_signature_is_not_anothers() -> None:
    """A signature of the body alone must not do where the moment is signed as well."""
    assert not signer("stripe", (NEW,), NEW, **{"Stripe-Signature": f"t={AT},v1={BODY_HEX[NEW]}"})
    assert not signer("zendesk", (NEW,), NEW, **{"X-Zendesk-Webhook-Signature": BODY_64[NEW]})
    assert not signature.any_scheme([NEW], {"X-Signature": BODY_HEX[NEW]}, BODY, NOW)
