-- Goals whose owner has altered everything that can be altered.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
CREATE ROLE regress_tcs_mallory;
CREATE SCHEMA mallory AUTHORIZATION regress_tcs_mallory;
SET ROLE regress_tcs_mallory;
SET search_path = mallory, pg_catalog;

-- What notes who runs it, whatever is rolled back: a sequence does.
CREATE SEQUENCE ran_as_mallory MINVALUE 0;
CREATE SEQUENCE ran_as_others MINVALUE 0;
CREATE FUNCTION note() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM nextval(CASE current_user WHEN 'regress_tcs_mallory' THEN 'mallory.ran_as_mallory'
		ELSE 'mallory.ran_as_others' END::regclass);
	RETURN true;
END $$;
CREATE TYPE en AS ENUM ('up', 'down');
CREATE FUNCTION to_text(en) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.note(); RETURN 'x'; END $$;
CREATE FUNCTION to_date(en) RETURNS date LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.note(); RETURN '2026-01-01'; END $$;
CREATE FUNCTION to_float(en) RETURNS float8 LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.note(); RETURN 1; END $$;
CREATE CAST (en AS text) WITH FUNCTION to_text(en) AS IMPLICIT;
CREATE CAST (en AS date) WITH FUNCTION to_date(en) AS IMPLICIT;
CREATE CAST (en AS float8) WITH FUNCTION to_float(en) AS IMPLICIT;
CREATE FUNCTION same(en, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN mallory.note(); END $$;
CREATE OPERATOR = (FUNCTION = same, LEFTARG = en, RIGHTARG = text);
CREATE DOMAIN checked AS text CHECK (mallory.note());
CREATE TYPE pair AS (a integer, b text);

-- Types that a column can get, and a value of each.
CREATE TABLE types (type text, value text);
INSERT INTO types VALUES ('"char"', '''x'''), ('boolean', 'true'), ('integer', '7'), ('bigint', '4702394921427272193'), ('oid', '4294967295'),
('double precision', '7'), ('numeric', '1e50'), ('name', '''n'''), ('text', '''t'''), ('varchar(9)', '''v'''), ('date', '''2026-01-03'''),
('timestamptz(0)', '''2026-01-03'''), ('jsonb', '''{}'''), ('text[]', '''{a}'''), ('mallory.en', '''up''::mallory.en'),
('mallory.checked', '''x'''), ('mallory.pair', '(1, ''b'')::mallory.pair');

SELECT tcs.create_goals('plan', 'UTC');
INSERT INTO plan (name, owner, parent, metric, unit, baseline, target, starts, due) VALUES
('all', 'o', NULL, 'm', 'u', 0, 10, '2026-01-01', '2026-02-01'), ('part', 'o', 'all', 'm', 'u', 0, 10, '2026-01-01', '2026-02-01');
INSERT INTO plan_measurement (goal, day, value) VALUES ('part', '2026-01-05', 3);

-- What is called, and as whom: the owner, and a superuser.
CREATE TABLE calls (call text);
INSERT INTO calls VALUES
('SELECT * FROM tcs.goals_progress(''mallory.plan'', ''2026-01-10'')'),
('SELECT * FROM mallory.plan_progress'),
('INSERT INTO mallory.plan SELECT * FROM mallory.plan'),
('UPDATE mallory.plan SET parent = parent'),
('INSERT INTO mallory.plan_measurement SELECT * FROM mallory.plan_measurement'),
('SELECT tcs.drop_goals(''mallory.plan'')');

-- One call; what came of it is undone.
CREATE FUNCTION try(call text, OUT state text, OUT message text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE call;
	RAISE SQLSTATE 'ZZZZZ';
EXCEPTION WHEN OTHERS THEN
	state := SQLSTATE;
	message := SQLERRM;
END $$;
-- Without what keeps a type: constraints, indexes, defaults, a trigger that names columns.
CREATE FUNCTION strip() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	doomed record;
BEGIN
	FOR doomed IN SELECT conrelid::regclass AS relation, conname FROM pg_constraint
		WHERE conrelid IN ('mallory.plan'::regclass, 'mallory.plan_measurement'::regclass) AND contype IN ('c', 'f') LOOP
		EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', doomed.relation, doomed.conname);
	END LOOP;
	ALTER TABLE mallory.plan DROP CONSTRAINT plan_pkey, ALTER name SET NOT NULL, ALTER direction DROP DEFAULT, ALTER weight DROP DEFAULT;
	ALTER TABLE mallory.plan_measurement DROP CONSTRAINT plan_measurement_pkey, ALTER id DROP IDENTITY, ALTER id SET NOT NULL, ALTER recorded_at DROP DEFAULT;
	FOR doomed IN SELECT indexrelid::regclass AS name FROM pg_index
		WHERE indrelid IN ('mallory.plan'::regclass, 'mallory.plan_measurement'::regclass) LOOP
		EXECUTE format('DROP INDEX %s', doomed.name);
	END LOOP;
	DROP TRIGGER tcs_goals_check ON mallory.plan;
	DROP TRIGGER tcs_goals_lock ON mallory.plan;
	CREATE TRIGGER tcs_goals_lock BEFORE UPDATE ON mallory.plan FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.check_goals();
END $$;
SELECT strip();
RESET ROLE;
CREATE TABLE mallory.seen (relation regclass, name name, change text, role text, call text, state text, message text);
-- Alter a column in a way, and then make each call as each role.
CREATE FUNCTION mallory.confuse(relation regclass, name name, change text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	found mallory.seen[] := '{}';
	role text;
	call text;
	tried record;
BEGIN
	SET LOCAL ROLE regress_tcs_mallory;
	EXECUTE format('ALTER TABLE %s %s', relation, format(change, name));
	FOR role IN VALUES ('regress_tcs_mallory'), ('none') LOOP
		EXECUTE 'SET LOCAL ROLE ' || role;
		FOR call IN SELECT c.call FROM mallory.calls AS c LOOP
			tried := mallory.try(call);
			found := found || (relation, name, change, role, call, tried.state, tried.message)::mallory.seen;
		END LOOP;
	END LOOP;
	RAISE SQLSTATE 'ZZZZZ';
EXCEPTION WHEN SQLSTATE 'ZZZZZ' THEN
	INSERT INTO mallory.seen SELECT * FROM unnest(found);
END $$;
SELECT mallory.confuse(a.attrelid, a.attname, 'ALTER %I TYPE ' || t.type || ' USING ' || t.value)
FROM pg_attribute AS a, mallory.types AS t
WHERE a.attrelid IN ('mallory.plan'::regclass, 'mallory.plan_measurement'::regclass) AND a.attnum > 0
	AND format_type(a.atttypid, a.atttypmod) <> t.type
\g (tuples_only=on) /dev/null
SELECT mallory.confuse(a.attrelid, a.attname, change)
FROM pg_attribute AS a, (VALUES ('ALTER %I DROP NOT NULL'), ('ALTER %1$I DROP NOT NULL, ALTER %1$I TYPE text USING NULL'), ('DROP %I'), ('RENAME %I TO other')) AS c (change)
WHERE a.attrelid IN ('mallory.plan'::regclass, 'mallory.plan_measurement'::regclass) AND a.attnum > 0
\g (tuples_only=on) /dev/null

-- No internal error, and every column that is read is checked, whoever asks.
SELECT count(*) > 3000 AS many, count(*) FILTER (WHERE state LIKE 'XX%') AS internal FROM mallory.seen;
SELECT relation, name, count(*) AS reads, count(*) FILTER (WHERE message LIKE 'column "%" of "%" is of type %, must be %') AS type,
	count(*) FILTER (WHERE message LIKE 'column "%" of "%" may be null, and must not') AS nulls,
	count(*) FILTER (WHERE state = '42809') AS missing, count(*) FILTER (WHERE state = 'ZZZZZ') AS fine
FROM mallory.seen WHERE call LIKE '%goals_progress%' GROUP BY 1, 2 ORDER BY 1, 2;
-- The triggers too.
SELECT name, count(*) AS inserts, count(*) FILTER (WHERE message LIKE 'column "%" of "%" is of type %, must be %') AS type
FROM mallory.seen
WHERE call LIKE 'INSERT INTO mallory.plan SELECT%' AND relation = 'mallory.plan'::regclass AND change LIKE '% TYPE %' AND change NOT LIKE '%NULL' AND name IN ('name', 'parent')
GROUP BY 1 ORDER BY 1;
-- To drop them nothing is read.
SELECT DISTINCT state FROM mallory.seen WHERE call LIKE '%drop_goals%' AND change LIKE '% TYPE %';

-- What is in the place of the measurements runs nothing either.
SET ROLE regress_tcs_mallory;
ALTER TABLE plan_measurement RENAME TO real_measurement;
CREATE VIEW plan_measurement AS SELECT * FROM real_measurement WHERE note();
RESET ROLE;
SELECT count(*) FROM tcs.goals_progress('mallory.plan', '2026-01-10');
SET ROLE regress_tcs_mallory;
DROP VIEW plan_measurement;
ALTER TABLE real_measurement RENAME TO plan_measurement;
RESET ROLE;
SELECT place, name, actual FROM tcs.goals_progress('mallory.plan', '2026-01-10') ORDER BY place;

-- Values that the constraints would not have let in are none that break anything.
SET ROLE regress_tcs_mallory;
INSERT INTO plan (name, owner, parent, metric, unit, direction, baseline, target, starts, due, weight) VALUES
('all', '', NULL, '', '', 'sideways', 'NaN', '-Infinity', '-infinity', 'infinity', 'NaN'), ('lost', '', 'nobody', '', '', 'up', 'Infinity', 'Infinity', 'infinity', '-infinity', '-Infinity'),
('still', '', 'all', '', '', 'down', 0, 1e308, '2026-01-01', '2026-01-01', 1e308), ('wide', '', 'all', '', '', 'down', -1e308, 1e308, '4713-01-01 BC', '5874897-12-31', 1e308);
INSERT INTO plan_measurement (id, goal, day, value, recorded_at) VALUES (9, 'all', '-infinity', 'NaN', 'infinity'),
	(9, 'wide', '2026-01-01', 1e308, '-infinity'), (9, 'nobody', '2026-01-01', 1, now());
SELECT count(*), count(DISTINCT place) AS places FROM tcs.goals_progress('mallory.plan', '2026-01-10');
RESET ROLE;

-- Nothing of mallory's has run as anybody else, and it does note that.
SELECT ran_as_mallory.is_called AS as_mallory, ran_as_others.is_called AS as_others FROM mallory.ran_as_mallory, mallory.ran_as_others;
SELECT mallory.note();
SELECT is_called AS as_others FROM mallory.ran_as_others;
RESET search_path;
DROP SCHEMA mallory CASCADE;
DROP ROLE regress_tcs_mallory;
