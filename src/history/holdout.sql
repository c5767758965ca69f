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
'sum of all amounts, refunds deducted; a double counts as the decimal of up to four places that it is nearest to';

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
CREATE FUNCTION tcs_internal.holdout_trans(internal, @at@, @amount@, date, date@zone@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_@types@';
COMMENT ON FUNCTION tcs_internal.holdout_trans(internal, @at@, @amount@, date, date@zone@) IS
'transition function of the aggregate holdout';

CREATE AGGREGATE tcs.holdout(@at@, @amount@, date, date@zone@) (
	SFUNC = tcs_internal.holdout_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout(@at@, @amount@, date, date@zone@) IS
'what one customer did after the day as_of, up to and including the day until: holdout(at, amount, \
as_of, until@zone_name@)@zone_text@. Counts as purchase_history does; purchases 0 and revenue 0 \
where nothing happened. Errors: until before as_of, as_of, until or zone changing within a group, \
NULL bounds, NaN, infinity';
@end
