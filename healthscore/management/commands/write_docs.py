"""`write_docs`: the pages of docs/ that come from the code, written anew."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import override

from healthscore.handbook import PAGES


class Command(BaseCommand):
    help = "Write the pages of docs/ that come from the code: permissions, commands, metrics, resources."

    def handle(self, *args: Any, **options: Any) -> None:
        with override("en"):
            for name, text in PAGES.items():
                path = settings.BASE_DIR / "docs" / name
                path.write_text(text())
                self.stdout.write(str(path.relative_to(settings.BASE_DIR)))
