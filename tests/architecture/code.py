"""The project's own Python files, read as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT: Path = settings.BASE_DIR
PACKAGES = ("accounts", "metrics", "dashboards", "healthscore")


def files(*folders: str) -> list[str]:
    """The Python files below some folders, by their path from the root; without migrations."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert found
    return sorted(str(path.relative_to(ROOT)) for path in found if "migrations" not in path.parts)


@cache
def tree(file: str) -> ast.Module:
    parsed = ast.parse((ROOT / file).read_text())
    for parent in ast.walk(parsed):
        for child in ast.iter_child_nodes(parent):
            child.parent = parent  # type: ignore[attr-defined]
    return parsed


def functions(file: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(file)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def place(file: str, node: ast.AST) -> str:
    """Where a node stands: `file:function`, by the innermost function; `file` outside of any."""
    while hasattr(node, "parent"):
        node = node.parent
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return f"{file}:{node.name}"
    return file
