-- KPIs by period: a view of an order log, one row for each calendar period.
--
-- Made as the view of cohorts is, from the same aggregate purchase_periods.

CREATE FUNCTION tcs.create_kpis(name text, orders regclass,
								customer name, at name, amount name DEFAULT NULL,
								zone text DEFAULT NULL,
								period text DEFAULT 'month')
	RETURNS regclass
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_create_kpis';
COMMENT ON FUNCTION tcs.create_kpis(text, regclass, name, name, name, text, text) IS
'makes the view name, one row for each calendar period from that of the first order to today''s, also where nothing happened; returns the view. Columns: period_start, period_end, complete, active (customers with a purchase), new_customers (their first), retained (active in the period before too), reactivated (active, not new, not active in the period before), churned (active in the period before and not in this one; NULL until the period is over), retention_rate, repeat_share, orders (purchases) and, with an amount, revenue, revenue_new, revenue_returning, average_order. It holds that active = new_customers + retained + reactivated, and that active = active of the period before - churned + new_customers + reactivated. A refund is no purchase and lowers the revenue of its period. orders: the order log, a table or view; customer, at, amount: its columns (at is date, timestamp or timestamptz; amount a number, negative for a refund; without it there are no columns about revenue, and every row is a purchase). zone: whose calendar days count, the session''s time zone unless given, and then fixed. period: day, week (from Monday), month, quarter or year. Names are case-sensitive and unquoted, but name is parsed as in SQL and may have a schema; else the first of the search_path is taken. Rows count whose customer and at are not NULL and whose day is not after today. Errors: the view exists already, a column is missing or of another type, an unknown zone or period, NULL for name, orders, customer, at or period';

CREATE FUNCTION tcs.kpis_sql(name text, orders regclass,
							 customer name, at name, amount name DEFAULT NULL,
							 zone text DEFAULT NULL,
							 period text DEFAULT 'month',
							 as_of date DEFAULT NULL)
	RETURNS text
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_kpis_sql';
COMMENT ON FUNCTION tcs.kpis_sql(text, regclass, name, name, name, text, text, date) IS
'the text of the query behind a view of KPIs, for the arguments of create_kpis; makes nothing, and name has no effect. as_of: the last day that counts, and which is over; today (in the zone, whenever the query runs, and not over) unless given. Errors: as create_kpis, but name may be NULL and may exist; as_of infinite';
