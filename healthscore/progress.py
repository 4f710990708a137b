"""Signs of life on stderr for what may take its time."""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress(what: str) -> Iterator[Callable[[str], None]]:
    """Tells what goes on at least every two seconds. Yields a function that announces the next part."""
    since = told = time.monotonic()
    done = threading.Event()

    def announce(text: str) -> None:
        nonlocal what, since, told
        what, since, told = text, time.monotonic(), time.monotonic()
        print(text, file=sys.stderr, flush=True)  # noqa: T201

    def tick() -> None:
        nonlocal told
        while not done.wait(0.2):
            if time.monotonic() - told >= 1.6:
                told = time.monotonic()
                print(f"{what}… {told - since:.0f} s", file=sys.stderr, flush=True)  # noqa: T201

    teller = threading.Thread(target=tick, daemon=True)
    teller.start()
    try:
        yield announce
    finally:
        done.set()
        teller.join()
