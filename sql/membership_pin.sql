-- Customers who stay in a segment, or out of one, whatever the rules say.
\set VERBOSITY terse
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE SCHEMA pins;
SET search_path = pins;
CREATE TABLE customers (id integer PRIMARY KEY, spend numeric);
INSERT INTO customers SELECT i, i * 10 FROM generate_series(1, 40) AS i;
SELECT tcs.rule_set_put('pins', '{"default_segment": "other", "rules": [
	{"priority": 10, "segment": "vip", "condition": "spend >= 300"},
	{"priority": 20, "segment": "mid", "condition": "spend >= 200"},
	{"priority": 30, "segment": "press", "condition": "false"}]}');
SELECT tcs.create_segmentation('seg', 'customers', 'id', 'pins', 'sync');
SELECT tcs.track_segmentation('seg', 'customers', 'id');
SELECT tcs.process_segmentation('seg');

-- with who, why and until when; at once
SELECT tcs.pin_segment('seg', 1, 'press', 'writes about us') AS pinned,
	tcs.bar_segment('seg', '35', 'vip', reason => 'debts', until => 'infinity') AS barred;
SELECT key, segment, barred, reason, set_by = session_user AS by_me, since <= now() AS since_now, until FROM seg_pins ORDER BY key;
-- orders, a refresh of some and of all heed it
UPDATE customers SET spend = 5 WHERE id IN (1, 35);
SELECT key, segment FROM seg WHERE key IN (1, 35) ORDER BY key;
UPDATE customers SET spend = 990 WHERE id IN (1, 35);
SELECT key, segment FROM seg WHERE key IN (1, 35) ORDER BY key;
SELECT * FROM tcs.refresh_segmentation('seg', ARRAY[1, 35]);
SELECT * FROM tcs.refresh_segmentation('seg');
UPDATE customers SET spend = spend + 1;
SELECT key, segment FROM seg WHERE key IN (1, 35) ORDER BY key;
-- the next that matches, the default, none
SELECT tcs.bar_segment('seg', 35, 'mid'), tcs.bar_segment('seg', 35, 'other');
-- one pin for a customer, in the place of another and of a bar; a bar ends the pin it contradicts
SELECT tcs.pin_segment('seg', 35, 'vip'), tcs.pin_segment('seg', 35, 'other');
SELECT segment, barred FROM seg_pins WHERE key = 35 ORDER BY 1;
SELECT tcs.bar_segment('seg', 35, 'other');
SELECT segment, barred FROM seg_pins WHERE key = 35 ORDER BY 1;
SELECT key, from_segment, to_segment, cause FROM seg_moves WHERE cause <> 'initial' AND key IN (1, 35) ORDER BY id;
SELECT key, kind, priority, segment, decisive, reason, set_by = session_user AS by_me, since IS NOT NULL AS since, until
  FROM (VALUES (1), (35), (5), (40)) AS k (key), tcs.segment_reason('seg', key) AS r;
-- undone
SELECT tcs.unpin_segment('seg', 35, 'mid'), tcs.unpin_segment('seg', 1);
SELECT tcs.unpin_segment('seg', 35);
SELECT * FROM tcs.refresh_segmentation('seg');
SELECT key, from_segment, to_segment, cause FROM seg_moves WHERE cause <> 'initial' AND key IN (1, 35) ORDER BY id DESC LIMIT 3;
SELECT count(*) FROM seg_pins;

-- who leaves while pinned leaves, and is still pinned on return; one that is gone can be let go
SELECT tcs.pin_segment('seg', 2, 'vip');
DELETE FROM customers WHERE id = 2;
INSERT INTO customers VALUES (2, 0);
SELECT from_segment, to_segment, cause FROM seg_moves WHERE key = 2 ORDER BY id;
DELETE FROM customers WHERE id = 2;
SELECT tcs.unpin_segment('seg', 2);
INSERT INTO customers VALUES (2, 0);
SELECT segment FROM seg WHERE key = 2;

-- an end: the next refresh, process or order lets go
SELECT tcs.pin_segment('seg', 3, 'vip', until => 'infinity'), tcs.pin_segment('seg', 4, 'vip', until => 'infinity'),
	tcs.pin_segment('seg', 5, 'vip', until => 'infinity'), tcs.pin_segment('seg', 6, 'vip', until => 'infinity'),
	tcs.bar_segment('seg', 38, 'vip', until => 'infinity'), tcs.bar_segment('seg', 39, 'vip', until => 'infinity');
UPDATE seg_pins SET until = clock_timestamp() WHERE key IN (3, 38);
SELECT tcs.process_segmentation('seg');
UPDATE seg_pins SET until = clock_timestamp() WHERE key IN (4, 39);
SELECT * FROM tcs.refresh_segmentation('seg');
UPDATE seg_pins SET until = clock_timestamp() WHERE key = 5;
UPDATE customers SET spend = spend WHERE id = 5;
UPDATE customers SET spend = 250 WHERE id = 5;
SELECT tcs.process_segmentation('seg');
UPDATE seg_pins SET until = clock_timestamp() WHERE key = 6;
SELECT * FROM tcs.refresh_segmentation('seg', ARRAY[6]);
SELECT key, from_segment, to_segment, cause FROM seg_moves WHERE key IN (3, 4, 5, 6, 38, 39) AND cause <> 'initial' ORDER BY key, id;
SELECT count(*) FROM seg_pins;

-- rules change: who is pinned stays, and is no move of the rules
SELECT tcs.pin_segment('seg', 7, 'vip'), tcs.bar_segment('seg', 37, 'vip');
UPDATE tcs.rule SET condition = 'spend >= 10000' WHERE rule_set = 'pins' AND priority = 10;
SELECT moved FROM tcs.refresh_segmentation('seg');
SELECT key, from_segment, to_segment, cause FROM seg_moves WHERE key IN (7, 37) AND cause <> 'initial' ORDER BY id;
-- a segment that the rules gave up stays where a pin says so
UPDATE tcs.rule SET segment = 'top' WHERE rule_set = 'pins' AND priority = 10;
SELECT moved FROM tcs.refresh_segmentation('seg');
SELECT segment FROM seg WHERE key = 7;
UPDATE tcs.rule SET segment = 'vip', condition = 'spend >= 300' WHERE rule_set = 'pins' AND priority = 10;
SELECT moved > 0 FROM tcs.refresh_segmentation('seg');
-- rules that fail are not asked about who is pinned
UPDATE tcs.rule SET condition = '100 / (spend - 71) > 0' WHERE rule_set = 'pins' AND priority = 10;
UPDATE customers SET spend = 71 WHERE id = 7;
SELECT last_error FROM seg_status;
-- nor named for one: who is not pinned is
UPDATE customers SET spend = 71 WHERE id IN (7, 35, 36);
SELECT (tcs.try_refresh('seg')).error;
-- who is barred is asked all rules
UPDATE tcs.rule SET condition = 'spend >= 300' WHERE rule_set = 'pins' AND priority = 10;
UPDATE customers SET spend = id WHERE id IN (35, 36);
UPDATE tcs.rule SET condition = '100 / (spend - 371) > 0' WHERE rule_set = 'pins' AND priority = 20;
SELECT (tcs.try_refresh('seg')).error;
-- and moves because of the rules where these give up the second choice
UPDATE tcs.rule SET condition = 'spend >= 200' WHERE rule_set = 'pins' AND priority = 20;
SELECT moved > 0 AS moved FROM tcs.refresh_segmentation('seg');
SELECT segment FROM seg WHERE key = 37;
UPDATE tcs.rule SET condition = 'spend >= 20000' WHERE rule_set = 'pins' AND priority = 20;
SELECT moved > 0 AS moved FROM tcs.refresh_segmentation('seg');
SELECT from_segment, to_segment, cause FROM seg_moves WHERE key = 37 ORDER BY id DESC LIMIT 1;
UPDATE tcs.rule SET condition = 'spend >= 200' WHERE rule_set = 'pins' AND priority = 20;
UPDATE customers SET spend = id * 10 WHERE id IN (35, 36);
SELECT * FROM tcs.refresh_segmentation('seg');

-- an emptied and filled source
CREATE TABLE kept AS TABLE customers;
TRUNCATE customers;
SELECT * FROM tcs.refresh_segmentation('seg');
INSERT INTO customers TABLE kept;
SELECT tcs.pin_segment('seg', 8, 'vip');
SELECT count(*) FROM seg WHERE key IN (7, 8) AND segment = 'vip' OR key = 37 AND segment = 'mid';
TRUNCATE customers;
ALTER TABLE customers DISABLE TRIGGER ALL;
INSERT INTO customers TABLE kept;
ALTER TABLE customers ENABLE TRIGGER ALL;
SELECT * FROM tcs.refresh_segmentation('seg');
SELECT key, segment FROM seg WHERE key IN (7, 8, 37) ORDER BY key;

-- against the plain definition: random pins, bars, ends and orders
CREATE FUNCTION segment_of(k integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
	candidate text;
BEGIN
	SELECT p.segment INTO answer FROM pins.seg_pins AS p WHERE p.key = k AND NOT p.barred AND coalesce(p.until > clock_timestamp(), true);
	IF FOUND THEN
		RETURN answer;
	END IF;
	FOR candidate IN SELECT * FROM unnest((SELECT tcs.segment_matches('pins', c) FROM pins.customers AS c WHERE id = k) || text 'other') LOOP
		CONTINUE WHEN EXISTS (SELECT FROM pins.seg_pins AS p WHERE p.key = k AND p.barred AND p.segment = candidate AND coalesce(p.until > clock_timestamp(), true));
		RETURN candidate;
	END LOOP;
	RETURN NULL;
END $$;
CREATE FUNCTION disagreements() RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM pins.customers AS c FULL JOIN pins.seg AS s ON s.key = c.id
	WHERE s.key IS NULL OR c.id IS NULL OR s.segment IS DISTINCT FROM pins.segment_of(c.id) $$;
SELECT disagreements();
DO $$
DECLARE
	k integer;
	s text;
	wrong bigint;
	pinned bigint := 0;
BEGIN
	PERFORM setseed(0.42);
	FOR i IN 1 .. 400 LOOP
		k := 1 + floor(random() * 12);
		s := (ARRAY['vip', 'mid', 'press', 'other'])[1 + floor(random() * 4)];
		CASE floor(random() * 7)
		WHEN 0 THEN
			PERFORM tcs.pin_segment('pins.seg', k, s, until => CASE WHEN random() < 0.5 THEN timestamptz 'infinity' END);
		WHEN 1, 2 THEN
			PERFORM tcs.bar_segment('pins.seg', k, s, until => CASE WHEN random() < 0.5 THEN timestamptz 'infinity' END);
		WHEN 3 THEN
			IF EXISTS (SELECT FROM pins.seg_pins WHERE key = k AND segment = s) THEN
				PERFORM tcs.unpin_segment('pins.seg', k, s);
			END IF;
		WHEN 4 THEN
			UPDATE pins.seg_pins SET until = clock_timestamp() WHERE key = k AND segment = s;
			PERFORM CASE WHEN random() < 0.5 THEN (tcs.refresh_segmentation('pins.seg')).moved
				ELSE (tcs.refresh_segmentation('pins.seg', ARRAY[k])).moved END;
			-- what ended within this transaction had not when it began
			PERFORM tcs.refresh_segmentation('pins.seg', ARRAY[k]);
		WHEN 5 THEN
			UPDATE pins.customers SET spend = floor(random() * 400) WHERE id BETWEEN k AND k + floor(random() * 12);
		ELSE
			UPDATE pins.customers SET spend = floor(random() * 400) WHERE id = k;
		END CASE;
		wrong := pins.disagreements();
		pinned := pinned + (SELECT count(*) FROM pins.seg_pins);
		IF wrong > 0 THEN
			RAISE WARNING 'step %: % disagree', i, wrong;
		END IF;
	END LOOP;
	RAISE WARNING 'many pins: %', pinned > 1000;
END $$;
SELECT cause, count(*) > 10 FROM seg_moves WHERE cause IN ('manual', 'data') GROUP BY 1 ORDER BY 1;
-- members and moves agree
SELECT count(*) FROM seg AS s JOIN LATERAL (SELECT * FROM seg_moves AS m WHERE m.key = s.key ORDER BY moved_at DESC LIMIT 1) AS m ON true
 WHERE (m.to_segment, m.moved_at, m.present) IS DISTINCT FROM (s.segment, s.since, true);
SELECT count(*) FROM (SELECT segment, count(*) FROM seg GROUP BY 1 EXCEPT SELECT segment, customers FROM tcs.segment_sizes('seg', 'year')) AS d;

-- refused
SELECT tcs.pin_segment('seg', 777, 'vip');
SELECT tcs.pin_segment('seg', 9, 'vipp');
SELECT tcs.pin_segment('seg', 'abc', 'vip');
SELECT tcs.pin_segment('seg', 99999999999, 'vip');
SELECT tcs.pin_segment('seg', 1.5, 'vip');
SELECT tcs.pin_segment('seg', ARRAY[1], 'vip');
SELECT tcs.pin_segment('seg', NULL, 'vip');
SELECT tcs.pin_segment('seg', 9, NULL);
SELECT tcs.pin_segment(NULL, 9, 'vip');
SELECT tcs.pin_segment('seg', 9, 'vip', until => '2020-01-01');
SELECT tcs.pin_segment('customers', 9, 'vip');
SELECT tcs.unpin_segment('seg', 40), tcs.unpin_segment('seg', 777);
SELECT tcs.unpin_segment('seg', NULL);
SELECT tcs.unpin_segment(NULL, 1);
SELECT * FROM tcs.segment_reason('seg', 777);
SELECT count(*) FROM tcs.segment_reason('seg', NULL) AS a, tcs.segment_reason(NULL, 1) AS b;
BEGIN READ ONLY;
SELECT tcs.pin_segment('seg', 9, 'vip');
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT tcs.unpin_segment('seg', 9);
ROLLBACK;
BEGIN READ ONLY;
SELECT count(*) > 0 FROM tcs.segment_reason('seg', 9);
ROLLBACK;

-- rights: UPDATE on the members; the reasons of a rule for who may read the source
CREATE ROLE tcs_desk;
GRANT USAGE ON SCHEMA pins TO tcs_desk;
GRANT SELECT ON seg TO tcs_desk;
SET ROLE tcs_desk;
SELECT tcs.pin_segment('seg', 9, 'vip');
SELECT tcs.unpin_segment('seg', 9);
SELECT * FROM tcs.segment_reason('seg', 9);
RESET ROLE;
GRANT UPDATE ON seg TO tcs_desk;
GRANT SELECT ON seg_pins TO tcs_desk;
SELECT tcs.pin_segment('seg', 14, 'mid', 'the owner');
SET ROLE tcs_desk;
SELECT tcs.pin_segment('seg', 13, 'vip', 'the desk');
SELECT key, set_by = session_user AS by_session FROM seg_pins WHERE key IN (13, 14) ORDER BY 1;
SELECT kind, priority, segment, decisive, reason FROM tcs.segment_reason('seg', 13);
SELECT kind, priority, segment, decisive, reason FROM tcs.segment_reason('seg', 30);
DELETE FROM seg_pins;
RESET ROLE;
GRANT SELECT ON customers TO tcs_desk;
SET ROLE tcs_desk;
SELECT kind, priority, segment, decisive, reason FROM tcs.segment_reason('seg', 30);
RESET ROLE;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
SET ROLE tcs_desk;
SELECT kind, priority, segment, decisive, reason FROM tcs.segment_reason('seg', 30);
RESET ROLE;
ALTER TABLE customers DISABLE ROW LEVEL SECURITY;

-- a table of pins that was altered or is gone
BEGIN;
ALTER TABLE seg_pins ALTER until TYPE text;
SELECT tcs.pin_segment('seg', 9, 'vip');
ROLLBACK;
BEGIN;
ALTER TABLE seg_pins ALTER barred DROP NOT NULL;
SELECT * FROM tcs.refresh_segmentation('seg');
ROLLBACK;
BEGIN;
ALTER TABLE seg_pins ALTER reason TYPE bytea USING '\x00';
SELECT * FROM tcs.segment_reason('seg', 13);
ROLLBACK;
BEGIN;
ALTER TABLE seg_pins RENAME TO elsewhere;
SELECT * FROM tcs.refresh_segmentation('seg');
ROLLBACK;
SELECT tcs.track_segmentation('seg', 'seg_pins', 'key');

-- keys of all types, as values and as literals
CREATE TYPE color AS ENUM ('red', 'green', 'blue');
CREATE DOMAIN small AS integer CHECK (VALUE > 0);
CREATE TABLE keys (spend numeric, t text, v varchar(5), c char(5), u uuid, b bigint, s smallint, num numeric(10, 2), d date, e color, dom small, by bytea, na name);
INSERT INTO keys SELECT n, 'it''s ' || n, 'v' || n, 'c' || n, md5(n::text)::uuid, n::bigint << 40, n, n / 3.0, date '2020-01-01' + n,
	(enum_range(NULL::color))[n], n, decode(md5(n::text), 'hex'), 'n' || n
  FROM generate_series(1, 3) AS n;
CREATE FUNCTION try_key(k name) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM tcs.create_segmentation('pins.k', 'pins.keys', k, 'pins');
	EXECUTE format('SELECT concat_ws('' '', tcs.pin_segment(''pins.k'', %1$I, ''vip''), (SELECT segment FROM pins.k WHERE key = %1$I)) FROM pins.keys WHERE spend = 2', k) INTO answer;
	EXECUTE format('SELECT concat_ws('' '', $1, tcs.unpin_segment(''pins.k'', %1$I::text), (SELECT string_agg(kind, '' '') FROM tcs.segment_reason(''pins.k'', %1$I)),
		tcs.bar_segment(''pins.k'', %1$I::text, ''other'') IS NULL) FROM pins.keys WHERE spend = 2', k) INTO answer USING answer;
	PERFORM tcs.drop_segmentation('pins.k');
	RETURN answer;
END $$;
SELECT attname, try_key(attname) FROM pg_attribute WHERE attrelid = 'keys'::regclass AND attnum > 1 ORDER BY attnum;

SELECT tcs.drop_segmentation('seg');
DROP OWNED BY tcs_desk;
DROP ROLE tcs_desk;
DROP SCHEMA pins CASCADE;
DELETE FROM tcs.rule_set WHERE name = 'pins';
