"""Which client library wrote a body, as it says of itself; found without decoding anything."""

from __future__ import annotations

import re

# The first message says it; what stands beyond is not worth the search.
HEAD = 20_000
SAYS = re.compile(
    rb'"library"\s*:\s*\{[^{}]*?"name"\s*:\s*"([\w.@/ +-]{1,60})"|"\$lib"\s*:\s*"([\w.@/ +-]{1,60})"', re.ASCII
)


def library_in(body: bytes) -> str:
    """The name that Segment's libraries write into `context.library` and PostHog's into `$lib`, or nothing."""
    found = SAYS.search(body, 0, HEAD)
    return (found[1] or found[2]).decode() if found else ""
