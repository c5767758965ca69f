-- Variances that add up, and the interval of a total.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS totals CASCADE;
CREATE SCHEMA totals;
RESET client_min_messages;
SET search_path = totals;

CREATE TABLE model AS
SELECT tcs.btyd_model('nbd', 0.8, 60, NULL, NULL) AS nbd, tcs.btyd_model('mbg/nbd', 0.525, 43.3, 0.891, 1.614) AS mbg,
	tcs.spend_model(6.25, 3.74, 15.44) AS spend, tcs.spend_model(6.25, 3.74, 15.44, true, 0.4, 3) AS returns;
CREATE TABLE customer AS
SELECT tcs.purchase_history(x, t_x, 300, CASE WHEN x > 0 THEN 20 + x ELSE 0 END, first_value => 30) AS h
FROM (VALUES (0, 0), (1, 40), (4, 200), (19, 299)) AS c (x, t_x);

-- Where nobody leaves purchases are negative binomial: mean (1 + days / (alpha + t)).
SELECT (h).x, tcs.purchases_variance(nbd, h, '90 days') / (mean * (1 + 90 / 360.0)) BETWEEN 1 - 1e-12 AND 1 + 1e-12 AS variance
FROM customer, model, LATERAL (SELECT tcs.expected_purchases(nbd, h, '90 days')) AS e (mean) ORDER BY 1;

-- The definition, from the quantiles of purchases_interval: the mean of their squares.
SELECT (h).x, abs(tcs.purchases_variance(mbg, h, '90 days') - (square - mean * mean)) < 0.06 * square AS variance
FROM customer, model, LATERAL (SELECT tcs.expected_purchases(mbg, h, '90 days')) AS e (mean),
	LATERAL (SELECT avg(bound * bound) FROM generate_series(1, 3999) AS n,
		LATERAL (SELECT (tcs.purchases_interval(mbg, h, '90 days', abs(n / 2000.0 - 1))).* OFFSET 0) AS i (low, high),
		LATERAL (SELECT CASE WHEN n < 2000 THEN low ELSE high END) AS b (bound) WHERE n <> 2000) AS s (square) ORDER BY 1;

-- What purchases are worth: E(Z^2) and E(Z Z') given what was spent so far.
SELECT (h).x, v / (gross ^ 2 * (q - 1) / (q - 2) * ((1 + 1 / 6.25) * mean + mean ^ 2 * (1 + 1 / (0.8 + (h).x))) - (gross * mean) ^ 2) BETWEEN 1 - 1e-12 AND 1 + 1e-12 AS variance,
	tcs.clv_variance(nbd, spend, h, '90 days', 0.3) / v BETWEEN 0.09 - 1e-12 AND 0.09 + 1e-12 AS margin,
	tcs.clv_variance(nbd, spend, h, '2 years', -1, 0.1) / (tcs.clv_variance(nbd, spend, h, '2 years')
		* (tcs.clv(nbd, spend, h, '2 years', 1, 0.1) / tcs.clv(nbd, spend, h, '2 years')) ^ 2) BETWEEN 1 - 1e-12 AND 1 + 1e-12 AS discount
FROM customer, model, LATERAL (SELECT tcs.expected_purchases(nbd, h, '90 days'), tcs.expected_spend(spend, h), 3.74 + 6.25 * (h).x,
	tcs.clv_variance(nbd, spend, h, '90 days')) AS e (mean, gross, q, v) ORDER BY 1;

-- What may be sent back, with the share that one keeps unknown as well.
SELECT v / (gross ^ 2 * (q - 1) / (q - 2) * (kept * (1 + 1 / 6.25) * mean
	+ kept * (kept + (1 - kept) / (3 + 0 + 1)) * mean ^ 2 * (1 + 1 / 0.8)) - (gross * kept * mean) ^ 2) BETWEEN 1 - 1e-12 AND 1 + 1e-12 AS variance
FROM model, tcs.purchase_history(0, 0, 300, 0, first_value => 30) AS h,
	LATERAL (SELECT 0.6, tcs.expected_spend(returns, h) / 0.6, 3.74 + 6.25, tcs.expected_purchases(nbd, h, '90 days'),
		tcs.clv_variance(nbd, returns, h, '90 days')) AS e (kept, gross, q, mean, v);

-- No time, no margin: nothing to vary. A model of spending without a variance says so.
SELECT tcs.purchases_variance(mbg, h, '0') AS no_time, tcs.clv_variance(mbg, spend, h, '0') AS no_time, tcs.clv_variance(mbg, spend, h, '1 year', 0) AS no_margin,
	tcs.clv_variance(mbg, tcs.spend_model(6.25, 1.5, 15), h, '1 year') AS without, tcs.clv_variance(mbg, tcs.spend_model(6.25, 1.5, 15), h, '0') AS of_nothing
FROM model, tcs.purchase_history(0, 0, 300, 0) AS h;
SELECT tcs.purchases_variance(NULL, h, '1 year') IS NULL AND tcs.purchases_variance(mbg, NULL, '1 year') IS NULL
	AND tcs.clv_variance(mbg, spend, NULL, '1 year') IS NULL AND tcs.total_interval(NULL, 1) IS NULL AS null_for_null
FROM model, tcs.purchase_history(0, 0, 300, 0) AS h;

-- Gamma quantiles: an exponential total, one made by many, one below 0, none at all.
SELECT abs(lower_bound + ln(0.95)) < 1e-12 AND abs(upper_bound + ln(0.05)) < 1e-12 AS exponential FROM tcs.total_interval(1, 1);
SELECT round(lower_bound::numeric, 2) AS low, round(upper_bound::numeric, 2) AS high FROM tcs.total_interval(10000, 10000, 0.95);
SELECT a.lower_bound = -b.upper_bound AND a.upper_bound = -b.lower_bound AS mirrored FROM tcs.total_interval(-30, 20) AS a, tcs.total_interval(30, 20) AS b;
SELECT mean, variance, i.* FROM (VALUES (5, 0), (0, 0), (0, 4), (3, float8 'infinity'), (-3, 'infinity')) AS t (mean, variance), tcs.total_interval(mean, variance, 0.95) AS i;
SELECT tcs.total_interval(1, -1);
SELECT tcs.total_interval(1, 'NaN');
SELECT tcs.total_interval('infinity', 1);
SELECT tcs.total_interval(1, 1, 1);
SELECT tcs.purchases_variance(mbg, tcs.purchase_history(0, 0, 300, 0), '-1 day') FROM model;

-- A total of many customers: what its interval says is what a draw of each adds up to.
SELECT round(mean::numeric, 2) AS expected, round(sqrt(variance)::numeric, 2) AS deviation, round((i).lower_bound::numeric, 1) AS low, round((i).upper_bound::numeric, 1) AS high
FROM (SELECT sum(tcs.expected_purchases(mbg, h, '1 year')) AS mean, sum(tcs.purchases_variance(mbg, h, '1 year')) AS variance
	FROM model, generate_series(0, 99) AS n, tcs.purchase_history(n % 5, n % 5 * 30, 200 + n, least(n % 5, 1)) AS h) AS s, tcs.total_interval(mean, variance) AS i;
DROP SCHEMA totals CASCADE;
