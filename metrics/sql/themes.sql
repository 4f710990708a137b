-- Words and phrases of two neighbouring words in comments: how many of each side they occur in, of how many accounts,
-- and whether others occur in exactly the same ones (`same`). Positions are those of the search, so that to search
-- for a theme finds what was counted. Accounts are grouped first: counting them as distinct would sort all rows.
WITH said AS MATERIALIZED (
  SELECT voice || id AS key, account_id, here, said FROM (
    {said}
  ) told
), spoken AS (
  SELECT s.key, s.account_id, s.here, w.lexeme, w.place,
    length(w.lexeme) > 2 AND w.lexeme !~ '[0-9[:punct:]]' AND w.lexeme <> ALL(%s) AS counts
  FROM said s CROSS JOIN LATERAL (
    SELECT v.lexeme, unnest(v.positions) AS place FROM unnest(to_tsvector('healthscore', s.said)) v
  ) w
), neighbours AS (
  SELECT key, account_id, here, lexeme, counts, place,
    lead(lexeme) OVER following AS next, lead(place) OVER following AS next_place, lead(counts) OVER following AS next_counts
  FROM spoken
  WINDOW following AS (PARTITION BY key ORDER BY place)
), terms AS (
  SELECT lexeme AS term, key, account_id, here FROM neighbours WHERE counts
  UNION
  SELECT lexeme || ' ' || next, key, account_id, here FROM neighbours
  WHERE counts AND next_counts AND next_place = place + 1
), by_account AS (
  SELECT term, count(*) FILTER (WHERE here) AS here, count(*) FILTER (WHERE NOT here) AS there,
    sum(hashtextextended(key, 0)) FILTER (WHERE here) AS same, any_value(key) FILTER (WHERE here) AS example
  FROM terms GROUP BY term, account_id
), found AS (
  SELECT term, sum(here) AS here, sum(there) AS there, count(*) FILTER (WHERE here > 0) AS accounts, sum(same) AS same,
    any_value(example) FILTER (WHERE here > 0) AS example
  FROM by_account GROUP BY term HAVING sum(here) >= %s
)
SELECT f.term, f.here::int, total.here, f.there::int, total.there, f.accounts, f.same, s.said
FROM found f JOIN said s ON s.key = f.example
CROSS JOIN (SELECT count(*) FILTER (WHERE here) AS here, count(*) FILTER (WHERE NOT here) AS there FROM said) total
