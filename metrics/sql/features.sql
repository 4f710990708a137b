-- Features used by enough of the accounts that used anything in the window.
WITH used AS (
  SELECT DISTINCT account_id, feature FROM metrics_accountday
  WHERE workspace_id = %(workspace)s AND is_use AND day > %(after)s AND day <= %(day)s
    AND known_day <= %(known)s AND retracted_day > %(known)s
)
SELECT feature FROM used GROUP BY feature
HAVING count(*) >= %(share)s * (SELECT count(DISTINCT account_id) FROM used)
ORDER BY feature COLLATE "C"
