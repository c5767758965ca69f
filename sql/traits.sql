-- Traits: what customers did, by definitions over a log of events.
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA regress_traits;
SET search_path = regress_traits;

-- A log with ties in time, NULLs everywhere, and events after the day that counts.
CREATE TABLE events (user_id int, at timestamptz, kind text, product text, channel text, amount numeric, discount float8, seen boolean, "odd ""name" int, since_1 text);
SELECT setseed(0.5);
INSERT INTO events
SELECT CASE WHEN n % 61 > 0 THEN (40 * random() ^ 2)::int END,
	CASE WHEN n % 67 > 0 THEN timestamptz '2026-07-02 22:00 UTC' - floor(960 * random()) * interval '6 hours' END,
	(ARRAY['mail', 'visit', 'order', NULL])[1 + floor(4 * random())], 'p' || floor(5 * random()), (ARRAY['web', 'shop', NULL])[1 + floor(3 * random())],
	CASE WHEN n % 7 > 0 THEN round((100 * random())::numeric, 2) END, CASE WHEN n % 3 > 0 THEN floor(3 * random()) END, random() < 0.4, n % 5, 'x'
FROM generate_series(1, 4000) AS n;

INSERT INTO tcs.trait_set (name, description) VALUES ('t', 'for a test');
INSERT INTO tcs.trait (trait_set, trait, measure, value, condition, within, since) VALUES
	('t', 'n', 'count', NULL, NULL, NULL, NULL),
	('t', 'orders', 'count', NULL, 'kind = ''order''', NULL, NULL),
	('t', 'with_amount', 'count', 'amount', 'kind = ''order''', NULL, NULL),
	('t', 'not_mail', 'count', NULL, 'kind <> ''mail'' OR kind IS NULL', NULL, NULL),
	('t', 'orders_30', 'count', NULL, 'kind = ''order''', '30 days', NULL),
	('t', 'orders_2_months', 'count', NULL, 'kind = ''order''', '2 months', NULL),
	('t', 'events_36_hours', 'count', NULL, NULL, '36 hours', NULL),
	('t', 'spent', 'sum', 'amount', 'kind = ''order''', '90 days', NULL),
	('t', 'odd', 'sum', '"odd ""name"', NULL, NULL, NULL),
	('t', 'seen_times', 'sum', 'seen', NULL, NULL, NULL),
	('t', 'discount_share', 'avg', 'coalesce(discount > 0, false)', 'kind = ''order''', NULL, NULL),
	('t', 'mean_amount', 'avg', 'amount', NULL, '90 days', NULL),
	('t', 'least', 'min', 'amount', NULL, NULL, NULL),
	('t', 'greatest', 'max', 'at', 'kind = ''visit''', NULL, NULL),
	('t', 'any_seen', 'max', 'seen', NULL, '5 days', NULL),
	('t', 'all_seen', 'min', 'seen', NULL, '5 days', NULL),
	('t', 'products', 'distinct', 'product', NULL, '90 days', NULL),
	('t', 'first_product', 'first', 'product', 'kind = ''order''', NULL, NULL),
	('t', 'last_channel', 'last', 'channel', NULL, NULL, NULL),
	('t', 'last_amount', 'last', 'amount * 2', NULL, '10 days', NULL),
	('t', 'favourite', 'most_frequent', 'product', NULL, NULL, NULL),
	('t', 'favourite_day', 'most_frequent', 'extract(isodow FROM at AT TIME ZONE ''UTC'')::int', NULL, NULL, NULL),
	('t', 'since_order', 'days_since_last', NULL, 'kind = ''order''', NULL, NULL),
	('t', 'since_first', 'days_since_first', NULL, NULL, NULL, NULL),
	('t', 'mails_since_order', 'count', NULL, 'kind = ''mail''', NULL, 'kind = ''order'''),
	('t', 'spent_since_mail', 'sum', 'amount', NULL, '90 days', 'kind = ''mail''');
INSERT INTO tcs.trait (trait_set, trait, measure, condition, within, gap) VALUES
	('t', 'sessions', 'sessions', NULL, NULL, '18 hours'),
	('t', 'dwell', 'session_minutes', 'kind = ''visit''', '90 days', '1 day');
INSERT INTO tcs.trait (trait_set, trait, measure, within, gap, steps) VALUES
	('t', 'way', 'sequence', NULL, '9 days', ARRAY['kind = ''mail'' AND product = ''p1''', 'kind = ''visit''', 'product = ''p1'' AND kind = ''order''']),
	('t', 'twice', 'sequence', '90 days', '6 hours', ARRAY['kind = ''order''', 'kind = ''order''']),
	('t', 'ever', 'sequence', NULL, NULL, ARRAY['seen AND kind = ''order''', 'NOT seen']);

-- The oracle: each trait by a query of its own, windows in days of Berlin.
CREATE FUNCTION oracle(as_of date) RETURNS TABLE (customer int, t jsonb) LANGUAGE sql STABLE AS $$
WITH log AS (
	SELECT *, (at AT TIME ZONE 'Europe/Berlin')::date AS day FROM regress_traits.events AS e
	WHERE user_id IS NOT NULL AND at IS NOT NULL AND (at AT TIME ZONE 'Europe/Berlin')::date <= as_of),
sessions AS (
	SELECT user_id, count(*) FILTER (WHERE new_session) AS sessions FROM (
		SELECT user_id, at - lag(at) OVER (PARTITION BY user_id ORDER BY at) > interval '18 hours' IS NOT FALSE AS new_session FROM log) AS s GROUP BY 1),
dwell AS (
	SELECT user_id, sum(extract(epoch FROM pause) / 60) FILTER (WHERE pause <= interval '24 hours') AS dwell FROM (
		SELECT user_id, at - lag(at) OVER (PARTITION BY user_id ORDER BY at) AS pause FROM log WHERE day > as_of - 90 AND kind = 'visit') AS s GROUP BY 1),
way AS (
	SELECT a.user_id, max(CASE WHEN c.at IS NOT NULL THEN 3 WHEN b.at IS NOT NULL THEN 2 ELSE 1 END) AS way
	FROM log AS a LEFT JOIN log AS b ON b.user_id = a.user_id AND b.kind = 'visit' AND b.at BETWEEN a.at AND a.at + interval '216 hours'
		LEFT JOIN log AS c ON c.user_id = a.user_id AND c.kind = 'order' AND c.product = 'p1' AND c.at BETWEEN b.at AND a.at + interval '216 hours'
	WHERE a.kind = 'mail' AND a.product = 'p1' GROUP BY 1),
twice AS (
	SELECT user_id, max(CASE WHEN next - at <= interval '6 hours' THEN 2 ELSE 1 END) AS twice FROM (
		SELECT user_id, at, lead(at) OVER (PARTITION BY user_id ORDER BY at) AS next FROM log WHERE day > as_of - 90 AND kind = 'order') AS s GROUP BY 1),
ever AS (
	SELECT user_id, CASE WHEN min(at) FILTER (WHERE seen AND kind = 'order') <= max(at) FILTER (WHERE NOT seen) THEN 2
		WHEN bool_or(seen AND kind = 'order') THEN 1 ELSE 0 END AS ever FROM log GROUP BY 1),
last AS (
	SELECT log.*, max(at) FILTER (WHERE kind = 'order') OVER w AS last_order, max(at) FILTER (WHERE kind = 'mail') OVER w AS last_mail
	FROM log WINDOW w AS (PARTITION BY user_id))
SELECT user_id, jsonb_build_object(
	'n', count(*), 'orders', count(*) FILTER (WHERE kind = 'order'),
	'with_amount', count(amount) FILTER (WHERE kind = 'order'),
	'not_mail', count(*) FILTER (WHERE kind IS DISTINCT FROM 'mail'),
	'orders_30', count(*) FILTER (WHERE kind = 'order' AND day > as_of - 30),
	'orders_2_months', count(*) FILTER (WHERE kind = 'order' AND day >= (as_of + 1 - interval '2 months')::date),
	'events_36_hours', count(*) FILTER (WHERE at >= (as_of + 1)::timestamp AT TIME ZONE 'Europe/Berlin' - interval '36 hours'),
	'spent', coalesce(sum(amount) FILTER (WHERE kind = 'order' AND day > as_of - 90), 0),
	'odd', sum("odd ""name"), 'seen_times', count(*) FILTER (WHERE seen),
	'discount_share', count(*) FILTER (WHERE kind = 'order' AND discount > 0)::float8 / nullif(count(*) FILTER (WHERE kind = 'order'), 0),
	'mean_amount', avg(amount) FILTER (WHERE day > as_of - 90), 'least', min(amount),
	'greatest', max(at) FILTER (WHERE kind = 'visit'),
	'any_seen', bool_or(seen) FILTER (WHERE day > as_of - 5), 'all_seen', bool_and(seen) FILTER (WHERE day > as_of - 5),
	'products', count(DISTINCT product) FILTER (WHERE day > as_of - 90),
	'first_product', (array_agg(product ORDER BY at, product) FILTER (WHERE kind = 'order'))[1],
	'last_channel', (array_agg(channel ORDER BY at DESC, channel) FILTER (WHERE channel IS NOT NULL))[1],
	'last_amount', (array_agg(amount * 2 ORDER BY at DESC, amount) FILTER (WHERE amount IS NOT NULL AND day > as_of - 10))[1],
	'favourite', mode() WITHIN GROUP (ORDER BY product),
	'favourite_day', mode() WITHIN GROUP (ORDER BY extract(isodow FROM at AT TIME ZONE 'UTC')::int),
	'since_order', as_of - max(day) FILTER (WHERE kind = 'order'), 'since_first', as_of - min(day),
	'mails_since_order', count(*) FILTER (WHERE kind = 'mail' AND (last_order IS NULL OR at > last_order)),
	'spent_since_mail', coalesce(sum(amount) FILTER (WHERE day > as_of - 90 AND (last_mail IS NULL OR at > last_mail)), 0),
	'sessions', min(sessions), 'dwell', coalesce(min(dwell), 0)::float8,
	'way', coalesce(min(way), 0), 'twice', coalesce(min(twice), 0), 'ever', min(ever))
FROM last LEFT JOIN sessions USING (user_id) LEFT JOIN dwell USING (user_id) LEFT JOIN way USING (user_id) LEFT JOIN twice USING (user_id) LEFT JOIN ever USING (user_id)
GROUP BY user_id
$$;
SELECT tcs.create_traits('traits', 'events', 'user_id', 'at', 't', zone => 'Europe/Berlin', as_of => '2026-06-30');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'traits'::regclass ORDER BY attnum;
SELECT count(*) AS customers, count(*) FILTER (WHERE to_jsonb(v) - 'customer' = o.t) AS equal FROM traits AS v FULL JOIN oracle('2026-06-30') AS o USING (customer);
SELECT key, count(*) FROM traits AS v JOIN oracle('2026-06-30') AS o USING (customer), jsonb_each(to_jsonb(v) - 'customer') AS j WHERE j.value <> o.t -> key GROUP BY key;
-- Every measure has something to be told of.
SELECT count(DISTINCT orders_30) > 3 AND count(DISTINCT first_product) = 5 AND count(DISTINCT mails_since_order) > 3 AND count(DISTINCT events_36_hours) > 2 AND count(DISTINCT way) = 4 AND count(DISTINCT twice) > 1 AND count(DISTINCT ever) > 1 AS varied FROM traits;

-- Explained: the events told of a trait come to what the view shows, of every trait of every customer.
CREATE TABLE explained AS SELECT t.customer, x.*, d.measure FROM traits AS t, tcs.trait_explain('traits', t.customer) AS x JOIN tcs.trait AS d ON d.trait_set = 't' AND d.trait = x.trait;
CREATE VIEW retold AS SELECT customer, trait, measure, value, CASE measure
	WHEN 'count' THEN count(event)::text WHEN 'distinct' THEN count(DISTINCT part)::text
	WHEN 'sum' THEN coalesce(sum(CASE WHEN part = 'true' THEN 1 WHEN part ~ '^[0-9.]+$' THEN part::numeric ELSE 0 END), 0)::text
	WHEN 'avg' THEN CASE trait WHEN 'mean_amount' THEN avg(CASE WHEN part ~ '^[0-9.]+$' THEN part::numeric END)::text ELSE (avg((part = 'true')::int))::float8::text END
	WHEN 'days_since_first' THEN (date '2026-06-30' - min(at)::date)::text WHEN 'days_since_last' THEN (date '2026-06-30' - max(at)::date)::text
	WHEN 'sessions' THEN count(DISTINCT part)::text
	WHEN 'session_minutes' THEN (SELECT coalesce(sum(m), 0)::float8::text FROM (SELECT extract(epoch FROM max(e.at) - min(e.at)) / 60 AS m FROM explained AS e WHERE e.customer = x.customer AND e.trait = x.trait GROUP BY e.part) AS s)
	WHEN 'sequence' THEN count(DISTINCT at || part)::text ELSE min(part) END AS retold, count(DISTINCT part) AS parts, count(event) AS events
FROM explained AS x GROUP BY customer, trait, measure, value;
SELECT count(*) AS traits, count(*) FILTER (WHERE retold IS DISTINCT FROM value) AS others, count(DISTINCT measure) AS measures FROM retold WHERE measure <> 'sequence';
SELECT * FROM retold WHERE retold IS DISTINCT FROM value AND measure <> 'sequence' ORDER BY 1, 2 LIMIT 5;
-- Steps: as many are told as were taken; some events are two, where they are of one moment.
SELECT count(*) AS ways, count(*) FILTER (WHERE (SELECT count(DISTINCT step) FROM explained AS e, regexp_split_to_table(substr(part, 6), ', ') AS step
	WHERE e.customer = r.customer AND e.trait = r.trait) <> value::int) AS others FROM retold AS r WHERE measure = 'sequence';
SELECT count(*) > 0 AS several_tied FROM retold WHERE measure IN ('first', 'last', 'most_frequent') AND events > 1;
SELECT count(*) AS wrong FROM retold WHERE measure IN ('first', 'last', 'most_frequent', 'min', 'max') AND parts > 1;
SELECT count(*) AS not_the_customers FROM explained WHERE event ->> 'user_id' <> customer::text;
SELECT count(*) AS rows, count(event) AS with_event FROM explained WHERE trait = 'all_seen' AND value IS NULL;
DROP TABLE explained CASCADE;
SELECT DISTINCT pg_typeof(at), pg_typeof(event) FROM tcs.trait_explain('traits', '7');
SELECT count(*) AS nobody FROM tcs.trait_explain('traits', '1000');
SELECT count(*) AS for_null FROM tcs.trait_explain('traits', NULL::text);
SELECT * FROM tcs.trait_explain('traits', 'x');
SELECT * FROM tcs.trait_explain('events', '1');

-- The same from a text, on other days, among them the last of a month and one when clocks change.
CREATE FUNCTION compare(as_of date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT count(*) FILTER (WHERE to_jsonb(v) - ''customer'' = o.t) || '' of '' || count(*) FROM (%s) AS v FULL JOIN regress_traits.oracle($1) AS o USING (customer)',
		tcs.traits_sql('regress_traits.events', 'user_id', 'at', 't', zone => 'Europe/Berlin', as_of => as_of)) INTO result USING as_of;
	RETURN result;
END
$$;
SELECT d, compare(d) FROM unnest('{2025-11-01,2026-02-28,2026-03-29,2026-05-31,2026-07-02,2027-01-01}'::date[]) AS d;
-- Nobody else's settings count.
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'German';
SET IntervalStyle = 'sql_standard';
SELECT compare('2026-06-30');
RESET TimeZone;
RESET DateStyle;
RESET IntervalStyle;
SET TimeZone = 'UTC';
-- In parallel, by hashing and by sorting.
SELECT md5(string_agg(v::text, ',' ORDER BY customer)) AS serial FROM traits AS v \gset
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_hashagg = off;
SELECT md5(string_agg(v::text, ',' ORDER BY customer)) = :'serial' AS sorted FROM traits AS v;
RESET enable_hashagg;
SELECT md5(string_agg(v::text, ',' ORDER BY customer)) = :'serial' AS hashed FROM traits AS v;
DELETE FROM tcs.trait WHERE trait_set = 't' AND since IS NOT NULL;
SELECT * FROM tcs.refresh_traits('traits');
SELECT md5(string_agg(v::text, ',' ORDER BY customer)) AS parallel FROM traits AS v \gset
SET max_parallel_workers_per_gather = 0;
SELECT md5(string_agg(v::text, ',' ORDER BY customer)) = :'parallel' AS serial FROM traits AS v;
RESET ALL;
SET TimeZone = 'UTC';
SET client_min_messages = warning;
SET search_path = regress_traits;

-- One customer is a look-up by the index of the log.
CREATE INDEX ON events (user_id);
ANALYZE events;
CREATE FUNCTION uses_index(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN plan::text ~ 'events_user_id_idx';
END
$$;
SET enable_seqscan = off;
SELECT uses_index('SELECT * FROM regress_traits.traits WHERE customer = 7');
RESET enable_seqscan;

-- The aggregates are those of the server, for other types too, in any order and in windows.
SELECT tcs.most_frequent(v), tcs.count_distinct(v) FROM unnest('{b,a,a,b,c,NULL}'::text[]) AS v;
SELECT tcs.most_frequent(v), tcs.count_distinct(v), tcs.first(v, '2026-01-01'::date), tcs.last(v, now()) FROM unnest('{NULL,NULL}'::numeric[]) AS v;
SELECT tcs.most_frequent(v) = 0 AS zero, tcs.count_distinct(v) FROM unnest('{NaN,-0,0,NaN,Infinity}'::float8[]) AS v;
SELECT tcs.first(v, d), tcs.last(v, d) FROM (VALUES ('{2,1}'::int[], date '2026-01-02'), ('{1,5}', '2026-01-02'), ('{0}', '-infinity'), ('{9}', 'infinity'), ('{8}', 'infinity'), (NULL, '-infinity'), ('{7}', NULL)) AS x(v, d);
SELECT n, tcs.last(n, at) OVER w, tcs.first(-n, at) OVER w, tcs.most_frequent(n % 2) OVER w, tcs.count_distinct(n / 2) OVER w
FROM (SELECT n, timestamp '2026-01-01' + (n % 3) * interval '1 day' FROM generate_series(1, 6) AS n) AS x(n, at) WINDOW w AS (ORDER BY n ROWS 2 PRECEDING);
SELECT count(*) AS groups, count(*) FILTER (WHERE a = b AND c = d) AS equal FROM (
	SELECT g, tcs.count_distinct(v) AS a, count(DISTINCT v) AS b, tcs.most_frequent(v) AS c, mode() WITHIN GROUP (ORDER BY v) AS d
	FROM (SELECT n % 3 AS g, md5((n * 7919 % (100 + 5000 * (n % 3)))::text) AS v FROM generate_series(1, 30000) AS n) AS x GROUP BY g) AS y;
SELECT (tcs.sessions(at, '30 minutes')).* FROM unnest('{2026-01-01 09:00,2026-01-01 10:01,2026-01-01 09:30,2026-01-01 10:31,NULL}'::timestamp[]) AS at;
SELECT (tcs.sessions(at, '30 minutes')).* FROM unnest('{NULL}'::timestamptz[]) AS at;
SELECT tcs.sessions(at, '30 minutes') IS NULL AS without_a_row FROM unnest('{}'::timestamptz[]) AS at;
SELECT (s).sessions, (s).events, (s).minutes, (s).longest_minutes FROM (
	SELECT tcs.sessions('2026-01-01'::timestamp + (n * 7919 % 60000 / 3 * 60 + n * 7919 % 3 * 5) * interval '1 minute', '10 minutes') AS s FROM generate_series(0, 59999) AS n) AS x;
SELECT tcs.sessions(now(), '0');
SELECT tcs.sessions(now(), NULL);
SELECT tcs.sessions('infinity'::timestamp, '1 day');
SELECT tcs.sessions(now(), n * interval '1 hour') FROM generate_series(1, 2) AS n;
SELECT tcs.most_frequent('(1,2)'::point);
SELECT tcs.first(ROW(1, 'x'::text), now());

-- Customers without an event: those of a table of their own, and no others.
CREATE TABLE customers (id bigint PRIMARY KEY);
INSERT INTO customers VALUES (3), (7), (1000);
SELECT tcs.create_traits('mine', 'events', 'user_id', 'at', 't', zone => 'Europe/Berlin', customers => 'customers', as_of => '2026-06-30');
SELECT m.customer, to_jsonb(m) - 'customer' = to_jsonb(t) - 'customer' AS same FROM mine AS m JOIN traits AS t USING (customer) ORDER BY 1;
SELECT jsonb_strip_nulls(to_jsonb(m)) FROM mine AS m WHERE customer = 1000;
-- Types that a domain or an enum makes, a column that is dropped or called otherwise, and another schema.
ALTER TABLE events RENAME COLUMN kind TO "Kind ""of""";
ALTER TABLE events DROP COLUMN since_1;
ALTER TABLE events RENAME TO "The Events";
SELECT count(*), sum(orders) > 0 AS still FROM traits;
SELECT * FROM tcs.refresh_traits('traits');
UPDATE tcs.trait SET condition = replace(condition, 'kind', '"Kind ""of"""'), enabled = steps IS NULL WHERE trait_set = 't';
SELECT count(*), array_agg(DISTINCT change) FROM tcs.refresh_traits('traits');
ALTER TABLE "The Events" RENAME TO events;
ALTER TABLE events RENAME COLUMN "Kind ""of""" TO kind;
UPDATE tcs.trait SET condition = replace(condition, '"Kind ""of"""', 'kind') WHERE trait_set = 't';
\set VERBOSITY sqlstate
ALTER TABLE events DROP COLUMN product;
\set VERBOSITY default

-- Made anew: what is added, changed, retyped, removed; rights and options stay.
SELECT tcs.trait_set_put('r', '{"traits": [{"trait": "b", "measure": "count"}, {"trait": "d", "measure": "sum", "value": "amount"}, {"trait": "x", "measure": "last", "value": "channel", "description": "the channel"}]}');
SELECT tcs.create_traits('remade', 'events', 'user_id', 'at', 'r', as_of => '2026-06-30');
CREATE ROLE regress_tcs_reader;
GRANT USAGE ON SCHEMA regress_traits TO regress_tcs_reader;
GRANT SELECT ON remade TO regress_tcs_reader WITH GRANT OPTION;
GRANT SELECT (customer) ON remade TO PUBLIC;
ALTER VIEW remade SET (security_barrier = true);
SELECT tcs.trait_set_put('r', '{"traits": [{"trait": "a", "measure": "count", "within": "7 days"}, {"trait": "b", "measure": "count", "condition": "seen"}, {"trait": "d", "measure": "sum", "value": "amount"}, {"trait": "x", "measure": "last", "value": "channel"}]}');
CREATE VIEW reader AS SELECT customer, b FROM remade;
SELECT * FROM tcs.refresh_traits('remade');
SELECT * FROM tcs.refresh_traits('remade');
UPDATE tcs.trait SET value = 'discount' WHERE trait_set = 'r' AND trait = 'd';
SELECT * FROM tcs.refresh_traits('remade');
DROP VIEW reader;
UPDATE tcs.trait SET enabled = false WHERE trait_set = 'r' AND trait = 'b';
SELECT * FROM tcs.refresh_traits('remade');
SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'remade'::regclass ORDER BY attnum;
SELECT reloptions, relacl::text LIKE '%regress_tcs_reader=r*/%' AS granted FROM pg_class WHERE oid = 'remade'::regclass;
SELECT attacl::text LIKE '{=r/%' AS to_all FROM pg_attribute WHERE attrelid = 'remade'::regclass AND attname = 'customer';
SET client_min_messages = notice;
SELECT tcs.create_segmentation('seg', 'remade', 'customer', 'tcs.rfm_simple');
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('r', 'few');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('r', 10, 'many', 'a > 3');
SELECT tcs.create_segmentation('seg', 'remade', 'customer', 'r');
UPDATE tcs.trait SET within = '30 days' WHERE trait_set = 'r' AND trait = 'a';
SELECT * FROM tcs.refresh_traits('remade');
UPDATE tcs.trait SET value = 'amount' WHERE trait_set = 'r' AND trait = 'd';
SELECT * FROM tcs.refresh_traits('remade');
SELECT tcs.drop_traits('remade');
SET client_min_messages = warning;
SELECT tcs.drop_segmentation('seg');
-- A trait set that is gone, and one without a trait.
DELETE FROM tcs.trait WHERE trait_set = 'r';
SELECT * FROM tcs.refresh_traits('remade');
SELECT count(*) FROM remade;
SELECT tcs.trait_set_drop('r');
SELECT * FROM tcs.refresh_traits('remade');
SELECT tcs.drop_traits('remade'), tcs.drop_traits(NULL);
SELECT * FROM tcs.refresh_traits(NULL);
SELECT tcs.drop_traits('events');
CREATE VIEW no_traits AS WITH definitions AS (SELECT 'x'::text AS trait_set, 'UTC'::text AS zone, NULL::text), day AS (SELECT 1) SELECT user_id FROM events;
SELECT tcs.drop_traits('no_traits');

-- Empty logs, and logs of timestamps and dates.
CREATE TABLE plain (who text, at timestamp, kind text);
SELECT tcs.trait_set_put('k', '{"traits": [{"trait": "n", "measure": "count", "within": "2 days"}, {"trait": "days", "measure": "days_since_last"}, {"trait": "hours", "measure": "count", "within": "30 hours"}, {"trait": "kind", "measure": "first", "value": "kind", "since": "kind = ''z''"}, {"trait": "way", "measure": "sequence", "steps": ["kind = ''z''", "kind IN (''x'', ''z'')"], "gap": "2 days"}]}');
SELECT tcs.create_traits('plain_traits', 'plain', 'who', 'at', 'k', as_of => '2026-06-30');
SELECT * FROM plain_traits;
INSERT INTO plain VALUES ('a', '2026-06-30 23:59:59', 'x'), ('a', '2026-06-29 18:00', 'y'), ('a', '2026-06-29 17:59:59', 'z'), ('a', '2026-06-28 23:59:59', 'z'), ('b', '2026-07-01', 'x'), (NULL, '2026-06-30', 'x'), ('c', '2026-06-01', 'z');
SELECT * FROM plain_traits ORDER BY 1;
CREATE TABLE days (who text, at date, kind text);
INSERT INTO days SELECT who, at::date, kind FROM plain;
SELECT tcs.create_traits('days_traits', 'days', 'who', 'at', 'k', as_of => '2026-06-30');
UPDATE tcs.trait SET enabled = false WHERE trait_set = 'k' AND trait = 'hours';
SELECT tcs.create_traits('days_traits', 'days', 'who', 'at', 'k', as_of => '2026-06-30');
SELECT * FROM days_traits ORDER BY 1;

-- From now on: by the day, and to the moment.
SELECT tcs.trait_set_put('now', '{"traits": [{"trait": "by_day", "measure": "count", "within": "1 day"}, {"trait": "by_hours", "measure": "count", "within": "2 hours"}, {"trait": "days", "measure": "days_since_last"}]}');
CREATE TEMP TABLE fresh (who int, at timestamptz);
SELECT tcs.create_traits('fresh_traits', 'fresh', 'who', 'at', 'now');
INSERT INTO fresh VALUES (1, now()), (1, now() - interval '2 hours'), (1, now() - interval '2 hours 1 second'), (1, now() - interval '2 days'), (2, now() - interval '9 days'), (3, now() + interval '2 days');
SELECT customer, by_hours, by_day = (SELECT count(*) FROM fresh WHERE who = customer AND at::date = now()::date) AS by_day, days FROM fresh_traits ORDER BY 1;
BEGIN;
SELECT customer, by_hours FROM fresh_traits WHERE customer = 1;
COMMIT;

-- As jsonb, and back.
SELECT jsonb_pretty(tcs.trait_set_get('k'));
SELECT tcs.trait_set_copy('k', 'copy');
SELECT tcs.trait_set_get('copy') = tcs.trait_set_get('k') AS same;
SELECT tcs.trait_set_put('copy', tcs.trait_set_get('k'));
SELECT tcs.trait_set_copy('k', 'copy');
\set SHOW_CONTEXT never
SELECT tcs.trait_set_put('tcs.mine', '{"traits": []}');
SELECT tcs.trait_set_put('copy', '{"traits": [{"trait": "a", "measure": "count"}, {"trait": "a", "measure": "count"}]}');
SELECT tcs.trait_set_put('copy', '{"traits": [{"trait": "a", "measure": "count", "within": 7}]}');
SELECT tcs.trait_set_put('copy', '{"traits": [{"trait": "a", "measure": "count", "window": "7 days"}]}');
SELECT tcs.trait_set_put('copy', '{"traits": [{"trait": "a"}]}');
SELECT tcs.trait_set_put('copy', NULL), tcs.trait_set_get('none');
SELECT tcs.trait_set_drop('none');
SELECT tcs.trait_set_drop('tcs.shop');
SELECT tcs.trait_set_drop('copy');
UPDATE tcs.trait SET within = '1 day' WHERE trait_set = 'tcs.shop';
DELETE FROM tcs.trait_set WHERE name = 'tcs.shop';

-- What is refused when it is written, and names the trait.
\set SHOW_CONTEXT errors
INSERT INTO tcs.trait (trait_set, trait, measure) VALUES ('k', 'customer', 'count');
INSERT INTO tcs.trait (trait_set, trait, measure) VALUES ('k', repeat('x', 64), 'count');
INSERT INTO tcs.trait (trait_set, trait, measure) VALUES ('k', 'm', 'median');
INSERT INTO tcs.trait (trait_set, trait, measure) VALUES ('k', 'm', 'sum');
INSERT INTO tcs.trait (trait_set, trait, measure, value) VALUES ('k', 'm', 'days_since_last', 'at');
INSERT INTO tcs.trait (trait_set, trait, measure, condition) VALUES ('k', 'm', 'count', 'kind IN (SELECT 1)');
INSERT INTO tcs.trait (trait_set, trait, measure, value) VALUES ('k', 'm', 'sum', 'pg_sleep(9)');
INSERT INTO tcs.trait (trait_set, trait, measure, value) VALUES ('k', 'm', 'last', '');
INSERT INTO tcs.trait (trait_set, trait, measure, since) VALUES ('k', 'm', 'count', 'sum(x) > 1');
INSERT INTO tcs.trait (trait_set, trait, measure) VALUES ('k', 'm', 'sessions');
INSERT INTO tcs.trait (trait_set, trait, measure, gap) VALUES ('k', 'm', 'count', '1 hour');
INSERT INTO tcs.trait (trait_set, trait, measure) VALUES ('k', 'm', 'sequence');
INSERT INTO tcs.trait (trait_set, trait, measure, steps) VALUES ('k', 'm', 'count', '{true}');
INSERT INTO tcs.trait (trait_set, trait, measure, steps) VALUES ('k', 'm', 'sequence', '{true,NULL}');
INSERT INTO tcs.trait (trait_set, trait, measure, steps) VALUES ('k', 'm', 'sequence', array_fill(text 'true', ARRAY[101]));
INSERT INTO tcs.trait (trait_set, trait, measure, steps) VALUES ('k', 'm', 'sequence', '{true,"a IN (SELECT 1)"}');
SELECT tcs.trait_set_put('k', '{"traits": [{"trait": "m", "measure": "sequence", "steps": "true"}]}');
SELECT tcs.trait_set_put('k', '{"traits": [{"trait": "m", "measure": "sequence", "steps": [true]}]}');
\set VERBOSITY sqlstate
INSERT INTO tcs.trait (trait_set, trait, measure, steps) VALUES ('k', 'm', 'sequence', '{}');
INSERT INTO tcs.trait (trait_set, trait, measure) VALUES ('k', '', 'count');
INSERT INTO tcs.trait (trait_set, trait, measure) VALUES ('k', 'm', NULL);
INSERT INTO tcs.trait (trait_set, trait, measure, condition) VALUES ('k', 'm', 'count', 'kind = ');
INSERT INTO tcs.trait (trait_set, trait, measure, within) VALUES ('k', 'm', 'count', '0');
INSERT INTO tcs.trait (trait_set, trait, measure, within) VALUES ('k', 'm', 'count', '-1 day');
INSERT INTO tcs.trait (trait_set, trait, measure, gap) VALUES ('k', 'm', 'sessions', '-1 day');
INSERT INTO tcs.trait (trait_set, trait, measure) VALUES ('none', 'm', 'count');
\set VERBOSITY default
-- And what a log shows.
CREATE FUNCTION try(measure text, value text, condition text DEFAULT NULL, within interval DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
	hint text;
BEGIN
	INSERT INTO tcs.trait_set VALUES ('try') ON CONFLICT DO NOTHING;
	DELETE FROM tcs.trait WHERE trait_set = 'try';
	INSERT INTO tcs.trait (trait_set, trait, measure, value, condition, within) VALUES ('try', 'my trait', measure, value, condition, within);
	RETURN (SELECT tcs.traits_sql('regress_traits.events', 'user_id', 'at', 'try') ~ '"my trait"')::text;
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN sqlstate || ' ' || said || ' - ' || hint;
END
$$;
SELECT try('sum', 'channel');
SELECT try('avg', 'at');
SELECT try('count', NULL, 'colour = 1');
SELECT try('count', NULL, 'at > now() - interval ''1 day''');
SELECT try('last', '''x''');
SELECT try('last', 'NULL');
SELECT try('last', '(user_id, at)');
SELECT try('min', 'row(1)');
SELECT try('last', 'point(1, 2)');
SELECT try('min', '''{[1,2]}''::int4multirange');
SELECT try('min', 'ARRAY[channel]');
SELECT try('count', NULL, 'at > timestamptz ''2026-01-01''');
SELECT try('count', NULL, 'tcs.matrix_cell(amount, 1, ''{40}'', ''{1}'') = ''11''');
SELECT try('count', NULL, 'true', '1 month 2 hours');
SELECT tcs.create_traits('x', 'events', 'user_id', 'at', 'none');
SELECT tcs.create_traits('x', 'events', 'nobody', 'at', 't');
SELECT tcs.create_traits('x', 'events', 'user_id', 'kind', 't');
SELECT tcs.create_traits('x', 'events', 'user_id', NULL, 't');
SELECT tcs.create_traits(NULL, 'events', 'user_id', 'at', 't');
SELECT tcs.create_traits('traits', 'events', 'user_id', 'at', 'k');
SELECT tcs.create_traits('x', 'events', 'user_id', 'at', 'now', zone => 'Nowhere/City');
SELECT tcs.create_traits('x', 'events', 'user_id', 'at', 'now', customers_key => 'id');
SELECT tcs.create_traits('x', 'events', 'user_id', 'at', 'now', as_of => 'infinity');
SELECT tcs.create_traits('x', 'events', 'user_id', 'at', 'now', customers => 'plain', customers_key => 'who');

-- What a check finds.
SELECT tcs.trait_set_put('check', '{"traits": [{"trait": "a", "measure": "count", "condition": "colour = 1"}, {"trait": "b", "measure": "sum", "value": "1 / (amount - amount)", "condition": "kind = ''order''"},
	{"trait": "c", "measure": "count", "condition": "kind = ''call''"}, {"trait": "d", "measure": "last", "value": "NULLIF(kind, ''mail'')", "condition": "kind = ''mail''", "since": "kind = ''call''"},
	{"trait": "e", "measure": "sum", "value": "amount", "condition": "kind = ''order''", "within": "1 day"}, {"trait": "f", "measure": "count"},
	{"trait": "g", "measure": "sequence", "condition": "amount > 50", "steps": ["kind = ''mail''", "kind = ''call''", "kind = ''order''"]}, {"trait": "h", "measure": "sequence", "condition": "kind = ''call''", "steps": ["true", "true"]},
	{"trait": "i", "measure": "sequence", "steps": ["seen", "1 / (user_id - user_id) = 1"]}, {"trait": "j", "measure": "sequence", "steps": ["seen", "colour"]}]}');
SELECT severity, finding, trait, detail, rows = CASE trait WHEN 'd' THEN CASE WHEN finding = 'no value' THEN (SELECT count(*) FROM events WHERE kind = 'mail') ELSE 0 END
	WHEN 'e' THEN (SELECT count(amount) FROM events WHERE kind = 'order') WHEN 'f' THEN (SELECT count(*) FROM events) WHEN 'g' THEN CASE finding WHEN 'events' THEN (SELECT count(*) FROM events WHERE amount > 50 AND kind IN ('mail', 'order')) ELSE 0 END WHEN 'c' THEN 0 WHEN 'h' THEN 0 END AS rows, share = rows::float8 / (SELECT count(*) FROM events) AS share
FROM tcs.trait_check('check', 'events');
CREATE TABLE fair_empty (kind text);
SELECT * FROM tcs.trait_check('tcs.visits', 'fair_empty') WHERE severity <> 'figure';
SELECT * FROM tcs.trait_check('none', 'events');
SELECT * FROM tcs.trait_check('check', NULL);
SELECT * FROM tcs.trait_check(NULL, 'events');

-- Who gets into another segment as time passes.
SELECT tcs.trait_set_put('due', '{"traits": [{"trait": "week", "measure": "count", "within": "7 days"}, {"trait": "hours", "measure": "count", "within": "60 hours"}, {"trait": "days", "measure": "days_since_last"}]}');
CREATE TABLE visits_due (who int, at timestamptz);
INSERT INTO visits_due VALUES (1, '2026-06-30 10:00 UTC'), (1, '2026-06-26 10:00 UTC'), (2, '2026-06-20 10:00 UTC'), (3, '2026-06-29 23:30 UTC'), (4, '2026-06-30 10:00 UTC'), (4, '2026-07-04 10:00 UTC');
SELECT tcs.create_traits('due', 'visits_due', 'who', 'at', 'due', zone => 'Europe/Berlin', as_of => '2026-06-30');
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('due', 'gone');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('due', 10, 'twice', 'week >= 2'), ('due', 20, 'now', 'hours > 0'), ('due', 30, 'once', 'week = 1'), ('due', 40, 'lost', 'days > 15');
SELECT * FROM tcs.segment_due('due', 'due', '2026-07-30') ORDER BY key;
-- The same as asking each day.
CREATE FUNCTION due_by_day(until date) RETURNS TABLE (key text, segment text, next_segment text, on_day date) LANGUAGE plpgsql AS $$
DECLARE
	day date;
BEGIN
	CREATE TEMP TABLE by_day (customer int, day date, segment text);
	FOR day IN SELECT d::date FROM generate_series('2026-06-30'::timestamp, until, '1 day') AS d LOOP
		EXECUTE format('INSERT INTO by_day SELECT customer, %L, tcs.segment_assign(''due'', t) FROM (%s) AS t', day, tcs.traits_sql('regress_traits.events', 'user_id', 'at', 'due', zone => 'Europe/Berlin', as_of => day));
	END LOOP;
	RETURN QUERY SELECT DISTINCT ON (b.customer) b.customer::text, a.segment, b.segment, b.day FROM by_day AS a JOIN by_day AS b USING (customer)
		WHERE a.day = '2026-06-30' AND b.segment IS DISTINCT FROM a.segment ORDER BY b.customer, b.day;
END
$$;
SELECT tcs.create_traits('due_events', 'events', 'user_id', 'at', 'due', zone => 'Europe/Berlin', as_of => '2026-06-30');
CREATE TEMP TABLE expected AS SELECT * FROM due_by_day('2026-08-20');
SELECT count(*) > 30 AS several, count(DISTINCT on_day) > 3 AS on_days FROM expected;
SELECT count(*) AS others FROM ((TABLE expected EXCEPT SELECT * FROM tcs.segment_due('due', 'due_events', '2026-08-20')) UNION ALL (SELECT * FROM tcs.segment_due('due', 'due_events', '2026-08-20') EXCEPT TABLE expected)) AS x;
SELECT count(*) FROM tcs.segment_due('due', 'due', '2026-06-30');
UPDATE tcs.rule SET condition = 'now() > ''2026-01-01+00''' WHERE rule_set = 'due' AND priority = 40;
SELECT * FROM tcs.segment_due('due', 'due', '2026-07-30');
SELECT * FROM tcs.segment_due('tcs.rfm_simple', 'due', '2026-07-30');
SELECT * FROM tcs.segment_due('due', 'visits_due', '2026-07-30');
-- From today on, with the owner's rights on the log.
INSERT INTO visits_due SELECT 9, now() - interval '3 days';
SELECT tcs.create_traits('due_now', 'visits_due', 'who', 'at', 'due', zone => 'UTC');
DELETE FROM tcs.rule WHERE rule_set = 'due' AND priority = 40;
CREATE ROLE regress_tcs_due;
GRANT USAGE ON SCHEMA regress_traits TO regress_tcs_due;
GRANT SELECT ON due_now TO regress_tcs_due;
SET ROLE regress_tcs_due;
SELECT key, segment, next_segment, on_day - (now() AT TIME ZONE 'UTC')::date AS days FROM tcs.segment_due('due', 'due_now', current_date + 10) WHERE key = '9';
SELECT * FROM tcs.segment_due('due', 'due', '2026-07-30');
RESET ROLE;

-- Hostile names.
CREATE TABLE "ev'il; --" ("the ""who""" int, "wh''en" timestamptz, "k'ind" text);
INSERT INTO "ev'il; --" VALUES (1, '2026-06-30 12:00 UTC', 'a'), (1, '2026-06-29 12:00 UTC', 'b''--');
SELECT tcs.trait_set_put('it''s "a" set; --', jsonb_build_object('traits', jsonb_build_array(
	jsonb_build_object('trait', 'a "b" ''c'' ; -- é', 'measure', 'count', 'condition', '"k''ind" = ''b''''--'''),
	jsonb_build_object('trait', 'SELECT', 'measure', 'last', 'value', '"k''ind" /* x */', 'since', '"k''ind" LIKE ''b%'''))));
SELECT tcs.create_traits('"v''iew; --"', '"ev''il; --"', 'the "who"', 'wh''''en', 'it''s "a" set; --', as_of => '2026-06-30');
SELECT * FROM "v'iew; --";
SELECT * FROM tcs.trait_explain('"v''iew; --"', 1);
SELECT * FROM tcs.refresh_traits('"v''iew; --"');
SELECT tcs.drop_traits('"v''iew; --"');

-- The trait sets that come with it.
CREATE TABLE sold (customer int, day date, product text, channel text, amount numeric, discount numeric);
INSERT INTO sold VALUES (1, '2026-06-30', 'tea', 'web', 10, 1), (1, '2026-06-30', 'tea', 'shop', 10, 0), (1, '2026-01-01', 'pot', 'shop', 30, NULL), (1, '2024-01-01', 'pot', 'shop', 30, 3);
SELECT tcs.create_traits('shop', 'sold', 'customer', 'day', 'tcs.shop', as_of => '2026-06-30');
SELECT jsonb_pretty(to_jsonb(s)) FROM shop AS s;
SELECT tcs.segment_assign('tcs.price_sensitive', s) FROM shop AS s;
SELECT trait, value, at, part, event ->> 'channel' AS channel FROM tcs.trait_explain('shop', 1);
CREATE TABLE fair (visitor int, at timestamptz, kind text);
INSERT INTO fair VALUES (1, '2026-06-30 10:00 UTC', 'enters'), (1, '2026-06-30 10:10 UTC', 'talk'), (1, '2026-06-30 10:25 UTC', 'leaves'), (1, '2026-06-30 14:00 UTC', 'brochure'), (2, '2026-01-30 10:00 UTC', 'enters');
SELECT tcs.create_traits('visits', 'fair', 'visitor', 'at', 'tcs.visits', as_of => '2026-06-30');
SELECT *, round(tcs.scorecard_score('tcs.lead', v)) AS lead FROM (SELECT *, 80 AS questionnaire FROM visits) AS v ORDER BY customer;
SELECT tcs.create_traits('x', 'sold', 'customer', 'day', 'tcs.visits');

-- Rights: the view reads the log as its owner.
CREATE ROLE regress_tcs_analyst;
GRANT USAGE, CREATE ON SCHEMA regress_traits TO regress_tcs_analyst;
SET ROLE regress_tcs_analyst;
SELECT tcs.create_traits('theirs', 'events', 'user_id', 'at', 'now');
SELECT tcs.traits_sql('events', 'user_id', 'at', 'now');
SELECT tcs.drop_traits('traits');
SELECT * FROM tcs.refresh_traits('traits');
SELECT * FROM tcs.trait_explain('traits', 7);
INSERT INTO tcs.trait (trait_set, trait, measure) VALUES ('k', 'm', 'count');
SELECT tcs.trait_set_put('k', '{"traits": []}');
RESET ROLE;
GRANT SELECT (user_id, at) ON events TO regress_tcs_analyst;
SET ROLE regress_tcs_analyst;
SELECT tcs.create_traits('theirs', 'events', 'user_id', 'at', 'now');
SELECT count(*) > 0 AS readable FROM theirs;
\set SHOW_CONTEXT never
SELECT * FROM tcs.trait_explain('theirs', 7);
\set SHOW_CONTEXT errors
SELECT tcs.drop_traits('theirs');
-- a condition reads what the role may not: the view is made, and refused when it is read
SELECT tcs.create_traits('theirs', 'events', 'user_id', 'at', 'try');
SELECT count(*) FROM theirs;
SELECT tcs.drop_traits('theirs');
RESET ROLE;

DELETE FROM tcs.trait_set WHERE name NOT LIKE 'tcs.%';
DELETE FROM tcs.rule_set WHERE name NOT LIKE 'tcs.%';
SET client_min_messages = error;
DROP SCHEMA regress_traits CASCADE;
DROP OWNED BY regress_tcs_analyst, regress_tcs_reader, regress_tcs_due;
DROP ROLE regress_tcs_analyst, regress_tcs_reader, regress_tcs_due;
