-- btyd_fit: models of repeat purchases.  Estimates are compared with a likelihood
-- computed in SQL from the formulas of the papers, which must be greatest there.

CREATE FUNCTION pg_temp.log_gamma(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	-- Stirling's series ten higher up
	SELECT (x + 9.5) * ln(x + 10) - (x + 10) + 0.91893853320467274 + (1.0::float8 / 12 - (1.0::float8 / 360 - 1.0::float8 / (1260 * (x + 10) ^ 2)) / (x + 10) ^ 2) / (x + 10)
		- ln(x * (x + 1) * (x + 2) * (x + 3) * (x + 4)) - ln((x + 5) * (x + 6) * (x + 7) * (x + 8) * (x + 9))
$$;
SELECT abs(pg_temp.log_gamma(0.5) - ln(pi()) / 2) < 1e-10 AS half, abs(pg_temp.log_gamma(11) - ln(3628800)) < 1e-10 AS eleven;

-- Batislam, Denizel and Filiztekin (2007); Fader, Hardie and Lee (2005), equation 3
CREATE FUNCTION pg_temp.log_likelihood(family text, p float8[], x int, t_x float8, t float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT pg_temp.log_gamma(p[1] + x) - pg_temp.log_gamma(p[1]) + p[1] * ln(p[2])
		+ pg_temp.log_gamma(p[3] + p[4]) - pg_temp.log_gamma(p[4])
		+ CASE family
			WHEN 'bg/nbd' THEN ln(exp(pg_temp.log_gamma(p[4] + x) - pg_temp.log_gamma(p[3] + p[4] + x)) * (p[2] + t) ^ -(p[1] + x)
				+ CASE WHEN x > 0 THEN p[3] * exp(pg_temp.log_gamma(p[4] + x - 1) - pg_temp.log_gamma(p[3] + p[4] + x)) * (p[2] + t_x) ^ -(p[1] + x) ELSE 0 END)
			ELSE ln(exp(pg_temp.log_gamma(p[4] + x + 1) - pg_temp.log_gamma(p[3] + p[4] + x + 1)) * (p[2] + t) ^ -(p[1] + x)
				+ p[3] * exp(pg_temp.log_gamma(p[4] + x) - pg_temp.log_gamma(p[3] + p[4] + x + 1)) * (p[2] + t_x) ^ -(p[1] + x))
		  END
$$;

-- A population that is what the models say: rates Gamma(1, 20 days), dropout
-- Beta(1, 3) after every purchase, watched for 100 to 299 days.
CREATE FUNCTION pg_temp.uniform(customer int, nth int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	$$ SELECT ((hashint8extended(nth, customer * 7919) & 4503599627370495) + 0.5::float8) / 4503599627370496::float8 $$;
CREATE TEMP TABLE customer AS
	SELECT c, 100 + c % 200 AS t, -ln(pg_temp.uniform(c, 1)) / 20 AS rate, pg_temp.uniform(c, 2) ^ (1.0 / 3) AS stays
	FROM generate_series(1, 4000) AS c;
CREATE TEMP TABLE history AS
WITH RECURSIVE purchase AS (
	SELECT c, 0 AS n, 0::float8 AS at FROM customer
	UNION ALL
	SELECT c, n + 1, at - ln(pg_temp.uniform(c, 2 * n + 10)) / rate
	FROM purchase JOIN customer USING (c)
	WHERE pg_temp.uniform(c, 2 * n + 11) < stays AND at - ln(pg_temp.uniform(c, 2 * n + 10)) / rate < t AND n < 500
)
SELECT c, tcs.purchase_history(max(n), max(floor(at)), t, CASE WHEN max(n) > 0 THEN 10 ELSE 0 END) AS h
FROM purchase JOIN customer USING (c) GROUP BY c, t;

CREATE TEMP TABLE family AS SELECT unnest('{mbg/nbd,bg/nbd,pareto/nbd}'::text[]) AS family;
CREATE TEMP TABLE fit AS
	SELECT family, tcs.btyd_fit(h, family) AS model FROM history, family GROUP BY family;
SELECT family, model ->> 'model' AS model, model -> 'converged' AS converged, model -> 'customers' AS customers, model -> 'notes' AS notes,
	(model ->> 'tuples')::int = (SELECT count(DISTINCT h) FROM history) AS tuples,
	(model ->> 'gradient_norm')::float8 < 1e-6 AS at_top, (model ->> 'condition_number')::float8 BETWEEN 1 AND 1e4 AS well_determined,
	abs((model ->> 'aic')::float8 - 8 + 2 * (model ->> 'log_likelihood')::float8) < 1e-6 AS aic,
	abs((model ->> 'bic')::float8 - 4 * ln(4000::float8) + 2 * (model ->> 'log_likelihood')::float8) < 1e-6 AS bic
FROM fit ORDER BY 1;

-- the truth is within four standard errors, and these are not wide
SELECT name, abs(value - truth) < 4 * standard_error AS near, standard_error < truth AS narrow
FROM fit, tcs.model_summary(model) JOIN (VALUES ('r', 1.0), ('alpha', 20), ('a', 1), ('b', 3)) AS t (name, truth) USING (name)
WHERE family = 'mbg/nbd' ORDER BY name;

-- the likelihood is that of the papers, and smaller to every side
WITH fit AS (
	SELECT family, tcs.btyd_fit(h, family) AS model FROM history, family WHERE c <= 250 AND family <> 'pareto/nbd' GROUP BY family
), parameter AS (
	SELECT family, (model ->> 'log_likelihood')::float8 AS best, side,
		ARRAY[model -> 'r', model -> 'alpha', model -> 'a', model -> 'b'] AS p
	FROM fit, generate_series(0, 8) AS side
), moved AS (
	SELECT family, best, side, (SELECT array_agg(v::float8 * CASE WHEN n = (side + 1) / 2 THEN 1 + 0.02 * (2 * (side % 2) - 1) ELSE 1 END ORDER BY n)
								FROM unnest(p) WITH ORDINALITY AS u (v, n)) AS p
	FROM parameter
), tuple AS (
	SELECT (h).x, (h).t_x, (h).t, count(*) AS customers FROM history WHERE c <= 250 GROUP BY 1, 2, 3
)
SELECT family, side = 0 AS at_estimate, count(*) AS sides,
	bool_and(CASE side WHEN 0 THEN abs(likelihood - best) < 1e-8 * abs(best) ELSE likelihood < best - 1e-3 END) AS right
FROM (SELECT family, side, best, sum(customers * pg_temp.log_likelihood(family, p, x, t_x, t)) AS likelihood
	FROM moved, tuple GROUP BY 1, 2, 3) AS s
GROUP BY 1, 2 ORDER BY 1, 2;

-- Neither the order of rows, nor parts, nor doubled columns show; the default is mbg/nbd.
SELECT family, tcs.btyd_fit(h, family ORDER BY c DESC) = (SELECT model FROM fit f WHERE f.family = a.family) AS same
FROM history, family a GROUP BY family ORDER BY 1;
SELECT tcs.btyd_fit(h) = (SELECT model FROM fit WHERE family = 'mbg/nbd') AS default,
	tcs.btyd_fit(h) FILTER (WHERE c <= 2000) = (SELECT tcs.btyd_fit(h) FROM history WHERE c <= 2000) AS filter
FROM history;
SELECT count(*), bool_and(m = full_fit) FROM (
	SELECT tcs.btyd_fit(h) OVER (ORDER BY c ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS m, c, (SELECT tcs.btyd_fit(h) FROM history WHERE c <= 300) AS full_fit
	FROM history WHERE c <= 300) AS s WHERE c = 300;

-- In parallel as in one process; also times that are not whole days.
CREATE TABLE btyd_parallel AS
	SELECT family, tcs.purchase_history((h).x, (h).t_x, (h).t, 0, CASE WHEN c % 3 = 0 THEN interval '1 day' ELSE interval '17 hours' END) AS h
	FROM history, family;
ALTER TABLE btyd_parallel SET (parallel_workers = 4);
ANALYZE btyd_parallel;
CREATE TEMP TABLE serial AS SELECT family, tcs.btyd_fit(h, family) AS model FROM btyd_parallel GROUP BY family;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_sort = off;
CREATE FUNCTION pg_temp.workers(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) ' || query LOOP
		IF line ~ 'Workers Launched' THEN RETURN substring(line, '\d+')::int; END IF;
	END LOOP;
	RETURN 0;
END $$;
SELECT pg_temp.workers('SELECT family, tcs.btyd_fit(h, family) FROM btyd_parallel GROUP BY family') > 0 AS parallel;
SELECT family, p.model = s.model AS same, s.model -> 'converged' AS converged
FROM (SELECT family, tcs.btyd_fit(h, family) AS model FROM btyd_parallel GROUP BY family) AS p JOIN serial s USING (family) ORDER BY 1;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET enable_sort;
DROP TABLE btyd_parallel;

-- Data that do not determine a model give none, and say why: which parameter
-- runs away, or that there is nothing to tell them apart by.
CREATE TEMP TABLE odd AS
	SELECT 'no repeats' AS name, 0 AS x, 0 AS t_x, 10 + i AS t FROM generate_series(1, 50) AS i
	UNION ALL SELECT 'one customer', 3, 20, 30
	UNION ALL SELECT 'one distinct history', 3, 20, 30 FROM generate_series(1, 50)
	UNION ALL SELECT 'twenty customers', least(i % 7, i % 5), CASE WHEN least(i % 7, i % 5) > 0 THEN 10 + (i * 31) % 80 ELSE 0 END, 90 FROM generate_series(1, 20) AS i
	UNION ALL SELECT 'nobody leaves', 5 + i % 10, 88 + i % 3, 90 FROM generate_series(1, 1000) AS i
	UNION ALL SELECT 'no time', 1, 0, 0 FROM generate_series(1, 10)
	UNION ALL SELECT 'a moment', 0, 0, 0 FROM generate_series(1, 10);
SELECT name, family, m -> 'converged' AS converged,
	num_nulls(m ->> 'r', m ->> 'alpha', m ->> 'log_likelihood', m ->> 'aic', m -> 'standard_errors' ->> 'r') = 5 AS empty,
	m -> 'limits' AS limits, regexp_replace(m -> 'notes' ->> 0, '[0-9.]+', '#', 'g') AS note
FROM (SELECT name, family, tcs.btyd_fit(tcs.purchase_history(x, t_x, t, 0), family) AS m FROM odd, family GROUP BY 1, 2) AS s ORDER BY 1, 2;

-- Populations of other kinds do have one: hardly any repeat, thousands of
-- purchases, decades, all of one age, and one customer far from the others.
CREATE TEMP TABLE other AS
	SELECT 'hardly any repeat' AS name, c, tcs.purchase_history(CASE WHEN c % 25 = 0 THEN (h).x ELSE 0 END, CASE WHEN c % 25 = 0 THEN (h).t_x ELSE 0 END, (h).t, 0) AS h FROM history
	UNION ALL SELECT 'decades', c, tcs.purchase_history((h).x, (h).t_x, (h).t, 0, '47 days') FROM history
	UNION ALL SELECT 'seconds', c, tcs.purchase_history((h).x, (h).t_x, (h).t, 0, '1 second') FROM history
	UNION ALL SELECT 'thousands', c, tcs.purchase_history(x, CASE WHEN x > 0 THEN least(ceil(x / rate), t) ELSE 0 END, t, 0)
		FROM (SELECT c, t, rate * 400 AS rate, least(floor(rate * 400 * t), 1 + floor(ln(pg_temp.uniform(c, 3)) / (ln(pg_temp.uniform(c, 2)) / 2000))) AS x FROM customer) AS s
	UNION ALL SELECT 'one age', c, h FROM history WHERE (h).t BETWEEN 240 AND 240
	UNION ALL SELECT 'one age', c + 10000, tcs.purchase_history((h).x, (h).t_x, 299, 0) FROM history WHERE (h).t > 200
	UNION ALL SELECT 'an outlier', c, CASE WHEN c = 1 THEN tcs.purchase_history(5000, 90, 100, 0) ELSE h END FROM history;
SELECT name, m -> 'converged' AS converged, m -> 'notes' AS notes, (m ->> 'gradient_norm')::float8 < 1e-4 AS at_top
FROM (SELECT name, tcs.btyd_fit(h) AS m FROM other GROUP BY 1) AS s ORDER BY 1;
-- a scale of time is only that
SELECT name, abs((m ->> 'alpha')::float8 / days / (model ->> 'alpha')::float8 - 1) < 1e-6 AS alpha, abs((m ->> 'r')::float8 / (model ->> 'r')::float8 - 1) < 1e-6 AS r
FROM fit, (SELECT name, CASE name WHEN 'decades' THEN 47 ELSE 1 / 86400.0 END AS days, tcs.btyd_fit(h) AS m FROM other WHERE name IN ('decades', 'seconds') GROUP BY 1) AS s
WHERE family = 'mbg/nbd' ORDER BY 1;

-- NULLs are not counted, nor are histories that lack x, t_x or t.
SELECT tcs.btyd_fit(NULL::tcs.purchase_history) IS NULL AS nothing, tcs.btyd_fit(h) FILTER (WHERE false) IS NULL AS none FROM history;
SELECT tcs.btyd_fit(h) - 'left_out' = (SELECT model - 'left_out' FROM fit WHERE family = 'mbg/nbd') AS same, tcs.btyd_fit(h) -> 'left_out' AS left_out
FROM (SELECT h FROM history UNION ALL VALUES (NULL::tcs.purchase_history), (ROW(1, 1, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history), (ROW(1, 1, NULL, NULL, 0, 0, NULL, 0, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history)) AS s;

-- A mean value that is not known is not needed: who bought once is not lost with
-- it.  Where somebody left them out, the model says so.
CREATE TEMP TABLE mean_of_nothing AS SELECT x, t_x, t, m_x, n FROM (VALUES (0, 0, 360, NULL::float8, 400), (0, 0, 200, NULL, 300), (0, 0, 60, NULL, 200), (1, 20, 360, 20, 60), (1, 150, 360, 25, 30),
	(1, 300, 360, 15, 15), (1, 40, 200, 20, 50), (1, 150, 200, 22, 25), (1, 30, 60, 18, 30), (2, 100, 360, 22, 25), (2, 250, 360, 31, 20), (2, 60, 200, 19, 20), (2, 150, 200, 27, 20), (2, 40, 60, 20, 8),
	(3, 120, 360, 30, 12), (3, 330, 360, 24, 15), (3, 100, 200, 26, 10), (3, 190, 200, 21, 12), (5, 200, 360, 22, 8), (5, 350, 360, 28, 14), (6, 180, 200, 20, 9), (9, 250, 360, 30, 4),
	(10, 355, 360, 25, 9), (20, 358, 360, 12, 4), (12, 195, 200, 40, 3)) AS v (x, t_x, t, m_x, n);
-- (r 1.6105, alpha 131.941, a 0.7867, b 0.5277 by another's search)
SELECT k, m ->> 'customers' AS customers, m -> 'notes' AS notes, m -> 'left_out' AS left_out, round((m ->> 'r')::numeric, 5) AS r, round((m ->> 'alpha')::numeric, 3) AS alpha,
	round((m ->> 'a')::numeric, 4) AS a, round((m ->> 'b')::numeric, 4) AS b, round(tcs.churn_risk(m, tcs.purchase_history(0, 0, 100, NULL), '1 year')::numeric, 3) AS risk
FROM (SELECT 'NULL' AS k, tcs.btyd_fit(tcs.purchase_history(x, t_x, t, m_x)) AS m FROM mean_of_nothing, generate_series(1, n)
	UNION ALL SELECT 'all NULL', tcs.btyd_fit(tcs.purchase_history(x, t_x, t, NULL)) FROM mean_of_nothing, generate_series(1, n)
	UNION ALL SELECT 'left out', tcs.btyd_fit(tcs.purchase_history(x, t_x, t, m_x)) FROM mean_of_nothing, generate_series(1, n) WHERE x > 0) AS s ORDER BY k;

-- Regular buyers, a purchase every 30 days give or take 3, of whom 300 of 1,000 stopped: no r and alpha, but a model.
CREATE TEMP TABLE regular AS
	SELECT c, c % 10 < 3 AS stopped, tcs.purchase_history(date '2000-01-01' + (c * 7) % 180 + k * 30 + (c * k * 5) % 7, 10, date '2001-12-21') AS h
	FROM generate_series(1, 1000) AS c, generate_series(0, 24) AS k
	WHERE (c * 7) % 180 + k * 30 + 6 < 715 AND (c % 10 >= 3 OR k <= 1 + (c * 11) % 15) GROUP BY c;
CREATE TEMP TABLE regular_fit AS SELECT family, tcs.btyd_fit(h, family) AS m FROM regular, unnest('{mbg/nbd,bg/nbd,pareto/nbd,nbd}'::text[]) AS family GROUP BY 1;
SELECT family, m -> 'converged' AS converged, m -> 'limits' AS limits, m ? 'rate' AS rate, m -> 'standard_errors' ? 'rate' AS error, jsonb_typeof(m -> 'r') AS r FROM regular_fit ORDER BY 1;
SELECT family, stopped, round(avg(tcs.p_alive(m, h))::numeric, 2) AS p_alive, round(avg(tcs.churn_risk(m, h, '90 days'))::numeric, 2) AS churn_risk,
	round(sum(tcs.expected_purchases(m, h, '90 days'))) AS purchases
FROM regular, regular_fit GROUP BY 1, 2 ORDER BY 1, 2;
-- A model at its limit, given by hand; nbd is the limit in which nobody leaves.
SELECT tcs.btyd_model('nbd', 0.74, 61.2), tcs.btyd_model('nbd', 0.74, NULL), tcs.btyd_model('bg/nbd', 0.74, 61.2);
SELECT family, tcs.p_alive(m, h) = 1 AS alive, tcs.churn_risk(m, h, '30 days') = tcs.churn_risk(n, h, '30 days') AS risk, tcs.expected_purchases(m, h, '30 days') = tcs.expected_purchases(n, h, '30 days') AS expected,
	tcs.purchases_interval(m, h, '30 days') = tcs.purchases_interval(n, h, '30 days') AS interval, tcs.dert(m, h, 0.1) = tcs.dert(n, h, 0.1) AS dert
FROM tcs.btyd_model('nbd', 0.74, 61.2) AS n, tcs.purchase_history(3, 50, 90, 10) AS h, unnest('{mbg/nbd,bg/nbd,pareto/nbd}'::text[]) AS family,
	LATERAL (SELECT jsonb_build_object('model', family, 'version', 1, 'r', 0.74, 'alpha', 61.2, 'limits', '["nobody_leaves"]'::jsonb) AS m) AS l;
-- purchases in 30 days at one rate, of which each may be the last: (1 - e^(-p h / 20)) / p
SELECT abs(tcs.expected_purchases(m, h, '30 days') / tcs.p_alive(m, h) - (1 - exp(-0.25 * 30 / 20)) / 0.25) < 1e-12 AS expected,
	abs(tcs.p_alive(m, h) - 1 / (1 + exp(40 / 20.0) * 0.25 / 0.75)) < 1e-12 AS alive
FROM (SELECT '{"model": "mbg/nbd", "version": 1, "rate": 0.05, "leaving": 0.25, "limits": ["equal_rates", "equal_leaving"]}'::jsonb AS m, tcs.purchase_history(3, 50, 90, 10) AS h) AS s;

-- Refused, with what is wrong.
CREATE FUNCTION pg_temp.try(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; hint text;
BEGIN
	EXECUTE 'SELECT ' || expression INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN format('%s: %s (%s)', SQLSTATE, SQLERRM, hint);
END $$;
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.try(e) FROM unnest(ARRAY[
	$$tcs.btyd_fit(h, 'gamma') FROM history$$, $$tcs.btyd_fit(h, NULL) FROM history$$, $$tcs.btyd_fit(h, 'MBG/NBD') FROM history$$,
	$$tcs.btyd_fit(h, family) FROM history, family$$,
	$$tcs.btyd_fit(ROW(1, 1, NULL, NULL, -1, 0, 0, 0, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history)$$,
	$$tcs.btyd_fit(ROW(1, 1, NULL, NULL, 1, 5, 4, 0, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history)$$,
	$$tcs.btyd_fit(ROW(1, 1, NULL, NULL, 0, 1, 4, 0, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history)$$,
	$$tcs.btyd_fit(ROW(1, 1, NULL, NULL, 1, -1, 4, 0, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history)$$,
	$$tcs.btyd_fit(ROW(1, 1, NULL, NULL, 1, 'NaN', 4, 0, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history)$$,
	$$tcs.btyd_fit(ROW(1, 1, NULL, NULL, 1, 1, 'Infinity', 0, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history)$$,
	$$tcs.btyd_fit(ROW(1, 1, NULL, NULL, 1, 1, 'NaN', 0, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history)$$,
	$$tcs.btyd_fit(ROW(1, 1, NULL, NULL, 1, 1, 2, -1, 0, NULL, NULL, NULL, NULL)::tcs.purchase_history)$$,
	$$tcs.btyd_fit(tcs.purchase_history(2, 1e300, 1e308, 0)) ->> 'notes'$$,
	$$tcs.dert(tcs.btyd_model('nbd', 1, 2), tcs.purchase_history(1, 5, 9, 1))$$,
	$$tcs.p_alive('{"model": "bg/nbd", "version": 1, "limits": ["equal_rate"]}', tcs.purchase_history(1, 5, 9, 1))$$,
	$$tcs.p_alive('{"model": "bg/nbd", "version": 1, "limits": 1}', tcs.purchase_history(1, 5, 9, 1))$$,
	$$tcs.p_alive('{"model": "bg/nbd", "version": 1, "rate": 1, "leaving": 1, "limits": ["equal_rates", "equal_leaving"]}', tcs.purchase_history(1, 5, 9, 1))$$,
	$$tcs.btyd_fit(h) -> 'customers' FROM (SELECT tcs.purchase_history(x, t_x, 5e-324 + t_x, 0) FROM (VALUES (1, 0.0), (2147483647, 5e-324)) AS v (x, t_x)) AS s (h)$$]) AS e;

-- btyd_model
SELECT tcs.btyd_model('bg/nbd', 0.243, 4.414, 0.793, 2.426, '7 days');
SELECT tcs.btyd_model('pareto/nbd', 0.553, 10.578, 0.606, 11.669, '7 days');
SELECT tcs.btyd_model('mbg/nbd', 1, 2, 3, 4);
SELECT tcs.btyd_model('mbg/nbd', 1, 2, 3, 4, '1 month') ->> 'alpha';
SELECT tcs.btyd_model(NULL, 1, 2, 3, 4) IS NULL, tcs.btyd_model('bg/nbd', 1, NULL, 3, 4) IS NULL;
SELECT pg_temp.try(e) FROM unnest(ARRAY[
	$$tcs.btyd_model('nbd', 1, 2, 3, 4)$$, $$tcs.btyd_model('nbd', 1, 0)$$, $$tcs.btyd_model('bg/nbd', 0, 2, 3, 4)$$, $$tcs.btyd_model('bg/nbd', 1, -2, 3, 4)$$,
	$$tcs.btyd_model('bg/nbd', 1, 2, 'NaN', 4)$$, $$tcs.btyd_model('pareto/nbd', 1, 2, 3, 'Infinity')$$,
	$$tcs.btyd_model('bg/nbd', 1, 2, 3, 4, '0 days')$$, $$tcs.btyd_model('bg/nbd', 1, 2, 3, 4, '-1 days')$$,
	$$tcs.btyd_model('bg/nbd', 1, 1e308, 3, 4, '7 days')$$, $$tcs.btyd_model('bg/nbd', 1, 5e-324, 3, 4, '1 hour')$$]) AS e;
\pset format aligned
\pset tuples_only off

-- A fit within its memory, and one that is refused.
SET tcs.fit_memory = '64kB';
SELECT pg_temp.try($$tcs.btyd_fit(h) -> 'customers' FROM history WHERE c <= 100$$) AS small;
SELECT pg_temp.try($$tcs.btyd_fit(h) -> 'customers' FROM history$$) AS large;
RESET tcs.fit_memory;
