-- Who used the product on the days in `taken`.
INSERT INTO metrics_contactday (workspace_id, account_id, day, person, known_day, retracted_day)
SELECT DISTINCT e.workspace_id, e.account_id, t.day, e.person, (e.known_at AT TIME ZONE %(zone)s)::date,
  coalesce((e.retracted_at AT TIME ZONE %(zone)s)::date, date '9999-12-31')
FROM taken t
-- Each day by index; by its own clock, for midnight may come twice.
CROSS JOIN LATERAL (
  SELECT * FROM accounts_event o WHERE o.workspace_id = %(workspace)s AND o.account_id = t.account_id
    AND o.occurred_at >= %(since)s AND o.occurred_at < %(until)s
    AND o.occurred_at >= t.day::timestamp AT TIME ZONE %(zone)s - interval '3 hours'
    AND o.occurred_at < (t.day + 1)::timestamp AT TIME ZONE %(zone)s + interval '3 hours'
    AND (o.occurred_at AT TIME ZONE %(zone)s)::date = t.day OFFSET 0
) e
LEFT JOIN accounts_eventname n ON n.workspace_id = e.workspace_id AND n.name = e.name
LEFT JOIN accounts_eventname c ON c.workspace_id = e.workspace_id AND c.name = n.alias_of
WHERE e.person IS NOT NULL AND coalesce(c.is_use, CASE WHEN n.alias_of <> '' THEN n.alias_of <> ALL(%(no_use)s) END, n.is_use, true)
  AND NOT e.person = ANY(%(internal)s) AND NOT split_part(e.person, '@', 2) = ANY(%(own_domains)s)
  AND (e.retracted_at IS NULL
    OR (e.retracted_at AT TIME ZONE %(zone)s)::date > (e.known_at AT TIME ZONE %(zone)s)::date)
