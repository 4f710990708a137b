"""No one sees or changes what is not theirs.

Every address of the URLconf is found by itself and tried with each role, a stranger, and nobody, with every method;
what must happen stands in `accounts/permissions.py`. An address without a line there fails.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import Membership, Workspace
from accounts.permissions import CLIENT, KEY, OWN, PERMISSIONS, PUBLIC, ROUTES, SCOPES, SIGNED
from tests.cast import Cast
from tests.homes import Home, furnish
from tests.kept import kept
from tests.scoped import scoped_models

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

# -- all addresses ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Route:
    """One pattern of the URLconf: its name, the view, and the arguments its address needs."""

    name: str
    view: Callable[..., Any]
    arguments: tuple[str, ...]
    pattern: str

    @property
    def methods(self) -> tuple[str, ...]:
        """What a REST view answers to."""
        return tuple(m for m in METHODS if hasattr(self.view.cls, m.lower()) and m not in {"HEAD", "OPTIONS"})


def walk(patterns: list[Any], path: str = "", arguments: tuple[str, ...] = (), space: str = "") -> Iterator[Route]:
    """Every pattern below, whatever includes it."""
    for each in patterns:
        here, own = path + str(each.pattern), (*arguments, *each.pattern.regex.groupindex)
        if isinstance(each, URLResolver):
            inside = f"{space}{each.namespace}:" if each.namespace else space
            yield from walk(each.url_patterns, here, own, inside)
        else:
            assert isinstance(each, URLPattern)
            yield Route(space + (each.name or ""), each.callback, own, here)


ALL = list(walk(get_resolver().url_patterns))
BY_NAME = {route.name: route for route in ALL}
PAGES = [name for name, takes in ROUTES.items() if takes in PERMISSIONS]
KEYED = [name for name, takes in ROUTES.items() if takes == KEY]


def test_every_address_has_a_line_in_the_table_and_every_line_an_address():
    unnamed = [route.pattern for route in ALL if not route.name]
    assert not unnamed
    assert sorted(route.name for route in ALL) == sorted(ROUTES)
    assert set(ROUTES.values()) <= {PUBLIC, OWN, KEY, CLIENT, SIGNED, *PERMISSIONS}
    assert sorted(SCOPES) == sorted(KEYED)


def test_every_address_below_a_workspace_takes_a_permission():
    for route in ALL:
        assert ("workspace" in route.arguments) == (ROUTES[route.name] in PERMISSIONS), route.name


@pytest.mark.parametrize("name", KEYED)
def test_every_method_of_the_api_needs_a_scope(name):
    assert sorted(BY_NAME[name].methods) == sorted(SCOPES[name])
    assert BY_NAME[name].view.cls.scopes == SCOPES[name]


def test_a_method_without_a_named_scope_is_refused(here, monkeypatch):
    monkeypatch.setattr(BY_NAME["api-accounts"].view.cls, "scopes", {})
    response = Client().get(address("api-accounts", here), headers=bearer(here.keys["read"]))
    assert response.status_code == 403


# -- two workspaces with the same in each -------------------------------------------------------------------


@kept
def here(cast: Cast) -> Home:
    return furnish(cast.acme, "Zinnia")


@kept
def there(cast: Cast, here: Home) -> Home:
    return furnish(cast.evil, "Wormwood")


def resource_of(name: str) -> str:
    """The REST resource of an address by its name: `api-deals-item` → `deals`."""
    return name.removeprefix("api-").removesuffix("-item")


def address(name: str, home: Home, **other: Any) -> str:
    arguments = home.arguments | {"external_id": home.ids.get(resource_of(name))} | other
    return reverse(name, kwargs={each: arguments[each] for each in BY_NAME[name].arguments})


def signed_in(member: Membership | None) -> Client:
    client = Client(raise_request_exception=True)
    if member:
        client.force_login(member.user)
    return client


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside has not happened after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def answers(client: Client, url: str, **headers: str) -> dict[str, Any]:
    """What each method that the address offers gets; one at a time, each from the same state."""
    found = {}
    for method in METHODS:
        cache.clear()
        with undone():
            response = client.generic(method, url, b"", "application/json", headers=headers)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            found[method] = response
    assert found, f"{url} offers no method at all"
    return found


def codes(found: dict[str, Any]) -> set[int]:
    return {response.status_code for response in found.values()}


def sent_to_sign_in(found: dict[str, Any]) -> bool:
    return all(r.status_code == 302 and r["Location"].startswith(reverse("account_login")) for r in found.values())


def opened(found: dict[str, Any]) -> bool:
    """Nobody was turned away, nothing broke, and one method at least came through."""
    return all(code < 400 or code in {400, 415, 422} for code in codes(found)) and not sent_to_sign_in(found)


def contents(workspace: Workspace) -> str:
    """A digest of all rows of a workspace."""
    found = hashlib.sha256()
    with connection.cursor() as cursor:
        for model in scoped_models():
            cursor.execute(
                f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {model._meta.db_table} t"
                " WHERE workspace_id = %s",
                [workspace.pk],
            )
            found.update(repr(cursor.fetchone()).encode())
    return found.hexdigest()


# -- pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_for_the_roles_of_its_permission_only(name, cast, here):
    url, roles = address(name, here), PERMISSIONS[ROUTES[name]]
    for member in (cast.victor, cast.alice, cast.bob, cast.carol):
        found = answers(signed_in(member), url)
        if member.role in roles:
            assert opened(found), (member.role, codes(found))
        else:
            assert codes(found) == {403}, (member.role, codes(found))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_sends_nobody_to_sign_in(name, here):
    assert sent_to_sign_in(answers(signed_in(None), address(name, here)))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_no_form_without_its_token(name, cast, here):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.carol.user)
    before = contents(cast.acme)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        response = client.generic(method, address(name, here), b"name=x", "application/x-www-form-urlencoded")
        assert response.status_code in {403, 405}, method
    assert contents(cast.acme) == before


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_not_there_for_a_stranger(name, cast, here):
    before = contents(cast.acme)
    found = answers(signed_in(cast.mallory), address(name, here))
    assert codes(found) == {404}
    assert not any(here.mark in response.content.decode() for response in found.values())
    assert contents(cast.acme) == before


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_not_there_for_who_has_left(name, cast, here):
    Membership.objects.of(cast.acme).filter(pk=cast.carol.pk).update(ended_at=timezone.now())
    assert codes(answers(signed_in(cast.carol), address(name, here))) == {404}


# These name no thing that a workspace has.
WORDS = {"workspace", "table", "sheet", "kind", "form", "group", "name", "measure", "number", "block"}


@pytest.mark.parametrize("name", [name for name in PAGES if set(BY_NAME[name].arguments) - WORDS])
def test_an_address_of_the_own_workspace_does_not_reach_into_another(name, cast, here, there):
    for member, url in (
        (cast.carol, address(name, there, workspace=cast.acme.slug)),
        (cast.mallory, address(name, here, workspace=cast.evil.slug)),
    ):
        before = contents(cast.acme), contents(cast.evil)
        assert codes(answers(signed_in(member), url)) == {404}
        assert (contents(cast.acme), contents(cast.evil)) == before


def text_of(response: Any) -> str:
    """What is said; of a spreadsheet, in all its parts."""
    if "spreadsheetml" not in response["Content-Type"]:
        return str(response.content.decode())
    with ZipFile(BytesIO(response.content)) as parts:
        return "\n".join(parts.read(name).decode() for name in parts.namelist())


def test_own_pages_name_nothing_of_another_workspace(cast, here, there):
    named = 0
    for name in [*PAGES, "home"]:
        for headers in ({}, {"HX-Request": "true"}):
            response = signed_in(cast.mallory).get(address(name, there), follow=True, headers=headers)
            page = text_of(response)
            assert not any(word in page for word in (here.mark, "Acme", "acme")), name
            named += there.mark in page
    assert named >= 10


@pytest.mark.parametrize("name", [name for name, takes in ROUTES.items() if takes == OWN])
def test_what_is_ones_own_opens_for_whoever_is_signed_in(name, cast, here):
    assert sent_to_sign_in(answers(signed_in(None), address(name, here)))
    for member in (cast.victor, cast.mallory):
        assert opened(answers(signed_in(member), address(name, here)))


@pytest.mark.parametrize("name", [name for name, takes in ROUTES.items() if takes == PUBLIC])
def test_what_is_public_opens_for_nobody_in_particular(name, cast, here):
    url = address(name, here) if name != "api-not-found" else "/api/v1/nothing"
    for member in (None, cast.mallory):
        found = answers(signed_in(member), url)
        # The token at hand is that of an invitation; a link has one of its own.
        assert codes(found) == {404} if name in {"api-not-found", "shared"} else opened(found), codes(found)
        assert not any(here.mark in response.content.decode() for response in found.values())


@pytest.mark.parametrize("name", [name for name, takes in ROUTES.items() if takes == SIGNED])
def test_what_is_signed_takes_nothing_else(name, cast, here):
    before = contents(cast.acme)
    for client in (signed_in(None), signed_in(cast.carol)):
        assert codes(answers(client, address(name, here), **bearer(here.keys["write"]))) == {401}
    assert contents(cast.acme) == before


# -- the API ------------------------------------------------------------------------------------------------


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("name", KEYED)
def test_the_api_takes_a_living_key_and_nothing_else(name, cast, here):
    url, before = address(name, here), contents(cast.acme)
    key = here.keys["read"]
    wrong = key[:-1] + ("a" if key.endswith("b") else "b")
    for headers in ({}, bearer(here.revoked), bearer(wrong), bearer("hs_"), {"Authorization": key}):
        assert codes(answers(Client(), url, **headers)) == {401}
    assert codes(answers(signed_in(cast.carol), url)) == {401}, "a session is no key"
    assert contents(cast.acme) == before


@pytest.mark.parametrize("name", KEYED)
def test_a_key_without_the_scope_is_refused(name, here):
    for scope, key in here.keys.items():
        found = answers(Client(), address(name, here), **bearer(key))
        for method, needed in SCOPES[name].items():
            if needed == scope:
                assert opened({method: found[method]}), (method, scope, found[method].status_code)
            else:
                assert found[method].status_code == 403, (method, scope)
                assert here.mark not in found[method].content.decode()


@pytest.mark.parametrize("name", [name for name, takes in ROUTES.items() if takes == CLIENT])
def test_a_client_needs_a_living_key_that_may_push(name, cast, here):
    url, before = address(name, here), contents(cast.acme)
    assert set(BY_NAME[name].view.cls.scopes) == set(BY_NAME[name].methods)
    for headers in ({}, bearer(here.revoked), bearer("hs_"), {"Authorization": here.keys["events"]}):
        assert codes(answers(Client(), url, **headers)) == {401}
    assert codes(answers(signed_in(cast.carol), url)) == {401}, "a session is no key"
    assert contents(cast.acme) == before
    for scope, key in here.keys.items():
        found = answers(Client(), url, **bearer(key))
        assert opened(found) if scope == "events" else codes(found) - {200} == {403}, (scope, codes(found))


@pytest.mark.parametrize("name", [name for name in KEYED if BY_NAME[name].arguments])
def test_a_key_of_another_workspace_does_not_find_it(name, cast, here, there):
    before = contents(cast.acme)
    for method, scope in SCOPES[name].items():
        with undone():
            response = Client().generic(
                method, address(name, here), b"{}", "application/json", headers=bearer(there.keys[scope])
            )
            # What puts a thing at an address makes the key's own one, below the same id, or lacks what it takes.
            made = method == "PUT" and response.status_code in {201, 422}
            assert response.status_code == 404 or made, method
            assert here.mark not in response.content.decode().replace(quote(here.ids[resource_of(name)]), "")
            assert contents(cast.acme) == before


def test_a_list_of_the_api_holds_the_own_rows_only(here, there):
    for name in [name for name in KEYED if "GET" in SCOPES[name] and not BY_NAME[name].arguments]:
        for own, other in ((here, there), (there, here)):
            text = Client().get(address(name, own), headers=bearer(own.keys[SCOPES[name]["GET"]])).content.decode()
            assert own.ids[resource_of(name)] in text, name
            assert other.ids[resource_of(name)] not in text, name
            assert other.mark not in text, name
