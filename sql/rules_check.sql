-- What is wrong with a rule set, and what it does to the rows of a relation.
SET client_min_messages = warning;
CREATE SCHEMA rc;
CREATE FUNCTION rc.put(rule_set text, otherwise text, VARIADIC rules text[]) RETURNS void LANGUAGE sql AS $$
	DELETE FROM tcs.rule_set AS s WHERE s.name = rule_set;
	INSERT INTO tcs.rule_set (name, default_segment) VALUES (rule_set, otherwise);
	-- as a dump brings them: what is refused whatever the row gets in, too
	INSERT INTO tcs.rule (rule_set, priority, segment, condition, changed_by, changed_at)
	SELECT rule_set, 10 * n, split_part(rule, ': ', 1), substr(rule, strpos(rule, ': ') + 2), 'a dump', '2024-01-01'
	FROM unnest(rules) WITH ORDINALITY AS u (rule, n) $$;

-- A widely copied map of RFM segments, by ranges of r and of the mean of f and m,
-- over all its cells: it overlaps in 30 of 45, and four segments are never reached.
CREATE TABLE rc.cell AS SELECT r, fm::numeric / 2 AS fm FROM generate_series(1, 5) AS r, generate_series(2, 10) AS fm;
SELECT rc.put('rc.copied', NULL,
	'Champions: r BETWEEN 4 AND 5 AND fm BETWEEN 4 AND 5',
	'Loyal: r BETWEEN 2 AND 5 AND fm BETWEEN 3 AND 5',
	'Potential Loyalist: r BETWEEN 3 AND 5 AND fm BETWEEN 1 AND 3',
	'Recent: r BETWEEN 4 AND 5 AND fm BETWEEN 0 AND 1',
	'Promising: r BETWEEN 3 AND 4 AND fm BETWEEN 0 AND 1',
	'Need Attention: r BETWEEN 2 AND 3 AND fm BETWEEN 2 AND 3',
	'About To Sleep: r BETWEEN 2 AND 3 AND fm BETWEEN 0 AND 2',
	'At Risk: r BETWEEN 0 AND 2 AND fm BETWEEN 2 AND 5',
	'Can''t Lose: r BETWEEN 0 AND 1 AND fm BETWEEN 4 AND 5',
	'Hibernating: r BETWEEN 1 AND 2 AND fm BETWEEN 1 AND 2',
	'Lost: r BETWEEN 0 AND 2 AND fm BETWEEN 0 AND 2');
SELECT priority, segment, finding, other_segment, rows, detail FROM tcs.rule_check('rc.copied', 'rc.cell') WHERE severity IN ('error', 'warning');
SELECT rows, share = 30 / 45::float8 AS share FROM tcs.rule_check('rc.copied', 'rc.cell') WHERE finding = 'overlaps';
SELECT segment, rows, round(share::numeric, 4) AS share FROM tcs.rule_check('rc.copied', 'rc.cell') WHERE severity = 'figure';
-- the same in plain SQL
CREATE VIEW rc.figure AS SELECT tcs.rule_priorities('rc.copied', cell) AS p FROM rc.cell;
SELECT count(*) AS more FROM (
	SELECT priority, other_priority, rows FROM tcs.rule_check('rc.copied', 'rc.cell') WHERE finding = 'overlap'
	EXCEPT SELECT a.a, b.b, count(*) FROM rc.figure, unnest(p) AS a (a), unnest(p) AS b (b) WHERE a.a < b.b GROUP BY 1, 2) AS x;
SELECT count(*) AS pairs FROM tcs.rule_check('rc.copied', 'rc.cell') WHERE finding = 'overlap';
SELECT count(*) AS pairs FROM (SELECT a.a, b.b FROM rc.figure, unnest(p) AS a (a), unnest(p) AS b (b) WHERE a.a < b.b GROUP BY 1, 2) AS x;
SELECT count(*) AS different FROM (
	SELECT segment, rows FROM tcs.rule_check('rc.copied', 'rc.cell') WHERE finding = 'segment' AND rows > 0
	EXCEPT SELECT tcs.segment_assign('rc.copied', cell), count(*) FROM rc.cell GROUP BY 1) AS x;

-- errors have a place, and the other rules are checked all the same
CREATE TABLE rc.customer AS SELECT i AS id, i * 10 AS revenue, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END AS kind, date '2024-01-01' + i AS last_day FROM generate_series(1, 100) AS i;
SELECT rc.put('rc.errors', 'rest', 'x: nothing > 1', 'big: revenue >= 900', 'x: revenue LIKE ''a%''',
	'x: revenue > (SELECT 1)', 'x: random() < revenue', 'x: now() > last_day AND last_day < ''today''', 'x: last_day < ''yes''', 'x: kind',
	'small: revenue < 100');
INSERT INTO tcs.rule (rule_set, priority, segment, condition, enabled) VALUES ('rc.errors', 5, 'off', 'nothing', false);
-- the hint on an operator is the server's
SELECT severity, finding, priority, segment, rows, share, CASE WHEN detail LIKE 'operator %' THEN split_part(detail, ';', 1) ELSE detail END AS detail
FROM tcs.rule_check('rc.errors', 'rc.customer');
-- also those that only some row raises
SELECT rc.put('rc.fails', 'rest', 'x: 100 / (revenue - 500) > 5', 'big: revenue >= 900', 'x: kind::int > 0', 'y: revenue / 0 = 1',
	'x: chr(id - 50) = ''!''', 'z: 1 / 0 = id', 'z: id > 1 / (extract(year from now()) - extract(year from now()))');
SELECT severity, finding, priority, segment, rows, share, detail FROM tcs.rule_check('rc.fails', 'rc.customer');
SELECT tcs.segment_assign('rc.fails', customer) FROM rc.customer;

-- what can never decide, proved
SELECT rc.put('rc.proofs', 'rest',
	'a: revenue > 500',
	'b: revenue > 600',
	'c: revenue > 500 AND kind = ''a''',
	'd: revenue = 700',
	'e: revenue IN (501, 502) OR revenue > 1000',
	'f: kind = ''a''',
	'g: kind = ''b''',
	'h: kind IN (''a'', ''b'') AND id < 0',
	'i: revenue < 5 AND revenue > 10',
	'j: false',
	'k: NULL',
	'l: kind IS NULL AND kind = ''c''',
	'm: last_day < current_date - 90',
	'n: last_day < current_date - 100',
	'o: kind IS NULL',
	'p: kind IS NULL AND revenue > 1',
	'q: revenue < 100 AND revenue IS NULL',
	'r: true',
	's: revenue > 0');
SELECT severity, finding, priority, segment, other_priority, other_segment, detail FROM tcs.rule_check('rc.proofs', 'rc.customer') WHERE severity <> 'figure' AND finding NOT LIKE 'overlap%';
-- what is proved holds in the data, and nothing is proved of rules that do decide
CREATE TABLE rc.each AS SELECT i AS id, r AS revenue, k AS kind, d AS last_day FROM generate_series(-2, 2) AS i,
	unnest(ARRAY[NULL, 1, 5, 10, 99, 100, 500, 501, 502, 503, 600, 601, 700, 1001]) AS r, unnest(ARRAY['a', 'b', 'c', NULL]) AS k,
	unnest(ARRAY[current_date, current_date - 91, current_date - 101, NULL]) AS d;
SELECT priority, finding FROM tcs.rule_check('rc.proofs', 'rc.each') AS c WHERE finding IN ('unreachable', 'impossible')
	AND EXISTS (SELECT FROM rc.each WHERE tcs.segment_assign('rc.proofs', each) = c.segment);
SELECT count(*) FILTER (WHERE finding = 'never first') AS unproved FROM tcs.rule_check('rc.proofs', 'rc.each');

-- what takes every row, and what NULL keeps out
CREATE TABLE rc.visit (id int NOT NULL, resolution text NOT NULL, category text);
INSERT INTO rc.visit VALUES (1, '800x600', 'x'), (2, '1600x1600', NULL), (3, '1024x768', 'y');
CREATE VIEW rc.finding AS SELECT r.name, c.finding, c.severity, c.priority, c.rows, c.detail FROM tcs.rule_set AS r,
	tcs.rule_check(r.name, 'rc.visit') AS c WHERE r.name LIKE 'rc.true%' AND c.severity IN ('warning', 'note') ORDER BY r.name, c.priority, c.finding;
SELECT rc.put('rc.true or', 'rest', $$kept: resolution <> '800x600' OR resolution <> '1600x1600'$$);
SELECT rc.put('rc.true nullable', 'rest', $$kept: category <> 'x' OR category <> 'y'$$, $$other: category <> 'x'$$);
SELECT rc.put('rc.true data', 'rest', 'early: id = 1', 'kept: id < 4', 'late: id = 2');
SELECT rc.put('rc.true word', 'rest', 'first: true', 'later: id = 1');
SELECT rc.put('rc.true last', NULL, 'one: id = 1', 'rest: true');
SELECT rc.put('rc.true last, default', 'rest', 'one: id = 1', 'two: true');
SELECT rc.put('rc.true not', NULL, 'one: id = 1 OR NOT id = 1', 'x: NOT (id > 2 AND id < 2)', 'y: id <= 2 OR id > 2');
SELECT rc.put('rc.true null', 'rest', 'all: NULL', $$picky: category = 'x'$$, 'none: category IS NULL AND NULL');
SELECT * FROM rc.finding;
-- NULL counts only where no rule before has the row, and by rows
SELECT name, priority, rows FROM rc.finding WHERE finding = 'null' EXCEPT
SELECT r.rule_set, r.priority, count(*) FROM tcs.rule AS r, rc.visit AS v WHERE r.rule_set LIKE 'rc.true%'
	AND NOT EXISTS (SELECT FROM unnest(tcs.rule_priorities(r.rule_set, v)) AS p WHERE p < r.priority)
	AND ((r.condition LIKE 'category <>%' AND v.category IS NULL) OR (r.condition = 'category = ''x''' AND v.category IS NULL) OR r.condition = 'NULL'
		OR (r.condition = 'category IS NULL AND NULL' AND v.category IS NULL)) GROUP BY 1, 2;
-- without rows only what is proved
CREATE TABLE rc.no_visit (LIKE rc.visit);
SELECT r.name, c.finding, c.priority, c.rows FROM tcs.rule_set AS r, tcs.rule_check(r.name, 'rc.no_visit') AS c WHERE r.name LIKE 'rc.true%' AND c.finding = 'always true' ORDER BY r.name, c.priority;

-- no rows, no rules, no default; names; kinds of relations
CREATE TABLE rc.none (LIKE rc.customer);
SELECT * FROM tcs.rule_check('rc.errors', 'rc.none') WHERE severity NOT IN ('error');
SELECT tcs.rule_set_put('rc.empty', '{"rules": []}');
SELECT * FROM tcs.rule_check('rc.empty', 'rc.customer');
CREATE TABLE rc."Odd ""table" (gone int, id int, revenue int, kind text, last_day date) PARTITION BY RANGE (id);
CREATE TABLE rc.part PARTITION OF rc."Odd ""table" FOR VALUES FROM (0) TO (1000);
ALTER TABLE rc."Odd ""table" DROP COLUMN gone;
INSERT INTO rc."Odd ""table" SELECT * FROM rc.customer;
CREATE TEMP TABLE customer AS SELECT * FROM rc.customer LIMIT 7;
CREATE VIEW rc.view AS SELECT kind, sum(revenue) AS revenue, max(last_day) AS last_day, count(*) AS id FROM rc.customer GROUP BY kind;
SELECT * FROM tcs.rule_check('rc.errors', 'rc."Odd ""table"') EXCEPT SELECT * FROM tcs.rule_check('rc.errors', 'rc.customer');
SELECT sum(rows) FILTER (WHERE severity = 'figure') AS rows FROM tcs.rule_check('rc.errors', 'pg_temp.customer');
SELECT segment, rows FROM tcs.rule_check('rc.errors', 'rc.view') WHERE severity = 'figure';
-- many rows, more than one batch; rows that match the same rules in many ways
CREATE TABLE rc.many AS SELECT i, i % 32 AS bits FROM generate_series(1, 5000) AS i;
SELECT rc.put('rc.bits', 'none', 'b0: bits & 1 > 0', 'b1: bits & 2 > 0', 'b2: bits & 4 > 0', 'b3: bits & 8 > 0', 'b0: bits & 16 > 0',
	'late: CASE WHEN i = 4999 THEN 1 / (i - 4999) = 1 ELSE i % 2 = 0 END');
SELECT severity, finding, priority, other_priority, segment, rows, detail FROM tcs.rule_check('rc.bits', 'rc.many');
SELECT count(*) FILTER (WHERE bits & 1 > 0 AND bits & 2 > 0) AS b0b1, count(*) FILTER (WHERE (bits & 1 > 0
	OR bits & 16 > 0)::int + (bits & 2 > 0)::int + (bits & 4 > 0)::int + (bits & 8 > 0)::int > 1) AS several, count(*) FILTER (WHERE bits = 0) AS none
	FROM rc.many;
-- many rules
SELECT tcs.rule_set_put('rc.wide', jsonb_build_object('rules', jsonb_agg(jsonb_build_object('priority', i, 'segment', 's' || i, 'condition', 'i = ' || i)))) FROM generate_series(1, 300) AS i;
SELECT severity, finding, count(*), sum(rows) AS rows FROM tcs.rule_check('rc.wide', 'rc.many') GROUP BY 1, 2 ORDER BY 1, 2;

-- instants without a zone
CREATE TABLE rc.seen AS SELECT timestamptz '2024-06-30 23:30:00+00' AS at;
SELECT tcs.rule_set_put('rc.zone', '{"rules": [{"priority": 1, "segment": "july", "condition": "at >= ''2024-07-01''"}]}');
SELECT finding, rows, detail FROM tcs.rule_check('rc.zone', 'rc.seen');
UPDATE tcs.rule_set SET time_zone = 'Europe/Berlin' WHERE name = 'rc.zone';
SELECT finding, rows, detail FROM tcs.rule_check('rc.zone', 'rc.seen');

-- arguments, and rights
SELECT * FROM tcs.rule_check('nope', 'rc.customer');
SELECT * FROM tcs.rule_check('rc.bits', 1::oid);
SELECT * FROM tcs.rule_check(NULL, 'rc.customer');
SELECT * FROM tcs.rule_check('rc.bits', NULL);
CREATE ROLE regress_tcs_reader;
GRANT USAGE ON SCHEMA rc TO regress_tcs_reader;
SET ROLE regress_tcs_reader;
SELECT * FROM tcs.rule_check('rc.errors', 'rc.customer');
RESET ROLE;
GRANT SELECT ON rc.customer TO regress_tcs_reader;
ALTER TABLE rc.customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON rc.customer USING (id <= 10);
SET ROLE regress_tcs_reader;
SELECT sum(rows) AS rows FROM tcs.rule_check('rc.errors', 'rc.customer') WHERE severity = 'figure';
RESET ROLE;
-- within PL/pgSQL, in a transaction that goes on, and stopped by a timeout
DO $$ DECLARE n bigint; BEGIN SELECT count(*) INTO n FROM tcs.rule_check('rc.fails', 'rc.many'); RAISE WARNING '% findings', n; END $$;
BEGIN;
SAVEPOINT s;
SELECT count(*) FROM tcs.rule_check('rc.fails', 'rc.each');
ROLLBACK TO s;
SELECT count(*) > 0 AS some FROM tcs.rule_check('rc.errors', 'rc.each');
COMMIT;
CREATE VIEW rc.slow AS SELECT i, bits, pg_sleep(0.01) IS NULL AS s FROM rc.many;
SET statement_timeout = 50;
SELECT * FROM tcs.rule_check('rc.bits', 'rc.slow');
RESET statement_timeout;
DELETE FROM tcs.rule_set WHERE name LIKE 'rc.%';
DROP OWNED BY regress_tcs_reader;
DROP ROLE regress_tcs_reader;
DROP SCHEMA rc CASCADE;
