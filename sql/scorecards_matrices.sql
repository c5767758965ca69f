-- Matrices: cells by cuts, the rule sets that name them, and how a matrix is followed.
SET client_min_messages = warning;
CREATE SCHEMA matrices;
SET search_path = matrices, pg_catalog;

-- matrix_cell against the server's width_bucket, over cuts of all sorts and the values around them
CREATE TABLE cut AS
SELECT * FROM (VALUES ('{0}'::float8[]), ('{40,70}'), ('{-1.5,0,0.1,1e-300,2,1e300}'), ('{-1e308,1e308}'),
	((SELECT array_agg(i::float8 / 7 ORDER BY i) FROM generate_series(1, 9) AS i)), ((SELECT array_agg(i::float8 - 50 ORDER BY i) FROM generate_series(1, 99) AS i))) AS c (cuts);
UPDATE cut SET cuts = (SELECT array_agg(c ORDER BY c) FROM unnest(cuts) AS c);
CREATE TABLE value AS
SELECT DISTINCT v FROM cut, unnest(cuts) AS c, LATERAL (VALUES (c), (c - abs(c) * 1e-15), (c + abs(c) * 1e-15), (c - 1), (c + 0.5), (-c)) AS v (v)
UNION VALUES ('Infinity'::float8), ('-Infinity'), ('-0'), (5e-324), (-5e-324);
SELECT count(*) > 100000 AS many, count(*) FILTER (WHERE tcs.matrix_cell(x.v, y.v, a.cuts, b.cuts) IS DISTINCT FROM
	CASE WHEN px < 10 AND py < 10 THEN format('%s%s', px, py) ELSE format('%s-%s', px, py) END) AS different
FROM cut AS a, cut AS b, value AS x, value AS y,
	LATERAL (SELECT width_bucket(x.v, a.cuts) + 1 AS px, width_bucket(y.v, b.cuts) + 1 AS py) AS p
WHERE cardinality(a.cuts) < 9 OR cardinality(b.cuts) < 9 AND y.v > 0;
-- as one reads it
SELECT x, string_agg(tcs.matrix_cell(x, y, '{40,70}', '{40,70}'), ' ' ORDER BY y) AS by_y
FROM (VALUES (0), (39.999), (40), (69.999), (70), (100)) AS a (x), (VALUES (0), (40), (70)) AS b (y) GROUP BY x ORDER BY x;
SELECT tcs.matrix_cell(1, 2, ARRAY[1], ARRAY[2, 3]) AS whole, tcs.matrix_cell(1.5, 2.5, ARRAY[1.5], ARRAY[2, 2.6]) AS decimal,
	tcs.matrix_cell(99, 0, (SELECT array_agg(i::float8) FROM generate_series(1, 99) AS i), '{1}') AS widest,
	tcs.matrix_cell(y_cuts => '{1}', x_cuts => '{2}', y => 3, x => 0) AS by_name;
SELECT tcs.matrix_cell(NULL, 1, '{1}', '{1}') IS NULL AND tcs.matrix_cell(1, NULL, '{1}', '{1}') IS NULL AND tcs.matrix_cell(1, 1, NULL, '{1}') IS NULL
	AND tcs.matrix_cell(1, 1, '{1}', NULL) IS NULL AS null_for_null;
-- bounds of arrays do not matter, their form does
SELECT tcs.matrix_cell(5, 5, '[7:8]={1,9}', '[-3:-3]={5}') AS cell;

\set VERBOSITY terse
CREATE PROCEDURE fails(VARIADIC calls text[]) LANGUAGE plpgsql AS $$
DECLARE call text;
BEGIN
	FOREACH call IN ARRAY calls LOOP
		BEGIN
			EXECUTE 'SELECT tcs.matrix_cell(' || call || ')';
			RAISE WARNING 'no error: %', call;
		EXCEPTION WHEN OTHERS THEN
			RAISE WARNING '%: % %', left(call, 40), SQLSTATE, SQLERRM;
		END;
	END LOOP;
END $$;
CALL fails('''NaN'', 1, ''{1}'', ''{1}''', '1, ''NaN'', ''{1}'', ''{1}''', '1, 1, ''{}'', ''{1}''', '1, 1, ''{1}'', ''{}''', '1, 1, ''{1,NULL}'', ''{1}''', '1, 1, ''{1}'', ''{NULL}''',
	'1, 1, ''{NaN}'', ''{1}''', '1, 1, ''{1}'', ''{2,Infinity}''', '1, 1, ''{-Infinity,2}'', ''{1}''', '1, 1, ''{2,1}'', ''{1}''', '1, 1, ''{1}'', ''{1,1}''', '1, 1, ''{0,-0}'', ''{1}''',
	'1, 1, ''{{1,2}}'', ''{1}''', '1, 1, ''{1}'', ''{{1},{2}}''', '1, 1, (SELECT array_agg(i::float8) FROM generate_series(1, 100) AS i), ''{1}''',
		'''x'', 1, ''{1}'', ''{1}''', '1, 1, ''{x}'', ''{1}''');
-- a mistake does not outlive its call, and cuts may change from row to row
CREATE FUNCTION tries(x float8, cuts float8[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN tcs.matrix_cell(x, x, cuts, cuts);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLERRM;
END $$;
SELECT n, tries(x, cuts) FROM (VALUES (1, 5, '{4,6}'::float8[]), (2, 5, '{6,4}'), (3, 5, '{4,6}'), (4, float8 'NaN', '{4,6}'), (5, 5, '{}'), (6, 7, '{4,6}')) AS v (n, x, cuts) ORDER BY n;
SELECT string_agg(tcs.matrix_cell(n, n, array_agg, '{50}'), ' ' ORDER BY n) AS cells
FROM (SELECT n, (SELECT array_agg(i::float8) FROM generate_series(1, n % 5 + 1) AS i) FROM generate_series(1, 60, 7) AS n) AS c;
\set VERBOSITY default

-- in an index, a generated column, a parallel plan and a rule
CREATE TABLE account (id bigint PRIMARY KEY, importance float8, trust float8,
	cell text GENERATED ALWAYS AS (tcs.matrix_cell(importance, trust, '{40,70}', '{40,70}')) STORED);
INSERT INTO account SELECT i, i * 7 % 101, CASE WHEN i % 50 > 0 THEN i * 13 % 101 END FROM generate_series(1, 5000) AS i;
CREATE INDEX ON account (tcs.matrix_cell(importance, trust, '{40,70}', '{40,70}'));
ANALYZE account;
SET enable_seqscan = off;
SELECT count(*) = (SELECT count(*) FROM account WHERE importance >= 70 AND trust >= 70) AS by_index FROM account WHERE tcs.matrix_cell(importance, trust, '{40,70}', '{40,70}') = '33';
RESET enable_seqscan;
CREATE TABLE serial AS SELECT id, tcs.matrix_cell(importance, trust, '{40,70}', '{30,60,90}') AS cell FROM account;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT count(*), count(*) FILTER (WHERE s.cell IS NOT DISTINCT FROM tcs.matrix_cell(importance, trust, '{40,70}', '{30,60,90}')) AS same FROM account JOIN serial AS s USING (id);
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('matrices', 'elsewhere');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES
	('matrices', 1, 'top', 'tcs.matrix_cell(importance, trust, ARRAY[40, 70], ARRAY[40, 70]) = ''33'''),
	('matrices', 2, 'edge', 'tcs.matrix_cell(importance, trust, ''{40,70}'', ''{40,70}'') LIKE ''%3%''');
SELECT segment, count(*), count(*) FILTER (WHERE segment = CASE WHEN cell = '33' THEN 'top' WHEN cell IN ('13', '23', '31', '32') THEN 'edge' ELSE 'elsewhere' END) AS same
FROM (SELECT *, tcs.segment_assign('matrices', account) AS segment FROM account) AS a GROUP BY segment ORDER BY segment;

-- The shipped matrices: one segment a cell, over a grid with every boundary.
CREATE TABLE axis (rule_set text, x name, y name, cuts float8[], low float8, high float8);
INSERT INTO axis VALUES ('tcs.customer_relationship', 'importance', 'trust', '{40,70}', 0, 100),
	('tcs.sales_performance', 'effort', 'result', '{80,110}', 0, 10000), ('tcs.decision_tendency', 'willingness', 'risk', '{40,70}', 0, 100);
CREATE TABLE point AS
SELECT DISTINCT v FROM axis, unnest(cuts || low || high) AS c, LATERAL (VALUES (c), (c - abs(c) * 1e-15), (c + abs(c) * 1e-15), (c - 5e-324), (c + 5e-324), (c - 1), (c + 1)) AS v (v)
UNION SELECT i FROM generate_series(0, 130, 2.5) AS i UNION VALUES ('Infinity'::float8), ('-Infinity'), ('NaN'), (NULL);
CREATE VIEW grid AS
SELECT x.v AS importance, y.v AS trust, x.v AS effort, y.v AS result, x.v AS willingness, y.v AS risk FROM point AS x, point AS y;
SELECT rule_set, count(*) > 5000 AS many,
	count(*) FILTER (WHERE inside AND cardinality(p) <> 1) AS not_one,
	count(*) FILTER (WHERE NOT inside AND (cardinality(p) > 0 OR s <> 'Not rated')) AS rated_outside,
	count(DISTINCT s) AS segments, count(DISTINCT s) FILTER (WHERE inside) AS inside,
	count(DISTINCT (s, tcs.matrix_cell(vx, vy, cuts, cuts))) FILTER (WHERE inside) AS cells
FROM (SELECT a.rule_set, cuts, tcs.rule_priorities(a.rule_set, g) AS p, tcs.segment_assign(a.rule_set, g) AS s, nullif(g.importance, 'NaN') AS vx, nullif(g.trust, 'NaN') AS vy,
		coalesce(g.importance BETWEEN low AND high AND (g.trust BETWEEN low AND high OR a.rule_set = 'tcs.sales_performance' AND g.trust < low), false) AS inside
	FROM axis AS a, grid AS g) AS r
GROUP BY rule_set ORDER BY rule_set;
SELECT a.rule_set, finding, severity, count(*), sum(rows) > 0 AS some FROM axis AS a, tcs.rule_check(a.rule_set, 'grid') AS c GROUP BY 1, 2, 3 ORDER BY 1, 2;
-- the three as tables: the first value up, the second across
SELECT a.rule_set, g.importance AS x, string_agg(tcs.segment_assign(a.rule_set, g), ', ' ORDER BY g.trust) AS by_y
FROM axis AS a JOIN grid AS g ON ARRAY[g.importance, g.trust] <@ CASE a.rule_set WHEN 'tcs.sales_performance' THEN '{50,95,120}' ELSE '{10,50,100}' END::float8[]
GROUP BY 1, 2 ORDER BY 1, 2 DESC;
-- whatever type the columns have
SELECT tcs.segment_assign('tcs.customer_relationship', a) AS integers, tcs.segment_assign('tcs.customer_relationship', b) AS numerics,
	tcs.segment_assign('tcs.customer_relationship', c) AS reals, tcs.segment_assign('tcs.customer_relationship', d) AS none
FROM (VALUES (70, 40)) AS a (importance, trust), (VALUES (69.99, 40.00)) AS b (importance, trust),
	(VALUES (100::real, 100::smallint)) AS c (importance, trust), (VALUES (100, NULL::int)) AS d (importance, trust);
-- how far a customer is from the next cell
SELECT segment, failed, found, round(short_by::numeric, 2) AS short_by FROM (VALUES (85, 64.5)) AS x (importance, trust), LATERAL tcs.segment_explain('tcs.customer_relationship', x)
WHERE segment IN ('Partner', 'Grow closer') ORDER BY priority;
SELECT count(*) AS rules, count(DISTINCT description) AS different, min(length(description)) > 40 AS advice FROM tcs.rule JOIN axis USING (rule_set);

-- How a matrix is followed: a segmentation over a view whose columns are indexes.
CREATE TABLE key_account (id bigint PRIMARY KEY, name text, order_potential numeric, influence int, relationship int, days_since_contact int, open_complaints int);
INSERT INTO key_account SELECT i, 'account ' || i, CASE WHEN i % 17 > 0 THEN i * 7919 % 120000 END, i % 11, CASE WHEN i % 13 > 0 THEN i * 31 % 11 END,
	i * 53 % 200, CASE WHEN i % 5 = 0 THEN i % 4 ELSE 0 END FROM generate_series(1, 400) AS i;
CREATE VIEW rated AS
SELECT id, name, tcs.scorecard_score('tcs.importance', a) AS importance, tcs.scorecard_score('tcs.trust', a) AS trust FROM key_account AS a;
CREATE FUNCTION cell_name(importance float8, trust float8) RETURNS text LANGUAGE sql
RETURN CASE tcs.matrix_cell(importance, trust, '{40,70}',
	'{40,70}') WHEN '33' THEN 'Partner' WHEN '32' THEN 'Grow closer' WHEN '31' THEN 'Win over' WHEN '23' THEN 'Develop' WHEN '22' THEN 'Look after'
	WHEN '21' THEN 'Mend' WHEN '13' THEN 'Advocate' WHEN '12' THEN 'Serve simply' WHEN '11' THEN 'Let be' ELSE 'Not rated' END;
SELECT tcs.create_segmentation('matrices.relationship', 'rated', 'id', 'tcs.customer_relationship') AS made;
SELECT tcs.track_segmentation('relationship', 'key_account', 'id') AS tables;
\o /dev/null
SELECT tcs.process_segmentation('relationship');
\o
SELECT count(*) AS accounts, count(*) FILTER (WHERE segment = cell_name(importance, trust)) AS same, count(DISTINCT segment) AS cells FROM relationship AS r JOIN rated ON id = key;
SELECT clock_timestamp() AS before \gset
-- a complaint, a visit, a new rating, a larger project, an account that comes, one that goes
UPDATE key_account SET open_complaints = open_complaints + 2 WHERE id % 9 = 0;
UPDATE key_account SET days_since_contact = 1, relationship = least(relationship + 3, 10) WHERE id % 10 = 1;
UPDATE key_account SET order_potential = 110000 WHERE id % 17 = 0;
INSERT INTO key_account VALUES (1000, 'account 1000', 100000, 10, 10, 0, 0), (1001, 'account 1001', NULL, 10, 10, 0, 0);
DELETE FROM key_account WHERE id = 400;
SELECT queue_length > 0 AS noted FROM relationship_status;
SELECT tcs.process_segmentation('relationship') > 0 AS looked_at;
SELECT count(*) AS accounts, count(*) FILTER (WHERE segment = cell_name(importance, trust)) AS same FROM relationship AS r JOIN rated ON id = key;
SELECT count(*) > 50 AS moved, bool_and(cause = 'data') AS by_data FROM relationship_moves WHERE moved_at > :'before' AND key < 400;
SELECT key, from_segment, to_segment, cause FROM relationship_moves WHERE moved_at > :'before' AND key >= 400 ORDER BY key;
-- the migration between the cells, against where each was and is
SELECT count(*) > 10 AS pairs, bool_and(customers IS NOT DISTINCT FROM n) AS same FROM tcs.segment_migration('relationship', :'before', now()) AS m
FULL JOIN (SELECT a.segment AS f, b.segment AS t, count(*) AS n FROM tcs.segment_at('relationship', :'before') AS a FULL JOIN tcs.segment_at('relationship', now()) AS b USING (key) GROUP BY 1, 2) AS p
	ON coalesce(m.from_segment, '') = coalesce(p.f, '') AND coalesce(m.to_segment, '') = coalesce(p.t, '');
-- a scorecard of one's own is followed as well: a change of it is found by the next refresh
SELECT tcs.scorecard_copy('tcs.trust', 'matrices trust');
CREATE VIEW rated_otherwise AS
SELECT id, name, tcs.scorecard_score('tcs.importance', a) AS importance, tcs.scorecard_score('matrices trust', a) AS trust FROM key_account AS a;
SELECT tcs.create_segmentation('matrices.otherwise', 'rated_otherwise', 'id', 'tcs.customer_relationship') AS made;
SELECT count(*) FILTER (WHERE o.segment IS DISTINCT FROM r.segment) AS different FROM otherwise AS o FULL JOIN relationship AS r USING (key);
UPDATE tcs.factor SET gate = 1 WHERE scorecard = 'matrices trust' AND factor = 'complaints';
SELECT customers, moved > 20 AS moved FROM tcs.refresh_segmentation('otherwise');
SELECT count(*) FILTER (WHERE segment = cell_name(importance, CASE WHEN open_complaints > 1 THEN 0 ELSE trust END)) AS same FROM otherwise JOIN rated ON id = key JOIN key_account USING (id);
SELECT tcs.drop_segmentation('otherwise');
SELECT tcs.drop_segmentation('relationship');
DELETE FROM tcs.scorecard WHERE name = 'matrices trust';
DELETE FROM tcs.rule_set WHERE name = 'matrices';
DROP SCHEMA matrices CASCADE;
