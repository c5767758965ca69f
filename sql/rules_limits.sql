-- What is too long or too many is refused, where it is written and where it is used.
SET client_min_messages = warning;
CREATE SCHEMA rl;
CREATE TABLE rl.t (id int, name text, day date);
INSERT INTO rl.t SELECT i, 'n' || i, date '2024-01-01' + i FROM generate_series(1, 100) AS i;
\set VERBOSITY terse

-- names
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('rl.' || repeat('é', 252), repeat('中', 255));
INSERT INTO tcs.rule_set (name) VALUES ('rl.' || repeat('é', 253));
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('rl.x', repeat('中', 256));
UPDATE tcs.rule_set SET default_segment = repeat('x', 1000000) WHERE name LIKE 'rl.%';
INSERT INTO tcs.rule (rule_set, priority, segment, condition) SELECT name, 1, repeat('中', 255), 'true' FROM tcs.rule_set WHERE name LIKE 'rl.%';
INSERT INTO tcs.rule (rule_set, priority, segment, condition) SELECT name, 2, repeat('中', 256), 'true' FROM tcs.rule_set WHERE name LIKE 'rl.%';
UPDATE tcs.rule SET segment = segment || 'x' WHERE rule_set LIKE 'rl.%';
INSERT INTO tcs.scorecard (name) VALUES ('rl.' || repeat('x', 253));
SELECT tcs.scorecard_put('rl.s', jsonb_build_object('factors', jsonb_build_array(jsonb_build_object('factor', repeat('x', 256), 'expression', 'id'))));
SELECT tcs.segment_assign_by(jsonb_build_object('rules', '[]'::jsonb, 'default_segment', repeat('x', 256)), t) FROM rl.t LIMIT 1;
SELECT tcs.segment_assign_by(jsonb_build_object('rules', jsonb_build_array(jsonb_build_object('segment', repeat('x', 256), 'condition', 'true'))), t) FROM rl.t LIMIT 1;
-- the longest segment gets into every index of a segmentation
SELECT tcs.create_segmentation('rl.seg', 'rl.t', 'name', name) AS made FROM tcs.rule_set WHERE name LIKE 'rl.%';
SELECT length(segment), count(*) FROM rl.seg GROUP BY 1;
SELECT tcs.drop_segmentation('rl.seg');
DELETE FROM tcs.rule_set WHERE name LIKE 'rl.%';

-- texts
INSERT INTO tcs.rule_set (name) VALUES ('rl.long');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('rl.long', 1, 's', 'id = 1' || repeat(' OR id = 1', 100000));
SELECT tcs.segment_assign_by(jsonb_build_object('rules', jsonb_build_array(jsonb_build_object('segment', 's', 'condition', 'id = 1' || repeat(' OR id = 1', 100000)))), t) FROM rl.t LIMIT 1;
INSERT INTO tcs.scorecard (name) VALUES ('rl.long');
INSERT INTO tcs.factor (scorecard, factor, expression) VALUES ('rl.long', 'f', 'id' || repeat('+ id', 250000));
-- long ones that are allowed, in both ways
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('rl.long', 1, 'many', 'id = -1' || (SELECT string_agg(' OR id = ' || i * 7, '' ORDER BY i) FROM generate_series(1, 10000) AS i));
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('rl.long', 2, 'listed',
	'id IN (' || (SELECT string_agg((i * 11)::text, ', ' ORDER BY i) FROM generate_series(1, 50000) AS i) || ')');
SELECT tcs.segment_assign('rl.long', t), count(*), count(*) FILTER (WHERE tcs.segment_assign((SELECT 'rl.long'), t) IS DISTINCT
	FROM tcs.segment_assign('rl.long', t)) AS different FROM rl.t GROUP BY 1 ORDER BY 1;
SELECT severity, finding, segment, rows FROM tcs.rule_check('rl.long', 'rl.t') WHERE severity <> 'note';
-- deep ones: the stack is the limit
\set VERBOSITY sqlstate
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('rl.long', 3, 's', repeat('NOT ', 200000) || 'true');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('rl.long', 3, 's', 'id > 0' || repeat(' + 1', 200000));
\set VERBOSITY terse
DELETE FROM tcs.rule_set WHERE name LIKE 'rl.%';

-- rules of a set
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('rl.many', 'rest'), ('rl.more', NULL);
INSERT INTO tcs.rule (rule_set, priority, segment, condition) SELECT 'rl.many', i, 's' || i % 50, 'id = ' || i FROM generate_series(1, 10001) AS i;
INSERT INTO tcs.rule (rule_set, priority, segment, condition) SELECT 'rl.many', i, 's' || i % 50, 'id = ' || i || ' AND name IS NOT NULL' FROM generate_series(1, 10000) AS i;
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('rl.many', 10001, 's', 'true');
-- after a refusal in a subtransaction, too, and by way of another set
BEGIN;
SAVEPOINT s;
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('rl.more', 1, 's', 'true'), ('rl.many', 10001, 's', 'true');
ROLLBACK TO s;
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('rl.more', 10001, 's', 'true');
UPDATE tcs.rule SET rule_set = 'rl.many' WHERE rule_set = 'rl.more';
ROLLBACK;
-- one for one is fine
BEGIN;
DELETE FROM tcs.rule WHERE rule_set = 'rl.many' AND priority = 17;
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('rl.many', 17, 's17', 'id = 17');
UPDATE tcs.rule SET description = 'd' WHERE rule_set = 'rl.many' AND priority < 100;
COMMIT;
SELECT tcs.rule_set_put('rl.many', tcs.rule_set_get('rl.many'));
SELECT tcs.rule_set_put('rl.more', jsonb_build_object('rules', jsonb_agg('{"segment": "s", "condition": "true"}'::jsonb))) FROM generate_series(1, 10001);
SELECT tcs.segment_assign_by(jsonb_build_object('rules', r), t) FROM (SELECT jsonb_agg('{"segment": "s", "condition": "true"}'::jsonb) AS r FROM generate_series(1, 10001)) AS d, rl.t LIMIT 1;
-- a set that a restored dump, or several sessions together, made too large
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO tcs.rule (rule_set, priority, segment, condition, changed_by, changed_at) VALUES ('rl.many', 10001, 's', 'true', current_user, now());
SET LOCAL session_replication_role = origin;
SELECT tcs.segment_assign('rl.many', t) FROM rl.t;
ROLLBACK;
-- with the most that there may be everything answers; what is too large for a plan stays a call
CREATE FUNCTION rl.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; calls int := 0;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		calls := calls + (SELECT count(*) FROM regexp_matches(line, '(segment_assign|segment_matches|in_segment|scorecard_score)\(', 'g'));
	END LOOP;
	RETURN calls || ' calls left';
END $$;
SELECT rl.plan('SELECT tcs.segment_assign(''rl.many'', t), tcs.segment_matches(''rl.many'', t), tcs.in_segment(''rl.many'', ''s3'', t) FROM rl.t');
SELECT count(*) FILTER (WHERE segment = 's' || id % 50) AS assigned, count(*) FILTER (WHERE all_of_them = ARRAY[segment]) AS matched,
	count(*) FILTER (WHERE is_in) AS in_s3, count(*) FILTER (WHERE priorities = ARRAY[id]) AS by_priority
FROM (SELECT id, tcs.segment_assign('rl.many', t) AS segment, tcs.segment_matches('rl.many', t) AS all_of_them,
	tcs.in_segment('rl.many', 's3', t) AS is_in, tcs.rule_priorities('rl.many', t) AS priorities FROM rl.t) AS s;
SELECT tcs.segment_assign('rl.many', x) FROM (SELECT -1 AS id, 'n' AS name) AS x;
SELECT count(*) FROM rl.t, tcs.segment_explain('rl.many', t) AS e WHERE id = 3 AND decisive;
SELECT severity, finding, count(*), sum(rows) FROM tcs.rule_check('rl.many', 'rl.t') GROUP BY 1, 2 ORDER BY 1, 2;
-- what replaces calls in one query is limited together
DELETE FROM tcs.rule WHERE rule_set = 'rl.many' AND priority > 100;
SET jit = on;
SELECT rl.plan('SELECT tcs.segment_assign(''rl.many'', t) FROM rl.t') AS one, rl.plan('SELECT tcs.segment_assign(''rl.many'', t), tcs.segment_assign(''rl.many'', t) FROM rl.t') AS two,
	rl.plan('SELECT tcs.in_segment(''rl.many'', ''s1'', t) FROM rl.t WHERE tcs.in_segment(''rl.many'', ''s2'', t)') AS small;
SET jit = off;
SELECT rl.plan('SELECT tcs.segment_assign(''rl.many'', t) FROM rl.t') AS one, rl.plan('SELECT tcs.segment_assign(''rl.many'', t), tcs.segment_assign(''rl.many'', t) FROM rl.t') AS two;
-- and is the same whether it is replaced or not
SELECT count(*) AS different FROM rl.t WHERE tcs.segment_assign('rl.many', t) IS DISTINCT FROM tcs.segment_assign((SELECT 'rl.many'), t);
RESET jit;
-- a large plan does not keep its successor small
SELECT rl.plan('SELECT tcs.segment_assign(''rl.many'', t) FROM rl.t') AS one, rl.plan('SELECT tcs.segment_assign(''rl.many'', t) FROM rl.t') AS again;

-- factors of a scorecard
SELECT tcs.scorecard_put('rl.card', jsonb_build_object('factors', jsonb_agg(jsonb_build_object('factor', 'f' || i, 'expression', 'id', 'hi', i)))) FROM generate_series(1, 1001) AS i;
SELECT tcs.scorecard_put('rl.card', jsonb_build_object('factors', jsonb_agg(jsonb_build_object('factor', 'f' || i, 'expression', 'id', 'hi', i)))) FROM generate_series(1, 1000) AS i;
INSERT INTO tcs.factor (scorecard, factor, expression) VALUES ('rl.card', 'one more', 'id');
SELECT tcs.scorecard_put('rl.card', tcs.scorecard_get('rl.card'));
SELECT rl.plan('SELECT tcs.scorecard_score(''rl.card'', t) FROM rl.t');
SELECT id, tcs.scorecard_score('rl.card', t)::numeric(8, 4) AS index, (SELECT sum(contribution) FROM tcs.scorecard_explain('rl.card', t))::numeric(8,
	4) AS explained, (SELECT avg(100 * least(1, id / i::float8)) FROM generate_series(1, 1000) AS i)::numeric(8, 4) AS plain FROM rl.t
	WHERE id IN (1, 50, 100) ORDER BY id;
SELECT count(*) > 1000 AS told FROM tcs.scorecard_check('rl.card', 'rl.t');
SELECT length(tcs.scorecard_sql('rl.card', 'rl.t')) > 1000 AS written;

DELETE FROM tcs.rule_set WHERE name LIKE 'rl.%';
DELETE FROM tcs.scorecard WHERE name LIKE 'rl.%';
DROP SCHEMA rl CASCADE;
