-- Tables without the customer's key, changes that come in several statements, and
-- segmentations that track segmentations.
\set VERBOSITY default
SET client_min_messages = notice;
SET TimeZone = 'UTC';
CREATE SCHEMA through;
SET search_path = through;

CREATE TABLE orders (order_id integer PRIMARY KEY, customer_id integer, ordered_on date);
CREATE TABLE order_lines (order_id integer REFERENCES orders ON UPDATE CASCADE ON DELETE CASCADE, quantity integer, price numeric);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON order_lines (order_id);
INSERT INTO orders SELECT n, n % 5, date '2026-01-01' + n FROM generate_series(1, 20) AS n;
INSERT INTO order_lines SELECT n, 1, 10 FROM generate_series(1, 20) AS n;
CREATE VIEW worth AS
SELECT o.customer_id, sum(l.quantity * l.price) AS revenue
  FROM through.orders AS o JOIN through.order_lines AS l USING (order_id) GROUP BY o.customer_id;
SELECT tcs.rule_set_put('through', '{"default_segment": "small", "rules": [
	{"priority": 1, "segment": "big", "condition": "revenue >= 1000"}]}');
SELECT tcs.create_segmentation('s', 'worth', 'customer_id', 'through', mode => 'sync');
SELECT tcs.create_segmentation('q', 'worth', 'customer_id', 'through');
-- which tables beneath the source do not report is said
SELECT tcs.track_segmentation('s', 'orders', 'customer_id');
SELECT tcs.process_segmentation('s');

-- the order in one statement, its lines in the next, of which nobody is told
BEGIN;
INSERT INTO orders VALUES (1000, 3, '2026-02-01');
SELECT segment FROM s WHERE key = 3;
INSERT INTO order_lines VALUES (1000, 100, 50);
COMMIT;
SELECT segment, previous_segment FROM s WHERE key = 3;
SELECT from_segment, to_segment, cause FROM s_moves WHERE key = 3 ORDER BY id;
SELECT queue_length, last_error FROM s_status;
-- undone in part
BEGIN;
INSERT INTO orders VALUES (1001, 4, '2026-02-01');
SAVEPOINT a;
INSERT INTO orders VALUES (1002, 2, '2026-02-01');
INSERT INTO order_lines VALUES (1001, 100, 50), (1002, 100, 50);
ROLLBACK TO a;
INSERT INTO order_lines VALUES (1001, 100, 50);
COMMIT;
SELECT key, segment FROM s ORDER BY key;
-- a customer who is nobody until the lines are there
BEGIN;
INSERT INTO orders VALUES (1003, 77, '2026-02-01');
INSERT INTO order_lines VALUES (1003, 1, 5000);
COMMIT;
SELECT segment FROM s WHERE key = 77;
-- at once, if it is asked for; then what comes later is not seen
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO orders VALUES (1004, 78, '2026-02-01');
INSERT INTO order_lines VALUES (1004, 1, 5000);
COMMIT;
SELECT count(*) FROM s WHERE key = 78;

-- by way of the orders: the foreign key tells how
SELECT tcs.track_segmentation('s', 'order_lines', 'customer_id', through => 'orders');
SELECT tcs.track_segmentation('q', 'order_lines', 'customer_id', through => 'orders');
SELECT relation, key, through, columns, through_columns FROM q_tracked ORDER BY 1;
SELECT tcs.process_segmentation('s'), tcs.process_segmentation('q');
CREATE FUNCTION wrong(OUT sync bigint, OUT queue bigint, OUT queued bigint) LANGUAGE plpgsql AS $$
BEGIN
	SELECT count(*) INTO sync FROM (
		(SELECT customer_id, tcs.segment_assign('through', w) FROM through.worth AS w EXCEPT SELECT key, segment FROM through.s)
		UNION ALL
		(SELECT key, segment FROM through.s EXCEPT SELECT customer_id, tcs.segment_assign('through', w) FROM through.worth AS w)) AS d;
	SELECT count(*) INTO queued FROM through.q_queue;
	PERFORM tcs.process_segmentation('through.q');
	SELECT count(*) INTO queue FROM (
		(SELECT customer_id, tcs.segment_assign('through', w) FROM through.worth AS w EXCEPT SELECT key, segment FROM through.q)
		UNION ALL
		(SELECT key, segment FROM through.q EXCEPT SELECT customer_id, tcs.segment_assign('through', w) FROM through.worth AS w)) AS d;
END $$;
SELECT * FROM wrong();
-- a new line, two of one order, for an order that is not there, without an order
INSERT INTO order_lines VALUES (1, 1, 5000);
SELECT relation, via, key FROM q_queue;
SELECT * FROM wrong();
INSERT INTO order_lines VALUES (2, 1, 600), (2, 1, 600), (NULL, 1, 600);
SELECT * FROM wrong();
UPDATE order_lines SET price = 1 WHERE price > 500;
SELECT * FROM wrong();
-- a line goes to another order; an order to another customer; an order gets another number
UPDATE order_lines SET order_id = 4 WHERE order_id = 1000;
SELECT * FROM wrong();
UPDATE orders SET customer_id = 1 WHERE order_id = 4;
SELECT * FROM wrong();
UPDATE orders SET order_id = 5000 WHERE order_id = 4;
SELECT * FROM wrong();
-- the line is taken away, with its order and before it
DELETE FROM orders WHERE order_id = 5000;
SELECT * FROM wrong();
BEGIN;
DELETE FROM order_lines WHERE order_id = 1001;
DELETE FROM orders WHERE order_id = 1001;
COMMIT;
SELECT * FROM wrong();
-- the order changes hands between the note and the look
INSERT INTO order_lines VALUES (7, 1, 3000);
UPDATE orders SET customer_id = 99 WHERE order_id = 7;
SELECT * FROM wrong();
SELECT segment FROM q WHERE key = 99;
TRUNCATE order_lines;
SELECT * FROM wrong();
SELECT tcs.untrack_segmentation('q', 'order_lines'), (SELECT count(*) FROM q_tracked);
SELECT tcs.drop_segmentation('q'), tcs.drop_segmentation('s');
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('orders'::regclass, 'order_lines'::regclass) AND tgname LIKE 'tcs%';

-- keys of two columns: one value of them, and a way of two columns
CREATE TABLE account (tenant text, id integer, plan text, PRIMARY KEY (tenant, id));
CREATE TABLE usage (tenant text, account integer, day date, units numeric);
CREATE TABLE tickets (tenant text, number integer, account integer, PRIMARY KEY (tenant, number));
CREATE TABLE ticket_events (tenant text, ticket integer, kind text);
INSERT INTO account SELECT t, i, 'free' FROM unnest('{a,b}'::text[]) AS t, generate_series(1, 3) AS i;
CREATE VIEW account_use AS
SELECT a.tenant || ':' || a.id AS account, a.plan, coalesce(u.units, 0) AS units, coalesce(e.escalated, 0) AS escalated
  FROM through.account AS a
  LEFT JOIN (SELECT tenant, account, sum(units) AS units FROM through.usage GROUP BY 1, 2) AS u ON u.tenant = a.tenant AND u.account = a.id
  LEFT JOIN (SELECT t.tenant, t.account, count(*) AS escalated FROM through.tickets AS t JOIN through.ticket_events AS e ON e.tenant = t.tenant AND e.ticket = t.number
			  WHERE e.kind = 'escalated' GROUP BY 1, 2) AS e ON e.tenant = a.tenant AND e.account = a.id;
SELECT tcs.rule_set_put('accounts', '{"default_segment": "quiet", "rules": [
	{"priority": 1, "segment": "angry", "condition": "escalated > 0"}, {"priority": 2, "segment": "busy", "condition": "units > 10"}]}');
SELECT tcs.create_segmentation('acc', 'account', 'tenant, id', 'accounts');
SELECT tcs.create_segmentation('acc', 'account_use', 'account', 'accounts', mode => 'sync');
SELECT tcs.track_segmentation('acc', 'account', $$tenant || ':' || id$$),
	tcs.track_segmentation('acc', 'usage', $$tenant || ':' || account$$),
	tcs.track_segmentation('acc', 'ticket_events', $$tenant || ':' || account$$, through => 'tickets',
		columns => '{tenant,ticket}', through_columns => '{tenant,number}');
SELECT relation, key, through, columns, through_columns FROM acc_tracked ORDER BY relation::text;
SELECT tcs.process_segmentation('acc');
INSERT INTO usage VALUES ('a', 1, '2026-01-01', 11), ('b', 2, '2026-01-01', 11), ('b', NULL, '2026-01-01', 11);
INSERT INTO tickets VALUES ('b', 1, 3), ('a', 1, 3);
INSERT INTO ticket_events VALUES ('b', 1, 'opened'), ('b', 1, 'escalated');
SELECT key, segment FROM acc ORDER BY key;
UPDATE tickets SET account = 1 WHERE tenant = 'b';
SELECT key, segment FROM acc ORDER BY key;
-- what is no way
\set VERBOSITY terse
SELECT tcs.track_segmentation('acc', 'usage', 'tenant');
SELECT tcs.track_segmentation('acc', 'usage', 'nobody');
SELECT tcs.track_segmentation('acc', 'usage', $$account + 1$$);
SELECT tcs.track_segmentation('acc', 'usage', $$nobody || ':'$$);
SELECT tcs.track_segmentation('acc', 'usage', $$max(tenant) || ''$$);
SELECT tcs.track_segmentation('acc', 'usage', $$(SELECT 'a:1')$$);
SELECT tcs.track_segmentation('acc', 'usage', $$tenant || 'x' FROM usage$$);
SELECT tcs.track_segmentation('acc', 'usage', $$tenant) FROM usage; DROP TABLE usage; SELECT (''$$);
SELECT tcs.track_segmentation('acc', 'usage', $$generate_series(1, account)::text || ''$$);
SELECT tcs.track_segmentation('acc', 'usage', 'tenant', through => 'usage');
SELECT tcs.track_segmentation('acc', 'usage', $$tenant || ':' || id$$, through => 'account');
SELECT tcs.track_segmentation('acc', 'usage', $$tenant || ':' || id$$, through => 'account', columns => '{tenant,nobody}');
SELECT tcs.track_segmentation('acc', 'usage', $$tenant || ':' || id$$, through => 'account', columns => '{tenant,account}');
SELECT tcs.track_segmentation('acc', 'usage', $$tenant || ':' || id$$, through => 'account', columns => '{tenant,account}', through_columns => '{tenant}');
SELECT tcs.track_segmentation('acc', 'usage', $$tenant || ':' || id$$, through => 'account', columns => '{}');
SELECT tcs.track_segmentation('acc', 'usage', $$tenant || ':' || id$$, through => 'account', columns => '{tenant,NULL}');
SELECT tcs.track_segmentation('acc', 'usage', $$tenant || ':' || id$$, through => 'account', columns => '{day,account}', through_columns => '{tenant,id}');
SELECT tcs.track_segmentation('acc', 'usage', 'tenant', columns => '{tenant}');
SELECT tcs.track_segmentation('acc', 'usage', 'tenant', through => 4294967295::oid::regclass);
SELECT tcs.track_segmentation('acc', NULL, 'tenant');

-- a way that leads nowhere any more: everyone is to be looked at, and the order goes through
ALTER TABLE tickets RENAME COLUMN number TO n;
INSERT INTO ticket_events VALUES ('a', 1, 'escalated');
SELECT key, via, error_state, error ~ 'number' AS why FROM acc_queue;
ALTER TABLE tickets RENAME COLUMN n TO number;
SELECT tcs.process_segmentation('acc');
SELECT key, segment FROM acc WHERE key = 'a:3';
UPDATE acc_tracked SET columns = '{tenant}' WHERE relation = 'ticket_events'::regclass;
INSERT INTO ticket_events VALUES ('a', 1, 'opened');
SELECT key, via, error_state FROM acc_queue;
-- nor does what is no key of an order keep others waiting
INSERT INTO acc_queue (relation, via) VALUES ('ticket_events', '{b,x}'), ('ticket_events', NULL), (NULL, '{b,1}'), ('ticket_events', '{b,1,2}'), ('ticket_events', '{{b,1}}');
SELECT tcs.process_segmentation('acc');
SELECT count(*) FROM acc_queue;
SELECT tcs.track_segmentation('acc', 'ticket_events', $$tenant || ':' || account$$, through => 'tickets', columns => '{tenant,ticket}', through_columns => '{tenant,number}');
INSERT INTO acc_queue (relation, via) VALUES ('ticket_events', '{b,x}'), ('usage', '{b,1}'), ('account', '{b}');
SELECT tcs.process_segmentation('acc');
SELECT count(*) FROM acc_queue;
SELECT tcs.drop_segmentation('acc');

-- segmentations that track segmentations: a chain and a diamond are fine, a circle is not
CREATE TABLE cust (id integer PRIMARY KEY, city text);
INSERT INTO cust VALUES (1, 'X'), (2, 'Y');
SELECT tcs.rule_set_put('circle', '{"default_segment": "out", "rules": [{"priority": 1, "segment": "in", "condition": "city = ''X''"}]}');
SELECT tcs.rule_set_put('follow', '{"default_segment": "out", "rules": [{"priority": 1, "segment": "in", "condition": "before = ''in''"}]}');
SELECT tcs.create_segmentation('a', 'cust', 'id', 'circle', mode => 'sync');
CREATE VIEW after_a AS SELECT key AS id, segment AS before FROM through.a;
SELECT tcs.create_segmentation('b', 'after_a', 'id', 'follow', mode => 'sync');
SELECT tcs.create_segmentation('c', 'after_a', 'id', 'follow', mode => 'sync');
CREATE VIEW after_b AS SELECT b.key AS id, CASE WHEN b.segment = 'in' AND c.segment = 'in' THEN 'in' END AS before FROM through.b JOIN through.c USING (key);
SELECT tcs.create_segmentation('d', 'after_b', 'id', 'follow', mode => 'sync');
SELECT tcs.track_segmentation('a', 'cust', 'id'), tcs.track_segmentation('b', 'a', 'key'), tcs.track_segmentation('c', 'a', 'key'),
	tcs.track_segmentation('d', 'b', 'key'), tcs.track_segmentation('d', 'c', 'key');
SELECT tcs.process_segmentation(s) FROM unnest('{a,b,c,d}'::regclass[]) AS s;
\set VERBOSITY default
SELECT tcs.track_segmentation('a', 'b', 'key');
SELECT tcs.track_segmentation('a', 'd', 'key');
SELECT tcs.track_segmentation('b', 'd_moves', 'key');
SELECT tcs.track_segmentation('a', 'a_queue', 'key');
\set VERBOSITY terse
UPDATE cust SET city = 'X' WHERE id = 2;
SELECT a.key, a.segment, b.segment, c.segment, d.segment FROM a JOIN b USING (key) JOIN c USING (key) JOIN d USING (key) ORDER BY 1;
BEGIN;
UPDATE cust SET city = 'Y';
UPDATE cust SET city = 'X' WHERE id = 1;
COMMIT;
SELECT a.key, a.segment, b.segment, c.segment, d.segment FROM a JOIN b USING (key) JOIN c USING (key) JOIN d USING (key) ORDER BY 1;
-- one that was made by hand ends after a round
CREATE TRIGGER tcs_circle AFTER UPDATE ON d REFERENCING OLD TABLE AS tcs_old_rows NEW TABLE AS tcs_new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.track_changes('through', 'a', 'key', 'sync');
INSERT INTO a_tracked (relation, key) VALUES ('d', 'key');
SET statement_timeout = '10s';
UPDATE cust SET city = city WHERE id = 2;
UPDATE cust SET city = 'X' WHERE id = 2;
RESET statement_timeout;
SELECT a.key, a.segment, b.segment, c.segment, d.segment FROM a JOIN b USING (key) JOIN c USING (key) JOIN d USING (key) ORDER BY 1;
DROP TRIGGER tcs_circle ON d;
SELECT tcs.drop_segmentation('d');
DROP VIEW after_b;
SELECT tcs.drop_segmentation('c'), tcs.drop_segmentation('b');
DROP VIEW after_a;
SELECT tcs.drop_segmentation('a');

-- partitions that come and go are noticed
CREATE TABLE parted (id integer, customer integer, amount numeric) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (200);
INSERT INTO parted SELECT i, i % 10, 10 FROM generate_series(1, 199) AS i;
CREATE VIEW buyers AS SELECT customer, sum(amount) AS revenue FROM through.parted GROUP BY customer;
SELECT tcs.create_segmentation('p', 'buyers', 'customer', 'through', mode => 'sync');
SELECT tcs.track_segmentation('p', 'parted', 'customer');
SELECT tcs.process_segmentation('p');
CREATE FUNCTION p_wrong() RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM (
		(SELECT customer, tcs.segment_assign('through', w) FROM through.buyers AS w EXCEPT SELECT key, segment FROM through.p)
		UNION ALL
		(SELECT key, segment FROM through.p EXCEPT SELECT customer, tcs.segment_assign('through', w) FROM through.buyers AS w)) AS d
$$;
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM (200) TO (300);
INSERT INTO parted_3 VALUES (200, 1, 5000), (201, 55, 1);
SELECT tcs.process_segmentation('p'), p_wrong();
INSERT INTO parted_3 VALUES (202, 2, 5000), (203, 56, 1);
SELECT p_wrong();
ALTER TABLE parted DETACH PARTITION parted_3;
SELECT tcs.process_segmentation('p'), p_wrong();
ALTER TABLE parted ATTACH PARTITION parted_3 FOR VALUES FROM (200) TO (300);
SELECT tcs.process_segmentation('p'), p_wrong();
DROP TABLE parted_2;
SELECT (tcs.refresh_segmentation('p')).customers, p_wrong();
SELECT relation, parent FROM p_tracked ORDER BY relation::text;
SELECT tcs.process_segmentation('p');
SELECT tcs.drop_segmentation('p');
SET client_min_messages = warning;
DROP SCHEMA through CASCADE;
