-- Logistic and linear models, learned from rows of any shape.
--
-- What is made least is the sum of -ln(chance of what came), or of half of the
-- squared error, and l2 / 2 * sum of the squares of the coefficients of standardised
-- columns + l1 * sum of their sizes (ridge: Hoerl and Kennard, 1970; elastic net: Zou
-- and Hastie, 2005; by Newton's method: Friedman, Hastie and Tibshirani, 2010).  As
-- nothing is divided by the number of customers, l2 counts like so many of them.

CREATE FUNCTION tcs_internal.logit_fit_final(internal) RETURNS jsonb
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000
	AS 'MODULE_PATHNAME', 'tcs_logit_fit_final';
COMMENT ON FUNCTION tcs_internal.logit_fit_final(internal) IS
'final function of the aggregates logit_fit and linear_fit';

@each name, outcome, types, arguments
@ logit  | boolean          |         |
@ logit  | boolean          | , jsonb | , options jsonb
@ linear | double precision |         |
@ linear | double precision | , jsonb | , options jsonb
CREATE FUNCTION tcs_internal.@name@_fit_trans(internal, @outcome@, "any"@types@) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_@name@_fit_trans';
COMMENT ON FUNCTION tcs_internal.@name@_fit_trans(internal, @outcome@, "any"@types@) IS
'transition function of the aggregate @name@_fit';

CREATE AGGREGATE tcs.@name@_fit(outcome @outcome@, features "any"@arguments@) (
	SFUNC = tcs_internal.@name@_fit_trans,
	STYPE = internal,
	SSPACE = 8192,
	FINALFUNC = tcs_internal.logit_fit_final,
	COMBINEFUNC = tcs_internal.features_combine,
	SERIALFUNC = tcs_internal.features_serial,
	DESERIALFUNC = tcs_internal.features_deserial,
	PARALLEL = SAFE
);
@end

COMMENT ON AGGREGATE tcs.logit_fit(boolean, "any") IS
'model of the chance of an outcome, learned from the columns of a row: as logit_fit(outcome, features, options) without options, which says what is in it';

COMMENT ON AGGREGATE tcs.logit_fit(boolean, "any", jsonb) IS
'logistic model of the chance that outcome is true, learned from features, a row whose columns may have any names: booleans, numbers, dates, intervals and text (as levels, rare ones together as "other"; NULL and NaN as "missing"; a number counts as the mean where it is missing). options, one constant jsonb object: l2 and l1, the penalty of ridge and lasso, in customers, by standardised columns, a number or an array to choose from (l2: 0.01 to 10000 in steps of ten; l1: 0), the choice by the least log-loss of folds, on a part of very many rows; folds (5); balance (false): the two outcomes count the same in sum, and the intercept is put right by it, so that chances stay chances; weight, name of a column that says how much a row counts; without, names of columns that are no features; levels (20) and level_customers (20, or a twentieth of all), how many levels of text have a column and from how many customers on. Keys: intercept; columns, an array of objects with feature, is (value, level, other, missing), level, coefficient (log-odds for a unit of the column; for a level against the commonest, which has no column) and standard_error (null with an l1), center and scale; features as they were seen; rate, the share of true outcomes; penalty with what was compared; folds with auc, brier and log_loss of what models without each fold said of it, and auc_of_each; log_likelihood, iterations, gradient_norm, converged, customers; left_out, rows by reason; features_left_out with a reason for each (constant, missing, the same as others); notes, which warn of keys, of features that alone tell the outcome, of outcomes that are told for certain (converged is false then, without a penalty). Where all outcomes are the same or too few for folds, notes say so. NULL without a row. The order of rows and the number of workers have no influence. Errors: options that are not known, out of range or change within a group, a feature of another type, an infinite one, no row as features, more than tcs.fit_memory holds (about 16 bytes for each value)';

COMMENT ON AGGREGATE tcs.linear_fit(double precision, "any") IS
'model of the mean of a number, learned from the columns of a row: as linear_fit(outcome, features, options) without options';

COMMENT ON AGGREGATE tcs.linear_fit(double precision, "any", jsonb) IS
'linear model of the mean of outcome, by penalised least squares, learned from features as logit_fit(outcome, features, options) does; coefficients are in the units of the outcome. Options: those of logit_fit but for balance. Keys: as there, with mean in the place of rate, r_squared and root_mean_square_error in folds, and residual_standard_error. Rows with NULL or NaN as outcome are left out, and no_outcome in left_out counts them. Errors: as there, and an infinite outcome';

@each name, returns
@ logit  | chance of the outcome for a row by a model of logit_fit, from 0 to 1
@ linear | mean of the outcome for a row by a model of linear_fit, in its units
CREATE FUNCTION tcs.@name@_score(model jsonb, "row" "any") RETURNS double precision
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_@name@_score';
COMMENT ON FUNCTION tcs.@name@_score(jsonb, "any") IS
'@returns@. row: any row with the columns that are features of the model, found by their names; others do not matter. A value of text that the model does not know is "other", and counts as the commonest level where the fit met no others; NULL and NaN are "missing". NULL for NULL. Errors: a feature that the row has not, or of a type that cannot be compared with that of the fit; an infinite value; no such model';
@end

CREATE FUNCTION tcs.logit_explain(model jsonb, "row" "any",
								  OUT feature text, OUT value text,
								  OUT contribution double precision, OUT description text)
	RETURNS SETOF record
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10
	AS 'MODULE_PATHNAME', 'tcs_logit_explain';
COMMENT ON FUNCTION tcs.logit_explain(jsonb, "any") IS
'what makes the score of a row, by a model of logit_fit or linear_fit: first, with feature NULL, the customer who is usual in all features, then each feature, by the size of its contribution. contribution: log-odds (units of the outcome for linear_fit) that the feature adds, against what it adds in the mean of the customers of the fit; all of them sum to the log-odds of logit_score, or to linear_score. value: of the feature, NULL where missing, other where the model has no level for it; description: the same in words. No rows for NULL. Errors: as logit_score';

CREATE FUNCTION tcs.logit_sql(model jsonb) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_logit_sql';
COMMENT ON FUNCTION tcs.logit_sql(jsonb) IS
'the model as text: an SQL expression over the columns that are its features, equal to logit_score or linear_score to 1e-12, which runs without the extension: for a generated column, a condition of a rule, another database. A column whose collation holds different texts to be equal is compared by it. NULL for NULL. Errors: no model of logit_fit or linear_fit';

CREATE FUNCTION tcs.logit_scorecard(model jsonb) RETURNS jsonb
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000
	AS 'MODULE_PATHNAME', 'tcs_logit_scorecard';
COMMENT ON FUNCTION tcs.logit_scorecard(jsonb) IS
'the model as a scorecard, for scorecard_put: a factor for each coefficient that is not 0, weighted by what it adds at most, in hundredths of what all add. Its index puts rows in the order of logit_score or linear_score, apart from rounding, while numbers lie between the least and the greatest that the model was fitted on; one beyond counts as the nearer of the two. The description has the formula that makes the index a chance, or the expected number, again. NULL for NULL. Errors: no model of logit_fit or linear_fit; numbers that no scorecard can hold';
