-- Rules and rows that change, in functions, prepared statements, triggers and
-- behind barriers; and rule sets of unusual size.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
SELECT pg_backend_pid() AS backend \gset
CREATE SCHEMA regress_changes;
SET search_path = regress_changes, public;
CREATE TABLE t (id integer PRIMARY KEY, x integer, name text);
INSERT INTO t SELECT i, i % 10, 'n' || i FROM generate_series(1, 20) AS i;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('s', 'rest');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('s', 1, 'low', 'x < 3'), ('s', 2, 'high', 'x > 7');

-- Prepared statements, custom and generic, follow every change.
PREPARE inlined AS SELECT string_agg(s || ' ' || n, ', ' ORDER BY s) FROM (SELECT tcs.segment_assign('s', t) AS s, count(*) AS n FROM t GROUP BY 1) AS q;
PREPARE named(text) AS SELECT string_agg(s || ' ' || n, ', ' ORDER BY s) FROM (SELECT tcs.segment_assign($1, t) AS s, count(*) AS n FROM t GROUP BY 1) AS q;
PREPARE of_row(t) AS SELECT tcs.segment_assign('s', $1), tcs.in_segment('s', 'low', $1);
CREATE FUNCTION loops() RETURNS text LANGUAGE plpgsql AS $$
DECLARE r record; n t; result text = ''; BEGIN
	FOR r IN SELECT * FROM t ORDER BY id LIMIT 3 LOOP
		result := result || tcs.segment_assign('s', r);
		n := r;
		result := result || '=' || tcs.segment_assign('s', n) || ' ';
	END LOOP;
	RETURN result;
END $$;
CREATE FUNCTION sql_inlined(t) RETURNS text LANGUAGE sql STABLE AS $$ SELECT tcs.segment_assign('s', $1) $$;
CREATE FUNCTION sql_called(t) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT tcs.segment_assign('s', $1) LIMIT 1 $$;
CREATE VIEW assigned AS SELECT id, tcs.segment_assign('s', t) AS segment FROM t;
CREATE FUNCTION all_of_it() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN
	RETURN NEXT loops();
	RETURN QUERY SELECT string_agg(q, ' ') FROM (SELECT sql_inlined(t) AS q FROM t ORDER BY id LIMIT 3) AS q;
	RETURN QUERY SELECT string_agg(q, ' ') FROM (SELECT sql_called(t) AS q FROM t ORDER BY id LIMIT 3) AS q;
	RETURN QUERY SELECT string_agg(segment, ' ' ORDER BY id) FROM assigned WHERE id < 4;
END $$;
\set run 'EXECUTE inlined; EXECUTE named(''s''); EXECUTE of_row(ROW(1, 1, NULL)); SELECT * FROM all_of_it();'
SET plan_cache_mode = force_generic_plan;
:run
UPDATE tcs.rule SET condition = 'x < 2' WHERE rule_set = 's' AND priority = 1;
:run
SET plan_cache_mode = force_custom_plan;
UPDATE tcs.rule SET segment = 'tiny' WHERE rule_set = 's' AND priority = 1;
EXECUTE of_row(ROW(1, 1, NULL));
UPDATE tcs.rule SET segment = 'low' WHERE rule_set = 's' AND priority = 1;
:run
RESET plan_cache_mode;
-- one's own, rolled back
BEGIN;
UPDATE tcs.rule SET enabled = false WHERE rule_set = 's' AND priority = 2;
EXECUTE inlined;
SAVEPOINT one;
UPDATE tcs.rule_set SET default_segment = 'other' WHERE name = 's';
EXECUTE inlined;
EXECUTE named('s');
ROLLBACK TO SAVEPOINT one;
EXECUTE inlined;
EXECUTE named('s');
SAVEPOINT two;
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('s', 0, 'all', 'true');
RELEASE SAVEPOINT two;
EXECUTE inlined;
SELECT loops();
ROLLBACK;
EXECUTE inlined;
EXECUTE named('s');
SELECT loops();
BEGIN ISOLATION LEVEL REPEATABLE READ;
EXECUTE inlined;
UPDATE tcs.rule SET condition = 'x < 5' WHERE rule_set = 's' AND priority = 1;
EXECUTE inlined;
EXECUTE named('s');
COMMIT;
EXECUTE inlined;
-- between two statements, and two evaluations, of a function
CREATE FUNCTION edits() RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text = ''; r t; rest record; BEGIN
	SELECT * INTO r FROM t WHERE id = 1;
	FOR i IN 1..3 LOOP
		UPDATE tcs.rule SET segment = 'low' || i WHERE rule_set = 's' AND priority = 1;
		result := result || tcs.segment_assign('s', r) || ' ';
		SELECT tcs.segment_assign('s', t) AS s INTO rest FROM t WHERE id = 1;
		result := result || rest.s || ' ';
		BEGIN
			UPDATE tcs.rule SET segment = 'undone' WHERE rule_set = 's' AND priority = 1;
			result := result || tcs.segment_assign('s', r) || ' ';
			RAISE EXCEPTION 'undo';
		EXCEPTION WHEN raise_exception THEN
			result := result || tcs.segment_assign('s', r) || ', ';
		END;
	END LOOP;
	RETURN result;
END $$;
SELECT edits();
SELECT edits();
DO $$ DECLARE s text; BEGIN SELECT tcs.segment_assign('s', t) INTO s FROM t WHERE id = 1; ASSERT s = 'low3'; END $$;
UPDATE tcs.rule SET segment = 'low' WHERE rule_set = 's' AND priority = 1;
-- an open cursor goes on with what it was planned with
BEGIN;
DECLARE c CURSOR FOR SELECT id, tcs.segment_assign('s', t) FROM t ORDER BY id;
FETCH 1 FROM c;
UPDATE tcs.rule SET segment = 'lower' WHERE rule_set = 's' AND priority = 1;
FETCH 1 FROM c;
ROLLBACK;
-- as a replica, where triggers are off but for those that must not be
SET session_replication_role = replica;
UPDATE tcs.rule SET segment = 'replicated' WHERE rule_set = 's' AND priority = 1;
EXECUTE inlined;
EXECUTE named('s');
SELECT loops();
UPDATE tcs.rule SET segment = 'low' WHERE rule_set = 's' AND priority = 1;
RESET session_replication_role;
EXECUTE inlined;

-- Rows change between two executions.
PREPARE of_table AS SELECT tcs.segment_assign('s', u), tcs.segment_assign((SELECT 's' OFFSET 0), u) FROM u;
CREATE TABLE u (a text, x integer);
PREPARE of_table AS SELECT tcs.segment_assign('s', u), tcs.segment_assign((SELECT 's' OFFSET 0), u) FROM u;
CREATE FUNCTION of_u() RETURNS text LANGUAGE plpgsql AS $$ DECLARE r u; BEGIN SELECT * INTO r FROM u; RETURN tcs.segment_assign('s', r); END $$;
INSERT INTO u VALUES ('a', 1);
EXECUTE of_table; SELECT of_u();
ALTER TABLE u DROP COLUMN a;
EXECUTE of_table; SELECT of_u();
ALTER TABLE u ALTER COLUMN x TYPE numeric;
EXECUTE of_table; SELECT of_u();
ALTER TABLE u DROP COLUMN x, ADD COLUMN y integer DEFAULT 9;
EXECUTE of_table; SELECT of_u();
ALTER TABLE u RENAME COLUMN y TO x;
EXECUTE of_table; SELECT of_u();
ALTER TABLE u ALTER COLUMN x TYPE text USING 'text';
EXECUTE of_table; SELECT of_u();
ALTER TABLE u DROP COLUMN x, ADD COLUMN x bigint DEFAULT 1;
EXECUTE of_table; SELECT of_u();
-- within one statement
CREATE TABLE w (x integer, pad text);
CREATE FUNCTION altered(i integer) RETURNS w LANGUAGE plpgsql AS $$ DECLARE r w; BEGIN
	IF i = 2 THEN EXECUTE 'ALTER TABLE w DROP COLUMN pad, DROP COLUMN x, ADD COLUMN name text, ADD COLUMN x integer'; EXECUTE 'INSERT INTO w VALUES (''a long name'', 9)';
	ELSIF i = 1 THEN EXECUTE 'INSERT INTO w VALUES (1, ''pad'')'; END IF;
	EXECUTE 'SELECT * FROM w ORDER BY ctid DESC LIMIT 1' INTO r; RETURN r; END $$;
SELECT tcs.segment_assign((SELECT 's' OFFSET 0), altered(i)) FROM generate_series(1, 3) AS i;
SELECT tcs.segment_assign('s', altered(i)) FROM generate_series(3, 4) AS i;

-- Triggers, constraints, COPY, generated rows.
CREATE TABLE log (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO log VALUES (TG_NAME || ' ' || coalesce(tcs.segment_assign('s', OLD), '-') || ' ' || coalesce(tcs.segment_assign('s', NEW), '-')); RETURN NEW; END $$;
CREATE TABLE g (id integer, x integer CHECK (x < 100), CONSTRAINT not_high CHECK (tcs.segment_assign('s', g) <> 'high'));
CREATE TRIGGER every AFTER UPDATE ON g FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER low_only AFTER UPDATE ON g FOR EACH ROW WHEN (tcs.segment_assign('s', NEW) = 'low' AND NOT tcs.in_segment('s', 'low', OLD)) EXECUTE FUNCTION note();
CREATE FUNCTION note_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO log SELECT 'all ' || tcs.segment_assign('s', fresh) || ' ' || tcs.segment_assign((SELECT 's' OFFSET 0), fresh) FROM fresh; RETURN NULL; END $$;
CREATE TRIGGER statement AFTER INSERT ON g REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION note_all();
INSERT INTO g VALUES (1, 6), (2, 7) RETURNING id, tcs.segment_assign('s', g), tcs.segment_assign((SELECT 's' OFFSET 0), g);
INSERT INTO g VALUES (3, 8);
UPDATE g SET x = 1 WHERE tcs.segment_assign('s', g) = 'rest' AND id = 1 RETURNING tcs.segment_assign('s', g);
UPDATE g SET x = 2 WHERE id = 1 RETURNING tcs.in_segment('s', 'low', g);
SELECT what FROM log ORDER BY what COLLATE "C";
COPY g FROM stdin WHERE tcs.segment_assign('s', g) = 'low';
5	0
6	5
\.
SELECT * FROM g ORDER BY id;
DELETE FROM g WHERE tcs.in_segment('s', 'low', g) RETURNING g, tcs.segment_matches('s', g);
CREATE TABLE k (id integer PRIMARY KEY, x integer, s text);
INSERT INTO k SELECT id, x FROM t;
INSERT INTO k VALUES (1, 9), (30, 0) ON CONFLICT (id) DO UPDATE SET s = tcs.segment_assign('s', excluded) || tcs.segment_assign('s', k) WHERE tcs.in_segment('s', 'high', excluded) RETURNING *;
MERGE INTO k USING t ON k.id = t.id + 19 WHEN MATCHED AND tcs.in_segment('s', 'low', t) THEN UPDATE SET s = tcs.segment_assign('s', k) WHEN NOT MATCHED AND tcs.in_segment((SELECT 's'), 'high', t) THEN INSERT VALUES (t.id + 100, 1, tcs.segment_assign('s', t));
SELECT * FROM k WHERE id >= 20 ORDER BY id;
CREATE MATERIALIZED VIEW kept AS SELECT tcs.segment_assign('s', t) AS s, count(*) FROM t GROUP BY 1;
UPDATE tcs.rule SET segment = 'small' WHERE rule_set = 's' AND priority = 1;
REFRESH MATERIALIZED VIEW kept;
SELECT * FROM kept ORDER BY s;
UPDATE tcs.rule SET segment = 'low' WHERE rule_set = 's' AND priority = 1;
\set VERBOSITY sqlstate
CREATE TABLE no (x integer, s text GENERATED ALWAYS AS (tcs.segment_assign('s', no)) STORED);
CREATE INDEX ON t (tcs.segment_assign('s', t));
\set VERBOSITY terse

-- Row security and barriers: a condition that tells by its error is not tried
-- on rows that may not be seen.
CREATE ROLE regress_tcs_analyst;
GRANT USAGE ON SCHEMA regress_changes TO regress_tcs_analyst;
CREATE TABLE secret (owner text, x integer);
INSERT INTO secret VALUES ('postgres', 5), ('regress_tcs_analyst', 6);
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON secret USING (owner = current_user);
CREATE VIEW barrier WITH (security_barrier) AS SELECT x FROM secret WHERE owner = 'regress_tcs_analyst';
GRANT SELECT ON secret, barrier TO regress_tcs_analyst;
INSERT INTO tcs.rule_set (name) VALUES ('leak');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('leak', 1, 'seen', '1 / (x - 5) > 0');
SET ROLE regress_tcs_analyst;
SELECT secret FROM secret WHERE tcs.in_segment('leak', 'seen', secret);
SELECT secret FROM secret WHERE tcs.segment_assign('leak', secret) = 'seen';
SELECT secret FROM secret WHERE tcs.segment_assign((SELECT 'leak' OFFSET 0), secret) = 'seen';
SELECT barrier FROM barrier WHERE tcs.in_segment('leak', 'seen', barrier);
SELECT barrier FROM barrier WHERE tcs.segment_assign('leak', barrier) = 'seen' AND tcs.in_segment('leak', 'seen', barrier);
-- rules are read by all, and written by those who may
SELECT count(*) FROM tcs.rule WHERE rule_set = 'leak';
UPDATE tcs.rule SET condition = 'true' WHERE rule_set = 'leak';
INSERT INTO tcs.rule_set (name) VALUES ('mine');
RESET ROLE;
SELECT barrier FROM secret AS barrier WHERE tcs.in_segment('leak', 'seen', barrier);
-- who wrote it, and when, is written by the trigger
GRANT INSERT, UPDATE, DELETE ON tcs.rule_set, tcs.rule TO regress_tcs_analyst;
SET ROLE regress_tcs_analyst;
INSERT INTO tcs.rule_set (name, changed_by, changed_at) VALUES ('mine', 'postgres', '2000-01-01') RETURNING changed_by, changed_at > '2020-01-01';
UPDATE tcs.rule_set SET changed_by = 'postgres', changed_at = '2000-01-01' WHERE name = 'mine' RETURNING changed_by, changed_at > '2020-01-01';
RESET ROLE;
INSERT INTO tcs.rule_set (name, changed_by, changed_at) VALUES ('restored', 'someone', '2000-01-01') RETURNING changed_by, changed_at AT TIME ZONE 'UTC';
UPDATE tcs.rule_set SET description = 'x' WHERE name = 'restored' RETURNING changed_by <> 'someone', changed_at > '2020-01-01';
REVOKE INSERT, UPDATE, DELETE ON tcs.rule_set, tcs.rule FROM regress_tcs_analyst;
DELETE FROM tcs.rule_set WHERE name IN ('mine', 'restored', 'leak');

-- Names, and what they may not be.
INSERT INTO tcs.rule_set (name, default_segment) VALUES (E'it''s "a"\nname, ü', E'it''s "the"\ndefault, ü'), (repeat('n', 255), 'long');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES (E'it''s "a"\nname, ü', -2147483648, E'q''"\n%s ü', $$"we ird" = 1 AND "quo""te" = 'ü' AND "ü" > 0$$), (E'it''s "a"\nname, ü', 2147483647, E'last', 'bad');
SELECT tcs.segment_assign(E'it''s "a"\nname, ü', q) FROM (SELECT 1 AS "we ird", 'ü'::text AS "quo""te", i AS "ü", false AS bad FROM generate_series(0, 1) AS i) AS q;
SELECT tcs.segment_assign(E'it''s "a"\nname, ü', t) FROM t;
SELECT tcs.segment_assign(repeat('n', 255), t) FROM t LIMIT 1;
SELECT tcs.in_segment('s', 'none', t) FROM t;
SELECT tcs.in_segment((SELECT 's' OFFSET 0), 'none', t) FROM t;
SELECT tcs.segment_assign('S', t) FROM t;
SELECT tcs.segment_assign((SELECT 'S' OFFSET 0), t) FROM t;
SELECT tcs.segment_assign(NULL, t) FROM t;
SELECT tcs.in_segment('s', NULL, t) FROM t;
SELECT tcs.segment_assign('s', NULL);
SELECT tcs.segment_assign('s', ROW(1, 2));
SELECT tcs.segment_assign('s', j) FROM (t AS a JOIN t AS b USING (id)) AS j;
INSERT INTO tcs.rule_set (name) VALUES ('');
INSERT INTO tcs.rule_set (name) VALUES ('tcs.mine');
UPDATE tcs.rule_set SET name = 'tcs.mine' WHERE name = 's';
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('none', 1, 'x', 'true');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('s', 1, 'x', 'true');
-- priorities change places in one statement
UPDATE tcs.rule SET priority = 3 - priority WHERE rule_set = 's';
SELECT string_agg(priority || segment, ' ' ORDER BY priority) FROM tcs.rule WHERE rule_set = 's';
UPDATE tcs.rule_set SET name = 'renamed' WHERE name = 's';
EXECUTE inlined;
EXECUTE named('renamed');
UPDATE tcs.rule_set SET name = 's' WHERE name = 'renamed';
EXECUTE inlined;

-- Sizes.  Ten thousand rules; the run-time path and the inlined one agree.
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('many', 'rest'), ('alternating', 'even'), ('long', 'no'), ('deep', 'no');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) SELECT 'many', i, 'segment ' || i, 'id = ' || 10001 - i FROM generate_series(1, 10000) AS i;
SELECT tcs.segment_assign('many', t), tcs.segment_assign((SELECT 'many' OFFSET 0), t), tcs.segment_matches('many', t) FROM t WHERE id IN (3, 20);
SELECT id FROM t WHERE tcs.in_segment('many', 'segment 9990', t);
INSERT INTO tcs.rule (rule_set, priority, segment, condition) SELECT 'alternating', i, CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END, 'id = ' || i FROM generate_series(1, 1000) AS i;
SELECT count(*) FILTER (WHERE tcs.in_segment('alternating', 'odd', t)), count(*) FILTER (WHERE tcs.in_segment('alternating', 'even', t)), count(*) FILTER (WHERE tcs.in_segment((SELECT 'alternating' OFFSET 0), 'even', t)) FROM t;
-- a condition of a megabyte
INSERT INTO tcs.rule (rule_set, priority, segment, condition) SELECT 'long', 1, 'yes', string_agg('name = ''' || repeat('x', 90) || i || '''', ' OR ') || ' OR id = 7' FROM generate_series(1, 9000) AS i;
SELECT length(condition) > 900000 FROM tcs.rule WHERE rule_set = 'long';
SELECT id FROM t WHERE tcs.segment_assign('long', t) = 'yes';
SELECT id FROM t WHERE tcs.segment_assign((SELECT 'long' OFFSET 0), t) = 'yes';
-- nesting of 100,000 levels is an error, sooner or later
CREATE FUNCTION deep(condition text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE s text; stage text = 'writing'; BEGIN
	DELETE FROM tcs.rule WHERE rule_set = 'deep';
	-- as a dump brings it, of which the grammar alone is looked at
	INSERT INTO tcs.rule (rule_set, priority, segment, condition, changed_by, changed_at) VALUES ('deep', 1, 'yes', deep.condition, 'a dump', '2024-01-01');
	stage = 'use';
	EXECUTE 'SELECT string_agg(tcs.segment_assign(''deep'', t), '' '') FROM t WHERE id < 3' INTO s;
	RETURN s;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' at ' || stage; END $$;
SELECT 'parentheses', deep(repeat('(', 100000) || 'true' || repeat(')', 100000));
SELECT 'sums', deep('1' || repeat(' + 1', 100000) || ' > 0');
SELECT 'half a million sums', deep('1' || repeat('+1', 499990) || ' > 0');
SELECT 'casts', deep('id' || repeat('::int', 100000) || ' > 0');
SELECT 'minuses', deep(repeat('- ', 100000) || 'id < 0');
SELECT 'not', deep(repeat('NOT ', 100000) || 'true');
SELECT 'calls', deep(repeat('abs(', 100000) || 'id' || repeat(')', 100000) || ' = 1');
SELECT 'arrays', deep(repeat('ARRAY[', 100000) || '1' || repeat(']', 100000) || ' IS NULL');
SELECT 'subscripts', deep('(ARRAY[1])' || repeat('[1]', 100000) || ' = 1');
SELECT 'concatenation', deep($$name || ''$$ || repeat(' || name', 100000) || $$ = ''$$);
SELECT 'case', deep(repeat('CASE WHEN true THEN ', 40000) || 'true' || repeat(' END', 40000));
SELECT 'is null', deep('id' || repeat(' IS NULL', 100000));
SELECT 'collate', deep('name' || repeat(' COLLATE "C"', 80000) || ' = ''''');
SELECT 'below a subquery', deep('EXISTS (SELECT 1' || repeat(' + 1', 100000) || ')');
SELECT 'below xml', deep('xmlconcat(1' || repeat(' + 1', 100000) || ') IS NULL');
SELECT 'below a field', deep('(1' || repeat(' + 1', 100000) || ').x IS NULL');
SELECT 'operators of a schema', deep('1' || repeat(' OPERATOR(public.+) 1', 40000) || ' > 0');
SELECT 'wide or', deep('id = 1' || repeat(' OR id = 2', 10000));
SELECT 'wide in', deep('id IN (1' || repeat(', 1', 100000) || ')');
SELECT 'wide and of columns', deep('name IS NOT NULL' || repeat(' AND name IS NOT NULL', 10000));

-- Deleted while in use; emptied.
DELETE FROM tcs.rule_set WHERE name = 's';
EXECUTE inlined;
EXECUTE named('s');
SELECT * FROM assigned;
BEGIN;
TRUNCATE tcs.rule;
EXECUTE named('long');
TRUNCATE tcs.rule_set CASCADE;
EXECUTE named('long');
ROLLBACK;
EXECUTE named('long');

-- Called as they are not meant to be.
SELECT tcs_internal.stored_before();
SELECT tcs_internal.stored_after();
-- Minor releases of the server differ in what they say of a value of type internal.
DO $$
BEGIN
	PERFORM tcs_internal.segment_assign_support(NULL), tcs_internal.segment_matches_support(NULL), tcs_internal.in_segment_support(NULL);
	RAISE 'called with NULL';
EXCEPTION WHEN undefined_function OR feature_not_supported THEN
END $$;
DO $$
BEGIN
	PERFORM tcs_internal.segment_assign_support('x');
	RAISE 'called with a text';
EXCEPTION WHEN undefined_function OR feature_not_supported THEN
END $$;
CREATE TABLE rule (a integer, b integer);
CREATE TRIGGER a BEFORE INSERT ON rule FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_before();
CREATE TRIGGER b AFTER INSERT ON rule FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_after();
CREATE TRIGGER c BEFORE TRUNCATE ON rule FOR EACH STATEMENT EXECUTE FUNCTION tcs_internal.stored_before();
INSERT INTO rule VALUES (1, 2);
TRUNCATE rule;
DROP TRIGGER a ON rule;
INSERT INTO rule VALUES (1, 2);

SELECT pg_backend_pid() = :backend AS same_backend;
DELETE FROM tcs.rule_set WHERE name LIKE 'it%' OR name LIKE 'nnn%' OR name IN ('many', 'alternating', 'long', 'deep');
DROP SCHEMA regress_changes CASCADE;
DROP ROLE regress_tcs_analyst;
