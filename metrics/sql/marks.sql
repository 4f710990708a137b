-- What happened to an account that is worth a word on the line of its score: of each sort the newest of some days.
SELECT day, what FROM (
  (SELECT left_on AS day, 'champion-left' AS what, 1 AS sort, left_on::timestamp AS at FROM accounts_contact
    WHERE workspace_id = %(workspace)s AND account_id = %(account)s AND retracted_at IS NULL AND part = 'champion'
      AND NOT is_internal AND left_on BETWEEN %(first)s AND %(last)s
    ORDER BY left_on DESC LIMIT %(limit)s)
  UNION ALL
  (SELECT (occurred_at AT TIME ZONE %(zone)s)::date,
      CASE WHEN is_reactivation THEN 'back' WHEN churned_on IS NOT NULL THEN 'left' ELSE 'notice' END, 2,
      occurred_at AT TIME ZONE %(zone)s FROM accounts_churn
    WHERE workspace_id = %(workspace)s AND account_id = %(account)s AND retracted_at IS NULL
      AND occurred_at >= %(start)s AND occurred_at < %(end)s
    ORDER BY occurred_at DESC LIMIT %(limit)s)
  UNION ALL
  (SELECT (occurred_at AT TIME ZONE %(zone)s)::date, 'complaint', 3, occurred_at AT TIME ZONE %(zone)s
    FROM accounts_feedback
    WHERE workspace_id = %(workspace)s AND account_id = %(account)s AND retracted_at IS NULL AND kind = 'complaint'
      AND occurred_at >= %(start)s AND occurred_at < %(end)s
    ORDER BY occurred_at DESC LIMIT %(limit)s)
) found ORDER BY sort, at DESC
