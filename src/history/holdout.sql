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

CREATE FUNCTION tcs_internal.holdout_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_history_combine';
COMMENT ON FUNCTION tcs_internal.holdout_combine(internal, internal) IS
'combine function of the aggregate holdout';

CREATE FUNCTION tcs_internal.holdout_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_history_serial';
COMMENT ON FUNCTION tcs_internal.holdout_serial(internal) IS
'serialization function of the aggregate holdout';

CREATE FUNCTION tcs_internal.holdout_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_history_deserial';
COMMENT ON FUNCTION tcs_internal.holdout_deserial(bytea, internal) IS
'deserialization function of the aggregate holdout';

CREATE FUNCTION tcs_internal.holdout_final(internal) RETURNS tcs.holdout
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_final';
COMMENT ON FUNCTION tcs_internal.holdout_final(internal) IS
'final function of the aggregate holdout';

CREATE FUNCTION tcs_internal.holdout_trans(internal, date, double precision, date, date) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_date_float8';
COMMENT ON FUNCTION tcs_internal.holdout_trans(internal, date, double precision, date, date) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(date, double precision, date, date) (
	SFUNC = tcs_internal.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(date, double precision, date, date) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until). Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs_internal.holdout_trans(internal, date, double precision, date, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_date_float8';
COMMENT ON FUNCTION tcs_internal.holdout_trans(internal, date, double precision, date, date, text) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(date, double precision, date, date, text) (
	SFUNC = tcs_internal.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(date, double precision, date, date, text) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until, zone). zone has no effect on days that are given without one. Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs_internal.holdout_trans(internal, date, numeric, date, date) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_date_numeric';
COMMENT ON FUNCTION tcs_internal.holdout_trans(internal, date, numeric, date, date) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(date, numeric, date, date) (
	SFUNC = tcs_internal.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(date, numeric, date, date) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until). Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs_internal.holdout_trans(internal, date, numeric, date, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_date_numeric';
COMMENT ON FUNCTION tcs_internal.holdout_trans(internal, date, numeric, date, date, text) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(date, numeric, date, date, text) (
	SFUNC = tcs_internal.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(date, numeric, date, date, text) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until, zone). zone has no effect on days that are given without one. Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs_internal.holdout_trans(internal, timestamp, double precision, date, date) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_timestamp_float8';
COMMENT ON FUNCTION tcs_internal.holdout_trans(internal, timestamp, double precision, date, date) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(timestamp, double precision, date, date) (
	SFUNC = tcs_internal.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(timestamp, double precision, date, date) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until). Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs_internal.holdout_trans(internal, timestamp, double precision, date, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_timestamp_float8';
COMMENT ON FUNCTION tcs_internal.holdout_trans(internal, timestamp, double precision, date, date, text) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(timestamp, double precision, date, date, text) (
	SFUNC = tcs_internal.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(timestamp, double precision, date, date, text) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until, zone). zone has no effect on days that are given without one. Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs_internal.holdout_trans(internal, timestamp, numeric, date, date) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_timestamp_numeric';
COMMENT ON FUNCTION tcs_internal.holdout_trans(internal, timestamp, numeric, date, date) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(timestamp, numeric, date, date) (
	SFUNC = tcs_internal.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(timestamp, numeric, date, date) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until). Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs_internal.holdout_trans(internal, timestamp, numeric, date, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_timestamp_numeric';
COMMENT ON FUNCTION tcs_internal.holdout_trans(internal, timestamp, numeric, date, date, text) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(timestamp, numeric, date, date, text) (
	SFUNC = tcs_internal.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(timestamp, numeric, date, date, text) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until, zone). zone has no effect on days that are given without one. Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs_internal.holdout_trans(internal, timestamptz, double precision, date, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_timestamptz_float8';
COMMENT ON FUNCTION tcs_internal.holdout_trans(internal, timestamptz, double precision, date, date, text) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(timestamptz, double precision, date, date, text) (
	SFUNC = tcs_internal.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(timestamptz, double precision, date, date, text) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until, zone). zone names the time zone whose days count. Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';

CREATE FUNCTION tcs_internal.holdout_trans(internal, timestamptz, numeric, date, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_timestamptz_numeric';
COMMENT ON FUNCTION tcs_internal.holdout_trans(internal, timestamptz, numeric, date, date, text) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(timestamptz, numeric, date, date, text) (
	SFUNC = tcs_internal.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(timestamptz, numeric, date, date, text) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, as_of, until, zone). zone names the time zone whose days count. Counts as purchase_history does; purchases 0 and revenue 0 where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, NULL bounds, NaN, infinity';
