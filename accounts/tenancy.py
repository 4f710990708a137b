"""The database's own guard: a row of one workspace cannot point at a row of another.

For every foreign key between two models of a workspace there is a second, composite one,
(workspace, key) → (workspace, id). Migrations add them, a test sees that none is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def tenant_keys(registry: Any, app_label: str) -> Iterator[tuple[str, str, str]]:
    """(table, column, target table) of each key of an app's models that must stay inside its workspace."""
    for model in registry.get_app_config(app_label).get_models():
        fields = {field.name: field for field in model._meta.concrete_fields}
        if "workspace" not in fields:
            continue
        for name, field in fields.items():
            target = field.remote_field.model if field.is_relation else None
            if target is None or name == "workspace":
                continue
            if any(other.name == "workspace" for other in target._meta.concrete_fields):
                yield model._meta.db_table, field.column, target._meta.db_table


def key_name(table: str, column: str) -> str:
    return f"tenant_{table}_{column}"[:63]


def add_tenant_keys(app_label: str) -> Any:
    """For a migration's RunPython: add those composite keys that do not exist."""

    def forward(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT conname FROM pg_constraint WHERE conname LIKE 'tenant\\_%'")
            existing = {row[0] for row in cursor.fetchall()}
        for table, column, target in tenant_keys(apps, app_label):
            name = key_name(table, column)
            if name not in existing:
                schema_editor.execute(
                    f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (workspace_id, {column})"
                    f" REFERENCES {target} (workspace_id, id) ON DELETE NO ACTION"
                    + ("" if table == "accounts_event" else " DEFERRABLE INITIALLY DEFERRED")
                )

    return forward
