-- Accounts number first … last and all their facts. `chance` is a number 0…1 that depends on its arguments only.
CREATE OR REPLACE FUNCTION pg_temp.chance(id bigint, seed int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
  'SELECT (hashint8extended(id, seed) & 1048575) / 1048576.0::float8';

INSERT INTO accounts_account (workspace_id, external_id, name, segment, stage_id, owner_id, team_id, started_on, industry,
  country, domain, properties, created_at, updated_at)
SELECT %(workspace)s, 'a' || k, 'Account ' || k, (ARRAY['Small', 'Middle', 'Large'])[1 + k %% 3],
  (%(stages)s)[1 + k %% cardinality(%(stages)s)], (%(members)s)[1 + (k - 1) / %(book)s], %(team)s,
  %(day)s::date - 60 - (pg_temp.chance(k, 1) * 700)::int, 'Software', 'ES', 'a' || k || '.example', '{}', now(), now()
FROM generate_series(%(first)s, %(last)s) k;

CREATE TEMP TABLE IF NOT EXISTS mine (id bigint, k bigint, started_on date, stage_id bigint, segment text, owner_id bigint,
  team_id bigint) ON COMMIT DROP;

INSERT INTO mine SELECT id, substr(external_id, 2)::bigint, started_on, stage_id, segment, owner_id, team_id FROM accounts_account
WHERE workspace_id = %(workspace)s AND external_id = ANY(SELECT 'a' || k FROM generate_series(%(first)s, %(last)s) k);

INSERT INTO accounts_accounthistory (workspace_id, account_id, field, value, since)
SELECT %(workspace)s, id, f.field, f.value, started_on FROM mine,
  LATERAL (VALUES ('stage', stage_id::text), ('segment', segment), ('owner', owner_id::text), ('team', team_id::text))
    f (field, value);

INSERT INTO accounts_subscription (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest,
  subscription, product, starts_on, ends_on, amount, currency, interval, interval_count, mrr, seats, is_trial)
SELECT %(workspace)s, %(source)s, id, k || '-' || n, begun, begun, md5(k || '-' || n)::uuid, k::text, 'Team', begun,
  begun + 365, amount * 12, 'EUR', 'month', 12, amount, 3 + (pg_temp.chance(k, 2) * 20)::int, false
FROM mine, generate_series(0, 2) n,
  LATERAL (SELECT started_on + 365 * n AS begun, (100 + k %% 900 + 20 * n)::numeric AS amount) t
WHERE begun <= %(day)s;

INSERT INTO accounts_invoice (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, number,
  issued_on, due_on, amount, currency, is_disputed, is_void)
SELECT %(workspace)s, %(source)s, id, k || '-' || n, issued, issued, md5(k || '-' || n)::uuid, '', issued, issued + 30,
  100 + k %% 900, 'EUR', pg_temp.chance(k * 100 + n, 3) < 0.02, pg_temp.chance(k * 100 + n, 4) < 0.02
FROM mine, generate_series(0, 9) n, LATERAL (SELECT %(day)s::date - 10 - 40 * n AS issued) i WHERE issued >= started_on;

INSERT INTO accounts_payment (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, invoice,
  paid_on, amount, currency, kind)
SELECT %(workspace)s, %(source)s, id, k || '-' || n, paid, paid, md5(k || '-' || n)::uuid, k || '-' || n, paid,
  100 + k %% 900, 'EUR', 'payment'
FROM mine, generate_series(0, 9) n,
  LATERAL (SELECT %(day)s::date - 10 - 40 * n + 20 + (pg_temp.chance(k * 100 + n, 5) * 25)::int AS paid) p
WHERE %(day)s::date - 10 - 40 * n >= started_on AND paid <= %(day)s AND pg_temp.chance(k * 100 + n, 6) < 0.95;

INSERT INTO accounts_ticket (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, subject,
  priority, theme, person)
SELECT %(workspace)s, %(source)s, id, k || '-' || n, opened, opened, md5(k || '-' || n)::uuid, '',
  (ARRAY['low', 'normal', 'high', 'urgent'])[1 + (pg_temp.chance(k * 100 + n, 7) * 3.99)::int %% 4], '', ''
FROM mine, generate_series(0, 3) n,
  LATERAL (SELECT %(day)s::timestamp AT TIME ZONE 'UTC' - (pg_temp.chance(k * 100 + n, 8) * 390 * 24)::int * interval '1 hour'
    AS opened) t;

INSERT INTO accounts_ticketevent (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, ticket,
  kind, by_customer)
SELECT %(workspace)s, %(source)s, id, k || '-' || n || e.kind, moment, moment, md5(k || '-' || n || e.kind)::uuid,
  k || '-' || n, e.kind, e.kind = 'opened'
FROM mine, generate_series(0, 3) n, (VALUES ('opened', 0), ('replied', 1), ('solved', 2)) e (kind, place),
  LATERAL (SELECT %(day)s::timestamp AT TIME ZONE 'UTC' - (pg_temp.chance(k * 100 + n, 8) * 390 * 24)::int * interval '1 hour'
    + e.place * pg_temp.chance(k * 100 + n, 9) * interval '20 hours' AS moment) t
WHERE moment < %(day)s::date + 1 AND (e.place < 2 OR pg_temp.chance(k * 100 + n, 10) < 0.8);

INSERT INTO accounts_surveyresponse (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest,
  survey, kind, score, scale_min, scale_max, person, about, ticket, comment)
SELECT %(workspace)s, %(source)s, id, k || '-' || n, moment, moment, md5(k || '-' || n)::uuid, '',
  (ARRAY['nps', 'nps', 'csat', 'relationship'])[1 + n %% 4], (pg_temp.chance(k * 100 + n, 11) * 10)::int, 0, 10,
  'person' || n %% 3, CASE WHEN n %% 4 = 2 THEN 'ticket' ELSE '' END, '', ''
FROM mine, generate_series(0, 5) n,
  LATERAL (SELECT %(day)s::date - (pg_temp.chance(k * 100 + n, 12) * 390)::int + time '10:00' AT TIME ZONE 'UTC' AS moment) t;

INSERT INTO accounts_feedback (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, kind,
  topic, text, person, resolved_on)
SELECT %(workspace)s, %(source)s, id, k || '-' || n, day, day, md5(k || '-' || n)::uuid,
  (ARRAY['praise', 'problem', 'request', 'complaint', 'referral', 'future_talk', 'review'])
    [1 + (pg_temp.chance(k * 100 + n, 13) * 6.99)::int %% 7], '', '', '',
  CASE WHEN pg_temp.chance(k * 100 + n, 14) < 0.7 THEN day + 5 END
FROM mine, generate_series(0, 2) n,
  LATERAL (SELECT %(day)s::date - (pg_temp.chance(k * 100 + n, 15) * 300)::int AS day) t;

INSERT INTO accounts_touch (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, channel,
  direction, subject, outcome, minutes, person, member, attendees)
SELECT %(workspace)s, %(source)s, id, k || '-' || n, moment, moment, md5(k || '-' || n)::uuid,
  (ARRAY['call', 'meeting', 'email', 'training'])[1 + n %% 4], (ARRAY['two_way', 'inbound', 'outbound'])[1 + n %% 3],
  '', '', 20, '', '', 1
FROM mine, generate_series(0, 4) n,
  LATERAL (SELECT %(day)s::date - (pg_temp.chance(k * 100 + n, 16) * 200)::int + time '11:00' AT TIME ZONE 'UTC' AS moment) t;

INSERT INTO accounts_pulse (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, value,
  comment, member)
SELECT %(workspace)s, %(source)s, id, k::text, day, day, md5(k::text)::uuid, 1 + (pg_temp.chance(k, 17) * 4)::int, '', ''
FROM mine, LATERAL (SELECT %(day)s::date - (pg_temp.chance(k, 18) * 90)::int AS day) t;

INSERT INTO accounts_goal (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, name, unit,
  baseline, target, value, started_on, due_on, state)
SELECT %(workspace)s, %(source)s, id, k::text, begun, begun, md5(k::text)::uuid, 'Grow', '', 0, 100,
  (pg_temp.chance(k, 19) * 100)::int, begun, begun + 200, 'open'
FROM mine, LATERAL (SELECT %(day)s::date - 40 - (pg_temp.chance(k, 20) * 200)::int AS begun) t;

INSERT INTO accounts_clientfigure (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, figure,
  day, value, currency)
SELECT %(workspace)s, %(source)s, id, k || '-' || n, day, day, md5(k || '-' || n)::uuid,
  (ARRAY['headcount', 'return', 'cost'])[1 + n %% 3], day, 50 + (pg_temp.chance(k * 100 + n, 21) * 100)::int, 'EUR'
FROM mine, generate_series(0, 3) n, LATERAL (SELECT %(day)s::date - 30 - 120 * n AS day) t;

INSERT INTO accounts_deal (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, name, kind,
  amount, currency, state, opened_on)
SELECT %(workspace)s, %(source)s, id, k::text, %(day)s::date - 20, %(day)s::date - 20, md5(k::text)::uuid, '', 'expansion',
  500, 'EUR', 'open', %(day)s::date - 20
FROM mine WHERE k %% 7 = 0;

INSERT INTO accounts_purchase (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, product,
  purchased_on, amount, currency, kind)
SELECT %(workspace)s, %(source)s, id, k::text, day, day, md5(k::text)::uuid, '', day, 50 + k %% 50, 'EUR', ''
FROM mine, LATERAL (SELECT %(day)s::date - (pg_temp.chance(k, 22) * 390)::int AS day) t WHERE k %% 3 = 0;

INSERT INTO accounts_churn (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, notice_on,
  reason, comment, is_reactivation)
SELECT %(workspace)s, %(source)s, id, k::text, %(day)s::date - 9, %(day)s::date - 9, md5(k::text)::uuid, %(day)s::date - 9,
  '', '', false
FROM mine WHERE k %% 50 = 0;

INSERT INTO accounts_contact (workspace_id, source_id, account_id, external_id, occurred_at, known_at, digest, name, email,
  part, is_internal, left_on)
SELECT %(workspace)s, %(source)s, id, k::text, started_on, started_on, md5(k::text)::uuid, '', '', 'champion', false,
  CASE WHEN k %% 40 = 0 THEN %(day)s::date - 9 END
FROM mine;

INSERT INTO accounts_event (workspace_id, source_id, account_id, message_id, name, person, feature, occurred_at, known_at,
  count, seconds)
SELECT %(workspace)s, %(source)s, id, k || '-' || n,
  (%(names)s)[1 + least((pg_temp.chance(k * 10000 + n, 23) ^ 2 * cardinality(%(names)s))::int, cardinality(%(names)s) - 1)],
  'person' || n %% 7 || '@a' || k || '.example', 'feature-' || (pg_temp.chance(k * 10000 + n, 24) * 12)::int, moment, moment,
  1 + n %% 3, n %% 900
FROM mine, generate_series(1, %(events)s) n,
  LATERAL (SELECT %(day)s::timestamp AT TIME ZONE 'UTC' + interval '1 day'
    - (1 + pg_temp.chance(k * 10000 + n, 25) * %(days)s * 86400) * interval '1 second' AS moment) t;

INSERT INTO accounts_dirtyday (workspace_id, account_id, day, marked_at)
SELECT DISTINCT e.workspace_id, e.account_id, (e.occurred_at AT TIME ZONE 'UTC')::date, now()
FROM accounts_event e JOIN mine ON mine.id = e.account_id WHERE e.workspace_id = %(workspace)s;
