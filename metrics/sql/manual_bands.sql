-- What became of bands that were set by hand: the computed band on the eve, what the 90 days after brought, and when a
-- new cap took it away. An account that is missing from a published night was no customer then.
SELECT b.id,
  coalesce((SELECT h.held_band FROM metrics_scoresnapshot h
    JOIN metrics_run r ON r.id = h.run_id AND r.published_attempt = h.attempt
    WHERE h.workspace_id = b.workspace_id AND h.account_id = b.account_id AND h.day < b.starts_on
    ORDER BY h.day DESC LIMIT 1), 0) AS computed,
  w.seen < n.nights AS has_left,
  EXISTS (SELECT FROM accounts_churn c
    WHERE c.workspace_id = b.workspace_id AND c.account_id = b.account_id AND c.retracted_at IS NULL
      AND NOT c.is_reactivation
      AND coalesce(c.notice_on, (c.known_at AT TIME ZONE %(zone)s)::date) BETWEEN b.starts_on AND b.starts_on + %(horizon)s)
  OR EXISTS (SELECT FROM accounts_subscription t
    WHERE t.workspace_id = b.workspace_id AND t.account_id = b.account_id AND t.retracted_at IS NULL
      AND t.auto_renew IS FALSE AND t.mrr > 0 AND NOT t.is_trial
      AND (t.known_at AT TIME ZONE %(zone)s)::date BETWEEN b.starts_on AND b.starts_on + %(horizon)s
      AND EXISTS (SELECT FROM accounts_subscription o WHERE o.workspace_id = t.workspace_id
        AND o.external_id = t.external_id AND o.auto_renew AND o.id < t.id)) AS gave_notice,
  w.lowest,
  (SELECT min(h.day) FROM metrics_scoresnapshot h
    JOIN metrics_run r ON r.id = h.run_id AND r.published_attempt = h.attempt
    WHERE h.workspace_id = b.workspace_id AND h.account_id = b.account_id AND NOT h.manual
      AND h.day >= b.starts_on AND h.day < least(b.ends_on, b.ended_on)) AS dropped_on
FROM metrics_manualband b
CROSS JOIN LATERAL (
  SELECT count(*) AS nights FROM metrics_run r
  WHERE r.workspace_id = b.workspace_id AND r.published_attempt IS NOT NULL
    AND r.day >= b.starts_on AND r.day <= b.starts_on + %(horizon)s
) n
CROSS JOIN LATERAL (
  SELECT count(*) AS seen, min(nullif(h.held_band, 0)) AS lowest FROM metrics_scoresnapshot h
  JOIN metrics_run r ON r.id = h.run_id AND r.published_attempt = h.attempt
  WHERE h.workspace_id = b.workspace_id AND h.account_id = b.account_id
    AND h.day >= b.starts_on AND h.day <= b.starts_on + %(horizon)s
) w
WHERE b.workspace_id = %(workspace)s AND b.id = ANY(%(ids)s)
