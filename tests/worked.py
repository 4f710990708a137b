"""Inputs and expected results of `tests/data/worked_examples.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

EXAMPLES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "worked_examples.json").read_text())


def examples(*kinds: str) -> list[dict[str, Any]]:
    """The examples of these kinds; KeyError for a kind without any."""
    missing = set(kinds) - {example["metric"] for example in EXAMPLES}
    if missing:
        raise KeyError(missing)
    return [example for example in EXAMPLES if example["metric"] in kinds]
