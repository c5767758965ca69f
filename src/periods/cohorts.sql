-- Cohorts: what customers did in each calendar period, counted by the period in
-- which they came.
--
-- purchase_periods makes one customer's orders into a row for each period in which
-- something happened.  create_cohorts makes of these a plain view in the caller's
-- schema, with the caller's rights, as create_metrics does; so does create_kpis.

CREATE TYPE tcs.purchase_period AS (
	period date,
	cohort date,
	retained boolean,
	orders bigint,
	revenue double precision
);
COMMENT ON TYPE tcs.purchase_period IS
'what one customer did in one calendar period';
COMMENT ON COLUMN tcs.purchase_period.period IS
'first day of the period';
COMMENT ON COLUMN tcs.purchase_period.cohort IS
'first day of the period of the customer''s first purchase; NULL without one';
COMMENT ON COLUMN tcs.purchase_period.retained IS
'true where there was a purchase both in this period and in the one before';
COMMENT ON COLUMN tcs.purchase_period.orders IS
'purchases in the period: rows that are no refunds';
COMMENT ON COLUMN tcs.purchase_period.revenue IS
'sum of all amounts of the period, refunds deducted';

-- Before version 17 of the server an array of an extension's type is no member of the
-- extension, and postgres_fdw does not send what gives one.
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
				   WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
					 AND d.objid = 'tcs.purchase_period[]'::pg_catalog.regtype AND d.deptype = 'e')
	THEN
		ALTER EXTENSION tcs ADD TYPE tcs._purchase_period;
	END IF;
END
$$;

CREATE FUNCTION tcs_internal.purchase_periods_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_periods_combine';
COMMENT ON FUNCTION tcs_internal.purchase_periods_combine(internal, internal) IS
'combine function of the aggregate purchase_periods';

CREATE FUNCTION tcs_internal.purchase_periods_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_periods_serial';
COMMENT ON FUNCTION tcs_internal.purchase_periods_serial(internal) IS
'serialization function of the aggregate purchase_periods';

CREATE FUNCTION tcs_internal.purchase_periods_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_periods_deserial';
COMMENT ON FUNCTION tcs_internal.purchase_periods_deserial(bytea, internal) IS
'deserialization function of the aggregate purchase_periods';

CREATE FUNCTION tcs_internal.purchase_periods_final(internal) RETURNS tcs.purchase_period[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_purchase_periods_final';
COMMENT ON FUNCTION tcs_internal.purchase_periods_final(internal) IS
'final function of the aggregate purchase_periods';

@each at, amount, types, zone, zone_name, zone_text
@ date        | double precision | date_float8         |        |        |
@ date        | double precision | date_float8         | , tcs.zone | , zone | . zone has no effect on days that are given without one
@ date        | numeric          | date_numeric        |        |        |
@ date        | numeric          | date_numeric        | , tcs.zone | , zone | . zone has no effect on days that are given without one
@ timestamp   | double precision | timestamp_float8    |        |        |
@ timestamp   | double precision | timestamp_float8    | , tcs.zone | , zone | . zone has no effect on days that are given without one
@ timestamp   | numeric          | timestamp_numeric   |        |        |
@ timestamp   | numeric          | timestamp_numeric   | , tcs.zone | , zone | . zone has no effect on days that are given without one
@ timestamptz | double precision | timestamptz_float8  | , tcs.zone | , zone | . zone names the time zone whose days count
@ timestamptz | numeric          | timestamptz_numeric | , tcs.zone | , zone | . zone names the time zone whose days count
CREATE FUNCTION tcs_internal.purchase_periods_trans(internal, @at@, @amount@, date, tcs.period@zone@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_periods_@types@';
COMMENT ON FUNCTION tcs_internal.purchase_periods_trans(internal, @at@, @amount@, date, tcs.period@zone@) IS
'transition function of the aggregate purchase_periods';

CREATE AGGREGATE tcs.purchase_periods(@at@, @amount@, date, tcs.period@zone@) (
	SFUNC = tcs_internal.purchase_periods_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.purchase_periods_final,
	COMBINEFUNC = tcs_internal.purchase_periods_combine,
	SERIALFUNC = tcs_internal.purchase_periods_serial,
	DESERIALFUNC = tcs_internal.purchase_periods_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_periods(@at@, @amount@, date, tcs.period@zone@) IS
'what one customer did in each calendar period until as_of, purchase_periods(at, amount, as_of, \
period@zone_name@): an array with an element for each period in which something happened, in the \
order of time. period: day, week (from Monday), week_sunday and so on, month, quarter or year@zone_text@. A negative amount \
is a refund: it lowers the revenue of its period and is no purchase. NULL amount: a purchase without \
a value; rows with at NULL or after as_of do not count. NULL without rows that count. Errors: as_of, \
period or zone changing within a group, NaN, infinity, a period that begins before the calendar \
does';
@end

CREATE FUNCTION tcs.create_cohorts(name text, orders regclass,
	customer name, at name, amount name DEFAULT NULL,
	zone text DEFAULT NULL, period text DEFAULT 'month', as_of date DEFAULT NULL,
	by anycompatible DEFAULT NULL::text, order_id name DEFAULT NULL,
	digits integer DEFAULT 2)
	RETURNS regclass
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_create_cohorts';
COMMENT ON FUNCTION tcs.create_cohorts(text, regclass, name, name, name, text, text, date, anycompatible, name, integer) IS
'makes the view name, which follows those who came in the same period: one row for each cohort, which is the first day of the period of a customer''s first purchase, and for each period from that one to that of as_of, also where nobody bought; returns the view. Columns: cohort, period (0 for the first), period_start, complete, customers, active, retention and, with an amount, revenue, revenue_per_customer, cumulative_revenue, cumulative_revenue_per_customer; counts (integer) and sums are those so far, shares and means are NULL until the period is over. A refund is no purchase and lowers the revenue of its period, or of period 0 if it came before the first purchase; customers who have nothing but refunds are in no cohort, nor are guests, rows whose customer is NULL. orders: the order log, a table or view; customer, at, amount: its columns (at is date, timestamp or timestamptz; amount a number, negative for a refund; without it there are no columns about revenue, and every row is a purchase). zone: whose calendar days count, the session''s time zone unless given, and then fixed. period: day, week (from Monday), week_sunday and so on, month, quarter or year. as_of: the last day that counts, and which is over; today (in the zone, whenever the view is read, and not over) unless given. by: a column of the log, or several in an array, that come first in the view, with a column level after them: the rows of level 0 are those of all customers, with NULL there, those of level 1 are told by the first column, and so on; a customer belongs to the values of the first purchase, whatever the later ones have. order_id: the column that tells which rows are lines of one order: an order is the rows of a customer with one order_id, of the day of the first of them and worth their sum; where it is NULL, and without the argument, a row is an order. digits: how many the money has after the point, numeric; NULL: double precision. Names are case-sensitive and unquoted, but name is parsed as in SQL and may have a schema; else the first of the search_path is taken. Rows count whose at is not NULL and whose day is not after as_of. Errors: the view exists already, a column is missing, of another type or called as a column of the view, an unknown zone or period, digits not from 0 to 15, a count beyond integer when it is read, NULL for name, orders, customer, at or period';

CREATE FUNCTION tcs.cohorts_sql(name text, orders regclass,
	customer name, at name, amount name DEFAULT NULL,
	zone text DEFAULT NULL, period text DEFAULT 'month', as_of date DEFAULT NULL,
	by anycompatible DEFAULT NULL::text, order_id name DEFAULT NULL,
	digits integer DEFAULT 2)
	RETURNS text
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_cohorts_sql';
COMMENT ON FUNCTION tcs.cohorts_sql(text, regclass, name, name, name, text, text, date, anycompatible, name, integer) IS
'the text of the query behind a view of cohorts, for the arguments of create_cohorts; makes nothing, and name has no effect. Errors: as create_cohorts, but name may be NULL and may exist';

CREATE FUNCTION tcs.drop_cohorts(view regclass) RETURNS void
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_drop_cohorts';
COMMENT ON FUNCTION tcs.drop_cohorts(regclass) IS
'drops a view that create_cohorts made, as DROP VIEW does: nothing may depend on it. Such a view is known by its columns. Errors: not such a view, something depends on it, it belongs to somebody else, NULL';
