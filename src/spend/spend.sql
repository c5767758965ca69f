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
-- x and m_x near 0 says so.  The sources leave the first purchase out.  Here it
-- counts unless it is told not to: in all logs that were held against what came
-- later, the value of a purchase was foretold better with it.
--
-- The values are those before refunds.  What a customer sends back is a share of
-- its own: the share so far, shrunk to that of all customers, which counts like
-- return_prior purchases (the credibility of Buehlmann and Straub, 1970).  A
-- model with a return_rate of 0 knows nothing of refunds and takes values net.

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
	SSPACE = 768,
	FINALFUNC = tcs_internal.spend_fit_final,
	COMBINEFUNC = tcs_internal.spend_fit_combine,
	SERIALFUNC = tcs_internal.spend_fit_serial,
	DESERIALFUNC = tcs_internal.spend_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.spend_fit(tcs.purchase_history) IS
'model of kind "gamma-gamma": what purchases are worth, with the first of a customer counted as the others; fitted by maximum likelihood to the customers with a purchase of a known and positive value, which "customers" counts; left_out says how many were not fitted, and why: no_history (NULL, or without x, t_x or t), value_unknown, value_zero. p, q, and v in the unit of the amounts, with standard errors; population_mean is the mean value of a purchase before refunds, null where q is not above 1 and it is infinite: then observed_mean is there, the mean over customers of what their purchases were worth, and is expected of those of whom the model expects no finite value and no purchase is known, where of others it is what they spent so far. return_rate is the share of what was bought that was sent back, and counts like return_prior purchases of a customer, null where nothing was sent back. Where the likelihood has its top at a limit of the model the limit is the model: limits names it, parameters that ran off are null, and notes say what it means. equal_spend: customers do not differ, and all are expected to spend population_mean. equal_purchases: the purchases of a customer do not differ, and what is expected is their mean; scale is p times v. Where there is too little to go by (no such customer or one, values too far apart) converged is false, the parameters are null, and notes say why; observed_mean, where any value is known, is then expected of everybody. NULL without a known history. Errors: a history that no customer can have, more customers than tcs.fit_memory holds (16 bytes each). Fader and Hardie, 2013';

CREATE FUNCTION tcs_internal.spend_fit_trans(internal, tcs.purchase_history, boolean) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_spend_fit_trans';
COMMENT ON FUNCTION tcs_internal.spend_fit_trans(internal, tcs.purchase_history, boolean) IS
'transition function of the aggregate spend_fit with first_purchase';

CREATE AGGREGATE tcs.spend_fit(history tcs.purchase_history, first_purchase boolean) (
	SFUNC = tcs_internal.spend_fit_trans,
	STYPE = internal,
	SSPACE = 768,
	FINALFUNC = tcs_internal.spend_fit_final,
	COMBINEFUNC = tcs_internal.spend_fit_combine,
	SERIALFUNC = tcs_internal.spend_fit_serial,
	DESERIALFUNC = tcs_internal.spend_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.spend_fit(tcs.purchase_history, boolean) IS
'the same, where first_purchase says whether the first purchase of a customer counts: with false the repeat purchases alone do, as in the sources, and no_purchase counts in left_out who bought once. Errors besides: first_purchase NULL or changing within a group';

CREATE FUNCTION tcs.spend_model(p double precision, q double precision,
								v double precision,
								first_purchase boolean DEFAULT false,
								return_rate double precision DEFAULT 0,
								return_prior double precision DEFAULT 100)
	RETURNS jsonb
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_spend_model';
COMMENT ON FUNCTION tcs.spend_model(double precision, double precision, double precision, boolean, double precision, double precision) IS
'model of kind "gamma-gamma" from given numbers: p and q are shapes, v has the unit of a purchase''s value. first_purchase says whether the first purchase of a customer is one like the others, return_rate what share of what is bought is sent back, and return_prior like how many purchases of a customer that counts. Unless given, the first purchase does not count, as in the sources, and nothing is known of refunds. NULL for NULL. Errors: p, q or v not positive, return_rate not within 0 and 1, return_prior negative, NaN, infinity';

CREATE FUNCTION tcs.expected_spend(model jsonb, history tcs.purchase_history)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_expected_spend';
COMMENT ON FUNCTION tcs.expected_spend(jsonb, tcs.purchase_history) IS
'mean value of the customer''s future purchases, net of what will be sent back, under a model of kind "gamma-gamma": p (v + n m) / (p n + q - 1) times what is kept. n counts the purchases of a known value, with the first where the model has first_purchase, and m is the mean of their values before refunds; the population''s mean where n or m is 0. Kept is 1 less (return_prior return_rate + k share) / (return_prior + k), where the customer sent back that share of what k purchases were worth; of a history that does not tell its refunds, 1 less return_rate. Where return_rate is 0 nothing is modelled to be sent back, and m is net. NULL for NULL and for a history without x, t_x or t. Errors: no such model, one that did not converge, a history that no customer can have, an infinite mean (q not above 1 for customers with the population''s mean, p n + q not above 1 for others)';
