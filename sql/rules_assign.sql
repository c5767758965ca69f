-- segment_assign and its kin over every kind of row: inlined, at run time, and by hand.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SELECT pg_backend_pid() AS backend \gset
CREATE SCHEMA regress_segment;
SET search_path = regress_segment, public;

INSERT INTO tcs.rule_set (name, default_segment) VALUES ('s', 'rest');
INSERT INTO tcs.rule (rule_set, priority, segment, condition, enabled) VALUES
	('s', 10, 'gold', 'revenue >= 1000 AND orders > 3', true), ('s', 20, 'lost', 'city IS NULL OR orders = 0', true),
	('s', 30, 'gold', $$city LIKE 'B%' AND revenue > 500$$, true), ('s', 35, 'never', 'true', false), ('s', 40, 'risk', 'revenue < 100', true);

-- By hand.
CREATE FUNCTION by_hand_m(j jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
SELECT array_remove(ARRAY[CASE WHEN (j ->> 'revenue')::numeric >= 1000 AND (j ->> 'orders')::int > 3 OR j ->> 'city' LIKE 'B%' AND (j ->> 'revenue')::numeric > 500 THEN 'gold' END,
	CASE WHEN j ->> 'city' IS NULL OR (j ->> 'orders')::int = 0 THEN 'lost' END, CASE WHEN (j ->> 'revenue')::numeric < 100 THEN 'risk' END], NULL) $$;
CREATE FUNCTION by_hand_s(j jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN (j ->> 'revenue')::numeric >= 1000 AND (j ->> 'orders')::int > 3 THEN 'gold' WHEN j ->> 'city' IS NULL OR (j ->> 'orders')::int = 0 THEN 'lost'
	WHEN j ->> 'city' LIKE 'B%' AND (j ->> 'revenue')::numeric > 500 THEN 'gold' WHEN (j ->> 'revenue')::numeric < 100 THEN 'risk' ELSE 'rest' END $$;
CREATE FUNCTION by_hand_i(j jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT regress_segment.by_hand_s(j) = 'gold' $$;

-- S[row], M[row] and I[row] stand for the three functions, written in each of the ways.
CREATE FUNCTION way(query text, way text) RETURNS text LANGUAGE sql AS $$
SELECT CASE way WHEN 'by hand' THEN regexp_replace(query, '\m([SMI])\[([^]]*)\]', 'by_hand_\1(to_jsonb(\2))', 'g')
	ELSE regexp_replace(regexp_replace(regexp_replace(query, '\mS\[([^]]*)\]', 'tcs.segment_assign(' || n || ', \1)', 'g'), '\mM\[([^]]*)\]', 'tcs.segment_matches(' || n || ', \1)', 'g'), '\mI\[([^]]*)\]', 'tcs.in_segment(' || n || ', ''gold'', \1)', 'g') END
FROM (SELECT CASE way WHEN 'inlined' THEN '''s''' ELSE '(SELECT ''s''::text OFFSET 0)' END) AS v(n) $$;
CREATE FUNCTION rows(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; message text; BEGIN
	EXECUTE 'SELECT count(*) || '' rows: '' || coalesce(string_agg(q::text, '' '' ORDER BY q::text COLLATE "C"), '''') FROM (' || query || ') AS q' INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS message = MESSAGE_TEXT; RETURN SQLSTATE || ' ' || message; END $$;
CREATE FUNCTION compare(label text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hand text = rows(lower_ways(query, 'by hand')); a text = rows(lower_ways(query, 'inlined')); b text = rows(lower_ways(query, 'run time')); BEGIN
	RETURN label || ': ' || CASE WHEN a = hand AND b = hand THEN 'same, ' || split_part(hand, ':', 1)
		ELSE concat_ws(E'\n', 'DIFFERENT', left(hand, 300), left(a, 300), left(b, 300)) END;
END $$;
CREATE FUNCTION lower_ways(query text,
	kind text) RETURNS text LANGUAGE sql AS $$ SELECT replace(replace(replace(way(query, kind), 'by_hand_S', 'by_hand_s'), 'by_hand_M', 'by_hand_m'), 'by_hand_I', 'by_hand_i') $$;

CREATE TABLE t (gone integer, id integer PRIMARY KEY, revenue numeric, gone_too text, orders integer, city text, score float8 GENERATED ALWAYS AS (orders * 2) STORED);
INSERT INTO t SELECT 1, i, CASE WHEN i % 7 > 0 THEN i * 37 % 2000 END, 'x', CASE WHEN i % 11 > 0 THEN i % 6 END,
	CASE WHEN i % 5 > 0 THEN (ARRAY['Berlin', 'Bonn', 'Rome'])[1 + i % 3] END FROM generate_series(1, 60) AS i;
ALTER TABLE t DROP COLUMN gone, DROP COLUMN gone_too, ADD COLUMN late integer DEFAULT 5;
CREATE TYPE pair AS (city text, orders integer, revenue numeric);
CREATE TABLE holder (id integer, row pair, whole t);
INSERT INTO holder SELECT id, ROW(city, orders, revenue)::pair, t FROM t WHERE id <= 20;
INSERT INTO holder VALUES (100, NULL, NULL);
CREATE VIEW v AS SELECT city, revenue * 2 AS revenue, orders, id FROM t;
CREATE VIEW grouped AS SELECT city, sum(revenue) AS revenue, count(*) AS orders FROM t GROUP BY city;
CREATE TABLE p (id integer, revenue numeric, orders integer, city text) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (20);
CREATE TABLE p2 (city text, gone integer, orders integer, id integer, revenue numeric);
ALTER TABLE p2 DROP COLUMN gone;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (20) TO (40);
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (40) TO (100) PARTITION BY LIST (city);
CREATE TABLE p3d (orders integer, city text, revenue numeric, id integer);
ALTER TABLE p3 ATTACH PARTITION p3d DEFAULT;
INSERT INTO p SELECT id, revenue, orders, city FROM t;
CREATE TABLE base (revenue numeric, city text, orders integer);
CREATE TABLE child (more integer, LIKE base);
ALTER TABLE child DROP COLUMN more, ADD COLUMN extra text, INHERIT base;
INSERT INTO base SELECT revenue, city, orders FROM t WHERE id < 20;
INSERT INTO child SELECT revenue, city, orders, 'x' FROM t WHERE id >= 20;
CREATE FUNCTION of_table() RETURNS SETOF t LANGUAGE sql STABLE AS 'SELECT * FROM regress_segment.t';
CREATE FUNCTION of_table_plpgsql() RETURNS SETOF t LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN QUERY SELECT * FROM t; END $$;
CREATE FUNCTION of_columns() RETURNS TABLE (orders integer, city text, revenue numeric) LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN QUERY SELECT t.orders, t.city, t.revenue FROM t; END $$;
CREATE FUNCTION of_record() RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN QUERY SELECT t.orders, t.city, t.revenue FROM t; END $$;
CREATE FUNCTION one(i integer) RETURNS t LANGUAGE sql STABLE AS 'SELECT * FROM regress_segment.t WHERE id = i';
CREATE DOMAIN checked_pair AS pair CHECK ((VALUE).orders IS NULL OR (VALUE).orders >= 0);
ANALYZE;

CREATE TABLE query (id serial, label text, query text);
INSERT INTO query (label, query) VALUES
	('table', 'SELECT id, S[t], M[t], I[t] FROM t'), ('table, star', 'SELECT id, S[t.*] FROM t'), ('alias', 'SELECT x.id, S[x] FROM t AS x (id, revenue, orders, city)'),
	('view', 'SELECT id, S[v], M[v], I[v] FROM v'), ('grouped view', 'SELECT city, S[grouped], M[grouped], I[grouped] FROM grouped'),
	('subquery', 'SELECT id, S[q], M[q], I[q] FROM (SELECT id, revenue + 1 AS revenue, orders, upper(city) AS city FROM t) AS q'),
		('subquery, costly column',
		'SELECT id, S[q] FROM (SELECT id, revenue, orders, regexp_replace(repeat(city, 1), ''x'', ''y'') AS city FROM t) AS q'),
	('left join of a costly column',
		'SELECT k.id, S[q] FROM t AS k LEFT JOIN (SELECT id + 30 AS id, revenue, orders, regexp_replace(repeat(city, 1), ''x'', ''y'') AS city FROM t) AS q ON q.id = k.id'),
		('subquery, sublink column',
		'SELECT id, S[q] FROM (SELECT id, (SELECT revenue FROM t AS u WHERE u.id = t.id) AS revenue, orders, city FROM t) AS q'),
		('subquery, OFFSET 0', 'SELECT id, S[q] FROM (SELECT * FROM t OFFSET 0) AS q'),
		('subquery, LIMIT', 'SELECT id, S[q] FROM (SELECT * FROM t ORDER BY id LIMIT 9) AS q'),
	('subquery, GROUP BY', 'SELECT city, S[q], M[q], I[q] FROM (SELECT city, sum(revenue) AS revenue, count(*) AS orders FROM t GROUP BY city) AS q'),
		('subquery, window', 'SELECT S[q] FROM (SELECT city, sum(revenue) OVER (PARTITION BY city) AS revenue, orders FROM t) AS q'),
		('subquery, DISTINCT', 'SELECT S[q] FROM (SELECT DISTINCT city, orders, revenue FROM t) AS q'),
	('subquery, UNION ALL', 'SELECT S[q] FROM (SELECT city, orders, revenue FROM t UNION ALL SELECT ''Bonn'', 3, 700) AS q'),
		('subquery, UNION', 'SELECT S[q] FROM (SELECT city, orders, revenue FROM t UNION SELECT ''Bonn'', 3, 700) AS q'),
		('nested subqueries', 'SELECT S[b] FROM (SELECT a.* FROM (SELECT revenue, orders, city FROM t) AS a WHERE a.orders > 1) AS b'),
		('constants', 'SELECT S[q], M[q], I[q] FROM (SELECT 2000 AS revenue, 5 AS orders, ''Bonn''::text AS city) AS q'),
		('varchar', 'SELECT S[q] FROM (SELECT revenue::float8 AS revenue, orders::bigint AS orders, city::varchar(9) AS city FROM t) AS q'),
	('CTE', 'WITH q AS (SELECT revenue, orders, city FROM t) SELECT S[q], M[q], I[q] FROM q'),
		('CTE, materialized', 'WITH q AS MATERIALIZED (SELECT revenue, orders, city FROM t) SELECT S[q], M[q], I[q] FROM q'),
		('CTE, recursive', 'WITH RECURSIVE q AS (SELECT id, revenue, orders, city FROM t WHERE id = 1 UNION ALL SELECT t.id, t.revenue, t.orders, t.city FROM t, q WHERE t.id = q.id + 1 AND S[q] IS NOT NULL) SELECT id, S[q] FROM q'),
		('CTE, writing', 'SELECT 1, S[q] FROM (SELECT * FROM t) AS q'),
	('join alias', 'SELECT id, S[j], M[j], I[j] FROM (t JOIN (SELECT id, 1 AS one FROM t) AS u USING (id)) AS j'),
		('join alias, outer', 'SELECT id, S[j] FROM ((SELECT id FROM t) AS k LEFT JOIN (SELECT * FROM t WHERE id % 2 = 0) AS u USING (id)) AS j'),
		('join alias, full', 'SELECT id, S[j] FROM ((SELECT id, city FROM t WHERE id > 10) AS k FULL JOIN (SELECT id, orders, revenue FROM t WHERE id % 2 = 0) AS u USING (id)) AS j'),
	('function, SETOF', 'SELECT id, S[f], M[f], I[f] FROM of_table() AS f'),
		('function, SETOF, plpgsql', 'SELECT id, S[f] FROM of_table_plpgsql() AS f'), ('function, TABLE', 'SELECT S[f], M[f] FROM of_columns() AS f'),
		('function, column definitions', 'SELECT S[f] FROM of_record() AS f (orders integer, city text, revenue numeric)'),
		('function, renamed', 'SELECT S[f] FROM of_columns() AS f (orders, city, revenue)'),
		('function, ordinality', 'SELECT ordinality, S[f] FROM of_columns() WITH ORDINALITY AS f'),
		('functions, side by side', 'SELECT S[f] FROM ROWS FROM (of_columns(), generate_series(1, 3)) AS f'),
		('function of a row', 'SELECT i, S[one(i)] FROM generate_series(1, 70) AS i'),
		('function, jsonb', 'SELECT S[r] FROM jsonb_to_recordset(''[{"city": "Bonn", "orders": 2, "revenue": 600}]'') AS r (city text, orders int, revenue numeric)'),
		('function, populate', 'SELECT S[r] FROM t, jsonb_populate_record(NULL::pair, to_jsonb(t)) AS r'),
	('VALUES', 'SELECT S[q] FROM (VALUES (1, ''Bonn'', 600.0), (0, ''Rome'', 50), (NULL, NULL, NULL)) AS q (orders, city, revenue)'),
		('VALUES, CTE', 'WITH q (orders, city, revenue) AS (VALUES (1, ''Bonn'', 600.0), (0, ''Rome'', 50)) SELECT S[q] FROM q'),
		('ROW of a type', 'SELECT S[ROW(city, orders, revenue)::pair], M[ROW(city, orders, revenue)::pair] FROM t'),
		('ROW of a domain', 'SELECT S[ROW(city, orders, revenue)::pair::checked_pair] FROM t'),
		('ROW, volatile field', 'SELECT S[ROW(city, orders, revenue + 0 * random())::pair] FROM t'),
		('ROW with a sublink', 'SELECT S[ROW((SELECT min(city) FROM t), orders, revenue)::pair] FROM t'),
		('composite column', 'SELECT id, S[row], M[row], I[row] FROM holder'), ('row as a column', 'SELECT id, S[whole] FROM holder'),
		('composite expression', 'SELECT id, S[coalesce(row, ROW(''Bonn'', 1, 700)::pair)] FROM holder'),
		('composite subscript', 'SELECT S[(array_agg(row ORDER BY id))[1:1] [1:1] [1]] FROM holder WHERE false'),
		('NULL of a type', 'SELECT S[NULL::t], M[NULL::t], I[NULL::pair] FROM t WHERE id = 1'),
		('CASE of rows', 'SELECT S[CASE WHEN id > 10 THEN t END] FROM t'), ('rows in an array',
		'SELECT S[r] FROM unnest(ARRAY(SELECT row FROM holder WHERE id < 9)) AS r'), ('converted row', 'SELECT S[child::base] FROM child'),
	('partitions', 'SELECT id, S[p], M[p], I[p] FROM p'), ('one partition', 'SELECT id, S[p2] FROM p2'),
		('partitions, pruned', 'SELECT id, S[p] FROM p WHERE id BETWEEN 15 AND 25 AND I[p]'),
		('inheritance', 'SELECT S[base], M[base], I[base] FROM base'), ('only the parent', 'SELECT S[base] FROM ONLY base'),
		('partitions joined', 'SELECT a.id, S[a], S[b] FROM p AS a JOIN p AS b ON a.id = b.id'),
	('LATERAL', 'SELECT t.id, x.s FROM t, LATERAL (SELECT S[t] AS s) AS x'),
		('LATERAL, kept', 'SELECT t.id, x.s FROM t, LATERAL (SELECT S[t] AS s OFFSET 0) AS x'),
		('LATERAL function', 'SELECT t.id, x FROM t, LATERAL unnest(M[t]) AS x'),
		('LATERAL function over a view', 'SELECT v.id, x FROM v, LATERAL unnest(M[v]) AS x'),
		('LATERAL function over a join', 'SELECT j.id, x FROM (t JOIN (SELECT id, 1 AS one FROM t) AS u USING (id)) AS j, LATERAL unnest(M[j]) AS x'),
		('LATERAL function over a subquery',
		'SELECT q.id, x FROM (SELECT id, city, orders + 1 AS orders, revenue FROM t) AS q, LATERAL unnest(M[q]) AS x'),
		('correlated', 'SELECT id, (SELECT S[t] || u.id FROM t AS u WHERE u.id = t.id) FROM t'),
		('correlated subquery of a subquery', 'SELECT q.id, (SELECT S[q]) FROM (SELECT id, revenue + 1 AS revenue, orders, city FROM t) AS q'),
		('correlated below an outer join',
		'SELECT k.id, (SELECT S[u] || k.id) FROM t AS k LEFT JOIN (SELECT id + 5 AS id, revenue + 1 AS revenue, orders, coalesce(city, ''Bonn'') AS city FROM t) AS u ON k.id = u.id'),
		('EXISTS', 'SELECT id FROM t WHERE EXISTS (SELECT FROM t AS u WHERE u.id = t.id + 1 AND S[u] = S[t])'),
		('IN', 'SELECT id FROM t WHERE S[t] IN (SELECT S[v] FROM v WHERE v.id < 5)'),
		('NOT IN', 'SELECT id FROM t WHERE (id, S[t]) NOT IN (SELECT v.id, S[v] FROM v)'),
	('left join', 'SELECT k.id, S[u], M[u], I[u] FROM t AS k LEFT JOIN t AS u ON u.id = k.id + 30'),
		('right join', 'SELECT u.id, S[k], S[u] FROM t AS k RIGHT JOIN t AS u ON u.id = k.id + 30'),
		('full join', 'SELECT k.id, u.id, S[k], S[u], I[u] FROM t AS k FULL JOIN t AS u ON u.id = k.id + 30'),
		('left join of a subquery',
		'SELECT k.id, S[u], M[u], I[u] FROM t AS k LEFT JOIN (SELECT id + 30 AS id, revenue, orders, coalesce(city, ''Bonn'') AS city, 1 AS one FROM t) AS u ON u.id = k.id'),
		('left join of a view', 'SELECT k.id, S[v] FROM t AS k LEFT JOIN v ON v.id = k.id + 30'),
		('left join of VALUES',
		'SELECT k.id, S[u] FROM t AS k LEFT JOIN (VALUES (5, ''Bonn'', 600.0, 2)) AS u (id, city, revenue, orders) ON u.id = k.id'),
		('left join of a function', 'SELECT k.id, S[u] FROM t AS k LEFT JOIN of_table() AS u ON u.id = k.id + 30'),
		('left join, in its condition', 'SELECT k.id, u.id FROM t AS k LEFT JOIN t AS u ON u.id = k.id + 1 AND I[u]'),
		('left join, above', 'SELECT k.id FROM t AS k LEFT JOIN t AS u ON u.id = k.id + 30 WHERE S[u] = ''lost'''),
		('left join, none of it', 'SELECT k.id FROM t AS k LEFT JOIN t AS u ON u.id = k.id + 30 WHERE NOT I[u]'),
	('GROUP BY', 'SELECT S[t], count(*), sum(revenue) FROM t GROUP BY S[t]'), ('GROUP BY position', 'SELECT S[t], I[t], count(*) FROM t GROUP BY 1, 2'),
		('GROUP BY key', 'SELECT id, S[t] FROM t GROUP BY id'), ('GROUP BY the row', 'SELECT t, S[t] FROM t GROUP BY t'),
		('GROUP BY row of a subquery', 'SELECT q, S[q] FROM (SELECT id, revenue, orders, city || '''' AS city FROM t) AS q GROUP BY q'),
		('HAVING', 'SELECT id FROM t GROUP BY id HAVING S[t] = ''gold'''), ('HAVING an aggregate',
		'SELECT S[t], count(*) FROM t GROUP BY 1 HAVING count(*) > 9'), ('ROLLUP', 'SELECT S[t], city, count(*) FROM t GROUP BY ROLLUP (S[t], city)'),
		('CUBE', 'SELECT S[t], I[t], count(*) FROM t GROUP BY CUBE (1, 2)'), ('GROUPING SETS of the row',
		'SELECT t, S[t], count(*) FROM t GROUP BY GROUPING SETS ((t), ())'), ('GROUPING SETS of a key',
		'SELECT id, S[t], count(*) FROM t GROUP BY GROUPING SETS ((id, t), (id))'),
		('GROUPING SETS, subquery',
		'SELECT q, S[q], count(*) FROM (SELECT id, revenue, orders, city || '''' AS city FROM t) AS q GROUP BY GROUPING SETS ((q), ())'),
		('grouping sets below',
		'SELECT city, S[q] FROM (SELECT city, sum(revenue) AS revenue, count(*) AS orders FROM t GROUP BY ROLLUP (city)) AS q'),
	('DISTINCT', 'SELECT DISTINCT S[t] FROM t'), ('DISTINCT ON', 'SELECT DISTINCT ON (S[t]) S[t], id FROM t ORDER BY S[t], id'),
		('ORDER BY', 'SELECT id FROM t ORDER BY S[t], id LIMIT 5'), ('window ORDER BY',
		'SELECT id, rank() OVER (ORDER BY S[t]), row_number() OVER (PARTITION BY S[t] ORDER BY id) FROM t'),
		('aggregates', 'SELECT string_agg(S[t], '','' ORDER BY S[t], id), count(*) FILTER (WHERE I[t]), count(DISTINCT S[t]), array_agg(M[t] ORDER BY id) FROM t'),
		('aggregate over a join', 'SELECT max(S[u]) FROM t AS k LEFT JOIN t AS u ON u.id = k.id + 30'),
		('CASE', 'SELECT id, CASE S[t] WHEN ''gold'' THEN 1 WHEN ''lost'' THEN 2 END FROM t'),
		('WHERE', 'SELECT id FROM t WHERE S[t] = ''gold'' AND I[t] AND ''gold'' = ANY (M[t])'),
		('join condition', 'SELECT a.id, b.id FROM t AS a JOIN t AS b ON S[a] = S[b] AND a.id = b.id + 1'),
		('set operation', 'SELECT S[t] FROM t EXCEPT ALL SELECT ''rest'''), ('LIMIT',
		'SELECT id FROM t ORDER BY id LIMIT (SELECT count(*) FROM t WHERE I[t])'), ('TABLESAMPLE', 'SELECT id, S[t] FROM t TABLESAMPLE SYSTEM (100)'),
		('twice', 'SELECT S[t], S[t], S[u] FROM t JOIN t AS u USING (id)'), ('empty', 'SELECT S[t] FROM t WHERE false'),
		('null row of a record',
		'SELECT k.id, S[u] FROM t AS k LEFT JOIN (SELECT city, orders, revenue, id FROM t WHERE false OFFSET 0) AS u ON u.id = k.id WHERE k.id = 1');
DELETE FROM query WHERE label IN ('composite subscript', 'CTE, writing');
SELECT compare(label, query) FROM query ORDER BY id;
SET enable_hashagg = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_memoize = off;
SELECT compare(label, query) AS otherwise_planned FROM query WHERE compare(label, query) NOT LIKE '%: same%' ORDER BY id;
RESET enable_hashagg;
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_memoize;
SET from_collapse_limit = 1;
SET join_collapse_limit = 1;
SET geqo_threshold = 2;
SELECT compare(label, query) AS otherwise_planned FROM query WHERE compare(label, query) NOT LIKE '%: same%' ORDER BY id;
RESET from_collapse_limit;
RESET join_collapse_limit;
RESET geqo_threshold;
SET jit_above_cost = 0;
SET jit_optimize_above_cost = 0;
SET jit_inline_above_cost = 0;
SELECT compare(label, query) AS compiled FROM query WHERE label IN ('table', 'left join', 'partitions', 'composite column') AND compare(label, query) NOT LIKE '%: same%';
RESET jit_above_cost;
RESET jit_optimize_above_cost;
RESET jit_inline_above_cost;

-- In parallel workers; a recursion starts them again with each step, for nothing.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT compare(label, query) AS in_workers FROM query WHERE label <> 'CTE, recursive' AND compare(label, query) NOT LIKE '%: same%' ORDER BY id;
BEGIN;
-- they see this transaction's own rules
UPDATE tcs.rule SET condition = 'id > 50' WHERE rule_set = 's' AND priority = 10;
SELECT count(*) FILTER (WHERE tcs.segment_assign('s', t) = 'gold'), count(*) FILTER (WHERE tcs.segment_assign((SELECT 's' OFFSET 0), t) = 'gold') FROM t;
ROLLBACK;
SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
RESET min_parallel_table_scan_size;
RESET parallel_tuple_cost;
RESET parallel_setup_cost;

SELECT pg_backend_pid() = :backend AS same_backend;
DELETE FROM tcs.rule_set WHERE name = 's';
DROP SCHEMA regress_segment CASCADE;
