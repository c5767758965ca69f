-- period_cv: how steadily a customer buys.
--
-- The net amount of every calendar period from that of the first purchase to that
-- of as_of, periods without orders as zero; their standard deviation (of all
-- periods, divided by their number) by their mean.  Small is steady.  It is what
-- xyz_class divides into X, Y and Z.

CREATE FUNCTION tcs_internal.period_cv_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_combine';
COMMENT ON FUNCTION tcs_internal.period_cv_combine(internal, internal) IS
'combine function of the aggregate period_cv';

CREATE FUNCTION tcs_internal.period_cv_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_serial';
COMMENT ON FUNCTION tcs_internal.period_cv_serial(internal) IS
'serialization function of the aggregate period_cv';

CREATE FUNCTION tcs_internal.period_cv_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_deserial';
COMMENT ON FUNCTION tcs_internal.period_cv_deserial(bytea, internal) IS
'deserialization function of the aggregate period_cv';

CREATE FUNCTION tcs_internal.period_cv_final(internal) RETURNS double precision
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_final';
COMMENT ON FUNCTION tcs_internal.period_cv_final(internal) IS
'final function of the aggregate period_cv';

CREATE FUNCTION tcs_internal.period_cv_trans(internal, date, double precision, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_date_float8';
COMMENT ON FUNCTION tcs_internal.period_cv_trans(internal, date, double precision, date, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(date, double precision, date, text) (
	SFUNC = tcs_internal.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs_internal.period_cv_final,
	COMBINEFUNC = tcs_internal.period_cv_combine,
	SERIALFUNC = tcs_internal.period_cv_serial,
	DESERIALFUNC = tcs_internal.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(date, double precision, date, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period). period: day, week (from Monday), month, quarter or year. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs_internal.period_cv_trans(internal, date, double precision, date, text, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_date_float8';
COMMENT ON FUNCTION tcs_internal.period_cv_trans(internal, date, double precision, date, text, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(date, double precision, date, text, text) (
	SFUNC = tcs_internal.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs_internal.period_cv_final,
	COMBINEFUNC = tcs_internal.period_cv_combine,
	SERIALFUNC = tcs_internal.period_cv_serial,
	DESERIALFUNC = tcs_internal.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(date, double precision, date, text, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period, zone). period: day, week (from Monday), month, quarter or year. zone has no effect on days that are given without one. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs_internal.period_cv_trans(internal, date, numeric, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_date_numeric';
COMMENT ON FUNCTION tcs_internal.period_cv_trans(internal, date, numeric, date, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(date, numeric, date, text) (
	SFUNC = tcs_internal.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs_internal.period_cv_final,
	COMBINEFUNC = tcs_internal.period_cv_combine,
	SERIALFUNC = tcs_internal.period_cv_serial,
	DESERIALFUNC = tcs_internal.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(date, numeric, date, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period). period: day, week (from Monday), month, quarter or year. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs_internal.period_cv_trans(internal, date, numeric, date, text, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_date_numeric';
COMMENT ON FUNCTION tcs_internal.period_cv_trans(internal, date, numeric, date, text, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(date, numeric, date, text, text) (
	SFUNC = tcs_internal.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs_internal.period_cv_final,
	COMBINEFUNC = tcs_internal.period_cv_combine,
	SERIALFUNC = tcs_internal.period_cv_serial,
	DESERIALFUNC = tcs_internal.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(date, numeric, date, text, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period, zone). period: day, week (from Monday), month, quarter or year. zone has no effect on days that are given without one. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs_internal.period_cv_trans(internal, timestamp, double precision, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_timestamp_float8';
COMMENT ON FUNCTION tcs_internal.period_cv_trans(internal, timestamp, double precision, date, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(timestamp, double precision, date, text) (
	SFUNC = tcs_internal.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs_internal.period_cv_final,
	COMBINEFUNC = tcs_internal.period_cv_combine,
	SERIALFUNC = tcs_internal.period_cv_serial,
	DESERIALFUNC = tcs_internal.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(timestamp, double precision, date, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period). period: day, week (from Monday), month, quarter or year. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs_internal.period_cv_trans(internal, timestamp, double precision, date, text, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_timestamp_float8';
COMMENT ON FUNCTION tcs_internal.period_cv_trans(internal, timestamp, double precision, date, text, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(timestamp, double precision, date, text, text) (
	SFUNC = tcs_internal.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs_internal.period_cv_final,
	COMBINEFUNC = tcs_internal.period_cv_combine,
	SERIALFUNC = tcs_internal.period_cv_serial,
	DESERIALFUNC = tcs_internal.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(timestamp, double precision, date, text, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period, zone). period: day, week (from Monday), month, quarter or year. zone has no effect on days that are given without one. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs_internal.period_cv_trans(internal, timestamp, numeric, date, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_timestamp_numeric';
COMMENT ON FUNCTION tcs_internal.period_cv_trans(internal, timestamp, numeric, date, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(timestamp, numeric, date, text) (
	SFUNC = tcs_internal.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs_internal.period_cv_final,
	COMBINEFUNC = tcs_internal.period_cv_combine,
	SERIALFUNC = tcs_internal.period_cv_serial,
	DESERIALFUNC = tcs_internal.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(timestamp, numeric, date, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period). period: day, week (from Monday), month, quarter or year. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs_internal.period_cv_trans(internal, timestamp, numeric, date, text, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_timestamp_numeric';
COMMENT ON FUNCTION tcs_internal.period_cv_trans(internal, timestamp, numeric, date, text, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(timestamp, numeric, date, text, text) (
	SFUNC = tcs_internal.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs_internal.period_cv_final,
	COMBINEFUNC = tcs_internal.period_cv_combine,
	SERIALFUNC = tcs_internal.period_cv_serial,
	DESERIALFUNC = tcs_internal.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(timestamp, numeric, date, text, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period, zone). period: day, week (from Monday), month, quarter or year. zone has no effect on days that are given without one. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs_internal.period_cv_trans(internal, timestamptz, double precision, date, text, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_timestamptz_float8';
COMMENT ON FUNCTION tcs_internal.period_cv_trans(internal, timestamptz, double precision, date, text, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(timestamptz, double precision, date, text, text) (
	SFUNC = tcs_internal.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs_internal.period_cv_final,
	COMBINEFUNC = tcs_internal.period_cv_combine,
	SERIALFUNC = tcs_internal.period_cv_serial,
	DESERIALFUNC = tcs_internal.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(timestamptz, double precision, date, text, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period, zone). period: day, week (from Monday), month, quarter or year. zone names the time zone whose days count. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';

CREATE FUNCTION tcs_internal.period_cv_trans(internal, timestamptz, numeric, date, text, text) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_timestamptz_numeric';
COMMENT ON FUNCTION tcs_internal.period_cv_trans(internal, timestamptz, numeric, date, text, text) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(timestamptz, numeric, date, text, text) (
	SFUNC = tcs_internal.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs_internal.period_cv_final,
	COMBINEFUNC = tcs_internal.period_cv_combine,
	SERIALFUNC = tcs_internal.period_cv_serial,
	DESERIALFUNC = tcs_internal.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(timestamptz, numeric, date, text, text) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, period, zone). period: day, week (from Monday), month, quarter or year. zone names the time zone whose days count. Periods from the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, infinity';
