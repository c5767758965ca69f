-- Customer lifetime value and value at risk.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS clv CASCADE;
CREATE SCHEMA clv;
RESET client_min_messages;
SET search_path = clv;

-- A customer by weeks, as the papers count.
CREATE FUNCTION customer(x integer, t_x float8, t float8, m_x float8) RETURNS tcs.purchase_history
LANGUAGE sql IMMUTABLE AS
$$SELECT ROW(x + 1, 0, '1997-01-01', '1997-01-01', x, 7 * t_x, 7 * t, m_x, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history$$;
CREATE TABLE model AS
SELECT name, tcs.btyd_model(name, r, alpha, a, b, '7 days') AS model
FROM (VALUES ('bg/nbd', 0.243, 4.414, 0.793, 2.426), ('mbg/nbd', 0.525, 6.183, 0.891, 1.614),
	('pareto/nbd', 0.553, 10.578, 0.606, 11.669)) AS m (name, r, alpha, a, b);
CREATE TABLE spend AS SELECT tcs.spend_model(6.25, 3.74, 15.44) AS spend;

-- Fader and Hardie (2013) value purchases of the CDNOW customers by these p,
-- q, v: with x = 2 and m_x = 22.35 a mean of 24.65.
SELECT name, round(tcs.clv(model, spend, h, '12 months')::numeric, 2) AS clv,
	round(tcs.clv(model, spend, h, '12 months', 0.3, 0.15)::numeric, 2) AS discounted,
	round(tcs.value_at_risk(model, spend, h, '12 months')::numeric, 2) AS at_risk,
	round(tcs.residual_value(model, spend, h, 1, 1.15 ^ (365.25 / 364) - 1)::numeric, 1) AS residual
FROM model, spend, customer(2, 30.43, 38.86, 22.35) AS h ORDER BY name;

-- The definitions, written out.
CREATE TABLE customers AS
SELECT customer(x, t_x, 60, 10 + x) AS h
FROM (SELECT x, t_x FROM generate_series(1, 60, 7) AS x, generate_series(2, 60, 13) AS t_x UNION ALL SELECT 0, 0) AS c;
SELECT name, months, discount, count(*) AS customers,
	max(abs(tcs.clv(model, spend, h, horizon, 0.25, discount) / wanted - 1)) < 1e-11 AS clv,
	max(abs(tcs.value_at_risk(model, spend, h, horizon, 0.25, discount) - wanted * (1 - p) / p)
		/ (tcs.clv(model, spend, h, horizon, 0.25, discount) / p)) < 1e-11 AS value_at_risk
FROM model, spend, customers,
	(VALUES (0), (1), (12), (12.5), (31)) AS m (months), (VALUES (0), (0.1), (-0.2)) AS d (discount),
	LATERAL (SELECT CASE months WHEN 0 THEN interval '10 days' WHEN 12.5 THEN '12 months 15 days' ELSE make_interval(months => months::int) END) AS i (horizon),
	LATERAL (SELECT tcs.p_alive(model, h)) AS p (p),
	LATERAL (SELECT 0.25 * tcs.expected_spend(spend, h) * sum((tcs.expected_purchases(model, h, until) - tcs.expected_purchases(model, h, since))
			* (1 + discount) ^ -(extract(epoch FROM until) / 86400 / 365.25)) AS wanted
		FROM generate_series(1, 40) AS n,
			LATERAL (SELECT make_interval(days => 0, secs => 86400 * 30.4375 * (n - 1)) AS since,
				make_interval(days => 0, secs => 86400 * least(30.4375 * n, CASE months WHEN 0 THEN 10 WHEN 12.5 THEN 380.25 ELSE 30.4375 * months END)) AS until) AS u
		WHERE until > since) AS w
GROUP BY name, months, discount ORDER BY name, months, discount;

-- What has no value: no time, no margin; a loss is a loss.
SELECT name, tcs.clv(model, spend, h, '0') AS no_time, tcs.clv(model, spend, h, '1 year', 0) AS no_margin,
	tcs.clv(model, spend, h, '1 year', -1) = -tcs.clv(model, spend, h, '1 year') AS loss,
	tcs.value_at_risk(model, spend, h, '0') AS nothing_at_risk
FROM model, spend, customer(2, 30.43, 38.86, 22.35) AS h ORDER BY name;

-- One who is almost certainly gone: all of it is at risk, and none of it NaN.
SELECT name, tcs.p_alive(model, h) < 1e-30 AS gone, tcs.value_at_risk(model, spend, h, '1 year') > 1000 AS at_risk
FROM model, spend, customer(300, 3, 300, 50) AS h ORDER BY name;

-- Values over all time: residual_value is what clv comes to.
SELECT name, abs(tcs.clv(m, spend, h, '900 years', 1, 0.2) / tcs.residual_value(m, spend, h, 1, 0.2) - 1) < 0.02 AS close
FROM (VALUES ('bg/nbd'), ('mbg/nbd'), ('pareto/nbd')) AS f (name), tcs.btyd_model(name, 0.5, 30, 2.5, 3) AS m, spend,
	customer(4, 30, 38, 20) AS h ORDER BY name;

-- The interval, against a simulation by the definition of the models: 4,000
-- futures of one customer, from numbers that are no chance.
CREATE FUNCTION uniform(i bigint, stream bigint) RETURNS float8
LANGUAGE sql IMMUTABLE AS
$$SELECT ((hashint8extended(i, stream) >> 11) + 4503599627370496.5) / 9007199254740992$$;
WITH given AS (
	SELECT tcs.btyd_model('bg/nbd', 1, 30, 1, 1) AS model, tcs.spend_model(1, 4, 10) AS spend,
		ROW(3, 0, NULL, NULL, 2, 50, 60, 20, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history AS h
), futures AS (
	-- rate: Gamma(3, 90), the sum of three exponentials; chance to die: Beta(1, 3);
	-- the rate of values: Gamma(6, 50)
	SELECT i, uniform(i, 0) < tcs.p_alive(model, h) AS alive,
		-ln(uniform(i, 1) * uniform(i, 2) * uniform(i, 3)) / 90 AS rate,
		1 - uniform(i, 4) ^ (1 / 3.0) AS p,
		-ln(uniform(i, 5) * uniform(i, 6) * uniform(i, 7) * uniform(i, 8) * uniform(i, 9) * uniform(i, 10)) / 50 AS value_rate
	FROM given, generate_series(1, 4000) AS i
), values AS (
	SELECT i, coalesce((SELECT sum(value) FROM (
			SELECT sum(-ln(uniform(i, 100 + n)) / rate) OVER w AS at,
				coalesce(bool_or(uniform(i, 200 + n) < p) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS dead,
				-ln(uniform(i, 300 + n)) / value_rate AS value
			FROM generate_series(1, 60) AS n WINDOW w AS (ORDER BY n)) AS purchases
		WHERE alive AND at <= 365.25 AND NOT dead), 0) AS value
	FROM futures
), i AS MATERIALIZED (
	SELECT (tcs.clv_interval(model, spend, h, '12 months', 1, 0, 0.2)).*,
		(tcs.clv_interval(model, spend, h, '12 months')).upper_bound AS wide_bound
	FROM given
)
SELECT abs(count(*) FILTER (WHERE value <= lower_bound) / 4000.0 - 0.4) < 0.025 AS lower,
	abs(count(*) FILTER (WHERE value <= upper_bound) / 4000.0 - 0.6) < 0.025 AS upper,
	abs(count(*) FILTER (WHERE value <= wide_bound) / 4000.0 - 0.95) < 0.011 AS wide
FROM values, i;

-- A discount scales it; a negative margin turns it over.
SELECT name, abs(d.upper_bound / u.upper_bound / (tcs.clv(model, spend, h, '1 year', 0.5, 0.1) / tcs.clv(model, spend, h, '1 year')) - 1) < 1e-9 AS scaled,
	n.lower_bound = -u.upper_bound AND n.upper_bound = -u.lower_bound AS turned,
	u.lower_bound >= 0 AND u.lower_bound < tcs.clv(model, spend, h, '1 year') AS proper
FROM model, spend, customer(20, 38, 38.86, 22.35) AS h, tcs.clv_interval(model, spend, h, '1 year') AS u,
	tcs.clv_interval(model, spend, h, '1 year', 0.5, 0.1) AS d, tcs.clv_interval(model, spend, h, '1 year', -1) AS n
ORDER BY name;

-- What is sent back counts.  Who keeps everything is worth more than who sends
-- the repeat orders back, and that one more than who sends back all.
SELECT c, round(tcs.clv(m, s, h, '12 months')::numeric, 2) AS clv, round(tcs.value_at_risk(m, s, h, '12 months')::numeric, 2) AS at_risk, round(tcs.residual_value(m, s, h, 1, 0.1)::numeric, 2) AS residual,
	round((tcs.clv(m, r, h, '12 months') / tcs.expected_purchases(m, h, '12 months'))::numeric, 6) AS a_purchase, i.lower_bound < tcs.clv(m, r, h, '12 months') AND tcs.clv(m, r, h, '12 months') < i.upper_bound AS between,
	round((i.upper_bound / g.upper_bound)::numeric, 6) AS kept
FROM (SELECT c, tcs.purchase_history(d, a, '2024-03-31') AS h, tcs.purchase_history(d, a, '2024-03-31') FILTER (WHERE a > 0) AS gross
	FROM (VALUES ('all kept', date '2024-01-01', 100), ('all kept', '2024-02-01', 100), ('all kept', '2024-03-01', 100),
		('repeats sent back', '2024-01-01', 100), ('repeats sent back', '2024-02-01', 100), ('repeats sent back', '2024-02-05', -100), ('repeats sent back', '2024-03-01', 100), ('repeats sent back', '2024-03-05', -100),
		('all sent back', '2024-01-01', 100), ('all sent back', '2024-02-01', 100), ('all sent back', '2024-03-01', 100), ('all sent back', '2024-03-05', -300)) AS v (c, d, a) GROUP BY c) AS q,
	(SELECT tcs.btyd_model('mbg/nbd', 0.525, 6.183, 0.891, 1.614, '7 days'), tcs.spend_model(6.25, 3.74, 154.4), tcs.spend_model(6.25, 3.74, 154.4, true, 0.3, 4)) AS o (m, s, r),
	tcs.clv_interval(m, r, h, '12 months') AS i, tcs.clv_interval(m, tcs.spend_model(6.25, 3.74, 154.4, true), gross, '12 months') AS g
ORDER BY clv DESC;

-- A shop of which 45 % of the purchases are sent back: in full days later, by
-- customers of different habits, or in part on the same day.  What clv says at
-- the end of the second year is within 7 % of what comes in the half year after;
-- without the refunds it would be 1.8 times that.
CREATE TEMP TABLE sale AS
SELECT c, day, amount, back, whole
FROM (SELECT c, n, whole, date '2022-01-01' + start + floor(sum(gap) OVER w)::int AS day, amount,
		CASE WHEN NOT whole THEN round((amount * habit)::numeric, 2) WHEN uniform(c, 400 + n) < habit THEN amount ELSE 0 END AS back,
		coalesce(bool_or(leaves) OVER (PARTITION BY c, whole ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS gone
	FROM (SELECT c, n, whole, floor(500 * uniform(c, 1))::int AS start, CASE WHEN n = 0 THEN 0 ELSE ln(uniform(c, 100 + n)) / ln(uniform(c, 2)) * 60 END AS gap,
			uniform(c, 200 + n) > uniform(c, 3) ^ (1 / 8.0) AS leaves, uniform(c, 6) ^ (0.55 / 0.45) AS habit,
			round((exp(3 + 0.7 * sqrt(-2 * ln(uniform(c, 4))) * cos(2 * pi() * uniform(c, 5))) * (0.5 + uniform(c, 300 + n)))::numeric, 2) AS amount
		FROM generate_series(1, 2500) AS c, generate_series(0, 79) AS n, (VALUES (true), (false)) AS k (whole)) AS s
	WINDOW w AS (PARTITION BY c, whole ORDER BY n)) AS s
WHERE NOT gone AND day <= '2024-06-30';
SELECT whole, sum(back) / sum(amount) BETWEEN 0.43 AND 0.47 AS returned, abs(sum(tcs.clv(b, s, h, '182 days')) / sum((o).revenue) - 1) < 0.07 AS clv, abs(sum(tcs.clv(b, f, h, '182 days')) / sum((o).revenue) - 1) < 0.07 AS repeats_only,
	sum(tcs.clv(b, tcs.spend_model((s->>'p')::float8, (s->>'q')::float8, (s->>'v')::float8, true), g, '182 days')) / sum((o).revenue) > 1.6 AS before_refunds,
	sum((o).revenue) FILTER (WHERE clv_third = 3) > 6 * sum((o).revenue) FILTER (WHERE clv_third = 1) AS ranks
FROM (SELECT *, ntile(3) OVER (PARTITION BY whole ORDER BY tcs.clv(b, s, h, '182 days')) AS clv_third
	FROM (SELECT whole, c, sum(amount) FILTER (WHERE amount > 0) AS amount, -sum(amount) FILTER (WHERE amount < 0) AS back, tcs.purchase_history(day, amount, '2023-12-31') AS h,
			tcs.purchase_history(day, amount, '2023-12-31') FILTER (WHERE amount > 0) AS g, tcs.holdout(day, amount, '2023-12-31', '2024-06-30') AS o
		FROM (SELECT whole, c, day, amount FROM sale UNION ALL SELECT whole, c, day + CASE WHEN whole THEN 6 ELSE 0 END, -back FROM sale WHERE back > 0) AS s GROUP BY whole, c) AS s
		JOIN (SELECT whole, tcs.btyd_fit(h) AS b, tcs.spend_fit(h) AS s, tcs.spend_fit(h, false) AS f
			FROM (SELECT whole, c, tcs.purchase_history(day, amount, '2023-12-31') AS h
				FROM (SELECT whole, c, day, amount FROM sale UNION ALL SELECT whole, c, day + CASE WHEN whole THEN 6 ELSE 0 END, -back FROM sale WHERE back > 0) AS s GROUP BY whole, c) AS s GROUP BY whole) AS m USING (whole)
	WHERE h IS DISTINCT FROM NULL) AS s
GROUP BY whole ORDER BY whole;

-- The textbook formula: of 100 a year, 80 percent staying, at 10 percent.
SELECT round(tcs.clv(100, 0.8, 0.1)::numeric, 4) AS clv, tcs.clv(100, 0, 0.1) AS gone, tcs.clv(-100, 0.5, 0) AS loss,
	tcs.clv(100, NULL, 0.1) IS NULL AS unknown;

-- Nothing known, nothing said.
SELECT tcs.clv(model, NULL, h, '1 year'), tcs.value_at_risk(model, spend, NULL, '1 year'), tcs.residual_value(NULL, spend, h),
	tcs.clv_interval(model, spend, h, NULL)
FROM model, spend, customer(2, 3, 4, 5) AS h WHERE name = 'bg/nbd';
SELECT tcs.clv(model, spend, h, '1 year'), tcs.value_at_risk(model, spend, h, '1 year'), tcs.residual_value(model, spend, h, 1, 0.1),
	tcs.clv_interval(model, spend, h, '1 year')
FROM model, spend, LATERAL (SELECT ROW(1, 0, NULL, NULL, 1, NULL, 5, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history AS h) AS h
WHERE name = 'bg/nbd';
-- no value of a repeat purchase: the population's mean is taken
SELECT bool_and(abs(tcs.clv(model, spend, h, '1 year') / tcs.expected_purchases(model, h, '1 year') / (6.25 * 15.44 / 2.74) - 1) < 1e-12) AS same
FROM model, spend, (SELECT ROW(3, 0, NULL, NULL, 2, 3, 5, m_x, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history AS h FROM (VALUES (0.0), (NULL)) AS m (m_x)) AS h;

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
SELECT arguments, refused(format($$SELECT tcs.clv(model, spend, clv.customer(2, 3, 4, 5), %s) FROM clv.model, clv.spend WHERE name = 'bg/nbd'$$, arguments))
FROM (VALUES ($$'-1 month'$$), ($$'1 year', 'NaN'$$), ($$'1 year', 'Infinity'$$), ($$'1 year', 1, -1$$), ($$'1 year', 1, 'NaN'$$),
	($$'1 year', 1, '-Infinity'$$), ($$'2000 years', 1, 0.1$$), ($$'2000 years', 1, 0$$), ($$'1 year', 1e308$$)) AS a (arguments);
SELECT refused($$SELECT tcs.residual_value(model, spend, clv.customer(2, 3, 4, 5)) FROM clv.model, clv.spend$$);
SELECT refused($$SELECT tcs.clv(spend, model, clv.customer(2, 3, 4, 5), '1 year') FROM clv.model, clv.spend$$);
SELECT refused($$SELECT tcs.clv(model, model, clv.customer(2, 3, 4, 5), '1 year') FROM clv.model$$);
-- an infinite mean value of a purchase has quantiles all the same
SELECT refused($$SELECT tcs.clv(model, tcs.spend_model(1, 0.5, 1), clv.customer(0, 0, 4, 0), '1 year') FROM clv.model$$);
SELECT bool_and((tcs.clv_interval(model, tcs.spend_model(1, 0.5, 1), customer(0, 0, 4, 0), '1 year', 1, 0, 0.99)).upper_bound BETWEEN 1 AND 1e9) AS bounded FROM model;
SELECT refused($$SELECT tcs.clv_interval(model, spend, clv.customer(2, 3, 4, 5), '1 year', 1, 0, 0) FROM clv.model, clv.spend$$);
SELECT figures, refused(format('SELECT tcs.clv(%s)', figures))
FROM (VALUES ('100, 1.1, 0.1'), ('100, -0.1, 0.1'), ('100, 1, 0'), ('100, 0.9, -0.1'), ('100, 0.5, -1'), ($$'NaN', 0.5, 0.1$$), ($$100, 0.5, 'Infinity'$$)) AS t (figures);
SET client_min_messages = warning;
DROP SCHEMA clv CASCADE;
