-- The days in `taken`, as their events are now: by name and feature, by the name as told, by the days on which they were known and taken back.
INSERT INTO metrics_accountday (workspace_id, account_id, day, name, feature, said, is_use, count, quantity, seconds, users,
  known_day, retracted_day)
SELECT e.workspace_id, e.account_id, t.day, coalesce(nullif(n.alias_of, ''), e.name) AS called,
  coalesce(e.feature, nullif(n.alias_of, ''), e.name) AS feature, e.name,
  bool_and(coalesce(c.is_use, CASE WHEN n.alias_of <> '' THEN n.alias_of <> ALL(%(no_use)s) END, n.is_use, true)),
  sum(e.count), sum(coalesce(e.quantity, 0)), sum(coalesce(e.seconds, 0)), max(coalesce(e.users, 0)),
  (e.known_at AT TIME ZONE %(zone)s)::date AS known_day,
  coalesce((e.retracted_at AT TIME ZONE %(zone)s)::date, date '9999-12-31') AS retracted_day
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
WHERE NOT (e.person IS NOT NULL AND e.person = ANY(%(internal)s))
  AND NOT (e.person IS NOT NULL AND split_part(e.person, '@', 2) = ANY(%(own_domains)s))
  AND (e.retracted_at IS NULL
    OR (e.retracted_at AT TIME ZONE %(zone)s)::date > (e.known_at AT TIME ZONE %(zone)s)::date)
GROUP BY 1, 2, 3, 4, 5, 6, 12, 13
