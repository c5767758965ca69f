-- Nothing is taken away from under a segmentation, and a ruin is cleared away by one call.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA dropping;
SET search_path = dropping;
CREATE TABLE customers (id integer PRIMARY KEY, spend numeric);
INSERT INTO customers SELECT i, i FROM generate_series(1, 10) AS i;
CREATE VIEW source AS SELECT * FROM customers;
SELECT tcs.rule_set_put('dropping', '{"rules": [{"priority": 1, "segment": "A", "condition": "spend > 5"}]}');
CREATE FUNCTION make(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM tcs.create_segmentation(name, 'dropping.source', 'id', 'dropping', 'sync');
	PERFORM tcs.track_segmentation(name, 'dropping.customers', 'id');
	RETURN name;
END $$;
CREATE FUNCTION remains() RETURNS TABLE (what text) LANGUAGE sql AS
$$ SELECT relname::text FROM pg_class WHERE relnamespace = 'dropping'::regnamespace AND relkind IN ('r', 'v') AND relname ~ '^seg'
	UNION ALL SELECT tgname::text FROM pg_trigger WHERE tgrelid = 'dropping.customers'::regclass ORDER BY 1 $$;
SELECT make('seg');

-- refused, with the name of the segmentation
\set VERBOSITY default
DROP VIEW source;
DROP TABLE seg_moves;
DELETE FROM tcs.rule_set WHERE name = 'dropping';
\set VERBOSITY terse
DROP TABLE customers;
DROP TABLE seg_state CASCADE;
DROP TABLE seg_queue;
DROP TABLE seg_tracked;
DROP TABLE seg_pins;
BEGIN;
DROP VIEW seg_history;
ROLLBACK;
UPDATE tcs.rule_set SET name = 'another' WHERE name = 'dropping';
UPDATE tcs.rule_set SET description = 'it stays' WHERE name = 'dropping';
DELETE FROM tcs.rule WHERE rule_set = 'dropping' AND priority = 99;
DO $$
DECLARE
	detail text;
BEGIN
	DROP EXTENSION tcs;
EXCEPTION WHEN dependent_objects_still_exist THEN
	GET STACKED DIAGNOSTICS detail = pg_exception_detail;
	RAISE WARNING '%', substring(detail FROM 'trigger tcs_guard on table seg depends[^\n]*');
END $$;

-- the whole by DROP TABLE, as by the call
DROP TABLE seg;
SELECT * FROM remains();
SELECT make('seg');
SELECT tcs.drop_segmentation('seg');
SELECT * FROM remains();
SELECT make('seg');
SELECT tcs.drop_segmentation('seg'::regclass);
SELECT make('seg');
SELECT tcs.drop_segmentation('dropping.seg');
SELECT * FROM remains();
-- what others made on top is not dropped
SELECT make('seg');
CREATE VIEW mine AS SELECT * FROM seg_moves;
SELECT tcs.drop_segmentation('seg');
DROP TABLE seg;
DROP VIEW mine;

-- CASCADE on the source takes a view along and no data; made anew, all goes on
DROP VIEW source CASCADE;
SELECT * FROM remains() WHERE what IN ('seg', 'seg_moves', 'seg_status');
SELECT tcs.refresh_segmentation('seg');
CREATE VIEW source AS SELECT * FROM customers;
UPDATE seg_state SET source = 'source'::regclass;
SELECT * FROM tcs.refresh_segmentation('seg');
-- another source: the old one is free, the new one is not
DROP VIEW source;
SELECT tcs.drop_segmentation('seg');
DROP VIEW source;
CREATE VIEW source AS SELECT * FROM customers;
CREATE VIEW other AS SELECT * FROM customers;
SELECT make('seg');
UPDATE seg_state SET source = 'other'::regclass;
SELECT * FROM tcs.refresh_segmentation('seg');
DROP VIEW source;
DROP VIEW other;
CREATE VIEW source AS SELECT * FROM customers;
SELECT tcs.drop_segmentation('seg');
DROP VIEW other;

-- names and schemas that change keep what belongs together
SELECT make('seg');
ALTER TABLE seg_moves RENAME TO elsewhere;
DROP TABLE elsewhere;
DROP TABLE seg;
SELECT to_regclass('elsewhere');
SELECT * FROM remains();

-- a ruin: as a restored dump leaves one, that knows of no dependencies
CREATE FUNCTION ruin(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM pg_depend WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype IN ('i', 'a')
		AND refobjid = name::regclass AND refobjsubid = 0 AND objid IN (SELECT oid FROM pg_class WHERE relname ~ ('^' || name || '_') AND relkind IN ('r', 'v'));
	DELETE FROM pg_depend WHERE classid = 'pg_trigger'::regclass AND refobjid = name::regclass AND deptype = 'a' AND objid NOT IN (SELECT oid FROM pg_trigger WHERE tgrelid = name::regclass);
	EXECUTE 'DROP TABLE ' || name;
END $$;
SELECT make('seg');
SELECT ruin('seg');
SELECT * FROM remains();
SELECT tcs.create_segmentation('seg', 'source', 'id', 'dropping');
SELECT tcs.drop_segmentation('seg'::regclass);
SELECT tcs.drop_segmentation('seg');
SELECT * FROM remains();
SELECT make('seg');
SELECT ruin('seg');
SELECT tcs.drop_segmentation('dropping.seg');
SELECT * FROM remains();
SELECT tcs.drop_segmentation('seg');
SELECT tcs.drop_segmentation('no_such_schema.seg');
SELECT tcs.drop_segmentation('customers');
SELECT tcs.drop_segmentation('"');
-- tables that only have such names stay
CREATE TABLE seg_state (a integer);
CREATE TABLE seg_moves (key integer);
SELECT tcs.drop_segmentation('seg');
DROP TABLE seg_state, seg_moves;
-- a rule set is free when nothing but the ruin of a segmentation is left
SELECT make('seg');
SELECT ruin('seg');
BEGIN;
DELETE FROM tcs.rule_set WHERE name = 'dropping';
ROLLBACK;
SELECT tcs.drop_segmentation('seg');
-- a restored one is bound again by what is done next
SELECT make('seg');
DELETE FROM pg_depend WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype IN ('i', 'a')
	AND refobjid = 'seg'::regclass AND refobjsubid = 0 AND objid IN (SELECT oid FROM pg_class WHERE relname ~ '^seg_' AND relkind IN ('r', 'v'));
SELECT tcs.process_segmentation('seg') > 0;
DROP TABLE seg_moves;
SELECT tcs.drop_segmentation('seg');
SELECT * FROM remains();

-- without the extension, and with it again
SELECT make('seg');
BEGIN;
SET LOCAL client_min_messages = error;
DROP EXTENSION tcs CASCADE;
CREATE EXTENSION tcs;
SELECT tcs.drop_segmentation('seg');
SELECT * FROM remains();
ROLLBACK;
SELECT tcs.drop_segmentation('seg');

-- rule sets of others' segmentations: named, and none of their code is run
CREATE ROLE tcs_owner;
CREATE ROLE tcs_editor;
GRANT USAGE, CREATE ON SCHEMA dropping TO tcs_owner;
GRANT SELECT ON source, customers TO tcs_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON tcs.rule_set, tcs.rule TO tcs_editor;
SET ROLE tcs_owner;
SELECT tcs.create_segmentation('dropping.theirs', 'dropping.source', 'id', 'dropping');
CREATE TABLE dropping.fake_state (rule_set text, key_column name, source regclass);
CREATE TABLE dropping.log (who text);
CREATE FUNCTION dropping.act(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO dropping.log VALUES (current_user); RETURN true; END $$;
INSERT INTO dropping.fake_state VALUES ('dropping');
ALTER TABLE dropping.fake_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE dropping.fake_state FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON dropping.fake_state USING (dropping.act(rule_set));
SET ROLE tcs_editor;
DELETE FROM tcs.rule_set WHERE name = 'dropping';
RESET ROLE;
SELECT * FROM log;
SELECT tcs.drop_segmentation('theirs');
SET ROLE tcs_editor;
DELETE FROM tcs.rule_set WHERE name = 'dropping';
RESET ROLE;
SELECT count(*) FROM tcs.rule_set WHERE name = 'dropping';
CREATE TABLE sets (name text);
CREATE TRIGGER t AFTER DELETE ON sets FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.rule_set_in_use();
DELETE FROM sets;
SELECT tcs_internal.rule_set_in_use();
DROP SCHEMA dropping CASCADE;
DROP ROLE tcs_owner;
DROP OWNED BY tcs_editor;
DROP ROLE tcs_editor;
