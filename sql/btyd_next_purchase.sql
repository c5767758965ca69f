-- Whether and when a customer buys next.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA next_purchase;
SET search_path = next_purchase;
CREATE TABLE model (name text, model jsonb);
INSERT INTO model VALUES
	('mbg/nbd', tcs.btyd_model('mbg/nbd', 0.525, 6.183, 0.891, 1.614, '7 days')),
	('bg/nbd', tcs.btyd_model('bg/nbd', 0.243, 4.414, 0.793, 2.426, '7 days')),
	('pareto/nbd', tcs.btyd_model('pareto/nbd', 0.553, 10.578, 0.606, 11.669, '7 days')),
	('nbd', tcs.btyd_model('nbd', 0.5, 60)),
	('bg/bb', tcs.btyd_model('bg/bb', 1.204, 0.750, 0.657, 2.783, '30 days')),
	('mbg/cnbd-1', tcs.btyd_model('mbg/cnbd-1', 0.525, 43.281, 0.891, 1.614)),
	('mbg/cnbd-3', tcs.btyd_model('mbg/cnbd-3', 3, 60, 0.6, 4)),
	('bg/cnbd-10', tcs.btyd_model('bg/cnbd-10', 8, 24, 0.5, 10));
-- customers of all kinds, on 2024-12-31; none buys twice within 30 days
CREATE TABLE history AS
SELECT c, tcs.purchase_history(date '2024-12-31' - (c % 97) - 31 * n, 10.0, '2024-12-31') AS h
FROM generate_series(1, 200) c, generate_series(1, 1 + c % 12) n GROUP BY c;

-- p_ever is what the chance of a purchase goes to as time goes on, days are there with a rhythm only and in order.
SELECT name, count(*), bool_and(p_ever BETWEEN 0 AND tcs.p_alive(model, h)) AS at_most_alive,
	max(abs(p_ever - 1 + tcs.churn_risk(model, h, '300000 years'))) < 0.05 AS in_the_end,
	count(median) AS days, bool_and(earliest > date '2024-12-31' AND earliest <= median AND median <= latest) AS in_order
FROM model, history, tcs.next_purchase(model, h) GROUP BY name ORDER BY name;

-- Each day is the first by which the chance of a purchase, given that there is one, is so great.
SELECT name, level, count(*), count(*) FILTER (WHERE (1 - tcs.churn_risk(model, h, make_interval(days => day - date '2024-12-31'))) / p_ever < share) AS not_yet,
	count(*) FILTER (WHERE (1 - tcs.churn_risk(model, h, make_interval(days => day - date '2024-12-31' - 1))) / p_ever >= share) AS already
FROM model, history, unnest(ARRAY[0.5, 0.8, 0.95]) AS level, tcs.next_purchase(model, h, level) AS n,
	LATERAL (VALUES (earliest, 0.5 - level / 2), (median, 0.5), (latest, 0.5 + level / 2)) AS v (day, share)
WHERE name LIKE '%cnbd%' AND name <> 'mbg/cnbd-1' GROUP BY name, level ORDER BY name, level;
SELECT bool_and(tcs.next_purchase(model, h) = tcs.next_purchase(model, h, 0.8)) AS four_fifths_unless_given FROM model, history WHERE name = 'mbg/cnbd-3';

-- Monthly orders, two years of them: due on the day of the last month and then late.
SELECT late, round(p_ever::numeric, 3) AS p_ever, earliest, median, latest
FROM model, (VALUES (0), (20), (35), (60), (120)) AS v (late),
	LATERAL (SELECT tcs.purchase_history(day::date, 1.0, date '2024-12-31' + late) AS h FROM generate_series(date '2023-01-11', '2024-12-31', '30 days') AS day) AS s,
	tcs.next_purchase(model, h) WHERE name = 'bg/cnbd-10';

-- Models as they are fitted, at a limit too.
CREATE TABLE orders AS SELECT c, date '2024-12-31' - 720 + (c * 7) % 180 + n * 30 + (c * n * 5) % 7 - 3 AS d, 10.0 AS a
FROM generate_series(1, 300) c, generate_series(0, 24) n WHERE (c * 7) % 180 + n * 30 + 3 < 715 AND (c % 10 >= 3 OR n <= 1 + (c * 11) % 15);
SELECT model->>'model' AS family, (model->>'k')::integer > 1 AS has_rhythm, count(*) > 290 AS most, count(*) FILTER (WHERE p_ever > 0.5) AS likely,
	count(*) FILTER (WHERE p_ever > 0.5 AND median BETWEEN (h).last_day + 20 AND (h).last_day + 50) AS in_a_month
FROM (SELECT tcs.btyd_fit(h, 'auto') AS model FROM (SELECT tcs.purchase_history(d, a, '2024-12-31') AS h FROM orders GROUP BY c) AS s) AS m,
	(SELECT tcs.purchase_history(d, a, '2024-12-31') AS h FROM orders GROUP BY c) AS s, tcs.next_purchase(model, h) GROUP BY 1, 2;

-- Beyond the calendar there is no day, nor without days; what is NULL gives NULL.
CREATE TABLE late AS SELECT tcs.purchase_history(date '5874897-10-20' + 30 * n, 1.0, date '5874897-12-31') AS h FROM generate_series(0, 2) AS n;
SELECT p_ever > 0.9 AS alive, earliest, median, latest FROM model, late, tcs.next_purchase(model, h) WHERE name = 'bg/cnbd-10';
SELECT p_ever > 0.9 AS alive, earliest, median, latest FROM model, tcs.next_purchase(model, tcs.purchase_history(2, 60, 70, 5)) WHERE name = 'bg/cnbd-10';
SELECT tcs.next_purchase(NULL, h), tcs.next_purchase(model, NULL), tcs.next_purchase(model, h, NULL) FROM model, history WHERE name = 'mbg/nbd' AND c = 5;

SELECT tcs.next_purchase(model, h, 1) FROM model, history WHERE c = 5;
SELECT tcs.next_purchase(model, h, 'NaN') FROM model, history WHERE c = 5;
SELECT tcs.next_purchase('{}', h) FROM history WHERE c = 5;
DROP SCHEMA next_purchase CASCADE;
