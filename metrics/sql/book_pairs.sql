-- The accounts of a scope that have a score on two days, as they were published: the scores and contributions of both.
-- Whose an account is: as at the end of the later day; before its history begins, as it was first known to be.
SELECT o.account_id, o.version_id AS old_version, n.version_id AS new_version, o.score_units AS old_score,
  n.score_units AS new_score, o.contributions AS old, n.contributions AS new, o.values AS old_values,
  o.cap_values AS old_caps
FROM metrics_scoresnapshot o
JOIN metrics_run ro ON ro.id = o.run_id AND ro.published_attempt = o.attempt
JOIN metrics_scoresnapshot n ON n.workspace_id = o.workspace_id AND n.account_id = o.account_id AND n.day = %(last)s
JOIN metrics_run rn ON rn.id = n.run_id AND rn.published_attempt = n.attempt
WHERE o.workspace_id = %(workspace)s AND o.day = %(first)s AND o.score_units IS NOT NULL AND n.score_units IS NOT NULL
  AND {scope}
