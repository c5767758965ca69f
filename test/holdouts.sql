-- How right the models are on order logs: each is cut at a day, the models are
-- fitted to what was before it, and held against what came after.
--
-- The table log (log, customer, day, amount) has the logs, and cut (log, as_of,
-- until) where each is cut.  Prints tables in Markdown.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '
SET client_min_messages = warning;
SET jit = off;

CREATE TABLE customer AS
SELECT log, customer, until - as_of AS days,
	tcs.purchase_history(day, amount, as_of) AS h,
	tcs.holdout(day, amount, as_of, until) AS later
FROM log JOIN cut USING (log) WHERE day <= until
GROUP BY log, customer, as_of, until;
DELETE FROM customer WHERE (h).x IS NULL OR (h).t = 0;

CREATE TABLE fit AS
SELECT log, family, tcs.btyd_fit(h, family) AS btyd, tcs.spend_fit(h) AS spend
FROM customer, unnest(string_to_array(:'families', ' ')) AS family
GROUP BY log, family;

CREATE TABLE score AS
SELECT log, family, h, tcs.churn_risk(btyd, h, horizon) AS risk, tcs.expected_purchases(btyd, h, horizon) AS expected,
	CASE WHEN spend ->> 'population_mean' IS NOT NULL THEN tcs.clv(btyd, spend, h, horizon) END AS value,
	(later).purchases AS bought, (later).revenue AS revenue, i80.lower_bound AS low80, i80.upper_bound AS high80,
	i95.lower_bound AS low95, i95.upper_bound AS high95
FROM customer JOIN fit USING (log), make_interval(days => days) AS horizon,
	LATERAL (SELECT (tcs.purchases_interval(btyd, h, horizon, 0.80)).* OFFSET 0) AS i80,
	LATERAL (SELECT (tcs.purchases_interval(btyd, h, horizon, 0.95)).* OFFSET 0) AS i95
WHERE (btyd ->> 'converged')::boolean;

-- What is learned from the log until the cut, at the days that refit_metrics takes.
CREATE TABLE pair AS
WITH span AS (
	SELECT log, as_of, until - as_of AS horizon, as_of - min(day) AS days FROM log JOIN cut USING (log) GROUP BY log, as_of, until),
split AS (
	SELECT log, as_of - back - length AS day, as_of - back AS until
	FROM span, LATERAL (VALUES (least(horizon, floor(0.4 * days)::integer), 0),
		(least(horizon, floor(0.5 * days)::integer), CASE WHEN horizon < 0.5 * days THEN (days - horizon) / 5 ELSE 0 END),
		(least(horizon, floor(0.25 * days)::integer), 2 * (days - least(horizon, floor(0.25 * days)::integer)) / 5)) AS v (length, back))
SELECT log, customer, s.day AS as_of, s.until, tcs.purchase_history(log.day, amount, s.day) AS h,
	(tcs.holdout(log.day, amount, s.day, s.until)).purchases > 0 AS returned
FROM log JOIN split AS s USING (log) WHERE log.day <= s.until GROUP BY log, customer, s.day, s.until;

CREATE TABLE learned AS
WITH base AS (
	SELECT log, tcs.btyd_fit(h, 'auto') AS btyd FROM customer GROUP BY log)
SELECT log, tcs.churn_fit(h, returned, pair.as_of, pair.until, btyd, make_interval(days => cut.until - cut.as_of)) AS model
FROM pair JOIN base USING (log) JOIN cut USING (log) GROUP BY log;

-- The same on all families, blended.
CREATE TABLE blended AS
WITH bases AS (SELECT log, jsonb_agg(btyd ORDER BY family) AS bases FROM fit WHERE (btyd ->> 'converged')::boolean GROUP BY log)
SELECT log, tcs.churn_fit(h, returned, pair.as_of, pair.until, bases, make_interval(days => cut.until - cut.as_of)) AS model
FROM pair JOIN bases USING (log) JOIN cut USING (log) GROUP BY log;

INSERT INTO score (log, family, h, risk, bought, revenue)
SELECT log, 'blended', h, tcs.churn_risk(model, h, make_interval(days => days)), (later).purchases, (later).revenue FROM customer JOIN blended USING (log);

INSERT INTO score (log, family, h, risk, bought, revenue)
SELECT log, 'learned', h, tcs.churn_risk(model, h, make_interval(days => days)), (later).purchases, (later).revenue FROM customer JOIN learned USING (log);

-- What one has without a model: days away, the rate and the revenue so far.
INSERT INTO score (log, family, h, risk, expected, value, bought, revenue)
SELECT log, 'the past', h, (h).t - (h).t_x, (h).x * days / (h).t, nullif((h).revenue, 0), (later).purchases, (later).revenue FROM customer;

\qecho '| log | until | customers | bought again | stayed away | purchases | revenue |'
\qecho '|---|---|---|---|---|---|---|'
SELECT '| ' || log, as_of || ' to ' || until, count(*), count(*) FILTER (WHERE (h).x > 0),
	round(avg(((later).purchases = 0)::integer), 3), sum((later).purchases), round(sum((later).revenue)) || ' |'
FROM customer JOIN cut USING (log) GROUP BY log, as_of, until ORDER BY log;

\qecho
\qecho '| log | model | AUC | Brier | constant | MAE | RMSE | purchases | revenue | top tenth | 80 % | 95 % |'
\qecho '|---|---|---|---|---|---|---|---|---|---|---|---|'
SELECT '| ' || log, family, round(tcs.auc(risk, bought = 0)::numeric, 3), coalesce(round((tcs.brier(risk, bought = 0) FILTER (WHERE family <> 'the past'))::numeric, 4)::text, '-'),
	round(avg((bought = 0)::integer) * (1 - avg((bought = 0)::integer)), 4), coalesce(round(tcs.mae(expected, bought)::numeric, 2)::text, '-'),
	coalesce(round(tcs.rmse(expected, bought)::numeric, 2)::text, '-'), coalesce(round((sum(expected) / sum(bought))::numeric, 2)::text, '-'),
	coalesce(round((sum(value) FILTER (WHERE family <> 'the past') / nullif(sum(revenue) FILTER (WHERE value IS NOT NULL), 0))::numeric, 2)::text, '-'),
	coalesce(round((sum(revenue) FILTER (WHERE best) / nullif(sum(revenue), 0))::numeric, 3)::text, '-'),
	coalesce(round(avg((bought BETWEEN low80 AND high80)::integer), 3)::text, '-'),
	coalesce(round(avg((bought BETWEEN low95 AND high95)::integer), 3)::text, '-') || ' |'
FROM (SELECT *, value IS NOT NULL AND row_number() OVER (PARTITION BY log, family ORDER BY value DESC NULLS LAST, h) <= 0.1 * count(*) OVER (PARTITION BY log, family) AS best
	FROM score) AS s
GROUP BY log, family ORDER BY log, array_position(string_to_array(:'families', ' ') || '{learned,blended}'::text[], family);

\qecho
SELECT log || ', learned from ' || (model -> 'base' ->> 'model') || ': ' || (model -> 'notes' ->> 0) FROM learned ORDER BY log;
SELECT log || ', blended of ' || (SELECT string_agg(base, ', ') FROM jsonb_path_query(model, '$.base.model') AS a (first), LATERAL (SELECT first #>> '{}' AS base
	UNION ALL SELECT e -> 'base' ->> 'model' FROM jsonb_array_elements(coalesce(model -> 'blend', '[]')) AS e) AS b) FROM blended ORDER BY log;

\qecho
SELECT log || ', ' || family || ': ' || coalesce(note, 'no model')
FROM fit LEFT JOIN LATERAL jsonb_array_elements_text(btyd -> 'notes') AS note ON true
WHERE note IS NOT NULL OR NOT (btyd ->> 'converged')::boolean ORDER BY log, family;
