"""Tells one story with a client library as it comes: `python tell.py LIBRARY HOST KEY`. Needs the library alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

THEN = datetime(2025, 3, 1, 10, 30, tzinfo=UTC)
MANY = 60


def tell_with_segment(host: str, key: str) -> None:
    import segment.analytics as analytics

    analytics.write_key, analytics.host, analytics.gzip, analytics.upload_size = key, host, True, 20
    _tell(analytics, "segment-python")
    analytics.shutdown()


def tell_with_rudder(host: str, key: str) -> None:
    import rudderstack.analytics as analytics

    analytics.write_key, analytics.dataPlaneUrl, analytics.upload_size = key, host, 20
    _tell(analytics, "rudder-python")
    analytics.shutdown()


def _tell(analytics: Any, name: str) -> None:
    ann = f"{name}-ann"

    def track(what: str, message: str, **more: Any) -> None:
        analytics.track(ann, what, {"rows": 5}, timestamp=THEN, message_id=f"{name}-{message}", **more)

    track("Early", "early")
    analytics.identify(ann, {"name": "Ann", "email": f"{ann}@one.example"})
    analytics.group(ann, "a1", {"industry": "Tea"})
    track("Export", "export")
    track("Export", "export")
    analytics.page(ann, "Docs", "Home", timestamp=THEN, message_id=f"{name}-page")
    for n in range(MANY):
        track("Click", f"click-{n}")
    analytics.flush()
    analytics.group(ann, "a2")
    track("Later", "later")


def tell_with_posthog(host: str, key: str) -> None:
    from posthog import Posthog

    posthog, ann, count = Posthog(key, host=host, flush_at=20, gzip=True), "posthog-ann", iter(range(1000))

    def capture(what: str, **more: Any) -> None:
        uuid = more.pop("uuid", None) or str(UUID(int=next(count), version=4))
        posthog.capture(what, distinct_id=ann, properties={"rows": 5}, timestamp=THEN, uuid=uuid, **more)

    capture("Early")
    posthog.set(distinct_id=ann, properties={"name": "Ann", "email": f"{ann}@one.example"})
    posthog.group_identify("company", "a1", {"industry": "Tea"})
    capture("Export", groups={"company": "a1"}, uuid=str(UUID(int=5000, version=4)))
    capture("Export", groups={"company": "a1"}, uuid=str(UUID(int=5000, version=4)))
    capture("$pageview")
    for _n in range(MANY):
        capture("Click")
    if posthog.get_all_flags(ann) != {}:
        raise AssertionError("there are no flags here")
    posthog.flush()
    capture("Later", groups={"company": "a2"})
    posthog.shutdown()


TELL: dict[str, Callable[[str, str], None]] = {
    "segment-python": tell_with_segment,
    "rudder-python": tell_with_rudder,
    "posthog": tell_with_posthog,
}

if __name__ == "__main__":
    library, address, secret = sys.argv[1:]
    TELL[library](address, secret)
