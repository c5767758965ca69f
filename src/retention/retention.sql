-- Retention: in which periods a customer came back, and how many of a cohort did.
--
-- The first period in which a customer was active is the cohort; after it every
-- calendar period counts, to the one that as_of is in.  A period that is not over
-- yet says nothing: it is NULL, and who has not come back in it is not counted as
-- lost.

CREATE TYPE tcs.retention AS (
	cohort date,
	active boolean[]
);
COMMENT ON TYPE tcs.retention IS
'in which periods one customer was active';
COMMENT ON COLUMN tcs.retention.cohort IS
'first day of the first period with activity';
COMMENT ON COLUMN tcs.retention.active IS
'an element for each period from that one on, true where there was activity; the last is NULL unless as_of is the last day of its period';

CREATE FUNCTION tcs_internal.retention_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_retention_combine';
COMMENT ON FUNCTION tcs_internal.retention_combine(internal, internal) IS
'combine function of the aggregate retention';

CREATE FUNCTION tcs_internal.retention_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_retention_serial';
COMMENT ON FUNCTION tcs_internal.retention_serial(internal) IS
'serialization function of the aggregate retention';

CREATE FUNCTION tcs_internal.retention_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_retention_deserial';
COMMENT ON FUNCTION tcs_internal.retention_deserial(bytea, internal) IS
'deserialization function of the aggregate retention';

CREATE FUNCTION tcs_internal.retention_final(internal) RETURNS tcs.retention
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_retention_final';
COMMENT ON FUNCTION tcs_internal.retention_final(internal) IS
'final function of the aggregate retention';

@each at, type, zone, zone_name, zone_text, zone_error
@ date        | date        |        |        |                                                     |
@ timestamp   | timestamp   |        |        |                                                     |
@ timestamptz | timestamptz | , tcs.zone | , zone | . zone names the time zone whose days count         | , zone
CREATE FUNCTION tcs_internal.retention_trans(internal, @at@, date, tcs.period@zone@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_retention_@type@';
COMMENT ON FUNCTION tcs_internal.retention_trans(internal, @at@, date, tcs.period@zone@) IS
'transition function of the aggregate retention';

CREATE AGGREGATE tcs.retention(@at@, date, tcs.period@zone@) (
	SFUNC = tcs_internal.retention_trans,
	STYPE = internal,
	SSPACE = 48,
	FINALFUNC = tcs_internal.retention_final,
	COMBINEFUNC = tcs_internal.retention_combine,
	SERIALFUNC = tcs_internal.retention_serial,
	DESERIALFUNC = tcs_internal.retention_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.retention(@at@, date, tcs.period@zone@) IS
'in which periods a customer came back, retention(at, as_of, period@zone_name@): the first period with \
activity in it, and for each period from that one to the one of as_of whether there was some; the last is \
NULL unless as_of is its last day. period: day, week (from Monday), week_sunday and so on, month, quarter or \
year@zone_text@. Days after as_of and NULL do not count; leave refunds out with FILTER. NULL without a day. \
Errors: as_of@zone_error@ or period NULL or changing within a group, another period, infinite days, more than \
1048576 periods, a first period that begins before the calendar does';
@end

-- A start and a return: sign-ups and purchases.  The period of the start is the
-- first, and is not active unless something came after it; periods are those of the
-- calendar, or as long as is said and counted from the start.

CREATE FUNCTION tcs_internal.retention_start_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_retention_start_combine';
COMMENT ON FUNCTION tcs_internal.retention_start_combine(internal, internal) IS
'combine function of the aggregate retention of a start and a return';

CREATE FUNCTION tcs_internal.retention_start_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_retention_start_serial';
COMMENT ON FUNCTION tcs_internal.retention_start_serial(internal) IS
'serialization function of the aggregate retention of a start and a return';

CREATE FUNCTION tcs_internal.retention_start_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_retention_start_deserial';
COMMENT ON FUNCTION tcs_internal.retention_start_deserial(bytea, internal) IS
'deserialization function of the aggregate retention of a start and a return';

CREATE FUNCTION tcs_internal.retention_start_final(internal) RETURNS tcs.retention
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_retention_start_final';
COMMENT ON FUNCTION tcs_internal.retention_start_final(internal) IS
'final function of the aggregate retention of a start and a return';

@each at, type, zone, zone_name, zone_text, zone_error
@ date        | date        |        |        |                                                     |
@ timestamp   | timestamp   |        |        |                                                     |
@ timestamptz | timestamptz | , tcs.zone | , zone | . zone names the time zone whose days count         | , zone
CREATE FUNCTION tcs_internal.retention_start_trans(internal, @at@, @at@, date, tcs.period@zone@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_retention_start_@type@';
COMMENT ON FUNCTION tcs_internal.retention_start_trans(internal, @at@, @at@, date, tcs.period@zone@) IS
'transition function of the aggregate retention of a start and a return';

CREATE AGGREGATE tcs.retention(@at@, @at@, date, tcs.period@zone@) (
	SFUNC = tcs_internal.retention_start_trans,
	STYPE = internal,
	SSPACE = 80,
	FINALFUNC = tcs_internal.retention_start_final,
	COMBINEFUNC = tcs_internal.retention_start_combine,
	SERIALFUNC = tcs_internal.retention_start_serial,
	DESERIALFUNC = tcs_internal.retention_start_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.retention(@at@, @at@, date, tcs.period@zone@) IS
'in which periods after a start a customer came back, retention(start, at, as_of, period@zone_name@): start \
is when the customer began, such as the time of a sign-up, and at when something happened that counts, \
such as the time of an order; either is NULL where the row has none, the first start counts, and at \
counts from then on. The period of the start is the first; each to that of as_of is true where there was \
something, false where not, also for who never came; the last is NULL unless it ends with as_of. period: \
day, week (from Monday), week_sunday and so on, month, quarter or year of the calendar, or a length such \
as 7 days, counted from the start, and then cohort is its day. The same for both, retention(at, at, as_of, \
period), counts from the first. A day has 24 hours there, a month 30.4375 days@zone_text@. Days after \
as_of do not count. NULL without a start. Errors: as_of@zone_error@ or period NULL or changing within a \
group, another period, a length that is no whole days where times are dates, infinite times, more than \
1048576 periods, a first period that begins before the calendar does';
@end

-- What is written first by whoever has instants: an error that says what to write.

CREATE FUNCTION tcs_internal.retention_no_zone(internal, timestamptz, date, tcs.period) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_retention_no_zone';
COMMENT ON FUNCTION tcs_internal.retention_no_zone(internal, timestamptz, date, tcs.period) IS
'transition function of the aggregate retention of instants without a zone: an error';

CREATE AGGREGATE tcs.retention(timestamptz, date, tcs.period) (
	SFUNC = tcs_internal.retention_no_zone,
	STYPE = internal,
	SSPACE = 48,
	FINALFUNC = tcs_internal.retention_final,
	COMBINEFUNC = tcs_internal.retention_combine,
	SERIALFUNC = tcs_internal.retention_serial,
	DESERIALFUNC = tcs_internal.retention_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.retention(timestamptz, date, tcs.period) IS
'an error, which says that instants need the time zone whose days count, as the last argument';

CREATE TYPE tcs.retention_cell AS (
	period integer,
	customers bigint,
	active bigint,
	rate double precision
);
COMMENT ON TYPE tcs.retention_cell IS
'how many customers of a cohort were active in a period after their first';
COMMENT ON COLUMN tcs.retention_cell.period IS
'number of the period, 0 for the first';
COMMENT ON COLUMN tcs.retention_cell.customers IS
'customers for whom that period is over';
COMMENT ON COLUMN tcs.retention_cell.active IS
'those of them who were active in it; NULL while it is over for nobody';
COMMENT ON COLUMN tcs.retention_cell.rate IS
'active / customers; NULL while the period is over for nobody';

CREATE FUNCTION tcs_internal.retention_table_trans(internal, tcs.retention) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_retention_table_trans';
COMMENT ON FUNCTION tcs_internal.retention_table_trans(internal, tcs.retention) IS
'transition function of the aggregate retention_table';

CREATE FUNCTION tcs_internal.retention_table_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_retention_table_combine';
COMMENT ON FUNCTION tcs_internal.retention_table_combine(internal, internal) IS
'combine function of the aggregate retention_table';

CREATE FUNCTION tcs_internal.retention_table_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_retention_table_serial';
COMMENT ON FUNCTION tcs_internal.retention_table_serial(internal) IS
'serialization function of the aggregate retention_table';

CREATE FUNCTION tcs_internal.retention_table_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_retention_table_deserial';
COMMENT ON FUNCTION tcs_internal.retention_table_deserial(bytea, internal) IS
'deserialization function of the aggregate retention_table';

CREATE FUNCTION tcs_internal.retention_table_final(internal) RETURNS tcs.retention_cell[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_retention_table_final';
COMMENT ON FUNCTION tcs_internal.retention_table_final(internal) IS
'final function of the aggregate retention_table';

CREATE AGGREGATE tcs.retention_table(retention tcs.retention) (
	SFUNC = tcs_internal.retention_table_trans,
	STYPE = internal,
	SSPACE = 272,
	FINALFUNC = tcs_internal.retention_table_final,
	COMBINEFUNC = tcs_internal.retention_table_combine,
	SERIALFUNC = tcs_internal.retention_table_serial,
	DESERIALFUNC = tcs_internal.retention_table_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.retention_table(tcs.retention) IS
'retention of many customers, period by period from their first on: how many of those for whom the period is over were active in it; unnest shows it as rows, and GROUP BY (retention).cohort makes a cohort table, in which a cell that is not ripe is NULL. The retentions are of one as_of and one kind of period, which is not checked. NULL retentions are not counted. NULL when none is left. Errors: retentions that tcs.retention cannot have made';
