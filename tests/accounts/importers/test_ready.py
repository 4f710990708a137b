"""The mappings that come with Healthscore can be read, and say what they are of."""

import pytest

from accounts.importers.ready import HOOKS, ready


@pytest.mark.parametrize("key", sorted(ready()))
def test_it_can_be_read_and_has_a_title(key: str) -> None:
    each = ready()[key]
    assert each.mapping.fields()
    assert 5 < len(each.title) < 60
    assert each.is_of_hooks == each.title.startswith("Webhook:")


def test_there_are_those_of_hubspot_salesforce_and_of_webhooks() -> None:
    kinds = {(key.partition("_")[0], each.mapping.kind) for key, each in ready().items()}
    assert kinds >= {(of, kind) for of in ("hubspot", "salesforce") for kind in ("accounts", "contacts", "deals")}
    assert ready().keys() >= HOOKS
