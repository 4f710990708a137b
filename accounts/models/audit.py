"""Who decided what: an entry for each change of what people decide about. Nobody edits it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.acting import acting
from accounts.models.scoped import WorkspaceManager, WorkspaceModel


class AuditManager(WorkspaceManager):
    """django-auditlog finds out what changed and hands it to `log_create`."""

    def log_create(self, instance: models.Model, action: int, changes: dict[str, Any], **more: Any) -> AuditEntry:
        """Keep a change in its workspace, with who acts: a person, an API key, or neither."""
        fields = [field.name for field in instance._meta.fields if field.name in changes]
        entry: AuditEntry = AuditEntry.of(instance, action, {name: list(changes[name]) for name in fields})
        entry.save(force_insert=True)
        return entry


class AuditEntry(WorkspaceModel):
    """That a person, a program or a command changed a thing: field by field, before and after."""

    class Action(models.IntegerChoices):
        CREATE = 0, _("made")
        UPDATE = 1, _("changed")
        DELETE = 2, _("deleted")

    # Without a constraint: a workspace's own deletion is told about things that go with it.
    workspace = models.ForeignKey(
        "accounts.Workspace", models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    by = models.CharField(
        max_length=254, blank=True, help_text=_("E-mail of the person or name of the key, at that time")
    )
    kind = models.CharField(max_length=60)
    thing = models.CharField(max_length=200, help_text=_("What it was called at that time"))
    thing_id = models.BigIntegerField(null=True)
    action = models.PositiveSmallIntegerField(choices=Action)
    changes = models.JSONField(help_text=_("Field → [before, after]"))

    objects = AuditManager()
    unscoped = models.Manager()

    class Meta(WorkspaceModel.Meta):
        indexes = [
            models.Index(fields=["workspace", "-id"], name="audit_newest"),
            models.Index(fields=["workspace", "kind", "-id"], name="audit_kind"),
            models.Index(fields=["workspace", "actor", "-id"], name="audit_actor"),
            models.Index(fields=["workspace", "at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.get_action_display()} {self.kind} {self.thing}"

    @classmethod
    def of(cls, instance: Any, action: int, changes: dict[str, list[Any]]) -> AuditEntry:
        """An entry, not yet stored, about a thing of a workspace or about the workspace itself."""
        user, by = acting()
        return cls(
            workspace_id=getattr(instance, "workspace_id", instance.pk),
            actor=user,
            by=by,
            kind=instance._meta.model_name,
            thing=str(instance)[:200],
            thing_id=instance.pk,
            action=action,
            changes=changes,
        )
