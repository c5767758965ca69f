-- funnel and funnel_steps, against every chain there is.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET client_min_messages = warning;

-- 6000 customers with up to 14 events of up to 5 steps at few instants, so that
-- most share one; NULLs among them.  Each has its own window.
CREATE TEMP TABLE log AS
SELECT c, i, CASE WHEN h % 29 <> 0 THEN ((h >> 8) % (2 + c % 23))::int END AS t,
	CASE WHEN h % 31 <> 0 THEN 1 + ((h >> 24) % (2 + c % 4))::int END AS step, (c % 7) * (c % 5) AS days
FROM generate_series(1, 6000) AS c, LATERAL (SELECT i, hashint8extended(c * 100 + i, 5) & 9223372036854775807 AS h FROM generate_series(1, 1 + c % 14) AS i) AS s;

-- All chains, by trying each event after each; the deepest, of those the first in
-- every place.
CREATE TEMP TABLE oracle AS
WITH RECURSIVE chain AS (
	SELECT c, days, ARRAY[t] AS times FROM log WHERE step = 1 AND t IS NOT NULL
	UNION
	SELECT c, chain.days, times || t FROM chain JOIN log USING (c)
	WHERE step = cardinality(times) + 1 AND t >= times[cardinality(times)] AND t - times[1] <= chain.days)
SELECT c, coalesce(times, '{}') AS times FROM (SELECT DISTINCT c FROM log) AS l
LEFT JOIN (SELECT DISTINCT ON (c) c, times FROM chain ORDER BY c, cardinality(times) DESC, times) AS d USING (c);

CREATE INDEX ON log (c);
CREATE TEMP TABLE answer AS
SELECT c, tcs.funnel(date '2024-02-20' + t, step, days * interval '1 day') AS d,
	tcs.funnel(timestamp '2024-02-20' + t * interval '1 minute', step, days * interval '1 minute') AS ts,
	tcs.funnel(timestamptz '1999-12-31 23:59:59.99' + t * interval '1 microsecond', step, days * interval '1 microsecond') AS tz,
	tcs.funnel(date '2024-02-20' + t, step, days * interval '1 day' ORDER BY hashint4(i)) AS shuffled,
	tcs.funnel(date '2024-02-20' + t, step, days * interval '1 day' + interval '23:59') AS almost_a_day_more
FROM log GROUP BY c;
SELECT count(*) AS customers, count(*) FILTER (WHERE times = '{}') > 500 AS some_did_not_begin, count(*) FILTER (WHERE cardinality(times) >= 4) > 200 AS some_went_far,
	count(*) FILTER (WHERE d IS DISTINCT FROM ARRAY(SELECT date '2024-02-20' + t FROM unnest(times) WITH ORDINALITY AS u(t, n) ORDER BY n)) AS wrong,
	count(*) FILTER (WHERE ts IS DISTINCT FROM ARRAY(SELECT timestamp '2024-02-20' + t * interval '1 minute' FROM unnest(times) WITH ORDINALITY AS u(t, n) ORDER BY n)) AS wrong_timestamp,
	count(*) FILTER (WHERE tz IS DISTINCT FROM ARRAY(SELECT timestamptz '1999-12-31 23:59:59.99' + t * interval '1 microsecond'
		FROM unnest(times) WITH ORDINALITY AS u(t, n) ORDER BY n)) AS wrong_timestamptz,
	count(*) FILTER (WHERE d IS DISTINCT FROM shuffled) AS order_shows, count(*) FILTER (WHERE d IS DISTINCT FROM almost_a_day_more) AS hours_count
FROM answer JOIN oracle USING (c);

-- One customer with 20000 events, against the next event of each step by windows.
CREATE TEMP TABLE long AS
SELECT timestamp '2024-01-01' + (h % 3000) * interval '1 hour' AS at, 1 + (h >> 24) % 5 AS step
FROM (SELECT hashint8extended(i, 6) & 9223372036854775807 AS h FROM generate_series(1, 20000) AS i) AS s;
DELETE FROM long WHERE step > 2 AND hashint8(step + extract(epoch FROM at)::bigint) % 40 <> 0;
CREATE TEMP TABLE after AS
WITH s5 AS (SELECT *, min(ARRAY[at]) FILTER (WHERE step = 5) OVER w AS n FROM long WINDOW w AS (ORDER BY at DESC, step DESC ROWS UNBOUNDED PRECEDING)),
	s4 AS (SELECT *, min(at || n) FILTER (WHERE step = 4) OVER w AS m FROM s5 WINDOW w AS (ORDER BY at DESC, step DESC ROWS UNBOUNDED PRECEDING)),
	s3 AS (SELECT *, min(at || m) FILTER (WHERE step = 3) OVER w AS l FROM s4 WINDOW w AS (ORDER BY at DESC, step DESC ROWS UNBOUNDED PRECEDING)),
	s2 AS (SELECT *, min(at || l) FILTER (WHERE step = 2) OVER w AS k FROM s3 WINDOW w AS (ORDER BY at DESC, step DESC ROWS UNBOUNDED PRECEDING))
SELECT at || k AS chain FROM s2 WHERE step = 1;
SELECT hours, tcs.funnel(at, step::int, hours * interval '1 hour') = (
	SELECT chain[:depth] FROM after, LATERAL (SELECT count(*)::int AS depth FROM unnest(chain) AS t WHERE t <= chain[1] + hours * interval '1 hour') AS d ORDER BY depth DESC, chain LIMIT 1) AS right,
	cardinality(tcs.funnel(at, step::int, hours * interval '1 hour')) AS depth
FROM long, unnest('{0,1,9,30,200,5000}'::int[]) AS hours GROUP BY hours ORDER BY hours;

-- By hand.  Events at one instant count in the order of their steps; a later start
-- may come further; of equal ones the first is told.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION pg_temp.f(within interval, VARIADIC events text[]) RETURNS date[]
	LANGUAGE sql STABLE RETURN (SELECT tcs.funnel(split_part(e, ' ', 1)::date, split_part(e, ' ', 2)::int, within) FROM unnest(events) AS e);
SELECT 'one instant: ' || pg_temp.f('0', '2024-01-01 3', '2024-01-01 2', '2024-01-01 1', '2024-01-01 5')::text;
SELECT 'a later start: ' || pg_temp.f('9 days', '2024-01-01 1', '2024-01-05 2', '2024-01-08 1', '2024-01-09 2', '2024-01-17 3')::text;
SELECT 'the first of two: ' || pg_temp.f('9 days', '2024-01-01 1', '2024-01-05 2', '2024-01-08 1', '2024-01-09 2', '2024-01-19 3')::text;
SELECT 'the last day: ' || pg_temp.f('9 days', '2024-01-01 1', '2024-01-10 2')::text || pg_temp.f('9 days', '2024-01-01 1', '2024-01-11 2')::text;
SELECT 'a step is missing: ' || pg_temp.f('9 days', '2024-01-01 1', '2024-01-02 3', '2024-01-03 4')::text;
SELECT 'before the first step: ' || pg_temp.f('9 days', '2024-01-01 2', '2024-01-02 1')::text;
SELECT 'never begun: ' || pg_temp.f('9 days', '2024-01-01 2', '2024-01-02 3')::text;
SELECT 'each event once: ' || pg_temp.f('9 days', '2024-01-01 1', '2024-01-01 1', '2024-01-02 2')::text;
SELECT '100 steps: ' || cardinality(tcs.funnel(date '2024-01-01' + i / 3, i, '33 days')) FROM generate_series(1, 100) AS i;
SELECT '100 steps, a day less: ' || cardinality(tcs.funnel(date '2024-01-01' + i / 3, i, '32 days')) FROM generate_series(1, 100) AS i;
SELECT 'no row: ' || coalesce(tcs.funnel(date '2024-01-01', 1, '1 day')::text, 'null') WHERE false;
SELECT 'no row: ' || coalesce(f::text, 'null') FROM (SELECT tcs.funnel(date '2024-01-01', 1, '1 day') AS f WHERE false) AS s;
SELECT 'no event: ' || tcs.funnel(NULL::date, 1, '1 day')::text || tcs.funnel(date '2024-01-01', NULL::int, '1 day')::text || tcs.funnel(NULL::timestamptz, 0, '1 day')::text;

-- A day has 24 hours and a month 30.4375 days, in every zone.
SET TimeZone = 'Europe/Berlin';
SELECT 'a day: ' || cardinality(tcs.funnel(at, step, '1 day')) || cardinality(tcs.funnel(at + interval '1 microsecond' * (step - 1), step, '24 hours'))
FROM (VALUES (timestamptz '2024-03-31 00:00', 1), ('2024-04-01 01:00', 2)) AS v(at, step);
SET TimeZone = 'UTC';
SELECT 'a month: ' || cardinality(tcs.funnel(at, step, '1 mon')) || cardinality(tcs.funnel(at + interval '1 microsecond' * (step - 1), step,
	'1 mon')) || cardinality(tcs.funnel(at, step, '31 days -13:30'))
FROM (VALUES (timestamp '2024-01-01', 1), (timestamp '2024-01-31 10:30', 2)) AS v(at, step);
SELECT 'the same length: ' || cardinality(tcs.funnel(at, step, CASE step WHEN 1 THEN interval '1 mon' WHEN 2 THEN '30 days 10:30' ELSE '730.5 hours' END))
FROM (VALUES (timestamp '2024-01-01', 1), ('2024-01-02', 2), ('2024-01-03', 3)) AS v(at, step);

-- All of time, and more of it than can be counted.
SELECT 'all of time: ' || within || ' ' || cardinality(tcs.funnel(at, step, within::interval))
FROM (VALUES (timestamp '4714-11-24 00:00:00 BC', 1), ('294276-12-31 23:59:59.999999', 2)) AS v(at, step),
	unnest('{110000000 days,213503983 days,290000 years,298988 years,298990 years,300000 years,178000000 years,178000000 years 2000000000 days}'::text[]) AS within
	GROUP BY within ORDER BY within;
SELECT 'all days: ' || cardinality(tcs.funnel(at, step, '5870000 years')) || cardinality(tcs.funnel(at, step, '5880000 years'))
	FROM (VALUES (date '4714-11-24 BC', 1), ('5874897-12-31', 2)) AS v(at, step);
SELECT 'all of time: ' || f::text FROM (SELECT tcs.funnel(at, step, '178000000 years') AS f FROM (VALUES (date '4714-11-24 BC', 1), ('5874897-12-31', 2)) AS v(at, step)) AS s;
SELECT 'beside each other: ' || cardinality(tcs.funnel(d, 1, '1 day')) + cardinality(tcs.funnel(d, 1,
	'2 days')) + cardinality(tcs.funnel(d::timestamp, 1, '1 day')) FROM (VALUES (date '2024-01-01')) AS v(d);
\pset format aligned
\pset tuples_only off

-- In frames that grow and that move.
SELECT count(*) FILTER (WHERE growing IS DISTINCT FROM (SELECT tcs.funnel(date '2024-01-01' + t, step, '3 days') FROM log AS l WHERE l.c = w.c AND l.i <= w.i)) AS growing,
	count(*) FILTER (WHERE moving IS DISTINCT FROM (SELECT tcs.funnel(date '2024-01-01' + t, step, '3 days') FROM log AS l WHERE l.c = w.c AND l.i BETWEEN w.i - 4 AND w.i + 2)) AS moving
FROM (SELECT c, i, tcs.funnel(date '2024-01-01' + t, step, '3 days') OVER (PARTITION BY c ORDER BY i) AS growing,
		tcs.funnel(date '2024-01-01' + t, step, '3 days') OVER (PARTITION BY c ORDER BY i ROWS BETWEEN 4 PRECEDING AND 2 FOLLOWING) AS moving
	FROM log WHERE c <= 60) AS w;

-- funnel_steps: counted and put in order by hand, for each of the three types.
CREATE TEMP TABLE step_answer AS
SELECT type, g, s.* FROM (
	SELECT 'date' AS type, c % 40 AS g, tcs.funnel_steps(d) AS steps FROM answer GROUP BY g
	UNION ALL SELECT 'timestamp', c % 40, tcs.funnel_steps(ts) FROM answer GROUP BY 2
	UNION ALL SELECT 'timestamptz', c % 40, tcs.funnel_steps(tz) FROM answer GROUP BY 2) AS a, unnest(steps) AS s;
SELECT type, count(*) > 100 AS many, count(*) FILTER (WHERE NOT coalesce(a.customers = o.customers AND a.share_of_first = o.customers::float8 / o.first
		AND a.share_of_previous IS NOT DISTINCT FROM o.customers::float8 / o.previous AND abs(extract(epoch FROM a.median_time) - o.median) <= CASE type WHEN 'date' THEN 0 ELSE 1e-6 END, false)) AS wrong
FROM step_answer AS a
FULL JOIN (SELECT *, lag(customers) OVER (PARTITION BY type, g ORDER BY step) AS previous, first_value(customers) OVER (PARTITION BY type, g ORDER BY step) AS first
	FROM (SELECT type, c % 40 AS g, n AS step, count(*) AS customers, percentile_cont(0.5) WITHIN GROUP (ORDER BY (t - times[1]) * unit) AS median
		FROM oracle, unnest(times) WITH ORDINALITY AS u(t, n), (VALUES ('date', 86400::float8), ('timestamp', 60), ('timestamptz', 1e-6)) AS k(type, unit) GROUP BY 1, 2, 3) AS x) AS o
	USING (type, g, step)
GROUP BY type ORDER BY type;
SELECT s.* FROM (SELECT tcs.funnel_steps(f) AS steps FROM (VALUES ('{2024-01-01 00:00,2024-01-02 12:00,2024-01-09 00:00}'::timestamp[]),
	('{2024-01-01 00:00,2024-01-01 00:01}'), ('{2024-01-01 00:00}'), ('{}'), (NULL)) AS v(f)) AS x, unnest(steps) AS s;
SELECT s.step, s.median_time FROM (SELECT tcs.funnel_steps(f) AS steps FROM (VALUES ('{2024-01-01,2024-01-02}'::date[]), ('{2024-01-01,2024-01-05}'),
	('[5:6]={2024-01-01,2024-02-05}'), ('{2024-01-01,2024-01-04}')) AS v(f)) AS x, unnest(steps) AS s;
SELECT s.* FROM (SELECT tcs.funnel_steps(f) AS steps FROM (VALUES ('{4714-11-24 BC,5874897-12-31}'::date[])) AS v(f)) AS x, unnest(steps) AS s;
SELECT s.step, s.median_time FROM (SELECT tcs.funnel_steps(f) AS steps FROM (VALUES ('{4714-11-24 BC,294276-12-31 23:59:59.999999}'::timestamp[]),
	('{4714-11-24 BC,294276-12-31 23:59:59.999999}')) AS v(f)) AS x, unnest(steps) AS s;
SELECT tcs.funnel_steps('{}'::date[]) AS nobody_began, tcs.funnel_steps(NULL::timestamptz[]) AS no_funnel;
SELECT tcs.funnel_steps(f) AS no_row FROM (VALUES ('{}'::date[])) AS v(f) WHERE false;
SELECT count(*) AS frames, count(*) FILTER (WHERE s::text IS DISTINCT FROM (SELECT tcs.funnel_steps(d)::text FROM answer AS a WHERE a.c BETWEEN w.c - 30 AND w.c)) AS moving
FROM (SELECT c, tcs.funnel_steps(d) OVER (ORDER BY c ROWS 30 PRECEDING) AS s FROM answer WHERE c <= 200) AS w WHERE c > 30;

-- Errors.
SELECT tcs.funnel(date '2024-01-01', 0, '1 day');
SELECT tcs.funnel(date 'infinity', 1, '1 day');
SELECT tcs.funnel(date '2024-01-01', 1, NULL);
SELECT tcs.funnel(date '2024-01-01', 1, '-1 microsecond');
SELECT tcs.funnel(date '2024-01-01', i, i * interval '1 day') FROM generate_series(1, 2) AS i;
SELECT tcs.funnel_steps('{2024-01-01,2023-01-01}'::date[]);
\set VERBOSITY terse
SELECT tcs.funnel(date '2024-01-01', 101, '1 day');
SELECT tcs.funnel(date '2024-01-01', -2147483648, '1 day');
SELECT tcs.funnel(timestamp '-infinity', 1, '1 day');
SELECT tcs.funnel(timestamptz 'infinity', 1, '1 day');
SELECT tcs.funnel(NULL::timestamptz, NULL::int, NULL);
SELECT tcs.funnel(NULL::timestamptz, NULL::int, '-1 mon');
SELECT tcs.funnel(timestamp '2024-01-01', 1, '1 mon -31 days');
SELECT tcs.funnel(timestamp '2024-01-01', 1, '-178000000 years');
SELECT tcs.funnel_steps('{NULL}'::date[]);
SELECT tcs.funnel_steps('{{2024-01-01}}'::timestamp[]);
SELECT tcs.funnel_steps('{2024-01-01,infinity}'::timestamptz[]);
SELECT tcs.funnel_steps('{-infinity}'::date[]);
SELECT tcs.funnel_steps(array_fill(date '2024-01-01', ARRAY[101]));
SET tcs.fit_memory = '64kB';
SELECT tcs.funnel_steps(ARRAY[date '2024-01-01', '2024-01-02']) FROM generate_series(1, 20000);
RESET tcs.fit_memory;
-- Intervals can be infinite since 17; before that they are no intervals.
DO $$
BEGIN
	PERFORM tcs.funnel(d, 1, '-infinity') FROM (VALUES (date '2024-01-01')) AS v(d);
	RAISE EXCEPTION 'accepted';
EXCEPTION WHEN invalid_datetime_format OR invalid_parameter_value THEN
	NULL;
END $$;
