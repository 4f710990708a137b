"""Background work: Celery on Valkey or Redis. The broker may vanish; the truth is in PostgreSQL."""

import os
from typing import Any

import django
from celery import Celery, signals

from healthscore import embedded

# An event moves its account within this, and the time its tasks take.
TICK_SECONDS = 15


def broker_url() -> str:
    """Returns the address of the broker as kombu reads it; for a Unix socket that is not redis-py's way."""
    url = os.environ.get("REDIS_URL") or embedded.redis_url()
    return url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthscore.settings")
app = Celery("healthscore", broker=broker_url())
app.conf.update(
    timezone="UTC",
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    # A worker waits for a lost broker as long as it takes; who sends a task hears of it within seconds.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_publish_retry_policy={"max_retries": 2, "interval_start": 0, "interval_step": 0.2},
    broker_transport_options={
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.2,
    },
    # Nothing to remember: the tick may come at any time, so there is no file of when it last came.
    beat_scheduler="celery.beat:Scheduler",
    beat_schedule={
        "tick": {"task": "healthscore.tick", "schedule": TICK_SECONDS, "options": {"expires": TICK_SECONDS}}
    },
)
app.autodiscover_tasks()
app.autodiscover_tasks(["healthscore"], related_name="tick")


@signals.worker_init.connect
@signals.beat_init.connect
def pass_the_gate(**options: Any) -> None:
    """A worker and a beat refuse to start where the web does."""
    django.setup()
    from healthscore.start import refuse_unsafe

    refuse_unsafe()
