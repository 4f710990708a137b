-- Who went from stage to stage from a moment on up to another: among stages, in as a new account, out as one that was
-- lost. First from stage to stage with MRR and days, then how many came into, went out of and skipped each stage.
WITH placed AS (
  SELECT account_id, started_on, here, last_day, mrr_units, gone AND last_day BETWEEN %(eve)s AND %(day)s AS is_lost
  FROM ({placed}) p
), moves AS (
  SELECT h.account_id, nullif(f.value, '')::bigint AS source, nullif(h.value, '')::bigint AS target,
    f.id IS NULL AS is_new, false AS is_lost, p.mrr_units,
    (h.since AT TIME ZONE %(zone)s)::date - (f.since AT TIME ZONE %(zone)s)::date AS days,
    '' AS reason
  FROM accounts_accounthistory h
  JOIN placed p ON p.account_id = h.account_id
  LEFT JOIN accounts_accounthistory f ON f.workspace_id = h.workspace_id AND f.account_id = h.account_id
    AND f.field = 'stage' AND f.until = h.since AND f.until >= %(start)s AND f.until < %(end)s
  WHERE h.workspace_id = %(workspace)s AND h.field = 'stage' AND h.since >= %(start)s AND h.since < %(end)s
    AND (f.id IS NOT NULL OR p.started_on >= %(first)s)
    AND (p.here OR (p.is_lost AND (h.since AT TIME ZONE %(zone)s)::date <= p.last_day))
  UNION ALL
  -- Lost from the stage of its last day, whatever was told of it afterwards.
  SELECT p.account_id, nullif(h.value, '')::bigint, NULL, false, true, p.mrr_units,
    p.last_day + 1 - (h.since AT TIME ZONE %(zone)s)::date, coalesce(c.reason, '')
  FROM placed p
  LEFT JOIN LATERAL (
    SELECT value, since FROM accounts_accounthistory h WHERE h.workspace_id = %(workspace)s
      AND h.account_id = p.account_id AND h.field = 'stage' AND (h.since AT TIME ZONE %(zone)s)::date <= p.last_day
    ORDER BY since DESC LIMIT 1
  ) h ON true
  LEFT JOIN LATERAL (
    SELECT reason FROM accounts_churn c WHERE c.workspace_id = %(workspace)s AND c.account_id = p.account_id
      AND c.known_at < %(end)s AND c.retracted_at IS NULL AND c.reason <> '' AND NOT c.is_reactivation
    ORDER BY c.occurred_at DESC LIMIT 1
  ) c ON true
  WHERE p.is_lost
), ways AS (
  SELECT account_id, 'came' AS way, target AS stage_id FROM moves WHERE NOT is_lost
  UNION ALL SELECT account_id, 'went', source FROM moves WHERE NOT is_new
  UNION ALL SELECT m.account_id, 'skipped', s.id
  FROM moves m
  LEFT JOIN accounts_stage f ON f.workspace_id = %(workspace)s AND f.id = m.source
  JOIN accounts_stage t ON t.workspace_id = %(workspace)s AND t.id = m.target
  JOIN accounts_stage s ON s.workspace_id = %(workspace)s AND s.position < t.position
    AND s.position > CASE WHEN m.is_new THEN -1 ELSE f.position END
)
SELECT source, target, CASE WHEN is_new THEN 'new' WHEN is_lost THEN 'lost' ELSE 'moved' END AS way,
  count(DISTINCT account_id), coalesce(sum(mrr_units) FILTER (WHERE is_first), 0)::bigint,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY days),
  array_agg(reason) FILTER (WHERE reason <> '')
FROM (
  SELECT *, row_number() OVER (PARTITION BY source, target, is_new, is_lost, account_id) = 1 AS is_first FROM moves
) m GROUP BY source, target, is_new, is_lost
UNION ALL
SELECT NULL, stage_id, way, count(DISTINCT account_id), 0, NULL, NULL
FROM ways WHERE stage_id IS NOT NULL GROUP BY stage_id, way
