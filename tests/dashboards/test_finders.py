"""Plotly's script comes from the installed wheel, under one name, and nothing else of it."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders


def test_the_script_is_that_of_the_wheel() -> None:
    found = finders.find("plotly/plotly.min.js")
    assert found is not None
    assert Path(found).parent.name == "package_data"
    assert "plotly.js v" in Path(found).read_text()[:200]


def test_nothing_else_of_the_wheel_is_served() -> None:
    assert finders.find("plotly/../__init__.py") is None
    assert finders.find("plotly/widgetbundle.js") is None


def test_collectstatic_takes_it_along() -> None:
    listed = {
        f"{getattr(storage, 'prefix', '')}/{path}"
        for finder in finders.get_finders()
        for path, storage in finder.list([])
    }
    assert "plotly/plotly.min.js" in listed
    assert "plotly/widgetbundle.js" not in listed
