"""What the benchmarks' gunicorn serves: the product, and beside it the way most would take events in."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthscore.settings")
settings.ROOT_URLCONF = "benchmarks.urls"
application = get_wsgi_application()
