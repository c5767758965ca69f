-- funnel by the names of the steps, with conditions between them, events that can
-- be several steps, and windows that are over: against every chain there is.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET client_min_messages = warning;

-- 300 customers with up to 9 events at few instants, each of one to three names.
CREATE TEMP TABLE event AS
SELECT c, i, t, names, names[1] AS name
FROM (SELECT c, i, CASE WHEN h % 29 <> 0 THEN ((h >> 8) % (3 + c % 13))::int END AS t,
		CASE WHEN h % 31 <> 0 THEN (ARRAY['a', 'b', 'c', 'x', 'y'])[1 + (h >> 20) % 5] || CASE WHEN h % 5 = 0 THEN ARRAY[(ARRAY['a', 'b', 'x', NULL])[1 + (h >> 30) % 4]] ELSE '{}' END
			|| CASE WHEN h % 11 = 0 THEN ARRAY[(ARRAY['b', 'c', 'd'])[1 + (h >> 35) % 3]] ELSE '{}' END END AS names
	FROM generate_series(1, 300) AS c, LATERAL (SELECT i, hashint8extended(c * 100 + i, 15) & 9223372036854775807 AS h FROM generate_series(1, 2 + c % 8) AS i) AS s) AS e;

-- 60 funnels of 1 to 4 steps: their names, and for each gap the least and the most
-- time, and what may not be in it.
CREATE TEMP TABLE spec AS
SELECT f, within, as_of, names, least, most, excluded
FROM (SELECT f, (hf % 14)::int AS within, CASE WHEN f % 3 = 0 THEN (6 + hf % 9)::int END AS as_of, array_agg((ARRAY['a', 'b', 'c', 'd'])[1 + (h >> 9) % (CASE WHEN f % 5 = 0 THEN 1 ELSE 4 END)] ORDER BY k) AS names,
		array_agg(CASE WHEN h % 4 = 0 THEN 1 + (h >> 14) % 2 WHEN h % 7 = 0 THEN 0 END ORDER BY k) AS least, array_agg(CASE WHEN h % 5 = 0 THEN 2 + (h >> 17) % 6 END ORDER BY k) AS most,
		array_agg(CASE WHEN f % 4 = 0 THEN NULL WHEN h % 3 = 0 THEN (ARRAY['x', 'y', '*', '', 'a', 'b'])[1 + (h >> 23) % 6] END ORDER BY k) AS excluded
	FROM generate_series(1, 60) AS f, LATERAL (SELECT hashint8extended(f, 3) & 9223372036854775807 AS hf) AS w,
		LATERAL (SELECT k, hashint8extended(f * 100 + k, 4) & 9223372036854775807 AS h FROM generate_series(1, 1 + f % 4) AS k) AS s GROUP BY f, hf) AS x;
-- The same as one types it.
CREATE TEMP TABLE funnel AS
SELECT spec.*, d.steps AS day_steps, m.steps AS minute_steps
FROM spec, LATERAL (SELECT array_agg(e ORDER BY k, o) AS steps FROM generate_subscripts(names, 1) AS k, LATERAL (VALUES (1, names[k]), (2, CASE WHEN k < cardinality(names) THEN '!' || excluded[k] END),
		(3, CASE WHEN k < cardinality(names) THEN CASE WHEN least[k] = 1 THEN '>' WHEN least[k] IS NOT NULL THEN '>= ' || least[k] || ' days' END END),
		(4, CASE WHEN k < cardinality(names) THEN CASE WHEN most[k] % 2 = 1 THEN '<=' || most[k] || ' days' WHEN most[k] IS NOT NULL THEN '< ' || most[k] + 1 || ' days' END END)) AS v(o, e) WHERE e IS NOT NULL) AS d,
	LATERAL (SELECT array_agg(CASE WHEN e ~ '^[<>].*day' THEN replace(e, 'days', 'minutes') ELSE e END ORDER BY n) AS steps FROM unnest(d.steps) WITH ORDINALITY AS u(e, n)) AS m;
SELECT count(DISTINCT day_steps) > 40 AS many, count(*) FILTER (WHERE day_steps::text LIKE '%!*%') > 2 AS others, count(*) FILTER (WHERE day_steps::text LIKE '%!,%') > 2 AS nothing, count(*) FILTER (WHERE day_steps::text ~ '![a-z]') > 5 AS named,
	count(*) FILTER (WHERE day_steps::text LIKE '%<=%') > 2 AS at_most, count(*) FILTER (WHERE day_steps::text LIKE '%< %') > 2 AS less, count(*) FILTER (WHERE day_steps::text LIKE '%>=%') > 2 AS at_least, count(*) FILTER (WHERE day_steps::text ~ '(\w),("?[!<].*)?\1') > 5 AS repeated FROM funnel;

-- Every chain, by trying each event after each.
CREATE FUNCTION pg_temp.oracle(spec spec, c int, several bool) RETURNS int[] LANGUAGE sql STABLE AS $$
WITH RECURSIVE e AS (SELECT i, t, CASE WHEN several THEN array_remove(names, NULL) ELSE ARRAY[name] END AS names FROM event WHERE event.c = oracle.c AND t IS NOT NULL AND names IS NOT NULL AND (several OR name IS NOT NULL)),
chain AS (
	SELECT ARRAY[t] AS times, ARRAY[i] AS ids FROM e WHERE spec.names[1] = ANY (e.names) AND (spec.as_of IS NULL OR t + spec.within <= spec.as_of)
	UNION ALL
	SELECT times || e.t, ids || e.i FROM chain, LATERAL (SELECT cardinality(times) AS k, times[cardinality(times)] AS last) AS l, e
	WHERE spec.names[k + 1] = ANY (e.names) AND e.i <> ALL (ids) AND e.t >= last AND e.t - times[1] <= spec.within
		AND e.t - last >= coalesce(spec.least[k], 0) AND e.t - last <= coalesce(spec.most[k], 1000)
		AND NOT EXISTS (SELECT FROM e AS x WHERE x.t > last AND x.t < e.t AND CASE spec.excluded[k] WHEN '' THEN true WHEN '*' THEN NOT x.names && ARRAY[spec.names[k], spec.names[k + 1]] ELSE spec.excluded[k] = ANY (x.names) END))
SELECT coalesce((SELECT times FROM chain ORDER BY cardinality(times) DESC, times LIMIT 1), '{}') $$;
CREATE TEMP TABLE oracle AS SELECT f, c, several, pg_temp.oracle(spec, c, several) AS times FROM spec, generate_series(1, 300) AS c, (VALUES (false), (true)) AS v(several);

CREATE TEMP TABLE answer AS
SELECT f, c, false AS several, tcs.funnel(date '2024-02-20' + t, name, day_steps, within * interval '1 day', date '2024-02-20' + as_of) AS d,
	tcs.funnel(timestamp '2024-02-20' + t * interval '1 minute', name, minute_steps, within * interval '1 minute', timestamp '2024-02-20' + as_of * interval '1 minute') AS ts,
	tcs.funnel(timestamptz '2024-02-20' + t * interval '1 minute', name, minute_steps, within * interval '1 minute', timestamptz '2024-02-20' + as_of * interval '1 minute') AS tz FROM funnel, event GROUP BY f, c
UNION ALL
SELECT f, c, true, tcs.funnel(date '2024-02-20' + t, event.names, day_steps, within * interval '1 day', date '2024-02-20' + as_of),
	tcs.funnel(timestamp '2024-02-20' + t * interval '1 minute', event.names, minute_steps, within * interval '1 minute', timestamp '2024-02-20' + as_of * interval '1 minute' ORDER BY hashint4(i)),
	tcs.funnel(timestamptz '2024-02-20' + t * interval '1 minute', event.names, minute_steps, within * interval '1 minute', timestamptz '2024-02-20' + as_of * interval '1 minute') FROM funnel, event GROUP BY f, c;
SELECT several, count(*), count(*) FILTER (WHERE times <> '{}') > 5000 AS many_began, count(*) FILTER (WHERE cardinality(times) >= 3) > 100 AS some_went_far,
	count(*) FILTER (WHERE d IS DISTINCT FROM ARRAY(SELECT date '2024-02-20' + t FROM unnest(times) WITH ORDINALITY AS u(t, n) ORDER BY n)) AS wrong,
	count(*) FILTER (WHERE ts IS DISTINCT FROM ARRAY(SELECT timestamp '2024-02-20' + t * interval '1 minute' FROM unnest(times) WITH ORDINALITY AS u(t, n) ORDER BY n)) AS wrong_timestamp,
	count(*) FILTER (WHERE tz IS DISTINCT FROM ARRAY(SELECT timestamptz '2024-02-20' + t * interval '1 minute' FROM unnest(times) WITH ORDINALITY AS u(t, n) ORDER BY n)) AS wrong_timestamptz
FROM oracle LEFT JOIN answer USING (f, c, several) GROUP BY several ORDER BY several;

-- Numbers are the names of what has none: the plain funnel, one with as_of, events
-- that can be several.
SELECT count(*) AS customers, count(*) FILTER (WHERE plain IS DISTINCT FROM named) AS named, count(*) FILTER (WHERE plain IS DISTINCT FROM as_of) AS as_of, count(*) FILTER (WHERE plain IS DISTINCT FROM one) AS one,
	count(*) FILTER (WHERE several IS DISTINCT FROM several_named) AS several, count(*) FILTER (WHERE cardinality(several) > cardinality(plain)) > 20 AS which_matters, count(*) FILTER (WHERE several_as_of IS DISTINCT FROM several_named_as_of) AS several_as_of
FROM (SELECT c, tcs.funnel(at, n, '5 days') AS plain, tcs.funnel(at, name, '{a,b,c}', '5 days') AS named, tcs.funnel(at, n, '5 days', NULL) AS as_of, tcs.funnel(at, ARRAY[n], '5 days') AS one, tcs.funnel(at, ns, '5 days') AS several,
		tcs.funnel(at, names, '{a,b,c}', '5 days') AS several_named, tcs.funnel(at, ns, '5 days', '2024-01-09') AS several_as_of, tcs.funnel(at, names, '{a,b,c}', '5 days', '2024-01-09') AS several_named_as_of
	FROM (SELECT *, date '2024-01-01' + t AS at, CASE name WHEN 'a' THEN 1 WHEN 'b' THEN 2 WHEN 'c' THEN 3 END AS n, ARRAY[CASE WHEN 'a' = ANY (names) THEN 1 END, CASE WHEN 'b' = ANY (names) THEN 2 END, CASE WHEN 'c' = ANY (names) THEN 3 END] AS ns FROM event) AS e GROUP BY c) AS f;

-- One customer with 20000 events, where every third start is broken off.
CREATE TEMP TABLE long AS SELECT timestamp '2024-01-01' + i * interval '1 minute' AS at, (ARRAY['view', 'basket', 'leave', 'view', 'basket', 'pay'])[1 + i % 6] AS event FROM generate_series(0, 19999) AS i;
SELECT tcs.funnel(at, event, '{view,basket,!leave,pay}', '1 hour') AS broken_off, tcs.funnel(at, event, '{view,basket,pay}', '1 hour') AS any,
	tcs.funnel(at, event, '{pay,>= 10 days,pay,<= 5 minutes,view}', '1 year') AS after_days, cardinality(tcs.funnel(at, event, array_fill('pay'::text, ARRAY[100]), '594 minutes')) AS a_hundred FROM long;

-- What others publish of their funnels, in our words.  ClickHouse, windowFunnel:
CREATE TEMP TABLE click AS SELECT timestamp '2018-01-01 01:01:00' + i * interval '1 second' AS at, (1000 + i)::text AS event FROM generate_series(0, 8) AS i;
SELECT cardinality(tcs.funnel(at, event, '{1000}', '10000 s')) AS "1", cardinality(tcs.funnel(at, event, '{1000,1001}', '10000 s')) AS "2", cardinality(tcs.funnel(at, event, '{1000,1001,1002}', '10000 s')) AS "3",
	cardinality(tcs.funnel(at, event, '{1000,1001,1002,1008}', '10000 s')) AS "4", cardinality(tcs.funnel(at, event, '{1000}', '1 s')) AS "1", cardinality(tcs.funnel(at, event, '{1003,1004,1005,1006,1007}', '2 s')) AS "3",
	cardinality(tcs.funnel(at, event, '{1003,1004,1005,1006,1007}', '3 s')) AS "4", cardinality(tcs.funnel(at, event, '{1003,1004,1005,1006,1007}', '4 s')) AS "5",
	cardinality(tcs.funnel(at, event, '{1001,1008}', '10000 s')) AS "2", cardinality(tcs.funnel(at, event, '{1008,1001}', '10000 s')) AS "1",
	cardinality(tcs.funnel(at, ARRAY[CASE WHEN event BETWEEN '1001' AND '1007' THEN 1 END, CASE WHEN event >= '1002' THEN 2 END, CASE WHEN event BETWEEN '1001' AND '1006' THEN 3 END, CASE WHEN event >= '1004' THEN 4 END], '4 s')) AS "4" FROM click;
-- strict_deduplication: a step that comes twice ends the chain
SELECT cardinality(tcs.funnel(at, event, '{1000,1001,1002,1003,1004,!1005,1005,!1005,1006}', '10000 s')) AS "6", cardinality(tcs.funnel(at, event, '{1000,1001,1002,1003,1004,1005,1006}', '10000 s')) AS "7"
FROM (SELECT at, event FROM click UNION ALL SELECT at + interval '0.1 s', event FROM click WHERE event = '1005') AS c;
-- strict_order: !* between the steps; with strict_deduplication too: !
CREATE TEMP TABLE strict AS SELECT c, timestamp '2024-01-01' + i * interval '1 second' AS at, e AS event FROM (VALUES (1, 'abc'), (2, 'adbc'), (3, 'aabbcc'), (4, 'aaaabbcc'), (5, 'aabbdcc'), (6, 'ccbbaa'), (7, 'acb')) AS v(c, events), regexp_split_to_table(events, '') WITH ORDINALITY AS x(e, i);
SELECT c, cardinality(tcs.funnel(at, event, '{a,b,c}', '1 day')) AS "3 3 3 3 3 1 2", cardinality(tcs.funnel(at, event, '{a,!*,b,!*,c}', '1 day')) AS "3 1 3 3 2 1 1", cardinality(tcs.funnel(at, event, '{a,!,b,!,c}', '1 day')) AS "3 1 2 2 2 1 1" FROM strict GROUP BY c ORDER BY c;
-- strict_increase: >.  Where one event is three steps there, it is one here.
SELECT cardinality(tcs.funnel(at, event, '{1000,1001,1002,1003,1004}', '1 day')) AS "5", cardinality(tcs.funnel(at, event, '{1000,>,1001,>,1002,>,1003,>,1004}', '1 day')) AS "2", cardinality(tcs.funnel(at, event, '{1004,>,1004,>,1004}', '1 day')) AS "1", cardinality(tcs.funnel(at, event, '{1004,1004,1004}', '1 day')) AS "once"
FROM (VALUES (timestamp '2024-01-01 00:00:00', '1000'), ('2024-01-01 00:00:01', '1001'), ('2024-01-01 00:00:01', '1002'), ('2024-01-01 00:00:01', '1003'), ('2024-01-01 00:00:02', '1004')) AS v(at, event);
-- PostHog: the same event as two and three steps; an exclusion, where each entry is
-- judged by itself; trials that still run.
SELECT c, cardinality(tcs.funnel(at, event, '{done,done}', '30 days')) AS twice, cardinality(tcs.funnel(at, event, '{done,done,done}', '30 days')) AS three_times FROM (VALUES ('A', timestamp '2024-03-01 10:00', 'done'), ('B', '2024-03-01 10:00', 'done'), ('B', '2024-03-03 09:00', 'done')) AS v(c, at, event) GROUP BY c ORDER BY c;
SELECT c, tcs.funnel(at, event, '{screen,!invite,trial}', '14 days') FROM (VALUES ('A', date '2024-03-01', 'screen'), ('A', '2024-03-03', 'trial'), ('B', '2024-03-01', 'screen'), ('B', '2024-03-02', 'invite'), ('B', '2024-03-03', 'trial'), ('C', '2024-03-01', 'screen'), ('C', '2024-03-02', 'invite'), ('C', '2024-03-05', 'screen'), ('C', '2024-03-06', 'trial')) AS v(c, at, event) GROUP BY c ORDER BY c;
CREATE TEMP TABLE trial AS SELECT c, date '2024-01-01' + d AS at, event FROM (VALUES (1, 0, 'trial'), (1, 20, 'paid'), (2, 1, 'trial'), (3, 60, 'trial'), (3, 61, 'paid'), (4, 70, 'trial'), (5, 80, 'trial')) AS v(c, d, event);
SELECT as_of, s.step, s.name, s.customers, s.share_of_first FROM (SELECT as_of, tcs.funnel_steps(f, '{trial,<= 25 days,paid,again}') AS steps FROM
	(SELECT as_of, c, tcs.funnel(at, event, '{trial,<= 25 days,paid,again}', '31 days', as_of) AS f FROM trial, unnest('{2024-01-31,2024-02-01,2024-02-02,2024-03-15,NULL}'::date[]) AS as_of GROUP BY as_of, c) AS f GROUP BY as_of) AS x, unnest(steps) AS s ORDER BY as_of, step;
-- A step after each other too late for the first try, in time for the second.
SELECT tcs.funnel(at, event, '{a,<= 5 hours,b,<= 5 hours,c}', '1 day') FROM (VALUES (timestamp '2024-01-01 00:00', 'a'), ('2024-01-01 01:00', 'b'), ('2024-01-01 05:00', 'b'), ('2024-01-01 09:00', 'c')) AS v(at, event);

-- How conditions are read: a part of a day in dates, blanks, names like conditions.
\pset format unaligned
\pset tuples_only on
SELECT s, tcs.funnel(at, event, ARRAY['a', s, 'b'], '1 year') FROM (VALUES (date '2024-01-01', 'a'), ('2024-01-02', 'b'), ('2024-01-08', 'b')) AS v(at, event),
	unnest(ARRAY['> 12 hours', '>= 12 hours', '>1 day', '>= 1 day', '>  24:00:00.000001', '< 1 day', '< 25 hours', '<= 1 day', '<=12 hours', '> 6 days', '>= 6 days 1 second', '<= 300000 years', '> 300000 years', '>= 0', '> 0', '> 178000000 years']) AS s GROUP BY s ORDER BY s;
SELECT tcs.funnel(at, event, '{"\\!a","!\\*","\\\\<=","!","\\>"}', '1 day') FROM (VALUES (timestamp '2024-01-01', '!a'), ('2024-01-02', '\<='), ('2024-01-03', '>'), ('2024-01-02 12:00', '!a'), ('2024-01-02 13:00', '*'), ('2024-01-02 14:00', '\<='), ('2024-01-02 15:00', '>')) AS v(at, event);
SELECT 'no event: ' || tcs.funnel(NULL::date, text 'a', '{a}', '1 day')::text || tcs.funnel(date '2024-01-01', NULL::text, '{a}', '1 day')::text || tcs.funnel(date '2024-01-01', '{NULL}'::text[], '{a,!,b}', '1 day')::text || tcs.funnel(date '2024-01-01', '{}'::int[], '1 day')::text || tcs.funnel(date '2024-01-01', text 'z', '{a}', '1 day')::text;
SELECT 'no row: ' || coalesce(f::text, 'null') FROM (SELECT tcs.funnel(date '2024-01-01', text 'a', '{a}', '1 day') AS f WHERE false) AS s;
SELECT 'varchar, name: ' || tcs.funnel(date '2024-01-01', 'a'::varchar, '{a}', '1 day')::text || tcs.funnel(date '2024-01-01', 'a'::name, '{a}', '1 day')::text;
SELECT 'as of the last day: ' || as_of || ' ' || tcs.funnel(date '2024-01-01', text 'a', '{a}', '7 days', as_of)::text FROM unnest('{2024-01-07,2024-01-08}'::date[]) AS as_of GROUP BY as_of ORDER BY as_of;
SELECT 'all of time: ' || tcs.funnel(at, event, '{a,b}', '299000 years', '294276-12-31 23:59:59.999999')::text || tcs.funnel(at, event, '{a,> 299000 years,b}', '299000 years')::text || cardinality(tcs.funnel(at, event, '{a,> 298000 years,b}', '299000 years'))
	FROM (VALUES (timestamp '4714-11-24 00:00:00 BC', 'a'), ('294276-12-31 23:59:59.999999', 'b')) AS v(at, event);
-- Three events of one day that between them can be three steps, in one way only.
SELECT tcs.funnel(date '2024-01-01', s, '0') FROM (VALUES ('{1,2,3}'::int[]), ('{1}'), ('{1,2}')) AS v(s);
SELECT tcs.funnel(date '2024-01-01', s, '0') FROM (VALUES ('{2,3}'::int[]), ('{1}'), ('{1}')) AS v(s);
SELECT 'as many as there are: ' || cardinality(tcs.funnel(date '2024-01-01', ARRAY(SELECT generate_series(1, 100)), '0')) FROM generate_series(1, 70);
\pset format aligned
\pset tuples_only off

-- In frames that move, and with steps that differ from group to group.
SELECT count(*) FILTER (WHERE moving IS DISTINCT FROM (SELECT tcs.funnel(date '2024-01-01' + t, name, '{a,!x,b,b}', '6 days') FROM event AS l WHERE l.c = w.c AND l.i BETWEEN w.i - 4 AND w.i + 2)) AS wrong
FROM (SELECT c, i, tcs.funnel(date '2024-01-01' + t, name, '{a,!x,b,b}', '6 days') OVER (PARTITION BY c ORDER BY i ROWS BETWEEN 4 PRECEDING AND 2 FOLLOWING) AS moving FROM event WHERE c <= 60) AS w;
SELECT count(*) AS customers, count(*) FILTER (WHERE f <> ARRAY[date '2024-01-01' + c]) AS wrong FROM (SELECT c, tcs.funnel(date '2024-01-01' + c, 'e' || c, ARRAY['e' || c, 'f'], '1 day') AS f FROM generate_series(1, 2000) AS c, generate_series(1, 2) GROUP BY c) AS s;

-- Where it leads, by what the first event had: all of them are counted.
SELECT type, g, s.step, s.name, s.customers, s.share_of_previous, s.q1_time, s.median_time, s.q3_time, s.q1_step_time, s.median_step_time, s.q3_step_time
FROM (SELECT 'date' AS type, c > 200 AS g, tcs.funnel_steps(d, day_steps) AS steps FROM answer JOIN funnel USING (f) WHERE f = 7 AND NOT several GROUP BY 2
	UNION ALL SELECT 'timestamp', c > 200, tcs.funnel_steps(ts, minute_steps) FROM answer JOIN funnel USING (f) WHERE f = 7 AND NOT several GROUP BY 2) AS x, unnest(steps) AS s ORDER BY 1, 2, 3;
CREATE TEMP TABLE quartile AS SELECT f, s.* FROM (SELECT f, tcs.funnel_steps(ts) AS steps FROM answer GROUP BY f) AS x, unnest(steps) AS s;
SELECT count(*) > 100 AS many, count(*) FILTER (WHERE (q.q1_time, q.median_time, q.q3_time) IS DISTINCT FROM (o.t[1], o.t[2], o.t[3])) AS wrong, count(*) FILTER (WHERE (q.q1_step_time, q.median_step_time, q.q3_step_time) IS DISTINCT FROM (o.s[1], o.s[2], o.s[3])) AS wrong_from_previous
FROM quartile AS q FULL JOIN (SELECT f, k, percentile_cont('{0.25,0.5,0.75}'::float8[]) WITHIN GROUP (ORDER BY ts[k] - ts[1]) AS t, percentile_cont('{0.25,0.5,0.75}'::float8[]) WITHIN GROUP (ORDER BY ts[k] - ts[k - 1]) AS s
	FROM answer, generate_subscripts(ts, 1) AS k GROUP BY f, k) AS o ON (o.f, o.k) = (q.f, q.step);
SELECT s.* FROM (SELECT tcs.funnel_steps(f, '{first,!x,second}') AS steps FROM (VALUES ('{}'::date[]), (NULL)) AS v(f)) AS x, unnest(steps) AS s;
SELECT s.step, s.q1_time, s.median_time, s.q3_time FROM (SELECT tcs.funnel_steps(f) AS steps FROM (VALUES ('{2024-01-01,2024-01-02}'::date[]), ('{2024-01-01,2024-01-04}')) AS v(f)) AS x, unnest(steps) AS s;
SELECT tcs.funnel_steps(f, '{a}') AS no_row FROM (VALUES ('{}'::date[])) AS v(f) WHERE false;

-- Errors.
SELECT tcs.funnel(date '2024-01-01', text 'a', '{!b,a}', '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', '{a,"< 1 day"}', '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', ('{a' || repeat(',a', 100) || '}')::text[], '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', ARRAY(SELECT 'a' UNION ALL SELECT '!n' || i FROM generate_series(1, 126) AS i UNION ALL SELECT 'a'), '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', '{a,b}', '1 day', 'infinity');
SELECT tcs.funnel(date '2024-01-01', text 'a', CASE i WHEN 1 THEN '{a}' ELSE '{a,b}' END::text[], '1 day') FROM generate_series(1, 2) AS i;
SELECT tcs.funnel_steps('{2024-01-01,2024-01-02}'::date[], '{a}');
CREATE TYPE pg_temp.kind AS ENUM ('a', 'b');
SELECT tcs.funnel(date '2024-01-01', 'a'::pg_temp.kind, '{a,b}', '1 day');
\set VERBOSITY terse
SELECT tcs.funnel(date '2024-01-01', text 'a', NULL, '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', '{}', '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', '{a,NULL}', '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', '{{a,b}}', '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', '{a,<=,b}', '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', '{a,< 0 days,b}', '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', '{a,> -1 days,b}', '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', '{a,> 1 day ago,b}', '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', '{a,> 2 days,<= 2 days,b}', '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', '{a,b}', NULL);
SELECT tcs.funnel(date '2024-01-01', text 'a', '{a,b}', '-1 day');
SELECT tcs.funnel(timestamp 'infinity', text 'a', '{a,b}', '1 day');
SELECT tcs.funnel(date '2024-01-01', '{0}'::int[], '1 day');
SELECT tcs.funnel(date '2024-01-01', '{{1,2}}'::int[], '1 day');
SELECT tcs.funnel(date '2024-01-01', 101, '1 day', NULL);
SELECT tcs.funnel(date '2024-01-01', text 'a', '{a}', '1 day', date '2024-01-01' + i) FROM generate_series(1, 2) AS i;
SELECT tcs.funnel(date '2024-01-01', text 'a', '{a}', i * interval '1 day') FROM generate_series(1, 2) AS i;
SELECT tcs.funnel(text 'a', date '2024-01-01', '{a}', '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', 3, interval '1 day');
SELECT tcs.funnel(date '2024-01-01', text 'a', '{a}', 3);
SELECT tcs.funnel_steps('{2024-01-01}'::date[], NULL);
SELECT tcs.funnel_steps('{2024-01-01}'::date[], ARRAY['a', i::text]) FROM generate_series(1, 2) AS i;
DO $$
BEGIN
	PERFORM tcs.funnel(d, text 'a', '{a,<= soon,b}', '1 day') FROM (VALUES (date '2024-01-01')) AS v(d);
	RAISE EXCEPTION 'accepted';
EXCEPTION WHEN invalid_datetime_format THEN
	NULL;
END $$;
