"""Whether the service lives (`/healthz`) and can work (`/readyz`)."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse, JsonResponse

from metrics.models import Run


def healthz(request: HttpRequest) -> HttpResponse:
    """200 while this process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, broker and migrations are in order, else 503; names what is not."""
    parts = {"database": _database(), "broker": _broker()}
    parts["migrations"] = migrations() if parts["database"] == "ok" else "unknown"
    last = Run.unscoped.aggregate(last=Max("published_at"))["last"] if parts["migrations"] == "ok" else None
    ready = all(state == "ok" for state in parts.values())
    return JsonResponse({**parts, "last_run": last}, status=200 if ready else 503)


def _database() -> str:
    try:
        # Not ensure_connection: a connection that was lost while it was kept would do for that.
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "does not answer"
    return "ok"


def _broker() -> str:
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
    except redis.RedisError:
        return "does not answer"
    return "ok"


def migrations() -> str:
    """`ok` where every migration is applied, else `behind`."""
    executor = MigrationExecutor(connection)
    return "behind" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"
