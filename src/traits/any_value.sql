-- first, last: the value of the earliest and of the latest row.  most_frequent,
-- count_distinct: the value that comes most often, and how many there are.
--
-- The server has these, too: (array_agg(value ORDER BY at))[1], mode() and
-- count(DISTINCT).  They sort each group, and keep the whole query from running in
-- parallel and by hashing; these do not.

@each which, state, at, moment, earliest
@ first | first_date | date        | day     | earliest
@ first | first      | timestamp   | instant | earliest
@ first | first      | timestamptz | instant | earliest
@ last  | last_date  | date        | day     | latest
@ last  | last       | timestamp   | instant | latest
@ last  | last       | timestamptz | instant | latest
CREATE FUNCTION tcs_internal.@which@_trans(internal, anyelement, @at@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_@state@_trans';
COMMENT ON FUNCTION tcs_internal.@which@_trans(internal, anyelement, @at@) IS
'transition function of the aggregate @which@';
@end

CREATE FUNCTION tcs_internal.first_last_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_first_last_combine';
COMMENT ON FUNCTION tcs_internal.first_last_combine(internal, internal) IS
'combine function of the aggregates first and last';

CREATE FUNCTION tcs_internal.first_last_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_first_last_serial';
COMMENT ON FUNCTION tcs_internal.first_last_serial(internal) IS
'serialization function of the aggregates first and last';

CREATE FUNCTION tcs_internal.first_last_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_first_last_deserial';
COMMENT ON FUNCTION tcs_internal.first_last_deserial(bytea, internal) IS
'deserialization function of the aggregates first and last';

@each at
@ date
@ timestamp
@ timestamptz
CREATE FUNCTION tcs_internal.first_last_final(internal, anyelement, @at@) RETURNS anyelement
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_first_last_final';
COMMENT ON FUNCTION tcs_internal.first_last_final(internal, anyelement, @at@) IS
'final function of the aggregates first and last';
@end

@each which, at, moment, earliest
@ first | date        | day     | earliest
@ first | timestamp   | instant | earliest
@ first | timestamptz | instant | earliest
@ last  | date        | day     | latest
@ last  | timestamp   | instant | latest
@ last  | timestamptz | instant | latest
CREATE AGGREGATE tcs.@which@(anyelement, @at@) (
	SFUNC = tcs_internal.@which@_trans,
	STYPE = internal,
	SSPACE = 64,
	FINALFUNC = tcs_internal.first_last_final,
	FINALFUNC_EXTRA,
	COMBINEFUNC = tcs_internal.first_last_combine,
	SERIALFUNC = tcs_internal.first_last_serial,
	DESERIALFUNC = tcs_internal.first_last_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.@which@(anyelement, @at@) IS
'the value of the row with the @earliest@ @moment@, @which@(value, at); of several with that one the \
least value. Rows whose value or at is NULL do not count; NULL without one that does. Errors: values \
of a type without an order';
@end

CREATE FUNCTION tcs_internal.frequency_trans(internal, anyelement) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 3
	AS 'MODULE_PATHNAME', 'tcs_frequency_trans';
COMMENT ON FUNCTION tcs_internal.frequency_trans(internal, anyelement) IS
'transition function of the aggregates most_frequent and count_distinct';

CREATE FUNCTION tcs_internal.frequency_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_frequency_combine';
COMMENT ON FUNCTION tcs_internal.frequency_combine(internal, internal) IS
'combine function of the aggregates most_frequent and count_distinct';

CREATE FUNCTION tcs_internal.frequency_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_frequency_serial';
COMMENT ON FUNCTION tcs_internal.frequency_serial(internal) IS
'serialization function of the aggregates most_frequent and count_distinct';

CREATE FUNCTION tcs_internal.frequency_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_frequency_deserial';
COMMENT ON FUNCTION tcs_internal.frequency_deserial(bytea, internal) IS
'deserialization function of the aggregates most_frequent and count_distinct';

CREATE FUNCTION tcs_internal.most_frequent_final(internal, anyelement) RETURNS anyelement
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_most_frequent_final';
COMMENT ON FUNCTION tcs_internal.most_frequent_final(internal, anyelement) IS
'final function of the aggregate most_frequent';

CREATE FUNCTION tcs_internal.count_distinct_final(internal) RETURNS bigint
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_count_distinct_final';
COMMENT ON FUNCTION tcs_internal.count_distinct_final(internal) IS
'final function of the aggregate count_distinct';

CREATE AGGREGATE tcs.most_frequent(anyelement) (
	SFUNC = tcs_internal.frequency_trans,
	STYPE = internal,
	SSPACE = 160,
	FINALFUNC = tcs_internal.most_frequent_final,
	FINALFUNC_EXTRA,
	COMBINEFUNC = tcs_internal.frequency_combine,
	SERIALFUNC = tcs_internal.frequency_serial,
	DESERIALFUNC = tcs_internal.frequency_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.most_frequent(anyelement) IS
'the value that comes most often, of equally frequent ones the least; NULL is no value; NULL without one. Which it is does not depend on the order of the rows. Errors: values of a type without an order, more than 1073741824 different values in a group';

CREATE AGGREGATE tcs.count_distinct(anyelement) (
	SFUNC = tcs_internal.frequency_trans,
	STYPE = internal,
	SSPACE = 160,
	FINALFUNC = tcs_internal.count_distinct_final,
	COMBINEFUNC = tcs_internal.frequency_combine,
	SERIALFUNC = tcs_internal.frequency_serial,
	DESERIALFUNC = tcs_internal.frequency_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.count_distinct(anyelement) IS
'how many different values there are, as count(DISTINCT value), for many groups: groups are hashed, and workers take part; NULL is no value; 0 without one. Errors: values of a type without an order, more than 1073741824 different values in a group';

-- sessions: events with pauses of at most gap between them are one.

CREATE TYPE tcs.sessions AS (
	sessions bigint,
	events bigint,
	minutes double precision,
	longest_minutes double precision
);
COMMENT ON TYPE tcs.sessions IS
'how often somebody came, and for how long';
COMMENT ON COLUMN tcs.sessions.sessions IS
'how many sessions';
COMMENT ON COLUMN tcs.sessions.events IS
'how many events in all of them';
COMMENT ON COLUMN tcs.sessions.minutes IS
'from the first event of a session to its last, added up over the sessions; one of a single event has none';
COMMENT ON COLUMN tcs.sessions.longest_minutes IS
'the same of the longest session';

CREATE FUNCTION tcs_internal.sessions_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_sessions_combine';
COMMENT ON FUNCTION tcs_internal.sessions_combine(internal, internal) IS
'combine function of the aggregate sessions';

CREATE FUNCTION tcs_internal.sessions_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_sessions_serial';
COMMENT ON FUNCTION tcs_internal.sessions_serial(internal) IS
'serialization function of the aggregate sessions';

CREATE FUNCTION tcs_internal.sessions_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_sessions_deserial';
COMMENT ON FUNCTION tcs_internal.sessions_deserial(bytea, internal) IS
'deserialization function of the aggregate sessions';

CREATE FUNCTION tcs_internal.sessions_final(internal) RETURNS tcs.sessions
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_sessions_final';
COMMENT ON FUNCTION tcs_internal.sessions_final(internal) IS
'final function of the aggregate sessions';

@each at
@ timestamp
@ timestamptz
CREATE FUNCTION tcs_internal.sessions_trans(internal, @at@, interval) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_sessions_trans';
COMMENT ON FUNCTION tcs_internal.sessions_trans(internal, @at@, interval) IS
'transition function of the aggregate sessions';

CREATE AGGREGATE tcs.sessions(@at@, interval) (
	SFUNC = tcs_internal.sessions_trans,
	STYPE = internal,
	SSPACE = 160,
	FINALFUNC = tcs_internal.sessions_final,
	COMBINEFUNC = tcs_internal.sessions_combine,
	SERIALFUNC = tcs_internal.sessions_serial,
	DESERIALFUNC = tcs_internal.sessions_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.sessions(@at@, interval) IS
'how often somebody came and for how long, sessions(at, gap): events with pauses of at most gap \
between them are one session, and its length goes from the first to the last of them; at NULL is no \
event. A day of gap has 24 hours, a month 30.4375 days. The order of the rows does not show. NULL \
without a row. Errors: gap NULL, not positive or changing within a group, infinite at, more than \
536870912 sessions in a group';
@end
