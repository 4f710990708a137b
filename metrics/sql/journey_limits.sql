-- How many days an account may stay in each stage: what the stage says; else longer than nine of ten of the stays that
-- ended in the year before, where there are twenty; not for the last stage, from which nobody goes on.
SELECT g.id AS stage_id, CASE
  WHEN g.target_days IS NOT NULL THEN g.target_days::numeric
  WHEN g.position < (SELECT max(position) FROM accounts_stage WHERE workspace_id = %(workspace)s) THEN (
    SELECT CASE WHEN count(*) >= 20 THEN round(percentile_cont(0.9) WITHIN GROUP (
      ORDER BY (h.until AT TIME ZONE %(zone)s)::date - (h.since AT TIME ZONE %(zone)s)::date)::numeric, 6) END
    FROM accounts_accounthistory h
    WHERE h.workspace_id = %(workspace)s AND h.field = 'stage' AND h.value = g.id::text
      AND h.until >= %(year_before)s AND h.until < %(end)s)
  END AS days
FROM accounts_stage g
WHERE g.workspace_id = %(workspace)s
