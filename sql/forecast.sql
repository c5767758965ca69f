-- A forecast by month: those who are there, and those who will come.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS forecast CASCADE;
CREATE SCHEMA forecast;
SET search_path = forecast;

-- 400 customers come within 160 days, and buy at rates of their own until they leave.
CREATE FUNCTION chance(customer integer, what integer) RETURNS float8 LANGUAGE sql IMMUTABLE
RETURN ((hashint4(customer * 100 + what)::bigint & 65535) + 0.5) / 65536;
CREATE TABLE orders AS
SELECT customer, first_day + (sum(CASE WHEN n > 0 THEN 1 + floor(-ln(chance(customer, n)) * (5 + 60 * chance(customer, 90)))::integer ELSE 0 END) OVER (PARTITION BY customer ORDER BY n))::integer AS day,
	round((10 + 90 * chance(customer, 91) * (0.5 + chance(customer, 50 + n)))::numeric, 2) AS amount
FROM generate_series(1, 400) AS customer, generate_series(0, 30) AS n, LATERAL (SELECT date '2024-01-05' + customer * 2 / 5 - 1) AS b (first_day)
WHERE n <= -3 * ln(chance(customer, 92)) - 1 OR n = 0;
INSERT INTO orders SELECT customer, min(day) + 3, -5 FROM orders WHERE customer % 9 = 0 GROUP BY customer;

-- Too short to look back: what is off is what other logs showed.
SELECT tcs.create_metrics('metrics', 'orders', 'customer', 'day', 'amount', as_of => '2024-06-14', family => 'mbg/nbd');
SELECT tcs.create_forecast('ahead', 'metrics', 3, 0.8);
SELECT obj_description('ahead'::regclass);
SELECT period, of, days, pg_typeof(purchases) AS type, purchases_low < purchases AND purchases < purchases_high AS within, revenue_low < revenue AND revenue < revenue_high AS within, scale(revenue) FROM ahead;
SELECT count(*) AS columns, count(col_description(attrelid, attnum)) AS commented FROM pg_attribute WHERE attrelid = 'ahead'::regclass AND attnum > 0;

-- The same from the functions that anybody can call.
CREATE TABLE windows AS
SELECT period, of, days, coalesce(period - date '2024-06-15', 0) AS since, purchases, purchases_low, purchases_high, buyers, revenue, revenue_low, revenue_high
FROM ahead;
UPDATE windows SET since = greatest(since, 0);
CREATE TABLE histories AS SELECT customer, tcs.purchase_history(day, amount, '2024-06-14') AS h FROM orders WHERE day <= '2024-06-14' GROUP BY customer;
DELETE FROM histories WHERE (h).t IS NULL;
CREATE TABLE model AS SELECT btyd, spend FROM metrics_model;
CREATE VIEW wanted AS
SELECT period, sum(until - before) AS purchases, sum((until - before) * spent) AS revenue
FROM windows, histories, model, LATERAL (SELECT tcs.expected_purchases(btyd, h, make_interval(days => since + days)),
	tcs.expected_purchases(btyd, h, make_interval(days => since)), tcs.expected_spend(spend, h)) AS e (until, before, spent)
WHERE of = 'existing' GROUP BY period;
SELECT of, g.period, abs(g.purchases - w.purchases) < 0.06 AS purchases, abs(g.revenue - w.revenue) < 0.01 AS revenue FROM windows AS g JOIN wanted AS w ON w.period IS NOT DISTINCT FROM g.period WHERE of = 'existing' ORDER BY 2;
SELECT period, abs(buyers - (SELECT sum(1 - tcs.churn_risk(btyd, h, make_interval(days => days))) FROM histories, model)) < 0.06 AS buyers
FROM windows WHERE of = 'existing' AND since = 0 ORDER BY period;

-- The interval of all months: what customers deviate by, and 14 and 16 % that the models are off by.
SELECT abs(purchases_low - p.lower_bound) < 0.06 AND abs(purchases_high - p.upper_bound) < 0.06 AS purchases,
	abs(revenue_low - r.lower_bound) < 0.01 AND abs(revenue_high - r.upper_bound) < 0.01 AS revenue
FROM windows AS g JOIN wanted AS w ON g.period IS NULL AND w.period IS NULL AND of = 'existing',
	LATERAL (SELECT sum(tcs.purchases_variance(btyd, h, make_interval(days => days))), sum(tcs.clv_variance(btyd, spend, h, make_interval(days => days))) FROM histories, model) AS v (purchases_variance, revenue_variance),
	tcs.total_interval(w.purchases, purchases_variance + 0.14 ^ 2 * w.purchases ^ 2, 0.8) AS p,
	tcs.total_interval(w.revenue, revenue_variance + 0.16 ^ 2 * w.revenue ^ 2, 0.8) AS r;

-- Those who come: as many a day as in the last 30 days, each with a first purchase and what follows it.
CREATE VIEW newcomers AS
SELECT period, a_day * sum((day > since)::integer + until - before) AS purchases, a_day * sum(spent * ((day > since)::integer + until - before)) AS revenue
FROM windows, model, (SELECT count(*) / 30.0 FROM histories WHERE (h).first_day > '2024-05-15') AS rate (a_day), tcs.purchase_history(0, 0, 0, 0) AS h,
	LATERAL generate_series(1, since + days) AS day,
	LATERAL (SELECT tcs.expected_purchases(btyd, h, make_interval(days => since + days - day)), tcs.expected_purchases(btyd, h, make_interval(days => greatest(since - day, 0))), tcs.expected_spend(spend, h)) AS e (until, before, spent)
WHERE of = 'new' GROUP BY period, a_day;
SELECT of, g.period, abs(g.purchases - w.purchases) < 0.06 AS purchases, abs(g.revenue - w.revenue) < 0.01 AS revenue FROM windows AS g JOIN newcomers AS w ON w.period IS NOT DISTINCT FROM g.period WHERE of = 'new' ORDER BY 2;
SELECT period, abs(sum(purchases) FILTER (WHERE of <> 'total') - max(purchases) FILTER (WHERE of = 'total')) < 0.11 AS purchases,
	abs(sum(revenue) FILTER (WHERE of <> 'total') - max(revenue) FILTER (WHERE of = 'total')) < 0.02 AS revenue FROM ahead GROUP BY period ORDER BY period;
-- Months add up to all of them, but those who buy in several are counted once there.
SELECT of, abs(sum(purchases) FILTER (WHERE period IS NOT NULL) - max(purchases) FILTER (WHERE period IS NULL)) < 0.3 AS purchases,
	sum(buyers) FILTER (WHERE period IS NOT NULL) > max(buyers) FILTER (WHERE period IS NULL) AS buyers, sum(days) FILTER (WHERE period IS NOT NULL) = max(days) FILTER (WHERE period IS NULL) AS days
FROM ahead GROUP BY of ORDER BY of;

-- Every family tells it; one with a rhythm from sums of another kind.
DO $$
DECLARE
	family text;
	told float8;
	wanted float8;
BEGIN
	FOREACH family IN ARRAY '{bg/nbd,pareto/nbd,nbd,mbg/cnbd-k,bg/cnbd-k}'::text[] LOOP
		PERFORM tcs.refit_metrics('metrics', family);
		SELECT purchases INTO told FROM ahead WHERE of = 'existing' AND period IS NULL;
		SELECT sum(tcs.expected_purchases(btyd, h, '108 days')) INTO wanted FROM histories, (SELECT btyd FROM metrics_model ORDER BY id DESC LIMIT 1) AS m;
		IF abs(told - wanted) > 0.06 OR told IS NULL THEN
			RAISE EXCEPTION '%: % instead of %', family, told, wanted;
		END IF;
	END LOOP;
END
$$;

-- A longer log is held against its own past.
SELECT tcs.create_metrics('whole', 'orders', 'customer', 'day', 'amount', as_of => '2024-12-31', family => 'mbg/nbd', digits => NULL);
SELECT tcs.create_forecast('whole_ahead', 'whole');
SELECT regexp_replace(obj_description('whole_ahead'::regclass), '[0-9]+ (expected|came)', 'n \1', 'g') AS comment;
SELECT count(*), count(DISTINCT period) AS months, min(days), pg_typeof(min(revenue)) AS type FROM whole_ahead;
SELECT of, purchases = 0 AND purchases_high = 0 AS nobody_comes FROM whole_ahead WHERE period IS NULL AND of = 'new';
-- What came then is what the comment says: the first of its days, from the functions.
SELECT (regexp_match(obj_description('whole_ahead'::regclass), '2024-10-01: ([0-9]+) expected, ([0-9]+) came'))::integer[] =
	ARRAY[round(sum(expected)), sum((later).purchases)]::integer[] AS as_said
FROM (SELECT tcs.purchase_history(day, amount, '2024-10-01') AS h, tcs.holdout(day, amount, '2024-10-01', '2024-12-31') AS later FROM orders GROUP BY customer) AS c,
	LATERAL (SELECT tcs.expected_purchases((SELECT tcs.btyd_fit(tcs_h) FROM (SELECT tcs.purchase_history(day, amount, '2024-10-01') AS tcs_h FROM orders GROUP BY customer) AS f), h, '91 days')) AS e (expected)
WHERE (h).t IS NOT NULL;

-- Where the last day ends a month there is no rest of it.
SELECT tcs.create_metrics('may', 'orders', 'customer', 'day', 'amount', as_of => '2024-05-31', family => 'mbg/nbd', digits => 0);
SELECT tcs.create_forecast('may_ahead', 'may', 2);
SELECT period, days, scale(revenue) FROM may_ahead WHERE of = 'total';

-- Days of a zone; nobody, and too few for a model.
CREATE TABLE moments AS SELECT customer, day::timestamp AT TIME ZONE 'Asia/Tokyo' + interval '1 hour' AS at, amount::float8 FROM orders;
SELECT tcs.create_metrics('tokyo', 'moments', 'customer', 'at', 'amount', 'Asia/Tokyo', as_of => '2024-06-14', family => 'mbg/nbd');
SELECT tcs.create_forecast('tokyo_ahead', 'tokyo', 3, 0.8);
SELECT tcs.refit_metrics('metrics', 'mbg/nbd') > 1 AS again;
SELECT count(*) AS rows, bool_and(abs(t.purchases - a.purchases) < 0.11 AND abs(t.revenue - a.revenue) < 0.02) AS alike
FROM tokyo_ahead AS t JOIN ahead AS a ON a.of = t.of AND a.period IS NOT DISTINCT FROM t.period;
CREATE TABLE empty_orders (LIKE orders);
SELECT tcs.create_metrics('nobody', 'empty_orders', 'customer', 'day', 'amount', as_of => '2024-06-14');
SELECT tcs.create_forecast('nobody_ahead', 'nobody', 1);
SELECT * FROM nobody_ahead;
INSERT INTO empty_orders VALUES (1, '2024-06-01', 10);
SELECT * FROM nobody_ahead;

-- What it does not take.
SELECT tcs.create_forecast('ahead', 'metrics');
SELECT tcs.create_forecast('other', 'orders');
SELECT tcs.create_forecast('other', 'ahead');
SELECT tcs.create_forecast('other', 'metrics', 0);
SELECT tcs.create_forecast('other', 'metrics', 121);
SELECT tcs.create_forecast('other', 'metrics', 12, 1);
SELECT tcs.create_forecast('other', 'metrics', NULL);
SELECT tcs.create_forecast(NULL, 'metrics');
SELECT tcs_internal.forecast_arrival(btyd, spend, h, w::float8[]) FROM model, tcs.purchase_history(0, 0, 0, 0) AS h, (VALUES ('{1}')) AS v (w);
SELECT tcs_internal.forecast_arrival(btyd, spend, h, '{5,3}') FROM model, tcs.purchase_history(0, 0, 0, 0) AS h;
SELECT tcs_internal.forecast_arrival(btyd, spend, h, '{0,1e9}') FROM model, tcs.purchase_history(0, 0, 0, 0) AS h;
SELECT tcs_internal.forecast_arrival(btyd, spend, h, '{0,NULL}') FROM model, tcs.purchase_history(0, 0, 0, 0) AS h;
SELECT tcs_internal.forecast_arrival(NULL, spend, h, '{0,1}') IS NULL AS nothing FROM model, tcs.purchase_history(0, 0, 0, 0) AS h;

-- Of regular buyers who are all gone nothing is expected, not even a number too small to be squared.
CREATE TABLE gone AS SELECT i % 20 AS customer, date '2025-01-01' + i AS at, i % 9 AS amount FROM generate_series(1, 100) AS i;
SELECT tcs.create_metrics('of_gone', 'gone', 'customer', 'at', 'amount', 'UTC', as_of => '2028-02-29');
SELECT tcs.create_forecast('none', 'of_gone');
SELECT count(*), max(purchases) < 1e-9 AS nothing FROM "none" WHERE of = 'existing';
DROP VIEW "none";
SELECT tcs.drop_metrics('of_gone');

-- It is a view of whoever makes it, who must be able to read the orders.
CREATE ROLE tcs_forecast_reader;
GRANT USAGE ON SCHEMA forecast TO tcs_forecast_reader;
GRANT SELECT ON metrics, ahead TO tcs_forecast_reader;
\set SHOW_CONTEXT never
SET ROLE tcs_forecast_reader;
SELECT count(*) FROM ahead;
SELECT tcs.create_forecast('pg_temp.other', 'metrics');
RESET ROLE;

-- drop_metrics names it.
SELECT tcs.drop_metrics('metrics');
DROP VIEW ahead;
SELECT tcs.drop_metrics('metrics');
DROP OWNED BY tcs_forecast_reader;
DROP ROLE tcs_forecast_reader;
DROP SCHEMA forecast CASCADE;
