-- Kept tables: copies of views with a key, kept equal by the queue and the triggers
-- of segmentations.
SET TimeZone = 'UTC';
CREATE SCHEMA kept;
SET search_path = kept;
\set SHOW_CONTEXT never

CREATE TABLE purchase (id integer PRIMARY KEY, customer integer, amount numeric(10,2), note json);
INSERT INTO purchase SELECT n, n % 5, n, to_json(n) FROM generate_series(1, 20) AS n;
CREATE TABLE line (purchase_id integer REFERENCES purchase, item text COLLATE "C");
CREATE DOMAIN positive AS bigint CHECK (VALUE > 0) NOT NULL;
CREATE VIEW total AS
SELECT customer, count(*)::positive AS purchases, sum(amount) AS "Total, all", max(note::text)::json AS note,
	max(amount)::numeric(10,2) AS highest,
	(SELECT min(item) FROM line JOIN purchase AS q ON q.id = purchase_id WHERE q.customer = p.customer) AS item
FROM purchase AS p GROUP BY customer;

SELECT tcs.create_kept('copy', 'total', 'customer');
SELECT attname, format_type(atttypid, atttypmod), attnotnull, attcollation::regcollation, col_description(attrelid, attnum)
FROM pg_attribute WHERE attrelid = 'copy'::regclass AND attnum > 0 ORDER BY attnum;
SELECT customer, purchases, "Total, all", note, highest, item, kept_since <= now() AS kept_since FROM copy ORDER BY 1;
SELECT relname, relkind FROM pg_class WHERE relnamespace = 'kept'::regnamespace AND relname LIKE 'copy%' ORDER BY 1;

-- what differs between copy and view, NULL for nothing
CREATE FUNCTION differs(copy regclass, source regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	columns text := (SELECT string_agg(quote_ident(attname) || CASE atttypid WHEN 'json'::regtype THEN '::text' ELSE '' END, ', ' ORDER BY attname)
		FROM pg_attribute WHERE attrelid = copy AND attnum > 0 AND attname <> 'kept_since' AND NOT attisdropped);
	answer text;
BEGIN
	EXECUTE format('SELECT string_agg(r::text, %L) FROM ((SELECT %2$s FROM %3$s EXCEPT ALL SELECT %2$s FROM %4$s)
		UNION ALL (SELECT %2$s FROM %4$s EXCEPT ALL SELECT %2$s FROM %3$s)) AS r', E'\n', columns, copy, source) INTO answer;
	RETURN answer;
END $$;
SELECT differs('copy', 'total');

-- nobody else writes to it
UPDATE copy SET purchases = 7;
DELETE FROM copy;
TRUNCATE copy;

-- a refresh changes what differs and nothing else
CREATE TEMPORARY TABLE before AS SELECT customer, kept_since, ctid AS place FROM copy;
SELECT * FROM tcs.refresh_segmentation('copy');
SELECT count(*) FROM copy JOIN before USING (customer, kept_since) WHERE copy.ctid = place;
INSERT INTO purchase VALUES (21, 1, 100, 'null'), (22, 7, 0.5, NULL), (23, NULL, 1, NULL);
DELETE FROM purchase WHERE customer = 2;
SELECT * FROM tcs.refresh_segmentation('copy');
DELETE FROM purchase WHERE customer IS NULL;
SELECT differs('copy', 'total');
SELECT customer FROM copy JOIN before USING (customer) WHERE copy.kept_since > before.kept_since ORDER BY 1;
-- some only
UPDATE purchase SET amount = amount + 1;
SELECT * FROM tcs.refresh_segmentation('copy', ARRAY[1, 7, 99]);
SELECT count(*) FROM copy JOIN total USING (customer) WHERE copy."Total, all" <> total."Total, all";
SELECT * FROM tcs.try_refresh('copy');
SELECT differs('copy', 'total');

-- tracked: the queue, and a way through another table
SELECT tcs.track_segmentation('copy', 'purchase', 'customer');
SELECT tcs.track_segmentation('copy', 'line', 'customer', through => 'purchase');
SELECT tcs.process_segmentation('copy');
INSERT INTO line VALUES (3, 'pear'), (3, 'apple'), (4, 'plum');
UPDATE purchase SET customer = 8 WHERE id = 1;
DELETE FROM purchase WHERE customer = 7;
SELECT count(*) FROM copy_queue;
SELECT differs('copy', 'total') IS NULL;
SELECT tcs.process_segmentation('copy');
SELECT differs('copy', 'total'), (SELECT count(*) FROM copy_queue);
SELECT source, key_column, due, mode, queue_length, failing, full_refresh_due, tracked, untracked, last_error FROM copy_status;
-- whoever fails stays in the queue, with the error, and holds up nobody
CREATE FUNCTION checked(customer integer) RETURNS integer LANGUAGE plpgsql STABLE AS $$
BEGIN IF customer = 4 THEN RAISE EXCEPTION 'not four' USING ERRCODE = 'data_exception'; END IF; RETURN customer; END $$;
CREATE OR REPLACE VIEW total AS
SELECT customer, count(*)::kept.positive AS purchases, sum(amount) + 0 * kept.checked(customer) AS "Total, all", max(note::text)::json AS note,
	max(amount)::numeric(10,2) AS highest,
	(SELECT min(item) FROM kept.line JOIN kept.purchase AS q ON q.id = purchase_id WHERE q.customer = p.customer) AS item
FROM kept.purchase AS p GROUP BY customer;
UPDATE purchase SET amount = amount + 1 WHERE id IN (3, 4);
SELECT tcs.process_segmentation('copy');
SELECT key, error, error_state FROM copy_queue;
SELECT last_error, last_error_state, failing FROM copy_status;
SELECT error FROM tcs.try_refresh('copy');
CREATE OR REPLACE FUNCTION checked(customer integer) RETURNS integer LANGUAGE sql STABLE RETURN customer;
SELECT tcs.process_segmentation('copy');
SELECT differs('copy', 'total'), last_error, queue_length FROM copy_status;

-- mode sync
UPDATE copy_state SET mode = 'sync';
SELECT tcs.track_segmentation('copy', 'purchase', 'customer');
SELECT tcs.track_segmentation('copy', 'line', 'customer', through => 'purchase');
SELECT tcs.process_segmentation('copy') > 0;
INSERT INTO purchase SELECT n, n % 20, 1, NULL FROM generate_series(101, 160) AS n;
SELECT differs('copy', 'total');
UPDATE purchase SET customer = customer + 1 WHERE id > 150;
DELETE FROM purchase WHERE id < 110 AND id > 100;
INSERT INTO line VALUES (3, 'aaa');
SELECT differs('copy', 'total');
BEGIN;
INSERT INTO purchase VALUES (200, 200, 2, NULL);
SELECT purchases FROM copy WHERE customer = 200;
SAVEPOINT s;
DELETE FROM purchase WHERE id = 200;
SELECT count(*) FROM copy WHERE customer = 200;
ROLLBACK TO s;
COMMIT;
SELECT differs('copy', 'total');
TRUNCATE purchase CASCADE;
SELECT count(*) FROM copy;
INSERT INTO purchase SELECT n, n % 5, n, to_json(n) FROM generate_series(1, 20) AS n;
SELECT differs('copy', 'total'), (SELECT count(*) FROM copy_queue);

-- a segmentation of it follows it, and need not track what is beneath
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('kept', 'small');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('kept', 1, 'big', '"Total, all" > 50');
SELECT tcs.create_segmentation('size', 'copy', 'customer', 'kept', mode => 'sync');
SELECT tcs.track_segmentation('size', 'copy', 'customer');
SELECT * FROM tcs.refresh_segmentation('size');
INSERT INTO purchase VALUES (301, 1, 1000, NULL), (302, 33, 1000, NULL), (303, 34, 1, NULL);
DELETE FROM purchase WHERE customer = 0;
SELECT key, segment FROM size ORDER BY 1;
SELECT key, from_segment, to_segment, cause, entered, present FROM size_moves WHERE cause <> 'initial' ORDER BY id;
SELECT count(*) AS mistakes FROM size FULL JOIN (SELECT customer AS key, tcs.segment_assign('kept', copy) AS segment FROM copy) AS c USING (key)
WHERE size.segment IS DISTINCT FROM c.segment;
UPDATE size_state SET mode = 'queue';
SELECT tcs.track_segmentation('size', 'copy', 'customer');
SELECT tcs.process_segmentation('size') > 0;
UPDATE purchase SET amount = 1 WHERE id = 301;
SELECT key FROM size_queue;
SELECT tcs.process_segmentation('size');
SELECT segment FROM size WHERE key = 1;
SELECT tcs.track_segmentation('copy', 'size', 'key');
SELECT untracked FROM size_status;

-- what it is not
SELECT tcs.pin_segment('copy', 1, 'big');
SELECT tcs.erase_customer('copy', 1);
SELECT tcs.backfill_segmentation('copy', '2020-01-01');
SELECT tcs.merge_keys('copy', 1, 2);
SELECT count(*) FROM tcs.segmentations WHERE segmentation = 'copy'::regclass;

-- the clock changes rows
CREATE TABLE event (customer text, at timestamptz);
CREATE VIEW seen AS SELECT customer, count(*) FILTER (WHERE at <= now()) AS events, min(at) FILTER (WHERE at > now()) AS next FROM event GROUP BY customer;
INSERT INTO event VALUES ('a', now() - interval '1 day'), ('b', now() - interval '1 day'), ('b', now() + interval '0.3 s');
SELECT tcs.create_kept('seen_kept', 'seen', 'customer', due => 'next');
SELECT tcs.process_segmentation('seen_kept');
SELECT pg_sleep(0.4);
SELECT tcs.process_segmentation('seen_kept');
SELECT customer, events, next FROM seen_kept ORDER BY 1;

-- altered by hand
ALTER TABLE seen_kept ADD COLUMN more integer;
SELECT tcs.refresh_segmentation('seen_kept');
ALTER TABLE seen_kept DROP COLUMN more;
ALTER TABLE seen_kept DROP COLUMN next;
SELECT tcs.refresh_segmentation('seen_kept');
UPDATE seen_kept_state SET due = NULL;
SELECT * FROM tcs.refresh_segmentation('seen_kept');
ALTER TABLE seen_kept ALTER COLUMN events TYPE integer;
SELECT tcs.refresh_segmentation('seen_kept');
ALTER TABLE seen_kept ALTER COLUMN events TYPE bigint;
ALTER TABLE seen_kept DROP CONSTRAINT seen_kept_pkey;
SELECT tcs.refresh_segmentation('seen_kept');
DROP TABLE seen_kept_state;
DROP VIEW seen;
SELECT tcs.drop_segmentation('seen_kept');
DROP VIEW seen;

-- refused
SELECT tcs.create_kept(NULL, 'total', 'customer');
SELECT tcs.create_kept('more', NULL, 'customer');
SELECT tcs.create_kept('more', 'total', NULL);
SELECT tcs.create_kept('copy', 'total', 'customer');
SELECT tcs.create_kept('more', 'total', 'nobody');
SELECT tcs.create_kept('more', 'total', 'customer', mode => 'sometimes');
SELECT tcs.create_kept('more', 'total', 'customer', due => 'purchases');
SELECT tcs.create_kept('more', 'total', 'customer', due => 'nobody');
SELECT tcs.create_kept('more', 'total', 'customer, item');
SELECT tcs.create_kept('more', 'total', 'note');
SELECT tcs.create_kept('more', 'copy', 'customer');
SELECT tcs.create_kept('pg_temp.more', 'total', 'customer');
SELECT tcs.create_kept(repeat('m', 56), 'total', 'customer');
SELECT tcs.create_kept('more', 'purchase', 'customer');
SELECT tcs.drop_segmentation('copy');
SELECT tcs.drop_segmentation('size');
SELECT tcs.drop_segmentation('copy');
SELECT count(*) FROM pg_class WHERE relnamespace = 'kept'::regnamespace AND relname LIKE 'copy%';
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('purchase'::regclass, 'line'::regclass) AND NOT tgisinternal;

-- names that are hostile
CREATE TABLE "s; DROP ""x'%s" ("k; '""%s" integer, "SELECT" text, "a%b" integer);
INSERT INTO "s; DROP ""x'%s" VALUES (1, 'one', 1), (2, NULL, NULL);
SELECT tcs.create_kept('"c; ""''%s"', '"s; DROP ""x''%s"', 'k; ''"%s', mode => 'sync');
SELECT tcs.track_segmentation('"c; ""''%s"', '"s; DROP ""x''%s"', 'k; ''"%s');
INSERT INTO "s; DROP ""x'%s" VALUES (3, 'three', 3);
UPDATE "s; DROP ""x'%s" SET "SELECT" = 'two' WHERE "a%b" IS NULL;
SELECT "k; '""%s", "SELECT", "a%b" FROM "c; ""'%s" ORDER BY 1;
SELECT tcs.drop_segmentation('"c; ""''%s"');

-- whose rights: what writes to a copy runs as its owner, whoever caused it
CREATE ROLE kept_owner;
CREATE ROLE kept_clerk;
GRANT USAGE ON SCHEMA kept TO kept_owner, kept_clerk;
CREATE FUNCTION who() RETURNS text LANGUAGE sql STABLE RETURN current_user::text;
CREATE TABLE sale (customer integer, amount integer);
GRANT SELECT, TRIGGER ON sale TO kept_owner;
GRANT INSERT ON sale TO kept_clerk;
CREATE VIEW by_customer WITH (security_invoker = true) AS SELECT customer, sum(amount) AS amount, max(kept.who()) AS by FROM sale GROUP BY customer;
GRANT SELECT ON by_customer TO kept_owner;
SET ROLE kept_owner;
\set VERBOSITY terse
SELECT tcs.create_kept('by_customer_kept', 'by_customer', 'customer', mode => 'sync');
\set VERBOSITY default
RESET ROLE;
GRANT CREATE ON SCHEMA kept TO kept_owner;
SET ROLE kept_owner;
SELECT tcs.create_kept('by_customer_kept', 'by_customer', 'customer', mode => 'sync');
SELECT tcs.track_segmentation('by_customer_kept', 'sale', 'customer');
SET ROLE kept_clerk;
INSERT INTO sale VALUES (1, 5);
SELECT * FROM by_customer_kept;
SELECT tcs.refresh_segmentation('by_customer_kept');
SELECT tcs.process_segmentation('by_customer_kept');
SELECT tcs.track_segmentation('by_customer_kept', 'sale', 'customer');
SELECT tcs.drop_segmentation('by_customer_kept');
SET ROLE kept_owner;
SELECT customer, amount, by FROM by_customer_kept;
GRANT UPDATE ON by_customer_kept TO kept_clerk;
SET ROLE kept_clerk;
SELECT * FROM tcs.refresh_segmentation('by_customer_kept');
-- an order goes through where its owner may not read any more, and the error is told
RESET ROLE;
REVOKE SELECT ON sale FROM kept_owner;
SET ROLE kept_clerk;
INSERT INTO sale VALUES (1, 6);
SET ROLE kept_owner;
SELECT amount, last_error, queue_length FROM by_customer_kept, by_customer_kept_status;
RESET ROLE;
SELECT tcs.drop_segmentation('by_customer_kept');

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA kept CASCADE;
DELETE FROM tcs.rule WHERE rule_set = 'kept';
DELETE FROM tcs.rule_set WHERE name = 'kept';
DROP ROLE kept_clerk;
DROP ROLE kept_owner;
