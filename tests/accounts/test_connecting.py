"""Making an address, its secrets, and changing over from one secret to the next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.connecting import ConnectError, connect, hooks, remap, revoke, rotate, secrets_of
from accounts.dialects.signature import key_of
from accounts.importers.ready import ready
from accounts.models import Secret, Source
from tests.accounts.api.hooked import SECRET, Posting, posting
from tests.cast import NOW, Cast

ZOOM = ready()["zoom_meetings"].text
EVENT = {"id": "evt_1", "type": "payout.paid", "data": {"object": {"object": "payout"}}}


@pytest.fixture
def sender(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Posting:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return posting(cast.acme, "stripe")


def codes(sender: Posting, *secrets: str) -> list[int]:
    return [Posting(sender.hook, secret).post(EVENT).status_code for secret in secrets]


def test_a_secret_is_made_here_or_given_and_kept_sealed(cast: Cast) -> None:
    hook, secret = connect(cast.acme, "Ours", "cloudevents", NOW)
    assert len(key_of(secret)) == 32
    given, text = connect(cast.acme, "Theirs", "stripe", NOW, secret=f" {SECRET} ")
    assert text == SECRET
    assert [each.hint for each in secrets_of(given)] == [SECRET[-4:]]
    rows = Secret.objects.of(cast.acme)
    assert not [row for row in rows if SECRET in row.sealed or secret in row.sealed]
    assert rows.filter(hook=given).texts() == [SECRET]
    assert hook.path == f"/hooks/{hook.token}" and len(hook.token) > 40 and hook.token != given.token
    assert hooks(cast.acme).keys() == {hook.source_id, given.source_id}
    assert hooks(cast.evil) == {}


def test_a_provider_that_makes_the_secret_gives_it_later(cast: Cast) -> None:
    hook, secret = connect(cast.acme, "Billing", "stripe", NOW)
    assert (secret, secrets_of(hook)) == ("", [])
    assert codes(Posting(hook), "", SECRET) == [401, 401]


def test_two_are_good_while_people_change_over_and_a_retired_one_is_gone(sender: Posting) -> None:
    hook = sender.hook
    assert codes(sender, SECRET) == [200]
    rotate(hook, NOW, "the-second-secret")
    assert codes(sender, SECRET, "the-second-secret", "none-of-them") == [200, 200, 401]
    rotate(hook, NOW, "the-third-secret")
    assert codes(sender, SECRET, "the-second-secret", "the-third-secret") == [401, 200, 200]
    newest, before = secrets_of(hook)
    assert revoke(hook.source.workspace, before.pk, NOW) and revoke(hook.source.workspace, before.pk, NOW)
    assert codes(sender, "the-second-secret", "the-third-secret") == [401, 200]
    assert set(Secret.objects.of(hook.workspace_id).exclude(pk=newest.pk).values_list("sealed", flat=True)) == {""}
    revoke(hook.source.workspace, newest.pk, NOW)
    assert codes(sender, "the-third-secret", "") == [401, 401]


def test_a_new_secret_key_reads_what_the_former_sealed(sender: Posting, settings: object) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "Another-1" * 9
    assert codes(sender, SECRET) == [200]
    settings.SECRET_KEY_FALLBACKS = []
    assert codes(sender, SECRET, "") == [401, 401]


def test_a_secret_of_another_workspace_is_not_there(sender: Posting, cast: Cast) -> None:
    [secret] = secrets_of(sender.hook)
    assert not revoke(cast.evil, secret.pk, NOW)
    assert codes(sender, SECRET) == [200]


def test_what_a_person_gives_wrong_is_named(sender: Posting, cast: Cast) -> None:
    wrong = [
        ("kind", {"kind": "rest"}), ("kind", {"kind": "nobody"}), ("name", {"name": "Stripe"}),
        ("secret", {"secret": "short"}), ("secret", {"secret": "a secret é"}), ("secret", {"secret": "x" * 501}),
        ("mapping", {"kind": "webhook"}), ("mapping", {"kind": "webhook", "mapping": "kind: nothing"}),
        ("mapping", {"mapping": ZOOM}),
    ]  # fmt: skip
    for field, given in wrong:
        told = {"name": "New", "kind": "stripe", "secret": SECRET} | given
        with pytest.raises(ConnectError) as error:
            connect(cast.acme, told.pop("name"), told.pop("kind"), NOW, **told)
        assert error.value.field == field
        assert str(error.value)
    with pytest.raises(ConnectError):
        rotate(sender.hook, NOW, SECRET)
    assert not Source.objects.of(cast.acme).filter(name="New").exists()


def test_a_mapping_can_be_changed(cast: Cast) -> None:
    hook, _secret = connect(cast.acme, "Zoom", "webhook", NOW, mapping=ZOOM)
    remap(hook, ready()["social_mentions"].text)
    assert "social_mention" in hooks(cast.acme, [hook.source])[hook.source_id].mapping
    with pytest.raises(ConnectError):
        remap(hook, "")


def test_an_old_secret_shows_since_when(sender: Posting) -> None:
    second, _text = rotate(sender.hook, NOW + timedelta(days=1), "the-second-secret")
    assert [each.created_at for each in secrets_of(sender.hook)] == [second.created_at, NOW]
