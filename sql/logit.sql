-- logit_fit, linear_fit and what takes their models: published values, what must
-- hold of any data, and what has no answer.
SET TimeZone = 'UTC';
SET client_min_messages = warning;

-- Spector and Mazzeo, 1980, as Greene prints the logit model.
CREATE TEMP TABLE spector (gpa float8, tuce float8, psi int, grade bool);
INSERT INTO spector
SELECT gpa, tuce, psi, grade = 1
FROM unnest('{2.66,2.89,3.28,2.92,4.00,2.86,2.76,2.87,3.03,3.92,2.63,3.32,3.57,3.26,3.53,2.74,2.75,2.83,3.12,3.16,2.06,3.62,2.89,3.51,3.54,2.83,3.39,2.67,3.65,4.00,3.10,2.39}'::float8[],
	'{20,22,24,12,21,17,17,21,25,29,20,23,23,25,26,19,25,19,23,25,22,28,14,26,24,27,17,24,21,23,21,19}'::float8[],
	'{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1}'::int[],
	'{0,0,0,0,1,0,0,0,0,1,0,0,0,1,0,0,0,0,0,1,0,1,0,0,1,1,1,0,1,1,0,1}'::int[]) AS s(gpa, tuce, psi, grade);
CREATE TEMP TABLE fitted AS SELECT tcs.logit_fit(grade, f, '{"l2": 0}') AS model FROM spector, LATERAL (SELECT gpa, tuce, psi) AS f;
SELECT c.feature, c.is, round(c.coefficient, 6) AS coefficient, round(c.standard_error, 4) AS standard_error
FROM fitted, jsonb_to_recordset(model -> 'columns') AS c(feature text, "is" text, coefficient numeric, standard_error numeric);
SELECT round((model -> 'intercept')::numeric, 6) AS intercept, round((model -> 'intercept_standard_error')::numeric, 4) AS standard_error,
	round((model -> 'log_likelihood')::numeric, 6) AS log_likelihood, model -> 'converged' AS converged, model -> 'customers' AS customers,
	model -> 'rate' AS rate, model -> 'features_left_out' AS features_left_out, model -> 'left_out' AS left_out, model -> 'notes' AS notes FROM fitted;
-- the sum of the chances is that of the outcomes
SELECT round(sum(tcs.logit_score(model, s))::numeric, 9) AS chances FROM fitted, spector AS s;

-- Longley, 1967, to NIST's certified values.
CREATE TEMP TABLE longley (employed float8, deflator float8, gnp float8, unemployed float8, armed float8, population float8, year float8);
INSERT INTO longley VALUES (60323,83.0,234289,2356,1590,107608,1947), (61122,88.5,259426,2325,1456,108632,1948), (60171,88.2,258054,3682,1616,109773,1949),
	(61187,89.5,284599,3351,1650,110929,1950), (63221,96.2,328975,2099,3099,112075,1951), (63639,98.1,346999,1932,3594,113270,1952), (64989,99.0,365385,1870,3547,115094,1953),
	(63761,100.0,363112,3578,3350,116219,1954), (66019,101.2,397469,2904,3048,117388,1955), (67857,104.6,419180,2822,2857,118734,1956), (68169,108.4,442769,2936,2798,120445,1957),
	(66513,110.8,444546,4681,2637,121950,1958), (68655,112.6,482704,3813,2552,123366,1959), (69564,114.2,502601,3931,2514,125368,1960), (69331,115.7,518173,4806,2572,127852,1961),
	(70551,116.9,554894,4007,2827,130081,1962);
SELECT c.feature, abs(c.coefficient / certified - 1) < 1e-9 AND abs(c.standard_error / certified_error - 1) < 1e-9 AS as_certified
FROM (SELECT tcs.linear_fit(employed, f, '{"l2": 0}') AS model FROM longley, LATERAL (SELECT deflator, gnp, unemployed, armed, population, year) AS f) AS m,
	ROWS FROM (jsonb_to_recordset(model -> 'columns') AS (feature text, coefficient float8, standard_error float8),
		unnest('{15.0618722713733,-0.0358191792925910,-2.02022980381683,-1.03322686717359,-0.0511041056535807,1829.15146461355}'::float8[]),
		unnest('{84.9149257747669,0.0334910077722432,0.488399681651699,0.214274163161675,0.226073200069370,455.478499142212}'::float8[])) AS c(feature, coefficient, standard_error, certified, certified_error);
SELECT abs((model ->> 'residual_standard_error')::float8 / 304.854073561965 - 1) < 1e-10 AS as_certified, (model #>> '{folds,r_squared}')::float8 > 0.9 AS holds_on_folds
FROM (SELECT tcs.linear_fit(employed, f, '{"l2": 0}') AS model FROM longley, LATERAL (SELECT deflator, gnp, unemployed, armed, population, year) AS f) AS m;

-- Customers of every kind of feature, a tenth of each not known.
CREATE TYPE tier AS ENUM ('basic', 'gold', 'silver');
CREATE TABLE leads (id int, visits int, spend float8, country text, "Open Cases" smallint, vip bool, joined date, seen timestamp,
	mailed timestamptz, tenure interval, quota numeric, tier tier, won bool, worth float8);
SELECT setseed(0.5);
INSERT INTO leads
SELECT id, 20 * random() ^ 2, CASE WHEN random() < 0.05 THEN 'NaN' WHEN random() > 0.1 THEN exp(5 * random()) END,
	CASE WHEN random() > 0.1 THEN ('{DE,FR,US,"it''s","C:\\x",""}'::text[])[1 + floor(6 * random())::int] END, CASE WHEN random() > 0.1 THEN 3 * random() END,
	CASE WHEN random() > 0.1 THEN random() < 0.3 END, CASE WHEN random() > 0.1 THEN date '2024-01-01' + (500 * random())::int END,
	CASE WHEN random() > 0.1 THEN timestamp '2024-01-01' + random() * interval '400 days' END, CASE WHEN random() > 0.1 THEN timestamptz '2024-01-01 UTC' + random() * interval '400 days' END,
	CASE WHEN random() > 0.1 THEN make_interval(years => (2 * random())::int, months => (11 * random())::int, days => (40 * random())::int, secs => 1e5 * random()) END,
	CASE WHEN random() > 0.1 THEN round((1000 * random())::numeric, 3) END, CASE WHEN random() > 0.1 THEN (enum_range(NULL::tier))[1 + floor(3 * random())::int] END
FROM generate_series(1, 2000) AS id;
UPDATE leads SET worth = 100 + 3 * visits + coalesce(nullif(spend, 'NaN'), 50) + CASE tier WHEN 'gold' THEN 200 ELSE 0 END + 10 * random(),
	won = random() < 1 / (1 + exp(-(-3 + 0.2 * visits + 0.01 * coalesce(nullif(spend, 'NaN'), 100) + CASE country WHEN 'DE' THEN 1.5 WHEN 'FR' THEN -1 ELSE 0 END + coalesce(vip::int, 2))));
CREATE TABLE models AS
SELECT tcs.logit_fit(won, f, '{"without": ["id", "won", "worth"]}') AS chances, tcs.linear_fit(worth, f, '{"without": ["id", "won", "worth"], "l2": [1, 5], "l1": [0, 20]}') AS worths FROM leads AS f;
SELECT chances -> 'penalty' -> 'chosen' AS chosen, (chances #>> '{folds,auc}')::float8 BETWEEN 0.78 AND 0.9 AS auc, (chances #>> '{folds,brier}')::float8 < 0.19 AS brier, jsonb_array_length(chances #> '{folds,auc_of_each}') AS folds,
	jsonb_array_length(worths #> '{penalty,compared}') AS pairs, (worths #>> '{folds,r_squared}')::float8 > 0.9 AS r_squared, chances -> 'notes' AS notes, worths -> 'features_left_out' AS left_out FROM models;
SELECT c.feature, c.is, c.level, sign(c.coefficient), c.standard_error > 0 AS has_error
FROM models, jsonb_to_recordset(chances -> 'columns') AS c(feature text, "is" text, level text, coefficient float8, standard_error float8) WHERE feature IN ('visits', 'spend', 'country', 'vip') ORDER BY 1, 2, 3;

-- The text of a model says the same without the extension.
SELECT tcs.logit_sql(chances) AS chance_sql, tcs.logit_sql(worths) AS worth_sql FROM models \gset
SELECT count(*) AS customers, max(abs(tcs.logit_score(chances, l) - (:chance_sql))) < 1e-12 AS same_chance, max(abs(tcs.linear_score(worths, l) / (:worth_sql) - 1)) < 1e-12 AS same_worth FROM leads AS l, models;
-- and so do its reasons, and the columns may come in any order
SELECT count(*) FILTER (WHERE abs(ln(s.chance / (1 - s.chance)) - e.odds) > 1e-11 OR abs(s.worth - e.worth) > 1e-9 * s.worth OR s.again IS DISTINCT FROM s.chance) AS differ, min(e.features) AS features
FROM (SELECT l, m.chances AS model, m.worths AS other, tcs.logit_score(m.chances, l) AS chance, tcs.linear_score(m.worths, l) AS worth, tcs.logit_score(m.chances, r) AS again
	FROM leads AS l, models AS m, LATERAL (SELECT l.tier, l.quota, l.tenure, l.mailed, l.seen, l.joined, l.vip, l."Open Cases", l.country, l.spend, l.visits) AS r WHERE l.id <= 300) AS s,
	LATERAL (SELECT (SELECT sum(contribution) FROM tcs.logit_explain(model, l)) AS odds, (SELECT sum(contribution) FROM tcs.logit_explain(other, l)) AS worth, (SELECT count(*) FROM tcs.logit_explain(model, l)) AS features) AS e;
SELECT feature, value, round(contribution::numeric, 2) AS contribution, description
FROM (VALUES ('{"psi": 1, "gpa": 3.1171875, "tuce": null}'::jsonb)) AS v(j), LATERAL jsonb_to_record(j) AS r(gpa float8, tuce float8, psi int), fitted, tcs.logit_explain(model, r);
SELECT feature, value, description FROM models, (VALUES (date '2025-01-31', timestamp '2025-01-31 12:30', timestamptz '2025-01-31 12:30+02', interval '1 year 1 day', true, 'gold', 'XX')) AS r(joined, seen, mailed, tenure, vip, tier, country),
	LATERAL (SELECT r.*, NULL::int AS visits, 1.5 AS spend, 2 AS "Open Cases", 0.1 AS quota) AS s, LATERAL (SELECT feature, value, regexp_replace(description, '[0-9][-0-9.e]*', '#', 'g') AS description FROM tcs.logit_explain(chances, s)) AS e ORDER BY 1;

-- As a scorecard it puts customers in the same order; its description makes a chance of an index.
SELECT tcs.scorecard_put('learned', tcs.logit_scorecard(chances)), tcs.scorecard_put('worth', tcs.logit_scorecard(worths)) FROM models;
SELECT count(*) FILTER (WHERE card < before - 1e-10) AS out_of_order, max(abs(odds - again)) < 1e-10 AS same_odds
FROM (SELECT tcs.scorecard_score('learned', l) AS card, lag(tcs.scorecard_score('learned', l)) OVER (ORDER BY tcs.logit_score(chances, l)) AS before, ln(s / (1 - s)) AS odds,
		(regexp_match(description, '-\(([-0-9.e]+) \+'))[1]::float8 + (regexp_match(description, '([-0-9.e]+) \* index'))[1]::float8 * tcs.scorecard_score('learned', l) AS again
	FROM leads AS l, models, tcs.scorecard, LATERAL (SELECT tcs.logit_score(chances, l) AS s) AS s WHERE name = 'learned') AS q;
SELECT count(*) FILTER (WHERE card < before - 1e-10) AS out_of_order FROM (SELECT tcs.scorecard_score('worth', l) AS card, lag(tcs.scorecard_score('worth', l)) OVER (ORDER BY tcs.linear_score(worths, l)) AS before FROM leads AS l, models) AS q;
SELECT severity, finding, count(*) FROM tcs.scorecard_check('learned', 'leads') WHERE severity IN ('error', 'warning') GROUP BY 1, 2;
-- a value beyond what was seen counts as the nearest one that was: the index then stands still
SELECT tcs.logit_score(chances, a) < tcs.logit_score(chances, b) AS chance_rises, tcs.scorecard_score('learned', a) = tcs.scorecard_score('learned', b) AS index_stands
FROM models, (SELECT 100 AS visits, l.* FROM (SELECT spend, country, "Open Cases", vip, joined, seen, mailed, tenure, quota, tier FROM leads WHERE id = 7) AS l) AS a,
	(SELECT 200 AS visits, l.* FROM (SELECT spend, country, "Open Cases", vip, joined, seen, mailed, tenure, quota, tier FROM leads WHERE id = 7) AS l) AS b;
SELECT factor, regexp_replace(expression, '[0-9]+\.[0-9]+', '#') AS expression, lo > hi AS turned FROM tcs.factor WHERE scorecard = 'learned' AND factor IN ('visits', 'spend', 'country: it''s', 'country: missing', 'tier: gold', 'Open Cases') ORDER BY 1;
DELETE FROM tcs.scorecard WHERE name IN ('learned', 'worth');

-- The order of rows and the number of workers do not show, nor how a row is made.
CREATE TABLE shuffled AS SELECT * FROM leads ORDER BY md5(id::text);
SELECT count(DISTINCT m) AS models FROM (SELECT tcs.logit_fit(won, f) AS m FROM leads, LATERAL (SELECT visits, spend, country, vip, tier, mailed) AS f
	UNION ALL SELECT tcs.logit_fit(won, f) FROM shuffled, LATERAL (SELECT visits, spend, country, vip, tier, mailed) AS f
	UNION ALL SELECT tcs.logit_fit(won, f ORDER BY leads.spend, id) FROM leads, LATERAL (SELECT visits, spend, country, vip, tier, mailed) AS f) AS q;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 3;
SELECT parallel = serial AS same FROM (SELECT tcs.logit_fit(won, f, '{"without": ["id", "won", "worth"]}') AS parallel FROM leads AS f) AS q, (SELECT chances AS serial FROM models OFFSET 0) AS m;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;
-- a window frame calls the final function again and again
SELECT bool_and(m = last) AS same FROM (SELECT tcs.logit_fit(won, f, '{"l2": 1}') OVER (ORDER BY id) AS m, tcs.logit_fit(won, f, '{"l2": 1}') OVER () AS last, id FROM leads, LATERAL (SELECT visits, vip) AS f WHERE id <= 40) AS q WHERE id = 40;

-- A row that counts twice is two rows; rare outcomes weighed up leave the chances what they are.
SELECT max(abs(tcs.logit_score(twice, l) - tcs.logit_score(two, l))) < 1e-9 AS same
FROM (SELECT tcs.logit_fit(won, f, '{"weight": "n", "l2": 3}') FROM leads, LATERAL (SELECT 1 + id % 2 AS n, visits, country) AS f) AS a(twice),
	(SELECT tcs.logit_fit(won, f, '{"l2": 3}') FROM leads, generate_series(1, 1 + id % 2), LATERAL (SELECT visits, country) AS f) AS b(two), leads AS l;
SELECT (SELECT avg(tcs.logit_score(balanced, l)) BETWEEN 0.8 * (plain ->> 'rate')::float8 AND 1.25 * (plain ->> 'rate')::float8 FROM leads AS l) AS still_chances,
	(balanced #>> '{folds,log_loss}')::float8 < 1.1 * (plain #>> '{folds,log_loss}')::float8 AS not_worse
FROM (SELECT tcs.logit_fit(won AND visits > 12, f) AS plain, tcs.logit_fit(won AND visits > 12, f, '{"balance": true}') AS balanced FROM leads, LATERAL (SELECT spend, vip, country) AS f) AS m;
-- an l1 leaves coefficients out
SELECT count(*) FILTER (WHERE coefficient = 0) > 5 AS left_out, count(*) FILTER (WHERE standard_error IS NOT NULL) AS with_error
FROM (SELECT tcs.logit_fit(won, f, '{"l1": 30, "l2": 1, "without": ["id", "won", "worth"]}') AS m FROM leads AS f) AS m, jsonb_to_recordset(m -> 'columns') AS c(coefficient float8, standard_error float8);

-- What tells nothing is left out, what tells too much is warned of.
SELECT m -> 'features_left_out' AS left_out, m -> 'notes' AS notes
FROM (SELECT tcs.logit_fit(won, f, '{"l2": 0}') AS m FROM leads, LATERAL (SELECT 7 AS seven, NULL::text AS nothing, visits, 2 * visits + 1 AS twice, visits + "Open Cases" AS both, "Open Cases", id, won::text AS told, md5(id::text) AS hash) AS f) AS q;
SELECT (m ->> 'intercept')::float8 = 1 AS even, m -> 'notes' AS notes, m -> 'columns' AS columns FROM (SELECT tcs.linear_fit(v, f) AS m FROM (VALUES (0), (2), (1), (1)) AS v(v), LATERAL (SELECT 1 AS one) AS f) AS q;

-- Too few rows, one outcome, outcomes told for certain: a model with a note.
SELECT n, round((m ->> 'intercept')::numeric, 4) AS intercept, m -> 'converged' AS converged, m -> 'folds' AS folds, m -> 'notes' AS notes
FROM (SELECT n, tcs.logit_fit(id % 2 = 0, f) AS m FROM generate_series(1, 3) AS n, generate_series(1, n) AS id, LATERAL (SELECT id * id AS x, id::text AS name) AS f GROUP BY n ORDER BY n) AS q;
SELECT m -> 'converged' AS converged, round((m ->> 'intercept')::numeric, 6) = round(ln(100.5 / 0.5)::numeric, 6) AS half_a_row, m -> 'notes' AS notes FROM (SELECT tcs.logit_fit(true, f) AS m FROM generate_series(1, 100) AS i, LATERAL (SELECT i % 7 AS x) AS f) AS q;
SELECT p, m -> 'converged' AS converged, m -> 'notes' AS notes, (m #>> '{columns,0,coefficient}')::float8 > 0 AS rises, m #> '{columns,0,standard_error}' = 'null' AS no_error
FROM (VALUES (0), (1)) AS p(p), LATERAL (SELECT tcs.logit_fit(i > 50, f, jsonb_build_object('l2', p)) AS m FROM generate_series(1, 100) AS i, LATERAL (SELECT i AS x) AS f) AS q;
SELECT tcs.logit_fit(won, f) IS NULL AS none FROM leads, LATERAL (SELECT visits) AS f WHERE false;
SELECT tcs.logit_fit(NULL::bool, f) IS NULL AS none FROM leads, LATERAL (SELECT visits) AS f;
SELECT m -> 'customers' AS customers, m -> 'left_out' AS left_out FROM (SELECT tcs.linear_fit(nullif(y, 3), CASE WHEN y <> 4 THEN f END) AS m FROM (VALUES (1), (2), (3), (4), ('NaN'::float8), (0), (2)) AS v(y), LATERAL (SELECT y ^ 2 AS x WHERE y = y) AS f) AS q;

-- Scoring: new levels, missing values, other types, columns that are not there.
SELECT tcs.logit_score(chances, a) = tcs.logit_score(chances, b) AS new_level_is_other, tcs.logit_score(chances, c) IS NOT NULL AS missing_is_known
FROM models, (SELECT l.visits, l.spend, 'Mars' AS country, l."Open Cases", l.vip, l.joined, l.seen, l.mailed, l.tenure, l.quota, l.tier FROM leads AS l WHERE id = 1) AS a,
	(SELECT l.visits::numeric, l.spend::numeric, 'Venus'::varchar AS country, l."Open Cases"::bigint, l.vip, l.joined::timestamp, l.seen, l.mailed, l.tenure, l.quota, l.tier::text FROM leads AS l WHERE id = 1) AS b,
	(SELECT NULL::int AS visits, 'NaN'::float8 AS spend, NULL::text AS country, NULL::int AS "Open Cases", NULL::bool AS vip, NULL::date AS joined, NULL::timestamp AS seen, NULL::timestamptz AS mailed, NULL::interval AS tenure, NULL::numeric AS quota, NULL::tier AS tier) AS c;
SELECT tcs.logit_score(chances, NULL::leads) IS NULL AND tcs.logit_score(NULL, l) IS NULL AS null_for_null FROM models, leads AS l WHERE id = 1;
SELECT tcs.logit_score(model, r) FROM fitted, (SELECT 3.0 AS gpa, 20 AS tuce) AS r;
SELECT tcs.logit_score(model, r) FROM fitted, (SELECT 3.0 AS gpa, 20 AS tuce, 'yes' AS psi) AS r;
SELECT tcs.logit_score(model, r) FROM fitted, (SELECT 'Infinity'::float8 AS gpa, 20 AS tuce, 1 AS psi) AS r;
SELECT tcs.logit_score(model, gpa) FROM fitted, spector;
SELECT tcs.linear_score(model, s) FROM fitted, spector AS s;
SELECT tcs.logit_score(worths, l) FROM models, leads AS l;
SELECT tcs.logit_score('{"model": "mbg/nbd", "version": 1}', l) FROM leads AS l;
SELECT tcs.logit_score('[]', l) FROM leads AS l;
SELECT tcs.logit_score(jsonb_set(model, '{columns,0,coefficient}', '1e308'), r) FROM fitted, (SELECT 1e300 AS gpa, 20 AS tuce, 1 AS psi) AS r;

-- Models that no fit returned.
\set VERBOSITY terse
CREATE FUNCTION pg_temp.try(model jsonb) RETURNS TABLE (call text, says text) LANGUAGE plpgsql AS $$
DECLARE
	c text;
BEGIN
	FOREACH c IN ARRAY '{logit_score,logit_sql,logit_scorecard}'::text[] LOOP
		call := c;
		BEGIN
			IF c = 'logit_score' THEN
				says := (SELECT tcs.logit_score(model, s) FROM spector AS s LIMIT 1);
			ELSIF c = 'logit_sql' THEN
				says := tcs.logit_sql(model);
			ELSE
				says := tcs.logit_scorecard(model);
			END IF;
			says := left(says, 10);
		EXCEPTION WHEN OTHERS THEN
			says := SQLSTATE || ' ' || SQLERRM;
		END;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT what, string_agg(DISTINCT says, ' | ' ORDER BY says) AS says
FROM fitted, LATERAL (VALUES ('no columns', model - 'columns'), ('no features', model - 'features'), ('no intercept', model - 'intercept'), ('no coefficient', model #- '{columns,1,coefficient}'),
	('a text', jsonb_set(model, '{columns,1,coefficient}', '"1"')), ('too large', jsonb_set(model, '{columns,1,coefficient}', '1e400')), ('another feature', jsonb_set(model, '{columns,1,feature}', '"x"')),
	('columns no array', jsonb_set(model, '{columns}', '{}')), ('another version', jsonb_set(model, '{version}', '2')), ('a level of a number', jsonb_set(model, '{columns,1,is}', '"level"')), ('twice', jsonb_set(model, '{features,1,name}', '"gpa"'))) AS v(what, given), LATERAL pg_temp.try(given)
GROUP BY what ORDER BY what COLLATE "C";
SELECT says FROM fitted, pg_temp.try(jsonb_set(model, '{features,0,greatest}', 'null')) ORDER BY call;
SELECT says FROM fitted, pg_temp.try(jsonb_set(jsonb_set(model, '{features,0,greatest}', '1e308'), '{columns,0,coefficient}', '1e10')) ORDER BY call;
\set VERBOSITY default

-- Options.
SELECT tcs.logit_fit(won, f, '{"lambda": 1}') FROM leads AS f;
SELECT tcs.linear_fit(worth, f, '{"balance": true}') FROM leads AS f;
SELECT tcs.logit_fit(won, f, '{"l2": -1}') FROM leads AS f;
SELECT tcs.logit_fit(won, f, '{"l1": "much"}') FROM leads AS f;
SELECT tcs.logit_fit(won, f, '{"folds": 1}') FROM leads AS f;
SELECT tcs.logit_fit(won, f, '[]') FROM leads AS f;
SELECT tcs.logit_fit(won, f, jsonb_build_object('l2', id % 2)) FROM leads AS f;
SELECT tcs.logit_fit(won, visits) FROM leads;
SELECT tcs.linear_fit('Infinity', f) FROM leads AS f;
SELECT tcs.logit_fit(won, f) FROM leads, LATERAL (SELECT '{1}'::int[] AS list) AS f;
SELECT tcs.logit_fit(won, f, NULL) = tcs.logit_fit(won, f) AS same FROM leads, LATERAL (SELECT visits, vip) AS f;

-- Numbers at the ends of their range.
SELECT m -> 'converged' AS converged, m -> 'notes' AS notes FROM (SELECT tcs.logit_fit(i % 3 = 0, f) AS m FROM generate_series(1, 60) AS i, LATERAL (SELECT CASE WHEN i % 2 = 0 THEN 1e308 ELSE -1e308 END AS x) AS f) AS q;
SELECT m -> 'converged' AS converged, (m ->> 'intercept')::float8 IS NOT NULL AS has_intercept FROM (SELECT tcs.linear_fit(y, f) AS m FROM (VALUES (1e308, 1), (-1e308, 2), (1e308, 3), (0, 4), (1, 5)) AS v(y, x), LATERAL (SELECT x) AS f) AS q;
SELECT m -> 'converged' AS converged FROM (SELECT tcs.logit_fit(i % 3 = 0, f) AS m FROM generate_series(1, 60) AS i, LATERAL (SELECT i * 1e-300 AS x, 1e15 + i AS y) AS f) AS q;

SET tcs.fit_memory = '64kB';
SELECT tcs.logit_fit(won, f) FROM leads AS f;
RESET tcs.fit_memory;
DROP TABLE leads, models, shuffled;
DROP TYPE tier;
