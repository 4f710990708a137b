"""Addresses that pages name over and over: the same of every row, every day."""

from __future__ import annotations

from functools import lru_cache

from django.urls import reverse


@lru_cache(maxsize=20_000)
def address(name: str, *place: str | int) -> str:
    """`reverse`, which takes its time, once for each address."""
    return reverse(name, args=place)
