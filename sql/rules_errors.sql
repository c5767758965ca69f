-- An error that a rule or a factor raises says which it is.
SET client_min_messages = warning;
CREATE SCHEMA re;
CREATE TABLE re.customer (id int, charges text, orders int, amount numeric, day date);
INSERT INTO re.customer VALUES (1, '12.5', 2, 3, '2024-01-01'), (2, 'x', 0, 1e200, NULL), (3, NULL, NULL, NULL, NULL);
-- the code and the context of the error, up to the function that asked
CREATE FUNCTION re.try(query text, name text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	EXECUTE query USING name;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS result = PG_EXCEPTION_CONTEXT;
	RETURN SQLSTATE || ' ' || substr(result, 1, strpos(result || E'\nSQL statement', E'\nSQL statement') - 1);
END $$;

SELECT tcs.rule_set_put('re.rules', '{"default_segment": "rest", "rules": [
	{"priority": 10, "segment": "small", "condition": "charges = ''1''"},
	{"priority": 20, "segment": "key account", "condition": "charges::numeric > 10 AND id > 1"},
	{"priority": 30, "segment": "often", "condition": "100 / orders > 5"},
	{"priority": 40, "segment": "late", "condition": "day > ''2024-01-01''"}]}');
-- the name of the rule set is not known when the query is planned
SELECT re.try('SELECT tcs.segment_assign((SELECT $1), c) FROM re.customer AS c', 're.rules');
SELECT re.try('SELECT tcs.segment_matches((SELECT $1), c) FROM re.customer AS c', 're.rules');
SELECT re.try('SELECT tcs.rule_priorities((SELECT $1), c) FROM re.customer AS c', 're.rules');
SELECT re.try('SELECT tcs.in_segment((SELECT $1), ''often'', c) FROM re.customer AS c WHERE id = 2', 're.rules');
SELECT re.try('SELECT tcs.segment_assign_by(tcs.rule_set_get($1), c) FROM re.customer AS c', 're.rules');
SELECT re.try('SELECT e FROM re.customer AS c, tcs.segment_explain($1, c) AS e', 're.rules');
-- a plan that is made once for any name
SET plan_cache_mode = force_generic_plan;
PREPARE by_name(text) AS SELECT id, tcs.segment_assign($1, c) FROM re.customer AS c WHERE id <> 2 ORDER BY id;
EXECUTE by_name('re.rules');
PREPARE one(text) AS SELECT tcs.segment_assign($1, s.*) FROM (SELECT * FROM re.customer) AS s WHERE id = 2;
SELECT re.try('EXECUTE one(''re.rules'')');
DEALLOCATE ALL;
RESET plan_cache_mode;
-- each rule that fails, on a row of its own, and after a row that was fine
UPDATE tcs.rule SET enabled = false WHERE rule_set = 're.rules' AND priority = 20;
SELECT re.try('SELECT tcs.segment_assign((SELECT $1), c) FROM re.customer AS c', 're.rules');
UPDATE tcs.rule SET enabled = false WHERE rule_set = 're.rules' AND priority = 30;
SELECT re.try('SELECT tcs.segment_assign((SELECT $1), c) FROM re.customer AS c', 're.rules');
SELECT id, tcs.segment_assign((SELECT 're.rules'), c) FROM re.customer AS c ORDER BY id;
-- a call with the name of a set that is another one each row
SELECT tcs.rule_set_put('re.other', '{"rules": [{"priority": 1, "segment": "o", "condition": "1 / (orders - 2) > 0"}]}');
SELECT re.try('SELECT tcs.segment_assign(CASE WHEN id = 1 THEN $1 ELSE ''re.rules'' END, c) FROM re.customer AS c', 're.other');
-- what is constant is worked out when the rules are compiled, for a plan too
SELECT tcs.rule_set_put('re.constant', '{"rules": [{"priority": 1, "segment": "fine", "condition": "id > 3"}, {"priority": 2, "segment": "zero", "condition": "id > 1 / 0"}]}');
SELECT re.try('SELECT tcs.segment_assign((SELECT $1), c) FROM re.customer AS c', 're.constant');
SELECT re.try('SELECT tcs.segment_assign(''re.constant'', c) FROM re.customer AS c');
SELECT re.try('SELECT e FROM re.customer AS c, tcs.segment_explain($1, c) AS e', 're.constant');
-- factors
SELECT tcs.scorecard_put('re.card', '{"factors": [
	{"factor": "a ratio", "expression": "100 / orders"},
	{"factor": "charges", "expression": "charges::numeric", "hi": 20},
	{"factor": "has ordered", "expression": "orders > 0", "weight": 2},
	{"factor": "z", "expression": "amount * amount", "hi": 9}]}');
SELECT re.try('SELECT tcs.scorecard_score((SELECT $1), c) FROM re.customer AS c', 're.card');
UPDATE tcs.factor SET enabled = false WHERE scorecard = 're.card' AND factor = 'a ratio';
SELECT re.try('SELECT tcs.scorecard_score((SELECT $1), c) FROM re.customer AS c', 're.card');
SELECT re.try('SELECT e FROM re.customer AS c, tcs.scorecard_explain($1, c) AS e', 're.card');
UPDATE tcs.factor SET enabled = false WHERE scorecard = 're.card' AND factor = 'charges';
SELECT re.try('SELECT tcs.scorecard_score((SELECT $1), c) FROM re.customer AS c', 're.card');
UPDATE tcs.factor SET enabled = factor <> 'z' WHERE scorecard = 're.card';
-- and the index stays what it is where it replaces the call
SELECT id, tcs.scorecard_score('re.card', c) AS index, tcs.scorecard_score('re.card', c) IS NOT DISTINCT FROM tcs.scorecard_score((SELECT 're.card'), c) AS same
FROM re.customer AS c WHERE id <> 2 ORDER BY id;

-- rule_check tells of the rule as well
UPDATE tcs.rule SET enabled = true WHERE rule_set = 're.rules';
SELECT severity, finding, priority, segment FROM tcs.rule_check('re.rules', 're.customer') WHERE severity = 'error';

DELETE FROM tcs.rule_set WHERE name LIKE 're.%';
DELETE FROM tcs.scorecard WHERE name LIKE 're.%';
DROP SCHEMA re CASCADE;
