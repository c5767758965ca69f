-- The scorecards that come with the extension.
SET client_min_messages = warning;
CREATE SCHEMA shipped_scorecards;
SET search_path = shipped_scorecards, pg_catalog;
SELECT s.name, string_agg(f.factor, ', ' ORDER BY f.weight DESC, f.factor) AS factors, sum(f.weight) AS weights, count(f.gate) AS gates, string_agg(DISTINCT f.missing, ', ') AS missing
FROM tcs.scorecard AS s JOIN tcs.factor AS f ON f.scorecard = s.name WHERE s.name LIKE 'tcs.%' GROUP BY s.name ORDER BY s.name;
SELECT count(*) FILTER (WHERE length(f.description) > 40 AND f.description ~ '\.$') = count(*) AS described,
	count(*) FILTER (WHERE s.description LIKE '%Columns: %' || f.expression || '%') = count(*) AS columns_named,
	count(*) FILTER (WHERE f.description LIKE f.expression || ': %') = count(*) AS columns_described, array_agg(DISTINCT f.changed_by) AS by, bool_and(f.enabled) AS enabled, count(s.time_zone) AS zones
FROM tcs.factor AS f JOIN tcs.scorecard AS s ON s.name = f.scorecard WHERE f.scorecard LIKE 'tcs.%';

-- Example rows with what they score by hand.
CREATE TABLE account (n int PRIMARY KEY, expected float8, order_potential numeric, influence int);
INSERT INTO account VALUES (1, 50, 50000, 5), (2, 100, 100000, 10), (3, 0, 0, 0), (4, 55, 25000, 10), (5, 100, 250000, 12), (6, 60, 200000, NULL),
	(7, NULL, NULL, 10), (8, 0, -5, -1), (9, NULL, 'NaN', 10);
CREATE TABLE relation (n int PRIMARY KEY, expected float8, relationship float8, days_since_contact int, open_complaints bigint);
INSERT INTO relation VALUES (1, 90, 8, 14, 0), (2, 70, 8, 97, 1), (3, 100, 10, 0, 0), (4, 0, 0, 180, 3), (5, 0, 0, 1000, 7), (6, 100, NULL, 3, 0),
	(7, 80, 10, NULL, 0), (8, 4500.0 / 70, 5, 14, NULL), (9, 0, NULL, NULL, NULL), (10, 100, NULL, 14, NULL);
CREATE TABLE recognition (n int PRIMARY KEY, expected float8, product_recognition numeric, repeat_share real, recommendation smallint);
INSERT INTO recognition VALUES (1, 59.75, 0.5, 0.5, 7), (2, 100, 1, 0.8, 10), (3, 100, 1, 1, NULL), (4, 100, NULL, NULL, 10),
	(5, NULL, NULL, NULL, NULL), (6, 2500.0 / 70, 0.25, NULL, 5), (7, 0, 0, 0, 0), (8, 30, NULL, 'NaN', 3);
CREATE TABLE visitor (n int PRIMARY KEY, expected float8, questionnaire int, dwell_minutes float8, interactions int);
INSERT INTO visitor VALUES (1, 65.5, 80, 8, 3), (2, 100, NULL, 15, 5), (3, 0, NULL, NULL, NULL), (4, 40, 100, 1, 0), (5, 40, 100, 0.2, NULL), (6, 100, 100, 60, 11), (7, 35, 0, NULL, 5);
CREATE TABLE debtor (n int PRIMARY KEY, expected float8, days_late float8, exposure float8);
INSERT INTO debtor VALUES (1, 100, 0, 0.2), (2, 50, 30, 0.6), (3, 0, 91, 0), (4, 40, 90, 0.2), (5, 50, NULL, 0.6), (6, 0, NULL, 1.3),
	(7, NULL, 10, NULL), (8, 0, 91, NULL), (9, 100, -5, 0), (10, 60, 0, 1.2), (11, 0, 0, 1.21), (12, NULL, NULL, NULL), (13, 0, 'Infinity', 0.1);
CREATE TABLE market (n int PRIMARY KEY, expected float8, segment text, reachability float8, market_size numeric, profitability float8, fit int);
INSERT INTO market VALUES (1, 50, 'middle', 0.5, 500000, 0.2, 5), (2, 0, 'out of reach', 0.19, 500000, 0.2, 5),
	(3, 16.875, 'at every gate', 0.2, 50000, 0.05, 3), (4, NULL, 'size not known', 0.5, NULL, 0.2, 5),
	(5, 0, 'size not known, out of reach', 0.1, NULL, 0.2, 5), (6, 100, 'best', 1, 9999999, 0.5, 10), (7, 0, 'too small', 1, 49999.99, 0.5, 10),
		(8, 0, 'a loss', 1, 9999999, -0.1, 10), (9, 0, 'misfit', 1, 9999999, 0.5, 2);
CREATE TABLE example (scorecard text, relation regclass);
INSERT INTO example VALUES ('tcs.importance', 'account'), ('tcs.trust', 'relation'), ('tcs.confidence', 'recognition'), ('tcs.lead', 'visitor'), ('tcs.credit', 'debtor'), ('tcs.market', 'market');
CREATE FUNCTION wrong(scorecard text, relation regclass, OUT "rows" bigint, OUT wrong text, OUT at_run_time bigint, OUT explained bigint) LANGUAGE plpgsql AS $$
BEGIN
	-- as the planner makes it, by the run-time path, and by the sum of the contributions
	EXECUTE format('SELECT count(*), string_agg(format(''%%s: %%s'', n, score), '', '' ORDER BY n) FILTER (WHERE abs(score - expected) > 1e-9 OR (score IS NULL) <> (expected IS NULL)),
			count(*) FILTER (WHERE score IS DISTINCT FROM again), count(*) FILTER (WHERE score > 0 AND abs(score - total) > 1e-9 OR closed <> coalesce(score = 0 AND closed, false))
		FROM (SELECT n, expected, tcs.scorecard_score(%1$L, x) AS score, tcs.scorecard_score((SELECT %1$L), x) AS again,
				(SELECT sum(contribution) FROM tcs.scorecard_explain(%1$L, x)) AS total, (SELECT coalesce(bool_or(NOT gate_open), false) FROM tcs.scorecard_explain(%1$L, x)) AS closed
			FROM %2$s AS x) AS y', scorecard, relation) INTO "rows", wrong, at_run_time, explained;
END $$;
SELECT scorecard, w.* FROM example AS e, wrong(e.scorecard, e.relation) AS w ORDER BY 1;

-- Each compiles over the columns that it names, and is plain arithmetic in a plan.
SELECT e.scorecard, c.finding FROM example AS e, tcs.scorecard_check(e.scorecard, e.relation) AS c WHERE c.severity = 'error';
CREATE FUNCTION plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP plan := plan || line || E'\n'; END LOOP;
	RETURN plan;
END $$;
SELECT scorecard, plan(format('SELECT tcs.scorecard_score(%L, x) FROM %s AS x', scorecard, relation)) ~ 'scorecard_score' AS called FROM example ORDER BY 1;
-- the text of one gives what it gives
CREATE FUNCTION differ(scorecard text, relation regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM %s AS x WHERE (%s) IS DISTINCT FROM tcs.scorecard_score(%L, x)', relation, tcs.scorecard_sql(scorecard, relation), scorecard) INTO n;
	RETURN n;
END $$;
SELECT scorecard, differ(scorecard, relation) FROM example ORDER BY scorecard;

-- The three indexes of an account, markets chosen by rank, and where points are lost.
SELECT segment, round(tcs.scorecard_score('tcs.market', market)::numeric, 1) AS index FROM market WHERE tcs.scorecard_score('tcs.market', market) > 0 ORDER BY 2 DESC;
SELECT n, factor, value, round(contribution::numeric, 1) AS points, weight, missing FROM visitor, LATERAL tcs.scorecard_explain('tcs.lead', visitor) WHERE n IN (1, 3) ORDER BY n, factor;
SELECT factor, value, gate, gate_open FROM market, LATERAL tcs.scorecard_explain('tcs.market', market) WHERE n = 5 ORDER BY factor;

-- They stay as they are, and nobody makes more of them.
\set VERBOSITY terse
UPDATE tcs.scorecard SET description = 'x' WHERE name = 'tcs.lead';
UPDATE tcs.factor SET weight = 1 WHERE scorecard = 'tcs.lead';
DELETE FROM tcs.factor WHERE scorecard = 'tcs.lead';
DELETE FROM tcs.scorecard WHERE name = 'tcs.lead';
INSERT INTO tcs.factor (scorecard, factor, expression) VALUES ('tcs.lead', 'x', '1');
INSERT INTO tcs.scorecard (name) VALUES ('tcs.mine');
INSERT INTO tcs.scorecard (name) VALUES ('tcs_mine'), ('tcsamine'), ('TCS.mine');
UPDATE tcs.scorecard SET name = 'tcs.mine' WHERE name = 'tcs_mine';
DELETE FROM tcs.scorecard WHERE name IN ('tcs_mine', 'tcsamine', 'TCS.mine');
DROP SCHEMA shipped_scorecards CASCADE;
