"""Bytes → rows: chunks, line numbers, what a broken row takes with it."""

from __future__ import annotations

import pytest

from accounts.importers import files
from accounts.importers.files import CsvFile, FileError


def rows(tmp_path, content):
    """(line, cells or reason) of every row, and the header."""
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with CsvFile(path) as file:
        found = []
        for chunk in file.chunks():
            found += [*zip(chunk.numbers, chunk.cells, strict=True)]
            found += [(line, result.reason) for line, result in chunk.broken]
        return file.header, sorted(found, key=lambda row: row[0])


def test_rows_carry_the_line_on_which_they_begin(tmp_path):
    header, found = rows(tmp_path, b'a,b\n1,"two\nlines"\n3,4\n')
    assert header == ["a", "b"]
    assert found == [(2, ["1", "two\nlines"]), (4, ["3", "4"])]


def test_lines_count_on_after_a_broken_one(tmp_path):
    _header, found = rows(tmp_path, b"a,b\n1,2\n" + b"x" * 2_000_000 + b"\n\0,1\n3,4\n")
    assert [line for line, _row in found] == [2, 3, 4, 5]
    assert found[3] == (5, ["3", "4"])


def test_a_quote_that_never_ends_does_not_take_all_memory(tmp_path):
    content = b'a,b\n1,"2\n' + b"3,4\n" * 200_000
    _header, found = rows(tmp_path, content)
    assert found[0] == (2, "The row has a quote that nobody closed")
    assert found[1:] == [(line, ["3", "4"]) for line in range(3, 200_003)]


@pytest.mark.parametrize(
    ("content", "good"),
    [
        (b'1,"2\n3,4\n5,6\n', [3, 4]),
        (b'1,"2\n3,"4\n5,6\n', [4]),
        (b'1,"two\nlines"\n3,4\n', [2, 4]),
        (b'1,"2\n\0,4\n5,6\n', [4]),
    ],
    ids=["never closed", "closed by another", "closed", "not closed before a NUL"],
)
def test_a_quote_takes_no_other_row_with_it(content, good, tmp_path):
    found = rows(tmp_path, b"a,b\n" + content)[1]
    assert [line for line, row in found if isinstance(row, list)] == good
    assert all(len(row) == 2 for _line, row in found if isinstance(row, list))


def test_many_blank_lines_are_no_end(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "CHUNK_ROWS", 3)
    assert rows(tmp_path, b"a,b\n" + b"\n" * 10 + b"1,2\n")[1] == [(12, ["1", "2"])]


def test_chunks_hold_so_many_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "CHUNK_ROWS", 4)
    path = tmp_path / "x.csv"
    path.write_bytes(b"a\n" + b"1\n" * 10)
    with CsvFile(path) as file:
        assert [len(chunk) for chunk in file.chunks()] == [4, 4, 2]
        assert file.position == file.size


@pytest.mark.parametrize(("first", "delimiter"), [(b"a,b;c,d", ","), (b"a;b,c;d", ";"), (b"a|b", "|"), (b"a", ",")])
def test_the_delimiter_is_the_most_frequent_of_the_header(first, delimiter, tmp_path):
    assert rows(tmp_path, first + b"\n")[0] == first.decode().split(delimiter)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FileError, match="Is a directory"):
        CsvFile(tmp_path)
