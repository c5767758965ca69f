-- Moves from before the first load.
\set VERBOSITY terse
SET client_min_messages = error;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET jit = off;
CREATE SCHEMA past;
SET search_path = past;

-- what any chain of moves must be
CREATE FUNCTION wrong(into_name text) RETURNS TABLE (what text, n bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($f$
		SELECT * FROM (
		SELECT 'chain', count(*) FROM (
			SELECT *, lag(to_segment) OVER w AS to_before, lag(present) OVER w AS present_before, lag(moved_at) OVER w AS moved_before, row_number() OVER w AS number
			FROM %1$s_moves WINDOW w AS (PARTITION BY key ORDER BY moved_at)) AS m
		WHERE number = 1 AND NOT entered OR number > 1 AND (moved_at <= moved_before OR entered = present_before OR from_segment IS DISTINCT FROM to_before)
			OR present AND NOT entered AND from_segment IS NOT DISTINCT FROM to_segment
		UNION ALL SELECT 'last move', count(*) FROM %1$s AS i
		LEFT JOIN LATERAL (SELECT * FROM %1$s_moves AS m WHERE m.key = i.key ORDER BY moved_at DESC LIMIT 1) AS m ON true
		WHERE (m.present, m.to_segment, m.moved_at, m.from_segment) IS DISTINCT FROM (true, i.segment, i.since, i.previous_segment)
		UNION ALL SELECT 'there', count(*) FROM (SELECT key, segment FROM tcs.segment_at(%1$L, 'infinity') EXCEPT SELECT key::text, segment FROM %1$s) AS d) AS w (what, n)
		WHERE n > 0$f$, into_name);
END $$;

-- From a metrics view, against the query of that day.
CREATE TABLE orders (customer integer, at timestamptz, amount numeric);
INSERT INTO orders SELECT 1 + (i * 7919) % 60, timestamptz '2024-01-01 00:00+00' + (i * 7919) % 500 * interval '1 day' + i % 24 * interval '1 hour', 10 + i % 90
  FROM generate_series(1, 400) AS i WHERE (i * 7919) % 60 % 7 > 0 OR (i * 7919) % 500 < 300;
CREATE TABLE customers (id integer PRIMARY KEY, name text);
INSERT INTO customers SELECT i, 'customer ' || i FROM generate_series(1, 65) AS i;
SELECT tcs.create_metrics('metrics', 'orders', 'customer', 'at', 'amount', 'Asia/Tokyo');
SELECT tcs.rule_set_put('past', '{"default_segment": "one", "rules": [
	{"priority": 10, "segment": "away", "condition": "days_since_last > 90"},
	{"priority": 20, "segment": "big", "condition": "revenue > 300"},
	{"priority": 30, "segment": "twice", "condition": "purchases > 1"}]}');
CREATE VIEW named AS SELECT m.*, c.name FROM metrics AS m JOIN customers AS c ON c.id = m.customer WHERE m.first_day <= CURRENT_DATE;
CREATE VIEW over AS SELECT * FROM named;
SET TimeZone = 'Asia/Tokyo';
SELECT tcs.create_segmentation('seg', 'metrics', 'customer', 'past'), tcs.create_segmentation('deep', 'over', 'customer', 'past', 'sync');
SET TimeZone = 'America/New_York';
SELECT tcs.segment_moves_cursor() AS cursor \gset
SELECT tcs.backfill_segmentation('seg', '2024-01-15') > 100 AS filled_in;
SELECT tcs.backfill_segmentation('deep', '2024-02-01', 'quarter') > 50 AS filled_in;
SELECT * FROM wrong('seg') UNION ALL SELECT * FROM wrong('deep');
SELECT cause, count(*) > 30 FROM seg_moves GROUP BY 1 ORDER BY 1;
-- at each moment everybody is where that day's query says
CREATE FUNCTION differing(into_name text, since date, every interval) RETURNS TABLE (moments bigint, customers bigint, wrong bigint) LANGUAGE plpgsql AS $$
DECLARE
	moment timestamptz;
	n bigint;
	w bigint;
BEGIN
	moments := 0;
	customers := 0;
	wrong := 0;
	FOR i IN 0 .. 1000 LOOP
		moment := (since + i * every)::timestamp AT TIME ZONE 'Asia/Tokyo';
		EXIT WHEN moment >= '2025-07-01';
		EXECUTE format('WITH that_day AS (SELECT customer::text AS key, tcs.segment_assign(''past'', s) AS segment FROM (%s) AS s), was AS (SELECT * FROM tcs.segment_at(%L, %L))
			SELECT (SELECT count(*) FROM that_day), (SELECT count(*) FROM (TABLE that_day EXCEPT TABLE was) AS d) + (SELECT count(*) FROM (TABLE was EXCEPT TABLE that_day) AS d)',
			tcs.metrics_sql('past.metrics', 'past.orders', 'customer', 'at', 'amount', 'Asia/Tokyo', as_of => (since + i * every)::date - 1), into_name, moment)
			INTO n, w;
		moments := moments + 1;
		customers := customers + n;
		wrong := wrong + w;
	END LOOP;
	RETURN NEXT;
END $$;
SELECT moments, customers > 300 AS many, wrong FROM differing('seg', '2024-01-15', '1 month');
SELECT moments, customers > 100 AS many, wrong FROM differing('deep', '2024-02-01', '3 months');
-- the first load: what stayed did not move
SELECT count(*) FILTER (WHERE entered) AS entered, count(*) FILTER (WHERE from_segment = to_segment) AS stayed FROM seg_moves WHERE cause = 'initial';
SELECT count(*) > 0 AS more, bool_and(cause = 'backfill') AS old_ones FROM tcs.segment_moves_since('seg', :'cursor') WHERE moved_at < '2025-01-01';
-- and life goes on
INSERT INTO orders VALUES (1, now(), 1000), (64, now(), 1);
SELECT entered, moved > 0 AS moved FROM tcs.refresh_segmentation('seg');
SELECT * FROM wrong('seg');
-- once
\set VERBOSITY default
SELECT tcs.backfill_segmentation('seg', '2024-01-15');
\set VERBOSITY terse

-- From a table of stays.
CREATE TABLE plain (id text PRIMARY KEY, v integer);
INSERT INTO plain VALUES ('same', 1), ('other', 1), ('new', 1), ('left before', 1), ('none', NULL), ('later', 1);
SELECT tcs.rule_set_put('past plain', '{"rules": [{"priority": 1, "segment": "A", "condition": "v = 1"}, {"priority": 2, "segment": "B", "condition": "v = 2"}]}');
SELECT tcs.create_segmentation('stays', 'plain', 'id', 'past plain');
CREATE TABLE history (key varchar(20), segment text, valid_from date, valid_to date);
INSERT INTO history VALUES
	('same', 'B', '2024-01-01', '2024-02-01'), ('same', 'A', '2024-02-01', '2024-03-01'), ('same', 'A', '2024-03-01', NULL),
	('other', 'A', '2024-01-01', '2024-01-05'), ('other', 'B', '2024-02-01', '9999-01-01'),
	('left before', 'A', '2024-01-01', '2024-02-01'),
	('gone', 'B', '2024-01-01', NULL), ('gone before', 'B', '2024-01-01', '2024-01-02'),
	('none', 'B', '2024-01-01', '2024-02-01'), ('none', NULL, '2024-02-01', NULL),
	('later', 'A', '2999-01-01', NULL), (NULL, 'A', '2024-01-01', NULL);
UPDATE plain SET v = 2 WHERE id = 'same';
SELECT tcs.refresh_segmentation('stays', ARRAY['same']);
SELECT tcs.backfill_segmentation('stays', history => 'history');
SELECT * FROM wrong('stays');
SELECT key, from_segment, to_segment, entered, present, cause, CASE WHEN moved_at < '2025-01-01' THEN moved_at::date END AS moved_on FROM stays_moves ORDER BY key, moved_at;
SELECT key, segment, previous_segment, since < '2025-01-01' AS long FROM stays ORDER BY key;
SELECT period_start, segment, customers FROM tcs.segment_sizes('stays', 'year') WHERE period_start = '2024-01-01' ORDER BY 2;
SELECT tcs.backfill_segmentation('stays', history => 'history');
-- its own history, of one that had a past
SELECT tcs.create_segmentation('again', 'plain', 'id', 'past plain');
SELECT tcs.backfill_segmentation('again', history => 'stays_history') > 0;
SELECT * FROM wrong('again');
SELECT count(*) FROM (SELECT key, segment, valid_from FROM stays_history EXCEPT SELECT key, segment, valid_from FROM again_history) AS d;

-- refused
SELECT tcs.create_segmentation('x', 'plain', 'id', 'past plain');
CREATE FUNCTION try(rows text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE 'CREATE OR REPLACE VIEW past.stay AS SELECT key, segment, valid_from::timestamptz, valid_to::timestamptz FROM (VALUES ' || rows || ') AS v (key, segment, valid_from, valid_to)';
	PERFORM tcs.backfill_segmentation('past.x', history => 'past.stay');
	RETURN 'taken';
EXCEPTION WHEN data_exception THEN
	GET STACKED DIAGNOSTICS detail = pg_exception_detail;
	RETURN sqlerrm || ' ' || detail;
END $$;
SELECT try($$('a', 'A', '2024-01-02', '2024-01-01')$$);
SELECT try($$('a', 'A', '2024-01-02', '2024-01-02')$$);
SELECT try($$('a', 'A', NULL, '2024-01-02')$$);
SELECT try($$('a', 'A', '-infinity', NULL)$$);
SELECT try($$('a', 'A', '2024-01-02', NULL), ('a', 'B', '2024-02-02', NULL)$$);
SELECT try($$('a', 'A', '2024-01-02', '2024-03-01'), ('a', 'B', '2024-02-02', NULL)$$);
SELECT try($$('a', 'A', '2024-01-02', NULL), ('a', 'A', '2024-01-02', NULL)$$);
SELECT count(*) FROM x_moves WHERE cause = 'backfill';
SELECT tcs.backfill_segmentation('x');
SELECT tcs.backfill_segmentation('x', '2024-01-01', history => 'history');
\set VERBOSITY default
SELECT tcs.backfill_segmentation('x', '2024-01-01');
\set VERBOSITY terse
SELECT tcs.backfill_segmentation('x', history => 'plain');
CREATE VIEW numbered AS SELECT 1.5 AS key, 'A' AS segment, now() AS valid_from, now() AS valid_to;
SELECT tcs.backfill_segmentation('x', history => 'numbered');
SELECT tcs.create_segmentation('y', 'metrics', 'customer', 'past');
SELECT tcs.backfill_segmentation('y', '2999-01-01'), 1;
SELECT tcs.backfill_segmentation('y', 'infinity');
SELECT tcs.backfill_segmentation('y', '2024-01-01', 'fortnight');
SELECT tcs.backfill_segmentation('y', '2024-01-01', NULL);
SELECT tcs.backfill_segmentation(NULL, '2024-01-01');
SELECT tcs.backfill_segmentation('plain', '2024-01-01');
BEGIN READ ONLY;
SELECT tcs.backfill_segmentation('y', '2024-01-01');
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tcs.backfill_segmentation('y', '2024-01-01');
ROLLBACK;
CREATE ROLE tcs_other;
GRANT USAGE ON SCHEMA past TO tcs_other;
GRANT UPDATE ON y, x TO tcs_other;
SET ROLE tcs_other;
SELECT tcs.backfill_segmentation('y', '2024-01-01');
RESET ROLE;
DROP OWNED BY tcs_other;
DROP ROLE tcs_other;
SELECT tcs.drop_segmentation('seg'), tcs.drop_segmentation('deep'), tcs.drop_segmentation('x'), tcs.drop_segmentation('y'), tcs.drop_segmentation('stays'), tcs.drop_segmentation('again');
DROP SCHEMA past CASCADE;
DELETE FROM tcs.rule_set WHERE name LIKE 'past%';
