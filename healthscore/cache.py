"""The cache that may vanish: without Valkey nothing is remembered, and nothing breaks for it.

It holds what is cheap to lose, that is counts of attempts to sign in and of calls with a key. While Valkey is away
these limits do not hold; signing in and taking facts go on.
"""

from __future__ import annotations

import logging
import time
from functools import cached_property
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

AWAY_SECONDS = 5


class CountingCache(RedisCache):
    """Django's Redis cache, and a count for which it is asked once."""

    @cached_property
    def _server(self) -> Any:
        return self._cache.get_client(write=True)

    def count(self, key: str, seconds: int, times: int = 1) -> int:
        """How often this key was counted since it first was, these times included; forgotten after so many seconds."""
        name = self.make_and_validate_key(key)
        found = int(self._server.incr(name, times))
        if found == times:
            self._server.expire(name, seconds)
        return found


class ForgivingCache(CountingCache):
    """Django's Redis cache, in which a server that does not answer is an empty one that forgets at once.

    It is then left alone for some seconds, so that a server that hangs holds nobody up for long.
    """

    _away_until = 0.0

    def add(self, *args: Any, **options: Any) -> bool:
        return bool(self._try("add", True, *args, **options))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._try("get", default, key, default, version)

    def set(self, *args: Any, **options: Any) -> None:
        self._try("set", None, *args, **options)

    def touch(self, *args: Any, **options: Any) -> bool:
        return bool(self._try("touch", False, *args, **options))

    def delete(self, *args: Any, **options: Any) -> bool:
        return bool(self._try("delete", False, *args, **options))

    def has_key(self, *args: Any, **options: Any) -> bool:
        return bool(self._try("has_key", False, *args, **options))

    def get_many(self, *args: Any, **options: Any) -> dict[Any, Any]:
        return dict(self._try("get_many", {}, *args, **options))

    def set_many(self, data: dict[Any, Any], *args: Any, **options: Any) -> list[Any]:
        return list(self._try("set_many", list(data), data, *args, **options))

    def delete_many(self, *args: Any, **options: Any) -> None:
        self._try("delete_many", None, *args, **options)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError for a key that is not there, as any cache of Django does."""
        found = self._try("incr", None, key, delta, version)
        if found is None:
            raise ValueError(f"Key '{key}' not found")
        return int(found)

    def count(self, key: str, seconds: int, times: int = 1) -> int:
        """0 where nothing can be counted."""
        return int(self._try("count", 0, key, seconds, times))

    def clear(self) -> bool:
        return bool(self._try("clear", False))

    def _try(self, method: str, otherwise: Any, *args: Any, **options: Any) -> Any:
        if time.monotonic() < self._away_until:
            return otherwise
        try:
            return getattr(super(), method)(*args, **options)
        except RedisError as error:
            log.warning("The cache does not answer: %s", error)
            self._away_until = time.monotonic() + AWAY_SECONDS
            return otherwise
