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
-- Rules: segments as rows, each a condition in SQL.
--
-- A rule set is an ordered list of rules.  A row belongs to the segment of the
-- first rule, by ascending priority, whose condition is true of it; a condition
-- that is NULL does not match; a row that none matches gets the default segment
-- of the rule set.  A condition is one boolean expression over the columns of the
-- row, with constants and the operators, casts and functions that are built in
-- (and those of this extension).  It cannot act, read a table or run anyone's code.
--
-- Rule sets whose names begin with "tcs." belong to the extension.

CREATE TABLE tcs.rule_set (
	name text COLLATE "C" NOT NULL,
	description text,
	default_segment text,
	time_zone text,
	changed_by text NOT NULL,
	changed_at timestamptz NOT NULL,
	CONSTRAINT rule_set_pkey PRIMARY KEY (name),
	CONSTRAINT rule_set_name_check CHECK (name <> '')
);
COMMENT ON TABLE tcs.rule_set IS
'sets of rules that put rows into segments; names that begin with "tcs." are the extension''s own';
COMMENT ON COLUMN tcs.rule_set.name IS
'what segment_assign calls it by';
COMMENT ON COLUMN tcs.rule_set.description IS
'what it is for';
COMMENT ON COLUMN tcs.rule_set.default_segment IS
'segment of a row that no rule matches; NULL: none';
COMMENT ON COLUMN tcs.rule_set.time_zone IS
'time zone of literals that name none; NULL: such literals are refused';
COMMENT ON COLUMN tcs.rule_set.changed_by IS
'role that wrote the row last';
COMMENT ON COLUMN tcs.rule_set.changed_at IS
'when it was written last';

CREATE TABLE tcs.rule (
	rule_set text COLLATE "C" NOT NULL,
	priority integer NOT NULL,
	segment text NOT NULL,
	condition text NOT NULL,
	description text,
	enabled boolean NOT NULL DEFAULT true,
	changed_by text NOT NULL,
	changed_at timestamptz NOT NULL,
	CONSTRAINT rule_rule_set_priority_key UNIQUE (rule_set, priority) DEFERRABLE,
	CONSTRAINT rule_rule_set_fkey FOREIGN KEY (rule_set) REFERENCES tcs.rule_set
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE tcs.rule IS
'rules: rows for which the condition holds, and that of no rule with a lower priority, belong to the segment';
COMMENT ON COLUMN tcs.rule.rule_set IS
'the set it belongs to';
COMMENT ON COLUMN tcs.rule.priority IS
'the lowest that matches decides';
COMMENT ON COLUMN tcs.rule.segment IS
'name of the segment; several rules may lead to one';
COMMENT ON COLUMN tcs.rule.condition IS
'boolean SQL expression over the columns of the row';
COMMENT ON COLUMN tcs.rule.description IS
'why; an advised action';
COMMENT ON COLUMN tcs.rule.enabled IS
'false: the rule is left out';
COMMENT ON COLUMN tcs.rule.changed_by IS
'role that wrote the row last';
COMMENT ON COLUMN tcs.rule.changed_at IS
'when it was written last';

CREATE FUNCTION tcs.rule_tables_before() RETURNS trigger
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_rule_tables_before';
COMMENT ON FUNCTION tcs.rule_tables_before() IS
'trigger of the tables of rules: refuses conditions that do not parse and changes of what the extension ships, notes who writes';

CREATE FUNCTION tcs.rule_tables_after() RETURNS trigger
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_rule_tables_after';
COMMENT ON FUNCTION tcs.rule_tables_after() IS
'trigger of the tables of rules: makes statements that use them be planned anew';

CREATE TRIGGER rule_set_before BEFORE INSERT OR UPDATE OR DELETE ON tcs.rule_set
	FOR EACH ROW EXECUTE FUNCTION tcs.rule_tables_before();
CREATE TRIGGER rule_set_after AFTER INSERT OR UPDATE OR DELETE ON tcs.rule_set
	FOR EACH ROW EXECUTE FUNCTION tcs.rule_tables_after();
CREATE TRIGGER rule_set_truncate AFTER TRUNCATE ON tcs.rule_set
	FOR EACH STATEMENT EXECUTE FUNCTION tcs.rule_tables_after();
CREATE TRIGGER rule_before BEFORE INSERT OR UPDATE OR DELETE ON tcs.rule
	FOR EACH ROW EXECUTE FUNCTION tcs.rule_tables_before();
CREATE TRIGGER rule_after AFTER INSERT OR UPDATE OR DELETE ON tcs.rule
	FOR EACH ROW EXECUTE FUNCTION tcs.rule_tables_after();
CREATE TRIGGER rule_truncate AFTER TRUNCATE ON tcs.rule
	FOR EACH STATEMENT EXECUTE FUNCTION tcs.rule_tables_after();
-- also where changes arrive by replication
ALTER TABLE tcs.rule_set ENABLE ALWAYS TRIGGER rule_set_after;
ALTER TABLE tcs.rule_set ENABLE ALWAYS TRIGGER rule_set_truncate;
ALTER TABLE tcs.rule ENABLE ALWAYS TRIGGER rule_after;
ALTER TABLE tcs.rule ENABLE ALWAYS TRIGGER rule_truncate;

GRANT SELECT ON tcs.rule_set, tcs.rule TO PUBLIC;

-- The users' rows are dumped, the extension's own are not.
SELECT pg_catalog.pg_extension_config_dump('tcs.rule_set', 'WHERE name NOT LIKE ''tcs.%''');
SELECT pg_catalog.pg_extension_config_dump('tcs.rule', 'WHERE rule_set NOT LIKE ''tcs.%''');

-- Evaluation.

CREATE FUNCTION tcs.segment_assign_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_segment_assign_support';
COMMENT ON FUNCTION tcs.segment_assign_support(internal) IS
'planner support of segment_assign';

CREATE FUNCTION tcs.segment_matches_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_segment_matches_support';
COMMENT ON FUNCTION tcs.segment_matches_support(internal) IS
'planner support of segment_matches';

CREATE FUNCTION tcs.in_segment_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_in_segment_support';
COMMENT ON FUNCTION tcs.in_segment_support(internal) IS
'planner support of in_segment';

CREATE FUNCTION tcs.segment_assign(rule_set text, "row" record) RETURNS text
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	SUPPORT tcs.segment_assign_support
	AS 'MODULE_PATHNAME', 'tcs_segment_assign';
COMMENT ON FUNCTION tcs.segment_assign(text, record) IS
'segment of a row by a rule set: that of the first rule, by ascending priority, whose condition is true; else the default segment of the rule set, which may be NULL. row: a whole row (of a table, view or subquery); a NULL row is a row of NULLs. Replaced by the plain CASE expression where the planner can. Errors: no such rule set, a condition that is refused or names a column that the row has not';

CREATE FUNCTION tcs.segment_matches(rule_set text, "row" record) RETURNS text[]
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	SUPPORT tcs.segment_matches_support
	AS 'MODULE_PATHNAME', 'tcs_segment_matches';
COMMENT ON FUNCTION tcs.segment_matches(text, record) IS
'all segments whose conditions are true of a row, each once, by priority; empty when there is none (the default is not a match). Errors: as segment_assign';

CREATE FUNCTION tcs.in_segment(rule_set text, segment text, "row" record) RETURNS boolean
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	SUPPORT tcs.in_segment_support
	AS 'MODULE_PATHNAME', 'tcs_in_segment';
COMMENT ON FUNCTION tcs.in_segment(text, text, record) IS
'is that the segment of the row? Never NULL. In WHERE the planner sees the plain conditions, and an index on the columns serves them. Errors: no such segment in the rule set; else as segment_assign';

CREATE FUNCTION tcs.rule_priorities(rule_set text, "row" record) RETURNS integer[]
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_rule_priorities';
COMMENT ON FUNCTION tcs.rule_priorities(text, record) IS
'priorities of all rules whose conditions are true of a row, ascending; empty when there is none. Errors: as segment_assign';

CREATE FUNCTION tcs.segment_explain(rule_set text, "row" record,
									OUT priority integer, OUT segment text,
									OUT condition text, OUT matched boolean,
									OUT decisive boolean, OUT failed text,
									OUT found text, OUT short_by double precision,
									OUT reason text)
	RETURNS SETOF record
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000 ROWS 20
	AS 'MODULE_PATHNAME', 'tcs_segment_explain';
COMMENT ON FUNCTION tcs.segment_explain(text, record) IS
'why a row is in its segment: by ascending priority a row for each enabled rule that matches, and one for each part (joined by AND) that keeps another from matching. decisive: this rule gave the segment; the default segment, without a priority, when none did. failed: the part; found: the values in it; short_by: how far a number, or a time in days, is from what a comparison needs, NULL where that has no meaning; reason: the same in words. Behind a part that failed, only parts that compare columns and constants are looked at: the first may guard the others. Errors: a NULL row; else as segment_assign';
-- Rule sets as a whole: copied, published, as jsonb, as text, compared.
--
-- All of these run with the rights of who calls them: to change a rule set takes
-- INSERT, UPDATE and DELETE on tcs.rule_set and tcs.rule.

CREATE FUNCTION tcs.rule_set_get(rule_set text) RETURNS jsonb
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	definition jsonb;
BEGIN
	SELECT jsonb_strip_nulls(jsonb_build_object(
			'description', s.description,
			'default_segment', s.default_segment,
			'time_zone', s.time_zone,
			'rules', (SELECT coalesce(jsonb_agg(jsonb_build_object(
							'priority', r.priority,
							'segment', r.segment,
							'condition', r.condition,
							'description', r.description,
							'enabled', r.enabled) ORDER BY r.priority), '[]')
						FROM tcs.rule AS r WHERE r.rule_set = s.name)))
	  INTO definition
	  FROM tcs.rule_set AS s WHERE s.name = rule_set_get.rule_set;
	IF rule_set_get.rule_set IS NULL THEN
		RAISE EXCEPTION 'rule_set must not be null'
			USING ERRCODE = 'invalid_parameter_value';
	ELSIF definition IS NULL THEN
		RAISE EXCEPTION 'rule set "%" does not exist', rule_set_get.rule_set
			USING ERRCODE = 'undefined_object',
				HINT = 'The table tcs.rule_set lists the rule sets.';
	END IF;
	RETURN definition;
END
$$;
COMMENT ON FUNCTION tcs.rule_set_get(text) IS
'a rule set as jsonb, for rule_set_put and for a repository of files (jsonb_pretty lays it out): description, default_segment and time_zone, left out where they are NULL, and rules, by priority, each with priority, segment, condition, description (unless NULL) and enabled. Who changed what is not in it. Errors: no such rule set; NULL';

CREATE FUNCTION tcs.rule_set_check(definition jsonb) RETURNS void
	LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	item record;
	wrong text;
	earlier integer[];
BEGIN
	IF jsonb_typeof(definition) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION 'the definition of a rule set must be a JSON object, not %',
				coalesce(jsonb_typeof(definition), 'null')
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'rule_set_get shows the form.';
	END IF;
	SELECT k INTO wrong FROM jsonb_object_keys(definition) AS k
	 WHERE k NOT IN ('description', 'default_segment', 'time_zone', 'rules') LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'unknown key "%" in the definition of a rule set', wrong
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'The keys are description, default_segment, time_zone and rules.';
	END IF;
	SELECT e.key INTO wrong FROM jsonb_each(definition) AS e
	 WHERE e.key <> 'rules' AND jsonb_typeof(e.value) NOT IN ('string', 'null') LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '"%" must be a string or null, not %', wrong,
				jsonb_typeof(definition -> wrong)
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF jsonb_typeof(definition -> 'rules') IS DISTINCT FROM 'array' THEN
		RAISE EXCEPTION '"rules" must be an array, not %',
				coalesce(jsonb_typeof(definition -> 'rules'), 'missing')
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'A rule set without rules has an empty array.';
	END IF;

	FOR item IN
		SELECT e.value AS rule, e.ordinality AS number
		  FROM jsonb_array_elements(definition -> 'rules') WITH ORDINALITY AS e
		 ORDER BY 2
	LOOP
		IF jsonb_typeof(item.rule) <> 'object' THEN
			RAISE EXCEPTION 'element % of "rules" must be an object, not %',
					item.number, jsonb_typeof(item.rule)
				USING ERRCODE = 'invalid_parameter_value';
		END IF;
		SELECT k INTO wrong FROM jsonb_object_keys(item.rule) AS k
		 WHERE k NOT IN ('priority', 'segment', 'condition', 'description', 'enabled') LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION 'unknown key "%" in element % of "rules"', wrong, item.number
				USING ERRCODE = 'invalid_parameter_value',
					HINT = 'The keys are priority, segment, condition, description and enabled.';
		END IF;
		IF (CASE WHEN jsonb_typeof(item.rule -> 'priority') = 'number'
				THEN (item.rule ->> 'priority')::numeric NOT BETWEEN -2147483648 AND 2147483647
					OR (item.rule ->> 'priority')::numeric % 1 <> 0
				ELSE true END)
		THEN
			RAISE EXCEPTION '"priority" must be an integer in element % of "rules"', item.number
				USING ERRCODE = 'invalid_parameter_value';
		END IF;
		FOREACH wrong IN ARRAY ARRAY['segment', 'condition'] LOOP
			IF jsonb_typeof(item.rule -> wrong) IS DISTINCT FROM 'string' THEN
				RAISE EXCEPTION '"%" must be a string in element % of "rules"', wrong, item.number
					USING ERRCODE = 'invalid_parameter_value';
			END IF;
		END LOOP;
		IF coalesce(jsonb_typeof(item.rule -> 'description'), 'null') NOT IN ('string', 'null') THEN
			RAISE EXCEPTION '"description" must be a string or null in element % of "rules"', item.number
				USING ERRCODE = 'invalid_parameter_value';
		END IF;
		IF coalesce(jsonb_typeof(item.rule -> 'enabled'), 'boolean') <> 'boolean' THEN
			RAISE EXCEPTION '"enabled" must be true or false in element % of "rules"', item.number
				USING ERRCODE = 'invalid_parameter_value';
		END IF;
	END LOOP;

	SELECT (r.value ->> 'priority')::numeric::integer::text INTO wrong
	  FROM jsonb_array_elements(definition -> 'rules') AS r
	 GROUP BY (r.value ->> 'priority')::numeric::integer HAVING count(*) > 1
	 ORDER BY (r.value ->> 'priority')::numeric::integer LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'priority % occurs more than once in "rules"', wrong
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Every rule of a rule set has a priority of its own.';
	END IF;
END
$$;
COMMENT ON FUNCTION tcs.rule_set_check(jsonb) IS
'checks the form of what rule_set_put is given: an error names the first thing that is wrong, an unknown key, a value of another type, a priority that occurs twice';

CREATE FUNCTION tcs.rule_set_put(rule_set text, definition jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF rule_set_put.rule_set IS NULL OR definition IS NULL THEN
		RAISE EXCEPTION '% must not be null',
				CASE WHEN rule_set_put.rule_set IS NULL THEN 'rule_set' ELSE 'definition' END
			USING ERRCODE = 'invalid_parameter_value';
	ELSIF starts_with(rule_set_put.rule_set, 'tcs.') THEN
		RAISE EXCEPTION 'rule set name "%" is reserved', rule_set_put.rule_set
			USING ERRCODE = 'reserved_name',
				HINT = 'Names that begin with "tcs." are the extension''s own. Choose another.';
	END IF;
	PERFORM tcs.rule_set_check(definition);

	-- Locks the rule set too, so that two calls do one after the other.
	INSERT INTO tcs.rule_set AS s (name, description, default_segment, time_zone)
	VALUES (rule_set_put.rule_set, definition ->> 'description',
			definition ->> 'default_segment', definition ->> 'time_zone')
	ON CONFLICT ON CONSTRAINT rule_set_pkey DO UPDATE
	SET description = excluded.description,
		default_segment = excluded.default_segment,
		time_zone = excluded.time_zone
	WHERE (s.description, s.default_segment, s.time_zone) IS DISTINCT FROM
		(excluded.description, excluded.default_segment, excluded.time_zone);

	-- Rules that stay as they were keep who wrote them.
	DELETE FROM tcs.rule AS r
	 WHERE r.rule_set = rule_set_put.rule_set
	   AND NOT EXISTS (SELECT FROM jsonb_to_recordset(definition -> 'rules')
							AS d (priority numeric)
						WHERE d.priority::integer = r.priority);
	UPDATE tcs.rule AS r
	   SET segment = d.segment, condition = d.condition,
		   description = d.description, enabled = coalesce(d.enabled, true)
	  FROM jsonb_to_recordset(definition -> 'rules')
			AS d (priority numeric, segment text, condition text, description text, enabled boolean)
	 WHERE r.rule_set = rule_set_put.rule_set AND r.priority = d.priority::integer
	   AND (r.segment, r.condition, r.description, r.enabled) IS DISTINCT FROM
			(d.segment, d.condition, d.description, coalesce(d.enabled, true));
	INSERT INTO tcs.rule (rule_set, priority, segment, condition, description, enabled)
	SELECT rule_set_put.rule_set, d.priority::integer, d.segment, d.condition,
			d.description, coalesce(d.enabled, true)
	  FROM jsonb_to_recordset(definition -> 'rules')
			AS d (priority numeric, segment text, condition text, description text, enabled boolean)
	 WHERE NOT EXISTS (SELECT FROM tcs.rule AS r
						WHERE r.rule_set = rule_set_put.rule_set
						  AND r.priority = d.priority::integer)
	 ORDER BY d.priority;
END
$$;
COMMENT ON FUNCTION tcs.rule_set_put(text, jsonb) IS
'makes a rule set, or replaces one, by a definition in the form that rule_set_get gives; all of it or, after an error, nothing. Keys: rules (an array, required), description, default_segment, time_zone (strings or null); keys of a rule: priority (an integer), segment and condition (strings) are required, description, and enabled, true unless given. Rules that stay as they were keep who wrote them and when. Two calls for one rule set do one after the other. Errors: an unknown key, a value of another type, a priority given twice, a condition that does not parse, a name that begins with "tcs.", no right to write to tcs.rule_set and tcs.rule, NULL';

CREATE FUNCTION tcs.rule_set_copy(source text, target text) RETURNS void
	LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
BEGIN
	IF source IS NULL OR target IS NULL THEN
		RAISE EXCEPTION '% must not be null', CASE WHEN source IS NULL THEN 'source' ELSE 'target' END
			USING ERRCODE = 'invalid_parameter_value';
	ELSIF starts_with(target, 'tcs.') THEN
		RAISE EXCEPTION 'rule set name "%" is reserved', target
			USING ERRCODE = 'reserved_name',
				HINT = 'Names that begin with "tcs." are the extension''s own. Choose another.';
	ELSIF EXISTS (SELECT FROM tcs.rule_set AS s WHERE s.name = target) THEN
		RAISE EXCEPTION 'rule set "%" already exists', target
			USING ERRCODE = 'duplicate_object',
				HINT = 'rule_set_publish replaces the rules of a rule set that exists.';
	END IF;
	PERFORM tcs.rule_set_put(target, tcs.rule_set_get(source));
END
$$;
COMMENT ON FUNCTION tcs.rule_set_copy(text, text) IS
'makes the rule set target with the description, the default segment, the time zone and the rules of source. Errors: no rule set source, target exists or begins with "tcs.", no right to write to tcs.rule_set and tcs.rule, NULL';

CREATE FUNCTION tcs.rule_set_publish(draft text, target text) RETURNS void
	LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	definition jsonb;
	kept text;
BEGIN
	IF draft IS NULL OR target IS NULL THEN
		RAISE EXCEPTION '% must not be null', CASE WHEN draft IS NULL THEN 'draft' ELSE 'target' END
			USING ERRCODE = 'invalid_parameter_value';
	ELSIF draft = target THEN
		RAISE EXCEPTION 'rule set "%" cannot be published to itself', draft
			USING ERRCODE = 'invalid_parameter_value';
	ELSIF starts_with(target, 'tcs.') THEN
		RAISE EXCEPTION 'rule set name "%" is reserved', target
			USING ERRCODE = 'reserved_name',
				HINT = 'Names that begin with "tcs." are the extension''s own. Choose another.';
	END IF;

	-- Who comes second waits here, and then reads the draft as it is by then.
	INSERT INTO tcs.rule_set (name, description)
	SELECT target, s.description FROM tcs.rule_set AS s WHERE s.name = draft
	ON CONFLICT ON CONSTRAINT rule_set_pkey DO NOTHING;
	SELECT s.description INTO kept FROM tcs.rule_set AS s WHERE s.name = target FOR UPDATE;

	definition := tcs.rule_set_get(draft) - 'description';
	IF kept IS NOT NULL THEN
		definition := definition || jsonb_build_object('description', kept);
	END IF;
	PERFORM tcs.rule_set_put(target, definition);
END
$$;
COMMENT ON FUNCTION tcs.rule_set_publish(text, text) IS
'replaces the rules, the default segment and the time zone of the rule set target by those of draft; others see all of the change or none of it. A target that does not exist is made, one that exists keeps its description; draft stays. Rules that do not change keep who wrote them and when. Two calls for one target do one after the other. rule_set_diff shows beforehand what would change. Errors: no rule set draft, draft and target are the same, target begins with "tcs.", no right to write to tcs.rule_set and tcs.rule, NULL';

CREATE FUNCTION tcs.rule_set_sql(rule_set text) RETURNS text
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
	AS $$
DECLARE
	branches text;
	otherwise text;
BEGIN
	SELECT string_agg(format('    WHEN %s THEN %s',
				CASE WHEN r.condition ~ '--|\n|\r'
					 -- a comment ends with its line, and the lines of a literal stay as they are
					 THEN '(' || r.condition || E'\n    )'
					 ELSE btrim(r.condition) END,
				quote_literal(r.segment)), E'\n' ORDER BY r.priority)
	  INTO branches
	  FROM tcs.rule AS r WHERE r.rule_set = rule_set_sql.rule_set AND r.enabled;
	SELECT quote_nullable(s.default_segment) INTO otherwise
	  FROM tcs.rule_set AS s WHERE s.name = rule_set_sql.rule_set;
	IF rule_set_sql.rule_set IS NULL THEN
		RAISE EXCEPTION 'rule_set must not be null'
			USING ERRCODE = 'invalid_parameter_value';
	ELSIF NOT FOUND THEN
		RAISE EXCEPTION 'rule set "%" does not exist', rule_set_sql.rule_set
			USING ERRCODE = 'undefined_object',
				HINT = 'The table tcs.rule_set lists the rule sets.';
	END IF;
	RETURN coalesce(E'CASE\n' || branches || E'\n    ELSE ' || otherwise || E'\nEND',
					'CAST(' || otherwise || ' AS text)');
END
$$;
COMMENT ON FUNCTION tcs.rule_set_sql(text) IS
'the rule set as text: the CASE expression that segment_assign stands for, with the conditions as they were typed, to be put into a query over the same columns. It needs the extension only where a condition calls one of its functions. Literals without a time zone mean what they mean in the session that runs it: where the rule set has a time_zone, set that. Without an enabled rule: the default segment alone. Errors: no such rule set; NULL';

CREATE FUNCTION tcs.rule_set_diff(a text, b text, relation regclass,
								  value_column name DEFAULT NULL)
	RETURNS TABLE (from_segment text, to_segment text, "rows" bigint,
				   value double precision)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000 ROWS 20
	SET search_path = pg_catalog, pg_temp
	SET extra_float_digits = 1
	AS $$
DECLARE
	type oid;
	amount text := 'NULL::numeric';
BEGIN
	IF a IS NULL OR b IS NULL OR relation IS NULL THEN
		RAISE EXCEPTION '% must not be null',
				CASE WHEN a IS NULL THEN 'a' WHEN b IS NULL THEN 'b' ELSE 'relation' END
			USING ERRCODE = 'invalid_parameter_value';
	ELSIF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = relation) THEN
		RAISE EXCEPTION 'relation with OID % does not exist', relation::oid
			USING ERRCODE = 'undefined_table';
	END IF;
	IF value_column IS NOT NULL THEN
		SELECT coalesce(nullif(t.typbasetype, 0), t.oid) INTO type
		  FROM pg_attribute AS c JOIN pg_type AS t ON t.oid = c.atttypid
		 WHERE c.attrelid = relation AND c.attname = value_column
		   AND c.attnum > 0 AND NOT c.attisdropped;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'column "%" of relation "%" does not exist', value_column, relation
				USING ERRCODE = 'undefined_column';
		ELSIF type IN ('float4'::regtype, 'float8'::regtype) THEN
			-- as decimals, whose sum does not depend on the order of the rows
			amount := format('t.%I::double precision::text::numeric', value_column);
		ELSIF type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype) THEN
			amount := format('t.%I::numeric', value_column);
		ELSE
			RAISE EXCEPTION 'column "%" of relation "%" is no number but of type %',
					value_column, relation, format_type(type, NULL)
				USING ERRCODE = 'datatype_mismatch';
		END IF;
	END IF;

	FOR from_segment, to_segment, "rows", value IN EXECUTE format(
		'SELECT * FROM ('
		'SELECT tcs.segment_assign(%L, t.*), tcs.segment_assign(%L, t.*), count(*), sum(%s)::double precision '
		'FROM %s AS t GROUP BY 1, 2) AS d (a, b, n, v) '
		'ORDER BY a COLLATE "C", b COLLATE "C"',
		a, b, amount, relation)
	LOOP
		IF from_segment IS DISTINCT FROM to_segment THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION tcs.rule_set_diff(text, text, regclass, name) IS
'what would change over a relation if rule set b replaced a: the segments that rows would leave (from_segment) and enter (to_segment), how many, and the sum of value_column over them, a column of numbers (NULL unless it is given). Rows that stay in their segment are not counted; a NULL segment is none. No rows: nothing changes. Reads the relation once. Errors: no such rule set, relation or column, a column that is no number, NULL for any of the first three, and those of segment_assign';
-- What is wrong with a rule set, and what it does to the rows of a relation.

CREATE FUNCTION tcs.rule_check(rule_set text, relation regclass,
							   OUT severity text, OUT finding text,
							   OUT priority integer, OUT segment text,
							   OUT other_priority integer,
							   OUT other_segment text,
							   OUT "rows" bigint, OUT share double precision,
							   OUT detail text)
	RETURNS SETOF record
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000 ROWS 50
	AS 'MODULE_PATHNAME', 'tcs_rule_check';
COMMENT ON FUNCTION tcs.rule_check(text, regclass) IS
'checks a rule set against a relation, which it reads once. severity error: "refused", a rule that does not compile over its columns, "fails", one that raises an error on a row of it; detail says which and where, and such rules are left out of the rest. severity warning: "impossible", a condition that can never be true; "unreachable", one that implies the condition of an earlier rule (other_priority; NULL: those of several together), proved without the data; "never first", a rule that decided for no row of the relation. severity note: "clock", a condition that changes with time alone; "overlaps", rows that match rules of several segments; "overlap", those that match both of two rules (priority decides before other_priority), whose segments differ; "no rules", "no rows". severity figure: "segment", the rows of each segment, "default", those that no rule matches (segment NULL: no default). share: of all rows. Rules that are not enabled are left out. Proofs compare a rule with the 1000 before it; pairs are counted for up to 1000 rules. Errors: no such rule set or relation, no right to read the relation, NULL';
-- The rule sets that come with the extension: for the columns of a view that
-- create_metrics made.  They are made to be read, used, and copied to be changed.

INSERT INTO tcs.rule_set (name, description, default_segment, changed_by, changed_at)
SELECT s.name, s.description, s.default_segment, 'tcs', '2026-11-21 00:00:00+00'
  FROM (VALUES
	('tcs.rfm',
	 'The segments of rfm_segment, by recency, frequency and money: every cell of five-bin scores is in one. Column: rfm_cell.',
	 NULL),
	('tcs.rfm_simple',
	 'Ten segments by recency and frequency alone: every pair of five-bin scores is in one. Columns: r, f.',
	 NULL),
	('tcs.lifecycle',
	 'Stages of a customer''s life. A customer''s rhythm is the mean gap between purchases, at least 7 days, and 60 days where there was one purchase only. A stage lasts from its lower bound, which belongs to it, up to its upper bound, which does not; no customer is in two. Columns: purchases, days_since_first, days_since_last, mean_gap, last_gap.',
	 NULL),
	('tcs.value_tiers',
	 'Who brings the money, by the ABC tier: A brings the first 80 % of revenue, B up to 95 %, C the rest. No customer is in two. Columns: abc_tier, revenue.',
	 NULL),
	('tcs.loyalty_tiers',
	 'Membership tiers by revenue, from a bound that belongs to the tier. Copy it and put your own bounds in the place of 500, 2000 and 5000; segment_explain tells how much a customer lacks for the next tier. Columns: revenue, purchases.',
	 'Guest'),
	('tcs.price_sensitive',
	 'Who buys only at a discount, among those who bought on at least 3 days. Columns: purchases, and discount_share, which is yours to add: the share of the customer''s purchases (or revenue) that was discounted, from 0 to 1.',
	 'Not known yet')
  ) AS s (name, description, default_segment);

-- One definition serves both: the map is that of rfm_segments().
INSERT INTO tcs.rule (rule_set, priority, segment, condition, description, changed_by, changed_at)
SELECT 'tcs.rfm', (10 * s.place)::integer, s.segment,
		'rfm_cell IN (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(c.cell), ', ' ORDER BY c.place)
							  FROM pg_catalog.unnest(s.cells) WITH ORDINALITY AS c (cell, place)) || ')',
		a.action, 'tcs', '2026-11-21 00:00:00+00'
  FROM tcs.rfm_segments() WITH ORDINALITY AS s (segment, cells, place)
  LEFT JOIN (VALUES
	('Champions', 'Bought lately, buy often, spend the most. Reward them, show them what is new first, ask them for reviews.'),
	('Loyal', 'Buy regularly and spend well. Offer what goes with what they have, and membership.'),
	('Potential Loyalist', 'Bought lately and more than once. Recommend, and offer membership.'),
	('New', 'Bought lately for the first time or nearly so, and little. Welcome them and help with the first use.'),
	('Promising', 'Bought lately and spend well, but seldom. Make the brand known, try a sample or a trial.'),
	('Need Attention', 'Above the middle in everything, not quite lately. Make an offer for a limited time, on what they bought.'),
	('About To Sleep', 'Below the middle and fading. Show what is popular, renew the contact.'),
	('At Risk', 'Bought often or spent much, and long ago. Write personally, offer a renewal.'),
	('Cannot Lose', 'Spent the most, and have not come back for long. Call them, find out why, win them back.'),
	('Hibernating', 'Bought little, seldom and long ago. Remind them of what fits their last purchase.'),
	('Lost', 'The lowest in nearly everything. One campaign to win them back, else leave them out.')
  ) AS a (segment, action) ON a.segment = s.segment;

INSERT INTO tcs.rule (rule_set, priority, segment, condition, description, changed_by, changed_at)
SELECT s.rule_set, s.priority, s.segment, s.condition, s.description, 'tcs', '2026-11-21 00:00:00+00'
  FROM (VALUES
	('tcs.rfm_simple', 10, 'Champions', 'r = 5 AND f IN (4, 5)',
	 'Bought just now and often. Reward them, show them what is new first.'),
	('tcs.rfm_simple', 20, 'Loyal', 'r IN (3, 4) AND f IN (4, 5)',
	 'Buy often. Offer what goes with what they have, and membership.'),
	('tcs.rfm_simple', 30, 'Potential Loyalist', 'r IN (4, 5) AND f IN (2, 3)',
	 'Bought lately and more than once. Recommend, and offer membership.'),
	('tcs.rfm_simple', 40, 'New', 'r = 5 AND f = 1',
	 'Bought just now and seldom before. Welcome them and help with the first use.'),
	('tcs.rfm_simple', 50, 'Promising', 'r = 4 AND f = 1',
	 'Bought lately and seldom before. Make the brand known, try a sample or a trial.'),
	('tcs.rfm_simple', 60, 'Need Attention', 'r = 3 AND f = 3',
	 'In the middle of both. Make an offer for a limited time.'),
	('tcs.rfm_simple', 70, 'About To Sleep', 'r = 3 AND f IN (1, 2)',
	 'Buy seldom and are fading. Show what is popular, renew the contact.'),
	('tcs.rfm_simple', 80, 'Cannot Lose', 'r IN (1, 2) AND f = 5',
	 'Bought the most often, and have not come back for long. Call them, find out why, win them back.'),
	('tcs.rfm_simple', 90, 'At Risk', 'r IN (1, 2) AND f IN (3, 4)',
	 'Bought often, and long ago. Write personally, offer a renewal.'),
	('tcs.rfm_simple', 100, 'Hibernating', 'r IN (1, 2) AND f IN (1, 2)',
	 'Bought seldom and long ago. Remind them of what fits their last purchase, or leave them out.'),

	('tcs.lifecycle', 10, 'prospect', 'purchases = 0',
	 'No purchase so far. Help towards the first one.'),
	('tcs.lifecycle', 20, 'new', 'purchases > 0 AND days_since_first < 30',
	 'First purchase less than 30 days ago. Welcome them; aim at the second purchase.'),
	('tcs.lifecycle', 30, 'reactivated',
	 'days_since_first >= 30'
	 ' AND days_since_last < 2 * greatest(coalesce(mean_gap, 60), 7)'
	 ' AND coalesce(last_gap >= 3 * CASE WHEN purchases > 2'
	 ' THEN greatest((mean_gap * (purchases - 1) - last_gap) / (purchases - 2), 7) ELSE 60 END, false)',
	 'Last purchase less than 2 of their rhythms ago, after a pause of at least 3 of the rhythms before it (180 days where there was one purchase before). Welcome them back, find out what brought them.'),
	('tcs.lifecycle', 40, 'active',
	 'days_since_first >= 30'
	 ' AND days_since_last < 2 * greatest(coalesce(mean_gap, 60), 7)'
	 ' AND NOT coalesce(last_gap >= 3 * CASE WHEN purchases > 2'
	 ' THEN greatest((mean_gap * (purchases - 1) - last_gap) / (purchases - 2), 7) ELSE 60 END, false)',
	 'Last purchase less than 2 of their rhythms ago (120 days after a single purchase), without such a pause before it. Offer what goes with what they have.'),
	('tcs.lifecycle', 50, 'at risk',
	 'days_since_first >= 30'
	 ' AND days_since_last >= 2 * greatest(coalesce(mean_gap, 60), 7)'
	 ' AND days_since_last < 3 * greatest(coalesce(mean_gap, 60), 7)',
	 'Last purchase at least 2 and less than 3 of their rhythms ago (120 to 180 days after a single purchase). Remind them now: later is dearer.'),
	('tcs.lifecycle', 60, 'dormant',
	 'days_since_first >= 30'
	 ' AND days_since_last >= 3 * greatest(coalesce(mean_gap, 60), 7)'
	 ' AND days_since_last < 6 * greatest(coalesce(mean_gap, 60), 7)',
	 'Last purchase at least 3 and less than 6 of their rhythms ago (180 to 360 days after a single purchase). Make an offer to win them back.'),
	('tcs.lifecycle', 70, 'lost',
	 'days_since_first >= 30'
	 ' AND days_since_last >= 6 * greatest(coalesce(mean_gap, 60), 7)',
	 'Last purchase at least 6 of their rhythms ago (360 days after a single purchase). One last try, then leave them out.'),

	('tcs.value_tiers', 10, 'High value', 'abc_tier = ''A''',
	 'Bring the first 80 % of revenue. Serve them personally, and watch that none leaves.'),
	('tcs.value_tiers', 20, 'Middle value', 'abc_tier = ''B''',
	 'Bring revenue from 80 % up to 95 %. Develop them towards the first tier.'),
	('tcs.value_tiers', 30, 'Low value', 'abc_tier = ''C'' AND revenue > 0',
	 'Bring the last 5 % of revenue. Serve them at low cost.'),
	('tcs.value_tiers', 40, 'No value', 'abc_tier = ''C'' AND revenue <= 0',
	 'Bring nothing: no purchase, or all of it given back. Find out why before spending on them.'),

	('tcs.loyalty_tiers', 10, 'Platinum', 'revenue >= 5000',
	 'Revenue of at least 5000. A contact of their own, and invitations.'),
	('tcs.loyalty_tiers', 20, 'Gold', 'revenue >= 2000',
	 'Revenue of at least 2000 and less than 5000. Free delivery, early access.'),
	('tcs.loyalty_tiers', 30, 'Silver', 'revenue >= 500',
	 'Revenue of at least 500 and less than 2000. Tell them what they lack for gold.'),
	('tcs.loyalty_tiers', 40, 'Bronze', 'purchases >= 1',
	 'A purchase, and revenue of less than 500. Tell them what they lack for silver.'),

	('tcs.price_sensitive', 10, 'Price-sensitive', 'purchases >= 3 AND discount_share >= 0.7',
	 'At least 70 % of the purchases discounted. Send them sales and nothing at the full price; let no discount go to waste on others.'),
	('tcs.price_sensitive', 20, 'Bargain-aware', 'purchases >= 3 AND discount_share >= 0.3 AND discount_share < 0.7',
	 'At least 30 % and less than 70 % discounted. Try smaller discounts, bundles, points.'),
	('tcs.price_sensitive', 30, 'Full price', 'purchases >= 3 AND discount_share < 0.3',
	 'Less than 30 % discounted. Send no discounts: service and novelty instead.')
  ) AS s (rule_set, priority, segment, condition, description);

-- Nobody else's rule set can have such a name; those above are not looked at.
ALTER TABLE tcs.rule_set ADD CONSTRAINT rule_set_name_reserved
	CHECK (name NOT LIKE 'tcs.%') NOT VALID;
COMMENT ON CONSTRAINT rule_set_name_reserved ON tcs.rule_set IS
'names that begin with "tcs." are the extension''s own';
ALTER TABLE tcs.rule ADD CONSTRAINT rule_rule_set_reserved
	CHECK (rule_set NOT LIKE 'tcs.%') NOT VALID;
COMMENT ON CONSTRAINT rule_rule_set_reserved ON tcs.rule IS
'rule sets whose names begin with "tcs." are the extension''s own';
-- Buy till you die: fitting the models of repeat purchases, and models from
-- given numbers.
--
-- While a customer is alive, purchases come at a rate that is Gamma(r, alpha)
-- across customers.  The families differ in how customers leave: with a
-- probability that is Beta(a, b) across customers, after each repeat purchase
-- (bg/nbd: Fader, Hardie and Lee, 2005) or after every purchase (mbg/nbd:
-- Batislam, Denizel and Filiztekin, 2007), or at a rate that is Gamma(s, beta)
-- across customers (pareto/nbd: Schmittlein, Morrison and Colombo, 1987).
--
-- mbg/nbd is the default: it does not call those who bought once alive with
-- certainty, as bg/nbd does, and ranks customers better on hold-outs.

CREATE FUNCTION tcs.btyd_fit_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_btyd_fit_combine';
COMMENT ON FUNCTION tcs.btyd_fit_combine(internal, internal) IS
'combine function of the aggregate btyd_fit';

CREATE FUNCTION tcs.btyd_fit_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_btyd_fit_serial';
COMMENT ON FUNCTION tcs.btyd_fit_serial(internal) IS
'serialization function of the aggregate btyd_fit';

CREATE FUNCTION tcs.btyd_fit_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_btyd_fit_deserial';
COMMENT ON FUNCTION tcs.btyd_fit_deserial(bytea, internal) IS
'deserialization function of the aggregate btyd_fit';

CREATE FUNCTION tcs.btyd_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_btyd_fit_final';
COMMENT ON FUNCTION tcs.btyd_fit_final(internal) IS
'final function of the aggregate btyd_fit';

CREATE FUNCTION tcs.btyd_fit_trans(internal, tcs.purchase_history) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_btyd_fit_trans';
COMMENT ON FUNCTION tcs.btyd_fit_trans(internal, tcs.purchase_history) IS
'transition function of the aggregate btyd_fit';

CREATE AGGREGATE tcs.btyd_fit(tcs.purchase_history) (
	SFUNC = tcs.btyd_fit_trans,
	STYPE = internal,
	SSPACE = 256,
	FINALFUNC = tcs.btyd_fit_final,
	COMBINEFUNC = tcs.btyd_fit_combine,
	SERIALFUNC = tcs.btyd_fit_serial,
	DESERIALFUNC = tcs.btyd_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.btyd_fit(tcs.purchase_history) IS
'model of repeat purchases fitted by maximum likelihood: btyd_fit(history), family mbg/nbd. Keys: the parameters (alpha in days, as is beta), standard_errors, log_likelihood, aic, bic, customers, tuples (distinct histories), iterations, gradient_norm and condition_number (by the logarithms of the parameters), converged, notes. Where the data do not determine a model converged is false, the parameters are null and notes say why. Histories that are NULL, or whose x, t_x or t is, are not counted; NULL when none is left. The order of rows and the number of workers have no influence. Errors: a history that no customer can have, more customers than tcs.fit_memory holds (8 bytes each, and 24 for each distinct history)';

CREATE FUNCTION tcs.btyd_fit_trans(internal, tcs.purchase_history, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_btyd_fit_trans';
COMMENT ON FUNCTION tcs.btyd_fit_trans(internal, tcs.purchase_history, text) IS
'transition function of the aggregate btyd_fit';

CREATE AGGREGATE tcs.btyd_fit(tcs.purchase_history, text) (
	SFUNC = tcs.btyd_fit_trans,
	STYPE = internal,
	SSPACE = 256,
	FINALFUNC = tcs.btyd_fit_final,
	COMBINEFUNC = tcs.btyd_fit_combine,
	SERIALFUNC = tcs.btyd_fit_serial,
	DESERIALFUNC = tcs.btyd_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.btyd_fit(tcs.purchase_history, text) IS
'model of repeat purchases fitted by maximum likelihood: btyd_fit(history, family); families mbg/nbd, bg/nbd, pareto/nbd. Keys: the parameters (alpha in days, as is beta), standard_errors, log_likelihood, aic, bic, customers, tuples (distinct histories), iterations, gradient_norm and condition_number (by the logarithms of the parameters), converged, notes. Where the data do not determine a model converged is false, the parameters are null and notes say why. Histories that are NULL, or whose x, t_x or t is, are not counted; NULL when none is left. The order of rows and the number of workers have no influence. Errors: an unknown family, family changing within a group, a history that no customer can have, more customers than tcs.fit_memory holds (8 bytes each, and 24 for each distinct history)';

CREATE FUNCTION tcs.btyd_model(family text, r double precision, alpha double precision,
							   a double precision, b double precision,
							   unit interval DEFAULT '1 day')
	RETURNS jsonb
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_btyd_model';
COMMENT ON FUNCTION tcs.btyd_model(text, double precision, double precision, double precision, double precision, interval) IS
'model of repeat purchases from given numbers, such as published ones: family mbg/nbd or bg/nbd with r, alpha, a, b, or pareto/nbd with r, alpha, s, beta in that order. unit: the time that alpha and beta are in, one day unless given; ''7 days'' for weeks, a month is 30.4375 days. NULL for NULL. Errors: an unknown family, a parameter that is not positive and finite, unit not positive';

-- What a model of repeat purchases says about one customer.
--
-- A model is one of btyd_fit or btyd_model, of any family.  In a query over
-- many customers it is read once.  The horizon is an interval whose months
-- count 30.4375 days; it begins where the history ends.

CREATE FUNCTION tcs.p_alive(model jsonb, history tcs.purchase_history)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_p_alive';
COMMENT ON FUNCTION tcs.p_alive(jsonb, tcs.purchase_history) IS
'probability that the customer has not left for good by the end of the history. Under bg/nbd a customer without repeat purchases is alive with certainty, so that 1 - p_alive is no risk of churn: that is churn_risk. NULL for NULL and for a history without x, t_x or t. Errors: no model of repeat purchases, one that did not converge, a history that no customer can have. Sources: Fader, Hardie and Lee 2005 (bg/nbd), Batislam, Denizel and Filiztekin 2007 (mbg/nbd), Schmittlein, Morrison and Colombo 1987 (pareto/nbd)';

CREATE FUNCTION tcs.expected_purchases(model jsonb, history tcs.purchase_history, horizon interval)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_expected_purchases';
COMMENT ON FUNCTION tcs.expected_purchases(jsonb, tcs.purchase_history, interval) IS
'expected number of purchases (days with at least one) within the horizon, which begins at the end of the history; a month is 30.4375 days. 0 for a horizon of 0. NULL for NULL and for a history without x, t_x or t. Errors: those of p_alive, a horizon that is negative or infinite (dert knows no horizon), a number beyond double precision';

CREATE FUNCTION tcs.churn_risk(model jsonb, history tcs.purchase_history, horizon interval)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 8
	AS 'MODULE_PATHNAME', 'tcs_churn_risk';
COMMENT ON FUNCTION tcs.churn_risk(jsonb, tcs.purchase_history, interval) IS
'probability of no purchase within the horizon, because the customer has left or happens not to buy; a month is 30.4375 days. Unlike 1 - p_alive it can be checked against what then happened. 1 for a horizon of 0. NULL for NULL and for a history without x, t_x or t. Errors: those of p_alive, a horizon that is negative or infinite';

CREATE FUNCTION tcs.purchases_interval(model jsonb, history tcs.purchase_history, horizon interval,
									   level double precision DEFAULT 0.9,
									   OUT lower_bound double precision,
									   OUT upper_bound double precision)
	RETURNS record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_purchases_interval';
COMMENT ON FUNCTION tcs.purchases_interval(jsonb, tcs.purchase_history, interval, double precision) IS
'between which numbers the customer''s purchases within the horizon lie with a probability of level, 0.9 unless given: the quantiles (1 - level) / 2 and (1 + level) / 2 of their distribution under the model, each the least whole number n for which at most n purchases are at least that probable. What the parameters of the model may be off by is not in it. NULL for NULL and for a history without x, t_x or t. Errors: those of expected_purchases, a level that is not between 0 and 1';

CREATE FUNCTION tcs.dert(model jsonb, history tcs.purchase_history,
						 annual_discount double precision DEFAULT 0)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500
	AS 'MODULE_PATHNAME', 'tcs_dert';
COMMENT ON FUNCTION tcs.dert(jsonb, tcs.purchase_history, double precision) IS
'discounted expected residual transactions: the expected number of purchases over all time to come, one at time t counted as (1 + annual_discount)^-t with t in years of 365.25 days. NULL for NULL and for a history without x, t_x or t. Errors: those of p_alive, annual_discount of -1 or less, an infinite number (without a discount where a or s is at most 1; with a negative one always). Source: Fader, Hardie and Lee 2005, "RFM and CLV", for pareto/nbd';
-- The value of a purchase: the Gamma-Gamma model.
--
-- The values of a customer's purchases vary around a mean of the customer's own,
-- and the means vary among customers (Fader, Hardie and Lee, 2005; Fader and
-- Hardie, 2013).  A customer's purchases are Gamma distributed with shape p and
-- a rate that is Gamma distributed with shape q and rate v.  The expected value
-- of a future purchase lies between what the customer spent so far and what
-- customers spend on average, nearer to the former the more purchases are known.
--
-- What customers spend must not depend on how often they buy; a correlation of
-- x and m_x near 0 says so.  The first purchase is left out, as in the sources.

CREATE FUNCTION tcs.spend_fit_trans(internal, tcs.purchase_history) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_spend_fit_trans';
COMMENT ON FUNCTION tcs.spend_fit_trans(internal, tcs.purchase_history) IS
'transition function of the aggregate spend_fit';

CREATE FUNCTION tcs.spend_fit_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_spend_fit_combine';
COMMENT ON FUNCTION tcs.spend_fit_combine(internal, internal) IS
'combine function of the aggregate spend_fit';

CREATE FUNCTION tcs.spend_fit_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_spend_fit_serial';
COMMENT ON FUNCTION tcs.spend_fit_serial(internal) IS
'serialization function of the aggregate spend_fit';

CREATE FUNCTION tcs.spend_fit_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_spend_fit_deserial';
COMMENT ON FUNCTION tcs.spend_fit_deserial(bytea, internal) IS
'deserialization function of the aggregate spend_fit';

CREATE FUNCTION tcs.spend_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_spend_fit_final';
COMMENT ON FUNCTION tcs.spend_fit_final(internal) IS
'final function of the aggregate spend_fit';

CREATE AGGREGATE tcs.spend_fit(tcs.purchase_history) (
	SFUNC = tcs.spend_fit_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs.spend_fit_final,
	COMBINEFUNC = tcs.spend_fit_combine,
	SERIALFUNC = tcs.spend_fit_serial,
	DESERIALFUNC = tcs.spend_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.spend_fit(tcs.purchase_history) IS
'model of kind "gamma-gamma": what purchases are worth, fitted by maximum likelihood to the customers with x > 0 and m_x > 0, which "customers" counts. p, q, and v in the unit of m_x, with standard errors; population_mean is the mean value of a purchase, null where q is not above 1 and it is infinite. Where the data do not determine the model converged is false, the numbers are null, and notes say why. Histories that are NULL or lack x, t_x or t are not counted; NULL when none is left. Errors: a history that no customer can have, more customers than tcs.fit_memory holds (16 bytes each). Fader and Hardie, 2013';

CREATE FUNCTION tcs.spend_model(p double precision, q double precision,
								v double precision)
	RETURNS jsonb
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_spend_model';
COMMENT ON FUNCTION tcs.spend_model(double precision, double precision, double precision) IS
'model of kind "gamma-gamma" from given numbers: p and q are shapes, v has the unit of a purchase''s value. NULL for NULL. Errors: numbers that are not positive, NaN, infinity';

CREATE FUNCTION tcs.expected_spend(model jsonb, history tcs.purchase_history)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_expected_spend';
COMMENT ON FUNCTION tcs.expected_spend(jsonb, tcs.purchase_history) IS
'mean value of the customer''s future purchases under a model of kind "gamma-gamma", p (v + x m_x) / (p x + q - 1); the population''s mean where x is 0, or m_x is NULL or 0. NULL for NULL and for a history without x, t_x or t. Errors: no such model, one that did not converge, a history that no customer can have, an infinite mean (q not above 1 for customers with the population''s mean, p x + q not above 1 for others)';
-- Subscriptions: the shifted beta-geometric model.
--
-- Customers who pay again at each renewal, or leave for good (Fader and Hardie,
-- 2007).  Each leaves at a renewal with a chance of their own, and the chances
-- are Beta(alpha, beta) distributed.  Those who leave easily are gone first, so
-- that the share that renews rises with tenure though nobody changes: a fixed
-- retention rate puts the value of those who stay too low.
--
-- Tenure counts renewals.  Who churned has the number of the renewal at which
-- that was, 1 for the first; who is there has the number of renewals made, 0
-- before the first.

CREATE FUNCTION tcs.sbg_fit_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_sbg_fit_combine';
COMMENT ON FUNCTION tcs.sbg_fit_combine(internal, internal) IS
'combine function of the aggregates sbg_fit';

CREATE FUNCTION tcs.sbg_fit_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_sbg_fit_serial';
COMMENT ON FUNCTION tcs.sbg_fit_serial(internal) IS
'serialization function of the aggregates sbg_fit';

CREATE FUNCTION tcs.sbg_fit_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_sbg_fit_deserial';
COMMENT ON FUNCTION tcs.sbg_fit_deserial(bytea, internal) IS
'deserialization function of the aggregates sbg_fit';

CREATE FUNCTION tcs.sbg_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_sbg_fit_final';
COMMENT ON FUNCTION tcs.sbg_fit_final(internal) IS
'final function of the aggregates sbg_fit';

CREATE FUNCTION tcs.sbg_fit_trans(internal, integer, boolean) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_sbg_fit_trans';
COMMENT ON FUNCTION tcs.sbg_fit_trans(internal, integer, boolean) IS
'transition function of the aggregate sbg_fit';

CREATE AGGREGATE tcs.sbg_fit(integer, boolean) (
	SFUNC = tcs.sbg_fit_trans,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = tcs.sbg_fit_final,
	COMBINEFUNC = tcs.sbg_fit_combine,
	SERIALFUNC = tcs.sbg_fit_serial,
	DESERIALFUNC = tcs.sbg_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.sbg_fit(integer, boolean) IS
'model of kind "sbg": who leaves a subscription, fitted by maximum likelihood, sbg_fit(tenure, churned), a row a customer. churned true: left at the renewal of that number, 1 or more; false: made that many renewals, 0 or more, and is there. Where the data do not determine the model converged is false, the numbers are null, and notes say why. Rows with a NULL are not counted; NULL when none is left. Errors: such a tenure, more different tenures than tcs.fit_memory holds. Fader and Hardie, 2007';

CREATE FUNCTION tcs.sbg_fit_trans(internal, integer, boolean, bigint) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_sbg_fit_trans';
COMMENT ON FUNCTION tcs.sbg_fit_trans(internal, integer, boolean, bigint) IS
'transition function of the aggregate sbg_fit';

CREATE AGGREGATE tcs.sbg_fit(integer, boolean, bigint) (
	SFUNC = tcs.sbg_fit_trans,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = tcs.sbg_fit_final,
	COMBINEFUNC = tcs.sbg_fit_combine,
	SERIALFUNC = tcs.sbg_fit_serial,
	DESERIALFUNC = tcs.sbg_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.sbg_fit(integer, boolean, bigint) IS
'model of kind "sbg" from counts: sbg_fit(tenure, churned, customers), a row for so many customers of that tenure. Else as sbg_fit(tenure, churned). Errors: also customers negative, or more in all than a bigint holds';

CREATE FUNCTION tcs.sbg_model(alpha double precision, beta double precision)
	RETURNS jsonb
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_sbg_model';
COMMENT ON FUNCTION tcs.sbg_model(double precision, double precision) IS
'model of kind "sbg" from given numbers: the chance to leave at a renewal is Beta(alpha, beta) distributed. NULL for NULL. Errors: numbers that are not positive, NaN, infinity';

CREATE FUNCTION tcs.survival(model jsonb, tenure integer) RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 3
	AS 'MODULE_PATHNAME', 'tcs_sbg_survival_sql';
COMMENT ON FUNCTION tcs.survival(jsonb, integer) IS
'share of new customers who make that many renewals, under a model of kind "sbg"; 1 for tenure 0. NULL for NULL. Errors: no such model, one that did not converge, tenure negative';

CREATE FUNCTION tcs.churn_risk(model jsonb, tenure integer,
							   periods integer DEFAULT 1)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 3
	AS 'MODULE_PATHNAME', 'tcs_sbg_churn_risk';
COMMENT ON FUNCTION tcs.churn_risk(jsonb, integer, integer) IS
'chance that a customer who has made `tenure` renewals leaves at one of the next `periods` renewals, under a model of kind "sbg"; for one period alpha / (alpha + beta + tenure). NULL for NULL. Errors: no such model, one that did not converge, tenure or periods negative';

CREATE FUNCTION tcs.clv(model jsonb, tenure integer,
						margin double precision DEFAULT 1,
						annual_discount double precision DEFAULT 0,
						period interval DEFAULT '1 year')
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_sbg_clv';
COMMENT ON FUNCTION tcs.clv(jsonb, integer, double precision, double precision, interval) IS
'value of the renewals to come of a customer who has made `tenure` renewals, just before the next, under a model of kind "sbg": margin times the discounted expected residual lifetime. margin: of one renewal, may be negative. annual_discount: rate a year, 0.1 for 10 percent; a period counts (1 + annual_discount) ^ (period / 1 year), the next renewal is not discounted. period: time from one renewal to the next; a month is 30.4375 days. NULL for NULL. Errors: no such model, one that did not converge, tenure negative, annual_discount not above -1, period not positive, NaN, infinity, an infinite value (annual_discount below 0, or 0 with alpha not above 1). Fader and Hardie, 2010';

CREATE FUNCTION tcs.value_at_risk(model jsonb, tenure integer,
								  margin double precision DEFAULT 1,
								  annual_discount double precision DEFAULT 0,
								  period interval DEFAULT '1 year')
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_sbg_value_at_risk';
COMMENT ON FUNCTION tcs.value_at_risk(jsonb, integer, double precision, double precision, interval) IS
'what is lost if the next renewal fails, times the chance that it does, of a customer who has made `tenure` renewals, under a model of kind "sbg"; that is, clv if the next renewal were certain, less clv. Arguments, NULL and errors as for clv';
-- Customer lifetime value and value at risk.
--
-- The value of a purchase and how many there will be are taken to be
-- independent, as the models of both are (Fader, Hardie and Lee 2005, "RFM and
-- CLV").  A year has 365.25 days, a month 30.4375.

CREATE FUNCTION tcs.clv(purchase_model jsonb, spend_model jsonb, history tcs.purchase_history,
						horizon interval, margin double precision DEFAULT 1,
						annual_discount double precision DEFAULT 0)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 15
	AS 'MODULE_PATHNAME', 'tcs_clv';
COMMENT ON FUNCTION tcs.clv(jsonb, jsonb, tcs.purchase_history, interval, double precision, double precision) IS
'what the customer is expected to be worth within the horizon: margin times the mean value of a purchase (expected_spend) times the expected purchases of each month of 30.4375 days, discounted at its end by (1 + annual_discount)^-(months / 12); a part of a month at the end is discounted at its own end. margin is the share of revenue that counts, and may be negative. NULL for NULL and for a history without x, t_x or t. Errors: those of expected_purchases and expected_spend, annual_discount of -1 or less, a horizon of more than 1000 years with a discount';

CREATE FUNCTION tcs.value_at_risk(purchase_model jsonb, spend_model jsonb, history tcs.purchase_history,
								  horizon interval, margin double precision DEFAULT 1,
								  annual_discount double precision DEFAULT 0)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 15
	AS 'MODULE_PATHNAME', 'tcs_value_at_risk';
COMMENT ON FUNCTION tcs.value_at_risk(jsonb, jsonb, tcs.purchase_history, interval, double precision, double precision) IS
'what the customer would be worth within the horizon if certainly alive, less clv: what is lost to the chance that the customer has left. The largest are those to call. Arguments, NULL and errors as for clv';

CREATE FUNCTION tcs.residual_value(purchase_model jsonb, spend_model jsonb, history tcs.purchase_history,
								   margin double precision DEFAULT 1,
								   annual_discount double precision DEFAULT 0)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500
	AS 'MODULE_PATHNAME', 'tcs_residual_value';
COMMENT ON FUNCTION tcs.residual_value(jsonb, jsonb, tcs.purchase_history, double precision, double precision) IS
'what the customer is expected to be worth over all time to come: margin times expected_spend times dert. NULL for NULL and for a history without x, t_x or t. Errors: those of dert and expected_spend';

CREATE FUNCTION tcs.clv(margin double precision, retention double precision, discount double precision)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_clv_textbook';
COMMENT ON FUNCTION tcs.clv(double precision, double precision, double precision) IS
'the textbook formula, margin * retention / (1 + discount - retention), for those without a log: margin a period, the share of customers that stay from one period to the next, the discount a period; the first margin comes after one period. It takes all customers to be equally likely to leave. NULL for NULL. Errors: retention not within 0 and 1, discount of -1 or less, retention not below 1 + discount, NaN, infinity';

CREATE FUNCTION tcs.clv_interval(purchase_model jsonb, spend_model jsonb, history tcs.purchase_history,
								 horizon interval, margin double precision DEFAULT 1,
								 annual_discount double precision DEFAULT 0,
								 level double precision DEFAULT 0.9,
								 OUT lower_bound double precision,
								 OUT upper_bound double precision)
	RETURNS record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2000
	AS 'MODULE_PATHNAME', 'tcs_clv_interval';
COMMENT ON FUNCTION tcs.clv_interval(jsonb, jsonb, tcs.purchase_history, interval, double precision, double precision, double precision) IS
'between which bounds the customer''s value within the horizon lies with a probability of level, 0.9 unless given: the quantiles (1 - level) / 2 and (1 + level) / 2 of its distribution under the models, from how many purchases there may be (as in purchases_interval) and what so many of them may add up to. The discount is that of the expected purchases: the quantiles without it are scaled by the discounted expectation over the undiscounted one. What the parameters of the models may be off by is not in it. It may lie beside clv where the mean is made by a few large values. NULL for NULL and for a history without x, t_x or t. Errors: those of clv, except that the mean value of a purchase need not be finite; a level that is not between 0 and 1';
-- Judging a score or a prediction against what happened.
--
-- A model is judged on a time that it was not fitted to: tcs.holdout counts what
-- customers did after the day up to which their histories go.  auc and lift ask
-- whether the customers are in the right order, brier and calibration whether
-- probabilities mean what they say, mae and rmse how far numbers are off.
--
-- Rows with a NULL among score and outcome are not counted.  The order of the
-- rows and the number of workers never show.

-- The state that auc, lift and calibration share.

CREATE FUNCTION tcs.scored_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_scored_combine';
COMMENT ON FUNCTION tcs.scored_combine(internal, internal) IS
'combine function of the aggregates auc, lift and calibration';

CREATE FUNCTION tcs.scored_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_scored_serial';
COMMENT ON FUNCTION tcs.scored_serial(internal) IS
'serialization function of the aggregates auc, lift and calibration';

CREATE FUNCTION tcs.scored_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_scored_deserial';
COMMENT ON FUNCTION tcs.scored_deserial(bytea, internal) IS
'deserialization function of the aggregates auc, lift and calibration';

-- How well a score puts customers in order.

CREATE FUNCTION tcs.auc_final(internal) RETURNS double precision
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_auc_final';
COMMENT ON FUNCTION tcs.auc_final(internal) IS
'final function of the aggregate auc';

CREATE FUNCTION tcs.auc_trans(internal, double precision, boolean) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_auc_trans';
COMMENT ON FUNCTION tcs.auc_trans(internal, double precision, boolean) IS
'transition function of the aggregate auc';

CREATE AGGREGATE tcs.auc(double precision, boolean) (
	SFUNC = tcs.auc_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs.auc_final,
	COMBINEFUNC = tcs.scored_combine,
	SERIALFUNC = tcs.scored_serial,
	DESERIALFUNC = tcs.scored_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.auc(double precision, boolean) IS
'area under the ROC curve, auc(score, label): the chance that a customer with the label true has a higher score than one with false, a tie counting half. 1 is perfect, 0.5 is no better than a coin. NULL when not both labels occur. Errors: NaN, infinity, more scores than tcs.fit_memory holds (8 bytes each). Mann and Whitney, 1947';

CREATE FUNCTION tcs.lift_final(internal) RETURNS double precision
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_lift_final';
COMMENT ON FUNCTION tcs.lift_final(internal) IS
'final function of the aggregate lift';

CREATE FUNCTION tcs.lift_trans(internal, double precision, boolean, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_lift_trans';
COMMENT ON FUNCTION tcs.lift_trans(internal, double precision, boolean, double precision) IS
'transition function of the aggregate lift';

CREATE AGGREGATE tcs.lift(double precision, boolean, double precision) (
	SFUNC = tcs.lift_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs.lift_final,
	COMBINEFUNC = tcs.scored_combine,
	SERIALFUNC = tcs.scored_serial,
	DESERIALFUNC = tcs.scored_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.lift(double precision, boolean, double precision) IS
'lift(score, label, share): the share of true labels among the customers with the highest scores, over that among all. share: what part of the customers is taken, above 0 and up to 1; a part of a customer counts as such, and of those with the score at the border a part is taken that has their own share of true labels. NULL when no label is true. Errors: NaN, infinity, such a share or one that changes within a group, more scores than tcs.fit_memory holds (8 bytes each)';

-- Whether probabilities mean what they say.

CREATE TYPE tcs.calibration_bin AS (
	bin integer,
	customers bigint,
	predicted double precision,
	observed double precision,
	least double precision,
	greatest double precision
);
COMMENT ON TYPE tcs.calibration_bin IS
'customers with near probabilities, and what happened';
COMMENT ON COLUMN tcs.calibration_bin.bin IS
'number of the bin, 1 for the lowest probabilities';
COMMENT ON COLUMN tcs.calibration_bin.customers IS
'customers in the bin';
COMMENT ON COLUMN tcs.calibration_bin.predicted IS
'mean of their probabilities';
COMMENT ON COLUMN tcs.calibration_bin.observed IS
'share of them with the label true';
COMMENT ON COLUMN tcs.calibration_bin.least IS
'least probability in the bin';
COMMENT ON COLUMN tcs.calibration_bin.greatest IS
'greatest probability in the bin';

CREATE FUNCTION tcs.calibration_final(internal) RETURNS tcs.calibration_bin[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_calibration_final';
COMMENT ON FUNCTION tcs.calibration_final(internal) IS
'final function of the aggregate calibration';

CREATE FUNCTION tcs.calibration_trans(internal, double precision, boolean, integer) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_calibration_trans';
COMMENT ON FUNCTION tcs.calibration_trans(internal, double precision, boolean, integer) IS
'transition function of the aggregate calibration';

CREATE AGGREGATE tcs.calibration(double precision, boolean, integer) (
	SFUNC = tcs.calibration_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs.calibration_final,
	COMBINEFUNC = tcs.scored_combine,
	SERIALFUNC = tcs.scored_serial,
	DESERIALFUNC = tcs.scored_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.calibration(double precision, boolean, integer) IS
'calibration(probability, label, bins): predicted and observed shares in bins of equally many customers; unnest shows it as rows. The customer of rank r of n by probability, from below, is in bin ceil(r * bins / n); customers with equal probabilities are in the bin of the first of them, and bins that stay empty are left out. bins: 1 to 1000. NULL when no row is left. Errors: probabilities below 0 or above 1, NaN, bins changing within a group, more rows than tcs.fit_memory holds (8 bytes each)';

-- How far predictions are off: means of what the rows are off by.

CREATE FUNCTION tcs.mean_error_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_mean_error_combine';
COMMENT ON FUNCTION tcs.mean_error_combine(internal, internal) IS
'combine function of the aggregates brier, mae and rmse';

CREATE FUNCTION tcs.mean_error_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_mean_error_serial';
COMMENT ON FUNCTION tcs.mean_error_serial(internal) IS
'serialization function of the aggregates brier, mae and rmse';

CREATE FUNCTION tcs.mean_error_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_mean_error_deserial';
COMMENT ON FUNCTION tcs.mean_error_deserial(bytea, internal) IS
'deserialization function of the aggregates brier, mae and rmse';

CREATE FUNCTION tcs.mean_error_final(internal) RETURNS double precision
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_mean_error_final';
COMMENT ON FUNCTION tcs.mean_error_final(internal) IS
'final function of the aggregates brier and mae';

CREATE FUNCTION tcs.brier_trans(internal, double precision, boolean) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_brier_trans';
COMMENT ON FUNCTION tcs.brier_trans(internal, double precision, boolean) IS
'transition function of the aggregate brier';

CREATE AGGREGATE tcs.brier(double precision, boolean) (
	SFUNC = tcs.brier_trans,
	STYPE = internal,
	SSPACE = 64,
	FINALFUNC = tcs.mean_error_final,
	COMBINEFUNC = tcs.mean_error_combine,
	SERIALFUNC = tcs.mean_error_serial,
	DESERIALFUNC = tcs.mean_error_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.brier(double precision, boolean) IS
'brier(probability, label): mean of (probability - outcome) ^ 2 with the outcome 1 for true and 0 for false. 0 is perfect, a probability of 0.5 for all gives 0.25. NULL when no row is left. Errors: probabilities below 0 or above 1, NaN. Brier, 1950';

CREATE FUNCTION tcs.mae_trans(internal, double precision, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_mae_trans';
COMMENT ON FUNCTION tcs.mae_trans(internal, double precision, double precision) IS
'transition function of the aggregate mae';

CREATE AGGREGATE tcs.mae(double precision, double precision) (
	SFUNC = tcs.mae_trans,
	STYPE = internal,
	SSPACE = 64,
	FINALFUNC = tcs.mean_error_final,
	COMBINEFUNC = tcs.mean_error_combine,
	SERIALFUNC = tcs.mean_error_serial,
	DESERIALFUNC = tcs.mean_error_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.mae(double precision, double precision) IS
'mae(predicted, actual): mean absolute error. NULL when no row is left. Errors: NaN, infinity, differences out of range';

CREATE FUNCTION tcs.rmse_final(internal) RETURNS double precision
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_rmse_final';
COMMENT ON FUNCTION tcs.rmse_final(internal) IS
'final function of the aggregate rmse';

CREATE FUNCTION tcs.rmse_trans(internal, double precision, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_rmse_trans';
COMMENT ON FUNCTION tcs.rmse_trans(internal, double precision, double precision) IS
'transition function of the aggregate rmse';

CREATE AGGREGATE tcs.rmse(double precision, double precision) (
	SFUNC = tcs.rmse_trans,
	STYPE = internal,
	SSPACE = 64,
	FINALFUNC = tcs.rmse_final,
	COMBINEFUNC = tcs.mean_error_combine,
	SERIALFUNC = tcs.mean_error_serial,
	DESERIALFUNC = tcs.mean_error_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.rmse(double precision, double precision) IS
'rmse(predicted, actual): square root of the mean squared error. NULL when no row is left. Errors: NaN, infinity, differences whose squares are out of range';
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
								   customers_key name DEFAULT NULL,
								   horizon interval DEFAULT '12 months',
								   margin double precision DEFAULT 1,
								   annual_discount double precision DEFAULT 0,
								   family text DEFAULT 'mbg/nbd')
	RETURNS regclass
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_create_metrics';
COMMENT ON FUNCTION tcs.create_metrics(text, regclass, name, name, name, text, regclass, name, interval, double precision, double precision, text) IS
'makes the view name, one row per customer with purchase history, RFM scores, ABC tier, churn risk and lifetime value as of today, and the table name_model with the models it scores by; fits the first models; returns the view. orders: the order log, a table or view; customer, at, amount: its columns (at is date, timestamp or timestamptz; amount a number, negative for a refund). zone: whose calendar days count, the session''s time zone unless given, and then fixed. customers: a table or view of all customers, to have those without orders too and no others; customers_key: its unique column, its primary key unless given. horizon: the time ahead that churn_risk, expected_purchases, clv and value_at_risk are about, a month is 30.4375 days; margin: the share of an amount that clv and value_at_risk count; annual_discount: 0.1 for 10 % a year; family: of btyd_fit. Names are case-sensitive and unquoted, but name is parsed as in SQL and may have a schema; else the first of the search_path is taken. Rows count whose customer and at are not NULL and whose day is not after today. WHERE customer = a value reads that customer''s orders by their index; for a list of customers, with customers given, say FROM unnest(list) AS id, LATERAL (SELECT * FROM name WHERE customer = id OFFSET 0) AS m. A model that cannot be found from these customers is a warning, and its columns are NULL. Errors: the view or table exists already, a column is missing or of another type, an unknown zone or family, horizon negative, infinite, or of more than 1000 years with a discount, margin not finite, annual_discount -1 or less, NULL for any but zone, customers and customers_key';

CREATE FUNCTION tcs.refit_metrics(name regclass, family text DEFAULT NULL)
	RETURNS bigint
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_refit_metrics';
COMMENT ON FUNCTION tcs.refit_metrics(regclass, text) IS
'fits the models of a metrics view anew, on its customers as of today: adds a row to the table name_model and returns its id. From then on the view scores by its rfm and abc, and by its btyd and spend where these can be used; where they cannot, it goes on with the last that could, and a warning says so. family: of btyd_fit, that of the newest model unless given. A view that an earlier version made gets new rfm and abc models, as it did. NULL for a NULL name. Errors: not a view that create_metrics made, its table was renamed or moved without it, an unknown family, or one for a view that has no models of purchases';

CREATE FUNCTION tcs.metrics_sql(name text, orders regclass,
								customer name, at name, amount name,
								zone text DEFAULT NULL,
								customers regclass DEFAULT NULL,
								customers_key name DEFAULT NULL,
								as_of date DEFAULT NULL,
								horizon interval DEFAULT '12 months',
								margin double precision DEFAULT 1,
								annual_discount double precision DEFAULT 0,
								family text DEFAULT 'mbg/nbd')
	RETURNS text
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_metrics_sql';
COMMENT ON FUNCTION tcs.metrics_sql(text, regclass, name, name, name, text, regclass, name, date, interval, double precision, double precision, text) IS
'the text of the query behind a metrics view, for the arguments of create_metrics; makes nothing. name NULL: a query that stands alone and fits its own models; else one that reads the models from the table name_model. as_of: the last day that counts, today (in the zone, whenever the query runs) unless given. Errors: as create_metrics, except that nothing need or must not exist under the name';
-- One more rule set that comes with the extension, for the columns that metrics
-- views have since 0.3.0.

-- The checks that keep names of that kind for the extension stand in the way of
-- new ones; they come back below as they were.
ALTER TABLE tcs.rule_set DROP CONSTRAINT rule_set_name_reserved;
ALTER TABLE tcs.rule DROP CONSTRAINT rule_rule_set_reserved;

INSERT INTO tcs.rule_set (name, description, default_segment, changed_by, changed_at)
VALUES ('tcs.churn_warning',
		'Who is about to leave, and for whom a call pays. Call by value_at_risk, the largest first. Copy it and put a bound of your own, such as the cost of a call, in the place of 50. A customer''s rhythm is the mean gap between purchases, at least 7 days, and 60 days where there was one purchase only. No customer is in two. Columns: purchases, days_since_last, mean_gap, churn_risk, value_at_risk.',
		'Not known yet', 'tcs', '2026-11-22 00:00:00+00');

INSERT INTO tcs.rule (rule_set, priority, segment, condition, description, changed_by, changed_at)
SELECT 'tcs.churn_warning', s.priority, s.segment, s.condition, s.description, 'tcs', '2026-11-22 00:00:00+00'
  FROM (VALUES
	(10, 'No customer yet', 'purchases = 0',
	 'No purchase so far: nobody to lose.'),
	(20, 'Gone', 'purchases > 0 AND churn_risk >= 0.9',
	 'At least 9 in 10 of these do not come back within the horizon. One last try, then leave them out.'),
	(30, 'Call now', 'purchases > 0 AND churn_risk < 0.9 AND value_at_risk >= 50',
	 'At least 50 to lose, and not lost yet. Call them, the largest value_at_risk first.'),
	(40, 'Likely to leave', 'purchases > 0 AND churn_risk >= 0.5 AND churn_risk < 0.9 AND NOT coalesce(value_at_risk >= 50, false)',
	 'Rather stay away than come back within the horizon, and little is lost with each. A mail, no call.'),
	(50, 'Overdue', 'purchases > 0 AND churn_risk < 0.5 AND NOT coalesce(value_at_risk >= 50, false)'
	 ' AND days_since_last >= 2 * greatest(coalesce(mean_gap, 60), 7)',
	 'Will probably come back, but last purchase at least 2 of their rhythms ago. Remind them now: later is dearer.'),
	(60, 'Safe', 'purchases > 0 AND churn_risk < 0.5 AND NOT coalesce(value_at_risk >= 50, false)'
	 ' AND days_since_last < 2 * greatest(coalesce(mean_gap, 60), 7)',
	 'Will probably come back by themselves. Leave them alone, or offer more.')
  ) AS s (priority, segment, condition, description);

ALTER TABLE tcs.rule_set ADD CONSTRAINT rule_set_name_reserved
	CHECK (name NOT LIKE 'tcs.%') NOT VALID;
COMMENT ON CONSTRAINT rule_set_name_reserved ON tcs.rule_set IS
'names that begin with "tcs." are the extension''s own';
ALTER TABLE tcs.rule ADD CONSTRAINT rule_rule_set_reserved
	CHECK (rule_set NOT LIKE 'tcs.%') NOT VALID;
COMMENT ON CONSTRAINT rule_rule_set_reserved ON tcs.rule IS
'rule sets whose names begin with "tcs." are the extension''s own';
-- Rules as an argument.

CREATE FUNCTION tcs.segment_assign_by(definition jsonb, "row" record) RETURNS text
	LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_segment_assign_by';
COMMENT ON FUNCTION tcs.segment_assign_by(jsonb, record) IS
'segment of a row by the rules in the definition, which has the form that rule_set_get gives and rule_set_put takes: for rules that are not in a table, such as those of another server or of last month. The same conditions are taken and refused as by segment_assign, which is faster for rules that are in the table. Errors: a definition of another form, a condition that is refused or names a column that the row has not, definition NULL';
-- Membership: who is in which segment, kept fresh, with every move and its cause.
--
-- create_segmentation makes plain tables and views in the caller's schema, with
-- the caller's rights; the extension keeps nothing about them.  What writes to
-- them later runs as their owner, whoever caused it.

CREATE FUNCTION tcs.create_segmentation("into" text, source regclass, key name,
										rule_set text,
										mode text DEFAULT 'queue',
										notify boolean DEFAULT false)
	RETURNS regclass
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_create_segmentation';
COMMENT ON FUNCTION tcs.create_segmentation(text, regclass, name, text, text, boolean) IS
'makes a segmentation, loads it and returns its table: into (key, segment, previous_segment, since) says who is in which segment; beside it are the tables into_moves (every move, when and why), into_state (definition, last refresh, last error) and into_queue (who is to be looked at), and the views into_history, into_monthly and into_status, all owned by the caller. source: a table, view (of create_metrics, say) or materialized view with one row per customer; key: its column that tells them apart, of any type with a btree order but composite and array ones; into has the type below any domain. Rows with a NULL key are left out. A segment is NULL where no rule matches and the rule set has no default. mode: what triggers of track_segmentation do, queue (note the key; process_segmentation works it off) or sync (bring the segment up to date in the same transaction). notify: send one notification a refresh, on the channel called like the table (without its schema), with the counts as JSON. All later writing runs as the owner of into, with search_path pg_catalog, pg_temp and the time zone of the session that made it: functions that a source calls must not count on another search_path. into is parsed as in SQL and may have a schema, at most 55 bytes; key is case-sensitive and unquoted. into_moves.xid is generated by a function of the extension: DROP EXTENSION refuses to go while there is a segmentation, and CASCADE takes the column along. Read committed only. Errors: a relation of one of these names exists, a temporary source, no such column or rule set, a key that cannot serve, two rows for one key, a rule that fails, NULL for any of the first four';

CREATE FUNCTION tcs.refresh_segmentation("into" regclass,
										 OUT customers bigint, OUT entered bigint,
										 OUT moved bigint, OUT removed bigint)
	RETURNS record
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_refresh_segmentation';
COMMENT ON FUNCTION tcs.refresh_segmentation(regclass) IS
'brings a segmentation up to date: finds the customers whose segment is not what the source and the rules say, and moves just those; who is gone from the source leaves. Returns how many customers there are and how many entered, moved and were removed. Empties the queue. Causes of moves: rules, where the definition of the rule set changed since the last refresh and the old one gives the old segment (or cannot be evaluated any more); model, where the source is a metrics view with newer models; time, where tables are tracked and reported nothing about the customer; else data. Only the owner and roles with UPDATE on into may call it; it runs as the owner. Refreshes of one segmentation take turns; orders wait only for the customers who move. An error leaves everything as it was. Refused in read-only transactions, on standbys, and at other isolation levels than read committed. Errors: not a segmentation, a part of it dropped, renamed or owned by another, the source or the rule set gone, two rows for one key, a rule that fails';

CREATE FUNCTION tcs.refresh_segmentation("into" regclass, keys anyarray,
										 OUT customers bigint, OUT entered bigint,
										 OUT moved bigint, OUT removed bigint)
	RETURNS record
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_refresh_segmentation_keys';
COMMENT ON FUNCTION tcs.refresh_segmentation(regclass, anyarray) IS
'the same for the customers with these keys only, whose orders are reached by their index where the source allows it; customers counts the keys, each once and without NULLs. Takes them out of the queue, leaves last_refresh and the definition in the state as they are. Unknown keys do nothing. The array is of the key''s type or one that converts to it without loss. Causes of moves: rules, removed and data. Errors: as for all customers, an array of another type';

CREATE FUNCTION tcs.process_segmentation("into" regclass, at_most integer DEFAULT 100000)
	RETURNS bigint
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_process_segmentation';
COMMENT ON FUNCTION tcs.process_segmentation(regclass, integer) IS
'works off the queue of a segmentation: the keys in its at_most oldest rows, or, where a full refresh is due (after track_segmentation or a TRUNCATE: a row with key NULL), everyone; returns how many customers were looked at. Those for whom a rule fails stay in the queue, at its end, with a warning and the last error in into_state, and hold up nobody else. Call it from a job, every minute say. Who may call it, and where: as refresh_segmentation. Errors: at_most below 1; else as refresh_segmentation, of what concerns the segmentation as a whole';

CREATE FUNCTION tcs.track_changes() RETURNS trigger
	LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_track_changes';
COMMENT ON FUNCTION tcs.track_changes() IS
'the function behind the triggers of track_segmentation; only those may use it';

CREATE FUNCTION tcs.track_segmentation("into" regclass, relation regclass, key name)
	RETURNS integer
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_track_segmentation';
COMMENT ON FUNCTION tcs.track_segmentation(regclass, regclass, name) IS
'has a table report to a segmentation whose rows change, by statement-level triggers on it and on each of its partitions and children; key: its column that holds the key, of the key''s type or one that converts to it without loss. Returns the number of tables that got triggers. Call it for every table that the source reads, and again for new partitions, when the column, the segmentation or its schema got another name, and after a change of mode in into_state; a second call replaces the triggers of the first. A full refresh is due afterwards, for what changed before: process_segmentation or refresh_segmentation does it. Whoever changes the table needs no rights on the segmentation, and the change never fails because of it, except for a conflict with another transaction (SQLSTATE class 40 and 55P03), when it is cancelled, and where the server lacks resources; an error of a rule in mode sync is noted in into_state, and the keys are queued. Mode sync is right in read committed; in repeatable read and serializable it is right or the transaction fails with 40001 and is to be repeated. Not reported: rows that logical replication applies, changes while triggers are disabled, and what a view or foreign table shows of other places; call refresh_segmentation from time to time. DROP EXTENSION refuses to go while there are such triggers, and CASCADE takes them along. Needs ownership of into and TRIGGER on the table. Errors: a view, materialized view, foreign or temporary table, no such column or one of a type that does not convert, no right';

CREATE FUNCTION tcs.untrack_segmentation("into" regclass, relation regclass)
	RETURNS integer
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_untrack_segmentation';
COMMENT ON FUNCTION tcs.untrack_segmentation(regclass, regclass) IS
'takes away the triggers that track_segmentation made on a table and on its partitions and children; returns the number of tables that had any. Needs ownership of into or of the table. Errors: there are none, no right';

CREATE FUNCTION tcs.drop_segmentation("into" regclass) RETURNS void
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000
	AS 'MODULE_PATHNAME', 'tcs_drop_segmentation';
COMMENT ON FUNCTION tcs.drop_segmentation(regclass) IS
'drops a segmentation with all that create_segmentation and track_segmentation made, as far as it is still there. Needs ownership. Errors: not a segmentation, something else depends on its tables or views';
-- What a segmentation tells about the past: who was where, who moved, and how
-- the sizes change.  All of it is read from the table of moves, with the rights
-- of whoever asks.
--
-- A customer is in a segment from the moment of the move, that moment included,
-- until the next move.  A segment is NULL where the rule set had none to give;
-- whether a customer was there at all is said by a column change of its own.

CREATE FUNCTION tcs.segmentation_parts("into" regclass,
									   OUT moves text, OUT state text,
									   OUT key_type text, OUT key_equal text)
	RETURNS record
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	segmentation ALIAS FOR $1;
	schema_oid oid;
	schema_name name;
	table_name name;
	tables name[];
BEGIN
	IF segmentation IS NULL THEN
		RAISE EXCEPTION 'argument "into" must not be null'
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give the name of a table that tcs.create_segmentation made.';
	END IF;
	SELECT n.oid, n.nspname, c.relname
	  INTO schema_oid, schema_name, table_name
	  FROM pg_class AS c
	  JOIN pg_namespace AS n ON n.oid = c.relnamespace
	 WHERE c.oid = segmentation;
	IF table_name IS NULL THEN
		RAISE EXCEPTION 'relation with OID % does not exist', segmentation::oid
			USING ERRCODE = 'undefined_table',
				HINT = 'Give the name of a table that tcs.create_segmentation made.';
	END IF;

	tables := ARRAY(SELECT c.relname
					 FROM pg_class AS c
					WHERE c.relnamespace = schema_oid
					  AND c.relname IN (table_name || '_moves', table_name || '_state')
					  AND c.relkind IN ('r', 'p'));
	IF cardinality(tables) = 0 THEN
		RAISE EXCEPTION '"%" is not a segmentation', table_name
			USING ERRCODE = 'wrong_object_type',
				HINT = 'Give the name of a table that tcs.create_segmentation made.';
	ELSIF cardinality(tables) = 1 THEN
		RAISE EXCEPTION 'segmentation "%" has no table "%" in its schema "%"', table_name,
				table_name || CASE WHEN tables[1] LIKE '%\_moves' THEN '_state' ELSE '_moves' END,
				schema_name
			USING ERRCODE = 'undefined_table',
				HINT = 'Rename or move the tables of a segmentation together.';
	END IF;
	moves := format('%I.%I', schema_name, table_name || '_moves');
	state := format('%I.%I', schema_name, table_name || '_state');

	-- The operator that the primary key compares by: one found through the
	-- search_path could be another.
	SELECT format_type(a.atttypid, a.atttypmod),
			format('OPERATOR(%I.%s)', n.nspname, o.oprname)
	  INTO key_type, key_equal
	  FROM pg_index AS i
	  JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attname = 'key'
	  JOIN pg_opclass AS c ON c.oid = i.indclass[0]
	  JOIN pg_amop AS m ON m.amopfamily = c.opcfamily AND m.amopstrategy = 3
						AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype
	  JOIN pg_operator AS o ON o.oid = m.amopopr
	  JOIN pg_namespace AS n ON n.oid = o.oprnamespace
	 WHERE i.indrelid = segmentation AND i.indisprimary AND i.indkey[0] = a.attnum;
	IF key_equal IS NULL THEN
		RAISE EXCEPTION 'segmentation "%" has lost its primary key', table_name
			USING ERRCODE = 'object_not_in_prerequisite_state',
				HINT = format('Run ALTER TABLE %I.%I ADD PRIMARY KEY (key).', schema_name, table_name);
	END IF;
END
$$;
COMMENT ON FUNCTION tcs.segmentation_parts(regclass) IS
'names, as they are written in SQL, of the tables of moves and of the state of a segmentation, the type of its key, and the operator that keys are compared by. Errors: NULL, no segmentation, one whose tables were renamed or moved apart, no primary key';

-- Who was where.

CREATE FUNCTION tcs.segment_at("into" regclass, at timestamptz)
	RETURNS TABLE (key text, segment text)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000 ROWS 100000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs.segmentation_parts($1);
BEGIN
	IF at IS NULL THEN
		RAISE EXCEPTION 'argument "at" must not be null'
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give the moment that you ask about, now() say.';
	END IF;
	RETURN QUERY EXECUTE format(
		'SELECT key::text, to_segment
		   FROM (SELECT DISTINCT ON (key) key, to_segment, present
				   FROM %s
				  WHERE moved_at <= $1
				  ORDER BY key DESC, moved_at DESC, id DESC) AS m
		  WHERE present', part.moves)
		USING at;
END
$$;
COMMENT ON FUNCTION tcs.segment_at(regclass, timestamptz) IS
'where every customer was at a moment: the customers who were there then, with their segment, NULL for those in none. The key as text. Reads all moves until then; for one customer give the key as well. Errors: not a segmentation, NULL';

CREATE FUNCTION tcs.segment_at("into" regclass, at timestamptz, key anyelement)
	RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs.segmentation_parts($1);
	answer text;
	exact boolean := true;
BEGIN
	-- 1.5 would be rounded to a customer
	IF (SELECT bool_and(typcategory = 'N') FROM pg_type
		 WHERE oid IN (part.key_type::regtype, pg_typeof(key))) THEN
		EXECUTE format('SELECT ($1::%s)::numeric = $1::numeric', part.key_type) INTO exact USING key;
	END IF;
	IF NOT exact THEN
		RETURN NULL;
	END IF;
	EXECUTE format(
		'SELECT CASE WHEN present THEN to_segment END
		   FROM %s
		  WHERE key %s $2::%s AND moved_at <= $1
		  ORDER BY moved_at DESC, id DESC
		  LIMIT 1', part.moves, part.key_equal, part.key_type)
		INTO answer
		USING at, key;
	RETURN answer;
END
$$;
COMMENT ON FUNCTION tcs.segment_at(regclass, timestamptz, anyelement) IS
'segment that one customer was in at a moment, read by index; NULL for one who was in none, was not there, or has no such key. NULL for NULL. Errors: not a segmentation, a key that is no value of the key''s type';

CREATE FUNCTION tcs.segment_at("into" regclass, at timestamptz, key text)
	RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs.segmentation_parts($1);
	answer text;
BEGIN
	EXECUTE format(
		'SELECT CASE WHEN present THEN to_segment END
		   FROM %s
		  WHERE key %s $2::%s AND moved_at <= $1
		  ORDER BY moved_at DESC, id DESC
		  LIMIT 1', part.moves, part.key_equal, part.key_type)
		INTO answer
		USING at, key;
	RETURN answer;
END
$$;
COMMENT ON FUNCTION tcs.segment_at(regclass, timestamptz, text) IS
'the same for a key that is text, or written as a literal without a type';

-- Moves for another system to fetch.

-- IMMUTABLE is what a generated column asks for, and right for it: the value is
-- computed once, when the row is written.
CREATE FUNCTION tcs.move_xid(id bigint)
	RETURNS xid8
	LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL UNSAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_move_xid';
COMMENT ON FUNCTION tcs.move_xid(bigint) IS
'transaction that writes a move: the column xid of a table of moves is generated by it, so that a restored dump counts in the transactions of its new cluster';

CREATE FUNCTION tcs.segment_moves_cursor()
	RETURNS text
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 100
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	snapshot pg_snapshot := pg_current_snapshot();
	own xid8 := pg_current_xact_id_if_assigned();
BEGIN
	IF pg_is_in_recovery() THEN
		-- Here the snapshot does not tell which transactions are running.  All
		-- below xmin have ended: the moves of the others come with a later call.
		snapshot := format('%1$s:%1$s:', pg_snapshot_xmin(snapshot))::pg_snapshot;
	ELSIF own < pg_snapshot_xmax(snapshot) THEN
		-- A snapshot does not count its own transaction among the running ones.
		snapshot := format('%s:%s:%s',
			CASE WHEN own < pg_snapshot_xmin(snapshot) THEN own ELSE pg_snapshot_xmin(snapshot) END,
			pg_snapshot_xmax(snapshot),
			(SELECT string_agg(xip::text, ',' ORDER BY xip)
			   FROM (SELECT pg_snapshot_xip(snapshot) UNION SELECT own) AS running (xip)))::pg_snapshot;
	END IF;
	RETURN (SELECT system_identifier FROM pg_control_system()) || '/' || snapshot;
END
$$;
COMMENT ON FUNCTION tcs.segment_moves_cursor() IS
'cursor as of now, from which segment_moves_since goes on: for a reader who wants the moves to come, and none of the past';

CREATE FUNCTION tcs.segment_moves_since("into" regclass, since text DEFAULT NULL)
	RETURNS TABLE (id bigint, key text, from_segment text, to_segment text, change text,
				   moved_at timestamptz, cause text, cursor text)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL RESTRICTED COST 10000 ROWS 1000
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs.segmentation_parts($1);
	-- One snapshot for the cursor and for the rows: the function is STABLE.
	next_cursor text := tcs.segment_moves_cursor();
	seen pg_snapshot;
	now_seen pg_snapshot := split_part(next_cursor, '/', 2)::pg_snapshot;
BEGIN
	IF since IS NOT NULL THEN
		IF since !~ '^\d{1,20}/\d{1,20}:\d{1,20}:(\d{1,20}(,\d{1,20})*)?$' THEN
			RAISE EXCEPTION 'invalid cursor: "%"', since
				USING ERRCODE = 'invalid_parameter_value',
					HINT = 'Give the column cursor of an earlier answer, or NULL for all moves.';
		END IF;
		seen := split_part(since, '/', 2)::pg_snapshot;
		IF split_part(since, '/', 1) <> split_part(next_cursor, '/', 1)
			OR pg_snapshot_xmax(seen) > pg_snapshot_xmax(pg_current_snapshot()) THEN
			RAISE EXCEPTION 'cursor "%" is not of this database cluster', since
				USING ERRCODE = 'invalid_parameter_value',
					DETAIL = 'A cursor counts transactions, which a restored or copied database does not have.',
					HINT = 'Read all moves again, with NULL for the cursor.';
		END IF;
		RETURN QUERY EXECUTE format(
			'SELECT id, key::text, from_segment, to_segment,
					CASE WHEN entered THEN ''entered'' WHEN NOT present THEN ''left'' ELSE ''moved'' END,
					moved_at, cause, $1
			   FROM %s
			  WHERE xid >= $2
				AND NOT pg_visible_in_snapshot(xid, $3)
				AND pg_visible_in_snapshot(xid, $4)
			  ORDER BY id', part.moves)
			USING next_cursor, pg_snapshot_xmin(seen), seen, now_seen;
	ELSE
		RETURN QUERY EXECUTE format(
			'SELECT id, key::text, from_segment, to_segment,
					CASE WHEN entered THEN ''entered'' WHEN NOT present THEN ''left'' ELSE ''moved'' END,
					moved_at, cause, $1
			   FROM %s
			  WHERE pg_visible_in_snapshot(xid, $2)
			  ORDER BY id', part.moves)
			USING next_cursor, now_seen;
	END IF;
END
$$;
COMMENT ON FUNCTION tcs.segment_moves_since(regclass, text) IS
'moves for another system to fetch: those that were committed since the cursor of an earlier answer, or all for NULL, by id. Every row carries the same new cursor, to be kept for the next call; when no row comes, the old one stays good. Each move comes exactly once, however late its transaction commits; what the asking transaction itself has moved comes after its commit. change: entered (from_segment is NULL because the customer was not there), moved or left. On a standby, moves wait for the transactions that ran beside theirs. After a loss of committed transactions (recovery to a point in time, failover to a standby that lagged) read all again. Errors: not a segmentation, no such cursor, one of another cluster';
-- How the segments exchange customers, and how their sizes change.
--
-- Customers who stayed are not looked at one by one: the size of a segment is the
-- sum of the flows into it and out of it.  With an argument k, numbers from 1 to
-- k - 1 are shown as NULL, and where just one number of a total would be missing,
-- the next smallest is too.  That keeps small cells off a report; whoever may read
-- the table of moves can still count them.

CREATE FUNCTION tcs.segmentation_period(from_time timestamptz, to_time timestamptz, k integer)
	RETURNS void
	LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF from_time IS NULL OR to_time IS NULL THEN
		RAISE EXCEPTION 'argument "%" must not be null',
				CASE WHEN from_time IS NULL THEN 'from_time' ELSE 'to_time' END
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give the two moments to compare.';
	ELSIF from_time > to_time THEN
		RAISE EXCEPTION 'from_time must not be after to_time'
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give the earlier moment first.';
	ELSIF k IS NULL OR k < 0 THEN
		RAISE EXCEPTION 'k must not be negative or null'
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give the least number that may be shown, or 0 to show them all.';
	END IF;
END
$$;
COMMENT ON FUNCTION tcs.segmentation_period(timestamptz, timestamptz, integer) IS
'refuses arguments of the functions below that make no sense';

-- Migration between two moments.

CREATE FUNCTION tcs.segment_migration("into" regclass, from_time timestamptz, to_time timestamptz,
									  value name DEFAULT NULL, k integer DEFAULT 0)
	RETURNS TABLE (from_segment text, to_segment text, change text,
				   customers bigint, total_value float8, share float8)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000 ROWS 100
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs.segmentation_parts($1);
	source regclass;
	key_column name;
	value_type regtype;
	mover text;
	pair text;
BEGIN
	PERFORM tcs.segmentation_period(from_time, to_time, k);

	-- Where those who moved in between were first and last.
	mover := format(
		'SELECT key, was_there, from_segment, is_there, to_segment
		   FROM (SELECT key, NOT first_value(entered) OVER by_key AS was_there,
						first_value(from_segment) OVER by_key AS from_segment,
						present AS is_there, to_segment, lead(id) OVER by_key IS NULL AS is_last
				   FROM %s
				  WHERE moved_at > $1 AND moved_at <= $2
				 WINDOW by_key AS (PARTITION BY key ORDER BY moved_at, id)) AS m
		  WHERE is_last', part.moves);

	IF value IS NULL THEN
		pair := format(
			'moved AS (
				SELECT was_there, from_segment, is_there, to_segment, count(*) AS customers
				  FROM (%1$s) AS mover
				 GROUP BY was_there, from_segment, is_there, to_segment
			), before AS (
				SELECT entered, from_segment, present, to_segment, count(*) AS customers
				  FROM %2$s
				 WHERE moved_at <= $1
				 GROUP BY entered, from_segment, present, to_segment
			), pair AS (
				SELECT was_there, from_segment, is_there, to_segment,
						sum(customers)::bigint AS customers, NULL::float8 AS total_value
				  FROM (SELECT * FROM moved WHERE was_there OR is_there
						UNION ALL
						SELECT true, from_segment, true, from_segment, -customers FROM moved WHERE was_there
						UNION ALL
						SELECT true, to_segment, true, to_segment, customers FROM before WHERE present
						UNION ALL
						SELECT true, from_segment, true, from_segment, -customers FROM before WHERE NOT entered) AS p
				 GROUP BY was_there, from_segment, is_there, to_segment
				HAVING sum(customers) <> 0
			)', mover, part.moves);
	ELSE
		EXECUTE format('SELECT source, key_column FROM %s', part.state) INTO source, key_column;
		SELECT CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
		  INTO value_type
		  FROM pg_attribute AS a
		  JOIN pg_type AS t ON t.oid = a.atttypid
		 WHERE a.attrelid = source AND a.attname = value AND a.attnum > 0 AND NOT a.attisdropped;
		IF value_type IS NULL THEN
			RAISE EXCEPTION 'column "%" of the source % does not exist', value, source
				USING ERRCODE = 'undefined_column',
					HINT = 'Give a column of numbers of the table or view the segments are computed from.';
		ELSIF value_type NOT IN ('int2', 'int4', 'int8', 'float4', 'float8', 'numeric') THEN
			RAISE EXCEPTION 'column "%" of the source % is of type %, not a number', value, source, value_type
				USING ERRCODE = 'datatype_mismatch',
					HINT = 'Give a column of numbers of the table or view the segments are computed from.';
		END IF;
		-- A sum of numeric does not depend on the order of the rows.
		pair := format(
			'mover AS (%1$s), customer AS (
				SELECT * FROM mover
				UNION ALL
				SELECT key, true, to_segment, true, to_segment
				  FROM (SELECT DISTINCT ON (key) key, to_segment, present
						  FROM %2$s
						 WHERE moved_at <= $1
						 ORDER BY key DESC, moved_at DESC, id DESC) AS b
				 WHERE present AND NOT EXISTS (SELECT FROM mover WHERE mover.key %3$s b.key)
			), pair AS (
				SELECT c.was_there, c.from_segment, c.is_there, c.to_segment,
						count(*) AS customers, sum(s.%4$I::numeric)::float8 AS total_value
				  FROM customer AS c
				  LEFT JOIN %5$s AS s ON s.%6$I %3$s c.key
				 WHERE c.was_there OR c.is_there
				 GROUP BY c.was_there, c.from_segment, c.is_there, c.to_segment
			)', mover, part.moves, part.key_equal, value, source, key_column);
	END IF;

	RETURN QUERY EXECUTE format(
		'WITH %s, cell AS (
			SELECT *, customers < $3 AS small,
					sum(customers) OVER from_there AS of_them,
					count(*) FILTER (WHERE customers < $3) OVER from_there AS small_ones,
					row_number() OVER (PARTITION BY was_there, from_segment
						ORDER BY customers, is_there DESC, to_segment COLLATE "C") AS place
			  FROM pair
			WINDOW from_there AS (PARTITION BY was_there, from_segment)
		), shown AS (
			SELECT *, NOT small AND NOT (small_ones = 1 AND place = 2) AS visible FROM cell
		)
		SELECT from_segment, to_segment,
				CASE WHEN NOT was_there THEN ''entered''
					WHEN NOT is_there THEN ''left''
					WHEN from_segment IS NOT DISTINCT FROM to_segment THEN ''stayed''
					ELSE ''moved'' END,
				CASE WHEN visible THEN customers END,
				CASE WHEN visible THEN total_value END,
				CASE WHEN visible THEN (customers / of_them)::float8 END
		  FROM shown
		 ORDER BY was_there DESC, from_segment COLLATE "C", is_there DESC, to_segment COLLATE "C"', pair)
		USING from_time, to_time, k;
END
$$;
COMMENT ON FUNCTION tcs.segment_migration(regclass, timestamptz, timestamptz, name, integer) IS
'where the customers were at from_time and where at to_time: a row for each pair of segments that has customers, those who entered (from_segment is NULL because they were not there), left, moved or stayed; who both entered and left in between is not counted. share: of the customers of the same from_segment. value: a column of numbers of the source, whose total is given for each pair, as it is now (customers who are gone have none). k: cells of fewer customers are NULL. Errors: not a segmentation, moments that are NULL or in the wrong order, no such column of numbers, negative k';

-- Sizes over time.

CREATE FUNCTION tcs.segment_sizes("into" regclass, period text DEFAULT 'month', k integer DEFAULT 0)
	RETURNS TABLE (period_start date, segment text, customers bigint, entered bigint, exited bigint)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000 ROWS 200
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs.segmentation_parts($1);
BEGIN
	IF period IS NULL OR period NOT IN ('day', 'week', 'month', 'quarter', 'year') THEN
		RAISE EXCEPTION 'unknown period: %', coalesce(quote_ident(period), 'NULL')
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give day, week, month, quarter or year.';
	END IF;
	PERFORM tcs.segmentation_period('epoch', 'epoch', k);
	RETURN QUERY EXECUTE format(
		'WITH flow AS (
			SELECT date_trunc($1, m.moved_at AT TIME ZONE s.time_zone) AS period_start,
					m.from_segment, m.to_segment, m.entered, m.present, count(*) AS customers
			  FROM %1$s AS m
			 CROSS JOIN %2$s AS s
			 GROUP BY 1, 2, 3, 4, 5
		), change AS (
			SELECT period_start, to_segment AS segment, customers AS entered, 0 AS exited
			  FROM flow WHERE present
			UNION ALL
			SELECT period_start, from_segment, 0, customers FROM flow WHERE NOT entered
		), period AS (
			SELECT generate_series(min(f.period_start),
						greatest(max(f.period_start), date_trunc($1, now() AT TIME ZONE min(s.time_zone))),
						CASE $1 WHEN ''quarter'' THEN interval ''3 months'' ELSE (''1 '' || $1)::interval END) AS period_start
			  FROM flow AS f
			 CROSS JOIN %2$s AS s
			HAVING count(*) > 0
		), total AS (
			SELECT period_start, segment, sum(entered)::bigint AS entered, sum(exited)::bigint AS exited,
					(sum(sum(entered) - sum(exited)) OVER so_far)::bigint AS customers
			  FROM (SELECT * FROM change
					UNION ALL
					SELECT p.period_start, s.segment, 0, 0
					  FROM period AS p
					  JOIN (SELECT segment, min(period_start) AS first FROM change GROUP BY segment) AS s
						ON p.period_start >= s.first) AS c
			 GROUP BY period_start, segment
			WINDOW so_far AS (PARTITION BY segment ORDER BY period_start)
		), counted AS (
			SELECT *, customers > 0 AND customers < $2 AS small,
					count(*) FILTER (WHERE customers > 0 AND customers < $2) OVER (PARTITION BY period_start) AS small_ones,
					row_number() OVER (PARTITION BY period_start
						ORDER BY customers = 0, customers, segment COLLATE "C") AS place
			  FROM total
		), shown AS (
			SELECT *, small OR small_ones = 1 AND place = 2 AND customers > 0 AS hidden FROM counted
		)
		SELECT period_start::date, segment,
				CASE WHEN NOT hidden THEN customers END,
				CASE WHEN NOT flows_hidden THEN entered END,
				CASE WHEN NOT flows_hidden THEN exited END
		  FROM (SELECT *, hidden
						OR coalesce(lag(hidden) OVER (PARTITION BY segment ORDER BY period_start), false)
						OR entered > 0 AND entered < $2
						OR exited > 0 AND exited < $2 AS flows_hidden
				  FROM shown) AS answer
		 ORDER BY period_start, segment COLLATE "C"', part.moves, part.state)
		USING period, k;
END
$$;
COMMENT ON FUNCTION tcs.segment_sizes(regclass, text, integer) IS
'the segments through time: for each period and each segment there has been, its customers at the period''s end (now, for the current one), and how often customers came into it and went out of it within the period. period: day, week (from Monday), month, quarter or year, in the time zone of the segmentation. segment NULL: those in none. k: smaller numbers are NULL, and what they could be computed from. Errors: not a segmentation, another period, negative k';

-- Drift.

CREATE FUNCTION tcs.psi(expected double precision[], actual double precision[])
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_psi';
COMMENT ON FUNCTION tcs.psi(double precision[], double precision[]) IS
'population stability index of two distributions over the same classes: the sum of (a - e) * ln(a / e) over the shares e expected and a actual. The arrays hold counts or shares; each is divided by its sum. A share below 0.0001 is taken as 0.0001, unless both are 0. As a rule of thumb: below 0.1 stable, to 0.25 look into it, above it another population. NULL for NULL, and for a sum of 0. Errors: arrays of different lengths or more than one dimension, elements that are NULL, negative, NaN or infinite';

CREATE FUNCTION tcs.segment_drift("into" regclass, from_time timestamptz, to_time timestamptz,
								  k integer DEFAULT 0)
	RETURNS TABLE (segment text, from_customers bigint, to_customers bigint,
				   from_share float8, to_share float8, psi float8)
	LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10000 ROWS 20
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	part record := tcs.segmentation_parts($1);
BEGIN
	PERFORM tcs.segmentation_period(from_time, to_time, k);
	RETURN QUERY EXECUTE format(
		'WITH flow AS (
			SELECT moved_at <= $1 AS before, from_segment, to_segment, entered, present, count(*) AS customers
			  FROM %s
			 WHERE moved_at <= $2
			 GROUP BY 1, 2, 3, 4, 5
		), size AS (
			SELECT segment, coalesce(sum(net) FILTER (WHERE before), 0) AS at_from, sum(net) AS at_to
			  FROM (SELECT before, to_segment AS segment, customers AS net FROM flow WHERE present
					UNION ALL
					SELECT before, from_segment, -customers FROM flow WHERE NOT entered) AS f
			 GROUP BY segment
		), share AS (
			SELECT segment, at_from, at_to,
					(at_from / nullif(sum(at_from) OVER (), 0))::float8 AS e,
					(at_to / nullif(sum(at_to) OVER (), 0))::float8 AS a,
					at_from > 0 AND at_from < $3 OR at_to > 0 AND at_to < $3 AS small
			  FROM size
			 WHERE at_from > 0 OR at_to > 0
		), counted AS (
			SELECT *, count(*) FILTER (WHERE small) OVER () AS small_ones,
					row_number() OVER (ORDER BY NOT small, least(at_from, at_to), segment COLLATE "C") AS place
			  FROM share
		), shown AS (
			SELECT *, NOT small AND NOT (small_ones = 1 AND place = 2) AS visible FROM counted
		)
		SELECT segment,
				CASE WHEN visible THEN at_from::bigint END,
				CASE WHEN visible THEN at_to::bigint END,
				CASE WHEN visible THEN e END,
				CASE WHEN visible THEN a END,
				CASE WHEN visible AND e + a IS NOT NULL THEN (greatest(a, 0.0001) - greatest(e, 0.0001))
					* ln(greatest(a, 0.0001) / greatest(e, 0.0001)) END
		  FROM shown
		 ORDER BY segment COLLATE "C"', part.moves)
		USING from_time, to_time, k;
END
$$;
COMMENT ON FUNCTION tcs.segment_drift(regclass, timestamptz, timestamptz, integer) IS
'how the shares of the segments changed between two moments: customers and shares of each segment then and then, and what it adds to the population stability index, whose value is the sum (see tcs.psi). Shares and psi are NULL where one of the moments has no customers. k: a segment of fewer customers at either moment is NULL. Errors: not a segmentation, moments that are NULL or in the wrong order, negative k';
-- One page about a segmentation, to be looked at, sent and printed.

CREATE FUNCTION tcs.report_html("into" regclass) RETURNS text
	LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 100000
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'tcs_report_html';
COMMENT ON FUNCTION tcs.report_html(regclass) IS
'a page of HTML about a segmentation, complete in itself: no script, nothing loaded from elsewhere, in ASCII and well-formed as XML. Shows the segments by customers, and by revenue where the source has a column of numbers revenue, which also gives the Lorenz curve; the grid of scores where it has r and f; the migration, the causes of moves and the drift in the last full month or, in a younger segmentation, since its first load; the sizes over time; the rules. As of the last refresh or move: the same data give the same page. Figures also stand as plain numbers in attributes data-v. To a file: psql -XAtc "SELECT tcs.report_html(''seg'')" > report.html. NULL for NULL. Errors: not a segmentation, no right to read it, its source or its moves';
