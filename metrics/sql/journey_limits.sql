-- How many days an account may stay in each stage: what the stage says; else longer than nine of ten of the stays that
-- ended in the year before, where there are twenty; not for the last stage, from which nobody goes on.
SELECT g.id AS stage_id, coalesce(g.target_days,
  CASE WHEN count(h.id) >= 20 AND g.position < (SELECT max(position) FROM accounts_stage WHERE workspace_id = %(workspace)s)
    THEN round(percentile_cont(0.9) WITHIN GROUP (
      ORDER BY (h.until AT TIME ZONE %(zone)s)::date - (h.since AT TIME ZONE %(zone)s)::date)::numeric, 6)::float8
  END) AS days
FROM accounts_stage g
LEFT JOIN accounts_accounthistory h ON g.target_days IS NULL AND h.workspace_id = g.workspace_id AND h.field = 'stage'
  AND h.value = g.id::text AND h.until >= %(year_before)s AND h.until < %(end)s
WHERE g.workspace_id = %(workspace)s
GROUP BY g.id
