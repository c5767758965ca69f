-- What tcs does in a server of rows against what one would type in DuckDB, a column
-- store, over the same rows: columnar.sh runs this, once for each number of customers.

SET search_path = bench, pg_catalog;
SET jit = off;
SET timezone = 'UTC';
SET work_mem = :'work_mem';
SET client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS bench;
DROP TABLE IF EXISTS some_orders, some_history, some_event, columnar CASCADE;

CREATE UNLOGGED TABLE some_orders AS
SELECT customer_id, day, amount FROM orders WHERE customer_id <= :size;

CREATE UNLOGGED TABLE some_history AS
SELECT customer_id, (date '2025-12-31' - max(day))::float8 AS age, count(*)::float8 AS frequency, sum(amount) AS monetary
FROM some_orders GROUP BY customer_id;

CREATE UNLOGGED TABLE some_event AS
SELECT customer_id, timestamp '2025-01-01' + 90 * uniform(stream, nth * 2) * interval '1 day' AS at,
	CASE WHEN u < 0.45 THEN 1 WHEN u < 0.73 THEN 2 WHEN u < 0.87 THEN 3 WHEN u < 0.95 THEN 4 ELSE 5 END AS step
FROM (SELECT customer_id, hashint8extended(customer_id, 11) AS stream FROM customers WHERE customer_id <= :size) AS c
CROSS JOIN LATERAL (SELECT nth, uniform(stream, nth * 2 + 1) AS u FROM generate_series(1, 10) AS nth) AS e;

VACUUM ANALYZE some_orders, some_history, some_event;

SELECT tcs.cohorts_sql(NULL, 'some_orders', 'customer_id', 'day', 'amount', 'UTC', as_of => '2025-12-31') AS cohorts,
	tcs.kpis_sql(NULL, 'some_orders', 'customer_id', 'day', 'amount', 'UTC', as_of => '2025-12-31') AS kpis \gset

CREATE TABLE columnar (
	n int GENERATED ALWAYS AS IDENTITY,
	topic text PRIMARY KEY,
	ours text NOT NULL,
	theirs text NOT NULL,
	one float8,		-- ms of ours in one process, and with two workers
	two float8,
	their_one float8,	-- and of theirs in one thread, and in all
	their_all float8
);

INSERT INTO columnar (topic, ours, theirs) VALUES
('last day, first day, count, sum', $$
	SELECT customer_id, max(day), min(day), count(*), sum(amount) FROM some_orders GROUP BY customer_id $$, $$
	SELECT customer_id, max(day), min(day), count(*), sum(amount) FROM some_orders GROUP BY customer_id $$),

('histories', $$
	SELECT customer_id, tcs.purchase_history(day, amount, '2025-12-31') FROM some_orders GROUP BY customer_id $$, $$
	SELECT customer_id, sum(lines) AS orders, sum(amount) AS revenue,
		min(day) FILTER (WHERE bought) AS first_day, max(day) FILTER (WHERE bought) AS last_day,
		count(*) FILTER (WHERE bought) - 1 AS x,
		max(day) FILTER (WHERE bought) - min(day) FILTER (WHERE bought) AS t_x,
		date '2025-12-31' - min(day) FILTER (WHERE bought) AS t,
		sum(bought_for) FILTER (WHERE bought AND nth > 1) / nullif(count(*) FILTER (WHERE bought) - 1, 0) AS m_x,
		max(day) FILTER (WHERE bought) - max(day_before) FILTER (WHERE bought) AS last_gap
	FROM (SELECT *, row_number() OVER occasions AS nth, lag(day) OVER occasions AS day_before
		FROM (SELECT customer_id, day, count(*) AS lines, sum(amount) AS amount,
				sum(amount) FILTER (WHERE amount >= 0) AS bought_for, bool_or(amount >= 0) AS bought
			FROM some_orders GROUP BY customer_id, day) AS d
		WINDOW occasions AS (PARTITION BY customer_id, bought ORDER BY day)) AS o
	GROUP BY customer_id $$),

('RFM of histories', $$
	SELECT customer_id, tcs.rfm_score((SELECT tcs.rfm_fit(age, frequency, monetary) FROM some_history), age, frequency, monetary)
	FROM some_history $$, $$
	SELECT customer_id, ntile(5) OVER (ORDER BY age DESC), ntile(5) OVER (ORDER BY frequency), ntile(5) OVER (ORDER BY monetary)
	FROM some_history $$),

('ABC of histories', $$
	SELECT customer_id, tcs.abc_tier((SELECT tcs.abc_fit(monetary) FROM some_history), monetary) FROM some_history $$, $$
	SELECT customer_id, CASE WHEN above < 0.8 * total THEN 'A' WHEN above < 0.95 * total THEN 'B' ELSE 'C' END
	FROM (SELECT customer_id, sum(monetary) OVER (ORDER BY monetary DESC ROWS UNBOUNDED PRECEDING) - monetary AS above,
			sum(monetary) OVER () AS total FROM some_history) AS h $$),

('cohorts by month', :'cohorts', $$
	WITH log AS (
		SELECT customer_id, date_trunc('month', day)::date AS month, count(*) FILTER (WHERE amount >= 0) AS orders, sum(amount) AS revenue
		FROM some_orders GROUP BY 1, 2
	), came AS (
		SELECT *, min(month) FILTER (WHERE orders > 0) OVER (PARTITION BY customer_id) AS cohort FROM log
	), cells AS (
		SELECT cohort, greatest(month, cohort) AS month, count(*) FILTER (WHERE orders > 0) AS active, sum(revenue) AS revenue
		FROM came WHERE cohort IS NOT NULL GROUP BY 1, 2
	)
	SELECT cohort, month, customers, active, active::double / customers AS retention, revenue,
		sum(revenue) OVER (PARTITION BY cohort ORDER BY month) AS cumulative_revenue
	FROM cells JOIN (SELECT cohort, active AS customers FROM cells WHERE month = cohort) AS sizes USING (cohort) $$),

('KPIs by month', :'kpis', $$
	WITH log AS (
		SELECT customer_id, date_trunc('month', day)::date AS month, count(*) FILTER (WHERE amount >= 0) AS orders, sum(amount) AS revenue
		FROM some_orders GROUP BY 1, 2
	), followed AS (
		SELECT *, min(month) FILTER (WHERE orders > 0) OVER (PARTITION BY customer_id ORDER BY month) AS came,
			max(month) FILTER (WHERE orders > 0) OVER (PARTITION BY customer_id ORDER BY month ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
		FROM log
	)
	SELECT month, count(*) FILTER (WHERE orders > 0) AS active, count(*) FILTER (WHERE month = came) AS new_customers,
		count(*) FILTER (WHERE orders > 0 AND before = month - interval '1 month') AS retained,
		sum(orders) AS orders, sum(revenue) AS revenue, sum(revenue) FILTER (WHERE month = came) AS revenue_new
	FROM followed GROUP BY 1 $$),

('funnel of three steps', $$
	SELECT tcs.funnel_steps(chain) FROM (SELECT customer_id, tcs.funnel(at, step, interval '7 days') AS chain
	FROM some_event WHERE step <= 3 GROUP BY customer_id) AS f $$, $$
	SELECT max(one), count(*) FILTER (WHERE depth > 1), count(*) FILTER (WHERE depth > 2), count(*)
	FROM (SELECT customer_id, max("at") AS one, max(CASE WHEN n3 <= "at" + interval '7 days' THEN 3 WHEN n2 <= "at" + interval '7 days' THEN 2 ELSE 1 END) AS depth
		FROM (SELECT *, min("at") FILTER (WHERE step = 2) OVER w AS n2, min(n3of2) FILTER (WHERE step = 2) OVER w AS n3
			FROM (SELECT *, min("at") FILTER (WHERE step = 3) OVER w AS n3of2
				FROM some_event WHERE step <= 3
				WINDOW w AS (PARTITION BY customer_id ORDER BY "at" DESC, step DESC ROWS UNBOUNDED PRECEDING)) AS s3
			WINDOW w AS (PARTITION BY customer_id ORDER BY "at" DESC, step DESC ROWS UNBOUNDED PRECEDING)) AS s2
		WHERE step = 1 GROUP BY customer_id) AS c $$);

DO
$$
DECLARE
	c bench.columnar;
	times float8[];
BEGIN
	FOR c IN SELECT * FROM bench.columnar ORDER BY n LOOP
		FOR workers IN 0 .. 2 BY 2 LOOP
			SELECT array_agg(bench.execution_time(c.ours, workers, '{Execution Time}', false)) INTO times
			FROM generate_series(1, current_setting('bench.repeats')::int);
			EXECUTE format('UPDATE bench.columnar SET %I = (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest($1) AS t) WHERE n = $2',
				CASE workers WHEN 0 THEN 'one' ELSE 'two' END) USING times, c.n;
		END LOOP;
	END LOOP;
END
$$;
