-- What models of repeat purchases say about one customer.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS p_alive CASCADE;
CREATE SCHEMA p_alive;
RESET client_min_messages;
SET search_path = p_alive;

-- A customer by weeks, as the papers count.
CREATE FUNCTION customer(x integer, t_x float8, t float8, m_x float8 DEFAULT 0) RETURNS tcs.purchase_history
LANGUAGE sql IMMUTABLE AS
$$SELECT ROW(x + 1, 0, '1997-01-01', '1997-01-01', x, 7 * t_x, 7 * t, m_x, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history$$;
CREATE TABLE model AS
SELECT name, tcs.btyd_model(name, r, alpha, a, b, '7 days') AS model
FROM (VALUES ('bg/nbd', 0.243, 4.414, 0.793, 2.426), ('mbg/nbd', 0.525, 6.183, 0.891, 1.614),
	('pareto/nbd', 0.553, 10.578, 0.606, 11.669)) AS m (name, r, alpha, a, b);

-- The customer of Fader, Hardie and Lee (2005) with x = 2, t_x = 30.43, T =
-- 38.86: 1.226 purchases are expected in 39 weeks (bg/nbd).  The others follow from the
-- definitions, integrated in 25 digits (test/math/btyd_reference.py).
SELECT name, round(tcs.p_alive(model, h)::numeric, 4) AS p_alive,
	round(tcs.expected_purchases(model, h, '273 days')::numeric, 3) AS expected,
	round(tcs.churn_risk(model, h, '273 days')::numeric, 4) AS churn_risk,
	tcs.purchases_interval(model, h, '273 days') AS "90 %",
	tcs.purchases_interval(model, h, '273 days', 0.5) AS "50 %"
FROM model, customer(2, 30.43, 38.86) AS h ORDER BY name;

-- Discounted at ln 1.15 / 52 a week, as in "RFM and CLV".
SELECT name, round(tcs.dert(model, h, 1.15 ^ (365.25 / 364) - 1)::numeric, 3) AS dert
FROM model, customer(2, 30.43, 38.86) AS h ORDER BY name;

-- Without repeat purchases bg/nbd is sure of life, which is not the same as
-- sure of a purchase.
SELECT name, tcs.p_alive(model, h) = 1 AS certain, tcs.churn_risk(model, h, '1 year') > 0.5 AS unlikely_to_buy
FROM model, customer(0, 0, 38.86) AS h ORDER BY name;

-- One who bought today: mbg/nbd and bg/nbd leave room for a last purchase.
SELECT name, tcs.p_alive(model, h) = 1 AS certain FROM model, customer(3, 38, 38) AS h ORDER BY name;

-- A horizon of nothing; horizons are added up in days.
SELECT name, tcs.expected_purchases(model, h, '0') AS expected, tcs.churn_risk(model, h, '0') AS churn_risk,
	tcs.purchases_interval(model, h, '0') AS purchases,
	tcs.expected_purchases(model, h, '1 month -10 days') = tcs.expected_purchases(model, h, '490.5 hours') AS same
FROM model, customer(2, 30.43, 38.86) AS h ORDER BY name;

-- Over all time: the sum over ever longer horizons; without a discount where a or s is above 1.
SELECT name, abs(tcs.dert(m, h) / tcs.expected_purchases(m, h, '100000000 years') - 1) < 1e-6 AS same
FROM (VALUES ('bg/nbd'), ('mbg/nbd'), ('pareto/nbd')) AS f (name), tcs.btyd_model(name, 0.5, 30, 2.5, 3) AS m,
	customer(4, 30, 38) AS h ORDER BY name;

-- The interval holds what it says: P(N <= upper) >= 0.95 > P(N <= upper - 1), where
-- P(N = 0) is churn_risk.
SELECT name, count(*) AS customers,
	bool_and(CASE WHEN tcs.churn_risk(model, h, '90 days') >= 0.05 THEN lower_bound = 0 ELSE lower_bound > 0 END) AS lower_fits,
	bool_and(CASE WHEN tcs.churn_risk(model, h, '90 days') >= 0.95 THEN upper_bound = 0 ELSE upper_bound > 0 END) AS upper_fits,
	bool_and(upper_bound >= lower_bound AND upper_bound = floor(upper_bound)) AS whole
FROM model, generate_series(0, 40, 2) AS x, generate_series(1, 30, 7) AS t_x,
	customer(x, CASE WHEN x > 0 THEN t_x ELSE 0 END, 31) AS h, tcs.purchases_interval(model, h, '90 days')
GROUP BY name ORDER BY name;

-- Frequent buyers, very long horizons and very unlike parameters give numbers.
SELECT name, x, bool_and(tcs.p_alive(m, h) BETWEEN 0 AND 1) AS alive,
	bool_and(tcs.churn_risk(m, h, horizon) BETWEEN 0 AND 1) AS risk,
	bool_and(tcs.expected_purchases(m, h, horizon) >= 0) AS expected,
	bool_and((tcs.purchases_interval(m, h, horizon)).lower_bound >= 0) AS interval
FROM (VALUES ('bg/nbd'), ('mbg/nbd'), ('pareto/nbd')) AS f (name),
	(VALUES (0), (1), (500), (100000), (2147483647)) AS c (x),
	(VALUES (interval '1 day'), ('1 year'), ('100000 years')) AS p (horizon),
	(VALUES (1e-300, 1e300), (1e-5, 1e-5), (1, 1), (1e5, 1e-200)) AS q (r, a),
	tcs.btyd_model(name, r, 1e3, a, 5) AS m,
	LATERAL (SELECT ROW(1, 0, '1997-01-01', '1997-01-01', x, least(x, 900), 1e4, 0, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history AS h) AS h
GROUP BY name, x ORDER BY name, x;

-- Nothing known, nothing said.
SELECT tcs.p_alive(NULL, h), tcs.p_alive(model, NULL), tcs.expected_purchases(model, h, NULL),
	tcs.churn_risk(model, NULL::tcs.purchase_history, '1 day'), tcs.purchases_interval(model, h, '1 day', NULL), tcs.dert(model, h, NULL)
FROM model, customer(2, 3, 4) AS h WHERE name = 'bg/nbd';
SELECT tcs.p_alive(model, h), tcs.expected_purchases(model, h, '1 day'), tcs.churn_risk(model, h, '1 day'),
	tcs.purchases_interval(model, h, '1 day'), tcs.dert(model, h, 0.1)
FROM model, LATERAL (SELECT ROW(1, 0, NULL, NULL, 1, NULL, 5, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history AS h) AS h
WHERE name = 'bg/nbd';

-- The model may change from row to row.
SELECT bool_and(p_alive = tcs.p_alive(tcs.btyd_model('bg/nbd', 0.2 + i % 3, 5, 1, 2), customer(2, 3, 9))) AS same
FROM generate_series(1, 30) AS i,
	LATERAL (SELECT tcs.p_alive(tcs.btyd_model('bg/nbd', 0.2 + i % 3, 5, 1, 2), customer(2, 3, 9))) AS p (p_alive);

-- What is refused: each statement, and with what.
CREATE FUNCTION refused(statement text) RETURNS text
LANGUAGE plpgsql AS
$$
DECLARE
	said text;
	tip text;
	state text;
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, tip = PG_EXCEPTION_HINT, state = RETURNED_SQLSTATE;
	RETURN concat_ws(' | ', state, said, nullif(tip, ''));
END
$$;
\pset format unaligned
SELECT horizon, refused(format('SELECT tcs.%s(model, p_alive.customer(2, 3, 4), %L) FROM p_alive.model', function, horizon))
FROM (VALUES ('expected_purchases'), ('churn_risk'), ('purchases_interval')) AS f (function),
	(VALUES ('-1 day'), ('1 month -31 days')) AS h (horizon) ORDER BY function, horizon;
SELECT refused($$SELECT tcs.purchases_interval(model, p_alive.customer(2, 3, 4), '1 day', 1) FROM p_alive.model$$);
SELECT refused($$SELECT tcs.purchases_interval(model, p_alive.customer(2, 3, 4), '1 day', 'NaN') FROM p_alive.model$$);
SELECT discount, refused(format($$SELECT tcs.dert(model, p_alive.customer(2, 3, 4), %L) FROM p_alive.model WHERE name = 'bg/nbd'$$, discount))
FROM (VALUES ('-1'), ('-2'), ('NaN'), ('Infinity'), ('-0.5'), ('0')) AS d (discount);
SELECT model, refused(format('SELECT tcs.p_alive(%L, p_alive.customer(2, 3, 4))', model))
FROM (VALUES ('{}'), ('[]'), ('null'), ('{"model": "gamma-gamma", "version": 1, "p": 1, "q": 2, "v": 3}'),
	('{"model": "bg/nbd", "version": 1, "r": 1, "alpha": 1, "a": 1}'),
	('{"model": "bg/nbd", "version": 1, "r": 0, "alpha": 1, "a": 1, "b": 1}'),
	('{"model": "bg/nbd", "version": 1, "r": 1, "alpha": -1, "a": 1, "b": 1}'),
	('{"model": "bg/nbd", "version": 1, "r": 1, "alpha": 1, "a": "NaN", "b": 1}'),
	('{"model": "bg/nbd", "version": 1, "r": 1, "alpha": 1, "a": 1e400, "b": 1}'),
	('{"model": "bg/nbd", "version": 1, "r": null, "alpha": null, "a": null, "b": null, "converged": false}'),
	('{"model": "pareto/nbd", "version": 1, "r": 1, "alpha": 1, "a": 1, "b": 1}'),
	('{"model": "bg/nbd", "version": 2, "r": 1, "alpha": 1, "a": 1, "b": 1}')) AS m (model);
SELECT history, refused(format($$SELECT tcs.p_alive(model, %L) FROM p_alive.model WHERE name = 'mbg/nbd'$$, history))
FROM (VALUES ('(1,0,,,-1,0,5,,,,,,)'), ('(1,0,,,1,6,5,,,,,,)'), ('(1,0,,,1,-1,5,,,,,,)'), ('(1,0,,,0,1,5,,,,,,)'), ('(1,0,,,1,NaN,5,,,,,,)'),
	('(1,0,,,1,1,Infinity,,,,,,)'), ('(1,0,,,1,1,NaN,,,,,,)'), ('(1,0,,,1,1,5,-2,,,,,)'), ('(1,0,,,1,1,5,NaN,,,,,)'),
	('(1,0,,,1,1,5,2,,NaN,,,)'), ('(1,0,,,1,1,5,2,,,-3,,)'), ('(1,NaN,,,1,1,5,2,,,,,)'), ('(1,0,,,1,1,5,2,,,,Infinity,)'), ('(1,0,,,1,1,5,2,,,,,2)'), ('(1,0,,,1,1,5,2,,,,,-1)'),
	('(1,0,,,0,0,0,,,,,,)'), ('(1,0,,,2,0,0,,,,,,)')) AS h (history);
SELECT refused($$SELECT tcs.expected_purchases(tcs.btyd_model('bg/nbd', 1e308, 1e-300, 1e-9, 1), p_alive.customer(0, 0, 0), '1 year')$$);

-- Infinite horizons exist from version 17 on.
DO
$$
DECLARE
	said text;
BEGIN
	IF current_setting('server_version_num')::int >= 170000 THEN
		said := p_alive.refused('SELECT tcs.churn_risk(model, p_alive.customer(2, 3, 4), ''infinity'') FROM p_alive.model');
		IF said NOT LIKE '22023 | horizon must be finite |%' THEN
			RAISE EXCEPTION 'infinite horizon: %', said;
		END IF;
	END IF;
END
$$;
-- A model so certain of the rate that a double does not hold x beside r: what was worked out for one is not for all.
SELECT x, count(DISTINCT expected) AS answers
FROM (SELECT i % 2 * 5 AS x, tcs.expected_purchases(tcs.btyd_model('bg/nbd', 1e17, 1e17, 0.8, 0.5),
												   p_alive.customer(i % 2 * 5, 0, 10), '1 year') AS expected
	  FROM generate_series(1, 1000) AS i OFFSET 0) AS s
GROUP BY x ORDER BY x;

SET client_min_messages = warning;
DROP SCHEMA p_alive CASCADE;
