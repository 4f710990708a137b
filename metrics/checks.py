"""Whether the catalogue is whole: run by `manage.py check` and at every start."""

from __future__ import annotations

from typing import Any

from django.core.checks import Error, register

from metrics.registry import MEASURES
from metrics.scorecards import DEFAULT_CAPS


@register()
def caps_name_measures(app_configs: Any, **options: Any) -> list[Error]:
    """Every measure that a default cap names is in the catalogue."""
    named = {condition[0] for _, _, conditions in DEFAULT_CAPS for condition in conditions}
    return [
        Error(f"A default cap names {key}, which is no measure.", id="metrics.E001")
        for key in sorted(named - MEASURES.keys())
    ]
