-- Answers on both sides of a release, kind by kind; beside them the contacts who answered on both sides, each with
-- the mean of the own answers of a side.
WITH answers AS (
  {answers}
), contacts AS (
  SELECT kind, avg(scale) FILTER (WHERE NOT is_after) AS before, avg(scale) FILTER (WHERE is_after) AS after
  FROM answers WHERE person <> ''
  GROUP BY kind, account_id, person HAVING bool_or(is_after) AND NOT bool_and(is_after)
), same AS (
  SELECT kind, count(*) AS contacts, avg(before) AS before, avg(after) AS after FROM contacts GROUP BY kind
)
SELECT a.kind, count(*) FILTER (WHERE NOT a.is_after), sum(a.scale) FILTER (WHERE NOT a.is_after),
  count(*) FILTER (WHERE NOT a.is_after AND a.scale <= {low}), count(*) FILTER (WHERE a.is_after),
  sum(a.scale) FILTER (WHERE a.is_after), count(*) FILTER (WHERE a.is_after AND a.scale <= {low}),
  coalesce(any_value(s.contacts), 0), any_value(s.before), any_value(s.after)
FROM answers a LEFT JOIN same s ON s.kind = a.kind
GROUP BY a.kind ORDER BY a.kind
