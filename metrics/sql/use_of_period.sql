-- The use of each account from `first` to `last`: its days as bits, the last of them rightmost; its seconds since `start`;
-- and how many people its sources have counted.
WITH days AS (
  SELECT account_id, day, sum(seconds) AS seconds, max(users) AS users FROM metrics_accountday
  WHERE workspace_id = %(workspace)s AND is_use AND day >= %(first)s AND day <= %(last)s
    AND known_day <= %(known)s AND retracted_day > %(known)s
  GROUP BY account_id, day
)
SELECT account_id,
  bit_or(set_bit(repeat('0', %(days)s)::varbit, day - %(first)s::date, 1))::text,
  coalesce(sum(seconds) FILTER (WHERE day >= %(start)s), 0)::bigint,
  coalesce(max(users) FILTER (WHERE day = %(last)s), 0),
  coalesce(max(users) FILTER (WHERE day > %(last)s::date - 7), 0),
  coalesce(max(users) FILTER (WHERE day > %(last)s::date - 30), 0),
  coalesce(sum(users) FILTER (WHERE day > %(last)s::date - 30), 0)
FROM days GROUP BY account_id ORDER BY account_id
