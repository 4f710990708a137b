"""Log lines without what would let somebody in."""

from __future__ import annotations

import logging
import re

SECRETS = re.compile(
    r"(?P<before>/password/reset/key/|/join/|/s/|/me/email/|/hooks/|\bhs_[0-9a-f]{8}_|\bBearer\s+|://[^\s:/@]*:)"
    r"(?P<secret>[^\s/'\"@]+)"
)


class WithoutSecrets(logging.Formatter):
    """Leaves out links of mails, API keys and passwords in addresses, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRETS.sub(r"\g<before>…", super().format(record))
