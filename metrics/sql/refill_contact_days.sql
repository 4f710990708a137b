-- Who used the product on the days in `taken`.
INSERT INTO metrics_contactday (workspace_id, account_id, day, person, known_day, retracted_day)
SELECT DISTINCT e.workspace_id, e.account_id, t.day, e.person, (e.known_at AT TIME ZONE %(zone)s)::date,
  coalesce((e.retracted_at AT TIME ZONE %(zone)s)::date, date '9999-12-31')
FROM accounts_event e
JOIN taken t ON t.account_id = e.account_id AND t.day = (e.occurred_at AT TIME ZONE %(zone)s)::date
LEFT JOIN accounts_eventname n ON n.workspace_id = e.workspace_id AND n.name = e.name
LEFT JOIN accounts_eventname c ON c.workspace_id = e.workspace_id AND c.name = n.alias_of
WHERE e.workspace_id = %(workspace)s AND e.occurred_at >= %(since)s AND e.occurred_at < %(until)s
  AND e.person IS NOT NULL AND coalesce(c.is_use, CASE WHEN n.alias_of <> '' THEN n.alias_of <> ALL(%(no_use)s) END, n.is_use, true)
  AND NOT e.person = ANY(%(internal)s) AND NOT split_part(e.person, '@', 2) = ANY(%(own_domains)s)
  AND (e.retracted_at IS NULL
    OR (e.retracted_at AT TIME ZONE %(zone)s)::date > (e.known_at AT TIME ZONE %(zone)s)::date)
