-- Rule sets as a whole: copied, published, as jsonb, as text, compared.
SET client_min_messages = warning;
CREATE SCHEMA rs;
CREATE TABLE rs.customer AS SELECT i AS id, CASE WHEN i % 10 > 0 THEN i * 10 END AS revenue, 'name ' || i % 7 AS name, i * 0.1::float8 AS amount FROM generate_series(1, 200) AS i;
CREATE VIEW rs.plain AS SELECT rule_set, priority, segment, condition, description, enabled FROM tcs.rule;
DELETE FROM tcs.rule_set WHERE name NOT LIKE 'tcs.%';

-- put and get
SELECT tcs.rule_set_put('rs.a', '{"description": "what for", "default_segment": "other", "time_zone": "Europe/Berlin", "rules": [
	{"priority": 20, "segment": "middle", "condition": "revenue >= 500", "description": "call", "enabled": true},
	{"segment": "big", "condition": "revenue >= 1000", "priority": 10},
	{"priority": 30.0, "segment": "off", "condition": "name = ''name 1''", "enabled": false, "description": null}]}');
SELECT jsonb_pretty(tcs.rule_set_get('rs.a'));
SELECT name, description, default_segment, time_zone, changed_by = current_user AS by_me, changed_at BETWEEN now() - interval '1 minute' AND now() AS now FROM tcs.rule_set WHERE name = 'rs.a';
-- the smallest
SELECT tcs.rule_set_put('rs.b', '{"rules": []}');
SELECT tcs.rule_set_get('rs.b');
-- hostile names, and everything that text can hold, there and back
SELECT count(tcs.rule_set_put(name, jsonb_build_object('default_segment', name, 'description', name, 'rules', jsonb_build_array(
	jsonb_build_object('priority', 2147483647, 'segment', name, 'description', name, 'condition', format('name = %L', name)),
	jsonb_build_object('priority', -2147483648, 'segment', name || '2', 'condition', format(E'name = %L -- it''s\n AND /* "$1" %% */ revenue > 0', name)))))) AS put
FROM unnest(ARRAY['rs.''quote''', 'rs."double"', E'rs.new\nline', E'rs.back\\slash', 'rs.%I %L %s', 'rs.$$;DROP', 'rs.é中😀', 'rs. ', ' tcs.', 'TCS.', 'x' || repeat('y', 240)]) AS name;
CREATE TABLE rs.before AS SELECT s.name, tcs.rule_set_get(s.name) AS definition FROM tcs.rule_set AS s WHERE s.name NOT LIKE 'tcs.%';
SELECT count(*) AS sets, count(tcs.rule_set_put(name, definition)) AS put, count(tcs.rule_set_put('rs.copy of ' || name, definition)) AS elsewhere FROM rs.before;
SELECT count(*) AS sets, count(*) FILTER (WHERE tcs.rule_set_get(name) = definition) AS same, count(*) FILTER (WHERE tcs.rule_set_get('rs.copy of ' || name) = definition) AS copies FROM rs.before;
SELECT tcs.segment_assign(before.name, x) = before.name AS assigned, count(*) FROM rs.before, LATERAL (SELECT before.name, NULL::int AS revenue) AS x WHERE before.name NOT IN ('rs.a', 'rs.b') GROUP BY 1;
SELECT count(tcs.rule_set_put('rs.copy', tcs.rule_set_get(s.name))), bool_and(tcs.rule_set_get(s.name) ? 'rules') AS shipped FROM tcs.rule_set AS s WHERE s.name LIKE 'tcs.%';
DELETE FROM tcs.rule_set WHERE name NOT LIKE 'tcs.%' AND name NOT IN ('rs.a', 'rs.b');

-- what is wrong with a definition is said, and nothing is written
\set VERBOSITY terse
CREATE PROCEDURE rs.refused(VARIADIC definitions text[]) LANGUAGE plpgsql AS $$
DECLARE definition text;
BEGIN
	FOREACH definition IN ARRAY definitions LOOP
		BEGIN
			PERFORM tcs.rule_set_put('rs.a', definition::jsonb);
			RAISE WARNING 'accepted: %', definition;
		EXCEPTION WHEN OTHERS THEN
			RAISE WARNING '% %', SQLSTATE, SQLERRM;
		END;
	END LOOP;
END $$;
CALL rs.refused('null', '[]', '"x"', '{}', '{"rules": {}}', '{"rules": null}', '{"rules": [], "name": "x"}', '{"rules": [], "description": 1}', '{"rules": [], "default_segment": ["x"]}',
	'{"rules": [1]}', '{"rules": [[]]}', '{"rules": [{}]}', '{"rules": [{"priority": 1}]}', '{"rules": [{"priority": 1, "segment": "s"}]}', '{"rules": [{"priority": 1, "segment": "s", "condition": null}]}',
	'{"rules": [{"priority": "1", "segment": "s", "condition": "true"}]}', '{"rules": [{"priority": 1.5, "segment": "s", "condition": "true"}]}', '{"rules": [{"priority": 2147483648, "segment": "s", "condition": "true"}]}', '{"rules": [{"priority": 1e1000, "segment": "s", "condition": "true"}]}',
	'{"rules": [{"priority": 1, "segment": 1, "condition": "true"}]}', '{"rules": [{"priority": 1, "segment": "s", "condition": true}]}',
	'{"rules": [{"priority": 1, "segment": "s", "condition": "true", "enabled": "yes"}]}', '{"rules": [{"priority": 1, "segment": "s", "condition": "true", "enabled": null}]}', '{"rules": [{"priority": 1, "segment": "s", "condition": "true", "description": 1}]}',
	'{"rules": [{"priority": 1, "segment": "s", "condition": "true", "changed_by": "me"}]}',
	'{"rules": [{"priority": 1, "segment": "s", "condition": "true"}, {"priority": 1.0, "segment": "s", "condition": "true"}]}',
	'{"rules": [{"priority": 1, "segment": "s", "condition": "true"}, {"priority": 2, "segment": "s", "condition": "revenue >"}]}',
	'{"rules": [{"priority": 1, "segment": "s", "condition": "true -- and"}]}', '{"rules": [{"priority": 1, "segment": "s", "condition": "true) OR (true"}]}');
SELECT tcs.rule_set_get('rs.a') = definition AS as_it_was FROM rs.before WHERE name = 'rs.a';
\set VERBOSITY default

-- copy
SELECT tcs.rule_set_copy('rs.a', 'rs.draft');
SELECT tcs.rule_set_get('rs.draft') = tcs.rule_set_get('rs.a') AS same;
SELECT tcs.rule_set_copy('rs.a', 'rs.draft');
SELECT tcs.rule_set_copy('tcs.rfm', 'rs.rfm');
SELECT count(*) AS rules, array_agg(DISTINCT changed_by = current_user) AS mine FROM tcs.rule WHERE rule_set = 'rs.rfm';

-- publish: what does not change keeps who wrote it; the draft stays; the description is the target's
UPDATE tcs.rule SET condition = 'revenue >= 700' WHERE rule_set = 'rs.draft' AND priority = 20;
DELETE FROM tcs.rule WHERE rule_set = 'rs.draft' AND priority = 30;
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('rs.draft', 40, 'some', 'revenue >= 100');
UPDATE tcs.rule_set SET default_segment = 'none', time_zone = NULL, description = 'a draft' WHERE name = 'rs.draft';
CREATE TABLE rs.version AS SELECT priority, xmin::text AS version FROM tcs.rule WHERE rule_set = 'rs.a';
SELECT tcs.rule_set_publish('rs.draft', 'rs.a');
SELECT p.*, r.xmin::text = v.version AS untouched FROM rs.plain AS p JOIN tcs.rule AS r USING (rule_set, priority) LEFT JOIN rs.version AS v USING (priority) WHERE rule_set = 'rs.a' ORDER BY priority;
SELECT description, default_segment, time_zone FROM tcs.rule_set WHERE name = 'rs.a';
SELECT tcs.rule_set_get('rs.a') - 'description' = tcs.rule_set_get('rs.draft') - 'description' AS same, tcs.rule_set_get('rs.draft') ->> 'description' AS draft;
SELECT tcs.rule_set_publish('rs.draft', 'rs.new');
SELECT tcs.rule_set_get('rs.new') = tcs.rule_set_get('rs.draft') AS made;
SELECT tcs.rule_set_publish('tcs.rfm', 'rs.new');
SELECT count(*) AS rules FROM tcs.rule WHERE rule_set = 'rs.new';
-- all or nothing, also when it fails on its way
CREATE FUNCTION rs.no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.priority = 90 THEN RAISE EXCEPTION ''no''; END IF; RETURN NEW; END';
CREATE TRIGGER a_no BEFORE INSERT ON tcs.rule FOR EACH ROW EXECUTE FUNCTION rs.no();
\set VERBOSITY terse
SELECT tcs.rule_set_publish('tcs.rfm', 'rs.a');
SELECT tcs.rule_set_publish('tcs.rfm', 'rs.newer');
\set VERBOSITY default
DROP TRIGGER a_no ON tcs.rule;
SELECT tcs.rule_set_get('rs.a') - 'description' = tcs.rule_set_get('rs.draft') - 'description' AS as_it_was, (SELECT count(*) FROM tcs.rule_set WHERE name = 'rs.newer') AS newer;
-- a statement that runs sees one state, a plan the newest
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM rs.customer WHERE tcs.segment_assign('rs.a', customer) = 'some';
SELECT tcs.rule_set_publish('rs.b', 'rs.a');
SELECT count(*), max(tcs.segment_assign('rs.a', customer)) FROM rs.customer;
ROLLBACK;
SELECT count(*) FROM rs.customer WHERE tcs.segment_assign('rs.a', customer) = 'some';

-- as text
SELECT tcs.rule_set_put('rs.text', $json${"default_segment": "it's", "rules": [
	{"priority": 1, "segment": "back\\slash", "condition": "name = 'name 1' -- \"THEN\"\n AND revenue > 100"},
	{"priority": 2, "segment": "quo'te", "condition": "name = 'a\nb' OR revenue < 200 OR name ~ '--'"},
	{"priority": 3, "segment": "", "condition": "  revenue > 1000 AND CASE WHEN id > 150 THEN true END  "},
	{"priority": 4, "segment": "off", "condition": "nothing", "enabled": false},
	{"priority": 5, "segment": "5 %s %", "condition": "/* ; */ revenue IS NULL"}]}$json$);
SELECT tcs.rule_set_sql('rs.text');
CREATE FUNCTION rs.differ(rule_set text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM rs.customer WHERE (%s) IS DISTINCT FROM tcs.segment_assign(%L, customer)', tcs.rule_set_sql(rule_set), rule_set) INTO n;
	RETURN n;
END $$;
SELECT rs.differ('rs.text') AS text, rs.differ('rs.a') AS a, rs.differ('rs.b') AS b, rs.differ('rs.draft') AS draft;
SELECT tcs.rule_set_sql('rs.b'), tcs.rule_set_sql('tcs.value_tiers');
UPDATE tcs.rule_set SET default_segment = E'it''s\\' WHERE name = 'rs.b';
SELECT tcs.rule_set_sql('rs.b');
SELECT rs.differ('rs.b') AS b;
CREATE TABLE rs.cell AS SELECT format('%s%s%s', r, f, m) AS rfm_cell FROM generate_series(1, 6) AS r, generate_series(1, 5) AS f, generate_series(1, 5) AS m;
SELECT format('SELECT count(*) FILTER (WHERE %s IS NOT DISTINCT FROM tcs.segment_assign(%L, cell)) AS same FROM rs.cell', tcs.rule_set_sql('tcs.rfm'), 'tcs.rfm') \gexec

-- where no rule has a priority, the order of the array gives them
SELECT tcs.rule_set_put('rs.order', '{"default_segment": "d", "rules": [{"segment": "z", "condition": "revenue > 1500"}, {"segment": "a", "condition": "revenue > 1000", "enabled": false}, {"segment": "m", "condition": "revenue > 500"}]}');
SELECT priority, segment, enabled FROM tcs.rule WHERE rule_set = 'rs.order' ORDER BY priority;
SELECT count(*) AS different FROM rs.customer WHERE tcs.segment_assign('rs.order', customer) IS DISTINCT FROM tcs.segment_assign_by('{"default_segment": "d", "rules": [{"segment": "z", "condition": "revenue > 1500"}, {"segment": "a", "condition": "revenue > 1000", "enabled": false}, {"segment": "m", "condition": "revenue > 500"}]}', customer);
SELECT tcs.segment_assign('rs.order', customer), count(*) FROM rs.customer GROUP BY 1 ORDER BY 1;
-- what is put again in that way keeps its writers
SELECT tcs.rule_set_put('rs.order', tcs.rule_set_get('rs.order') #- '{rules,0,priority}' #- '{rules,1,priority}' #- '{rules,2,priority}');
SELECT priority, segment FROM tcs.rule WHERE rule_set = 'rs.order' ORDER BY priority;
\set VERBOSITY terse
SELECT tcs.rule_set_put('rs.order', tcs.rule_set_get('rs.order') #- '{rules,1,priority}');
SELECT tcs.rule_set_put('rs.order', '{"rules": [{"priority": null, "segment": "s", "condition": "true"}]}');
SELECT tcs.segment_assign_by(tcs.rule_set_get('rs.order') #- '{rules,1,priority}', customer) FROM rs.customer LIMIT 1;
SELECT tcs.segment_assign_by('{"rules": [{"priority": 1.5, "segment": "s", "condition": "true"}]}', customer) FROM rs.customer LIMIT 1;
\set VERBOSITY default
DELETE FROM tcs.rule_set WHERE name = 'rs.order';

-- the difference, against plain SQL
SELECT * FROM tcs.rule_set_diff('rs.a', 'rs.text', 'rs.customer', 'revenue');
WITH d AS (SELECT * FROM tcs.rule_set_diff('rs.a', 'rs.text', 'rs.customer', 'amount')),
	plain AS (SELECT a, b, count(*), sum(amount::text::numeric)::float8 FROM (SELECT tcs.segment_assign('rs.a', customer) AS a, tcs.segment_assign('rs.text', customer) AS b, amount FROM rs.customer) AS x WHERE a IS DISTINCT FROM b GROUP BY 1, 2)
SELECT (SELECT count(*) FROM d) AS rows, (SELECT count(*) FROM (TABLE d EXCEPT TABLE plain) AS x) AS more, (SELECT count(*) FROM (TABLE plain EXCEPT TABLE d) AS x) AS less;
SELECT * FROM tcs.rule_set_diff('rs.a', 'rs.draft', 'rs.customer');
SELECT * FROM tcs.rule_set_diff('rs.a', 'rs.a', 'rs.customer', 'id');
SELECT from_segment, to_segment IS NULL AS none, rows, value FROM tcs.rule_set_diff('rs.a', 'rs.b', 'rs.customer', 'id');
UPDATE tcs.rule_set SET default_segment = NULL WHERE name = 'rs.b';
SELECT from_segment, to_segment IS NULL AS none, rows, value FROM tcs.rule_set_diff('rs.a', 'rs.b', 'rs.customer', 'id');
SELECT * FROM tcs.rule_set_diff('rs.draft', 'rs.text', 'rs.customer', 'id') ORDER BY rows DESC, value LIMIT 3;
-- names that need quotes, a column called as the alias, a row type with dropped columns, a temporary table, a view
CREATE TABLE rs."Odd ""table" (gone int, t numeric, "val'ue" bigint, revenue int, name text);
ALTER TABLE rs."Odd ""table" DROP COLUMN gone;
INSERT INTO rs."Odd ""table" SELECT revenue, id, revenue, name FROM rs.customer;
CREATE TEMP TABLE pg_class AS TABLE rs.customer;
CREATE VIEW rs.view AS SELECT * FROM rs.customer;
SELECT (SELECT sum(rows) FROM tcs.rule_set_diff('rs.a', 'rs.b', 'rs."Odd ""table"', 'val''ue')) AS odd, (SELECT sum(value) FROM tcs.rule_set_diff('rs.a', 'rs.b', 'rs."Odd ""table"', 't')) AS t,
	(SELECT sum(value) FROM tcs.rule_set_diff('rs.a', 'rs.b', 'pg_temp.pg_class', 'id')) AS temp, (SELECT sum(value) FROM tcs.rule_set_diff('rs.a', 'rs.b', 'rs.view', 'id')) AS view, (SELECT sum(id) FROM rs.customer) AS id;
-- sums do not depend on the order
CREATE TABLE rs.money (n int, revenue int, x float8, y real);
INSERT INTO rs.money SELECT i, 0, CASE i % 3 WHEN 0 THEN 1e17 WHEN 1 THEN 0.1 ELSE -1e17 END, 0.1 FROM generate_series(0, 299) AS i;
ALTER TABLE rs.money ADD purchases int DEFAULT 1;
SELECT value FROM tcs.rule_set_diff('tcs.loyalty_tiers', 'rs.b', 'rs.money', 'x') UNION ALL SELECT value FROM tcs.rule_set_diff('tcs.loyalty_tiers', 'rs.b', 'rs.money', 'y');

-- what is missing, and NULL
\set VERBOSITY terse
CREATE PROCEDURE rs.fails(VARIADIC queries text[]) LANGUAGE plpgsql AS $$
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
CALL rs.fails('rule_set_get(''nope'')', 'rule_set_sql(''nope'')', 'rule_set_copy(''nope'', ''x'')', 'rule_set_publish(''nope'', ''x'')', 'rule_set_publish(''nope'', ''rs.a'')',
	'rule_set_diff(''nope'', ''rs.a'', ''rs.customer'')', 'rule_set_diff(''rs.a'', ''nope'', ''rs.customer'')',
	'rule_set_put(''tcs.mine'', ''{"rules": []}'')', 'rule_set_copy(''rs.a'', ''tcs.mine'')', 'rule_set_copy(''rs.a'', ''tcs.rfm'')', 'rule_set_publish(''rs.a'', ''tcs.rfm'')', 'rule_set_publish(''rs.a'', ''tcs.mine'')', 'rule_set_publish(''rs.a'', ''rs.a'')',
	'rule_set_put('''', ''{"rules": []}'')',
	'rule_set_diff(''rs.a'', ''rs.b'', ''rs.customer'', ''nope'')', 'rule_set_diff(''rs.a'', ''rs.b'', ''rs.customer'', ''ctid'')', 'rule_set_diff(''rs.a'', ''rs.b'', ''rs."Odd ""table"'', ''gone'')', 'rule_set_diff(''rs.a'', ''rs.b'', ''rs.customer'', ''name'')', 'rule_set_diff(''rs.a'', ''rs.b'', 1::oid)', 'rule_set_diff(''rs.a'', ''rs.b'', ''rs.cell'')',
	'rule_set_get(NULL)', 'rule_set_sql(NULL)', 'rule_set_copy(NULL, ''x'')', 'rule_set_copy(''x'', NULL)', 'rule_set_publish(NULL, ''x'')', 'rule_set_publish(''x'', NULL)', 'rule_set_put(NULL, ''{}'')', 'rule_set_put(''x'', NULL)',
	'rule_set_diff(NULL, ''rs.b'', ''rs.customer'')', 'rule_set_diff(''rs.a'', NULL, ''rs.customer'')', 'rule_set_diff(''rs.a'', ''rs.b'', NULL)');
SELECT count(*) AS nothing_made FROM tcs.rule_set WHERE name IN ('x', '', 'tcs.mine');

-- rights: anybody reads, who was granted it writes, rows that one may not see are not compared
CREATE ROLE regress_tcs_reader;
CREATE ROLE regress_tcs_writer;
GRANT USAGE ON SCHEMA rs TO regress_tcs_reader, regress_tcs_writer;
GRANT INSERT, UPDATE, DELETE ON tcs.rule_set, tcs.rule TO regress_tcs_writer;
GRANT SELECT ON rs.view TO regress_tcs_reader;
SET ROLE regress_tcs_reader;
SELECT tcs.rule_set_get('rs.b'), tcs.rule_set_sql('rs.b');
SELECT tcs.rule_set_put('rs.b', '{"rules": []}');
SELECT tcs.rule_set_put('rs.mine', '{"rules": []}');
SELECT tcs.rule_set_copy('rs.b', 'rs.mine');
SELECT tcs.rule_set_publish('rs.a', 'rs.b');
SELECT * FROM tcs.rule_set_diff('rs.a', 'rs.b', 'rs.customer', 'id');
SELECT count(*) > 0 AS some FROM tcs.rule_set_diff('rs.a', 'rs.b', 'rs.view', 'id');
SET ROLE regress_tcs_writer;
SELECT tcs.rule_set_copy('rs.a', 'rs.mine'), tcs.rule_set_publish('tcs.value_tiers', 'rs.mine'), tcs.rule_set_publish('rs.mine', 'rs.b');
SELECT rule_set, changed_by, count(*) FROM tcs.rule WHERE rule_set IN ('rs.mine', 'rs.b') GROUP BY 1, 2 ORDER BY 1;
SELECT tcs.rule_set_publish('rs.mine', 'tcs.rfm');
RESET ROLE;
ALTER TABLE rs.customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON rs.customer USING (id <= 10);
GRANT SELECT ON rs.customer TO regress_tcs_reader;
SET ROLE regress_tcs_reader;
SELECT sum(rows) AS rows FROM tcs.rule_set_diff('rs.a', 'rs.text', 'rs.customer', 'id');
RESET ROLE;
-- somebody's own functions and operators are not called
CREATE FUNCTION pg_temp.starts_with(text, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called''; END';
CREATE FUNCTION rs.jsonb_typeof(jsonb) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called''; END';
SET search_path = pg_temp, rs, pg_catalog;
SELECT tcs.rule_set_put('rs.b', tcs.rule_set_get('rs.b')), length(tcs.rule_set_sql('rs.b')) > 10 AS sql, count(d) AS diff FROM tcs.rule_set_diff('rs.a', 'rs.a', 'customer', 'id') AS d;
RESET search_path;
-- many rules
SELECT tcs.rule_set_put('rs.many', jsonb_build_object('rules', jsonb_agg(jsonb_build_object('priority', i, 'segment', 's' || i, 'condition', 'id = ' || i)))) FROM generate_series(1, 2000) AS i;
SELECT jsonb_array_length(tcs.rule_set_get('rs.many') -> 'rules') AS rules, tcs.rule_set_get('rs.many') #>> '{rules,1999,segment}' AS last;
-- dropped, unless something uses it
CREATE TABLE rs.person (id integer, x float8);
CREATE VIEW rs.uses AS SELECT id, tcs.segment_assign('rs.it''s \b', p) AS s FROM rs.person AS p;
CREATE MATERIALIZED VIEW rs."Uses too" AS SELECT id, tcs.in_segment(segment => 'rs.unused', rule_set => 'rs.it''s \b', "row" => p) AS s FROM rs.person AS p WITH NO DATA;
SELECT tcs.rule_set_copy('rs.a', 'rs.it''s \b');
SELECT tcs.rule_set_copy('rs.a', 'rs.unused');
SELECT tcs.rule_set_drop('rs.it''s \b');
DROP VIEW rs.uses;
SELECT tcs.rule_set_drop('rs.it''s \b');
DROP MATERIALIZED VIEW rs."Uses too";
SELECT tcs.rule_set_drop('rs.it''s \b'), tcs.rule_set_drop('rs.unused');
SELECT (SELECT count(*) FROM tcs.rule_set WHERE name IN ('rs.it''s \b', 'rs.unused')) AS left, (SELECT count(*) FROM tcs.rule WHERE rule_set IN ('rs.it''s \b', 'rs.unused')) AS rows_left;
SELECT tcs.rule_set_drop('rs.unused');
SELECT tcs.rule_set_drop('tcs.rfm');
SELECT tcs.rule_set_drop(NULL);
SET ROLE regress_tcs_reader;
SELECT tcs.rule_set_drop('rs.a');
RESET ROLE;
DELETE FROM tcs.rule_set WHERE name NOT LIKE 'tcs.%';
DROP OWNED BY regress_tcs_reader, regress_tcs_writer;
DROP ROLE regress_tcs_reader, regress_tcs_writer;
DROP SCHEMA rs CASCADE;
