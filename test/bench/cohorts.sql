-- Cohorts and KPIs of a tenth of the customers against what one would type for the
-- same months: a group for each customer and month, and windows over each customer's.

\echo Measuring the views of cohorts and KPIs

CREATE UNLOGGED TABLE cohort_orders AS
SELECT * FROM orders WHERE customer_id <= :customers / 10;
VACUUM ANALYZE cohort_orders;

SELECT tcs.create_cohorts('cohorts', 'cohort_orders', 'customer_id', 'at', 'price', 'Europe/Berlin') \g /dev/null
SELECT tcs.create_kpis('kpis', 'cohort_orders', 'customer_id', 'at', 'price', 'Europe/Berlin') \g /dev/null

CREATE VIEW cohorts_typed AS
WITH log AS (
	SELECT customer_id, date_trunc('month', at AT TIME ZONE 'Europe/Berlin')::date AS month,
		count(*) FILTER (WHERE price >= 0) AS orders, sum(price) AS revenue
	FROM cohort_orders
	GROUP BY 1, 2
), came AS (
	SELECT *, min(month) FILTER (WHERE orders > 0) OVER (PARTITION BY customer_id) AS cohort
	FROM log
), cells AS (
	SELECT cohort, greatest(month, cohort) AS month,
		count(*) FILTER (WHERE orders > 0) AS active, sum(revenue) AS revenue
	FROM came
	WHERE cohort IS NOT NULL
	GROUP BY 1, 2
)
SELECT cohort, month, customers, active, active::float8 / customers AS retention, revenue,
	sum(revenue) OVER (PARTITION BY cohort ORDER BY month) AS cumulative_revenue
FROM cells
JOIN (SELECT cohort, active AS customers FROM cells WHERE month = cohort) AS sizes USING (cohort);

CREATE VIEW kpis_typed AS
WITH log AS (
	SELECT customer_id, date_trunc('month', at AT TIME ZONE 'Europe/Berlin')::date AS month,
		count(*) FILTER (WHERE price >= 0) AS orders, sum(price) AS revenue
	FROM cohort_orders
	GROUP BY 1, 2
), followed AS (
	SELECT *, min(month) FILTER (WHERE orders > 0) OVER past AS came,
		max(month) FILTER (WHERE orders > 0) OVER (past ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
	FROM log
	WINDOW past AS (PARTITION BY customer_id ORDER BY month)
)
SELECT month, count(*) FILTER (WHERE orders > 0) AS active,
	count(*) FILTER (WHERE month = came) AS new_customers,
	count(*) FILTER (WHERE orders > 0 AND before = month - interval '1 month') AS retained,
	sum(orders)::bigint AS orders, sum(revenue) AS revenue,
	sum(revenue) FILTER (WHERE month = came) AS revenue_new
FROM followed
GROUP BY 1;

-- The same answer, before anything is measured.
DO
$$
BEGIN
	IF EXISTS (SELECT FROM bench.cohorts_typed AS t
		LEFT JOIN bench.cohorts AS c ON c.cohort = t.cohort AND c.period_start = t.month
		WHERE (c.customers, c.active, c.retention) IS DISTINCT FROM (t.customers, t.active, t.retention)
			OR abs(c.revenue - t.revenue::float8) > 1e-9 * abs(c.revenue)
			OR abs(c.cumulative_revenue - t.cumulative_revenue::float8) > 1e-9 * c.cumulative_revenue)
		OR EXISTS (SELECT FROM bench.kpis_typed AS t LEFT JOIN bench.kpis AS k ON k.period_start = t.month
		WHERE (k.active, k.new_customers, k.retained, k.orders) IS DISTINCT FROM (t.active, t.new_customers, t.retained, t.orders)
			OR abs(k.revenue - t.revenue::float8) > 1e-9 * abs(k.revenue)
			OR abs(k.revenue_new - t.revenue_new::float8) > 1e-9 * abs(k.revenue_new))
	THEN
		RAISE EXCEPTION 'the views differ from what was typed';
	END IF;
END
$$;

INSERT INTO way (topic, way, query) VALUES
('cohorts', 'SQL, cohorts', 'SELECT * FROM cohorts_typed'),
('cohorts', 'tcs, cohorts', 'SELECT * FROM cohorts'),
('cohorts', 'SQL, KPIs', 'SELECT * FROM kpis_typed'),
('cohorts', 'tcs, KPIs', 'SELECT * FROM kpis');

CALL measure('cohorts', :repeats);

CALL claim_ratio('cohorts by month / groups and windows in SQL', 'cohorts', 'tcs, cohorts', 'SQL, cohorts', '<=', 0.6);
CALL claim_ratio('KPIs by month / groups and windows in SQL', 'cohorts', 'tcs, KPIs', 'SQL, KPIs', '<=', 0.6);
