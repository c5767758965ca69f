-- What learners learn from: rows of any shape, collected alike for all of them.

CREATE FUNCTION tcs_internal.features_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_features_combine';
COMMENT ON FUNCTION tcs_internal.features_combine(internal, internal) IS
'combine function of the aggregates that learn from rows';

CREATE FUNCTION tcs_internal.features_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_features_serial';
COMMENT ON FUNCTION tcs_internal.features_serial(internal) IS
'serialization function of the aggregates that learn from rows';

CREATE FUNCTION tcs_internal.features_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_features_deserial';
COMMENT ON FUNCTION tcs_internal.features_deserial(bytea, internal) IS
'deserialization function of the aggregates that learn from rows';
