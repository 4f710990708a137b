"""The pages of docs/ that come from the code: who may do what, the commands, the metrics.

`manage.py write_docs` writes them; a test sees that they are up to date.
"""

from __future__ import annotations

import re
from argparse import Action
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.urls import URLResolver, get_resolver
from msgspec import NODEFAULT, UNSET, inspect

from accounts.kinds import KINDS, Kind
from accounts.models import Role
from accounts.permissions import CLIENT, KEY, OWN, PERMISSIONS, PUBLIC, ROUTES, SCOPES, SIGNED
from accounts.words import READ_ONLY
from dashboards.panels.definitions import Definition, Section, sections
from metrics import targets

HEAD = "<!-- Written by `manage.py write_docs` from {source}: change it there. -->\n"
PACKAGES = ("accounts", "metrics", "dashboards", "healthscore")
DJANGO_OPTIONS = {
    *("help", "version", "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks"),
}
TAKES = {
    PUBLIC: "open to anybody",
    OWN: "signed in; shows what is one's own",
    KEY: "an API key, see below",
    CLIENT: "an API key with the scope `events`, as the client sends it",
    SIGNED: "a signature, see [webhooks](webhooks.md) and [inbound mail](inbound_mail.md)",
}


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def addresses() -> dict[str, str]:
    """Each name of the URLconf and its address, as people write it."""
    return {name: _plain(path) for name, path in _walk(get_resolver().url_patterns)}


def _walk(patterns: list[Any], path: str = "/") -> Iterator[tuple[str, str]]:
    for each in patterns:
        here = path + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, here)
        else:
            yield each.name or "", here


def _plain(path: str) -> str:
    """Without types and regular expressions: `/w/<workspace>/runs`."""
    path = re.sub(r"\(\?P<(\w+)>[^()]*\)", r"<\1>", path)
    return re.sub(r"<\w+:(\w+)>", r"<\1>", path).replace("^", "").replace("$", "")


# -- who may do what ----------------------------------------------------------------------------------------

PERMISSIONS_TEXT = """# Who may do what

A person has one role in a workspace. What a role may is the table below; what an address takes is the one after it.

{roles}
To write an account takes `account.write` and the account: a CSM writes the own book and accounts without an owner, a
manager those of the own team (of every team, without one), an admin all.

## Addresses

Who is not signed in is sent to sign in. A stranger to the workspace gets 404, whatever lies at the address. A member
whose role has not the permission gets 403. After that, what is not in the workspace is 404, as if it did not exist.

{pages}
## The API

Keys are made on the page Sources or by `create_api_key`, each for one workspace, with scopes. Without a key, or with a
revoked one: 401. Without the scope: 403. What another workspace has is 404.

{keys}"""


def permissions() -> str:
    """docs/permissions.md"""
    rows = (
        [f"`{name}`", *("yes" if role in roles else "" for role in Role)] for name, roles in sorted(PERMISSIONS.items())
    )
    at = addresses()
    pages = ([f"`{at[name]}`", TAKES.get(takes, f"`{takes}`")] for name, takes in ROUTES.items())
    keys = ([f"`{method} {at[name]}`", f"`{scope}`"] for name, of in SCOPES.items() for method, scope in of.items())
    return HEAD.format(source="accounts/permissions.py") + PERMISSIONS_TEXT.format(
        roles=table(["may", *(role.label for role in Role)], rows),
        pages=table(["address", "takes"], pages),
        keys=table(["request", "scope"], keys),
    )


# -- commands -----------------------------------------------------------------------------------------------

COMMANDS_TEXT = """# Commands

`.venv/bin/python manage.py COMMAND`. Each starts the private PostgreSQL and Valkey where the environment names no other
(see [settings](settings.md)) and they do not run. `--help` says the same as this page.
"""


def commands() -> str:
    """docs/commands.md"""
    ours = sorted((name, app) for name, app in get_commands().items() if app in PACKAGES)
    return HEAD.format(source="the commands") + COMMANDS_TEXT + "".join(_command(app, name) for name, app in ours)


def _command(app: str, name: str) -> str:
    command = load_command_class(app, name)
    parser = command.create_parser("manage.py", name)
    actions = [action for action in parser._actions if action.dest not in DJANGO_OPTIONS]
    rows = ([f"`{_spelled(action)}`", _meant(action)] for action in actions)
    text = f"\n## {name}\n\n{' '.join((command.help or '').split())}\n"
    return text + ("\n" + table(["argument", "means"], rows) if actions else "")


def _spelled(action: Action) -> str:
    value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
    if action.choices:
        value = "|".join(map(str, action.choices))
    if action.option_strings:
        return f"{action.option_strings[-1]} {value}".strip()
    return f"[{value}]" if action.nargs == "?" else value


def _meant(action: Action) -> str:
    default = action.default if action.option_strings and action.default not in (None, False, "") else None
    if isinstance(default, Path) and default.is_relative_to(settings.BASE_DIR):
        default = default.relative_to(settings.BASE_DIR)
    meant = action.help or ""
    if default is None or str(default) in meant:
        return meant
    return f"{meant} ({default})".strip()


# -- metrics ------------------------------------------------------------------------------------------------

METRICS_TEXT = """# Metrics

Every number: how it is made, of what, and where its code is. The page *Definitions* of a workspace says the same.

A **KPI** is one number about a scope (workspace, team, CSM, segment) over a period. Its *records* are what it counts:
belongs to an account and a day, and tells what it adds above and below the line. A **measure** is one number about
one account on one day. The key is file and function: the measure `usage.active_seats` is `active_seats` in
`metrics/measures/usage.py`. On the page of an account its value leads to its records: the very facts and days of use
that count, and which of them entered and left between two days. A value at *100* or beyond is worth 100 points, at
*50* neutral, at *0* or beyond none.
The weight is that of the default scorecard; without one a measure serves caps and scorecards of your own. *From*
names the [kinds of fact](resources.md) that feed it. Examples are run by a test, through the function that the
product uses.
"""


def metrics() -> str:
    """docs/metrics.md"""
    found = list(sections())
    index = [f"[{section.kind}: {section.group}](#{section.anchor})" for section in found]
    head = HEAD.format(source="metrics/kpis/ and metrics/measures/") + METRICS_TEXT
    return head + "\n" + " · ".join(index) + "\n" + "".join(map(_section, found))


def _section(section: Section) -> str:
    head = f'\n<a id="{section.anchor}"></a>\n\n## {section.kind}: {section.group}\n'
    return head + "".join(map(_definition, section.entries))


def _definition(entry: Definition) -> str:
    key = [f"`{entry.key}`"] if entry.key else []
    facts = [*(f"{label}: {text}" for label, text in entry.facts), f"Example: {entry.example}", f"Code: `{entry.code}`"]
    body = [*entry.formula, "\n".join(f"- {line}" for line in [*key, *facts])]
    return f'\n<a id="{entry.anchor}"></a>\n\n### {entry.name}\n\n' + "\n\n".join(body) + "\n"


# -- resources ----------------------------------------------------------------------------------------------

RESOURCES_TEXT = """# Resources

What may be told and pulled: the columns of [`import_csv`](import.md) and the keys of [REST](api.md). The name in
`import_csv` has an underscore where the address has a hyphen; files of targets go in by the page Settings. A field that
is *required* must be in the first telling; one that *may be null* is cleared by `null`. Texts and numbers of which
nothing is said are empty, or as given.
"""
RESOURCES_WORDS = {
    inspect.StrType: "text",
    inspect.BoolType: "true, false",
    inspect.IntType: "whole number",
    inspect.DecimalType: "number",
    inspect.DateType: "day",
    inspect.DateTimeType: "time",
    inspect.ListType: "list of texts",
    inspect.DictType: "object",
}


def resources() -> str:
    """docs/resources.md"""
    kinds = ((name.replace("_", "-"), kind) for name, kind in (KINDS | {"targets": targets.KIND}).items())
    return HEAD.format(source="accounts/facts.py") + RESOURCES_TEXT + "".join(_resource(*each) for each in kinds)


def _resource(resource: str, kind: Kind) -> str:
    at, names = addresses(), (f"api-{resource}", f"api-{resource}-item")
    routes = [f"`{method} {at[name]}`" for name in names for method in SCOPES.get(name, ())]
    doc = " ".join((kind.struct.__doc__ or "").split())
    made = f" The id is made of {' and '.join(f'`{name}`' for name in kind.key)}." if kind.key else ""
    fields = inspect.type_info(kind.struct).fields  # type: ignore[attr-defined]
    rows = ([f"`{each.name}`", *_taken(kind, each)] for each in fields if each.name not in READ_ONLY)
    return f"\n## {resource}\n\n{doc}{made}\n\n{' · '.join(routes)}\n\n" + table(["field", "takes", ""], rows)


def _taken(kind: Kind, field: inspect.Field) -> tuple[str, str]:
    """What a field takes, and what it is where nothing is said."""
    types = getattr(field.type, "types", (field.type,))
    null = any(isinstance(each, inspect.NoneType) for each in types)
    words = [_word(each) for each in types if not isinstance(each, inspect.NoneType)]
    bounds = [f"from {kind.struct.LEAST[field.name]}"] if field.name in getattr(kind.struct, "LEAST", {}) else []
    plain = "" if field.default in ("", None, UNSET, NODEFAULT) else f"`{str(field.default).lower()}`"
    notes = ["required" if field.required else "", "may be null" if null else "", plain]
    return ", ".join([*words, *bounds]), ", ".join(note for note in notes if note)


def _word(kind: Any) -> str:
    if isinstance(kind, inspect.LiteralType):
        return ", ".join(f"`{value}`" for value in kind.values)
    if getattr(kind, "pattern", None):
        return "currency of ISO 4217"
    word = RESOURCES_WORDS[type(kind)]
    if isinstance(kind, inspect.IntType):
        return f"{word} from {kind.ge}"
    longest = getattr(kind, "max_length", None)
    return f"{word}, at most {longest:,}" if longest else word


PAGES: dict[str, Callable[[], str]] = {
    "permissions.md": permissions,
    "commands.md": commands,
    "metrics.md": metrics,
    "resources.md": resources,
}
