-- By pair of versions: how many accounts, the sums of their scores, and of all contributions. Where both days have one
-- version, by line as well: what it gave, what it took, how many accounts it moved. One pass over the pairs of rows.
WITH pair AS MATERIALIZED ({pairs}),
lines AS (
  SELECT p.old_version, p.new_version, u.place, sum(u.now - u.before) FILTER (WHERE u.now > u.before) AS up,
    sum(u.now - u.before) FILTER (WHERE u.now < u.before) AS down, count(*) FILTER (WHERE u.now <> u.before) AS moved
  FROM pair p CROSS JOIN LATERAL unnest(p.old, p.new) WITH ORDINALITY u (before, now, place)
  WHERE p.old_version = p.new_version
  GROUP BY p.old_version, p.new_version, u.place
)
SELECT old_version, new_version, 0 AS place, sum(old_score), sum(new_score), count(*) FROM pair GROUP BY 1, 2
UNION ALL
SELECT old_version, new_version, place, coalesce(up, 0), coalesce(down, 0), moved FROM lines
ORDER BY 1, 2, 3
