-- Every account that was ever scored, in a scope: where it was at the end of a past day, by the scores of that day.
-- Before its history begins, an account is where it was first known to be, since nobody knows when.
SELECT a.id AS account_id, a.external_id, a.name, a.started_on, nullif(p.stage, '')::bigint AS stage_id,
  nullif(p.owner, '')::bigint AS owner_id, n.account_id IS NOT NULL AS here, n.account_id IS NULL AND NOT s.is_scored AS gone,
  s.day AS last_day, coalesce(n.band, 0) AS band, n.score_units,
  CASE WHEN n.account_id IS NULL THEN s.mrr_units ELSE n.mrr_units END AS mrr_units, n.version_id, n.contributions,
  '[]'::jsonb AS drivers,
  CASE WHEN p.stage <> '' AND p.since < %(end)s THEN %(day)s - (p.since AT TIME ZONE %(zone)s)::date END AS days
FROM accounts_account a
LEFT JOIN metrics_standing s ON s.workspace_id = a.workspace_id AND s.account_id = a.id
LEFT JOIN (
  SELECT account_id, max(value) FILTER (WHERE field = 'stage') AS stage,
    max(since) FILTER (WHERE field = 'stage') AS since, max(value) FILTER (WHERE field = 'owner') AS owner,
    max(value) FILTER (WHERE field = 'team') AS team, max(value) FILTER (WHERE field = 'segment') AS segment
  FROM (
    SELECT DISTINCT ON (account_id, field) account_id, field, value, since FROM accounts_accounthistory
    WHERE workspace_id = %(workspace)s AND field <> 'parent' AND (until IS NULL OR until >= %(end)s)
    ORDER BY account_id, field, since
  ) first GROUP BY account_id
) p ON p.account_id = a.id
LEFT JOIN (
  SELECT t.* FROM metrics_scoresnapshot t JOIN metrics_run r ON r.id = t.run_id AND r.published_attempt = t.attempt
  WHERE t.workspace_id = %(workspace)s AND t.day = %(day)s
) n ON n.account_id = a.id
WHERE a.workspace_id = %(workspace)s AND (n.account_id IS NOT NULL OR s.account_id IS NOT NULL) AND {scope}
