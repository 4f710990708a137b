"""What is installed, and what a web process loads at its start."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec

import pytest

from tests.architecture.code import ROOT

HEAVY = {"pandas", "sklearn", "scipy", "matplotlib", "playwright", "openpyxl"}


LOCKS = ("requirements.lock", "requirements-server.lock", "tests/clients/requirements.lock")


def entries(name: str) -> dict[str, str]:
    """Each entry of a lock by its package."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if not re.match(r"\s*#", line)]
    return {re.match(r"[\w.-]+", entry)[0]: entry for entry in re.split(r"\n(?=\S)", "\n".join(lines))}


@pytest.fixture(scope="module")
def lock() -> dict[str, str]:
    return entries("requirements.lock")


def test_every_package_is_pinned_with_its_hashes(lock):
    assert len(lock) > 50
    for name, entry in lock.items():
        assert re.match(rf"{re.escape(name)}==\S+", entry), name
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), name


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_names_no_host(name):
    text = (ROOT / name).read_text()
    assert not re.search(
        r"://|--(extra-)?index-url|--find-links|--trusted-host", text.replace("--no-emit-index-url", "")
    )


def test_the_lock_for_node_names_no_registry():
    assert '"resolved"' not in (ROOT / "tests/clients/package-lock.json").read_text()


def test_the_lock_holds_what_the_project_asks_for(lock):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + [p for extra in project["optional-dependencies"].values() for p in extra]
    names = {re.match(r"[\w.-]+", each)[0].lower() for each in asked}
    assert names <= lock.keys()


def test_a_server_gets_the_same_packages_without_the_tools(lock):
    server = entries("requirements-server.lock")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {re.match(r"[\w.-]+", each)[0] for each in project["dependencies"]}
    tools = {re.match(r"[\w.-]+", each)[0] for each in project["optional-dependencies"]["dev"]}
    assert asked <= server.keys()
    assert not tools & server.keys()
    assert {name: lock[name] for name in server} == server, "lock anew, see CONTRIBUTING.md"


def test_psycopg_3_is_kept_out(lock):
    """Django would prefer it silently, and COPY through psycopg2's cursor would break."""
    assert find_spec("psycopg") is None
    assert not [name for name in lock if name.startswith("psycopg") and name != "psycopg2-binary"]


def test_a_web_process_starts_without_what_is_slow_to_load():
    code = "import healthscore.wsgi, healthscore.urls, sys; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"django", "dashboards", "metrics"} <= loaded
    assert not HEAVY & loaded
