-- Accounts and MRR of each stage and band, and of each stage, with the median of their days in the stage.
WITH placed AS ({placed}), limits AS MATERIALIZED ({limits})
SELECT p.stage_id, p.band, count(*), coalesce(sum(p.mrr_units), 0)::bigint, count(*) FILTER (WHERE p.mrr_units IS NULL),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY p.days), count(p.days), count(*) FILTER (WHERE p.days > l.days), max(l.days)
FROM placed p LEFT JOIN limits l ON l.stage_id = p.stage_id
WHERE p.here
GROUP BY GROUPING SETS ((p.stage_id, p.band), (p.stage_id))
