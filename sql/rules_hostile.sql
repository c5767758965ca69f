-- What a writer of rules may try against those who evaluate them.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_mallory;
GRANT INSERT, UPDATE, DELETE ON tcs.rule_set, tcs.rule TO regress_mallory;
CREATE SCHEMA mallory AUTHORIZATION regress_mallory;
SET ROLE regress_mallory;
CREATE TYPE mallory.mood AS ENUM ('a', 'b');
CREATE DOMAIN mallory.moody AS mallory.mood;
CREATE TYPE mallory.pair AS (x int);
CREATE TABLE mallory.acted (who text);
CREATE FUNCTION mallory.evil(mallory.mood) RETURNS text LANGUAGE plpgsql AS
	$$ BEGIN INSERT INTO mallory.acted VALUES (current_user); RETURN 'x'; END $$;
CREATE FUNCTION mallory.evil(mallory.pair) RETURNS text LANGUAGE plpgsql AS
	$$ BEGIN INSERT INTO mallory.acted VALUES (current_user); RETURN 'x'; END $$;
CREATE TABLE mallory.t (id int, mood mallory.mood, moody mallory.moody, pair mallory.pair,
						pairs mallory.pair[], moods mallory.mood[], name text);
INSERT INTO mallory.t VALUES (1, 'a', 'a', ROW(1), ARRAY[ROW(1)::mallory.pair], '{a}', 'n');
INSERT INTO tcs.rule_set (name) SELECT 'evil ' || i FROM generate_series(1, 20) i;
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES
	('evil 1', 1, 's', $$mood || 'x' = 'ax'$$),
	('evil 2', 1, 's', $$'x' || mood = 'xa'$$),
	('evil 3', 1, 's', $$'x' || moody = 'xa'$$),
	('evil 4', 1, 's', $$pair::record || 'x' = 'xx'$$),
	('evil 5', 1, 's', $$pair::record = pair::record$$),
	('evil 6', 1, 's', $$array_to_string(pairs::record[], ',') = '(1)'$$),
	('evil 7', 1, 's', $$pair || 'x' = 'xx'$$),
	('evil 8', 1, 's', $$mood::text = 'a'$$),
	('evil 9', 1, 's', $$moods || 'x'::text = 'ax'$$),
	('evil 10', 1, 's', $$concat(mood, 'x') = 'ax'$$),
	('evil 11', 1, 's', $$mood = 'a' AND pair IS NOT NULL AND name || id = 'n1'$$),
	('evil 12', 1, 's', $$current_date = ANY ('{n\ow}'::date[])$$),
	('evil 13', 1, 's', $$current_date <@ '[toda"y",]'::daterange$$);
RESET ROLE;

CREATE FUNCTION pg_temp.try(OUT rule_set text, OUT inlined text, OUT at_run_time text, OUT explained text)
	RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE n text; s text;
BEGIN
	FOR n IN SELECT r.rule_set FROM tcs.rule r WHERE r.rule_set LIKE 'evil %' ORDER BY substr(r.rule_set, 6)::int LOOP
		rule_set := n;
		BEGIN EXECUTE format('SELECT tcs.segment_assign(%L, t) FROM mallory.t', n) INTO inlined;
		EXCEPTION WHEN OTHERS THEN inlined := SQLSTATE; END;
		BEGIN EXECUTE 'SELECT tcs.segment_assign((SELECT $1 OFFSET 0), t) FROM mallory.t' INTO at_run_time USING n;
		EXCEPTION WHEN OTHERS THEN at_run_time := SQLSTATE; END;
		BEGIN EXECUTE format('SELECT count(*) FROM mallory.t, tcs.segment_explain(%L, t)', n) INTO explained;
		EXCEPTION WHEN OTHERS THEN explained := SQLSTATE; END;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT * FROM pg_temp.try();
-- the same with casts that are made later
SET ROLE regress_mallory;
CREATE CAST (mallory.mood AS text) WITH FUNCTION mallory.evil(mallory.mood);
CREATE CAST (mallory.pair AS text) WITH FUNCTION mallory.evil(mallory.pair);
RESET ROLE;
SELECT * FROM pg_temp.try();
SELECT count(*) AS acted FROM mallory.acted;

-- who asked is noted, not the owner whom a cascade runs as
SET ROLE regress_mallory;
UPDATE tcs.rule_set SET name = 'evil 21' WHERE name = 'evil 11';
RESET ROLE;
SELECT changed_by FROM tcs.rule WHERE rule_set = 'evil 21';
DELETE FROM tcs.rule_set WHERE name LIKE 'evil %';

-- Rows that were stored before a column with a default was added.
INSERT INTO tcs.rule_set (name) VALUES ('older');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES
	('older', 1, 'big', 'revenue >= 50'), ('older', 2, 'null', 'revenue IS NULL');
CREATE TABLE older (id int);
INSERT INTO older VALUES (1);
ALTER TABLE older ADD revenue int DEFAULT 100;
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n text := 'older';
BEGIN
	RAISE WARNING '% % %', tcs.segment_assign('older', old), tcs.segment_assign(n, old),
		(SELECT segment FROM tcs.segment_explain('older', old) WHERE decisive);
	RETURN new;
END $$;
CREATE TRIGGER look BEFORE UPDATE ON older FOR EACH ROW EXECUTE FUNCTION look();
UPDATE older SET id = 2;
DROP TABLE older;
DROP FUNCTION look;

-- A part that guards the ones behind it.
UPDATE tcs.rule SET condition = 'revenue <> 0 AND 10 / revenue > 1 AND name = ''x''' WHERE rule_set = 'older' AND priority = 1;
SELECT priority, segment, decisive, reason FROM tcs.segment_explain('older', (SELECT r FROM (SELECT 0 AS revenue, 'y' AS name) r));
-- A set-returning function in the row gives as many rows either way.
CREATE TYPE revenue_row AS (revenue int, name text);
UPDATE tcs.rule SET condition = 'revenue > 1' WHERE rule_set = 'older' AND priority = 1;
SELECT tcs.segment_assign('older', ROW(generate_series(1, 3), 'a')::revenue_row);
SELECT tcs.segment_assign((SELECT 'older' OFFSET 0), ROW(generate_series(1, 3), 'a')::revenue_row);
DROP TYPE revenue_row;
DELETE FROM tcs.rule_set WHERE name = 'older';

DROP SCHEMA mallory CASCADE;
REVOKE ALL ON tcs.rule_set, tcs.rule FROM regress_mallory;
DROP ROLE regress_mallory;
