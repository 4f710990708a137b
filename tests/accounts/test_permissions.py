"""The tables of permissions make sense in themselves; that they hold is tried in tests/test_isolation.py."""

import pytest

from accounts.models import Role
from accounts.permissions import PERMISSIONS, ROUTES, may
from dashboards.context import MENU

LADDER = [Role.VIEWER, Role.CSM, Role.MANAGER, Role.ADMIN]


def test_who_may_more_may_all_that_others_may():
    for permission in PERMISSIONS:
        allowed = [may(role, permission) for role in LADDER]
        assert allowed == sorted(allowed), permission
        assert allowed[-1], permission


def test_a_viewer_only_reads():
    assert all(permission.endswith(".read") for permission in PERMISSIONS if may(Role.VIEWER, permission))


def test_an_unknown_permission_is_a_mistake_and_an_unknown_role_may_nothing():
    with pytest.raises(KeyError):
        may(Role.ADMIN, "account.raed")
    assert not may("owner", "account.read")


def test_the_menu_offers_what_the_address_takes():
    pages = [page for _title, group in MENU for page in group]
    assert {page.name: page.permission for page in pages} == {page.name: ROUTES[page.name] for page in pages}
