-- Calls with what is not taken: an error that says what to type.
--
-- No argument of these matches better than any of the others, so that they are
-- called only where nothing else could be.

CREATE FUNCTION tcs_internal.purchase_history_refused(internal, "any", "any", "any") RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_refused';
COMMENT ON FUNCTION tcs_internal.purchase_history_refused(internal, "any", "any", "any") IS
'transition function of the aggregate purchase_history that takes anything: an error';

CREATE AGGREGATE tcs.purchase_history("any", "any", "any") (
	SFUNC = tcs_internal.purchase_history_refused,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.purchase_history_final,
	COMBINEFUNC = tcs_internal.purchase_history_combine,
	SERIALFUNC = tcs_internal.purchase_history_serial,
	DESERIALFUNC = tcs_internal.purchase_history_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_history("any", "any", "any") IS
'an error that says which argument is of a wrong type, or that a time zone is missing';

CREATE FUNCTION tcs_internal.purchase_history_refused(internal, "any", "any", "any", "any") RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_purchase_history_refused';
COMMENT ON FUNCTION tcs_internal.purchase_history_refused(internal, "any", "any", "any", "any") IS
'transition function of the aggregate purchase_history that takes anything: an error';

CREATE AGGREGATE tcs.purchase_history("any", "any", "any", "any") (
	SFUNC = tcs_internal.purchase_history_refused,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.purchase_history_final,
	COMBINEFUNC = tcs_internal.purchase_history_combine,
	SERIALFUNC = tcs_internal.purchase_history_serial,
	DESERIALFUNC = tcs_internal.purchase_history_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.purchase_history("any", "any", "any", "any") IS
'an error that says which argument is of a wrong type';

CREATE FUNCTION tcs_internal.holdout_refused(internal, "any", "any", "any") RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_refused';
COMMENT ON FUNCTION tcs_internal.holdout_refused(internal, "any", "any", "any") IS
'transition function of the aggregate holdout that takes anything: an error';

CREATE AGGREGATE tcs.holdout("any", "any", "any") (
	SFUNC = tcs_internal.holdout_refused,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout("any", "any", "any") IS
'an error that says which argument is of a wrong type or missing';

CREATE FUNCTION tcs_internal.holdout_refused(internal, "any", "any", "any", "any") RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_refused';
COMMENT ON FUNCTION tcs_internal.holdout_refused(internal, "any", "any", "any", "any") IS
'transition function of the aggregate holdout that takes anything: an error';

CREATE AGGREGATE tcs.holdout("any", "any", "any", "any") (
	SFUNC = tcs_internal.holdout_refused,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout("any", "any", "any", "any") IS
'an error that says which argument is of a wrong type or missing';

CREATE FUNCTION tcs_internal.holdout_refused(internal, "any", "any", "any", "any", "any") RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_holdout_refused';
COMMENT ON FUNCTION tcs_internal.holdout_refused(internal, "any", "any", "any", "any", "any") IS
'transition function of the aggregate holdout that takes anything: an error';

CREATE AGGREGATE tcs.holdout("any", "any", "any", "any", "any") (
	SFUNC = tcs_internal.holdout_refused,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.holdout_final,
	COMBINEFUNC = tcs_internal.holdout_combine,
	SERIALFUNC = tcs_internal.holdout_serial,
	DESERIALFUNC = tcs_internal.holdout_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.holdout("any", "any", "any", "any", "any") IS
'an error that says which argument is of a wrong type or missing';
