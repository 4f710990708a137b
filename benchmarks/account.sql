-- Five years of one account, so many facts in all: six of ten are events. `chance` is a number 0…1.
CREATE OR REPLACE FUNCTION pg_temp.chance(id bigint, seed int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
  'SELECT (hashint8extended(id, seed) & 1048575) / 1048576.0::float8';

CREATE TEMP TABLE IF NOT EXISTS moments (n bigint, moment timestamptz, id text) ON COMMIT DROP;

INSERT INTO moments SELECT n, %(day)s::timestamp AT TIME ZONE 'UTC' + interval '20 hours'
  - pg_temp.chance(n, 1) * %(days)s * interval '1 day', 'busy-' || n FROM generate_series(1, %(facts)s) n;

UPDATE accounts_account SET started_on = %(day)s::date - %(days)s::int WHERE id = %(account)s;

INSERT INTO accounts_event (workspace_id, source_id, account_id, message_id, name, person, feature, occurred_at, known_at, count)
SELECT %(workspace)s, %(source)s, %(account)s, id,
  (%(names)s)[1 + (pg_temp.chance(n, 2) ^ 2 * (cardinality(%(names)s) - 1))::int], 'p' || n %% 30 || '@busy.example',
  'feature-' || n %% 12, moment, moment, 1 + n %% 3
FROM moments WHERE n %% 10 < 6;

INSERT INTO accounts_touch (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, channel,
  direction, subject, outcome, minutes, person, member, attendees)
SELECT %(workspace)s, %(source)s, %(account)s, id, moment, moment, md5(id)::uuid,
  (ARRAY['call', 'meeting', 'email'])[1 + n %% 3], 'two_way', 'About matter ' || n %% 500,
  repeat('They told what they need, and what they do without it. ', 4) || CASE WHEN n %% 9973 = 6 THEN 'xylophone' ELSE '' END,
  20, 'p' || n %% 30 || '@busy.example', 'csm0@large.example', 1
FROM moments WHERE n %% 10 = 6;

INSERT INTO accounts_ticket (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, subject,
  priority, theme, person)
SELECT %(workspace)s, %(source)s, %(account)s, id, moment, moment, md5(id)::uuid, 'The export stops at row ' || n,
  (ARRAY['low', 'normal', 'high'])[1 + n %% 3], '', 'p' || n %% 30 || '@busy.example'
FROM moments WHERE n %% 10 = 7 AND n %% 3 = 0;

INSERT INTO accounts_ticketevent (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, ticket,
  kind, by_customer)
SELECT %(workspace)s, %(source)s, %(account)s, id || e.kind, moment + e.hours * interval '1 hour',
  moment + e.hours * interval '1 hour', md5(id || e.kind)::uuid, id, e.kind, false
FROM moments, (VALUES ('replied', 1), ('solved', 3)) e (kind, hours) WHERE n %% 10 = 7 AND n %% 3 = 0;

INSERT INTO accounts_surveyresponse (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest,
  survey, kind, score, scale_min, scale_max, person, about, ticket, comment)
SELECT %(workspace)s, %(source)s, %(account)s, id, moment, moment, md5(id)::uuid, '', 'nps', n %% 11, 0, 10,
  'p' || n %% 30 || '@busy.example', '', '', CASE WHEN n %% 3 = 0 THEN 'It does what it should, mostly.' ELSE '' END
FROM moments WHERE n %% 20 = 8;

INSERT INTO accounts_feedback (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, kind,
  topic, text, person, resolved_on)
SELECT %(workspace)s, %(source)s, %(account)s, id, moment, moment, md5(id)::uuid, 'request', 'export',
  'We would like the export to keep its order.', '', NULL
FROM moments WHERE n %% 20 = 18;

INSERT INTO accounts_invoice (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, number,
  issued_on, due_on, amount, currency, is_disputed, is_void)
SELECT %(workspace)s, %(source)s, %(account)s, id, moment::date, moment::date, md5(id)::uuid, 'INV-' || n, moment::date,
  moment::date + 30, 100, 'EUR', false, false
FROM moments WHERE n %% 20 = 9;

INSERT INTO accounts_payment (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, invoice,
  paid_on, amount, currency, kind)
SELECT %(workspace)s, %(source)s, %(account)s, id, moment::date + 20, moment::date + 20, md5(id)::uuid, id,
  moment::date + 20, 100, 'EUR', 'payment'
FROM moments WHERE n %% 20 = 9 AND moment < %(day)s::date - 20;

INSERT INTO accounts_purchase (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, product,
  purchased_on, amount, currency, kind)
SELECT %(workspace)s, %(source)s, %(account)s, id, moment::date, moment::date, md5(id)::uuid, 'Lamp ' || n %% 40,
  moment::date, 50, 'EUR', '' FROM moments WHERE n %% 20 = 19;

INSERT INTO accounts_dirtyday (workspace_id, account_id, day, marked_at)
SELECT DISTINCT workspace_id, account_id, (occurred_at AT TIME ZONE 'UTC')::date, now()
FROM accounts_event WHERE workspace_id = %(workspace)s AND account_id = %(account)s
ON CONFLICT DO NOTHING;
