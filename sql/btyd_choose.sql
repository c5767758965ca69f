-- The family that the data support: btyd_fit(history, 'auto').
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA choose;
SET search_path = choose;
-- Customers who leave, who never do, and who buy with a rhythm until they leave; one of everything at random, always the same.
CREATE FUNCTION at_random(what bigint) RETURNS double precision IMMUTABLE LANGUAGE sql AS
$$ SELECT ((hashint8extended(what, 7) & 1048575) + 0.5) / 1048576 $$;
CREATE TABLE log AS
SELECT nature, customer, day FROM (
	SELECT nature, customer, begin, nth, begin + floor(sum(gap) OVER w)::integer AS day, bool_or(leaves) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS gone
	FROM (SELECT nature, c AS customer, nth, date '2024-01-01' + (c % 200)::integer AS begin,
			CASE WHEN nth = 0 THEN 0 WHEN nature = 'rhythm' THEN 28 + 5 * at_random(c * 1000 + nth)
				ELSE -ln(at_random(c * 1000 + nth)) * 180 / -ln(at_random(c * 3) * at_random(c * 5) * at_random(c * 7)) END AS gap,
			nature <> 'faithful' AND at_random(-c * 1000 - nth) < 0.6 * at_random(-c) AS leaves
		FROM unnest(ARRAY['leaving', 'faithful', 'rhythm']) AS nature, generate_series(1::bigint, 400) AS c, generate_series(0, 60) AS nth) AS g
	WINDOW w AS (PARTITION BY nature, customer ORDER BY nth)) AS s
WHERE gone IS NOT TRUE AND day <= '2026-01-01';
CREATE TABLE history AS SELECT nature, customer, tcs.purchase_history(day, 1.0, '2026-01-01') AS h FROM log GROUP BY nature, customer;
CREATE TABLE chosen AS SELECT nature, tcs.btyd_fit(h, 'auto') AS model FROM history GROUP BY nature;
SELECT nature, model ->> 'model' AS chosen, model ->> 'k' AS k, model -> 'limits' AS limits FROM chosen ORDER BY nature;
-- What is compared is what each family says by name, and the best of them is the model.
CREATE TABLE named AS
SELECT nature, family, tcs.btyd_fit(h, family) AS model
FROM history, unnest('{mbg/nbd,bg/nbd,pareto/nbd,nbd,mbg/cnbd-k,bg/cnbd-k}'::text[]) AS family GROUP BY nature, family;
SELECT nature, count(*), bool_and(c.model -> 'compared' -> family = n.model -> 'bic') AS as_named,
	bool_or(c.model - 'compared' = n.model AND (n.model ->> 'bic')::float8 <= (SELECT min(value::float8) + 0.001 FROM jsonb_each_text(c.model -> 'compared'))) AS best
FROM chosen AS c JOIN named AS n USING (nature) GROUP BY nature ORDER BY nature;
SELECT bool_and(b) AS predicts FROM (SELECT tcs.churn_risk(model, h, '90 days') BETWEEN 0 AND 1 AS b FROM chosen JOIN history USING (nature)) AS s;
-- Neither the order of rows nor workers matter.
SELECT nature, tcs.btyd_fit(h, 'auto' ORDER BY hashtext(customer::text)) = model AS same FROM history JOIN chosen USING (nature) GROUP BY nature, model ORDER BY nature;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT nature, (SELECT tcs.btyd_fit(h, 'auto') FROM history WHERE history.nature = chosen.nature) = model AS same FROM chosen ORDER BY nature;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
-- Without the gaps there is no rhythm to be found; where there is too little to go by, nothing is compared.
SELECT array_agg(key ORDER BY key COLLATE "C") AS compared FROM (
	SELECT tcs.btyd_fit(tcs.purchase_history((h).x, (h).t_x, (h).t, 1), 'auto') AS model FROM history WHERE nature = 'rhythm' AND (h).x > 0) AS s, jsonb_object_keys(model -> 'compared') AS key;
SELECT model ->> 'model' AS model, model -> 'compared' AS compared, model ->> 'converged' AS converged, model ->> 'notes' AS notes FROM (SELECT tcs.btyd_fit(tcs.purchase_history(0, 0, t, 0), 'auto') AS model FROM generate_series(1, 9) AS t) AS s;
SELECT tcs.btyd_fit(NULL, 'auto') FROM generate_series(1, 3);
-- Very many: pareto/nbd is looked at on a part, which says much the same.
CREATE TABLE many AS
SELECT tcs.purchase_history(x, CASE WHEN x = 0 THEN 0 ELSE t * (0.1 + 0.9 * at_random(i)) END, t, CASE WHEN x = 0 THEN 0 ELSE 1 END) AS h
FROM generate_series(1::bigint, 12000) AS i, floor(-ln(at_random(-i)) * 3) AS x, floor(300 + 400 * at_random(i * 3)) AS t;
CREATE TABLE chosen_of_many AS SELECT tcs.btyd_fit(h, 'auto') AS model FROM many;
SELECT (model ->> 'tuples')::integer > 8000 AS many, abs((model -> 'compared' ->> 'pareto/nbd')::float8 / (pareto ->> 'bic')::float8 - 1) < 0.001 AS near, (model -> 'compared' -> 'mbg/nbd') = (mbg -> 'bic') AS exact,
	model - 'compared' = CASE model ->> 'model' WHEN 'mbg/nbd' THEN mbg WHEN 'bg/nbd' THEN bg WHEN 'pareto/nbd' THEN pareto END AS fitted_on_all
FROM chosen_of_many, LATERAL (SELECT tcs.btyd_fit(h, 'pareto/nbd') AS pareto, tcs.btyd_fit(h, 'mbg/nbd') AS mbg, tcs.btyd_fit(h, 'bg/nbd') AS bg FROM many) AS f;
-- Views of metrics choose anew with each fit.
CREATE TABLE orders AS SELECT customer, day, 5.0 AS amount FROM log WHERE nature = 'rhythm';
SELECT tcs.create_metrics('metrics', 'orders', 'customer', 'day', 'amount', as_of => '2026-01-01', family => 'auto');
SELECT tcs.refit_metrics('metrics') AS id;
SELECT tcs.refit_metrics('metrics', 'bg/nbd') AS id;
SELECT tcs.refit_metrics('metrics') AS id;
SELECT id, btyd ->> 'model' AS model, btyd ? 'compared' AS chosen FROM metrics_model ORDER BY id;
SELECT count(*) = count(churn_risk) AS all_scored FROM metrics;

SELECT tcs.btyd_fit(h, 'Auto') FROM history;
SELECT tcs.btyd_fit(h, 'auto', '1 day') FROM history;
SELECT tcs.btyd_model('auto', 1, 1, 1, 1);
SELECT tcs.btyd_fit(h, CASE WHEN customer % 2 = 0 THEN 'auto' ELSE 'mbg/cnbd-k' END) FROM history;
DROP SCHEMA choose CASCADE;
