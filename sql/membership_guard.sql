-- What people do by hand to the tables of a segmentation is refused.
\set VERBOSITY terse
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE SCHEMA guarded;
SET search_path = guarded;
CREATE TABLE customers (id integer PRIMARY KEY, spend numeric);
INSERT INTO customers SELECT i, i * 10 FROM generate_series(1, 40) AS i;
SELECT tcs.rule_set_put('guarded', '{"default_segment": "other", "rules": [
	{"priority": 10, "segment": "vip", "condition": "spend >= 300"}]}');
SELECT tcs.create_segmentation('seg', 'customers', 'id', 'guarded', 'sync');
SELECT tcs.track_segmentation('seg', 'customers', 'id');
SELECT tcs.process_segmentation('seg');

\set VERBOSITY default
UPDATE seg SET segment = 'vip' WHERE key = 1;
DELETE FROM seg_moves WHERE moved_at < now();
\set VERBOSITY terse
INSERT INTO seg (key, segment, since) VALUES (99, 'vip', now());
INSERT INTO seg (key, since) VALUES (1, now()) ON CONFLICT (key) DO UPDATE SET segment = 'vip';
DELETE FROM seg;
TRUNCATE seg;
UPDATE seg SET segment = 'vip' WHERE false;
MERGE INTO seg USING customers ON key = id WHEN MATCHED THEN UPDATE SET segment = 'vip';
WITH gone AS (DELETE FROM seg RETURNING key) SELECT count(*) FROM gone;
COPY seg (key, segment, since) FROM stdin;
98	vip	2026-01-01
\.
INSERT INTO seg_moves (key, to_segment, moved_at, cause, entered, present) VALUES (1, 'vip', now(), 'data', false, true);
UPDATE seg_moves SET cause = 'data';
TRUNCATE seg_moves;
TRUNCATE seg, seg_moves;
SELECT segment, count(*) FROM seg GROUP BY 1 ORDER BY 1;
SELECT cause, count(*) FROM seg_moves GROUP BY 1;

-- the right to refresh is no right to write
CREATE ROLE tcs_crm;
GRANT USAGE ON SCHEMA guarded TO tcs_crm;
GRANT SELECT, INSERT, UPDATE, DELETE ON seg, seg_moves TO tcs_crm;
SET ROLE tcs_crm;
UPDATE seg SET segment = 'vip' WHERE key = 2;
DELETE FROM seg_moves;
SELECT * FROM tcs.refresh_segmentation('seg');
RESET ROLE;
DROP OWNED BY tcs_crm;
DROP ROLE tcs_crm;

-- what tcs does goes through: one, a few, many, and the state by hand
UPDATE customers SET spend = 500 WHERE id = 1;
UPDATE customers SET spend = 500 WHERE id BETWEEN 2 AND 5;
UPDATE customers SET spend = 500 WHERE id BETWEEN 6 AND 29;
DELETE FROM customers WHERE id > 35;
INSERT INTO customers VALUES (100, 0), (101, 1000);
UPDATE seg_state SET notify = false;
SELECT cause, from_segment, to_segment, count(*) FROM seg_moves WHERE cause <> 'initial' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT segment, count(*) FROM seg GROUP BY 1 ORDER BY 1;
-- a failure in between leaves nothing open
SELECT tcs.rule_set_put('guarded', '{"default_segment": "other", "rules": [
	{"priority": 10, "segment": "vip", "condition": "100 / (spend - 7) > 0"}]}');
UPDATE customers SET spend = 7 WHERE id IN (1, 2);
UPDATE seg SET segment = 'x';
SELECT tcs.refresh_segmentation('seg');
UPDATE seg SET segment = 'x';
BEGIN;
SAVEPOINT s;
SELECT tcs.refresh_segmentation('seg');
ROLLBACK TO s;
DELETE FROM seg_moves;
ROLLBACK;
SELECT tcs.rule_set_put('guarded', '{"default_segment": "other", "rules": [
	{"priority": 10, "segment": "vip", "condition": "spend >= 300"}]}');
SELECT tcs.process_segmentation('seg') > 0;

-- foreign keys to the members hold, and one of theirs that would delete does not
CREATE TABLE noted (key integer REFERENCES seg, note text);
INSERT INTO noted VALUES (3, 'call');
DELETE FROM customers WHERE id = 3;
SELECT last_error, last_error_state FROM seg_status;
DROP TABLE noted;
SELECT tcs.process_segmentation('seg') > 0;
SELECT last_error FROM seg_status;
ALTER TABLE seg ADD FOREIGN KEY (key) REFERENCES customers ON DELETE CASCADE;
DELETE FROM customers WHERE id = 4;
ALTER TABLE seg DROP CONSTRAINT seg_key_fkey;

-- a source that writes to the members while they are written
CREATE FUNCTION meddle(n numeric, into_name text, what text) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format(CASE what WHEN 'update' THEN 'UPDATE guarded.%I SET segment = ''x'' WHERE key = 1'
		WHEN 'delete' THEN 'DELETE FROM guarded.%I WHERE key = 1'
		WHEN 'insert' THEN 'INSERT INTO guarded.%I (key, since) VALUES (777, now())'
		WHEN 'moves' THEN 'INSERT INTO guarded.%I_moves (key, moved_at, cause, entered, present) VALUES (777, now(), ''data'', true, true)'
		ELSE 'SELECT %L' END, into_name);
	RETURN n;
END $$;
CREATE TABLE meddling (what text);
INSERT INTO meddling VALUES ('nothing');
CREATE VIEW source AS SELECT id, guarded.meddle(spend, 'other', what) AS spend FROM guarded.customers, guarded.meddling;
SELECT tcs.create_segmentation('other', 'source', 'id', 'guarded');
CREATE FUNCTION meddled(w text) RETURNS TABLE (changed text) LANGUAGE plpgsql AS $$
DECLARE
	keys integer[];
BEGIN
	UPDATE guarded.meddling SET what = w;
	FOREACH keys SLICE 1 IN ARRAY ARRAY[[8, NULL], [8, 9]] LOOP
		BEGIN
			UPDATE guarded.customers SET spend = 800 - spend WHERE id = ANY (keys);
			PERFORM tcs.refresh_segmentation('guarded.other', keys);
			changed := 'written';
		EXCEPTION WHEN OTHERS THEN
			changed := sqlerrm;
		END;
		RETURN NEXT;
	END LOOP;
	BEGIN
		UPDATE guarded.customers SET spend = 800 - spend;
		PERFORM tcs.refresh_segmentation('guarded.other');
		changed := 'written';
	EXCEPTION WHEN OTHERS THEN
		changed := sqlerrm;
	END;
	RETURN NEXT;
END $$;
SELECT w, m.* FROM unnest('{update,delete,insert,moves,nothing}'::text[]) AS w, meddled(w) AS m;
SELECT count(*) FROM other WHERE segment = 'x' OR key = 777;

-- not for other tables
CREATE TABLE mine (a integer);
CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION tcs_internal.segmentation_guard('members');
INSERT INTO mine VALUES (1);
DROP TRIGGER t ON mine;
CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.segmentation_guard();
INSERT INTO mine VALUES (1);
SELECT tcs_internal.segmentation_guard();

-- what logical replication applies is let through, as is a restore that disables triggers
SET session_replication_role = replica;
UPDATE seg SET segment = segment;
RESET session_replication_role;
SELECT tcs.rule_set_drop('guarded');
SELECT tcs.drop_segmentation('seg'), tcs.drop_segmentation('other');
DROP SCHEMA guarded CASCADE;
SELECT tcs.rule_set_drop('guarded');
