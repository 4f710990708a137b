"""Where a query may pass over the workspace, and where the clock may be read. Both lists are short on purpose."""

from __future__ import annotations

import ast
import re

from tests.architecture.code import PACKAGES, ROOT, files, place, tree

# Why each may reach rows without `objects.of(workspace)`. To make a row that names its workspace needs no line.
UNSCOPED = {
    "accounts/api/auth.py:_key_of": "a key is found by its secret; the workspace comes out of it",
    "accounts/api/hook_view.py:_hook": "an address is found by its token; the workspace comes out of it",
    "accounts/management/commands/rotate_secrets.py:_webhooks": "the secrets of all workspaces",
    "accounts/hooks.py:_address": "an address is found by its token; the workspace comes out of it",
    "accounts/members.py:_claim": "an invitation is found by its token; the workspace comes out of it",
    "accounts/members.py:invitation_of": "an invitation is found by its token; the workspace comes out of it",
    "accounts/members.py:memberships_of": "the memberships of who is signed in",
    "accounts/importers/work.py:drain": "a worker is sent an upload by its number",
    "accounts/retraction.py:undo_asked": "a worker is sent an import by its number",
    "accounts/models/account.py:move": "names the workspace itself",
    "accounts/sharing.py:link_of": "a link is found by its token; the workspace comes out of it",
    "accounts/models/fact.py:newest": "looks for later versions in the row's own workspace",
    "accounts/models/account.py:remember": "names the account's workspace itself",
    "accounts/upsert.py:_save_changes": "writes accounts that were read from the workspace",
    "dashboards/views/home.py:home": "the memberships of who is signed in",
    "dashboards/views/page.py:_memberships": "the membership decides which workspace may be seen",
    "healthscore/health.py:readyz": "when any night was last published",
    "metrics/backtest/run.py:_of": "a worker is sent a back-test by its number",
    "metrics/weights/run.py:_of": "a worker is sent a suggestion by its number",
    "metrics/nightly/run.py:open_run": "names the workspace itself",
    "metrics/nightly/run.py:drain": "a worker is sent a run by its number",
    "metrics/nightly/run.py:work": "the run at hand",
    "metrics/nightly/run.py:_count_failure": "the shard at hand",
    "metrics/nightly/run.py:advance": "a worker is sent a run by its number",
    "metrics/nightly/run.py:_give_up": "the run at hand",
}
MAKING = {"create", "bulk_create"}
MAKING_NAMED = {"get_or_create", "update_or_create"}

# In a statement only for whoever pulls what changed: the order of its rows is that of the database's clock.
CHANGED = {
    "accounts/models/fact.py",
    "accounts/places.py",
    "accounts/rates.py",
    "accounts/retraction.py",
    "accounts/upsert.py",
    "metrics/models/kpi.py",
    "metrics/targets.py",
}

# Who may ask what time it is: the outermost, who then hand it down. Everything else gets a day or a moment.
CLOCK = {
    "accounts/api/auth.py": "when a key was last used",
    "accounts/api/dialect_view.py": "when a request came",
    "accounts/api/events.py": "when a request came",
    "accounts/api/hook_view.py": "when a request came",
    "accounts/api/idempotency.py": "when a request came",
    "accounts/api/resources.py": "when a request came",
    "accounts/hooks.py": "when a message came",
    "accounts/importers/run.py": "when a file was read",
    "accounts/importers/work.py": "when a file was read",
    "accounts/management/commands/import_csv.py": "a command",
    "accounts/sessions.py": "whether a session has run out",
    "accounts/tasks.py": "a task",
    "dashboards/management/commands/screens.py": "a command",
    "dashboards/views/account.py": "a page",
    "dashboards/views/account_tables.py": "a page",
    "dashboards/views/backtest.py": "a page",
    "dashboards/views/bands.py": "a page",
    "dashboards/views/bulk.py": "a page",
    "dashboards/views/entries.py": "a page",
    "dashboards/views/evidence.py": "a page",
    "dashboards/views/settings/tables.py": "a page",
    "dashboards/views/settings/one_form.py": "when something was decided",
    "dashboards/views/settings/segments.py": "when something was decided",
    "dashboards/views/event_names.py": "a page",
    "dashboards/views/feedback.py": "a page",
    "dashboards/views/join.py": "a page",
    "dashboards/views/hooks.py": "when a secret was made",
    "dashboards/views/journey.py": "a page",
    "dashboards/views/notes.py": "a page",
    "dashboards/views/people.py": "a page",
    "dashboards/views/page.py": "when a member was last seen",
    "dashboards/views/portfolio.py": "a page",
    "dashboards/views/records.py": "a page",
    "dashboards/views/why.py": "a page",
    "dashboards/views/runs.py": "a page",
    "dashboards/views/scorecards.py": "a page",
    "dashboards/views/scorecard_versions.py": "a page",
    "dashboards/views/share.py": "a page",
    "dashboards/views/shared.py": "a page",
    "dashboards/views/source.py": "a page",
    "dashboards/views/sources.py": "a page",
    "dashboards/views/uploads.py": "a page",
    "dashboards/views/studio.py": "a page",
    "dashboards/views/suggestion.py": "a page",
    "dashboards/views/settings/mail.py": "when something was decided",
    "dashboards/views/settings/members.py": "a page",
    "healthscore/demo/make.py": "up to yesterday",
    "healthscore/demo/write.py": "up to yesterday",
    "healthscore/tick.py": "the heartbeat",
    "metrics/api/backtests.py": "when a request came",
    "metrics/backtest/run.py": "when a back-test moved and ended",
    "metrics/weights/run.py": "when a suggestion ended",
    "metrics/management/commands/suggest.py": "a command",
    "metrics/management/commands/backtest.py": "a command",
    "metrics/management/commands/kpis.py": "a command",
    "metrics/management/commands/recompute.py": "a command",
    "metrics/nightly/kpis.py": "stamps of a count",
    "metrics/nightly/publish.py": "stamps of a run",
    "metrics/nightly/rollups.py": "the day on which something was heard",
    "metrics/nightly/run.py": "stamps of a run",
    "metrics/nightly/shards.py": "stamps of a run",
    "metrics/scorecards.py": "when a version was published",
    "metrics/target_files.py": "when a file was read",
    "metrics/tasks.py": "a task",
}


def _skips_the_workspace(node: ast.Attribute) -> bool:
    method = getattr(node, "parent", None)
    call = getattr(method, "parent", None)
    if not isinstance(method, ast.Attribute) or not isinstance(call, ast.Call):
        return True
    if method.attr in MAKING:
        return False
    return not (method.attr in MAKING_NAMED and any(k.arg == "workspace" for k in call.keywords))


def test_unscoped_is_used_where_the_list_says():
    found = {
        place(file, node)
        for file in files(*PACKAGES)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and node.attr in {"unscoped", "_base_manager", "_default_manager"}
        if _skips_the_workspace(node)
    }
    assert found == set(UNSCOPED)


def test_the_clock_is_read_where_the_list_says():
    found = {
        file
        for file in files(*PACKAGES)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "today", "utcnow", "localdate", "localtime"}
    }
    assert found == set(CLOCK)


def test_sql_reads_no_clock():
    texts = {str(path): path.read_text() for path in ROOT.glob("metrics/sql/*.sql")}
    texts |= {file: (ROOT / file).read_text() for file in files("accounts", "metrics")}
    clock = re.compile(r"\b(now\(\)|current_(date|timestamp)|clock_timestamp|statement_timestamp|localtimestamp)", re.I)
    found = {name: match[0] for name, text in texts.items() for match in clock.finditer(text)}
    found = {name: what for name, what in found.items() if name not in CLOCK.keys() | CHANGED}
    assert not found


def test_no_related_name_leads_around_the_workspace():
    """A reverse manager would use `unscoped`: every key to another model has related_name "+"."""
    from tests.scoped import scoped_models

    open_doors = [
        str(field)
        for model in scoped_models()
        for field in model._meta.concrete_fields
        if field.is_relation and not field.remote_field.hidden
    ]
    assert not open_doors
