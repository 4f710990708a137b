-- Unbroken nights in red of each account, as published by one version, between two days. A night that is missing, or
-- was computed again with what became known later, breaks no spell.
WITH nights AS (
  SELECT id, day, published_attempt, (row_number() OVER (ORDER BY day))::int AS number FROM metrics_run
  WHERE workspace_id = %(workspace)s AND published_attempt IS NOT NULL AND known_day = day
    AND day BETWEEN %(first)s AND %(last)s
)
SELECT account_id, min(day), max(day) FROM (
  SELECT s.account_id, s.day, n.number - (row_number() OVER (PARTITION BY s.account_id ORDER BY s.day))::int AS island
  FROM nights n
  JOIN metrics_scoresnapshot s ON s.workspace_id = %(workspace)s AND s.day = n.day AND s.run_id = n.id
    AND s.attempt = n.published_attempt
  WHERE s.version_id = %(version)s AND s.band = %(red)s
) red GROUP BY account_id, island ORDER BY account_id, min(day)
