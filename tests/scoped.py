"""The models that belong to a workspace, found by themselves."""

from typing import Any

from django.apps import apps


def scoped_models() -> list[Any]:
    """Every model with a workspace."""
    named = [model for model in apps.get_models() if any(f.name == "workspace" for f in model._meta.concrete_fields)]
    assert len(named) > 30
    return named
