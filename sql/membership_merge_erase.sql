-- Two customers who are one, and customers who are to be forgotten.
\set VERBOSITY terse
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE SCHEMA who;
SET search_path = who;
CREATE TABLE orders (customer text, amount numeric);
INSERT INTO orders SELECT 'c' || i, i * 10 FROM generate_series(1, 40) AS i;
CREATE VIEW customers AS SELECT customer AS id, sum(amount) AS spend FROM orders GROUP BY 1;
SELECT tcs.rule_set_put('who', '{"default_segment": "other", "rules": [
	{"priority": 10, "segment": "vip", "condition": "spend >= 300"},
	{"priority": 20, "segment": "mid", "condition": "spend >= 200"}]}');
SELECT tcs.create_segmentation('q', 'customers', 'id', 'who'), tcs.create_segmentation('s', 'customers', 'id', 'who', 'sync');
SELECT tcs.track_segmentation('q', 'orders', 'customer'), tcs.track_segmentation('s', 'orders', 'customer');
SELECT tcs.process_segmentation('q'), tcs.process_segmentation('s');
SELECT clock_timestamp() AS before, tcs.segment_moves_cursor() AS cursor \gset

-- members, moves and what is computed from them agree
CREATE FUNCTION wrong(into_name text) RETURNS TABLE (what text, n bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($f$
		SELECT * FROM (
		SELECT 'members', count(*) FROM (SELECT key, segment FROM %1$s EXCEPT ALL SELECT key, segment FROM tcs.segment_at(%1$L, 'infinity')) AS d
		UNION ALL SELECT 'sizes', count(*) FROM (
			(SELECT segment, count(*) FROM %1$s GROUP BY 1 EXCEPT SELECT segment, customers FROM tcs.segment_sizes(%1$L, 'year'))
			UNION ALL (SELECT segment, customers FROM tcs.segment_sizes(%1$L, 'year') WHERE customers > 0 EXCEPT SELECT segment, count(*) FROM %1$s GROUP BY 1)) AS d
		UNION ALL SELECT 'migration', count(*) FROM (
			SELECT to_segment, sum(customers) FROM tcs.segment_migration(%1$L, '-infinity', 'infinity') WHERE change NOT IN ('left', 'merged') GROUP BY 1
			EXCEPT SELECT segment, count(*) FROM %1$s GROUP BY 1) AS d
		UNION ALL SELECT 'monthly', count(*) FROM (
			(SELECT change, sum(customers) FROM %1$s_monthly GROUP BY 1 EXCEPT SELECT change, sum(customers) FROM tcs.segment_migration(%1$L, '-infinity', 'infinity') GROUP BY 1)) AS d
		UNION ALL SELECT 'chain', count(*) FROM (
			SELECT *, lag(to_segment) OVER w AS to_before, lag(present) OVER w AS present_before, lag(moved_at) OVER w AS moved_before, row_number() OVER w AS number
			FROM %1$s_moves WINDOW w AS (PARTITION BY key ORDER BY moved_at)) AS m
		WHERE number = 1 AND NOT entered OR number > 1 AND (moved_at <= moved_before OR entered = present_before OR from_segment IS DISTINCT FROM to_before)) AS w (what, n)
		WHERE n > 0$f$, into_name);
END $$;

-- in one transaction with the data, in both modes
SELECT tcs.bar_segment('q', 'c8', 'vip', 'debts'), tcs.bar_segment('s', 'c8', 'vip', 'debts'), tcs.pin_segment('s', 'c9', 'mid');
SELECT tcs.merge_keys('q', 'c8', 'c7');
BEGIN;
UPDATE orders SET customer = 'c7' WHERE customer = 'c8';
SELECT tcs.merge_keys('q', 'c8', 'c7'), tcs.merge_keys('s', 'c8', 'c7');
COMMIT;
INSERT INTO orders VALUES ('c7', 500);
SELECT tcs.process_segmentation('q');
SELECT q.segment, s.segment FROM q JOIN s USING (key) WHERE key = 'c7';
SELECT key, segment, barred, reason FROM q_pins UNION ALL SELECT key, segment, barred, reason FROM s_pins ORDER BY 1, 2;
SELECT key, from_segment, to_segment, cause, present, merged_into FROM q_moves WHERE moved_at > :'before' AND key IN ('c7', 'c8') ORDER BY id;
SELECT key, cause, present, merged_into FROM s_moves WHERE moved_at > :'before' AND key = 'c8';
SELECT * FROM wrong('q') UNION ALL SELECT * FROM wrong('s');
-- nobody left
SELECT change, sum(customers) FROM tcs.segment_migration('q', :'before', now()) GROUP BY 1 ORDER BY 1;
SELECT change, sum(customers) FROM tcs.segment_migration('q', :'before', now(), value => 'spend') GROUP BY 1 ORDER BY 1;
SELECT change, key, from_segment FROM tcs.segment_moves_since('q', :'cursor') WHERE key = 'c8';
SELECT change, customers IS NULL AS hidden, count(*) FROM tcs.segment_migration('q', :'before', now(), k => 2) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT substring(tcs.report_html('q') FROM 'and <span data-v="(\d+)">[^<]*</span> left') AS who_left;
-- one that is gone already, and said so; a chain; the history under all keys
DELETE FROM orders WHERE customer = 'c6';
SELECT tcs.process_segmentation('q');
SELECT max(cursor) AS cursor FROM tcs.segment_moves_since('q', :'cursor') \gset
SELECT tcs.merge_keys('q', 'c6', 'c8');
SELECT tcs.merge_keys('q', 'c6', 'c7');
SELECT change, key, from_segment FROM tcs.segment_moves_since('q', :'cursor');
UPDATE orders SET customer = 'c5' WHERE customer = 'c7';
SELECT tcs.merge_keys('q', 'c7', 'c5');
SELECT known_as, segment, valid_to IS NULL AS still, cause, ended_by FROM tcs.segment_history('q', 'c5') ORDER BY valid_from, known_as;
SELECT count(*) FROM tcs.segment_history('q', 'nobody');
-- one that comes back is a customer
INSERT INTO orders VALUES ('c8', 1);
SELECT tcs.process_segmentation('q');
SELECT cause, entered FROM q_moves WHERE key = 'c8' ORDER BY id DESC LIMIT 1;
SELECT * FROM wrong('q');
-- a circle of mergers
DELETE FROM orders WHERE customer = 'c8';
SELECT tcs.merge_keys('q', 'c8', 'c5');
UPDATE orders SET customer = 'c8' WHERE customer = 'c5';
SELECT tcs.merge_keys('q', 'c5', 'c8');
SELECT count(*) > 5 FROM tcs.segment_history('q', 'c8');
-- refused
SELECT tcs.merge_keys('q', 'c1', 'c1');
SELECT tcs.merge_keys('q', 'nobody', 'c1');
SELECT tcs.merge_keys('q', 'c5', 'nobody');
SELECT tcs.merge_keys('q', NULL, 'c1') IS NULL AS null_key;
SELECT tcs.merge_keys('q', 1, 2);
SELECT tcs.merge_keys('orders', 'c1', 'c2');

-- forgotten: under all keys, with pins, queue and errors
SELECT 'q before', segment, customers FROM tcs.segment_sizes('q', 'year') ORDER BY 2;
INSERT INTO orders VALUES ('c8', 1), ('c30', 1);
SELECT tcs.bar_segment('q', 'c8', 'mid', 'c8 owes');
UPDATE q_state SET last_error = 'rule 10 failed for customer c8: no', last_error_at = now();
INSERT INTO orders VALUES ('c8', 1);
DELETE FROM orders WHERE customer = 'c8';
SELECT tcs.erase_customer('q', 'c8') > 5 AS erased;
SELECT (SELECT count(*) FROM q_moves WHERE key IN ('c5', 'c6', 'c7', 'c8') OR merged_into IS NOT NULL) AS moves,
	(SELECT count(*) FROM q WHERE key IN ('c5', 'c6', 'c7', 'c8')) AS members, (SELECT count(*) FROM q_queue WHERE key = 'c8') AS queue,
	(SELECT count(*) FROM q_queue) AS others, (SELECT count(*) FROM q_pins) AS pins, (SELECT last_error FROM q_state) AS error;
SELECT 'q after', segment, customers FROM tcs.segment_sizes('q', 'year') ORDER BY 2;
SELECT * FROM wrong('q');
SELECT * FROM tcs.refresh_segmentation('q');
-- the other segmentation knows the customer still
SELECT count(*) > 0 FROM s_moves WHERE key = 'c8';
SELECT tcs.erase_customer('s', 'c8') > 0;
SELECT tcs.erase_customer('s', 'c8');
-- still in the source
\set VERBOSITY default
SELECT tcs.erase_customer('s', 'c9');
\set VERBOSITY terse
SELECT count(*) FROM s_moves WHERE key = 'c9';
INSERT INTO orders VALUES ('c9', 1);
SELECT cause, entered, to_segment FROM s_moves WHERE key = 'c9';
SELECT * FROM wrong('s');
-- with a source that fails, and one that is gone
CREATE OR REPLACE VIEW customers AS SELECT customer AS id, sum(amount) / (count(*) - count(*)) AS spend FROM orders GROUP BY 1;
SELECT tcs.erase_customer('s', 'c10');
DROP VIEW customers CASCADE;
SELECT tcs.erase_customer('s', 'c11');
SELECT count(*) FROM s WHERE key IN ('c10', 'c11');
CREATE VIEW customers AS SELECT customer AS id, sum(amount) AS spend FROM orders GROUP BY 1;
UPDATE s_state SET source = 'customers'::regclass;
UPDATE q_state SET source = 'customers'::regclass;
SELECT entered FROM tcs.refresh_segmentation('s');
-- refused
SELECT tcs.erase_customer('q', NULL);
SELECT tcs.erase_customer(NULL, 'c1');
SELECT tcs.erase_customer('orders', 'c1');
SELECT tcs.erase_customer('q', 'c1', 'orders');
BEGIN READ ONLY;
SELECT tcs.erase_customer('q', 'c1');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT tcs.erase_customer('q', 'c1');
ROLLBACK;
CREATE TABLE noted (key text REFERENCES q);
INSERT INTO noted VALUES ('c12');
SELECT tcs.erase_customer('q', 'c12');
DROP TABLE noted;
CREATE ROLE tcs_privacy;
GRANT USAGE ON SCHEMA who TO tcs_privacy;
GRANT UPDATE ON q TO tcs_privacy;
SET ROLE tcs_privacy;
SELECT tcs.erase_customer('q', 'c13');
SELECT tcs.merge_keys('q', 'c13', 'c14');
SELECT * FROM tcs.segment_history('q', 'c13');
RESET ROLE;
REVOKE UPDATE ON q FROM tcs_privacy;
GRANT DELETE ON q TO tcs_privacy;
DELETE FROM orders WHERE customer = 'c13';
SET ROLE tcs_privacy;
DELETE FROM q;
SELECT tcs.erase_customer('q', 'c13');
SELECT tcs.merge_keys('q', 'c14', 'c15');
RESET ROLE;

-- consents
SELECT tcs.create_consents('consent', '{email,"by phone"}', 'text');
INSERT INTO consent (customer, purpose, given_at, withdrawn_at) VALUES ('c20', 'email', '2024-01-01', NULL), ('c21', 'email', '2024-01-01', '2024-02-01'),
	('c21', 'by phone', '2024-01-01', NULL), ('c22', 'email', '2024-01-01', '2024-02-01'), ('c22', 'email', '2024-03-01', 'infinity'), ('c23', 'email', 'infinity', NULL);
SELECT * FROM consent_given ORDER BY 1;
INSERT INTO consent (customer, purpose) VALUES ('c20', 'email');
INSERT INTO consent (customer, purpose) VALUES ('c20', 'fax');
INSERT INTO consent (customer, purpose, given_at, withdrawn_at) VALUES ('c20', 'email', '2024-01-02', '2024-01-01');
SELECT obj_description('consent'::regclass), obj_description('consent_given'::regclass);
SELECT attrelid::regclass, attname FROM pg_attribute WHERE attrelid IN ('consent'::regclass, 'consent_given'::regclass) AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;
CREATE VIEW contacts AS SELECT c.*, g.email FROM customers AS c LEFT JOIN consent_given AS g ON g.customer = c.id;
SELECT tcs.rule_set_put('who may be written to', '{"default_segment": "write", "rules": [{"priority": 0, "segment": "no contact", "condition": "email IS NOT TRUE"}]}');
SELECT tcs.create_segmentation('mailing', 'contacts', 'id', 'who may be written to', 'sync');
SELECT tcs.track_segmentation('mailing', 'consent', 'customer') + tcs.track_segmentation('mailing', 'orders', 'customer');
SELECT tcs.process_segmentation('mailing') > 0;
SELECT key, segment FROM mailing WHERE key IN ('c20', 'c21', 'c22', 'c23', 'c24') ORDER BY 1;
UPDATE consent SET withdrawn_at = now() WHERE customer = 'c20';
INSERT INTO consent (customer, purpose) VALUES ('c24', 'email');
SELECT key, segment, previous_segment FROM mailing WHERE key IN ('c20', 'c24') ORDER BY 1;
DELETE FROM orders WHERE customer = 'c24';
SELECT tcs.erase_customer('mailing', 'c24', 'consent') > 0 AS erased;
SELECT count(*) FROM consent WHERE customer = 'c24';
SELECT tcs.create_consents('consent', '{email}');
SELECT tcs.create_consents('other', '{}');
SELECT tcs.create_consents('other', '{email,email}');
SELECT tcs.create_consents('other', '{customer}');
SELECT tcs.create_consents('other', '{""}');
SELECT tcs.create_consents('other', ARRAY[repeat('x', 64)]);
SELECT tcs.create_consents('other', '{email,NULL}');
SELECT tcs.create_consents('other', '{{email,phone}}');
DROP TABLE other CASCADE;
SELECT tcs.create_consents('other', NULL);
SELECT tcs.create_consents(NULL, '{email}');
SELECT tcs.create_consents('pg_temp.other', '{email}');
SELECT tcs.create_consents(repeat('x', 58), '{email}');
SELECT tcs.create_consents('"Odd ""name"', '{"it''s \"x\""}', 'date');
SELECT * FROM "Odd ""name_given";
SET ROLE tcs_privacy;
SELECT tcs.create_consents('who.mine', '{email}');
SELECT tcs.erase_customer('q', 'c14', 'who.consent');
RESET ROLE;

SELECT tcs.drop_segmentation('q'), tcs.drop_segmentation('s'), tcs.drop_segmentation('mailing');
DROP OWNED BY tcs_privacy;
DROP ROLE tcs_privacy;
DROP SCHEMA who CASCADE;
DELETE FROM tcs.rule_set WHERE name LIKE 'who%';
