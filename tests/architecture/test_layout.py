"""How large files and functions may be, and what they may not be called."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.code import PACKAGES, ROOT, files, functions

VAGUE = {"services", "selectors", "utils", "util", "helpers", "common", "misc", "base"}
# Django finds a backend by this name.
FOUND_BY_NAME = {"healthscore/postgresql/base.py"}


def test_no_module_has_a_name_that_says_nothing():
    found = [file for file in files(*PACKAGES) if VAGUE & set(Path(file).with_suffix("").parts)]
    assert set(found) == FOUND_BY_NAME


@pytest.mark.parametrize("file", files(*PACKAGES, "tests"))
def test_a_file_has_at_most_400_lines(file):
    assert len((ROOT / file).read_text().splitlines()) <= 400


def test_a_function_has_at_most_60_lines():
    long = {
        f"{file}:{each.name}": each.end_lineno - each.lineno + 1
        for file in files(*PACKAGES, "tests")
        for each in functions(file)
        if each.end_lineno - each.lineno + 1 > 60
    }
    assert not long


def test_every_file_says_what_it_is_for():
    silent = [
        file
        for file in files(*PACKAGES)
        if (text := (ROOT / file).read_text()).strip() and not ast.get_docstring(ast.parse(text))
    ]
    assert set(silent) <= {f"{package}/apps.py" for package in PACKAGES} | {"healthscore/__init__.py"}
