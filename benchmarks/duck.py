"""The rival in columns: DuckDB computes six measures from Parquet, from the facts themselves, with one thread."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
from django.db import connection

from accounts.models import Workspace
from healthscore import embedded
from metrics.registry import Floats

# What each file holds. Days are those of the workspace, which lives in UTC.
FILES = {
    "events": "SELECT account_id, (occurred_at AT TIME ZONE 'UTC')::date AS day, name, person, count,"
    " (known_at AT TIME ZONE 'UTC')::date AS known FROM accounts_event"
    " WHERE workspace_id = %s AND retracted_at IS NULL",
    "names": "SELECT name, is_use FROM accounts_eventname WHERE workspace_id = %s",
    "terms": "SELECT account_id, starts_on, ends_on, seats FROM accounts_subscription WHERE workspace_id = %s",
    "invoices": "SELECT account_id, external_id, due_on, amount, is_void OR is_disputed AS out FROM accounts_invoice"
    " WHERE workspace_id = %s AND retracted_at IS NULL",
    "payments": "SELECT account_id, invoice, paid_on, CASE kind WHEN 'refund' THEN -amount ELSE amount END AS amount"
    " FROM accounts_payment WHERE workspace_id = %s AND retracted_at IS NULL",
    "tickets": "SELECT account_id, external_id, priority, occurred_at AT TIME ZONE 'UTC' AS moment FROM accounts_ticket"
    " WHERE workspace_id = %s AND retracted_at IS NULL",
    "turns": "SELECT account_id, ticket, kind, occurred_at AT TIME ZONE 'UTC' AS moment, id"
    " FROM accounts_ticketevent WHERE workspace_id = %s AND retracted_at IS NULL",
    "answers": "SELECT account_id, person, kind, score, scale_min, scale_max, id,"
    " occurred_at AT TIME ZONE 'UTC' AS moment FROM accounts_surveyresponse"
    " WHERE workspace_id = %s AND retracted_at IS NULL",
}
USED = """
SELECT account_id, count(DISTINCT CASE WHEN day > $day - 28 THEN person END) AS people,
  count(DISTINCT CASE WHEN day > $day - 28 THEN day END) AS days,
  sum(CASE WHEN day > $day - 28 THEN count END) AS uses, sum(CASE WHEN day <= $day - 28 THEN count END) AS uses_before
FROM events JOIN names USING (name) WHERE is_use AND day > $day - 56 AND day <= $day AND known <= $day GROUP BY 1"""
SEATS = """
SELECT account_id, sum(seats) AS seats FROM terms
WHERE starts_on <= $day AND (ends_on IS NULL OR ends_on > $day) GROUP BY 1"""
OWED = """
SELECT i.account_id, min(CASE WHEN i.amount - coalesce(p.paid, 0) > 1 AND i.due_on < $day THEN i.due_on END) AS oldest
FROM invoices i LEFT JOIN (
  SELECT account_id, invoice, sum(amount) AS paid FROM payments WHERE paid_on <= $day GROUP BY 1, 2
) p ON p.account_id = i.account_id AND p.invoice = i.external_id
WHERE NOT i.out GROUP BY 1"""
OPEN = """
SELECT account_id, count(*) AS severe FROM (
  SELECT t.account_id, t.external_id, max_by(e.kind, (e.moment, e.id)) AS state
  FROM tickets t JOIN turns e ON e.account_id = t.account_id AND e.ticket = t.external_id
  WHERE t.priority IN ('high', 'urgent') AND t.moment < $day + 1 AND e.moment < $day + 1
    AND e.kind IN ('opened', 'reopened', 'solved', 'closed')
  GROUP BY 1, 2
) WHERE state IN ('opened', 'reopened') GROUP BY 1"""
LATEST = """
SELECT account_id, avg(scaled) * 10 AS latest FROM (
  SELECT account_id, person, max_by((score - scale_min) / (scale_max - scale_min), (moment, id)) AS scaled
  FROM answers WHERE kind = 'nps' AND moment < $day + 1 AND moment >= $day - 364 GROUP BY 1, 2
) GROUP BY 1"""
ALL = f"""
SELECT a.id, people, days, uses, uses_before, seats, oldest, i.account_id IS NOT NULL AS invoiced, severe, latest
FROM whom a LEFT JOIN ({USED}) u ON u.account_id = a.id LEFT JOIN ({SEATS}) s ON s.account_id = a.id
  LEFT JOIN ({OWED}) i ON i.account_id = a.id LEFT JOIN ({OPEN}) o ON o.account_id = a.id
  LEFT JOIN ({LATEST}) l ON l.account_id = a.id
ORDER BY 1"""


def export(workspace: Workspace) -> tempfile.TemporaryDirectory[str]:
    """The facts as Parquet files, in a folder that the caller cleans up."""
    folder = tempfile.TemporaryDirectory(dir=embedded.home())
    for name, query in FILES.items():
        file = Path(folder.name) / f"{name}.csv"
        with connection.cursor() as cursor, file.open("wb") as out:
            plain = cursor.mogrify(query, [workspace.pk]).decode()
            cursor.copy_expert(f"COPY ({plain}) TO STDOUT (FORMAT csv, HEADER)", out)
        duckdb.sql(f"COPY (FROM read_csv('{file}')) TO '{file.with_suffix('.parquet')}'")
        file.unlink()
    return folder


def six(folder: tempfile.TemporaryDirectory[str], accounts: list[int], day: date) -> dict[str, Floats]:
    """The six measures of `night.SIX`, for these accounts (sorted)."""
    with duckdb.connect(config={"threads": 1}) as base:
        for name in FILES:
            base.execute(f"CREATE VIEW {name} AS FROM '{folder.name}/{name}.parquet'")
        base.register("ids", {"id": np.array(accounts)})
        base.execute("CREATE TABLE whom AS SELECT id FROM ids")
        found = base.execute(ALL.replace("$day", f"DATE '{day}'")).fetchnumpy()
    f = {name: np.ma.filled(column.astype(float), np.nan) for name, column in found.items() if name != "oldest"}
    owed = np.ma.filled((np.datetime64(day) - found["oldest"].astype("datetime64[D]")).astype(float), np.nan)
    uses, before = np.nan_to_num(f["uses"]), np.nan_to_num(f["uses_before"])
    with np.errstate(all="ignore"):
        return {
            "usage.active_seats": np.where(f["people"] > 0, f["people"], np.nan)
            / np.where(f["seats"] > 0, f["seats"], np.nan),
            "usage.usage_frequency": np.nan_to_num(f["days"]),
            "usage.usage_trend": np.clip(np.where(before >= 20, uses / before - 1, np.nan), -1, 1),
            "commercial.days_past_due": np.where(np.isnan(owed), np.where(f["invoiced"] > 0, 0.0, np.nan), owed),
            "support.open_severe": np.nan_to_num(f["severe"]),
            "sentiment.recommendation": f["latest"],
        }
