-- A customer on later days, and the day on which the risk reaches a level.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA risk_date;
SET search_path = risk_date;
CREATE TABLE model (name text, model jsonb);
INSERT INTO model VALUES
	('mbg/nbd', tcs.btyd_model('mbg/nbd', 0.525, 6.183, 0.891, 1.614, '7 days')),
	('bg/nbd', tcs.btyd_model('bg/nbd', 0.243, 4.414, 0.793, 2.426, '7 days')),
	('pareto/nbd', tcs.btyd_model('pareto/nbd', 0.553, 10.578, 0.606, 11.669, '7 days'));
-- customers of all kinds, on 2024-12-31
CREATE TABLE history AS
SELECT c, tcs.purchase_history(date '2024-12-31' - (1 + (c * 37 + n * n * 11 + n * (c % 13) * 7) % 700), 10.0, '2024-12-31') AS h
FROM generate_series(1, 200) c, generate_series(1, 1 + c % 12) n GROUP BY c;

-- A later day is the history of that day, if nothing is bought.
CREATE FUNCTION later(h tcs.purchase_history, days integer) RETURNS tcs.purchase_history IMMUTABLE LANGUAGE sql AS
$$ SELECT tcs.purchase_history(date '2000-01-01' + d, 1.0, (date '2000-01-01' + (h).t::integer + days))
	FROM (SELECT 0 AS d UNION SELECT (h).t_x::integer UNION SELECT generate_series(1, (h).x - 1)) AS day (d) $$;
SELECT name, count(*), bool_and((l).x = (h).x AND (l).t_x = (h).t_x AND (l).t = (h).t + d) AS is_later,
	bool_and(tcs.p_alive(model, h, make_interval(days => d)) = tcs.p_alive(model, l)) AS alive,
	bool_and(tcs.churn_risk(model, h, '90 days', make_interval(days => d)) = tcs.churn_risk(model, l, '90 days')) AS risk,
	bool_and(tcs.expected_purchases(model, h, '90 days', make_interval(days => d)) = tcs.expected_purchases(model, l, '90 days')) AS expected
FROM model, history, unnest(ARRAY[0, 1, 30, 400]) AS d, later(h, d) AS l
WHERE (h).t_x >= (h).x GROUP BY name ORDER BY name;
SELECT name, count(*) FILTER (WHERE tcs.p_alive(model, h, '1 month') <> tcs.p_alive(model, h, '30.4375 days')) AS other_months,
	bool_and(tcs.p_alive(model, h, '60 days') <= tcs.p_alive(model, h)) AS falls FROM model, history GROUP BY name ORDER BY name;

-- Of all days, the first on which the risk is reached.
SELECT name, count(*), count(*) FILTER (WHERE day = '2024-12-31') AS at_once, min(day) >= '2024-12-31' AS not_before,
	bool_and(tcs.churn_risk(model, h, '90 days', make_interval(days => day - date '2024-12-31')) >= level) AS reached,
	bool_and(day = '2024-12-31' OR tcs.churn_risk(model, h, '90 days', make_interval(days => day - date '2024-12-31' - 1)) < level) AS not_yet
FROM model, history, unnest(ARRAY[0.3, 0.5, 0.9, 0.99]) AS level, tcs.risk_date(model, h, '90 days', level) AS day
GROUP BY name ORDER BY name;
SELECT name, count(*) FILTER (WHERE tcs.risk_date(model, h, '90 days', 0.9) IS DISTINCT FROM
	(SELECT min(date '2024-12-31' + d) FROM generate_series(0, 2000) AS d WHERE tcs.churn_risk(model, h, '90 days', make_interval(days => d)) >= 0.9))
	AS other_than_day_by_day FROM model, history WHERE c <= 40 GROUP BY name ORDER BY name;
SELECT name, bool_and(tcs.risk_date(model, h, '90 days') = tcs.risk_date(model, h, '90 days', 0.5)) AS half_unless_given FROM model, history GROUP BY name ORDER BY name;

-- With a rhythm the risk falls until the next purchase is due, and rises after it: the first day is still that of all.
SELECT k, count(*) FILTER (WHERE tcs.risk_date(model, h, '30 days', level) IS DISTINCT FROM
	(SELECT min(date '2026-01-01' + d) FROM generate_series(0, 1000) AS d WHERE tcs.churn_risk(model, h, '30 days', make_interval(days => d)) >= level))
	AS other_than_day_by_day, count(*) FILTER (WHERE tcs.churn_risk(model, h, '30 days', '10 days') < tcs.churn_risk(model, h, '30 days')) > 0 AS falls_first
FROM generate_series(1, 12, 5) AS k, LATERAL (SELECT tcs.btyd_model('mbg/cnbd-' || k, 8, 240.0 / k, 0.5, 10)) AS m (model),
	(SELECT tcs.purchase_history(day::date, 1.0, '2026-01-01') AS h FROM generate_series(0, 40, 5) AS n, generate_series(date '2024-01-01', date '2026-01-01' - n, '30 days') AS day GROUP BY n) AS s,
	unnest(ARRAY[0.1, 0.5, 0.9]) AS level
GROUP BY k ORDER BY k;

-- Even who never leaves stays away for long enough some day; a day beyond the calendar is none.
SELECT tcs.risk_date(tcs.btyd_model('nbd', 0.5, 60), h, '90 days', 0.99) AS day, tcs.p_alive(tcs.btyd_model('nbd', 0.5, 60), h, '20 years') AS alive FROM history WHERE c = 8;
CREATE TABLE late AS SELECT tcs.purchase_history(date '5874890-01-01', 1.0, date '5874897-12-01') AS h;
SELECT level, tcs.risk_date(tcs.btyd_model('nbd', 0.5, 60), h, '1 year', level) FROM late, unnest(ARRAY[0.05, 0.48, 0.97, 0.9999]) AS level;
-- Without days there is no day.
SELECT tcs.risk_date(model, tcs.purchase_history(2, 30, 60, 5), '90 days') AS no_day, tcs.p_alive(model, tcs.purchase_history(2, 30, 60, 5), '0 days') = tcs.p_alive(model, tcs.purchase_history(2, 30, 60, 5)) AS alive FROM model WHERE name = 'mbg/nbd';
SELECT tcs.risk_date(NULL, h, '90 days', 0.5), tcs.risk_date(model, NULL, '90 days', 0.5), tcs.risk_date(model, h, NULL, 0.5), tcs.risk_date(model, h, '90 days', NULL),
	tcs.p_alive(model, h, NULL), tcs.churn_risk(model, h, '90 days', NULL), tcs.expected_purchases(model, h, NULL, '1 day') FROM model, history WHERE name = 'mbg/nbd' AND c = 5;

SELECT tcs.risk_date(model, h, '90 days', 1) FROM model, history WHERE c = 5;
SELECT tcs.risk_date(model, h, '90 days', 0) FROM model, history WHERE c = 5;
SELECT tcs.risk_date(model, h, '90 days', 'NaN') FROM model, history WHERE c = 5;
SELECT tcs.risk_date(model, h, '-90 days', 0.5) FROM model, history WHERE c = 5;
SELECT tcs.p_alive(model, h, '-1 day') FROM model, history WHERE c = 5;
SELECT tcs.p_alive(model, h, '178956970 years') FROM model, history WHERE c = 5 AND name = 'mbg/nbd';
SELECT tcs.risk_date('{}', h, '90 days', 0.5) FROM history WHERE c = 5;
DROP SCHEMA risk_date CASCADE;
