-- ABC: which customers make up the bulk of a total; and how unequal they are.
--
-- Customers are taken from the most valuable down.  With `above` the sum of the
-- values that are strictly greater, a customer is an A while above is less than
-- the first cut of the total, a B while it is less than the second, and so on.
-- So the customer that crosses a line belongs to the higher tier, the largest is
-- always an A, and equal customers share a tier.  A part of 1e-12 of the total is
-- taken off each line, so that a cut that is met exactly in decimal arithmetic is
-- met here.  Values of zero and below add nothing and are in the last tier.
--
-- Tiers are named A to Z, then AA, AB and on.

-- The state that abc_fit, gini and lorenz share.

CREATE FUNCTION tcs_internal.distribution_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_distribution_combine';
COMMENT ON FUNCTION tcs_internal.distribution_combine(internal, internal) IS
'combine function of the aggregates abc_fit, gini and lorenz';

CREATE FUNCTION tcs_internal.distribution_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_distribution_serial';
COMMENT ON FUNCTION tcs_internal.distribution_serial(internal) IS
'serialization function of the aggregates abc_fit, gini and lorenz';

CREATE FUNCTION tcs_internal.distribution_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_distribution_deserial';
COMMENT ON FUNCTION tcs_internal.distribution_deserial(bytea, internal) IS
'deserialization function of the aggregates abc_fit, gini and lorenz';

-- The window function.

CREATE FUNCTION tcs.abc_tier(value double precision,
							 cuts double precision[] DEFAULT '{0.8,0.95}')
	RETURNS text
	LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 5
	SUPPORT tcs_internal.window_support
	AS 'MODULE_PATHNAME', 'tcs_abc_tier_window';
COMMENT ON FUNCTION tcs.abc_tier(double precision, double precision[]) IS
'ABC tier within the window partition; the frame and its order have no influence. cuts: ascending shares of the total between 0 and 1, one less than there are tiers; 0.8 and 0.95 unless given. NULL for a NULL value. Errors: NaN, infinity, cuts that are no such shares or change within the partition, more values than tcs.fit_memory holds';

-- The model: fit, score.

CREATE FUNCTION tcs_internal.abc_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_abc_fit_final';
COMMENT ON FUNCTION tcs_internal.abc_fit_final(internal) IS
'final function of the aggregate abc_fit';

CREATE FUNCTION tcs_internal.abc_fit_trans(internal, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_abc_fit_trans';
COMMENT ON FUNCTION tcs_internal.abc_fit_trans(internal, double precision) IS
'transition function of the aggregate abc_fit';

CREATE AGGREGATE tcs.abc_fit(value double precision) (
	SFUNC = tcs_internal.abc_fit_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.abc_fit_final,
	COMBINEFUNC = tcs_internal.distribution_combine,
	SERIALFUNC = tcs_internal.distribution_serial,
	DESERIALFUNC = tcs_internal.distribution_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.abc_fit(double precision) IS
'model of kind "abc": the least value of each tier of a population, abc_fit(value), with the cuts 0.8 and 0.95. NULL values are not counted; NULL when none is left. Errors: NaN, infinity, more values than tcs.fit_memory holds (8 bytes a positive value)';

CREATE FUNCTION tcs_internal.abc_fit_trans(internal, double precision, double precision[]) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_abc_fit_trans';
COMMENT ON FUNCTION tcs_internal.abc_fit_trans(internal, double precision, double precision[]) IS
'transition function of the aggregate abc_fit';

CREATE AGGREGATE tcs.abc_fit(value double precision, cuts double precision[]) (
	SFUNC = tcs_internal.abc_fit_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.abc_fit_final,
	COMBINEFUNC = tcs_internal.distribution_combine,
	SERIALFUNC = tcs_internal.distribution_serial,
	DESERIALFUNC = tcs_internal.distribution_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.abc_fit(double precision, double precision[]) IS
'model of kind "abc": the least value of each tier of a population, abc_fit(value, cuts). cuts: ascending shares of the total between 0 and 1, one less than there are tiers. NULL values are not counted; NULL when none is left. Errors: NaN, infinity, cuts that are no such shares or change within a group, more values than tcs.fit_memory holds (8 bytes a positive value)';

@each types, arguments, cuts, which, change
@                      |                           |        | , with the cuts 0.8 and 0.95                                                         |
@ , double precision[] | , cuts double precision[] | , cuts | . cuts: ascending shares of the total between 0 and 1, one less than there are tiers | , cuts that are no such shares or change within a group
CREATE FUNCTION tcs_internal.abc_fit_trans(internal, tcs.purchase_history@types@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_abc_fit_history';
COMMENT ON FUNCTION tcs_internal.abc_fit_trans(internal, tcs.purchase_history@types@) IS
'transition function of the aggregate abc_fit';

CREATE AGGREGATE tcs.abc_fit(history tcs.purchase_history@arguments@) (
	SFUNC = tcs_internal.abc_fit_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.abc_fit_final,
	COMBINEFUNC = tcs_internal.distribution_combine,
	SERIALFUNC = tcs_internal.distribution_serial,
	DESERIALFUNC = tcs_internal.distribution_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.abc_fit(tcs.purchase_history@types@) IS
'model of kind "abc" of the revenue of histories, abc_fit(history@cuts@)@which@. Histories that \
are NULL, or whose x, t_x, t or revenue is, are not counted; NULL when none is left. Errors: a \
history that no customer can have@change@, more values than tcs.fit_memory holds (8 bytes a \
positive value)';
@end

CREATE FUNCTION tcs_internal.abc_fit_refused(internal, "any") RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_abc_fit_refused';
COMMENT ON FUNCTION tcs_internal.abc_fit_refused(internal, "any") IS
'transition function of the aggregate abc_fit that takes anything: an error';

CREATE AGGREGATE tcs.abc_fit("any") (
	SFUNC = tcs_internal.abc_fit_refused,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.abc_fit_final,
	COMBINEFUNC = tcs_internal.distribution_combine,
	SERIALFUNC = tcs_internal.distribution_serial,
	DESERIALFUNC = tcs_internal.distribution_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.abc_fit("any") IS
'an error that says that the value must be a number';

CREATE FUNCTION tcs.abc_tier(model jsonb, value double precision) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_abc_tier_model';
COMMENT ON FUNCTION tcs.abc_tier(jsonb, double precision) IS
'ABC tier of one customer under a model of kind "abc". NULL for NULL. Errors: no such model, NaN, infinity';

CREATE FUNCTION tcs.abc_tier(model jsonb, history tcs.purchase_history) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_abc_tier_history';
COMMENT ON FUNCTION tcs.abc_tier(jsonb, tcs.purchase_history) IS
'ABC tier of one customer''s revenue under a model of kind "abc". NULL for NULL, and where x, t_x, t or revenue of the history is. Errors: no such model, a history that no customer can have';

-- How unequal values are.

CREATE FUNCTION tcs_internal.gini_final(internal) RETURNS double precision
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_gini_final';
COMMENT ON FUNCTION tcs_internal.gini_final(internal) IS
'final function of the aggregate gini';

CREATE FUNCTION tcs_internal.gini_trans(internal, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_gini_trans';
COMMENT ON FUNCTION tcs_internal.gini_trans(internal, double precision) IS
'transition function of the aggregate gini';

CREATE AGGREGATE tcs.gini(value double precision) (
	SFUNC = tcs_internal.gini_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.gini_final,
	COMBINEFUNC = tcs_internal.distribution_combine,
	SERIALFUNC = tcs_internal.distribution_serial,
	DESERIALFUNC = tcs_internal.distribution_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.gini(double precision) IS
'Gini coefficient of the values: 0 when all are equal, near 1 when one customer has all. Of the population, without the correction n / (n - 1) for samples. NULL values are not counted; NULL when none is left or all are 0. Errors: negative values, NaN, infinity, more values than tcs.fit_memory holds';

CREATE FUNCTION tcs_internal.lorenz_final(internal) RETURNS double precision[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_lorenz_final';
COMMENT ON FUNCTION tcs_internal.lorenz_final(internal) IS
'final function of the aggregate lorenz';

CREATE FUNCTION tcs_internal.lorenz_trans(internal, double precision, integer) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_gini_trans';
COMMENT ON FUNCTION tcs_internal.lorenz_trans(internal, double precision, integer) IS
'transition function of the aggregate lorenz';

CREATE AGGREGATE tcs.lorenz(value double precision, points integer) (
	SFUNC = tcs_internal.lorenz_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.lorenz_final,
	COMBINEFUNC = tcs_internal.distribution_combine,
	SERIALFUNC = tcs_internal.distribution_serial,
	DESERIALFUNC = tcs_internal.distribution_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.lorenz(double precision, integer) IS
'Lorenz curve of the values, lorenz(value, points): points + 1 shares of the total, of which share k is held by the k / points least valuable customers, a customer in between counting in part. points: 1 to 10000. NULL values are not counted; NULL when none is left or all are 0. Errors: negative values, NaN, infinity, points changing within a group, more values than tcs.fit_memory holds';

-- XYZ: how steady.

CREATE FUNCTION tcs.xyz_class(cv double precision,
							  cuts double precision[] DEFAULT '{0.5,1}')
	RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_xyz_class';
COMMENT ON FUNCTION tcs.xyz_class(double precision, double precision[]) IS
'class of a coefficient of variation (see period_cv): X (steady) up to the first cut, Y (varying) up to the second, Z (sporadic) beyond. cuts: two ascending numbers above 0; 0.5 and 1 unless given. NULL for NULL. Errors: negative cv, NaN, infinity, other cuts';
