-- Of each stage and band: the scored accounts of each scorecard version, and the sum of each line's contributions.
WITH placed AS ({placed})
SELECT stage_id, band, version_id, count(*), ARRAY[{sums}]::bigint[]
FROM placed WHERE here AND score_units IS NOT NULL
GROUP BY stage_id, band, version_id
