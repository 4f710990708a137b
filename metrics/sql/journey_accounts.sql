-- The accounts of a stage, a band, or those that are stuck: the longest beyond what they may stay first, healthy ones
-- last.
WITH placed AS ({placed}), limits AS MATERIALIZED ({limits})
SELECT p.account_id, p.external_id, p.name, p.owner_id, p.stage_id, p.band, p.score_units, p.mrr_units, p.days, l.days,
  p.drivers, count(*) OVER ()
FROM placed p LEFT JOIN limits l ON l.stage_id = p.stage_id
WHERE p.here AND {condition}
ORDER BY p.band = %(green)s, p.days / nullif(l.days, 0) DESC NULLS LAST, p.days DESC NULLS LAST, p.name, p.account_id
LIMIT %(limit)s OFFSET %(offset)s
