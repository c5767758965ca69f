-- Scorecards as a whole: as jsonb, and copied.
SET client_min_messages = warning;
CREATE SCHEMA ss;
DELETE FROM tcs.scorecard WHERE name NOT LIKE 'tcs.%';

-- put and get
SELECT tcs.scorecard_put('ss.a', '{"description": "what for", "time_zone": "Europe/Berlin", "factors": [
	{"factor": "b", "expression": "revenue", "weight": 2.5, "lo": 100, "hi": 0.1, "gate": 1000, "missing": "lo", "description": "less is better", "enabled": true},
	{"expression": "orders > 3", "factor": "a"},
	{"factor": "C", "expression": "orders", "hi": 10, "gate": null, "description": null, "enabled": false, "missing": "null"}]}');
SELECT jsonb_pretty(tcs.scorecard_get('ss.a'));
SELECT factor, expression, weight, lo, hi, gate, missing, description, enabled, changed_by = current_user AS by_me, changed_at BETWEEN now() - interval '1 minute' AND now() AS now
FROM tcs.factor WHERE scorecard = 'ss.a' ORDER BY factor;
SELECT name, description, time_zone, changed_by = current_user AS by_me FROM tcs.scorecard WHERE name = 'ss.a';
-- the smallest
SELECT tcs.scorecard_put('ss.b', '{"factors": []}');
SELECT tcs.scorecard_get('ss.b');
-- hostile names, everything that text can hold, and numbers to their last bit, there and back
SELECT count(tcs.scorecard_put(name, jsonb_build_object('description', name, 'factors', jsonb_build_array(
	jsonb_build_object('factor', name, 'description', name, 'expression', format('(name = %L)', name), 'weight', 0.1, 'lo', -1e300, 'hi', 1e300, 'gate', 'Infinity'),
	jsonb_build_object('factor', name || '2', 'expression', format(E'CASE WHEN name = %L -- it''s\n THEN 1 /* "$1" %% */ ELSE revenue END', name), 'weight', 0, 'lo', 5e-324, 'hi', '-0'::float8 + 1e-310, 'gate', '-Infinity'),
	jsonb_build_object('factor', name || '3', 'expression', 'revenue', 'weight', 1e300, 'lo', 0.1::float8 + 0.2::float8, 'hi', 1.0 / 3, 'gate', 1.7976931348623157e308::float8))))) AS put
FROM unnest(ARRAY['ss.''quote''', 'ss."double"', E'ss.new\nline', E'ss.back\\slash', 'ss.%I %L %s', 'ss.$$;DROP', 'ss.é中😀', 'ss. ', ' tcs.', 'TCS.', 'x' || repeat('y', 240)]) AS name;
CREATE TABLE ss.before AS SELECT s.name, tcs.scorecard_get(s.name) AS definition FROM tcs.scorecard AS s WHERE s.name NOT LIKE 'tcs.%';
SELECT count(*) AS sets, count(tcs.scorecard_put(name, definition)) AS put, count(tcs.scorecard_put('ss.copy of ' || name, definition)) AS elsewhere FROM ss.before;
SELECT count(*) AS sets, count(*) FILTER (WHERE tcs.scorecard_get(name) = definition) AS same, count(*) FILTER (WHERE tcs.scorecard_get('ss.copy of ' || name) = definition) AS copies FROM ss.before;
SELECT count(*) AS factors, count(*) FILTER (WHERE (a.factor, a.expression, a.description, a.missing, a.enabled) IS NOT DISTINCT FROM (b.factor, b.expression, b.description, b.missing, b.enabled)
	AND float8send(a.weight) = float8send(b.weight) AND float8send(a.lo) = float8send(b.lo) AND float8send(a.hi) = float8send(b.hi) AND float8send(a.gate) IS NOT DISTINCT FROM float8send(b.gate)) AS same
FROM tcs.factor AS a JOIN tcs.factor AS b ON b.scorecard = 'ss.copy of ' || a.scorecard AND a.factor = b.factor;
SET extra_float_digits = -15;
SELECT count(*) FILTER (WHERE tcs.scorecard_get(name) = definition) = count(*) AS whatever_is_set FROM ss.before;
RESET extra_float_digits;
SELECT count(tcs.scorecard_put('ss.copy', tcs.scorecard_get(s.name))), bool_and(tcs.scorecard_get(s.name) ? 'factors') AS shipped FROM tcs.scorecard AS s WHERE s.name LIKE 'tcs.%';
DELETE FROM tcs.scorecard WHERE name NOT LIKE 'tcs.%' AND name NOT IN ('ss.a', 'ss.b');

-- factors that stay keep who wrote them, others come and go
CREATE TABLE ss.version AS SELECT factor, xmin::text AS version FROM tcs.factor WHERE scorecard = 'ss.a';
SELECT tcs.scorecard_put('ss.a', '{"factors": [{"factor": "a", "expression": "orders > 3"}, {"factor": "b", "expression": "revenue", "weight": 3}, {"factor": "new", "expression": "revenue", "lo": 2}]}');
SELECT factor, f.xmin::text = v.version AS untouched, weight, lo, hi, gate, missing, description FROM tcs.factor AS f LEFT JOIN ss.version AS v USING (factor) WHERE scorecard = 'ss.a' ORDER BY factor;
SELECT tcs.scorecard_get('ss.a') - 'factors' AS rest;

-- what is wrong with a definition is said, and nothing is written
\set VERBOSITY terse
CREATE PROCEDURE ss.refused(VARIADIC definitions text[]) LANGUAGE plpgsql AS $$
DECLARE definition text;
BEGIN
	FOREACH definition IN ARRAY definitions LOOP
		BEGIN
			PERFORM tcs.scorecard_put('ss.a', definition::jsonb);
			RAISE WARNING 'accepted: %', definition;
		EXCEPTION WHEN OTHERS THEN
			RAISE WARNING '% %', SQLSTATE, SQLERRM;
		END;
	END LOOP;
END $$;
TRUNCATE ss.before;
INSERT INTO ss.before VALUES ('ss.a', tcs.scorecard_get('ss.a'));
CALL ss.refused('null', '[]', '"x"', '{}', '{"factors": {}}', '{"factors": null}', '{"factors": [], "name": "x"}', '{"factors": [], "description": 1}', '{"factors": [], "time_zone": ["x"]}', '{"factors": [], "default_segment": "x"}',
	'{"factors": [1]}', '{"factors": [[]]}', '{"factors": [{}]}', '{"factors": [{"factor": "f"}]}', '{"factors": [{"expression": "1"}]}', '{"factors": [{"factor": null, "expression": "1"}]}', '{"factors": [{"factor": 1, "expression": "1"}]}', '{"factors": [{"factor": "f", "expression": 1}]}',
	'{"factors": [{"factor": "f", "expression": "1", "changed_by": "me"}]}', '{"factors": [{"factor": "", "expression": "1"}]}');
SELECT set_config('ss.f', '{"factors": [{"factor": "f", "expression": "1", %s}]}', false) IS NOT NULL AS set;
CREATE PROCEDURE ss.refused_keys(VARIADIC keys text[]) LANGUAGE plpgsql AS $$
DECLARE keys_given text;
BEGIN
	FOREACH keys_given IN ARRAY keys LOOP
		CALL ss.refused(format(current_setting('ss.f'), keys_given));
	END LOOP;
END $$;
CALL ss.refused_keys('"weight": "1"', '"weight": null', '"weight": -1', '"weight": -1e-400', '"weight": 1e301', '"weight": 1e-400', '"weight": "NaN"', '"weight": "Infinity"',
	'"lo": "Infinity"', '"lo": 1e301', '"lo": -1e301', '"lo": true', '"lo": null', '"hi": null', '"hi": [1]', '"hi": 1e1000', '"lo": 1', '"hi": 0', '"hi": -0.0', '"lo": 0.1, "hi": 0.1000000000000000000001',
	'"gate": "NaN"', '"gate": "1"', '"gate": "infinity"', '"gate": 1e309', '"gate": false', '"missing": "skip"', '"missing": null', '"missing": 0', '"description": 1', '"enabled": "yes"', '"enabled": null');
CALL ss.refused('{"factors": [{"factor": "f", "expression": "1"}, {"factor": "g", "expression": "1"}, {"factor": "f", "expression": "2"}]}', '{"factors": [{"factor": "f", "expression": "1"}, {"factor": "g", "expression": "revenue +"}]}',
	'{"factors": [{"factor": "f", "expression": "1 -- and"}]}', '{"factors": [{"factor": "f", "expression": "1) + (1"}]}', '{"factors": [{"factor": "f", "expression": ""}]}');
SELECT tcs.scorecard_get('ss.a') = definition AS as_it_was FROM ss.before WHERE name = 'ss.a';
SELECT tcs.scorecard_definition_check('{"factors": [{"factor": "f", "expression": "not looked at +"}]}');
\set VERBOSITY default

-- copy
SELECT tcs.scorecard_copy('ss.a', 'ss.draft');
SELECT tcs.scorecard_get('ss.draft') = tcs.scorecard_get('ss.a') AS same;
SELECT tcs.scorecard_copy('ss.a', 'ss.draft');
SELECT tcs.scorecard_copy('tcs.lead', 'ss.lead');
SELECT count(*) AS factors, array_agg(DISTINCT changed_by = current_user) AS mine FROM tcs.factor WHERE scorecard = 'ss.lead';
-- a copy scores as the original does, until it is changed: at once, in the plans that exist too
CREATE TABLE ss.lead AS SELECT i AS id, i * 37 % 101 AS questionnaire, (i % 20)::float8 AS dwell_minutes, i % 7 AS interactions FROM generate_series(1, 200) AS i;
PREPARE scores AS SELECT count(*) FILTER (WHERE tcs.scorecard_score('ss.lead', lead) = tcs.scorecard_score('tcs.lead', lead)) AS same, count(*) AS all FROM ss.lead AS lead;
EXECUTE scores;
SELECT tcs.scorecard_put('ss.lead', jsonb_set(tcs.scorecard_get('ss.lead'), '{factors,1,lo}', '20') #- '{factors,0}');
SELECT factor, lo, hi FROM tcs.factor WHERE scorecard = 'ss.lead' ORDER BY factor;
EXECUTE scores;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM ss.lead;
SELECT tcs.scorecard_put('ss.lead', tcs.scorecard_get('tcs.lead'));
EXECUTE scores;
ROLLBACK;
EXECUTE scores;
DEALLOCATE scores;

-- what is missing, and NULL
\set VERBOSITY terse
CREATE PROCEDURE ss.fails(VARIADIC queries text[]) LANGUAGE plpgsql AS $$
DECLARE query text; hint text;
BEGIN
	FOREACH query IN ARRAY queries LOOP
		BEGIN
			EXECUTE 'SELECT tcs.' || query;
			RAISE WARNING 'no error: %', query;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
			RAISE WARNING '%: % % %', query, SQLSTATE, SQLERRM, hint;
		END;
	END LOOP;
END $$;
CALL ss.fails('scorecard_get(''nope'')', 'scorecard_copy(''nope'', ''x'')', 'scorecard_copy(''ss.a'', ''ss.b'')',
	'scorecard_put(''tcs.mine'', ''{"factors": []}'')', 'scorecard_copy(''ss.a'', ''tcs.mine'')', 'scorecard_copy(''ss.a'', ''tcs.lead'')', 'scorecard_put('''', ''{"factors": []}'')',
	'scorecard_put(''x'', ''{"factors": [], "rules": []}'')', 'scorecard_definition_check(NULL)',
	'scorecard_get(NULL)', 'scorecard_copy(NULL, ''x'')', 'scorecard_copy(''x'', NULL)', 'scorecard_put(NULL, ''{}'')', 'scorecard_put(''x'', NULL)');
SELECT count(*) AS nothing_made FROM tcs.scorecard WHERE name IN ('x', '', 'tcs.mine');

-- rights: anybody reads, who was granted it writes
CREATE ROLE regress_tcs_reader;
CREATE ROLE regress_tcs_writer;
GRANT INSERT, UPDATE, DELETE ON tcs.scorecard, tcs.factor TO regress_tcs_writer;
SET ROLE regress_tcs_reader;
SELECT tcs.scorecard_get('ss.b');
SELECT tcs.scorecard_put('ss.b', '{"factors": []}');
SELECT tcs.scorecard_put('ss.mine', '{"factors": []}');
SELECT tcs.scorecard_copy('ss.b', 'ss.mine');
SET ROLE regress_tcs_writer;
SELECT tcs.scorecard_copy('ss.a', 'ss.mine'), tcs.scorecard_put('ss.b', tcs.scorecard_get('tcs.trust'));
SELECT scorecard, changed_by, count(*) FROM tcs.factor WHERE scorecard IN ('ss.mine', 'ss.b') GROUP BY 1, 2 ORDER BY 1;
SELECT tcs.scorecard_put('tcs.trust', '{"factors": []}');
RESET ROLE;
\set VERBOSITY default
-- somebody's own functions and operators are not called
CREATE FUNCTION pg_temp.starts_with(text, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called''; END';
CREATE FUNCTION ss.jsonb_typeof(jsonb) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called''; END';
CREATE TEMP TABLE scorecard (name text);
SET search_path = pg_temp, ss, pg_catalog;
SELECT tcs.scorecard_put('ss.b', tcs.scorecard_get('ss.b'));
RESET search_path;
-- many factors
SELECT tcs.scorecard_put('ss.many', jsonb_build_object('factors', jsonb_agg(jsonb_build_object('factor', 'f' || i, 'expression', 'x' || i, 'hi', i)))) FROM generate_series(1, 1000) AS i;
SELECT jsonb_array_length(tcs.scorecard_get('ss.many') -> 'factors') AS factors, tcs.scorecard_get('ss.many') #>> '{factors,999,factor}' AS last;
-- dropped, unless something uses it
CREATE TABLE ss.person (id integer, x float8);
CREATE VIEW ss.uses AS SELECT id, tcs.scorecard_score('ss.it''s \b', p) AS s FROM ss.person AS p;
CREATE MATERIALIZED VIEW ss."Uses too" AS SELECT id, tcs.scorecard_score("row" => p, scorecard => 'ss.it''s \b') AS s FROM ss.person AS p WITH NO DATA;
SELECT tcs.scorecard_copy('ss.a', 'ss.it''s \b');
SELECT tcs.scorecard_copy('ss.a', 'ss.unused');
SELECT tcs.scorecard_drop('ss.it''s \b');
DROP VIEW ss.uses;
SELECT tcs.scorecard_drop('ss.it''s \b');
DROP MATERIALIZED VIEW ss."Uses too";
SELECT tcs.scorecard_drop('ss.it''s \b'), tcs.scorecard_drop('ss.unused');
SELECT (SELECT count(*) FROM tcs.scorecard WHERE name IN ('ss.it''s \b', 'ss.unused')) AS left, (SELECT count(*) FROM tcs.factor WHERE scorecard IN ('ss.it''s \b', 'ss.unused')) AS rows_left;
SELECT tcs.scorecard_drop('ss.unused');
SELECT tcs.scorecard_drop('tcs.trust');
SELECT tcs.scorecard_drop(NULL);
SET ROLE regress_tcs_reader;
SELECT tcs.scorecard_drop('ss.a');
RESET ROLE;
DELETE FROM tcs.scorecard WHERE name NOT LIKE 'tcs.%';
DROP OWNED BY regress_tcs_reader, regress_tcs_writer;
DROP ROLE regress_tcs_reader, regress_tcs_writer;
DROP TABLE pg_temp.scorecard;
DROP SCHEMA ss CASCADE;
