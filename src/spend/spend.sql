-- The value of a purchase: the Gamma-Gamma model.
--
-- The values of a customer's purchases vary around a mean of the customer's own,
-- and the means vary among customers (Fader, Hardie and Lee, 2005; Fader and
-- Hardie, 2013).  A customer's purchases are Gamma distributed with shape p and
-- a rate that is Gamma distributed with shape q and rate v.  The expected value
-- of a future purchase lies between what the customer spent so far and what
-- customers spend on average, nearer to the former the more purchases are known.
--
-- What customers spend must not depend on how often they buy; a correlation of
-- x and m_x near 0 says so.  The first purchase is left out, as in the sources.

CREATE FUNCTION tcs_internal.spend_fit_trans(internal, tcs.purchase_history) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_spend_fit_trans';
COMMENT ON FUNCTION tcs_internal.spend_fit_trans(internal, tcs.purchase_history) IS
'transition function of the aggregate spend_fit';

CREATE FUNCTION tcs_internal.spend_fit_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_spend_fit_combine';
COMMENT ON FUNCTION tcs_internal.spend_fit_combine(internal, internal) IS
'combine function of the aggregate spend_fit';

CREATE FUNCTION tcs_internal.spend_fit_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_spend_fit_serial';
COMMENT ON FUNCTION tcs_internal.spend_fit_serial(internal) IS
'serialization function of the aggregate spend_fit';

CREATE FUNCTION tcs_internal.spend_fit_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_spend_fit_deserial';
COMMENT ON FUNCTION tcs_internal.spend_fit_deserial(bytea, internal) IS
'deserialization function of the aggregate spend_fit';

CREATE FUNCTION tcs_internal.spend_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_spend_fit_final';
COMMENT ON FUNCTION tcs_internal.spend_fit_final(internal) IS
'final function of the aggregate spend_fit';

CREATE AGGREGATE tcs.spend_fit(history tcs.purchase_history) (
	SFUNC = tcs_internal.spend_fit_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.spend_fit_final,
	COMBINEFUNC = tcs_internal.spend_fit_combine,
	SERIALFUNC = tcs_internal.spend_fit_serial,
	DESERIALFUNC = tcs_internal.spend_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.spend_fit(tcs.purchase_history) IS
'model of kind "gamma-gamma": what purchases are worth, fitted by maximum likelihood to the customers with x > 0 and m_x > 0, which "customers" counts. p, q, and v in the unit of m_x, with standard errors; population_mean is the mean value of a purchase, null where q is not above 1 and it is infinite. Where the likelihood has its top at a limit of the model the limit is the model: limits names it, parameters that ran off are null, and notes say what it means. equal_spend: customers do not differ, and all are expected to spend population_mean. equal_purchases: the purchases of a customer do not differ, and what is expected is m_x; scale is p times v. Where there is too little to go by (no such customer or one, values too far apart) converged is false, the parameters are null, and notes say why. Histories that are NULL or lack x, t_x or t are not counted; NULL when none is left. Errors: a history that no customer can have, more customers than tcs.fit_memory holds (16 bytes each). Fader and Hardie, 2013';

CREATE FUNCTION tcs.spend_model(p double precision, q double precision,
								v double precision)
	RETURNS jsonb
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_spend_model';
COMMENT ON FUNCTION tcs.spend_model(double precision, double precision, double precision) IS
'model of kind "gamma-gamma" from given numbers: p and q are shapes, v has the unit of a purchase''s value. NULL for NULL. Errors: numbers that are not positive, NaN, infinity';

CREATE FUNCTION tcs.expected_spend(model jsonb, history tcs.purchase_history)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_expected_spend';
COMMENT ON FUNCTION tcs.expected_spend(jsonb, tcs.purchase_history) IS
'mean value of the customer''s future purchases under a model of kind "gamma-gamma", p (v + x m_x) / (p x + q - 1); the population''s mean where x is 0, or m_x is NULL or 0. NULL for NULL and for a history without x, t_x or t. Errors: no such model, one that did not converge, a history that no customer can have, an infinite mean (q not above 1 for customers with the population''s mean, p x + q not above 1 for others)';
