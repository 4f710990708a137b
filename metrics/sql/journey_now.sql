-- Every account that was ever scored, in a scope: where it is now. `here`: it is a customer or on trial.
SELECT s.account_id, a.external_id, a.name, a.started_on, a.stage_id, a.owner_id,
  s.is_scored AS here, NOT s.is_scored AS gone,
  s.day AS last_day, s.band, s.score_units, s.mrr_units, s.version_id, s.contributions, s.drivers,
  %(day)s - (h.since AT TIME ZONE %(zone)s)::date AS days
FROM metrics_standing s
JOIN accounts_account a ON a.workspace_id = s.workspace_id AND a.id = s.account_id
LEFT JOIN accounts_accounthistory h ON h.workspace_id = s.workspace_id AND h.account_id = s.account_id
  AND h.field = 'stage' AND h.until IS NULL AND h.value = a.stage_id::text
WHERE s.workspace_id = %(workspace)s AND {scope}
