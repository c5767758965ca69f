-- funnel: how far a customer came in a sequence of steps, and when.
--
-- Each row is an event: when, and which step of the funnel it is.  A chain begins
-- with an event of step 1 and has one of each step after it, in the order of time,
-- those at one instant in the order of their steps, and none later than `within`
-- after the first.  The result is the deepest chain; of equally deep ones the one
-- that begins first; and each of its steps is taken as early as can be.  It is an
-- array of the times, so cardinality() says how far the customer came.  Neither the
-- order of the rows nor the number of workers shows.
--
-- A day has 24 hours and a month 30.4375 days, so that no time zone and no setting
-- of the session is asked.  Of dates, whole days are counted.

CREATE FUNCTION tcs_internal.funnel_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_combine';
COMMENT ON FUNCTION tcs_internal.funnel_combine(internal, internal) IS
'combine function of the aggregate funnel';

CREATE FUNCTION tcs_internal.funnel_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_serial';
COMMENT ON FUNCTION tcs_internal.funnel_serial(internal) IS
'serialization function of the aggregate funnel';

CREATE FUNCTION tcs_internal.funnel_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_deserial';
COMMENT ON FUNCTION tcs_internal.funnel_deserial(bytea, internal) IS
'deserialization function of the aggregate funnel';

CREATE FUNCTION tcs_internal.funnel_trans(internal, date, integer, interval) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_trans_date';
COMMENT ON FUNCTION tcs_internal.funnel_trans(internal, date, integer, interval) IS
'transition function of the aggregate funnel';

CREATE FUNCTION tcs_internal.funnel_date_final(internal) RETURNS date[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_funnel_final_date';
COMMENT ON FUNCTION tcs_internal.funnel_date_final(internal) IS
'final function of the aggregate funnel of dates';

CREATE AGGREGATE tcs.funnel(date, integer, interval) (
	SFUNC = tcs_internal.funnel_trans,
	STYPE = internal,
	SSPACE = 136,
	FINALFUNC = tcs_internal.funnel_date_final,
	COMBINEFUNC = tcs_internal.funnel_combine,
	SERIALFUNC = tcs_internal.funnel_serial,
	DESERIALFUNC = tcs_internal.funnel_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.funnel(date, integer, interval) IS
'how far a customer came, funnel(at, step, within): days of the steps 1, 2, ... of the deepest chain that a step 1 began and that was over within so many whole days after it; of equally deep ones the first, each step as early as can be; events at one day in the order of their steps. cardinality() is the deepest step. {} where step 1 never happened; NULL without a row. at NULL or step NULL: no event. within: a day has 24 hours, a month 30.4375 days; zero is allowed. Errors: step below 1 or above 100, infinite at, within NULL, negative or changing within a group, more than 59 million events in a group';

CREATE FUNCTION tcs_internal.funnel_trans(internal, timestamp, integer, interval) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_trans_timestamp';
COMMENT ON FUNCTION tcs_internal.funnel_trans(internal, timestamp, integer, interval) IS
'transition function of the aggregate funnel';

CREATE FUNCTION tcs_internal.funnel_timestamp_final(internal) RETURNS timestamp[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_funnel_final_timestamp';
COMMENT ON FUNCTION tcs_internal.funnel_timestamp_final(internal) IS
'final function of the aggregate funnel of timestamp';

CREATE AGGREGATE tcs.funnel(timestamp, integer, interval) (
	SFUNC = tcs_internal.funnel_trans,
	STYPE = internal,
	SSPACE = 136,
	FINALFUNC = tcs_internal.funnel_timestamp_final,
	COMBINEFUNC = tcs_internal.funnel_combine,
	SERIALFUNC = tcs_internal.funnel_serial,
	DESERIALFUNC = tcs_internal.funnel_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.funnel(timestamp, integer, interval) IS
'how far a customer came, funnel(at, step, within): times of the steps 1, 2, ... of the deepest chain that a step 1 began and that was over within that time after it; of equally deep ones the first, each step as early as can be; events at one instant in the order of their steps. cardinality() is the deepest step. {} where step 1 never happened; NULL without a row. at NULL or step NULL: no event. within: a day has 24 hours, a month 30.4375 days; zero is allowed. Errors: step below 1 or above 100, infinite at, within NULL, negative or changing within a group, more than 59 million events in a group';

CREATE FUNCTION tcs_internal.funnel_trans(internal, timestamptz, integer, interval) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_trans_timestamp';
COMMENT ON FUNCTION tcs_internal.funnel_trans(internal, timestamptz, integer, interval) IS
'transition function of the aggregate funnel';

CREATE FUNCTION tcs_internal.funnel_timestamptz_final(internal) RETURNS timestamptz[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_funnel_final_timestamptz';
COMMENT ON FUNCTION tcs_internal.funnel_timestamptz_final(internal) IS
'final function of the aggregate funnel of timestamptz';

CREATE AGGREGATE tcs.funnel(timestamptz, integer, interval) (
	SFUNC = tcs_internal.funnel_trans,
	STYPE = internal,
	SSPACE = 136,
	FINALFUNC = tcs_internal.funnel_timestamptz_final,
	COMBINEFUNC = tcs_internal.funnel_combine,
	SERIALFUNC = tcs_internal.funnel_serial,
	DESERIALFUNC = tcs_internal.funnel_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.funnel(timestamptz, integer, interval) IS
'how far a customer came, funnel(at, step, within): times of the steps 1, 2, ... of the deepest chain that a step 1 began and that was over within that time after it; of equally deep ones the first, each step as early as can be; events at one instant in the order of their steps. cardinality() is the deepest step. {} where step 1 never happened; NULL without a row. at NULL or step NULL: no event. within: a day has 24 hours, a month 30.4375 days; zero is allowed. Errors: step below 1 or above 100, infinite at, within NULL, negative or changing within a group, more than 59 million events in a group';

-- What the funnels of many customers add up to.

CREATE TYPE tcs.funnel_step AS (
	step integer,
	customers bigint,
	share_of_first double precision,
	share_of_previous double precision,
	median_time interval
);
COMMENT ON TYPE tcs.funnel_step IS
'how many customers came to a step of a funnel';
COMMENT ON COLUMN tcs.funnel_step.step IS
'number of the step, from 1';
COMMENT ON COLUMN tcs.funnel_step.customers IS
'customers who came to that step at least';
COMMENT ON COLUMN tcs.funnel_step.share_of_first IS
'of the customers who began';
COMMENT ON COLUMN tcs.funnel_step.share_of_previous IS
'of the customers who came to the step before; NULL for the first step';
COMMENT ON COLUMN tcs.funnel_step.median_time IS
'median of the time from the first step to this one, in days of 24 hours; the mean of the middle two, in whole microseconds, where they are even';

CREATE FUNCTION tcs_internal.funnel_steps_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_funnel_steps_combine';
COMMENT ON FUNCTION tcs_internal.funnel_steps_combine(internal, internal) IS
'combine function of the aggregate funnel_steps';

CREATE FUNCTION tcs_internal.funnel_steps_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_funnel_steps_serial';
COMMENT ON FUNCTION tcs_internal.funnel_steps_serial(internal) IS
'serialization function of the aggregate funnel_steps';

CREATE FUNCTION tcs_internal.funnel_steps_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_funnel_steps_deserial';
COMMENT ON FUNCTION tcs_internal.funnel_steps_deserial(bytea, internal) IS
'deserialization function of the aggregate funnel_steps';

CREATE FUNCTION tcs_internal.funnel_steps_final(internal) RETURNS tcs.funnel_step[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_funnel_steps_final';
COMMENT ON FUNCTION tcs_internal.funnel_steps_final(internal) IS
'final function of the aggregate funnel_steps';

CREATE FUNCTION tcs_internal.funnel_steps_trans(internal, date[]) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_steps_trans_date';
COMMENT ON FUNCTION tcs_internal.funnel_steps_trans(internal, date[]) IS
'transition function of the aggregate funnel_steps';

CREATE AGGREGATE tcs.funnel_steps(date[]) (
	SFUNC = tcs_internal.funnel_steps_trans,
	STYPE = internal,
	SSPACE = 2512,
	FINALFUNC = tcs_internal.funnel_steps_final,
	COMBINEFUNC = tcs_internal.funnel_steps_combine,
	SERIALFUNC = tcs_internal.funnel_steps_serial,
	DESERIALFUNC = tcs_internal.funnel_steps_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.funnel_steps(date[]) IS
'how many customers came how far, funnel_steps(funnel): for each step to the deepest that anybody reached its customers, what share of those who began and of those at the step before they are, and the median of the time it took from the first step; unnest shows it as rows. NULL and empty funnels have not begun and do not count. NULL where nobody began. Errors: arrays that tcs.funnel cannot have made, more times than tcs.fit_memory holds (8 bytes a step after the first)';

CREATE FUNCTION tcs_internal.funnel_steps_trans(internal, timestamp[]) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_steps_trans_timestamp';
COMMENT ON FUNCTION tcs_internal.funnel_steps_trans(internal, timestamp[]) IS
'transition function of the aggregate funnel_steps';

CREATE AGGREGATE tcs.funnel_steps(timestamp[]) (
	SFUNC = tcs_internal.funnel_steps_trans,
	STYPE = internal,
	SSPACE = 2512,
	FINALFUNC = tcs_internal.funnel_steps_final,
	COMBINEFUNC = tcs_internal.funnel_steps_combine,
	SERIALFUNC = tcs_internal.funnel_steps_serial,
	DESERIALFUNC = tcs_internal.funnel_steps_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.funnel_steps(timestamp[]) IS
'how many customers came how far, funnel_steps(funnel): for each step to the deepest that anybody reached its customers, what share of those who began and of those at the step before they are, and the median of the time it took from the first step; unnest shows it as rows. NULL and empty funnels have not begun and do not count. NULL where nobody began. Errors: arrays that tcs.funnel cannot have made, more times than tcs.fit_memory holds (8 bytes a step after the first)';

CREATE FUNCTION tcs_internal.funnel_steps_trans(internal, timestamptz[]) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_steps_trans_timestamp';
COMMENT ON FUNCTION tcs_internal.funnel_steps_trans(internal, timestamptz[]) IS
'transition function of the aggregate funnel_steps';

CREATE AGGREGATE tcs.funnel_steps(timestamptz[]) (
	SFUNC = tcs_internal.funnel_steps_trans,
	STYPE = internal,
	SSPACE = 2512,
	FINALFUNC = tcs_internal.funnel_steps_final,
	COMBINEFUNC = tcs_internal.funnel_steps_combine,
	SERIALFUNC = tcs_internal.funnel_steps_serial,
	DESERIALFUNC = tcs_internal.funnel_steps_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.funnel_steps(timestamptz[]) IS
'how many customers came how far, funnel_steps(funnel): for each step to the deepest that anybody reached its customers, what share of those who began and of those at the step before they are, and the median of the time it took from the first step; unnest shows it as rows. NULL and empty funnels have not begun and do not count. NULL where nobody began. Errors: arrays that tcs.funnel cannot have made, more times than tcs.fit_memory holds (8 bytes a step after the first)';
