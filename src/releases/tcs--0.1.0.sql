-- The schema that holds everything the extension makes.

CREATE SCHEMA tcs;
COMMENT ON SCHEMA tcs IS
'Target Customer System: purchase histories, RFM, ABC and metrics views, next to the data';
GRANT USAGE ON SCHEMA tcs TO PUBLIC;
-- model_summary: what is in a model, as rows.

CREATE FUNCTION tcs.model_summary(model jsonb,
								  OUT name text,
								  OUT value double precision,
								  OUT standard_error double precision)
	RETURNS SETOF record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 20
	AS 'MODULE_PATHNAME', 'tcs_model_summary';
COMMENT ON FUNCTION tcs.model_summary(jsonb) IS
'the numbers in a model, of any kind, as rows: first the parameters that have a standard error, then the other numbers, then the arrays element by element as name[1], name[2] and so on; by name within each. true is 1, false is 0, null is NULL; texts and the version are left out. No rows for NULL. Error: a jsonb that is no model';
-- purchase_history: what one customer bought until a day, in one pass.
--
-- Every row up to and including the day as_of counts.  Purchases on one
-- calendar day are one occasion, as in the literature on repeat buying (Fader,
-- Hardie and Lee, 2005).  The first occasion makes the customer; x, t_x and m_x
-- are about the occasions after it.  A negative amount is a refund: it counts as
-- a row and lowers revenue, and makes no occasion.  A NULL amount is a purchase
-- without a value.  A row whose time is NULL is no row, as an outer join makes.
--
-- The day of a timestamptz depends on where one looks, so it needs a zone.  A
-- date or a timestamp is its own day; it takes a zone too, without effect, so
-- that it is never turned into a timestamptz on the way.

CREATE TYPE tcs.purchase_history AS (
	orders bigint,
	revenue double precision,
	first_day date,
	last_day date,
	x integer,
	t_x double precision,
	t double precision,
	m_x double precision,
	last_gap double precision
);
COMMENT ON TYPE tcs.purchase_history IS
'what one customer bought until a day';
COMMENT ON COLUMN tcs.purchase_history.orders IS
'rows of the log, refunds included';
COMMENT ON COLUMN tcs.purchase_history.revenue IS
'sum of all amounts, refunds deducted';
COMMENT ON COLUMN tcs.purchase_history.first_day IS
'day of the first purchase';
COMMENT ON COLUMN tcs.purchase_history.last_day IS
'day of the last purchase';
COMMENT ON COLUMN tcs.purchase_history.x IS
'repeat purchases: days with a purchase, less the first';
COMMENT ON COLUMN tcs.purchase_history.t_x IS
'days from the first purchase to the last';
COMMENT ON COLUMN tcs.purchase_history.t IS
'days from the first purchase to as_of';
COMMENT ON COLUMN tcs.purchase_history.m_x IS
'mean value of a repeat purchase, 0 when there is none; purchases without a value count as 0';
COMMENT ON COLUMN tcs.purchase_history.last_gap IS
'days between the last two purchases, 0 when there is one';

CREATE FUNCTION tcs.purchase_history_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_history_combine';
COMMENT ON FUNCTION tcs.purchase_history_combine(internal, internal) IS
'combine function of the aggregate purchase_history';

CREATE FUNCTION tcs.purchase_history_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_history_serial';
COMMENT ON FUNCTION tcs.purchase_history_serial(internal) IS
'serialization function of the aggregate purchase_history';

CREATE FUNCTION tcs.purchase_history_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_history_deserial';
COMMENT ON FUNCTION tcs.purchase_history_deserial(bytea, internal) IS
'deserialization function of the aggregate purchase_history';

CREATE FUNCTION tcs.purchase_history_final(internal) RETURNS tcs.purchase_history
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_final';
COMMENT ON FUNCTION tcs.purchase_history_final(internal) IS
'final function of the aggregate purchase_history';

CREATE FUNCTION tcs.purchase_history_trans(internal, date, double precision, date) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_date_float8';
COMMENT ON FUNCTION tcs.purchase_history_trans(internal, date, double precision, date) IS
'transition function of the aggregate purchase_history';

CREATE AGGREGATE tcs.purchase_history(date, double precision, date) (
	SFUNC = tcs.purchase_history_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.purchase_history_final,
	COMBINEFUNC = tcs.purchase_history_combine,
	SERIALFUNC = tcs.purchase_history_serial,
	DESERIALFUNC = tcs.purchase_history_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_history(date, double precision, date) IS
'history of one customer from the rows of an order log up to and including the day as_of: purchase_history(at, amount, as_of). Purchases on one day are one occasion; a negative amount is a refund: it lowers revenue only. NULL amount: a purchase without a value; NULL at: no row. NULL without a purchase until as_of. Errors: as_of or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.purchase_history_trans(internal, date, double precision, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_date_float8';
COMMENT ON FUNCTION tcs.purchase_history_trans(internal, date, double precision, date, text) IS
'transition function of the aggregate purchase_history';

CREATE AGGREGATE tcs.purchase_history(date, double precision, date, text) (
	SFUNC = tcs.purchase_history_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.purchase_history_final,
	COMBINEFUNC = tcs.purchase_history_combine,
	SERIALFUNC = tcs.purchase_history_serial,
	DESERIALFUNC = tcs.purchase_history_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_history(date, double precision, date, text) IS
'history of one customer from the rows of an order log up to and including the day as_of: purchase_history(at, amount, as_of, zone). zone has no effect on days that are given without one. Purchases on one day are one occasion; a negative amount is a refund: it lowers revenue only. NULL amount: a purchase without a value; NULL at: no row. NULL without a purchase until as_of. Errors: as_of or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.purchase_history_trans(internal, date, numeric, date) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_date_numeric';
COMMENT ON FUNCTION tcs.purchase_history_trans(internal, date, numeric, date) IS
'transition function of the aggregate purchase_history';

CREATE AGGREGATE tcs.purchase_history(date, numeric, date) (
	SFUNC = tcs.purchase_history_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.purchase_history_final,
	COMBINEFUNC = tcs.purchase_history_combine,
	SERIALFUNC = tcs.purchase_history_serial,
	DESERIALFUNC = tcs.purchase_history_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_history(date, numeric, date) IS
'history of one customer from the rows of an order log up to and including the day as_of: purchase_history(at, amount, as_of). Purchases on one day are one occasion; a negative amount is a refund: it lowers revenue only. NULL amount: a purchase without a value; NULL at: no row. NULL without a purchase until as_of. Errors: as_of or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.purchase_history_trans(internal, date, numeric, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_date_numeric';
COMMENT ON FUNCTION tcs.purchase_history_trans(internal, date, numeric, date, text) IS
'transition function of the aggregate purchase_history';

CREATE AGGREGATE tcs.purchase_history(date, numeric, date, text) (
	SFUNC = tcs.purchase_history_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.purchase_history_final,
	COMBINEFUNC = tcs.purchase_history_combine,
	SERIALFUNC = tcs.purchase_history_serial,
	DESERIALFUNC = tcs.purchase_history_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_history(date, numeric, date, text) IS
'history of one customer from the rows of an order log up to and including the day as_of: purchase_history(at, amount, as_of, zone). zone has no effect on days that are given without one. Purchases on one day are one occasion; a negative amount is a refund: it lowers revenue only. NULL amount: a purchase without a value; NULL at: no row. NULL without a purchase until as_of. Errors: as_of or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.purchase_history_trans(internal, timestamp, double precision, date) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_timestamp_float8';
COMMENT ON FUNCTION tcs.purchase_history_trans(internal, timestamp, double precision, date) IS
'transition function of the aggregate purchase_history';

CREATE AGGREGATE tcs.purchase_history(timestamp, double precision, date) (
	SFUNC = tcs.purchase_history_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.purchase_history_final,
	COMBINEFUNC = tcs.purchase_history_combine,
	SERIALFUNC = tcs.purchase_history_serial,
	DESERIALFUNC = tcs.purchase_history_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_history(timestamp, double precision, date) IS
'history of one customer from the rows of an order log up to and including the day as_of: purchase_history(at, amount, as_of). Purchases on one day are one occasion; a negative amount is a refund: it lowers revenue only. NULL amount: a purchase without a value; NULL at: no row. NULL without a purchase until as_of. Errors: as_of or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.purchase_history_trans(internal, timestamp, double precision, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_timestamp_float8';
COMMENT ON FUNCTION tcs.purchase_history_trans(internal, timestamp, double precision, date, text) IS
'transition function of the aggregate purchase_history';

CREATE AGGREGATE tcs.purchase_history(timestamp, double precision, date, text) (
	SFUNC = tcs.purchase_history_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.purchase_history_final,
	COMBINEFUNC = tcs.purchase_history_combine,
	SERIALFUNC = tcs.purchase_history_serial,
	DESERIALFUNC = tcs.purchase_history_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_history(timestamp, double precision, date, text) IS
'history of one customer from the rows of an order log up to and including the day as_of: purchase_history(at, amount, as_of, zone). zone has no effect on days that are given without one. Purchases on one day are one occasion; a negative amount is a refund: it lowers revenue only. NULL amount: a purchase without a value; NULL at: no row. NULL without a purchase until as_of. Errors: as_of or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.purchase_history_trans(internal, timestamp, numeric, date) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_timestamp_numeric';
COMMENT ON FUNCTION tcs.purchase_history_trans(internal, timestamp, numeric, date) IS
'transition function of the aggregate purchase_history';

CREATE AGGREGATE tcs.purchase_history(timestamp, numeric, date) (
	SFUNC = tcs.purchase_history_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.purchase_history_final,
	COMBINEFUNC = tcs.purchase_history_combine,
	SERIALFUNC = tcs.purchase_history_serial,
	DESERIALFUNC = tcs.purchase_history_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_history(timestamp, numeric, date) IS
'history of one customer from the rows of an order log up to and including the day as_of: purchase_history(at, amount, as_of). Purchases on one day are one occasion; a negative amount is a refund: it lowers revenue only. NULL amount: a purchase without a value; NULL at: no row. NULL without a purchase until as_of. Errors: as_of or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.purchase_history_trans(internal, timestamp, numeric, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_timestamp_numeric';
COMMENT ON FUNCTION tcs.purchase_history_trans(internal, timestamp, numeric, date, text) IS
'transition function of the aggregate purchase_history';

CREATE AGGREGATE tcs.purchase_history(timestamp, numeric, date, text) (
	SFUNC = tcs.purchase_history_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.purchase_history_final,
	COMBINEFUNC = tcs.purchase_history_combine,
	SERIALFUNC = tcs.purchase_history_serial,
	DESERIALFUNC = tcs.purchase_history_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_history(timestamp, numeric, date, text) IS
'history of one customer from the rows of an order log up to and including the day as_of: purchase_history(at, amount, as_of, zone). zone has no effect on days that are given without one. Purchases on one day are one occasion; a negative amount is a refund: it lowers revenue only. NULL amount: a purchase without a value; NULL at: no row. NULL without a purchase until as_of. Errors: as_of or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.purchase_history_trans(internal, timestamptz, double precision, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_timestamptz_float8';
COMMENT ON FUNCTION tcs.purchase_history_trans(internal, timestamptz, double precision, date, text) IS
'transition function of the aggregate purchase_history';

CREATE AGGREGATE tcs.purchase_history(timestamptz, double precision, date, text) (
	SFUNC = tcs.purchase_history_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.purchase_history_final,
	COMBINEFUNC = tcs.purchase_history_combine,
	SERIALFUNC = tcs.purchase_history_serial,
	DESERIALFUNC = tcs.purchase_history_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_history(timestamptz, double precision, date, text) IS
'history of one customer from the rows of an order log up to and including the day as_of: purchase_history(at, amount, as_of, zone). zone names the time zone whose days count. Purchases on one day are one occasion; a negative amount is a refund: it lowers revenue only. NULL amount: a purchase without a value; NULL at: no row. NULL without a purchase until as_of. Errors: as_of or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.purchase_history_trans(internal, timestamptz, numeric, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_timestamptz_numeric';
COMMENT ON FUNCTION tcs.purchase_history_trans(internal, timestamptz, numeric, date, text) IS
'transition function of the aggregate purchase_history';

CREATE AGGREGATE tcs.purchase_history(timestamptz, numeric, date, text) (
	SFUNC = tcs.purchase_history_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.purchase_history_final,
	COMBINEFUNC = tcs.purchase_history_combine,
	SERIALFUNC = tcs.purchase_history_serial,
	DESERIALFUNC = tcs.purchase_history_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_history(timestamptz, numeric, date, text) IS
'history of one customer from the rows of an order log up to and including the day as_of: purchase_history(at, amount, as_of, zone). zone names the time zone whose days count. Purchases on one day are one occasion; a negative amount is a refund: it lowers revenue only. NULL amount: a purchase without a value; NULL at: no row. NULL without a purchase until as_of. Errors: as_of or zone changing within a group, NaN, infinity';

-- The same from columns that exist already, in any unit of time.

CREATE FUNCTION tcs.purchase_history(x double precision, t_x double precision,
									 t double precision, m_x double precision,
									 unit interval DEFAULT '1 day')
	RETURNS tcs.purchase_history
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_purchase_history';
COMMENT ON FUNCTION tcs.purchase_history(double precision, double precision, double precision, double precision, interval) IS
'history from its parts: x repeat purchases, t_x and t in units (one day unless given; ''7 days'' for weeks; a month is 30.4375 days), mean repeat value m_x. orders, revenue and the days are NULL, as is last_gap for x > 1. NULL for NULL. Errors: x not whole or negative, t_x negative or greater than t, t_x or m_x not 0 for x = 0, m_x negative, unit not positive, NaN, infinity';
-- holdout: what one customer did after a day, to judge what was expected then.
--
-- The same rules as purchase_history, for the rows after as_of up to and
-- including until.  A customer without such rows has bought nothing: (0, 0).

CREATE TYPE tcs.holdout AS (
	purchases bigint,
	revenue double precision
);
COMMENT ON TYPE tcs.holdout IS
'what one customer did in a span of days';
COMMENT ON COLUMN tcs.holdout.purchases IS
'days with a purchase';
COMMENT ON COLUMN tcs.holdout.revenue IS
'sum of all amounts, refunds deducted';

CREATE FUNCTION tcs.holdout_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_history_combine';
COMMENT ON FUNCTION tcs.holdout_combine(internal, internal) IS
'combine function of the aggregate holdout';

CREATE FUNCTION tcs.holdout_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_history_serial';
COMMENT ON FUNCTION tcs.holdout_serial(internal) IS
'serialization function of the aggregate holdout';

CREATE FUNCTION tcs.holdout_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_history_deserial';
COMMENT ON FUNCTION tcs.holdout_deserial(bytea, internal) IS
'deserialization function of the aggregate holdout';

CREATE FUNCTION tcs.holdout_final(internal) RETURNS tcs.holdout
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_final';
COMMENT ON FUNCTION tcs.holdout_final(internal) IS
'final function of the aggregate holdout';

CREATE FUNCTION tcs.holdout_trans(internal, date, double precision, date, date) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_date_float8';
COMMENT ON FUNCTION tcs.holdout_trans(internal, date, double precision, date, date) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(date, double precision, date, date) (
	SFUNC = tcs.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.holdout_final,
	COMBINEFUNC = tcs.holdout_combine,
	SERIALFUNC = tcs.holdout_serial,
	DESERIALFUNC = tcs.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(date, double precision, date, date) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until). Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs.holdout_trans(internal, date, double precision, date, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_date_float8';
COMMENT ON FUNCTION tcs.holdout_trans(internal, date, double precision, date, date, text) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(date, double precision, date, date, text) (
	SFUNC = tcs.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.holdout_final,
	COMBINEFUNC = tcs.holdout_combine,
	SERIALFUNC = tcs.holdout_serial,
	DESERIALFUNC = tcs.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(date, double precision, date, date, text) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until, zone). zone has no effect on days that are given without one. Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs.holdout_trans(internal, date, numeric, date, date) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_date_numeric';
COMMENT ON FUNCTION tcs.holdout_trans(internal, date, numeric, date, date) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(date, numeric, date, date) (
	SFUNC = tcs.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.holdout_final,
	COMBINEFUNC = tcs.holdout_combine,
	SERIALFUNC = tcs.holdout_serial,
	DESERIALFUNC = tcs.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(date, numeric, date, date) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until). Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs.holdout_trans(internal, date, numeric, date, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_date_numeric';
COMMENT ON FUNCTION tcs.holdout_trans(internal, date, numeric, date, date, text) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(date, numeric, date, date, text) (
	SFUNC = tcs.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.holdout_final,
	COMBINEFUNC = tcs.holdout_combine,
	SERIALFUNC = tcs.holdout_serial,
	DESERIALFUNC = tcs.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(date, numeric, date, date, text) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until, zone). zone has no effect on days that are given without one. Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs.holdout_trans(internal, timestamp, double precision, date, date) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_timestamp_float8';
COMMENT ON FUNCTION tcs.holdout_trans(internal, timestamp, double precision, date, date) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(timestamp, double precision, date, date) (
	SFUNC = tcs.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.holdout_final,
	COMBINEFUNC = tcs.holdout_combine,
	SERIALFUNC = tcs.holdout_serial,
	DESERIALFUNC = tcs.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(timestamp, double precision, date, date) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until). Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs.holdout_trans(internal, timestamp, double precision, date, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_timestamp_float8';
COMMENT ON FUNCTION tcs.holdout_trans(internal, timestamp, double precision, date, date, text) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(timestamp, double precision, date, date, text) (
	SFUNC = tcs.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.holdout_final,
	COMBINEFUNC = tcs.holdout_combine,
	SERIALFUNC = tcs.holdout_serial,
	DESERIALFUNC = tcs.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(timestamp, double precision, date, date, text) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until, zone). zone has no effect on days that are given without one. Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs.holdout_trans(internal, timestamp, numeric, date, date) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_timestamp_numeric';
COMMENT ON FUNCTION tcs.holdout_trans(internal, timestamp, numeric, date, date) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(timestamp, numeric, date, date) (
	SFUNC = tcs.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.holdout_final,
	COMBINEFUNC = tcs.holdout_combine,
	SERIALFUNC = tcs.holdout_serial,
	DESERIALFUNC = tcs.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(timestamp, numeric, date, date) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until). Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs.holdout_trans(internal, timestamp, numeric, date, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_timestamp_numeric';
COMMENT ON FUNCTION tcs.holdout_trans(internal, timestamp, numeric, date, date, text) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(timestamp, numeric, date, date, text) (
	SFUNC = tcs.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.holdout_final,
	COMBINEFUNC = tcs.holdout_combine,
	SERIALFUNC = tcs.holdout_serial,
	DESERIALFUNC = tcs.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(timestamp, numeric, date, date, text) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until, zone). zone has no effect on days that are given without one. Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs.holdout_trans(internal, timestamptz, double precision, date, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_timestamptz_float8';
COMMENT ON FUNCTION tcs.holdout_trans(internal, timestamptz, double precision, date, date, text) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(timestamptz, double precision, date, date, text) (
	SFUNC = tcs.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.holdout_final,
	COMBINEFUNC = tcs.holdout_combine,
	SERIALFUNC = tcs.holdout_serial,
	DESERIALFUNC = tcs.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(timestamptz, double precision, date, date, text) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until, zone). zone names the time zone whose days count. Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs.holdout_trans(internal, timestamptz, numeric, date, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_timestamptz_numeric';
COMMENT ON FUNCTION tcs.holdout_trans(internal, timestamptz, numeric, date, date, text) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(timestamptz, numeric, date, date, text) (
	SFUNC = tcs.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs.holdout_final,
	COMBINEFUNC = tcs.holdout_combine,
	SERIALFUNC = tcs.holdout_serial,
	DESERIALFUNC = tcs.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(timestamptz, numeric, date, date, text) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until, zone). zone names the time zone whose days count. Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';
-- RFM: recency, frequency and monetary value as scores from 1 to bins.
--
-- f and m are 1 + floor(bins * (values strictly below) / n), so the lowest value
-- always scores 1.  r is bins - floor(bins * (values strictly more recent) / n),
-- so the newest always scores best.  Equal customers score equally, unlike with
-- NTILE.  Where many customers are equal, some scores are not given at all.
--
-- Two ways lead to the same scores: the window function, for all customers of
-- one query, and a model, for cuts that are kept and customers that come later.
-- A model is made once by rfm_fit and knows ages only, so that its cuts stay
-- right as time passes.

CREATE TYPE tcs.rfm AS (
	r smallint,
	f smallint,
	m smallint
);
COMMENT ON TYPE tcs.rfm IS
'RFM scores, 1 is the worst';
COMMENT ON COLUMN tcs.rfm.r IS
'score of recency, the latest purchase scores best';
COMMENT ON COLUMN tcs.rfm.f IS
'score of frequency';
COMMENT ON COLUMN tcs.rfm.m IS
'score of monetary value';

-- The planner may replace the frame of a window that none of the functions in it
-- looks at (PostgreSQL 16 and later).

CREATE FUNCTION tcs.window_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_window_support';
COMMENT ON FUNCTION tcs.window_support(internal) IS
'planner support of the window functions';

-- The window function.

CREATE FUNCTION tcs.rfm_score(recency date, frequency double precision,
							  monetary double precision, bins integer DEFAULT 5)
	RETURNS tcs.rfm
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 5
	SUPPORT tcs.window_support
	AS 'MODULE_PATHNAME', 'tcs_rfm_score_date';
COMMENT ON FUNCTION tcs.rfm_score(date, double precision, double precision, integer) IS
'RFM scores within the window partition; the frame and its order have no influence. recency: later is better. bins: 2 to 100, 5 unless given. NULL in any of the three: NULL, and not counted. Errors: NaN, infinity, bins changing within the partition, more values than tcs.fit_memory holds';

CREATE FUNCTION tcs.rfm_score(recency timestamp, frequency double precision,
							  monetary double precision, bins integer DEFAULT 5)
	RETURNS tcs.rfm
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 5
	SUPPORT tcs.window_support
	AS 'MODULE_PATHNAME', 'tcs_rfm_score_timestamp';
COMMENT ON FUNCTION tcs.rfm_score(timestamp, double precision, double precision, integer) IS
'RFM scores within the window partition; the frame and its order have no influence. recency: later is better; compared by whole microseconds. bins: 2 to 100, 5 unless given. NULL in any of the three: NULL, and not counted. Errors: NaN, infinity, bins changing within the partition, more values than tcs.fit_memory holds';

CREATE FUNCTION tcs.rfm_score(recency timestamptz, frequency double precision,
							  monetary double precision, bins integer DEFAULT 5)
	RETURNS tcs.rfm
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 5
	SUPPORT tcs.window_support
	AS 'MODULE_PATHNAME', 'tcs_rfm_score_timestamp';
COMMENT ON FUNCTION tcs.rfm_score(timestamptz, double precision, double precision, integer) IS
'RFM scores within the window partition; the frame and its order have no influence. recency: later is better; compared by whole microseconds. bins: 2 to 100, 5 unless given. NULL in any of the three: NULL, and not counted. Errors: NaN, infinity, bins changing within the partition, more values than tcs.fit_memory holds';

CREATE FUNCTION tcs.rfm_score(recency interval, frequency double precision,
							  monetary double precision, bins integer DEFAULT 5)
	RETURNS tcs.rfm
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 5
	SUPPORT tcs.window_support
	AS 'MODULE_PATHNAME', 'tcs_rfm_score_interval';
COMMENT ON FUNCTION tcs.rfm_score(interval, double precision, double precision, integer) IS
'RFM scores within the window partition; the frame and its order have no influence. recency: an age: shorter is better; a month is 30.4375 days. bins: 2 to 100, 5 unless given. NULL in any of the three: NULL, and not counted. Errors: NaN, infinity, bins changing within the partition, more values than tcs.fit_memory holds';

CREATE FUNCTION tcs.rfm_score(recency double precision, frequency double precision,
							  monetary double precision, bins integer DEFAULT 5)
	RETURNS tcs.rfm
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 5
	SUPPORT tcs.window_support
	AS 'MODULE_PATHNAME', 'tcs_rfm_score_float8';
COMMENT ON FUNCTION tcs.rfm_score(double precision, double precision, double precision, integer) IS
'RFM scores within the window partition; the frame and its order have no influence. recency: an age, in days or any unit: smaller is better. bins: 2 to 100, 5 unless given. NULL in any of the three: NULL, and not counted. Errors: NaN, infinity, bins changing within the partition, more values than tcs.fit_memory holds';

-- The model: fit, make from given cuts, score.

CREATE FUNCTION tcs.rfm_fit_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_combine';
COMMENT ON FUNCTION tcs.rfm_fit_combine(internal, internal) IS
'combine function of the aggregate rfm_fit';

CREATE FUNCTION tcs.rfm_fit_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_serial';
COMMENT ON FUNCTION tcs.rfm_fit_serial(internal) IS
'serialization function of the aggregate rfm_fit';

CREATE FUNCTION tcs.rfm_fit_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_deserial';
COMMENT ON FUNCTION tcs.rfm_fit_deserial(bytea, internal) IS
'deserialization function of the aggregate rfm_fit';

CREATE FUNCTION tcs.rfm_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_final';
COMMENT ON FUNCTION tcs.rfm_fit_final(internal) IS
'final function of the aggregate rfm_fit';

CREATE FUNCTION tcs.rfm_fit_trans(internal, double precision, double precision, double precision)
	RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_float8';
COMMENT ON FUNCTION tcs.rfm_fit_trans(internal, double precision, double precision, double precision) IS
'transition function of the aggregate rfm_fit';

CREATE AGGREGATE tcs.rfm_fit(double precision, double precision, double precision) (
	SFUNC = tcs.rfm_fit_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs.rfm_fit_final,
	COMBINEFUNC = tcs.rfm_fit_combine,
	SERIALFUNC = tcs.rfm_fit_serial,
	DESERIALFUNC = tcs.rfm_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.rfm_fit(double precision, double precision, double precision) IS
'model of kind "rfm": the cuts of a population, rfm_fit(age, frequency, monetary). age: time since the last purchase, in days. Five bins. Rows with a NULL are not counted; NULL when none is left. Errors: NaN, infinity, more values than tcs.fit_memory holds (24 bytes a customer)';

CREATE FUNCTION tcs.rfm_fit_trans(internal, double precision, double precision, double precision, integer)
	RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_float8';
COMMENT ON FUNCTION tcs.rfm_fit_trans(internal, double precision, double precision, double precision, integer) IS
'transition function of the aggregate rfm_fit';

CREATE AGGREGATE tcs.rfm_fit(double precision, double precision, double precision, integer) (
	SFUNC = tcs.rfm_fit_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs.rfm_fit_final,
	COMBINEFUNC = tcs.rfm_fit_combine,
	SERIALFUNC = tcs.rfm_fit_serial,
	DESERIALFUNC = tcs.rfm_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.rfm_fit(double precision, double precision, double precision, integer) IS
'model of kind "rfm": the cuts of a population, rfm_fit(age, frequency, monetary, bins). age: time since the last purchase, in days. bins: 2 to 100. Rows with a NULL are not counted; NULL when none is left. Errors: NaN, infinity, bins changing within a group, more values than tcs.fit_memory holds (24 bytes a customer)';

CREATE FUNCTION tcs.rfm_fit_trans(internal, interval, double precision, double precision)
	RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_interval';
COMMENT ON FUNCTION tcs.rfm_fit_trans(internal, interval, double precision, double precision) IS
'transition function of the aggregate rfm_fit';

CREATE AGGREGATE tcs.rfm_fit(interval, double precision, double precision) (
	SFUNC = tcs.rfm_fit_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs.rfm_fit_final,
	COMBINEFUNC = tcs.rfm_fit_combine,
	SERIALFUNC = tcs.rfm_fit_serial,
	DESERIALFUNC = tcs.rfm_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.rfm_fit(interval, double precision, double precision) IS
'model of kind "rfm": the cuts of a population, rfm_fit(age, frequency, monetary). age: time since the last purchase, a month is 30.4375 days. Five bins. Rows with a NULL are not counted; NULL when none is left. Errors: NaN, infinity, more values than tcs.fit_memory holds (24 bytes a customer)';

CREATE FUNCTION tcs.rfm_fit_trans(internal, interval, double precision, double precision, integer)
	RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_rfm_fit_interval';
COMMENT ON FUNCTION tcs.rfm_fit_trans(internal, interval, double precision, double precision, integer) IS
'transition function of the aggregate rfm_fit';

CREATE AGGREGATE tcs.rfm_fit(interval, double precision, double precision, integer) (
	SFUNC = tcs.rfm_fit_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs.rfm_fit_final,
	COMBINEFUNC = tcs.rfm_fit_combine,
	SERIALFUNC = tcs.rfm_fit_serial,
	DESERIALFUNC = tcs.rfm_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.rfm_fit(interval, double precision, double precision, integer) IS
'model of kind "rfm": the cuts of a population, rfm_fit(age, frequency, monetary, bins). age: time since the last purchase, a month is 30.4375 days. bins: 2 to 100. Rows with a NULL are not counted; NULL when none is left. Errors: NaN, infinity, bins changing within a group, more values than tcs.fit_memory holds (24 bytes a customer)';

CREATE FUNCTION tcs.rfm_model(age_cuts double precision[],
							  frequency_cuts double precision[],
							  monetary_cuts double precision[])
	RETURNS jsonb
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_rfm_model';
COMMENT ON FUNCTION tcs.rfm_model(double precision[], double precision[], double precision[]) IS
'model of kind "rfm" from given cuts. Each cut is the last value of its class: with age_cuts {30,90} an age of up to 30 days scores 3, up to 90 days 2, more 1; with frequency_cuts {1,3} one purchase scores 1, up to three 2, more 3. Ages in days. NULL for NULL. Errors: an array empty, longer than 99, unsorted, with NULL, NaN or infinity, or of two dimensions';

CREATE FUNCTION tcs.rfm_score(model jsonb, age double precision,
							  frequency double precision,
							  monetary double precision)
	RETURNS tcs.rfm
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_rfm_score_model_float8';
COMMENT ON FUNCTION tcs.rfm_score(jsonb, double precision, double precision, double precision) IS
'RFM scores of one customer under a model of kind "rfm". age: time since the last purchase, in days. NULL for NULL. Errors: no such model, NaN, infinity';

CREATE FUNCTION tcs.rfm_score(model jsonb, age interval,
							  frequency double precision,
							  monetary double precision)
	RETURNS tcs.rfm
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_rfm_score_model_interval';
COMMENT ON FUNCTION tcs.rfm_score(jsonb, interval, double precision, double precision) IS
'RFM scores of one customer under a model of kind "rfm". age: time since the last purchase, a month is 30.4375 days. NULL for NULL. Errors: no such model, NaN, infinity';

-- Reading scores.

CREATE FUNCTION tcs.rfm_cell(rfm tcs.rfm) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_rfm_cell';
COMMENT ON FUNCTION tcs.rfm_cell(tcs.rfm) IS
'the three scores as text: 543, or 10-3-7 where one has two digits. NULL for NULL. Errors: a score below 1';

CREATE FUNCTION tcs.rfm_segment(rfm tcs.rfm) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_rfm_segment';
COMMENT ON FUNCTION tcs.rfm_segment(tcs.rfm) IS
'name of the segment of five-bin scores, from the map that rfm_segments() shows. NULL for NULL and for a score outside 1 to 5';

CREATE FUNCTION tcs.rfm_segments(OUT segment text, OUT cells text[])
	RETURNS SETOF record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 11
	AS 'MODULE_PATHNAME', 'tcs_rfm_segments';
COMMENT ON FUNCTION tcs.rfm_segments() IS
'the segments of rfm_segment with their cells, best first; each of the 125 cells is in one of them';

CREATE FUNCTION tcs.rfm_explain(model jsonb, age double precision,
								frequency double precision,
								monetary double precision,
								OUT measure text, OUT value double precision,
								OUT score smallint, OUT next_score smallint,
								OUT next_cut double precision,
								OUT next_needs text)
	RETURNS SETOF record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 3
	AS 'MODULE_PATHNAME', 'tcs_rfm_explain_float8';
COMMENT ON FUNCTION tcs.rfm_explain(jsonb, double precision, double precision, double precision) IS
'why a customer has its RFM scores, a row a measure: its value (age in days), its score, and the next better score with the cut to pass and what that takes in words; these are NULL at the best score. age: in days. No rows for NULL. Errors: as rfm_score';

CREATE FUNCTION tcs.rfm_explain(model jsonb, age interval,
								frequency double precision,
								monetary double precision,
								OUT measure text, OUT value double precision,
								OUT score smallint, OUT next_score smallint,
								OUT next_cut double precision,
								OUT next_needs text)
	RETURNS SETOF record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 3
	AS 'MODULE_PATHNAME', 'tcs_rfm_explain_interval';
COMMENT ON FUNCTION tcs.rfm_explain(jsonb, interval, double precision, double precision) IS
'why a customer has its RFM scores, a row a measure: its value (age in days), its score, and the next better score with the cut to pass and what that takes in words; these are NULL at the best score. age: a month is 30.4375 days. No rows for NULL. Errors: as rfm_score';
-- ABC: which customers make up the bulk of a total; and how unequal they are.
--
-- Customers are taken from the most valuable down.  With `above` the sum of the
-- values that are strictly greater, a customer is an A while above is less than
-- the first cut of the total, a B while it is less than the second, and so on.
-- So the customer that crosses a line belongs to the higher tier, the largest is
-- always an A, and equal customers share a tier.  A part of 1e-12 of the total is
-- taken off each line, so that a cut that is met exactly in decimal arithmetic is
-- met here.  Values of zero and below add nothing and are in the last tier.
--
-- Tiers are named A to Z, then AA, AB and on.

-- The state that abc_fit, gini and lorenz share.

CREATE FUNCTION tcs.distribution_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_distribution_combine';
COMMENT ON FUNCTION tcs.distribution_combine(internal, internal) IS
'combine function of the aggregates abc_fit, gini and lorenz';

CREATE FUNCTION tcs.distribution_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_distribution_serial';
COMMENT ON FUNCTION tcs.distribution_serial(internal) IS
'serialization function of the aggregates abc_fit, gini and lorenz';

CREATE FUNCTION tcs.distribution_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_distribution_deserial';
COMMENT ON FUNCTION tcs.distribution_deserial(bytea, internal) IS
'deserialization function of the aggregates abc_fit, gini and lorenz';

-- The window function.

CREATE FUNCTION tcs.abc_tier(value double precision,
							 cuts double precision[] DEFAULT '{0.8,0.95}')
	RETURNS text
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 5
	SUPPORT tcs.window_support
	AS 'MODULE_PATHNAME', 'tcs_abc_tier_window';
COMMENT ON FUNCTION tcs.abc_tier(double precision, double precision[]) IS
'ABC tier within the window partition; the frame and its order have no influence. cuts: ascending shares of the total between 0 and 1, one less than there are tiers; 0.8 and 0.95 unless given. NULL for a NULL value. Errors: NaN, infinity, cuts that are no such shares or change within the partition, more values than tcs.fit_memory holds';

-- The model: fit, score.

CREATE FUNCTION tcs.abc_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_abc_fit_final';
COMMENT ON FUNCTION tcs.abc_fit_final(internal) IS
'final function of the aggregate abc_fit';

CREATE FUNCTION tcs.abc_fit_trans(internal, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_abc_fit_trans';
COMMENT ON FUNCTION tcs.abc_fit_trans(internal, double precision) IS
'transition function of the aggregate abc_fit';

CREATE AGGREGATE tcs.abc_fit(double precision) (
	SFUNC = tcs.abc_fit_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs.abc_fit_final,
	COMBINEFUNC = tcs.distribution_combine,
	SERIALFUNC = tcs.distribution_serial,
	DESERIALFUNC = tcs.distribution_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.abc_fit(double precision) IS
'model of kind "abc": the least value of each tier of a population, abc_fit(value), with the cuts 0.8 and 0.95. NULL values are not counted; NULL when none is left. Errors: NaN, infinity, more values than tcs.fit_memory holds (8 bytes a positive value)';

CREATE FUNCTION tcs.abc_fit_trans(internal, double precision, double precision[]) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_abc_fit_trans';
COMMENT ON FUNCTION tcs.abc_fit_trans(internal, double precision, double precision[]) IS
'transition function of the aggregate abc_fit';

CREATE AGGREGATE tcs.abc_fit(double precision, double precision[]) (
	SFUNC = tcs.abc_fit_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs.abc_fit_final,
	COMBINEFUNC = tcs.distribution_combine,
	SERIALFUNC = tcs.distribution_serial,
	DESERIALFUNC = tcs.distribution_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.abc_fit(double precision, double precision[]) IS
'model of kind "abc": the least value of each tier of a population, abc_fit(value, cuts). cuts: ascending shares of the total between 0 and 1, one less than there are tiers. NULL values are not counted; NULL when none is left. Errors: NaN, infinity, cuts that are no such shares or change within a group, more values than tcs.fit_memory holds (8 bytes a positive value)';

CREATE FUNCTION tcs.abc_tier(model jsonb, value double precision) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_abc_tier_model';
COMMENT ON FUNCTION tcs.abc_tier(jsonb, double precision) IS
'ABC tier of one customer under a model of kind "abc". NULL for NULL. Errors: no such model, NaN, infinity';

-- How unequal values are.

CREATE FUNCTION tcs.gini_final(internal) RETURNS double precision
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_gini_final';
COMMENT ON FUNCTION tcs.gini_final(internal) IS
'final function of the aggregate gini';

CREATE FUNCTION tcs.gini_trans(internal, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_gini_trans';
COMMENT ON FUNCTION tcs.gini_trans(internal, double precision) IS
'transition function of the aggregate gini';

CREATE AGGREGATE tcs.gini(double precision) (
	SFUNC = tcs.gini_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs.gini_final,
	COMBINEFUNC = tcs.distribution_combine,
	SERIALFUNC = tcs.distribution_serial,
	DESERIALFUNC = tcs.distribution_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.gini(double precision) IS
'Gini coefficient of the values: 0 when all are equal, near 1 when one customer has all. Of the population, without the correction n / (n - 1) for samples. NULL values are not counted; NULL when none is left or all are 0. Errors: negative values, NaN, infinity, more values than tcs.fit_memory holds';

CREATE FUNCTION tcs.lorenz_final(internal) RETURNS double precision[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_lorenz_final';
COMMENT ON FUNCTION tcs.lorenz_final(internal) IS
'final function of the aggregate lorenz';

CREATE FUNCTION tcs.lorenz_trans(internal, double precision, integer) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_gini_trans';
COMMENT ON FUNCTION tcs.lorenz_trans(internal, double precision, integer) IS
'transition function of the aggregate lorenz';

CREATE AGGREGATE tcs.lorenz(double precision, integer) (
	SFUNC = tcs.lorenz_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs.lorenz_final,
	COMBINEFUNC = tcs.distribution_combine,
	SERIALFUNC = tcs.distribution_serial,
	DESERIALFUNC = tcs.distribution_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.lorenz(double precision, integer) IS
'Lorenz curve of the values, lorenz(value, points): points + 1 shares of the total, of which share k is held by the k / points least valuable customers, a customer in between counting in part. points: 1 to 10000. NULL values are not counted; NULL when none is left or all are 0. Errors: negative values, NaN, infinity, points changing within a group, more values than tcs.fit_memory holds';

-- XYZ: how steady.

CREATE FUNCTION tcs.xyz_class(cv double precision,
							  cuts double precision[] DEFAULT '{0.5,1}')
	RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_xyz_class';
COMMENT ON FUNCTION tcs.xyz_class(double precision, double precision[]) IS
'class of a coefficient of variation (see period_cv): X (steady) up to the first cut, Y (varying) up to the second, Z (sporadic) beyond. cuts: two ascending numbers above 0; 0.5 and 1 unless given. NULL for NULL. Errors: negative cv, NaN, infinity, other cuts';
-- period_cv: how steadily a customer buys.
--
-- The net amount of every calendar period from that of the first purchase to that
-- of as_of, periods without orders as zero; their standard deviation (of all
-- periods, divided by their number) by their mean.  Small is steady.  It is what
-- xyz_class divides into X, Y and Z.

CREATE FUNCTION tcs.period_cv_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_combine';
COMMENT ON FUNCTION tcs.period_cv_combine(internal, internal) IS
'combine function of the aggregate period_cv';

CREATE FUNCTION tcs.period_cv_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_serial';
COMMENT ON FUNCTION tcs.period_cv_serial(internal) IS
'serialization function of the aggregate period_cv';

CREATE FUNCTION tcs.period_cv_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_deserial';
COMMENT ON FUNCTION tcs.period_cv_deserial(bytea, internal) IS
'deserialization function of the aggregate period_cv';

CREATE FUNCTION tcs.period_cv_final(internal) RETURNS double precision
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_final';
COMMENT ON FUNCTION tcs.period_cv_final(internal) IS
'final function of the aggregate period_cv';

CREATE FUNCTION tcs.period_cv_trans(internal, date, double precision, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_date_float8';
COMMENT ON FUNCTION tcs.period_cv_trans(internal, date, double precision, date, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(date, double precision, date, text) (
	SFUNC = tcs.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs.period_cv_final,
	COMBINEFUNC = tcs.period_cv_combine,
	SERIALFUNC = tcs.period_cv_serial,
	DESERIALFUNC = tcs.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(date, double precision, date, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period). period: day, week (from Monday), month, quarter or year. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.period_cv_trans(internal, date, double precision, date, text, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_date_float8';
COMMENT ON FUNCTION tcs.period_cv_trans(internal, date, double precision, date, text, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(date, double precision, date, text, text) (
	SFUNC = tcs.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs.period_cv_final,
	COMBINEFUNC = tcs.period_cv_combine,
	SERIALFUNC = tcs.period_cv_serial,
	DESERIALFUNC = tcs.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(date, double precision, date, text, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period, zone). period: day, week (from Monday), month, quarter or year. zone has no effect on days that are given without one. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.period_cv_trans(internal, date, numeric, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_date_numeric';
COMMENT ON FUNCTION tcs.period_cv_trans(internal, date, numeric, date, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(date, numeric, date, text) (
	SFUNC = tcs.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs.period_cv_final,
	COMBINEFUNC = tcs.period_cv_combine,
	SERIALFUNC = tcs.period_cv_serial,
	DESERIALFUNC = tcs.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(date, numeric, date, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period). period: day, week (from Monday), month, quarter or year. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.period_cv_trans(internal, date, numeric, date, text, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_date_numeric';
COMMENT ON FUNCTION tcs.period_cv_trans(internal, date, numeric, date, text, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(date, numeric, date, text, text) (
	SFUNC = tcs.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs.period_cv_final,
	COMBINEFUNC = tcs.period_cv_combine,
	SERIALFUNC = tcs.period_cv_serial,
	DESERIALFUNC = tcs.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(date, numeric, date, text, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period, zone). period: day, week (from Monday), month, quarter or year. zone has no effect on days that are given without one. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.period_cv_trans(internal, timestamp, double precision, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_timestamp_float8';
COMMENT ON FUNCTION tcs.period_cv_trans(internal, timestamp, double precision, date, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(timestamp, double precision, date, text) (
	SFUNC = tcs.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs.period_cv_final,
	COMBINEFUNC = tcs.period_cv_combine,
	SERIALFUNC = tcs.period_cv_serial,
	DESERIALFUNC = tcs.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(timestamp, double precision, date, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period). period: day, week (from Monday), month, quarter or year. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.period_cv_trans(internal, timestamp, double precision, date, text, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_timestamp_float8';
COMMENT ON FUNCTION tcs.period_cv_trans(internal, timestamp, double precision, date, text, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(timestamp, double precision, date, text, text) (
	SFUNC = tcs.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs.period_cv_final,
	COMBINEFUNC = tcs.period_cv_combine,
	SERIALFUNC = tcs.period_cv_serial,
	DESERIALFUNC = tcs.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(timestamp, double precision, date, text, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period, zone). period: day, week (from Monday), month, quarter or year. zone has no effect on days that are given without one. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.period_cv_trans(internal, timestamp, numeric, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_timestamp_numeric';
COMMENT ON FUNCTION tcs.period_cv_trans(internal, timestamp, numeric, date, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(timestamp, numeric, date, text) (
	SFUNC = tcs.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs.period_cv_final,
	COMBINEFUNC = tcs.period_cv_combine,
	SERIALFUNC = tcs.period_cv_serial,
	DESERIALFUNC = tcs.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(timestamp, numeric, date, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period). period: day, week (from Monday), month, quarter or year. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.period_cv_trans(internal, timestamp, numeric, date, text, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_timestamp_numeric';
COMMENT ON FUNCTION tcs.period_cv_trans(internal, timestamp, numeric, date, text, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(timestamp, numeric, date, text, text) (
	SFUNC = tcs.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs.period_cv_final,
	COMBINEFUNC = tcs.period_cv_combine,
	SERIALFUNC = tcs.period_cv_serial,
	DESERIALFUNC = tcs.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(timestamp, numeric, date, text, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period, zone). period: day, week (from Monday), month, quarter or year. zone has no effect on days that are given without one. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.period_cv_trans(internal, timestamptz, double precision, date, text, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_timestamptz_float8';
COMMENT ON FUNCTION tcs.period_cv_trans(internal, timestamptz, double precision, date, text, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(timestamptz, double precision, date, text, text) (
	SFUNC = tcs.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs.period_cv_final,
	COMBINEFUNC = tcs.period_cv_combine,
	SERIALFUNC = tcs.period_cv_serial,
	DESERIALFUNC = tcs.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(timestamptz, double precision, date, text, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period, zone). period: day, week (from Monday), month, quarter or year. zone names the time zone whose days count. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs.period_cv_trans(internal, timestamptz, numeric, date, text, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_timestamptz_numeric';
COMMENT ON FUNCTION tcs.period_cv_trans(internal, timestamptz, numeric, date, text, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(timestamptz, numeric, date, text, text) (
	SFUNC = tcs.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs.period_cv_final,
	COMBINEFUNC = tcs.period_cv_combine,
	SERIALFUNC = tcs.period_cv_serial,
	DESERIALFUNC = tcs.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(timestamptz, numeric, date, text, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period, zone). period: day, week (from Monday), month, quarter or year. zone names the time zone whose days count. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';
-- Metrics: from an order log to one row per customer, with scores.
--
-- create_metrics makes a plain view and a plain table in the caller's schema,
-- with the caller's rights; the extension keeps nothing about them.  The view
-- scores with stored models, so that a query for one customer reads that
-- customer's orders and nothing else.

CREATE FUNCTION tcs.create_metrics(name text, orders regclass,
								   customer name, at name, amount name,
								   zone text DEFAULT NULL,
								   customers regclass DEFAULT NULL,
								   customers_key name DEFAULT NULL)
	RETURNS regclass
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_create_metrics';
COMMENT ON FUNCTION tcs.create_metrics(text, regclass, name, name, name, text, regclass, name) IS
'makes the view name, one row per customer with purchase history, RFM scores and ABC tier as of today, and the table name_model with the models it scores by; fits the first models; returns the view. orders: the order log, a table or view; customer, at, amount: its columns (at is date, timestamp or timestamptz; amount a number, negative for a refund). zone: whose calendar days count, the session''s time zone unless given, and then fixed. customers: a table or view of all customers, to have those without orders too and no others; customers_key: its unique column, its primary key unless given. Names are case-sensitive and unquoted, but name is parsed as in SQL and may have a schema; else the first of the search_path is taken. Rows count whose customer and at are not NULL and whose day is not after today. WHERE customer = a value reads that customer''s orders by their index; for a list of customers, with customers given, say FROM unnest(list) AS id, LATERAL (SELECT * FROM name WHERE customer = id OFFSET 0) AS m. Errors: the view or table exists already, a column is missing or of another type, an unknown zone, NULL for any of the first five';

CREATE FUNCTION tcs.refit_metrics(name regclass)
	RETURNS bigint
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_refit_metrics';
COMMENT ON FUNCTION tcs.refit_metrics(regclass) IS
'fits the models of a metrics view anew, on its customers as of today: adds a row to the table name_model, by which the view scores from then on, and returns its id. NULL for NULL. Errors: not a view that create_metrics made, or its table was renamed or moved without it';

CREATE FUNCTION tcs.metrics_sql(name text, orders regclass,
								customer name, at name, amount name,
								zone text DEFAULT NULL,
								customers regclass DEFAULT NULL,
								customers_key name DEFAULT NULL,
								as_of date DEFAULT NULL)
	RETURNS text
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_metrics_sql';
COMMENT ON FUNCTION tcs.metrics_sql(text, regclass, name, name, name, text, regclass, name, date) IS
'the text of the query behind a metrics view, for the arguments of create_metrics; makes nothing. name NULL: a query that stands alone and fits its own models; else one that reads the newest models from the table name_model. as_of: the last day that counts, today (in the zone, whenever the query runs) unless given. Errors: as create_metrics, except that nothing need or must not exist under the name';
