"""The application that gunicorn serves."""

import os

import django
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthscore.settings")
django.setup()

from healthscore.start import refuse_unsafe  # noqa: E402  needs the setup

refuse_unsafe()
application = get_wsgi_application()
