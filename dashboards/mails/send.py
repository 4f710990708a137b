"""One mail, as text and HTML, through Django's setting."""

from __future__ import annotations

import logging
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

log = logging.getLogger(__name__)


def send(to: str, subject: str, name: str, **told: Any) -> bool:
    """Send templates/mails/<name>.txt and .html. False where the server does not take it; the log names no link."""
    mail = EmailMultiAlternatives(subject, render_to_string(f"mails/{name}.txt", told), to=[to])
    mail.attach_alternative(render_to_string(f"mails/{name}.html", told), "text/html")
    try:
        mail.send()
    except OSError as error:
        log.warning("A mail (%s) was not sent: %s", name, type(error).__name__)
        return False
    return True
