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
CREATE FUNCTION tcs_internal.period_cv_trans(internal, @at@, @amount@, date, tcs.period@zone@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_period_cv_@types@';
COMMENT ON FUNCTION tcs_internal.period_cv_trans(internal, @at@, @amount@, date, tcs.period@zone@) IS
'transition function of the aggregate period_cv';

CREATE AGGREGATE tcs.period_cv(@at@, @amount@, date, tcs.period@zone@) (
	SFUNC = tcs_internal.period_cv_trans,
	STYPE = internal,
	SSPACE = 296,
	FINALFUNC = tcs_internal.period_cv_final,
	COMBINEFUNC = tcs_internal.period_cv_combine,
	SERIALFUNC = tcs_internal.period_cv_serial,
	DESERIALFUNC = tcs_internal.period_cv_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.period_cv(@at@, @amount@, date, tcs.period@zone@) IS
'coefficient of variation of the amount per calendar period: period_cv(at, amount, as_of, \
period@zone_name@). period: day, week (from Monday), week_sunday and so on, month, quarter or year@zone_text@. Periods from \
the first purchase to as_of, those without orders as zero; refunds lower the amount of their period, \
NULL amounts add nothing, rows with at NULL or after as_of do not count. NULL without a purchase and \
where the mean is not positive. Errors: as_of, period or zone changing within a group, NaN, \
infinity';
@end
