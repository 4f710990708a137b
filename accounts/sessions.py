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
        found = next(iter(_running(self.session_key, timezone.now())), None)
        if found is None:
            self._session_key = None
        return found


@written_once
def _running(key: str, now: datetime) -> QuerySet[Any]:
    return db.SessionStore.get_model_class().objects.filter(session_key=key, expire_date__gt=now)
