-- purchase_log: all that one customer bought, as a value.
--
-- purchase_history says what a customer had bought until one day. Whoever asks for many
-- days, to learn from the past or to draw a course, would read the log for each. A
-- purchase_log holds the rows of a customer, eight bytes for most: the history
-- until any day and what came between two days are read from it.

CREATE TYPE tcs.purchase_log;

CREATE FUNCTION tcs_internal.purchase_log_in(text cstring) RETURNS tcs.purchase_log
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_purchase_log_in';
COMMENT ON FUNCTION tcs_internal.purchase_log_in(cstring) IS
'input function of the type purchase_log';

CREATE FUNCTION tcs_internal.purchase_log_out(log tcs.purchase_log) RETURNS cstring
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_purchase_log_out';
COMMENT ON FUNCTION tcs_internal.purchase_log_out(tcs.purchase_log) IS
'output function of the type purchase_log';

CREATE FUNCTION tcs_internal.purchase_log_recv(internal) RETURNS tcs.purchase_log
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_purchase_log_recv';
COMMENT ON FUNCTION tcs_internal.purchase_log_recv(internal) IS
'binary input function of the type purchase_log';

CREATE FUNCTION tcs_internal.purchase_log_send(log tcs.purchase_log) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_purchase_log_send';
COMMENT ON FUNCTION tcs_internal.purchase_log_send(tcs.purchase_log) IS
'binary output function of the type purchase_log';

CREATE TYPE tcs.purchase_log (
	INPUT = tcs_internal.purchase_log_in,
	OUTPUT = tcs_internal.purchase_log_out,
	RECEIVE = tcs_internal.purchase_log_recv,
	SEND = tcs_internal.purchase_log_send,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE tcs.purchase_log IS
'the rows of one customer in an order log, by day: days and amounts; as text ''2026-01-31 12.50, 2026-03-01 ?'', with ? for an amount that is not known';

CREATE FUNCTION tcs_internal.purchase_log_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_log_combine';
COMMENT ON FUNCTION tcs_internal.purchase_log_combine(internal, internal) IS
'combine function of the aggregate purchase_log';

CREATE FUNCTION tcs_internal.purchase_log_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_log_serial';
COMMENT ON FUNCTION tcs_internal.purchase_log_serial(internal) IS
'serialization function of the aggregate purchase_log';

CREATE FUNCTION tcs_internal.purchase_log_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_log_deserial';
COMMENT ON FUNCTION tcs_internal.purchase_log_deserial(bytea, internal) IS
'deserialization function of the aggregate purchase_log';

CREATE FUNCTION tcs_internal.purchase_log_final(internal) RETURNS tcs.purchase_log
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_log_final';
COMMENT ON FUNCTION tcs_internal.purchase_log_final(internal) IS
'final function of the aggregate purchase_log';

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
CREATE FUNCTION tcs_internal.purchase_log_trans(internal, @at@, @amount@@zone@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_log_@types@';
COMMENT ON FUNCTION tcs_internal.purchase_log_trans(internal, @at@, @amount@@zone@) IS
'transition function of the aggregate purchase_log';

CREATE AGGREGATE tcs.purchase_log(@at@, @amount@@zone@) (
	SFUNC = tcs_internal.purchase_log_trans,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.purchase_log_final,
	COMBINEFUNC = tcs_internal.purchase_log_combine,
	SERIALFUNC = tcs_internal.purchase_log_serial,
	DESERIALFUNC = tcs_internal.purchase_log_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_log(@at@, @amount@@zone@) IS
'all that one customer bought, as a value: purchase_log(at, amount@zone_name@)@zone_text@. purchase_history(log, as_of) \
and holdout(log, as_of, until) read from it what the aggregates of these names would say of the same rows, for \
any days, without the orders. A negative amount is a refund; NULL amount: not known; NULL at: no row. NULL without a row. \
Errors: zone changing within a group, NaN, infinity';
@end

CREATE FUNCTION tcs.purchase_history(log tcs.purchase_log, as_of date) RETURNS tcs.purchase_history
	LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 50
	AS 'MODULE_PATHNAME', 'tcs_purchase_log_history_until';
COMMENT ON FUNCTION tcs.purchase_history(tcs.purchase_log, date) IS
'history of one customer until the day as_of, from all rows that there are of the customer: equal to that of the aggregate. NULL for a NULL log, or one without a purchase until as_of. Errors: as_of NULL or infinite';

CREATE FUNCTION tcs.holdout(log tcs.purchase_log, as_of date, until date) RETURNS tcs.holdout
	LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 50
	AS 'MODULE_PATHNAME', 'tcs_purchase_log_holdout';
COMMENT ON FUNCTION tcs.holdout(tcs.purchase_log, date, date) IS
'what one customer did after the day as_of, up to and including until, from all rows that there are of the customer: equal to that of the aggregate. (0, 0) for a NULL log. Errors: as_of or until NULL or infinite, until before as_of';
