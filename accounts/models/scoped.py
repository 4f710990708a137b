"""What belongs to a workspace, and the manager that refuses to forget it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from accounts.models.written import Asked

if TYPE_CHECKING:
    from accounts.models.workspace import Workspace


class WorkspaceRequired(RuntimeError):  # noqa: N818
    """A query on a workspace's rows was begun without naming the workspace."""


class WorkspaceQuerySet(models.QuerySet[Any]):
    """Base of every QuerySet with rules of its own."""


class WorkspaceManager(models.Manager[Any]):
    """`Model.objects.of(workspace)` is the only way in; anything else raises WorkspaceRequired."""

    def __init__(self, queryset_class: type[models.QuerySet[Any]] = WorkspaceQuerySet) -> None:
        super().__init__()
        self._queryset_class = queryset_class

    def deconstruct(self) -> Any:
        raise ValueError("not part of migrations")

    def of(self, workspace: Workspace | Asked | int) -> Any:
        """All rows of one workspace, as this model's QuerySet."""
        workspace_id = workspace if isinstance(workspace, int | Asked) else workspace.pk
        return self._queryset_class(self.model, using=self._db).filter(workspace_id=workspace_id)

    def get_queryset(self) -> models.QuerySet[Any]:
        raise WorkspaceRequired(
            f"{self.model.__name__}.objects needs a workspace: {self.model.__name__}.objects.of(workspace)"
        )


class WorkspaceModel(models.Model):
    """A row of one workspace. Django's own machinery uses `unscoped`; our code uses `objects.of(…)`."""

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, related_name="+", db_index=False)

    objects = WorkspaceManager()
    unscoped = models.Manager()  # noqa: DJ012

    class Meta:
        abstract = True
        default_manager_name = "unscoped"
        base_manager_name = "unscoped"
