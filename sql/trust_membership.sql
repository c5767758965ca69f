-- Owners who alter what a segmentation is made of: an error says which column, or
-- the order goes through with a note; and nobody reaches another's segmentation.
\set VERBOSITY default
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE ROLE tcs_trust_owner;
CREATE ROLE tcs_trust_clerk;
CREATE SCHEMA trust AUTHORIZATION tcs_trust_owner;
GRANT USAGE ON SCHEMA trust TO tcs_trust_clerk;
SET search_path = trust;
SELECT tcs.rule_set_put('trust', '{"default_segment": "rest", "rules": [{"priority": 1, "segment": "big", "condition": "revenue > 20"}]}');
SET ROLE tcs_trust_owner;
CREATE TABLE src AS SELECT c AS customer, c AS revenue FROM generate_series(1, 40) AS c;
GRANT INSERT, UPDATE, DELETE, SELECT ON src TO tcs_trust_clerk;
SELECT tcs.create_segmentation('seg', 'src', 'customer', 'trust', 'sync'), tcs.create_segmentation('que', 'src', 'customer', 'trust');
SELECT tcs.track_segmentation('seg', 'src', 'customer'), tcs.track_segmentation('que', 'src', 'customer');
SELECT tcs.process_segmentation('seg'), tcs.process_segmentation('que');

-- an honest owner turns the segment into an enum; orders go through
CREATE TYPE en AS ENUM ('big', 'rest');
DROP VIEW seg_history, seg_monthly, seg_status, que_history, que_monthly, que_status;
ALTER TABLE seg ALTER segment TYPE en USING segment::en;
RESET ROLE;
SET ROLE tcs_trust_clerk;
INSERT INTO src SELECT c, c FROM generate_series(100, 120) AS c;
INSERT INTO src VALUES (200, 1);
RESET ROLE;
SET ROLE tcs_trust_owner;
SELECT count(*) FROM src WHERE customer >= 100;
SELECT last_error FROM seg_state;
SELECT tcs.refresh_segmentation('seg');
SELECT tcs.refresh_segmentation('seg', ARRAY[1]);
SELECT tcs.process_segmentation('seg');
\set VERBOSITY terse
SELECT error IS NULL AS failed FROM tcs.try_refresh('seg');
\set VERBOSITY default
SELECT last_error FROM seg_state;
-- the hint is right
ALTER TABLE trust.seg ALTER COLUMN segment TYPE text;
SELECT tcs.refresh_segmentation('seg');
SELECT count(*) FROM seg;

-- each kind of alteration, of each table: what a call says
\set VERBOSITY terse
CREATE FUNCTION altered(what text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	message text;
BEGIN
	BEGIN
		EXECUTE what;
		BEGIN
			EXECUTE call;
			message := 'fine';
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
			message := state || ' ' || message;
		END;
		RAISE EXCEPTION USING ERRCODE = 'P0001', MESSAGE = message;
	EXCEPTION WHEN raise_exception THEN
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
	END;
	RETURN message;
END $$;
CREATE DOMAIN dom AS integer CHECK (VALUE > 0);
SELECT what, altered('ALTER TABLE ' || what, $$SELECT tcs.refresh_segmentation('trust.que')$$) AS refresh,
	altered('ALTER TABLE ' || what, $$INSERT INTO trust.src SELECT c, c FROM generate_series(300, 320) AS c$$) AS "order"
FROM regexp_split_to_table($$que ALTER segment TYPE "char";
	que ALTER segment TYPE name;
	que ALTER segment TYPE varchar(10);
	que ALTER segment TYPE bigint USING 1;
	que ALTER previous_segment TYPE oid USING 1;
	que ALTER since TYPE timestamp;
	que ALTER since DROP NOT NULL;
	que ALTER key TYPE bigint;
	que ALTER key TYPE dom;
	que ALTER key TYPE text;
	que_moves ALTER key TYPE bigint;
	que_moves ALTER to_segment TYPE name;
	que_moves ALTER moved_at DROP NOT NULL;
	que_moves DROP entered;
	que_state ALTER rule_set TYPE bigint USING 4702111234474983745;
	que_state ALTER rule_set DROP NOT NULL;
	que_state ALTER time_zone TYPE name;
	que_state ALTER key_column DROP NOT NULL;
	que_state ALTER rules TYPE text;
	que_state ALTER source TYPE oid;
	que_state ALTER notify TYPE integer USING 1;
	que_state RENAME mode TO how;
	que_state ADD COLUMN more integer;
	que_queue ALTER key TYPE bigint;
	que_queue ALTER queued_at TYPE text;
	que_queue ALTER via TYPE integer[] USING NULL;
	que_queue DROP error;
	que_queue ADD more text;
	que_tracked ALTER relation TYPE bigint;
	que_tracked ALTER columns TYPE text[];
	que_tracked ALTER key DROP NOT NULL$$, ';\s*') AS what;
-- what is NULL all the same
SELECT altered($$ALTER TABLE que_state ALTER rule_set DROP NOT NULL; UPDATE que_state SET rule_set = NULL; ALTER TABLE que_state ADD CHECK (rule_set IS NOT NULL) NOT VALID$$,
	$$SELECT tcs.process_segmentation('trust.que')$$);
SELECT altered($$DELETE FROM que_state$$, $$SELECT tcs.process_segmentation('trust.que')$$);
SELECT altered($$UPDATE que_state SET source = 1$$, $$SELECT tcs.process_segmentation('trust.que')$$);
SELECT altered($$UPDATE que_state SET time_zone = 'Nowhere'$$, $$SELECT tcs.process_segmentation('trust.que')$$);
-- a rule that has something else done
SELECT altered($$CREATE RULE r AS ON UPDATE TO que_state DO INSTEAD SELECT 1$$, $$SELECT tcs.refresh_segmentation('trust.que')$$);
SELECT altered($$CREATE RULE r AS ON DELETE TO que_queue DO INSTEAD NOTHING$$, $$SELECT tcs.refresh_segmentation('trust.que')$$);
-- keys of text, in a queue of numbers that could be addresses
CREATE TABLE names AS SELECT 'n' || c AS name, c AS revenue FROM generate_series(1, 40) AS c;
SELECT tcs.create_segmentation('tex', 'names', 'name', 'trust');
DROP VIEW tex_status, tex_history, tex_monthly;
ALTER TABLE tex_queue ALTER key TYPE bigint USING 1;
INSERT INTO tex_queue (key) VALUES (4702394921427272193), (8070450532247928832);
SELECT tcs.process_segmentation('tex');
SELECT tcs.refresh_segmentation('tex');
SELECT tcs.drop_segmentation('tex');

-- an internal error fails no order, and no one waits for who has it
RESET ROLE;
SELECT tcs.rule_set_put('internal', '{"default_segment": "rest", "rules": [{"priority": 7, "segment": "x", "condition": "revenue > 10"}]}');
SET ROLE tcs_trust_owner;
CREATE FUNCTION fails(a integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
	IF a = 12345 THEN
		RAISE EXCEPTION 'out of order' USING ERRCODE = 'XX000';
	END IF;
	RETURN a;
END $$;
CREATE VIEW failing AS SELECT customer, trust.fails(revenue) AS revenue FROM trust.src;
RESET ROLE;
SET ROLE tcs_trust_owner;
SELECT tcs.create_segmentation('si', 'failing', 'customer', 'internal', 'sync'), tcs.create_segmentation('qi', 'failing', 'customer', 'internal');
SELECT tcs.track_segmentation('si', 'src', 'customer'), tcs.track_segmentation('qi', 'src', 'customer');
SELECT tcs.process_segmentation('si'), tcs.process_segmentation('qi');
RESET ROLE;
SET ROLE tcs_trust_clerk;
INSERT INTO src VALUES (501, 12345);
INSERT INTO src VALUES (502, 1);
RESET ROLE;
SET ROLE tcs_trust_owner;
SELECT key, error, error_state FROM si_queue;
SELECT last_error, queue_length FROM si_status;
SELECT segment FROM si WHERE key = 502;
SELECT tcs.process_segmentation('qi');
SELECT key, error, error_state FROM qi_queue;
SELECT segment FROM qi WHERE key = 502;
SELECT customers, error FROM tcs.try_refresh('qi');
SELECT last_error, last_error_state FROM qi_status;
CREATE OR REPLACE FUNCTION fails(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a';
SELECT tcs.process_segmentation('si'), tcs.process_segmentation('qi');
SELECT segment FROM si WHERE key = 501;
SELECT last_error, queue_length FROM qi_status;
SELECT customers IS NOT NULL AS refreshed, error FROM tcs.try_refresh('qi');
SELECT tcs.drop_segmentation(s) FROM unnest('{si,qi}'::regclass[]) AS s;
RESET ROLE;

-- a trigger of an attacker's: nothing is noted, and nothing locked
SET ROLE tcs_trust_clerk;
CREATE TEMPORARY TABLE t (k integer);
CREATE TRIGGER "your data is lost" AFTER INSERT ON t REFERENCING NEW TABLE AS tcs_new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.track_changes('trust', 'seg', 'k', 'sync');
CREATE TRIGGER "call us" AFTER INSERT ON t REFERENCING NEW TABLE AS tcs_new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.track_changes('trust', 'que', '', 'queue');
CREATE CONSTRAINT TRIGGER "at commit" AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION tcs_internal.track_changes('trust', 'seg', 'k', 'sync');
BEGIN;
INSERT INTO t VALUES (1);
SELECT relation::regclass, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation IN
	(SELECT oid FROM pg_class WHERE relname ~ '^(seg|que)(_|$)') AND relation <> ALL (ARRAY(SELECT indexrelid FROM pg_index));
COMMIT;
RESET ROLE;
SELECT count(*) FROM seg_queue;
SELECT last_error FROM seg_state;
SELECT count(*) FROM que_queue WHERE error IS NOT NULL;
DROP TABLE t;
DROP OWNED BY tcs_trust_owner, tcs_trust_clerk CASCADE;
DROP ROLE tcs_trust_owner, tcs_trust_clerk;
DELETE FROM tcs.rule_set WHERE name IN ('trust', 'internal');
