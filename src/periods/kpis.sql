-- KPIs by period: a view of an order log, one row for each calendar period.
--
-- Made as the view of cohorts is, from the same aggregate purchase_periods.

CREATE FUNCTION tcs.create_kpis(name text, orders regclass,
	customer name, at name, amount name DEFAULT NULL,
	zone text DEFAULT NULL, period text DEFAULT 'month', as_of date DEFAULT NULL,
	by anycompatible DEFAULT NULL::text, order_id name DEFAULT NULL,
	digits integer DEFAULT 2)
	RETURNS regclass
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_create_kpis';
COMMENT ON FUNCTION tcs.create_kpis(text, regclass, name, name, name, text, text, date, anycompatible, name, integer) IS
'makes the view name, one row for each calendar period from that of the first order to that of as_of, also where nothing happened; returns the view. Columns: period_start, period_end, complete, active (customers with a purchase), new_customers (their first), retained (active in the period before too), reactivated (active, not new, not active in the period before), churned (active in the period before and not in this one; NULL until the period is over), retention_rate, repeat_share, orders (purchases, those of guests included), guest_orders and, with an amount, revenue, revenue_new, revenue_returning, guest_revenue, unmatched_refunds, average_order. Counts are integer. It holds that active = new_customers + retained + reactivated, that active = active of the period before - churned + new_customers + reactivated, and that revenue = revenue_new + revenue_returning + guest_revenue. A refund is no purchase and lowers the revenue of its period. Guests are all rows whose customer is NULL; refunds to customers who have nothing but refunds are unmatched_refunds and not in the revenue. orders: the order log, a table or view; customer, at, amount: its columns (at is date, timestamp or timestamptz; amount a number, negative for a refund; without it there are no columns about revenue, and every row is a purchase). zone: whose calendar days count, the session''s time zone unless given, and then fixed. period: day, week (from Monday), week_sunday and so on, month, quarter or year. as_of: the last day that counts, and which is over; today (in the zone, whenever the view is read, and not over) unless given. by: a column of the log, or several in an array, that come first in the view, with a column level after them: the rows of level 0 are those of the whole log, with NULL there, those of level 1 are told by the first column, and so on; each counts what is so as if there were nothing else, so that a customer may be new in two countries, but what is unmatched is unmatched in the whole log. order_id: the column that tells which rows are lines of one order: an order is the rows of a customer with one order_id, of the day of the first of them and worth their sum; where it is NULL, and without the argument, a row is an order. digits: how many the money has after the point, numeric; NULL: double precision. Names are case-sensitive and unquoted, but name is parsed as in SQL and may have a schema; else the first of the search_path is taken. Rows count whose at is not NULL and whose day is not after as_of. Errors: the view exists already, a column is missing, of another type or called as a column of the view, an unknown zone or period, digits not from 0 to 15, a count beyond integer when it is read, NULL for name, orders, customer, at or period';

CREATE FUNCTION tcs.kpis_sql(name text, orders regclass,
	customer name, at name, amount name DEFAULT NULL,
	zone text DEFAULT NULL, period text DEFAULT 'month', as_of date DEFAULT NULL,
	by anycompatible DEFAULT NULL::text, order_id name DEFAULT NULL,
	digits integer DEFAULT 2)
	RETURNS text
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_kpis_sql';
COMMENT ON FUNCTION tcs.kpis_sql(text, regclass, name, name, name, text, text, date, anycompatible, name, integer) IS
'the text of the query behind a view of KPIs, for the arguments of create_kpis; makes nothing, and name has no effect. Errors: as create_kpis, but name may be NULL and may exist';

CREATE FUNCTION tcs.drop_kpis(view regclass) RETURNS void
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_drop_kpis';
COMMENT ON FUNCTION tcs.drop_kpis(regclass) IS
'drops a view that create_kpis made, as DROP VIEW does: nothing may depend on it. Such a view is known by its columns. Errors: not such a view, something depends on it, it belongs to somebody else, NULL';
