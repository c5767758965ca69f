-- Bad input: each case is a right answer or a clear error, and the session goes on.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET client_min_messages = warning;
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SELECT pg_backend_pid() AS backend \gset

-- The rows of an expression or of a query without its SELECT, as text; else the
-- error with its detail and hint.
CREATE FUNCTION pg_temp.try(expression text) RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	result text;
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE 'SELECT string_agg(coalesce(r::text, ''null''), ''; '') FROM (SELECT '
		|| expression || ') AS q(r)' INTO result;
	RETURN coalesce(result, 'no rows');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE || ' ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;

CREATE TEMP TABLE one AS SELECT 1 AS i;
CREATE TEMP TABLE none AS SELECT 1 AS i WHERE false;

\echo == purchase_history: amounts
SELECT format('%s %s %s: %s', at, kind, given, pg_temp.try(format(
	'tcs.purchase_history(%L::%s, %L::%s, ''2024-12-31'' %s)', '2024-05-06', at, given, kind, zone)))
FROM (VALUES ('date', ''), ('timestamp', ''), ('timestamptz', ', ''UTC''')) AS a(at, zone),
	(VALUES ('float8'), ('numeric')) AS k(kind),
	(VALUES ('NaN'), ('Infinity'), ('-Infinity'), (NULL)) AS g(given)
ORDER BY at, kind, given;

SELECT format('numeric %s as the server casts it: %s', label, pg_temp.try(format(
	'(tcs.purchase_history(''2024-05-06''::date, %s, ''2024-12-31'')).revenue = (%s)::float8', given, given)))
FROM (VALUES ('int8 max', '9223372036854775807::numeric'),
	('beyond int8', '9223372036854775808::numeric'),
	('2^53', '9007199254740992::numeric'), ('2^53 + 1', '9007199254740993::numeric'),
	('2^53 + 3', '9007199254740995.00::numeric'),
	('16 digits', '0.1234567890123456::numeric'), ('20 digits', '0.12345678901234567890::numeric'),
	('four groups', '9999999999999999::numeric'), ('10^20', '1e20::numeric'), ('10^23', '1e23::numeric'),
	('10^24', '1e24::numeric'), ('10^308', '1e308::numeric'), ('10^-20', '1e-20::numeric'),
	('10^-24', '1e-24::numeric'), ('10^-308', '1e-308::numeric'),
	('zero', '0.00::numeric'), ('cent', '0.01::numeric'), ('tenth of a cent', '123456.789::numeric'),
	('16384 digits', '(1 + 10::numeric ^ -16383)')) AS v(label, given);
SELECT format('numeric %s: %s', label, pg_temp.try(format(
	'(tcs.purchase_history(''2024-05-06''::date, %s, ''2024-12-31'')).revenue', given)))
FROM (VALUES ('10^309', '1e309::numeric'), ('10^131071', '10::numeric ^ 131071'),
	('-10^400', '-1e400::numeric'), ('10^-400', '1e-400::numeric'), ('10^-16383', '10::numeric ^ -16383')) AS v(label, given);
SELECT format('ends of integers, %s: %s', call, pg_temp.try(call))
FROM (VALUES ('(tcs.purchase_history(''2024-01-01''::date, 9223372036854775807::bigint, ''2024-12-31'')).revenue'), ('(tcs.holdout(''2024-01-02''::date, (-9223372036854775808)::bigint, ''2024-01-01'', ''2024-12-31'')).revenue'),
	('(tcs.purchase_history(''2024-01-01''::date, 32767::smallint, ''2024-12-31'')).revenue'), ('(tcs.purchase_history(''2024-01-01''::date, 2147483647, ''2024-12-31'')).revenue'),
	('tcs.rfm_score(date ''2024-01-01'', 9223372036854775807, -9223372036854775808) OVER ()'), ('(tcs.rfm_fit(0, 9223372036854775807, -9223372036854775808, 2)) - ''version'''),
	('tcs.abc_tier(9223372036854775807::bigint) OVER ()'), ('tcs.gini(9223372036854775807::bigint)')) AS v(call);
SELECT 'numeric beyond double in a fit: ' || left(pg_temp.try('tcs.rfm_fit(1, 10::numeric ^ 400, 1)'), 20);
SELECT 'sum beyond double: ' || pg_temp.try($q$tcs.purchase_history(d, 1e308::float8, '2024-12-31') FROM (VALUES ('2024-01-01'::date), ('2024-01-02'), ('2024-01-03')) AS v(d)$q$);
SELECT 'refunds beyond double: ' || pg_temp.try($q$tcs.purchase_history('2024-01-01'::date, a, '2024-12-31') FROM (VALUES (1::float8), (-1e308), (-1e308)) AS v(a)$q$);
SELECT 'ends of double: ' || pg_temp.try($q$tcs.purchase_history(d, 1.7976931348623157e308::float8 * a, '2024-12-31') FROM (VALUES ('2024-01-01'::date, 1), ('2024-01-02', -1)) AS v(d, a)$q$);
SELECT 'least double: ' || pg_temp.try($q$tcs.purchase_history(d, 5e-324::float8, '2024-12-31') FROM (VALUES ('2024-01-01'::date), ('2024-01-02')) AS v(d)$q$);
SELECT 'minus zero: ' || pg_temp.try($q$tcs.purchase_history('2024-01-01'::date, '-0'::float8, '2024-12-31')$q$);

\echo == purchase_history: days
SELECT format('at %s %s: %s', type, given, pg_temp.try(format(
	'tcs.purchase_history(%L::%s, 1::float8, ''2024-12-31'' %s)', given, type, zone)))
FROM (VALUES ('date', ''), ('timestamp', ''), ('timestamptz', ', ''UTC''')) AS a(type, zone),
	(VALUES (1, 'infinity'), (2, '-infinity'), (3, NULL), (4, '4714-11-24 BC'), (5, '0001-12-31 BC'), (6, '0001-01-01'),
	(7, '294276-12-31')) AS g(n, given)
ORDER BY type, n;
SELECT format('as_of %s: %s', given, pg_temp.try(format(
	'tcs.purchase_history(''4714-11-24 BC''::date, 1::float8, %L)', given)))
FROM (VALUES ('infinity'), ('-infinity'), (NULL), ('4714-11-24 BC'), ('5874897-12-31'), ('0001-12-31 BC')) AS g(given);
SELECT format('zone at the end of time, %s %s: %s', at, zone, pg_temp.try(format(
	'(tcs.purchase_history(%L::timestamptz, 1::float8, ''5874897-12-31'', %L)).first_day', at, zone)))
FROM (VALUES ('4714-11-24 00:00+00 BC'), ('294276-12-31 23:59:59.999999+00')) AS a(at),
	(VALUES ('Etc/GMT+12'), ('UTC'), ('Pacific/Kiritimati')) AS z(zone)
ORDER BY at, zone;
SELECT 'no row: ' || pg_temp.try($q$tcs.purchase_history('2024-01-01'::date, i::float8, '2024-12-31') FROM none$q$);
SELECT 'filtered: ' || pg_temp.try($q$tcs.purchase_history('2024-01-01'::date, 1::float8, '2024-12-31') FILTER (WHERE false)$q$);
SELECT 'only later: ' || pg_temp.try($q$tcs.purchase_history('2025-01-01'::date, 1::float8, '2024-12-31')$q$);
SELECT 'only refunds: ' || pg_temp.try($q$tcs.purchase_history('2024-01-01'::date, -1::float8, '2024-12-31')$q$);
SELECT 'later and NaN: ' || pg_temp.try($q$tcs.purchase_history('2025-01-01'::date, 'NaN'::float8, '2024-12-31')$q$);
SELECT 'zone null for a date: ' || pg_temp.try($q$tcs.purchase_history('2024-01-01'::date, 1::float8, '2024-12-31', NULL)$q$);

\echo == purchase_history: zones
SELECT format('zone %s: %s', left(zone, 40), left(pg_temp.try(format(
	'(tcs.purchase_history(''2024-01-01 00:30+00''::timestamptz, 1::float8, ''2024-12-31'', %L)).first_day', zone)), 200))
FROM (VALUES (1, NULL), (2, ''), (3, ' '), (4, 'Mars/Olympus'), (5, 'europe/BERLIN'), (6, 'Europe/Berlin '), (7, '../../etc/passwd'),
	(8, '/etc/passwd'), (9, 'UTC''; DROP TABLE x'), (10, 'XYZ-25'), (11, '<+0545>-5:45'), (12, 'EST5EDT'), (13, repeat('x', 255)),
	(14, 'America/New_York'), (15, 'right/UTC')) AS z(n, zone)
ORDER BY n;

\echo == what must not change within a group
CREATE TABLE change (i int, part int) PARTITION BY LIST (part);
CREATE TABLE change_0 PARTITION OF change FOR VALUES IN (0);
CREATE TABLE change_1 PARTITION OF change FOR VALUES IN (1);
INSERT INTO change SELECT i, i / 501 FROM generate_series(1, 1000) AS i;
ANALYZE change;
CREATE TEMP TABLE changing (n serial, what text, call text);
INSERT INTO changing (what, call) VALUES
	('as_of', $q$tcs.purchase_history('2024-01-01'::date, 1::float8, '2024-01-01'::date + part)$q$),
	('as_of from null', $q$tcs.purchase_history('2024-01-01'::date, 1::float8, CASE part WHEN 0 THEN '2024-01-01'::date END)$q$),
	('zone', $q$tcs.purchase_history('2024-01-01'::timestamptz, 1::float8, '2024-01-01', CASE part WHEN 0 THEN 'UTC' ELSE 'Asia/Tokyo' END)$q$),
	('case of zone', $q$(tcs.purchase_history('2024-01-01 12:00'::timestamptz, 1::float8, '2024-01-01', CASE part WHEN 0 THEN 'Europe/Berlin' ELSE 'EUROPE/berlin' END)).orders$q$),
	('zone of a date', $q$(tcs.purchase_history('2024-01-01'::date, 1::float8, '2024-01-01', CASE part WHEN 0 THEN 'UTC' END)).orders$q$),
	('holdout as_of', $q$tcs.holdout('2024-01-01'::date, 1::float8, '2024-01-01'::date + part, '2024-02-01')$q$),
	('until', $q$tcs.holdout('2024-01-01'::date, 1::numeric, '2024-01-01', '2024-02-01'::date + part)$q$),
	('holdout zone', $q$tcs.holdout('2024-01-01'::timestamptz, 1::numeric, '2024-01-01', '2024-02-01', CASE part WHEN 0 THEN 'UTC' ELSE 'Asia/Tokyo' END)$q$),
	('until = as_of', $q$tcs.holdout('2024-01-01'::date, 1::float8, '2024-01-01', '2024-01-01')$q$),
	('bins', $q$tcs.rfm_fit(i::float8, i, i, 5 + part)$q$),
	('bins of ages', $q$tcs.rfm_fit(i * interval '1 day', i, i, 5 + part)$q$),
	('cuts', $q$tcs.abc_fit(i::float8, CASE part WHEN 0 THEN '{0.8,0.95}'::float8[] ELSE '{0.8,0.96}' END)$q$),
	('number of cuts', $q$tcs.abc_fit(i::float8, CASE part WHEN 0 THEN '{0.8,0.95}'::float8[] ELSE '{0.8}' END)$q$),
	('points', $q$tcs.lorenz(i::float8, 4 + part)$q$),
	('cv as_of', $q$tcs.period_cv('2024-01-01'::date, i::float8, '2024-02-01'::date + part, 'month')$q$),
	('period', $q$tcs.period_cv('2024-01-01'::date, i::float8, '2024-02-01', CASE part WHEN 0 THEN 'week' ELSE 'month' END)$q$),
	('cv zone', $q$tcs.period_cv('2024-01-01'::timestamptz, i::float8, '2024-02-01', 'week', CASE part WHEN 0 THEN 'UTC' ELSE 'Asia/Tokyo' END)$q$),
	('periods as_of', $q$tcs.purchase_periods('2024-01-01'::date, i::float8, '2024-02-01'::date + part, 'month')$q$),
	('periods of', $q$tcs.purchase_periods('2024-01-01'::date, i::float8, '2024-02-01', CASE part WHEN 0 THEN 'week' ELSE 'month' END)$q$),
	('periods zone', $q$tcs.purchase_periods('2024-01-01'::timestamptz, i::float8, '2024-02-01', 'week', CASE part WHEN 0 THEN 'UTC' ELSE 'Asia/Tokyo' END)$q$),
	('within', $q$tcs.funnel('2024-01-01'::date, 1, (1 + part) * interval '1 day')$q$),
	('a month is 30.4375 days', $q$tcs.funnel('2024-01-01'::timestamp + part * interval '1 second', 1 + part, CASE part WHEN 0 THEN '1 mon'::interval ELSE '30 days 10:30' END)$q$),
	('steps', $q$tcs.funnel('2024-01-01'::date, 'a'::text, ARRAY['a', 'b' || part], '1 day')$q$),
	('as_of of a funnel', $q$tcs.funnel('2024-01-01'::date, 1, '1 day', '2024-01-01'::date + part)$q$),
	('window of named steps', $q$tcs.funnel('2024-01-01'::date, 'a'::text, '{a,b}', (1 + part) * interval '1 day')$q$),
	('names of the steps', $q$tcs.funnel_steps('{2024-01-01}'::date[], ARRAY['a', 'b' || part])$q$),
	('length of a period', $q$tcs.retention('2024-01-01'::date, '2024-01-01'::date, '2024-02-01', (7 + part) || ' days')$q$),
	('start and zone', $q$tcs.retention('2024-01-01'::timestamptz, '2024-01-01'::timestamptz, '2024-02-01', 'week', CASE part WHEN 0 THEN 'UTC' ELSE 'Asia/Tokyo' END)$q$),
	('start and as_of', $q$tcs.retention('2024-01-01'::date, '2024-01-01'::date, '2024-02-01'::date + part, 'week')$q$),
	('retention as_of', $q$tcs.retention('2024-01-01'::date, '2024-02-01'::date + part, 'month')$q$),
	('retention period', $q$tcs.retention('2024-01-01'::date, '2024-02-01', CASE part WHEN 0 THEN 'week' ELSE 'month' END)$q$),
	('retention zone', $q$tcs.retention('2024-01-01'::timestamptz, '2024-02-01', 'week', CASE part WHEN 0 THEN 'UTC' ELSE 'Asia/Tokyo' END)$q$);
INSERT INTO changing (what, call) VALUES
	('points as_of', $q$tcs.points('2024-01-01'::date, 1, '2024-02-01'::date + part)$q$),
	('points zone', $q$tcs.points('2024-01-01'::timestamptz, 1, '2024-02-01', interval '1 year', CASE part WHEN 0 THEN 'UTC' ELSE 'Asia/Tokyo' END)$q$),
	('terms of points', $q$(tcs.points('2024-01-01'::date, i / 10.0 ^ part, '2024-02-01', (1 + part) * interval '1 month')).balance > 0$q$),
	('within of durations', $q$tcs.duration(interval '1 day', true, (1 + part) * interval '1 day')$q$),
	('options of key drivers', $q$tcs.key_drivers(i, ROW(i), CASE part WHEN 0 THEN '{"levels": 5}'::jsonb ELSE '{"levels": 6}' END)$q$),
	('confidence', $q$tcs.rate(true, 0.5 + part / 10.0)$q$),
	('from', $q$tcs.csat(4, 3 + part)$q$),
	('best', $q$tcs.csat(4, 3, 5 + part)$q$),
	('confidence of an effect', $q$tcs.ab_effect(i % 2 = 0, true, 0.5 + part / 10.0)$q$),
	('cap of an effect', $q$tcs.ab_effect(i % 2 = 0, i, 0.95, NULL, 0.5 + part / 10.0)$q$),
	('treatment', $q$tcs.ab_effect('arm ' || part, i)$q$),
	('arms of a ratio', $q$tcs.ab_sample_ratio('a', ARRAY['a', 'b' || part], '{0.5,0.5}')$q$),
	('shares of a ratio', $q$tcs.ab_sample_ratio('a', '{a,b}', ARRAY[0.5, 0.5 - part / 10.0])$q$);
SET max_parallel_workers_per_gather = 0;
SELECT what || ': ' || pg_temp.try(call || ' FROM change') FROM changing ORDER BY n;
-- states of one partition each, combined
SET enable_partitionwise_aggregate = on;
SELECT format('combined, %s: %s', what, pg_temp.try(call || ' FROM change')) FROM changing ORDER BY n;
-- the same from worker to leader
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT format('parallel, %s: %s', what, pg_temp.try(call || ' FROM change')) FROM changing ORDER BY n;
RESET ALL;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';

\echo == purchase_history from its parts
SELECT format('%s: %s', given, pg_temp.try(format('tcs.purchase_history(%s)', given)))
FROM (VALUES ('0, 0, 0, 0'), ('2, 30, 40, 12.5'), ('1, 4, 5, 10, ''7 days'''), ('3, 1, 2, 0, ''1 mon'''),
	('1.5, 1, 2, 1'), ('-1, 0, 0, 0'), ('1e10, 1, 2, 1'), ('2147483647, 1, 2, 1'), ('1, -1, 2, 1'), ('1, 3, 2, 1'), ('0, 1, 2, 0'), ('0, 0, 2, 1'),
	('1, 1, 2, -1'), ('1, 1, 2, 1, ''0 days'''), ('1, 1, 2, 1, ''-1 day'''), ('1, 1, 1e308, 1, ''1 year'''),
	('''NaN'', 1, 2, 1'), ('1, ''NaN'', 2, 1'), ('1, 1, ''Infinity'', 1'), ('1, 1, 2, ''-Infinity'''), ('NULL, 1, 2, 1'), ('1, 1, 2, 1, NULL')) AS v(given);

\echo == holdout
SELECT format('%s: %s', given, pg_temp.try(format('tcs.holdout(%s)', given)))
FROM (VALUES ($$'2024-01-01'::date, 1::float8, '2024-01-01', '2024-01-01'$$), ($$'2024-01-02'::date, 1::float8, '2024-01-01', '2024-01-02'$$),
	($$'2024-01-02'::date, 1::float8, '2024-01-02', '2024-01-01'$$), ($$NULL::date, 1::float8, '2024-01-01', '2024-01-02'$$),
	($$'2024-01-02'::date, NULL::float8, '2024-01-01', '2024-01-02'$$), ($$'2024-01-02'::date, 'NaN'::numeric, '2024-01-01', '2024-01-02'$$),
	($$'2024-01-02'::date, 'Infinity'::float8, '2024-01-01', '2024-01-02'$$), ($$'2024-01-02'::date, 1::float8, NULL, '2024-01-02'$$),
	($$'2024-01-02'::date, 1::float8, '2024-01-01', NULL$$), ($$'2024-01-02'::date, 1::float8, '-infinity', '2024-01-02'$$),
	($$'2024-01-02'::date, 1::float8, '2024-01-01', 'infinity'$$), ($$'infinity'::date, 1::float8, '2024-01-01', '2024-01-02'$$),
	($$'2024-01-02'::date, -5::float8, '2024-01-01', '2024-01-02'$$), ($$'4714-11-24 BC'::date, 1::float8, '4714-11-24 BC', '5874897-12-31'$$),
	($$'2024-01-02'::timestamptz, 1::float8, '2024-01-01', '2024-01-02', 'Nowhere'$$), ($$'2024-01-02'::timestamptz, 1::float8, '2024-01-01', '2024-01-02', NULL$$)) AS v(given);
SELECT 'no row: ' || pg_temp.try($q$tcs.holdout('2024-01-02'::date, 1::float8, '2024-01-01', '2024-01-02') FROM none$q$);

\echo == rfm_fit and the window function: one value given badly
SELECT format('rfm_fit(%s): %s', given, pg_temp.try(format('tcs.rfm_fit(%s)', given)))
FROM (VALUES ('1::float8, 2, 3'), ('''NaN''::float8, 2, 3'), ('1::float8, ''Infinity'', 3'), ('1::float8, 2, ''-Infinity'''),
	('NULL::float8, 2, 3'), ('1::float8, NULL, 3'), ('NULL::interval, 1, 1'), ('interval ''1 mon'', 1, 1'),
	('1::float8, 2, 3, 0'), ('1::float8, 2, 3, 1'), ('1::float8, 2, 3, -1'), ('1::float8, 2, 3, 2'), ('1::float8, 2, 3, 101'),
	('1::float8, 2, 3, 2147483647'), ('1::float8, 2, 3, NULL'), ('NULL::float8, 2, 3, 0'),
	('1.7976931348623157e308::float8, 5e-324, ''-0''::float8, 2')) AS v(given);
SELECT format('rfm_score(%s): %s', given, pg_temp.try(format('tcs.rfm_score(%s) OVER ()', given)))
FROM (VALUES ('1::float8, 2, 3'), ('''NaN''::float8, 2, 3'), ('1::float8, ''Infinity'', 3'), ('1::float8, 2, ''-Infinity'''),
	('NULL::float8, 2, 3'), ('1::float8, NULL, 3'), ('NULL::interval, 1, 1'), ('interval ''1 mon'', 1, 1'),
	('date ''infinity'', 1, 1'), ('date ''-infinity'', 1, 1'), ('date ''4714-11-24 BC'', 1, 1'), ('date ''5874897-12-31'', 1, 1'),
	('timestamp ''infinity'', 1, 1'), ('timestamptz ''-infinity'', 1, 1'), ('timestamp ''294276-12-31 23:59:59.999999'', 1, 1'),
	('1::float8, 2, 3, 0'), ('1::float8, 2, 3, 1'), ('1::float8, 2, 3, -1'), ('1::float8, 2, 3, 100'), ('1::float8, 2, 3, 101'),
	('1::float8, 2, 3, 2147483647'), ('1::float8, 2, 3, NULL'), ('NULL::float8, 2, 3, 0')) AS v(given);
SELECT 'rfm_fit of no row: ' || pg_temp.try('tcs.rfm_fit(i::float8, 1, 1) FROM none');
SELECT 'rfm_score of no row: ' || pg_temp.try('tcs.rfm_score(i::float8, 1, 1) OVER () FROM none');
SELECT 'bins changing in a partition: ' || pg_temp.try('tcs.rfm_score(i::float8, 1, 1, 4 + i) OVER () FROM generate_series(1, 3) AS i');
SELECT 'bins of each partition: ' || pg_temp.try('tcs.rfm_score(i::float8, 1, 1, 4 + i) OVER (PARTITION BY i) FROM generate_series(1, 3) AS i');
SELECT 'all equal: ' || pg_temp.try('DISTINCT tcs.rfm_score(1::float8, 1, 1) OVER () FROM generate_series(1, 100)');
SELECT 'all equal, model: ' || pg_temp.try('tcs.rfm_score(m, 1::float8, 1, 1) FROM (SELECT tcs.rfm_fit(1::float8, 1, 1) AS m FROM generate_series(1, 100)) AS f');
SELECT 'fewer rows than bins: ' || pg_temp.try('tcs.rfm_score(i::float8, i, i, 10) OVER () FROM generate_series(1, 3) AS i');
SELECT 'fewer rows than bins, model: ' || pg_temp.try('tcs.rfm_score(m, i::float8, i, i) FROM generate_series(1, 3) AS i, (SELECT tcs.rfm_fit(i::float8, i, i, 10) AS m FROM generate_series(1, 3) AS i) AS f');

\echo == abc_fit and the window function
SELECT format('abc_fit(%s): %s', given, pg_temp.try(format('tcs.abc_fit(%s)', given)))
FROM (VALUES ('1::float8'), ('0::float8'), ('-1::float8'), ('NULL::float8'), ('''NaN''::float8'), ('''Infinity''::float8'), ('''-Infinity''::float8'),
	('1.7976931348623157e308::float8'), ('5e-324::float8'), ('1::float8, NULL'), ('NULL::float8, NULL'), ('1::float8, ''{}'''), ('1::float8, ''{0.8,0.5}'''), ('1::float8, ''{0.5,0.5}'''),
	('1::float8, ''{NULL}'''), ('1::float8, ''{0.5,NULL}'''), ('1::float8, ''{{0.5},{0.8}}'''), ('1::float8, ''{{{0.5}}}'''), ('1::float8, ''{0}'''), ('1::float8, ''{1}'''),
	('1::float8, ''{-0.5}'''), ('1::float8, ''{1.5}'''), ('1::float8, ''{NaN}'''), ('1::float8, ''{Infinity}'''), ('1::float8, ''[5:6]={0.5,0.75}'''),
	('1::float8, array_fill(0.5::float8, ARRAY[1001])'), ('1::float8, ''{0.5}''')) AS v(given);
SELECT format('abc_tier(%s): %s', given, pg_temp.try(format('tcs.abc_tier(%s) OVER ()', given)))
FROM (VALUES ('1::float8'), ('0::float8'), ('-1::float8'), ('NULL::float8'), ('''NaN''::float8'), ('''Infinity''::float8'), ('''-Infinity''::float8'),
	('1.7976931348623157e308::float8'), ('1::float8, NULL'), ('1::float8, ''{}'''), ('1::float8, ''{0.8,0.5}'''), ('1::float8, ''{0.5,NULL}'''),
	('1::float8, ''{{0.5},{0.8}}'''), ('1::float8, ''{0}'''), ('1::float8, ''{1}'''), ('1::float8, ''[5:6]={0.5,0.75}''')) AS v(given);
SELECT 'abc_fit of no row: ' || pg_temp.try('tcs.abc_fit(i::float8) FROM none');
SELECT 'abc_fit of a sum beyond double: ' || pg_temp.try('tcs.abc_fit(1e308::float8) FROM generate_series(1, 2)');
SELECT 'abc_tier of a sum beyond double: ' || pg_temp.try('tcs.abc_tier(1e308::float8) OVER () FROM generate_series(1, 2)');
SELECT 'cuts changing in a partition: ' || pg_temp.try('tcs.abc_tier(1::float8, ARRAY[i / 10.0]) OVER () FROM generate_series(1, 3) AS i');
SELECT 'cuts of each partition: ' || pg_temp.try('tcs.abc_tier(1::float8, ARRAY[i / 10.0]) OVER (PARTITION BY i) FROM generate_series(1, 3) AS i');
SELECT 'cuts of 1000: ' || pg_temp.try('tcs.abc_tier(i::float8, (SELECT array_agg(c / 1001.0 ORDER BY c) FROM generate_series(1, 1000) AS c)) OVER () FROM generate_series(0, 1) AS i');
SELECT 'all equal: ' || pg_temp.try('DISTINCT tcs.abc_tier(7::float8) OVER () FROM generate_series(1, 100)');

\echo == gini, lorenz, period_cv, xyz_class
SELECT format('%s: %s', given, pg_temp.try('tcs.' || given))
FROM (VALUES ('gini(1::float8)'), ('gini(0::float8)'), ('gini(-1::float8)'), ('gini(NULL::float8)'), ('gini(''NaN''::float8)'), ('gini(''Infinity''::float8)'),
	('gini(1.7976931348623157e308::float8)'), ('gini(5e-324::float8)'),
	('lorenz(1::float8, 2)'), ('lorenz(0::float8, 2)'), ('lorenz(1::float8, 0)'), ('lorenz(1::float8, -1)'), ('lorenz(1::float8, 2147483647)'),
	('lorenz(1::float8, 10001)'), ('lorenz(1::float8, NULL)'), ('lorenz(-1::float8, 2)'), ('lorenz(''NaN''::float8, 2)'), ('lorenz(NULL::float8, 2)'),
	('period_cv(''2024-01-01''::date, 1::float8, ''2024-01-31'', ''month'')'), ('period_cv(''2024-01-01''::date, 1::float8, ''2024-01-31'', NULL)'),
	('period_cv(''2024-01-01''::date, 1::float8, ''2024-01-31'', ''MONTH'')'), ('period_cv(''2024-01-01''::date, 1::float8, ''2024-01-31'', '''')'),
	('period_cv(''2024-01-01''::date, 1::float8, ''2024-01-31'', ''fortnight'')'), ('period_cv(''2024-01-01''::date, 1::float8, NULL, ''month'')'),
	('period_cv(''2024-01-01''::date, 1::float8, ''infinity'', ''month'')'), ('period_cv(''infinity''::date, 1::float8, ''2024-01-31'', ''month'')'),
	('period_cv(NULL::date, 1::float8, ''2024-01-31'', ''month'')'), ('period_cv(''2024-01-01''::date, NULL::float8, ''2024-01-31'', ''month'')'),
	('period_cv(''2024-01-01''::date, ''NaN''::numeric, ''2024-01-31'', ''month'')'), ('period_cv(''2024-01-01''::date, -1::float8, ''2024-01-31'', ''month'')'),
	('period_cv(''2024-01-01''::date, 0::float8, ''2024-01-31'', ''month'')'), ('period_cv(''2024-02-01''::date, 1::float8, ''2024-01-31'', ''month'')'),
	('period_cv(''4714-11-24 BC''::date, 1::float8, ''5874897-12-31'', ''year'')'), ('period_cv(''2024-01-01''::timestamptz, 1::float8, ''2024-01-31'', ''month'', ''Nowhere'')'),
	('period_cv(''2024-01-01''::timestamptz, 1::float8, ''2024-01-31'', ''month'', NULL)'),
	('xyz_class(0.5)'), ('xyz_class(0.50000000000000011)'), ('xyz_class(1)'), ('xyz_class(2)'), ('xyz_class(0)'), ('xyz_class(-1)'), ('xyz_class(''NaN'')'), ('xyz_class(''Infinity'')'),
	('xyz_class(NULL)'), ('xyz_class(1, NULL)'), ('xyz_class(1, ''{}'')'), ('xyz_class(1, ''{1}'')'), ('xyz_class(1, ''{1,2,3}'')'), ('xyz_class(1, ''{2,1}'')'),
	('xyz_class(1, ''{1,1}'')'), ('xyz_class(1, ''{0,1}'')'), ('xyz_class(1, ''{1,NULL}'')'), ('xyz_class(1, ''{{1},{2}}'')'), ('xyz_class(1, ''{1,Infinity}'')')) AS v(given);
SELECT 'gini beyond double: ' || pg_temp.try('tcs.gini(1e308::float8) FROM generate_series(1, 2)');
SELECT 'period_cv beyond double: ' || pg_temp.try($q$tcs.period_cv(date '2024-01-01' + 40 * i, 1e308::float8, '2024-03-31', 'month') FROM generate_series(0, 1) AS i$q$);
SELECT 'lorenz of 10000 points: ' || pg_temp.try('array_length(tcs.lorenz(i::float8, 10000), 1) FROM generate_series(1, 3) AS i');

\echo == what is no model
CREATE TEMP TABLE model (n serial, model text);
INSERT INTO model (model) VALUES
	('null'), ('1'), ('"rfm"'), ('[]'), ('["model", "rfm"]'), ('{}'), ('{"model": null}'), ('{"model": 1}'), ('{"model": ["rfm"]}'), ('{"model": {"model": "rfm"}}'),
	('{"Model": "rfm"}'), ('{"model": ""}'), ('{"model": "bg/nbd"}'), ('{"model": "rfm2"}'), ('{"model": "rf"}'), ('{"model": "rfm"}'),
	('{"model": "rfm", "version": "1"}'), ('{"model": "rfm", "version": 2}'), ('{"model": "rfm", "version": 1.5}'), ('{"model": "rfm", "version": 1e400}'),
	('{"model": "rfm", "version": 1}'),
	('{"model": "rfm", "version": 1, "age_cuts": null}'), ('{"model": "rfm", "version": 1, "age_cuts": 1}'), ('{"model": "rfm", "version": 1, "age_cuts": {}}'), ('{"model": "rfm", "version": 1, "age_cuts": []}'),
	('{"model": "rfm", "version": 1, "age_cuts": [null]}'), ('{"model": "rfm", "version": 1, "age_cuts": ["1"]}'), ('{"model": "rfm", "version": 1, "age_cuts": [[1]]}'),
	('{"model": "rfm", "version": 1, "age_cuts": [1, {"a": 1}]}'), ('{"model": "rfm", "version": 1, "age_cuts": [1e400]}'), ('{"model": "rfm", "version": 1, "age_cuts": [2, 1]}'),
	('{"model": "rfm", "version": 1, "age_cuts": [1, 2]}'), ('{"model": "rfm", "version": 1, "age_cuts": [1, 2], "frequency_cuts": [1, 1], "monetary_cuts": true}'),
	('{"model": "rfm", "version": 1.0, "age_cuts": [1, 2], "frequency_cuts": [1, 1], "monetary_cuts": [-1e-400, 1e-400, 1e308], "extra": [[[{}]]]}'),
	('{"model": "abc", "version": 1}'), ('{"model": "abc", "version": 1, "lower_bounds": []}'), ('{"model": "abc", "version": 1, "lower_bounds": [null, null]}'),
	('{"model": "abc", "version": 1, "lower_bounds": [1, 2]}'), ('{"model": "abc", "version": 1, "lower_bounds": [1, true]}'), ('{"model": "abc", "version": 1, "lower_bounds": [-1e400]}'),
	('{"model": "abc", "version": 1, "lower_bounds": [1, null, 2]}'), ('{"model": "abc", "version": 1, "lower_bounds": [1, null]}'), ('{"model": "abc", "version": 1, "lower_bounds": [null, 1]}'), ('{"model": "abc", "version": 1, "lower_bounds": [2, 1]}');
SELECT format('%s: %s', model, pg_temp.try(format(CASE WHEN model LIKE '%"abc"%' THEN 'tcs.abc_tier(%L::jsonb, 1)'
	ELSE 'tcs.rfm_score(%L::jsonb, 1::float8, 1, 1)' END, model)))
FROM model ORDER BY n;
-- to another function each of them is no model, or the wrong one
SELECT count(*), count(*) FILTER (WHERE pg_temp.try(format(CASE WHEN model LIKE '%"abc"%' THEN 'tcs.rfm_score(%L::jsonb, 1::float8, 1, 1)'
	ELSE 'tcs.abc_tier(%L::jsonb, 1)' END, model)) ~ '^22023 (the given jsonb is not a model|model ".*" was given where a model "(rfm|abc)" is needed)') AS refused
FROM model;
-- a summary knows no kind, and does not judge
SELECT format('summary of %s: %s', model, pg_temp.try(format('tcs.model_summary(%L::jsonb)', model)))
FROM model WHERE n > 10 ORDER BY n;
SELECT 'name of 1 MB is cut: ' || (length(pg_temp.try($q$tcs.rfm_score(jsonb_build_object('model', repeat('ä', 500000)), 1::float8, 1, 1)$q$)) < 300);
SELECT '100000 cuts: ' || pg_temp.try($q$tcs.rfm_score(jsonb_build_object('model', 'rfm', 'version', 1, 'age_cuts', (SELECT jsonb_agg(i) FROM generate_series(1, 100000) AS i)), 1::float8, 1, 1)$q$);
SELECT 'deep: ' || pg_temp.try($q$tcs.rfm_score(('{"model":"rfm","version":1,"age_cuts":' || repeat('[', 1000) || repeat(']', 1000) || '}')::jsonb, 1::float8, 1, 1)$q$);
SELECT 'deep summary: ' || pg_temp.try($q$count(*) FROM tcs.model_summary(('{"model":"m","a":' || repeat('[', 1000) || '1' || repeat(']', 1000) || '}')::jsonb)$q$);
SELECT format('rfm_score(model, %s): %s', given, pg_temp.try(format('tcs.rfm_score(tcs.rfm_model(''{10,20}'', ''{1,2}'', ''{5}''), %s)', given)))
FROM (VALUES ('10::float8, 1, 5'), ('10.000000000000002::float8, 2, 6'), ('-1::float8, -1, -1'), ('''NaN''::float8, 1, 1'), ('1::float8, ''Infinity'', 1'), ('1::float8, 1, ''-Infinity'''),
	('NULL::float8, 1, 1'), ('1::float8, NULL, 1'), ('interval ''10 days 1 microsecond'', 1, 1'), ('NULL::interval, 1, 1')) AS v(given);
SELECT format('abc_tier(model, %s): %s', given, pg_temp.try(format('tcs.abc_tier(tcs.abc_fit(5::float8), %s)', given)))
FROM (VALUES ('5'), ('4.999'), ('0'), ('-1'), ('NULL::float8'), ('''NaN''::float8'), ('''Infinity''::float8')) AS v(given);
SELECT 'NULL models: ' || pg_temp.try('tcs.rfm_score(NULL::jsonb, 1::float8, 1, 1) IS NULL AND tcs.abc_tier(NULL::jsonb, 1) IS NULL');
SELECT 'explained by another model: ' || pg_temp.try($q$tcs.rfm_explain('{"model": "abc"}', 1::float8, 1, 1)$q$);
SELECT 'explained NaN: ' || pg_temp.try($q$tcs.rfm_explain(tcs.rfm_model('{1}', '{1}', '{1}'), 'NaN'::float8, 1, 1)$q$);
SELECT 'explained NULL: ' || pg_temp.try($q$tcs.rfm_explain(tcs.rfm_model('{1}', '{1}', '{1}'), NULL::float8, 1, 1)$q$);
SELECT 'explained at the end: ' || pg_temp.try($q$tcs.rfm_explain(tcs.rfm_model('{1,1}', '{1,1}', '{1}'), 2::float8, 1, 2)$q$);
-- intervals are infinite from PostgreSQL 17 on; before, that is no interval
SELECT 'infinite intervals: ' || bool_and(pg_temp.try(call) ~ '^(22007 invalid input syntax|22023 (age|recency|unit) must not be infinite)')
FROM (VALUES ('tcs.rfm_fit(interval ''infinity'', 1, 1)'), ('tcs.rfm_fit(interval ''-infinity'', 1, 1)'), ('tcs.rfm_score(interval ''infinity'', 1, 1) OVER ()'),
	('tcs.rfm_score(tcs.rfm_model(''{1}'', ''{1}'', ''{1}''), interval ''-infinity'', 1, 1)'), ('tcs.purchase_history(1, 1, 1, 1, ''infinity'')')) AS v(call);
SELECT 'longest intervals: ' || pg_temp.try($q$(tcs.rfm_fit(i::interval, 1, 1, 2)->'age_cuts') FROM (VALUES ('178000000 years'), ('-178000000 years')) AS v(i)$q$);

\echo == models from given cuts, cells
SELECT format('%s: %s', given, pg_temp.try(format('tcs.%s', given)))
FROM (VALUES ('rfm_model(''{1}'', ''{-1}'', ''{0,0}'')'), ('rfm_model(''{}'', ''{1}'', ''{1}'')'), ('rfm_model(''{1}'', ''{2,1}'', ''{1}'')'), ('rfm_model(''{1}'', ''{1}'', ''{NULL}'')'),
	('rfm_model(''{1}'', ''{1}'', ''{NaN}'')'), ('rfm_model(''{-Infinity}'', ''{1}'', ''{1}'')'), ('rfm_model(''{{1},{2}}'', ''{1}'', ''{1}'')'), ('rfm_model(NULL, ''{1}'', ''{1}'')'),
	('rfm_model(array_fill(1::float8, ARRAY[100]), ''{1}'', ''{1}'')'), ('rfm_model(''[0:1]={1,2}'', ''{1}'', ''{1}'')'),
	('rfm_cell(''(5,4,3)'')'), ('rfm_cell(''(10,4,3)'')'), ('rfm_cell(''(32767,1,1)'')'), ('rfm_cell(''(0,1,1)'')'), ('rfm_cell(''(-32768,1,1)'')'), ('rfm_cell(''(,1,1)'')'), ('rfm_cell(NULL)'),
	('rfm_segment(''(5,5,5)'')'), ('rfm_segment(''(6,1,1)'')'), ('rfm_segment(''(0,1,1)'')'), ('rfm_segment(''(1,1,)'')'), ('rfm_segment(NULL)')) AS v(given);

\echo == support functions called directly
-- SQL has no value of type internal, not even NULL
SELECT count(*) > 30 AS many, count(*) - count(*) FILTER (WHERE refused) AS not_refused
FROM (SELECT pg_temp.try(format('tcs_internal.%I(%s)', proname, (SELECT string_agg('NULL::' || format_type(t, NULL), ', ') FROM unnest(proargtypes) AS t)))
		~ '^(42846|0A000) ' AS refused
	FROM pg_proc WHERE pronamespace = 'tcs_internal'::regnamespace AND prokind = 'f' AND 'internal'::regtype = ANY (proargtypes::oid[])) AS f;
-- minor releases of the server refuse it in different words
SELECT 'from the result of another: ' || (pg_temp.try('tcs_internal.gini_final(tcs_internal.distribution_deserial(''\x00'', NULL))') ~ '^(42883|0A000) ');
SELECT 'as an aggregate: ' || left(pg_temp.try('tcs_internal.gini_final(DISTINCT i) FROM one'), 5);
SELECT 'window function without OVER: ' || pg_temp.try('tcs.abc_tier(1::float8)');
SELECT 'window function with FILTER: ' || pg_temp.try('tcs.abc_tier(1::float8) FILTER (WHERE true) OVER ()');
SELECT 'window function with DISTINCT: ' || pg_temp.try('tcs.abc_tier(DISTINCT 1::float8) OVER ()');
SELECT 'scalar with OVER: ' || pg_temp.try('tcs.xyz_class(1) OVER ()');
SELECT 'aggregate of an aggregate: ' || pg_temp.try('tcs.gini(tcs.gini(i)) FROM one');

-- what the owner of a database can make of the support functions
CREATE FUNCTION pg_temp.make(statement text) RETURNS text
	LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'made';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT 'a state that is no internal: ' || pg_temp.make('CREATE AGGREGATE bad1(float8) (SFUNC = tcs_internal.gini_trans, STYPE = float8)');
SELECT 'a deserialization without serialization: ' || pg_temp.make('CREATE AGGREGATE bad2(float8) (SFUNC = tcs_internal.gini_trans, STYPE = internal, DESERIALFUNC = tcs_internal.distribution_deserial)');
SELECT 'a final function as transition function: ' || pg_temp.make('CREATE AGGREGATE bad3(*) (SFUNC = tcs_internal.gini_final, STYPE = internal)');
SELECT 'a window function as transition function: ' || pg_temp.make('CREATE AGGREGATE bad4(float8[]) (SFUNC = tcs.abc_tier, STYPE = float8)');
SELECT 'a scoring function as transition function: ' || pg_temp.make('CREATE AGGREGATE bad5(float8) (SFUNC = tcs.abc_tier, STYPE = jsonb)');
SELECT 'a support function for a cast: ' || pg_temp.make('CREATE CAST (bytea AS jsonb) WITH FUNCTION tcs_internal.distribution_serial(internal)');
SELECT 'the window support of another function: ' || pg_temp.make('CREATE FUNCTION public.odd(int) RETURNS int LANGUAGE sql IMMUTABLE SUPPORT tcs_internal.window_support RETURN $1');
SELECT 'used: ' || public.odd(i) FROM one WHERE public.odd(i) = 1;
-- a lorenz without points, an abc_fit of gini's state, a state that goes through bytes
SELECT pg_temp.make('CREATE AGGREGATE public.odd_lorenz(float8) (SFUNC = tcs_internal.gini_trans, STYPE = internal, FINALFUNC = tcs_internal.lorenz_final)');
SELECT pg_temp.make('CREATE AGGREGATE public.odd_abc(float8) (SFUNC = tcs_internal.gini_trans, STYPE = internal, FINALFUNC = tcs_internal.abc_fit_final)');
SELECT pg_temp.make('CREATE AGGREGATE public.odd_gini(float8) (SFUNC = tcs_internal.abc_fit_trans, STYPE = internal, FINALFUNC = tcs_internal.gini_final)');
SELECT pg_temp.make('CREATE AGGREGATE public.odd_holdout(date, float8, date) (SFUNC = tcs_internal.purchase_history_trans, STYPE = internal, FINALFUNC = tcs_internal.holdout_final)');
SELECT pg_temp.make('CREATE AGGREGATE public.odd_history(date, float8, date, date) (SFUNC = tcs_internal.holdout_trans, STYPE = internal, FINALFUNC = tcs_internal.purchase_history_final)');
SELECT pg_temp.make('CREATE AGGREGATE public.bytes(float8) (SFUNC = tcs_internal.gini_trans, STYPE = internal, FINALFUNC = tcs_internal.distribution_serial)');
SELECT 'odd lorenz: ' || pg_temp.try('public.odd_lorenz(i) FROM generate_series(1, 4) AS i');
SELECT 'odd abc: ' || pg_temp.try('public.odd_abc(i) FROM generate_series(1, 4) AS i');
SELECT 'odd gini: ' || pg_temp.try('public.odd_gini(i) FROM generate_series(1, 4) AS i');
SELECT 'odd holdout: ' || pg_temp.try($q$public.odd_holdout('2024-01-01'::date, 1::float8, '2024-12-31')$q$);
SELECT 'odd history: ' || pg_temp.try($q$public.odd_history('2024-01-02'::date, 1::float8, '2024-01-01', '2024-12-31')$q$);
SELECT 'bytes: ' || pg_temp.try('length(public.bytes(i)) > 0 FROM generate_series(1, 4) AS i');

\echo == the session is still the same
SELECT pg_backend_pid() = :backend;
DROP AGGREGATE public.odd_lorenz(float8), public.odd_abc(float8), public.odd_gini(float8), public.odd_holdout(date, float8, date), public.odd_history(date, float8, date, date), public.bytes(float8);
DROP FUNCTION public.odd(int);
DROP TABLE change;
