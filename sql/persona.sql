-- persona: what tells segments apart, against GROUP BY and percentile_cont.
SET client_min_messages = warning;
SET jit = off;
\set SHOW_CONTEXT never
CREATE SCHEMA persona;
SET search_path = persona;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN euro AS numeric(12, 2);
CREATE TYPE pair AS (a text, b integer);
CREATE TABLE customer (id integer, segment text, gone integer, revenue float8, money euro, visits bigint, rating smallint, weight real, waits interval,
	since date, seen timestamp, seen_at timestamptz, country text, city varchar(20), code char(5), newsletter boolean, mood mood, agent uuid,
	tags text[], facts jsonb, "Odd "" name; --" text, pair pair, nothing text, nobody numeric, constant integer);
INSERT INTO customer
SELECT n, CASE n % 20 WHEN 0 THEN NULL WHEN 1 THEN 'rare "<&>" one' WHEN 2 THEN '' ELSE (ARRAY['best', 'rest', 'rest'])[1 + n % 3] END, n,
	CASE WHEN n % 41 = 0 THEN NULL WHEN n % 43 = 0 THEN 'NaN' WHEN n % 20 = 1 THEN -n ELSE (n * 7919 % 1000) * 1.25 + 300 * (n % 3) END,
	CASE WHEN n % 47 = 0 THEN NULL WHEN n % 53 = 0 THEN 'NaN' ELSE (n * 104729 % 10000) / 7.0 END,
	n::bigint * 4294967311, n % 3 + n % 2, (n % 17) / 3.0::real, n % 13 * interval '1 month 2 days 3 hours',
	date '2020-02-29' + n % 500, timestamp '2021-03-04 05:06:07.891' + n * interval '61 minutes', timestamptz '2022-03-04 05:06:07+05:30' - n * interval '59 seconds',
	CASE WHEN n % 60 = 2 THEN 'only here' WHEN n % 3 = 0 AND n % 7 > 1 THEN 'DE' WHEN n % 11 = 0 THEN NULL ELSE (ARRAY['FR', 'IT', 'ES', 'DE'])[1 + n % 4] END,
	'city ' || (n * n % 97), CASE WHEN n % 6 > 0 THEN 'x' || n % 6 END, CASE WHEN n % 5 > 0 THEN n % 2 = 0 END,
	(ARRAY['sad', 'ok', 'happy', 'ok'])[1 + n % 4]::mood, md5((n % 9)::text)::uuid, ARRAY['t' || n % 2, CASE WHEN n % 3 > 0 THEN 'u' END],
	jsonb_build_object('a', n % 4), CASE WHEN n % 4 > 0 THEN E'\\''"$$<' || n % 4 END, ROW('p' || n % 3, n % 2)::pair, NULL, NULL, 7
FROM generate_series(1, 2000) AS n;
ALTER TABLE customer DROP COLUMN gone;

CREATE FUNCTION same(float8, float8) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN $1 IS NOT DISTINCT FROM $2 OR coalesce(abs($1 - $2) <= 1e-12 * greatest(abs($1), abs($2), 1e-3), false);
CREATE TABLE answer AS SELECT * FROM tcs.persona('customer', 'segment', top => 1000);

-- Which attribute is what, and where.
SELECT attribute, array_agg(DISTINCT kind) AS kinds, count(DISTINCT coalesce(segment, 'NULL')) AS segments FROM answer GROUP BY attribute ORDER BY attribute::text COLLATE "C";

-- Values: all counts and shares.
CREATE TABLE value AS
SELECT segment, attribute, value FROM customer, LATERAL (VALUES ('country', country), ('city', city), ('code', code::text),
	('newsletter', newsletter::text), ('mood', mood::text), ('agent', agent::text), ('tags', tags::text), ('facts', facts::text),
	('Odd " name; --', "Odd "" name; --"), ('pair', pair::text), ('nothing', nothing)) AS v (attribute, value);
CREATE TABLE cell AS
SELECT *, sum(n) OVER (PARTITION BY segment, attribute) AS customers, sum(n) OVER (PARTITION BY attribute, value) AS total, sum(n) OVER (PARTITION BY attribute) AS customers_all
FROM (SELECT s.segment, a.attribute, a.value, count(v.ctid) AS n
	FROM (SELECT DISTINCT segment FROM value) AS s CROSS JOIN (SELECT DISTINCT attribute, value FROM value) AS a
	LEFT JOIN value AS v ON v.segment IS NOT DISTINCT FROM s.segment AND v.attribute = a.attribute AND v.value IS NOT DISTINCT FROM a.value
	GROUP BY 1, 2, 3) AS c (segment, attribute, value, n);
SELECT count(*) > 300 AS enough, count(*) FILTER (WHERE (a.count, a.customers) IS DISTINCT FROM (c.n, c.customers)) AS wrong,
	bool_and(same(a.share, c.n / c.customers) AND same(a.share_all, c.total / c.customers_all)
		AND same(a.lift, c.n / c.customers / (c.total / c.customers_all))) AS right_ones
FROM (SELECT * FROM answer WHERE kind IN ('value', 'missing') AND mean_all IS NULL AND attribute IN (SELECT attribute FROM cell)) AS a
FULL JOIN (SELECT * FROM cell WHERE n > 0 OR value IS NULL) AS c
	ON (a.segment IS NOT DISTINCT FROM c.segment) AND a.attribute = c.attribute AND (a.kind = 'missing') = (c.value IS NULL) AND coalesce(a.value, '') = coalesce(c.value, '');

-- What they tell.
CREATE TABLE telling AS
SELECT segment, attribute, greatest(0, sum(CASE WHEN n > 0 THEN n / customers * ln(n / customers / (total / customers_all)) ELSE 0 END) / ln(2.0::float8)
	- (count(*) - 1) * (1 - min(customers / customers_all)) / (2 * ln(2.0::float8) * min(customers)))  AS telling
FROM (SELECT segment, attribute, sum(n)::float8 AS n, sum(total)::float8 AS total, min(customers)::float8 AS customers, min(customers_all)::float8 AS customers_all
	FROM cell WHERE total > 0 GROUP BY segment, attribute, CASE WHEN n >= 5 OR customers * total / customers_all >= 5 THEN value || '.' END,
		(n >= 5 OR customers * total / customers_all >= 5)) AS c
GROUP BY segment, attribute;
SELECT count(*) AS pairs, bool_and(abs(a.telling - t.telling) < 1e-12) AS right_ones, count(*) FILTER (WHERE t.telling > 0.01) > 5 AS some_tell
FROM telling AS t LEFT JOIN (SELECT DISTINCT segment, attribute, telling FROM answer) AS a ON t.attribute = a.attribute AND t.segment IS NOT DISTINCT FROM a.segment;

-- Numbers and times.
CREATE TABLE number AS
SELECT segment, attribute, nullif(value, 'NaN') AS value FROM customer, LATERAL (VALUES ('id', id), ('revenue', revenue), ('money', money), ('visits', visits),
	('rating', rating), ('weight', weight), ('waits', extract(month FROM waits) * 30.4375 + extract(year FROM waits) * 365.25 + extract(day FROM waits) + extract(hour FROM waits) / 24.0),
	('since', extract(epoch FROM since)), ('seen', extract(epoch FROM seen)), ('seen_at', extract(epoch FROM seen_at)), ('nobody', nobody), ('constant', constant)) AS v (attribute, value);
CREATE TABLE quartile AS
SELECT segment, attribute, grouping(segment) AS is_all, count(*) AS customers, count(*) - count(value) AS missing, avg(value) AS mean,
	percentile_cont('{0.25,0.5,0.75}'::float8[]) WITHIN GROUP (ORDER BY value) AS q
FROM number GROUP BY GROUPING SETS ((segment, attribute), (attribute));
SELECT count(*) AS pairs, bool_and(same(a.mean, q.mean) AND same(a.mean_all, all_q.mean)) AS means,
	bool_and((a.q1, a.median, a.q3) IS NOT DISTINCT FROM (q.q[1], q.q[2], q.q[3])) AS quartiles,
	bool_and((a.q1_all, a.median_all, a.q3_all) IS NOT DISTINCT FROM (all_q.q[1], all_q.q[2], all_q.q[3])) AS quartiles_of_all
FROM (SELECT * FROM answer WHERE kind IN ('number', 'time')) AS a
FULL JOIN (SELECT * FROM quartile WHERE is_all = 0) AS q ON a.attribute = q.attribute AND a.segment IS NOT DISTINCT FROM q.segment
FULL JOIN (SELECT * FROM quartile WHERE is_all = 1) AS all_q ON all_q.attribute = coalesce(q.attribute, a.attribute);
SELECT count(*) AS pairs, bool_and(a.count = q.missing AND same(a.share, q.missing / q.customers::float8)) AS missing
FROM (SELECT * FROM answer WHERE kind = 'missing' AND attribute IN (SELECT attribute FROM number)) AS a
FULL JOIN (SELECT * FROM quartile WHERE is_all = 0 AND attribute IN (SELECT attribute FROM quartile WHERE missing > 0)) AS q
	ON a.attribute = q.attribute AND a.segment IS NOT DISTINCT FROM q.segment;
-- Above the median of all, or from it on.
SELECT count(*) AS pairs, bool_and(a.count = n.beyond AND same(a.share_all, n.beyond_all / 2000.0)) AS beyond
FROM (SELECT * FROM answer WHERE kind IN ('number', 'time') AND attribute <> 'nobody') AS a
JOIN (SELECT segment, attribute, max(above) AS above, max(from_it) AS from_it, count(*) FILTER (WHERE is_beyond) AS beyond, max(all_beyond) AS beyond_all
	FROM (SELECT *, count(*) FILTER (WHERE is_beyond) OVER (PARTITION BY attribute) AS all_beyond
		FROM (SELECT *, CASE WHEN above = 0 OR abs(from_it - has / 2.0) < abs(above - has / 2.0) THEN value >= median ELSE value > median END AS is_beyond
			FROM (SELECT n.*, q.q[2] AS median, count(*) FILTER (WHERE value > q.q[2]) OVER w AS above, count(*) FILTER (WHERE value >= q.q[2]) OVER w AS from_it, count(value) OVER w AS has
				FROM number AS n JOIN quartile AS q ON q.attribute = n.attribute AND q.is_all = 1 WINDOW w AS (PARTITION BY n.attribute)) AS n) AS n) AS n
	GROUP BY segment, attribute) AS n ON a.attribute = n.attribute AND a.segment IS NOT DISTINCT FROM n.segment;
-- What numbers tell, by tenths.
CREATE TABLE tenth AS
SELECT n.segment, n.attribute, CASE WHEN value IS NULL THEN -1 ELSE (SELECT count(*) FROM unnest(e.edges) AS edge WHERE value > edge) END AS bin
FROM number AS n JOIN (SELECT attribute, percentile_cont('{0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9}'::float8[]) WITHIN GROUP (ORDER BY value) AS edges
	FROM number GROUP BY attribute) AS e USING (attribute);
SELECT count(*) AS pairs, bool_and(abs(a.telling - t.telling) < 1e-12) AS right_ones, count(*) FILTER (WHERE t.telling > 0.01) > 5 AS some_tell
FROM (SELECT segment, attribute, greatest(0, sum(CASE WHEN n > 0 THEN n / customers * ln(n / customers / (total / 2000)) ELSE 0 END) / ln(2.0::float8)
		- (count(*) - 1) * (1 - min(customers / 2000)) / (2 * ln(2.0::float8) * min(customers)))  AS telling
	FROM (SELECT segment, attribute, sum(n)::float8 AS n, sum(total)::float8 AS total, min(customers)::float8 AS customers
		FROM (SELECT s.segment, b.attribute, b.bin, b.total, s.customers, count(t.ctid) AS n
			FROM (SELECT segment, count(*) AS customers FROM customer GROUP BY segment) AS s CROSS JOIN (SELECT attribute, bin, count(*) AS total FROM tenth GROUP BY 1, 2) AS b
			LEFT JOIN tenth AS t ON t.segment IS NOT DISTINCT FROM s.segment AND t.attribute = b.attribute AND t.bin = b.bin GROUP BY 1, 2, 3, 4, 5) AS c
		GROUP BY segment, attribute, bin) AS c
	GROUP BY segment, attribute) AS t
LEFT JOIN (SELECT DISTINCT segment, attribute, telling FROM answer) AS a ON t.attribute = a.attribute AND t.segment IS NOT DISTINCT FROM a.segment;

-- How it reads.
SELECT segment, customers, attribute, round(telling::numeric, 3) AS telling, kind, value, count, round(share::numeric, 3) AS share, round(lift::numeric, 2) AS lift,
	round(lift_low::numeric, 2) AS low, round(lift_high::numeric, 2) AS high, round(mean::numeric, 2) AS mean, round(median::numeric, 2) AS median, round(median_all::numeric, 2) AS of_all
FROM tcs.persona('customer', 'segment', '{country,revenue,rating,since,seen,seen_at,newsletter,nothing,nobody,constant}', top => 2)
WHERE segment = 'best' OR attribute IN ('newsletter', 'nothing');
-- The most frequent first, others behind, in the order of telling.
SELECT bool_and(count >= coalesce(next, 0)) AS falling
FROM (SELECT kind, count, lead(CASE kind WHEN 'value' THEN count END) OVER (PARTITION BY segment, attribute ORDER BY n) AS next FROM tcs.persona('customer', 'segment') WITH ORDINALITY
	AS p (segment, customers, attribute, telling, kind, value, count, share, share_all, lift, low, high, o, d, dl, dh, m, q1, q2, q3, ma, q1a, q2a, q3a, w, n)) AS p WHERE kind = 'value';
SELECT array_agg(DISTINCT kinds) AS kinds, bool_and(same(share, 1)) AS whole FROM (SELECT segment, attribute, string_agg(kind, ' ') AS kinds, sum(share) AS share
	FROM tcs.persona('customer', 'segment', '{country,city}', top => 0) WHERE kind <> 'apart' GROUP BY 1, 2) AS p;
-- Intervals: they hold the lift, and nobody, or everybody of those who have it, is an edge.
SELECT bool_and(lift_low <= lift AND lift <= lift_high AND lift_low >= 0) AS hold, bool_and(lift_low = 0) FILTER (WHERE count = 0) AS from_none,
	bool_and(same(lift_high, 2000.0 / customers)) FILTER (WHERE round(share_all * 2000) = count) AS to_all, count(*) FILTER (WHERE count = 0) > 0 AS some
FROM answer WHERE share_all > 0;

-- What tells them apart: the mark whose share differs most, its figures counted by hand.
CREATE FUNCTION has(mark text, value float8) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(CASE split_part(mark, ' ', 1) WHEN '>' THEN value > split_part(mark, ' ', 2)::float8 WHEN '<=' THEN value <= split_part(mark, ' ', 2)::float8
	WHEN '>=' THEN value >= split_part(mark, ' ', 2)::float8 WHEN '<' THEN value < split_part(mark, ' ', 2)::float8 END, false);
CREATE VIEW mark AS
SELECT segment, attribute, value, count(*) FILTER (WHERE n IS NOT DISTINCT FROM segment AND has) AS count, count(*) FILTER (WHERE n IS DISTINCT FROM segment AND has) / count(*) FILTER (WHERE n IS DISTINCT FROM segment)::float8 AS share_others
FROM (SELECT a.segment, a.attribute, a.value, n.segment AS n, CASE WHEN a.value IS NULL THEN n.value IS NULL ELSE has(a.value, n.value) END AS has
	FROM (SELECT * FROM answer WHERE kind = 'apart') AS a JOIN number AS n ON n.attribute = a.attribute AND a.attribute NOT IN ('since', 'seen', 'seen_at')) AS n
GROUP BY segment, attribute, value
UNION ALL
SELECT segment, attribute, value, n, (total - n) / (customers_all - customers)::float8 FROM cell;
SELECT count(*) > 20 AS enough, count(*) FILTER (WHERE m.count IS NULL) AS unknown, bool_and(a.count = m.count AND same(a.share_others, m.share_others) AND same(a.difference, a.share - a.share_others)) AS counted,
	bool_and(difference_low > 0 AND difference_low < difference AND difference <= difference_high OR difference_high < 0 AND difference_high > difference AND difference >= difference_low) AS beyond_chance
FROM answer AS a LEFT JOIN mark AS m ON m.attribute = a.attribute AND m.segment IS NOT DISTINCT FROM a.segment AND m.value IS NOT DISTINCT FROM a.value WHERE a.kind = 'apart';
-- Of the values none that is common differs more; of equal ones that which is more frequent than elsewhere.
SELECT count(*) > 10 AS enough, bool_and(abs(a.difference) >= c.most - 1e-12 AND (a.difference > 0 OR abs(a.difference) > c.most_above + 1e-12)) AS most
FROM answer AS a JOIN (SELECT segment, attribute, max(abs(d)) AS most, max(d) AS most_above FROM (SELECT segment, attribute, n / customers::float8 - (total - n) / (customers_all - customers)::float8 AS d
		FROM cell WHERE total >= 5 AND customers_all - total >= 5) AS c GROUP BY 1, 2) AS c ON c.attribute = a.attribute AND c.segment IS NOT DISTINCT FROM a.segment WHERE a.kind = 'apart';
-- Where it stands, and what other rows say of the others.
SELECT bool_and(kind = 'apart') AS last, count(*) = (SELECT count(*) FROM answer WHERE kind = 'apart') AS once FROM (SELECT *, row_number() OVER (PARTITION BY segment, attribute ORDER BY n DESC) AS from_end,
	bool_or(kind = 'apart') OVER (PARTITION BY segment, attribute) AS has FROM (SELECT row_number() OVER () AS n, * FROM answer) AS a) AS a WHERE has AND from_end = 1;
SELECT bool_and(same(share_others, (share_all * 2000 - count) / (2000 - customers))) AS others, bool_and(num_nonnulls(difference, difference_low, difference_high, description) = CASE kind WHEN 'apart' THEN 4 ELSE 0 END) AS only_there
FROM answer WHERE count IS NOT NULL;
-- In words: round numbers, whole ones and days, levels and none; more and less.
CREATE TABLE seller AS
SELECT CASE WHEN n % 5 = 0 THEN 'key accounts' WHEN n % 5 = 1 THEN 'sleepers' ELSE 'all others' END AS segment,
	round((n * 7919 % 1000) * 1.37 + CASE WHEN n % 5 = 0 THEN 2000 ELSE 0 END, 2) AS revenue, (n * 31 % 9 + CASE WHEN n % 5 = 0 THEN 3 ELSE 0 END)::integer AS orders,
	((n * 31 % 9 + CASE WHEN n % 5 = 0 THEN 3 ELSE 0 END) / 100.0)::float8 AS rebate, date '2024-01-01' + n % 300 + CASE WHEN n % 5 = 1 THEN -200 ELSE 0 END AS last_order,
	timestamp '2024-03-01 08:00' + n % 7 * interval '1 hour' + CASE WHEN n % 5 = 1 THEN interval '-3 hours' ELSE '0' END AS seen, CASE WHEN n % 5 <> 1 OR n % 3 = 0 THEN 10.5 - n % 2 END AS rating,
	CASE WHEN n % 5 = 0 THEN (ARRAY['North', 'South'])[1 + n % 2] ELSE (ARRAY['North', 'South', 'West', NULL])[1 + n % 4] END AS region, n % 5 = 1 AND n % 2 = 0 AS unsubscribed, n % 2 AS coin
FROM generate_series(1, 600) AS n;
SELECT segment, attribute, value, description FROM tcs.persona('seller', 'segment') WHERE kind = 'apart';
-- A mark of numbers is what SQL finds by it as it is written.
SELECT a.attribute, a.value, a.count = s.count AS same FROM tcs.persona('seller', 'segment') AS a CROSS JOIN LATERAL (SELECT count(*) FROM seller AS s
	WHERE s.segment = a.segment AND has(a.value, CASE a.attribute WHEN 'revenue' THEN revenue WHEN 'orders' THEN orders WHEN 'rebate' THEN rebate END)) AS s
WHERE kind = 'apart' AND a.segment = 'key accounts' AND attribute IN ('revenue', 'orders', 'rebate');
-- Nothing is said where nothing tells them apart: of a hundred answers about segments by lot, at most five on average.
CREATE FUNCTION by_lot(seed integer) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE lot AS SELECT hashint8extended(n, seed) & 3 AS segment, hashint8extended(n, 1000) & 1023 AS a, (hashint8extended(n, 1001) & 1023) ^ 2 AS b, (hashint8extended(n, 1002) & 1048575)::float8 AS c,
		'v' || (hashint8extended(n, 1003) & 15) AS d, nullif(hashint8extended(n, 1004) & 3, 0) AS e, (hashint8extended(n, 1005) & 1) = 0 AS f FROM generate_series(1, 400) AS n;
	RETURN (SELECT count(*) FROM tcs.persona('lot', 'segment') WHERE kind = 'apart');
END $$;
CREATE TABLE drawn AS SELECT 0 AS seed, 0::bigint AS marks WITH NO DATA;
DO $$ BEGIN FOR seed IN 1..100 LOOP INSERT INTO persona.drawn VALUES (seed, persona.by_lot(seed)); DROP TABLE lot; END LOOP; END $$;
SELECT count(*) AS answers, count(*) FILTER (WHERE marks > 0) <= 8 AS nearly_none FROM drawn;
-- A difference that is there is found, once there are enough customers; never one of everybody, or of nobody else.
CREATE VIEW forty AS SELECT n % 2 AS segment, n / 2 % 5 < 2 + n % 2 AS tells, n / 2 % 7 AS other FROM generate_series(1, 40) AS n;
CREATE VIEW many AS SELECT n % 2 AS segment, n / 2 % 5 < 2 + n % 2 AS tells, n / 2 % 7 AS other FROM generate_series(1, 4000) AS n;
SELECT segment, description FROM tcs.persona('forty', 'segment') WHERE kind = 'apart' UNION ALL SELECT segment, description FROM tcs.persona('many', 'segment') WHERE kind = 'apart';
CREATE VIEW alone AS SELECT 1 AS segment, n AS a, n % 2 = 0 AS b FROM generate_series(1, 100) AS n;
SELECT count(*) FILTER (WHERE kind = 'apart') AS apart, count(share_others) AS others FROM tcs.persona('alone', 'segment');

-- The order of rows, the plan and the session do not show.
CREATE TABLE shuffled AS SELECT * FROM customer ORDER BY md5(id::text);
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'sql_standard';
SET timezone = 'Asia/Kolkata';
SET bytea_output = 'escape';
SET extra_float_digits = -3;
SELECT count(*) FROM (SELECT * FROM tcs.persona('shuffled', 'segment', top => 1000) EXCEPT ALL SELECT * FROM answer) AS d;
RESET datestyle;
RESET intervalstyle;
RESET timezone;
RESET bytea_output;
RESET extra_float_digits;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT count(*) FROM (SELECT * FROM answer EXCEPT ALL SELECT * FROM tcs.persona('shuffled', 'segment', top => 1000)) AS d;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- k: neither shown nor to be had by subtraction.
CREATE FUNCTION leaks(k integer) RETURNS TABLE (k_ integer, segments bigint, "rows" bigint, "values" bigint, shown bigint, in_segment bigint,
	in_value bigint, missing_somewhere bigint, in_numbers bigint) LANGUAGE sql
BEGIN ATOMIC
	WITH p AS (SELECT * FROM tcs.persona('persona.customer', 'segment', k => leaks.k, top => 100000)),
	left_over AS (SELECT 2000 - sum(customers) AS n FROM (SELECT DISTINCT segment, customers FROM p) AS s)
	SELECT leaks.k, count(DISTINCT coalesce(segment, 'NULL')), count(*), count(*) FILTER (WHERE kind = 'value'), count(*) FILTER (WHERE count BETWEEN 1 AND leaks.k - 1 OR customers < leaks.k),
		(SELECT count(*) FROM left_over WHERE n BETWEEN 1 AND leaks.k - 1)
		+ (SELECT count(*) FROM (SELECT min(customers) - sum(count) AS rest FROM p WHERE kind IN ('value', 'other', 'missing')
			AND attribute IN (SELECT attribute FROM persona.cell) GROUP BY segment, attribute) AS s WHERE rest <> 0),
		(SELECT count(*) FROM (SELECT round(min(share_all) * 2000) - sum(count) AS rest FROM p WHERE kind IN ('value', 'missing') GROUP BY attribute, kind, value) AS v WHERE rest BETWEEN 1 AND leaks.k - 1),
		(SELECT count(*) FROM persona.cell AS c WHERE n > 0 AND value IS NOT NULL AND EXISTS (SELECT FROM p WHERE p.attribute = c.attribute AND p.kind = 'value' AND p.value = c.value)
			AND NOT EXISTS (SELECT FROM p WHERE p.segment IS NOT DISTINCT FROM c.segment AND p.attribute = c.attribute AND p.kind = 'value' AND p.value = c.value)
			AND EXISTS (SELECT FROM p WHERE p.segment IS NOT DISTINCT FROM c.segment)),
		(SELECT count(*) FROM p JOIN persona.quartile AS q ON q.is_all = 0 AND q.attribute = p.attribute AND q.segment IS NOT DISTINCT FROM p.segment
			WHERE p.kind IN ('number', 'time') AND (p.mean IS NOT NULL AND q.customers - q.missing < leaks.k OR p.count IS NOT NULL AND (q.customers - q.missing - p.count BETWEEN 1 AND leaks.k - 1)))
	FROM p;
END;
SELECT * FROM leaks(0) UNION ALL SELECT * FROM leaks(1) UNION ALL SELECT * FROM leaks(3) UNION ALL SELECT * FROM leaks(10) UNION ALL SELECT * FROM leaks(40)
	UNION ALL SELECT * FROM leaks(101) UNION ALL SELECT * FROM leaks(700) UNION ALL SELECT * FROM leaks(2001);
-- With a k, numbers are cut where their own row cuts them.
SELECT a.k, count(*) > 0 AS some, bool_and(CASE WHEN p.value ~ '^[<>]' THEN p.count IN (n.count, n.known - n.count) ELSE coalesce(p.value IN (SELECT value FROM cell), true) END) AS of_their_row
FROM (VALUES (2), (10), (40)) AS a (k), LATERAL (SELECT * FROM tcs.persona('customer', 'segment', k => a.k, top => 1000) WHERE kind = 'apart') AS p
LEFT JOIN LATERAL (SELECT n.count, n.customers - (SELECT count(*) FROM number AS x WHERE x.attribute = n.attribute AND x.segment IS NOT DISTINCT FROM n.segment AND x.value IS NULL) AS known FROM tcs.persona('customer', 'segment', k => a.k) AS n
	WHERE n.kind IN ('number', 'time') AND n.attribute = p.attribute AND n.segment IS NOT DISTINCT FROM p.segment) AS n ON true
GROUP BY a.k ORDER BY a.k;
CREATE TABLE few (segment text, a text, x integer);
INSERT INTO few SELECT 'big', (ARRAY['p', 'q'])[1 + n % 2], n FROM generate_series(1, 40) AS n;
INSERT INTO few SELECT 'mid', CASE WHEN n = 1 THEN 'q' ELSE 'p' END, CASE WHEN n < 3 THEN n END FROM generate_series(1, 20) AS n;
INSERT INTO few SELECT 'tiny', 'p', n FROM generate_series(1, 2) AS n;
SELECT segment, customers, attribute, kind, value, count, round(mean::numeric, 2) AS mean, median, round(mean_all::numeric, 2) AS mean_all FROM tcs.persona('few', 'segment', k => 5);
SELECT segment, customers, attribute, kind, value, count, round(mean::numeric, 2) AS mean, median, round(mean_all::numeric, 2) AS mean_all FROM tcs.persona('few', 'segment', k => 2);

-- Infinities have a place in order, and no mean.
CREATE TABLE endless (segment integer, x float8, n numeric, d date);
INSERT INTO endless VALUES (1, 'Infinity', 1e200, 'infinity'), (1, 1, 1e200, '2024-01-01'), (1, 2, 'NaN', '2024-01-02'),
	(2, '-Infinity', 1e300, '-infinity'), (2, 'NaN', -1e300, NULL), (2, '-0', 0, '0044-03-15 BC');
SELECT segment, attribute, kind, value, count, mean, q1, median, q3, median_all FROM tcs.persona('endless', 'segment');

-- Nobody, one, no attribute, too many values.
CREATE TABLE nobody (LIKE customer);
SELECT count(*) FROM tcs.persona('nobody', 'segment');
INSERT INTO nobody (segment, country, revenue) VALUES ('one', 'DE', 2.5);
SELECT segment, customers, attribute, telling, kind, value, count, share, share_all, lift, lift_low, lift_high, mean, q1, median, q3 FROM tcs.persona('nobody', 'segment', '{country,revenue,city}');
SELECT count(*) FROM tcs.persona('customer', 'segment', '{}');
CREATE TABLE names AS SELECT n % 2 AS segment, 'name ' || n AS most, 'name ' || least(n, 10000) AS just,
	CASE WHEN n < 10001 THEN repeat('x', 2000) || n END AS long FROM generate_series(0, 10001) AS n;
DELETE FROM names WHERE most = 'name 0';
SELECT segment, attribute, round(telling::numeric, 6) AS telling, kind, left(value, 20) AS value, count FROM tcs.persona('names', 'segment', top => 1);

-- A view, a partitioned table, a temporary one, a hostile name; what cannot be.
CREATE VIEW seen AS SELECT segment, country, upper(city) AS city FROM customer WHERE country <> 'IT';
CREATE TABLE "Odd "" table; --" (LIKE customer) PARTITION BY LIST (segment);
CREATE TABLE part PARTITION OF "Odd "" table; --" DEFAULT;
INSERT INTO "Odd "" table; --" SELECT * FROM customer;
CREATE TEMP TABLE passing AS SELECT segment, country FROM customer;
SELECT count(*) = (SELECT count(*) FROM (SELECT DISTINCT segment, country FROM customer WHERE country <> 'IT') AS s) AS view FROM tcs.persona('seen', 'segment', '{country}') WHERE kind = 'value';
SELECT count(*) FROM (SELECT * FROM tcs.persona('"Odd "" table; --"', 'segment', top => 1000) EXCEPT ALL SELECT * FROM answer) AS d;
SELECT count(*) > 0 AS temporary FROM tcs.persona('passing', 'segment');
SELECT DISTINCT segment FROM tcs.persona('customer', 'Odd " name; --', '{country}') ORDER BY 1;
SELECT DISTINCT segment FROM tcs.persona('customer', 'newsletter', '{country}') ORDER BY 1;
SELECT DISTINCT segment FROM tcs.persona('customer', 'mood', '{country}') ORDER BY 1;
CREATE INDEX customer_id ON customer (id);
SELECT * FROM tcs.persona('customer_id', 'id');
SELECT * FROM tcs.persona(0, 'id');
SELECT * FROM tcs.persona(NULL, 'segment');
SELECT * FROM tcs.persona('customer', NULL);
SELECT * FROM tcs.persona('customer', 'segment', k => NULL);
SELECT * FROM tcs.persona('customer', 'segment', k => -1);
SELECT * FROM tcs.persona('customer', 'segment', top => -1);
SELECT * FROM tcs.persona('customer', 'Segment');
SELECT * FROM tcs.persona('customer', 'gone');
SELECT * FROM tcs.persona('customer', 'ctid');
SELECT * FROM tcs.persona('customer', 'pair');
SELECT * FROM tcs.persona('customer', 'segment', '{country,cuntry}');
SELECT * FROM tcs.persona('customer', 'segment', '{country,NULL}');
SELECT * FROM tcs.persona('customer', 'segment', '{country,segment}');
SELECT * FROM tcs.persona('customer', 'segment', '{country,city,country}');
SELECT * FROM tcs.persona('customer', 'segment', '{{country,city}}');
SELECT * FROM tcs.persona('customer', 'id');
SET tcs.fit_memory = '64kB';
SELECT * FROM tcs.persona('customer', 'segment');
RESET tcs.fit_memory;

-- With the rights of the caller: policies, columns.
CREATE ROLE regress_tcs_persona;
GRANT USAGE ON SCHEMA persona TO regress_tcs_persona;
GRANT SELECT (segment, country) ON customer TO regress_tcs_persona;
ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY some_of_them ON customer TO regress_tcs_persona USING (segment IS NULL OR segment = 'best');
SET ROLE regress_tcs_persona;
SELECT * FROM tcs.persona('persona.customer', 'segment');
SELECT DISTINCT segment, customers FROM tcs.persona('persona.customer', 'segment', '{country}') ORDER BY 1;
RESET ROLE;
DROP SCHEMA persona CASCADE;
DROP ROLE regress_tcs_persona;
