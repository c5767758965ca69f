-- Names of time zones and of calendar periods.
--
-- They are text, but without a collation: an argument of type text has one, and a
-- call that takes its collation from a constant is not sent to another machine by
-- postgres_fdw.  What they name is looked up where it is used.

@each type, what
@ zone   | the name of a time zone, such as Europe/Berlin: text without a collation, into which text turns by itself
@ period | the name of a calendar period, such as month: text without a collation, into which text turns by itself
CREATE TYPE tcs.@type@;

CREATE FUNCTION tcs_internal.@type@_in(name cstring) RETURNS tcs.@type@
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'textin';
COMMENT ON FUNCTION tcs_internal.@type@_in(cstring) IS
'input function of the type @type@';

CREATE FUNCTION tcs_internal.@type@_out(name tcs.@type@) RETURNS cstring
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'textout';
COMMENT ON FUNCTION tcs_internal.@type@_out(tcs.@type@) IS
'output function of the type @type@';

CREATE FUNCTION tcs_internal.@type@_recv(internal) RETURNS tcs.@type@
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'textrecv';
COMMENT ON FUNCTION tcs_internal.@type@_recv(internal) IS
'binary input function of the type @type@';

CREATE FUNCTION tcs_internal.@type@_send(name tcs.@type@) RETURNS bytea
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'textsend';
COMMENT ON FUNCTION tcs_internal.@type@_send(tcs.@type@) IS
'binary output function of the type @type@';

CREATE TYPE tcs.@type@ (
	INPUT = tcs_internal.@type@_in,
	OUTPUT = tcs_internal.@type@_out,
	RECEIVE = tcs_internal.@type@_recv,
	SEND = tcs_internal.@type@_send,
	LIKE = text,
	CATEGORY = 'S',
	COLLATABLE = false
);
COMMENT ON TYPE tcs.@type@ IS
'@what@';

CREATE CAST (text AS tcs.@type@) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (text AS tcs.@type@) IS
'any text; what it names is looked up where it is used';
CREATE CAST (varchar AS tcs.@type@) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (varchar AS tcs.@type@) IS
'any text; what it names is looked up where it is used';
CREATE CAST (tcs.@type@ AS text) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (tcs.@type@ AS text) IS
'the name';
@end
