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
	round(avg((bought = 0)::integer) * (1 - avg((bought = 0)::integer)), 4), round(tcs.mae(expected, bought)::numeric, 2),
	round(tcs.rmse(expected, bought)::numeric, 2), round((sum(expected) / sum(bought))::numeric, 2),
	coalesce(round((sum(value) FILTER (WHERE family <> 'the past') / nullif(sum(revenue) FILTER (WHERE value IS NOT NULL), 0))::numeric, 2)::text, '-'),
	coalesce(round((sum(revenue) FILTER (WHERE best) / nullif(sum(revenue), 0))::numeric, 3)::text, '-'),
	coalesce(round(avg((bought BETWEEN low80 AND high80)::integer), 3)::text, '-'),
	coalesce(round(avg((bought BETWEEN low95 AND high95)::integer), 3)::text, '-') || ' |'
FROM (SELECT *, value IS NOT NULL AND row_number() OVER (PARTITION BY log, family ORDER BY value DESC NULLS LAST, h) <= 0.1 * count(*) OVER (PARTITION BY log, family) AS best
	FROM score) AS s
GROUP BY log, family ORDER BY log, array_position(string_to_array(:'families', ' '), family);

\qecho
SELECT log || ', ' || family || ': ' || coalesce(note, 'no model')
FROM fit LEFT JOIN LATERAL jsonb_array_elements_text(btyd -> 'notes') AS note ON true
WHERE note IS NOT NULL OR NOT (btyd ->> 'converged')::boolean ORDER BY log, family;
