-- What people type in the first ten minutes: the figures read as one expects, and what
-- is not meant as it stands is told so.
CREATE SCHEMA minutes;
SET search_path = minutes;
SET TimeZone = 'UTC';
CREATE TABLE orders (customer integer, at timestamptz, amount numeric(12,2));
-- Until 2011, most customers leaving after a purchase or two.
INSERT INTO orders
SELECT c, at, CASE WHEN i % 17 = 0 THEN -(i % 7) - 0.5 ELSE (i % 41) * (1 + c * c % 17) * 0.43 END
FROM (SELECT *, row_number() OVER (PARTITION BY c ORDER BY at, i) AS nth
      FROM (SELECT i, 1 + (i * i * 7 + i % 13) % 400 AS c, timestamptz '2011-12-09 12:00' - ((i::bigint * 7919) % 9000) * interval '1 hour 7 minutes' AS at
            FROM generate_series(1, 6000) AS i) AS o) AS o
WHERE nth <= 1 + 40 * (c * 37 % 100 / 100.0) ^ 6;

-- A log that ended long ago: a notice says when, and as_of is the way.
\set VERBOSITY sqlstate
SELECT tcs.create_metrics('minutes.old', 'minutes.orders', 'customer', 'at', 'amount', 'UTC');
CREATE TABLE recent AS SELECT customer, at + (now() - timestamptz '2011-12-09 12:00') AS at, amount FROM orders;
SELECT tcs.create_metrics('recently', 'recent', 'customer', 'at', 'amount', 'UTC');
\set VERBOSITY default
SELECT count(*) > 0 AS everybody_left FROM old WHERE days_since_last > 5000;
SELECT tcs.create_metrics('ended', 'orders', 'customer', 'at', 'amount', 'UTC', as_of => '2011-12-09', horizon => '6 months', margin => 0.4, annual_discount => 0.1);
SELECT max(last_day) <= '2011-12-09' AS until, min(days_since_last) < 30 AS since FROM ended;
SELECT view, zone, as_of, horizon, margin, annual_discount, fit_as_of = as_of AS fit FROM tcs.metrics_views WHERE view = 'ended'::regclass;
SELECT view, as_of IS NULL AS today, fit_as_of = (now() AT TIME ZONE 'UTC')::date AS fit FROM tcs.metrics_views WHERE view = 'old'::regclass;
SELECT substring(obj_description('ended'::regclass) FROM '.*made by tcs.create_metrics') AS comment;
SELECT attname, col_description(attrelid, attnum) FROM pg_attribute
WHERE attrelid = 'ended'::regclass AND attname IN ('churn_risk', 'expected_purchases', 'clv', 'value_at_risk') ORDER BY attnum;
SELECT tcs.refit_metrics('ended') AS id;
SELECT count(DISTINCT btyd) AS btyd, count(DISTINCT spend) AS spend, count(DISTINCT as_of) AS days FROM ended_model;

-- Money is numeric, with two digits unless others are asked for; counts are integers.
SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
WHERE attrelid = 'ended'::regclass AND attname IN ('orders', 'purchases', 'revenue', 'mean_value', 'clv', 'value_at_risk') ORDER BY attnum;
SELECT sum(revenue) = (SELECT sum(amount) FROM orders WHERE at < '2011-12-10') AS adds_up, max(scale(revenue)) AS revenue, max(scale(clv)) AS clv,
	max(scale(mean_value)) AS mean_value, bool_and(round(revenue, 2) = revenue) AS rounded FROM ended;
SELECT tcs.create_metrics('raw', 'orders', 'customer', 'at', 'amount', 'UTC', as_of => '2011-12-09', horizon => '6 months', margin => 0.4, annual_discount => 0.1, digits => NULL);
SELECT tcs.create_metrics('whole', 'orders', 'customer', 'at', 'amount', 'UTC', as_of => '2011-12-09', horizon => '6 months', margin => 0.4, annual_discount => 0.1, digits => 0);
SELECT format_type(atttypid, NULL), count(*) FROM pg_attribute
WHERE attrelid = 'raw'::regclass AND attname IN ('revenue', 'mean_value', 'clv', 'value_at_risk') GROUP BY 1;
SELECT count(*) FILTER (WHERE (e.revenue, e.mean_value, e.clv, e.value_at_risk) IS DISTINCT FROM
		(round(r.revenue::numeric, 2), round(r.mean_value::numeric, 2), round(r.clv::numeric, 2), round(r.value_at_risk::numeric, 2))) AS cents,
	count(*) FILTER (WHERE (w.revenue, w.clv) IS DISTINCT FROM (round(r.revenue::numeric), round(r.clv::numeric))) AS whole,
	count(*) FILTER (WHERE (e.r, e.f, e.m, e.abc_tier, w.m, w.abc_tier) IS DISTINCT FROM (r.r, r.f, r.m, r.abc_tier, r.m, r.abc_tier)) AS scores, count(r.clv) > 100 AS many
FROM ended AS e JOIN raw AS r USING (customer) JOIN whole AS w USING (customer);
-- The models do not depend on the digits.
SELECT count(DISTINCT rfm) AS rfm, count(DISTINCT abc) AS abc, count(DISTINCT btyd) AS btyd, count(DISTINCT spend) AS spend
FROM (SELECT * FROM ended_model UNION ALL SELECT * FROM raw_model UNION ALL SELECT * FROM whole_model) AS m;
SELECT tcs.metrics_sql('ended', 'orders', 'customer', 'at', 'amount', 'UTC', as_of => '2011-12-09', horizon => '6 months', margin => 0.4, annual_discount => 0.1) AS query \gset
CREATE VIEW typed AS :query;
SELECT pg_get_viewdef('typed') = pg_get_viewdef('ended') AS same;
-- More orders of one customer than an integer holds are an error, not another number.
SELECT replace(tcs.metrics_sql(NULL, 'orders', 'customer', 'at', 'amount', 'UTC', as_of => '2011-12-09'), 'count(*)', '(count(*) + 2147483640)') AS query \gset
\set VERBOSITY sqlstate
SELECT max(orders) FROM (:query) AS m;
\set VERBOSITY default
SELECT tcs.metrics_sql(NULL, 'orders', 'customer', 'at', 'amount', digits => 16);
SELECT tcs.metrics_sql(NULL, 'orders', 'customer', 'at', 'amount', digits => -1);

-- Lines are not orders where an order id is given.
CREATE TABLE lines AS SELECT o.customer, o.at, o.amount, CASE WHEN o.amount > 0 THEN customer || '/' || at END AS invoice, '{}'::json AS note
FROM orders AS o, generate_series(1, 3);
SELECT tcs.create_metrics('by_invoice', 'lines', 'customer', 'at', 'amount', 'UTC', as_of => '2011-12-09', horizon => '6 months', order_id => 'invoice');
SELECT count(*) FILTER (WHERE (i.purchases, i.revenue, i.first_day, i.last_day, i.mean_gap, i.r, i.f) IS DISTINCT FROM (e.purchases, 3 * e.revenue, e.first_day, e.last_day, e.mean_gap, e.r, e.f)) AS other,
	count(*) FILTER (WHERE i.orders <> l.orders) AS orders, count(*) FILTER (WHERE i.orders > e.orders) > 0 AS refunds, pg_typeof(max(i.orders)) AS type
FROM by_invoice AS i JOIN ended AS e USING (customer)
JOIN (SELECT customer, count(DISTINCT invoice) + 3 * count(DISTINCT at) FILTER (WHERE amount <= 0) AS orders FROM lines WHERE at < '2011-12-10' GROUP BY customer) AS l USING (customer);
SELECT count(DISTINCT m.btyd - 'notes') AS models FROM (SELECT btyd FROM by_invoice_model UNION ALL SELECT btyd FROM ended_model) AS m;
SELECT holdout->>'purchases' = (SELECT holdout->>'purchases' FROM ended_model WHERE id = 1) AS held FROM by_invoice_model;
SELECT tcs.metrics_sql(NULL, 'lines', 'customer', 'at', 'amount', order_id => 'note');
SELECT tcs.metrics_sql(NULL, 'lines', 'customer', 'at', 'amount', order_id => 'Invoice');
SELECT tcs.drop_metrics('by_invoice');

-- Functions take what the views give.
SELECT tcs.rfm_fit(days_since_last, purchases, revenue) = (SELECT rfm FROM ended_model ORDER BY id LIMIT 1) AS rfm_fit,
	tcs.abc_fit(revenue) = (SELECT abc FROM ended_model ORDER BY id LIMIT 1) AS abc_fit FROM ended;
SELECT count(*) AS differing FROM ended AS e, (SELECT rfm, abc FROM ended_model ORDER BY id LIMIT 1) AS f
WHERE tcs.rfm_cell(tcs.rfm_score(f.rfm, days_since_last, purchases, revenue)) <> rfm_cell OR tcs.abc_tier(f.abc, revenue) <> abc_tier;
SELECT count(s) > 0 AS rfm_score, tcs.gini(greatest(revenue, 0)) > 0 AS gini FROM (SELECT revenue, tcs.rfm_score(last_day, purchases, revenue) OVER () AS s FROM ended) AS x;
SELECT count(DISTINCT segment) > 2 AS segments FROM (SELECT tcs.segment_assign('tcs.rfm', x) AS segment FROM ended AS x) AS s;
SELECT count(tcs.segment_assign('tcs.value_tiers', x)) > 0 AS tiers FROM ended AS x;
INSERT INTO tcs.rule_set (name) VALUES ('minutes');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('minutes', 10, 'big', 'revenue >= 100 AND purchases > 2'), ('minutes', 20, 'small', 'clv < 10.5');
SELECT tcs.create_segmentation('seg', 'ended', 'customer', 'minutes') IS NOT NULL AS made;
SELECT count(*) > 0 AS members FROM seg;
SELECT length(tcs.report_html('seg')) > 1000 AS report;
SELECT count(*) > 0 AS traits FROM tcs.persona('ended', 'rfm_segment', '{revenue,orders}');

-- A column where the row belongs.
SELECT tcs.segment_assign('tcs.rfm', m) FROM ended AS m;
SELECT tcs.segment_assign('tcs.rfm', r) FROM ended AS r;
SELECT tcs.segment_assign('tcs.rfm', first_day) FROM ended;
SELECT tcs.segment_assign('tcs.rfm', 'a row');
SELECT tcs.segment_assign('tcs.rfm', ARRAY[1]) FROM ended;
SELECT count(tcs.segment_assign('tcs.rfm', m.*)) > 0 AS whole_row FROM ended AS m;
SELECT tcs.segment_matches('tcs.rfm', m) FROM ended AS m;
SELECT tcs.in_segment('tcs.rfm', 'Champions', m) FROM ended AS m;
SELECT customer FROM ended AS m WHERE tcs.in_segment('tcs.rfm', 'Champions', m);
SELECT tcs.rule_priorities('tcs.rfm', m) FROM ended AS m;
SELECT tcs.segment_explain('tcs.rfm', m) FROM ended AS m;
SELECT e.* FROM ended AS m, tcs.segment_explain('tcs.rfm', m) AS e;
SELECT tcs.scorecard_score('tcs.activity', m) FROM ended AS m;
SELECT tcs.scorecard_explain('tcs.activity', m) FROM ended AS m;
SELECT tcs.segment_assign_by('{"rules": []}', m) FROM ended AS m;
-- The arguments in another order.
SELECT tcs.segment_assign(x, 'tcs.rfm') FROM ended AS x;
SELECT tcs.segment_matches(x, 'tcs.rfm') FROM ended AS x;
SELECT tcs.segment_explain(x, 'tcs.rfm') FROM ended AS x;
SELECT tcs.in_segment(x, 'tcs.rfm', 'Champions') FROM ended AS x;
SELECT tcs.in_segment('tcs.rfm', x, 'Champions') FROM ended AS x;
SELECT tcs.scorecard_score(x, 'tcs.activity') FROM ended AS x;
SELECT tcs.scorecard_explain(x, 'tcs.activity') FROM ended AS x;
-- Right calls are as they were, with parameters and with names of other types.
PREPARE assigned AS SELECT count(tcs.segment_assign($1, x)) > 0 AS assigned FROM ended AS x;
EXECUTE assigned('tcs.rfm');
SELECT count(tcs.segment_assign('tcs.rfm'::varchar, x)) > 0 AS "varchar", count(tcs.segment_assign('tcs.rfm'::name, x)) > 0 AS name,
	count(tcs.segment_assign(rule_set => 'tcs.rfm', "row" => x)) > 0 AS named FROM ended AS x;
DEALLOCATE assigned;

-- Types that histories and fits do not take.
CREATE TABLE typed_orders AS SELECT customer, at, at::date AS day, at::date::text AS day_text, amount, amount::text AS amount_text, amount::money AS amount_money, extract(epoch FROM at)::bigint AS epoch FROM orders;
SELECT tcs.purchase_history(at, amount, DATE '2011-12-09') FROM typed_orders;
SELECT tcs.purchase_history(at, amount, now(), 'UTC') FROM typed_orders;
SELECT tcs.purchase_history(day, amount, now()) FROM typed_orders;
SELECT tcs.purchase_history(day_text, amount, DATE '2011-12-09') FROM typed_orders;
SELECT tcs.purchase_history(epoch, amount, DATE '2011-12-09') FROM typed_orders;
SELECT tcs.purchase_history(day, amount_text, DATE '2011-12-09') FROM typed_orders;
SELECT tcs.purchase_history(day, amount_money, DATE '2011-12-09') FROM typed_orders;
SELECT tcs.purchase_history(at, amount, DATE '2011-12-09', 5) FROM typed_orders;
SELECT tcs.holdout(day, amount, DATE '2011-06-09') FROM typed_orders;
SELECT tcs.holdout(at, amount, DATE '2011-06-09', DATE '2011-12-09') FROM typed_orders;
SELECT tcs.holdout(at, amount, '2011-06-09', '2011-12-09') FROM typed_orders;
SELECT tcs.holdout(day, amount, now(), now()) FROM typed_orders;
SELECT tcs.holdout(day, amount, DATE '2011-06-09', now()) FROM typed_orders;
SELECT tcs.holdout(amount, day, '2011-06-09', '2011-12-09') FROM typed_orders;
SELECT tcs.holdout(day_text, amount, '2011-06-09', '2011-12-09', 'UTC') FROM typed_orders;
SELECT tcs.holdout(at, amount_money, '2011-06-09', '2011-12-09', 'UTC') FROM typed_orders;
SELECT tcs.holdout(at, amount, DATE '2011-06-09', DATE '2011-12-09', 5) FROM typed_orders;
SELECT tcs.abc_fit(amount_money) FROM typed_orders;
SELECT tcs.abc_fit(amount_text) FROM typed_orders;
SELECT tcs.funnel(customer, at, interval '3 days') FROM typed_orders;
SELECT tcs.funnel(day_text, customer, interval '3 days') FROM typed_orders;
SELECT tcs.funnel(at, day_text, interval '3 days') FROM typed_orders;
SELECT tcs.funnel(at, customer, 3) FROM typed_orders;
SELECT tcs.btyd_fit(h) FROM (SELECT tcs.purchase_history(at, amount, DATE '2011-12-09') AS h FROM typed_orders GROUP BY customer) AS h;
SELECT tcs.rfm_fit(last_day, purchases, revenue) FROM ended;
SELECT tcs.rfm_fit(days_since_last, purchases, revenue::text) FROM ended;
SELECT tcs.rfm_fit(days_since_last, purchases, revenue::money) FROM ended;
SELECT tcs.rfm_fit(first_day::text, purchases, revenue) FROM ended;
-- Right calls, unknown literals included.
SELECT (tcs.purchase_history(day, amount, '2011-12-09')).x = (tcs.purchase_history(at, amount, '2011-12-09', 'UTC')).x AS literal,
	(tcs.purchase_history(at AT TIME ZONE 'UTC', amount, '2011-12-09')).t > 0 AS "timestamp", (tcs.purchase_history(day, 5, '2011-12-09', 'UTC')).t > 0 AS "integer",
	(tcs.purchase_history(day, NULL, '2011-12-09')).m_x AS no_amount FROM typed_orders WHERE customer = 7;
SELECT (tcs.purchase_history(3, 20, 40, 9)).x AS x, (tcs.purchase_history(3, 20, '40', NULL)).x AS null_value, (tcs.purchase_history(3, 2, 4, 9, '7 days')).t AS weeks;
SELECT tcs.holdout(day, 5, '2011-06-09', '2011-12-09') = tcs.holdout(at, 5, '2011-06-09', '2011-12-09', 'UTC') AS holdout, tcs.holdout(day, NULL, '2011-06-09', '2011-12-09') IS NOT NULL AS no_amount,
	tcs.funnel(day, 1, '1 day') = tcs.funnel(at, 1, '1 day')::date[] AS funnel, tcs.abc_fit(customer) = tcs.abc_fit(customer::float8) AS abc FROM typed_orders WHERE customer = 7;
SELECT tcs.rfm_fit(current_date - last_day, purchases, revenue) IS NOT NULL AS days, tcs.rfm_fit(now() - last_day::timestamptz, purchases, revenue) IS NOT NULL AS "interval",
	tcs.rfm_fit(days_since_last, '3', NULL) IS NULL AS "null" FROM ended;
SELECT tcs.persona('ended', 'rfm_segment', 'revenue');
SELECT count(*) > 0 AS name, (SELECT count(*) FROM tcs.persona('ended', 'rfm_segment', NULL)) > 0 AS "null", (SELECT count(*) FROM tcs.persona('ended', 'rfm_segment')) > 0 AS none
FROM tcs.persona('ended', 'rfm_segment', ARRAY['revenue']::name[]);

-- Units that lie.
SELECT tcs.metrics_sql(NULL, 'orders', 'customer', 'at', 'amount', horizon => '36');
SELECT tcs.metrics_sql(NULL, 'orders', 'customer', 'at', 'amount', annual_discount => 10);
SELECT tcs.metrics_sql(NULL, 'orders', 'customer', 'at', 'amount', annual_discount => 1);
SELECT tcs.metrics_sql(NULL, 'orders', 'customer', 'at', 'amount', margin => 30);
SELECT tcs.metrics_sql(NULL, 'orders', 'customer', 'at', 'amount', margin => -1.5);
SELECT tcs.create_metrics('never', 'orders', 'customer', 'at', 'amount', horizon => '36');
CREATE TABLE model AS SELECT tcs.btyd_model('mbg/nbd', 0.5, 20, 1, 2) AS b, tcs.spend_model(6, 4, 15) AS s, tcs.purchase_history(3, 20, 40, 9) AS h, tcs.sbg_model(0.7, 3.8) AS sbg;
SELECT tcs.churn_risk(b, h, '12') FROM model;
SELECT tcs.expected_purchases(b, h, '12') FROM model;
SELECT tcs.purchases_interval(b, h, '12') FROM model;
SELECT tcs.clv(b, s, h, '12') FROM model;
SELECT tcs.clv(b, s, h, '12 months', 30) FROM model;
SELECT tcs.clv(b, s, h, '12 months', 0.3, 10) FROM model;
SELECT tcs.value_at_risk(b, s, h, '12 months', 30) FROM model;
SELECT tcs.clv_interval(b, s, h, '12 months', 30) FROM model;
SELECT tcs.residual_value(b, s, h, 30, 0.1) FROM model;
SELECT tcs.residual_value(b, s, h, 0.3, 10) FROM model;
SELECT tcs.dert(b, h, 10) FROM model;
SELECT tcs.clv(sbg, 3, 50, 10) FROM model;
SELECT tcs.clv(sbg, 3, 50, 0.1, '12') FROM model;
SELECT tcs.value_at_risk(sbg, 3, 50, 0.1, '12') FROM model;
SELECT tcs.clv(b, s, h, '1 day', 1, 0.999) > 0 AS day, tcs.clv(b, s, h, '0', -1) = 0 AS nothing, tcs.clv(sbg, 3, 50, 0.1, '1 month') > 50 AS margin_is_money FROM model;

-- Dropped with all that was made, unless something is built on it.
SELECT tcs.drop_metrics('ended');
CREATE VIEW over_raw AS SELECT * FROM raw;
CREATE VIEW over_it AS SELECT * FROM over_raw;
SELECT tcs.drop_metrics('raw');
SELECT tcs.create_segmentation('seg2', 'over_it', 'customer', 'minutes') IS NOT NULL AS made;
SELECT tcs.drop_metrics('raw');
SELECT tcs.drop_segmentation('seg2');
DROP VIEW over_it, over_raw;
CREATE VIEW of_models AS SELECT * FROM raw_model;
SELECT tcs.drop_metrics('raw');
DROP VIEW of_models;
SELECT tcs.drop_metrics('raw');
SELECT to_regclass('raw') AS view, to_regclass('raw_model') AS models;
DROP TABLE whole_model CASCADE;
SELECT tcs.drop_metrics('orders');
SELECT tcs.drop_metrics('over_it');
SELECT tcs.drop_metrics(NULL);
CREATE ROLE regress_tcs_minutes;
GRANT USAGE ON SCHEMA minutes TO regress_tcs_minutes;
SET ROLE regress_tcs_minutes;
SELECT tcs.drop_metrics('minutes.old');
RESET ROLE;
BEGIN READ ONLY;
SELECT tcs.drop_metrics('old');
ROLLBACK;
ALTER TABLE old_model RENAME TO elsewhere;
CREATE TABLE old_model (a integer);
SELECT tcs.drop_metrics('old');
DROP TABLE old_model;
DROP VIEW typed;
SELECT tcs.drop_segmentation('seg');
SELECT tcs.drop_metrics('ended');
SELECT to_regclass('ended') AS view, to_regclass('ended_model') AS models;

-- Conditions that can never be legal are refused when they are written.
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('minutes', 30, 'x', 'EXISTS (SELECT 1)');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('minutes', 30, 'x', 'm.revenue > 5');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('minutes', 30, 'x', 'count(*) > 5');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('minutes', 30, 'x', 'sum(revenue) > 5');
INSERT INTO tcs.rule (rule_set, priority, segment, condition) VALUES ('minutes', 30, 'x', 'row_number() OVER () > 5');
UPDATE tcs.rule SET condition = 'revenue > (SELECT 5)' WHERE rule_set = 'minutes';
INSERT INTO tcs.scorecard (name) VALUES ('minutes');
INSERT INTO tcs.factor (scorecard, factor, expression, weight) VALUES ('minutes', 'f', '(SELECT 5)', 1);
-- Priorities come from the order where none are given.
SELECT tcs.rule_set_put('minutes', '{"rules": [{"segment": "b", "condition": "revenue > 9"}, {"segment": "a", "condition": "true"}]}');
SELECT priority, segment FROM tcs.rule WHERE rule_set = 'minutes' ORDER BY priority;
SELECT tcs.rule_set_copy('minutes', 'minutes too');
SELECT count(*) AS moves FROM tcs.rule_set_diff('minutes', 'minutes too', 'minutes.old');

SET client_min_messages = warning;
DELETE FROM tcs.rule_set WHERE name LIKE 'minutes%';
DELETE FROM tcs.scorecard WHERE name = 'minutes';
DROP SCHEMA minutes CASCADE;
DROP ROLE regress_tcs_minutes;
