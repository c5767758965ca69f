-- Why a row is in its segment, and what it lacks for the others.
\set VERBOSITY terse
SET DateStyle = ISO;
INSERT INTO tcs.rule_set (name, default_segment) VALUES ('explained', 'other'), ('no default', NULL);
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES
	('explained', 10, 'big', 'revenue >= 1000'),
	('explained', 20, 'good', 'purchases > 3 AND (revenue > 500 AND days_since_last <= 30)'),
	('explained', 30, 'named', $$name LIKE 'A%' OR name IS NULL$$),
	('explained', 40, 'slow', 'days_since_last > 3 * mean_gap and last_day < ''2020-01-01'''),
	('explained', 50, 'exact', '((purchases = 4))'),
	('explained', 60, 'between', 'revenue BETWEEN 1 AND 2 AND purchases BETWEEN 1 AND 9'),
	('explained', 70, 'case', 'CASE WHEN revenue > 1 AND purchases > 100 THEN true ELSE false END'),
	('explained', 80, 'strings', $$name = 'x AND y' AND "name" <> 'a' and vip$$),
	('explained', 90, 'never', 'false'),
	('no default', 1, 'big', 'revenue >= 1000 and not vip');
UPDATE tcs.rule SET enabled = false WHERE rule_set = 'explained' AND priority = 90;
CREATE TEMP TABLE customers (id int, name text, revenue numeric, purchases bigint, days_since_last int,
							 mean_gap float8, last_day date, vip boolean);
INSERT INTO customers VALUES
	(1, 'Bea', 850, 3, 45, 20, '2024-05-01', false),
	(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(3, 'Cyd', 1200, 9, 3, 10, '2024-06-12', true);
\pset format unaligned
SELECT c.id, e.priority, e.segment, e.matched, e.decisive, e.failed, e.found, e.short_by, e.reason
FROM customers c, tcs.segment_explain('explained', c) e ORDER BY 1, 2, e.failed;
SELECT e.* FROM customers c, tcs.segment_explain('no default', c) e WHERE id = 1;
-- a row without a table
SELECT e.segment, e.reason FROM (SELECT 999 AS revenue, true AS vip) r, tcs.segment_explain('no default', r) e;
\pset format aligned
-- the decisive row is what segment_assign gives, one a row
SELECT c.id, e.segment = tcs.segment_assign('explained', c) AS same
FROM customers c, tcs.segment_explain('explained', c) e WHERE e.decisive ORDER BY 1;
-- now() is the session's, not that of the settings the conditions are read with
SET TimeZone = 'Pacific/Kiritimati';
UPDATE tcs.rule SET condition = 'current_date = day' WHERE rule_set = 'no default';
SELECT e.matched FROM (SELECT current_date AS day) r, tcs.segment_explain('no default', r) e;
SELECT tcs.segment_assign('no default', r) FROM (SELECT current_date AS day) r;
RESET TimeZone;
SELECT * FROM tcs.segment_explain('missing', ROW(1));
SELECT * FROM tcs.segment_explain(NULL, ROW(1));
SELECT * FROM tcs.segment_explain('explained', NULL::customers);
SELECT * FROM tcs.segment_explain('explained', ROW(1));
DELETE FROM tcs.rule_set WHERE name IN ('explained', 'no default');
