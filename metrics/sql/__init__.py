"""Statements too long for a string in code, each in a file of its own."""

from functools import cache
from pathlib import Path


@cache
def statement(name: str) -> str:
    """The text of metrics/sql/<name>.sql."""
    return (Path(__file__).parent / f"{name}.sql").read_text()
