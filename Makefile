# make demo: everything on this machine, with demo data. Needs Python 3.11 or newer with venv, and make.
PYTHON ?= python3
PORT ?= 8000
ARGS ?=
PY := .venv/bin/python
STRICT = $(wildcard metrics/formulas metrics/registry.py metrics/measures metrics/kpis dashboards/charts \
	dashboards/panels healthscore/embedded.py healthscore/servers.py healthscore/progress.py)

.PHONY: setup demo test test-clients check faults bench screens
.SILENT:

setup: .venv/installed

.venv/installed: requirements.lock
	PYTHON="$(PYTHON)" sh .ci/install
	touch $@

demo: setup
	exec $(PY) manage.py up --demo --port $(PORT)

test: setup
	$(PY) -m pytest -n auto --maxprocesses 4 -m "not faults and not clients" $(ARGS)

# Client libraries as they come, in an environment of their own, against a live server.
test-clients: setup
	PYTHON="$(PYTHON)" sh tests/clients/install
	$(PY) -m pytest -n 0 -m clients tests/clients $(ARGS)

faults: setup
	$(PY) -m pytest -m faults $(ARGS)

check: setup
	$(PY) -m ruff format --check --quiet .
	$(PY) -m ruff check --quiet .
	$(PY) -m mypy --strict $(STRICT)
	$(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint(["--no-logo"])'
	$(PY) -m djlint --quiet --check --lint templates
	$(PY) manage.py check --fail-level WARNING
	$(PY) manage.py makemigrations --check --dry-run

# All of it takes half an hour and 30 GB; ARGS="ingest --pushed 100000" for a part.
bench: setup
	$(PY) -m benchmarks $(ARGS)

screens: setup
	$(PY) manage.py screens $(ARGS)
