"""Finding accounts and people: what begins so comes first, errors of typing are forgiven, the index is used."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models.functions import Upper

from accounts.finding import find
from accounts.models import Account, Contact, Workspace
from tests.cast import account, tell
from tests.kept import kept

pytestmark = pytest.mark.django_db

NAMES = {
    "nordlys": "Nordlys Freight",
    "sable": "Sable Hotels",
    "vela": "Vela Insurance",
    "bright": "Brightwater Clinics",
    "hotel": "Hotel Sable Noir",
}
PEOPLE = {"lars": "Lars Moe", "sara": "Sara Novak", "noel": "Noël Ferré"}


@kept
def known(acme: Workspace, evil: Workspace) -> Workspace:
    for external_id, name in NAMES.items():
        account(acme, external_id, name=name, domain=f"{external_id}.example")
    for external_id, name in PEOPLE.items():
        tell(acme, "contacts", {"account": "nordlys", "id": external_id, "name": name, "email": f"{external_id}@n.io"})
    account(evil, "theirs", name="Nordlys Evil")
    tell(evil, "contacts", {"account": "theirs", "id": "l", "name": "Lars Evil", "email": "lars@evil.io"})
    return acme


def accounts(workspace: Workspace, typed: str) -> list[str]:
    return [row["name"] for row in find(workspace, typed, (8, 8)).accounts]


def people(workspace: Workspace, typed: str) -> list[str]:
    return [row["name"] for row in find(workspace, typed, (8, 8)).people]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("nordlys", "Nordlys Freight"),
        ("no", "Nordlys Freight"),
        ("FREI", "Nordlys Freight"),
        ("freight nordlys", "Nordlys Freight"),
        ("nordyls", "Nordlys Freight"),
        ("nordyls frieght", "Nordlys Freight"),
        ("Brigtwater clincs", "Brightwater Clinics"),
        ("water", "Brightwater Clinics"),
        ("vela insurnce", "Vela Insurance"),
        ("bright.ex", "Brightwater Clinics"),
    ],
)
def test_an_account_is_found_also_where_it_is_typed_wrongly(known: Workspace, typed: str, first: str) -> None:
    assert accounts(known, typed)[:1] == [first]


def test_what_begins_so_comes_before_an_id_and_before_another_word(known: Workspace) -> None:
    assert accounts(known, "sable") == ["Sable Hotels", "Hotel Sable Noir"]
    assert accounts(known, "hotel") == ["Hotel Sable Noir", "Sable Hotels"]
    account(known, "freight-1", name="Zeta")
    assert accounts(known, "freight") == ["Zeta", "Nordlys Freight"]


@pytest.mark.parametrize("typed", ["", "n", " ", "%", "__", "'", "\\", "(", "xyzzy", "--", "🙂🙂", "a" * 100])
def test_whatever_is_typed_is_harmless(known: Workspace, typed: str) -> None:
    assert accounts(known, typed) == people(known, typed) == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [("lars", ["Lars Moe"]), ("lasr moe", ["Lars Moe"]), ("sara@n", ["Sara Novak"]), ("noel", ["Noël Ferré"])],
)
def test_people_are_found_by_name_and_mail(known: Workspace, typed: str, found: list[str]) -> None:
    assert people(known, typed)[: len(found)] == found


def test_what_is_only_alike_does_not_stand_beside_what_begins_so(known: Workspace) -> None:
    for n in range(3):
        tell(known, "contacts", {"account": "nordlys", "id": f"n{n}", "name": f"Nord Lyson {n}"})
    found = find(known, "nord lys", (8, 8))
    assert (found.is_alike, len(found.people), found.accounts) == (False, 3, [])
    assert find(known, "nrdlys", (8, 8)).is_alike
    assert not find(known, "Nordlys Freight", (8, 8)).is_alike


def test_colleagues_and_what_is_no_longer_believed_are_not_found(known: Workspace) -> None:
    tell(known, "contacts", {"account": "nordlys", "id": "ours", "name": "Ulla Ours", "is_internal": True})
    assert people(known, "ulla") == []
    tell(known, "contacts", {"account": "nordlys", "id": "lars", "name": "Lars Berg", "email": "lars@n.io"})
    assert people(known, "lars") == ["Lars Berg"]


@pytest.mark.parametrize("condition", [{"upper__trigram_word_similar": "NORDYLS"}, {"name__istartswith": "nord"}])
def test_an_index_answers_both_ways(known: Workspace, condition: dict[str, str]) -> None:
    """Tables this small are read whole, unless the planner must not."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("DROP INDEX contact_current, contact_address")
    for rows, index in ((Account.unscoped, "account_name_trgm"), (Contact.unscoped, "contact_trgm")):
        found = rows.alias(upper=Upper("name")).filter(**condition)
        assert index in (found.filter(retracted_at=None) if rows is Contact.unscoped else found).explain()
