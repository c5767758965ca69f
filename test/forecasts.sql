-- How right forecasts are on order logs: made as of the end of each month that has
-- enough before it and a quarter after it, and held against that quarter.
--
-- The table log (log, customer, day, amount) has the logs.  Prints a table in Markdown.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '
SET client_min_messages = error;
SET jit = off;

DROP TABLE IF EXISTS ahead, judged;
CREATE TABLE ahead (log text, as_of date, level float8, period date, of text, purchases float8, low float8, high float8,
	revenue float8, revenue_low float8, revenue_high float8);
DO $$
DECLARE
	at record;
	level float8;
BEGIN
	FOR at IN
		SELECT log, (month - interval '1 day')::date AS as_of
		FROM (SELECT log, min(day) AS first, max(day) AS last FROM log GROUP BY log) AS l,
			generate_series(date_trunc('month', first + 182), date_trunc('month', last - 89), '1 month') AS month
		WHERE (month + interval '3 months')::date - 1 <= last + 3
		ORDER BY log, month
	LOOP
		EXECUTE format('CREATE VIEW one_log AS SELECT customer, day, amount FROM log WHERE log = %L', at.log);
		PERFORM tcs.create_metrics('one', 'one_log', 'customer', 'day', 'amount', as_of => at.as_of);
		FOREACH level IN ARRAY '{0.8,0.95}'::float8[] LOOP
			PERFORM tcs.create_forecast('one_ahead', 'one', 3, level);
			INSERT INTO ahead SELECT at.log, at.as_of, level, period, of, purchases, purchases_low, purchases_high,
				revenue, revenue_low, revenue_high FROM one_ahead;
			DROP VIEW one_ahead;
		END LOOP;
		PERFORM tcs.drop_metrics('one');
		DROP VIEW one_log;
	END LOOP;
END
$$;

-- What came, by those who had bought and by those who had not.
CREATE TABLE judged AS
WITH cuts AS (SELECT DISTINCT log, as_of, period FROM ahead),
came AS (
	SELECT log, as_of, period, of, count(DISTINCT (customer, day)) FILTER (WHERE amount >= 0 OR amount IS NULL) AS purchases, sum(amount) AS revenue
	FROM cuts JOIN (SELECT *, min(day) FILTER (WHERE amount >= 0 OR amount IS NULL) OVER (PARTITION BY log, customer) AS first_day FROM log) AS o USING (log),
		LATERAL (VALUES (CASE WHEN first_day <= as_of THEN 'existing' ELSE 'new' END), ('total')) AS v (of)
	WHERE first_day IS NOT NULL AND day > as_of
		AND day >= coalesce(period, as_of) AND day < coalesce(period + interval '1 month', as_of + interval '1 day' + interval '3 months')
	GROUP BY log, as_of, period, of
)
SELECT a.*, coalesce(c.purchases, 0) AS came, coalesce(c.revenue, 0) AS revenue_came
FROM ahead AS a LEFT JOIN came AS c ON c.log = a.log AND c.as_of = a.as_of AND c.of = a.of AND c.period IS NOT DISTINCT FROM a.period;

\qecho '| log | of | forecasts | of a month: 80 % | 95 % | of the quarter: purchases | off by | 80 % | 95 % | revenue | off by | 80 % | 95 % |'
\qecho '|---|---|---|---|---|---|---|---|---|---|---|---|---|'
SELECT '| ' || log, of, count(*) FILTER (WHERE period IS NULL AND level = 0.8),
	round(avg((came BETWEEN low AND high)::integer) FILTER (WHERE period IS NOT NULL AND level = 0.8), 2),
	round(avg((came BETWEEN low AND high)::integer) FILTER (WHERE period IS NOT NULL AND level = 0.95), 2),
	round((sum(purchases) FILTER (WHERE period IS NULL AND level = 0.8) / nullif(sum(came) FILTER (WHERE period IS NULL AND level = 0.8), 0))::numeric, 2),
	round((sum(abs(purchases - came)) FILTER (WHERE period IS NULL AND level = 0.8) / nullif(sum(came) FILTER (WHERE period IS NULL AND level = 0.8), 0))::numeric, 2),
	round(avg((came BETWEEN low AND high)::integer) FILTER (WHERE period IS NULL AND level = 0.8), 2),
	round(avg((came BETWEEN low AND high)::integer) FILTER (WHERE period IS NULL AND level = 0.95), 2),
	coalesce(round((sum(revenue) FILTER (WHERE period IS NULL AND level = 0.8) / nullif(sum(revenue_came) FILTER (WHERE period IS NULL AND level = 0.8), 0))::numeric, 2)::text, '-'),
	coalesce(round((sum(abs(revenue - revenue_came)) FILTER (WHERE period IS NULL AND level = 0.8) / nullif(sum(revenue_came) FILTER (WHERE period IS NULL AND level = 0.8), 0))::numeric, 2)::text, '-'),
	coalesce(round(avg((revenue_came BETWEEN revenue_low AND revenue_high)::integer) FILTER (WHERE period IS NULL AND level = 0.8), 2)::text, '-'),
	coalesce(round(avg((revenue_came BETWEEN revenue_low AND revenue_high)::integer) FILTER (WHERE period IS NULL AND level = 0.95), 2)::text, '-') || ' |'
FROM judged GROUP BY log, of ORDER BY log, of;
