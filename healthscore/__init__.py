"""The Django project: settings, wiring, the embedded services, the demo."""

from healthscore.celery import app as celery_app

__all__ = ["celery_app"]
