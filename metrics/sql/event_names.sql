-- A page of the names that were seen: what each stands for, and what the rollups hold of it as it was told.
-- Accounts are grouped first: counting them as distinct would sort all rows.
WITH by_account AS (
  SELECT said, account_id, min(day) AS first_day, max(day) AS last_day, sum(count) AS total,
    sum(count) FILTER (WHERE day > %(after)s) AS recent
  FROM metrics_accountday
  WHERE workspace_id = %(workspace)s AND known_day <= %(day)s AND retracted_day > %(day)s
  GROUP BY said, account_id
), told AS (
  SELECT said, min(first_day) AS first_day, max(last_day) AS last_day, sum(total) AS total, sum(recent) AS recent,
    count(recent) AS accounts
  FROM by_account GROUP BY said
)
SELECT n.id, n.name, n.alias_of, coalesce(c.is_use, CASE WHEN n.alias_of = '' THEN n.is_use END) AS is_use,
  coalesce(t.recent, 0) AS recent, coalesce(t.accounts, 0) AS accounts, coalesce(t.total, 0) AS total,
  t.first_day, t.last_day, count(*) OVER () AS found
FROM accounts_eventname n
LEFT JOIN accounts_eventname c ON c.workspace_id = n.workspace_id AND c.name = n.alias_of
LEFT JOIN told t ON t.said = n.name
WHERE n.workspace_id = %(workspace)s AND (%(id)s IS NULL OR n.id = %(id)s)
  AND strpos(lower(n.name), lower(%(query)s)) > 0
ORDER BY {order}, n.name COLLATE "C"
LIMIT %(limit)s OFFSET %(offset)s
