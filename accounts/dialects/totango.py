"""Totango's pixel: one call says an activity of a user, attributes of an account or of a user, or all three."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from accounts.dialects.success import Wrong, account, contact, user
from accounts.facts import EventItem
from accounts.linking import Belongs, Message, Said

ACCOUNT = {
    "account_name": "name",
    "name": "name",
    "Create Date": "started_on",
    "parent_id": "parent",
    "industry": "industry",
    "Industry": "industry",
    "country": "country",
    "Country": "country",
    "website": "domain",
}
USER = {"name": "name", "email": "email", "Key Contact": "part"}
PARTS = {"yes": "champion", "no": "user"}
LONGEST = 200
# Ours → theirs, for what is found out later.
FIELDS = {
    "account": "sdr_o",
    "id": "sdr_o",
    "name": "sdr_o.account_name",
    "started_on": "sdr_o.Create Date",
    "parent": "sdr_o.parent_id",
    "domain": "sdr_o.website",
    "industry": "sdr_o.industry",
    "country": "sdr_o.country",
    "email": "sdr_u.email",
}


def read(said: Mapping[str, str]) -> Message:
    """The fields of one call → its message. Raises Wrong."""
    ours, person = _id(said, "sdr_o"), _id(said, "sdr_u")
    of_account, of_user = _attributes(said, "sdr_o."), _attributes(said, "sdr_u.")
    if said.get("sdr_odn"):
        of_account = {"name": said["sdr_odn"], **of_account}
    _check(said, ours, person, of_account, of_user)
    parts: list[Said | Belongs] = []
    if ours and of_account:
        parts.append(account(ours, of_account, ACCOUNT))
    if ours and person:
        parts.append(Belongs(user(person), ours))
    if of_user:
        parts.append(contact(person, of_user, USER, ours))
    if said.get("sdr_a"):
        parts.append(_activity(said, ours, person))
    return parts


def _activity(said: Mapping[str, str], ours: str, person: str) -> Said:
    name, module = _short(said, "sdr_a"), _short(said, "sdr_m")
    return Said(
        "events", EventItem(account=ours, name=name, contact=person or None, feature=module or None), user(person)
    )


def _check(
    said: Mapping[str, str], ours: str, person: str, of_account: Mapping[str, str], of_user: dict[str, str]
) -> None:
    """What must go together."""
    activity = said.get("sdr_a", "")
    if not activity and not of_account and not of_user:
        raise Wrong("sdr_a", "", _("is required where there is no attribute of an account or of a user"))
    if of_account and not ours:
        raise Wrong("sdr_o", "", _("is required with attributes of an account"))
    if of_user and not person:
        raise Wrong("sdr_u", "", _("is required with attributes of a user"))
    if not ours and not person:
        raise Wrong("sdr_o", "", _("is required where there is no sdr_u"))
    if "Key Contact" in of_user:
        part = of_user["Key Contact"]
        if part.lower() not in PARTS:
            raise Wrong("sdr_u.Key Contact", part, _("must be one of: %s") % "yes, no")
        of_user["Key Contact"] = PARTS[part.lower()]


def _attributes(said: Mapping[str, str], start: str) -> dict[str, str]:
    return {name.removeprefix(start): _short(said, name) for name in said if name.startswith(start) and name != start}


def _id(said: Mapping[str, str], field: str) -> str:
    return _short(said, field).strip()


def _short(said: Mapping[str, str], field: str) -> str:
    value = said.get(field, "")
    if len(value) > LONGEST:
        raise Wrong(field, value, _("must have at most %s characters") % LONGEST)
    return value
