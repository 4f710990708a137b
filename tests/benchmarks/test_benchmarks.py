"""Each benchmark runs, small, and finds equal results. How fast is asked by nobody here."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from benchmarks.__main__ import NAMES
from tests.architecture.code import ROOT

SMALL = ["--accounts", "40", "--events", "50", "--pushed", "1000", "--facts", "600", "--seconds", "3", "--rate", "50"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("bench")


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_results_are_equal(name, home):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", name, *SMALL],
        cwd=ROOT,
        env=os.environ | {"HEALTHSCORE_HOME": str(home), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"^{name}: ", done.stdout, re.MULTILINE)
    assert "DIFFERENT" not in done.stdout
