-- The risk of churn: by a model of repeat purchases, or by one that has learned
-- from what became of customers.

CREATE FUNCTION tcs.churn_risk(model jsonb, history tcs.purchase_history, horizon interval)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 8
	AS 'MODULE_PATHNAME', 'tcs_churn_risk';
COMMENT ON FUNCTION tcs.churn_risk(jsonb, tcs.purchase_history, interval) IS
'probability of no purchase within the horizon, because the customer has left or happens not to buy; a month is 30.4375 days. Unlike 1 - p_alive it can be checked against what then happened. model: one of repeat purchases, or one of churn_fit, for its own horizon only. 1 for a horizon of 0. NULL for NULL and for a history without x, t_x or t. Errors: those of p_alive, a horizon that is negative or infinite, or another than that of a model of churn_fit';

CREATE FUNCTION tcs.churn_risk(model jsonb, history tcs.purchase_history, horizon interval, after interval)
	RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 8
	AS 'MODULE_PATHNAME', 'tcs_churn_risk';
COMMENT ON FUNCTION tcs.churn_risk(jsonb, tcs.purchase_history, interval, interval) IS
'churn_risk of repeat purchases on a later day, after so much time without a purchase from the end of the history: the horizon begins there. Errors: those without it, and a negative or infinite after';

CREATE FUNCTION tcs.churn_risk(model jsonb, history tcs.purchase_history, horizon interval, after interval, attributes "any")
	RETURNS double precision
	LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'tcs_churn_risk';
COMMENT ON FUNCTION tcs.churn_risk(jsonb, tcs.purchase_history, interval, interval, "any") IS
'churn_risk by a model that has learned from attributes of the customers: a row with the columns that churn_fit was given, in any order, among others if there are. A level that was not there then is other; what is NULL or NaN, or all of a NULL row, is missing. A model that has not learned from them does not look at them. NULL where any other argument is. Errors: those with after, a column that is missing or of another type, infinite values, another attributes than a row';

CREATE FUNCTION tcs_internal.churn_fit_trans(internal, tcs.purchase_history, boolean, date, date, jsonb, interval) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 4
	AS 'MODULE_PATHNAME', 'tcs_churn_fit_trans';
COMMENT ON FUNCTION tcs_internal.churn_fit_trans(internal, tcs.purchase_history, boolean, date, date, jsonb, interval) IS
'transition function of the aggregate churn_fit';

CREATE FUNCTION tcs_internal.churn_fit_trans(internal, tcs.purchase_history, boolean, date, date, jsonb, interval, "any") RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 6
	AS 'MODULE_PATHNAME', 'tcs_churn_fit_trans';
COMMENT ON FUNCTION tcs_internal.churn_fit_trans(internal, tcs.purchase_history, boolean, date, date, jsonb, interval, "any") IS
'transition function of the aggregate churn_fit with attributes';

CREATE FUNCTION tcs_internal.churn_fit_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_churn_fit_combine';
COMMENT ON FUNCTION tcs_internal.churn_fit_combine(internal, internal) IS
'combine function of the aggregate churn_fit';

CREATE FUNCTION tcs_internal.churn_fit_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_churn_fit_serial';
COMMENT ON FUNCTION tcs_internal.churn_fit_serial(internal) IS
'serialization function of the aggregate churn_fit';

CREATE FUNCTION tcs_internal.churn_fit_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_churn_fit_deserial';
COMMENT ON FUNCTION tcs_internal.churn_fit_deserial(bytea, internal) IS
'deserialization function of the aggregate churn_fit';

CREATE FUNCTION tcs_internal.churn_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_churn_fit_final';
COMMENT ON FUNCTION tcs_internal.churn_fit_final(internal) IS
'final function of the aggregate churn_fit';

CREATE AGGREGATE tcs.churn_fit(history tcs.purchase_history, returned boolean, as_of date, until date,
							   base jsonb, horizon interval) (
	SFUNC = tcs_internal.churn_fit_trans,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = tcs_internal.churn_fit_final,
	COMBINEFUNC = tcs_internal.churn_fit_combine,
	SERIALFUNC = tcs_internal.churn_fit_serial,
	DESERIALFUNC = tcs_internal.churn_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.churn_fit(tcs.purchase_history, boolean, date, date, jsonb, interval) IS
'model for churn_risk that has learned from what became of customers: of each row the history until as_of, and whether the customer returned after it, until the day until (purchases > 0 of holdout). Rows with the same two days are a split; give several, at most 12, of different lengths and ends, such as those that refit_metrics takes. base: today''s model of purchases, of any family but bg/bb, or a jsonb array of 1 to 8 of them; horizon: what churn_risk is to be about, days or more. The family of the base is fitted at each split, and a correction of the log-odds of its risk is learned: a logistic model with a ridge that pulls to none, of these log-odds, ln(1 + x), ln(1 + days away), days away / t and whether x > 0, each within the range in which it was learned. How strong the ridge is (penalty: 4, 64 or 1024 customers), how much of the correction (strength) and of the mean shift (shift) is taken is what has the least Brier score at splits that were left out. Unless that is less than that of the base by 0.4 % and by 2.5 standard errors, and in no split greater by 1.5 %, corrected is false and the model is the base. On each of several bases that is done alone; the risk is the mean of those whose Brier score at splits that were left out is within 1 % of the least, of families that came to the same of one: the best is the model, the others are its blend. Keys: horizon in days, base, corrected, features with their coefficients and ranges (least, greatest), penalty, strength, shift, brier and brier_base at what was left out, customers and away of all splits, splits with the same of each, blend, an array of models with base, corrected, coefficients and brier, left_out (no_history, no_outcome), notes. Of more than 8000 distinct histories in a split an even part is learned from. NULL without a row. The order of rows and the number of workers have no influence. Errors: NULL for as_of, until, base or horizon, until not after as_of, more than 12 splits, base or horizon changing within a group, a base that did not converge, an empty array or more than 8 bases, a history that no customer can have, more customers than tcs.fit_memory holds (8 bytes each, 16 for who stayed away, and 24 for each distinct history)';

CREATE AGGREGATE tcs.churn_fit(history tcs.purchase_history, returned boolean, as_of date, until date,
							   base jsonb, horizon interval, attributes "any") (
	SFUNC = tcs_internal.churn_fit_trans,
	STYPE = internal,
	SSPACE = 2048,
	FINALFUNC = tcs_internal.churn_fit_final,
	COMBINEFUNC = tcs_internal.churn_fit_combine,
	SERIALFUNC = tcs_internal.churn_fit_serial,
	DESERIALFUNC = tcs_internal.churn_fit_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.churn_fit(tcs.purchase_history, boolean, date, date, jsonb, interval, "any") IS
'churn_fit that learns from attributes of the customers as well, where that helps: a row of any columns that are features (booleans, numbers, intervals, dates, timestamps, texts, enums, uuids), as logit_fit takes it: text by its 20 most frequent levels that at least 20 rows have, the others are other; NULL and NaN are missing; at most 100 columns in all. They take part beside the features of the history, under the same ridge, where that takes 0.4 % more of the Brier score off, at splits and of customers that were both left out (customers are in three groups by the day of their first purchase); else the model is the one without them. They are as of the day of the fit, not of the splits: an attribute that follows from what became of a customer, such as a status or the day of a closed account, promises too much, and no figure here shows it; one that alone tells the outcome is in notes. Of several bases the best is taken alone where they are used. Keys besides: attributes (with the levels) and columns (with coefficient, center and scale, least and greatest), where they are used; attributes_left_out, with reasons. Learned from at most 24576 rows, those of the least hashes of histories; a NULL row is not learned from. Errors: those without it, attributes that are no row, with other columns in one row than in another, of another type or infinite';
