-- Unbroken nights in red of each account, as published by one version, between two days.
SELECT account_id, min(day), max(day) FROM (
  SELECT s.account_id, s.day, s.day - (row_number() OVER (PARTITION BY s.account_id ORDER BY s.day))::int AS island
  FROM metrics_scoresnapshot s
  JOIN metrics_run r ON r.workspace_id = s.workspace_id AND r.id = s.run_id AND r.published_attempt = s.attempt
  WHERE s.workspace_id = %(workspace)s AND s.version_id = %(version)s AND s.band = %(red)s
    AND s.day BETWEEN %(first)s AND %(last)s
) nights GROUP BY account_id, island ORDER BY account_id, min(day)
