-- Segmentations: made, loaded, brought up to date.
\set VERBOSITY terse
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE SCHEMA membership;
SET search_path = membership;

-- What the members and the moves must be at any time.
CREATE FUNCTION wrong(into_name text, source text, key text, rules text) RETURNS TABLE (what text, n bigint)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($f$
		SELECT 'members', count(*) FROM (
			(SELECT %2$s, tcs.segment_assign(%4$L, s.*) FROM %3$s AS s WHERE %2$s IS NOT NULL EXCEPT SELECT key, segment FROM %1$s)
			UNION ALL
			(SELECT key, segment FROM %1$s EXCEPT SELECT %2$s, tcs.segment_assign(%4$L, s.*) FROM %3$s AS s)) AS d
		UNION ALL
		SELECT 'chain', count(*) FROM (
			SELECT *, lag(to_segment) OVER w AS to_before, lag(present) OVER w AS present_before,
				lag(moved_at) OVER w AS moved_before, row_number() OVER w AS number
			FROM %1$s_moves WINDOW w AS (PARTITION BY key ORDER BY moved_at)) AS m
		WHERE (number = 1 AND NOT entered)
		   OR (number > 1 AND (moved_at <= moved_before OR entered = present_before
				OR from_segment IS DISTINCT FROM to_before))
		   OR (present AND NOT entered AND from_segment IS NOT DISTINCT FROM to_segment)
		UNION ALL
		SELECT 'last move', count(*) FROM %1$s AS i
		LEFT JOIN LATERAL (SELECT * FROM %1$s_moves AS m WHERE m.key = i.key ORDER BY moved_at DESC LIMIT 1) AS m ON true
		WHERE (m.present, m.to_segment, m.moved_at, m.from_segment) IS DISTINCT FROM (true, i.segment, i.since, i.previous_segment)
		UNION ALL
		SELECT 'history', (SELECT count(*) FROM (
			(SELECT key, segment, since FROM %1$s EXCEPT SELECT key, segment, valid_from FROM %1$s_history WHERE valid_to IS NULL)
			UNION ALL
			(SELECT key, segment, valid_from FROM %1$s_history WHERE valid_to IS NULL EXCEPT SELECT key, segment, since FROM %1$s)) AS d)
		$f$, into_name, key, source, rules);
END $$;
CREATE FUNCTION wrong(into_name text) RETURNS TABLE (what text, n bigint) LANGUAGE sql AS
$$ SELECT * FROM membership.wrong(into_name, 'membership.customers', 'id', 'm') AS w WHERE w.n > 0 $$;

CREATE TABLE customers (id integer PRIMARY KEY, orders integer, revenue numeric);
INSERT INTO customers SELECT i, i % 10, i * 1.5 FROM generate_series(1, 1000) AS i;
SELECT tcs.rule_set_put('m', '{"rules": [
	{"priority": 1, "segment": "big", "condition": "revenue > 1000"},
	{"priority": 2, "segment": "active", "condition": "orders > 5"}]}');

SELECT tcs.create_segmentation('seg', 'customers', 'id', 'm');
\d seg
SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
 WHERE attrelid = 'seg_moves'::regclass AND attnum > 0 ORDER BY attnum;
SELECT relname, relkind FROM pg_class WHERE relnamespace = 'membership'::regnamespace AND relname ~ '^seg' AND relkind IN ('r', 'v') ORDER BY 1;
-- everything says what it is
SELECT relname, attname FROM pg_class AS c JOIN pg_attribute AS a ON attrelid = c.oid
 WHERE relnamespace = 'membership'::regnamespace AND relname ~ '^seg' AND relkind IN ('r', 'v') AND attnum > 0
   AND (col_description(c.oid, attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL);
SELECT segment, count(*) FROM seg GROUP BY 1 ORDER BY 1;
SELECT cause, entered, present, count(*) FROM seg_moves GROUP BY 1, 2, 3;
SELECT source, key_column, rule_set, mode, notify, time_zone, customers, entered, moved, removed, last_error, queue_length
  FROM seg_status;
SELECT * FROM wrong('seg');

-- what differs is moved, the rest is not touched
SELECT * FROM tcs.refresh_segmentation('seg');
UPDATE customers SET revenue = 0 WHERE id > 990;
DELETE FROM customers WHERE id < 4;
INSERT INTO customers VALUES (2000, 1, 1), (2001, 1, 9999);
CREATE TABLE before AS SELECT *, xmin::text AS version FROM seg;
SELECT * FROM tcs.refresh_segmentation('seg');
SELECT count(*) FROM seg AS s JOIN before AS b USING (key) WHERE s.xmin::text <> b.version;
SELECT key, from_segment, to_segment, cause, entered, present FROM seg_moves WHERE cause <> 'initial' ORDER BY id;
SELECT count(DISTINCT moved_at) FROM seg_moves WHERE cause <> 'initial';
SELECT * FROM wrong('seg');
SELECT * FROM tcs.refresh_segmentation('seg');

-- some customers: repeated, unknown and NULL keys, keys of other types
UPDATE customers SET orders = 9 WHERE id IN (10, 11, 12);
SELECT * FROM tcs.refresh_segmentation('seg', ARRAY[10, 10, NULL, 777777]);
SELECT * FROM tcs.refresh_segmentation('seg', ARRAY[11, 99999999999]);
SELECT * FROM tcs.refresh_segmentation('seg', ARRAY[12]::smallint[]);
SELECT * FROM tcs.refresh_segmentation('seg', '{}'::integer[]);
SELECT * FROM tcs.refresh_segmentation('seg', ARRAY[NULL]::integer[]);
SELECT * FROM tcs.refresh_segmentation('seg', ARRAY['10']);
SELECT * FROM tcs.refresh_segmentation('seg', ARRAY[1.5]);
SELECT * FROM tcs.refresh_segmentation('seg', NULL::integer[]);
-- as many as are looked at by one statement, and more than that one by one
UPDATE customers SET orders = 7 WHERE id BETWEEN 100 AND 200;
SELECT * FROM tcs.refresh_segmentation('seg', ARRAY(SELECT generate_series(1, 150)));
SELECT * FROM tcs.refresh_segmentation('seg');
SELECT * FROM wrong('seg');

-- who comes back goes on where the history ended, whatever the clock says
ALTER TABLE seg_moves DISABLE TRIGGER tcs_guard;
UPDATE seg_moves SET moved_at = '2100-01-01' WHERE key = 1 AND NOT present;
ALTER TABLE seg_moves ENABLE TRIGGER tcs_guard;
INSERT INTO customers VALUES (1, 0, 0);
SELECT * FROM tcs.refresh_segmentation('seg');
SELECT from_segment, to_segment, moved_at, cause, entered FROM seg_moves WHERE key = 1 AND moved_at >= '2100-01-01' ORDER BY id;
UPDATE customers SET orders = 8 WHERE id = 1;
SELECT * FROM tcs.refresh_segmentation('seg', ARRAY[1]);
SELECT since, previous_segment FROM seg WHERE key = 1;
SELECT * FROM wrong('seg');

-- causes: another definition, and data that changed meanwhile
SELECT tcs.rule_set_put('m', '{"default_segment": "rest", "rules": [
	{"priority": 1, "segment": "big", "condition": "revenue > 1100"},
	{"priority": 2, "segment": "active", "condition": "orders > 5"}]}');
SELECT clock_timestamp() AS then \gset
UPDATE customers SET revenue = 1.5 WHERE id IN (900, 901);
UPDATE customers SET orders = 3 WHERE id = 900;
SELECT moved FROM tcs.refresh_segmentation('seg', ARRAY[5, 900]);
SELECT moved > 0 FROM tcs.refresh_segmentation('seg');
SELECT cause, from_segment, to_segment, count(*) FROM seg_moves
 WHERE moved_at > :'then' AND moved_at < '2100-01-01'
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT * FROM wrong('seg');
-- a definition that fails for some cannot be asked: the new one is to blame
SELECT tcs.rule_set_put('m', '{"rules": [{"priority": 1, "segment": "a", "condition": "100 / (id - 5) > 2"}]}');
SELECT * FROM tcs.refresh_segmentation('seg');
UPDATE seg_state SET rules = tcs.rule_set_get('m');
SELECT tcs.rule_set_put('m', '{"rules": [{"priority": 1, "segment": "a", "condition": "id > 5"}]}');
SELECT moved FROM tcs.refresh_segmentation('seg');
SELECT DISTINCT cause FROM seg_moves WHERE to_segment = 'a';
SELECT * FROM wrong('seg');
-- the models of a metrics view
CREATE TABLE orders (customer integer, at date, amount numeric);
INSERT INTO orders SELECT i % 50, current_date - i, i FROM generate_series(1, 500) AS i;
SET client_min_messages = error;
SELECT tcs.create_metrics('metrics', 'orders', 'customer', 'at', 'amount', 'UTC');
SET client_min_messages = warning;
SELECT tcs.rule_set_put('tiers', '{"rules": [{"priority": 1, "segment": "A", "condition": "abc_tier = ''A''"}]}');
SELECT tcs.create_segmentation('tiers', 'metrics', 'customer', 'tiers');
INSERT INTO metrics_model (rfm, abc) SELECT rfm, jsonb_set(abc, '{lower_bounds,0}', '3000') FROM metrics_model;
SELECT models FROM tiers_state;
SELECT moved > 0 AS moved, moved < customers AS but_not_all FROM tcs.refresh_segmentation('tiers');
SELECT models FROM tiers_state;
SELECT DISTINCT cause FROM tiers_moves WHERE NOT entered;
INSERT INTO orders VALUES (0, current_date, 100000);
SELECT moved FROM tcs.refresh_segmentation('tiers');
SELECT cause FROM tiers_moves WHERE key = 0 ORDER BY id;
SELECT * FROM wrong('tiers', 'metrics', 'customer', 'tiers');
SELECT tcs.drop_segmentation('tiers');

-- rules as an argument
SELECT count(*) FROM customers AS c
 WHERE tcs.segment_assign_by(tcs.rule_set_get('m'), c.*) IS DISTINCT FROM tcs.segment_assign('m', c.*);
SELECT tcs.segment_assign_by(d, c.*) FROM customers AS c, (VALUES
	('{"rules": [], "default_segment": "none"}'::jsonb),
	('{"rules": [{"priority": 2, "segment": "b", "condition": "id = 7"}, {"priority": 1, "segment": "a", "condition": "id = 7", "enabled": false}]}')) AS v (d)
 WHERE id = 7;
SELECT tcs.segment_assign_by('{"rules": [{"priority": 1, "segment": "a", "condition": "no_such_column > 1"}]}', c.*) FROM customers AS c LIMIT 1;
SELECT tcs.segment_assign_by('{"rules": [{"priority": 1, "segment": "a", "condition": "pg_sleep(1) IS NULL"}]}', c.*) FROM customers AS c LIMIT 1;
SELECT tcs.segment_assign_by('{"rules": [{"priority": 1, "segment": "a", "condition": "(SELECT true)"}]}', c.*) FROM customers AS c LIMIT 1;
SELECT tcs.segment_assign_by(NULL, c.*) FROM customers AS c LIMIT 1;
DO $$
DECLARE
	wrong text;
BEGIN
	FOREACH wrong IN ARRAY ARRAY['1', '[]', '{}', '{"rules": 1}', '{"rules": [1]}', '{"rules": [[]]}', '{"rules": [], "x": 1}',
		'{"rules": [], "time_zone": 1}', '{"rules": [{}]}',
		'{"rules": [{"priority": "1", "segment": "a", "condition": "true"}]}',
		'{"rules": [{"priority": 1.5, "segment": "a", "condition": "true"}]}',
		'{"rules": [{"priority": 1e20, "segment": "a", "condition": "true"}]}',
		'{"rules": [{"priority": 1, "segment": 2, "condition": "true"}]}',
		'{"rules": [{"priority": 1, "segment": "a"}]}',
		'{"rules": [{"priority": 1, "segment": "a", "condition": "true", "enabled": 1}]}',
		'{"rules": [{"priority": 1, "segment": "a", "condition": "true", "y": 1}]}',
		'{"rules": [{"priority": 1, "segment": "a", "condition": "true"}, {"priority": 1, "segment": "b", "condition": "true"}]}']
	LOOP
		BEGIN
			PERFORM tcs.segment_assign_by(wrong::jsonb, row(1));
			RAISE WARNING 'taken: %', wrong;
		EXCEPTION WHEN invalid_parameter_value OR numeric_value_out_of_range THEN
			RAISE WARNING '%: %', wrong, sqlerrm;
		END;
	END LOOP;
END $$;

-- a failing refresh leaves everything as it was
SELECT tcs.rule_set_put('m', '{"rules": [{"priority": 1, "segment": "x", "condition": "100 / (id - 500) > 2"}]}');
CREATE TABLE was AS SELECT * FROM seg;
SELECT * FROM tcs.refresh_segmentation('seg');
SELECT count(*) FROM (TABLE seg EXCEPT TABLE was) AS d;
SELECT tcs.rule_set_put('m', '{"rules": [{"priority": 1, "segment": "a", "condition": "id > 5"}]}');

-- an emptied table is loaded again
SET session_replication_role = replica;
TRUNCATE seg;
RESET session_replication_role;
SELECT * FROM tcs.refresh_segmentation('seg');
SELECT count(*) FROM seg;
TRUNCATE customers;
SELECT * FROM tcs.refresh_segmentation('seg');
INSERT INTO customers VALUES (1, 1, 1);
SELECT * FROM tcs.refresh_segmentation('seg');
SELECT cause, entered, from_segment, to_segment FROM seg_moves WHERE key = 1 ORDER BY id DESC LIMIT 1;

-- a source with a customer twice
CREATE TABLE twice (id integer, v integer);
INSERT INTO twice VALUES (1, 1), (2, 1), (NULL, 1);
SELECT tcs.rule_set_put('v', '{"rules": [{"priority": 1, "segment": "one", "condition": "v = 1"}, {"priority": 2, "segment": "two", "condition": "v = 2"}]}');
SELECT tcs.create_segmentation('twice_seg', 'twice', 'id', 'v');
SELECT key, segment FROM twice_seg ORDER BY key;
INSERT INTO twice VALUES (2, 2);
SELECT * FROM tcs.refresh_segmentation('twice_seg');
SELECT * FROM tcs.refresh_segmentation('twice_seg', ARRAY[2]);
SELECT tcs.create_segmentation('twice_again', 'twice', 'id', 'v');

-- key types
CREATE TYPE color AS ENUM ('red', 'green', 'blue');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0) NOT NULL;
CREATE TABLE keys (n integer, t text, v varchar(5), c char(5), u uuid, b bigint, s smallint, num numeric(10, 2), d date,
	ts timestamptz, e color, dom positive, f double precision, by bytea, co text COLLATE "C", na name, o oid, r int4range, i inet);
INSERT INTO keys SELECT n, 'it''s ' || n, 'v' || n, 'c' || n, md5(n::text)::uuid, n::bigint << 40, n, n / 3.0, date '2020-01-01' + n,
	timestamptz '2020-01-01' + n * interval '1 day', (enum_range(NULL::color))[n], n, n / 7.0, decode(md5(n::text), 'hex'), 'c' || n, 'n' || n, n, int4range(n, 9), '10.0.0.1'::inet + n
  FROM generate_series(1, 3) AS n;
SELECT tcs.rule_set_put('n', '{"rules": [{"priority": 1, "segment": "two", "condition": "n = 2"}, {"priority": 2, "segment": "three", "condition": "n = 3"}]}');
DO $$
DECLARE
	k text;
	counts text;
BEGIN
	FOR k IN SELECT attname FROM pg_attribute WHERE attrelid = 'keys'::regclass AND attnum > 0 ORDER BY attnum LOOP
		PERFORM tcs.create_segmentation('k', 'keys', k, 'n');
		UPDATE keys SET n = n + 1;
		EXECUTE format('SELECT string_agg(r::text, '' '') FROM (SELECT tcs.refresh_segmentation(''k'', ARRAY(SELECT %I FROM keys WHERE n = 2)) UNION ALL SELECT tcs.refresh_segmentation(''k'')) AS r', k) INTO counts;
		RAISE WARNING '% % %', k, (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'k'::regclass AND attname = 'key'), counts;
		UPDATE keys SET n = n - 1;
		PERFORM tcs.drop_segmentation('k');
	END LOOP;
END $$;
SELECT tcs.create_segmentation('k', (SELECT 'pg_class'::regclass), 'relacl', 'n');
CREATE VIEW strange AS SELECT n, k, ARRAY[n] AS a, '{}'::json AS j, point(1, 1) AS p FROM keys AS k;
SELECT tcs.create_segmentation('k', 'strange', 'k', 'n');
SELECT tcs.create_segmentation('k', 'strange', 'a', 'n');
SELECT tcs.create_segmentation('k', 'strange', 'j', 'n');
SELECT tcs.create_segmentation('k', 'strange', 'p', 'n');

-- a materialized view
CREATE MATERIALIZED VIEW stored AS SELECT n, t FROM keys;
SELECT tcs.create_segmentation('k', 'stored', 't', 'n');
UPDATE keys SET n = 2;
REFRESH MATERIALIZED VIEW stored;
SELECT * FROM tcs.refresh_segmentation('k');
SELECT tcs.drop_segmentation('k');

-- refused
SELECT tcs.create_segmentation(NULL, 'customers', 'id', 'm');
SELECT tcs.create_segmentation('x', NULL, 'id', 'm');
SELECT tcs.create_segmentation('x', 'customers', NULL, 'm');
SELECT tcs.create_segmentation('x', 'customers', 'id', NULL);
SELECT tcs.create_segmentation('x', 'customers', 'id', 'no such rules');
SELECT tcs.create_segmentation('x', 'customers', 'no such column', 'm');
SELECT tcs.create_segmentation('x', 'customers', 'ctid', 'm');
SELECT tcs.create_segmentation('x', 'customers', 'id', 'm', 'sometimes');
SELECT tcs.create_segmentation('x', 'customers_pkey', 'id', 'm');
SELECT tcs.create_segmentation('seg', 'customers', 'id', 'm');
CREATE TABLE x_queue ();
SELECT tcs.create_segmentation('x', 'customers', 'id', 'm');
SELECT tcs.create_segmentation('no_such_schema.x', 'customers', 'id', 'm');
SELECT tcs.create_segmentation('pg_temp.x', 'customers', 'id', 'm');
CREATE TEMPORARY TABLE passing (id integer, orders integer, revenue numeric);
SELECT tcs.create_segmentation('y', 'passing', 'id', 'm');
SELECT tcs.create_segmentation(repeat('y', 56), 'customers', 'id', 'm');
SELECT tcs.refresh_segmentation('customers');
SELECT tcs.process_segmentation('seg', 0);
SELECT tcs.drop_segmentation('customers');
SELECT tcs.refresh_segmentation(NULL), tcs.process_segmentation(NULL), tcs.drop_segmentation(NULL);
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tcs.refresh_segmentation('seg');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT tcs.process_segmentation('seg');
ROLLBACK;
BEGIN READ ONLY;
SELECT tcs.refresh_segmentation('seg');
ROLLBACK;
BEGIN READ ONLY;
SELECT tcs.create_segmentation('y', 'customers', 'id', 'm');
ROLLBACK;

-- in a transaction that is given up
BEGIN;
SELECT tcs.create_segmentation('y', 'customers', 'id', 'm');
UPDATE customers SET orders = 100;
SELECT * FROM tcs.refresh_segmentation('y');
ROLLBACK;
SELECT to_regclass('y'), to_regclass('y_moves');

-- notifications: one for each refresh, with the counts
CREATE TABLE few (id integer, v integer);
INSERT INTO few VALUES (1, 1), (2, 2);
SELECT tcs.create_segmentation('told', 'few', 'id', 'v', notify => true);
SELECT notify FROM told_status;

-- parts that are gone
ALTER TABLE seg_moves RENAME TO elsewhere;
SELECT tcs.refresh_segmentation('seg');
ALTER TABLE elsewhere RENAME TO seg_moves;
ALTER TABLE customers RENAME TO clients;
SELECT customers FROM tcs.refresh_segmentation('seg');
ALTER TABLE clients RENAME COLUMN id TO number;
SELECT tcs.refresh_segmentation('seg');
ALTER TABLE clients RENAME COLUMN number TO id;
ALTER TABLE clients ALTER id TYPE bigint;
SELECT tcs.refresh_segmentation('seg');
ALTER TABLE clients ALTER id TYPE integer;
SELECT tcs.rule_set_copy('m', 'm2');
ALTER TABLE tcs.rule_set DISABLE TRIGGER rule_set_in_use;
DELETE FROM tcs.rule_set WHERE name = 'm';
ALTER TABLE tcs.rule_set ENABLE TRIGGER rule_set_in_use;
SELECT tcs.refresh_segmentation('seg');
SELECT tcs.rule_set_copy('m2', 'm');
DELETE FROM tcs.rule_set WHERE name = 'm2';
ALTER TABLE clients RENAME TO customers;
BEGIN;
DELETE FROM seg_state;
SELECT tcs.refresh_segmentation('seg');
ROLLBACK;
BEGIN;
DROP TABLE customers CASCADE;
SELECT tcs.refresh_segmentation('seg');
ROLLBACK;
BEGIN;
ALTER TABLE seg_queue RENAME TO elsewhere;
SELECT tcs.refresh_segmentation('seg');
ROLLBACK;
BEGIN;
ALTER TABLE seg_queue RENAME TO elsewhere;
SELECT tcs.drop_segmentation('seg');
ROLLBACK;
BEGIN;
DROP VIEW seg_status;
ALTER TABLE seg_queue RENAME TO other;
CREATE VIEW seg_queue AS TABLE other;
SELECT tcs.refresh_segmentation('seg');
ROLLBACK;
CREATE VIEW mine AS SELECT * FROM seg;
SELECT tcs.drop_segmentation('seg');
DROP VIEW mine;
SELECT tcs.drop_segmentation('seg');
SELECT relname FROM pg_class WHERE relnamespace = 'membership'::regnamespace AND relname ~ '^seg';

-- more moves than are made at once, from disk: by a new backend, in which memory
-- that is given back is gone
CREATE TABLE crowd (id text, v integer);
INSERT INTO crowd SELECT md5(i::text), 1 FROM generate_series(1, 10200) AS i;
SELECT tcs.rule_set_put('crowd', '{"rules": [{"priority": 1, "segment": "high", "condition": "v > 1"}]}');
SELECT tcs.create_segmentation('crowded', 'crowd', 'id', 'crowd');
UPDATE crowd SET v = 2;
\c -
SET client_min_messages = warning;
SET search_path = membership;
SET work_mem = '64kB';
SELECT * FROM tcs.refresh_segmentation('crowded');
SELECT segment, count(*) FROM crowded GROUP BY 1;
SELECT tcs.drop_segmentation('crowded');

DROP SCHEMA membership CASCADE;
DELETE FROM tcs.rule_set WHERE name IN ('m', 'v', 'n', 'tiers', 'crowd');
