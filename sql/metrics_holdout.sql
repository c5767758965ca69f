-- How right the models of a metrics view would have been within the last horizon: in
-- figures that anybody gets by hand, and in words.
CREATE SCHEMA held;
SET search_path = held;
SET TimeZone = 'UTC';
SET DateStyle = 'German';
-- Customers who buy at rates of their own, and leave at moments of their own.
CREATE TABLE orders AS
SELECT c AS customer, timestamptz '2022-01-01 10:00+00' + day * interval '1 day' AS at, day, (n * 31 + c * 7) % 60 + c * c % 90 + CASE WHEN n % 23 = 5 THEN -130.5 ELSE 3.25 END AS amount
FROM (SELECT c, n, (c * 97 % 400 + n * (20 + c * 53 % 140) + c * n * n * 7 % 19) AS day, c * c * 29 % 900 + 200 * (c % 5) AS leaves
      FROM generate_series(1, 700) AS c, generate_series(0, 60) AS n) AS o
WHERE (day <= leaves OR n = 0) AND day <= 1000;
SELECT count(*) > 2000 AS orders, max(at)::date AS until FROM orders;

-- The figures are those of the view on that day and of what came since.
CREATE FUNCTION by_hand(query text, orders text, OUT customers bigint, OUT returned bigint, OUT auc float8, OUT brier float8, OUT constant float8,
	OUT expected numeric, OUT purchases bigint, OUT expected_value numeric, OUT value numeric, OUT calibration jsonb, OUT off numeric) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TEMP TABLE at_that_time AS SELECT m.*, (l.later).purchases AS came, (l.later).revenue AS brought FROM (%s) AS m JOIN (%s) AS l USING (customer)
		WHERE m.purchases > 0', query, orders);
	SELECT count(*), count(*) FILTER (WHERE came > 0), tcs.auc(churn_risk, came = 0), tcs.brier(churn_risk, came = 0), count(*) FILTER (WHERE came = 0) / count(*)::float8,
		round(sum(expected_purchases)::numeric, 2), sum(came), round(sum(clv)::numeric, 2), round(sum(brought)::numeric, 2), to_jsonb(tcs.calibration(churn_risk, came = 0, 10))
	INTO customers, returned, auc, brier, constant, expected, purchases, expected_value, value, calibration FROM at_that_time;
	constant := constant * (1 - constant);
	SELECT round((sum(b.customers * abs(b.predicted - b.observed)) / by_hand.customers)::numeric, 9)
	INTO off FROM jsonb_populate_recordset(NULL::tcs.calibration_bin, by_hand.calibration) AS b;
	DROP TABLE at_that_time;
END $$;
CREATE FUNCTION kept(models regclass, OUT customers bigint, OUT returned bigint, OUT auc float8, OUT brier float8, OUT constant float8,
	OUT expected numeric, OUT purchases bigint, OUT expected_value numeric, OUT value numeric, OUT calibration jsonb, OUT off numeric) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT k.customers, k.returned, k.auc, k.brier, k.brier_constant, round(k.expected_purchases, 2), k.purchases, round(k.expected_value, 2),
			round(k.value, 2), k.calibration, round(k.calibration_error, 9)
		FROM (SELECT holdout FROM %s ORDER BY id DESC LIMIT 1) AS m, jsonb_to_record(holdout) AS k (customers bigint, returned bigint, auc float8, brier float8, brier_constant float8,
			expected_purchases numeric, purchases bigint, expected_value numeric, value numeric, calibration jsonb, calibration_error numeric)', models)
	INTO customers, returned, auc, brier, constant, expected, purchases, expected_value, value, calibration, off;
END $$;
SELECT tcs.create_metrics('m', 'orders', 'customer', 'at', 'amount', 'UTC', as_of => '2024-09-27', horizon => '1 year', family => 'mbg/nbd');
SELECT (k).customers > 300 AS many, (k).returned BETWEEN 100 AND 600 AS returned, (k).auc > 0.6 AS tells,
	abs(h.constant - k.constant) < 1e-14 AS constant, to_jsonb(k) - 'constant' = to_jsonb(h) - 'constant' AS equal
FROM kept('m_model') AS k, by_hand(tcs.metrics_sql(NULL, 'orders', 'customer', 'at', 'amount', 'UTC', as_of => '2023-09-27', horizon => '1 year', family => 'mbg/nbd', digits => NULL),
	$$SELECT customer, tcs.holdout(at, amount, '2023-09-27', '2024-09-27', 'UTC') AS later FROM held.orders GROUP BY customer$$) AS h;
SELECT DISTINCT holdout->>'as_of' AS as_of, holdout->>'until' AS until FROM m_model;
-- (an instant elsewhere, a list of customers, refunds, another family, and amounts in double precision)
CREATE TABLE people (id bigint PRIMARY KEY);
INSERT INTO people SELECT generate_series(1, 900, 2);
CREATE VIEW floats AS SELECT customer, at, amount::float8 AS amount FROM orders;
SELECT tcs.create_metrics('f', 'floats', 'customer', 'at', 'amount', 'America/New_York', 'people', as_of => '2024-08-31', horizon => '13 months 5 days',
	family => 'bg/nbd', margin => 0.3, annual_discount => 0.1, digits => 0);
SELECT k.customers BETWEEN 100 AND 350 AS some, abs(h.constant - k.constant) < 1e-14 AS constant, to_jsonb(k) - 'constant' = to_jsonb(h) - 'constant' AS equal
FROM kept('f_model') AS k, by_hand(tcs.metrics_sql(NULL, 'floats', 'customer', 'at', 'amount', 'America/New_York', 'people', as_of => (DATE '2024-08-31' - interval '13 months 5 days')::date,
		horizon => '13 months 5 days', family => 'bg/nbd', digits => NULL),
	$$SELECT customer, tcs.holdout(at, amount, (DATE '2024-08-31' - interval '13 months 5 days')::date, '2024-08-31', 'America/New_York') AS later FROM held.floats GROUP BY customer$$) AS h;
-- (and as of today, with days)
CREATE TABLE recent AS SELECT customer, current_date - 1000 + day AS at, amount FROM orders;
SELECT tcs.create_metrics('r', 'recent', 'customer', 'at', 'amount', horizon => '400 days');
SELECT abs(h.constant - k.constant) < 1e-14 AS constant, to_jsonb(k) - 'constant' = to_jsonb(h) - 'constant' AS equal
FROM kept('r_model') AS k, by_hand(tcs.metrics_sql(NULL, 'recent', 'customer', 'at', 'amount', as_of => current_date - 400, horizon => '400 days', digits => NULL),
	$$SELECT customer, tcs.holdout(at, amount, current_date - 400, current_date) AS later FROM held.recent GROUP BY customer$$) AS h;

-- In words: in the table, the comment of the view, and the list of all views.
-- (value and what was learned apart: they are others' models)
CREATE FUNCTION words(holdout jsonb, OUT summary text, OUT notes jsonb) LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(holdout->>'summary', '; expected a value of [0-9,]+, [0-9,]+ came', '; and a value'), '; churn_risk has learned.*', ''),
		(SELECT jsonb_agg(note) FROM jsonb_array_elements_text(holdout->'notes') AS note WHERE note NOT LIKE '% value came than expected') $$;
SELECT w.* FROM m_model, words(holdout) AS w;
SELECT obj_description('m'::regclass) LIKE '%; ' || (holdout->>'summary') AS comment FROM m_model;
SELECT view, v.auc = (SELECT coalesce(holdout->'learned'->>'auc', holdout->>'auc')::float8 FROM m_model) AS auc, v.holdout = (SELECT holdout->>'summary' FROM m_model) AS words
FROM tcs.metrics_views AS v WHERE view = 'm'::regclass;
-- (a comment of one's own stays)
COMMENT ON VIEW f IS 'mine';
SELECT tcs.refit_metrics('f') AS id;
SELECT obj_description('f'::regclass) AS comment, count(DISTINCT holdout) AS holdouts FROM f_model;
-- (a better model of another family changes what is said)
SELECT tcs.refit_metrics('m', 'pareto/nbd') AS id;
SELECT count(DISTINCT holdout) AS holdouts, bool_or(obj_description('m'::regclass) LIKE '%create_metrics; ' || (holdout->>'summary')) AS newest FROM m_model;
SELECT obj_description('m'::regclass) LIKE '%; ' || (holdout->>'summary') AS newest FROM m_model ORDER BY id DESC LIMIT 1;

-- (who may refit, and owns nothing: the comment is changed as the owner)
CREATE ROLE regress_tcs_held;
GRANT USAGE ON SCHEMA held TO regress_tcs_held;
GRANT SELECT ON m TO regress_tcs_held;
GRANT SELECT, INSERT ON m_model TO regress_tcs_held;
SET ROLE regress_tcs_held;
SELECT tcs.refit_metrics('held.m', 'bg/nbd') AS id;
RESET ROLE;
SELECT obj_description('m'::regclass) LIKE '%create_metrics; ' || (holdout->>'summary') AS newest FROM m_model ORDER BY id DESC LIMIT 1;

-- Buyers without a memory: the past does not tell who returns.
CREATE TABLE chance AS
SELECT c AS customer, DATE '2022-01-01' + day AS at, (1 + c % 9) * (1 + c % 7) * (1 + day % 2 / 9.0) AS amount
FROM generate_series(1, 600) AS c, generate_series(0, 1000) AS day
WHERE day = c % 30 OR ('x' || md5(day || ' ' || c))::bit(20)::integer < 2600;
SELECT tcs.create_metrics('c', 'chance', 'customer', 'at', 'amount', as_of => '2024-09-27', horizon => '1 year', family => 'mbg/nbd');
SELECT w.*, (holdout->>'auc_low')::float8 < 0.5 AND (holdout->>'auc_high')::float8 > 0.5 AS around FROM c_model, words(holdout) AS w;
-- Those who come last return least: worse than a coin.
CREATE TABLE tables_turned AS
SELECT c AS customer, DATE '2022-01-01' + n * 7 AS at, 5 + c % 7 + n % 3 AS amount FROM generate_series(1, 400) AS c, generate_series(0, 3 + c % 40) AS n
UNION ALL SELECT c, DATE '2023-06-01', 5 FROM generate_series(1, 400) AS c WHERE c % 40 < 20;
SELECT tcs.create_metrics('t', 'tables_turned', 'customer', 'at', 'amount', as_of => '2023-10-30', horizon => '11 months', family => 'mbg/nbd');
SELECT w.* FROM t_model, words(holdout) AS w;
-- Nobody returns, and everybody.
CREATE VIEW nobody AS SELECT * FROM orders WHERE day < 365;
CREATE VIEW everybody AS SELECT customer, at, amount FROM orders UNION ALL SELECT customer, timestamptz '2024-09-01', 7 FROM orders;
SELECT tcs.create_metrics('n', 'nobody', 'customer', 'at', 'amount', 'UTC', as_of => '2024-01-01', horizon => '1 year', family => 'mbg/nbd');
SELECT tcs.create_metrics('e', 'everybody', 'customer', 'at', 'amount', 'UTC', as_of => '2024-09-27', horizon => '1 year', family => 'mbg/nbd');
SELECT w.* FROM (TABLE n_model UNION ALL TABLE e_model) AS m, words(holdout) AS w;
SELECT view, auc, holdout <> '' AS holdout FROM tcs.metrics_views WHERE view IN ('n'::regclass, 'e'::regclass) ORDER BY view::text;

-- A log that is shorter than two horizons: its first half against its second.
SELECT tcs.create_metrics('s', 'orders', 'customer', 'at', 'amount', 'UTC', as_of => '2024-09-27', horizon => '2 years', family => 'mbg/nbd');
SELECT abs(h.constant - k.constant) < 1e-14 AS constant, to_jsonb(k) - 'constant' = to_jsonb(h) - 'constant' AS equal
FROM kept('s_model') AS k, by_hand(tcs.metrics_sql(NULL, 'orders', 'customer', 'at', 'amount', 'UTC', as_of => '2023-05-16', horizon => '500 days', family => 'mbg/nbd', digits => NULL),
	$$SELECT customer, tcs.holdout(at, amount, '2023-05-16', '2024-09-27', 'UTC') AS later FROM held.orders GROUP BY customer$$) AS h;
SELECT w.summary, holdout->'days' AS days, holdout->>'as_of' AS as_of FROM s_model, words(holdout) AS w;

-- What is too short or too little says so, and nothing is worked out.
CREATE VIEW brief AS SELECT * FROM orders WHERE day <= 27;
SELECT tcs.create_metrics('b', 'brief', 'customer', 'at', 'amount', 'UTC', as_of => '2022-01-28');
CREATE VIEW few AS SELECT * FROM orders WHERE customer <= 49;
SELECT tcs.create_metrics('w', 'few', 'customer', 'at', 'amount', 'UTC', as_of => '2024-09-27', horizon => '1 year', family => 'mbg/nbd');
CREATE VIEW none AS SELECT * FROM orders WHERE customer < 0;
SET client_min_messages = error;
SELECT tcs.create_metrics('z', 'none', 'customer', 'at', 'amount', 'UTC', as_of => '2024-09-27');
SELECT tcs.create_metrics('i', 'orders', 'customer', 'at', 'amount', 'UTC', as_of => '2024-09-27', horizon => '0');
SELECT tcs.create_metrics('y', 'orders', 'customer', 'at', 'amount', 'UTC', as_of => '2024-09-27', horizon => '100000 years', family => 'mbg/nbd');
SELECT y.holdout->'brier' = s.holdout->'brier' AS far_beyond FROM y_model AS y, s_model AS s;
CREATE VIEW shows AS SELECT * FROM m;
CREATE TABLE shows_model (LIKE m_model INCLUDING ALL);
SELECT tcs.refit_metrics('shows') AS id;
RESET client_min_messages;
-- (what such a view shows is rounded, and tells no refunds, but the first purchase counts)
SELECT s.spend->'customers' = (SELECT to_jsonb(count(*)) FROM m WHERE revenue > 0) AS all, s.spend->'first_purchase' AS first_purchase, abs((s.spend->>'population_mean')::float8 / (m.spend->>'population_mean')::float8 / (1 - (m.spend->>'return_rate')::float8) - 1) < 0.03 AS near
FROM (SELECT spend FROM shows_model ORDER BY id DESC LIMIT 1) AS s, (SELECT spend FROM m_model ORDER BY id DESC LIMIT 1) AS m;
SELECT what, regexp_replace(model.holdout->>'summary', '; churn_risk has learned.*', '') AS holdout
FROM (SELECT 'b' AS what, * FROM b_model UNION ALL SELECT 'w', * FROM w_model UNION ALL SELECT 'z', * FROM z_model UNION ALL SELECT 'i', * FROM i_model
	UNION ALL SELECT 'shows', * FROM shows_model) AS model ORDER BY what;

-- The table of the models without the column, and with what users write into it.
INSERT INTO m_model (holdout) VALUES ('{"auc": 1e400, "summary": 7}');
SELECT auc > 1e300 AS auc, holdout FROM tcs.metrics_views WHERE view = 'm'::regclass;
INSERT INTO m_model (holdout) VALUES ('[1]'), (NULL);
SELECT auc, holdout, error FROM tcs.metrics_views WHERE view = 'm'::regclass;
ALTER TABLE m_model ALTER holdout TYPE text;
SELECT auc, holdout, error FROM tcs.metrics_views WHERE view = 'm'::regclass;
SELECT tcs.refit_metrics('m');
ALTER TABLE m_model DROP holdout;
SELECT tcs.refit_metrics('m');

-- Nothing of what is asked is looked up where the caller says.
CREATE SCHEMA trap;
CREATE FUNCTION trap.sprung(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $m$sprung$m$; END';
CREATE FUNCTION trap.sprung(bigint, integer) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $m$sprung$m$; END';
CREATE FUNCTION trap.sprung(date, interval) RETURNS timestamp LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $m$sprung$m$; END';
CREATE FUNCTION trap.sprung(float8, float8) RETURNS float8 LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $m$sprung$m$; END';
CREATE FUNCTION trap.date_mi_interval(date, interval) RETURNS timestamp LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $m$sprung$m$; END';
CREATE FUNCTION trap.date(timestamp) RETURNS date LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $m$sprung$m$; END';
CREATE FUNCTION trap.round(numeric, integer) RETURNS numeric LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $m$sprung$m$; END';
CREATE OPERATOR trap.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = trap.sprung);
CREATE OPERATOR trap.= (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = trap.sprung);
CREATE OPERATOR trap.- (LEFTARG = date, RIGHTARG = interval, FUNCTION = trap.sprung);
CREATE OPERATOR trap.- (LEFTARG = float8, RIGHTARG = float8, FUNCTION = trap.sprung);
CREATE OPERATOR trap./ (LEFTARG = float8, RIGHTARG = float8, FUNCTION = trap.sprung);
SET search_path = trap, pg_catalog;
SELECT tcs.refit_metrics('held.f') AS id;
SET search_path = held;
SELECT count(DISTINCT holdout) AS holdouts FROM f_model;

SET client_min_messages = warning;
DROP SCHEMA held, trap CASCADE;
DROP ROLE regress_tcs_held;
RESET search_path;
RESET TimeZone;
RESET DateStyle;
