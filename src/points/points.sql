-- points: the points of a customer of a loyalty programme, as of a day.
--
-- Each row of the account says when and how many: more than 0 was earned, less
-- was used.  The rows of a calendar day are one step, in which points are earned
-- before they are used.  Of what is there, that which expires first is used
-- first, and of that the oldest: with one term for all, first in is first out.
-- What is used beyond the balance is a debt: the balance is below 0 until points
-- come, which pay it first.
--
-- A row may take back an earlier one, of the day of `original`.  Fewer than 0
-- points cancel what was earned then: from what is left of it or has expired, and
-- from the other points where it was used.  More than 0 give back what was used
-- then, to where it came from, so that it expires when it would have.
--
-- Neither the order of the rows nor the number of workers shows.  Frames that
-- move are computed anew for each row.

CREATE TYPE tcs.points AS (
	balance numeric,
	earned numeric,
	used numeric,
	cancelled numeric,
	expired numeric,
	expiring numeric,
	next_expiry date,
	next_expiring numeric
);
COMMENT ON TYPE tcs.points IS
'the points of one customer as of a day';
COMMENT ON COLUMN tcs.points.balance IS
'earned - used - cancelled - expired; below 0 where more was used than was there';
COMMENT ON COLUMN tcs.points.earned IS
'points that were earned until the day';
COMMENT ON COLUMN tcs.points.used IS
'points that were used, less those that were given back';
COMMENT ON COLUMN tcs.points.cancelled IS
'points that were earned and taken back';
COMMENT ON COLUMN tcs.points.expired IS
'points that expired unused; those that were cancelled afterwards are not among them';
COMMENT ON COLUMN tcs.points.expiring IS
'part of the balance that expires within the 30 days after the day, if it is not used';
COMMENT ON COLUMN tcs.points.next_expiry IS
'the day on which points expire next, the first without them; NULL where none will';
COMMENT ON COLUMN tcs.points.next_expiring IS
'how many expire on that day; NULL where none will';

CREATE FUNCTION tcs_internal.points_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_points_combine';
COMMENT ON FUNCTION tcs_internal.points_combine(internal, internal) IS
'combine function of the aggregate points';

CREATE FUNCTION tcs_internal.points_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_points_serial';
COMMENT ON FUNCTION tcs_internal.points_serial(internal) IS
'serialization function of the aggregate points';

CREATE FUNCTION tcs_internal.points_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_points_deserial';
COMMENT ON FUNCTION tcs_internal.points_deserial(bytea, internal) IS
'deserialization function of the aggregate points';

CREATE FUNCTION tcs_internal.points_final(internal) RETURNS tcs.points
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_points_final';
COMMENT ON FUNCTION tcs_internal.points_final(internal) IS
'final function of the aggregate points';

@each at, types, rest, named
@ date        | date                          |                               |
@ date        | date_interval                 | , interval                    | , expires interval
@ date        | date_interval_original        | , interval, date              | , expires interval, original date
@ date        | date_date                     | , date                        | , expires date
@ date        | date_date_original            | , date, date                  | , expires date, original date
@ date        | date                          | , tcs.zone                        | , zone tcs.zone
@ date        | date_interval                 | , interval, tcs.zone              | , expires interval, zone tcs.zone
@ date        | date_interval_original        | , interval, date, tcs.zone        | , expires interval, original date, zone tcs.zone
@ date        | date_date                     | , date, tcs.zone                  | , expires date, zone tcs.zone
@ date        | date_date_original            | , date, date, tcs.zone            | , expires date, original date, zone tcs.zone
@ timestamp   | timestamp                     |                               |
@ timestamp   | timestamp_interval            | , interval                    | , expires interval
@ timestamp   | timestamp_interval_original   | , interval, timestamp         | , expires interval, original timestamp
@ timestamp   | timestamp_date                | , date                        | , expires date
@ timestamp   | timestamp_date_original       | , date, timestamp             | , expires date, original timestamp
@ timestamp   | timestamp                     | , tcs.zone                        | , zone tcs.zone
@ timestamp   | timestamp_interval            | , interval, tcs.zone              | , expires interval, zone tcs.zone
@ timestamp   | timestamp_interval_original   | , interval, timestamp, tcs.zone   | , expires interval, original timestamp, zone tcs.zone
@ timestamp   | timestamp_date                | , date, tcs.zone                  | , expires date, zone tcs.zone
@ timestamp   | timestamp_date_original       | , date, timestamp, tcs.zone       | , expires date, original timestamp, zone tcs.zone
@ timestamptz | timestamptz                   | , tcs.zone                        | , zone tcs.zone
@ timestamptz | timestamptz_interval          | , interval, tcs.zone              | , expires interval, zone tcs.zone
@ timestamptz | timestamptz_interval_original | , interval, timestamptz, tcs.zone | , expires interval, original timestamptz, zone tcs.zone
@ timestamptz | timestamptz_date              | , date, tcs.zone                  | , expires date, zone tcs.zone
@ timestamptz | timestamptz_date_original     | , date, timestamptz, tcs.zone     | , expires date, original timestamptz, zone tcs.zone
CREATE FUNCTION tcs_internal.points_trans(internal, @at@, numeric, date@rest@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_points_@types@';
COMMENT ON FUNCTION tcs_internal.points_trans(internal, @at@, numeric, date@rest@) IS
'transition function of the aggregate points';

CREATE AGGREGATE tcs.points(at @at@, amount numeric, as_of date@named@) (
	SFUNC = tcs_internal.points_trans,
	STYPE = internal,
	SSPACE = 136,
	FINALFUNC = tcs_internal.points_final,
	COMBINEFUNC = tcs_internal.points_combine,
	SERIALFUNC = tcs_internal.points_serial,
	DESERIALFUNC = tcs_internal.points_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.points(@at@, numeric, date@rest@) IS
'points of one customer of a loyalty programme at the end of the day as_of. points(at, amount, as_of[, expires[, \
original]][, zone]): amount above 0 was earned, below 0 used. expires: how long points last, in whole days or months, or \
the first day without them; without it, and where it is NULL, they last for ever. What expires first is used first, \
of that the oldest; what is used beyond the balance is a debt, which later points pay. original: when the row was that this one \
takes back, or NULL. Fewer than 0 points cancel what was earned on that day (what is left of it or has expired, and others where it was \
used); more than 0 give back what was used on that day, which expires as it would have; a term counts from original. The \
rows of a day are one step: earned, cancelled, used, given back. zone, needed for timestamptz and without \
effect otherwise, names the time zone whose days count. Exact, and never NULL. at or amount NULL, at after as_of: no row. \
Errors: as_of NULL; as_of or zone changing within a group; infinite at; expires with a part of a day; original after at; NaN, \
infinity and amounts of more than 18 digits, decimals included; more than 26 million rows in a group';
@end

-- What is not taken: an error that says what to type.

@each types
@ "any", "any", "any"
@ "any", "any", "any", "any"
@ "any", "any", "any", "any", "any"
@ "any", "any", "any", "any", "any", "any"
CREATE FUNCTION tcs_internal.points_refused(internal, @types@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_points_refused';
COMMENT ON FUNCTION tcs_internal.points_refused(internal, @types@) IS
'transition function of the aggregate points that takes anything: an error';

CREATE AGGREGATE tcs.points(@types@) (
	SFUNC = tcs_internal.points_refused,
	STYPE = internal,
	SSPACE = 136,
	FINALFUNC = tcs_internal.points_final,
	COMBINEFUNC = tcs_internal.points_combine,
	SERIALFUNC = tcs_internal.points_serial,
	DESERIALFUNC = tcs_internal.points_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.points(@types@) IS
'an error that says which argument is of a wrong type or missing';
@end
