-- What a segmentation tells about the past, against a replay of the events.
SET client_min_messages = warning;
SET jit = off;
\set SHOW_CONTEXT never
CREATE SCHEMA segment_history;
SET search_path = segment_history;

-- A segmentation of nobody, whose moves are then written by hand.
CREATE TABLE customer (id bigint PRIMARY KEY, revenue float8, orders integer, price numeric(10,2), name text);
INSERT INTO tcs.rule_set (name) VALUES ('segment_history');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('segment_history', 1, 'A', 'revenue > 0');
SET timezone = 'Europe/Berlin';
SELECT tcs.create_segmentation('segment_history.seg', 'customer', 'id', 'segment_history') IS NOT NULL AS made;
ALTER TABLE seg_moves DISABLE TRIGGER tcs_guard;
RESET timezone;

-- A number between 0 and 1, the n-th of a stream.
CREATE FUNCTION uniform(stream bigint, n bigint) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ((pg_catalog.hashint8extended(n, stream) & 4503599627370495) + 0.5::float8)
	/ 4503599627370496::float8;

-- Where each of 400 customers went and when: to a segment, to none, or away.
-- Some of the moments are the turns of months in Berlin.
CREATE TABLE event AS
SELECT key, at,
	CASE WHEN place <= 1 THEN 'away' WHEN place = 2 THEN 'none' ELSE 'in' END AS place,
	CASE WHEN place > 2 THEN (ARRAY['A', 'B', 'C "quoted" & <b>', 'c''d'])[place - 2] END AS segment
FROM (SELECT key,
		CASE WHEN uniform(3, key * 100 + n) < 0.05
			THEN make_timestamptz(2025, 1 + floor(9 * uniform(4, key * 100 + n))::int, 1, 0, 0, 0, 'Europe/Berlin') + key * interval '1 microsecond'
			ELSE timestamptz '2025-01-10 00:00+01' + uniform(1, key * 100 + n) * interval '300 days' END AS at,
		floor(7 * uniform(2, key * 100 + n))::int AS place
	FROM generate_series(1, 400::bigint) AS key,
		generate_series(1, floor(12 * uniform(5, key::bigint))::int) AS n) AS e;

-- The moves are the events that change something.
INSERT INTO seg_moves (key, from_segment, to_segment, moved_at, cause, entered, present)
SELECT key, from_segment, segment, at,
	CASE WHEN place = 'away' THEN 'removed' ELSE 'data' END, before = 'away', place <> 'away'
FROM (SELECT *, lag(place, 1, 'away') OVER w AS before, lag(segment) OVER w AS from_segment
	FROM event WINDOW w AS (PARTITION BY key ORDER BY at)) AS e
WHERE (before, from_segment) IS DISTINCT FROM (place, segment)
ORDER BY at;
INSERT INTO customer SELECT key, key / 8.0, key % 10, key + 0.25, 'x' FROM generate_series(1, 400) AS key WHERE key % 7 <> 0;
INSERT INTO customer VALUES (3, NULL, NULL, NULL, NULL) ON CONFLICT (id) DO UPDATE SET revenue = NULL;

SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE entered) > 300 AS came,
	count(*) FILTER (WHERE NOT present) > 100 AS went,
	count(*) FILTER (WHERE present AND to_segment IS NULL) > 100 AS without_segment
FROM seg_moves;

CREATE TABLE change AS
SELECT * FROM (SELECT *, lag(place, 1, 'away') OVER w AS before, lag(segment) OVER w AS segment_before
	FROM event WINDOW w AS (PARTITION BY key ORDER BY at)) AS e
WHERE (before, segment_before) IS DISTINCT FROM (place, segment);

-- Where everybody was, by the events alone.
CREATE FUNCTION place_at(timestamptz) RETURNS TABLE (key bigint, segment text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT key, segment
	FROM (SELECT DISTINCT ON (key) * FROM event WHERE at <= $1 ORDER BY key, at DESC) AS e
	WHERE place <> 'away';
END;
CREATE TABLE moment AS
SELECT at FROM (SELECT timestamptz '2025-01-01 00:00+01' + n * interval '17 days 5 hours' FROM generate_series(0, 20) AS n
	UNION ALL SELECT (SELECT at FROM event ORDER BY at OFFSET 500 LIMIT 1)
	UNION ALL SELECT 'infinity' UNION ALL SELECT '-infinity') AS m (at);

-- segment_at: everybody, and one by one.
SELECT count(*) AS moments, sum(wrong) AS wrong, sum(right_ones) > 3000 AS enough
FROM moment, LATERAL (
	SELECT count(*) FILTER (WHERE p IS NULL OR s IS NULL OR s.segment IS DISTINCT FROM p.segment) AS wrong,
		count(*) AS right_ones
	FROM place_at(at) AS p
	FULL JOIN tcs.segment_at('seg', at) AS s ON s.key = p.key::text) AS c;
SELECT count(*) FILTER (WHERE tcs.segment_at('seg', at, c.key) IS DISTINCT FROM p.segment) AS wrong,
	count(*) FILTER (WHERE tcs.segment_at('seg', at, c.key::int) IS DISTINCT FROM p.segment) AS wrong_by_int,
	count(*) FILTER (WHERE tcs.segment_at('seg', at, c.key::text) IS DISTINCT FROM p.segment) AS wrong_by_text
FROM moment CROSS JOIN generate_series(0, 401, 13) AS c (key)
LEFT JOIN LATERAL place_at(at) AS p ON p.key = c.key;
SELECT tcs.segment_at('seg', 'infinity', '17') IS NOT DISTINCT FROM (SELECT segment FROM place_at('infinity') WHERE key = 17) AS untyped,
	tcs.segment_at('seg', NULL, '17') IS NULL AS null_time, tcs.segment_at('seg', now(), NULL::bigint) IS NULL AS null_key;

-- seg_history: the stay that covers a moment is where the customer was.
SELECT sum(wrong) AS wrong
FROM moment, LATERAL (
	SELECT count(*) FILTER (WHERE p IS NULL OR h IS NULL OR h.segment IS DISTINCT FROM p.segment) AS wrong
	FROM place_at(at) AS p
	FULL JOIN (SELECT * FROM seg_history WHERE valid_from <= at AND (valid_to > at OR valid_to IS NULL)) AS h
		ON h.key = p.key) AS c;
SELECT count(*) AS stays_that_end_before_they_begin FROM seg_history WHERE valid_to <= valid_from;
SELECT (SELECT count(*) FROM seg_history) = (SELECT count(*) FROM seg_moves WHERE present) AS a_stay_a_move,
	count(*) AS wrong
FROM seg_history AS h
LEFT JOIN seg_moves AS b ON b.key = h.key AND b.moved_at = h.valid_from
LEFT JOIN seg_moves AS e ON e.key = h.key AND e.moved_at = h.valid_to
WHERE h.cause IS DISTINCT FROM b.cause OR h.ended_by IS DISTINCT FROM e.cause;

-- segment_migration: every pair counted one by one.
CREATE FUNCTION pairs(timestamptz, timestamptz)
RETURNS TABLE (from_segment text, to_segment text, change text, customers bigint, revenue float8, orders float8, price float8)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT f.segment, t.segment,
		CASE WHEN f.key IS NULL THEN 'entered' WHEN t.key IS NULL THEN 'left'
			WHEN f.segment IS NOT DISTINCT FROM t.segment THEN 'stayed' ELSE 'moved' END AS change,
		count(*), sum(revenue), sum(orders), sum(price)
	FROM place_at($1) AS f
	FULL JOIN place_at($2) AS t ON t.key = f.key
	LEFT JOIN customer ON id = coalesce(f.key, t.key)
	GROUP BY 1, 2, 3;
END;
CREATE TABLE span AS
SELECT a.at AS f, b.at AS t
FROM (SELECT at, row_number() OVER (ORDER BY at) AS n FROM moment) AS a,
	(SELECT at, row_number() OVER (ORDER BY at) AS n FROM moment) AS b
WHERE a.at <= b.at AND (uniform(9, a.n * 100 + b.n) < 0.06 OR a.n = 1 OR b.n = 24);
CREATE FUNCTION same(float8, float8) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN $1 IS NOT DISTINCT FROM $2 OR abs($1 - $2) <= 1e-12 * greatest(abs($1), abs($2), 1e-3);
CREATE TABLE pair AS
SELECT f, t, p.*, (p.from_segment, p.to_segment, p.change)::text AS which,
	customers / sum(customers) OVER (PARTITION BY f, t, from_segment, p.change = 'entered')::float8 AS share
FROM span, pairs(f, t) AS p;
SELECT count(DISTINCT (f, t)) > 50 AS enough, count(*) > 1000 AS pairs,
	count(*) FILTER (WHERE NOT coalesce(p.customers = m.customers AND m.total_value IS NULL AND same(m.share, p.share), false)) AS wrong
FROM pair AS p
FULL JOIN (SELECT f, t, m.*, (from_segment, to_segment, change)::text AS which
	FROM span, tcs.segment_migration('seg', f, t) AS m) AS m USING (f, t, which);
SELECT value, count(*) > 1000 AS pairs,
	count(*) FILTER (WHERE NOT coalesce(p.customers = m.customers AND same(p.share, m.share)
		AND same(m.total_value, CASE value WHEN 'revenue' THEN revenue WHEN 'orders' THEN orders ELSE price END), false)) AS wrong
FROM unnest('{revenue,orders,price}'::name[]) AS value
CROSS JOIN pair AS p
FULL JOIN (SELECT value, f, t, m.*, (from_segment, to_segment, change)::text AS which
	FROM unnest('{revenue,orders,price}'::name[]) AS value, span, tcs.segment_migration('seg', f, t, value) AS m) AS m USING (value, f, t, which)
GROUP BY value ORDER BY value;

-- seg_monthly: the same between the turns of months, in the zone of the segmentation.
CREATE TABLE month AS
SELECT month::date, month AT TIME ZONE 'Europe/Berlin' - interval '1 microsecond' AS begins,
	(month + interval '1 month') AT TIME ZONE 'Europe/Berlin' - interval '1 microsecond' AS ends
FROM generate_series((SELECT date_trunc('month', min(at) AT TIME ZONE 'Europe/Berlin') FROM event),
	date_trunc('month', now() AT TIME ZONE 'Europe/Berlin'), interval '1 month') AS month;
SELECT count(*) > 100 AS enough, count(DISTINCT month) = (SELECT count(*) FROM month) AS all_months,
	count(*) FILTER (WHERE p.customers IS DISTINCT FROM m.customers) AS wrong
FROM (SELECT month, p.* FROM month, pairs(begins, ends) AS p) AS p
FULL JOIN seg_monthly AS m USING (month)
WHERE (m.from_segment, m.to_segment, m.change)::text = (p.from_segment, p.to_segment, p.change)::text;
SELECT (SELECT count(*) FROM seg_monthly) = (SELECT count(*) FROM month, pairs(begins, ends)) AS none_else;

-- segment_sizes: counted at the end of every period; who came and who went, event by event.
CREATE FUNCTION first_day(period text, day timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE
RETURN CASE period WHEN 'week_sunday' THEN date_trunc('week', day + interval '1 day') - interval '1 day' WHEN 'week_thursday' THEN date_trunc('week', day + interval '4 days') - interval '4 days' ELSE date_trunc(period, day) END;
CREATE FUNCTION step(text) RETURNS interval LANGUAGE sql IMMUTABLE
RETURN CASE $1 WHEN 'quarter' THEN interval '3 months' WHEN 'week_sunday' THEN interval '1 week' WHEN 'week_thursday' THEN interval '1 week' ELSE ('1 ' || $1)::interval END;
SELECT period, count(*) > 8 AS enough, count(*) FILTER (WHERE NOT coalesce(s.customers = o.customers AND s.entered = o.entered AND s.exited = o.exited, false)) AS wrong
FROM unnest('{day,week,week_sunday,week_thursday,month,quarter,year}'::text[]) AS period, LATERAL (
	SELECT * FROM tcs.segment_sizes('seg', period) WHERE period_start < '2026-02-01') AS s
FULL JOIN LATERAL (
	SELECT start::date AS period_start, segment, sum(customers) AS customers, sum(entered) AS entered, sum(exited) AS exited
	FROM (SELECT first_day(period, at AT TIME ZONE 'Europe/Berlin') AS first, first_day(period, timestamp '2026-01-31') AS last
		FROM event ORDER BY at LIMIT 1) AS f,
		generate_series(f.first, f.last, step(period)) AS start,
		LATERAL (SELECT start AT TIME ZONE 'Europe/Berlin' AS begins, (start + step(period)) AT TIME ZONE 'Europe/Berlin' AS ends OFFSET 0) AS turn,
		LATERAL (
			SELECT segment, 1 AS customers, 0 AS entered, 0 AS exited FROM place_at(ends - interval '1 microsecond')
			UNION ALL
			SELECT segment, 0, 1, 0 FROM change WHERE place <> 'away' AND at >= begins AND at < ends
			UNION ALL
			SELECT segment_before, 0, 0, 1 FROM change WHERE before <> 'away' AND at >= begins AND at < ends
			) AS p
	GROUP BY start, segment) AS o ON (o.period_start, o.segment)::text = (s.period_start, s.segment)::text
WHERE s.customers > 0 OR s.entered > 0 OR s.exited > 0 OR o IS NOT NULL
GROUP BY period ORDER BY period;

-- segment_drift and psi.
SELECT count(*) > 200 AS enough, count(*) FILTER (WHERE NOT ok) AS wrong
FROM span, LATERAL (
	SELECT coalesce(d.from_customers = coalesce(f.n, 0) AND d.to_customers = coalesce(t.n, 0)
		AND same(d.from_share, f.share) AND same(d.to_share, t.share), false) AS ok
	FROM (SELECT segment, count(*) AS n, count(*) / sum(count(*)) OVER ()::float8 AS share FROM place_at(f) GROUP BY segment) AS f
	FULL JOIN (SELECT segment, count(*) AS n, count(*) / sum(count(*)) OVER ()::float8 AS share FROM place_at(t) GROUP BY segment) AS t
		ON (t.segment, 1)::text = (f.segment, 1)::text
	FULL JOIN tcs.segment_drift('seg', f, t) AS d ON (d.segment, 1)::text = (coalesce(f.segment, t.segment), 1)::text) AS c;
SELECT count(*) AS wrong
FROM span, LATERAL (SELECT sum(psi) AS psi, array_agg(from_share) AS e, array_agg(to_customers) AS a
	FROM tcs.segment_drift('seg', f, t)) AS d
WHERE CASE WHEN psi IS NOT NULL THEN NOT same(d.psi, tcs.psi(d.e, d.a)) END;
-- (0.2 - 0.1) ln 2 + (0.5 - 0.6) ln (5 / 6), and an empty class counts 0.0001
SELECT round(tcs.psi('{0.1,0.3,0.6}', '{0.2,0.3,0.5}')::numeric, 6) AS moved,
	round((0.1 * ln(2.0) - 0.1 * ln(5 / 6.0)), 6) AS by_hand,
	tcs.psi('{10,30,60}', '{1,3,6}') AS "the same",
	round(tcs.psi('{1,1}', '{1,0}')::numeric, 6) AS emptied,
	round((0.5 * ln(2.0) + (0.0001 - 0.5) * ln(0.0001 / 0.5)), 6) AS by_hand,
	tcs.psi('{0,1}', '{0,1}') AS "always empty",
	tcs.psi('{0,0}', '{1,1}') AS nobody, tcs.psi('{}', '{}') AS "no classes", tcs.psi(NULL, '{1}') AS nothing;
SELECT tcs.psi('{1,2}', '{1}');
SELECT tcs.psi('{1,NULL}', '{1,1}');
SELECT tcs.psi('{1,-1}', '{1,1}');
SELECT tcs.psi('{1,1}', '{1,NaN}');
SELECT tcs.psi('{1,1}', '{1,Infinity}');
SELECT tcs.psi('{{1,1}}', '{1,1}');
SELECT tcs.psi('{1,1}', '{1e308,1e308}');

-- k: no number from 1 to k - 1 is shown, none is alone in missing, all others are as without k.
SELECT k, count(DISTINCT (f, t)) AS spans, bool_and(s.customers >= k) AS none_below, max(hidden) > 0 AS some_hidden, min(hidden) FILTER (WHERE hidden > 0 AND cells > 1) > 1 AS none_alone,
	count(*) FILTER (WHERE (s.customers, s.share, s.total_value) IS DISTINCT FROM (a.customers, a.share, a.total_value)
		AND (s.customers, s.share, s.total_value) IS DISTINCT FROM (NULL::bigint, NULL::float8, NULL::float8)) AS wrong
FROM generate_series(1, 30, 7) AS k, span
CROSS JOIN LATERAL (
	SELECT *, (from_segment, to_segment, change)::text AS which,
		count(*) FILTER (WHERE customers IS NULL) OVER there AS hidden, count(*) OVER there AS cells
	FROM tcs.segment_migration('seg', f, t, 'orders', k)
	WINDOW there AS (PARTITION BY from_segment, change = 'entered')) AS s
JOIN LATERAL (SELECT *, (from_segment, to_segment, change)::text AS which
	FROM tcs.segment_migration('seg', f, t, 'orders')) AS a ON a.which = s.which
WHERE CASE WHEN isfinite(f) AND isfinite(t) THEN t - f > '60 days' END
GROUP BY k ORDER BY k;
SELECT k, bool_and(coalesce(s.customers, 0) = 0 OR s.customers >= k) AS none_below,
	bool_and(coalesce(s.entered, 0) = 0 OR s.entered >= k) AND bool_and(coalesce(s.exited, 0) = 0 OR s.exited >= k) AS no_flow_below,
	count(*) FILTER (WHERE s.customers <> a.customers OR s.entered <> a.entered OR s.exited <> a.exited) AS wrong,
	count(*) FILTER (WHERE (s.entered IS NULL) <> (s.exited IS NULL)) AS half,
	count(*) FILTER (WHERE s.customers IS NULL) > 0 AS some_hidden
FROM unnest('{1,20,60}'::int[]) AS k
CROSS JOIN LATERAL tcs.segment_sizes('seg', 'week', k) AS s
JOIN tcs.segment_sizes('seg', 'week') AS a ON (a.period_start, a.segment)::text = (s.period_start, s.segment)::text
GROUP BY k ORDER BY k;
SELECT k, bool_and(from_customers >= k AND to_customers >= k) AS none_below,
	count(*) FILTER (WHERE from_customers IS NULL) <> 1 AS none_alone,
	bool_and((from_customers IS NULL) = (to_share IS NULL) AND (psi IS NULL) = (to_share IS NULL)) AS whole_rows
FROM unnest('{1,40,60,1000}'::int[]) AS k, tcs.segment_drift('seg', '2025-06-01', '2025-10-01', k)
GROUP BY k ORDER BY k;

-- What makes no sense is refused.
CREATE FUNCTION refused(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE query;
	RETURN 'not refused';
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n    ', SQLSTATE || ' ' || SQLERRM, nullif(hint, ''));
END $$;
\pset format unaligned
\pset tuples_only on
SELECT refused('SELECT tcs.' || call) FROM (VALUES
	($$segment_at(NULL::regclass, now())$$),
	($$segment_at('seg', NULL)$$),
	($$segment_at('customer', now())$$),
	($$segment_at('seg', now(), 'nobody')$$),
	($$segment_at(1::regclass, now())$$),
	($$segment_migration('seg', now(), NULL)$$),
	($$segment_migration('seg', NULL, now())$$),
	($$segment_migration('seg', '2025-02-01', '2025-01-01')$$),
	($$segment_migration('seg', '2025-01-01', '2025-02-01', k => -1)$$),
	($$segment_migration('seg', '2025-01-01', '2025-02-01', k => NULL)$$),
	($$segment_migration('seg', '2025-01-01', '2025-02-01', 'profit')$$),
	($$segment_migration('seg', '2025-01-01', '2025-02-01', 'name')$$),
	($$segment_migration('seg_moves', '2025-01-01', '2025-02-01')$$),
	($$segment_sizes('seg', 'fortnight')$$),
	($$segment_sizes('seg', NULL)$$),
	($$segment_sizes('seg', k => -1)$$),
	($$segment_drift('seg', '2025-02-01', '2025-01-01')$$),
	($$segment_moves_since('seg', 'yesterday')$$),
	($$segment_moves_since('seg', '1/3:4:')$$)) AS c (call);
ALTER TABLE seg_state RENAME TO seg_elsewhere;
SELECT refused($$SELECT tcs.segment_at('seg', now())$$);
ALTER TABLE seg_elsewhere RENAME TO seg_state;
-- a cursor ahead of this server's transactions
SELECT split_part(refused(format('SELECT tcs.segment_moves_since(''seg'', %L)', split_part(tcs.segment_moves_cursor(), '/', 1) || '/9000000000000:9000000000000:')), ' ', 1);
\pset tuples_only off
\pset format aligned

-- The moves for a CRM. (Late commits: test/t/052_moves_since.pl.)
SELECT count(*) = (SELECT count(*) FROM seg_moves) AS all_of_them, count(DISTINCT cursor) AS cursors,
	count(*) FILTER (WHERE m.key <> s.key::text OR m.from_segment IS DISTINCT FROM s.from_segment
		OR m.to_segment IS DISTINCT FROM s.to_segment OR m.moved_at <> s.moved_at OR m.cause <> s.cause
		OR m.change <> CASE WHEN s.entered THEN 'entered' WHEN s.present THEN 'moved' ELSE 'left' END) AS wrong
FROM tcs.segment_moves_since('seg') AS m JOIN seg_moves AS s USING (id);
SELECT max(cursor) AS cursor FROM tcs.segment_moves_since('seg') \gset
SELECT count(*) AS new FROM tcs.segment_moves_since('seg', :'cursor');
INSERT INTO seg_moves (key, to_segment, moved_at, cause, entered, present) VALUES (9001, 'A', '2025-12-01', 'data', true, true);
SELECT key, from_segment, to_segment, change, cause FROM tcs.segment_moves_since('seg', :'cursor');
-- What a transaction did itself comes after its commit, once.
BEGIN;
INSERT INTO seg_moves (key, from_segment, moved_at, cause, entered, present) VALUES (9001, 'A', '2025-12-02', 'removed', false, false);
SELECT key, max(cursor) OVER () AS cursor FROM tcs.segment_moves_since('seg', :'cursor') \gset
INSERT INTO seg_moves (key, to_segment, moved_at, cause, entered, present) VALUES (9001, 'B', '2025-12-03', 'data', true, true);
SELECT count(*) AS own FROM tcs.segment_moves_since('seg', :'cursor');
COMMIT;
SELECT key, from_segment, to_segment, change FROM tcs.segment_moves_since('seg', :'cursor');

-- A segmentation of nobody.
CREATE TABLE nobody (id text PRIMARY KEY, revenue float8);
SELECT tcs.create_segmentation('segment_history.empty', 'nobody', 'id', 'segment_history') IS NOT NULL AS made;
SELECT (SELECT count(*) FROM tcs.segment_at('empty', now())) AS at, (SELECT count(*) FROM empty_history) AS history,
	(SELECT count(*) FROM empty_monthly) AS monthly, (SELECT count(*) FROM tcs.segment_sizes('empty')) AS sizes,
	(SELECT count(*) FROM tcs.segment_migration('empty', '-infinity', 'infinity')) AS migration,
	(SELECT count(*) FROM tcs.segment_migration('empty', '-infinity', 'infinity', 'revenue')) AS migration_of_value,
	(SELECT count(*) FROM tcs.segment_drift('empty', '-infinity', 'infinity')) AS drift,
	(SELECT count(*) FROM tcs.segment_moves_since('empty')) AS moves, tcs.segment_at('empty', now(), 'x') AS segment;

-- Keys of other types, and names that need quotes.
CREATE DOMAIN code AS varchar(5);
CREATE TYPE letter AS ENUM ('a', 'b');
CREATE TABLE "Who ""X""" (a uuid, b code, c letter, d timestamptz, e numeric, revenue float8);
CREATE FUNCTION try(type text, col name, VALUE text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
	PERFORM tcs.create_segmentation('segment_history."Who? ' || col || '"', '"Who ""X"""', col, 'segment_history');
	EXECUTE format('ALTER TABLE %I DISABLE TRIGGER tcs_guard', 'Who? ' || col || '_moves');
	EXECUTE format('INSERT INTO %I (key, to_segment, moved_at, cause, entered, present)
		VALUES (%L, ''here'', ''2025-01-01'', ''data'', true, true)', 'Who? ' || col || '_moves', VALUE);
	EXECUTE format('SELECT concat_ws('', '', tcs.segment_at(%1$L, ''2025-01-02'', %2$L::%3$s), tcs.segment_at(%1$L, ''2025-01-02'', %2$L),
		(SELECT key || segment FROM tcs.segment_at(%1$L, ''2025-01-02'')), (SELECT segment FROM %4$I WHERE key = %2$L),
		(SELECT customers FROM tcs.segment_migration(%1$L, ''2024-01-01'', ''2025-01-02'', ''revenue'')))',
		quote_ident('Who? ' || col), VALUE, type, 'Who? ' || col || '_history') INTO answer;
	RETURN answer;
END $$;
SELECT try('uuid', 'a', '00000000-0000-0000-0000-00000000002a') AS uuid, try('varchar', 'b', 'xy') AS domain;
SELECT try('letter', 'c', 'b') AS enum, try('timestamptz', 'd', '2025-03-03 03:03:03.03+00') AS time, try('numeric', 'e', '1.50') AS number;

-- Everything with the rights of whoever asks.
CREATE ROLE regress_tcs_reader;
GRANT USAGE ON SCHEMA segment_history TO regress_tcs_reader;
GRANT SELECT ON seg_history, seg_monthly, seg_status, seg_state TO regress_tcs_reader;
SET ROLE regress_tcs_reader;
SELECT tcs.segment_at('seg', now(), 17);
SELECT count(*) FROM seg_history;
SELECT count(*) FROM tcs.segment_moves_since('seg');
RESET ROLE;
GRANT SELECT ON seg_moves TO regress_tcs_reader;
ALTER TABLE seg_moves ENABLE ROW LEVEL SECURITY;
CREATE POLICY some_of_them ON seg_moves USING (key < 100);
SET ROLE regress_tcs_reader;
SELECT max(key) < 100 AS some_of_them FROM seg_history;
SELECT count(*) > 0 AND bool_and(key::int < 100) AS some_of_them FROM tcs.segment_at('seg', now());
SELECT count(*) > 0 AND bool_and(key::int < 100) AS some_of_them FROM tcs.segment_moves_since('seg');
RESET ROLE;
DROP SCHEMA segment_history CASCADE;
DROP ROLE regress_tcs_reader;
DELETE FROM tcs.rule_set WHERE name = 'segment_history';
