-- The risk of churn of a metrics view learns from the view's own past, where that makes it better.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA learns;
SET search_path = learns;
SET TimeZone = 'UTC';
CREATE FUNCTION at_random(what bigint) RETURNS double precision IMMUTABLE LANGUAGE sql AS
$$ SELECT ((hashint8extended(what, 7) & 1048575) + 0.5) / 1048576 $$;
-- Durable goods, which nobody buys again soon; and purchases that fall from the sky at one rate.
CREATE TABLE log AS
SELECT nature, customer, begin + floor(coalesce(sum(gap) OVER (PARTITION BY nature, customer ORDER BY nth ROWS UNBOUNDED PRECEDING), 0))::integer AS day, 20 + customer % 7 * nth AS amount
FROM (SELECT nature, c AS customer, nth, date '2022-01-01' + floor(at_random(c * 31) * 1100)::integer AS begin,
		CASE WHEN nth > 0 AND nature = 'durable' THEN 300 + 400 * at_random(c * 17 + 3) + 300 * at_random(c * 1000 + nth)
			WHEN nth > 0 THEN -200 * ln(at_random(c * 1000 + nth)) END AS gap
	FROM unnest(ARRAY['durable', 'chance']) AS nature, generate_series(1::bigint, 800) AS c, generate_series(0, 12) AS nth) AS g;
CREATE VIEW goods AS SELECT * FROM log WHERE nature = 'durable';
CREATE VIEW sky AS SELECT customer, day::timestamp + '23:30' AS at, amount FROM log WHERE nature = 'chance';
SELECT tcs.create_metrics('m', 'goods', 'customer', 'day', 'amount', as_of => '2026-01-01', horizon => '6 months', family => 'mbg/nbd');
SELECT tcs.create_metrics('s', 'sky', 'customer', 'at', 'amount', 'Asia/Tokyo', as_of => '2026-01-01', horizon => '6 months', family => 'mbg/nbd');
CREATE VIEW models AS SELECT 'm' AS view, * FROM m_model UNION ALL SELECT 's', * FROM s_model;
SELECT view, churn ->> 'corrected' AS corrected, holdout -> 'learned' ->> 'used' AS used, churn -> 'base' = btyd AS base, regexp_replace(holdout ->> 'summary', '.*(; churn_risk has learned.*)|.*', '\1') ~ 'AUC 0[.][7-9]' AS words FROM models ORDER BY view;
-- The cuts, and what is learned at them, by hand.
CREATE FUNCTION split(end_day date, days integer, horizon integer, OUT as_of date, OUT until date) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT end_day - back - length, end_day - back
	FROM (VALUES (least(horizon, floor(0.4 * days)::integer), 0), (least(horizon, floor(0.5 * days)::integer), CASE WHEN horizon < 0.5 * days THEN (days - horizon) / 5 ELSE 0 END),
		(least(horizon, floor(0.25 * days)::integer), 2 * (days - least(horizon, floor(0.25 * days)::integer)) / 5)) AS v (length, back) $$;
SELECT split ->> 'as_of' AS as_of, split ->> 'until' AS until FROM m_model, jsonb_array_elements(churn -> 'splits') AS split ORDER BY 2 DESC, 1 DESC;
SELECT * FROM (SELECT '2026-01-01'::date - min(day) AS days FROM goods) AS d, split('2026-01-01', days, 182) ORDER BY until DESC, as_of DESC;
SELECT tcs.churn_fit(h, returned, as_of, until, (SELECT btyd FROM m_model), '6 months') - 'left_out' = (SELECT churn - 'left_out' FROM m_model) AS same
FROM (SELECT customer, as_of, until, tcs.purchase_history(day, NULL::float8, as_of) AS h, (tcs.holdout(day, NULL::float8, as_of, until)).purchases > 0 AS returned
	FROM goods, (SELECT '2026-01-01'::date - min(day) AS days FROM goods) AS d, split('2026-01-01', days, 182) WHERE day <= until GROUP BY customer, as_of, until) AS p WHERE (h).x IS NOT NULL;
SELECT count(*) AS customers, count(*) FILTER (WHERE m.churn_risk <> tcs.churn_risk(churn, h, '6 months')) AS wrong, count(*) FILTER (WHERE m.churn_risk <> tcs.churn_risk(btyd, h, '6 months')) > 700 AS other,
	count(*) FILTER (WHERE m.p_alive <> tcs.p_alive(btyd, h)) AS alive
FROM m JOIN (SELECT customer, tcs.purchase_history(day, amount, '2026-01-01') AS h FROM goods WHERE day <= '2026-01-01' GROUP BY customer) AS c USING (customer), m_model;
-- What was learned a horizon ago, and how right it was.
CREATE TABLE past AS
SELECT customer, tcs.purchase_history(day, NULL::float8, '2025-07-01') AS h, (tcs.holdout(day, NULL::float8, '2025-07-01', '2026-01-01')).purchases = 0 AS away FROM goods WHERE day <= '2026-01-01' GROUP BY customer;
SELECT abs((m.holdout -> 'learned' ->> 'auc')::float8 - j.auc) < 1e-12 AS auc, abs((m.holdout -> 'learned' ->> 'brier')::float8 - brier) < 1e-12 AS brier, v.auc = (m.holdout -> 'learned' ->> 'auc')::float8 AS told, m.holdout ->> 'summary' = v.holdout AS words,
	m.holdout -> 'learned' -> 'calibration' = to_jsonb(j.bins) AS calibration, abs((m.holdout -> 'learned' ->> 'calibration_error')::float8 - (SELECT sum(customers * abs(predicted - observed)) / sum(customers) FROM unnest(j.bins))) < 1e-12 AS off
FROM m_model AS m, tcs.metrics_views AS v, LATERAL (
	SELECT tcs.auc(risk, away), tcs.brier(risk, away), tcs.calibration(risk, away, 10) AS bins FROM past, LATERAL (
		SELECT tcs.churn_fit(p.h, returned, as_of, until, m.holdout -> 'btyd', '6 months') AS model
		FROM (SELECT customer, as_of, until, tcs.purchase_history(day, NULL::float8, as_of) AS h, (tcs.holdout(day, NULL::float8, as_of, until)).purchases > 0 AS returned
			FROM goods, (SELECT '2026-01-01'::date - min(day) AS days FROM goods) AS d, split('2025-07-01', floor(days - 182.625)::integer, 182) WHERE day <= until GROUP BY customer, as_of, until) AS p) AS f,
		tcs.churn_risk(model, past.h, '6 months') AS risk WHERE (past.h).x IS NOT NULL) AS j
WHERE view = 'm'::regclass;
SELECT v.auc = (s.holdout ->> 'auc')::float8 AS of_base FROM s_model AS s, tcs.metrics_views AS v WHERE view = 's'::regclass;
-- The model of purchases alone: until the next fit, or for good.
CREATE FUNCTION by_base(OUT by_base boolean) LANGUAGE sql AS $$
	SELECT bool_and(m.churn_risk = tcs.churn_risk(btyd, h, '6 months')) FROM m JOIN (SELECT customer, tcs.purchase_history(day, amount, '2026-01-01') AS h FROM goods WHERE day <= '2026-01-01' GROUP BY customer) AS c USING (customer),
		(SELECT btyd FROM m_model ORDER BY id DESC LIMIT 1) AS f $$;
UPDATE m_model SET churn = NULL;
SELECT * FROM by_base();
SELECT tcs.refit_metrics('m') AS id;
SELECT * FROM by_base();
SELECT tcs.refit_metrics('m', learn => false) AS id;
SELECT churn, holdout ? 'learned' AS learned, obj_description('m'::regclass) LIKE '%has learned%' AS said FROM m_model ORDER BY id DESC LIMIT 1;
SELECT * FROM by_base();
SELECT tcs.refit_metrics('m', 'mbg/nbd') AS id;
SELECT * FROM by_base();
SELECT tcs.refit_metrics('m', NULL, true) AS id;
SELECT * FROM by_base();
SELECT count(DISTINCT churn) AS models, count(*) AS rows FROM m_model;
-- A row of one's own without it, and rows that cannot be read, are of the base.
CREATE FUNCTION with_churn(churn jsonb, OUT by_base boolean) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO m_model (rfm, abc, btyd, spend, churn) SELECT rfm, abc, btyd, spend, with_churn.churn FROM m_model WHERE id = 1;
	SELECT b.by_base INTO with_churn.by_base FROM by_base() AS b;
END $$;
SELECT what, by_base FROM (VALUES (1, 'none', NULL::jsonb), (2, 'version', '{"version": 2}'), (3, 'kind', '{"model": "sbg"}'), (4, 'base', '{"corrected": false}'), (5, 'no boolean', '{"corrected": 1}')) AS v (n, what, change),
	LATERAL with_churn((SELECT churn || change FROM m_model WHERE id = 2)) ORDER BY n;
-- Too little: a log shorter than the horizon, nobody, no model of purchases.
SELECT tcs.create_metrics('short', 'goods', 'customer', 'day', 'amount', as_of => '2026-01-01', horizon => '5 years', family => 'mbg/nbd');
CREATE TABLE empty (LIKE log);
SELECT tcs.create_metrics('nobody', 'empty', 'customer', 'day', 'amount', as_of => '2026-01-01');
CREATE TABLE once AS SELECT customer, day, amount FROM log WHERE nature = 'durable' AND day < '2022-06-01' AND customer < 40;
SELECT tcs.create_metrics('few', 'once', 'customer', 'day', 'amount', as_of => '2026-01-01', family => 'mbg/nbd');
SELECT view, churn ->> 'corrected' AS corrected, churn -> 'notes' -> 0 AS note FROM (SELECT 'short' AS view, churn FROM short_model UNION ALL SELECT 'nobody', churn FROM nobody_model UNION ALL SELECT 'few', churn FROM few_model) AS v ORDER BY view;
DROP SCHEMA learns CASCADE;
