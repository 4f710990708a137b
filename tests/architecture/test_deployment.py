"""The Dockerfile and docker-compose.yml, as far as they can be read without Docker."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
import yaml

from tests.architecture.code import PACKAGES, ROOT

OURS = ("web", "worker", "beat", "migrate", "manage")
TEXT = (ROOT / "docker-compose.yml").read_text()
# What compose would say: yes in the older YAML is a word.
SERVICES: dict[str, Any] = yaml.safe_load(TEXT)["services"]


def test_the_services_are_these():
    assert SERVICES.keys() == {*OURS, "database", "valkey"}
    assert SERVICES["database"]["image"] == "postgres:18"
    assert SERVICES["valkey"]["image"].startswith("valkey/valkey:")


@pytest.mark.parametrize("name", OURS)
def test_ours_run_without_rights(name):
    service = SERVICES[name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_only_the_web_has_a_port_and_only_for_this_host():
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"web"}
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_data_lies_in_volumes():
    """The image of PostgreSQL 18 keeps its data in a folder by version below this one."""
    assert SERVICES["database"]["volumes"] == ["database:/var/lib/postgresql"]
    assert SERVICES["valkey"]["volumes"] == ["valkey:/data"]
    assert yaml.safe_load(TEXT)["volumes"].keys() == {"database", "valkey"}


@pytest.mark.parametrize("name", ["web", "worker", "database", "valkey"])
def test_each_is_asked_for_its_health(name):
    command = SERVICES[name]["healthcheck"]["test"]
    assert command[0] in {"CMD", "CMD-SHELL"}
    if "-c" in command:
        ast.parse(command[-1])


def test_nothing_starts_before_what_it_needs():
    for name in ("web", "worker", "beat"):
        needs = {each: how["condition"] for each, how in SERVICES[name]["depends_on"].items()}
        assert needs.pop("migrate") == "service_completed_successfully"
        assert needs == {"database": "service_healthy", "valkey": "service_healthy"}
        assert SERVICES[name]["restart"] == "unless-stopped"


def test_no_secret_has_a_default():
    for name in re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|HOSTS)\w*)", TEXT):
        assert re.search(rf"\$\{{{name}:\?", TEXT)
        assert not re.search(rf"\$\{{{name}:?[-}}]", TEXT)
    told = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.M))
    assert told == {"SECRET_KEY": "", "DATABASE_PASSWORD": "", "ALLOWED_HOSTS": ""}


def test_our_role_is_no_superuser():
    content = yaml.safe_load(TEXT)["configs"]["role"]["content"]
    assert "CREATE ROLE healthscore LOGIN PASSWORD" in content
    assert "SUPERUSER" not in content.upper()
    assert SERVICES["web"]["environment"]["DATABASE_URL"].startswith("postgresql://healthscore:")


def test_ours_get_every_setting_and_no_other():
    rows = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text().partition("## Compose")[0], re.M))
    rows |= {"EMAIL_PORT", "EMAIL_HOST_PASSWORD"}  # the second of their rows
    for name in OURS:
        environment = SERVICES[name]["environment"]
        assert environment.keys() - {"WEB_CONCURRENCY"} == rows - {"DEBUG", "HEALTHSCORE_HOME", "STATIC_ROOT"}


def test_the_image_runs_as_somebody_without_rights():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line for line in lines if line.startswith("USER ")]
    assert users == ["USER 10001:10001"]
    assert not [line for line in lines[lines.index(users[0]) :] if line.startswith(("RUN", "COPY", "ADD"))]
    assert not re.search(r"(SECRET|PASSWORD)", "\n".join(lines))


def test_the_image_holds_what_runs_and_nothing_else():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert kept == {*PACKAGES, "static", "templates", "manage.py", "requirements-server.lock", "LICENSE"}
    assert all((ROOT / each).exists() for each in kept)
