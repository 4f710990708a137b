"""Mapping files: ids, conditions, properties, and those kept in the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.batch import Result
from accounts.importers.files import Chunk
from accounts.importers.mapper import MAX_ID, Mapper
from accounts.importers.mapping import parse_mapping, read_mapping, used_columns
from accounts.models import Workspace

EXAMPLES = sorted((Path(__file__).parents[3] / "docs" / "examples").glob("*/*.yaml"))
HEADER = ["a", "b", "c"]


def items(mapping, *cells):
    """What rows of the columns a, b, c come to; nothing here needs a database."""
    mapper = Mapper(parse_mapping(mapping), HEADER, Workspace(time_zone="UTC"))
    chunk = Chunk(numbers=list(range(2, 2 + len(cells))), cells=[list(row) for row in cells])
    return mapper.map(mapper.select(chunk)).decoded


def ids(columns, *cells):
    head = (
        f"kind: events\ncolumns: {{account: a}}\nconstants: {{name: x, occurred_at: 2025-01-01T00:00:00Z}}\n{columns}\n"
    )
    return [item.message_id for item in items(head, *cells)]


def test_an_id_of_several_columns_keeps_different_rows_apart():
    made = ids("id: [a, b, c]", ("1", "2", "3"), ("1|2", "", "3"), ("1", "2|", "3"), ("x" * 150, "y" * 150, "z"))
    assert made[0] == "1|2|3"
    assert len(set(made)) == 4
    assert all(len(each) <= MAX_ID for each in made)


def test_an_id_of_the_row_hangs_on_the_mapped_columns_alone():
    one, two, three = ids("id: row", ("1", "2", "3"), ("1", "other", "3"), ("9", "2", "3"))
    assert one == two != three
    assert ids("", ("1", "2", "3")) == [one]


def test_a_row_without_its_id_is_refused():
    [refused] = items("kind: events\ncolumns: {account: a, name: b}\nid: c\n", ("1", "x", ""))
    assert isinstance(refused, Result)
    assert (refused.field, refused.reason) == ("message_id", "is required")


def test_cells_can_be_renamed_and_cleared():
    mapping = 'kind: accounts\ncolumns: {id: a, country: {column: b, values: {Spanien: ES, "-": null}}}\n'
    found = [item.country for item in items(mapping, ("1", "Spanien", ""), ("2", "-", ""), ("3", "FR", ""))]
    assert found == ["ES", None, "FR"]


def test_an_empty_cell_says_nothing():
    [item] = items("kind: accounts\ncolumns: {id: a, name: b, country: c}\n", ("1", " ", "ES"))
    assert (item.id, item.country) == ("1", "ES")
    assert not isinstance(item.name, str)


def test_columns_become_properties():
    mapping = "kind: accounts\ncolumns: {id: a, properties.plan: b, properties.size: c}\n"
    first, second = items(mapping, ("1", "pro", ""), ("2", "", ""))
    assert first.properties == {"plan": "pro"}
    assert not isinstance(second.properties, dict)


def test_words_of_yaml_stay_words():
    [item] = items("kind: accounts\ncolumns: {id: a}\nconstants: {country: NO, industry: 12:30}\n", ("1", "", ""))
    assert (item.country, item.industry) == ("NO", "12:30")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_mappings_of_the_project_are_sound(path):
    mapping = read_mapping(path)
    assert used_columns(mapping)
    required = {"account"} if mapping.kind != "accounts" else {"id"}
    assert required <= mapping.fields().keys()


def test_there_are_mappings_to_test():
    assert len(EXAMPLES) >= 10
