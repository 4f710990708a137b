-- The features that accounts used in the window, the most used first, with how many used each and how many any.
WITH used AS (
  SELECT DISTINCT account_id, feature FROM metrics_accountday
  WHERE workspace_id = %(workspace)s AND is_use AND day > %(after)s AND day <= %(day)s
    AND known_day <= %(day)s AND retracted_day > %(day)s
)
SELECT feature, count(*), (SELECT count(DISTINCT account_id) FROM used) FROM used
GROUP BY feature ORDER BY count(*) DESC, feature COLLATE "C"
LIMIT %(limit)s
