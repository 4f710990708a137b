-- How many days after its start each account first had the event or the feature: the median, how many had it, of how many.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(f.day - a.started_on, 0)) FILTER (WHERE f.day IS NOT NULL),
  count(f.day), count(*)
FROM accounts_account a
LEFT JOIN LATERAL (
  SELECT d.day FROM metrics_accountday d
  WHERE d.workspace_id = a.workspace_id AND d.account_id = a.id AND d.day <= %(day)s
    AND d.known_day <= %(day)s AND d.retracted_day > %(day)s AND (d.name = %(what)s OR d.feature = %(what)s)
  ORDER BY d.day LIMIT 1
) f ON true
WHERE a.workspace_id = %(workspace)s AND a.started_on IS NOT NULL
