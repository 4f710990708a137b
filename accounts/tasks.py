"""What workers do. Each task may be sent any number of times."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounts import retention
from accounts.models import Workspace


@shared_task(name="accounts.clear")
def clear(workspace_id: int) -> None:
    """Delete what a workspace does not keep any longer."""
    retention.clear(Workspace.objects.get(pk=workspace_id), timezone.now())
