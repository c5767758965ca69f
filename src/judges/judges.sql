-- Judging a score or a prediction against what happened.
--
-- A model is judged on a time that it was not fitted to: tcs.holdout counts what
-- customers did after the day up to which their histories go.  auc and lift ask
-- whether the customers are in the right order, brier and calibration whether
-- probabilities mean what they say, mae and rmse how far numbers are off.
--
-- Rows with a NULL among score and outcome are not counted.  The order of the
-- rows and the number of workers never show.

-- The state that auc, lift and calibration share.

CREATE FUNCTION tcs_internal.scored_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'tcs_scored_combine';
COMMENT ON FUNCTION tcs_internal.scored_combine(internal, internal) IS
'combine function of the aggregates auc, lift and calibration';

CREATE FUNCTION tcs_internal.scored_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_scored_serial';
COMMENT ON FUNCTION tcs_internal.scored_serial(internal) IS
'serialization function of the aggregates auc, lift and calibration';

CREATE FUNCTION tcs_internal.scored_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_scored_deserial';
COMMENT ON FUNCTION tcs_internal.scored_deserial(bytea, internal) IS
'deserialization function of the aggregates auc, lift and calibration';

-- How well a score puts customers in order.

CREATE FUNCTION tcs_internal.auc_final(internal) RETURNS double precision
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_auc_final';
COMMENT ON FUNCTION tcs_internal.auc_final(internal) IS
'final function of the aggregate auc';

CREATE FUNCTION tcs_internal.auc_trans(internal, double precision, boolean) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_auc_trans';
COMMENT ON FUNCTION tcs_internal.auc_trans(internal, double precision, boolean) IS
'transition function of the aggregate auc';

CREATE AGGREGATE tcs.auc(score double precision, label boolean) (
	SFUNC = tcs_internal.auc_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.auc_final,
	COMBINEFUNC = tcs_internal.scored_combine,
	SERIALFUNC = tcs_internal.scored_serial,
	DESERIALFUNC = tcs_internal.scored_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.auc(double precision, boolean) IS
'area under the ROC curve, auc(score, label): the chance that a customer with the label true has a higher score than one with false, a tie counting half. 1 is perfect, 0.5 is no better than a coin. NULL when not both labels occur. Errors: NaN, infinity, more scores than tcs.fit_memory holds (8 bytes each). Mann and Whitney, 1947';

CREATE FUNCTION tcs_internal.lift_final(internal) RETURNS double precision
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_lift_final';
COMMENT ON FUNCTION tcs_internal.lift_final(internal) IS
'final function of the aggregate lift';

CREATE FUNCTION tcs_internal.lift_trans(internal, double precision, boolean, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_lift_trans';
COMMENT ON FUNCTION tcs_internal.lift_trans(internal, double precision, boolean, double precision) IS
'transition function of the aggregate lift';

CREATE AGGREGATE tcs.lift(score double precision, label boolean, share double precision) (
	SFUNC = tcs_internal.lift_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.lift_final,
	COMBINEFUNC = tcs_internal.scored_combine,
	SERIALFUNC = tcs_internal.scored_serial,
	DESERIALFUNC = tcs_internal.scored_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.lift(double precision, boolean, double precision) IS
'lift(score, label, share): the share of true labels among the customers with the highest scores, over that among all. share: what part of the customers is taken, above 0 and up to 1; a part of a customer counts as such, and of those with the score at the border a part is taken that has their own share of true labels. NULL when no label is true. Errors: NaN, infinity, such a share or one that changes within a group, more scores than tcs.fit_memory holds (8 bytes each)';

-- Whether probabilities mean what they say.

CREATE TYPE tcs.calibration_bin AS (
	bin integer,
	customers bigint,
	predicted double precision,
	observed double precision,
	least double precision,
	greatest double precision
);
COMMENT ON TYPE tcs.calibration_bin IS
'customers with near probabilities, and what happened';
COMMENT ON COLUMN tcs.calibration_bin.bin IS
'number of the bin, 1 for the lowest probabilities';
COMMENT ON COLUMN tcs.calibration_bin.customers IS
'customers in the bin';
COMMENT ON COLUMN tcs.calibration_bin.predicted IS
'mean of their probabilities';
COMMENT ON COLUMN tcs.calibration_bin.observed IS
'share of them with the label true';
COMMENT ON COLUMN tcs.calibration_bin.least IS
'least probability in the bin';
COMMENT ON COLUMN tcs.calibration_bin.greatest IS
'greatest probability in the bin';

CREATE FUNCTION tcs_internal.calibration_final(internal) RETURNS tcs.calibration_bin[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100
	AS 'MODULE_PATHNAME', 'tcs_calibration_final';
COMMENT ON FUNCTION tcs_internal.calibration_final(internal) IS
'final function of the aggregate calibration';

CREATE FUNCTION tcs_internal.calibration_trans(internal, double precision, boolean, integer) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_calibration_trans';
COMMENT ON FUNCTION tcs_internal.calibration_trans(internal, double precision, boolean, integer) IS
'transition function of the aggregate calibration';

CREATE AGGREGATE tcs.calibration(probability double precision, label boolean, bins integer) (
	SFUNC = tcs_internal.calibration_trans,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = tcs_internal.calibration_final,
	COMBINEFUNC = tcs_internal.scored_combine,
	SERIALFUNC = tcs_internal.scored_serial,
	DESERIALFUNC = tcs_internal.scored_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.calibration(double precision, boolean, integer) IS
'calibration(probability, label, bins): predicted and observed shares in bins of equally many customers; unnest shows it as rows. The customer of rank r of n by probability, from below, is in bin ceil(r * bins / n); customers with equal probabilities are in the bin of the first of them, and bins that stay empty are left out. bins: 1 to 1000. NULL when no row is left. Errors: probabilities below 0 or above 1, NaN, bins changing within a group, more rows than tcs.fit_memory holds (8 bytes each)';

-- How far predictions are off: means of what the rows are off by.

CREATE FUNCTION tcs_internal.mean_error_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_mean_error_combine';
COMMENT ON FUNCTION tcs_internal.mean_error_combine(internal, internal) IS
'combine function of the aggregates brier, mae and rmse';

CREATE FUNCTION tcs_internal.mean_error_serial(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_mean_error_serial';
COMMENT ON FUNCTION tcs_internal.mean_error_serial(internal) IS
'serialization function of the aggregates brier, mae and rmse';

CREATE FUNCTION tcs_internal.mean_error_deserial(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5
	AS 'MODULE_PATHNAME', 'tcs_mean_error_deserial';
COMMENT ON FUNCTION tcs_internal.mean_error_deserial(bytea, internal) IS
'deserialization function of the aggregates brier, mae and rmse';

CREATE FUNCTION tcs_internal.mean_error_final(internal) RETURNS double precision
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_mean_error_final';
COMMENT ON FUNCTION tcs_internal.mean_error_final(internal) IS
'final function of the aggregates brier and mae';

CREATE FUNCTION tcs_internal.brier_trans(internal, double precision, boolean) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_brier_trans';
COMMENT ON FUNCTION tcs_internal.brier_trans(internal, double precision, boolean) IS
'transition function of the aggregate brier';

CREATE AGGREGATE tcs.brier(probability double precision, label boolean) (
	SFUNC = tcs_internal.brier_trans,
	STYPE = internal,
	SSPACE = 64,
	FINALFUNC = tcs_internal.mean_error_final,
	COMBINEFUNC = tcs_internal.mean_error_combine,
	SERIALFUNC = tcs_internal.mean_error_serial,
	DESERIALFUNC = tcs_internal.mean_error_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.brier(double precision, boolean) IS
'brier(probability, label): mean of (probability - outcome) ^ 2 with the outcome 1 for true and 0 for false. 0 is perfect, a probability of 0.5 for all gives 0.25. NULL when no row is left. Errors: probabilities below 0 or above 1, NaN. Brier, 1950';

CREATE FUNCTION tcs_internal.mae_trans(internal, double precision, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_mae_trans';
COMMENT ON FUNCTION tcs_internal.mae_trans(internal, double precision, double precision) IS
'transition function of the aggregate mae';

CREATE AGGREGATE tcs.mae(predicted double precision, actual double precision) (
	SFUNC = tcs_internal.mae_trans,
	STYPE = internal,
	SSPACE = 64,
	FINALFUNC = tcs_internal.mean_error_final,
	COMBINEFUNC = tcs_internal.mean_error_combine,
	SERIALFUNC = tcs_internal.mean_error_serial,
	DESERIALFUNC = tcs_internal.mean_error_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.mae(double precision, double precision) IS
'mae(predicted, actual): mean absolute error. NULL when no row is left. Errors: NaN, infinity, differences out of range';

CREATE FUNCTION tcs_internal.rmse_final(internal) RETURNS double precision
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1
	AS 'MODULE_PATHNAME', 'tcs_rmse_final';
COMMENT ON FUNCTION tcs_internal.rmse_final(internal) IS
'final function of the aggregate rmse';

CREATE FUNCTION tcs_internal.rmse_trans(internal, double precision, double precision) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2
	AS 'MODULE_PATHNAME', 'tcs_rmse_trans';
COMMENT ON FUNCTION tcs_internal.rmse_trans(internal, double precision, double precision) IS
'transition function of the aggregate rmse';

CREATE AGGREGATE tcs.rmse(predicted double precision, actual double precision) (
	SFUNC = tcs_internal.rmse_trans,
	STYPE = internal,
	SSPACE = 64,
	FINALFUNC = tcs_internal.rmse_final,
	COMBINEFUNC = tcs_internal.mean_error_combine,
	SERIALFUNC = tcs_internal.mean_error_serial,
	DESERIALFUNC = tcs_internal.mean_error_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE tcs.rmse(double precision, double precision) IS
'rmse(predicted, actual): square root of the mean squared error. NULL when no row is left. Errors: NaN, infinity, differences whose squares are out of range';
