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

-- Steps by name, events that can be several steps, conditions between the steps,
-- and windows that are over: the same, from the events' names and what steps says.
-- An event of a name that can be several steps, and one with several names, takes
-- one of them.  What lies at the instant of a step is not between it and another.

CREATE FUNCTION tcs_internal.funnel_named_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_named_combine';
COMMENT ON FUNCTION tcs_internal.funnel_named_combine(internal, internal) IS
'combine function of the aggregate funnel of more than three arguments';

CREATE FUNCTION tcs_internal.funnel_named_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_named_serial';
COMMENT ON FUNCTION tcs_internal.funnel_named_serial(internal) IS
'serialization function of the aggregate funnel of more than three arguments';

CREATE FUNCTION tcs_internal.funnel_named_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_named_deserial';
COMMENT ON FUNCTION tcs_internal.funnel_named_deserial(bytea, internal) IS
'deserialization function of the aggregate funnel of more than three arguments';

@each at
@ date
@ timestamp
@ timestamptz
CREATE FUNCTION tcs_internal.funnel_named_@at@_final(internal) RETURNS @at@[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_funnel_named_final_@at@';
COMMENT ON FUNCTION tcs_internal.funnel_named_@at@_final(internal) IS
'final function of the aggregate funnel of more than three arguments';
@end

@each at, state, step, form, as_of, as_of_name
@ date        | date      | integer   | numbered | , date        | , as_of
@ date        | date      | integer[] | numbers  |               |
@ date        | date      | integer[] | numbers  | , date        | , as_of
@ timestamp   | timestamp | integer   | numbered | , timestamp   | , as_of
@ timestamp   | timestamp | integer[] | numbers  |               |
@ timestamp   | timestamp | integer[] | numbers  | , timestamp   | , as_of
@ timestamptz | timestamp | integer   | numbered | , timestamptz | , as_of
@ timestamptz | timestamp | integer[] | numbers  |               |
@ timestamptz | timestamp | integer[] | numbers  | , timestamptz | , as_of
CREATE FUNCTION tcs_internal.funnel_named_trans(internal, @at@, @step@, interval@as_of@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_@form@_@state@';
COMMENT ON FUNCTION tcs_internal.funnel_named_trans(internal, @at@, @step@, interval@as_of@) IS
'transition function of the aggregate funnel of more than three arguments';

CREATE AGGREGATE tcs.funnel(@at@, @step@, interval@as_of@) (
	SFUNC = tcs_internal.funnel_named_trans,
	STYPE = internal,
	SSPACE = 136,
	FINALFUNC = tcs_internal.funnel_named_@at@_final,
	COMBINEFUNC = tcs_internal.funnel_named_combine,
	SERIALFUNC = tcs_internal.funnel_named_serial,
	DESERIALFUNC = tcs_internal.funnel_named_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.funnel(@at@, @step@, interval@as_of@) IS
'how far a customer came, funnel(at, step, within@as_of_name@): the times that funnel(at, step, within) \
gives of numbered steps. step: the number of the step, or an array of all the steps that the event can \
be, of which it takes one, so that no event is two steps; in it NULL is no step. as_of: chains count whose \
window was over by then, within after their first step; NULL: all. Errors: those of numbered steps, an \
array of several dimensions, as_of infinite or changing within a group';
@end

@each at, state, step, form, as_of, as_of_name
@ date        | date      | text   | named |               |
@ date        | date      | text   | named | , date        | , as_of
@ date        | date      | text[] | names |               |
@ date        | date      | text[] | names | , date        | , as_of
@ timestamp   | timestamp | text   | named |               |
@ timestamp   | timestamp | text   | named | , timestamp   | , as_of
@ timestamp   | timestamp | text[] | names |               |
@ timestamp   | timestamp | text[] | names | , timestamp   | , as_of
@ timestamptz | timestamp | text   | named |               |
@ timestamptz | timestamp | text   | named | , timestamptz | , as_of
@ timestamptz | timestamp | text[] | names |               |
@ timestamptz | timestamp | text[] | names | , timestamptz | , as_of
CREATE FUNCTION tcs_internal.funnel_named_trans(internal, @at@, @step@, text[], interval@as_of@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_@form@_@state@';
COMMENT ON FUNCTION tcs_internal.funnel_named_trans(internal, @at@, @step@, text[], interval@as_of@) IS
'transition function of the aggregate funnel of more than three arguments';

CREATE AGGREGATE tcs.funnel(@at@, @step@, text[], interval@as_of@) (
	SFUNC = tcs_internal.funnel_named_trans,
	STYPE = internal,
	SSPACE = 136,
	FINALFUNC = tcs_internal.funnel_named_@at@_final,
	COMBINEFUNC = tcs_internal.funnel_named_combine,
	SERIALFUNC = tcs_internal.funnel_named_serial,
	DESERIALFUNC = tcs_internal.funnel_named_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.funnel(@at@, @step@, text[], interval@as_of@) IS
'how far a customer came by steps with names, funnel(at, step, steps, within@as_of_name@): the times of the \
deepest chain whose first event is the first of steps, with one event for each step after it, none \
earlier than the one before and none later than within after the first; of equally deep chains the \
first, each step as early as can be. cardinality() is the deepest step. step: the name of the event, or \
an array of the names it has; it takes one step only, also where a name is there twice in steps. steps: \
the names in order, and after a name conditions on what lies between its event and the next step''s: \
!name: no event of that name; !*: none but of these two steps; !: none at all; <= 1 hour, <, >=, > with \
a time: how long it may be or must be; >: not at the same instant. A backslash makes a name of what \
follows it. What is at the instant of a step is not between; a row with step NULL is no event. as_of: \
chains count whose window was over by then, within after their first step; NULL: all. {} where none \
began; NULL without a row. A day has 24 hours, a month 30.4375 days; of dates, whole days are counted. \
Errors: steps NULL, empty, with NULL in it, more than 100 steps or 126 names, a condition before the \
first step or after the last, that is none or that leaves no time; infinite at or as_of, within NULL or \
negative; steps, within or as_of changing within a group; more than 59 million events in a group';
@end

-- What is not taken: an error that says what to type.

@each any
@ "any", "any", "any"
@ "any", "any", "any", "any"
@ "any", "any", "any", "any", "any"
CREATE FUNCTION tcs_internal.funnel_refused(internal, @any@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_refused';
COMMENT ON FUNCTION tcs_internal.funnel_refused(internal, @any@) IS
'transition function of the aggregate funnel that takes anything: an error';

CREATE AGGREGATE tcs.funnel(@any@) (
	SFUNC = tcs_internal.funnel_refused,
	STYPE = internal,
	SSPACE = 136,
	FINALFUNC = tcs_internal.funnel_timestamp_final,
	COMBINEFUNC = tcs_internal.funnel_combine,
	SERIALFUNC = tcs_internal.funnel_serial,
	DESERIALFUNC = tcs_internal.funnel_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.funnel(@any@) IS
'an error that says which argument is of a wrong type';
@end

-- What the funnels of many customers add up to.

CREATE TYPE tcs.funnel_step AS (
	step integer,
	name text,
	customers bigint,
	share_of_first double precision,
	share_of_previous double precision,
	q1_time interval,
	median_time interval,
	q3_time interval,
	q1_step_time interval,
	median_step_time interval,
	q3_step_time interval
);
COMMENT ON TYPE tcs.funnel_step IS
'how many customers came to a step of a funnel';
COMMENT ON COLUMN tcs.funnel_step.step IS
'number of the step, from 1';
COMMENT ON COLUMN tcs.funnel_step.name IS
'name of the step; NULL where the steps were not given';
COMMENT ON COLUMN tcs.funnel_step.customers IS
'customers who came to that step at least';
COMMENT ON COLUMN tcs.funnel_step.share_of_first IS
'of the customers who began; NULL where nobody did';
COMMENT ON COLUMN tcs.funnel_step.share_of_previous IS
'of the customers who came to the step before; NULL for the first step, and where nobody came to the one before';
COMMENT ON COLUMN tcs.funnel_step.q1_time IS
'lower quartile of the time from the first step to this one';
COMMENT ON COLUMN tcs.funnel_step.median_time IS
'median of the time from the first step to this one, in days of 24 hours; between two times as percentile_cont has it, in whole microseconds; NULL where nobody came';
COMMENT ON COLUMN tcs.funnel_step.q3_time IS
'upper quartile of the time from the first step to this one';
COMMENT ON COLUMN tcs.funnel_step.q1_step_time IS
'lower quartile of the time from the step before to this one';
COMMENT ON COLUMN tcs.funnel_step.median_step_time IS
'median of the time from the step before to this one; NULL for the first step';
COMMENT ON COLUMN tcs.funnel_step.q3_step_time IS
'upper quartile of the time from the step before to this one';

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

@each at, state, steps, steps_name, rows, none, error
@ date        | date      |          |         | to the deepest that anybody reached                      | NULL where nobody began |
@ timestamp   | timestamp |          |         | to the deepest that anybody reached                      | NULL where nobody began |
@ timestamptz | timestamp |          |         | to the deepest that anybody reached                      | NULL where nobody began |
@ date        | date      | , text[] | , steps | of steps, which is what funnel was given, with its name, | NULL without a row | , steps that are none or change within a group
@ timestamp   | timestamp | , text[] | , steps | of steps, which is what funnel was given, with its name, | NULL without a row | , steps that are none or change within a group
@ timestamptz | timestamp | , text[] | , steps | of steps, which is what funnel was given, with its name, | NULL without a row | , steps that are none or change within a group
CREATE FUNCTION tcs_internal.funnel_steps_trans(internal, @at@[]@steps@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_funnel_steps_trans_@state@';
COMMENT ON FUNCTION tcs_internal.funnel_steps_trans(internal, @at@[]@steps@) IS
'transition function of the aggregate funnel_steps';

CREATE AGGREGATE tcs.funnel_steps(@at@[]@steps@) (
	SFUNC = tcs_internal.funnel_steps_trans,
	STYPE = internal,
	SSPACE = 4912,
	FINALFUNC = tcs_internal.funnel_steps_final,
	COMBINEFUNC = tcs_internal.funnel_steps_combine,
	SERIALFUNC = tcs_internal.funnel_steps_serial,
	DESERIALFUNC = tcs_internal.funnel_steps_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.funnel_steps(@at@[]@steps@) IS
'how many customers came how far, funnel_steps(funnel@steps_name@): for each step @rows@ its \
customers, what share of those who began and of those at the step before they are, and the median and \
the quartiles of the time it took from the first step and from the one before; unnest shows it as rows. \
NULL and empty funnels have not begun and do not count. @none@. Errors: arrays that tcs.funnel cannot \
have made@error@, more times than tcs.fit_memory holds (16 bytes a step after the first)';
@end
