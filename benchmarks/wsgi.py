"""What the benchmarks' gunicorn serves: the product, and beside it the way most would take events in."""

from __future__ import annotations

import os

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthscore.settings")
settings.ROOT_URLCONF = "benchmarks.urls"

from healthscore.wsgi import application  # noqa: E402, F401  needs the setting
