"""What must hold where Healthscore is deployed: asked by `manage.py check`, by `migrate` and at every start.

In development, that is on the embedded services or with DEBUG, hardly anything is asked.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from accounts.dialects.signature import key_of

START = "start"
SECRET_LENGTH = 50
CONSOLE = "django.core.mail.backends.console.EmailBackend"
ROLE = "SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user"
UNSAFE = (
    "SELECT name FROM pg_settings WHERE setting = 'off'"
    " AND name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name"
)


@register(START, Tags.security)
def secret_key(app_configs: Any, **options: Any) -> list[Error]:
    """Nobody can guess what signs sessions and links."""
    if settings.DEVELOPMENT or _hard_to_guess(_secret_key()):
        return []
    told = f"SECRET_KEY is missing or easy to guess: set it to {SECRET_LENGTH} random characters or more, "
    return [Error(told + "as `openssl rand -hex 32` makes them.", id="healthscore.E001")]


def _secret_key() -> str:
    try:
        return settings.SECRET_KEY
    except ImproperlyConfigured:  # empty
        return ""


def _hard_to_guess(key: str) -> bool:
    return len(key) >= SECRET_LENGTH and len(set(key)) > 9 and not key.startswith("django-insecure-")


@register(START, Tags.security)
def allowed_hosts(app_configs: Any, **options: Any) -> list[Error]:
    """Links in mails lead to names that are ours."""
    if settings.DEVELOPMENT or (settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS):
        return []
    told = "ALLOWED_HOSTS names no host, or any: set it to the names under which people reach Healthscore."
    return [Error(told, id="healthscore.E002")]


@register(START, Tags.security)
def mail(app_configs: Any, **options: Any) -> list[Error]:
    """Links for new passwords do not land in a log."""
    if settings.DEVELOPMENT or settings.EMAIL_BACKEND != CONSOLE:
        return []
    told = (
        "EMAIL_BACKEND writes mails, and links for new passwords with them, into the log: unset it and set EMAIL_HOST."
    )
    return [Error(told, id="healthscore.E003")]


@register(START, Tags.security)
def inbound_mail(app_configs: Any, **options: Any) -> list[Error]:
    """What signs messages cannot be guessed, in development neither."""
    try:
        for secret in settings.INBOUND_MAIL_SECRETS:
            key_of(secret)
    except ValueError:
        told = "INBOUND_MAIL_SECRETS holds what is no secret: `openssl rand -base64 32`, with whsec_ before it."
        return [Error(told, id="healthscore.E007")]
    return []


@register(START, deploy=True)
def static_files(app_configs: Any, **options: Any) -> list[Error]:
    """Pages find their styles and scripts."""
    if settings.DEVELOPMENT or (settings.STATIC_ROOT / "staticfiles.json").exists():
        return []
    told = f"There are no static files in {settings.STATIC_ROOT}: run `manage.py collectstatic --no-input`."
    return [Error(told, id="healthscore.E004")]


@register(START, Tags.database)
def database(app_configs: Any, databases: list[str] | None = None, **options: Any) -> list[Error]:
    """The role may not do everything, and what was accepted is on disk."""
    if settings.DEVELOPMENT or "default" not in (databases or []):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(ROLE)
        role, superuser = cursor.fetchone()
        cursor.execute(UNSAFE)
        unsafe = [name for (name,) in cursor.fetchall()]
    found = [_superuser(role)] if superuser else []
    return found + [_unsafe(name, role) for name in unsafe]


@register(START, Tags.database)
def whole_migrations(app_configs: Any, databases: list[str] | None = None, **options: Any) -> list[Error]:
    """Of what a migration stands for all is there or nothing: Django passes over it in silence otherwise."""
    if "default" not in (databases or []):
        return []
    loader = MigrationLoader(connections["default"])
    applied = loader.applied_migrations.keys()
    found = []
    for key, migration in loader.disk_migrations.items():
        there = applied & set(migration.replaces)
        if key not in applied and 0 < len(there) < len(migration.replaces):
            found.append(_half(".".join(key), ".".join(max(there))))
    return found


def _half(name: str, last: str) -> Error:
    told = (
        f"The database ends at {last}, within what {name} stands for: run `manage.py migrate` of the version of before"
        " first, or begin with an empty database."
    )
    return Error(told, id="healthscore.E008")


def _superuser(role: str) -> Error:
    told = f"The database role {role} is a superuser: let DATABASE_URL name an ordinary role that owns the database."
    return Error(told, id="healthscore.E005")


def _unsafe(name: str, role: str) -> Error:
    told = (
        f"{name} is off, so accepted facts can be lost: turn it on in postgresql.conf, for the database and for {role}."
    )
    return Error(told, id="healthscore.E006")
