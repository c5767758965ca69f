-- A risk of churn that learns from what became of customers: churn_fit.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA churn;
SET search_path = churn;
CREATE FUNCTION at_random(what bigint) RETURNS double precision IMMUTABLE LANGUAGE sql AS
$$ SELECT ((hashint8extended(what, 7) & 1048575) + 0.5) / 1048576 $$;
-- Durable goods, which nobody buys again soon, and purchases that fall from the sky at one rate; always the same.
CREATE TABLE log AS
SELECT nature, customer, begin + floor(coalesce(sum(gap) OVER (PARTITION BY nature, customer ORDER BY nth ROWS UNBOUNDED PRECEDING), 0))::integer AS day
FROM (SELECT nature, c AS customer, nth, date '2022-01-01' + floor(at_random(c * 31) * 1100)::integer AS begin,
		CASE WHEN nth > 0 AND nature = 'durable' THEN 300 + 400 * at_random(c * 17 + 3) + 300 * at_random(c * 1000 + nth)
			WHEN nth > 0 THEN -200 * ln(at_random(c * 1000 + nth)) END AS gap
	FROM unnest(ARRAY['durable', 'chance']) AS nature, generate_series(1::bigint, 1500) AS c, generate_series(0, 12) AS nth) AS g;
CREATE TABLE cut AS SELECT day AS as_of, day + 180 AS until FROM unnest('{2024-05-01,2024-09-01,2025-01-01}'::date[]) AS day;
CREATE TABLE pair AS
SELECT nature, customer, as_of, until, tcs.purchase_history(day, NULL::float8, as_of) AS h, (tcs.holdout(day, NULL::float8, as_of, until)).purchases > 0 AS returned
FROM log CROSS JOIN cut WHERE day <= until GROUP BY nature, customer, as_of, until;
CREATE TABLE today AS
SELECT nature, customer, tcs.purchase_history(day, NULL::float8, '2025-07-01') AS h, (tcs.holdout(day, NULL::float8, '2025-07-01', '2025-12-28')).purchases > 0 AS returned
FROM log WHERE day <= '2025-12-28' GROUP BY nature, customer;
DELETE FROM today WHERE (h).x IS NULL;
CREATE TABLE base AS SELECT nature, tcs.btyd_fit(h) AS base FROM today GROUP BY nature;
CREATE TABLE learned AS SELECT nature, base, tcs.churn_fit(h, returned, as_of, until, base, '180 days') AS model FROM pair JOIN base USING (nature) GROUP BY nature, base;
SELECT nature, model ->> 'corrected' AS corrected, (model ->> 'brier')::float8 < (model ->> 'brier_base')::float8 AS better, model -> 'base' = base AS knows_base, model ->> 'horizon' AS horizon,
	jsonb_array_length(model -> 'splits') AS splits, model -> 'left_out' AS left_out, regexp_replace(model -> 'notes' ->> 0, '[0-9.]+ %', 'n %') AS note FROM learned ORDER BY nature;
-- On the days that came then: the base has it upside down.
SELECT nature, tcs.auc(was, NOT returned) > 0.6 AS base_ranks, tcs.auc(risk, NOT returned) > 0.7 AS ranks, tcs.brier(risk, NOT returned) < tcs.brier(was, NOT returned) - 0.005 AS better, bool_and(risk = was) AS is_base
FROM (SELECT nature, returned, tcs.churn_risk(base, h, '180 days') AS was, tcs.churn_risk(model, h, '180 days') AS risk FROM today JOIN learned USING (nature)) AS s GROUP BY nature ORDER BY nature;
-- The risk is what the model says in plain numbers, within the ranges, on a later day too.
CREATE FUNCTION by_hand(model jsonb, h tcs.purchase_history, after integer) RETURNS float8 LANGUAGE sql AS $$
	SELECT 1 / (1 + exp(-z - (SELECT sum((model -> 'coefficients' ->> i)::float8 * CASE i WHEN 0 THEN 1 ELSE least(greatest(feature[i], (model -> 'least' ->> (i - 1))::float8), (model -> 'greatest' ->> (i - 1))::float8) END) FROM generate_series(0, 5) AS i)))
	FROM (SELECT z, ARRAY[z, ln(1 + (h).x), ln(1 + away), CASE WHEN t > 0 THEN away / t ELSE 0 END, ((h).x > 0)::integer] AS feature
		FROM (SELECT ln(risk / (1 - risk)) AS z, (h).t + after - (h).t_x AS away, (h).t + after AS t FROM tcs.churn_risk(model -> 'base', h, '180 days', make_interval(days => after)) AS risk) AS r) AS f $$;
SELECT model -> 'features' AS features FROM learned WHERE nature = 'durable';
SELECT max(abs(tcs.churn_risk(model, h, '180 days', make_interval(days => after)) - by_hand(model, h, after))) < 1e-12 AS right, count(*) > 3000 AS many
FROM today JOIN learned USING (nature) CROSS JOIN unnest('{0,33,2000}'::integer[]) AS after WHERE nature = 'durable';
-- One split: the coefficients are where the penalised likelihood has its top, by the base fitted at that split, and its figures are those of the judges.
CREATE TABLE one AS SELECT tcs.churn_fit(h, returned, as_of, until, base, '180 days') AS model FROM pair JOIN base USING (nature) WHERE nature = 'durable' AND as_of = '2025-01-01';
CREATE TABLE rows_of_one AS
SELECT was, was_risk, NOT returned AS away, ARRAY[was, ln(1 + (h).x), ln(1 + (h).t - (h).t_x), CASE WHEN (h).t > 0 THEN 1 - (h).t_x / (h).t ELSE 0 END, ((h).x > 0)::integer] AS f
FROM (SELECT h, returned, ln(risk / (1 - risk)) AS was, risk AS was_risk FROM pair, LATERAL (SELECT tcs.btyd_fit(o.h) AS m FROM pair AS o WHERE o.nature = 'durable' AND o.as_of = '2025-01-01') AS fitted, tcs.churn_risk(m, h, '180 days') AS risk
	WHERE nature = 'durable' AND as_of = '2025-01-01' AND (h).x IS NOT NULL) AS s;
SELECT model -> 'strength' AS strength, model -> 'shift' AS shift, abs((model ->> 'brier_base')::float8 / (SELECT tcs.brier(was_risk, away) FROM rows_of_one) - 1) < 1e-12 AS brier_base, (model ->> 'customers')::integer = (SELECT count(*) FROM rows_of_one) AS customers,
	(model ->> 'away')::integer = (SELECT count(*) FILTER (WHERE away) FROM rows_of_one) AS away FROM one;
SELECT i, avg(variance) > 1e-9 AS varies, abs(avg((p - away::integer) * f[i]) + avg(penalty * coefficient * variance) / count(*)) < 1e-7 AS at_top, avg(coefficient) <> 0 AS has_coefficient
FROM (SELECT i, r.*, (model ->> 'penalty')::float8 AS penalty, (model -> 'coefficients' ->> i)::float8 AS coefficient, (SELECT var_pop(f[i]) FROM rows_of_one) AS variance,
		1 / (1 + exp(-was - (model -> 'coefficients' ->> 0)::float8 - (SELECT sum((model -> 'coefficients' ->> j)::float8 * f[j]) FROM generate_series(1, 5) AS j))) AS p
	FROM one, rows_of_one AS r, generate_series(1, 5) AS i) AS s GROUP BY i ORDER BY i;
-- Neither the order of rows nor workers matter; rows without a history or an outcome are counted.
SELECT nature, tcs.churn_fit(h, returned, as_of, until, base, '180 days' ORDER BY hashtext(customer::text)) = model AS same FROM pair JOIN learned USING (nature) GROUP BY nature, model ORDER BY nature;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT nature, (SELECT tcs.churn_fit(h, returned, as_of, until, base, '180 days') FROM pair WHERE pair.nature = learned.nature) = model AS same FROM learned ORDER BY nature;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
SELECT tcs.churn_fit(h, CASE WHEN customer % 3 > 0 THEN returned END, as_of, until, base, '180 days') -> 'left_out' AS left_out FROM pair JOIN base USING (nature) WHERE nature = 'chance';
-- Several bases, of a shop that customers leave for good: what was learned on those that did nearly as well as the best where they
-- had not learned is blended, each of which is what it would be alone; others, and those that are equal, are not.
CREATE TABLE leaving AS
SELECT customer, begin + floor(coalesce(sum(gap) OVER (PARTITION BY customer ORDER BY nth ROWS UNBOUNDED PRECEDING), 0))::integer AS day
FROM (SELECT c AS customer, nth, date '2022-01-01' + floor(at_random(c * 37) * 1000)::integer AS begin,
		CASE WHEN nth > 0 THEN -ln(at_random(c * 1000 + nth)) * 12 / (0.02 + at_random(c * 23) ^ 3) END AS gap
	FROM generate_series(1::bigint, 1500) AS c, LATERAL generate_series(0, floor(ln(at_random(c * 41)) / ln(1 - 0.05 - 0.5 * at_random(c * 43) ^ 2))::integer) AS nth) AS g;
CREATE TABLE left_pair AS
SELECT customer, as_of, until, tcs.purchase_history(day, NULL::float8, as_of) AS h, (tcs.holdout(day, NULL::float8, as_of, until)).purchases > 0 AS returned
FROM leaving CROSS JOIN cut WHERE day <= until GROUP BY customer, as_of, until;
CREATE TABLE left_today AS SELECT customer, tcs.purchase_history(day, NULL::float8, '2025-07-01') AS h FROM leaving WHERE day <= '2025-07-01' GROUP BY customer;
CREATE TABLE bases AS SELECT jsonb_agg(m ORDER BY family) AS bases FROM (SELECT family, tcs.btyd_fit(h, family) AS m FROM left_today, unnest('{bg/nbd,mbg/nbd,nbd,pareto/nbd}'::text[]) AS family GROUP BY family) AS f;
CREATE TABLE alone AS SELECT base AS m, model, CASE WHEN (model ->> 'corrected')::bool THEN model ->> 'brier' ELSE model ->> 'brier_base' END::float8 AS loss
FROM (SELECT base, tcs.churn_fit(h, returned, as_of, until, base, '180 days') AS model FROM left_pair, (SELECT jsonb_array_elements(bases) AS base FROM bases) AS b GROUP BY base) AS f;
CREATE TABLE blended AS SELECT bases, tcs.churn_fit(h, returned, as_of, until, bases, '180 days') AS model FROM left_pair, bases GROUP BY bases;
CREATE TABLE member AS SELECT alone.*, m IN (SELECT e -> 'base' FROM jsonb_array_elements(b.model || (b.model -> 'blend')) AS e) AS blended FROM alone, blended AS b;
SELECT m ->> 'model' AS family, loss < 1.01 * (SELECT min(loss) FROM member) AS nearly_best, blended FROM member ORDER BY 1;
SELECT model -> 'base' = (SELECT m FROM member ORDER BY loss LIMIT 1) AS best_first, model - 'blend' - 'notes' = (SELECT model - 'notes' FROM member ORDER BY loss LIMIT 1) AS as_alone, model -> 'notes' ->> 1 AS note FROM blended;
SELECT max(abs(tcs.churn_risk(b.model, h, '180 days', '9 days') - mean)) < 1e-12 AS mean_of_all, max(abs(tcs.churn_risk(b.model, h, '180 days') - tcs.churn_risk(b.model - 'blend', h, '180 days'))) > 0.001 AS differs
FROM blended AS b, left_today, LATERAL (SELECT avg(tcs.churn_risk(model, h, '180 days', '9 days')) AS mean FROM member WHERE blended) AS a;
SELECT nature, tcs.churn_fit(h, returned, as_of, until, jsonb_build_array(base), '180 days') = model AS one, tcs.churn_fit(h, returned, as_of, until, jsonb_build_array(base, base, base), '180 days') = model AS the_same FROM pair JOIN learned USING (nature) GROUP BY nature, base, model ORDER BY nature;
-- The order in which they are given does not matter, but for that of the models in the blend.
SELECT max(abs(tcs.churn_risk(b.model, h, '180 days') - tcs.churn_risk(r.model, h, '180 days'))) < 1e-12 AS same FROM blended AS b, left_today,
	(SELECT tcs.churn_fit(h, returned, as_of, until, (SELECT jsonb_agg(e ORDER BY n DESC) FROM bases, jsonb_array_elements(bases) WITH ORDINALITY AS a(e, n)), '180 days') AS model FROM left_pair) AS r;
-- A split at which no model can be found is left out; a few customers are too few; none are NULL.
SELECT model -> 'notes' AS notes, jsonb_array_length(model -> 'splits') AS splits, model ->> 'corrected' AS corrected, model -> 'brier' AS brier, tcs.churn_risk(model, (SELECT h FROM today WHERE nature = 'chance' AND customer = 1), '90 days') BETWEEN 0 AND 1 AS scores
FROM (VALUES ('{0,0,0}'::integer[]), ('{0,1,3}'), ('{0}')) AS v(once), LATERAL (SELECT tcs.churn_fit(tcs.purchase_history(x, x * 10, 50, NULL), x > 0, '2025-01-01', '2025-04-01', (SELECT base FROM base WHERE nature = 'chance'), '90 days') AS model FROM unnest(once) AS x) AS s ORDER BY 1, 2;
SELECT tcs.churn_fit(NULL, true, '2025-01-01', '2025-04-01', base, '90 days') -> 'notes' AS notes FROM base WHERE nature = 'chance';
SELECT tcs.churn_fit(h, returned, as_of, until, base, '180 days') FROM pair JOIN base USING (nature) WHERE false;
-- What is refused.
SELECT tcs.churn_fit(h, true, NULL, '2025-04-01', base, '90 days') FROM today JOIN base USING (nature);
SELECT tcs.churn_fit(h, true, '2025-01-01', NULL, base, '90 days') FROM today JOIN base USING (nature);
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-01-01', base, '90 days') FROM today JOIN base USING (nature);
SELECT tcs.churn_fit(h, true, '2025-01-01', 'infinity', base, '90 days') FROM today JOIN base USING (nature);
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', NULL, '90 days') FROM today;
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', base, NULL) FROM today JOIN base USING (nature);
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', base, '0 days') FROM today JOIN base USING (nature);
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', base, '-1 day') FROM today JOIN base USING (nature);
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', base, '90') FROM today JOIN base USING (nature);
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', base, '90 days') FROM today JOIN base USING (nature);
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', (SELECT base FROM base LIMIT 1), make_interval(days => customer::integer)) FROM today;
SELECT tcs.churn_fit(h, true, date '2025-01-01' + customer::integer, '2035-04-01', (SELECT base FROM base LIMIT 1), '90 days') FROM today;
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', '{"model": "bg/bb", "version": 1, "period": 1, "alpha": 1, "beta": 1, "gamma": 1, "delta": 1}', '90 days') FROM today;
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', '{"model": "mbg/nbd", "version": 1, "r": null, "alpha": 1, "a": 1, "b": 1}', '90 days') FROM today;
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', model, '90 days') FROM today, learned;
SELECT tcs.churn_fit((NULL, NULL, NULL, NULL, -1, 0, 100, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history, true, '2025-01-01', '2025-04-01', base, '90 days') FROM base;
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', '[]', '90 days') FROM today;
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', jsonb_build_array(base, base, base, base, base, base, base, base, base), '90 days') FROM today JOIN base USING (nature) WHERE nature = 'chance';
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', jsonb_build_array(base, 7), '90 days') FROM today JOIN base USING (nature) WHERE nature = 'chance';
SELECT tcs.churn_fit(h, true, '2025-01-01', '2025-04-01', jsonb_build_array(base, '{"model": "bg/bb", "version": 1, "period": 1, "alpha": 1, "beta": 1, "gamma": 1, "delta": 1}'::jsonb), '90 days') FROM today JOIN base USING (nature) WHERE nature = 'chance';
SET tcs.fit_memory = '64kB';
SELECT tcs.churn_fit(h, returned, as_of, until, base, '180 days') FROM pair JOIN base USING (nature) WHERE nature = 'chance';
RESET tcs.fit_memory;
SELECT tcs.churn_risk(model, h, '181 days') FROM today JOIN learned USING (nature);
SELECT tcs.p_alive(model, h) FROM today JOIN learned USING (nature);
-- A model that somebody has written is looked at.
CREATE FUNCTION scored(model jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN tcs.churn_risk(model, (SELECT h FROM today WHERE nature = 'durable' AND customer = 1), '180 days')::text;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT change, scored(model || change::jsonb) AS answer FROM learned, unnest(ARRAY['{"version": 2}', '{"base": 1}', '{"base": {}}', '{"base": null}', '{"horizon": "long"}', '{"horizon": -1}', '{"corrected": 7}', '{"coefficients": [1, 2]}', '{"coefficients": [1, 2, 3, 4, 5, null]}',
	'{"coefficients": "none"}', '{"least": [9e9, 0, 0, 0, 0]}', '{"greatest": [-1e9, 9, 9, 9, 9]}', '{"coefficients": [1e400, 0, 0, 0, 0, 0]}', '{"coefficients": [1e308, 1e308, 1e308, 1e308, 1e308, 1e308]}', '{"coefficients": [0, 0, 0, 0, 0, 0, 0]}', '{"corrected": false, "coefficients": 5}']) AS change
WHERE nature = 'durable' AND change !~ 'corrected": false';
SELECT scored(model || '{"corrected": false, "coefficients": 5}') = scored(base) AS base FROM learned WHERE nature = 'durable';
SELECT change, left(scored(model - change), 60) AS answer FROM learned, unnest(ARRAY['base', 'horizon', 'coefficients', 'least', 'greatest']) AS change WHERE nature = 'durable';
SELECT change, left(scored(model || jsonb_build_object('blend', replace(change, 'MODEL', model::text)::jsonb)), 100) AS answer FROM learned, unnest(ARRAY['7', '{}', '[]', '[7]', '[{}]', '[MODEL,MODEL,MODEL,MODEL,MODEL,MODEL,MODEL,MODEL,MODEL]']) AS change WHERE nature = 'durable';
SELECT left(scored(model || jsonb_build_object('blend', jsonb_build_array(model || '{"horizon": 90}'))), 100) AS other_horizon, scored(model || jsonb_build_object('blend', jsonb_build_array(model))) = scored(model) AS itself FROM learned WHERE nature = 'durable';
-- A scan of infinite and huge histories.
SELECT t::text, tcs.churn_risk(model, (NULL, NULL, NULL, NULL, x, t_x, t, NULL, NULL, NULL, NULL, NULL, NULL)::tcs.purchase_history, '180 days') BETWEEN 0 AND 1 AS within FROM learned, (VALUES (0, 0, 0), (2147483647, 1e9, 1e12), (0, 0, '1e300'::float8), (5, 0, 0)) AS h(x, t_x, t) WHERE nature = 'durable';
DROP SCHEMA churn CASCADE;
