-- Tables of rules and scorecards that were altered, or filled without their triggers and constraints, by who may: a restore, a superuser.
SET client_min_messages = warning;
CREATE SCHEMA trust;
CREATE TYPE trust.en AS ENUM ('a', 'b');
CREATE TYPE trust.pair AS (a integer, b text);
CREATE TABLE trust.types (type text, value text);
INSERT INTO trust.types VALUES ('"char"', '''x'''), ('integer', '7'), ('bigint', '4702394921427272193'), ('double precision', '7'),
('name', '''n'''), ('text', '''t'''), ('jsonb', '''{}'''), ('trust.en', '''a''::trust.en'), ('trust.pair', '(1, ''b'')::trust.pair');
CREATE TABLE trust.t AS SELECT i AS a, i::numeric AS b FROM generate_series(1, 5) AS i;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('trust', 'rest');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('trust', 1, 'low', 'a < 3'), ('trust', 2, 'high', 'a > 4');
INSERT INTO tcs.scorecard (name) VALUES ('trust');
INSERT INTO tcs.factor (scorecard, factor, expression, lo, hi) VALUES ('trust', 'a', 'a', 0, 5), ('trust', 'b', 'b', 5, 0);

CREATE TABLE trust.calls (call text);
INSERT INTO trust.calls VALUES
('SELECT tcs.segment_assign(''trust'', t) FROM trust.t'),
('SELECT tcs.segment_assign((SELECT ''trust'' OFFSET 0), t) FROM trust.t'),
('SELECT tcs.segment_matches(''trust'', t) FROM trust.t'),
('SELECT tcs.rule_priorities(''trust'', t) FROM trust.t'),
('SELECT * FROM trust.t WHERE tcs.in_segment(''trust'', ''low'', t)'),
('SELECT e.* FROM trust.t, tcs.segment_explain(''trust'', t) AS e'),
('SELECT * FROM tcs.rule_check(''trust'', ''trust.t'')'),
('SELECT tcs.rule_set_get(''trust'')'), ('SELECT tcs.rule_set_sql(''trust'')'), ('SELECT tcs.rule_set_copy(''trust'', ''trust 2'')'),
('SELECT tcs.rule_set_put(''trust'', ''{"rules": [{"priority": 1, "segment": "s", "condition": "a < 2"}]}'')'),
('SELECT * FROM tcs.rule_set_diff(''trust'', ''trust'', ''trust.t'', ''b'')'),
('INSERT INTO tcs.rule SELECT * FROM tcs.rule'), ('INSERT INTO tcs.rule_set SELECT * FROM tcs.rule_set'),
('UPDATE tcs.rule SET description = ''x'''), ('UPDATE tcs.rule_set SET description = ''x'''),
('UPDATE tcs.rule SET rule_set = rule_set'), ('UPDATE tcs.rule SET rule_set = NULL'), ('DELETE FROM tcs.rule'), ('DELETE FROM tcs.rule_set'),
('SELECT tcs.scorecard_score(''trust'', t) FROM trust.t'),
('SELECT tcs.scorecard_score((SELECT ''trust'' OFFSET 0), t) FROM trust.t'),
('SELECT e.* FROM trust.t, tcs.scorecard_explain(''trust'', t) AS e'),
('SELECT * FROM tcs.scorecard_check(''trust'', ''trust.t'')'),
('SELECT tcs.scorecard_get(''trust'')'), ('SELECT tcs.scorecard_sql(''trust'', ''trust.t'')'), ('SELECT tcs.scorecard_copy(''trust'', ''trust 2'')'),
('INSERT INTO tcs.factor SELECT * FROM tcs.factor'), ('UPDATE tcs.factor SET description = ''x'''), ('UPDATE tcs.factor SET scorecard = NULL'),
('DELETE FROM tcs.scorecard');
CREATE FUNCTION trust.try(call text, OUT state text, OUT message text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE call;
	RAISE SQLSTATE 'ZZZZZ';
EXCEPTION WHEN OTHERS THEN
	state := SQLSTATE;
	message := SQLERRM;
END $$;
CREATE TABLE trust.seen (relation text, name name, change text, call text, state text, message text);
CREATE FUNCTION trust.strip() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	doomed record;
BEGIN
	FOR doomed IN SELECT conrelid::regclass AS relation, conname FROM pg_constraint
		WHERE conrelid IN ('tcs.rule_set'::regclass, 'tcs.rule'::regclass, 'tcs.scorecard'::regclass, 'tcs.factor'::regclass) AND contype IN ('c', 'f', 'p', 'u')
		ORDER BY contype <> 'f' LOOP
		EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', doomed.relation, doomed.conname);
	END LOOP;
	FOR doomed IN SELECT attrelid::regclass AS relation, attname FROM pg_attribute
		WHERE attrelid IN ('tcs.rule'::regclass, 'tcs.factor'::regclass) AND atthasdef LOOP
		EXECUTE format('ALTER TABLE %s ALTER %I DROP DEFAULT', doomed.relation, doomed.attname);
	END LOOP;
END $$;
-- Make a change, with the triggers out of the way while it is made, and then each call.
CREATE FUNCTION trust.confuse(relation text, name name, change text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	found trust.seen[] := '{}';
	call text;
	tried record;
BEGIN
	SET LOCAL session_replication_role = replica;
	EXECUTE format(change, relation, name);
	SET LOCAL session_replication_role = origin;
	FOR call IN SELECT c.call FROM trust.calls AS c WHERE c.call ~ 'score|factor' = relation ~ 'score|factor' LOOP
		tried := trust.try(call);
		found := found || (relation, name, change, call, tried.state, tried.message)::trust.seen;
	END LOOP;
	RAISE SQLSTATE 'ZZZZZ';
EXCEPTION WHEN SQLSTATE 'ZZZZZ' THEN
	INSERT INTO trust.seen SELECT * FROM unnest(found);
END $$;
BEGIN;
SELECT trust.strip();
SELECT trust.confuse(a.attrelid::regclass::text, a.attname, 'ALTER TABLE %1$s ALTER %2$I TYPE ' || t.type || ' USING ' || t.value)
FROM pg_attribute AS a, trust.types AS t
WHERE a.attrelid IN ('tcs.rule_set'::regclass, 'tcs.rule'::regclass, 'tcs.scorecard'::regclass, 'tcs.factor'::regclass) AND a.attnum > 0
	AND format_type(a.atttypid, a.atttypmod) <> t.type
\g (tuples_only=on) /dev/null
SELECT trust.confuse(a.attrelid::regclass::text, a.attname, change)
FROM pg_attribute AS a, (VALUES ('ALTER TABLE %1$s ALTER %2$I DROP NOT NULL; UPDATE %1$s SET %2$I = NULL'), ('ALTER TABLE %1$s DROP %2$I'),
	('ALTER TABLE %1$s RENAME %2$I TO other'), ('INSERT INTO %1$s SELECT * FROM %1$s')) AS c (change)
WHERE a.attrelid IN ('tcs.rule_set'::regclass, 'tcs.rule'::regclass, 'tcs.scorecard'::regclass, 'tcs.factor'::regclass) AND a.attnum > 0
\g (tuples_only=on) /dev/null
-- Indexes with the names of those that find the rules, over something else.
SELECT trust.confuse('tcs.rule', 'index', change)
FROM (VALUES ('CREATE INDEX rule_rule_set_priority_key ON tcs.rule (segment)'), ('CREATE INDEX rule_rule_set_priority_key ON tcs.rule (priority)'),
	('CREATE INDEX rule_rule_set_priority_key ON tcs.rule USING hash (rule_set)'), ('CREATE INDEX rule_rule_set_priority_key ON tcs.rule (rule_set) WHERE false'),
	('CREATE INDEX rule_rule_set_priority_key ON tcs.rule (rule_set COLLATE "POSIX")'), ('CREATE INDEX rule_rule_set_priority_key ON tcs.rule (rule_set text_pattern_ops)'),
	('CREATE INDEX rule_rule_set_priority_key ON tcs.factor (factor)'), ('CREATE SEQUENCE tcs.rule_rule_set_priority_key')) AS c (change)
\g (tuples_only=on) /dev/null
-- Values that the constraints would not have let in.
SELECT trust.confuse('tcs.factor', 'value', 'UPDATE tcs.factor SET ' || change)
FROM (VALUES ('lo = hi'), ('weight = ''NaN'''), ('weight = ''Infinity'''), ('weight = -1'), ('lo = ''-Infinity'', hi = ''Infinity'''), ('lo = ''NaN'''), ('gate = ''NaN'''),
	('missing = ''x'''), ('factor = ''''')) AS c (change)
\g (tuples_only=on) /dev/null
SELECT trust.confuse('tcs.rule', 'value', 'UPDATE tcs.rule SET ' || change)
FROM (VALUES ('priority = 1'), ('priority = -2147483648'), ('segment = '''''), ('condition = '''''), ('condition = ''a <'''), ('condition = repeat(''(a < 3) AND '', 500) || ''true'''),
	('rule_set = ''nobody''')) AS c (change)
\g (tuples_only=on) /dev/null
UPDATE trust.seen SET state = 'none', message = NULL WHERE state = 'ZZZZZ';
SELECT count(*) > 4000 AS many, count(*) FILTER (WHERE state LIKE 'XX%') AS internal FROM trust.seen;
-- What is read is checked: to be of its type, to be there.
SELECT relation, name, count(*) AS types, count(*) FILTER (WHERE message LIKE 'column "%" is of type %, must be %' OR message LIKE '% is not a table whose first column is of type text') AS refused
FROM trust.seen
WHERE call IN ('SELECT tcs.segment_assign(''trust'', t) FROM trust.t', 'SELECT tcs.scorecard_score(''trust'', t) FROM trust.t')
	AND change LIKE '% TYPE %'
GROUP BY 1, 2 ORDER BY 1, 2;
SELECT relation, name, state, message FROM trust.seen
WHERE call IN ('SELECT tcs.segment_assign(''trust'', t) FROM trust.t', 'SELECT tcs.scorecard_score(''trust'', t) FROM trust.t')
	AND change LIKE '%NULL'
ORDER BY 1, 2;
-- No index but the one that was made is gone by.
SELECT change, state, message FROM trust.seen WHERE name = 'index' AND call = 'SELECT tcs.segment_assign(''trust'', t) FROM trust.t' AND state <> 'none';
ROLLBACK;
-- All is as it was.
SELECT array_agg(tcs.segment_assign('trust', t) ORDER BY a) AS segments, round(sum(tcs.scorecard_score('trust', t))) AS score FROM trust.t;
DELETE FROM tcs.rule_set WHERE name = 'trust';
DELETE FROM tcs.scorecard WHERE name = 'trust';
DROP SCHEMA trust CASCADE;
