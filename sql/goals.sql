-- Goals: what a goal must be, where it stands, the tree; against plain SQL.
CREATE SCHEMA firm;
SET search_path = firm;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SELECT tcs.create_goals('plan', 'Europe/Berlin');
SELECT relname, relkind FROM pg_class WHERE relnamespace = 'firm'::regnamespace AND relkind IN ('r', 'v') ORDER BY relname;
-- All has a comment, and nothing belongs to the extension.
SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = 'firm'::regnamespace AND c.relkind IN ('r', 'v') AND attnum > 0 AND (col_description(c.oid, attnum) IS NULL OR obj_description(c.oid) IS NULL);
SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND classid = 'pg_class'::regclass AND objid IN (SELECT oid FROM pg_class WHERE relnamespace = 'firm'::regnamespace);
SELECT * FROM plan_progress;
SELECT * FROM tcs.goals_progress('plan', '2026-01-01');

-- Specific, measurable, bound in time.
CREATE FUNCTION add(goal jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	missed text;
BEGIN
	INSERT INTO plan
	SELECT * FROM jsonb_populate_record(NULL::plan, '{"name": "n", "owner": "o", "metric": "m", "unit": "u", "direction": "up", "baseline": 0, "target": 1,
		"starts": "2026-01-01", "due": "2026-12-31", "weight": 1}' || goal);
	RETURN 'taken';
EXCEPTION WHEN integrity_constraint_violation THEN
	GET STACKED DIAGNOSTICS missed = CONSTRAINT_NAME;
	RETURN sqlstate || ' ' || coalesce(nullif(missed, ''), sqlerrm);
END $$;
SELECT number, add(goal) FROM (VALUES (1, '{"name": null}'::jsonb), (2, '{"name": ""}'), (3, '{"name": " \t"}'), (4, '{"owner": null}'), (5, '{"owner": " "}'),
	(6, '{"metric": null}'), (7, '{"metric": ""}'), (8, '{"unit": null}'), (9, '{"unit": ""}'), (10, '{"direction": null}'), (11, '{"direction": "Up"}'),
	(12, '{"baseline": null}'), (13, '{"baseline": "NaN"}'), (14, '{"baseline": "-Infinity"}'), (15, '{"baseline": -1e51}'), (16, '{"baseline": 1e-51}'),
	(17, '{"target": null}'), (18, '{"target": "NaN"}'), (19, '{"target": "Infinity"}'), (20, '{"target": 1e300}'), (21, '{"target": -1}'),
	(22, '{"direction": "down"}'), (23, '{"starts": null}'), (24, '{"due": null}'), (25, '{"due": "2026-01-01"}'), (26, '{"due": "2025-01-01"}'),
	(27, '{"due": "infinity"}'), (28, '{"starts": "-infinity"}'), (29, '{"weight": null}'), (30, '{"weight": -1}'), (31, '{"weight": "NaN"}'), (32, '{"weight": "Infinity"}'),
	(33, '{"parent": "nobody"}'), (34, '{"parent": "n"}'), (35, '{"parent": ""}')) AS v (number, goal) ORDER BY number;
SELECT count(*) FROM plan;
SELECT number, add(goal) FROM (VALUES (1, '{"name": "a"}'::jsonb), (2, '{"name": "a"}'), (3, '{"name": "b", "target": 0}'), (4, '{"name": "c", "direction": "down", "target": -1}'),
	(5, '{"name": "d", "weight": 0, "baseline": -1e50, "target": 1e50, "starts": "4713-01-01 BC", "due": "5874897-12-31"}'),
		(6, '{"name": "e", "parent": "a", "description": "some"}')) AS v (number, goal) ORDER BY number;

-- What is wrong with one is said, and what would be right.
INSERT INTO plan (name, owner, metric, unit, direction, baseline, target, starts, due) VALUES ('x', 'o', 'm', 'u', 'UP', 0, 10, '2026-01-01', '2026-02-01');
INSERT INTO plan (name, owner, metric, unit, baseline, target, starts, due) VALUES ('x', 'o', 'm', 'u', 10, 5.5, '2026-01-01', '2026-02-01');
UPDATE plan SET target = 10 WHERE name = 'c';
UPDATE plan SET due = starts WHERE name = 'a';
INSERT INTO plan (name, owner, metric, unit, baseline, target, starts, due) VALUES ('x', 'o', 'm', 'u', 0, 5, '2026-01-01', 'infinity');

-- Measurements are numbers of goals on days.
CREATE FUNCTION measure(goal text, day date, value float8, recorded_at timestamptz DEFAULT clock_timestamp()) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	missed text;
BEGIN
	INSERT INTO plan_measurement (goal, day, value, recorded_at) VALUES ($1, $2, $3, $4);
	RETURN 'taken';
EXCEPTION WHEN integrity_constraint_violation THEN
	GET STACKED DIAGNOSTICS missed = CONSTRAINT_NAME;
	RETURN sqlstate || ' ' || coalesce(nullif(missed, ''), sqlerrm);
END $$;
SELECT number, measure(goal, day, value, at) FROM (VALUES (1, NULL, date '2026-01-01', 0::float8, now()), (2, 'z', '2026-01-01', 0, now()), (3, 'a', NULL, 0, now()), (4, 'a', 'infinity', 0, now()),
	(5, 'a', '2026-01-01', NULL, now()), (6, 'a', '2026-01-01', 'NaN', now()), (7, 'a', '2026-01-01', '-Infinity', now()), (8, 'a', '2026-01-01', 1e51, now()),
	(9, 'a', '2026-01-01', 0, 'infinity'), (10, 'a', '2026-01-01', 0, NULL), (11, 'a', '2026-01-01', -1e-50, now())) AS v (number, goal, day, value, at) ORDER BY number;
-- The smallest and the largest do not overflow anywhere.
SELECT measure('d', '2026-01-01', 1e50), measure('e', '2026-01-01', 1e50);
SELECT name, progress BETWEEN 0 AND 1e51 AS progress, forecast > 0 AS forecast, status FROM tcs.goals_progress('plan', '2026-01-02') WHERE name IN ('d', 'e');

-- Goals that something hangs on stay; new names go along.
DELETE FROM plan WHERE name = 'a';
DELETE FROM plan WHERE name = 'd';
UPDATE plan SET name = upper(name);
SELECT name, parent FROM plan ORDER BY name;
SELECT DISTINCT goal FROM plan_measurement ORDER BY goal;
DELETE FROM plan_measurement;
DELETE FROM plan;

-- Every edge, on days around those that matter.
INSERT INTO plan (name, owner, metric, unit, direction, baseline, target, starts, due)
SELECT n, 'o', 'm', 'u', d, b, t, '2026-03-01', '2026-03-11' FROM (VALUES ('up', 'up', 100, 200), ('down', 'down', 30, 20), ('keep', 'up', 50, 50), ('keep low', 'down', 5, 5),
	('early', 'up', 0, 10), ('lost again', 'up', 0, 10), ('late', 'up', 0, 10), ('before', 'up', 0, 10), ('several', 'up', 0, 10),
		('beyond', 'up', 0, 10), ('worse', 'up', 0, 10), ('nothing', 'up', 0, 10),
	('nothing kept', 'up', 7, 7), ('on the line', 'up', 0, 1), ('broken', 'up', 3, 3)) AS v (n, d, b, t);
INSERT INTO plan_measurement (goal, day, value, recorded_at) VALUES
('up', '2026-03-02', 105, '2026-03-02'), ('up', '2026-03-06', 150, '2026-03-06'), ('up', '2026-03-11', 199, '2026-03-11'),
('down', '2026-03-02', 31, '2026-03-02'), ('down', '2026-03-06', 26, '2026-03-06'), ('down', '2026-03-11', 20, '2026-03-12'),
('keep', '2026-03-01', 50, '2026-03-01'), ('keep', '2026-03-05', 51, '2026-03-05'), ('keep low', '2026-03-03', 6, '2026-03-03'), ('keep low', '2026-03-07', 4, '2026-03-07'),
('early', '2026-03-04', 10, '2026-03-04'), ('lost again', '2026-03-04', 10, '2026-03-04'), ('lost again', '2026-03-08', 6, '2026-03-08'),
('late', '2026-03-10', 8, '2026-03-10'), ('late', '2026-03-12', 12, '2026-03-12'),
('before', '2026-02-20', 4, '2026-02-20'),
('several', '2026-03-05', 1, '2026-03-05 08:00'), ('several', '2026-03-05', 3, '2026-03-05 18:00'), ('several', '2026-03-05', 2, '2026-03-05 12:00'),
('several', '2026-03-06', 4, '2026-03-07'), ('several', '2026-03-06', 5, '2026-03-07'), ('several', '2026-03-05', 9, '2026-03-09'),
('beyond', '2026-03-06', 25, '2026-03-06'), ('worse', '2026-03-06', -5, '2026-03-06'),
('on the line', '2026-03-02', 0.1, '2026-03-02'), ('on the line', '2026-03-04', 0.3, '2026-03-04'), ('on the line', '2026-03-08', 0.7, '2026-03-08'),
	('on the line', '2026-03-11', 0.1 + 0.2 + 0.7, '2026-03-11'),
('broken', '2026-03-04', 2.9, '2026-03-04');
SELECT p.name, d.day, p.actual, p.actual_day, round(p.expected::numeric, 3) AS expected, round(p.progress::numeric, 3) AS progress,
	round(p.pace::numeric, 3) AS pace, round(p.forecast::numeric, 3) AS forecast, p.status
FROM (VALUES (date '2026-02-25'), ('2026-03-01'), ('2026-03-02'), ('2026-03-04'), ('2026-03-06'), ('2026-03-08'), ('2026-03-11'), ('2026-03-12'),
	('2027-01-01')) AS d (day), tcs.goals_progress('plan', d.day) AS p
ORDER BY p.name, d.day;
-- No zero has a sign.
SELECT name, progress, forecast FROM tcs.goals_progress('plan', '2026-03-06') AS p WHERE '-0' IN (expected::text, progress::text, pace::text, forecast::text, rolled_up::text);

-- The view is that of today in its zone, whatever the session's.
SELECT pg_get_viewdef('plan_progress') ~ 'AT TIME ZONE ''Europe/Berlin''' AS zoned;
BEGIN;
SELECT count(*) AS goals, count(*) FILTER (WHERE v IS DISTINCT FROM f) AS other FROM plan_progress AS v
	FULL JOIN tcs.goals_progress('plan', (now() AT TIME ZONE 'Europe/Berlin')::date) AS f USING (place);
COMMIT;
DELETE FROM plan_measurement;
DELETE FROM plan;

-- A tree: sums of what is alike, and what is not left out.
INSERT INTO plan (name, owner, parent, metric, unit, direction, baseline, target, starts, due, weight) VALUES
('Company', 'boss', NULL, 'revenue', 'EUR', 'up', 1000, 1500, '2026-01-01', '2026-12-31', 1),
('North', 'ann', 'Company', 'revenue', 'EUR', 'up', 600, 900, '2026-01-01', '2026-12-31', 3),
('South', 'bob', 'Company', 'revenue', 'EUR', 'up', 400, 500, '2026-01-01', '2026-12-31', 1),
('Complaints', 'cem', 'Company', 'complaints', 'a month', 'down', 40, 20, '2026-01-01', '2026-12-31', 1),
('In dollars', 'dan', 'Company', 'revenue', 'USD', 'up', 0, 99, '2026-01-01', '2026-12-31', 0),
('Returned', 'eve', 'Company', 'revenue', 'EUR', 'down', 9, 5, '2026-01-01', '2026-12-31', 0),
('ann''s calls', 'ann', 'North', 'calls', 'a week', 'up', 10, 20, '2026-01-01', '2026-12-31', 1),
('bert''s calls', 'bert', 'North', 'calls', 'a week', 'up', 10, 20, '2026-01-01', '2026-12-31', 1),
('tenths', 'o', NULL, 'm', 'u', 'up', 0, 0.3, '2026-01-01', '2026-12-31', 1),
('tenth 1', 'o', 'tenths', 'm', 'u', 'up', 0, 0.1, '2026-01-01', '2026-12-31', 1),
('tenth 2', 'o', 'tenths', 'm', 'u', 'up', 0, 0.2, '2026-01-01', '2026-12-31', 1),
('zero weights', 'o', NULL, 'm', 'u', 'up', 0, 1, '2026-01-01', '2026-12-31', 1),
('zero', 'o', 'zero weights', 'm', 'u', 'up', 0, 1, '2026-01-01', '2026-12-31', 0);
INSERT INTO plan_measurement (goal, day, value) VALUES ('South', '2026-06-01', 600), ('Complaints', '2026-06-01', 50),
	('bert''s calls', '2026-06-01', 15), ('zero weights', '2026-06-01', 0.25), ('zero', '2026-06-01', 1);
SELECT place, repeat('  ', depth) || name AS goal, children AS ch, descendants AS de, children_target, sum_difference, children_actual, actual,
	progress, rolled_up, status FROM tcs.goals_progress('plan', '2026-06-01') ORDER BY place;
-- Once all that has weight is done, the whole is; measured itself, it counts itself.
INSERT INTO plan_measurement (goal, day, value) SELECT name, '2026-07-01', target FROM plan WHERE name NOT IN ('Company', 'North', 'tenth 1', 'Returned', 'In dollars', 'zero weights');
SELECT name, actual, rolled_up, status FROM tcs.goals_progress('plan', '2026-07-01') WHERE children > 0 ORDER BY place;
SELECT name, status FROM tcs.goals_progress('plan', '2027-01-01') WHERE children > 0 ORDER BY place;
INSERT INTO plan_measurement (goal, day, value) VALUES ('Company', '2026-07-01', 1000);
SELECT name, actual, rolled_up, status FROM tcs.goals_progress('plan', '2026-07-01') WHERE name = 'Company';
-- A branch is a range of places.
SELECT b.name FROM tcs.goals_progress('plan', '2026-06-01') AS a JOIN tcs.goals_progress('plan',
	'2026-06-01') AS b ON b.place BETWEEN a.place AND a.place + a.descendants WHERE a.name = 'North' ORDER BY b.place;

-- No goal above itself.
UPDATE plan SET parent = name WHERE name = 'North';
\echo :LAST_ERROR_SQLSTATE
UPDATE plan SET parent = 'bert''s calls' WHERE name = 'Company';
UPDATE plan SET parent = CASE name WHEN 'North' THEN 'South' ELSE 'North' END WHERE name IN ('North', 'South');
UPDATE plan SET parent = CASE name WHEN 'Company' THEN 'South' ELSE parent END;
INSERT INTO plan SELECT * FROM jsonb_populate_recordset(NULL::plan, (SELECT jsonb_agg(to_jsonb(p) || v) FROM plan AS p,
	(VALUES ('{"name": "x", "parent": "y"}'::jsonb), ('{"name": "y", "parent": "z"}'), ('{"name": "z", "parent": "x"}')) AS r (v) WHERE p.name = 'Company'));
INSERT INTO plan SELECT * FROM plan WHERE name = 'Company' ON CONFLICT (name) DO UPDATE SET parent = 'North';
WITH moved AS (UPDATE plan SET parent = 'tenth 1' WHERE name = 'Company') UPDATE plan SET parent = 'South' WHERE name = 'tenths';
MERGE INTO plan USING (SELECT 'Company' AS name) AS s ON plan.name = s.name WHEN MATCHED THEN UPDATE SET parent = 'South';
-- Triggers of the user's may change a parent too.
CREATE FUNCTION adopt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.parent := 'South'; RETURN NEW; END $$;
CREATE TRIGGER adopt BEFORE UPDATE ON plan FOR EACH ROW WHEN (NEW.name = 'Company') EXECUTE FUNCTION adopt();
UPDATE plan SET description = 'd';
DROP TRIGGER adopt ON plan;
-- What is none: another parent, two that change places, a root that moves below another.
UPDATE plan SET parent = 'South' WHERE name = 'North';
UPDATE plan SET parent = CASE name WHEN 'South' THEN 'North' ELSE 'Company' END WHERE name IN ('North', 'South');
UPDATE plan SET parent = 'South' WHERE name = 'tenths';
SELECT place, repeat('  ', depth) || name AS goal FROM tcs.goals_progress('plan', '2026-06-01') WHERE depth > 0 ORDER BY place;
-- New names and new parents at once.
UPDATE plan SET name = name || '!', parent = NULLIF(parent, 'South') WHERE name IN ('North', 'South');
SELECT name, parent FROM plan WHERE '!' IN (right(name, 1), right(parent, 1)) ORDER BY name;
-- One that came about without triggers is told of, and can be mended.
ALTER TABLE plan DISABLE TRIGGER USER;
UPDATE plan SET parent = 'North!' WHERE name = 'Company';
UPDATE plan SET parent = 'Company' WHERE name = 'North!';
ALTER TABLE plan ENABLE TRIGGER USER;
SELECT count(*) FROM plan_progress;
\echo :LAST_ERROR_SQLSTATE
UPDATE plan SET weight = 1 WHERE name = 'Company';
UPDATE plan SET parent = NULL WHERE name = 'Company';
SELECT count(*) > 0 AS mended FROM plan_progress;
TRUNCATE plan, plan_measurement;

-- A long chain, in one statement and in little time; the end of it cannot go on top.
INSERT INTO plan (name, owner, parent, metric, unit, baseline, target, starts, due)
SELECT 'n' || i, 'o', 'n' || i + 1, 'm', 'u', 0, 1, date '2026-01-01', date '2026-12-31' FROM generate_series(1, 4999) AS i UNION ALL
	SELECT 'n5000', 'o', NULL, 'm', 'u', 0, 1, '2026-01-01', '2026-12-31';
SELECT name, place, depth, descendants FROM tcs.goals_progress('plan', '2026-01-01') WHERE place IN (1, 2, 5000) ORDER BY place;
UPDATE plan SET parent = 'n1' WHERE name = 'n5000';
TRUNCATE plan, plan_measurement;

-- Many goals in trees of all shapes, against plain SQL.
INSERT INTO plan (name, owner, parent, metric, unit, direction, baseline, target, starts, due, weight)
SELECT 'g' || i, 'o' || i % 7, CASE WHEN i > 1 AND i % 41 > 0 THEN 'g' || 1 + (i::bigint * i * 7919 + i) % (CASE WHEN i % 3 = 0 THEN i - 1 ELSE greatest(i / 5, 1) END) END,
	'm' || (i * 13 % 10) / 6, 'u' || (i * 17 % 10) / 7, CASE WHEN down THEN 'down' ELSE 'up' END,
	b, CASE WHEN i % 11 = 0 THEN b WHEN down THEN b - w ELSE b + w END,
	date '2026-01-01' + i * 29 % 90, date '2026-01-01' + i * 29 % 90 + 1 + i * 31 % 200,
	CASE WHEN i % 5 = 0 THEN 0 WHEN i % 4 = 0 THEN i / 100.0 ELSE 1 END
FROM (SELECT i, i % 4 = 1 AS down, (i * 37 % 100 - 50) / 8.0 AS b, (1 + i * 53 % 300) / 10.0 AS w FROM generate_series(1, 600) AS i) AS s;
INSERT INTO plan_measurement (goal, day, value, recorded_at)
SELECT g.name, g.starts - 10 + (j * 7919 + length(g.name) * 31 + ascii(right(g.name, 1))) % 200,
	g.baseline + (g.target - g.baseline) * ((j * 104729 + ascii(right(g.name,
		1)) * 7) % 140 - 20) / 100.0 + CASE WHEN g.target = g.baseline THEN (j % 3 - 1) / 4.0 ELSE 0 END,
		timestamptz '2026-01-01' + j * 7 % 5 * interval '1 hour'
FROM plan AS g, generate_series(1, 12) AS j WHERE substr(g.name, 2)::integer % 9 > 1;
CREATE FUNCTION oracle(as_of date) RETURNS TABLE (place bigint, depth integer, name text, actual float8, actual_day date, expected float8, progress float8, pace float8, forecast float8, status text,
	children bigint, descendants bigint, children_target float8, sum_difference float8, children_actual float8, rolled_up float8) LANGUAGE sql STABLE AS $$
WITH RECURSIVE tree AS (
	SELECT g.name, 0 AS depth, ARRAY[g.name] AS path FROM plan AS g WHERE parent IS NULL
	UNION ALL
	SELECT g.name, t.depth + 1, t.path || g.name FROM plan AS g JOIN tree AS t ON t.name = g.parent
), latest AS (
	SELECT DISTINCT ON (g.name) g.name, m.value, m.day FROM plan AS g JOIN plan_measurement AS m ON m.goal = g.name AND m.day <= as_of AND m.day <= g.due
	ORDER BY g.name, m.day DESC, m.recorded_at DESC, m.id DESC
), one AS (
	SELECT g.*, l.value AS actual, l.day AS actual_day, g.baseline = g.target AS keep,
		greatest(0, least(1, (as_of - g.starts)::float8 / (g.due - g.starts))) AS over,
		CASE WHEN g.direction = 'up' THEN l.value >= g.target ELSE l.value <= g.target END AS reached
	FROM plan AS g LEFT JOIN latest AS l USING (name)
), stand AS (
	SELECT o.*, CASE WHEN keep THEN (as_of >= starts)::integer ELSE over END AS due_part,
		CASE WHEN keep THEN reached::integer ELSE (actual - baseline) / nullif(target - baseline, 0) END AS progress
	FROM one AS o
), share AS (
	-- The weight of every goal in each that is above it, down to where weights end.
	SELECT s.name AS top, s.name, 1::float8 AS share FROM stand AS s
	UNION ALL
	SELECT h.top, c.name, h.share * c.weight / c.weights
	FROM share AS h JOIN (SELECT p.name, p.parent, p.weight, sum(p.weight) OVER (PARTITION BY p.parent) AS weights FROM plan AS p) AS c ON c.parent = h.name AND c.weight > 0
), rolled AS (
	SELECT h.top AS name, CASE WHEN bool_or(s.progress IS NOT NULL) THEN sum(h.share * greatest(0, least(1, coalesce(s.progress, 0)))) END AS rolled_up
	FROM share AS h JOIN stand AS s USING (name)
	WHERE NOT EXISTS (SELECT FROM plan AS c WHERE c.parent = s.name AND c.weight > 0)
	GROUP BY h.top
), below AS (
	SELECT a.name, count(*) - 1 AS descendants FROM tree AS a JOIN tree AS b ON b.path[a.depth + 1] = a.name GROUP BY a.name
), sums AS (
	SELECT p.name, count(*) AS children,
		sum(c.target) FILTER (WHERE alike) AS children_target, sum(c.actual) FILTER (WHERE alike) AS children_actual
	FROM plan AS p JOIN stand AS c ON c.parent = p.name, LATERAL (SELECT (p.metric, p.unit, p.direction) = (c.metric, c.unit, c.direction) AS alike) AS a GROUP BY p.name
)
SELECT row_number() OVER (ORDER BY t.path), t.depth, s.name, s.actual, s.actual_day,
	s.baseline + (s.target - s.baseline) * s.over, s.progress, s.progress / nullif(s.due_part, 0),
	CASE WHEN s.due_part > 0 THEN CASE WHEN s.keep THEN s.actual ELSE s.baseline + (s.target - s.baseline) * (s.progress / s.over) END END,
	CASE WHEN as_of < s.starts THEN 'not started'
		WHEN coalesce(s.reached, r.rolled_up > 1 - 1e-9, false) AND NOT (s.keep AND as_of < s.due) THEN 'achieved'
		WHEN as_of > s.due THEN 'off track'
		WHEN d.done + 1e-9 >= s.due_part THEN 'on track' WHEN d.done + 1e-9 >= 0.8 * s.due_part THEN 'at risk' ELSE 'off track' END,
	coalesce(u.children, 0), b.descendants, u.children_target, u.children_target - s.target, u.children_actual, r.rolled_up
FROM stand AS s JOIN tree AS t USING (name) JOIN rolled AS r USING (name) JOIN below AS b USING (name) LEFT JOIN sums AS u USING (name),
	LATERAL (SELECT coalesce(s.progress, r.rolled_up, s.keep::integer) AS done) AS d
$$;
CREATE FUNCTION near(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT (a IS NULL AND b IS NULL) OR coalesce(abs(a - b) <= 1e-11 * greatest(1, abs(a), abs(b)), false) $$;
SELECT d.day, count(*) AS goals, count(*) FILTER (WHERE NOT ((p.place, p.depth, p.actual, p.actual_day, p.status, p.children,
	p.descendants) IS NOT DISTINCT FROM (o.place, o.depth, o.actual, o.actual_day, o.status, o.children, o.descendants)
	AND near(p.expected, o.expected) AND near(p.progress, o.progress) AND near(p.pace, o.pace) AND near(p.forecast, o.forecast) AND near(p.children_target, o.children_target)
	AND near(p.sum_difference, o.sum_difference) AND near(p.children_actual, o.children_actual) AND near(p.rolled_up, o.rolled_up))) AS wrong,
	count(p.rolled_up) AS rolled_up, count(p.actual) AS measured, count(p.children_actual) AS summed, max(p.depth) AS depth
FROM (VALUES (date '2025-12-01'), ('2026-01-15'), ('2026-03-01'), ('2026-04-01'), ('2026-06-01'), ('2026-10-01'), ('2027-01-01')) AS d (day),
	tcs.goals_progress('plan', d.day) AS p FULL JOIN oracle(d.day) AS o USING (name)
GROUP BY d.day ORDER BY d.day;
SELECT status, count(*) FROM tcs.goals_progress('plan', '2026-05-01') GROUP BY status ORDER BY status;
-- The order of the rows does not show.
CREATE TEMP TABLE before AS SELECT * FROM tcs.goals_progress('plan', '2026-05-01');
CREATE TEMP TABLE goals AS SELECT * FROM plan;
CREATE TEMP TABLE measured AS SELECT * FROM plan_measurement;
TRUNCATE plan, plan_measurement;
INSERT INTO plan SELECT * FROM goals ORDER BY md5(name);
INSERT INTO plan_measurement OVERRIDING SYSTEM VALUE SELECT * FROM measured ORDER BY md5(id::text);
SELECT count(*) FROM (TABLE before EXCEPT SELECT * FROM tcs.goals_progress('plan', '2026-05-01')) AS d;

-- Arguments.
SELECT tcs.create_goals(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_goals('plan');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.create_goals('other', 'Nowhere/Land');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM tcs.goals_progress(NULL, '2026-01-01');
SELECT * FROM tcs.goals_progress('plan', NULL);
SELECT * FROM tcs.goals_progress('plan', 'infinity');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM tcs.goals_progress('plan_measurement', '2026-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM tcs.goals_progress('plan_progress', '2026-01-01');
SELECT * FROM tcs.goals_progress(0::regclass, '2026-01-01');
SELECT tcs.drop_goals(NULL);
SELECT tcs.drop_goals('plan_measurement');

-- Dropped, whole or in parts, but not from under what others made of it.
CREATE VIEW red AS SELECT name FROM plan_progress WHERE status = 'off track';
SELECT tcs.drop_goals('plan');
\echo :LAST_ERROR_SQLSTATE
DROP VIEW red;
SELECT tcs.drop_goals('plan');
SELECT relname FROM pg_class WHERE relnamespace = 'firm'::regnamespace AND relkind IN ('r', 'v', 'S', 'i');
SELECT tcs.create_goals('plan');
SET client_min_messages = warning;
DROP VIEW plan_progress;
DROP TABLE plan_measurement;
SELECT * FROM tcs.goals_progress('plan', '2026-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT tcs.drop_goals('plan');
DROP SCHEMA firm CASCADE;
