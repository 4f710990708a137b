"""Every KPI is asked for by its name in a test of this folder, which knows its value by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from metrics.registry import KPIS

TEXTS = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))


@pytest.mark.parametrize("key", KPIS)
def test_every_kpi_is_asked_for(key):
    assert f'"{key}"' in TEXTS or f'"{KPIS[key].group}.{{name}}"' in TEXTS and f'"{key.partition(".")[2]}"' in TEXTS
