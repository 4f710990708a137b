"""The application that gunicorn serves."""

import gc
import os
from importlib import import_module

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthscore.settings")
django.setup()

from accounts.decode import learn  # noqa: E402  needs the setup
from healthscore.start import refuse_unsafe  # noqa: E402  needs the setup

refuse_unsafe()
application = get_wsgi_application()
# All pages are there before the workers part: they share the memory, and the collector passes over it.
import_module(settings.ROOT_URLCONF)
learn()
gc.collect()
gc.freeze()
# A batch of events is thousands of objects, and all of them are needed until it is stored.
gc.set_threshold(50_000, 10, 10)
