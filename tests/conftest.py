"""The services behind every test: the embedded PostgreSQL and Valkey, or those the environment names."""

import os

import pytest
import redis
from django.conf import settings

from healthscore import celery, embedded

pytest_plugins = ["tests.kept", "tests.cast"]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """The first process starts the services and keeps them for its workers."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        try:
            embedded.ensure()
        except embedded.EmbeddedError as error:
            pytest.exit(str(error), returncode=1)
    _keep_apart(int(worker.removeprefix("gw") or 0) % 15 + 1)
    # Each test client makes the middleware anew, which looks at all static files then, unless it looks when asked.
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """What a process remembers of its database, each test's is its own."""
    from accounts.api import auth
    from accounts.ingest import asking, events

    auth._calls.clear()
    asking.REMEMBERED.kept.clear()
    events.REPEATING.clear()


def _keep_apart(number: int) -> None:
    """Moves to a Valkey database of its own: a demo that runs beside the tests works on database 0."""
    url = embedded.redis_url(number)
    given = os.environ.get("REDIS_URL") or url
    if given.partition("?")[0] != url.partition("?")[0]:
        return
    os.environ["REDIS_URL"] = settings.REDIS_URL = settings.CACHES["default"]["LOCATION"] = url
    celery.app.conf.broker_url = celery.broker_url()
    redis.Redis.from_url(url).flushdb()
