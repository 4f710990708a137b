"""The mail webhook: who may send, what becomes of a message, that nothing is lost silently or filed elsewhere."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from textwrap import dedent
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.dialects.signature import is_good, key_of, sign
from accounts.models import MailAddress, Refused, Source, Touch, Workspace
from healthscore.checks import inbound_mail
from tests.architecture.code import ROOT
from tests.cast import Cast, account, tell

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()
NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def box(cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> MailAddress:
    """Acme's address; Ann and Eve are contacts of one, whose domain is one.example; Tim is one of Two."""
    settings.INBOUND_MAIL_DOMAIN, settings.INBOUND_MAIL_SECRETS = "in.example", [SECRET, OLD]
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    account(cast.acme, "one", domain="One.example")
    account(cast.acme, "two", domain="two.example")
    account(cast.acme, "two-b", domain="two.example")
    people = {"ann": "Ann@one.example", "eve": "eve@private.example"}
    tell(cast.acme, "contacts", *({"id": id, "account": "one", "email": email} for id, email in people.items()))
    tell(cast.acme, "contacts", {"id": "tim", "account": "two", "email": "tim@two.example"})
    return MailAddress.renew(cast.acme, NOW)


def message(box: MailAddress, sender: str, to: str, text: str = "Hello", **more: str) -> bytes:
    head = {
        "From": sender,
        "To": to,
        "Subject": "Plan",
        "Message-Id": "<m1@x>",
        "Date": "Sun, 29 Jun 2025 10:00:00 +0200",
    }
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in (head | more).items() if value]
    return "\n".join([f"Delivered-To: {box.address}", *lines, "", text]).encode()


def send(body: bytes, secret: str = SECRET, at: datetime = NOW, **headers: str) -> Any:
    sent = str(int(at.timestamp()))
    told = {
        "webhook-id": "w1", "webhook-timestamp": sent,
        "webhook-signature": "v1," + sign(secret, f"w1.{sent}.".encode() + body).decode(),
    }  # fmt: skip
    return Client().post("/hooks/mail", body, "message/rfc822", headers=told | headers)


def touches(workspace: Workspace) -> list[tuple[Any, ...]]:
    rows = Touch.objects.of(workspace).order_by("account_id", "pk").select_related("account")
    return [(row.account.external_id, row.direction, row.person, row.member) for row in rows]


ALICE = "Alice <Alice@acme.example>"


# -- who may send


def test_the_signature_is_that_of_the_standard() -> None:
    """The example that standardwebhooks.com gives."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,nope v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v2,x",
    }  # fmt: skip
    moment = datetime.fromtimestamp(1614265330, UTC)
    assert is_good([OLD, secret], headers, body, moment + timedelta(minutes=5))
    assert not is_good([secret], headers, body, moment + timedelta(minutes=5, seconds=1))
    assert not is_good([secret], headers, body, moment - timedelta(minutes=5, seconds=1))
    assert not is_good([secret], headers, body + b" ", moment)
    assert not is_good([OLD], headers, body, moment)
    assert not is_good([], headers, body, moment)


def test_what_is_not_signed_is_refused_and_changes_nothing(box: MailAddress) -> None:
    body = message(box, ALICE, "ann@one.example")
    stranger = "whsec_" + base64.b64encode(b"s" * 32).decode()
    for response in (
        Client().post("/hooks/mail", body, "message/rfc822"),
        send(body, stranger),
        send(body, at=NOW - timedelta(minutes=6)),
        send(body, at=NOW + timedelta(minutes=6)),
        send(body, **{"webhook-timestamp": str(int(NOW.timestamp()) + 1)}),
        send(body, **{"webhook-timestamp": "٣"}),
        send(body, **{"webhook-id": ""}),
        send(body, **{"webhook-signature": "v1,é"}),
    ):
        assert response.status_code == 401
        assert response.json()["error"]["field"] == "webhook-signature"
    assert Client().get("/hooks/mail").status_code == 405
    assert touches(box.workspace) == []
    assert not Refused.objects.of(box.workspace).exists()


def test_both_secrets_are_good_while_they_are_changed(box: MailAddress, settings: Any) -> None:
    assert send(message(box, ALICE, "ann@one.example"), OLD).status_code == 200
    settings.INBOUND_MAIL_SECRETS = [SECRET]
    assert send(message(box, ALICE, "ann@one.example"), OLD).status_code == 401


def test_a_weak_secret_is_told_at_the_start(settings: Any) -> None:
    for secret, good in ((SECRET, True), ("whsec_c2hvcnQ=", False), (SECRET[6:], False), ("whsec_é", False)):
        settings.INBOUND_MAIL_SECRETS = [secret]
        assert (inbound_mail(None) == []) == good
    assert len(key_of(SECRET)) == 32


def test_what_is_too_large_is_refused(box: MailAddress, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = send(message(box, ALICE, "ann@one.example", "x" * 1000))
    assert (response.status_code, response.json()["error"]["field"]) == (413, "body")


# -- what becomes of a message


def test_a_copy_of_what_a_member_wrote_is_outbound(box: MailAddress) -> None:
    response = send(
        message(box, ALICE, "Ann <ann@one.example>, x@nowhere.example", "Hello\n\nAnn", Cc="eve@private.example")
    )
    assert (response.status_code, response.json()) == (200, {"result": "filed", "touches": 1})
    assert touches(box.workspace) == [("one", "outbound", "ann@one.example", "alice@acme.example")]
    row = Touch.objects.of(box.workspace).get()
    assert (row.channel, row.subject, row.outcome) == ("email", "Plan", "Hello\n\nAnn")
    assert (row.occurred_at, row.known_at) == (datetime(2025, 6, 29, 8, tzinfo=UTC), NOW)
    assert (row.source.kind, row.source.last_seen_at) == (Source.Kind.MAIL, NOW)


def test_what_a_contact_wrote_is_inbound(box: MailAddress) -> None:
    send(message(box, "Ann <ann@one.example>", f"alice@acme.example, {box.address}", Cc="tim@two.example"))
    assert touches(box.workspace) == [
        ("one", "inbound", "ann@one.example", ""),
        ("two", "inbound", "tim@two.example", ""),
    ]


def test_the_domain_of_one_account_is_enough(box: MailAddress) -> None:
    send(message(box, "new@one.example", "alice@acme.example"))
    assert touches(box.workspace) == [("one", "inbound", "new@one.example", "")]
    response = send(message(box, "new@two.example", "alice@acme.example", Message_Id="<m2@x>"))
    assert response.status_code == 202
    assert "2 accounts have the domain two.example" in response.json()["reason"]


def test_a_forward_is_of_whom_it_passes_on(box: MailAddress) -> None:
    text = "fyi\n\n---------- Forwarded message ---------\nFrom: Eve <eve@private.example>\n\nIt is slow."
    send(message(box, ALICE, box.address, text, Subject="Fwd: Slow"))
    assert touches(box.workspace) == [("one", "inbound", "eve@private.example", "alice@acme.example")]
    assert Touch.objects.of(box.workspace).get().subject == "Slow"


def test_else_of_the_one_contact_it_names(box: MailAddress) -> None:
    send(message(box, ALICE, box.address, "Talked to tim@two.example, who wrote to alice@acme.example"))
    assert touches(box.workspace) == [("two", "two_way", "tim@two.example", "alice@acme.example")]
    both = send(message(box, ALICE, box.address, "tim@two.example and ann@one.example", Message_Id="<m2@x>"))
    assert both.json()["reason"].startswith("no contact found")


def test_what_cannot_be_filed_is_kept_with_its_reason(box: MailAddress) -> None:
    for sender, to, field in (
        ("who@knows.example", "ann@one.example", "From"),
        (ALICE, "who@knows.example", "To"),
        ("", "ann@one.example", "From"),
    ):
        response = send(message(box, sender, to))
        assert (response.status_code, response.json()["result"], response.json()["field"]) == (202, "refused", field)
    assert send(message(box, ALICE, "ann@one.example") + b"\n--b" * 3000).json()["reason"] == "it has too many parts"
    kept = list(Refused.objects.of(box.workspace).order_by("pk").values_list("kind", "field", "value"))
    assert kept == [
        ("touches", "From", "who@knows.example"), ("touches", "To", "who@knows.example"), ("touches", "From", ""),
        ("touches", "message", ""),
    ]  # fmt: skip
    assert touches(box.workspace) == []


def test_the_same_message_again_is_known_already(box: MailAddress) -> None:
    body = message(box, ALICE, "ann@one.example")
    assert send(body).json() == {"result": "filed", "touches": 1}
    assert send(body).json() == {"result": "already_known"}
    other = message(box, ALICE, "ann@one.example, tim@two.example", "with a footer")
    assert send(other).json() == {"result": "filed", "touches": 1}
    Touch.objects.of(box.workspace).update(retracted_at=NOW)
    assert send(body).json() == {"result": "already_known"}
    assert len(touches(box.workspace)) == 2


def test_a_date_of_the_future_or_none_is_when_it_came(box: MailAddress) -> None:
    for n, date in enumerate(("Sun, 29 Jun 2199 10:00:00 +0200", "yesterday", "", "Mon, 01 Jan 1900 00:00:00 +0000")):
        assert send(message(box, ALICE, "ann@one.example", Message_Id=f"<{n}>", Date=date)).status_code == 200
    assert set(Touch.objects.of(box.workspace).values_list("occurred_at", flat=True)) == {NOW}


def test_controls_are_left_out_of_all_that_is_stored(box: MailAddress) -> None:
    body = message(box, ALICE, "ann@one.example", "a\0b\ud800".replace("\ud800", "\x1b"), Subject="=?utf-8?q?x=00y?=")
    assert send(body).status_code == 200
    row = Touch.objects.of(box.workspace).get()
    assert (row.subject, row.outcome) == ("xy", "ab")


def test_so_many_queries_whatever_it_names(box: MailAddress) -> None:
    def count(to: str, name: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            send(message(box, ALICE, to, Message_Id=name))
        return len(queries)

    count("ann@one.example", "<1>")
    few = count("ann@one.example", "<2>")
    many = ", ".join(f"p{n}@one.example" for n in range(60))
    assert count(f"ann@one.example, {many}", "<3>") <= few + 1


# -- whose address


def test_an_address_files_into_its_own_workspace_alone(box: MailAddress, cast: Cast) -> None:
    account(cast.evil, "one", domain="one.example")
    tell(cast.evil, "contacts", {"id": "ann", "account": "one", "email": "ann@one.example"})
    theirs = MailAddress.renew(cast.evil, NOW)
    body = message(box, ALICE, "ann@one.example", Delivered_To=theirs.address)
    assert send(body).json()["result"] == "filed"
    assert (len(touches(cast.acme)), touches(cast.evil)) == (1, [])
    # Alice is nobody there.
    assert send(message(theirs, ALICE, "ann@one.example")).status_code == 202
    assert touches(cast.evil) == []
    assert Refused.objects.of(cast.evil).count() == 1
    assert not Refused.objects.of(cast.acme).exists()


def test_an_unknown_address_is_not_there_and_the_sender_hears_of_it(box: MailAddress) -> None:
    body = message(box, ALICE, "ann@one.example")
    for recipient in (b"accounts+no@in.example", b"ann@one.example", b"", b"accounts+@in.example"):
        lost = re.sub(rb"^Delivered-To:[^\n]*", b"Delivered-To: " + recipient, body)
        assert send(lost).status_code == 404
    assert send(b"").status_code == 404
    assert touches(box.workspace) == []


def test_two_addresses_are_good_while_people_change_over(box: MailAddress, cast: Cast) -> None:
    second = MailAddress.renew(cast.acme, NOW)
    assert [row.pk for row in MailAddress.objects.of(cast.acme).living()] == [second.pk, box.pk]
    assert send(message(box, ALICE, "ann@one.example")).status_code == 200
    third = MailAddress.renew(cast.acme, NOW)
    assert [row.pk for row in MailAddress.objects.of(cast.acme).living()] == [third.pk, second.pk]
    assert send(message(box, ALICE, "ann@one.example")).status_code == 404


def test_the_example_of_the_documentation_signs_as_we_check(box: MailAddress) -> None:
    """The script is run with a curl that prints what it was asked to send."""
    text = (ROOT / "docs/inbound_mail.md").read_text()
    script = re.search(r"^ *```sh\n( *#!/bin/sh\n.*?)^ *```", text, re.S | re.M)
    assert script
    show = 'curl() { for each; do case "$each" in webhook-*) echo "$each" >&2;; esac; done; cat; }\n'
    body = message(box, ALICE, "ann@one.example").partition(b"\n")[2]
    done = subprocess.run(
        ["/bin/sh", "-c", show + dedent(script[1]), "to-healthscore", box.address],
        input=body, capture_output=True, check=True, timeout=20,
        env=os.environ | {"INBOUND_MAIL_SECRET": SECRET, "HEALTHSCORE": "http://localhost"},
    )  # fmt: skip
    headers = dict(line.split(": ", 1) for line in done.stderr.decode().splitlines())
    sent = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert is_good([SECRET], headers, done.stdout, sent)
    assert json.loads(json.dumps(headers)).keys() == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert send(done.stdout).json() == {"result": "filed", "touches": 1}
