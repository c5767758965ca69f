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

-- They compare by their bytes, for DISTINCT and GROUP BY.
CREATE FUNCTION tcs_internal.@type@_lt(a tcs.@type@, b tcs.@type@) RETURNS boolean
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'bytealt';
COMMENT ON FUNCTION tcs_internal.@type@_lt(tcs.@type@, tcs.@type@) IS
'is one before the other, by their bytes';
CREATE FUNCTION tcs_internal.@type@_le(a tcs.@type@, b tcs.@type@) RETURNS boolean
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'byteale';
COMMENT ON FUNCTION tcs_internal.@type@_le(tcs.@type@, tcs.@type@) IS
'is one before the other, or the same, by their bytes';
CREATE FUNCTION tcs_internal.@type@_eq(a tcs.@type@, b tcs.@type@) RETURNS boolean
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'byteaeq';
COMMENT ON FUNCTION tcs_internal.@type@_eq(tcs.@type@, tcs.@type@) IS
'are both the same, by their bytes';
CREATE FUNCTION tcs_internal.@type@_ne(a tcs.@type@, b tcs.@type@) RETURNS boolean
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'byteane';
COMMENT ON FUNCTION tcs_internal.@type@_ne(tcs.@type@, tcs.@type@) IS
'do both differ, by their bytes';
CREATE FUNCTION tcs_internal.@type@_ge(a tcs.@type@, b tcs.@type@) RETURNS boolean
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'byteage';
COMMENT ON FUNCTION tcs_internal.@type@_ge(tcs.@type@, tcs.@type@) IS
'is one after the other, or the same, by their bytes';
CREATE FUNCTION tcs_internal.@type@_gt(a tcs.@type@, b tcs.@type@) RETURNS boolean
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'byteagt';
COMMENT ON FUNCTION tcs_internal.@type@_gt(tcs.@type@, tcs.@type@) IS
'is one after the other, by their bytes';
CREATE OPERATOR tcs_internal.< (
	FUNCTION = tcs_internal.@type@_lt, LEFTARG = tcs.@type@, RIGHTARG = tcs.@type@,
	COMMUTATOR = OPERATOR(tcs_internal.>), NEGATOR = OPERATOR(tcs_internal.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR tcs_internal.< (tcs.@type@, tcs.@type@) IS
'is one before the other, by their bytes';
CREATE OPERATOR tcs_internal.<= (
	FUNCTION = tcs_internal.@type@_le, LEFTARG = tcs.@type@, RIGHTARG = tcs.@type@,
	COMMUTATOR = OPERATOR(tcs_internal.>=), NEGATOR = OPERATOR(tcs_internal.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR tcs_internal.<= (tcs.@type@, tcs.@type@) IS
'is one before the other, or the same, by their bytes';
CREATE OPERATOR tcs_internal.= (
	FUNCTION = tcs_internal.@type@_eq, LEFTARG = tcs.@type@, RIGHTARG = tcs.@type@,
	COMMUTATOR = OPERATOR(tcs_internal.=), NEGATOR = OPERATOR(tcs_internal.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR tcs_internal.= (tcs.@type@, tcs.@type@) IS
'are both the same, by their bytes';
CREATE OPERATOR tcs_internal.<> (
	FUNCTION = tcs_internal.@type@_ne, LEFTARG = tcs.@type@, RIGHTARG = tcs.@type@,
	COMMUTATOR = OPERATOR(tcs_internal.<>), NEGATOR = OPERATOR(tcs_internal.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR tcs_internal.<> (tcs.@type@, tcs.@type@) IS
'do both differ, by their bytes';
CREATE OPERATOR tcs_internal.>= (
	FUNCTION = tcs_internal.@type@_ge, LEFTARG = tcs.@type@, RIGHTARG = tcs.@type@,
	COMMUTATOR = OPERATOR(tcs_internal.<=), NEGATOR = OPERATOR(tcs_internal.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR tcs_internal.>= (tcs.@type@, tcs.@type@) IS
'is one after the other, or the same, by their bytes';
CREATE OPERATOR tcs_internal.> (
	FUNCTION = tcs_internal.@type@_gt, LEFTARG = tcs.@type@, RIGHTARG = tcs.@type@,
	COMMUTATOR = OPERATOR(tcs_internal.<), NEGATOR = OPERATOR(tcs_internal.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR tcs_internal.> (tcs.@type@, tcs.@type@) IS
'is one after the other, by their bytes';
CREATE FUNCTION tcs_internal.@type@_cmp(a tcs.@type@, b tcs.@type@) RETURNS integer
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'byteacmp';
COMMENT ON FUNCTION tcs_internal.@type@_cmp(tcs.@type@, tcs.@type@) IS
'less than, equal to or greater than 0, by their bytes';
CREATE FUNCTION tcs_internal.@type@_hash(name tcs.@type@) RETURNS integer
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
	AS 'hashvarlena';
COMMENT ON FUNCTION tcs_internal.@type@_hash(tcs.@type@) IS
'a hash of the bytes';
CREATE OPERATOR CLASS tcs_internal.@type@_ops DEFAULT FOR TYPE tcs.@type@ USING btree AS
	OPERATOR 1 tcs_internal.<, OPERATOR 2 tcs_internal.<=, OPERATOR 3 tcs_internal.=,
	OPERATOR 4 tcs_internal.>=, OPERATOR 5 tcs_internal.>,
	FUNCTION 1 tcs_internal.@type@_cmp(tcs.@type@, tcs.@type@);
COMMENT ON OPERATOR CLASS tcs_internal.@type@_ops USING btree IS
'names by their bytes';
COMMENT ON OPERATOR FAMILY tcs_internal.@type@_ops USING btree IS
'names by their bytes';
CREATE OPERATOR CLASS tcs_internal.@type@_ops DEFAULT FOR TYPE tcs.@type@ USING hash AS
	OPERATOR 1 tcs_internal.=, FUNCTION 1 tcs_internal.@type@_hash(tcs.@type@);
COMMENT ON OPERATOR CLASS tcs_internal.@type@_ops USING hash IS
'names by their bytes';
COMMENT ON OPERATOR FAMILY tcs_internal.@type@_ops USING hash IS
'names by their bytes';
@end
