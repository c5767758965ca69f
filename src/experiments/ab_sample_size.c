/*
 * ab_sample_size.c
 *		Before an experiment, how many customers it takes: ab_sample_size and
 *		ab_sample_size_mean.
 */
#include "tcs.h"

#include <math.h>

#include "math/sample_size.h"

PG_FUNCTION_INFO_V1(tcs_ab_sample_size);
PG_FUNCTION_INFO_V1(tcs_ab_sample_size_mean);

/* A share, from 0 to 1. */
static double
trial_check_share(double share, const char *what)
{
	if (!(share >= 0.0 && share <= 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must lie between 0 and 1, not be %g", what, share),
				 errhint("Give 0.05 for 5 percent, and as difference 0.01 for one percent of the customers more.")));
	return share;
}

/* arguments 2 to 4: power, confidence, ratio */
static TcsTrial
trial_arguments(FunctionCallInfo fcinfo)
{
	TcsTrial	trial;

	trial.power = PG_GETARG_FLOAT8(2);
	trial.confidence = tcs_inner_share(PG_GETARG_FLOAT8(3), "confidence",
									   "Give 0.95 for a false alarm in one of 20 experiments without effect.");
	trial.ratio = PG_GETARG_FLOAT8(4);
	if (!(trial.power > 1.0 - trial.confidence && trial.power < 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("power must lie between %g, which is 1 - confidence, and 1, not be %g",
						1.0 - trial.confidence, trial.power),
				 errhint("Give 0.8 to find the difference in 4 of 5 experiments.")));
	if (!(trial.ratio > 0.0 && isfinite(trial.ratio)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ratio must be above 0 and finite, not %g", trial.ratio),
				 errhint("It is the customers in the treatment arm for each of the control arm.")));
	return trial;
}

static double
trial_check_difference(double difference)
{
	difference = tcs_finite(difference, "difference");
	if (difference == 0.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("difference must not be 0"),
				 errhint("Give the least difference that would matter to you.")));
	return difference;
}

static Datum
whole_sample_size(double n)
{
	if (!(n < (double) PG_INT64_MAX))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the sample size is out of range for bigint"),
				 errhint("Look for a greater difference.")));
	return Int64GetDatum((int64) n);
}

/* arguments: baseline, difference, power, confidence, ratio */
Datum
tcs_ab_sample_size(PG_FUNCTION_ARGS)
{
	double		baseline = trial_check_share(PG_GETARG_FLOAT8(0), "baseline");
	double		difference = trial_check_difference(PG_GETARG_FLOAT8(1));
	double		treated = baseline + difference;
	TcsTrial	trial = trial_arguments(fcinfo);

	/* 0.9 + 0.1 is not to fail for its last bit */
	if (fabs(treated) < 1e-12)
		treated = 0.0;
	if (fabs(treated - 1.0) < 1e-12)
		treated = 1.0;
	treated = trial_check_share(treated, "baseline + difference");
	/* too small a difference to show: 0 / 0 would be one customer */
	if (treated == baseline)
		PG_RETURN_DATUM(whole_sample_size(INFINITY));
	PG_RETURN_DATUM(whole_sample_size(tcs_sample_size(baseline, treated, &trial)));
}

/* arguments: sd, difference, power, confidence, ratio */
Datum
tcs_ab_sample_size_mean(PG_FUNCTION_ARGS)
{
	double		sd = tcs_finite(PG_GETARG_FLOAT8(0), "sd");
	double		difference = trial_check_difference(PG_GETARG_FLOAT8(1));
	TcsTrial	trial = trial_arguments(fcinfo);

	if (sd <= 0.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sd must be above 0, not %g", sd),
				 errhint("It is the standard deviation of the outcome, as stddev(outcome) gives.")));
	PG_RETURN_DATUM(whole_sample_size(tcs_sample_size_mean(difference / sd, &trial)));
}
