-- What scorecards refuse, and what those who may write factors can try against those who score.
\set VERBOSITY terse
SET client_min_messages = warning;
\pset format unaligned
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
CREATE SCHEMA regress_hostile;
SET search_path = regress_hostile, public;

-- The tables.
INSERT INTO tcs.scorecard (name) VALUES ('');
INSERT INTO tcs.scorecard (name) VALUES ('tcs.mine');
INSERT INTO tcs.scorecard (name) VALUES ('h'), ('it''s "quoted" \ %s'), (repeat('x', 250));
INSERT INTO tcs.scorecard (name) VALUES ('h');
INSERT INTO tcs.factor (scorecard, factor, expression) VALUES ('nowhere', 'f', '1');
INSERT INTO tcs.factor (scorecard, factor, expression) VALUES ('h', '', '1');
INSERT INTO tcs.factor (scorecard, factor, expression) VALUES ('h', 'f', '1'), ('h', 'f', '2');
CREATE FUNCTION refused(what text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	EXECUTE format('INSERT INTO tcs.factor (scorecard, factor, expression, %s) VALUES (''h'', ''f'', ''1'', %s)', split_part(what, '=', 1), split_part(what, '=', 2));
	DELETE FROM tcs.factor WHERE scorecard = 'h'; RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, '.* violates', 'violates'); END $$;
SELECT what, refused(what) FROM unnest(ARRAY['weight=0', 'weight=-0.1', 'weight=''NaN''', 'weight=''Infinity''', 'weight=1e301', 'weight=NULL',
	'lo=1', 'lo=''NaN''', 'lo=''-Infinity''', 'lo=-1e301', 'lo=NULL', 'hi=0', 'hi=''NaN''', 'hi=''Infinity''', 'hi=1e300', 'hi=NULL', 'hi=5e-324',
	'gate=''NaN''', 'gate=''Infinity''', 'gate=NULL', 'missing=''lo''', 'missing=''LO''', 'missing=NULL', 'enabled=NULL']) AS what;
-- who wrote a row is noted, and cannot be passed off as someone else
CREATE ROLE regress_writer;
GRANT INSERT, UPDATE, DELETE ON tcs.scorecard, tcs.factor TO regress_writer;
SET ROLE regress_writer;
INSERT INTO tcs.factor (scorecard, factor, expression, changed_by, changed_at) VALUES ('h', 'f', '1', 'somebody', '2000-01-01');
SELECT changed_by, changed_at = now() AS now FROM tcs.factor WHERE scorecard = 'h';
UPDATE tcs.scorecard SET name = 'h2' WHERE name = 'h';
SELECT scorecard, changed_by FROM tcs.factor WHERE scorecard = 'h2';
UPDATE tcs.scorecard SET name = 'h' WHERE name = 'h2';
UPDATE tcs.scorecard SET name = 'tcs.h' WHERE name = 'h';
TRUNCATE tcs.factor;
RESET ROLE;
-- what the extension ships stays as it is
UPDATE tcs.factor SET weight = 9 WHERE scorecard LIKE 'tcs.%';
DELETE FROM tcs.scorecard WHERE name LIKE 'tcs.%';
INSERT INTO tcs.factor (scorecard, factor, expression) VALUES ('tcs.lead', 'mine', '1');
-- the triggers are for these tables alone
CREATE TABLE other (scorecard text, factor text, expression text);
CREATE TRIGGER t BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION tcs_internal.stored_before();
INSERT INTO other VALUES ('a', 'b', 'c');
-- the support function is the planner's
DO $$ BEGIN PERFORM tcs_internal.scorecard_score_support(NULL); RAISE 'it ran'; EXCEPTION WHEN undefined_function OR feature_not_supported THEN NULL; END $$;

-- What an expression must not be: when it is written.
CREATE FUNCTION written(expression text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE message text; detail text; hint text; BEGIN
	UPDATE tcs.factor SET expression = written.expression WHERE scorecard = 'h'; RETURN 'written';
EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT; RETURN concat_ws(' | ', SQLSTATE, message, nullif(hint, '')); END $$;
SELECT e, written(e) FROM unnest(ARRAY['', ' ', 'a +', 'a; DELETE FROM tcs.factor', 'a, b', 'a FROM b', 'a ORDER BY 1', 'a AS b', 'a -- why', '/* why */ a', E'a -- why\n', '(a']) AS e;
-- ... and when it is compiled, with its place and its factor
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TYPE pair AS (x int);
CREATE TABLE customer (a int, b float8, name text, day date, at timestamptz, gap interval, paid money, mood mood, pair pair, "Odd ""name" int, doc jsonb, id uuid, numbers int[], code oid);
INSERT INTO customer VALUES (1, 0.5, 'n', '2024-01-01', '2024-01-01', '2 days', 3, 'low', ROW(1), 2, '{"x": 1}', NULL, '{1,2}', 5);
CREATE FUNCTION compiled(expression text, OUT inlined text, OUT at_run_time text) LANGUAGE plpgsql AS $$ DECLARE message text; context text; hint text; BEGIN
	-- as replication brings it: what is refused whatever the row gets in, too
	PERFORM set_config('session_replication_role', 'replica', true);
	UPDATE tcs.factor SET expression = compiled.expression WHERE scorecard = 'h';
	PERFORM set_config('session_replication_role', 'origin', true);
	BEGIN EXECUTE 'SELECT tcs.scorecard_score(''h'', customer) FROM customer' INTO inlined;
	EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
		inlined := concat_ws(' | ', SQLSTATE, message, nullif(hint, ''), substring(context, 'factor "[^\n]*')); END;
	BEGIN EXECUTE 'SELECT tcs.scorecard_score((SELECT ''h'' OFFSET 0), customer) FROM customer' INTO at_run_time;
	EXCEPTION WHEN OTHERS THEN at_run_time := SQLSTATE; END;
	at_run_time := CASE at_run_time WHEN split_part(inlined, ' |', 1) THEN 'same' ELSE at_run_time END;
END $$;
SELECT e, c.* FROM unnest(ARRAY['name', 'day', 'at', 'now() - at', 'gap', 'paid', 'mood', 'pair', 'doc', 'id', 'numbers', 'code', 'NULL', '''7''',
	'''x''', 'NULL::int', 'nothing', 'customer.a', 'a + (SELECT 1)', 'sum(a)', 'rank() OVER ()', 'random()', '$1', 'pg_sleep(1)',
	'regress_hostile.f(a)', 'generate_series(1, a)', 'name::regclass::int', 'current_user', 'lo_import(name)', 'day - ''today''',
	'extract(epoch FROM at - ''2024-01-01'')', 'a / 0', 'pair', '(pair).x', 'mood::text', 'length(name)', '"Odd ""name"', 'numbers[1] / 2.0',
	'(doc ->> ''x'')::numeric', 'extract(epoch FROM gap) / 86400', 'a > 0', 'NOT a > 0', 'tcs.xyz_class(b) = ''X''', 'CASE WHEN a > 0 THEN 0.5 END',
		'b::real', 'a::smallint', '1e400', '1e-400', '''NaN''::float8', '''NaN''::numeric', '''Infinity''::float8',
		'''-Infinity''::numeric']) WITH ORDINALITY AS u (e, n), compiled(e) AS c ORDER BY n;
UPDATE tcs.scorecard SET time_zone = 'Europe/Berlin' WHERE name = 'h';
SELECT compiled('at >= ''2024-07-01''');
UPDATE tcs.scorecard SET time_zone = 'Nowhere' WHERE name = 'h';
SELECT compiled('at >= ''2024-07-01''');
UPDATE tcs.scorecard SET time_zone = NULL WHERE name = 'h';
-- arithmetic at the ends of the range of the type is the server's own
UPDATE tcs.factor SET lo = 0, hi = 1e300 WHERE scorecard = 'h';
SELECT compiled('b * 1e-300');
UPDATE tcs.factor SET lo = -1e300, hi = 1e300, weight = 1e300 WHERE scorecard = 'h';
SELECT compiled('b'), compiled('''Infinity''::float8');
UPDATE tcs.factor SET lo = 0, hi = 5e-324, weight = 1e-300 WHERE scorecard = 'h';
SELECT compiled('b'), compiled('0 - b'), compiled('-0.0::float8');
UPDATE tcs.factor SET lo = 0, hi = 1, weight = 1 WHERE scorecard = 'h';
-- deep expressions, and many factors
SELECT (compiled(repeat('(', 500) || 'a' || repeat(')', 500))).inlined;
SELECT left((compiled('a' || repeat(' + a', 100000))).inlined, 5) AS too_deep;
-- what is refused when it is written
SELECT e, written(e) FROM unnest(ARRAY['a', 'nothing', 'customer.a', 'a + (SELECT 1)', 'sum(a)', 'a + count(*)', 'rank() OVER ()', 'random()', '$1',
	'pg_sleep(1)', 'regress_hostile.f(a)', 'f(a)', 'generate_series(1, a)', 'lo_import(name)', 'tcs.gini(a)', 'pg_catalog.max(a)', '(pair).x',
	'a::regress_hostile.mood::text', 'a::mood::text', 'length(name)', 'CASE WHEN a > 0 THEN max(a) END']) AS e;
DELETE FROM tcs.factor WHERE scorecard = 'h';
INSERT INTO tcs.factor (scorecard, factor, expression) SELECT 'h', 'f' || i, 'a > ' || i % 2 FROM generate_series(1, 500) AS i;
SELECT tcs.scorecard_score('h', customer) AS inlined, tcs.scorecard_score((SELECT 'h' OFFSET 0), customer) AS at_run_time,
	(SELECT round(sum(contribution)) FROM tcs.scorecard_explain('h', customer)) AS explained FROM customer;
SELECT finding, rows, share, detail FROM tcs.scorecard_check('h', 'customer') WHERE factor IS NULL;
DELETE FROM tcs.factor WHERE scorecard = 'h';

-- Names are nothing but names.
INSERT INTO tcs.factor (scorecard, factor, expression, description) VALUES ('it''s "quoted" \ %s', 'f''"%s\', '"Odd ""name"', '%s "x" \');
SELECT tcs.scorecard_score('it''s "quoted" \ %s', customer), tcs.scorecard_sql('it''s "quoted" \ %s', 'customer') FROM customer;
SELECT factor, value, description FROM customer, tcs.scorecard_explain('it''s "quoted" \ %s', customer);
SELECT severity, finding, factor FROM tcs.scorecard_check('it''s "quoted" \ %s', 'customer');
UPDATE tcs.factor SET expression = 'nothing' WHERE scorecard = 'it''s "quoted" \ %s';
\set VERBOSITY default
SELECT tcs.scorecard_score('it''s "quoted" \ %s', customer) FROM customer;
\set VERBOSITY terse

-- Functions and casts of other people are not found, whatever the path.
INSERT INTO tcs.factor (scorecard, factor, expression) VALUES ('h', 'f', 'abs(a)');
SET ROLE regress_writer;
CREATE TEMP TABLE acted (who text);
CREATE FUNCTION pg_temp.abs(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO acted VALUES (current_user); RETURN 1; END $$;
RESET ROLE;
CREATE FUNCTION abs(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'never called'; END $$;
SET search_path = regress_hostile, pg_catalog;
SELECT tcs.scorecard_score('h', customer), (tcs.scorecard_explain('h', customer)).value FROM customer;
SET search_path = regress_hostile, public;
DROP FUNCTION regress_hostile.abs;

-- Arguments, and rights.
SELECT tcs.scorecard_score(NULL, customer) FROM customer;
SELECT tcs.scorecard_score('none', customer) FROM customer;
SELECT tcs.scorecard_score('h', ROW(1, 2));
SELECT tcs.scorecard_sql(NULL, 'customer');
SELECT tcs.scorecard_sql('h', NULL);
SELECT tcs.scorecard_sql('none', 'customer');
SELECT tcs.scorecard_sql('h', 1::oid);
SELECT tcs.scorecard_sql('h', 'customer');
SELECT tcs.scorecard_explain(NULL, customer) FROM customer;
SELECT tcs.scorecard_explain('h', NULL::customer);
SELECT tcs.scorecard_explain('none', customer) FROM customer;
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA regress_hostile TO regress_reader;
SET ROLE regress_reader;
SELECT count(*) > 0 AS readable FROM tcs.factor;
INSERT INTO tcs.scorecard (name) VALUES ('x');
UPDATE tcs.factor SET weight = 2 WHERE scorecard = 'h';
SELECT tcs.scorecard_score('h', customer) FROM customer;
SELECT tcs.scorecard_score('h', q) FROM (SELECT 1 AS a) AS q;
RESET ROLE;
-- a column that may not be read is needed for the whole row, not for a subquery
GRANT SELECT (a) ON customer TO regress_reader;
SET ROLE regress_reader;
SELECT tcs.scorecard_score('h', customer) FROM customer;
SELECT tcs.scorecard_score('h', q) FROM (SELECT a FROM customer) AS q;
RESET ROLE;
-- which factor fails on a row
INSERT INTO tcs.scorecard (name) VALUES ('fails');
INSERT INTO tcs.factor (scorecard, factor, expression) VALUES ('fails', 'a', 'x'), ('fails', 'b', '1 / x');
\set VERBOSITY default
SELECT factor, value FROM (VALUES (2), (0)) AS v (x), tcs.scorecard_explain('fails', v);
\set VERBOSITY terse
DELETE FROM tcs.scorecard WHERE name NOT LIKE 'tcs.%';
REVOKE ALL ON tcs.scorecard, tcs.factor FROM regress_writer;
DROP OWNED BY regress_writer, regress_reader;
DROP ROLE regress_writer, regress_reader;
DROP SCHEMA regress_hostile CASCADE;
