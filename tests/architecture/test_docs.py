"""The documentation holds what the code has: settings, commands, routes, measures; and its links lead somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.utils.translation import override

from accounts.permissions import SCOPES
from healthscore import handbook
from metrics.registry import MEASURES
from tests.architecture.code import PACKAGES, ROOT, files, tree

PAGES = sorted(path.relative_to(ROOT) for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# A picture of the demo, made by `make screens`.
PICTURES = {"docs/images/portfolio.png"}


@pytest.mark.parametrize("name", handbook.PAGES)
def test_pages_that_come_from_the_code_are_up_to_date(name):
    with override("en"):
        assert (ROOT / "docs" / name).read_text() == handbook.PAGES[name](), "run manage.py write_docs"


def test_every_argument_of_every_command_says_what_it_means():
    unsaid = re.findall(r"^## (\w+)|^\| (`[^|]+`) \|\s*\|$", handbook.commands(), re.M)
    assert not [argument for _command, argument in unsaid if argument]
    assert {"up", "import_csv", "recompute", "create_member"} <= {command for command, _argument in unsaid}


def environment() -> set[str]:
    """The names that the code reads from the environment."""
    found = set()
    for file in files(*PACKAGES):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Call) and re.search(r"environ\.get$|^_flag$|^_list$", ast.unparse(node.func)):
                found |= _strings(node.args[:1])
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
                found |= _strings([node.slice]) if isinstance(node.ctx, ast.Load) else set()
            elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]).endswith("environ"):
                found |= _strings([node.left])
    return found


def _strings(nodes: list[ast.expr]) -> set[str]:
    found = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return {text for text in found if re.fullmatch("[A-Z][A-Z_]+", text)}


def test_every_setting_is_documented_and_every_documented_one_is_read():
    text, compose = (ROOT / "docs/settings.md").read_text(), (ROOT / "docker-compose.yml").read_text()
    rows = {name for row in re.findall(r"^\| (`[^|]+) \|", text, re.M) for name in re.findall(r"`([A-Z_]+)`", row)}
    assert rows == environment() | set(re.findall(r"\$\{([A-Z_]+)", compose))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_pages_name_commands_and_settings_that_exist(page):
    text = (ROOT / page).read_text()
    settings = (ROOT / "docs/settings.md").read_text()
    told = set(re.findall(r"\b([A-Z]{2,}_[A-Z_]+)=", text))
    assert not {name for name in told if f"`{name}`" not in settings}
    assert set(re.findall(r"manage(?:\.py)? ([a-z_]{3,})", text)) <= get_commands().keys()


def test_every_route_of_the_api_is_documented():
    pages = (ROOT / "docs/api.md").read_text() + (ROOT / "docs/resources.md").read_text()
    text = re.sub(r"[<{]\w+[>}]", "{}", pages)
    at = handbook.addresses()
    for name, methods in SCOPES.items():
        for method in methods:
            assert f"{method} {re.sub(r'<[^>]+>', '{}', at[name])}" in text


def test_every_measure_has_a_text_and_a_test():
    tests = "\n".join(path.read_text() for path in (ROOT / "tests/metrics/measures").rglob("*.py"))
    untested = [key for key in MEASURES if not re.search(rf"\b{key.partition('.')[2]}\b", tests)]
    assert not untested
    assert all(len(measure.doc) > 20 for measure in MEASURES.values())


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)", (ROOT / page).read_text())
    places = {(ROOT / page.parent / link).resolve() for link in links if "://" not in link}
    missing = {str(place.relative_to(ROOT)) for place in places if not place.exists()}
    assert missing <= PICTURES


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_pages_name_no_machine(page):
    assert not re.search(rf"{re.escape(str(Path.home()))}/|{re.escape(str(ROOT))}", (ROOT / page).read_text())


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs/decisions").glob("*.md")))
def test_a_decision_is_one_page(page):
    text = (ROOT / "docs/decisions" / page).read_text()
    assert re.match(rf"# {int(page[:4])}\. \S", text)
    assert "**Decision.**" in text
    assert "**Why.**" in text
    assert len(text.splitlines()) <= 40
