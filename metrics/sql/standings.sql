-- Rows of `{scored}` become the standings of their accounts. A standing of a later day stays. `cards`: of each version
-- where in the values, with those of the caps after them, the days since the last use stand; which places count.
INSERT INTO metrics_standing (workspace_id, account_id, day, version_id, known_day, computed_at, score_units, coverage,
  unknown, computed_band, held_band, across, caps, manual, band, mrr_units, values, points, contributions, cap_values,
  is_scored, change, band_before, band_since, line, line_day, drivers, renews_on, last_touch_at, days_past_due,
  mrr_before_units, days_unused, never_used, measures_known, measures_asked)
SELECT n.workspace_id, n.account_id, n.day, n.version_id, n.known_day, n.computed_at, n.score_units, n.coverage,
  n.unknown, n.computed_band, n.held_band, n.across, n.caps, n.manual, n.band, n.mrr_units, n.values, n.points,
  n.contributions, n.cap_values,
  true,
  n.score_units - w.score_units,
  w.band,
  CASE WHEN NOT %(rebuild)s AND s.day = n.day - 1 THEN CASE WHEN s.band = n.band THEN s.band_since ELSE n.day END
    ELSE coalesce(
      (SELECT h.day + 1 FROM metrics_scoresnapshot h JOIN metrics_run r ON r.id = h.run_id AND r.published_attempt = h.attempt
        WHERE h.workspace_id = n.workspace_id AND h.account_id = n.account_id AND h.day < n.day AND h.band <> n.band
        ORDER BY h.day DESC LIMIT 1),
      (SELECT h.day FROM metrics_scoresnapshot h WHERE h.workspace_id = n.workspace_id AND h.account_id = n.account_id
        AND h.day < n.day ORDER BY h.day LIMIT 1),
      n.day) END,
  CASE WHEN NOT %(rebuild)s AND s.line_day = n.day - 1 THEN s.line[2:90] || n.score_units
    ELSE (SELECT array_agg(h.score_units ORDER BY d.day) FROM generate_series(n.day - 89, n.day - 1, interval '1 day') d (day)
      LEFT JOIN (metrics_scoresnapshot h JOIN metrics_run r ON r.id = h.run_id AND r.published_attempt = h.attempt)
        ON h.workspace_id = n.workspace_id AND h.account_id = n.account_id AND h.day = d.day::date) || n.score_units END,
  n.day,
  CASE WHEN w.version_id <> n.version_id THEN '[{{"measure": "scorecard"}}]' ELSE '[]'::jsonb END || coalesce(v.drivers, '[]'),
  e.renews_on,
  c.last_touch_at,
  nullif(n.values[p.position + 1], 'NaN'),
  q.mrr_units,
  nullif((n.values || n.cap_values)[k.use_at], 'NaN'),
  coalesce(k.is_use_told AND (n.values || n.cap_values)[k.use_at] = 'NaN', false),
  (SELECT count(*) FROM unnest(k.asked) place WHERE n.values[place] <> 'NaN'),
  cardinality(k.asked)
FROM {scored} n
-- Account by account, by index: a plan for the whole workspace at once goes wrong while the planner does not know
-- how many rows a new workspace or a new night has.
LEFT JOIN LATERAL (
  SELECT * FROM metrics_standing o WHERE o.workspace_id = n.workspace_id AND o.account_id = n.account_id OFFSET 0
) s ON true
JOIN jsonb_to_recordset(%(cards)s) k (version bigint, use_at int, is_use_told bool, asked int[]) ON k.version = n.version_id
LEFT JOIN metrics_line p ON p.version_id = n.version_id AND p.measure = 'commercial.days_past_due'
LEFT JOIN LATERAL (
  SELECT o.* FROM metrics_scoresnapshot o JOIN metrics_run wr ON wr.id = o.run_id AND wr.published_attempt = o.attempt
  WHERE o.workspace_id = n.workspace_id AND o.account_id = n.account_id AND o.day = n.day - 7 OFFSET 0
) w ON true
LEFT JOIN LATERAL (
  SELECT o.mrr_units FROM metrics_scoresnapshot o JOIN metrics_run qr ON qr.id = o.run_id AND qr.published_attempt = o.attempt
  WHERE o.workspace_id = n.workspace_id AND o.account_id = n.account_id AND o.day = n.day - 90 OFFSET 0
) q ON true
LEFT JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object('measure', d.measure, 'now', d.now, 'before', d.before, 'change', d.change)
    ORDER BY d.place) AS drivers
  FROM (
    SELECT l.measure, nullif(n.values[l.position + 1], 'NaN') AS now,
      CASE WHEN w.version_id = n.version_id THEN nullif(w.values[l.position + 1], 'NaN') END AS before,
      m.change,
      row_number() OVER (ORDER BY CASE WHEN m.moved THEN -abs(m.change) ELSE n.contributions[l.position + 1] END, l.position)
        AS place
    FROM metrics_line l
    CROSS JOIN LATERAL (
      SELECT CASE WHEN w.version_id = n.version_id
          THEN n.contributions[l.position + 1] - w.contributions[l.position + 1] END AS change,
        w.version_id = n.version_id AND (
          SELECT max(abs(x.now - x.before)) FROM unnest(n.contributions, w.contributions) x (now, before)) >= 30000 AS moved
    ) m
    WHERE l.version_id = n.version_id AND n.points[l.position + 1] <> 'NaN'
      AND (NOT coalesce(m.moved, false) OR m.change <> 0)
  ) d WHERE d.place <= 2
) v ON true
LEFT JOIN LATERAL (
  SELECT min(t.ends_on) AS renews_on FROM accounts_subscription t
  WHERE t.workspace_id = n.workspace_id AND t.account_id = n.account_id AND t.retracted_at IS NULL AND NOT t.is_trial
    AND t.mrr > 0 AND t.starts_on <= %(day)s AND t.ends_on > %(day)s
    AND NOT EXISTS (SELECT 1 FROM accounts_subscription f WHERE f.workspace_id = n.workspace_id
      AND f.account_id = n.account_id AND f.subscription = t.subscription AND f.starts_on = t.ends_on
      AND f.retracted_at IS NULL)
) e ON true
LEFT JOIN LATERAL (
  SELECT max(t.occurred_at) AS last_touch_at FROM accounts_touch t
  WHERE t.workspace_id = n.workspace_id AND t.account_id = n.account_id AND t.retracted_at IS NULL
    AND t.direction <> 'outbound' AND t.occurred_at < %(end)s
) c ON true
WHERE n.workspace_id = %(workspace)s AND n.day = %(day)s AND (%(attempt)s IS NULL OR n.attempt = %(attempt)s)
  AND (s.day IS NULL OR s.day <= n.day)
ON CONFLICT (workspace_id, account_id) DO UPDATE SET
  day = excluded.day, version_id = excluded.version_id, known_day = excluded.known_day,
  computed_at = excluded.computed_at, score_units = excluded.score_units, coverage = excluded.coverage,
  unknown = excluded.unknown, computed_band = excluded.computed_band, held_band = excluded.held_band,
  across = excluded.across, caps = excluded.caps, manual = excluded.manual, band = excluded.band,
  mrr_units = excluded.mrr_units, values = excluded.values, points = excluded.points,
  contributions = excluded.contributions, cap_values = excluded.cap_values, is_scored = true,
  change = excluded.change, band_before = excluded.band_before, band_since = excluded.band_since,
  line = excluded.line, line_day = excluded.line_day, drivers = excluded.drivers, renews_on = excluded.renews_on,
  last_touch_at = excluded.last_touch_at, days_past_due = excluded.days_past_due,
  mrr_before_units = excluded.mrr_before_units, days_unused = excluded.days_unused, never_used = excluded.never_used,
  measures_known = excluded.measures_known, measures_asked = excluded.measures_asked
