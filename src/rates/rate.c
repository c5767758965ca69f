/*
 * rate.c
 *		How often a condition holds, and how sure that is: rate.
 */
#include "rates/tally.h"

#include "numerics/normal.h"

PG_FUNCTION_INFO_V1(tcs_rate_trans);
PG_FUNCTION_INFO_V1(tcs_rate_inverse);
PG_FUNCTION_INFO_V1(tcs_rate_final);
PG_FUNCTION_INFO_V1(tcs_rate);

static TcsTally *
rate_count_row(FunctionCallInfo fcinfo, int sign)
{
	TcsTally   *tally = tcs_tally_state(fcinfo, tcs_confidence_argument(fcinfo, 2), 0.0, "confidence");

	if (!PG_ARGISNULL(1))
		tcs_tally_add(tally, PG_GETARG_BOOL(1), false, sign);
	return tally;
}

/* arguments: state, condition, confidence */
Datum
tcs_rate_trans(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(rate_count_row(fcinfo, 1));
}

Datum
tcs_rate_inverse(PG_FUNCTION_ARGS)
{
	tcs_aggregate_context(fcinfo);
	PG_RETURN_POINTER(rate_count_row(fcinfo, -1));
}

/* what a rate is; all there is to know of no row is that there is none */
static Datum
rate_make_result(FunctionCallInfo fcinfo, int64 successes, int64 n, double confidence)
{
	int64		counts[] = {successes, n};
	TcsInterval interval = {NAN, NAN};

	if (n > 0)
		interval = tcs_wilson((double) successes, (double) n, tcs_normal_confidence(confidence));
	return tcs_tally_result(fcinfo, counts, lengthof(counts),
							n > 0 ? (double) successes / (double) n : NAN, interval);
}

Datum
tcs_rate_final(PG_FUNCTION_ARGS)
{
	TcsTally   *tally = TCS_STATE(TcsTally);

	tcs_aggregate_context(fcinfo);
	if (tally == NULL)
		PG_RETURN_DATUM(rate_make_result(fcinfo, 0, 0, 0.0));
	PG_RETURN_DATUM(rate_make_result(fcinfo, tally->plus, tally->n, tally->parameter[0]));
}

/* arguments: successes, n, confidence */
Datum
tcs_rate(PG_FUNCTION_ARGS)
{
	int64		successes = PG_GETARG_INT64(0);
	int64		n = PG_GETARG_INT64(1);

	if (n < 0 || successes < 0 || successes > n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("successes must lie between 0 and n, not be " INT64_FORMAT " of " INT64_FORMAT,
						successes, n),
				 errhint("n is the count of all, of those who succeed and those who do not.")));
	PG_RETURN_DATUM(rate_make_result(fcinfo, successes, n, tcs_confidence_argument(fcinfo, 2)));
}
