-- Calls with what is not taken: an error that says what to type.
--
-- No argument of these matches better than any of the others, so that they are
-- called only where nothing else could be.

@each aggregate, types
@ purchase_history | "any", "any", "any"
@ purchase_history | "any", "any", "any", "any"
@ holdout          | "any", "any", "any"
@ holdout          | "any", "any", "any", "any"
@ holdout          | "any", "any", "any", "any", "any"
CREATE FUNCTION tcs_internal.@aggregate@_refused(internal, @types@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_@aggregate@_refused';
COMMENT ON FUNCTION tcs_internal.@aggregate@_refused(internal, @types@) IS
'transition function of the aggregate @aggregate@ that takes anything: an error';

CREATE AGGREGATE tcs.@aggregate@(@types@) (
	SFUNC = tcs_internal.@aggregate@_refused,
	STYPE = internal,
	SSPACE = 128,
	FINALFUNC = tcs_internal.@aggregate@_final,
	COMBINEFUNC = tcs_internal.@aggregate@_combine,
	SERIALFUNC = tcs_internal.@aggregate@_serial,
	DESERIALFUNC = tcs_internal.@aggregate@_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.@aggregate@(@types@) IS
'an error that says which argument is of a wrong type or missing';
@end
