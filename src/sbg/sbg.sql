-- Subscriptions: the shifted beta-geometric model.
--
-- Customers who pay again at each renewal, or leave for good (Fader and Hardie,
-- 2007).  Each leaves at a renewal with a chance of their own, and the chances
-- are Beta(alpha, beta) distributed.  Those who leave easily are gone first, so
-- that the share that renews rises with tenure though nobody changes: a fixed
-- retention rate puts the value of those who stay too low.
--
-- Where churn rises instead, customers' own chances change with tenure: the
-- beta-discrete-Weibull model (Fader, Hardie, Liu, Davin and Steenburgh, 2018).
--
-- Tenure counts renewals.  Who churned has the number of the renewal at which
-- that was, 1 for the first; who is there has the number of renewals made, 0
-- before the first.

CREATE FUNCTION tcs_internal.sbg_fit_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_sbg_fit_combine';
COMMENT ON FUNCTION tcs_internal.sbg_fit_combine(internal, internal) IS
'combine function of the aggregates sbg_fit';

CREATE FUNCTION tcs_internal.sbg_fit_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_sbg_fit_serial';
COMMENT ON FUNCTION tcs_internal.sbg_fit_serial(internal) IS
'serialization function of the aggregates sbg_fit';

CREATE FUNCTION tcs_internal.sbg_fit_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_sbg_fit_deserial';
COMMENT ON FUNCTION tcs_internal.sbg_fit_deserial(bytea, internal) IS
'deserialization function of the aggregates sbg_fit';

CREATE FUNCTION tcs_internal.sbg_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_sbg_fit_final';
COMMENT ON FUNCTION tcs_internal.sbg_fit_final(internal) IS
'final function of the aggregates sbg_fit';

CREATE FUNCTION tcs_internal.sbg_fit_trans(internal, integer, boolean) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_sbg_fit_trans';
COMMENT ON FUNCTION tcs_internal.sbg_fit_trans(internal, integer, boolean) IS
'transition function of the aggregate sbg_fit';

CREATE AGGREGATE tcs.sbg_fit(tenure integer, churned boolean) (
	SFUNC = tcs_internal.sbg_fit_trans,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = tcs_internal.sbg_fit_final,
	COMBINEFUNC = tcs_internal.sbg_fit_combine,
	SERIALFUNC = tcs_internal.sbg_fit_serial,
	DESERIALFUNC = tcs_internal.sbg_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.sbg_fit(integer, boolean) IS
'model of kind "sbg": who leaves a subscription, fitted by maximum likelihood, sbg_fit(tenure, churned), a row a customer. churned true: left at the renewal of that number, 1 or more; false: made that many renewals, 0 or more, and is there. Where the likelihood has its top at a limit of the model the limit is the model: limits names it, alpha and beta are null, and notes say what it means. equal_churn: all leave with the same chance at each renewal, churn. Where churn rises with tenure, which that model cannot say, the beta-discrete-Weibull model is fitted: the chance to make t renewals is (1 - theta) ^ (t ^ c), theta is Beta(alpha, beta) distributed, and c is above 1; with limit equal_churn where customers do not differ, theta being churn; notes say how churn rises, and where c is not told (all leave at one renewal) churn is one rate and notes how to fit the later renewals alone. nobody_leaves: nobody has churned. leave_at_once: the share churn leaves at the first renewal, the others never. Where there is too little to go by (one customer, no renewal due, none made) converged is false, the parameters are null, and notes say why. Rows with a NULL are not counted; NULL when none is left. Errors: such a tenure, more different tenures than tcs.fit_memory holds. Fader and Hardie, 2007; Fader, Hardie, Liu, Davin and Steenburgh, 2018';

CREATE FUNCTION tcs_internal.sbg_fit_trans(internal, integer, boolean, bigint) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_sbg_fit_trans';
COMMENT ON FUNCTION tcs_internal.sbg_fit_trans(internal, integer, boolean, bigint) IS
'transition function of the aggregate sbg_fit';

CREATE AGGREGATE tcs.sbg_fit(tenure integer, churned boolean, customers bigint) (
	SFUNC = tcs_internal.sbg_fit_trans,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = tcs_internal.sbg_fit_final,
	COMBINEFUNC = tcs_internal.sbg_fit_combine,
	SERIALFUNC = tcs_internal.sbg_fit_serial,
	DESERIALFUNC = tcs_internal.sbg_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.sbg_fit(integer, boolean, bigint) IS
'model of kind "sbg" from counts: sbg_fit(tenure, churned, customers), a row for so many customers of that tenure. Else as sbg_fit(tenure, churned). Errors: also customers negative, or more in all than a bigint holds';

CREATE FUNCTION tcs.sbg_model(alpha double precision, beta double precision,
							  c double precision DEFAULT 1)
	RETURNS jsonb
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_sbg_model';
COMMENT ON FUNCTION tcs.sbg_model(double precision, double precision, double precision) IS
'model of kind "sbg" from given numbers: the chance to leave at a renewal is Beta(alpha, beta) distributed; with c other than 1 that is the chance theta of the first renewal, and the chance to make t of them (1 - theta) ^ (t ^ c), so that a customer''s own churn rises with tenure (c above 1) or falls. NULL for NULL. Errors: numbers that are not positive, c above 10, NaN, infinity';

CREATE FUNCTION tcs.survival(model jsonb, tenure integer) RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 3
	AS 'MODULE_PATHNAME', 'tcs_sbg_survival_sql';
COMMENT ON FUNCTION tcs.survival(jsonb, integer) IS
'share of new customers who make that many renewals, under a model of kind "sbg"; 1 for tenure 0. NULL for NULL. Errors: no such model, one that did not converge, tenure negative';

CREATE FUNCTION tcs.churn_risk(model jsonb, tenure integer,
							   periods integer DEFAULT 1)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 3
	AS 'MODULE_PATHNAME', 'tcs_sbg_churn_risk';
COMMENT ON FUNCTION tcs.churn_risk(jsonb, integer, integer) IS
'chance that a customer who has made `tenure` renewals leaves at one of the next `periods` renewals, under a model of kind "sbg"; for one period alpha / (alpha + beta + tenure), or churn where all leave with the same chance (both of models without c). NULL for NULL. Errors: no such model, one that did not converge, tenure or periods negative';

CREATE FUNCTION tcs.clv(model jsonb, tenure integer,
						margin double precision DEFAULT 1,
						annual_discount double precision DEFAULT 0,
						period interval DEFAULT '1 year')
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_sbg_clv';
COMMENT ON FUNCTION tcs.clv(jsonb, integer, double precision, double precision, interval) IS
'value of the renewals to come of a customer who has made `tenure` renewals, just before the next, under a model of kind "sbg": margin times the discounted expected residual lifetime. margin: of one renewal, may be negative. annual_discount: rate a year, 0.1 for 10 percent; a period counts (1 + annual_discount) ^ (period / 1 year), the next renewal is not discounted. period: time from one renewal to the next; a month is 30.4375 days. NULL for NULL. Errors: no such model, one that did not converge, tenure negative, annual_discount not above -1, period not positive, NaN, infinity, an infinite value (annual_discount below 0, or 0 where some never leave or alpha, times c if there is one, is not above 1). Fader and Hardie, 2010';

CREATE FUNCTION tcs.value_at_risk(model jsonb, tenure integer,
								  margin double precision DEFAULT 1,
								  annual_discount double precision DEFAULT 0,
								  period interval DEFAULT '1 year')
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_sbg_value_at_risk';
COMMENT ON FUNCTION tcs.value_at_risk(jsonb, integer, double precision, double precision, interval) IS
'what is lost if the next renewal fails, times the chance that it does, of a customer who has made `tenure` renewals, under a model of kind "sbg"; that is, clv if the next renewal were certain, less clv. Arguments, NULL and errors as for clv';
