-- Segmentations by and for people who do not trust each other, and strange names.
\set VERBOSITY terse
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE ROLE tcs_owner;
CREATE ROLE tcs_clerk;
CREATE ROLE tcs_other;
CREATE ROLE tcs_boss;
CREATE SCHEMA hostile;
GRANT USAGE ON SCHEMA hostile TO tcs_clerk, tcs_other, tcs_boss;
GRANT USAGE, CREATE ON SCHEMA hostile TO tcs_owner, tcs_other;
SET search_path = hostile;

CREATE TABLE orders (id integer, customer integer, region text, amount numeric);
CREATE TABLE secrets (v text);
INSERT INTO secrets VALUES ('4711');
SELECT tcs.rule_set_put('h', '{"default_segment": "none", "rules": [{"priority": 1, "segment": "big", "condition": "revenue > 100"}]}');
GRANT SELECT, TRIGGER ON orders TO tcs_owner;
GRANT INSERT, SELECT, UPDATE, DELETE ON orders TO tcs_clerk;

-- An owner whose view does what it should not, given the chance.
SET ROLE tcs_owner;
CREATE TABLE log (who text, session text, note text);
CREATE FUNCTION act(a numeric) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		EXECUTE 'INSERT INTO hostile.log SELECT current_user, session_user, v FROM hostile.secrets';
	EXCEPTION WHEN insufficient_privilege THEN
		INSERT INTO hostile.log VALUES (current_user, session_user <> current_user, 'denied');
	END;
	BEGIN
		EXECUTE 'SET ROLE NONE';
	EXCEPTION WHEN OTHERS THEN
		INSERT INTO hostile.log VALUES (current_user, NULL, sqlstate);
	END;
	BEGIN
		EXECUTE 'CREATE TEMPORARY TABLE left_behind (a integer)';
	EXCEPTION WHEN OTHERS THEN
		INSERT INTO hostile.log VALUES (current_user, NULL, sqlstate);
	END;
	RETURN a;
END $$;
CREATE VIEW source AS SELECT customer AS id, hostile.act(sum(amount)) AS revenue FROM hostile.orders GROUP BY 1;
RESET ROLE;
INSERT INTO orders VALUES (1, 1, 'north', 50), (2, 2, 'south', 50);
SET ROLE tcs_owner;
SELECT tcs.create_segmentation('seg', 'source', 'id', 'h', 'sync');
SELECT tcs.track_segmentation('seg', 'orders', 'customer');
SELECT tableowner, count(*) FROM pg_tables WHERE schemaname = 'hostile' AND tablename ~ '^seg' GROUP BY 1;
TRUNCATE log;
-- a clerk without any right on the segmentation enters an order
SET ROLE tcs_clerk;
INSERT INTO orders VALUES (3, 1, 'north', 100);
SELECT current_user;
SELECT * FROM seg;
SELECT tcs.refresh_segmentation('seg');
SELECT tcs.process_segmentation('seg');
SELECT tcs.refresh_segmentation('seg', ARRAY[1]);
SELECT tcs.track_segmentation('seg', 'orders', 'customer');
SELECT tcs.untrack_segmentation('seg', 'orders');
SELECT tcs.drop_segmentation('seg');
RESET ROLE;
SELECT DISTINCT * FROM log ORDER BY 1, 2, 3;
SELECT key, segment FROM seg ORDER BY key;
-- the superuser refreshes: nothing runs as the superuser
TRUNCATE log;
SELECT * FROM tcs.refresh_segmentation('seg');
SELECT DISTINCT who, note FROM log ORDER BY 1, 2;
SELECT current_user = session_user, current_setting('search_path');
-- UPDATE on the table is the right to refresh, and no more than that
GRANT UPDATE ON seg TO tcs_boss;
SET ROLE tcs_boss;
SELECT * FROM tcs.refresh_segmentation('seg');
SELECT tcs.process_segmentation('seg');
SELECT tcs.drop_segmentation('seg');
RESET ROLE;

-- a salesperson who sees one region moves a customer rightly
SET ROLE tcs_owner;
CREATE OR REPLACE VIEW source AS SELECT customer AS id, sum(amount) AS revenue FROM hostile.orders GROUP BY 1;
RESET ROLE;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY region ON orders TO tcs_clerk USING (region = 'north') WITH CHECK (true);
CREATE POLICY everything ON orders TO tcs_owner USING (true);
TRUNCATE orders;
INSERT INTO orders VALUES (1, 1, 'south', 60), (2, 2, 'south', 10);
SET ROLE tcs_clerk;
SELECT count(*) FROM orders;
INSERT INTO orders VALUES (3, 1, 'north', 60);
RESET ROLE;
SET row_security = off;
INSERT INTO orders VALUES (4, 2, 'north', 95);
RESET row_security;
SELECT key, segment FROM seg ORDER BY key;
-- what an owner may not see does not count
CREATE POLICY south_only ON orders AS RESTRICTIVE TO tcs_owner USING (region = 'south');
SELECT * FROM tcs.refresh_segmentation('seg');
SELECT key, segment FROM seg ORDER BY key;
DROP POLICY south_only ON orders;
-- the owner loses the right to read: the order goes through, nothing is told
REVOKE SELECT ON orders FROM tcs_owner;
SET ROLE tcs_clerk;
INSERT INTO orders VALUES (5, 3, 'north', 500);
RESET ROLE;
SELECT last_error, last_error_state, queue_length FROM seg_status;
GRANT SELECT ON orders TO tcs_owner;
SELECT tcs.process_segmentation('seg') > 0;
SELECT last_error, queue_length FROM seg_status;
SELECT key, segment FROM seg ORDER BY key;
-- an error that shows a value is not shown to the clerk
SELECT tcs.rule_set_put('h', '{"default_segment": "none", "rules": [{"priority": 1, "segment": "big", "condition": "revenue::text::integer > 100"}]}');
SET ROLE tcs_clerk;
\set VERBOSITY default
INSERT INTO orders VALUES (6, 3, 'north', 0.5);
\set VERBOSITY terse
RESET ROLE;
SELECT last_error FROM seg_status;
SELECT tcs.rule_set_put('h', '{"default_segment": "none", "rules": [{"priority": 1, "segment": "big", "condition": "revenue > 100"}]}');
SELECT tcs.process_segmentation('seg') > 0;

-- someone else puts a table where the segmentation had one
ALTER TABLE seg_moves RENAME TO seg_moves_old;
SET ROLE tcs_other;
CREATE TABLE seg_moves (id bigint, key integer);
RESET ROLE;
SELECT tcs.refresh_segmentation('seg');
DROP TABLE seg_moves;
ALTER TABLE seg_moves_old RENAME TO seg_moves;
-- someone else's trigger cannot hold the customers
SET ROLE tcs_other;
CREATE TABLE mine (customer integer);
CREATE TRIGGER t AFTER INSERT ON mine REFERENCING NEW TABLE AS tcs_new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.track_changes('hostile', 'seg', 'customer', 'sync');
INSERT INTO mine VALUES (1);
SELECT tcs.create_segmentation('other', 'orders', 'customer', 'h');
SELECT tcs.create_segmentation('other', 'seg', 'key', 'h');
SELECT tcs.track_segmentation('seg', 'mine', 'customer');
SELECT tcs.untrack_segmentation('seg', 'mine');
-- track needs TRIGGER on the table, and untrack the table or the segmentation
CREATE VIEW few AS SELECT 1 AS id, 1 AS revenue;
SELECT tcs.create_segmentation('other', 'few', 'id', 'h');
SELECT tcs.track_segmentation('other', 'orders', 'customer');
RESET ROLE;
SELECT tcs.track_segmentation('other', 'orders', 'customer');
SET ROLE tcs_other;
SELECT tcs.untrack_segmentation('other', 'orders');
SELECT tcs.drop_segmentation('other');
RESET ROLE;
SELECT count(*) FROM seg_queue;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'orders'::regclass;
DROP TABLE mine;
DROP VIEW few;
SELECT tcs.drop_segmentation('seg');

-- names
CREATE SCHEMA "Sch'em""a ü";
CREATE TABLE "Sch'em""a ü"."Cust ""o"" m'ers" ("Ke""y 'ü" text PRIMARY KEY, "s" integer, "key" integer, now integer, i integer);
INSERT INTO "Sch'em""a ü"."Cust ""o"" m'ers" SELECT 'k''"' || i, i, i, i, i FROM generate_series(1, 20) AS i;
SELECT tcs.rule_set_put('it''s "the" rül\e', '{"rules": [{"priority": 1, "segment": "it''s \"big\"", "condition": "s > 5 and now > 5 and i > 5 and \"key\" > 5"}]}');
SELECT tcs.create_segmentation('"Sch''em""a ü"."Seg m''e""nt ü"', '"Sch''em""a ü"."Cust ""o"" m''ers"', 'Ke"y ''ü', 'it''s "the" rül\e', 'sync', true);
SELECT tcs.track_segmentation('"Sch''em""a ü"."Seg m''e""nt ü"', '"Sch''em""a ü"."Cust ""o"" m''ers"', 'Ke"y ''ü');
SELECT * FROM tcs.refresh_segmentation('"Sch''em""a ü"."Seg m''e""nt ü"');
UPDATE "Sch'em""a ü"."Cust ""o"" m'ers" SET s = 0 WHERE s = 20;
UPDATE "Sch'em""a ü"."Cust ""o"" m'ers" SET s = 0 WHERE s > 7;
DELETE FROM "Sch'em""a ü"."Cust ""o"" m'ers" WHERE s = 1;
SELECT segment, previous_segment, count(*) FROM "Sch'em""a ü"."Seg m'e""nt ü" GROUP BY 1, 2 ORDER BY 1, 2;
SELECT * FROM tcs.refresh_segmentation('"Sch''em""a ü"."Seg m''e""nt ü"');
SELECT * FROM tcs.refresh_segmentation('"Sch''em""a ü"."Seg m''e""nt ü"', ARRAY['k''"3']);
SELECT tcs.process_segmentation('"Sch''em""a ü"."Seg m''e""nt ü"');
SELECT last_error, queue_length FROM "Sch'em""a ü"."Seg m'e""nt ü_status";
SELECT tcs.drop_segmentation('"Sch''em""a ü"."Seg m''e""nt ü"');
SELECT count(*) FROM pg_class WHERE relnamespace = '"Sch''em""a ü"'::regnamespace AND relkind IN ('r', 'v');
DROP SCHEMA "Sch'em""a ü" CASCADE;
DELETE FROM tcs.rule_set WHERE name = 'it''s "the" rül\e';
-- as long as names can be, in bytes
CREATE TABLE data (id integer, revenue integer);
INSERT INTO data SELECT i, i FROM generate_series(1, 3) AS i;
SELECT tcs.create_segmentation(repeat('x', 55), 'data', 'id', 'h', 'sync');
SELECT tcs.track_segmentation(repeat('x', 55)::regclass, 'data', 'id');
UPDATE data SET revenue = 500;
SELECT count(*) FROM xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx WHERE segment = 'big';
SELECT tcs.drop_segmentation(repeat('x', 55)::regclass);
\set VERBOSITY default
SELECT tcs.create_segmentation(repeat('ü', 28), 'data', 'id', 'h');
\set VERBOSITY terse

-- an equality of somebody's own, found through no path
CREATE TABLE texts (id text, revenue integer);
INSERT INTO texts VALUES ('a', 500), ('A', 1);
CREATE FUNCTION never(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = never);
SET search_path = hostile, pg_catalog;
SELECT tcs.create_segmentation('odd', 'texts', 'id', 'h');
UPDATE texts SET revenue = 1;
SELECT * FROM tcs.refresh_segmentation('odd', ARRAY['a', 'b']);
SELECT * FROM tcs.refresh_segmentation('odd');
SELECT tcs.drop_segmentation('odd');
RESET search_path;

-- settings of the session do not matter, and are as before
SET search_path = hostile;
CREATE VIEW days AS SELECT 1 AS id, ('03-04-05'::text)::date - date '2003-04-05' AS revenue, current_setting('TimeZone') AS zone;
SELECT tcs.rule_set_put('h', '{"default_segment": "none", "rules": [{"priority": 1, "segment": "big", "condition": "zone = ''UTC'' and revenue = 0"}]}');
SET TimeZone = 'UTC';
SELECT tcs.create_segmentation('zoned', 'days', 'id', 'h');
SELECT key, segment FROM zoned;
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'SQL, DMY';
SELECT * FROM tcs.refresh_segmentation('zoned');
SHOW TimeZone;
SHOW DateStyle;
SHOW search_path;
RESET DateStyle;
SELECT tcs.drop_segmentation('zoned');

DROP SCHEMA hostile CASCADE;
DROP ROLE tcs_owner, tcs_clerk, tcs_other, tcs_boss;
DELETE FROM tcs.rule_set WHERE name = 'h';

-- a move at the end of time: the months until then have no end
SET client_min_messages = error;
CREATE SCHEMA endless;
CREATE TABLE endless.shop AS SELECT 1 AS id, 1 AS revenue;
SELECT tcs.rule_set_put('endless', '{"default_segment": "rest", "rules": [{"priority": 1, "segment": "big", "condition": "revenue > 20"}]}');
SELECT tcs.create_segmentation('endless.seg', 'endless.shop', 'id', 'endless');
ALTER TABLE endless.seg_moves DISABLE TRIGGER ALL;
UPDATE endless.seg_moves SET moved_at = 'infinity';
SET statement_timeout = '1min';
SELECT * FROM endless.seg_monthly;
RESET statement_timeout;
DROP SCHEMA endless CASCADE;
DELETE FROM tcs.rule_set WHERE name = 'endless';
