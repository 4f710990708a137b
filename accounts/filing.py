"""A message from a workspace's mail address becomes touches: whose it is, which way it went, and where it is filed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts import ingest
from accounts.addresses import accounts_of_domains, contacts_with
from accounts.batch import BAD, Batch, Result, refusal
from accounts.bounds import EARLIEST
from accounts.dialects.mail import Mail
from accounts.facts import TouchItem
from accounts.models import Account, MailAddress, Membership, Refused, Source, Touch, Workspace
from accounts.models.inbound import LOCAL

IN, OUT, BOTH = Touch.Direction.INBOUND, Touch.Direction.OUTBOUND, Touch.Direction.TWO_WAY
KIND = "touches"


@dataclass(frozen=True)
class Filed:
    """What became of a message: how many touches it made, or that it made them before, or why it made none."""

    touches: int = 0
    refused: Result | None = None


@dataclass(frozen=True)
class Match:
    """The accounts it is about, each with the address of theirs; and which way it went."""

    people: dict[int, str]
    direction: str
    forwarded: bool = False


def file(address: MailAddress, mail: Mail, moment: datetime) -> Filed:
    """Make touches of a message, one for each account it is about. What cannot be filed is kept among the refused."""
    workspace = address.workspace
    source = Source.by_mail(workspace, moment)
    match = _Matching(workspace, mail).match()
    if isinstance(match, Result):
        return refuse(source, match, moment)
    ids = {pk: f"mail-{hashlib.sha256(mail.message_id.encode()).hexdigest()[:32]}-{pk}" for pk in match.people}
    seen = set(Touch.objects.of(workspace).filter(external_id__in=ids.values()).values_list("external_id", flat=True))
    items = [
        _item(mail, match, account, ids[account.pk], moment)
        for account in Account.objects.of(workspace).filter(pk__in=match.people).order_by("pk")
        if ids[account.pk] not in seen
    ]
    results = ingest.record(Batch(workspace, source, KIND, items, moment)) if items else []
    wrong = next((result for result in results if result.status in BAD), None)
    return refuse(source, wrong, moment) if wrong else Filed(touches=len(items))


def refuse(source: Source, why: Result, moment: datetime) -> Filed:
    """Keep why a message could not be filed, where the workspace looks for what was not taken."""
    row = Refused.of(source, KIND, 0, why, moment)
    row.row = None
    row.save()
    return Filed(refused=why)


def _item(mail: Mail, match: Match, account: Account, name: str, moment: datetime) -> TouchItem:
    sent = mail.sent_at or moment
    return TouchItem(
        id=name,
        account=account.external_id,
        happened_at=sent if EARLIEST <= sent <= moment + timedelta(hours=1) else moment,
        channel="email",
        direction=match.direction,  # type: ignore[arg-type]
        subject=mail.plain_subject if match.forwarded else mail.subject,
        outcome=mail.text,
        contact=match.people[account.pk][:200],
        member="" if match.direction == IN and not match.forwarded else mail.sender[:254],
    )


class _Matching:
    """Whose message it is. A contact's address counts first, then the domain of one account."""

    def __init__(self, workspace: Workspace, mail: Mail) -> None:
        self.workspace, self.mail = workspace, mail
        self.own = {domain.lower() for domain in workspace.own_domains}
        members = Membership.objects.of(workspace).filter(ended_at=None).annotate(email=Lower("user__email"))
        named = [mail.sender, *mail.to, mail.forwarded_from, *mail.named]
        self.members = set(members.filter(email__in=named).values_list("email", flat=True))
        self.shared = ""

    def match(self) -> Match | Result:
        """Where to file it, or why it cannot be filed."""
        mail = self.mail
        if not mail.sender:
            return refusal("From", "", _("names no address"))
        others = [each for each in mail.to if not self._is_ours(each)]
        if self._is_member(mail.sender):
            people = self._accounts(others)
            return Match(people, OUT) if people else self._forwarded()
        sender = self._accounts([mail.sender])
        if sender:
            return Match(self._accounts(others) | sender, IN)
        if self.shared:
            return refusal("From", mail.sender, self.shared)
        return refusal("From", mail.sender, _("is neither a member nor a contact, nor of the domain of an account"))

    def _forwarded(self) -> Match | Result:
        """A member passes on what a customer wrote, or names whom it is about."""
        origin = self.mail.forwarded_from
        people = self._accounts([origin]) if origin and not self._is_ours(origin) else {}
        if people:
            return Match(people, IN, forwarded=True)
        named = self._contacts(each for each in self.mail.named if not self._is_ours(each))
        if len(set(named.values())) == 1 and len(named) == 1:
            return Match(named, BOTH, forwarded=True)
        to = next((each for each in self.mail.to if not self._is_ours(each)), origin)
        return refusal(
            "To", to, self.shared or _("no contact found: neither among To and Cc nor in a forwarded message")
        )

    def _is_member(self, address: str) -> bool:
        return address in self.members or address.rpartition("@")[2] in self.own

    def _is_ours(self, address: str) -> bool:
        return self._is_member(address) or address.startswith(LOCAL)

    def _accounts(self, addresses: Iterable[str]) -> dict[int, str]:
        """Account → the first of these addresses that is of it."""
        wanted = list(addresses)
        found = self._contacts(wanted)
        rest = [each for each in wanted if each not in found.values()]
        domains = {each.rpartition("@")[2]: each for each in reversed(rest)}
        for domain, accounts in accounts_of_domains(self.workspace, domains).items():
            if len(accounts) == 1:
                found.setdefault(accounts[0], domains[domain])
            else:
                words = {"domain": domain, "n": len(accounts)}
                self.shared = _("is no contact, and %(n)s accounts have the domain %(domain)s") % words
        return found

    def _contacts(self, addresses: Iterable[str]) -> dict[int, str]:
        wanted = list(addresses)
        found = contacts_with(self.workspace, wanted)
        order = {address: n for n, address in enumerate(wanted)}
        best: dict[int, str] = {}
        for account, address in sorted(found, key=lambda pair: order[pair[1]]):
            best.setdefault(account, address)
        return best
