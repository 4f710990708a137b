-- What a day's scores are, in 64 letters: equal for equal facts, whoever computed them and when.
SELECT encode(sha256(convert_to(coalesce(string_agg(md5(ROW(
  account_id, day, version_id, known_day, score_units, coverage, unknown, computed_band, held_band, across, caps, manual,
  band, mrr_units, values, points, contributions, cap_values)::text), '' ORDER BY account_id), ''), 'UTF8')), 'hex')
FROM metrics_scoresnapshot WHERE workspace_id = %(workspace)s AND day = %(day)s AND attempt = %(attempt)s
