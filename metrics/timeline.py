"""Everything that was heard and worked out of an account, in one order, from one statement, a page at a time.

An entry is a place: its moment, its kind (by number in KINDS) and what tells two of a moment and kind apart. The order
is that of all three, descending, and total; so a page begins behind a place, whatever came in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from accounts.models import Account
from metrics.sql import statement

Place = tuple[datetime, int, int]

# When a day began where the workspace is.
START = "({}::timestamp AT TIME ZONE %(zone)s)"
# So many of each sort are looked at for the line of a score.
MARKS = 30
# The ordinal of what there is one of in a moment.
ONE = "0"
BELIEVED = "t.retracted_at IS NULL"
# The terms of a subscription in force on a day.
HAD_IT = """EXISTS (SELECT FROM accounts_subscription s
    WHERE s.workspace_id = t.workspace_id AND s.account_id = %(account)s AND s.retracted_at IS NULL
      AND s.starts_on <= t.released_on AND (s.ends_on IS NULL OR s.ends_on > t.released_on)
      AND (t.plans = '{}' OR s.product = ANY(t.plans)))"""
GOES_ON = """EXISTS (SELECT FROM accounts_subscription n
    WHERE n.workspace_id = t.workspace_id AND n.account_id = t.account_id AND n.subscription = t.subscription
      AND n.retracted_at IS NULL AND n.starts_on <= t.ends_on AND (n.ends_on IS NULL OR n.ends_on > t.ends_on))"""
VERSION_BEFORE = """CROSS JOIN LATERAL (SELECT p.value, p.state FROM accounts_goal p
    WHERE p.workspace_id = t.workspace_id AND p.external_id = t.external_id AND p.retracted_at IS NOT NULL
      AND p.id < t.id ORDER BY p.id DESC LIMIT 1) p"""
MOVED = """(p.value, p.state) <> (t.value, t.state) AND EXISTS (SELECT FROM accounts_goal c
    WHERE c.workspace_id = t.workspace_id AND c.external_id = t.external_id AND c.retracted_at IS NULL)"""
NAMED = """CASE t.field WHEN 'segment' THEN t.value
    WHEN 'stage' THEN (SELECT n.name FROM accounts_stage n
      WHERE n.workspace_id = t.workspace_id AND n.id::text = t.value)
    WHEN 'team' THEN (SELECT n.name FROM accounts_team n
      WHERE n.workspace_id = t.workspace_id AND n.id::text = t.value)
    WHEN 'owner' THEN (SELECT u.name FROM accounts_membership n JOIN accounts_user u ON u.id = n.user_id
      WHERE n.workspace_id = t.workspace_id AND n.id::text = t.value) END"""
OF_TICKET = """t.ticket IN (SELECT i.external_id FROM accounts_ticket i WHERE i.workspace_id = %(workspace)s
    AND i.account_id = %(account)s AND i.retracted_at IS NULL AND lower(i.subject) LIKE lower({word}))"""
COUNTED = "t.known_day <= %(today)s AND t.retracted_day > %(today)s"


@dataclass(frozen=True)
class Kind:
    """Where the rows of a kind of entry lie, when each happened, and the words that a search looks through;
    `or_said` is where else a word may stand.

    `day` names a column of days that orders them as `at` does. Of the `late` ones only what falls between the places
    of the others is looked at: to find them is dear, and they are few. Of the `sought` ones a search first finds the
    days, from an index alone.
    """

    name: str
    group: str
    table: str
    words: str = ""
    at: str = "t.occurred_at"
    ordinal: str = "t.id"
    where: str = BELIEVED
    of_account: str = "t.account_id = %(account)s"
    day: str = ""
    end: str = ""
    late: bool = False
    sought: bool = False
    or_said: str = ""


def _use(name: str, group: str, is_use: str) -> Kind:
    """The counted events of a day, as one entry."""
    return Kind(
        name, group, "metrics_accountday t", "t.name, t.said, t.feature", START.format("t.day"), ONE,
        f"{COUNTED} AND t.is_use{is_use}", day="t.day", end="GROUP BY t.day", sought=True,
    )  # fmt: skip


KINDS: tuple[Kind, ...] = (
    _use("use", "use", ""),
    _use("event", "event", " = false"),
    Kind("release", "release", "accounts_release t", "t.feature", of_account="true",
         where=f"{BELIEVED} AND ({HAD_IT} OR (t.plans = '{{}}' AND t.released_on >= %(started)s))"),
    Kind("import", "import", "accounts_accountimport t JOIN accounts_import i ON i.id = t.imported_id",
         "i.file_name, i.kind", "i.started_at", "i.id", "i.workspace_id = t.workspace_id"),
    Kind("figure", "goal", "accounts_clientfigure t", "t.figure"),
    Kind("goal", "goal", "accounts_goal t", "t.name, t.unit"),
    Kind("progress", "goal", f"accounts_goal t {VERSION_BEFORE}", "t.name, t.unit, t.state", "t.known_at", where=MOVED),
    Kind("contact", "people", "accounts_contact t", "t.name, t.email, t.part",
         where=f"{BELIEVED} AND NOT t.is_internal AND (t.left_on IS NULL OR t.since_on IS NOT NULL)"),
    Kind("left", "people", "accounts_contact t", "t.name, t.email, t.part", START.format("t.left_on"),
         where=f"{BELIEVED} AND NOT t.is_internal AND t.left_on IS NOT NULL"),
    Kind("history", "history", "accounts_accounthistory t", NAMED, "t.since", where="true"),
    Kind("term", "contract", "accounts_subscription t", "t.product, t.subscription"),
    Kind("term-end", "contract", "accounts_subscription t", "t.product, t.subscription", START.format("t.ends_on"),
         where=f"{BELIEVED} AND t.ends_on <= %(today)s AND NOT {GOES_ON}"),
    Kind("purchase", "contract", "accounts_purchase t", "t.product, t.kind"),
    Kind("deal", "contract", "accounts_deal t", "t.name, t.kind"),
    Kind("deal-end", "contract", "accounts_deal t", "t.name, t.kind, t.state", START.format("t.closed_on"),
         where=f"{BELIEVED} AND t.closed_on IS NOT NULL AND t.state <> 'open'"),
    Kind("churn", "contract", "accounts_churn t", "t.reason, t.comment"),
    Kind("invoice", "money", "accounts_invoice t", "t.number, t.external_id"),
    Kind("payment", "money", "accounts_payment t", "t.kind, t.invoice"),
    Kind("ticket", "support", "accounts_ticket t", "t.subject, t.external_id, t.theme, t.priority, t.person"),
    Kind("ticket-event", "support", "accounts_ticketevent t",
         "t.kind, t.ticket", where=f"{BELIEVED} AND t.kind <> 'opened'", or_said=OF_TICKET),
    Kind("survey", "survey", "accounts_surveyresponse t", "t.comment, t.person, t.kind, t.survey"),
    Kind("feedback", "feedback", "accounts_feedback t", "t.text, t.topic, t.kind, t.person"),
    Kind("resolved", "feedback", "accounts_feedback t", "t.text, t.topic, t.kind, t.person",
         START.format("t.resolved_on"), where=f"{BELIEVED} AND t.resolved_on IS NOT NULL"),
    Kind("touch", "touch", "accounts_touch t", "t.subject, t.outcome, t.person, t.member, t.channel"),
    Kind("note", "note", "accounts_note t", "t.body", "t.created_at"),
    Kind("pulse", "note", "accounts_pulse t", "t.comment, t.member"),
    Kind("manual", "health", "metrics_manualband t", "t.reason", "t.created_at", where="true"),
    Kind("manual-end", "health", "metrics_manualband t", "t.reason",
         f"greatest({START.format('t.ended_on')}, t.created_at)", where="t.ended_on IS NOT NULL"),
    Kind("version", "health", "days t", at=START.format("t.day"), ordinal=ONE, day="t.day", late=True,
         where="t.version_id <> t.version_before"),
    Kind("band", "health", "days t", at=START.format("t.day"), ordinal=ONE, day="t.day", late=True,
         where="t.band IS DISTINCT FROM t.band_before"),
)  # fmt: skip
NUMBERS = {kind.name: n for n, kind in enumerate(KINDS)}
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(kind.group for kind in reversed(KINDS)))

BRANCH = """(SELECT {n} AS kind, {at} AS at, {ordinal}::bigint AS ordinal FROM {table}
  WHERE t.workspace_id = %(workspace)s AND {of_account} AND {where}{more}
  {end} ORDER BY {order} LIMIT %(limit)s)"""
# On which days something with the words was done: so many that an entry of each and that of the place fill a page.
SOUGHT = """sought AS MATERIALIZED (SELECT t.day FROM metrics_accountday t
  WHERE t.workspace_id = %(workspace)s AND t.account_id = %(account)s AND {where}{more}
  GROUP BY t.day ORDER BY t.day {way} LIMIT %(limit)s + 1), """
# The published days between two moments, each with what the scored day before had.
DAYS = """days AS (
  SELECT * FROM (
    SELECT s.workspace_id, s.account_id, s.day, s.band, s.version_id, lag(s.band) OVER w AS band_before,
      lag(s.version_id) OVER w AS version_before
    FROM metrics_scoresnapshot s JOIN metrics_run r ON r.id = s.run_id AND r.published_attempt = s.attempt
    WHERE s.workspace_id = %(workspace)s AND s.account_id = %(account)s AND s.day <= (SELECT last FROM edge)
      AND s.day >= coalesce((SELECT b.day FROM metrics_scoresnapshot b
        JOIN metrics_run r ON r.id = b.run_id AND r.published_attempt = b.attempt WHERE b.workspace_id = %(workspace)s
        AND b.account_id = %(account)s AND b.day < (SELECT first FROM edge) ORDER BY b.day DESC LIMIT 1),
        (SELECT first FROM edge))
    WINDOW w AS (ORDER BY s.day)
  ) every_day WHERE day >= (SELECT first FROM edge))"""
EDGE = """edge AS (SELECT {first} AS first, {last} AS last FROM (
  SELECT CASE WHEN count(*) = %(limit)s THEN ({end}(at) AT TIME ZONE %(zone)s)::date END AS day FROM found) f)"""
PAGE = """WITH {sought}found AS MATERIALIZED (
  SELECT * FROM ({known}) k ORDER BY at {way}, kind {way}, ordinal {way} LIMIT %(limit)s){late}
SELECT at, kind, ordinal FROM ({all}) a ORDER BY at {way}, kind {way}, ordinal {way} LIMIT %(limit)s"""
NOTHING = "SELECT NULL::int AS kind, NULL::timestamptz AS at, NULL::bigint AS ordinal WHERE false"


@dataclass(frozen=True)
class Wanted:
    """Which entries: of these groups (none named: all), with all these words; so many behind a place, the newest
    first; or so many `newer` than it, the oldest first."""

    groups: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    behind: Place | None = None
    newer: bool = False
    limit: int = 20


def places(account: Account, wanted: Wanted, today: date) -> list[Place]:
    """Where the wanted entries stand, as believed today. One statement."""
    at, kind, ordinal = wanted.behind or (None, None, None)
    values: dict[str, Any] = {
        "workspace": account.workspace.pk,
        "account": account.pk,
        "started": account.started_on or account.workspace.day_of(account.created_at),
        "zone": account.workspace.time_zone,
        "today": today,
        "limit": wanted.limit,
        "at": at,
        "ordinal": ordinal,
    }
    values |= {f"word{n}": f"%{_plain(word)}%" for n, word in enumerate(wanted.words)}
    with connection.cursor() as cursor:
        cursor.execute(_statement(wanted.groups, len(wanted.words), kind, wanted.newer), values)
        return cursor.fetchall()


def marks(account: Account, first: date, last: date) -> list[tuple[date, str]]:
    """What happened on some days that is worth a word on the line of the score, the weightiest sort first, of each the
    newest: (day, what it is). One statement."""
    workspace = account.workspace
    values: dict[str, Any] = {
        "workspace": workspace.pk,
        "account": account.pk,
        "zone": workspace.time_zone,
        "first": first,
        "last": last,
        "start": workspace.start_of(first),
        "end": workspace.end_of(last),
        "limit": MARKS,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("marks"), values)
        return cursor.fetchall()


def _plain(word: str) -> str:
    """What LIKE takes for itself."""
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


@lru_cache(maxsize=256)
def _statement(groups: tuple[str, ...], words: int, kind: int | None, newer: bool) -> str:
    chosen = [(n, each) for n, each in enumerate(KINDS) if (not groups or each.group in groups)]
    branches = {False: [], True: []}  # type: dict[bool, list[str]]
    for n, each in chosen:
        if each.words or not words:
            branches[each.late].append(_branch(n, each, words, kind, newer))
    sought = [each for _n, each in chosen if each.sought] if words else []
    late = f", {_edge(kind, newer)}, {DAYS}" if branches[True] else ""
    return PAGE.format(
        sought=_sought(sought, words, kind, newer) if sought else "", known=_union(branches[False]), late=late,
        all=_union(["SELECT * FROM found", *branches[True]]), way=_way(newer),
    )  # fmt: skip


def _union(parts: Sequence[str]) -> str:
    return "\nUNION ALL ".join(parts or [NOTHING])


def _way(newer: bool) -> str:
    return "ASC" if newer else "DESC"


def _branch(n: int, each: Kind, words: int, kind: int | None, newer: bool) -> str:
    way = _way(newer)
    return BRANCH.format(
        n=n, at=each.at, ordinal=each.ordinal, table=each.table, where=each.where, of_account=each.of_account,
        more="".join(f" AND {part}" for part in _more(n, each, words, kind, newer)),
        end=each.end, order=f"{each.day} {way}" if each.day else f"{each.at} {way}, {each.ordinal} {way}",
    )  # fmt: skip


def _sought(kinds: Sequence[Kind], words: int, kind: int | None, newer: bool) -> str:
    """The days of what is wanted of the `sought` kinds, and of nothing else: they are limited."""
    parts = [*_said(kinds[0], words), *([_day_bound(kinds[0], newer)] if kind is not None else [])]
    where = kinds[0].where if len(kinds) == 1 else COUNTED
    return SOUGHT.format(where=where, more="".join(f" AND {part}" for part in parts), way=_way(newer))


def _day_bound(each: Kind, newer: bool) -> str:
    return f"{each.day} {'>' if newer else '<'}= (%(at)s AT TIME ZONE %(zone)s)::date"


def _more(n: int, each: Kind, words: int, kind: int | None, newer: bool) -> Iterator[str]:
    """Behind the place, and with the words."""
    yield from _said(each, words)
    if words and each.sought:
        yield "t.day IN (SELECT day FROM sought)"
    if kind is None:
        return
    sign = ">" if newer else "<"
    if each.day:
        yield _day_bound(each, newer)
    if n == kind:
        yield f"({each.at}, {each.ordinal}) {sign} (%(at)s, %(ordinal)s)"
    else:
        yield f"{each.at} {sign}{'=' if (n > kind) == newer else ''} %(at)s"


def _said(each: Kind, words: int) -> Iterator[str]:
    """Each of the words, in what an entry says or where else it may stand."""
    for word in (f"%(word{n})s" for n in range(words)):
        said = f"lower(concat_ws(' ', {each.words})) LIKE lower({word})"
        yield f"({said} OR {each.or_said.format(word=word)})" if each.or_said else said


def _edge(kind: int | None, newer: bool) -> str:
    """From which day on, and up to which one, the late kinds are looked for."""
    place = "(%(at)s AT TIME ZONE %(zone)s)::date" if kind is not None else None
    if newer:
        return EDGE.format(first=place or "'-infinity'::date", last="coalesce(day, 'infinity')", end="max")
    return EDGE.format(first="coalesce(day, '-infinity')", last=place or "'infinity'::date", end="min")
