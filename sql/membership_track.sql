-- Tables that report to segmentations, in both modes.
\set VERBOSITY terse
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE SCHEMA track;
SET search_path = track;

CREATE TABLE customers (id integer PRIMARY KEY);
CREATE TABLE orders (id integer PRIMARY KEY, customer bigint, amount numeric);
CREATE VIEW source AS
SELECT c.id, count(o.id) AS n, coalesce(sum(o.amount), 0) AS revenue
  FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id GROUP BY c.id;
INSERT INTO customers SELECT generate_series(1, 100);
INSERT INTO orders SELECT i, 1 + i % 50, i FROM generate_series(1, 200) AS i;
SELECT tcs.rule_set_put('t', '{"default_segment": "none", "rules": [
	{"priority": 1, "segment": "big", "condition": "revenue > 1000"},
	{"priority": 2, "segment": "active", "condition": "n > 1"}]}');
SELECT tcs.create_segmentation('q', 'source', 'id', 't');
SELECT tcs.create_segmentation('s', 'source', 'id', 't', 'sync');
SELECT tcs.track_segmentation('q', 'orders', 'customer'), tcs.track_segmentation('s', 'orders', 'customer'),
	tcs.track_segmentation('q', 'customers', 'id'), tcs.track_segmentation('s', 'customers', 'id');
SELECT relation, parent, key, through FROM s_tracked ORDER BY relation::text;
-- what changed before is still to be looked at
SELECT full_refresh_due, queue_length FROM q_status;
SELECT tcs.process_segmentation('q'), (tcs.refresh_segmentation('s')).customers;
SELECT (SELECT count(*) FROM q_queue), (SELECT count(*) FROM s_queue);

-- Is s right, and will q be once its queue is worked off?
CREATE FUNCTION check_both(OUT sync_wrong bigint, OUT keys text, OUT queue_wrong bigint, OUT moves_differ bigint) LANGUAGE plpgsql AS $$
BEGIN
	SELECT count(*) INTO sync_wrong FROM (
		(SELECT id, tcs.segment_assign('t', d.*) FROM track.source AS d EXCEPT SELECT key, segment FROM track.s)
		UNION ALL
		(SELECT key, segment FROM track.s EXCEPT SELECT id, tcs.segment_assign('t', d.*) FROM track.source AS d)) AS d;
	SELECT string_agg(coalesce(key::text, 'all'), ' ' ORDER BY key) INTO keys
	  FROM (SELECT DISTINCT key FROM track.q_queue) AS q;
	PERFORM tcs.process_segmentation('track.q');
	SELECT count(*) INTO queue_wrong FROM (
		(SELECT key, segment, previous_segment FROM track.q EXCEPT SELECT key, segment, previous_segment FROM track.s)
		UNION ALL
		(SELECT key, segment, previous_segment FROM track.s EXCEPT SELECT key, segment, previous_segment FROM track.q)) AS d;
	SELECT count(*) INTO moves_differ FROM (
		(SELECT key, to_segment, entered, present, cause FROM track.q_moves EXCEPT ALL SELECT key, to_segment, entered, present, cause FROM track.s_moves)
		UNION ALL
		(SELECT key, to_segment, entered, present, cause FROM track.s_moves EXCEPT ALL SELECT key, to_segment, entered, present, cause FROM track.q_moves)) AS d;
END $$;

-- one row, many, none; keys that are NULL, nobody's, or too large
INSERT INTO orders VALUES (1000, 60, 5000);
SELECT * FROM check_both();
INSERT INTO orders VALUES (1001, 61, 1), (1002, 61, 1), (1003, NULL, 1), (1004, 99999999999, 1), (1005, 777777, 1);
SELECT * FROM check_both();
INSERT INTO orders SELECT 1000, 1, 1 WHERE false;
UPDATE orders SET amount = 1 WHERE false;
SELECT * FROM check_both();
INSERT INTO orders SELECT 2000 + i, 1 + i % 100, 500 FROM generate_series(1, 250) AS i;
SELECT * FROM check_both();
-- another amount, another key
UPDATE orders SET amount = 1 WHERE customer IN (7, 8);
SELECT * FROM check_both();
UPDATE orders SET customer = 9 WHERE customer = 8;
SELECT * FROM check_both();
UPDATE orders SET customer = NULL WHERE customer = 9;
SELECT * FROM check_both();
DELETE FROM orders WHERE customer = 10;
SELECT * FROM check_both();
-- customers come and go
INSERT INTO customers VALUES (101), (102);
SELECT * FROM check_both();
DELETE FROM customers WHERE id = 101;
SELECT * FROM check_both();
UPDATE customers SET id = 103 WHERE id = 102;
SELECT * FROM check_both();
SELECT from_segment, to_segment, cause, entered, present FROM s_moves WHERE key IN (101, 102, 103) ORDER BY id;
-- upserts, MERGE, statements in one query
INSERT INTO orders VALUES (1000, 62, 7), (3000, 63, 7), (3001, 64, 7)
	ON CONFLICT (id) DO UPDATE SET customer = excluded.customer, amount = excluded.amount;
SELECT * FROM check_both();
INSERT INTO orders VALUES (1000, 62, 7) ON CONFLICT (id) DO NOTHING;
SELECT * FROM check_both();
MERGE INTO orders AS o USING (VALUES (1000, 70), (1001, 71), (4000, 72)) AS v (id, customer) ON o.id = v.id
	WHEN MATCHED AND o.id = 1000 THEN DELETE
	WHEN MATCHED THEN UPDATE SET customer = v.customer
	WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.customer, 2000);
SELECT * FROM check_both();
WITH gone AS (DELETE FROM orders WHERE customer = 20 RETURNING *),
	changed AS (UPDATE orders SET amount = 3000 WHERE customer = 21 RETURNING *)
INSERT INTO orders SELECT id + 10000, 22, amount FROM gone;
SELECT * FROM check_both();
COPY orders FROM stdin;
5000	30	4000
5001	31	4000
5002	\N	4000
\.
SELECT * FROM check_both();
-- several statements in a transaction, and some of them undone
BEGIN;
INSERT INTO orders VALUES (6000, 33, 9000);
SELECT segment FROM s WHERE key = 33;
SAVEPOINT a;
DELETE FROM orders WHERE customer = 33;
SELECT segment FROM s WHERE key = 33;
ROLLBACK TO a;
SELECT segment FROM s WHERE key = 33;
UPDATE orders SET customer = 34 WHERE id = 6000;
COMMIT;
SELECT sync_wrong, keys, queue_wrong FROM check_both();
SELECT from_segment, to_segment FROM s_moves WHERE key = 33 ORDER BY id;
SELECT count(*) FROM s_moves AS a JOIN s_moves AS b USING (key, moved_at) WHERE a.id <> b.id;
TRUNCATE orders;
SELECT keys, sync_wrong FROM check_both();
SELECT segment, count(*) FROM s GROUP BY 1;

-- time alone: nothing was reported
CREATE TABLE trials (id integer PRIMARY KEY, until timestamptz);
INSERT INTO trials VALUES (1, 'infinity'), (2, 'infinity'), (3, 'infinity');
SELECT tcs.rule_set_put('trials', '{"rules": [{"priority": 1, "segment": "trial", "condition": "until > now()"}]}');
SELECT tcs.create_segmentation('trial', 'trials', 'id', 'trials');
SELECT tcs.track_segmentation('trial', 'trials', 'id');
SELECT tcs.process_segmentation('trial');
-- as if that time had come
ALTER TABLE trials DISABLE TRIGGER USER;
UPDATE trials SET until = now() WHERE id IN (1, 2);
ALTER TABLE trials ENABLE TRIGGER USER;
UPDATE trials SET until = until WHERE id = 2;
SELECT moved FROM tcs.refresh_segmentation('trial');
SELECT key, from_segment, to_segment, cause FROM trial_moves WHERE cause <> 'initial' ORDER BY key;
SELECT tcs.drop_segmentation('trial');

-- partitions: statements on the whole and on a part
CREATE TABLE parted (id integer, customer integer, amount numeric) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id);
CREATE TABLE parted_2a (customer integer, dropped integer, amount numeric, id integer);
ALTER TABLE parted_2a DROP dropped;
ALTER TABLE parted_2 ATTACH PARTITION parted_2a FOR VALUES FROM (100) TO (200);
CREATE TABLE heirs (id integer, customer integer, amount numeric);
CREATE TABLE heirs_1 (more integer) INHERITS (heirs);
CREATE OR REPLACE VIEW source AS
SELECT c.id, count(o.id) AS n, coalesce(sum(o.amount), 0) AS revenue
  FROM customers AS c LEFT JOIN (SELECT id, customer, amount FROM parted UNION ALL SELECT id, customer, amount FROM heirs) AS o ON o.customer = c.id GROUP BY c.id;
SELECT tcs.track_segmentation('q', 'parted', 'customer'), tcs.track_segmentation('s', 'parted', 'customer'),
	tcs.track_segmentation('q', 'heirs', 'customer'), tcs.track_segmentation('s', 'heirs', 'customer');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'parted_2a'::regclass;
SELECT tcs.process_segmentation('q') > 0;
INSERT INTO parted VALUES (1, 1, 2000), (101, 2, 2000);
SELECT * FROM check_both();
INSERT INTO parted_1 VALUES (2, 3, 2000);
SELECT * FROM check_both();
INSERT INTO parted_2 VALUES (102, 4, 2000);
SELECT * FROM check_both();
INSERT INTO parted_2a VALUES (5, 2000, 103);
SELECT * FROM check_both();
UPDATE parted SET id = id + 100, customer = customer + 10 WHERE id < 100;
SELECT * FROM check_both();
DELETE FROM parted WHERE customer IN (2, 11);
SELECT * FROM check_both();
TRUNCATE parted_2;
SELECT sync_wrong, keys, queue_wrong FROM check_both();
INSERT INTO heirs_1 VALUES (1, 40, 2000);
SELECT * FROM check_both();
UPDATE heirs SET customer = 41;
SELECT * FROM check_both();
DELETE FROM heirs;
SELECT * FROM check_both();
-- a new partition reports after another call
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM (200) TO (300);
INSERT INTO parted VALUES (201, 50, 2000);
SELECT * FROM check_both();
SELECT tcs.track_segmentation('s', 'parted', 'customer');
INSERT INTO parted_3 VALUES (202, 51, 2000);
SELECT segment FROM s WHERE key = 51;
SELECT tcs.untrack_segmentation('s', 'parted'), tcs.untrack_segmentation('q', 'parted');
SELECT tcs.untrack_segmentation('s', 'parted');
SELECT relation, parent, key, through FROM s_tracked ORDER BY relation::text;

-- a broken rule fails no order
CREATE OR REPLACE VIEW source AS
SELECT c.id, count(o.id) AS n, coalesce(sum(o.amount), 0) AS revenue
  FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id GROUP BY c.id;
DROP TABLE parted, heirs CASCADE;
SELECT (tcs.refresh_segmentation('q')).customers, (tcs.refresh_segmentation('s')).customers;
SELECT tcs.rule_set_put('t', '{"default_segment": "none", "rules": [{"priority": 2, "segment": "active", "condition": "100 / (n - 1) > 1"}]}');
INSERT INTO orders SELECT 100 + i, 1 + i % 10, 1 FROM generate_series(0, 14) AS i;
SELECT key FROM s_queue ORDER BY key;
SELECT last_error, last_error_state, last_error_at > last_refresh FROM s_status;
-- those for whom it works are moved, the others wait
SELECT tcs.process_segmentation('q');
SELECT last_error, queue_length FROM q_status;
SELECT key, segment FROM q WHERE segment <> 'none' ORDER BY key;
SELECT tcs.process_segmentation('q', 3);
SELECT count(*), count(DISTINCT key) FROM q_queue;
-- they do not stand in the way
INSERT INTO orders SELECT 200 + i, 20, 1 FROM generate_series(1, 2) AS i;
SELECT tcs.process_segmentation('q', 3);
SELECT tcs.process_segmentation('q', 3);
SELECT segment FROM q WHERE key = 20;
-- a full refresh says what it is (of the first that it comes to, which is a matter of plans)
DO $$ BEGIN PERFORM tcs.refresh_segmentation('q'); EXCEPTION WHEN division_by_zero THEN RAISE WARNING '%', regexp_replace(SQLERRM, 'customer [0-9]+', 'a customer'); END $$;
TRUNCATE trials;
DELETE FROM q_queue;
INSERT INTO q_queue (key) VALUES (NULL);
SELECT tcs.process_segmentation('q');
SELECT regexp_replace(last_error, 'customer [0-9]+', 'a customer') AS last_error, full_refresh_due FROM q_status;
-- a rule that does not compile
SELECT tcs.rule_set_put('t', '{"default_segment": "none", "rules": [{"priority": 2, "segment": "active", "condition": "no_such_column > 1"}]}');
INSERT INTO orders VALUES (300, 21, 1), (301, 21, 1);
SELECT last_error FROM s_status;
-- and put right
SELECT tcs.rule_set_put('t', '{"default_segment": "none", "rules": [{"priority": 2, "segment": "active", "condition": "n > 1"}]}');
SELECT tcs.process_segmentation('q') > 0, tcs.process_segmentation('s') > 0;
SELECT last_error, last_error_state, last_error_at FROM s_status;
INSERT INTO orders VALUES (302, 22, 1), (303, 22, 1);
SELECT sync_wrong, keys, queue_wrong FROM check_both();

-- parts that are gone: the order goes through, with a warning
\set VERBOSITY default
ALTER TABLE s RENAME TO elsewhere;
INSERT INTO orders VALUES (400, 1, 1);
ALTER TABLE elsewhere RENAME TO s;
\set VERBOSITY terse
ALTER TABLE s_queue RENAME TO elsewhere;
INSERT INTO orders VALUES (401, 1, 1);
ALTER TABLE elsewhere RENAME TO s_queue;
ALTER TABLE s_moves RENAME TO elsewhere;
INSERT INTO orders VALUES (402, 1, 1);
ALTER TABLE elsewhere RENAME TO s_moves;
ALTER TABLE s_state RENAME TO elsewhere;
INSERT INTO orders VALUES (403, 1, 1);
ALTER TABLE elsewhere RENAME TO s_state;
-- the source fails: the keys are queued
ALTER VIEW source RENAME COLUMN id TO number;
INSERT INTO orders VALUES (404, 23, 1), (405, 23, 1);
SELECT last_error, queue_length FROM s_status;
ALTER VIEW source RENAME COLUMN number TO id;
-- the column of the table
ALTER TABLE orders RENAME COLUMN customer TO client;
INSERT INTO orders VALUES (406, 24, 1), (407, 24, 1);
SELECT tcs.track_segmentation('s', 'orders', 'client'), tcs.track_segmentation('q', 'orders', 'client');
SELECT (tcs.refresh_segmentation('q')).customers, (tcs.refresh_segmentation('s')).customers;
INSERT INTO orders VALUES (408, 24, 1), (409, 25, 1);
SELECT sync_wrong, keys, queue_wrong FROM check_both();
-- a trigger that someone made to look like ours
CREATE TABLE forged (customer integer);
CREATE TRIGGER forged AFTER INSERT ON forged REFERENCING NEW TABLE AS tcs_new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.track_changes('track', 's', 'customer', 'sync');
INSERT INTO forged VALUES (1);
SELECT count(*) FROM s_queue;
CREATE TRIGGER forged_row AFTER INSERT ON forged FOR EACH ROW EXECUTE FUNCTION tcs_internal.track_changes('track', 's', 'customer', 'sync');
INSERT INTO forged VALUES (1);
DROP TRIGGER forged_row ON forged;
CREATE TRIGGER forged_arguments AFTER INSERT ON forged EXECUTE FUNCTION tcs_internal.track_changes('track');
INSERT INTO forged VALUES (1);
SELECT tcs_internal.track_changes();

-- what cannot be tracked
SELECT tcs.track_segmentation('q', 'source', 'id');
CREATE MATERIALIZED VIEW stored AS SELECT 1 AS id;
SELECT tcs.track_segmentation('q', 'stored', 'id');
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE far (id integer) SERVER nowhere;
SELECT tcs.track_segmentation('q', 'far', 'id');
CREATE TABLE mixed (id integer) PARTITION BY RANGE (id);
CREATE FOREIGN TABLE mixed_far PARTITION OF mixed FOR VALUES FROM (1) TO (2) SERVER nowhere;
SELECT tcs.track_segmentation('q', 'mixed', 'id');
-- what Citus has spread over machines stands in a catalog of its own
BEGIN;
SET LOCAL allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass NOT NULL);
CREATE TABLE spread (id integer PRIMARY KEY);
INSERT INTO pg_dist_partition VALUES ('spread');
SAVEPOINT before;
SELECT tcs.track_segmentation('q', 'spread', 'id');
ROLLBACK TO before;
-- others are tracked as ever; a segmentation of it takes the rules by value
CREATE TABLE beside (id integer PRIMARY KEY);
SELECT tcs.track_segmentation('q', 'beside', 'id') > 0 AS tracked;
INSERT INTO spread SELECT generate_series(1, 5);
SELECT tcs.rule_set_put('spread', '{"default_segment": "low", "rules": [{"segment": "high", "condition": "id > 3"}]}');
SELECT tcs.create_segmentation('spread_now', 'spread', 'id', 'spread');
DELETE FROM spread WHERE id = 1;
INSERT INTO spread VALUES (6);
UPDATE tcs.rule SET condition = 'id > 2' WHERE rule_set = 'spread';
SELECT tcs.refresh_segmentation('spread_now', ARRAY[1, 3, 6]);
SELECT key, to_segment, cause, present FROM spread_now_moves ORDER BY id;
ROLLBACK;
CREATE TEMPORARY TABLE passing (id integer);
SELECT tcs.track_segmentation('q', 'passing', 'id');
SELECT tcs.track_segmentation('q', 'q', 'key'), 1;
SELECT tcs.track_segmentation('q', 'orders', 'no such column');
SELECT tcs.track_segmentation('q', 'orders', 'amount');
CREATE TABLE texts (customer text);
SELECT tcs.track_segmentation('q', 'texts', 'customer');
SELECT tcs.track_segmentation('orders', 'orders', 'customer');
SELECT tcs.track_segmentation('q', 0, 'customer');
SELECT tcs.track_segmentation(NULL, 'orders', 'client');

-- dropping the table takes the triggers along
SELECT tgname IS NOT NULL, tgenabled, tgtype FROM pg_trigger WHERE tgrelid = 'customers'::regclass AND NOT tgisinternal ORDER BY tgname;
DROP TABLE s;
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('orders'::regclass, 'customers'::regclass) AND NOT tgisinternal;
SELECT tcs.drop_segmentation('q');
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('orders'::regclass, 'customers'::regclass) AND NOT tgisinternal;

DROP SCHEMA track CASCADE;
DROP FOREIGN DATA WRAPPER nothing CASCADE;
DELETE FROM tcs.rule_set WHERE name IN ('t', 'trials');
