"""Sessions as Django keeps them in the database; the query that begins every page is written once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models.written import written_once


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Any:
        key = self.session_key
        # A cookie may hold a NUL character, which PostgreSQL does not take.
        found = next(iter(_running(key, timezone.now())), None) if key.isprintable() else None
        if found is None:
            self._session_key = None
        return found


@written_once
def _running(key: str, now: datetime) -> QuerySet[Any]:
    return db.SessionStore.get_model_class().objects.filter(session_key=key, expire_date__gt=now)
