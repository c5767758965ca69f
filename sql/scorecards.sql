-- scorecard_score over every kind of factor and row: inlined, at run time, and by hand.
SET client_min_messages = warning;
\pset format unaligned
SET TimeZone = 'UTC';
\set VERBOSITY terse
CREATE SCHEMA regress_scorecards;
SET search_path = regress_scorecards, public;

-- By hand: values in the order of the factors' names, and what the table says of these.
CREATE FUNCTION by_hand(card text, v float8[]) RETURNS float8 LANGUAGE plpgsql STABLE AS $$
DECLARE f record; c float8; points float8 = 0; weights float8 = 0; closed boolean = false; unknown boolean = false; i int = 0; x float8; BEGIN
	FOR f IN SELECT * FROM tcs.factor WHERE scorecard = card AND enabled ORDER BY factor COLLATE "C" LOOP
		i := i + 1;
		x := nullif(v[i], 'NaN');
		IF x IS NULL AND f.missing = 'reweight' THEN CONTINUE; END IF;
		IF x IS NULL AND f.missing = 'null' THEN unknown := true; CONTINUE; END IF;
		IF x IS NULL THEN x := f.lo; END IF;
		IF (CASE WHEN f.hi > f.lo THEN x < f.gate ELSE x > f.gate END) THEN closed := true; END IF;
		c := CASE WHEN x < least(f.lo, f.hi) THEN least(f.lo, f.hi) WHEN x > greatest(f.lo, f.hi) THEN greatest(f.lo, f.hi) ELSE x END;
		points := points + f.weight * ((c - f.lo) / (f.hi - f.lo));
		weights := weights + f.weight;
	END LOOP;
	RETURN CASE WHEN closed THEN 0 WHEN unknown OR weights = 0 THEN NULL ELSE 100 * (points / weights) END;
END $$;
-- the values of all factors of a scorecard, as an array
CREATE FUNCTION the_values(card text) RETURNS text LANGUAGE sql AS $$
SELECT format('ARRAY[%s]::float8[]', string_agg(CASE WHEN expression ~ 'flag|>|IS|NOT' THEN format('(%s)::int::float8', expression) ELSE format('(%s)::float8', expression) END, ', ' ORDER BY factor COLLATE "C")) FROM tcs.factor WHERE scorecard = card AND enabled $$;
CREATE FUNCTION compare(card text, OUT rows bigint, OUT at_run_time bigint, OUT other_than_by_hand bigint, OUT out_of_range bigint, OUT scored bigint,
	OUT explained_otherwise bigint) LANGUAGE plpgsql AS $$ BEGIN
	EXECUTE format('SELECT count(*), count(*) FILTER (WHERE float8send(inlined) IS DISTINCT FROM float8send(run)), count(*) FILTER (WHERE float8send(inlined) IS DISTINCT FROM float8send(hand)), count(*) FILTER (WHERE NOT inlined BETWEEN 0 AND 100 OR inlined::text = ''-0''), count(inlined),
		count(*) FILTER (WHERE CASE WHEN inlined IS NULL THEN explained IS NOT NULL ELSE NOT abs(inlined - explained) < 1e-10 END) FROM (SELECT tcs.scorecard_score(%1$L, t) AS inlined, tcs.scorecard_score((SELECT %1$L OFFSET 0), t) AS run, regress_scorecards.by_hand(%1$L, %2$s) AS hand,
			(SELECT sum(contribution) FROM tcs.scorecard_explain(%1$L, t)) AS explained FROM regress_scorecards.t) AS s', card, the_values(card)) INTO rows, at_run_time, other_than_by_hand, out_of_range, scored, explained_otherwise;
END $$;

CREATE DOMAIN amount AS numeric CHECK (VALUE < 1e6);
CREATE TABLE t (gone text, small smallint, whole integer, big bigint, real real, double float8, exact numeric, price amount, flag boolean, day date);
ALTER TABLE t DROP COLUMN gone;
INSERT INTO t
SELECT (ARRAY[NULL, -3, 0, 1, 4, 10, 32767])[1 + i % 7], (ARRAY[NULL, -2147483648, -5, 0, 3, 10, 11, 2147483647])[1 + i / 2 % 8],
	(ARRAY[NULL, -9223372036854775808, 0, 7, 9007199254740993])[1 + i / 3 % 5], (ARRAY[NULL, 'NaN', '-Infinity', 0, -0.0, 0.1, 5.5, 'Infinity'])[1 + i / 5 % 8],
	(ARRAY[NULL, 'NaN', '-Infinity', -1, -0.0, 0, 0.3, 2.5, 10, 99.9, 'Infinity'])[1 + i / 7 % 11], (ARRAY[NULL, 'NaN', '-Infinity', 0, 2.5, 10.0000000000000000001, 'Infinity'])[1 + i / 11 % 7],
	(ARRAY[NULL, 0, 12.34, 999])[1 + i / 13 % 4], (ARRAY[NULL, true, false])[1 + i / 17 % 3], (ARRAY[NULL, date '2024-01-01', '2024-02-29'])[1 + i / 19 % 3]
FROM generate_series(0, 599) AS i;
ANALYZE t;

-- Every kind of factor: each type, either direction, each way with missing values, gates on either side of lo, beyond hi and infinite.
CREATE TABLE kind AS SELECT e.*, g, h, m, w FROM (VALUES ('small', 0, 10), ('small', 10, 0), ('whole', -5, 10), ('whole', 10, 0.5), ('big', 0, 1e18),
	('big', 7, -7), ('real', 0, 1), ('real', 5.5, 0.1), ('double', 0, 10), ('double', 10, 0), ('double', -1, 2.5), ('double', 0, 1), ('exact', 0, 10),
	('exact', 10, 2.5),
	('price', 0, 100), ('price', 500, 12.34), ('flag', 0, 1), ('flag', 1, 0), ('flag', -1, 3), ('flag', 0, 0.5), ('flag', 2, 3),
		('whole > 3 OR flag', 0, 1), ('day IS NULL', 0, 1), ('double * 2', 0, 20), ('double * 2', 20, 0), ('day - date ''2024-01-01''', 0, 60),
		('coalesce(whole, small)', 10, -10), ('NOT flag', 1, 0)) AS e (expression, lo, hi),
	(VALUES (NULL), (-1::float8), (0.25), (0.75), (1.5), ('Infinity'), ('-Infinity')) AS a (g), (VALUES (true), (false)) AS b (h),
		(VALUES ('reweight'), ('lo'), ('null')) AS c (m), (VALUES (0), (1), (0.3)) AS d (w);
INSERT INTO tcs.scorecard (name) SELECT 'kind ' || k FROM generate_series(1, 40) AS k;
-- one factor alone, and then several of all kinds
INSERT INTO tcs.factor (scorecard, factor, expression, weight, lo, hi, gate, missing)
SELECT 'kind 1', 'only', 'double', 0.3, 0, 10, NULL, 'reweight';
SELECT * FROM compare('kind 1');
CREATE TABLE result AS SELECT 0 AS n, c.* FROM compare('kind 1') AS c;
DO $$
DECLARE k record; n int = 0; BEGIN
	FOR k IN SELECT *, lo + g * (hi - lo) AS gate FROM kind WHERE h ORDER BY expression COLLATE "C", lo, hi, g, m, w LOOP
		n := n + 1;
		CONTINUE WHEN n % 7 <> 0;
		UPDATE tcs.factor SET expression = k.expression, lo = k.lo, hi = k.hi, gate = k.gate, missing = k.m, weight = k.w WHERE scorecard = 'kind 1';
		INSERT INTO result SELECT n, c.* FROM compare('kind 1') AS c;
	END LOOP;
END $$;
SELECT count(*), max(at_run_time) AS at_run_time, max(other_than_by_hand) AS other_than_by_hand, max(out_of_range) AS out_of_range,
	max(explained_otherwise) AS explained_otherwise, count(*) FILTER (WHERE scored = 0) AS without_index,
	count(*) FILTER (WHERE scored < rows) AS some_without FROM result;
TRUNCATE result;
INSERT INTO tcs.factor (scorecard, factor, expression, weight, lo, hi, gate, missing)
SELECT 'kind ' || 2 + (hashtextextended(kind::text, 2) & 1023) % 39, left(md5(kind::text), 6), expression,
	w * (1 + (hashtextextended(kind::text, 3) & 15)), lo, hi, CASE WHEN hashtextextended(kind::text, 4) & 15 = 0 THEN lo + g * (hi - lo) END,
	CASE WHEN hashtextextended(kind::text, 5) & 7 = 0 THEN m WHEN m = 'lo' THEN 'lo' ELSE 'reweight' END
FROM kind WHERE hashtextextended(kind::text, 1) & 15 = 0;
INSERT INTO result SELECT n, c.* FROM generate_series(2, 40) AS n, compare('kind ' || n) AS c;
SELECT count(*), max(at_run_time) AS at_run_time, max(other_than_by_hand) AS other_than_by_hand, max(out_of_range) AS out_of_range,
	max(explained_otherwise) AS explained_otherwise, min(scored) < 600 AS some_without FROM result;
-- whole weights, whose sum is the same in any order
UPDATE tcs.factor SET weight = ceil(weight) WHERE scorecard LIKE 'kind %';
TRUNCATE result;
INSERT INTO result SELECT n, c.* FROM generate_series(2, 40) AS n, compare('kind ' || n) AS c;
SELECT count(*), max(at_run_time) AS at_run_time, max(other_than_by_hand) AS other_than_by_hand, max(out_of_range) AS out_of_range, max(explained_otherwise) AS explained_otherwise FROM result;
-- the text says the same
CREATE FUNCTION as_text(card text) RETURNS bigint LANGUAGE plpgsql AS $$ DECLARE n bigint; BEGIN
	EXECUTE format('SELECT count(*) FROM t WHERE float8send(tcs.scorecard_score(%L, t)) IS DISTINCT FROM float8send(%s)', card, tcs.scorecard_sql(card, 't')) INTO n; RETURN n; END $$;
SET extra_float_digits = -3;
SELECT sum(as_text('kind ' || n)) AS other_as_text FROM generate_series(1, 40) AS n;
RESET extra_float_digits;
-- no index beyond 100, however the weights round
CREATE TABLE full_marks AS SELECT 1 AS x;
INSERT INTO tcs.factor (scorecard, factor, expression, weight) SELECT 'kind 1', 'f' || i, 'x', 0.1 * i FROM generate_series(1, 60) AS i;
DELETE FROM tcs.factor WHERE scorecard = 'kind 1' AND factor = 'only';
SELECT tcs.scorecard_score('kind 1', full_marks) FROM full_marks;
DELETE FROM tcs.scorecard WHERE name LIKE 'kind %';

-- What is computed by hand, written out.
INSERT INTO tcs.scorecard (name) VALUES ('s');
INSERT INTO tcs.factor (scorecard, factor, expression, weight, lo, hi, gate, missing) VALUES
	('s', 'orders', 'orders', 2, 0, 10, NULL, 'reweight'), ('s', 'revenue', 'revenue', 1, 0, 1000, 100, 'lo'), ('s', 'late', 'late', 1, 30, 0, 60, 'null');
CREATE TABLE account (name text PRIMARY KEY, orders integer, revenue numeric, late float8);
INSERT INTO account VALUES ('all', 10, 2000, -3), ('half', 5, 500, 15), ('small', 5, 99.99, 15), ('late', 10, 2000, 61),
	('late but just', 10, 2000, 60), ('no orders', NULL, 500, 0), ('no revenue', 5, NULL, 0), ('not known', 5, 500, NULL),
	('not known and small', 5, 50, 'NaN'), ('nothing', NULL, NULL, NULL);
SELECT name, tcs.scorecard_score('s', account) AS index FROM account ORDER BY index, name;
SELECT name, e.factor, e.value, e.scaled, e.weight, round(e.contribution::numeric, 3) AS points, e.gate, e.gate_open, e.missing FROM account,
	tcs.scorecard_explain('s', account) AS e WHERE name IN ('half', 'small', 'not known', 'no orders') ORDER BY name, e.factor;
UPDATE tcs.factor SET missing = 'reweight' WHERE scorecard = 's';
SELECT name, tcs.scorecard_score('s', account) AS index FROM account WHERE name IN ('nothing', 'not known', 'no revenue') ORDER BY name;
SELECT factor, value, contribution, gate_open, missing FROM account, tcs.scorecard_explain('s', account) WHERE name = 'nothing';
-- without a weight there are only gates; without a factor nothing
UPDATE tcs.factor SET weight = 0 WHERE scorecard = 's';
SELECT tcs.scorecard_score('s', account) AS index, count(*) FROM account GROUP BY 1 ORDER BY 1;
SELECT tcs.scorecard_sql('s', 'account');
UPDATE tcs.factor SET enabled = false WHERE scorecard = 's';
SELECT tcs.scorecard_score('s', account) AS index, count(*) FROM account GROUP BY 1;
SELECT count(*) AS explained FROM account, tcs.scorecard_explain('s', account);
UPDATE tcs.factor SET enabled = true, weight = 1 WHERE scorecard = 's';

-- The planner sees plain arithmetic, which says no more than it has to.
CREATE FUNCTION plan(query text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE line text; plan text = ''; BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP plan := plan || line || E'\n'; END LOOP; RETURN plan; END $$;
CREATE VIEW scored AS SELECT name, tcs.scorecard_score('s', account) AS index FROM account;
SELECT plan('SELECT index FROM scored') ~ 'scorecard_score' AS stays, plan('SELECT tcs.scorecard_score((SELECT ''s'' OFFSET 0), account) FROM account') ~ 'scorecard_score' AS stays_at_run_time;
UPDATE tcs.factor SET missing = CASE factor WHEN 'revenue' THEN 'reweight' ELSE 'lo' END, gate = NULL WHERE scorecard = 's';
SELECT tcs.scorecard_sql('s', 'account');
-- a column that is computed is computed twice at most, in the way that is fastest for others
UPDATE tcs.factor SET missing = 'reweight' WHERE scorecard = 's';
SELECT regexp_count(plan, 'late') AS column, regexp_count(computed, 'late') AS computed
	FROM (SELECT plan('SELECT tcs.scorecard_score(''s'', account) FROM account') AS plan,
	plan('SELECT tcs.scorecard_score(''s'', q) FROM (SELECT orders, revenue, late * 2 AS late FROM account) AS q') AS computed) AS p;

-- Every kind of row.
CREATE TYPE pair AS (late float8, orders integer, revenue numeric);
CREATE TABLE holder AS SELECT name, ROW(late, orders, revenue)::pair AS row FROM account;
INSERT INTO holder VALUES ('null', NULL);
CREATE TABLE p (orders integer, revenue numeric, late float8) PARTITION BY RANGE (orders);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (7);
CREATE TABLE p2 (late float8, gone text, revenue numeric, orders integer);
ALTER TABLE p2 DROP COLUMN gone;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (7) TO (100);
INSERT INTO p SELECT orders, revenue, late FROM account WHERE orders IS NOT NULL;
CREATE FUNCTION way(query text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE result text; BEGIN
	EXECUTE 'SELECT count(*) || '' rows: '' || coalesce(string_agg(q::text, '' '' ORDER BY q::text COLLATE "C"), '''') FROM (' || query || ') AS q' INTO result; RETURN result;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM; END $$;
UPDATE tcs.factor SET missing = CASE factor WHEN 'revenue' THEN 'lo' ELSE 'reweight' END, gate = CASE factor WHEN 'revenue' THEN -5 END WHERE scorecard = 's';
-- S[row] is the function, inlined and at run time, or else written out
CREATE FUNCTION written(query text) RETURNS text LANGUAGE sql AS $$ SELECT regexp_replace(query, '\mS\[([^]]*)\]', 'regress_scorecards.by_hand(''s'', (SELECT ARRAY[(r.j ->> ''late'')::float8, (r.j ->> ''orders'')::float8, (r.j ->> ''revenue'')::float8] FROM (SELECT to_jsonb(\1)) AS r (j)))', 'g') $$;
SELECT label, CASE WHEN a = c AND b = c THEN 'same, ' || split_part(a, ':', 1) ELSE concat_ws(E'\n', a, b, c) END
	FROM (SELECT label, way(regexp_replace(query, '\mS\[([^]]*)\]', 'tcs.scorecard_score(''s'', \1)', 'g')) AS a,
	way(regexp_replace(query, '\mS\[([^]]*)\]', 'tcs.scorecard_score((SELECT ''s'' OFFSET 0), \1)', 'g')) AS b, way(written(query)) AS c FROM (VALUES
	('table', 'SELECT name, S[account] FROM account'), ('star', 'SELECT S[account.*] FROM account'),
		('subquery', 'SELECT S[q] FROM (SELECT late * 2 AS late, orders + 1 AS orders, revenue FROM account) AS q'),
		('subquery, kept', 'SELECT S[q] FROM (SELECT late, orders, revenue FROM account OFFSET 0) AS q'),
		('costly column', 'SELECT S[q] FROM (SELECT late, orders, regexp_replace(revenue::text, ''x'', ''y'')::numeric AS revenue FROM account) AS q'),
	('CTE', 'WITH q AS MATERIALIZED (SELECT late, orders, revenue FROM account) SELECT S[q] FROM q'),
		('values', 'SELECT S[q] FROM (VALUES (1::float8, 2, 300)) AS q (late, orders, revenue)'),
		('left join', 'SELECT a.name, S[b] FROM account AS a LEFT JOIN account AS b ON b.name = a.name AND b.orders > 7'),
		('left join of a subquery',
		'SELECT a.name, S[b] FROM account AS a LEFT JOIN (SELECT name, late + 1 AS late, coalesce(orders, 0) AS orders, revenue FROM account WHERE orders > 7) AS b ON b.name = a.name'),
	('composite', 'SELECT name, S[row] FROM holder'), ('composite expression', 'SELECT S[coalesce(row, ROW(1, 2, 3)::pair)] FROM holder'),
		('NULL of a type', 'SELECT S[NULL::pair] FROM holder'), ('partitions', 'SELECT S[p] FROM p'),
		('lateral', 'SELECT name, s FROM account, LATERAL (SELECT S[account] AS s) AS x'),
		('correlated', 'SELECT name, (SELECT S[account] + count(*) FROM p) FROM account'),
		('where', 'SELECT name FROM account WHERE S[account] > 40'), ('group', 'SELECT S[account], count(*) FROM account GROUP BY 1'),
	('grouping sets', 'SELECT S[account], orders, count(*) FROM account GROUP BY ROLLUP (1, orders)'),
		('aggregate', 'SELECT avg(S[account]) FROM account'), ('window', 'SELECT name, rank() OVER (ORDER BY S[account]) FROM account'),
		('order', 'SELECT name FROM account ORDER BY S[account] DESC NULLS LAST, name LIMIT 3'),
		('function', 'SELECT S[r] FROM jsonb_to_recordset(''[{"late": 3, "orders": 2, "revenue": 600}]'') AS r (late float8, orders int, revenue numeric)')) AS v (label,
		query)) AS w;
SELECT tcs.scorecard_score('s', NULL);
SELECT tcs.scorecard_score('s', NULL::account);

-- A change is seen by whatever is planned or compiled later: prepared statements, functions, views.
PREPARE q AS SELECT round(sum(tcs.scorecard_score('s', account))) AS sum FROM account;
CREATE FUNCTION in_function(n text, OUT inlined numeric, OUT run numeric) LANGUAGE plpgsql AS $$ BEGIN
	SELECT round(sum(tcs.scorecard_score('s', account))), round(sum(tcs.scorecard_score(n, account))) INTO inlined, run FROM account; END $$;
SET plan_cache_mode = force_generic_plan;
EXECUTE q; SELECT * FROM in_function('s');
UPDATE tcs.factor SET hi = 20 WHERE scorecard = 's' AND factor = 'orders';
EXECUTE q; SELECT * FROM in_function('s');
BEGIN;
DELETE FROM tcs.factor WHERE scorecard = 's' AND factor = 'late';
EXECUTE q; SELECT * FROM in_function('s'); SELECT round(sum(index)) AS of_view FROM scored;
SAVEPOINT a;
UPDATE tcs.factor SET enabled = false WHERE scorecard = 's' AND factor = 'revenue';
EXECUTE q; SELECT * FROM in_function('s');
ROLLBACK TO a;
EXECUTE q; SELECT * FROM in_function('s');
TRUNCATE tcs.factor;
EXECUTE q; SELECT * FROM in_function('s');
ROLLBACK;
EXECUTE q; SELECT * FROM in_function('s');
-- a renamed column, and a renamed scorecard
ALTER TABLE account RENAME late TO days_late;
EXECUTE q;
ALTER TABLE account RENAME days_late TO late;
EXECUTE q;
UPDATE tcs.scorecard SET name = 's2' WHERE name = 's';
EXECUTE q;
UPDATE tcs.scorecard SET name = 's' WHERE name = 's2';
EXECUTE q;
RESET plan_cache_mode;

-- In parallel workers, inlined and not; they see this transaction's own factors.
CREATE TABLE many AS SELECT i % 12 AS orders, i::numeric AS revenue, (i % 40)::float8 AS late FROM generate_series(1, 20000) AS i;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
SELECT max(index) AS most, count(DISTINCT index) AS values, md5(string_agg(index::text, ' ' ORDER BY revenue)) AS digest
	FROM (SELECT revenue, tcs.scorecard_score('s', many) AS index FROM many) AS s \gset serial_
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT max(index) = :'serial_most' AND md5(string_agg(index::text, ' ' ORDER BY revenue)) = :'serial_digest' AS same FROM (SELECT revenue, tcs.scorecard_score('s', many) AS index FROM many) AS s;
SELECT md5(string_agg(index::text, ' ' ORDER BY revenue)) = :'serial_digest' AS same_at_run_time FROM (SELECT revenue, tcs.scorecard_score((SELECT 's' OFFSET 0), many) AS index FROM many) AS s;
SELECT plan('SELECT count(*) FROM many WHERE tcs.scorecard_score(''s'', many) > 50') ~ 'Parallel Seq Scan' AS in_workers;
BEGIN;
UPDATE tcs.factor SET weight = 0 WHERE scorecard = 's' AND factor <> 'orders';
SELECT count(*) FILTER (WHERE abs(tcs.scorecard_score('s', many) - orders * 5) > 1e-9) AS other,
	count(*) FILTER (WHERE abs(tcs.scorecard_score((SELECT 's' OFFSET 0), many) - orders * 5) > 1e-9) AS other_at_run_time FROM many;
ROLLBACK;
SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
RESET min_parallel_table_scan_size;
RESET parallel_tuple_cost;
RESET parallel_setup_cost;

-- Rows by the thousand are explained in the memory of one.
BEGIN;
DECLARE explained CURSOR FOR SELECT 1 FROM many, tcs.scorecard_explain('s', many);
MOVE 15000 IN explained;
SELECT sum(used_bytes) < 2000000 AS little FROM pg_backend_memory_contexts WHERE name = 'ExecutorState';
COMMIT;

-- As the source of a segmentation, which follows the index.
SELECT tcs.rule_set_put('regress by index', '{"default_segment": "others", "rules": [{"priority": 1, "segment": "first", "condition": "index >= 40"}]}');
SELECT tcs.create_segmentation('segment', 'scored', 'name', 'regress by index');
SELECT segment, count(*) FROM segment GROUP BY 1 ORDER BY 1;
UPDATE tcs.factor SET hi = 1 WHERE scorecard = 's' AND factor = 'orders';
SELECT entered, moved, removed FROM tcs.refresh_segmentation('segment');
SELECT segment, count(*) FROM segment GROUP BY 1 ORDER BY 1;
SELECT tcs.drop_segmentation('segment');
DELETE FROM tcs.rule_set WHERE name = 'regress by index';
DELETE FROM tcs.scorecard WHERE name = 's';
SELECT count(*) AS factors_left FROM tcs.factor WHERE scorecard = 's';
SELECT index FROM scored;
DROP SCHEMA regress_scorecards CASCADE;
