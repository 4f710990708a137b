"""The database's own guard: a row of one workspace cannot point at a row of another.

For every foreign key between two models of a workspace there is a second, composite one,
(workspace, key) → (workspace, id). Migrations add them, a test sees that none is missing. Tables that take
many rows at once ask the same by a trigger, once for each statement: a foreign key asks once for each row and
key, which made up three quarters of the time of storing events.
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
    """For a migration's RunPython: add those composite keys that do not exist, but to tables that a trigger guards."""

    def forward(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT conname FROM pg_constraint WHERE conname LIKE 'tenant\\_%'")
            existing = {row[0] for row in cursor.fetchall()}
            cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'tenant_insert'")
            guarded = {row[0] for row in cursor.fetchall()}
        for table, column, target in tenant_keys(apps, app_label):
            name = key_name(table, column)
            if name not in existing and table not in guarded:
                schema_editor.execute(
                    f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (workspace_id, {column})"
                    f" REFERENCES {target} (workspace_id, id) ON DELETE NO ACTION DEFERRABLE INITIALLY DEFERRED"
                )

    return forward


GUARD = """
CREATE OR REPLACE FUNCTION tenant_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{checks}
  RETURN NULL;
END $$"""
TRIGGERS = """
CREATE OR REPLACE TRIGGER tenant_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION tenant_{table}();
CREATE OR REPLACE TRIGGER tenant_update AFTER UPDATE ON {table} REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION tenant_{table}();"""
# OFFSET 0 keeps it a look into the index for each id that the statement names, and + 0 into that of the ids alone: of
# a workspace too young for statistics, an index that begins with the workspace is read from end to end instead.
CHECK = """
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT workspace_id, {column} AS id FROM fresh) named WHERE id IS NOT NULL AND NOT EXISTS (
      SELECT FROM {target} t WHERE t.id = named.id AND t.workspace_id + 0 = named.workspace_id OFFSET 0)
  ) THEN
    RAISE foreign_key_violation USING CONSTRAINT = '{name}', MESSAGE = '{table}.{column} leaves its workspace';
  END IF;"""


def guard_by_statement(app_label: str, *tables: str) -> Any:
    """For a migration's RunPython: let a trigger ask what the composite keys of these tables asked row by row."""

    def forward(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            for column, _target in _keys(apps, app_label, table):
                schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {key_name(table, column)}")
        rewrite_guards(app_label, *tables)(apps, schema_editor)
        for table in tables:
            schema_editor.execute(TRIGGERS.format(table=table))

    return forward


def rewrite_guards(app_label: str, *tables: str) -> Any:
    """For a migration's RunPython: what the triggers of these tables ask, anew. It locks no table."""

    def forward(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            checks = [
                CHECK.format(name=key_name(table, column), table=table, column=column, target=target)
                for column, target in _keys(apps, app_label, table)
            ]
            schema_editor.execute(GUARD.format(table=table, checks="".join(checks)))

    return forward


def _keys(apps: Apps, app_label: str, of: str) -> list[tuple[str, str]]:
    return [(column, target) for table, column, target in tenant_keys(apps, app_label) if table == of]
