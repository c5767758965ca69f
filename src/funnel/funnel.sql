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

@each at, state, times, span, moment, kind
@ date        | date      | days  | so many whole days | day     | dates
@ timestamp   | timestamp | times | that time          | instant | timestamp
@ timestamptz | timestamp | times | that time          | instant | timestamptz
CREATE FUNCTION tcs_internal.funnel_trans(internal, @at@, integer, interval) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_trans_@state@';
COMMENT ON FUNCTION tcs_internal.funnel_trans(internal, @at@, integer, interval) IS
'transition function of the aggregate funnel';

CREATE FUNCTION tcs_internal.funnel_@at@_final(internal) RETURNS @at@[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_funnel_final_@at@';
COMMENT ON FUNCTION tcs_internal.funnel_@at@_final(internal) IS
'final function of the aggregate funnel of @kind@';

CREATE AGGREGATE tcs.funnel(@at@, integer, interval) (
	SFUNC = tcs_internal.funnel_trans,
	STYPE = internal,
	SSPACE = 136,
	FINALFUNC = tcs_internal.funnel_@at@_final,
	COMBINEFUNC = tcs_internal.funnel_combine,
	SERIALFUNC = tcs_internal.funnel_serial,
	DESERIALFUNC = tcs_internal.funnel_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.funnel(@at@, integer, interval) IS
'how far a customer came, funnel(at, step, within): @times@ of the steps 1, 2, ... of the deepest \
chain that a step 1 began and that was over within @span@ after it; of equally deep ones the first, \
each step as early as can be; events at one @moment@ in the order of their steps. cardinality() is \
the deepest step. {} where step 1 never happened; NULL without a row. at NULL or step NULL: no \
event. within: a day has 24 hours, a month 30.4375 days; zero is allowed. Errors: step below 1 or \
above 100, infinite at, within NULL, negative or changing within a group, more than 59 million \
events in a group';
@end

-- What is not taken: an error that says what to type.

CREATE FUNCTION tcs_internal.funnel_refused(internal, "any", "any", "any") RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_refused';
COMMENT ON FUNCTION tcs_internal.funnel_refused(internal, "any", "any", "any") IS
'transition function of the aggregate funnel that takes anything: an error';

CREATE AGGREGATE tcs.funnel("any", "any", "any") (
	SFUNC = tcs_internal.funnel_refused,
	STYPE = internal,
	SSPACE = 136,
	FINALFUNC = tcs_internal.funnel_timestamp_final,
	COMBINEFUNC = tcs_internal.funnel_combine,
	SERIALFUNC = tcs_internal.funnel_serial,
	DESERIALFUNC = tcs_internal.funnel_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.funnel("any", "any", "any") IS
'an error that says which argument is of a wrong type';

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

@each at, state
@ date        | date
@ timestamp   | timestamp
@ timestamptz | timestamp
CREATE FUNCTION tcs_internal.funnel_steps_trans(internal, @at@[]) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_steps_trans_@state@';
COMMENT ON FUNCTION tcs_internal.funnel_steps_trans(internal, @at@[]) IS
'transition function of the aggregate funnel_steps';

CREATE AGGREGATE tcs.funnel_steps(@at@[]) (
	SFUNC = tcs_internal.funnel_steps_trans,
	STYPE = internal,
	SSPACE = 2512,
	FINALFUNC = tcs_internal.funnel_steps_final,
	COMBINEFUNC = tcs_internal.funnel_steps_combine,
	SERIALFUNC = tcs_internal.funnel_steps_serial,
	DESERIALFUNC = tcs_internal.funnel_steps_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.funnel_steps(@at@[]) IS
'how many customers came how far, funnel_steps(funnel): for each step to the deepest that anybody \
reached its customers, what share of those who began and of those at the step before they are, and \
the median of the time it took from the first step; unnest shows it as rows. NULL and empty funnels \
have not begun and do not count. NULL where nobody began. Errors: arrays that tcs.funnel cannot have \
made, more times than tcs.fit_memory holds (8 bytes a step after the first)';
@end
