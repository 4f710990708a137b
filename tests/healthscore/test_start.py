"""What Healthscore refuses where it is deployed, and that it starts where nothing is wrong."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from healthscore import checks
from tests.healthscore.conftest import SECRET

WEB = ["-m", "gunicorn", "healthscore.wsgi", "--bind", "127.0.0.1:0", "--no-control-socket", "--log-level", "critical"]
WORKER = ["-m", "celery", "--app", "healthscore", "--quiet", "worker", "--loglevel", "CRITICAL", "--pool", "solo"]
BEAT = ["-m", "celery", "--app", "healthscore", "--quiet", "beat", "--loglevel", "CRITICAL", "--pidfile="]
START = ["-c", "import healthscore.wsgi"]


def refusals(done) -> list[str]:
    return [line.removeprefix("Healthscore does not start. ") for line in done.stderr.splitlines()]


def test_it_starts_where_nothing_is_wrong(production):
    done = production.python(*START)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_deployment_check_finds_nothing(production):
    done = production.manage("check", "--deploy", "--database", "default", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize("process", [WEB, [*WEB, "--preload"], WORKER, BEAT, ["manage.py", "up", "--port", "0"]])
def test_no_process_starts_without_a_secret(production, process):
    done = production.python(*process, SECRET_KEY="")
    assert done.returncode == 3
    assert any(
        line.startswith("Healthscore does not start. SECRET_KEY is missing") for line in done.stderr.splitlines()
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SECRET_KEY": "change-me"}, "SECRET_KEY is missing or easy to guess: set it to"),
        ({"SECRET_KEY": "abc" * 40}, "SECRET_KEY is missing or easy to guess: set it to"),
        ({"SECRET_KEY": f"django-insecure-{'k3J9x2' * 9}"}, "SECRET_KEY is missing or easy to guess: set it to"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS names no host, or any: set it to"),
        ({"ALLOWED_HOSTS": "health.example.com,*"}, "ALLOWED_HOSTS names no host, or any: set it to"),
        ({"EMAIL_BACKEND": checks.CONSOLE}, "EMAIL_BACKEND writes mails, and links for new passwords with them, into"),
    ],
)
def test_a_setting_that_lets_others_in_is_refused(production, environment, sentence):
    done = production.python(*START, **environment)
    assert done.returncode == 3
    (reason,) = refusals(done)
    assert reason.startswith(sentence)


def test_a_superuser_is_refused(production):
    done = production.python(*START, DATABASE_URL=production.url("postgres"))
    assert done.returncode == 3
    (reason,) = refusals(done)
    assert reason.startswith("The database role postgres is a superuser: let DATABASE_URL name an ordinary role")


def test_a_superuser_does_not_even_migrate(empty):
    done = empty.manage("migrate", DATABASE_URL=empty.url("postgres"))
    assert "The database role postgres is a superuser" in done.stderr
    assert not empty.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_a_server_that_can_lose_what_it_took_is_refused(production, name):
    production.query(f"ALTER SYSTEM SET {name} = off", role="postgres")
    production.query("SELECT pg_reload_conf()", role="postgres")
    try:
        done = production.python(*START)
    finally:
        production.query(f"ALTER SYSTEM RESET {name}", role="postgres")
        production.query("SELECT pg_reload_conf()", role="postgres")
    assert done.returncode == 3
    assert refusals(done)[0].startswith(f"{name} is off, so accepted facts can be lost: turn it on")


@pytest.mark.parametrize("place", ["DATABASE healthscore", "ROLE healthscore"])
def test_a_commit_that_does_not_wait_for_the_disk_is_refused(production, place):
    production.query(f"ALTER {place} SET synchronous_commit = off", role="postgres")
    try:
        done = production.python(*START)
    finally:
        production.query(f"ALTER {place} RESET synchronous_commit", role="postgres")
    assert done.returncode == 3
    assert refusals(done)[0].startswith("synchronous_commit is off, so accepted facts can be lost")


def test_tables_of_an_older_version_are_refused(empty):
    done = empty.python(*START)
    assert done.returncode == 3
    assert refusals(done) == ["The database is not up to date: run `manage.py migrate`."]


@pytest.mark.django_db
@pytest.mark.parametrize(("gone", "last"), [(0, ""), (1, "0029_functions"), (5, "0025_live_debugger"), (29, "")])
def test_a_database_that_ends_within_what_a_migration_stands_for_is_refused(gone, last):
    recorded = MigrationRecorder(connection)
    assert checks.whole_migrations(None, ["default"]) == []
    recorded.record_unapplied("accounts", "0002_in_the_database")
    names = recorded.migration_qs.filter(app="accounts").order_by("-name").values_list("name", flat=True)
    for name in names[:gone]:
        recorded.record_unapplied("accounts", name)
    told = [error.msg.partition(",")[0] for error in checks.whole_migrations(None, ["default"])]
    assert told == ([f"The database ends at accounts.{last}"] if last else [])


def test_a_database_that_does_not_answer_is_one_sentence_without_its_password(production):
    done = production.python(*START, DATABASE_URL="postgresql://healthscore:sesame@127.0.0.1:1/healthscore")
    assert done.returncode == 3
    (reason,) = refusals(done)
    assert reason.startswith("The database does not answer: connection to server at")
    assert "sesame" not in done.stderr


def test_development_is_asked_nothing(empty):
    done = empty.python(*START, DEBUG="1", SECRET_KEY="", ALLOWED_HOSTS="", DATABASE_URL=empty.url("postgres"))
    assert (done.returncode, done.stderr) == (0, "")


def test_pages_without_their_styles_are_refused(production, tmp_path):
    done = production.python(*START, STATIC_ROOT=str(tmp_path))
    assert done.returncode == 3
    (reason,) = refusals(done)
    assert reason == f"There are no static files in {tmp_path}: run `manage.py collectstatic --no-input`."


def test_a_former_secret_still_opens_what_it_signed(production):
    def signing(call: str, **environment: str) -> str:
        code = f"from django.core import signing; print(signing.{call})"
        done = production.python("-c", code, DJANGO_SETTINGS_MODULE="healthscore.settings", **environment)
        return (done.stdout + done.stderr).strip().splitlines()[-1]

    signed = signing("dumps('a session')")
    read, new = f"loads({signed!r})", "Another-1" * 9
    assert signing(read) == "a session"
    assert signing(read, SECRET_KEY=new).startswith("django.core.signing.BadSignature")
    assert signing(read, SECRET_KEY=new, SECRET_KEY_FALLBACKS=SECRET) == "a session"
