-- Words and phrases of two neighbouring words in comments: how many of each side they occur in, of how many accounts,
-- and whether others occur in exactly the same ones (`same`). Positions are those of the search, so that to search
-- for a theme finds what was counted.
WITH said AS (
  {said}
), spoken AS (
  SELECT s.voice, s.id, w.lexeme, w.place,
    length(w.lexeme) > 2 AND w.lexeme !~ '[0-9[:punct:]]' AND w.lexeme <> ALL(%s) AS counts
  FROM said s CROSS JOIN LATERAL (
    SELECT v.lexeme, unnest(v.positions) AS place FROM unnest(to_tsvector('healthscore', s.said)) v
  ) w
), neighbours AS (
  SELECT voice, id, lexeme, counts, place,
    lead(lexeme) OVER following AS next, lead(place) OVER following AS next_place, lead(counts) OVER following AS next_counts
  FROM spoken
  WINDOW following AS (PARTITION BY voice, id ORDER BY place)
), terms AS (
  SELECT voice, id, lexeme AS term FROM neighbours WHERE counts
  UNION
  SELECT voice, id, lexeme || ' ' || next FROM neighbours WHERE counts AND next_counts AND next_place = place + 1
)
SELECT t.term, count(*) FILTER (WHERE s.here), any_value(total.here), count(*) FILTER (WHERE s.there),
  any_value(total.there), count(DISTINCT s.account_id) FILTER (WHERE s.here),
  md5(string_agg(s.voice || s.id, ' ' ORDER BY s.voice, s.id) FILTER (WHERE s.here)) AS same,
  any_value(s.said) FILTER (WHERE s.here) AS example
FROM terms t JOIN said s ON s.voice = t.voice AND s.id = t.id
CROSS JOIN (SELECT count(*) FILTER (WHERE here) AS here, count(*) FILTER (WHERE there) AS there FROM said) total
GROUP BY t.term
HAVING count(*) FILTER (WHERE s.here) >= %s
