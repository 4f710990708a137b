"""The Django project: settings, wiring, the embedded services, the demo."""

import os

# Before NumPy is loaded: many workers share the cores, and sums in one thread are the same everywhere.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from healthscore.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
