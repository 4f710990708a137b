"""The backend as Django wants it: a module `base` with a DatabaseWrapper."""

from __future__ import annotations

import select
import time

from django.db.backends.postgresql import base

# Seconds after which a connection is asked although its socket is quiet: the network between may have forgotten it.
ASK_EVERY = 10


class DatabaseWrapper(base.DatabaseWrapper):
    """A server that went away has closed the sockets of its connections, so what begins a request looks there first,
    and asks the server only where something is to be read, or where it was not asked for a while."""

    _asked_at = 0.0

    def connect(self) -> None:
        super().connect()
        self._asked_at = time.monotonic()

    def close_if_health_check_failed(self) -> None:
        if self.health_check_enabled and not self.health_check_done and self._is_quiet():
            self.health_check_done = True
        super().close_if_health_check_failed()

    def is_usable(self) -> bool:
        self._asked_at = time.monotonic()
        return bool(super().is_usable())

    def _is_quiet(self) -> bool:
        if self.connection is None or self.connection.closed or time.monotonic() - self._asked_at > ASK_EVERY:
            return False
        socket = select.poll()
        socket.register(self.connection.fileno(), select.POLLIN)
        return not socket.poll(0)
