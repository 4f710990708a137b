-- The people of each account from `first` to `last`: how many in the last 1, 7 and 30 days, their days in 30 days, and
-- their days since `start`. A person may be there twice on a day, as known on two days.
WITH present AS (
  SELECT DISTINCT account_id, person, day FROM metrics_contactday
  WHERE workspace_id = %(workspace)s AND day >= %(first)s AND day <= %(last)s
    AND known_day <= %(known)s AND retracted_day > %(known)s
), people AS (
  SELECT account_id, %(last)s::date - max(day) AS since, count(*) FILTER (WHERE day > %(last)s::date - 30) AS lately,
    count(*) FILTER (WHERE day >= %(start)s) AS in_period
  FROM present GROUP BY account_id, person
)
SELECT account_id, count(*) FILTER (WHERE since < 1), count(*) FILTER (WHERE since < 7), count(*) FILTER (WHERE since < 30),
  sum(lately)::bigint, sum(in_period)::bigint
FROM people GROUP BY account_id ORDER BY account_id
