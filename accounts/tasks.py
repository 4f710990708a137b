"""What workers do. Each task may be sent any number of times."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounts import retention, retraction
from accounts.importers import work
from accounts.models import Workspace


@shared_task(name="accounts.clear")
def clear(workspace_id: int) -> None:
    """Delete what a workspace does not keep any longer."""
    retention.clear(Workspace.objects.get(pk=workspace_id), timezone.now())


@shared_task(name="accounts.read_upload")
def read_upload(upload_id: int) -> None:
    """Check or import a file that was brought in the browser."""
    work.drain(upload_id)


@shared_task(name="accounts.undo_import")
def undo_import(import_id: int) -> None:
    """Take back an import for which that was asked."""
    retraction.undo_asked(import_id, timezone.now())
