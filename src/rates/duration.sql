-- duration: how long cases take, some of which are still open.
--
-- Who counts closed cases only finds that the newest ones were the quickest, as
-- the slow ones of them are open yet; who counts open ones as if they were closed
-- now finds times that are too short, too.  An open case takes at least as long as
-- it has been open.  The estimate of Kaplan and Meier (1958) uses just that.
--
-- The order of the rows and the number of workers never show.  Frames that move
-- are computed anew for each row.

CREATE TYPE tcs.duration AS (
	n bigint,
	closed bigint,
	open bigint,
	oldest_open interval,
	median interval,
	low interval,
	high interval,
	p90 interval,
	p90_low interval,
	p90_high interval,
	within double precision,
	within_low double precision,
	within_high double precision
);
COMMENT ON TYPE tcs.duration IS
'how long cases take, and how sure that is; times in days of 24 hours';
COMMENT ON COLUMN tcs.duration.n IS
'cases that were opened';
COMMENT ON COLUMN tcs.duration.closed IS
'of them those that were closed';
COMMENT ON COLUMN tcs.duration.open IS
'of them those that are open';
COMMENT ON COLUMN tcs.duration.oldest_open IS
'age of the oldest open case; NULL where none is open';
COMMENT ON COLUMN tcs.duration.median IS
'time within which half of all cases are closed; NULL while less than half are';
COMMENT ON COLUMN tcs.duration.low IS
'lower limit of the interval of 95 percent for the median; NULL where the cases do not tell';
COMMENT ON COLUMN tcs.duration.high IS
'upper limit of the interval of 95 percent for the median; NULL where the cases do not tell: it may be any longer time';
COMMENT ON COLUMN tcs.duration.p90 IS
'time within which 90 percent of all cases are closed; NULL while fewer are';
COMMENT ON COLUMN tcs.duration.p90_low IS
'lower limit of the interval of 95 percent for p90; NULL where the cases do not tell';
COMMENT ON COLUMN tcs.duration.p90_high IS
'upper limit of the interval of 95 percent for p90; NULL where the cases do not tell';
COMMENT ON COLUMN tcs.duration.within IS
'share of the cases that are closed within the time that was asked for, from 0 to 1; NULL without one, and while no case is old enough to tell';
COMMENT ON COLUMN tcs.duration.within_low IS
'lower limit of the interval of 95 percent for that share';
COMMENT ON COLUMN tcs.duration.within_high IS
'upper limit of the interval of 95 percent for that share';

CREATE FUNCTION tcs_internal.duration_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_duration_combine';
COMMENT ON FUNCTION tcs_internal.duration_combine(internal, internal) IS
'combine function of the aggregate duration';

CREATE FUNCTION tcs_internal.duration_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_duration_serial';
COMMENT ON FUNCTION tcs_internal.duration_serial(internal) IS
'serialization function of the aggregate duration';

CREATE FUNCTION tcs_internal.duration_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_duration_deserial';
COMMENT ON FUNCTION tcs_internal.duration_deserial(bytea, internal) IS
'deserialization function of the aggregate duration';

CREATE FUNCTION tcs_internal.duration_final(internal) RETURNS tcs.duration
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50
	AS 'MODULE_PATHNAME', 'tcs_duration_final';
COMMENT ON FUNCTION tcs_internal.duration_final(internal) IS
'final function of the aggregate duration';

@each types, named, function
@ date, date, date                             | opened date, closed date, as_of date                                             | date
@ date, date, date, interval                   | opened date, closed date, as_of date, within interval                            | date
@ timestamp, timestamp, timestamp              | opened timestamp, closed timestamp, as_of timestamp                              | timestamp
@ timestamp, timestamp, timestamp, interval    | opened timestamp, closed timestamp, as_of timestamp, within interval             | timestamp
@ timestamptz, timestamptz, timestamptz        | opened timestamptz, closed timestamptz, as_of timestamptz                        | timestamp
@ timestamptz, timestamptz, timestamptz, interval | opened timestamptz, closed timestamptz, as_of timestamptz, within interval    | timestamp
@ interval, boolean                            | "time" interval, closed boolean                                                  | interval
@ interval, boolean, interval                  | "time" interval, closed boolean, within interval                                 | interval
CREATE FUNCTION tcs_internal.duration_trans(internal, @types@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_duration_@function@';
COMMENT ON FUNCTION tcs_internal.duration_trans(internal, @types@) IS
'transition function of the aggregate duration';

CREATE AGGREGATE tcs.duration(@named@) (
	SFUNC = tcs_internal.duration_trans,
	STYPE = internal,
	SSPACE = 256,
	FINALFUNC = tcs_internal.duration_final,
	COMBINEFUNC = tcs_internal.duration_combine,
	SERIALFUNC = tcs_internal.duration_serial,
	DESERIALFUNC = tcs_internal.duration_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.duration(@types@) IS
'how long cases take, until as_of: the median and the 90th percentile with intervals of 95 percent, and the share that is \
closed within a time. A case whose closed is NULL or after as_of is open: its time is at least its age. A row with opened NULL or \
after as_of is no case. as_of may differ between rows: how long each was watched. Or by the time that each took so far and whether \
it is closed; a row where one of them is NULL is no case. A day has 24 hours, a month 30.4375 days. Never NULL: without a case n is 0. Errors: closed before opened, a negative time, as_of NULL, infinite times, \
within NULL, negative or changing within a group, more cases than tcs.fit_memory holds (8 bytes each). Kaplan and Meier, 1958; limits of \
quantiles by Brookmeyer and Crowley, 1982, on the scale of log(-log S); those of the share by Rothman, 1978, which are Wilson''s \
where no case is open';
@end

-- What is not taken: an error that says what to type.

@each types
@ "any", "any"
@ "any", "any", "any"
@ "any", "any", "any", "any"
CREATE FUNCTION tcs_internal.duration_refused(internal, @types@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_duration_refused';
COMMENT ON FUNCTION tcs_internal.duration_refused(internal, @types@) IS
'transition function of the aggregate duration that takes anything: an error';

CREATE AGGREGATE tcs.duration(@types@) (
	SFUNC = tcs_internal.duration_refused,
	STYPE = internal,
	SSPACE = 256,
	FINALFUNC = tcs_internal.duration_final,
	COMBINEFUNC = tcs_internal.duration_combine,
	SERIALFUNC = tcs_internal.duration_serial,
	DESERIALFUNC = tcs_internal.duration_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.duration(@types@) IS
'an error that says which argument is of a wrong type or missing';
@end
