/*
 * nps.c
 *		Answers to how likely one is to recommend, and how satisfied one is:
 *		nps and csat.
 */
#include "rates/tally.h"

#include "numerics/normal.h"

#define MOST_LIKELY		10.0
#define PROMOTER		9.0		/* and above */
#define DETRACTOR		6.0		/* and below */
#define BEST			5.0

PG_FUNCTION_INFO_V1(tcs_nps_trans);
PG_FUNCTION_INFO_V1(tcs_nps_inverse);
PG_FUNCTION_INFO_V1(tcs_nps_final);
PG_FUNCTION_INFO_V1(tcs_csat_trans);
PG_FUNCTION_INFO_V1(tcs_csat_inverse);
PG_FUNCTION_INFO_V1(tcs_csat_final);

static TcsTally *
count_likelihood(FunctionCallInfo fcinfo, int sign)
{
	TcsTally   *tally = tcs_tally_state(fcinfo, 0.0, 0.0, "the arguments");
	double		score;

	if (PG_ARGISNULL(1))
		return tally;
	score = PG_GETARG_FLOAT8(1);
	if (unlikely(!(score >= 0.0 && score <= MOST_LIKELY) || score != floor(score)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("score must be a whole number from 0 to 10, not %g", score),
				 errhint("Leave other answers out with a FILTER clause, or replace them with NULL.")));
	tcs_tally_add(tally, score >= PROMOTER, score <= DETRACTOR, sign);
	return tally;
}

/* arguments: state, score */
Datum
tcs_nps_trans(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(count_likelihood(fcinfo, 1));
}

Datum
tcs_nps_inverse(PG_FUNCTION_ARGS)
{
	tcs_aggregate_context(fcinfo);
	PG_RETURN_POINTER(count_likelihood(fcinfo, -1));
}

Datum
tcs_nps_final(PG_FUNCTION_ARGS)
{
	TcsTally   *tally = TCS_STATE(TcsTally);
	int64		counts[4] = {0};	/* all, promoters, passives, detractors */
	double		score = NAN;
	TcsInterval interval = {NAN, NAN};

	tcs_aggregate_context(fcinfo);
	if (tally != NULL && tally->n > 0)
	{
		counts[0] = tally->n;
		counts[1] = tally->plus;
		counts[2] = tally->n - tally->plus - tally->minus;
		counts[3] = tally->minus;
		score = 100.0 * (double) (tally->plus - tally->minus) / (double) tally->n;
		interval = tcs_net_share((double) tally->plus, (double) tally->minus, (double) tally->n,
								 tcs_normal_confidence(0.95));
		interval.low *= 100.0;
		interval.high *= 100.0;
	}
	PG_RETURN_DATUM(tcs_tally_result(fcinfo, counts, lengthof(counts), score, interval));
}

/* The least score that counts as satisfied, or the best there is. */
static double
nps_bound_argument(FunctionCallInfo fcinfo, int argument, const char *what)
{
	if (PG_ARGISNULL(argument))
		tcs_refuse_null(what, NULL);
	return tcs_finite(PG_GETARG_FLOAT8(argument), what);
}

static TcsTally *
count_satisfaction(FunctionCallInfo fcinfo, int sign)
{
	double		from = nps_bound_argument(fcinfo, 2, "from");
	double		best = PG_NARGS() > 3 ? nps_bound_argument(fcinfo, 3, "best") : BEST;
	TcsTally   *tally;
	double		score;

	if (unlikely(from < 1.0 || from > best))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("from must lie between 1 and the best score, %g, not be %g", best, from),
				 errhint("Scores from it up count as satisfied: 4 on a scale of 5. A scale that ends elsewhere is told by a third argument.")));
	tally = tcs_tally_state(fcinfo, from, best, "from and best");
	if (PG_ARGISNULL(1))
		return tally;
	score = PG_GETARG_FLOAT8(1);
	if (unlikely(!(score >= 1.0 && score <= best)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("score must lie between 1 and %g, not be %g", best, score),
				 errhint("Leave other answers out with a FILTER clause, or replace them with NULL.")));
	tcs_tally_add(tally, score >= from, false, sign);
	return tally;
}

/* arguments: state, score, from, best */
Datum
tcs_csat_trans(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(count_satisfaction(fcinfo, 1));
}

Datum
tcs_csat_inverse(PG_FUNCTION_ARGS)
{
	tcs_aggregate_context(fcinfo);
	PG_RETURN_POINTER(count_satisfaction(fcinfo, -1));
}

Datum
tcs_csat_final(PG_FUNCTION_ARGS)
{
	TcsTally   *tally = TCS_STATE(TcsTally);
	int64		counts[2] = {0};	/* all, satisfied */
	double		share = NAN;
	TcsInterval interval = {NAN, NAN};

	tcs_aggregate_context(fcinfo);
	if (tally != NULL && tally->n > 0)
	{
		counts[0] = tally->n;
		counts[1] = tally->plus;
		share = (double) tally->plus / (double) tally->n;
		interval = tcs_wilson((double) tally->plus, (double) tally->n, tcs_normal_confidence(0.95));
	}
	PG_RETURN_DATUM(tcs_tally_result(fcinfo, counts, lengthof(counts), share, interval));
}
